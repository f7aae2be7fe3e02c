//! What the pretend cloud holds when it starts.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;

use super::grant::{Grantee, GranteeKind};
use super::id::{AccountId, ProjectId};
use super::resource::{Project, Resource, ResourceKind, SecretState};
use super::token::{Permission, Token};
use super::world::World;

/// Account of the demo.
pub const ACCOUNT_ID: &str = "159b65b41ead484d8ddff250a4731781";
/// Name of that account.
pub const ACCOUNT_NAME: &str = "sandbox";
/// Region of the demo.
pub const REGION: &str = "cn-north-4";
/// The account's project in that region.
pub const PROJECT_ID: &str = "7b4c1d0f5e3a4c2f9d8e6a1b0c5f2e34";

/// Token of a user who may do everything.
pub const TOKEN: &str = "sandbox-token-deployer-4d1f0c7a9b3e5826";
/// Token of a user who may only read.
pub const TOKEN_READ_ONLY: &str = "sandbox-token-reviewer-86b2e51d7c0f934a";
/// Token that has expired.
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
/// Directory group On-call.
pub const GROUP_ONCALL: &str = "20260105090003222-904C-D475B60AE";

/// When the demo's things were made, in seconds since 1970: 2026-01-05T09:00:00Z.
const MADE_AT: i64 = 1_767_603_600;

/// How long the demo's tokens work. Longer than a real one's day, so that a sandbox may run for a week.
const TOKEN_LIFE: Duration = Duration::from_hours(30 * 24);

/// What the pretend cloud holds when it starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Seed {
    /// Nothing: no token works.
    Empty,
    /// An account with a project, tokens, secrets, users and a group; nothing granted.
    #[default]
    Demo,
}

impl Seed {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Empty, Self::Demo];

    /// Name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Demo => "demo",
        }
    }

    pub(super) fn sow(self, world: &World) {
        match self {
            Self::Empty => {}
            Self::Demo => sow_demo(world),
        }
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// No seed has this name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is no seed; there are `empty` and `demo`")]
pub struct UnknownSeed(String);

impl FromStr for Seed {
    type Err = UnknownSeed;

    fn from_str(name: &str) -> Result<Self, UnknownSeed> {
        let mut seeds = Self::ALL.into_iter();
        let found = seeds.find(|seed| seed.name() == name);
        found.ok_or_else(|| UnknownSeed(name.to_owned()))
    }
}

fn sow_demo(world: &World) {
    let project = Project {
        region: REGION.to_owned(),
        account_id: AccountId::from(ACCOUNT_ID),
        account_name: ACCOUNT_NAME.to_owned(),
    };
    world.add_project(PROJECT_ID, project);

    let read_only = [Permission::ReadCsms, Permission::ReadRepo];
    let expires_at = later(world.now(), TOKEN_LIFE);
    world.add_token(TOKEN, token("deployer", &Permission::ALL, expires_at));
    world.add_token(TOKEN_READ_ONLY, token("reviewer", &read_only, expires_at));
    world.add_token(
        TOKEN_EXPIRED,
        token("yesterday", &Permission::ALL, made_at()),
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

    let grantee = |id, name: &str, kind| {
        let name = name.to_owned();
        world.add_grantee(id, Grantee { name, kind });
    };
    grantee(USER_ANA, "Ana Ruiz", GranteeKind::User);
    grantee(USER_BEN, "Ben Okafor", GranteeKind::User);
    grantee(USER_CHEN, "Chen Wei", GranteeKind::User);
    grantee(USER_DANA, "Dana Novak", GranteeKind::User);
    grantee(GROUP_ONCALL, "On-call", GranteeKind::Group);
}

fn token(user_name: &str, permissions: &[Permission], expires_at: Timestamp) -> Token {
    Token {
        user_name: user_name.to_owned(),
        account_id: AccountId::from(ACCOUNT_ID),
        project_id: ProjectId::from(PROJECT_ID),
        permissions: BTreeSet::from_iter(permissions.iter().copied()),
        expires_at,
    }
}

fn resource(kind: ResourceKind, name: &str, state: SecretState) -> Resource {
    Resource {
        project_id: ProjectId::from(PROJECT_ID),
        kind,
        name: name.to_owned(),
        state,
        created_at: made_at(),
    }
}

fn made_at() -> Timestamp {
    Timestamp::from_second(MADE_AT).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}
