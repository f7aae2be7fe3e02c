//! The audit as JSON, in a shape of its own that `docs/audit.schema.json` describes.
//!
//! Within a `format_version` 1.x, members are only added: readers ignore those they do not know.

use std::fmt;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use super::difference::{Difference, Undeclared};
use super::grant::LiveGrant;
use super::live;

/// The version of this shape.
pub const FORMAT_VERSION: &str = "1.0";

/// Prints an audit as a [`AuditJson`], indented.
#[derive(Debug)]
pub struct Json<'a>(pub &'a Difference);

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string_pretty(&AuditJson::new(self.0));
        f.write_str(&text.map_err(|_| fmt::Error)?)
    }
}

/// The live grants that no state declares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[cfg_attr(test, schemars(title = "hwgrants audit"))]
pub struct AuditJson {
    /// Version of this format, `1.x`; minor versions only add members.
    pub format_version: &'static str,
    /// The audited region.
    pub region: String,
    /// The audited project.
    pub project_id: String,
    /// Grant counts.
    pub counts: AuditCountsJson,
    /// The live grants that no state declares. Grants that never expire come first, followed by the others in
    /// descending order of expiry.
    pub undeclared: Vec<UndeclaredJson>,
    /// Secrets whose grants the service does not list because of the secret's state, such as `PENDING_DELETE`.
    pub withheld: Vec<WithheldJson>,
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
    /// ID of the secret.
    pub resource_id: String,
    /// Name of the secret.
    pub resource_name: String,
    /// State of the secret, such as `PENDING_DELETE`.
    pub state: String,
}

impl AuditJson {
    /// The document of an audit.
    #[must_use]
    pub fn new(difference: &Difference) -> Self {
        let counts = difference.counts;
        Self {
            format_version: FORMAT_VERSION,
            region: difference.location.region.to_string(),
            project_id: difference.location.project_id.to_string(),
            counts: AuditCountsJson {
                live: counts.live,
                declared: counts.declared,
                undeclared: counts.undeclared,
                endless: counts.endless,
            },
            undeclared: difference
                .undeclared
                .iter()
                .map(UndeclaredJson::of)
                .collect(),
            withheld: difference.withheld.iter().map(WithheldJson::of).collect(),
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
                id: crate::cloud::ResourceId::new("s4").unwrap(),
                name: "old".to_owned(),
                state: "FROZEN".to_owned(),
            }],
            ..sample()
        };
        insta::assert_snapshot!(Json(&difference).to_string());
    }
}
