//! The house rules that a compiler does not check: layers, front doors, file sizes, and what every resource, data source,
//! list resource, action and function must have.

mod checklist;
mod invariants;

use std::fs;
use std::path::{Path, PathBuf};

use hwgrants::cloud::Environment;
use hwgrants::framework::engine::Engine;
use hwgrants::provider::{Clock, Hwgrants};
use jiff::Timestamp;

/// A folder of `src/`, and what it may and may not know.
struct Room {
    name: &'static str,
    may_import: &'static [&'static str],
    /// Words that may stand in its `//!` headers, which say what the room must not know, and nowhere else.
    must_not_mention: &'static [&'static str],
}

/// The room that every other one may import: how foreign text is shown must not differ from room to room.
const SHARED: &str = "text";

/// ARCHITECTURE.md has this table in prose.
const ROOMS: &[Room] = &[
    Room {
        name: "plugin",
        may_import: &[],
        must_not_mention: &["terraform", "tofu", "huawei"],
    },
    Room {
        name: "framework",
        may_import: &[],
        must_not_mention: &["protobuf", "prost", "tonic", "http", "huawei"],
    },
    Room {
        name: "protocol",
        may_import: &["framework"],
        must_not_mention: &["huawei", "http"],
    },
    Room {
        name: "wire",
        may_import: &[],
        must_not_mention: &["terraform", "reqwest", "tokio"],
    },
    Room {
        name: "cloud",
        may_import: &["wire"],
        must_not_mention: &["terraform", "schema", "plan"],
    },
    Room {
        name: "sandbox",
        may_import: &["wire"],
        must_not_mention: &["reqwest"],
    },
    Room {
        name: "text",
        may_import: &[],
        must_not_mention: &["grant", "grants", "terraform", "huawei", "http", "tokio"],
    },
    Room {
        name: "run_record",
        may_import: &[],
        must_not_mention: &["grant", "grants", "terraform", "huawei", "http", "tokio"],
    },
    Room {
        name: "provider",
        may_import: &["framework", "cloud", "wire", "run_record"],
        must_not_mention: &["protobuf", "prost", "tonic", "grpc"],
    },
    Room {
        name: "access",
        may_import: &[],
        // Not "network": rules of networks are access, too.
        must_not_mention: &["http", "tokio", "reqwest"],
    },
    Room {
        name: "plan_json",
        may_import: &["access"],
        must_not_mention: &["network", "http", "tokio", "reqwest"],
    },
    Room {
        name: "report_format",
        may_import: &[],
        must_not_mention: &["grant", "grants", "terraform", "huawei", "tokio"],
    },
    Room {
        name: "review",
        may_import: &["access", "plan_json", "report_format"],
        // Not "provider": plans have the configurations of providers. Not "network": rules of networks are access, too.
        must_not_mention: &["http", "tokio", "reqwest"],
    },
    Room {
        name: "audit",
        may_import: &["plan_json", "report_format", "cloud", "wire"],
        must_not_mention: &["protocol", "grpc", "protobuf", "tonic", "reqwest"],
    },
    Room {
        name: "doctor",
        may_import: &["cloud", "wire"],
        must_not_mention: &["protocol", "plan", "plans", "grpc", "tonic", "reqwest"],
    },
    Room {
        name: "probe",
        // Of the sandbox, only the names of quirks: see `the_probe_knows_only_the_quirks_of_the_sandbox`.
        may_import: &["cloud", "wire", "sandbox"],
        must_not_mention: &["protocol", "plan", "plans", "grpc", "tonic", "reqwest"],
    },
    Room {
        name: "server",
        may_import: &["plugin", "protocol", "framework"],
        must_not_mention: &["huawei", "grant", "grants", "http"],
    },
    Room {
        name: "docs",
        may_import: &["framework"],
        must_not_mention: &["huawei", "grant", "grants", "http", "tokio"],
    },
    Room {
        name: "distribution",
        may_import: &[],
        must_not_mention: &["huawei", "grant", "grants", "tokio"],
    },
    Room {
        name: "cli",
        may_import: &[
            "plugin",
            "framework",
            "protocol",
            "wire",
            "cloud",
            "sandbox",
            "provider",
            "plan_json",
            "review",
            "audit",
            "doctor",
            "probe",
            "docs",
            "distribution",
        ],
        must_not_mention: &[],
    },
];

/// The modules of a room from the lowest layer up. A file imports its own layer and those below.
const LAYERS: &[(&str, &[&[&str]])] = &[
    (
        "cloud",
        &[
            &["id", "timestamp", "advice"],
            &["error"],
            &["deadline"],
            &["credential"],
            &["settings"],
            &["transport"],
            &["session"],
            &["service"],
        ],
    ),
    (
        "sandbox",
        &[
            &[
                "id",
                "clock",
                "consistency",
                "quirk",
                "request_log",
                "signature",
            ],
            &["identity", "fault"],
            &["store"],
            &["persistence"],
            &["error"],
            &["world"],
            &["seed"],
            &["sign_in"],
            &["api"],
            &["service"],
            &["http"],
            &["admin"],
            &["server"],
        ],
    ),
    (
        "review",
        &[
            &["grant", "rule"],
            &["change"],
            &["section"],
            &["state"],
            &["policy"],
            &["finding"],
            &["report"],
            &["baseline", "gate", "location"],
            &["phrasing"],
            &[
                "text", "markdown", "json", "sarif", "junit", "html", "gitlab", "github",
            ],
            &["format"],
            &["set"],
        ],
    ),
];

/// Lines that a file may have, counted without its tests.
const MAX_LINES: usize = 500;

/// Lines that a `main` may have.
const MAX_MAIN_LINES: usize = 80;

#[test]
fn top_level_modules_import_only_allowed_modules() {
    let mut broken = Vec::new();
    for (room, file, text) in rooms() {
        for (number, line) in (1..).zip(text.lines()) {
            for (position, _) in line.match_indices("crate::") {
                let imported = word(&line[position + "crate::".len()..]);
                let is_room = ROOMS.iter().any(|room| room.name == imported);
                let may =
                    [room.name, SHARED].contains(&imported) || room.may_import.contains(&imported);
                // `crate::{` would hide the rooms from this test.
                if imported.is_empty() || is_room && !may {
                    broken.push(format!("{}:{number}: {}", file.display(), line.trim()));
                }
            }
        }
    }
    assert_none("imports that ARCHITECTURE.md forbids", &broken);
}

#[test]
fn layers_do_not_import_from_layers_above() {
    let mut broken = Vec::new();
    for (room, layers) in LAYERS {
        let layer = |module: &str| layers.iter().position(|modules| modules.contains(&module));
        let folder = root().join("src").join(room);
        for file in sources(&format!("src/{room}")) {
            let path = file.strip_prefix(&folder).unwrap().with_extension("");
            let own = path.iter().next().unwrap().to_str().unwrap();
            // The front door is above all of them.
            let Some(own) = layer(own) else {
                assert_eq!(own, "mod", "{} is in no layer", file.display());
                continue;
            };
            let text = fs::read_to_string(&file).unwrap();
            let depth = path.iter().count() - usize::from(path.ends_with("mod"));
            let up = "super::".repeat(depth);
            for (number, line) in (1..).zip(text.lines()) {
                let prefixes = [format!("crate::{room}::"), format!("use {up}")];
                let imports = prefixes.iter().flat_map(|prefix| {
                    let found = line.match_indices(prefix.as_str());
                    found.map(|(position, _)| word(&line[position + prefix.len()..]))
                });
                let is_above = |module: &str| layer(module).is_some_and(|layer| layer > own);
                if imports.into_iter().any(is_above) {
                    broken.push(format!("{}:{number}: {}", file.display(), line.trim()));
                }
            }
        }
    }
    assert_none("imports from a layer above", &broken);
}

/// The sandbox is a second reading of the API reference: the probe compares a service with its quirks, and shares nothing else with it.
#[test]
fn the_probe_knows_only_the_quirks_of_the_sandbox() {
    let quirks = fs::read_to_string(root().join("src/sandbox/quirk/value.rs")).unwrap();
    let mut names = Vec::new();
    for file in sources("src/probe") {
        let text = fs::read_to_string(&file).unwrap();
        for (_, rest) in text
            .match_indices("crate::sandbox::")
            .map(|(at, found)| (at, &text[at + found.len()..]))
        {
            let list = rest.split(';').next().unwrap();
            let words = list.split(|c: char| !c.is_alphanumeric());
            names.extend(words.filter(|word| !word.is_empty()).map(str::to_owned));
        }
    }
    let is_quirk = |name: &String| name == "Quirks" || quirks.contains(&format!("    {name} {{"));
    let others: Vec<_> = names.iter().filter(|name| !is_quirk(name)).collect();
    assert!(names.len() > 10 && others.is_empty(), "{others:?}");
}

/// One mechanism, so that a format cannot have an escaping of its own.
#[test]
fn only_the_text_module_escapes_foreign_text() {
    let mut broken = Vec::new();
    for file in ["audit", "cli", "plan_json", "review"]
        .into_iter()
        .flat_map(|room| sources(&format!("src/{room}")))
    {
        let text = fs::read_to_string(&file).unwrap();
        for banned in [
            "escape_unicode",
            "escape_default",
            "escape_debug",
            "PreEscaped(",
        ] {
            // The style sheet and head of the page are not foreign text.
            let is_page = banned == "PreEscaped(" && file.ends_with("html/mod.rs");
            if text.contains(banned) && !is_page {
                broken.push(format!("{}: `{banned}`", file.display()));
            }
        }
    }
    assert_none("escaping outside of `src/text`", &broken);
}

#[test]
fn top_level_modules_do_not_mention_forbidden_terms() {
    let mut broken = Vec::new();
    for (room, file, text) in rooms() {
        let lines = (1..)
            .zip(text.lines())
            .filter(|(_, line)| !line.starts_with("//!"));
        for (number, line) in lines {
            let lower = line.to_ascii_lowercase();
            let words: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphabetic()).collect();
            if let Some(word) = room
                .must_not_mention
                .iter()
                .find(|word| words.contains(word))
            {
                broken.push(format!("{}:{number}: `{word}`", file.display()));
            }
        }
    }
    assert_none("words of another room", &broken);
}

#[test]
fn every_top_level_module_is_listed_in_architecture_md() {
    let architecture = read("ARCHITECTURE.md");
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if !entry.path().is_dir() || name == "bin" {
            continue;
        }
        assert!(
            ROOMS.iter().any(|room| room.name == name),
            "`src/{name}` is no room"
        );
        assert!(
            architecture.contains(&format!("\n| `{name}` |")),
            "`{name}` has no row"
        );
    }
    assert!(architecture.lines().count() < 150);
}

#[test]
fn every_module_starts_with_a_doc_comment() {
    let files = sources("src")
        .into_iter()
        .chain(sources("tests"))
        .chain([root().join("build.rs")]);
    let undocumented = files.filter(|file| {
        let text = fs::read_to_string(file).unwrap();
        // Tests of a module stand in a file of their own without being a module of interest.
        !file.ends_with("tests.rs") && !text.starts_with("//! ")
    });
    assert_none("modules without `//!`", &names(undocumented));
}

#[test]
fn every_source_directory_has_a_mod_rs() {
    let folders = sources("src")
        .into_iter()
        .filter_map(|file| file.parent().map(Path::to_path_buf));
    let doorless = folders.filter(|folder| {
        let is_top = folder.ends_with("src") || folder.ends_with("src/bin");
        !is_top && !folder.join("mod.rs").is_file()
    });
    assert_none("folders without `mod.rs`", &names(doorless));
}

#[test]
fn doc_comment_headings_are_on_their_own_line() {
    let mut broken = Vec::new();
    for file in sources("src") {
        let text = fs::read_to_string(&file).unwrap();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim_start();
            let comment = line.strip_prefix("/// # ").or(line.strip_prefix("//! # "));
            // Rustdoc takes what follows on the same line for a part of the heading.
            if comment.is_some_and(|heading| heading.starts_with("Errors ")) {
                broken.push(format!("{}:{number}: {line}", file.display()));
            }
        }
    }
    assert_none("headings with text on their line", &broken);
}

#[test]
fn no_source_file_exceeds_the_line_limit() {
    let long = sources("src").into_iter().filter(|file| {
        let text = fs::read_to_string(file).unwrap();
        let is_main = file.ends_with("main.rs") || file.ends_with("bin/hwgrants.rs");
        let limit = if is_main { MAX_MAIN_LINES } else { MAX_LINES };
        !file.ends_with("tests.rs") && without_tests(&text) >= limit
    });
    assert_none("files that are too long without their tests", &names(long));
}

#[test]
fn sources_contain_no_ignored_tests_allowed_lints_or_todos() {
    // Written in two parts, so that this file does not find itself.
    let banned = [
        ("#[", "ignore"),
        ("#[", "should_panic"),
        ("#[", "allow("),
        ("#![", "allow("),
        ("to", "do!("),
        ("unimple", "mented!("),
    ];
    let mut found = Vec::new();
    for file in sources("src").into_iter().chain(sources("tests")) {
        let text = fs::read_to_string(&file).unwrap();
        for (one, other) in banned {
            if text.contains(&format!("{one}{other}")) {
                found.push(format!("{}: `{one}{other}`", file.display()));
            }
        }
    }
    assert_none("what the house does without", &found);
}

#[test]
fn every_resource_has_examples_and_an_acceptance_test() {
    let engine = engine();
    let mut missing = Vec::new();
    for (name, resource) in engine.resources() {
        // Once for both names.
        if name != resource.name() {
            continue;
        }
        missing.extend(absent([
            format!("examples/resources/hwgrants_{name}/resource.tf"),
            format!("examples/resources/hwgrants_{name}/import.sh"),
            format!("examples/resources/hwgrants_{name}/import-by-string-id.tf"),
            format!("examples/resources/hwgrants_{name}/import-by-identity.tf"),
            format!("tests/acceptance/{name}.rs"),
        ]));
        // Without it, the file is not compiled.
        let module = format!("mod {name};");
        if !read("tests/acceptance/main.rs")
            .lines()
            .any(|line| line == module)
        {
            missing.push(format!("tests/acceptance/main.rs: `{module}`"));
        }
        let table = format!("<!-- generated by `hwgrants docs`: arguments of {name} -->");
        if !read("README.md").contains(&table) {
            missing.push(format!("README.md: a heading, and below it `{table}`"));
        }
        if !root().join("tests/golden/state").join(name).is_dir() {
            missing.push(format!(
                "tests/golden/state/{name}/: a stored state of version 0"
            ));
        }
    }
    assert_none("what belongs to a resource", &missing);
}

#[test]
fn every_data_source_has_an_example_and_an_acceptance_test() {
    let engine = engine();
    let mut missing = Vec::new();
    for (name, source) in engine.data_sources() {
        if name != source.name() {
            continue;
        }
        let test = format!("tests/acceptance/{name}.rs");
        missing.extend(absent([
            format!("examples/data-sources/hwgrants_{name}/data-source.tf"),
            test.clone(),
        ]));
        // A resource of the same name shares the file.
        let text = fs::read_to_string(root().join(&test)).unwrap_or_default();
        if !text.contains("Block::data(") {
            missing.push(format!("{test}: a test of the data source"));
        }
    }
    assert_none("what belongs to a data source", &missing);
}

#[test]
fn every_list_resource_has_an_example_and_an_acceptance_test() {
    let engine = engine();
    let queries = read("tests/acceptance/query.rs");
    let mut missing = Vec::new();
    for (name, list) in engine.list_resources() {
        if name != list.name() {
            continue;
        }
        let example = format!("examples/list-resources/hwgrants_{name}/list-resource.tfquery.hcl");
        missing.extend(absent([example]));
        if !queries.contains(&format!("\"{name}\"")) {
            missing.push(format!("tests/acceptance/query.rs: `{name}`"));
        }
    }
    assert_none("what belongs to a list resource", &missing);
}

#[test]
fn every_action_has_an_example_and_an_acceptance_test() {
    let engine = engine();
    let mut missing = Vec::new();
    for (name, action) in engine.actions() {
        if name != action.name() {
            continue;
        }
        missing.extend(absent([
            format!("examples/actions/hwgrants_{name}/action.tf"),
            format!("tests/acceptance/{name}.rs"),
        ]));
        let module = format!("mod {name};");
        if !read("tests/acceptance/main.rs")
            .lines()
            .any(|line| line == module)
        {
            missing.push(format!("tests/acceptance/main.rs: `{module}`"));
        }
    }
    assert_none("what belongs to an action", &missing);
}

#[test]
fn every_function_has_an_example_and_an_acceptance_test() {
    let calls = read("tests/acceptance/function.rs");
    let mut missing = Vec::new();
    for function in engine().functions() {
        let name = function.name();
        missing.extend(absent([format!("examples/functions/{name}/function.tf")]));
        if !calls.contains(&format!("provider::hwgrants::{name}(")) {
            missing.push(format!("tests/acceptance/function.rs: a call of `{name}`"));
        }
    }
    assert_none("what belongs to a function", &missing);
}

/// What the provider offers.
fn engine() -> Engine<Hwgrants> {
    Engine::new(Hwgrants::new(
        Environment::of([]),
        Clock::new(Timestamp::now),
    ))
}

/// The files that are not there.
fn absent<const N: usize>(files: [String; N]) -> impl Iterator<Item = String> {
    files
        .into_iter()
        .filter(|file| !root().join(file).is_file())
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

/// Every file of every room, with its text.
fn rooms() -> impl Iterator<Item = (&'static Room, PathBuf, String)> {
    ROOMS.iter().flat_map(|room| {
        let files = sources(&format!("src/{}", room.name));
        assert!(!files.is_empty(), "`src/{}` is gone", room.name);
        files.into_iter().map(move |file| {
            let text = fs::read_to_string(&file).unwrap();
            (room, file, text)
        })
    })
}

/// Every Rust file below a folder of the checkout, sorted.
fn sources(folder: &str) -> Vec<PathBuf> {
    let mut folders = vec![root().join(folder)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The identifier at the front; empty if there is none.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    &text[..end.unwrap_or(text.len())]
}

fn without_tests(text: &str) -> usize {
    text.lines()
        .take_while(|line| *line != "#[cfg(test)]")
        .count()
}

fn names(paths: impl Iterator<Item = PathBuf>) -> Vec<String> {
    paths.map(|path| path.display().to_string()).collect()
}

#[track_caller]
fn assert_none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}
