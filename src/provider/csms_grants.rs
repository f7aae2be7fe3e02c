//! Data source `csms_grants`: who may use a secret, or a group of secrets.

use std::pin::pin;
use std::sync::Arc;

use futures_util::TryStreamExt;
use jiff::civil::Date;

use crate::cloud::{
    Call, Client, Error, Grantee, ProjectId, ProjectLocation, Region, ResourceGrants, ResourceId,
    ResourceType,
};
use crate::framework::schema::{Attribute, Block, Recompute};
use crate::framework::timeouts::{self, ReadTimeout};
use crate::framework::{
    Context, DataSource, Diagnostic, Diagnostics, Field, Model as _, Schema, Type, model,
};

use super::access::{Access, data_call, rfc3339};
use super::status::Status;
use super::{failure, text};

/// The data source.
#[derive(Debug)]
pub struct CsmsGrants;

model! {
    /// Attributes of the grants on one resource.
    pub struct Model {
        /// The secret, or group of secrets.
        pub resource_id: Field<String>,
        /// Region of the resource.
        pub region: Field<String>,
        /// Project of the resource.
        pub project_id: Field<String>,
        /// The resource's name.
        pub name: Field<String>,
        /// Kind of resource.
        pub r#type: Field<String>,
        /// The grants, in the service's order.
        pub grants: Field<Vec<GrantEntry>>,
        /// How long reading may take.
        pub timeouts: Field<ReadTimeout>,
    }
}

model! {
    /// One grant.
    pub struct GrantEntry {
        /// Who has access.
        pub grantee_target_id: Field<String>,
        /// The grantee's name.
        pub grantee_name: Field<String>,
        /// When it was made.
        pub create_time: Field<String>,
        /// The date access ends.
        pub validity_time: Field<String>,
        /// Whether access has ended.
        pub status: Field<String>,
    }
}

impl DataSource for CsmsGrants {
    const NAME: &'static str = "csms_grants";
    type Client = Access;
    type Model = Model;

    fn schema() -> Schema {
        Schema {
            version: 0,
            block: Block {
                description: "Who may use a secret, or a group of secrets, of the Cloud Secret Management Service.",
                attributes: attributes(),
                blocks: vec![timeouts::read_block()],
            },
        }
    }

    async fn read(
        access: &Access,
        config: Model,
        context: &mut Context,
    ) -> Result<Model, Diagnostics> {
        let client = access.client()?;
        let call = data_call(context, &config.timeouts);
        let id = ResourceId::new(config.resource_id.text().unwrap_or_default())
            .map_err(|invalid| failure::of_id(&invalid))?;
        let place = access
            .place(&config.region, &config.project_id, &call)
            .await?;
        let found = grants_on(client, &call, &place, &id).await?;
        if let Some(warning) = unclear_expiries(&id, &found.grantees) {
            context.warn(warning);
        }
        let today = access.today();
        let grants = found.grantees.iter();
        Ok(Model {
            region: place.region.as_str().into(),
            project_id: place.project_id.as_str().into(),
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

fn attributes() -> Vec<Attribute> {
    let entry = GrantEntry::FIELDS.iter().map(|name| (*name, Type::String));
    vec![
        Attribute::string(
            "resource_id",
            "Id of the secret (`secret_id` of `huaweicloud_csms_secret`, not its `id`) or of the group of secrets.",
        )
        .required()
        .check(text::id(ResourceId::written)),
        Attribute::string("region", "Region of the resource; the provider's unless set.")
            .optional_computed(Recompute::Never)
            .unset_if_empty().check(text::id_if_set(Region::new)),
        Attribute::string("project_id", "Project of the resource; the provider's unless set.")
            .optional_computed(Recompute::Never)
            .unset_if_empty().check(text::id_if_set(ProjectId::written)),
        Attribute::string("name", "Name of the resource, if the service tells it.").computed(Recompute::Never),
        Attribute::string("type", "`SECRET`, or `GROUP` for a group of secrets, if the service tells it.")
            .computed(Recompute::Never),
        Attribute::new(
            "grants",
            Type::list(Type::object(entry)),
            "The grants, as the service lists them; empty if there are none. Each has `grantee_target_id` and \
             `grantee_name`, `create_time` (RFC 3339 in UTC), `validity_time` (the date on which access ends, \
             `YYYY-MM-DD`, or null) and `status` (`active` through that date in UTC, `expired` from the day after). Times that the \
             service sends without a zone are taken for UTC.",
        )
        .computed(Recompute::Never),
    ]
}

/// Warns of grantees whose `validity_time` is null although access may expire.
fn unclear_expiries(id: &ResourceId, grantees: &[Grantee]) -> Option<Diagnostic> {
    let unclear = grantees.iter().filter_map(|grantee| {
        let text = grantee.expiry.unclear_text()?;
        Some(format!("`{}` (`{}`)", grantee.id, text.escape_debug()))
    });
    let unclear: Vec<String> = unclear.collect();
    let detail = format!(
        "Huawei Cloud lists these grantees of `{id}` with an expiry that is not a date: {}. Their `validity_time` is null, but \
         their access may expire.",
        unclear.join(", ")
    );
    (!unclear.is_empty()).then(|| Diagnostic::warning("Expiry not understood", detail))
}

impl GrantEntry {
    fn of(grantee: &Grantee, today: Date) -> Self {
        let ends_on = grantee.expiry.date();
        Self {
            grantee_target_id: grantee.id.as_str().into(),
            grantee_name: grantee.name.clone().into(),
            create_time: rfc3339(grantee.created_at).into(),
            validity_time: ends_on.map(|date| date.to_string()).into(),
            status: Status::on(today, ends_on).as_str().into(),
        }
    }
}

/// Everybody who may use a secret, or a group of secrets.
///
/// # Errors
/// There is no such resource, as far as can be told, or it cannot be asked for.
pub(super) async fn grants_on(
    client: &Client,
    call: &Call,
    place: &ProjectLocation,
    id: &ResourceId,
) -> Result<Arc<ResourceGrants>, Diagnostic> {
    match client.shared_grants(call, place, id).await {
        Err(error) if error.is_not_found() => {
            secret_without_grants(client, call, place, id, &error).await
        }
        found => found.map_err(|error| failed(id, &error)),
    }
}

/// What "not found" from the list of grants means: nothing is granted yet if it is a secret that exists.
///
/// Which answer the service gives for a resource without grants is not documented. The list of secrets holds no groups,
/// so a group without grants cannot be told from one that does not exist.
///
/// # Errors
/// The project has no such secret, or cannot be asked for its secrets.
async fn secret_without_grants(
    client: &Client,
    call: &Call,
    place: &ProjectLocation,
    id: &ResourceId,
    not_found: &Error,
) -> Result<Arc<ResourceGrants>, Diagnostic> {
    let mut secrets = pin!(client.secrets(place, || call.clone()));
    loop {
        let secret = secrets.try_next().await.map_err(|error| {
            let what = format!("finding out whether there is a secret `{id}` without grants");
            failure::of(&what, &error)
        })?;
        let Some(secret) = secret else {
            return Err(unknown(place, id, not_found));
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

/// A failed request for the grants on a resource.
pub(super) fn failed(id: &ResourceId, error: &Error) -> Diagnostic {
    failure::of(&format!("listing the grants on `{id}`"), error)
}

fn unknown(place: &ProjectLocation, id: &ResourceId, error: &Error) -> Diagnostic {
    let ProjectLocation { region, project_id } = place;
    let detail = format!(
        "Huawei Cloud lists no grants on `{id}`, and the project `{project_id}` in `{region}` has no secret with this id. \
         Check that region and project are those of the secret, and that `resource_id` is its id: the attribute \
         `secret_id` of `huaweicloud_csms_secret`, not `id` or the name. If it is the id of a group of secrets, the group \
         may exist and have no grants: nothing tells the two apart.\n\nCause: {error}."
    );
    Diagnostic::error("Unknown secret", detail).at_root("resource_id")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::{Expiry, ExpiryInstant, GranteeId};
    use crate::framework::Data;

    #[test]
    fn an_entry_shows_what_the_list_tells_and_null_for_the_rest() {
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
        assert_eq!(entry.validity_time.text(), Some("2027-01-30"));
        assert_eq!(entry.status.text(), Some("expired"));
    }

    #[test]
    fn the_model_fits_the_schema() {
        let model = Model {
            grants: Field::Known(vec![GrantEntry::default()]),
            timeouts: Field::Known(ReadTimeout::default()),
            ..Model::default()
        };
        assert!(CsmsGrants::schema().block.ty().admits(&model.to_value()));
    }
}
