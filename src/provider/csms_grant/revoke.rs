//! The action `csms_revoke`: revokes one grant that no block declares.

use std::sync::Arc;

use crate::cloud::{
    Call, Client, GranteeId, ProjectId, Region, ResourceGrants, ResourceId, SECOND_READ_DELAY,
};
use crate::framework::schema::Nesting;
use crate::framework::validate::one_of;
use crate::framework::{
    Action, Context, Diagnostic, Diagnostics, Field, OrEmpty, PlanAction, Progress, model,
};
use crate::provider::access::{Access, action_call};
use crate::provider::csms_grants::secret_without_grants;
use crate::provider::grant_key::{GRANTEE_TYPES, RESOURCE_TYPES};
use crate::provider::recorded::Recorded;
use crate::provider::run::RunStatus;
use crate::provider::timeouts::InvokeTimeout;

use super::model::Model;
use super::revocation::{REVOKING, Revocation, RevocationAdvice};
use super::target::{Target, key};

/// The action.
#[derive(Debug)]
pub struct CsmsRevoke;

model! {
    /// Revokes one grant in the Cloud Secret Management Service (CSMS) that Terraform does not manage, such as a grant that
    /// `hwgrants audit` lists as undeclared. The grants of other grantees are unchanged.
    pub struct Config {
        /// ID of the secret or secret group. For a secret, use the `secret_id` attribute of `huaweicloud_csms_secret`,
        /// not its `id`.
        #[attribute(required)]
        pub resource_id: Field<ResourceId>,
        /// Resource type: `SECRET`, or `GROUP` for a secret group.
        #[attribute(required, check(one_of(RESOURCE_TYPES)))]
        pub r#type: Field<String>,
        /// Grantee type: `user` or `0` for a user, `group` or `2` for a user group.
        #[attribute(required, check(one_of(GRANTEE_TYPES)))]
        pub grantee_type: Field<String>,
        /// ID of the user or user group that loses access.
        #[attribute(required)]
        pub grantee_target_id: Field<GranteeId>,
        /// Region of the secret or secret group. Defaults to the provider's region.
        pub region: Field<OrEmpty<Region>>,
        /// ID of the project that the secret or secret group belongs to. Defaults to the provider's project.
        pub project_id: Field<OrEmpty<ProjectId>>,
        /// Timeout of the action, as a duration such as `90s`, `5m` or `1h30m`.
        #[block(Nesting::Single)]
        pub timeouts: Field<InvokeTimeout>,
    }
}

impl Config {
    /// The grant to revoke, as a block would declare it.
    fn grant(&self) -> Model {
        Model {
            resource_id: self.resource_id.clone(),
            r#type: self.r#type.clone(),
            grantee_type: self.grantee_type.clone(),
            grantee_target_id: self.grantee_target_id.clone(),
            region: self.region.clone(),
            project_id: self.project_id.clone(),
            ..Model::default()
        }
    }
}

/// What to do if the action fails.
const ADVICE: RevocationAdvice = RevocationAdvice {
    still_listed: "Invoke the action again, or raise `timeouts`.",
    not_confirmed: "Invoke the action again.",
    group: "Revoke the grant in the console.",
};

impl Action for CsmsRevoke {
    const NAME: &'static str = "csms_revoke";
    type Client = Access;
    type Model = Config;

    async fn invoke(
        access: &Access,
        config: Config,
        context: &mut Context,
        progress: Progress<'_>,
    ) -> Result<(), Diagnostics> {
        let call = action_call(context, &config.timeouts);
        let target = Target::of(&config.grant(), access, &call, context).await?;
        access
            .guardrails()
            .enforce_project(&target.location.project_id)?;
        let recorded = Recorded::of(&target, access);
        let mut turn = access.run().grant(&target.id()).turn(&call).await?;
        let is_managed = matches!(*turn, RunStatus::Managed | RunStatus::Conflicting);
        if is_managed || recorded.is_declared() {
            return Err(declared_by_block(&target.key.to_string()).into());
        }
        let grant = format!("the grant `{}`", target.key);
        progress.report(format!(
            "Listing the grants on `{}`.",
            target.key.resource_id
        ));
        let is_listed = is_listed(&target, access.client()?, &call).await?;
        if !is_listed && target.is_user() {
            progress.report(format!(
                "Nothing to revoke: {grant} is not listed (read twice)."
            ));
            return Ok(());
        }
        progress.report(format!("Revoking {grant}."));
        let revocation = Revocation::send(&target, access, is_listed, &call).await?;
        if let Some(diagnostic) = revocation.failed(&target, &ADVICE) {
            return Err(diagnostic.into());
        }
        *turn = RunStatus::Deleted;
        recorded.note_removed(true);
        let warnings = revocation.warnings(&target, |_| false);
        warnings.into_iter().for_each(|each| context.warn(each));
        if is_listed {
            progress.report(format!("Verified: {grant} is no longer listed."));
        } else {
            progress.report(format!("Huawei Cloud confirmed the deletion of {grant}."));
            context.warn(group_not_verified(&target));
        }
        Ok(())
    }
}

impl PlanAction for CsmsRevoke {
    async fn plan(access: &Access, config: Config, _: &mut Context) -> Result<(), Diagnostics> {
        let mut grant = config.grant();
        access.predict_region(&config.region, &mut grant.region);
        access.predict_project_id(&config.project_id, &grant.region, &mut grant.project_id);
        let (_, project_id) = access.resolve_default(&grant.region, &grant.project_id);
        let project_id = project_id.known().map(ProjectId::as_str);
        if let Some(refused) = access.guardrails().check_revocation(project_id.into()) {
            return Err(refused.into());
        }
        // Blocks that are planned later are found by the invocation.
        let (Some(recorded), Ok(key)) = (Recorded::of_model(&grant, access), key(&grant)) else {
            return Ok(());
        };
        let is_declared = recorded.is_declared_here();
        // A plan that contains only the action reads the blocks that the action refers to, and does not plan them.
        let is_read = || {
            access
                .run()
                .has_read_grant(&key.resource_id, &key.grantee_id)
        };
        if is_declared.unwrap_or_else(is_read) {
            return Err(declared_by_block(&key.to_string()).into());
        }
        Ok(())
    }
}

/// Whether the grant is listed. If not, two separate readings agree on that.
///
/// # Errors
/// The list could not be read, or it is unclear whether the secret or secret group exists.
async fn is_listed(target: &Target, client: &Client, call: &Call) -> Result<bool, Diagnostic> {
    let grantee = &target.key.grantee_id;
    if list(target, client, call).await?.find(grantee).is_some() {
        return Ok(true);
    }
    let pause = call.pause(SECOND_READ_DELAY).await;
    pause.map_err(|error| target.failed(REVOKING, &error))?;
    Ok(list(target, client, call).await?.find(grantee).is_some())
}

/// The grants on the resource, by a request of its own.
///
/// The service may respond "not found" for a resource without grants, or for one that does not exist. For a user, nothing
/// but the list is read, so the secret must exist; for a group, the deletion reports a missing resource.
async fn list(
    target: &Target,
    client: &Client,
    call: &Call,
) -> Result<Arc<ResourceGrants>, Diagnostic> {
    let (location, id) = (&target.location, &target.key.resource_id);
    match client.fresh_grants(call, location, id).await {
        Err(error) if error.is_not_found() && target.is_user() => {
            secret_without_grants(client, call, location, id, &error).await
        }
        Err(error) if error.is_not_found() => Ok(Arc::default()),
        list => list.map_err(|error| target.failed(REVOKING, &error)),
    }
}

/// Error: a block of the configuration declares the grant.
fn declared_by_block(key: &str) -> Diagnostic {
    let detail = format!(
        "A resource block declares the grant `{key}`, so the action did not revoke the grant. To revoke the grant, remove the block and run `terraform apply`. If the block has already been removed, run `terraform plan` before you invoke \
         the action again."
    );
    Diagnostic::error("Grant managed by Terraform", detail)
}

/// Warning: the service confirmed the deletion of a group's grant that was not listed.
fn group_not_verified(target: &Target) -> Diagnostic {
    let detail = format!(
        "Huawei Cloud confirmed that the grant `{}` was deleted, but had not listed this group's grant before, so the provider \
         cannot verify that the group has no access. In the console, check that the grant no longer exists.",
        target.key
    );
    Diagnostic::warning("Group grant revocation not verified", detail)
}
