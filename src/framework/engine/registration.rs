//! A type on offer, of whatever kind: its name, its schema, and what can be done with it.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use crate::framework::diagnostic::Diagnostic;
use crate::framework::diagnostic::Diagnostics;
use crate::framework::field::{Data, Mismatch};
use crate::framework::model::Model;
use crate::framework::schema::{Block, Schema};
use crate::framework::ty::Type;
use crate::framework::validate::ValidateConfig;
use crate::framework::value::Value;

/// A future on the heap.
pub(super) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What sets one kind of types apart from the others: the operations, with the types of their models erased.
pub trait TypeKind {
    /// What such a type is called in messages, such as `resource`.
    const NAME: &'static str;
}

/// A type on offer. `K` is its kind, and holds its operations.
pub struct Registration<K> {
    name: &'static str,
    version: i64,
    make_block: fn() -> Block,
    described: OnceLock<Described>,
    validator: Option<ValidateFn>,
    kind: K,
}

/// [`ValidateConfig::validate`] without its model's type.
pub(in crate::framework) type ValidateFn = fn(&Value) -> Result<Diagnostics, Mismatch>;

/// A model's whole-configuration check, for values.
pub(in crate::framework) fn validate_config<M: ValidateConfig>(
    config: &Value,
) -> Result<Diagnostics, Mismatch> {
    Ok(M::from_value(config)?.validate())
}

/// A schema and the type of the objects it describes.
struct Described {
    schema: Schema,
    ty: Type,
}

impl<K> Registration<K> {
    /// A type in version 0 of the schema that `M` declares.
    pub(super) fn new<M: Model>(name: &'static str, kind: K) -> Self {
        Self {
            name,
            version: 0,
            make_block: M::schema_block,
            described: OnceLock::new(),
            validator: None,
            kind,
        }
    }

    /// Sets the version of the schema.
    pub(super) fn set_version(&mut self, version: i64) {
        self.version = version;
    }

    pub(in crate::framework) fn claim_validate_config<M: ValidateConfig>(&mut self) {
        self.validator = Some(validate_config::<M>);
    }

    pub(super) fn validator(&self) -> Option<ValidateFn> {
        self.validator
    }

    /// The type's own name, without the provider's type.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The schema, made on first use.
    pub fn schema(&self) -> &Schema {
        &self.describe().schema
    }

    /// The type of the objects.
    pub fn ty(&self) -> &Type {
        &self.describe().ty
    }

    pub(super) fn block(&self) -> &Block {
        &self.schema().block
    }

    pub(super) fn kind(&self) -> &K {
        &self.kind
    }

    pub(super) fn kind_mut(&mut self) -> &mut K {
        &mut self.kind
    }

    fn describe(&self) -> &Described {
        self.described.get_or_init(|| {
            let schema = Schema {
                version: self.version,
                block: (self.make_block)(),
            };
            let ty = schema.block.ty();
            Described { schema, ty }
        })
    }
}

/// Every type of one kind, by each of its names: the conventional one, with the provider's type in front, and perhaps its own.
pub(super) struct Catalog<K>(BTreeMap<String, Arc<Registration<K>>>);

impl<K: TypeKind> Catalog<K> {
    pub(super) fn new(
        provider_type: &str,
        registrations: Vec<Registration<K>>,
        has_short_names: bool,
    ) -> Self {
        let by_name = registrations.into_iter().flat_map(|registration| {
            let own = registration.name().to_owned();
            let conventional = format!("{provider_type}_{own}");
            let registration = Arc::new(registration);
            let short = has_short_names.then(|| (own, Arc::clone(&registration)));
            short.into_iter().chain([(conventional, registration)])
        });
        Self(by_name.collect())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Registration<K>)> {
        self.0
            .iter()
            .map(|(name, registration)| (name.as_str(), &**registration))
    }

    /// The type of this name.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn find(&self, name: &str) -> Result<&Registration<K>, Diagnostic> {
        let found = self.0.get(name).map(|registration| &**registration);
        found.ok_or_else(|| unknown_type(K::NAME, name))
    }
}

/// A message about a type that this provider does not offer; `kind` is such as `resource`.
#[must_use]
pub fn unknown_type(kind: &str, name: &str) -> Diagnostic {
    let detail = format!(
        "This provider offers no {kind} of the type `{name}`. Check the name and the provider's version."
    );
    Diagnostic::error(format!("Unknown {kind} type"), detail)
}

/// Reads a value into the model of its type.
pub(super) fn model<M: Data>(value: Value) -> Result<M, Diagnostic> {
    Data::from_value(&value).map_err(|mismatch| disagreement(&mismatch))
}

/// The error for a value that its model cannot hold.
pub(super) fn disagreement(mismatch: &Mismatch) -> Diagnostic {
    let detail = match mismatch.attribute.as_str() {
        "" => mismatch.problem.detail.clone(),
        _ => mismatch.to_string(),
    };
    let diagnostic = Diagnostic::error(mismatch.problem.summary, detail);
    match mismatch.attribute.split('.').next() {
        Some("") | None => diagnostic,
        Some(attribute) => diagnostic.at_root(attribute),
    }
}
