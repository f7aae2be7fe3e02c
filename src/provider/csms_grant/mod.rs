//! `csms_grant`: a user or a group of users may use a secret, or a group of secrets.
//!
//! A file per operation. `decision` says what to do after each outcome of a write and sends nothing; `write` carries it
//! out; `target` is the grant meant; `fact` is what is remembered beside the state; `message` is what is said.

mod create;
mod decision;
mod delete;
mod fact;
mod foresight;
mod identity;
mod list;
mod message;
mod model;
mod plan;
mod plan_message;
mod read;
mod record;
mod takeover;
mod target;
mod update;
mod write;

use crate::framework::{Context, Diagnostic, Failure, Field, Import, OrEmpty, Resource};

use super::access::Access;
use super::grant_key::{GrantKey, ImportId};

use model::Model;

/// The resource.
#[derive(Debug)]
pub struct CsmsGrant;

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
        let ImportId { place, key } = ImportId::parse(id)?;
        let (region, project_id) = place
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
    /// The grant of this key, of which nothing else is known.
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
