//! The address of an instance, taken apart.

use hcl_edit::expr::{Expression, TraversalOperator};

/// Which block an address means; the keys of instances are left out, because all instances have one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ResourceAddress {
    /// The names of the modules around the block, the outermost first.
    pub(super) modules: Vec<String>,
    /// What the block starts with: `resource` or `data`, then its labels.
    pub(super) block: [String; 3],
}

impl ResourceAddress {
    /// Reads an address such as `module.team["a"].csms_grant.each[0]`; `None` if it is none of a resource.
    ///
    /// An address is an expression of the configuration language, so a key may hold dots, brackets and escaped quotes.
    pub(super) fn read(text: &str) -> Option<Self> {
        let names = names(text)?;
        let mut names = names.iter().map(String::as_str).peekable();
        let mut modules = Vec::new();
        while names.next_if_eq(&"module").is_some() {
            modules.push(names.next()?.to_owned());
        }
        let keyword = if names.next_if_eq(&"data").is_some() {
            "data"
        } else {
            "resource"
        };
        let block = [keyword, names.next()?, names.next()?].map(str::to_owned);
        names.next().is_none().then_some(Self { modules, block })
    }

    /// The address of the outermost modules, this many of them, without keys.
    pub(super) fn call(&self, count: usize) -> Option<String> {
        let modules = self.modules.get(..count)?;
        let calls: Vec<String> = modules
            .iter()
            .map(|name| format!("module.{name}"))
            .collect();
        Some(calls.join("."))
    }
}

/// The names between the dots.
fn names(text: &str) -> Option<Vec<String>> {
    let Ok(Expression::Traversal(traversal)) = text.parse() else {
        return None;
    };
    let Expression::Variable(first) = &traversal.expr else {
        return None;
    };
    let mut names = vec![first.as_str().to_owned()];
    for operator in &traversal.operators {
        match operator.value() {
            TraversalOperator::GetAttr(name) => names.push(name.as_str().to_owned()),
            TraversalOperator::Index(_) => {}
            TraversalOperator::LegacyIndex(_)
            | TraversalOperator::AttrSplat(_)
            | TraversalOperator::FullSplat(_) => return None,
        }
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_parsed_into_modules_and_block() {
        for (text, modules, block) in [
            ("csms_grant.a", vec![], ["resource", "csms_grant", "a"]),
            (
                "hwgrants_csms_grant.a[0]",
                vec![],
                ["resource", "hwgrants_csms_grant", "a"],
            ),
            (
                "data.csms_grants.all",
                vec![],
                ["data", "csms_grants", "all"],
            ),
            (
                r#"module.team["a"].module.oncall[0].hwgrants_csms_grant.each["Chen"]"#,
                vec!["team", "oncall"],
                ["resource", "hwgrants_csms_grant", "each"],
            ),
            (
                r#"module.my-team["a.b[\"c\"].d"].csms_grant.each["]\\"]"#,
                vec!["my-team"],
                ["resource", "csms_grant", "each"],
            ),
            (
                "module.a[\"$${x} %%{y} \\n\"].csms_grant.each[\"陈 \\u00e9\"]",
                vec!["a"],
                ["resource", "csms_grant", "each"],
            ),
            (
                "module.module.csms_grant.module",
                vec!["module"],
                ["resource", "csms_grant", "module"],
            ),
        ] {
            let expected = ResourceAddress {
                modules: modules.into_iter().map(str::to_owned).collect(),
                block: block.map(str::to_owned),
            };
            assert_eq!(ResourceAddress::read(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn text_that_is_not_a_resource_address_is_rejected() {
        for text in [
            "",
            "csms_grant",
            "module.team",
            "module.team.csms_grant",
            "csms_grant.a.b",
            "csms_grant.a[",
            "csms_grant.a[\"b]",
            "csms_grant.*.a",
            "csms_grant.a.0",
            "csms_grant.a extra",
            "1 + 2",
        ] {
            assert_eq!(ResourceAddress::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_module_call_is_named_without_instance_keys() {
        let address = ResourceAddress::read("module.a[0].module.b[\"x\"].csms_grant.c").unwrap();
        assert_eq!(address.call(1).as_deref(), Some("module.a"));
        assert_eq!(address.call(2).as_deref(), Some("module.a.module.b"));
        assert_eq!(address.call(3), None);
    }
}
