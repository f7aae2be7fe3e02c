//! The ways to sign in to the seed `demo`, as shell variables or arguments of a provider block; and its other entries.

use std::fmt::Write as _;

use crate::sandbox::seed::{self, catalog};
use crate::text::shell_word;

/// Environment variable, corresponding argument, and value.
type Setting = (&'static str, &'static str, &'static str);

/// A way to sign in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SignInMethod {
    /// Noun phrase that follows "with".
    title: &'static str,
    /// Those outside the nested block.
    settings: &'static [Setting],
    /// Name and arguments of a nested block.
    block: Option<(&'static str, &'static [Setting])>,
}

/// With a token.
pub(super) const TOKEN: SignInMethod = SignInMethod {
    title: "a token",
    settings: &[("HW_AUTH_TOKEN", "token", seed::TOKEN)],
    block: None,
};

/// With an access key.
pub(super) const ACCESS_KEY: SignInMethod = SignInMethod {
    title: "an access key",
    settings: &[KEY_ID, KEY_SECRET],
    block: None,
};

/// All of them, in the order in which they are shown.
const METHODS: [SignInMethod; 5] = [
    TOKEN,
    ACCESS_KEY,
    SignInMethod {
        title: "a password",
        settings: &[
            ("HW_USER_NAME", "user_name", seed::USER_NAME),
            ("HW_USER_PASSWORD", "password", seed::PASSWORD),
            ("HW_DOMAIN_NAME", "domain_name", seed::ACCOUNT_NAME),
        ],
        block: None,
    },
    SignInMethod {
        title: "an access key and an agency in another account",
        settings: &[KEY_ID, KEY_SECRET, AGENCY_PROJECT],
        block: Some((
            "assume_role",
            &[
                AGENCY,
                (
                    "HW_ASSUME_ROLE_DOMAIN_NAME",
                    "domain_name",
                    seed::AGENCY_ACCOUNT_NAME,
                ),
            ],
        )),
    },
    SignInMethod {
        title: "an ID token and the same agency",
        settings: &[AGENCY_PROJECT],
        block: Some((
            "assume_role_with_oidc",
            &[
                AGENCY,
                (
                    "HW_ASSUME_ROLE_DOMAIN_ID",
                    "domain_id",
                    seed::AGENCY_ACCOUNT_ID,
                ),
                (
                    "HW_ASSUME_ROLE_IDP_ID",
                    "idp_id",
                    seed::IDENTITY_PROVIDER_ID,
                ),
                ("HW_ASSUME_ROLE_ID_TOKEN", "id_token", seed::ID_TOKEN),
            ],
        )),
    },
];

const KEY_ID: Setting = ("HW_ACCESS_KEY", "access_key", seed::ACCESS_KEY);
const KEY_SECRET: Setting = ("HW_SECRET_KEY", "secret_key", seed::SECRET_KEY);
/// The project of the agency's account, in place of the caller's own.
const AGENCY_PROJECT: Setting = ("HW_PROJECT_ID", "project_id", seed::AGENCY_PROJECT_ID);
const AGENCY: Setting = (
    "HW_ASSUME_ROLE_AGENCY_NAME",
    "agency_name",
    seed::AGENCY_NAME,
);

impl SignInMethod {
    fn all_settings(&self) -> impl Iterator<Item = &Setting> {
        let block = self.block.map_or([].as_slice(), |(_, settings)| settings);
        self.settings.iter().chain(block)
    }

    /// The environment variables that select this method.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.all_settings()
            .map(|(variable, _, value)| (*variable, *value))
    }

    /// The arguments in a provider block. None of the values needs quoting in HCL.
    pub(super) fn arguments(&self) -> String {
        let mut text = String::new();
        let lines = |text: &mut String, indent: &str, settings: &[Setting]| {
            let widths = settings.iter().map(|(_, argument, _)| argument.len());
            let width = widths.max().unwrap_or_default();
            for (_, argument, value) in settings {
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{indent}{argument:<width$} = \"{value}\"");
            }
        };
        lines(&mut text, "  ", self.settings);
        if let Some((name, settings)) = self.block {
            let _ = writeln!(text, "  {name} {{");
            lines(&mut text, "    ", settings);
            text.push_str("  }\n");
        }
        text
    }
}

/// The methods other than `used`, as comments with shell commands.
pub(super) fn other_commands(used: &SignInMethod) -> String {
    let unset = names(used.variables().map(|(variable, _)| variable));
    let mut text = String::new();
    for method in METHODS.iter().filter(|method| *method != used) {
        let set = method.variables();
        let set = names(set.map(|(variable, value)| format!("{variable}={}", shell_word(value))));
        let _ = writeln!(text, "# With {}:", method.title);
        let _ = writeln!(text, "#   unset {unset}; export {set}");
    }
    text
}

/// The methods other than `used`, as comments with arguments of a provider block.
pub(super) fn other_arguments(used: &SignInMethod) -> String {
    let instead = used.settings.iter().map(|(_, argument, _)| *argument);
    let instead = instead.collect::<Vec<_>>().join(" and ");
    let mut text = String::new();
    for method in METHODS.iter().filter(|method| *method != used) {
        let _ = writeln!(text, "# With {} instead of {instead}:", method.title);
        text.push_str(&comments(&method.arguments()));
    }
    text
}

/// The credentials and IDs of the seed `demo`.
pub(super) fn seed_entries() -> String {
    format!("Credentials and IDs in the seed data:\n{}", catalog::text())
}

/// Each line as a comment.
pub(super) fn comments(text: &str) -> String {
    text.lines().map(|line| format!("# {line}\n")).collect()
}

fn names(names: impl Iterator<Item = impl Into<String>>) -> String {
    names.map(Into::into).collect::<Vec<String>>().join(" ")
}
