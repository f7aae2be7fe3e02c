//! The ways to sign in to the demo's seed, as people set them: variables for a shell, arguments of a provider block. And all
//! else that is there, to be read.

use std::fmt::Write as _;

use crate::cli::demo_folder::quote;
use crate::sandbox::seed::{self, catalog};

/// A variable, the argument that sets the same, and its value.
type ShownSetting = (&'static str, &'static str, &'static str);

/// A way to sign in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SignInMethod {
    title: &'static str,
    settings: &'static [ShownSetting],
    /// What stands in a block of its own in a provider block.
    block: Option<(&'static str, &'static [ShownSetting])>,
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

const WAYS: [SignInMethod; 5] = [
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
        title: "an access key, and then the agency of another account",
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
        title: "the token of an identity provider, for the same agency",
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

const KEY_ID: ShownSetting = ("HW_ACCESS_KEY", "access_key", seed::ACCESS_KEY);
const KEY_SECRET: ShownSetting = ("HW_SECRET_KEY", "secret_key", seed::SECRET_KEY);
const AGENCY_PROJECT: ShownSetting = ("HW_PROJECT_ID", "project_id", seed::AGENCY_PROJECT_ID);
const AGENCY: ShownSetting = (
    "HW_ASSUME_ROLE_AGENCY_NAME",
    "agency_name",
    seed::AGENCY_NAME,
);

impl SignInMethod {
    fn all_settings(&self) -> impl Iterator<Item = &ShownSetting> {
        let block = self.block.map_or([].as_slice(), |(_, settings)| settings);
        self.settings.iter().chain(block)
    }

    /// The variables that make it the way that is used.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.all_settings()
            .map(|(variable, _, value)| (*variable, *value))
    }

    /// The arguments in a provider block. Nothing that is put into them needs quoting in HCL.
    pub(super) fn arguments(&self) -> String {
        let mut text = String::new();
        let lines = |text: &mut String, indent: &str, settings: &[ShownSetting]| {
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

/// The ways other than the one that is in use, as comments with commands for a shell.
pub(super) fn other_commands(used: &SignInMethod) -> String {
    let unset = names(used.variables().map(|(variable, _)| variable));
    let mut text = String::new();
    for way in WAYS.iter().filter(|way| *way != used) {
        let set = way.variables();
        let set = names(set.map(|(variable, value)| format!("{variable}={}", quote(value))));
        let _ = writeln!(text, "# With {}:", way.title);
        let _ = writeln!(text, "#   unset {unset}; export {set}");
    }
    text
}

/// The ways other than the one that is in use, as comments with arguments of a provider block.
pub(super) fn other_arguments(used: &SignInMethod) -> String {
    let instead = used.settings.iter().map(|(_, argument, _)| *argument);
    let instead = instead.collect::<Vec<_>>().join(" and ");
    let mut text = String::new();
    for way in WAYS.iter().filter(|way| *way != used) {
        let _ = writeln!(text, "# With {}, instead of {instead}:", way.title);
        text.push_str(&comments(&way.arguments()));
    }
    text
}

/// Everything that there is at the start, to sign in with and to grant.
pub(super) fn list() -> String {
    format!("There are at the start:\n{}", catalog::text())
}

/// The text as comments.
pub(super) fn comments(text: &str) -> String {
    text.lines().map(|line| format!("# {line}\n")).collect()
}

fn names(names: impl Iterator<Item = impl Into<String>>) -> String {
    names.map(Into::into).collect::<Vec<String>>().join(" ")
}
