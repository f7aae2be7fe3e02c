//! `repo_kms_grant`: allows CodeArts Repo to use the KMS keys of an account.
//!
//! The API can create and read the delegation, but not revoke it.

mod data_source;
mod identity;
mod list;

use std::time::Duration;

use crate::cloud::{Call, Client, DomainId, Error, ErrorKind, Region, SECOND_READ_DELAY};
use crate::framework::schema::{Nesting, Recompute};
use crate::framework::{
    Change, Context, Diagnostic, Diagnostics, Failure, Field, Import, ModifyPlan, OrEmpty,
    PlanContext, Private, Resource, model,
};

use super::access::{Access, Location as _, call};
use super::account_key::AccountKey;
use super::run::RunStatus;
use super::timeouts::{Operation, Timeouts};
use super::{failure, read_back};

pub use data_source::RepoKmsGrantData;

/// The resource.
#[derive(Debug)]
pub struct RepoKmsGrant;

model! {
    /// Allows CodeArts Repo to use an account's KMS keys to encrypt repositories. Huawei Cloud has no API to revoke
    /// this delegation: destroying the resource only removes it from the state, with a warning. The API reference does
    /// not specify the required permission; if Huawei Cloud refuses the request, try again as an account administrator.
    pub struct Model {
        /// ID of the account (domain). Defaults to the caller's account.
        #[attribute(optional_computed(Recompute::Never), replaces)]
        pub tenant_id: Field<OrEmpty<DomainId>>,
        /// CodeArts Repo region. Defaults to the provider's region.
        #[attribute(optional_computed(Recompute::Never), replaces)]
        pub region: Field<OrEmpty<Region>>,
        /// Reason for the delegation, for reviewers. Stored only in the state.
        pub reason: Field<String>,
        /// ID of the account.
        #[attribute(computed(Recompute::Never))]
        pub id: Field<DomainId>,
        /// Whether the delegation exists.
        #[attribute(computed(Recompute::Never))]
        pub assumed: Field<bool>,
        /// Operation timeouts, as durations such as `90s`, `5m` or `1h30m`.
        #[block(Nesting::Single)]
        pub timeouts: Field<Timeouts>,
    }
}

type DelegationResult<T> = Result<T, Failure<Model>>;

impl Resource for RepoKmsGrant {
    const NAME: &'static str = "repo_kms_grant";
    type Client = Access;
    type Model = Model;

    async fn create(
        access: &Access,
        plan: Model,
        context: &mut Context,
    ) -> DelegationResult<Model> {
        let client = access.client()?;
        let call = call(context, &plan.timeouts, Operation::Create);
        let region = access.region(&plan.region)?;
        let tenant_id = access.domain_id(&plan.tenant_id, &call).await?;
        let created = plan.as_existing(&region, &tenant_id);
        plan.note_location(&created, context.private_mut());
        let record = access
            .run()
            .delegation(&(region.clone(), tenant_id.clone()));
        let mut turn = record.turn(&call).await?;
        if *turn == RunStatus::Managed {
            return Err(declared_twice(&tenant_id).into());
        }
        let answer = client
            .create_tenant_kms_grant(&call, &region, &tenant_id)
            .await;
        // After an unknown outcome the delegation is read back. Creating it is idempotent.
        let limit = match &answer {
            Ok(_) => None,
            Err(error) if error.is_ambiguous() => Some(READ_BACK_LIMIT),
            Err(error) => return Err(failed(CREATING, error).into()),
        };
        *turn = RunStatus::Managed;
        let assumed = read_back_assumed(client, &call, limit, &region, &tenant_id).await;
        let diagnostic = match (assumed, answer) {
            (Ok(true), _) => return Ok(created),
            (_, Err(error)) => unknown_outcome(&error),
            (Ok(false), Ok(true)) => not_confirmed(&tenant_id),
            (Ok(false), Ok(false)) => not_assumed(&tenant_id),
            (Err(error), Ok(_)) => not_read_back(&tenant_id, &error),
        };
        Err(Failure::from(diagnostic).keeping(created))
    }

    async fn read(
        access: &Access,
        state: Model,
        context: &mut Context,
    ) -> DelegationResult<Option<Model>> {
        let client = access.client()?;
        let state = state.with_location(context.private());
        let call = call(context, &state.timeouts, Operation::Read);
        let region = access.region(&state.region)?;
        let tenant_id = access.domain_id(&state.tenant_id, &call).await?;
        // A single lagging replica must not remove the delegation from the state.
        let limit = Some(SECOND_READ_DELAY);
        let assumed = read_back_assumed(client, &call, limit, &region, &tenant_id).await;
        let assumed = assumed.map_err(|error| failed(READING, &error))?;
        Ok(assumed.then(|| state.as_existing(&region, &tenant_id)))
    }

    async fn update(_: &Access, _: Model, plan: Model, _: &mut Context) -> DelegationResult<Model> {
        // Attributes that change in place are stored in the state only.
        Ok(plan)
    }

    async fn delete(_: &Access, state: Model, context: &mut Context) -> DelegationResult<()> {
        context.warn(not_revoked(&state));
        Ok(())
    }
}

impl Import for RepoKmsGrant {
    fn import(id: &str) -> Result<Model, Diagnostic> {
        Ok(Model::of_key(AccountKey::parse_import_id(id)?))
    }
}

impl ModifyPlan for RepoKmsGrant {
    async fn modify_plan(access: &Access, change: Change<'_, Model>, context: &mut PlanContext) {
        if access.record().spans_walks() {
            access.run().forget_delegations();
        }
        let diagnostics = &mut context.diagnostics;
        match change {
            Change::Create { config, plan } => {
                access.predict_region(&config.region, &mut plan.region);
                access.predict_domain_id(&config.tenant_id, &mut plan.tenant_id);
                warn_of_other_account(access, plan, diagnostics);
                plan.id = access.resolve_default_domain_id(&plan.tenant_id);
                plan.assumed = Field::Known(true);
                if let (Some(region), Some(tenant_id)) = (plan.region.set(), plan.id.known()) {
                    access
                        .run()
                        .plan_delegation((region.clone(), tenant_id.clone()));
                }
            }
            Change::Update { prior, plan, .. } => {
                // A replacement is planned as an update first. Terraform discards warnings that come later.
                if prior.tenant_id != plan.tenant_id || prior.region != plan.region {
                    diagnostics.push(not_revoked(prior));
                    warn_of_other_account(access, plan, diagnostics);
                }
            }
            Change::Destroy { prior } => diagnostics.push(not_revoked(prior)),
        }
    }
}

impl Model {
    /// The delegation of this account; all other attributes are null.
    fn of_key(AccountKey { region, tenant_id }: AccountKey) -> Self {
        Self {
            tenant_id: Field::Known(OrEmpty::Set(tenant_id.clone())),
            region: region.map(OrEmpty::Set).into(),
            id: Field::Known(tenant_id),
            ..Self::default()
        }
    }

    /// The same with the region and account that it was created in, where its own are empty texts: the defaults of the
    /// provider may have changed since.
    fn with_location(&self, private: &Private) -> Self {
        Self {
            region: self.region.with_location(private, REGION),
            tenant_id: self.tenant_id.with_location(private, TENANT),
            ..self.clone()
        }
    }

    /// Notes the region and account of `created` where those of this plan are empty texts.
    fn note_location(&self, created: &Self, private: &mut Private) {
        self.region.note_location(&created.region, private, REGION);
        self.tenant_id
            .note_location(&created.tenant_id, private, TENANT);
    }

    /// The state of an existing delegation, with this model's `reason` and `timeouts`.
    fn as_existing(&self, region: &Region, tenant_id: &DomainId) -> Self {
        Self {
            tenant_id: Field::Known(OrEmpty::Set(tenant_id.clone())),
            region: Field::Known(OrEmpty::Set(region.clone())),
            reason: self.reason.clone(),
            id: Field::Known(tenant_id.clone()),
            assumed: Field::Known(true),
            timeouts: self.timeouts.clone(),
        }
    }
}

/// Facts in the private state: region and account that an empty text in the state resolves to.
const REGION: &str = "region";
/// See [`REGION`].
const TENANT: &str = "tenant";

/// Operations in messages.
const CREATING: &str = "creating the delegation to CodeArts Repo";
const READING: &str = "reading the delegation to CodeArts Repo";

/// How long to read back a delegation whose creation had an unknown outcome.
const READ_BACK_LIMIT: Duration = Duration::from_secs(30);

/// Reads until the delegation exists, the limit has passed, or the call is over. Returns whether it exists.
async fn read_back_assumed(
    client: &Client,
    call: &Call,
    limit: Option<Duration>,
    region: &Region,
    tenant_id: &DomainId,
) -> Result<bool, Error> {
    let read = || is_assumed(client, call, region, tenant_id);
    read_back::until(call, limit, read, |is_assumed| *is_assumed).await
}

/// Whether the delegation exists. A response "not found" means that it does not.
async fn is_assumed(
    client: &Client,
    call: &Call,
    region: &Region,
    tenant_id: &DomainId,
) -> Result<bool, Error> {
    match client.show_tenant_kms_grant(call, region, tenant_id).await {
        Ok(is_assumed) => Ok(is_assumed),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error),
    }
}

/// The error of a failed request about the delegation. `what` is the operation.
fn failed(what: &str, error: &Error) -> Diagnostic {
    let more = match error.kind() {
        ErrorKind::Permission => {
            "Huawei Cloud does not document which permission this operation requires. Try again as an account \
             administrator. Check that the account uses CodeArts Repo in this region, and that the provider's \
             credentials belong to the account in `tenant_id`."
        }
        _ => "",
    };
    failure::with_advice(what, error, more)
}

/// Error: it is unknown whether the delegation was created.
fn unknown_outcome(error: &Error) -> Diagnostic {
    let more = "It is unknown whether the delegation was created: the provider could not verify that it exists. The \
                resource is stored in the state and marked for replacement. Run `terraform plan` to check whether the \
                delegation exists.";
    let mut diagnostic = failure::with_advice(CREATING, error, more);
    diagnostic.summary = "Outcome unknown".to_owned();
    diagnostic
}

/// Error: the service accepted the request, but the delegation could not be read back.
fn not_read_back(tenant_id: &DomainId, error: &Error) -> Diagnostic {
    let detail = format!(
        "CodeArts Repo accepted the delegation for account `{tenant_id}`, but the provider could not read the \
         delegation back. The resource is stored in the state. To verify the delegation, run `terraform plan` with \
         credentials that have permission to read it.\n\nCause: {error}."
    );
    Diagnostic::error("Delegation could not be read back", detail)
}

/// Error: another block of this run has created the delegation.
fn declared_twice(tenant_id: &DomainId) -> Diagnostic {
    let detail = format!(
        "Another resource has just created the delegation for account `{tenant_id}` in this region. Remove one of the \
         two resource blocks. No changes were made for this resource."
    );
    Diagnostic::error("Delegation declared twice", detail)
}

/// Error: the service accepted the request and reports that the delegation does not exist.
fn not_assumed(tenant_id: &DomainId) -> Diagnostic {
    let detail = format!(
        "CodeArts Repo accepted the request for account `{tenant_id}`, but responded that the delegation does not \
         exist, and the delegation did not appear before the timeout. The resource is stored in the state. Check that \
         the account uses CodeArts Repo in this region, then run `terraform apply` again as an account administrator."
    );
    Diagnostic::error("Delegation not created", detail)
}

/// Error: the service confirmed the delegation, but it is not read back.
fn not_confirmed(tenant_id: &DomainId) -> Diagnostic {
    let detail = format!(
        "CodeArts Repo confirmed the delegation for account `{tenant_id}`, but the delegation was not visible before \
         the timeout. The resource is stored in the state. Run `terraform apply` again, or raise `timeouts`."
    );
    Diagnostic::error("Delegation not visible yet", detail)
}

/// Warning: the delegation remains, because the API cannot revoke it. Given when planning and when destroying.
fn not_revoked(model: &Model) -> Diagnostic {
    // `tenant_id` may be an empty text, so the message uses `id`.
    let tenant_id = model.id.known().map_or("unknown", DomainId::as_str);
    let detail = format!(
        "Huawei Cloud has no API to revoke the delegation for account `{tenant_id}`. Destroying the resource only \
         removes it from the state: CodeArts Repo can still use the account's KMS keys. To revoke the delegation, \
         delete the CodeArts Repo agency in the console, under Identity and Access Management > Agencies."
    );
    Diagnostic::warning("Delegation to CodeArts Repo remains in effect", detail)
}

/// Warns if the delegation is of another account than the caller's, as far as that is known without a request.
fn warn_of_other_account(access: &Access, plan: &Model, diagnostics: &mut Diagnostics) {
    if let (Some(own), Some(named)) = (access.default_domain_id(), plan.tenant_id.set())
        && own != named
    {
        let detail = format!(
            "`tenant_id` is `{named}`, but the provider's credentials belong to account `{own}`. Huawei Cloud \
             documents this API only for the caller's own account. Check that `tenant_id` is correct."
        );
        diagnostics.push(
            Diagnostic::warning("Delegation for another account", detail).at_root("tenant_id"),
        );
    }
}
