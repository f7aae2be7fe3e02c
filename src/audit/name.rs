//! Unique block names of ASCII letters, digits and underscores.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::grant::LiveGrant;

/// The longest name, but for the number behind it.
const MAX_CHARS: usize = 100;

/// The names that are taken.
#[derive(Debug)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// These names, which other blocks have.
    pub(super) fn new(taken: &BTreeSet<String>) -> Self {
        Self(taken.clone())
    }

    /// A name for a grant, such as `db_password_ana_ruiz`; a second one with the same name gets the suffix `_2`.
    pub(super) fn unique(&mut self, grant: &LiveGrant) -> String {
        let name = preferred(grant);
        let mut given = name.clone();
        let mut number = 2_u32;
        while !self.0.insert(given.clone()) {
            given = format!("{name}_{number}");
            number = number.saturating_add(1);
        }
        given
    }
}

/// The name of a grant without regard to others.
fn preferred(grant: &LiveGrant) -> String {
    let words = match grant {
        LiveGrant::Secret(secret) => [
            words(grant.resource()).unwrap_or_else(|| "secret".to_owned()),
            words(grant.grantee())
                .or_else(|| words(secret.grantee.id.as_str()))
                .unwrap_or_else(|| "grantee".to_owned()),
        ],
        LiveGrant::Delegation(delegation) => {
            let region = words(delegation.region.as_str()).unwrap_or_default();
            ["codearts_repo".to_owned(), region]
        }
    };
    let name = words.join("_");
    let prefix = if name.starts_with(|c: char| c.is_ascii_digit()) {
        "grant_"
    } else {
        ""
    };
    prefix.chars().chain(name.chars()).take(MAX_CHARS).collect()
}

/// The letters and digits of a text in lower case, without accents, runs of all others as one underscore; `None` if
/// there are none.
fn words(text: &str) -> Option<String> {
    let text: String = text.nfkd().filter(|c| !is_combining_mark(*c)).collect();
    let words = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let words: Vec<_> = words.map(str::to_ascii_lowercase).collect();
    (!words.is_empty()).then(|| words.join("_"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::grant::{Delegation, SecretGrant};
    use crate::cloud::{
        DomainId, Grantee, GranteeId, ProjectId, ProjectLocation, Region, ResourceId, ResourceType,
    };

    fn grant(resource: Option<&str>, grantee: Option<&str>) -> LiveGrant {
        LiveGrant::Secret(SecretGrant {
            location: ProjectLocation {
                region: Region::new("cn-north-4").unwrap(),
                project_id: ProjectId::new("p").unwrap(),
            },
            resource_type: ResourceType::Secret,
            resource_id: ResourceId::new("43d6-95ec").unwrap(),
            resource_name: resource.map(str::to_owned),
            grantee_type: None,
            grantee: Grantee {
                id: GranteeId::new("2026-4F1A").unwrap(),
                name: grantee.map(str::to_owned),
                created_at: None,
                expiry: crate::cloud::Expiry::None,
            },
        })
    }

    #[test]
    fn a_name_is_a_valid_identifier_from_resource_and_grantee() {
        let long = "x".repeat(200);
        for (resource, grantee, expected) in [
            (
                Some("db-password"),
                Some("Ana Ruiz"),
                "db_password_ana_ruiz",
            ),
            (Some("DB/prod..key"), Some("zoë-ærø"), "db_prod_key_zoe_r"),
            (Some("db"), Some("陈伟"), "db_2026_4f1a"),
            (Some("${x}\"\n"), Some("#"), "x_2026_4f1a"),
            (Some("密码"), Some("Ana"), "secret_ana"),
            (Some("2fa"), Some("Ana"), "grant_2fa_ana"),
            (None, None, "grant_43d6_95ec_2026_4f1a"),
            (Some(&long), Some("Ana"), &long[..MAX_CHARS]),
        ] {
            let name = Names::new(&BTreeSet::new()).unique(&grant(resource, grantee));
            assert_eq!(name, expected);
        }
        let delegation = LiveGrant::Delegation(Delegation {
            region: Region::new("cn-north-4").unwrap(),
            tenant_id: DomainId::new("t").unwrap(),
        });
        let name = Names::new(&BTreeSet::new()).unique(&delegation);
        assert_eq!(name, "codearts_repo_cn_north_4");
    }

    #[test]
    fn names_are_unique_and_avoid_existing_names() {
        let taken = ["db_ana", "db_ana_3"].map(str::to_owned);
        let mut names = Names::new(&BTreeSet::from(taken));
        let given =
            ["Ana", "ana", "Ana 2", "ANA"].map(|who| names.unique(&grant(Some("db"), Some(who))));
        assert_eq!(given, ["db_ana_2", "db_ana_4", "db_ana_2_2", "db_ana_5"]);
    }
}
