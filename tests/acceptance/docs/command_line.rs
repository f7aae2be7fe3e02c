//! Every block on every page has a test, and every command line on it is one that exists.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use clap::error::ErrorKind;
use hwgrants::cli;

use super::guide::FOLLOWED;
use super::page::{Block, Page, root};
use super::reader::LANGUAGES;

/// Blocks that no test runs or compares: page, first line, and why.
const NOT_RUN: [(&str, &str, &str); 19] = [
    (
        "ARCHITECTURE.md",
        "Terraform ──go-plugin──► plugin ──► protocol ──► framework::engine ──► provider ──► cloud ──► Huawei Cloud",
        "a diagram",
    ),
    (
        "CONTRIBUTING.md",
        "make ci",
        "builds and tests everything, this test included",
    ),
    (
        "README.md",
        "make demo",
        "builds the release and runs all tests, this test included",
    ),
    ("README.md", "make install", "builds the release"),
    (
        "docs/guides/air-gapped.md",
        "unzip hwgrants_0.1.0_mirror.zip -d /opt/terraform/mirror",
        "needs the files of a release",
    ),
    (
        "docs/guides/beside-huaweicloud.md",
        "export HW_ACCESS_KEY=…",
        "needs the provider `huaweicloud` and an account",
    ),
    (
        "docs/guides/beside-huaweicloud.md",
        "hwgrants sandbox --print terraform > sandbox_override.tf",
        SANDBOX_FOR_BOTH,
    ),
    (
        "docs/guides/beside-huaweicloud.md",
        "export TF_VAR_database_password=example",
        SANDBOX_FOR_BOTH,
    ),
    (
        "docs/guides/first-grant.md",
        "make install",
        "builds the release",
    ),
    (
        "docs/guides/other-languages.md",
        "{",
        "a configuration of CDK Terrain, whose command line needs the network",
    ),
    (
        "docs/guides/other-languages.md",
        "HWGRANTS_TYPE_NAMES=long cdktn get",
        "the command line of CDK Terrain needs the network; `make compat` runs its generator",
    ),
    (
        "docs/guides/other-languages.md",
        "import { App, TerraformStack } from \"cdktn\";",
        "`make compat` compiles and applies the same program",
    ),
    (
        "docs/guides/other-languages.md",
        "pulumi package add terraform-provider -- /path/to/terraform-provider-hwgrants --include hwgrants_csms_grant,hwgrants_csms_user",
        "needs Pulumi",
    ),
    (
        "docs/guides/review-in-ci.md",
        "- uses: OWNER/hwgrants@COMMIT # without plans: only installs",
        "runs on GitHub",
    ),
    ("docs/guides/review-in-ci.md", "include:", "runs on GitLab"),
    (
        "docs/guides/review-in-ci.md",
        "make dist",
        "builds a release and a container image",
    ),
    (
        "docs/guides/review-in-ci.md",
        "curl --fail --silent --show-error --location --header \"Authorization: Bearer $TFE_TOKEN\" --output plan.json \\",
        "needs an HCP Terraform workspace",
    ),
    (
        "examples/complete/README.md",
        "hwgrants sandbox --print terraform > sandbox_override.tf",
        SANDBOX_FOR_BOTH,
    ),
    (
        "examples/complete/README.md",
        "export TF_VAR_database_password=example",
        SANDBOX_FOR_BOTH,
    ),
];

const SANDBOX_FOR_BOTH: &str = "needs the provider `huaweicloud`; a test of the example applies it with the same override file";

/// Why a block is not run, if it is not.
pub(super) fn not_run(page: &str, first_line: &str) -> Option<&'static str> {
    let mut blocks = NOT_RUN.iter();
    let found = blocks.find(|(of, line, _)| (*of, *line) == (page, first_line));
    found.map(|(_, _, reason)| *reason)
}

/// Whether a block is configuration: of Terraform, which a test of its own validates, or of a rule, for which
/// `tests/it/review/page.rs` does so. Or the signature of a function, which is generated.
fn is_validated(page: &Page, block: &Block) -> bool {
    match block.language.as_str() {
        "terraform" => true,
        "toml" => page.path.starts_with("docs/guides/rule"),
        "text" => page.path.starts_with("docs/functions/"),
        _ => false,
    }
}

#[test]
fn every_block_is_run_compared_validated_or_listed_with_a_reason() {
    let pages = Page::all();
    let mut listed = BTreeSet::new();
    let mut unknown = Vec::new();
    for page in &pages {
        let is_followed = FOLLOWED.contains(&page.path.as_str());
        for block in &page.blocks {
            if not_run(&page.path, block.first_line()).is_some() {
                let is_new = listed.insert((page.path.as_str(), block.first_line()));
                assert!(is_new, "{}: two blocks start alike", block.at);
                continue;
            }
            // The test that follows a page fails if it leaves a block of these languages.
            let is_read = is_followed && LANGUAGES.contains(&block.language.as_str());
            if !is_read && !is_validated(page, block) {
                unknown.push(format!("{}: {}", block.at, block.first_line()));
            }
        }
    }
    assert!(
        unknown.is_empty(),
        "no test runs or compares these blocks, and `NOT_RUN` does not list them: {unknown:#?}"
    );
    let gone: Vec<_> = NOT_RUN
        .iter()
        .filter(|(page, line, _)| !listed.contains(&(*page, *line)))
        .collect();
    assert!(gone.is_empty(), "no such blocks: {gone:#?}");
    for page in FOLLOWED {
        assert!(pages.iter().any(|each| each.path == *page), "{page}");
    }
}

#[test]
fn shell_blocks_have_valid_syntax() {
    let mut count = 0;
    for block in Page::all().iter().flat_map(|page| &page.blocks) {
        if !block.is_shell() {
            continue;
        }
        for shell in ["sh", "bash"] {
            let mut child = Command::new(shell)
                .arg("-n")
                .stdin(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut input = child.stdin.take().unwrap();
            input.write_all(block.text.as_bytes()).unwrap();
            drop(input);
            let output = child.wait_with_output().unwrap();
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{}: {shell}: {errors}", block.at);
        }
        count += 1;
    }
    assert!(count >= 40, "{count}");
}

#[test]
fn command_lines_in_shell_blocks_exist() {
    let makefile = fs::read_to_string(root().join("Makefile")).unwrap();
    let mut count = 0;
    for block in Page::all().iter().flat_map(|page| &page.blocks) {
        if !block.is_shell() {
            continue;
        }
        for command in block.commands().iter().flat_map(|line| simple(line)) {
            let at = format!("{}: `{}`", block.at, command.join(" "));
            let words: Vec<_> = command.iter().map(String::as_str).collect();
            match &words[..] {
                ["hwgrants", ..] => assert_parses(&at, &words),
                ["cargo", "run", "--bin", "hwgrants", "--", args @ ..] => {
                    assert_parses(&at, &[&["hwgrants"], args].concat());
                }
                ["make", target, ..] => {
                    assert!(makefile.contains(&format!("\n{target}:")), "{at}");
                }
                ["cargo", "test", "--test", target, ..] => {
                    let main = root().join("tests").join(target).join("main.rs");
                    assert!(main.exists(), "{at}");
                }
                _ => continue,
            }
            count += 1;
        }
    }
    assert!(count >= 40, "{count}");
}

/// `hwgrants COMMAND --option` in a sentence: with placeholders, so only the names are looked up.
#[test]
fn commands_and_options_in_sentences_exist() {
    let definition = cli::definition();
    let mut count = 0;
    // The change log has the names of earlier versions.
    let pages = Page::all().into_iter();
    for page in pages.filter(|page| page.path != "CHANGELOG.md") {
        for span in &page.spans {
            for words in simple(span) {
                let mut words = words.iter().map(String::as_str);
                if words.next() != Some("hwgrants") {
                    continue;
                }
                let mut command = &definition;
                for word in words.take_while(|word| *word != "--") {
                    let at = format!("{}: `{span}`: {word}", page.path);
                    if let Some(option) = word.strip_prefix("--") {
                        let option = option.split_once('=').map_or(option, |(name, _)| name);
                        let mut options = command.get_arguments();
                        let is_known = ["help", "version"].contains(&option)
                            || options.any(|known| known.get_long() == Some(option));
                        assert!(is_known, "{at}");
                    } else if command.has_subcommands() && word.starts_with(char::is_lowercase) {
                        let found = command.find_subcommand(word);
                        command = found.unwrap_or_else(|| panic!("{at}"));
                        count += 1;
                    }
                }
            }
        }
    }
    assert!(count > 50, "{count}");
}

#[test]
fn examples_in_help_parse() {
    let mut count = 0;
    for command in cli::definition().get_subcommands() {
        let Some(help) = command.get_after_long_help() else {
            continue;
        };
        let help = help.to_string().replace("\\\n", " ");
        for words in help.lines().flat_map(simple) {
            let words: Vec<_> = words.iter().map(String::as_str).collect();
            if words.first() == Some(&"hwgrants") {
                assert_parses(&words.join(" "), &words);
                count += 1;
            }
        }
    }
    assert!(count >= 10, "{count}");
}

#[track_caller]
fn assert_parses(at: &str, words: &[&str]) {
    if let Err(error) = cli::definition().try_get_matches_from(words) {
        let is_answer = [ErrorKind::DisplayHelp, ErrorKind::DisplayVersion].contains(&error.kind());
        assert!(is_answer, "{at}: {error}");
    }
}

/// The simple commands of a line, word by word: without what a shell does with their input, output and environment.
fn simple(line: &str) -> Vec<Vec<String>> {
    let line = line.split_once("  #").map_or(line, |(command, _)| command);
    let commands = line.split(['|', ';']).flat_map(|part| part.split("&&"));
    let words = commands.map(|command| {
        let words = command.split_whitespace();
        words
            .skip_while(|word| {
                let name = word.split_once('=').map(|(name, _)| name);
                name.is_some_and(|name| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
            })
            .take_while(|word| *word != ">")
            .map(str::to_owned)
            .collect()
    });
    words.collect()
}
