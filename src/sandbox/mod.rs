//! A pretend Huawei Cloud: a real HTTP server on this machine for tests and for trying things out.
//!
//! It is written from the API reference, not from the client, and shares only the wire types with it: two readings
//! that check each other. What the reference demands is enforced; the choices made where it is silent are listed in
//! `csms`, `iam` and `sts`, and the other choices for grants are [`Quirks`]. It knows neither the client nor Terraform.
//!
//! One file per concern: [`Sandbox`] starts and stops; `connection` and `http` carry a request from the socket to a
//! handler, `gate` checks its caller, by token or `signature`; `csms`, `repo`, `iam`, `sts` and `metadata` hold the
//! handlers; [`World`] is the state, `store` its rules, `clock` its time; [`Fault`] is what goes wrong on request;
//! `admin` is `/_sandbox/`, and `page` what people see there; [`seed`] is what there is at the start; `data_file` is the file that outlives the process, and
//! `persistence` writes it. A new service is one file with a list of operations, and
//! its line in `http::operations`.
//!
//! ```no_run
//! # fn main() -> Result<(), hwgrants::sandbox::Error> {
//! use hwgrants::sandbox::{Action, BlockingSandbox, Fault, Options, seed};
//!
//! let sandbox = BlockingSandbox::start(Options::default())?;
//! let world = sandbox.world();
//! world.faults().add(Fault::on("CreateGrants", Action::throttle("5 second")).times(2));
//! println!("{}", sandbox.url());
//! assert!(world.grants(seed::SECRET_DB_PASSWORD).is_empty());
//! # Ok(())
//! # }
//! ```

pub mod seed;

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
    QuirkError, Quirks, RepoMissing, RepoStatus, StateFormat, TimeFormat, UpdateMissing,
    UpdateWithoutEnd, UuidFormat,
};
pub use request_log::RequestRecord;
pub use seed::Seed;
pub use server::blocking::BlockingSandbox;
pub use server::{Sandbox, SandboxOptions};
pub use signature::{SignatureError, SignedRequest};
pub use store::grant::{GranteeKind, StoredGrant, StoredGrantee};
pub use store::resource::{ResourceKind, SandboxProject, SandboxResource, SecretState};
pub use store::state_view::{GrantedResource, NamedGrant, StateView};
pub use world::World;

/// The operations of every service, in the order of the documentation.
#[must_use]
pub fn operations() -> Vec<PublishedOperation> {
    service::operations()
        .map(api::operation::ApiOperation::publish)
        .collect()
}
