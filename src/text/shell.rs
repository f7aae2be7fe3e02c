//! Words and environment variables in the syntax of the shell that reads them.

/// A shell, by its syntax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// A POSIX shell: sh, bash, zsh, dash, ksh.
    Sh,
    /// fish.
    Fish,
    /// PowerShell.
    PowerShell,
}

impl Shell {
    /// All shells.
    pub const ALL: [Self; 3] = [Self::Sh, Self::Fish, Self::PowerShell];

    /// The name of its program, as users write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sh => "sh",
            Self::Fish => "fish",
            Self::PowerShell => "powershell",
        }
    }

    /// The text as one word, which the shell passes on unchanged.
    #[must_use]
    pub fn word(self, text: &str) -> String {
        match self {
            Self::Sh => word(text),
            // `%self` is the process ID of the shell.
            Self::Fish if is_plain(text) && !text.contains('%') => text.to_owned(),
            Self::Fish => {
                let escaped = text.replace('\\', r"\\").replace('\'', r"\'");
                format!("'{escaped}'")
            }
            Self::PowerShell => powershell_string(text),
        }
    }

    /// The command that sets environment variables for the commands that follow.
    #[must_use]
    pub fn export<'a>(self, variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        self.export_words(
            variables
                .into_iter()
                .map(|(name, value)| (name, self.word(value))),
        )
    }

    /// The command that sets environment variables to words that are quoted already.
    #[must_use]
    pub fn export_words<'a>(
        self,
        variables: impl IntoIterator<Item = (&'a str, String)>,
    ) -> String {
        let variables = variables.into_iter();
        match self {
            Self::Sh => {
                let words = variables.map(|(name, word)| format!(" {name}={word}"));
                format!("export{}", words.collect::<String>())
            }
            Self::Fish => join(
                variables.map(|(name, word)| format!("set -gx {name} {word}")),
                "; ",
            ),
            Self::PowerShell => join(
                variables.map(|(name, word)| format!("$env:{name} = {word}")),
                "; ",
            ),
        }
    }

    /// The command that removes environment variables.
    #[must_use]
    pub fn unset<'a>(self, names: impl IntoIterator<Item = &'a str>) -> String {
        let names = names.into_iter();
        match self {
            Self::Sh => format!("unset {}", join(names, " ")),
            Self::Fish => format!("set -e {}", join(names, " ")),
            Self::PowerShell => {
                let paths = join(names.map(|name| format!("Env:{name}")), ", ");
                // Without the option, a variable that is not set is an error.
                format!("Remove-Item {paths} -ErrorAction Ignore")
            }
        }
    }
}

/// `text` as one word of a POSIX shell.
pub fn word(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Whether the text means itself without quotes.
fn is_plain(text: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-./:@%+=,".contains(letter);
    !text.is_empty() && text.chars().all(is_plain)
}

/// Source: PowerShell language specification, 2.3.5.2: typographic quotes end a string as `'` does, and two in a row are one.
fn powershell_string(text: &str) -> String {
    let mut quoted = String::from("'");
    for letter in text.chars() {
        if matches!(letter, '\'' | '\u{2018}'..='\u{201b}') {
            quoted.push(letter);
        }
        quoted.push(letter);
    }
    quoted.push('\'');
    quoted
}

fn join(parts: impl Iterator<Item = impl AsRef<str>>, separator: &str) -> String {
    let mut joined = String::new();
    for part in parts {
        if !joined.is_empty() {
            joined.push_str(separator);
        }
        joined.push_str(part.as_ref());
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shell_quotes_awkward_values_in_its_own_way() {
        for (text, sh, fish, powershell) in [
            (
                "/a-b_c/127.0.0.1:80@x+y=z,",
                "/a-b_c/127.0.0.1:80@x+y=z,",
                "/a-b_c/127.0.0.1:80@x+y=z,",
                "'/a-b_c/127.0.0.1:80@x+y=z,'",
            ),
            ("12h ago", "'12h ago'", "'12h ago'", "'12h ago'"),
            ("", "''", "''", "''"),
            ("it's", r"'it'\''s'", r"'it\'s'", "'it''s'"),
            (r"C:\a\", r"'C:\a\'", r"'C:\\a\\'", r"'C:\a\'"),
            (r"\'", r"'\'\'''", r"'\\\''", r"'\'''"),
            (
                "$HOME `id` \"x\"",
                "'$HOME `id` \"x\"'",
                "'$HOME `id` \"x\"'",
                "'$HOME `id` \"x\"'",
            ),
            ("%self", "%self", "'%self'", "'%self'"),
            (
                "it\u{2019}s",
                "'it\u{2019}s'",
                "'it\u{2019}s'",
                "'it\u{2019}\u{2019}s'",
            ),
            ("a\nb", "'a\nb'", "'a\nb'", "'a\nb'"),
        ] {
            let words = Shell::ALL.map(|shell| shell.word(text));
            assert_eq!(words, [sh, fish, powershell], "{text}");
        }
    }

    #[test]
    fn several_variables_are_set_and_removed_in_one_line() {
        let set = Shell::ALL.map(|shell| shell.export([("A", "1"), ("B", "2 3")]));
        assert_eq!(
            set,
            [
                "export A=1 B='2 3'",
                "set -gx A 1; set -gx B '2 3'",
                "$env:A = '1'; $env:B = '2 3'",
            ]
        );
        let unset = Shell::ALL.map(|shell| shell.unset(["A", "B"]));
        assert_eq!(
            unset,
            [
                "unset A B",
                "set -e A B",
                "Remove-Item Env:A, Env:B -ErrorAction Ignore"
            ]
        );
    }
}
