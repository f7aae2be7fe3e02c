//! Policies in JSON: who may do what with which resources, independent of the order and the case of keys.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::text::Text;
use super::value::{is_empty, plain_text};

/// One action, with the condition under which it counts.
pub(crate) type PolicyAction = (String, String);

/// A statement of a policy.
#[derive(Debug)]
pub(crate) struct Statement {
    /// Whether it denies.
    pub(crate) is_deny: bool,
    /// Sorted; empty if it has none.
    pub(crate) principals: BTreeSet<String>,
    pub(crate) actions: BTreeSet<PolicyAction>,
    /// Sorted, with commas; empty if it has none.
    pub(crate) resources: String,
}

/// The principal that is everyone.
const EVERYONE: &str = "everyone (*)";

/// Whether a document is a policy: it has statements, and each statement is an object that says what it allows or denies.
pub(crate) fn is_policy(document: &Json) -> bool {
    let is_statement = |statement: &Json| {
        let Json::Object(members) = statement else {
            return false;
        };
        let names = ["action", "notaction", "effect", "principal"];
        is_unique(members) && names.iter().any(|name| member(members, name).is_some())
    };
    match document {
        Json::Object(policy) => match member(policy, "statement") {
            Some(Json::Array(items)) => is_unique(policy) && items.iter().all(is_statement),
            Some(one) => is_unique(policy) && is_statement(one),
            None => false,
        },
        Json::Array(items) => !items.is_empty() && items.iter().all(is_statement),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => false,
    }
}

/// Whether no two keys differ in their case alone.
fn is_unique(object: &Map<String, Json>) -> bool {
    let keys: BTreeSet<String> = object.keys().map(|key| key.to_lowercase()).collect();
    keys.len() == object.len()
}

/// The statements of a policy. What is none is skipped, as services do.
pub(crate) fn statements(policy: &Json) -> Vec<Statement> {
    let listed = match policy {
        Json::Object(policy) => member(policy, "statement"),
        other => Some(other),
    };
    let listed = match listed {
        Some(Json::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    let objects = listed.into_iter().filter_map(Json::as_object);
    objects.map(statement).collect()
}

/// Reads a statement.
fn statement(statement: &Map<String, Json>) -> Statement {
    let list = |name| member(statement, name).map(texts);
    let but = |name| {
        let values: Option<BTreeSet<String>> = list(name).map(|list| list.into_iter().collect());
        values.map(|values| format!("all but {}", join(&values)))
    };
    let condition = member(statement, "condition").filter(|condition| !is_empty(condition));
    let condition = condition.map_or_else(String::new, |condition| {
        format!(" if {}", normalize(condition))
    });
    let actions = list("action").unwrap_or_default().into_iter();
    let actions = actions.chain(but("notaction"));
    let resources: BTreeSet<String> = list("resource").unwrap_or_default().into_iter().collect();
    let resources: Vec<String> = resources.into_iter().chain(but("notresource")).collect();
    let mut principals = BTreeSet::new();
    for (name, prefix) in [("principal", ""), ("notprincipal", "everyone but ")] {
        if let Some(value) = member(statement, name) {
            principals.extend(self::principals(value, prefix));
        }
    }
    let effect = member(statement, "effect").map(plain_text);
    Statement {
        is_deny: effect.is_some_and(|effect| effect.eq_ignore_ascii_case("deny")),
        principals,
        actions: actions.map(|action| (action, condition.clone())).collect(),
        resources: resources.join(", "),
    }
}

/// The principals that a statement names, each with its kind.
fn principals(value: &Json, prefix: &str) -> Vec<String> {
    let name = |kind: &str, value: String| match value.as_str() {
        "*" if prefix.is_empty() => EVERYONE.to_owned(),
        _ => format!("{prefix}{kind}{value}"),
    };
    match value {
        Json::Object(kinds) => {
            let values = |(kind, value): (&String, &Json)| {
                let kind = format!("{kind} ");
                let named = texts(value).into_iter().map(|value| name(&kind, value));
                named.collect::<Vec<_>>()
            };
            kinds.iter().flat_map(values).collect()
        }
        other => texts(other)
            .into_iter()
            .map(|value| name("", value))
            .collect(),
    }
}

/// The text of a principal.
pub(crate) fn principal(text: &str) -> Text {
    let id = match text
        .strip_prefix("everyone (")
        .and_then(|rest| rest.strip_suffix(')'))
    {
        Some(id) => "everyone (".len().."everyone (".len() + id.len(),
        None => text.find(' ').map_or(0, |space| space + 1)..text.len(),
    };
    Text {
        id: Some(id),
        ..Text::literal(text)
    }
}

/// The level that actions are: grouped by condition, sorted.
pub(crate) fn level(actions: &BTreeSet<PolicyAction>, is_deny: bool) -> String {
    let verb = if is_deny { "denied: " } else { "Allow " };
    let conditions: BTreeSet<&String> = actions.iter().map(|(_, condition)| condition).collect();
    let groups = conditions.into_iter().map(|condition| {
        let of_group = actions.iter().filter(|(_, other)| other == condition);
        let names: BTreeSet<String> = of_group.map(|(action, _)| action.clone()).collect();
        format!("{verb}{}{condition}", join(&names))
    });
    groups.collect::<Vec<_>>().join("; ")
}

/// A member, in any case.
fn member<'a>(object: &'a Map<String, Json>, name: &str) -> Option<&'a Json> {
    let mut members = object.iter();
    let found = members.find(|(key, _)| key.eq_ignore_ascii_case(name));
    found
        .map(|(_, value)| value)
        .filter(|value| !value.is_null())
}

/// The values of a list, or the one value.
fn texts(value: &Json) -> Vec<String> {
    match value {
        Json::Null => Vec::new(),
        Json::Array(items) => items.iter().map(plain_text).collect(),
        one => vec![plain_text(one)],
    }
}

/// Sorted values with commas.
fn join(values: &BTreeSet<String>) -> String {
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    values.join(", ")
}

/// A condition without differences in order and notation.
fn normalize(condition: &Json) -> Json {
    match condition {
        Json::Object(members) => {
            let members = members.iter();
            let members = members.map(|(key, value)| (key.clone(), normalize(value)));
            Json::Object(members.collect())
        }
        other => {
            let mut values = texts(other);
            values.sort();
            Json::Array(values.into_iter().map(Json::String).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The principals, resources and level of each statement.
    fn read(policy: &Json) -> Vec<(Vec<String>, String, String)> {
        let statements = statements(policy).into_iter();
        let read = statements.map(|statement| {
            let level = level(&statement.actions, statement.is_deny);
            (
                statement.principals.into_iter().collect(),
                statement.resources,
                level,
            )
        });
        read.collect()
    }

    #[test]
    fn order_notation_and_case_of_keys_do_not_matter() {
        let one = json!({"Statement": [{"Sid": "a", "Effect": "Allow", "Principal": {"ID": ["y", "x"]},
            "Action": ["Put", "Get"], "Resource": ["b", "a"]}]});
        let two = json!({"statement": {"action": ["Get", "Put", "Get"], "resource": ["a", "b"],
            "principal": {"ID": ["x", "y"]}}});
        let expected = (
            vec!["ID x".to_owned(), "ID y".to_owned()],
            "a, b".to_owned(),
            "Allow Get, Put".to_owned(),
        );
        assert_eq!(read(&one), vec![expected.clone()]);
        assert_eq!(read(&two), [expected]);
    }

    #[test]
    fn negations_and_conditions_are_shown() {
        let policy = json!([{"Effect": "DENY", "NotPrincipal": {"ID": "x"}, "NotAction": ["b", "a"],
            "NotResource": "r", "Condition": {"IpAddress": {"SourceIp": "192.0.2.1"}}}]);
        assert_eq!(
            read(&policy),
            [(
                vec!["everyone but ID x".to_owned()],
                "all but r".to_owned(),
                "denied: all but a, b if {\"IpAddress\":{\"SourceIp\":[\"192.0.2.1\"]}}".to_owned(),
            )]
        );
    }

    #[test]
    fn a_star_of_any_kind_is_everyone() {
        for policy in [json!("*"), json!({"AWS": "*"}), json!({"ID": ["*"]})] {
            assert_eq!(principals(&policy, ""), [EVERYONE], "{policy}");
        }
        assert_eq!(principal(EVERYONE).id, Some(10..11));
        assert_eq!(principal("ID x").id, Some(3..4));
    }
}
