//! The page that says which types are reviewed, made from the table.

use std::path::Path;

use hwgrants::access::table::Table;
use toml::{Table as Toml, Value};

const HEAD: &str = "\
---
page_title: \"Reviewed resource types - hwgrants review\"
description: |-
  The resource types whose access changes hwgrants review reports.
---

# Reviewed resource types

`hwgrants review` reads the access that these resource types give, change or revoke: who gets it, to what, at which level, and until
when. They are the access-granting types of version 1.97.1 of the official `huaweicloud` provider, with their other names, and the
types of this provider. Names in code are attributes of the resource.

- **Ends**: the attribute with the end of the access. Types without one give access that does not expire by itself.
- **Destroy**: whether destroying the resource revokes the access. If it remains in effect, the report says so.
- A type marked *definition* gives nothing by itself: a role or a policy, for example, that others hold. Changes to it change the
  access of those who hold it.
- A type marked *limits* takes access away. If such a resource is destroyed, access is gained.

Resources of all other types are counted as not reviewed, and cause the policy check to fail only with `--fail-on unreviewed`. A change
to one of these types that cannot be read is an error-level finding of the rule [`not-understood`](rule-not-understood.md).

";

/// A template as readers know it: attributes in code, without the words for values and without what is optional.
fn plain(template: &str) -> String {
    let mut text = String::new();
    let mut depth = 0;
    let mut rest = template.chars();
    while let Some(c) = rest.next() {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ if depth > 0 => {}
            '{' => {
                let hole: String = rest.by_ref().take_while(|c| *c != '}').collect();
                let first = hole.split('|').next().unwrap();
                let name = first.split(['~', '?']).next().unwrap();
                text.push_str(&format!("`{name}`"));
            }
            c => text.push(c),
        }
    }
    text.trim().replace('|', "\\|")
}

/// A template, or the alternatives of which the first is the usual one.
fn first(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => plain(text),
        Some(Value::Array(all)) => {
            let all: Vec<String> = all.iter().filter_map(Value::as_str).map(plain).collect();
            all.join(" or ")
        }
        _ => String::new(),
    }
}

/// What a rule gives.
fn rule(rule: &Toml) -> String {
    let principal = rule.get("policy").or(rule.get("principals"));
    let grantee = match principal.and_then(Value::as_str) {
        Some(policy) => format!("the principals of `{policy}`"),
        None => first(rule.get("grantee")),
    };
    let level = first(rule.get("level"));
    let level = if level.is_empty() {
        level
    } else {
        format!(": {level}")
    };
    format!("{grantee} → {}{level}", first(rule.get("resource")))
}

fn row(entry: &Toml) -> String {
    let texts = |key: &str| -> Vec<&str> {
        let list = entry.get(key).and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    };
    let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
    let names: Vec<String> = texts("names")
        .iter()
        .map(|name| format!("`{name}`"))
        .collect();
    let rules: Vec<&Toml> = entry
        .get("rule")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_table)
        .collect();
    let mut gives: Vec<String> = rules.iter().map(|table| rule(table)).collect();
    gives.sort();
    gives.dedup();
    let mut ends: Vec<String> = rules.iter().map(|rule| first(rule.get("until"))).collect();
    ends.retain(|end| end.contains('`'));
    ends.sort();
    ends.dedup();
    let is_reversed = rules
        .iter()
        .any(|rule| rule.get("reversed").and_then(Value::as_bool) == Some(true));
    let mut marks = Vec::new();
    if text("role") == "definition" {
        marks.push("*definition*");
    }
    if is_reversed {
        marks.push("*limits*");
    }
    let destroy = match text("destroy") {
        "keeps" => "remains in effect",
        _ => "revokes",
    };
    let gives = [marks.join(", ")]
        .into_iter()
        .filter(|marks| !marks.is_empty())
        .chain(gives);
    format!(
        "| {} | {} | {} | {destroy} |\n",
        names.join("<br>"),
        gives.collect::<Vec<_>>().join("<br>"),
        ends.join("<br>")
    )
}

/// `UPDATE_GOLDEN=1` writes it.
#[test]
fn the_page_of_reviewed_types_is_made_from_the_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = std::fs::read_to_string(root.join("src/access/access.toml")).unwrap();
    let table: Toml = source.parse().unwrap();
    let mut rows: Vec<String> = table["type"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| row(entry.as_table().unwrap()))
        .collect();
    rows.sort();
    let page = format!(
        "{HEAD}| Types | Access | Ends | Destroy |\n| --- | --- | --- | --- |\n{}",
        rows.concat()
    );
    let path = root.join("docs/guides/reviewed-types.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), page);
    for name in Table::current().type_names() {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
}
