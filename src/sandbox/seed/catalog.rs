//! Credentials and IDs of the seed `demo`: the list from which `/_sandbox/`, the help of `hwgrants sandbox` and the
//! documentation are generated.

use std::fmt::Write as _;

use super::{
    ACCESS_KEY, ACCOUNT_ID, ACCOUNT_NAME, AGENCY_ACCOUNT_ID, AGENCY_ACCOUNT_NAME, AGENCY_NAME,
    AGENCY_PROJECT_ID, GROUP_ONCALL, ID_TOKEN, IDENTITY_PROVIDER_ID, KMS_KEY, KMS_KEY_DISABLED,
    KMS_KEY_DISABLED_NAME, KMS_KEY_NAME, OTHER_PROJECT_ID, OTHER_REGION, PASSWORD, PROJECT_ID,
    REGION, SECRET_API_KEY, SECRET_DB_PASSWORD, SECRET_GROUP_BILLING, SECRET_KEY,
    SECRET_PENDING_DELETE, SECRET_TLS_CERTIFICATE, TOKEN, TOKEN_EXPIRED, TOKEN_READ_ONLY, USER_ANA,
    USER_BEN, USER_CHEN, USER_DANA, USER_ID, USER_NAME,
};

/// A group of entries.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// Heading.
    pub title: &'static str,
    /// Name and value of each.
    pub entries: &'static [(&'static str, &'static str)],
}

/// All entries of the seed `demo`. Names and values are unique.
pub const SECTIONS: &[Section] = &[
    Section {
        title: "Account and projects",
        entries: &[
            ("domain_name", ACCOUNT_NAME),
            ("domain_id", ACCOUNT_ID),
            ("region", REGION),
            ("project_id", PROJECT_ID),
            ("other_region", OTHER_REGION),
            ("other_project_id", OTHER_PROJECT_ID),
        ],
    },
    Section {
        title: "Tokens: full access, read-only, expired",
        entries: &[
            ("token", TOKEN),
            ("token_read_only", TOKEN_READ_ONLY),
            ("token_expired", TOKEN_EXPIRED),
        ],
    },
    Section {
        title: "Access key of user `deployer` (full access)",
        entries: &[("access_key", ACCESS_KEY), ("secret_key", SECRET_KEY)],
    },
    Section {
        title: "Password of user `deployer`",
        entries: &[
            ("user_name", USER_NAME),
            ("user_id", USER_ID),
            ("password", PASSWORD),
        ],
    },
    Section {
        title: "OpenID Connect identity provider and ID token",
        entries: &[("idp_id", IDENTITY_PROVIDER_ID), ("id_token", ID_TOKEN)],
    },
    Section {
        title: "Agency in a second account (`partner`) that users of the `sandbox` account can assume",
        entries: &[
            ("agency_name", AGENCY_NAME),
            ("agency_domain_name", AGENCY_ACCOUNT_NAME),
            ("agency_domain_id", AGENCY_ACCOUNT_ID),
            ("agency_project_id", AGENCY_PROJECT_ID),
        ],
    },
    Section {
        title: "Secrets (`old-password` is scheduled for deletion)",
        entries: &[
            ("db-password", SECRET_DB_PASSWORD),
            ("api-key", SECRET_API_KEY),
            ("tls-certificate", SECRET_TLS_CERTIFICATE),
            ("old-password", SECRET_PENDING_DELETE),
        ],
    },
    Section {
        title: "Secret group",
        entries: &[("billing", SECRET_GROUP_BILLING)],
    },
    Section {
        title: "KMS keys (`old-repositories` is disabled)",
        entries: &[
            (KMS_KEY_NAME, KMS_KEY),
            (KMS_KEY_DISABLED_NAME, KMS_KEY_DISABLED),
        ],
    },
    Section {
        title: "Users",
        entries: &[
            ("Ana Ruiz", USER_ANA),
            ("Ben Okafor", USER_BEN),
            ("Chen Wei", USER_CHEN),
            ("Dana Novak", USER_DANA),
        ],
    },
    Section {
        title: "User group (Chen Wei, Dana Novak)",
        entries: &[("On-call", GROUP_ONCALL)],
    },
];

/// All entries as plain text.
#[must_use]
pub fn text() -> String {
    let mut text = String::new();
    for section in SECTIONS {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}:", section.title);
        for (name, value) in section.entries {
            let _ = writeln!(text, "  {name:<18}  {value}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn entry_names_and_values_are_unique() {
        let entries = || SECTIONS.iter().flat_map(|section| section.entries);
        let names: BTreeSet<_> = entries().map(|(name, _)| name).collect();
        let values: BTreeSet<_> = entries().map(|(_, value)| value).collect();
        let count = entries().count();
        assert_eq!((names.len(), values.len()), (count, count));
    }
}
