//! A simulated Huawei Cloud: an HTTP server on this machine, for tests and for trying the provider out.
//!
//! It is written from the API reference and not from the client; the two share only the types of `wire`, so that each checks
//! the other's reading of the reference. The sandbox enforces what the reference demands. Where the reference is silent,
//! `service` documents what the sandbox does, and [`Quirks`] change it. It must not know the client (`cloud`) or Terraform.
//!
//! Modules, from the lowest layer up:
//!
//! - `id`, `clock`, `consistency`, `request_log`, `signature` and `quirk` know nothing of each other.
//! - `identity`: users, tokens, access keys and agencies. `fault`: faults and which requests they apply to.
//! - `store`: what the cloud holds, and the rules for changing it. `persistence` writes it to a file.
//! - [`World`]: the shared handle to all of that. [`seed`]: what it holds at the start. [`sign_in`]: how to sign in to that.
//! - `api`: how an operation is declared, and what all services share. `service`: the operations and their handlers.
//! - `http`: connections, routes, and how one request is answered. `admin`: `/_sandbox/` and its page.
//! - `server`: [`Sandbox`] and [`BlockingSandbox`], which start and stop it all.
//!
//! A new operation is an entry in `OPERATIONS` and a handler below it, in one file of `service`. A new service is a file there
//! and a line in `service::operations`.
//!
//! ```
//! # fn main() -> Result<(), hwgrants::sandbox::Error> {
//! use hwgrants::sandbox::{BlockingSandbox, Fault, FaultAction, SandboxOptions, seed};
//!
//! let sandbox = BlockingSandbox::start(SandboxOptions::default())?;
//! let world = sandbox.world();
//! world.faults().add(Fault::on("CreateGrants", FaultAction::throttle("5 second")).times(2));
//! println!("{}", sandbox.url());
//! assert!(world.grants(seed::SECRET_DB_PASSWORD).is_empty());
//! # Ok(())
//! # }
//! ```

pub mod seed;
pub mod sign_in;

mod admin;
mod api;
mod clock;
mod consistency;
mod error;
mod fault;
mod http;
mod id;
mod identity;
mod persistence;
mod quirk;
mod request_log;
mod server;
mod service;
mod signature;
mod store;
mod world;

pub use api::operation::PublishedOperation;
pub use clock::{ClockOffset, InvalidClockOffset, TimeSource};
pub use error::Error;
pub use fault::action::{FaultAction, FaultBody, RetryAfter, When};
pub use fault::{Fault, Faults};
pub use id::{AccountId, GranteeId, ProjectId, ResourceId};
pub use identity::metadata_server::{MetadataService, MetadataTokens};
pub use identity::principal::{Permission, Principal};
pub use identity::token::IssuedToken;
pub use identity::{
    AccessKey, Agency, IdentityProvider, IssuedIdToken, MAX_LOGIN_TRIES, SandboxUser,
};
pub use persistence::data_file::DataFileError;
pub use quirk::{
    AnswerFormat, DeleteMissing, DeleteStatus, DeleteUnaimed, Duplicate, EndFormat, Expired,
    GroupDelete, Groups, IdFormat, KindFormat, ListFormat, Names, NoExpiry, NoGrants, PendingList,
    QuirkDescription, QuirkError, Quirks, RepoMissing, RepoStatus, StateFormat, TimeFormat,
    UpdateMissing, UpdateWithoutEnd, UuidFormat, ValueDescription,
};
pub use request_log::RequestRecord;
pub use seed::Seed;
pub use server::blocking::BlockingSandbox;
pub use server::{Sandbox, SandboxOptions};
pub use signature::{SignatureError, SignedRequest};
pub use store::encryption::{
    EncryptedRepositories, KmsGrant, KmsGrants, KmsKey, KmsKeys, RepoEncryption,
};
pub use store::grant::{GranteeKind, StoredGrant, StoredGrantee};
pub use store::object::StoredObject;
pub use store::resource::{ResourceKind, SandboxProject, SandboxResource, SecretState};
pub use store::state_view::{GrantedResource, NamedGrant, StateView};
pub use world::World;

/// The operations of every service, in the order of the documentation page.
#[must_use]
pub fn operations() -> Vec<PublishedOperation> {
    service::operations()
        .map(api::operation::ApiOperation::publish)
        .collect()
}
