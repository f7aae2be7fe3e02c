//! Lists existing grants: on one resource, or on every secret of a project.

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

/// Maximum number of concurrent requests for the grants on secrets.
const MAX_CONCURRENT_REQUESTS: u64 = 8;

model! {
    /// Lists the grants on a secret or secret group, or on every secret in a project, including expired grants. Huawei
    /// Cloud does not report whether a grantee is a user or a group, so each grant is listed as a grant to a user.
    pub struct Query {
        /// ID of the secret or secret group. For a secret, use the `secret_id` attribute of `huaweicloud_csms_secret`,
        /// not its `id`. If not set, the grants on every secret in the project are listed, but not the grants on
        /// secret groups.
        pub resource_id: Field<OrEmpty<ResourceId>>,
        /// Region of the project. Defaults to the provider's region.
        pub region: Field<OrEmpty<Region>>,
        /// ID of the project. Defaults to the provider's project.
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
        // Each request has its own timeout, because the number of requests is not known in advance.
        let call = || Call::within(Operation::Read.default_timeout(), cancellation.clone());
        let location = access
            .location(&query.region, &query.project_id, &call())
            .await?;
        if let Some(id) = query.resource_id.set() {
            let grants = grants_on(client, &call(), &location, id).await?;
            let listing = Listing::of_resource(id.clone(), grants);
            let _ = report(access, &location, listing, &mut finds).await;
            return Ok(());
        }
        let concurrency =
            usize::try_from(finds.remaining().min(MAX_CONCURRENT_REQUESTS)).unwrap_or(1);
        let listings = client
            .secrets(&location, &call)
            .map_err(|error| failure::of("listing the secrets in the project", &error))
            .map_ok(|secret| list_grants(client, call(), &location, secret))
            .try_buffered(concurrency);
        let mut listings = pin!(listings);
        while let Some(listing) = listings.try_next().await? {
            if report(access, &location, listing, &mut finds)
                .await
                .is_break()
            {
                break;
            }
        }
        Ok(())
    }
}

/// The result of listing the grants on one resource.
enum Listing {
    /// The grants on the resource.
    Grants {
        /// As listed; a secret if the list has no type.
        resource_type: ResourceType,
        id: ResourceId,
        /// For display; the id if the service has no name.
        name: String,
        grants: Arc<ResourceGrants>,
    },
    /// The grants cannot be listed. The warning explains why.
    Skipped(Diagnostic),
}

impl Listing {
    /// The listing of a resource that the query names by its id.
    fn of_resource(id: ResourceId, grants: Arc<ResourceGrants>) -> Self {
        Self::Grants {
            resource_type: grants.resource_type.unwrap_or(ResourceType::Secret),
            name: grants.name.clone().unwrap_or_else(|| id.to_string()),
            id,
            grants,
        }
    }
}

/// Requests the grants on a secret of the project.
///
/// # Errors
/// The request failed for a reason other than a missing or disabled secret: the whole list would be incomplete.
async fn list_grants(
    client: &Client,
    call: Call,
    location: &ProjectLocation,
    secret: SecretSummary,
) -> Result<Listing, Diagnostic> {
    let grants = match client.shared_grants(&call, location, &secret.id).await {
        Ok(grants) => grants,
        // The secret was listed just before: it has no grants, or has just been deleted.
        Err(error) if error.is_not_found() => Arc::default(),
        Err(error) if secret.is_withholding(&error) => {
            return Ok(Listing::Skipped(skipped_warning(&secret, &error)));
        }
        Err(error) => return Err(failed(&secret.id, &error)),
    };
    Ok(Listing::Grants {
        resource_type: ResourceType::Secret,
        id: secret.id,
        name: secret.name,
        grants,
    })
}

/// Warning: the service does not list the grants of a secret that is not in use.
fn skipped_warning(secret: &SecretSummary, error: &Error) -> Diagnostic {
    let SecretSummary { id, name, state } = secret;
    let state = state.as_deref().unwrap_or("unknown");
    let detail = format!(
        "The grants on the secret `{name}` (`{id}`) are missing from the results, because Huawei Cloud does not \
         return grants on a secret in the `{state}` state. To list the grants, cancel the secret's deletion or \
         unfreeze the secret, then run the query again.\n\nCause: {error}."
    );
    Diagnostic::warning("Grants on secret not listed", detail)
}

/// Reports the grants of a listing, one per grantee.
async fn report(
    access: &Access,
    location: &ProjectLocation,
    listing: Listing,
    finds: &mut Finds<'_, CsmsGrant>,
) -> ControlFlow<()> {
    let (resource_type, id, name, grants) = match listing {
        Listing::Skipped(warning) => return finds.warn(warning).await,
        Listing::Grants {
            resource_type,
            id,
            name,
            grants,
        } => (resource_type, id, name, grants),
    };
    for grantee in unique_grantees(&grants.grantees) {
        let key = GrantKey {
            resource_type,
            resource_id: id.clone(),
            grantee_type: GranteeType::User,
            grantee_id: grantee.id.clone(),
        };
        let mut context = Context::default();
        let object = as_imported(access, location, key, &grants, grantee, &mut context);
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

/// The grantees without duplicates. The service may list a grantee more than once.
fn unique_grantees(grantees: &[Grantee]) -> impl Iterator<Item = &Grantee> {
    let mut seen = std::collections::BTreeSet::<&GranteeId>::new();
    grantees
        .iter()
        .filter(move |grantee| seen.insert(&grantee.id))
}

/// The grant as reading it after an import returns it.
fn as_imported(
    access: &Access,
    location: &ProjectLocation,
    key: GrantKey,
    list: &ResourceGrants,
    grantee: &Grantee,
    context: &mut Context,
) -> Model {
    let state = Model::of_key(&key);
    let target = Target {
        type_name: CsmsGrant::NAME.to_owned(),
        location: location.clone(),
        key,
        expires_on: None,
        is_expiry_shown: false,
        prior_expiry: None,
    };
    complete_from_list(access, target, state, list, grantee, context)
}

/// A display name such as `db-password: Ana Ruiz until 2027-01-31`, with ids where the names are not known.
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
