//! What a resource or data source is: values, schemas, plans, and the traits that a provider's author implements.
//!
//! Knows no wire and no cloud. The file of a resource or data source imports what it needs from here; `engine` carries
//! out requests.

pub mod data_source;
pub mod diagnostic;
pub mod engine;
pub mod field;
pub mod generate;
pub mod identity;
pub mod list;
pub mod model;
pub mod number;
pub mod path;
pub mod plan;
pub mod private;
pub mod provider;
pub mod resource;
pub mod schema;
pub mod timeouts;
pub mod ty;
pub mod upgrade;
pub mod validate;
pub mod value;

mod normalize;
mod required;
mod traversal;

pub use data_source::DataSource;
pub use diagnostic::{Diagnostic, Diagnostics};
pub use field::{Data, Field, Mismatch, OrEmpty, Set, Text};
pub use identity::{Identity, IdentitySchema};
pub use list::{Finds, FoundObject, List};
#[doc(hidden)] // Used by `model!` only.
pub use model::field_name;
pub use model::{Model, model};
pub use number::Number;
pub use path::{Path, PathStep};
pub use private::Private;
pub use provider::{Offer, Provider, TerraformHost};
pub use resource::{Change, Context, Failure, Import, ModifyPlan, PlanContext, Resource};
pub use schema::{Attribute, Block, Recompute, Replacement, Schema};
pub use ty::Type;
pub use upgrade::{Upgrade, UpgradeIdentity, UpgradeState};
pub use validate::ValidateConfig;
pub use value::{AttributeName, Value};
