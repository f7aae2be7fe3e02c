//! `csms_grant`: allows a user or a user group to use a secret or a secret group. And the action `csms_revoke`, which
//! revokes a grant that no block declares, in `revoke`.
//!
//! One file per operation. `decision` chooses the steps of a write without sending requests, and `write` executes them.
//! `target` is the grant in the cloud, `fact` the private state, and `message` the diagnostics.

mod create;
mod decision;
mod delete;
mod fact;
mod identity;
mod list;
mod message;
mod model;
mod plan;
mod plan_message;
mod plan_record;
mod read;
mod record;
mod revocation;
mod revoke;
mod takeover;
mod target;
mod update;
mod write;

use crate::framework::{Context, Diagnostic, Failure, Field, Import, OrEmpty, Resource};

use super::access::Access;
use super::grant_key::{GrantKey, ImportId};

use model::Model;

pub use revoke::CsmsRevoke;

/// The resource.
#[derive(Debug)]
pub struct CsmsGrant;

/// A failure may keep an object to store in the state.
type Result<T> = std::result::Result<T, Failure<Model>>;

impl Resource for CsmsGrant {
    const NAME: &'static str = "csms_grant";
    type Client = Access;
    type Model = Model;

    async fn create(access: &Access, plan: Model, context: &mut Context) -> Result<Model> {
        create::create(access, plan, context).await
    }

    async fn read(access: &Access, state: Model, context: &mut Context) -> Result<Option<Model>> {
        read::read(access, state, context).await
    }

    async fn update(
        access: &Access,
        prior: Model,
        plan: Model,
        context: &mut Context,
    ) -> Result<Model> {
        update::update(access, &prior, plan, context).await
    }

    async fn delete(access: &Access, state: Model, context: &mut Context) -> Result<()> {
        delete::delete(access, &state, context).await
    }
}

impl Import for CsmsGrant {
    fn import(id: &str) -> std::result::Result<Model, Diagnostic> {
        let ImportId { location, key } = ImportId::parse(id)?;
        let (region, project_id) = location
            .map(|(region, project_id)| (OrEmpty::Set(region), OrEmpty::Set(project_id)))
            .unzip();
        Ok(Model {
            region: region.into(),
            project_id: project_id.into(),
            ..Model::of_key(&key)
        })
    }
}

impl Model {
    /// The grant with this key; all other attributes are null.
    fn of_key(key: &GrantKey) -> Self {
        Self {
            resource_id: Field::Known(key.resource_id.clone()),
            r#type: key.resource_type.as_str().into(),
            grantee_type: key.grantee_type.word().into(),
            grantee_target_id: Field::Known(key.grantee_id.clone()),
            id: Field::Known(key.to_string()),
            ..Self::default()
        }
    }
}
