//! The audit as JSON, in a shape of its own that `docs/audit.schema.json` describes.
//!
//! Within a `format_version` 1.x, members are only added: readers ignore those they do not know.

use std::fmt;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use super::difference::{
    Difference, Missing, MissingReason, NotChecked, NotCheckedReason, Repeated, Undeclared,
};
use super::grant::LiveGrant;
use super::live;
use super::phrasing;
use super::state::Declared;

/// The version of this shape.
pub const FORMAT_VERSION: &str = "1.1";

/// Prints an audit as a [`AuditJson`], indented.
#[derive(Debug)]
pub struct Json<'a>(pub &'a Difference);

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string_pretty(&AuditJson::new(self.0));
        f.write_str(&text.map_err(|_| fmt::Error)?)
    }
}

/// The live grants that no state declares, and the declared grants that no longer exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[cfg_attr(test, schemars(title = "hwgrants audit"))]
pub struct AuditJson {
    /// Version of this format, `1.x`; minor versions only add members.
    pub format_version: &'static str,
    /// The audited region; of several projects, that of the first one in `projects`.
    pub region: String,
    /// The audited project; of several ones, the first one in `projects`.
    pub project_id: String,
    /// The audited projects. Since 1.1.
    pub projects: Vec<ProjectJson>,
    /// Whether everything could be read; if not, `not_audited` lists what could not. Since 1.1.
    pub is_complete: bool,
    /// Grant counts.
    pub counts: AuditCountsJson,
    /// The live grants that no state declares. Grants that never expire come first, followed by the others in
    /// descending order of expiry.
    pub undeclared: Vec<UndeclaredJson>,
    /// The declared grants that no longer exist. Since 1.1.
    pub missing: Vec<MissingJson>,
    /// The declared grants of which it is not known whether they exist. Since 1.1.
    pub not_checked: Vec<NotCheckedJson>,
    /// The grants that several blocks declare. Since 1.1.
    pub repeated: Vec<RepeatedJson>,
    /// Secrets whose grants the service does not list because of the secret's state, such as `PENDING_DELETE`.
    pub withheld: Vec<WithheldJson>,
    /// What could not be read. Since 1.1.
    pub not_audited: Vec<NotAuditedJson>,
}

/// An audited project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct ProjectJson {
    /// Its region.
    pub region: String,
    /// Its ID.
    pub project_id: String,
    /// Whether its secrets could be listed.
    pub is_read: bool,
}

/// Grant counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct AuditCountsJson {
    /// Number of live grants.
    pub live: usize,
    /// Number of live grants that a state declares.
    pub declared: usize,
    /// Number of live grants that no state declares.
    pub undeclared: usize,
    /// Number of undeclared grants that never expire.
    pub endless: usize,
    /// Number of declared grants that no longer exist. Since 1.1.
    pub missing: usize,
    /// Number of declared grants that were not checked. Since 1.1.
    pub not_checked: usize,
    /// Number of grants that several blocks declare. Since 1.1.
    pub repeated: usize,
}

/// A live grant that no state declares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(tag = "resource", rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all entries use the large variant"
)]
pub enum UndeclaredJson {
    /// Access to a secret or secret group.
    CsmsGrant {
        /// Import ID of the grant.
        import_id: String,
        /// Region of the resource.
        region: String,
        /// Project of the resource.
        project_id: String,
        /// `SECRET` or `GROUP`.
        r#type: &'static str,
        /// ID of the secret or secret group.
        resource_id: String,
        /// Name of the secret or secret group; null if the service does not return the name.
        resource_name: Option<String>,
        /// `user` or `group`, read from the states because the service does not return the type; null if no state declares
        /// a grant to this grantee.
        grantee_type: Option<&'static str>,
        /// ID of the user or group.
        grantee_target_id: String,
        /// Name of the user or group; null if the service does not return the name.
        grantee_name: Option<String>,
        /// Creation time of the grant, RFC 3339 in UTC; null if the service does not return the time.
        create_time: Option<String>,
        /// The expiration date, `YYYY-MM-DD`; null if the grant never expires, or if `unclear_expiry` is present.
        validity_time: Option<String>,
        /// Text that the service returns instead of an expiration date, such as `30 days` or `0`; absent otherwise.
        #[serde(skip_serializing_if = "Option::is_none")]
        unclear_expiry: Option<String>,
        /// Whether the grant has expired.
        status: StatusJson,
        /// Whether this might not be a separate grant: a state declares a grant to a user group, but the service
        /// does not list that grant and may list the group's members instead.
        is_perhaps_by_group: bool,
    },
    /// Permission for CodeArts Repo to use an account's KMS keys.
    RepoKmsGrant {
        /// Import ID of the grant.
        import_id: String,
        /// Region of CodeArts Repo.
        region: String,
        /// ID of the account.
        tenant_id: String,
    },
}

/// Whether access has expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StatusJson {
    /// The grant is active.
    Active,
    /// The expiration date has passed.
    Expired,
}

/// A secret whose grants the service does not list because of the secret's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct WithheldJson {
    /// Region of the secret. Since 1.1.
    pub region: String,
    /// Project of the secret. Since 1.1.
    pub project_id: String,
    /// ID of the secret.
    pub resource_id: String,
    /// Name of the secret.
    pub resource_name: String,
    /// State of the secret, such as `PENDING_DELETE`.
    pub state: String,
}

/// A grant that a state declares, by the IDs in the state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(tag = "resource", rename_all = "snake_case")]
pub enum DeclaredJson {
    /// Access to a secret or secret group.
    CsmsGrant {
        /// Region of the resource.
        region: String,
        /// Project of the resource.
        project_id: String,
        /// `SECRET` or `GROUP`.
        r#type: &'static str,
        /// ID of the secret or secret group.
        resource_id: String,
        /// `user` or `group`.
        grantee_type: &'static str,
        /// ID of the user or group.
        grantee_target_id: String,
    },
    /// Permission for CodeArts Repo to use an account's KMS keys.
    RepoKmsGrant {
        /// Region of CodeArts Repo.
        region: String,
        /// ID of the account.
        tenant_id: String,
    },
}

/// A declared grant that no longer exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct MissingJson {
    /// The addresses that declare the grant, `STATE:ADDRESS` if states have names.
    pub addresses: Vec<String>,
    /// Why the grant is known to be missing.
    pub reason: MissingReasonJson,
    /// Name of the secret or secret group; null if it was not found, or the service does not return the name.
    pub resource_name: Option<String>,
    /// The grant; null if a state marks its IDs as sensitive.
    pub grant: Option<DeclaredJson>,
}

/// Why a grant is known to be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MissingReasonJson {
    /// Two readings do not list the grant.
    NotListed,
    /// The secret does not exist.
    NoSecret,
    /// The secret group does not exist, or has no grants.
    NoSecretGroup,
}

/// A declared grant of which it is not known whether it exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct NotCheckedJson {
    /// The addresses that declare the grant, `STATE:ADDRESS` if states have names.
    pub addresses: Vec<String>,
    /// Why the grant was not checked. Later versions may add reasons.
    pub reason: &'static str,
    /// The reason in words, with the cause.
    pub detail: String,
    /// The grant; null if a state marks its IDs as sensitive.
    pub grant: Option<DeclaredJson>,
}

/// A grant that several blocks declare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct RepeatedJson {
    /// The addresses that declare the grant, `STATE:ADDRESS` if states have names.
    pub addresses: Vec<String>,
    /// The grant; null if a state marks its IDs as sensitive.
    pub grant: Option<DeclaredJson>,
}

/// A secret, a delegation or a project that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct NotAuditedJson {
    /// What, in words.
    pub what: String,
    /// Region.
    pub region: String,
    /// Project.
    pub project_id: String,
    /// Why.
    pub reason: String,
}

impl DeclaredJson {
    fn of(grant: &Declared) -> Self {
        match grant {
            Declared::Secret {
                location,
                resource_type,
                resource_id,
                grantee_type,
                grantee_id,
            } => Self::CsmsGrant {
                region: location.region.to_string(),
                project_id: location.project_id.to_string(),
                r#type: resource_type.as_str(),
                resource_id: resource_id.to_string(),
                grantee_type: grantee_type.word(),
                grantee_target_id: grantee_id.to_string(),
            },
            Declared::Delegation(delegation) => Self::RepoKmsGrant {
                region: delegation.region.to_string(),
                tenant_id: delegation.tenant_id.to_string(),
            },
        }
    }
}

impl MissingJson {
    fn of(missing: &Missing) -> Self {
        Self {
            addresses: missing.addresses.clone(),
            reason: match missing.reason {
                MissingReason::NotListed => MissingReasonJson::NotListed,
                MissingReason::NoSecret => MissingReasonJson::NoSecret,
                MissingReason::NoSecretGroup => MissingReasonJson::NoSecretGroup,
            },
            resource_name: missing.resource_name.clone(),
            grant: missing.grant.as_ref().map(DeclaredJson::of),
        }
    }
}

impl NotCheckedJson {
    fn of(each: &NotChecked) -> Self {
        Self {
            addresses: each.addresses.clone(),
            reason: match &each.reason {
                NotCheckedReason::Unread(_) => "unread",
                NotCheckedReason::ProjectUnread(_) => "project_unread",
                NotCheckedReason::Withheld(_) => "withheld",
                NotCheckedReason::OtherProject => "other_project",
                NotCheckedReason::OtherAccount => "other_account",
                NotCheckedReason::NotRequested => "not_requested",
                NotCheckedReason::UserGroup => "user_group",
                NotCheckedReason::Expired => "expired",
                NotCheckedReason::ExpiryUnclear => "expiry_unclear",
                NotCheckedReason::ListLength(_) => "list_length",
            },
            detail: phrasing::not_checked(&each.reason),
            grant: each.grant.as_ref().map(DeclaredJson::of),
        }
    }
}

impl RepeatedJson {
    fn of(repeated: &Repeated) -> Self {
        Self {
            addresses: repeated.addresses.clone(),
            grant: repeated.grant.as_ref().map(DeclaredJson::of),
        }
    }
}

impl NotAuditedJson {
    fn of(unread: &live::Unread) -> Self {
        Self {
            what: unread.what.clone(),
            region: unread.location.region.to_string(),
            project_id: unread.location.project_id.to_string(),
            reason: unread.reason.clone(),
        }
    }
}

impl AuditJson {
    /// The document of an audit.
    #[must_use]
    pub fn new(difference: &Difference) -> Self {
        let counts = difference.counts;
        let first = difference.locations.first();
        let projects = difference.locations.iter().map(|location| {
            let mut unread = difference.unread.iter();
            let is_failed = unread.any(|each| each.is_project && each.location == *location);
            ProjectJson {
                region: location.region.to_string(),
                project_id: location.project_id.to_string(),
                is_read: !is_failed,
            }
        });
        Self {
            format_version: FORMAT_VERSION,
            region: first.map_or_else(String::new, |it| it.region.to_string()),
            project_id: first.map_or_else(String::new, |it| it.project_id.to_string()),
            projects: projects.collect(),
            is_complete: difference.unread.is_empty(),
            counts: AuditCountsJson {
                live: counts.live,
                declared: counts.declared,
                undeclared: counts.undeclared,
                endless: counts.endless,
                missing: counts.missing,
                not_checked: counts.not_checked,
                repeated: counts.repeated,
            },
            undeclared: difference
                .undeclared
                .iter()
                .map(UndeclaredJson::of)
                .collect(),
            missing: difference.missing.iter().map(MissingJson::of).collect(),
            not_checked: difference
                .not_checked
                .iter()
                .map(NotCheckedJson::of)
                .collect(),
            repeated: difference.repeated.iter().map(RepeatedJson::of).collect(),
            withheld: difference.withheld.iter().map(WithheldJson::of).collect(),
            not_audited: difference.unread.iter().map(NotAuditedJson::of).collect(),
        }
    }
}

impl UndeclaredJson {
    fn of(each: &Undeclared) -> Self {
        let import_id = each.grant.import_id();
        match &each.grant {
            LiveGrant::Secret(grant) => Self::CsmsGrant {
                import_id,
                region: grant.location.region.to_string(),
                project_id: grant.location.project_id.to_string(),
                r#type: grant.resource_type.as_str(),
                resource_id: grant.resource_id.to_string(),
                resource_name: grant.resource_name.clone(),
                grantee_type: grant.grantee_type.map(|kind| kind.word()),
                grantee_target_id: grant.grantee.id.to_string(),
                grantee_name: grant.grantee.name.clone(),
                create_time: grant.grantee.created_at.map(|at| at.to_string()),
                validity_time: each.grant.expires_on().map(|date| date.to_string()),
                unclear_expiry: each.grant.expiry().unclear_text().map(str::to_owned),
                status: if each.is_expired {
                    StatusJson::Expired
                } else {
                    StatusJson::Active
                },
                is_perhaps_by_group: each.is_perhaps_by_group,
            },
            LiveGrant::Delegation(delegation) => Self::RepoKmsGrant {
                import_id,
                region: delegation.region.to_string(),
                tenant_id: delegation.tenant_id.to_string(),
            },
        }
    }
}

impl WithheldJson {
    fn of(secret: &live::Withheld) -> Self {
        Self {
            region: secret.location.region.to_string(),
            project_id: secret.location.project_id.to_string(),
            resource_id: secret.id.to_string(),
            resource_name: secret.name.clone(),
            state: secret.state.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::difference::tests::sample;

    /// `UPDATE_GOLDEN=1` writes it.
    #[test]
    fn the_documented_schema_matches_the_code() {
        let schema =
            serde_json::to_string_pretty(&schemars::schema_for!(AuditJson)).unwrap() + "\n";
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/audit.schema.json");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(path, &schema).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), schema);
    }

    #[test]
    fn the_document_contains_every_field() {
        let difference = Difference {
            withheld: vec![live::Withheld {
                location: sample().locations[0].clone(),
                id: crate::cloud::ResourceId::new("s4").unwrap(),
                name: "old".to_owned(),
                state: "FROZEN".to_owned(),
            }],
            ..sample()
        };
        insta::assert_snapshot!(Json(&difference).to_string());
    }
}
