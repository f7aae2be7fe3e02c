//! Addresses of resources and references of expressions: names separated by dots, with keys in brackets.

use std::cmp::Ordering;

/// The key of an instance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum InstanceKey {
    /// Of `count`.
    Number(u64),
    /// Of `for_each`.
    Text(String),
}

/// One module on the way from the root.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ModuleStep {
    /// The name of the call.
    pub(crate) name: String,
    /// Which instance.
    pub(crate) key: Option<InstanceKey>,
}

/// Which block of a module.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BlockName {
    /// Whether it is a data source.
    pub(crate) is_data: bool,
    /// Such as `huaweicloud_identity_user`.
    pub(crate) type_name: String,
    /// The label in the configuration.
    pub(crate) name: String,
}

/// The address of a resource instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// Empty for the root module.
    pub(crate) module: Vec<ModuleStep>,
    /// Which block.
    pub(crate) block: BlockName,
    /// Which instance; none if the block has neither `count` nor `for_each`.
    pub(crate) key: Option<InstanceKey>,
}

/// A part of an address or a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A name.
    Name(String),
    /// A key in brackets, or a number after a dot.
    Key(InstanceKey),
    /// All instances.
    Splat,
}

impl Step {
    /// The name, if it is one.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            Self::Key(_) | Self::Splat => None,
        }
    }
}

impl Address {
    /// Parses an address such as `module.a["b"].huaweicloud_identity_user.c[0]`; `None` if it is none.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (steps, rest) = split(text);
        if !rest.is_empty() {
            return None;
        }
        let mut steps = steps.into_iter().peekable();
        let mut module = Vec::new();
        let mut first = name(steps.next()?)?;
        while first == "module" {
            let name = self::name(steps.next()?)?;
            let key = match steps.next_if(|step| step.name().is_none()) {
                Some(Step::Key(key)) => Some(key),
                Some(Step::Splat | Step::Name(_)) => return None,
                None => None,
            };
            module.push(ModuleStep { name, key });
            first = self::name(steps.next()?)?;
        }
        let is_data = first == "data";
        let type_name = if is_data { name(steps.next()?)? } else { first };
        let name = name(steps.next()?)?;
        let key = match (steps.next(), steps.next()) {
            (Some(Step::Key(key)), None) => Some(key),
            (None, None) => None,
            _ => return None,
        };
        Some(Self {
            module,
            block: BlockName {
                is_data,
                type_name,
                name,
            },
            key,
        })
    }
}

/// The name that a step is.
fn name(step: Step) -> Option<String> {
    match step {
        Step::Name(name) => Some(name),
        Step::Key(_) | Step::Splat => None,
    }
}

/// The parts of an address or a reference, up to the first that is none.
pub(crate) fn steps(text: &str) -> Vec<Step> {
    split(text).0
}

/// The parts, and what is left.
fn split(text: &str) -> (Vec<Step>, &str) {
    let mut steps = Vec::new();
    let mut rest = text;
    while let Some((step, after)) = step(rest) {
        steps.push(step);
        rest = after;
    }
    (steps, rest)
}

/// The first part, and the text after it.
fn step(text: &str) -> Option<(Step, &str)> {
    if let Some(bracket) = text.strip_prefix('[') {
        if let Some(after) = bracket.strip_prefix("*]") {
            return Some((Step::Splat, after));
        }
        if bracket.starts_with('"') {
            let end = quoted_end(bracket)?;
            let (quoted, after) = bracket.split_at_checked(end)?;
            // Terraform writes keys as strings of its language, which differ from JSON only where they have `${`.
            let key = serde_json::from_str(quoted).ok()?;
            return Some((Step::Key(InstanceKey::Text(key)), after.strip_prefix(']')?));
        }
        let (number, after) = bracket.split_once(']')?;
        return Some((Step::Key(InstanceKey::Number(number.parse().ok()?)), after));
    }
    let text = text.strip_prefix('.').unwrap_or(text);
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, after) = text.split_at_checked(end)?;
    let step = match name {
        "" => return None,
        "*" => Step::Splat,
        name => match name.parse() {
            Ok(number) => Step::Key(InstanceKey::Number(number)),
            Err(_) => Step::Name(name.to_owned()),
        },
    };
    Some((step, after))
}

/// Where a quoted string at the start of the text ends.
fn quoted_end(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (index, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return Some(index + 1),
            _ => {}
        }
    }
    None
}

/// Compares two addresses, with runs of digits as numbers: `a[2]` is before `a[10]`.
pub(crate) fn natural_order(one: &str, other: &str) -> Ordering {
    let (mut left, mut right) = (one, other);
    while let (Some(a), Some(b)) = (left.chars().next(), right.chars().next()) {
        let (number, rest) = digits(left);
        let (other_number, other_rest) = digits(right);
        if number.is_empty() || other_number.is_empty() {
            match a.cmp(&b) {
                Ordering::Equal => {}
                order => return order,
            }
            left = left.get(a.len_utf8()..).unwrap_or_default();
            right = right.get(b.len_utf8()..).unwrap_or_default();
            continue;
        }
        // Without leading zeros, a longer number is greater.
        let (number, other_number) = (significant(number), significant(other_number));
        let order = number.len().cmp(&other_number.len());
        match order.then_with(|| number.cmp(other_number)) {
            Ordering::Equal => {}
            order => return order,
        }
        (left, right) = (rest, other_rest);
    }
    // What is equal but for leading zeros is not equal.
    left.len().cmp(&right.len()).then_with(|| one.cmp(other))
}

/// An address without the keys of instances.
pub(crate) fn without_keys(address: &str) -> String {
    let names = steps(address).into_iter().filter_map(|step| match step {
        Step::Name(name) => Some(name),
        Step::Key(_) | Step::Splat => None,
    });
    names.collect::<Vec<_>>().join(".")
}

/// The digits in front, and the rest.
fn digits(text: &str) -> (&str, &str) {
    let is_other = |c: char| !c.is_ascii_digit();
    let end = text.find(is_other).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or(("", text))
}

/// A number without its leading zeros.
fn significant(number: &str) -> &str {
    number.trim_start_matches('0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        let address = Address::parse(r#"module.a["x.y"].module.b.data.t.n["q\"]"]"#).unwrap();
        assert_eq!(address.module.len(), 2);
        let key = |text: &str| Some(InstanceKey::Text(text.to_owned()));
        assert_eq!(address.module[0].key, key("x.y"));
        assert!(address.block.is_data);
        assert_eq!(address.key, key("q\"]"));
        let address = Address::parse("t.n[3]").unwrap();
        assert_eq!(address.key, Some(InstanceKey::Number(3)));
        assert_eq!(address.block.type_name, "t");
        for text in ["", "a", "module.a", "t.n.x", "t.n[", "module.a[*].t.n"] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }

    #[test]
    fn references_are_taken_apart() {
        let names: Vec<_> = steps("t.n[*].id");
        assert_eq!(names.len(), 4);
        assert_eq!(names[2], Step::Splat);
        assert_eq!(steps("t.n.0.id")[2], Step::Key(InstanceKey::Number(0)));
    }

    #[test]
    fn addresses_are_sorted_with_numbers_as_numbers() {
        let mut addresses = [
            "a[10]",
            "a[2]",
            "a",
            "b",
            "a[\"x10\"]",
            "a[\"x9\"]",
            "a[02]",
        ];
        addresses.sort_by(|one, other| natural_order(one, other));
        assert_eq!(
            addresses,
            [
                "a",
                "a[\"x9\"]",
                "a[\"x10\"]",
                "a[02]",
                "a[2]",
                "a[10]",
                "b"
            ]
        );
    }
}
