//! The pages of the rules, held against the rules.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hwgrants::review::Policy;
use hwgrants::review::rule::Rule;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guides")
}

/// The pages but for the front page, by the name of the file without its ending.
fn pages() -> Vec<(String, String)> {
    let files = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let pages = files.map(|path| {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let id = name.strip_prefix("rule-")?.to_owned();
        let page = fs::read_to_string(&path).unwrap();
        let (front_matter, page) = page.split_once("\n---\n\n").unwrap();
        assert!(front_matter.contains(&format!("page_title: \"{id} Rule - ")));
        Some((id, page.to_owned()))
    });
    pages.flatten().collect()
}

fn front() -> String {
    fs::read_to_string(folder().join("rules.md")).unwrap()
}

/// Severity, scope and threshold as the tables give them.
fn defaults(rule: Rule) -> String {
    let threshold = rule.threshold();
    let threshold =
        threshold.map(|threshold| format!("`{} = {}` ", threshold.name, threshold.days));
    let (severity, scope) = (rule.severity(), rule.scope());
    format!(
        "| `{severity}` | `{scope}` | {}|",
        threshold.unwrap_or_default()
    )
}

/// The code blocks of this language.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let opening = format!("```{language}\n");
    let blocks = page.split(opening.as_str()).skip(1);
    blocks
        .map(|block| block.split_once("```").unwrap().0)
        .collect()
}

#[test]
fn every_rule_has_a_page_with_its_defaults_and_every_page_a_rule() {
    let mut rules: BTreeSet<&str> = Rule::ALL.map(Rule::id).into();
    for (name, page) in pages() {
        let rule = Rule::ALL.into_iter().find(|rule| rule.id() == name);
        let rule = rule.unwrap_or_else(|| panic!("{name}.md is about no rule"));
        rules.remove(rule.id());
        let opening = format!("# `{name}`\n\n{}.\n\n", rule.title());
        assert!(page.starts_with(&opening), "{name}: {opening}");
        assert!(
            page.contains(&format!("\n{}\n", defaults(rule))),
            "{name}: {}",
            defaults(rule)
        );
        for part in [
            "What it finds",
            "Why it matters",
            "Example",
            "Settings",
            "When to waive it",
        ] {
            assert!(page.contains(&format!("\n## {part}\n")), "{name}: {part}");
        }
        assert!(!blocks(&page, "terraform").is_empty(), "{name}");
    }
    assert!(rules.is_empty(), "no page: {rules:?}");
}

#[test]
fn the_front_page_lists_exactly_the_rules_in_order() {
    let rows = Rule::ALL.map(|rule| {
        let (id, title) = (rule.id(), rule.title());
        format!("| [`{id}`](rule-{id}.md) | {title} {}", defaults(rule))
    });
    let front = front();
    let listed: Vec<&str> = front
        .lines()
        .filter(|line| line.starts_with("| ["))
        .collect();
    assert_eq!(listed, rows);
}

#[test]
fn policies_in_the_rule_pages_parse_and_state_the_defaults() {
    for (name, page) in pages() {
        let [settings] = blocks(&page, "toml")[..] else {
            panic!("{name} has not one block of settings");
        };
        Policy::read(settings).unwrap_or_else(|error| panic!("{name}: {error}"));
        let rule = Rule::ALL
            .into_iter()
            .find(|rule| rule.id() == name)
            .unwrap();
        assert!(settings.contains(&format!("[rules.{name}]\n")), "{name}");
        // A rule that reports only changes has no use for a scope.
        let has_scope = !page.contains("\nThe scope has no effect, ");
        assert_eq!(settings.contains("\nscope = "), has_scope, "{name}");
        let scope = has_scope.then(|| rule.scope().to_string());
        for default in [rule.severity().to_string()].into_iter().chain(scope) {
            assert!(
                settings.contains(&format!("# without a policy: {default}\n")),
                "{name}: {default}"
            );
        }
        if let Some(threshold) = rule.threshold() {
            let line = format!("\n{} = {} ", threshold.name, threshold.days);
            assert!(settings.contains(&line), "{name}: {line}");
        }
    }
    let front = front();
    let policies = blocks(&front, "toml");
    assert!(!policies.is_empty());
    for policy in policies {
        assert!(Policy::read(policy).unwrap().has_waivers());
    }
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/review/policy.toml");
    Policy::read(&fs::read_to_string(example).unwrap()).unwrap();
}
