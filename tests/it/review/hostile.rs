//! Names and texts of others in every format, on a terminal and in the log of a CI server: they are text and nothing else.

use std::collections::BTreeSet;

use hwgrants::review::text::TextReport;
use hwgrants::review::{Format, Report, SourceLocations};
use roxmltree::Document;
use scraper::{Html, Node};
use serde_json::{Value, json};

use super::log::commands;
use super::sample::{self, HOSTILE, names};
use super::stage::{create, delete, plan};
use super::{markdown, reviewed};

/// A report with this text in every part that is foreign.
fn report(text: &str) -> Report {
    sample::report(24, |_| text.to_owned())
}

fn render(text: &str, format: Format) -> String {
    format.render(&report(text), &SourceLocations::default())
}

/// What works a terminal, turns or hides text, but for line feeds. Not the list of the code, which this is to check.
fn is_harmful(c: &char) -> bool {
    let hides = matches!(
        *c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{3164}' | '\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e01ef}'
    );
    hides || c.is_control() && *c != '\n'
}

/// A text that is nothing else, with two words and literals.
const PLAIN: &str = "plain text";

/// The names of a document's parts that no foreign text may add to: elements, attributes and keys.
fn parts(format: Format, document: &str) -> BTreeSet<String> {
    match format {
        Format::Json | Format::Sarif | Format::Gitlab => {
            let value: Value = serde_json::from_str(document).unwrap();
            let mut keys = BTreeSet::new();
            add_keys(&value, &mut keys);
            keys
        }
        Format::Junit => {
            let document = Document::parse(document).unwrap();
            let elements = document.descendants().filter(roxmltree::Node::is_element);
            let names = elements.flat_map(|element| {
                let attributes = element.attributes();
                let attributes = attributes.map(|it| format!("@{}", it.name()));
                attributes.chain([element.tag_name().name().to_owned()])
            });
            names.collect()
        }
        Format::Html => {
            let document = Html::parse_document(document);
            assert!(document.errors.is_empty(), "{:?}", document.errors);
            let elements = document.tree.values().filter_map(Node::as_element);
            let names = elements.flat_map(|element| {
                let attributes = element.attrs().map(|(name, _)| format!("@{name}"));
                attributes.chain([element.name().to_owned()])
            });
            names.collect()
        }
        Format::Github => {
            let commands = document.lines().flat_map(|line| {
                let (head, _) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
                let (command, parameters) = head.split_once(' ').unwrap();
                let parameters = parameters.split(',');
                let keys = parameters.map(|part| part.split('=').next().unwrap());
                keys.chain([command]).map(str::to_owned).collect::<Vec<_>>()
            });
            commands.collect()
        }
        // The parser of comments has its own test, below; a heading is what is underlined.
        Format::Markdown => BTreeSet::new(),
        Format::Text => {
            let lines: Vec<&str> = document.lines().collect();
            let heads = lines.windows(2).filter_map(|pair| {
                let is_underline = !pair[1].is_empty() && pair[1].chars().all(|c| c == '-');
                let title = pair[0].split_once(": ").map_or(pair[0], |(title, _)| title);
                is_underline.then(|| title.to_owned())
            });
            heads.collect()
        }
    }
}

/// The keys of all objects, but for the two objects whose keys are foreign.
fn add_keys(value: &Value, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                keys.insert(key.clone());
                if !matches!(key.as_str(), "modules" | "other_types") {
                    add_keys(value, keys);
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| add_keys(value, keys)),
        _ => {}
    }
}

#[test]
fn no_text_adds_anything_to_a_report_of_any_format() {
    assert!(HOSTILE.len() >= 31, "{} texts", HOSTILE.len());
    let unique: BTreeSet<_> = names().into_iter().collect();
    assert_eq!(unique.len(), names().len());
    for format in Format::ALL {
        let plain = parts(format, &render(PLAIN, format));
        assert!(!plain.is_empty() || format == Format::Markdown);
        for name in names() {
            let shown = render(&name, format);
            let working = shown.chars().find(is_harmful);
            assert_eq!(working, None, "{} {name:?}", format.name());
            let found = parts(format, &shown);
            let others: Vec<&String> = found.difference(&plain).collect();
            // Literals stand in backticks, and a text may have some.
            let is_code = format == Format::Html && name.contains('`');
            let others = others.into_iter().filter(|it| !is_code || *it != "code");
            assert_eq!(
                others.collect::<Vec<_>>(),
                [""; 0],
                "{} {name:?}",
                format.name()
            );
        }
    }
}

#[test]
fn no_text_adds_anything_to_a_comment() {
    for name in names() {
        markdown::check(&report(&name));
    }
}

/// The text without the sequences that set colours, each of which must be one that we write.
fn without_colours(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (sequence, rest) = part.split_once('m').unwrap();
        let known = ["[0", "[1", "[31", "[33", "[36"];
        assert!(known.contains(&sequence), "{sequence:?}");
        plain += rest;
    }
    plain
}

#[test]
fn a_terminal_gets_our_colours_alone() {
    for name in names() {
        let report = report(&name);
        let text = TextReport {
            report: &report,
            locations: &SourceLocations::default(),
        };
        for columns in [60, 80, 160] {
            let coloured = format!("{text:#columns$}");
            let plain = without_colours(&coloured);
            assert_ne!(plain, coloured);
            let working = plain.chars().find(is_harmful);
            assert_eq!(working, None, "{name:?}");
            assert_eq!(plain, format!("{text:columns$}"), "{name:?}");
        }
    }
}

/// A plan of blocks with this text as key, reason, and name of everything.
fn plan_of(name: &str) -> Value {
    let key = json!(name);
    let created = create(&format!("csms_grant.a[{key}]"));
    let named = ["resource_id", "project_id", "region", "grantee_target_id"];
    let named = named
        .into_iter()
        .fold(created, |block, argument| block.with(argument, name))
        .with("reason", name)
        .with("grantee_name", name);
    let mut plan = plan(&[named, delete(&format!("module.m[{key}].csms_grant.b"))]);
    let other = json!({
        "address": format!("huaweicloud_obs_bucket_acl.a[{key}]"), "mode": "managed", "type": "huaweicloud_obs_bucket_acl",
        "name": "a", "change": {"actions": ["update"], "before": {"bucket": name}, "after": {"bucket": name, "owner": name},
        "after_unknown": {}},
    });
    plan["resource_changes"].as_array_mut().unwrap().push(other);
    plan
}

#[test]
fn a_log_gets_no_command_from_a_name() {
    let mut all = plan(&[]);
    let changes = names().into_iter().flat_map(|name| {
        let plan = plan_of(&name);
        plan["resource_changes"].as_array().unwrap().clone()
    });
    all["resource_changes"] = changes.collect();
    // No argument holds this character.
    let title = names().concat().replace('\0', "");
    for format in Format::ALL {
        let args = [
            "--format",
            format.name(),
            "--color=always",
            "--title",
            &title,
            "-",
        ];
        let output = reviewed(&args, all.to_string().as_bytes());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(output.stderr, b"");
        let printed = String::from_utf8(output.stdout).unwrap();
        let printed = match format {
            Format::Text => without_colours(&printed),
            _ => printed,
        };
        let working = printed.chars().find(is_harmful);
        assert_eq!(working, None, "{}", format.name());
        // The annotations are commands, and each is one of ours.
        let ours = ["::error ", "::warning ", "::notice "];
        let is_ours = |line: &String| {
            format == Format::Github && ours.iter().any(|start| line.starts_with(start))
        };
        let commands = commands(printed.as_bytes()).into_iter();
        let others: Vec<String> = commands.filter(|line| !is_ours(line)).collect();
        assert_eq!(others, [""; 0], "{}", format.name());
    }
}

#[test]
fn half_a_character_in_a_plan_is_an_error_or_a_sign_of_it() {
    let plan = plan_of("here").to_string();
    for half in [r"\ud800", r"\udc00", r"\ud800\ud800", r"\udfff\ud800x"] {
        let plan = plan.replace("here", half);
        let output = reviewed(&["-"], plan.as_bytes());
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.starts_with("error: "), "{said}");
    }
}
