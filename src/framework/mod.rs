//! A framework for Terraform providers: values, schemas, plans, and the traits that a provider implements.
//!
//! Independent of the wire protocol and of any cloud. The file of a resource or data source imports what it needs from
//! here; [`engine`] processes requests, and the module `protocol` serves an engine to Terraform.
//!
//! The traits to implement, and the call that registers each:
//!
//! | to offer | implement | and register it with |
//! |---|---|---|
//! | a provider | [`Provider`]; [`Program`] to serve it with `server::serve` | |
//! | a resource | [`Resource`] | [`Offer::resource`] |
//! | import by id | [`Import`] | `.import()` |
//! | an identity, and import by it | [`Identity`] | `.identity()` |
//! | a list resource, for `terraform query` | [`List`] | `.list()` |
//! | plan modification and plan checks | [`ModifyPlan`] | `.modify_plan()` |
//! | validation of several attributes | [`ValidateConfig`] | `.validate_config()` |
//! | upgrades of stored state | [`UpgradeState`] | `.upgrade_state()` |
//! | upgrades of stored identities | [`UpgradeIdentity`] | `.upgrade_identity()` |
//! | a data source | [`DataSource`] | [`Offer::data_source`] |
//! | a function | [`Function`] | [`Offer::function`] |
//! | an action | [`Action`] | [`Offer::action`] |
//! | checks when an action is planned | [`PlanAction`] | `.plan()` |
//!
//! # Example
//!
//! A provider with one resource that needs no remote service: it plans, stores and replaces greetings.
//!
//! ```
//! use hwgrants::framework::engine::Engine;
//! use hwgrants::framework::schema::Recompute;
//! use hwgrants::framework::{
//!     Context, Diagnostics, Failure, Field, Offer, Provider, Resource, TerraformHost, model,
//! };
//!
//! model! {
//!     /// A greeting.
//!     pub struct Model {
//!         /// Name of the person who is greeted.
//!         #[attribute(required, replaces)]
//!         pub name: Field<String>,
//!         /// The greeting.
//!         #[attribute(computed(Recompute::Never))]
//!         pub text: Field<String>,
//!     }
//! }
//!
//! struct Greeting;
//!
//! impl Resource for Greeting {
//!     const NAME: &'static str = "greeting";
//!     type Client = String;
//!     type Model = Model;
//!
//!     async fn create(
//!         word: &String,
//!         plan: Model,
//!         _: &mut Context,
//!     ) -> Result<Model, Failure<Model>> {
//!         let name = plan.name.text().unwrap_or_default();
//!         let text = Field::Known(format!("{word}, {name}!"));
//!         Ok(Model { text, ..plan })
//!     }
//!
//!     async fn read(
//!         _: &String,
//!         state: Model,
//!         _: &mut Context,
//!     ) -> Result<Option<Model>, Failure<Model>> {
//!         Ok(Some(state))
//!     }
//!
//!     async fn update(
//!         _: &String,
//!         _: Model,
//!         plan: Model,
//!         _: &mut Context,
//!     ) -> Result<Model, Failure<Model>> {
//!         Ok(plan)
//!     }
//!
//!     async fn delete(_: &String, _: Model, _: &mut Context) -> Result<(), Failure<Model>> {
//!         Ok(())
//!     }
//! }
//!
//! model! {
//!     /// Greets people.
//!     pub struct Config {
//!         /// Word that greetings begin with; `Hello` by default.
//!         pub word: Field<String>,
//!     }
//! }
//!
//! struct Hello;
//!
//! impl Provider for Hello {
//!     const TYPE: &'static str = "hello";
//!     type Client = String;
//!     type Config = Config;
//!
//!     async fn configure(
//!         &self,
//!         config: Config,
//!         _: &TerraformHost,
//!         _: &mut Diagnostics,
//!     ) -> Result<String, Diagnostics> {
//!         Ok(config.word.text().unwrap_or("Hello").to_owned())
//!     }
//!
//!     fn needs_deferral(_: &String) -> bool {
//!         false
//!     }
//!
//!     fn resources(offer: &mut Offer<String>) {
//!         offer.resource::<Greeting>();
//!     }
//! }
//!
//! let engine = Engine::new(Hello);
//! let greeting = engine.resource("hello_greeting").unwrap();
//! assert_eq!(greeting.schema().block.attributes.len(), 2);
//! // Short names are served only after `Offer::with_short_names`.
//! assert!(engine.resource("greeting").is_err());
//! ```

pub mod action;
pub mod data_source;
pub mod diagnostic;
pub mod engine;
pub mod field;
pub mod function;
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

pub use action::{Action, PlanAction, Progress};
pub use data_source::DataSource;
pub use diagnostic::{Diagnostic, Diagnostics};
pub use field::{Data, Field, Mismatch, OrEmpty, Set, Text};
pub use function::{Function, FunctionError};
pub use identity::{Identity, IdentitySchema};
pub use list::{Finds, FoundObject, List};
#[doc(hidden)] // Used by `model!` only.
pub use model::field_name;
pub use model::{Model, model};
pub use number::Number;
pub use path::{Path, PathStep};
pub use private::Private;
pub use provider::{Offer, Process, Program, Provider, TerraformHost, TypeNames};
pub use resource::{Change, Context, Failure, Import, ModifyPlan, PlanContext, Resource};
pub use schema::{Attribute, Block, Recompute, Replacement, Schema};
pub use ty::Type;
pub use upgrade::{Upgrade, UpgradeIdentity, UpgradeState};
pub use validate::ValidateConfig;
pub use value::{AttributeName, Value};
