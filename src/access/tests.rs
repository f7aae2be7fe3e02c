//! An object of each declaration: created, changed, destroyed and forgotten; and each attribute of it sensitive.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::condition::Test;
use super::path::Path;
use super::table::{Declaration, Destroy, Role, Rule, Table};
use super::template::{Alternative, Hole, Part, Template};
use super::{AccessReader, Configuration, Resource};
use crate::access::net::row::Change;
use crate::access::net::{Summary, combine};

/// What one change does.
fn summarize(declaration: &Declaration, change: &Json) -> Summary {
    let mut reader = AccessReader::new();
    let type_name = declaration.names().next().unwrap();
    let resource = Resource {
        address: &format!("{type_name}.x"),
        type_name,
        deposed: None,
    };
    reader.resource_change(&resource, &change.to_string());
    combine(reader.finish(&Configuration::default(), &BTreeMap::new()))
}

/// Every rule with its declaration.
fn rules() -> impl Iterator<Item = (&'static Declaration, &'static Rule)> {
    let declarations = Table::current().declarations();
    declarations.flat_map(|declaration| {
        declaration
            .rules
            .iter()
            .map(move |rule| (declaration, rule))
    })
}

/// The alternatives in the holes of a template.
fn alternatives(template: &Template) -> Vec<&Alternative> {
    fn collect<'a>(parts: &'a [Part], all: &mut Vec<&'a Alternative>) {
        for part in parts {
            match part {
                Part::Literal(_) => {}
                Part::Hole(Hole(alternatives)) => all.extend(alternatives),
                Part::Optional(inner) => collect(inner, all),
            }
        }
    }
    let mut all = Vec::new();
    template.0.iter().for_each(|parts| collect(parts, &mut all));
    all
}

/// Puts a value at a path, in lists of one element where the rule walks lists.
fn put(object: &mut Map<String, Json>, path: &Path, lists: &BTreeSet<&str>, leaf: &Json) {
    let count = path.segments().len();
    let mut object = object;
    for (index, (segment, prefix)) in path.steps().enumerate() {
        let is_list = lists.contains(prefix);
        let wrap = |value: Json| if is_list { json!([value]) } else { value };
        let value = if index + 1 == count {
            leaf.clone()
        } else {
            json!({})
        };
        let entry = object.entry(segment).or_insert_with(|| wrap(value));
        let entry = match entry {
            Json::Array(items) => &mut items[0],
            other => other,
        };
        let Json::Object(inner) = entry else { return };
        object = inner;
    }
}

/// An object that gives the access of a rule, with values that have the tag.
fn object(declaration: &Declaration, rule: &Rule, tag: &str) -> Map<String, Json> {
    let mut lists: BTreeSet<&str> = BTreeSet::new();
    for each in &rule.each {
        lists.extend(each.path.steps().map(|(_, prefix)| prefix));
    }
    lists.retain(|path| !declaration.split.contains(*path));
    let mut leaves: Vec<(&Path, Json)> = Vec::new();
    let templates = [&rule.grantee, &rule.resource].into_iter();
    for alternative in templates
        .chain(&rule.level)
        .chain(&rule.until)
        .flat_map(alternatives)
    {
        match alternative {
            Alternative::Principal => {}
            Alternative::Flag(path, _) => leaves.push((path, json!(true))),
            Alternative::Value(path) | Alternative::Word(path, _) => {
                leaves.push((path, json!(format!("<{}-{tag}>", path.as_text()))));
            }
        }
    }
    for each in &rule.each {
        leaves.push((
            &each.path,
            json!(format!("<{}-{tag}>", each.path.as_text())),
        ));
    }
    leaves.sort_by_key(|(path, _)| std::cmp::Reverse(path.segments().len()));
    let mut object = Map::new();
    let mut unset: Vec<&Path> = Vec::new();
    for condition in &rule.when {
        let value = match &condition.test {
            Test::OneOf(values) => match values[0].as_str() {
                "true" => json!(true),
                "false" => json!(false),
                other => json!(other),
            },
            // The templates set its elements.
            Test::Set if lists.contains(condition.path.attribute()) => continue,
            Test::Set => json!(format!("<{}-{tag}>", condition.path.as_text())),
            Test::Unset | Test::NoneOf(_) => {
                unset.push(&condition.path);
                continue;
            }
        };
        put(&mut object, &condition.path, &lists, &value);
    }
    for (path, leaf) in leaves {
        put(&mut object, path, &lists, &leaf);
    }
    for path in unset {
        match path.segments() {
            [name] => {
                object.remove(name);
            }
            [list, name] => {
                let items = object.get_mut(list).and_then(Json::as_array_mut);
                items.unwrap()[0].as_object_mut().unwrap().remove(name);
            }
            _ => unreachable!("{path:?}"),
        }
    }
    for attribute in rule.policy.iter().chain(&rule.principals) {
        let mut statement = json!({"Effect": "Allow", "Action": [format!("act-{tag}")]});
        if rule.principals.is_some() || rule.grantee.is_no_principal() {
            statement["Principal"] = json!({"ID": format!("who-{tag}")});
        }
        let policy = json!({ "Statement": statement });
        object.insert(attribute.clone(), json!(policy.to_string()));
    }
    object
}

fn change(
    actions: &[&str],
    before: Option<&Map<String, Json>>,
    after: Option<&Map<String, Json>>,
) -> Json {
    json!({"actions": actions, "before": before, "after": after})
}

#[test]
fn every_rule_gives_an_access_that_begins_and_ends() {
    for (declaration, rule) in rules() {
        let name = format!("{} {}", declaration.names[0], rule.index);
        let one = object(declaration, rule, "1");
        let keeps = declaration.destroy == Destroy::Keeps;
        let is_silent = rule.is_reversed && keeps;
        for (actions, before, after) in [
            (["create"], None, Some(&one)),
            (["delete"], Some(&one), None),
            (["forget"], Some(&one), None),
            (["update"], Some(&one), Some(&one)),
        ] {
            let summary = summarize(declaration, &change(&actions, before, after));
            assert_eq!(summary.unread, [], "{name}");
            let is_defined = declaration.role == Role::Definition && declaration.was.is_none();
            let is_expected = match actions[0] {
                "create" => !is_defined,
                "update" => false,
                _ => !is_silent,
            };
            assert_eq!(
                !summary.rows.is_empty(),
                is_expected,
                "{name}: {actions:?} {one:?}"
            );
            for row in &summary.rows {
                let texts = [row.grantee.text(), row.resource.text(), &row.level.after];
                for text in texts {
                    assert!(!text.contains(['{', '[']), "{name}: {text}");
                }
                assert!(!row.grantee.text().trim().is_empty(), "{name}");
                assert!(!row.resource.text().trim().is_empty(), "{name}");
                let kept = matches!(row.change, Change::Kept);
                assert_eq!(
                    kept,
                    actions[0] == "forget" || (actions[0] == "delete" && keeps),
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn every_rule_shows_an_access_that_changes() {
    let mut silent = Vec::new();
    for (declaration, rule) in rules() {
        let (one, two) = (
            object(declaration, rule, "1"),
            object(declaration, rule, "2"),
        );
        let change = change(&["update"], Some(&one), Some(&two));
        let summary = summarize(declaration, &change);
        let name = format!("{} {}", declaration.names[0], rule.index);
        assert_eq!(summary.unread, [], "{name}");
        if !summary.rows.iter().any(|row| row.is_change()) {
            silent.push(name);
        }
    }
    // These say nothing of an access that a change in place could change.
    let constant = [
        "huaweicloud_enterprise_project_authority 0",
        "huaweicloud_cbh_asset_agency_authorization 0",
        "huaweicloud_swr_agency 0",
        "huaweicloud_modelarts_workspace 0",
        "huaweicloud_workspace_bucket_authorize 0",
        "huaweicloud_cci_agency 0",
    ];
    assert_eq!(silent, constant);
}

#[test]
fn no_sensitive_value_is_shown() {
    let mut count = 0;
    for (declaration, rule) in rules() {
        let one = object(declaration, rule, "hidden-1");
        let two = object(declaration, rule, "hidden-2");
        for attribute in one.keys() {
            let mut changed = one.clone();
            changed.extend(
                two.get_key_value(attribute)
                    .map(|(key, value)| (key.clone(), value.clone())),
            );
            for (actions, before, after) in [
                (&["create"][..], None, Some(&one)),
                (&["update"], Some(&one), Some(&changed)),
                (&["delete"], Some(&one), None),
                (&["forget"], Some(&one), None),
                (&["delete", "create"], Some(&one), Some(&changed)),
            ] {
                for sensitive in [json!({ attribute: true }), json!(true)] {
                    let mut change = change(actions, before, after);
                    change["before_sensitive"] = sensitive.clone();
                    change["after_sensitive"] = sensitive.clone();
                    let shown = format!("{:?}", summarize(declaration, &change));
                    count += 1;
                    let is_whole = sensitive == true;
                    let tagged = shown.match_indices("-hidden-").map(|(at, _)| &shown[..at]);
                    for text in tagged {
                        let name = text.rsplit(['<', ' ', '"']).next().unwrap();
                        let own = name.split('.').next() == Some(attribute);
                        let policy = matches!(name, "act" | "who")
                            && [&rule.policy, &rule.principals].contains(&&Some(attribute.clone()));
                        assert!(!is_whole && !own && !policy, "{attribute} in {shown}");
                    }
                }
            }
        }
    }
    assert!(count > 5_000, "{count} changes");
}

#[test]
fn a_short_sensitive_value_is_hidden_where_it_is_marked() {
    let declaration = Table::current()
        .declaration("huaweicloud_kms_grant")
        .unwrap();
    let change = json!({
        "actions": ["create"],
        "after": {"key_id": "k1", "grantee_principal": "u7", "type": "user", "operations": ["u7", "x"]},
        "after_sensitive": {"grantee_principal": true, "operations": [false, true]},
    });
    let summary = summarize(declaration, &change);
    let [row] = summary.rows.as_slice() else {
        unreachable!("{summary:?}")
    };
    assert_eq!(row.grantee.text(), "user (sensitive)");
    assert_eq!(row.grantee.id(), None);
    assert_eq!(&*row.level.after, "(sensitive), u7");
}

#[test]
fn a_change_that_cannot_be_read_is_reported() {
    let declaration = Table::current()
        .declaration("huaweicloud_kms_grant")
        .unwrap();
    for change in [
        json!({"actions": ["create"], "after": null}),
        json!({"actions": ["delete"], "before": null}),
        json!({"actions": ["update"], "before": {}}),
        json!({"actions": ["no-op"], "after": {}}),
        json!({"actions": ["shred"], "before": {}, "after": {}}),
        json!({"actions": []}),
        json!({}),
        json!([]),
        json!(null),
    ] {
        let summary = summarize(declaration, &change);
        assert_eq!(
            (summary.rows.len(), summary.unread.len()),
            (0, 1),
            "{change}"
        );
    }
    for actions in ["no-op", "read"] {
        let object = json!({"key_id": "k"});
        let change = json!({"actions": [actions], "before": object, "after": object});
        let summary = summarize(declaration, &change);
        assert_eq!(
            (summary.rows.len(), summary.unread.len()),
            (0, 0),
            "{change}"
        );
    }
}
