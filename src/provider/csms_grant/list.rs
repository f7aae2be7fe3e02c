//! Finding the grants there are: on one resource, or on every secret of a project.

use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::Arc;

use futures_util::TryStreamExt;

use crate::cloud::{
    Call, Client, Error, Grantee, GranteeId, GranteeType, ProjectId, ProjectLocation, Region,
    ResourceGrants, ResourceId, ResourceType, SecretSummary,
};
use crate::framework::{
    Context, Diagnostic, Diagnostics, Field, Finds, FoundObject, List, OrEmpty, Resource as _,
    model,
};
use crate::provider::access::Access;
use crate::provider::csms_grants::{failed, grants_on};
use crate::provider::failure;
use crate::provider::grant_key::GrantKey;
use crate::provider::status::Status;
use crate::provider::timeouts::Operation;

use super::CsmsGrant;
use super::model::Model;
use super::read::complete_from_list;
use super::target::Target;

/// Secrets whose grants are asked for at a time.
const MAX_LOOKS: u64 = 8;

model! {
    /// Lists the grants on a secret, or on every secret of a project, expired grants included. The service does not distinguish users from groups: each
    /// grant is listed as a grant to a user.
    pub struct Query {
        /// Id of a secret (`secret_id` of `huaweicloud_csms_secret`, not its `id`) or of a secret group. Defaults to every
        /// secret of the project.
        pub resource_id: Field<OrEmpty<ResourceId>>,
        /// Region of the project. Defaults to the region of the provider.
        pub region: Field<OrEmpty<Region>>,
        /// Id of the project. Defaults to the project of the provider.
        pub project_id: Field<OrEmpty<ProjectId>>,
    }
}

impl List for CsmsGrant {
    type Query = Query;

    async fn list(
        access: &Access,
        query: Query,
        mut finds: Finds<'_, Self>,
    ) -> Result<(), Diagnostics> {
        let client = access.client()?;
        let cancellation = finds.cancellation().clone();
        // Each request has its own time: how many there will be, nobody knows.
        let call = || Call::within(Operation::Read.default_timeout(), cancellation.clone());
        let place = access
            .place(&query.region, &query.project_id, &call())
            .await?;
        if let Some(id) = query.resource_id.set() {
            let grants = grants_on(client, &call(), &place, id).await?;
            let look = Look::of_resource(id.clone(), grants);
            let _ = report(access, &place, look, &mut finds).await;
            return Ok(());
        }
        let looks_at_once = usize::try_from(finds.remaining().min(MAX_LOOKS)).unwrap_or(1);
        let looks = client
            .secrets(&place, &call)
            .map_err(|error| failure::of("listing the secrets of the project", &error))
            .map_ok(|secret| look(client, call(), &place, secret))
            .try_buffered(looks_at_once);
        let mut looks = pin!(looks);
        while let Some(look) = looks.try_next().await? {
            if report(access, &place, look, &mut finds).await.is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// What a look at one resource has shown.
enum Look {
    /// Who may use it.
    Grants {
        resource_type: ResourceType,
        id: ResourceId,
        name: String,
        grants: Arc<ResourceGrants>,
    },
    /// Nothing; the message says why.
    Nothing(Diagnostic),
}

impl Look {
    fn of_resource(id: ResourceId, grants: Arc<ResourceGrants>) -> Self {
        Self::Grants {
            resource_type: grants.resource_type.unwrap_or(ResourceType::Secret),
            name: grants.name.clone().unwrap_or_else(|| id.to_string()),
            id,
            grants,
        }
    }
}

/// Asks for the grants on a secret of the project.
///
/// # Errors
/// They are not to be had, which leaves the whole list in doubt.
async fn look(
    client: &Client,
    call: Call,
    place: &ProjectLocation,
    secret: SecretSummary,
) -> Result<Look, Diagnostic> {
    let grants = match client.shared_grants(&call, place, &secret.id).await {
        Ok(grants) => grants,
        // The secret was listed a moment ago: nothing is granted, or it has just been deleted.
        Err(error) if error.is_not_found() => Arc::default(),
        Err(error) if secret.is_withholding(&error) => {
            return Ok(Look::Nothing(skipped_warning(&secret, &error)));
        }
        Err(error) => return Err(failed(&secret.id, &error)),
    };
    Ok(Look::Grants {
        resource_type: ResourceType::Secret,
        id: secret.id,
        name: secret.name,
        grants,
    })
}

fn skipped_warning(secret: &SecretSummary, error: &Error) -> Diagnostic {
    let SecretSummary { id, name, state } = secret;
    let state = state.as_deref().unwrap_or("unknown");
    let detail = format!(
        "The grants on `{name}` (`{id}`) are not listed: the secret is in the state `{state}`, and Huawei Cloud does not \
         return its grants. To list them, restore the secret and query again.\n\nCause: {error}."
    );
    Diagnostic::warning("Grants of a disabled secret not listed", detail)
}

/// Hands over what a look has shown, each grantee once.
async fn report(
    access: &Access,
    place: &ProjectLocation,
    look: Look,
    finds: &mut Finds<'_, CsmsGrant>,
) -> ControlFlow<()> {
    let (resource_type, id, name, grants) = match look {
        Look::Nothing(warning) => return finds.warn(warning).await,
        Look::Grants {
            resource_type,
            id,
            name,
            grants,
        } => (resource_type, id, name, grants),
    };
    for grantee in once_each(&grants.grantees) {
        let key = GrantKey {
            resource_type,
            resource_id: id.clone(),
            grantee_type: GranteeType::User,
            grantee_id: grantee.id.clone(),
        };
        let mut context = Context::default();
        let object = as_imported(access, place, key, &grants, grantee, &mut context);
        for warning in context.take_warnings() {
            finds.warn(warning).await?;
        }
        let display_name = display_name(&name, grantee, &object);
        let found = FoundObject {
            display_name,
            object,
        };
        finds.found(found).await?;
    }
    ControlFlow::Continue(())
}

/// The grantees without repetitions, which a service that doubles grants may list.
fn once_each(grantees: &[Grantee]) -> impl Iterator<Item = &Grantee> {
    let mut seen = std::collections::BTreeSet::<&GranteeId>::new();
    grantees
        .iter()
        .filter(move |grantee| seen.insert(&grantee.id))
}

/// The grant as a read answers it after an import.
fn as_imported(
    access: &Access,
    place: &ProjectLocation,
    key: GrantKey,
    list: &ResourceGrants,
    grantee: &Grantee,
    context: &mut Context,
) -> Model {
    let state = Model::of_key(&key);
    let target = Target {
        type_name: CsmsGrant::NAME.to_owned(),
        place: place.clone(),
        key,
        ends_on: None,
        is_expiry_shown: false,
        prior_expiry: None,
    };
    complete_from_list(access, target, state, list, grantee, context)
}

/// `db-password: Ana Ruiz until 2027-01-31`, with ids where names are not known.
fn display_name(resource: &str, grantee: &Grantee, object: &Model) -> String {
    let who = grantee.name.as_deref().unwrap_or(grantee.id.as_str());
    let until = grantee
        .expiry
        .date()
        .map_or_else(String::new, |date| format!(" until {date}"));
    let is_expired = object.status.text() == Some(Status::Expired.as_str());
    let expired = if is_expired { ", expired" } else { "" };
    format!("{resource}: {who}{until}{expired}")
}
