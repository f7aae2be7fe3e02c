//! Conditions under which a rule counts, such as `type=PERMIT`.

use super::path::Path;
use super::table::TableError;
use super::value::{Node, has_mark, is_empty, plain_text};

/// What stands for no value among the values of a condition.
const UNSET: &str = "-";

/// A condition about one attribute.
#[derive(Debug)]
pub(crate) struct Condition {
    pub(crate) path: Path,
    pub(crate) test: Test,
}

/// What must be true of the values.
#[derive(Debug)]
pub(crate) enum Test {
    Set,
    Unset,
    OneOf(Vec<String>),
    NoneOf(Vec<String>),
}

impl Condition {
    /// Parses `path`, `!path`, `path=value|value` or `path!=value|value`.
    ///
    /// # Errors
    /// If it is none of them.
    pub(crate) fn parse(text: &str) -> Result<Self, TableError> {
        let values = |list: &str| list.split('|').map(str::to_owned).collect();
        let (path, test) = match text.split_once('=') {
            Some((path, list)) => match path.strip_suffix('!') {
                Some(path) => (path, Test::NoneOf(values(list))),
                None => (path, Test::OneOf(values(list))),
            },
            None => match text.strip_prefix('!') {
                Some(path) => (path, Test::Unset),
                None => (text, Test::Set),
            },
        };
        Ok(Self {
            path: Path::parse(path)?,
            test,
        })
    }

    /// Whether it is true of these values; `None` if that is unknown or may not be shown.
    pub(crate) fn holds(&self, values: &[Node<'_>]) -> Option<bool> {
        let is_hidden =
            |node: &Node<'_>| (node.is_unknown() && !node.is_left()) || node.is_sensitive();
        if values.iter().any(is_hidden) {
            return None;
        }
        let known = values
            .iter()
            .filter(|node| !node.is_unknown())
            .filter(|node| !is_empty(&node.value) || has_mark(&node.unknown));
        let known: Vec<String> = known.map(|node| plain_text(&node.value)).collect();
        let is_among = |list: &[String]| {
            let is_listed =
                |value: &String| list.contains(value) || list.contains(&value.to_lowercase());
            known.iter().any(is_listed)
                || (known.is_empty() && list.iter().any(|value| value == UNSET))
        };
        Some(match &self.test {
            Test::Set => !known.is_empty(),
            Test::Unset => known.is_empty(),
            Test::OneOf(list) => is_among(list),
            Test::NoneOf(list) => !is_among(list),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::{Value as Json, json};

    use super::*;
    use crate::access::value::Written;

    /// Whether the condition is true of one value.
    fn holds(text: &str, value: &Json) -> Option<bool> {
        let node = Node::known(Cow::Borrowed(value), Written::Something, String::new());
        Condition::parse(text).unwrap().holds(&[node])
    }

    #[test]
    fn values_are_compared_as_text() {
        for (text, value, expected) in [
            ("a", json!("x"), true),
            ("a", json!(""), false),
            ("a", json!(null), false),
            ("!a", json!(null), true),
            ("!a", json!(false), false),
            ("a=true", json!(true), true),
            ("a=true", json!("True"), true),
            ("a=true|-", json!(null), true),
            ("a=1|-", json!(1), true),
            ("a=1|-", json!(2), false),
            ("a!=1", json!(2), true),
            ("a!=-", json!(null), false),
        ] {
            assert_eq!(holds(text, &value), Some(expected), "{text} {value}");
        }
    }

    #[test]
    fn unknown_and_sensitive_values_decide_nothing() {
        let condition = Condition::parse("a=1").unwrap();
        let unknown = Node::unknown(Written::Something, String::new());
        let left = Node::unknown(Written::Nothing, String::new());
        let sensitive = unknown.sensitive_part(Cow::Owned(json!("1")));
        assert_eq!(condition.holds(&[unknown]), None);
        assert_eq!(condition.holds(&[sensitive]), None);
        // The provider chooses: that counts as no value.
        assert_eq!(condition.holds(&[left]), Some(false));
    }
}
