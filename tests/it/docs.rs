//! The documentation: complete, up to date, and without a link that leads nowhere.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use hwgrants::cli::docs::files;
use hwgrants::review::{Format, Policy, SourceLocations};

/// Held while README.md is read, changed and written: two tests do so with `UPDATE_GOLDEN=1`, side by side.
pub(crate) static README: Mutex<()> = Mutex::new(());

/// Writes a file whole or not at all, because other tests read it meanwhile.
pub(crate) fn write_page(path: &Path, text: &str) {
    let folder = path.parent().unwrap();
    fs::create_dir_all(folder).unwrap();
    let mut file = tempfile::NamedTempFile::new_in(folder).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644)).unwrap();
    file.persist(path).unwrap();
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `UPDATE_GOLDEN=1` writes what `hwgrants docs` writes.
#[test]
fn generated_documentation_is_up_to_date() {
    let _readme = README.lock().unwrap_or_else(PoisonError::into_inner);
    let files = files(root()).unwrap();
    let mut stale = Vec::new();
    for (path, text) in &files {
        if fs::read_to_string(path).is_ok_and(|current| current == *text) {
            continue;
        }
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            write_page(path, text);
        } else {
            stale.push(path.strip_prefix(root()).unwrap().to_owned());
        }
    }
    assert!(stale.is_empty(), "run `hwgrants docs`: {stale:?}");
    // Nothing is left of a type that is gone.
    for folder in [
        "resources",
        "data-sources",
        "list-resources",
        "actions",
        "functions",
    ] {
        for entry in fs::read_dir(root().join("docs").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            assert!(
                files.contains_key(&path),
                "{} is of no type",
                path.display()
            );
        }
    }
}

/// Every Markdown file that people read.
fn pages() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    let mut folders = vec![root().join("docs"), root().join("examples")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "md") {
                pages.push(path);
            }
        }
    }
    let at_the_root = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    pages.extend(at_the_root.filter(|path| path.extension().is_some_and(|end| end == "md")));
    pages.sort();
    assert!(pages.len() > 20, "{pages:?}");
    pages
}

/// The text without fenced code.
fn prose(text: &str) -> String {
    let mut is_code = false;
    let lines = text.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The anchors of a page: those of its headings, as hosts make them, and those that it sets.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text);
    let headings = headings.lines().filter(|line| line.starts_with('#'));
    let mut anchors: BTreeSet<String> = headings
        .map(|line| {
            let kept = line.trim_start_matches('#').trim().to_lowercase();
            let kept = kept
                .chars()
                .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect();
    let set = text.split("<a id=\"").skip(1);
    anchors.extend(set.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
    anchors
}

/// What the links of a text lead to.
fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let links = prose.split("](").skip(1);
    let links = links.filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()));
    links.collect()
}

#[test]
fn every_relative_link_resolves() {
    let mut count = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for link in links(&text) {
            if link.contains("://") {
                continue;
            }
            count += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => page.clone(),
                file => page.parent().unwrap().join(file),
            };
            let at = page.strip_prefix(root()).unwrap().display();
            assert!(target.exists(), "{at}: `{link}` is no file");
            if !anchor.is_empty() {
                let anchors = anchors(&fs::read_to_string(&target).unwrap());
                assert!(
                    anchors.contains(anchor),
                    "{at}: `{link}` has no such heading"
                );
            }
        }
    }
    assert!(count > 40, "{count}");
}

/// Parts of the report that README.md shows, which an ellipsis separates.
#[test]
fn the_review_in_the_readme_matches_the_example() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let command = "$ hwgrants review examples/review/plan.json\n";
    let (_, shown) = readme.split_once(command).unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    let plan = fs::read(root().join("examples/review/plan.json")).unwrap();
    let report = hwgrants::review::review(&plan[..], &Policy::default()).unwrap();
    let text = Format::Text.render(&report, &SourceLocations::default());
    let parts: Vec<_> = shown
        .split("…\n")
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    assert!(parts.len() >= 2, "{shown}");
    for part in parts {
        assert!(
            text.contains(part),
            "README.md shows what the report has not:\n{part}\n\n{text}"
        );
    }
}

/// What the documentation is made of, in a folder of its own.
fn checkout() -> tempfile::TempDir {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let to = to.join(path.file_name().unwrap());
            if path.is_dir() {
                copy(&path, &to);
            } else {
                fs::copy(path, to).unwrap();
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    for name in ["docs", "examples", "src/docs/notes"] {
        copy(&root().join(name), &folder.path().join(name));
    }
    fs::copy(root().join("README.md"), folder.path().join("README.md")).unwrap();
    folder
}

/// Exit code and standard error of `hwgrants docs` on a folder.
fn docs(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hwgrants"));
    let output = command
        .arg("docs")
        .arg("--dir")
        .arg(folder)
        .args(args)
        .output()
        .unwrap();
    assert_eq!(output.stdout, b"");
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn the_docs_command_rewrites_only_stale_files() {
    let folder = checkout();
    let (code, said) = docs(folder.path(), &["--check"]);
    assert_eq!((code, said.as_str()), (Some(0), ""));
    let page = folder.path().join("docs/resources/csms_grant.md");
    let whole = fs::read_to_string(&page).unwrap();
    let readme = folder.path().join("README.md");
    let text = fs::read_to_string(&readme).unwrap();
    fs::write(&page, "stale").unwrap();
    fs::write(&readme, text.replacen("| `region` |", "| `area` |", 1)).unwrap();

    let (code, said) = docs(folder.path(), &["--check"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("README.md` is out of date") && said.contains("csms_grant.md` is out"));
    assert_eq!(fs::read_to_string(&page).unwrap(), "stale");

    let (code, said) = docs(folder.path(), &[]);
    assert_eq!((code, said.lines().count()), (Some(0), 2), "{said}");
    assert_eq!(fs::read_to_string(&page).unwrap(), whole);
    assert_eq!(fs::read_to_string(&readme).unwrap(), text);
}

#[test]
fn missing_documentation_inputs_are_reported_with_a_hint() {
    let folder = checkout();
    let example = "examples/resources/hwgrants_csms_grant/import-by-identity.tf";
    fs::remove_file(folder.path().join(example)).unwrap();
    let (code, said) = docs(folder.path(), &[]);
    assert_eq!(code, Some(1));
    assert!(
        said.contains(example) && said.contains("\nhint: "),
        "{said}"
    );

    let folder = checkout();
    fs::write(folder.path().join("README.md"), "# Nothing").unwrap();
    let (code, said) = docs(folder.path(), &[]);
    assert_eq!(code, Some(1));
    assert!(
        said.contains("arguments of provider -->\n\nhint: "),
        "{said}"
    );

    let empty = tempfile::tempdir().unwrap();
    let (code, said) = docs(empty.path(), &[]);
    assert_eq!(code, Some(1));
    assert!(
        said.contains("examples`: ") && said.contains("`--dir`"),
        "{said}"
    );
}

/// Variables that Terraform sets for its plugins, or that are read of a Terraform that is run: no settings of ours.
const OF_TERRAFORM: [&str; 4] = [
    "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE",
    "TF_CLI_ARGS",
    "TF_PLUGIN_CACHE_DIR",
    "TF_PLUGIN_MAGIC_COOKIE",
];

#[test]
fn every_environment_variable_is_documented() {
    let mut folders = vec![root().join("src")];
    let mut variables = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.extension().is_none_or(|end| end != "rs") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let literals = text.split('"').filter(|literal| {
                ["HW_", "OS_", "HWGRANTS_", "TF_"]
                    .iter()
                    .any(|prefix| literal.starts_with(prefix))
                    && !literal.ends_with('_')
                    && literal.chars().all(|c| c.is_ascii_uppercase() || c == '_')
            });
            variables.extend(literals.map(str::to_owned));
        }
    }
    assert!(variables.len() > 45, "{variables:?}");
    let documented: String = [
        "README.md",
        "docs/index.md",
        "docs/resources/csms_grant.md",
        "CONTRIBUTING.md",
    ]
    .iter()
    .map(|page| fs::read_to_string(root().join(page)).unwrap())
    .collect();
    let missing: Vec<_> = variables
        .iter()
        .filter(|name| !OF_TERRAFORM.contains(&name.as_str()))
        .filter(|name| {
            !documented.contains(&format!("`{name}")) && !documented.contains(&format!("${name}"))
        })
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
