//! A registered type of any kind: its name, schema and operations.

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

/// A boxed future.
pub(super) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The operations of a kind of type (resource, data source, list resource, action), on untyped values.
pub trait TypeKind {
    /// Name of the kind in messages, such as `resource`.
    const NAME: &'static str;
}

/// A registered type. `K` is its kind and contains its operations.
pub struct Registration<K> {
    name: &'static str,
    /// Version of the schema: how many upgrades of stored objects there are.
    version: i64,
    build_block: fn() -> Block,
    described: OnceLock<Described>,
    /// None if the type registered no check of its configuration as a whole.
    validator: Option<ValidateFn>,
    kind: K,
}

/// [`ValidateConfig::validate`] on untyped values.
pub(in crate::framework) type ValidateFn = fn(&Value) -> Result<Diagnostics, Mismatch>;

/// Validates an untyped configuration as a whole.
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
    /// A type with version 0 of the schema that `M` declares.
    pub(super) fn new<M: Model>(name: &'static str, kind: K) -> Self {
        Self {
            name,
            version: 0,
            build_block: M::schema_block,
            described: OnceLock::new(),
            validator: None,
            kind,
        }
    }

    /// Sets the version of the schema.
    pub(super) fn set_version(&mut self, version: i64) {
        self.version = version;
    }

    pub(in crate::framework) fn register_validate_config<M: ValidateConfig>(&mut self) {
        self.validator = Some(validate_config::<M>);
    }

    pub(super) fn validator(&self) -> Option<ValidateFn> {
        self.validator
    }

    /// The short name, without the provider's type in front.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The schema, built on first use.
    pub fn schema(&self) -> &Schema {
        &self.describe().schema
    }

    /// The type of the objects that the schema describes.
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
                block: (self.build_block)(),
            };
            let ty = schema.block.ty();
            Described { schema, ty }
        })
    }
}

/// All types of one kind, by each of their names: the conventional name, with the provider's type in front, and
/// optionally the short one.
pub(super) struct Catalog<K>(BTreeMap<String, Arc<Registration<K>>>);

impl<K: TypeKind> Catalog<K> {
    /// With `has_short_names`, each type is also found under its name alone.
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

    /// The registered type of this name.
    ///
    /// # Errors
    /// The provider does not offer it.
    pub(super) fn find(&self, name: &str) -> Result<&Registration<K>, Diagnostic> {
        let found = self.0.get(name).map(|registration| &**registration);
        found.ok_or_else(|| unknown_type(K::NAME, name))
    }
}

/// The error for a type that this provider does not offer. `kind` is a noun such as `resource`.
#[must_use]
pub fn unknown_type(kind: &str, name: &str) -> Diagnostic {
    let detail = format!(
        "This provider has no {kind} type `{name}`. Check the type name and the provider version."
    );
    Diagnostic::error(format!("Unknown {kind} type"), detail)
}

/// Converts a value to its model.
pub(super) fn model<M: Data>(value: Value) -> Result<M, Diagnostic> {
    Data::from_value(&value).map_err(|mismatch| mismatch_error(&mismatch))
}

/// The error for a value that does not fit its model.
pub(super) fn mismatch_error(mismatch: &Mismatch) -> Diagnostic {
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
