//! What came of one run of Terraform.

use std::fmt;
use std::process::Output;

/// The end of one run.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    command: String,
    /// Exit code; none if a signal ended it.
    pub(crate) code: Option<i32>,
    /// What it printed.
    pub(crate) stdout: String,
    /// What it complained about.
    pub(crate) stderr: String,
}

impl Run {
    /// The end of `terraform {command}`.
    pub(crate) fn of(command: &str, output: Output) -> Self {
        Self {
            command: command.to_owned(),
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Asserts exit code 0.
    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{self}");
        self
    }

    /// Asserts exit code 1, and returns what was said about it.
    #[track_caller]
    pub(crate) fn failed(self) -> String {
        assert_eq!(self.code, Some(1), "{self}");
        self.words()
    }

    /// Everything said, without Terraform's frames and line breaks, and without the warning that every workspace causes: its
    /// requests go to a sandbox.
    pub(crate) fn words(&self) -> String {
        let text = self.all_words();
        let mut rest = text.as_str();
        let mut words = String::new();
        while let Some((before, warning)) = rest.split_once(REDIRECTED) {
            let (_, after) = warning.split_once(REDIRECTED_END).expect("a whole warning");
            words.push_str(before);
            rest = match after
                .strip_prefix(" (and ")
                .and_then(|more| more.split_once(')'))
            {
                Some((_, after)) => after,
                None => after,
            };
        }
        words + rest
    }

    /// The same with that warning.
    pub(crate) fn all_words(&self) -> String {
        let text = format!("{} {}", self.stdout, self.stderr);
        let text = text.replace(['╷', '│', '╵'], " ");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Asserts that these words were said.
    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Self {
        assert!(self.words().contains(words), "`{words}` in {self}");
        self
    }
}

/// The title of the warning of a workspace's own endpoint.
pub(crate) const REDIRECTED: &str = "Warning: Requests redirected by HWGRANTS_ENDPOINT";

/// How that warning ends.
const REDIRECTED_END: &str = "To use Huawei Cloud, unset the variable.";

impl fmt::Display for Run {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            command,
            code,
            stdout,
            stderr,
        } = self;
        write!(out, "terraform {command}: {code:?}\n{stdout}\n{stderr}")
    }
}
