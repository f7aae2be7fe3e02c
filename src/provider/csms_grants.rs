//! Data source `csms_grants`: the grants on a secret or a secret group.

use std::pin::pin;
use std::sync::Arc;

use futures_util::TryStreamExt;
use jiff::civil::Date;

use crate::cloud::{
    Call, Client, Error, Grantee, ProjectId, ProjectLocation, Region, ResourceGrants, ResourceId,
    ResourceType,
};
use crate::framework::schema::{Nesting, Recompute};
use crate::framework::{Context, DataSource, Diagnostic, Diagnostics, Field, OrEmpty, model};

use super::access::{Access, data_call, required, rfc3339};
use super::failure;
use super::status::Status;
use super::timeouts::ReadTimeout;

/// The data source.
#[derive(Debug)]
pub struct CsmsGrants;

model! {
    /// Lists the grants on a secret or secret group in the Cloud Secret Management Service (CSMS).
    pub struct Model {
        /// ID of the secret or secret group. For a secret, use the `secret_id` attribute of `huaweicloud_csms_secret`,
        /// not its `id`.
        #[attribute(required)]
        pub resource_id: Field<ResourceId>,
        /// Region of the secret or secret group. Defaults to the provider's region.
        #[attribute(optional_computed(Recompute::Never))]
        pub region: Field<OrEmpty<Region>>,
        /// ID of the project that the secret or secret group belongs to. Defaults to the provider's project.
        #[attribute(optional_computed(Recompute::Never))]
        pub project_id: Field<OrEmpty<ProjectId>>,
        /// Name of the secret or secret group, if the service returns one.
        #[attribute(computed(Recompute::Never))]
        pub name: Field<String>,
        /// Resource type, if the service returns one: `SECRET`, or `GROUP` for a secret group.
        #[attribute(computed(Recompute::Never))]
        pub r#type: Field<String>,
        /// Grants on the secret or secret group, in the order returned by the service. Empty if a secret
        /// has no grants.
        #[attribute(computed(Recompute::Never))]
        pub grants: Field<Vec<GrantEntry>>,
        /// Read timeout, as a duration such as `90s`, `5m` or `1h30m`.
        #[block(Nesting::Single)]
        pub timeouts: Field<ReadTimeout>,
    }
}

model! {
    /// A grant.
    pub struct GrantEntry {
        /// ID of the grantee.
        #[attribute(computed(Recompute::Never))]
        pub grantee_target_id: Field<String>,
        /// Name of the grantee, if the service returns one.
        #[attribute(computed(Recompute::Never))]
        pub grantee_name: Field<String>,
        /// Time at which the grant was created, in RFC 3339 format (UTC). If the service returns a time without a time
        /// zone, UTC is assumed.
        #[attribute(computed(Recompute::Never))]
        pub create_time: Field<String>,
        /// Expiration date of the grant (`YYYY-MM-DD`). Null if the grant never expires.
        #[attribute(computed(Recompute::Never))]
        pub validity_time: Field<Date>,
        /// `active` through the date in `validity_time` (UTC), then `expired`.
        #[attribute(computed(Recompute::Never))]
        pub status: Field<String>,
    }
}

impl DataSource for CsmsGrants {
    const NAME: &'static str = "csms_grants";
    type Client = Access;
    type Model = Model;

    async fn read(
        access: &Access,
        config: Model,
        context: &mut Context,
    ) -> Result<Model, Diagnostics> {
        let client = access.client()?;
        let call = data_call(context, &config.timeouts);
        let id = required(&config.resource_id, "resource_id")?;
        let location = access
            .location(&config.region, &config.project_id, &call)
            .await?;
        let found = grants_on(client, &call, &location, &id).await?;
        if let Some(warning) = unclear_expiries(&id, &found.grantees) {
            context.warn(warning);
        }
        let today = access.today();
        let grants = found.grantees.iter();
        Ok(Model {
            region: Field::Known(OrEmpty::Set(location.region)),
            project_id: Field::Known(OrEmpty::Set(location.project_id)),
            name: found.name.clone().into(),
            r#type: found
                .resource_type
                .map(|kind| kind.as_str().to_owned())
                .into(),
            grants: Field::Known(
                grants
                    .map(|grantee| GrantEntry::of(grantee, today))
                    .collect(),
            ),
            ..config
        })
    }
}

/// A warning of grantees whose `validity_time` is null although their access may expire.
fn unclear_expiries(id: &ResourceId, grantees: &[Grantee]) -> Option<Diagnostic> {
    let unclear = grantees.iter().filter_map(|grantee| {
        let text = grantee.expiry.unclear_text()?;
        Some(format!("`{}` (`{}`)", grantee.id, text.escape_debug()))
    });
    let unclear: Vec<String> = unclear.collect();
    let detail = format!(
        "Huawei Cloud returned an expiry that is not a valid date for these grantees with access to `{id}`: {}. \
         `validity_time` is null for these grantees, but their access might still expire.",
        unclear.join(", ")
    );
    (!unclear.is_empty()).then(|| Diagnostic::warning("Unrecognized expiry", detail))
}

impl GrantEntry {
    /// An entry. Its expiry is null if there is none, or if what the service lists is not a date.
    fn of(grantee: &Grantee, today: Date) -> Self {
        let expires_on = grantee.expiry.date();
        Self {
            grantee_target_id: grantee.id.as_str().into(),
            grantee_name: grantee.name.clone().into(),
            create_time: rfc3339(grantee.created_at).into(),
            validity_time: expires_on.into(),
            status: Status::on(today, expires_on).as_str().into(),
        }
    }
}

/// The grants on a secret or a secret group. Empty for an existing secret without grants.
///
/// # Errors
/// The resource does not exist, as far as the service shows, or the request failed.
pub(super) async fn grants_on(
    client: &Client,
    call: &Call,
    location: &ProjectLocation,
    id: &ResourceId,
) -> Result<Arc<ResourceGrants>, Diagnostic> {
    match client.shared_grants(call, location, id).await {
        Err(error) if error.is_not_found() => {
            secret_without_grants(client, call, location, id, &error).await
        }
        found => found.map_err(|error| failed(id, &error)),
    }
}

/// Handles "not found" from the list of grants: an existing secret has no grants.
///
/// The response for a resource without grants is not documented. Secret groups are not listed among the secrets, so a
/// group without grants cannot be distinguished from one that does not exist.
///
/// # Errors
/// The project has no such secret, or its secrets cannot be listed.
pub(super) async fn secret_without_grants(
    client: &Client,
    call: &Call,
    location: &ProjectLocation,
    id: &ResourceId,
    not_found: &Error,
) -> Result<Arc<ResourceGrants>, Diagnostic> {
    let mut secrets = pin!(client.secrets(location, || call.clone()));
    loop {
        let secret = secrets.try_next().await.map_err(|error| {
            let what = format!("checking whether the secret `{id}` exists");
            failure::of(&what, &error)
        })?;
        let Some(secret) = secret else {
            return Err(unknown(location, id, not_found));
        };
        if secret.id == *id {
            return Ok(Arc::new(ResourceGrants {
                resource_id: Some(id.to_string()),
                name: Some(secret.name),
                resource_type: Some(ResourceType::Secret),
                grantees: Vec::new(),
            }));
        }
    }
}

/// The error of a failed request for the grants on a resource.
pub(super) fn failed(id: &ResourceId, error: &Error) -> Diagnostic {
    failure::of(&format!("listing the grants on `{id}`"), error)
}

/// Error: the project has no secret of this id, as far as the service shows.
fn unknown(location: &ProjectLocation, id: &ResourceId, error: &Error) -> Diagnostic {
    let ProjectLocation { region, project_id } = location;
    let detail = format!(
        "Huawei Cloud lists no grants on `{id}`, and no secret with this ID was found in project `{project_id}` \
         (region `{region}`). Check the region and project. For a secret, set `resource_id` to the `secret_id` \
         attribute of `huaweicloud_csms_secret`, not its `id` or `name`. If `{id}` is a secret group, the group might \
         exist but have no grants: Huawei Cloud returns the same response for a group that has no grants as for one \
         that does not exist.\n\nCause: {error}."
    );
    Diagnostic::error("Secret not found", detail).at_root("resource_id")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::{Expiry, ExpiryInstant, GranteeId};

    #[test]
    fn entries_show_listed_values_and_null_for_missing_ones() {
        let bare = Grantee {
            id: GranteeId::new("ana").unwrap(),
            name: None,
            created_at: None,
            expiry: Expiry::None,
        };
        let today = jiff::civil::date(2027, 1, 31);
        let entry = GrantEntry::of(&bare, today);
        assert_eq!(entry.grantee_target_id.text(), Some("ana"));
        assert_eq!(entry.status.text(), Some("active"));
        assert!(entry.grantee_name.is_null() && entry.create_time.is_null());
        assert!(entry.validity_time.is_null());

        let full = Grantee {
            name: Some("Ana".to_owned()),
            created_at: Some("2026-11-21T08:00:00Z".parse().unwrap()),
            expiry: Expiry::At(ExpiryInstant::new("2027-01-30T00:00:00Z".parse().unwrap())),
            ..bare
        };
        let entry = GrantEntry::of(&full, today);
        assert_eq!(entry.grantee_name.text(), Some("Ana"));
        assert_eq!(entry.create_time.text(), Some("2026-11-21T08:00:00Z"));
        assert_eq!(
            entry.validity_time,
            Field::Known(jiff::civil::date(2027, 1, 30))
        );
        assert_eq!(entry.status.text(), Some("expired"));
    }
}
