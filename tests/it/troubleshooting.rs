//! The page on troubleshooting: it has an entry for every title of a diagnostic, and no entry for a title that is gone.
//!
//! Titles are read from the sources, because no list of them exists at run time. The scan is wide rather than clever: what
//! looks like a title counts as one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = "docs/guides/troubleshooting.md";

/// The folders of `src` in which diagnostics are made.
const FOLDERS: [&str; 3] = ["framework", "protocol", "provider"];

/// Texts of these folders that look like titles.
const NOT_TITLES: [&str; 8] = [
    "Huawei Cloud did not find the resource",
    "Huawei Cloud rejected the credentials",
    "Huawei Cloud rejected the request as invalid",
    "The grant expired",
    "The grant expires",
    "The ID must have 4 or 6 slash-separated parts, but has {}",
    "Users in the directory",
    "Users with a similar name",
];

/// Entries about messages of Terraform and of `hwgrants install`.
const OTHER_ENTRIES: [&str; 28] = [
    "Failed to install provider",
    "Failed to load plugin schemas",
    "Failed to query available provider packages",
    "Incomplete lock file information for providers",
    "Inconsistent dependency lock file",
    "Provider development overrides are in effect",
    "Required plugins are not installed",
    "Unable to open CLI configuration file",
    "… already has a provider_installation block; nothing was changed",
    "… also allows a registry for hwgrants/hwgrants, so terraform init fails without network access",
    "cannot check the CLI configuration …",
    "cannot determine your home directory",
    "cannot read …",
    "cannot write …",
    "… contains -plugin-dir, so terraform init uses no other directory",
    "… does not accept this build of version …",
    "… has a provider_installation block, which disables the directory …",
    "OpenTofu now reads its settings from ~/.terraform.d",
    "… overrides the plugin with the build in …",
    "plugin binary not found at …",
    "… selects version …",
    "Terraform does not read …",
    "Terraform may install version … instead",
    "Terraform no longer searches …",
    "TF_REATTACH_PROVIDERS is set",
    "the plugin cache contains a different build of version …",
    "there is more than one provider_installation block",
    "… was not created by hwgrants install and was not removed",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The sources in a folder, without those of tests.
fn sources(folder: PathBuf) -> Vec<PathBuf> {
    let mut folders = vec![folder];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs")
                && path.file_name().is_some_and(|name| name != "tests.rs")
            {
                sources.push(path);
            }
        }
    }
    sources.sort();
    sources
}

/// A source without the module of tests at its end.
fn without_tests(source: &str) -> &str {
    let starts_tests = |at: &usize| {
        let module = source[*at..].lines().nth(1);
        module.is_some_and(|line| line.contains("mod tests") && line.ends_with('{'))
    };
    let mut marks = source.match_indices("#[cfg(test)]\n").map(|(at, _)| at);
    marks.find(starts_tests).map_or(source, |at| &source[..at])
}

/// A part of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// A string literal as it is written between its quotes.
    Text(String),
    /// An identifier, a keyword or a number.
    Word(String),
    /// Any other character.
    Mark(char),
}

/// The tokens of a source, without comments, white space and character literals.
fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let (token, length) = next_token(&chars[at..]);
        tokens.extend(token);
        at += length;
    }
    tokens
}

/// Where the first `end` in `rest` at or after `from` is over.
fn end_of(rest: &[char], from: usize, end: &[char]) -> usize {
    let mut places = from..rest.len();
    let place = places.find(|place| rest[*place..].starts_with(end));
    place.map_or(rest.len(), |place| place + end.len())
}

/// The token that `rest`, which is not empty, begins with, if it is one, and its length.
fn next_token(rest: &[char]) -> (Option<Token>, usize) {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    match rest {
        ['/', '/', ..] => (None, end_of(rest, 2, &['\n'])),
        ['/', '*', ..] => (None, end_of(rest, 2, &['*', '/'])),
        ['"', ..] => {
            let mut length = 1;
            while length < rest.len() && rest[length] != '"' {
                length += if rest[length] == '\\' { 2 } else { 1 };
            }
            let text = rest.iter().take(length).skip(1).collect();
            (Some(Token::Text(text)), length + 1)
        }
        ['\'', '\\', ..] => (None, end_of(rest, 3, &['\''])),
        ['\'', _, '\'', ..] => (None, 3),
        [first, ..] if is_word(*first) => {
            let length = rest.iter().take_while(|c| is_word(**c)).count();
            let word: String = rest[..length].iter().collect();
            let hashes = rest[length..].iter().take_while(|c| **c == '#').count();
            let is_raw = ["r", "br", "cr"].contains(&word.as_str())
                && rest.get(length + hashes) == Some(&'"');
            if !is_raw {
                return (Some(Token::Word(word)), length);
            }
            let start = length + hashes + 1;
            let mut end = vec!['"'];
            end.resize(1 + hashes, '#');
            let whole = end_of(rest, start, &end);
            let text = rest[start..whole].iter().take(whole - start - end.len());
            (Some(Token::Text(text.collect())), whole)
        }
        [first, ..] if first.is_whitespace() => (None, 1),
        [first, ..] => (Some(Token::Mark(*first)), 1),
        [] => (None, 1),
    }
}

/// What is passed as a title.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Argument {
    /// A literal, or the pattern of `format!`.
    Text(String),
    /// A variable or a constant, whose value is a literal elsewhere.
    Variable,
    /// The field `summary` of something, which is found where it is set.
    Field,
}

/// What `tokens` begin with; `None` if it is something else.
fn argument(tokens: &[Token]) -> Option<Argument> {
    match tokens {
        [Token::Text(text), ..] => Some(Argument::Text(text.clone())),
        [
            Token::Word(name),
            Token::Mark('!'),
            Token::Mark('('),
            Token::Text(text),
            ..,
        ] if name == "format" => Some(Argument::Text(text.clone())),
        [Token::Word(_), Token::Mark(','), ..] => Some(Argument::Variable),
        [Token::Word(_), Token::Mark('.'), rest @ ..] => {
            let end = rest.iter().position(|token| *token == Token::Mark(','));
            let field = rest.get(end?.checked_sub(1)?);
            (field == Some(&Token::Word("summary".to_owned()))).then_some(Argument::Field)
        }
        _ => None,
    }
}

/// Whether a text is written as titles are: a few words, the first in upper case, without punctuation at the end.
fn looks_like_title(text: &str) -> bool {
    let is_inside = |c: char| c.is_ascii_alphanumeric() || " ,-_{}".contains(c);
    text.contains(' ')
        && text.len() <= 60
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '}')
        && text.chars().all(is_inside)
}

/// The same for a title of a single word. Many other texts look so, too.
fn looks_like_word_title(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_uppercase())
        && text.len() > 3
        && chars.all(|c| c.is_ascii_lowercase())
}

/// The calls that make a diagnostic, each as the tokens after its parenthesis.
fn constructions(tokens: &[Token]) -> Vec<&[Token]> {
    let starts = 0..tokens.len();
    let calls = starts.filter_map(|start| match &tokens[start..] {
        [
            Token::Word(ty),
            Token::Mark(':'),
            Token::Mark(':'),
            Token::Word(name),
            Token::Mark('('),
            rest @ ..,
        ] if ty == "Diagnostic" && (name == "error" || name == "warning") => Some(rest),
        _ => None,
    });
    calls.collect()
}

/// The titles in a source. A title can contain `{…}`, which stands for any text.
///
/// # Panics
/// If a diagnostic is made with a title that this test cannot follow.
fn titles(source: &str, at: &str) -> BTreeSet<String> {
    let tokens = tokens(without_tests(source));
    let mut titles = BTreeSet::new();
    let mut has_variable = false;
    for call in constructions(&tokens) {
        match argument(call) {
            Some(Argument::Text(title)) => {
                titles.insert(title);
            }
            Some(Argument::Variable) => has_variable = true,
            Some(Argument::Field) => {}
            None => panic!(
                "{at}: a title that this test cannot read: {:?}",
                &call[..call.len().min(5)]
            ),
        }
    }
    for start in 0..tokens.len() {
        match &tokens[start..] {
            // Fields and assignments: `summary: "…"`, `diagnostic.summary = "…"`.
            [Token::Word(name), Token::Mark(':' | '='), rest @ ..] if name == "summary" => {
                if let Some(Argument::Text(title)) = argument(rest) {
                    titles.insert(title);
                }
            }
            // Tables, constants and arguments of helpers.
            [Token::Text(text), ..]
                if looks_like_title(text) || has_variable && looks_like_word_title(text) =>
            {
                titles.insert(text.clone());
            }
            _ => {}
        }
    }
    titles
}

/// The entries of the page, by the groups that they are in.
fn groups() -> Vec<Vec<String>> {
    let page = fs::read_to_string(root().join(PAGE)).unwrap();
    let groups = page.split("\n## ").skip(1);
    let groups = groups.map(|group| {
        let entries = group.lines().filter_map(|line| line.strip_prefix("### "));
        entries.map(str::to_owned).collect()
    });
    groups.collect()
}

/// Whether an entry is about this title.
fn is_about(entry: &str, title: &str) -> bool {
    match title.split_once('{').zip(title.rsplit_once('}')) {
        None => entry == title,
        Some(((front, _), (_, back))) => {
            entry.len() > front.len() + back.len()
                && entry.starts_with(front)
                && entry.ends_with(back)
        }
    }
}

#[test]
fn every_diagnostic_has_an_entry_and_every_entry_a_diagnostic() {
    let mut found = BTreeSet::new();
    for folder in FOLDERS {
        for path in sources(root().join("src").join(folder)) {
            let source = fs::read_to_string(&path).unwrap();
            found.extend(titles(&source, &path.display().to_string()));
        }
    }
    for text in NOT_TITLES {
        assert!(
            found.remove(text),
            "`{text}` is gone: remove it from NOT_TITLES"
        );
    }
    assert!(found.len() > 80, "{found:?}");

    let entries: Vec<String> = groups().into_iter().flatten().collect();
    let missing: Vec<_> = found
        .iter()
        .filter(|title| !entries.iter().any(|entry| is_about(entry, title)))
        .collect();
    assert!(
        missing.is_empty(),
        "add entries to {PAGE}, or texts that are no titles to NOT_TITLES: {missing:#?}"
    );
    let stale: Vec<_> = entries
        .iter()
        .filter(|entry| !OTHER_ENTRIES.contains(&entry.as_str()))
        .filter(|entry| !found.iter().any(|title| is_about(entry, title)))
        .collect();
    assert!(
        stale.is_empty(),
        "no diagnostic has these titles: {stale:#?}"
    );
    for other in OTHER_ENTRIES {
        assert!(
            entries.iter().any(|entry| entry == other),
            "no entry `{other}`"
        );
    }
    let unique: BTreeSet<_> = entries.iter().collect();
    assert_eq!(unique.len(), entries.len(), "an entry is there twice");
}

#[test]
fn no_other_folder_makes_diagnostics() {
    for path in sources(root().join("src")) {
        let folder = path.strip_prefix(root().join("src")).unwrap();
        if FOLDERS.iter().any(|known| folder.starts_with(known)) {
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        let tokens = tokens(without_tests(&source));
        let at = path.display();
        assert!(constructions(&tokens).is_empty(), "{at}: add it to FOLDERS");
    }
}

#[test]
fn entries_are_in_alphabetical_order_within_each_group() {
    for group in groups() {
        let keys: Vec<String> = group
            .iter()
            .map(|entry| {
                let entry = entry.to_lowercase();
                let letters = entry.chars().filter(|c| c.is_alphanumeric() || *c == ' ');
                letters.collect::<String>().trim().to_owned()
            })
            .collect();
        assert!(keys.is_sorted(), "{group:#?}");
    }
}

#[test]
fn titles_are_found_wherever_they_are_written() {
    let source = r##"
        // Diagnostic::error("In a comment", "")
        const TABLE: (&str, char) = ("In a table", '"');
        fn make<'a>(title: &'a str) -> Problem {
            let _ = r#"a "raw" text, with Diagnostic::error("No title", "")"#;
            let _ = Diagnostic::error(
                "Directly, and with a comma",
                "The detail.",
            );
            let _ = Diagnostic::warning(format!("Set by {variable}"), "It is \"quoted\".");
            let _ = Diagnostic::error(problem.summary, problem.detail);
            let _ = Diagnostic::error(title, choose("Chosen"));
            other.summary = "Assigned".to_owned();
            Problem { summary: "Field", detail: "Not Here: it has punctuation.".to_owned() }
        }

        #[cfg(test)]
        mod tests {
            const TITLE: &str = "In a test";
        }
    "##;
    let dedented = source.replace("\n        ", "\n");
    let expected = [
        "Assigned",
        "Chosen",
        "Directly, and with a comma",
        "Field",
        "In a table",
        "Set by {variable}",
    ];
    let found = titles(&dedented, "sample");
    assert!(found.iter().eq(expected), "{found:?}");
    assert!(is_about("Set by HW_REGION_NAME", "Set by {variable}"));
    assert!(!is_about("Set by ", "Set by {variable}"));
}
