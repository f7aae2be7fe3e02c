//! `repo_encryption_setting`: how CodeArts Repo encrypts the repositories of an account in a region.
//!
//! One file per operation. `wanted` is what a block asks for, `write` sends a setting and reads it back, and `message` has the
//! diagnostics. The setting exists once per account and region; a block that is renamed keeps it by the run record.

mod create;
mod data_source;
mod delete;
mod identity;
mod message;
mod model;
mod plan;
mod read;
mod record;
mod update;
mod wanted;
mod write;

use crate::framework::{Context, Diagnostic, Failure, Import, Resource};

use super::access::Access;
use super::account_key::AccountKey;

use model::Model;

pub use data_source::RepoEncryptionSettingData;

/// The resource.
#[derive(Debug)]
pub struct RepoEncryptionSetting;

/// A failure may keep an object to store in the state.
type Result<T> = std::result::Result<T, Failure<Model>>;

/// Operations in messages.
const READING: &str = "reading the encryption setting of CodeArts Repo";
/// See [`READING`].
const LISTING_KEYS: &str = "listing the KMS keys in CodeArts Repo";
/// See [`READING`].
const WRITING: &str = "changing the encryption setting of CodeArts Repo";

impl Resource for RepoEncryptionSetting {
    const NAME: &'static str = "repo_encryption_setting";
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

impl Import for RepoEncryptionSetting {
    fn import(id: &str) -> std::result::Result<Model, Diagnostic> {
        Ok(Model::of_key(AccountKey::parse_import_id(id)?))
    }
}
