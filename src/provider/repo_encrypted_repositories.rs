//! Data source `repo_encrypted_repositories`: the repositories of an account that CodeArts Repo encrypts.

use crate::cloud::{DomainId, EncryptedRepository, Region};
use crate::framework::schema::{Nesting, Recompute};
use crate::framework::{Context, DataSource, Diagnostics, Field, OrEmpty, model};

use super::access::{Access, data_call};
use super::failure;
use super::timeouts::ReadTimeout;

/// The data source.
#[derive(Debug)]
pub struct RepoEncryptedRepositories;

/// The operation in messages.
const LISTING: &str = "listing the encrypted repositories of CodeArts Repo";

model! {
    /// Lists the encrypted repositories of an account. They depend on the KMS key of `hwgrants_repo_encryption_setting`.
    pub struct Model {
        /// ID of the account (domain). Defaults to the caller's account.
        #[attribute(optional_computed(Recompute::Never))]
        pub tenant_id: Field<OrEmpty<DomainId>>,
        /// CodeArts Repo region. Defaults to the provider's region.
        #[attribute(optional_computed(Recompute::Never))]
        pub region: Field<OrEmpty<Region>>,
        /// Encrypted repositories, in the order returned by the service.
        #[attribute(computed(Recompute::Never))]
        pub repositories: Field<Vec<Repository>>,
        /// Read timeout, as a duration such as `90s`, `5m` or `1h30m`.
        #[block(Nesting::Single)]
        pub timeouts: Field<ReadTimeout>,
    }
}

model! {
    /// An encrypted repository. Values that the service does not return are null.
    pub struct Repository {
        /// ID of the repository, a number.
        #[attribute(computed(Recompute::Never))]
        pub repo_id: Field<i64>,
        /// Name of the repository.
        #[attribute(computed(Recompute::Never))]
        pub repo_name: Field<String>,
        /// Path of the repository, including its groups.
        #[attribute(computed(Recompute::Never))]
        pub full_path: Field<String>,
        /// ID of the project that the repository belongs to.
        #[attribute(computed(Recompute::Never))]
        pub project_id: Field<String>,
        /// Name of that project.
        #[attribute(computed(Recompute::Never))]
        pub project_name: Field<String>,
        /// ID of the owner in CodeArts, a number.
        #[attribute(computed(Recompute::Never))]
        pub owner_id: Field<i64>,
        /// IAM ID of the owner.
        #[attribute(computed(Recompute::Never))]
        pub owner_iam_id: Field<String>,
        /// Name of the owner's account.
        #[attribute(computed(Recompute::Never))]
        pub owner_tenant_name: Field<String>,
        /// Nickname of the owner.
        #[attribute(computed(Recompute::Never))]
        pub owner_nick_name: Field<String>,
        /// Login name of the owner.
        #[attribute(computed(Recompute::Never))]
        pub owner_name: Field<String>,
    }
}

impl DataSource for RepoEncryptedRepositories {
    const NAME: &'static str = "repo_encrypted_repositories";
    type Client = Access;
    type Model = Model;

    async fn read(
        access: &Access,
        config: Model,
        context: &mut Context,
    ) -> Result<Model, Diagnostics> {
        let client = access.client()?;
        let call = data_call(context, &config.timeouts);
        let place = access
            .account_region(&config.region, &config.tenant_id, &call)
            .await?;
        let listed = client
            .encrypted_repositories(&call, &place.region, &place.tenant_id)
            .await;
        let listed = listed.map_err(|error| failure::of(LISTING, &error))?;
        Ok(Model {
            tenant_id: Field::Known(OrEmpty::Set(place.tenant_id)),
            region: Field::Known(OrEmpty::Set(place.region)),
            repositories: Field::Known(listed.into_iter().map(Repository::of).collect()),
            ..config
        })
    }
}

impl Repository {
    fn of(repository: EncryptedRepository) -> Self {
        Self {
            repo_id: Field::Known(repository.id),
            repo_name: repository.name.into(),
            full_path: repository.full_path.into(),
            project_id: repository.project_id.into(),
            project_name: repository.project_name.into(),
            owner_id: repository.owner_id.into(),
            owner_iam_id: repository.owner_iam_id.into(),
            owner_tenant_name: repository.owner_tenant_name.into(),
            owner_nick_name: repository.owner_nick_name.into(),
            owner_name: repository.owner_name.into(),
        }
    }
}
