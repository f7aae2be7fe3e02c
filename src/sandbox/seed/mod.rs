//! Seeds: the contents of a sandbox at the start.

pub mod catalog;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;

use crate::sandbox::clock::saturating_add;
use crate::sandbox::id::{AccountId, ProjectId};
use crate::sandbox::identity::metadata_server::MetadataService;
use crate::sandbox::identity::principal::Permission;
use crate::sandbox::identity::principal::Principal;
use crate::sandbox::identity::token::IssuedToken;
use crate::sandbox::identity::{AccessKey, Agency, IdentityProvider, SandboxUser};
use crate::sandbox::store::encryption::{EncryptedRepositories, KmsKey, KmsKeys};
use crate::sandbox::store::grant::{GranteeKind, StoredGrantee};
use crate::sandbox::store::resource::{ResourceKind, SandboxProject, SandboxResource, SecretState};
use crate::sandbox::world::World;

/// Account of the seed `demo`.
pub const ACCOUNT_ID: &str = "159b65b41ead484d8ddff250a4731781";
/// Name of that account.
pub const ACCOUNT_NAME: &str = "sandbox";
/// First region.
pub const REGION: &str = "cn-north-4";
/// The account's project in that region.
pub const PROJECT_ID: &str = "7b4c1d0f5e3a4c2f9d8e6a1b0c5f2e34";

/// A second region.
pub const OTHER_REGION: &str = "cn-east-3";
/// The account's project in that region.
pub const OTHER_PROJECT_ID: &str = "e01f6b7a93c84d25b6f0a8c47d1953be";

/// User `deployer`, with all permissions.
pub const USER_ID: &str = "c5d1f0e27b3a4986a1d4e7b09c62f318";
/// Name of that user.
pub const USER_NAME: &str = "deployer";
/// Password of that user.
pub const PASSWORD: &str = "sandbox-password-deployer-3b7e";
/// Access key of that user.
pub const ACCESS_KEY: &str = "SANDBOXAKDEPLOYER001";
/// Secret key of that access key.
pub const SECRET_KEY: &str = "sandbox-secret-key-deployer-9d2f81c6a04e";

/// Another account, with an agency for the users of the first account.
pub const AGENCY_ACCOUNT_ID: &str = "8c27e40f1b5d4a96b3c0d9e7f6a15284";
/// Name of that account.
pub const AGENCY_ACCOUNT_NAME: &str = "partner";
/// That account's project in the first region.
pub const AGENCY_PROJECT_ID: &str = "3d90b6a8c1f74e02a5d8e4b7c06f192d";
/// Name of that agency.
pub const AGENCY_NAME: &str = "grants";

/// Identity provider of the first account.
pub const IDENTITY_PROVIDER_ID: &str = "pipelines";
/// ID token that the provider has issued.
pub const ID_TOKEN: &str = "sandbox-id-token-pipeline-5a90e3d17c6b42f8";

/// Token with all permissions.
pub const TOKEN: &str = "sandbox-token-deployer-4d1f0c7a9b3e5826";
/// Token with read permissions.
pub const TOKEN_READ_ONLY: &str = "sandbox-token-reviewer-86b2e51d7c0f934a";
/// Expired token.
pub const TOKEN_EXPIRED: &str = "sandbox-token-yesterday-c3907e5fa1d64b28";

/// Secret `db-password`.
pub const SECRET_DB_PASSWORD: &str = "43d643d2-95ec-4b0f-8020-a84f3ce931cc";
/// Secret `api-key`.
pub const SECRET_API_KEY: &str = "5f1c8e07-2b6a-4d93-9c41-7e0d3a52b8f6";
/// Secret `tls-certificate`.
pub const SECRET_TLS_CERTIFICATE: &str = "a9e27b34-60d1-4f8c-b5a3-1c94d7e0f826";
/// Secret `old-password`, scheduled for deletion.
pub const SECRET_PENDING_DELETE: &str = "d07b95c1-38fe-4a62-8e1d-64f2c0a7b935";
/// Group of secrets `billing`.
pub const SECRET_GROUP_BILLING: &str = "e6a40f5d-7c29-4b18-a3d6-92f5081be7c4";

/// Directory user Ana Ruiz.
pub const USER_ANA: &str = "20260105091512481-4F1A-1B2C3D4E5";
/// Directory user Ben Okafor.
pub const USER_BEN: &str = "20260105091547906-4F1A-6C0D91EF2";
/// Directory user Chen Wei.
pub const USER_CHEN: &str = "20260112143025117-83BD-0A7E52C91";
/// Directory user Dana Novak.
pub const USER_DANA: &str = "20260302080344650-83BD-F4419D07B";
/// Directory group On-call, whose members are Chen Wei and Dana Novak.
pub const GROUP_ONCALL: &str = "20260105090003222-904C-D475B60AE";

/// KMS key `repositories`, enabled, in the first region.
pub const KMS_KEY: &str = "7308c1b8-557f-453a-aef7-28643f49cf1e";
/// Name of that key.
pub const KMS_KEY_NAME: &str = "repositories";
/// KMS key `old-repositories`, disabled, in the first region.
pub const KMS_KEY_DISABLED: &str = "0b6f3d92-81c4-4e7a-9d50-c2a7e4186b3f";
/// Name of that key.
pub const KMS_KEY_DISABLED_NAME: &str = "old-repositories";

/// Name of a repository that was encrypted before.
pub const ENCRYPTED_REPOSITORY: &str = "payments";

/// Time of creation of all secrets, in seconds since 1970: 2026-01-05T09:00:00Z.
const CREATED_AT: i64 = 1_767_603_600;

/// Lifetime of the tokens. Longer than the day of a real token, so that a sandbox can run for weeks.
const TOKEN_LIFETIME: Duration = Duration::from_hours(30 * 24);

/// The contents of a sandbox at the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Seed {
    /// Nothing, not even a token.
    Empty,
    /// Two accounts with projects, tokens, access keys, secrets, KMS keys, users and a group; no grants.
    #[default]
    Demo,
}

impl Seed {
    /// All seeds.
    pub const ALL: [Self; 2] = [Self::Empty, Self::Demo];

    /// Name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Demo => "demo",
        }
    }

    /// Fills a new world. A data file that exists replaces everything but the credentials afterwards.
    pub(super) fn load(self, world: &World) {
        match self {
            Self::Empty => {}
            Self::Demo => load_demo(world),
        }
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// Unknown name of a seed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown seed `{0}`; valid seeds: `empty`, `demo`")]
pub struct UnknownSeed(String);

impl FromStr for Seed {
    type Err = UnknownSeed;

    fn from_str(name: &str) -> Result<Self, UnknownSeed> {
        let mut seeds = Self::ALL.into_iter();
        let found = seeds.find(|seed| seed.name() == name);
        found.ok_or_else(|| UnknownSeed(name.to_owned()))
    }
}

fn load_demo(world: &World) {
    world.add_project(PROJECT_ID, project(REGION, ACCOUNT_ID, ACCOUNT_NAME));
    world.add_project(
        OTHER_PROJECT_ID,
        project(OTHER_REGION, ACCOUNT_ID, ACCOUNT_NAME),
    );
    world.add_project(
        AGENCY_PROJECT_ID,
        project(REGION, AGENCY_ACCOUNT_ID, AGENCY_ACCOUNT_NAME),
    );
    load_identities(world);

    let read_only = [
        Permission::ReadCsms,
        Permission::ReadRepo,
        Permission::ReadAccount,
    ];
    let expires_at = saturating_add(world.system_now(), TOKEN_LIFETIME);
    world.add_token(TOKEN, token("deployer", &Permission::ALL, expires_at));
    world.add_token(TOKEN_READ_ONLY, token("reviewer", &read_only, expires_at));
    world.add_token(
        TOKEN_EXPIRED,
        token("yesterday", &Permission::ALL, created_at()),
    );

    let secret =
        |id, name, state| world.add_resource(id, resource(ResourceKind::Secret, name, state));
    secret(SECRET_DB_PASSWORD, "db-password", SecretState::Enabled);
    secret(SECRET_API_KEY, "api-key", SecretState::Enabled);
    secret(
        SECRET_TLS_CERTIFICATE,
        "tls-certificate",
        SecretState::Enabled,
    );
    secret(
        SECRET_PENDING_DELETE,
        "old-password",
        SecretState::PendingDelete,
    );
    let billing = resource(ResourceKind::Group, "billing", SecretState::Enabled);
    world.add_resource(SECRET_GROUP_BILLING, billing);

    let key = |id: &str, alias: &str, state: &str| (id.to_owned(), KmsKey::new(alias, state));
    let keys = KmsKeys(BTreeMap::from([
        key(KMS_KEY, KMS_KEY_NAME, "2"),
        key(KMS_KEY_DISABLED, KMS_KEY_DISABLED_NAME, "3"),
    ]));
    let scope = format!("{ACCOUNT_ID}/{REGION}");
    world.set_object(&scope, Some(&keys));
    let repositories = BTreeMap::from([(101, ENCRYPTED_REPOSITORY.to_owned())]);
    world.set_object(&scope, Some(&EncryptedRepositories(repositories)));

    let grantee = |id, name: &str, kind| {
        let name = name.to_owned();
        world.add_grantee(id, StoredGrantee::new(name, kind));
    };
    grantee(USER_ANA, "Ana Ruiz", GranteeKind::User);
    grantee(USER_BEN, "Ben Okafor", GranteeKind::User);
    grantee(USER_CHEN, "Chen Wei", GranteeKind::User);
    grantee(USER_DANA, "Dana Novak", GranteeKind::User);
    grantee(GROUP_ONCALL, "On-call", GranteeKind::Group);
    world.add_member(GROUP_ONCALL, USER_CHEN);
    world.add_member(GROUP_ONCALL, USER_DANA);
}

/// Adds a user with password and access key, an agency, an identity provider and the metadata service's identity.
fn load_identities(world: &World) {
    let deployer = principal(USER_ID, USER_NAME, ACCOUNT_ID);
    world.add_user(SandboxUser {
        principal: deployer.clone(),
        password: PASSWORD.into(),
    });
    let key = AccessKey {
        principal: deployer,
        secret_key: SECRET_KEY.into(),
        security_token: None,
        expires_at: None,
    };
    world.add_access_key(ACCESS_KEY, key);
    world.add_agency(Agency {
        principal: principal(
            "6f3be1d85c0a47929e4d7a18b2c5f063",
            AGENCY_NAME,
            AGENCY_ACCOUNT_ID,
        ),
        trusted_account_id: AccountId::from(ACCOUNT_ID),
    });
    let pipeline = principal("a47c09e1d2b84f35860be9c7135d2af4", "pipeline", ACCOUNT_ID);
    let id_tokens = [(ID_TOKEN.into(), pipeline)].into();
    world.add_identity_provider(IDENTITY_PROVIDER_ID, IdentityProvider { id_tokens });
    let server = principal("19d8f5c3b7a64e20957c1e0d4ab8f632", "server", ACCOUNT_ID);
    world.set_metadata(MetadataService {
        agency: Some(server),
        ..MetadataService::default()
    });
}

/// A principal with all permissions; in the seed, only tokens lack some.
fn principal(id: &str, name: &str, account_id: &str) -> Principal {
    Principal {
        id: id.to_owned(),
        name: name.to_owned(),
        account_id: AccountId::from(account_id),
        permissions: Permission::ALL.into(),
    }
}

fn project(region: &str, account_id: &str, account_name: &str) -> SandboxProject {
    SandboxProject {
        region: region.to_owned(),
        account_id: AccountId::from(account_id),
        account_name: account_name.to_owned(),
    }
}

fn token(user_name: &str, permissions: &[Permission], expires_at: Timestamp) -> IssuedToken {
    IssuedToken {
        user_name: user_name.to_owned(),
        account_id: AccountId::from(ACCOUNT_ID),
        project_id: ProjectId::from(PROJECT_ID),
        permissions: BTreeSet::from_iter(permissions.iter().copied()),
        expires_at,
    }
}

fn resource(kind: ResourceKind, name: &str, state: SecretState) -> SandboxResource {
    SandboxResource {
        project_id: ProjectId::from(PROJECT_ID),
        kind,
        name: name.to_owned(),
        state,
        created_at: created_at(),
    }
}

fn created_at() -> Timestamp {
    Timestamp::from_second(CREATED_AT).unwrap_or(Timestamp::UNIX_EPOCH)
}
