//! A state as Terraform writes it in JSON: the grants in it, with the attributes that make up their keys.
//!
//! No value of a state is put into an error.
//!
//! Source: Terraform, JSON Output Format, "State Representation" and "Values Representation", format version 1.x; the
//! state file itself in version 4, which every release since 0.12 writes.

mod error;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

use super::decode::decode;
use super::grant_type::{GrantType, attribute};
use super::value::{Attributes, is_marked};
use crate::text;

pub use error::Error;

/// The grants that one state holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The grants, in the state's order.
    pub grants: Vec<StateGrant>,
    /// The names of all blocks in the root module, of any type.
    pub root_names: BTreeSet<String>,
}

/// One grant in a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateGrant {
    /// Which grant resource it is.
    pub grant_type: GrantType,
    /// The resource address, cleaned for printing.
    pub address: String,
    /// Its attributes; all of those that are set are known.
    pub attributes: Attributes,
    /// Whether an attribute of its key is marked as sensitive, so that none may be printed.
    pub is_sensitive: bool,
    /// Whether another object has replaced it, and it is still to be destroyed.
    pub is_deposed: bool,
}

/// The top-level members of a document by name, parsed once the kind of document is known.
type StateParts<'a> = BTreeMap<String, &'a RawValue>;

/// The only top-level members of an empty state.
const EMPTY_STATE: &[&str] = &["format_version", "terraform_version", "checks"];

/// `values`.
#[derive(Deserialize)]
struct Values<'a> {
    #[serde(borrow)]
    root_module: Option<StateModule<'a>>,
}

/// A module with those inside it.
#[derive(Deserialize)]
struct StateModule<'a> {
    #[serde(borrow, default)]
    resources: Vec<ShownInstance<'a>>,
    #[serde(borrow, default)]
    child_modules: Vec<StateModule<'a>>,
}

/// A resource instance; the values of foreign types are not parsed.
#[derive(Deserialize)]
struct ShownInstance<'a> {
    address: String,
    mode: String,
    r#type: String,
    name: String,
    deposed_key: Option<String>,
    #[serde(borrow)]
    values: Option<&'a RawValue>,
    /// In the shape of the values, `true` for each sensitive one; parsed for grants only.
    #[serde(borrow)]
    sensitive_values: Option<&'a RawValue>,
}

/// A resource of a state file, with all its instances.
#[derive(Deserialize)]
struct Stored<'a> {
    /// Address of the module; absent in the root module.
    module: Option<String>,
    mode: String,
    r#type: String,
    name: String,
    #[serde(borrow, default)]
    instances: Vec<ResourceInstance<'a>>,
}

/// One of them.
#[derive(Deserialize)]
struct ResourceInstance<'a> {
    /// The key of `for_each` or the number of `count`.
    #[serde(default)]
    index_key: Json,
    deposed: Option<String>,
    /// All attributes, sensitive ones too; parsed for grants only.
    #[serde(borrow)]
    attributes: Option<&'a RawValue>,
    /// Paths of the sensitive attributes, each a list of steps such as `{"type": "get_attr", "value": "resource_id"}`; parsed for
    /// grants only.
    #[serde(borrow)]
    sensitive_attributes: Option<&'a RawValue>,
}

/// What both kinds of states say of an instance besides its attributes.
struct StateGrantMarks<'a> {
    grant_type: GrantType,
    address: &'a str,
    is_sensitive: bool,
    is_deposed: bool,
}

impl State {
    /// Reads the output of `terraform show -json` for a state, or a state file. The text may be compressed with gzip, and be
    /// UTF-16 with a byte order mark. Unknown keys are ignored, as the format requires.
    ///
    /// # Errors
    /// If it is something else, is truncated, or holds a grant whose attributes cannot be read.
    pub fn read(json: &[u8]) -> Result<Self, Error> {
        let mut text = Vec::new();
        decode(json)
            .and_then(|mut decoded| decoded.read_to_end(&mut text))
            .map_err(|error| Error::Read(error.to_string()))?;
        let text = std::str::from_utf8(&text).map_err(|_| Error::NotText)?;
        if text.trim().is_empty() {
            return Err(Error::Empty);
        }
        let parts: StateParts<'_> =
            serde_json::from_str(text).map_err(|error| Error::of_json(&error))?;
        let has = |name: &str| parts.contains_key(name);
        if has("planned_values") || has("resource_changes") {
            Err(Error::Plan)
        } else if has("encrypted_data") {
            Err(Error::Encrypted)
        } else if has("format_version") {
            Self::read_shown(&parts)
        } else if has("version") && has("serial") {
            Self::read_stored(&parts)
        } else {
            Err(Error::NotState)
        }
    }

    /// What `terraform show -json` prints.
    fn read_shown(parts: &StateParts<'_>) -> Result<Self, Error> {
        let version: String = part(parts, "format_version")?.unwrap_or_default();
        if version != "1" && !version.starts_with("1.") {
            return Err(Error::FormatVersion(short(&version)));
        }
        let is_empty = || {
            parts
                .keys()
                .all(|name| EMPTY_STATE.contains(&name.as_str()))
        };
        if !parts.contains_key("values") && !is_empty() {
            return Err(Error::NotState);
        }
        let values: Option<Values<'_>> = part(parts, "values")?;
        let root = values.and_then(|values| values.root_module);
        let mut state = Self::default();
        let in_root = root.iter().flat_map(|module| &module.resources);
        state.root_names = in_root.map(|resource| resource.name.clone()).collect();
        let mut modules: Vec<_> = root.into_iter().collect();
        while let Some(module) = modules.pop() {
            for resource in module.resources {
                if let Some(grant_type) = managed_grant(&resource.mode, &resource.r#type) {
                    let marks = json(resource.sensitive_values);
                    state.add(
                        StateGrantMarks {
                            grant_type,
                            address: &resource.address,
                            is_sensitive: attribute::KEY.iter().any(|name| is_marked(&marks, name)),
                            is_deposed: resource.deposed_key.is_some(),
                        },
                        resource.values,
                    )?;
                }
            }
            modules.extend(module.child_modules.into_iter().rev());
        }
        Ok(state)
    }

    /// A state file.
    fn read_stored(parts: &StateParts<'_>) -> Result<Self, Error> {
        let version = parts.get("version").map_or("", |version| version.get());
        if version != "4" {
            return Err(Error::FileVersion(short(version)));
        }
        let resources: Vec<Stored<'_>> = part(parts, "resources")?.unwrap_or_default();
        let mut state = Self::default();
        for resource in resources {
            let own = format!("{}.{}", resource.r#type, resource.name);
            let address = match &resource.module {
                Some(module) => format!("{module}.{own}"),
                None => own,
            };
            if let Some(grant_type) = managed_grant(&resource.mode, &resource.r#type) {
                for instance in &resource.instances {
                    let key = match &instance.index_key {
                        Json::Null => String::new(),
                        key => format!("[{key}]"),
                    };
                    let paths = json(instance.sensitive_attributes);
                    state.add(
                        StateGrantMarks {
                            grant_type,
                            address: &format!("{address}{key}"),
                            is_sensitive: has_key_path(&paths),
                            is_deposed: instance.deposed.is_some(),
                        },
                        instance.attributes,
                    )?;
                }
            }
            if resource.module.is_none() {
                state.root_names.insert(resource.name);
            }
        }
        Ok(state)
    }

    /// Adds an instance of a grant.
    ///
    /// # Errors
    /// `Malformed` if it has no attributes, or an attribute of its key is not text.
    fn add(
        &mut self,
        marks: StateGrantMarks<'_>,
        attributes: Option<&RawValue>,
    ) -> Result<(), Error> {
        let address = text::line(marks.address);
        let attributes = attributes.and_then(|raw| serde_json::from_str(raw.get()).ok());
        let attributes = attributes.filter(has_text_key);
        let attributes: Map<String, Json> = attributes.ok_or_else(|| Error::Malformed {
            element: format!("`{address}` in the state"),
        })?;
        self.grants.push(StateGrant {
            grant_type: marks.grant_type,
            address,
            attributes: Attributes::read(&attributes, &Json::Null, &Json::Null),
            is_sensitive: marks.is_sensitive,
            is_deposed: marks.is_deposed,
        });
        Ok(())
    }
}

/// The grant resource of this mode and type; `None` for data sources and other types.
fn managed_grant(mode: &str, type_name: &str) -> Option<GrantType> {
    GrantType::of(type_name).filter(|_| mode == "managed")
}

/// Whether one of these paths of a state file leads to an attribute of a key, or cannot be read.
fn has_key_path(paths: &Json) -> bool {
    let is_key = |path: &Json| match path.pointer("/0/value") {
        Some(Json::String(name)) => attribute::KEY.contains(&name.as_str()),
        _ => true,
    };
    match paths {
        Json::Array(paths) => paths.iter().any(is_key),
        Json::Null => false,
        _ => true,
    }
}

/// A part of an instance; null if it is absent or malformed.
fn json(raw: Option<&RawValue>) -> Json {
    let value = raw.and_then(|raw| serde_json::from_str(raw.get()).ok());
    value.unwrap_or_default()
}

/// Whether every attribute of a key is text or absent.
fn has_text_key(attributes: &Map<String, Json>) -> bool {
    let keys = attribute::KEY.iter().chain([&attribute::ID]);
    let mut values = keys.filter_map(|name| attributes.get(*name));
    values.all(|value| value.is_string() || value.is_null())
}

/// A top-level member; `None` if it is absent or null.
fn part<'a, T: Deserialize<'a>>(parts: &StateParts<'a>, name: &str) -> Result<Option<T>, Error> {
    let Some(raw) = parts.get(name) else {
        return Ok(None);
    };
    let value: Result<Option<T>, _> = serde_json::from_str(raw.get());
    value.map_err(|_| Error::Malformed {
        element: format!("`{name}` in the state"),
    })
}

/// No longer than a version can be, because it is shown as it is.
fn short(version: &str) -> String {
    text::line(&version.chars().take(20).collect::<String>())
}
