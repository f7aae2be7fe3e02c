//! The configuration: where modules come from, and which project the provider of each of our blocks names.
//!
//! Only a constant or a single variable of the root module is read. Other expressions, and settings that the provider takes
//! from its environment, are not in the plan.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess};
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

use super::super::error::Error;
use super::super::grant_type::attribute;
use super::super::plan::Configuration;
use super::super::value::PlanValue;
use super::entry::{ChangeEntry, Each};
use super::problem::FirstProblem;
use super::shape::{MAX_DEPTH, Shape, Shaped, Strange, skip, small};
use crate::access;

/// The configuration while it is read.
#[derive(Debug, Default)]
pub(super) struct ConfigurationDraft {
    /// Sources without credentials, by the address of the module.
    modules: BTreeMap<String, String>,
    /// Our blocks: their address, and the key of their provider configuration.
    blocks: Vec<(String, String)>,
    /// Projects by the key of the provider configuration, such as `module.team:hwgrants`.
    providers: BTreeMap<String, ProviderProject>,
    /// The variables of the root module that are marked as sensitive.
    sensitive: BTreeSet<String>,
    /// The source addresses of the providers.
    pub(super) sources: BTreeSet<String>,
}

/// How a provider configuration names its project.
#[derive(Debug, PartialEq, Eq)]
enum ProviderProject {
    /// The id itself.
    Constant(String),
    /// The name of a variable of the root module, whose value is in another part of the plan.
    Variable(String),
}

/// A provider configuration.
#[derive(Deserialize)]
struct ProviderConfiguration {
    /// The source address of the provider; absent in plans of older versions of Terraform.
    full_name: Option<String>,
    /// The module that declares it; absent or empty for the root module.
    module_address: Option<String>,
    /// Arguments by name, each a constant or a list of references.
    #[serde(default)]
    expressions: Map<String, Json>,
}

impl ProviderConfiguration {
    /// Its project, if it is a constant or a single variable.
    fn project(&self) -> Option<ProviderProject> {
        let expression = self.expressions.get(attribute::PROJECT_ID)?;
        if let Some(constant) = expression.get("constant_value") {
            return Some(ProviderProject::Constant(constant.as_str()?.to_owned()));
        }
        let references = expression.get("references")?.as_array()?;
        let [Json::String(reference)] = references.as_slice() else {
            return None;
        };
        let variable = reference.strip_prefix("var.")?;
        // Variables of other modules have the same names, and other values.
        let is_root = self.module_address.as_ref().is_none_or(String::is_empty);
        is_root.then(|| ProviderProject::Variable(variable.to_owned()))
    }
}

impl ConfigurationDraft {
    /// The configuration, with these values of the variables of the root module.
    pub(super) fn finish(self, variables: &BTreeMap<String, Json>) -> Configuration {
        let project = |key: &String| match self.providers.get(key)? {
            ProviderProject::Constant(id) => Some(PlanValue::Known(id.as_str().into())),
            ProviderProject::Variable(name) if self.sensitive.contains(name) => {
                Some(PlanValue::Sensitive)
            }
            ProviderProject::Variable(name) => {
                let value = variables.get(name)?.as_str();
                let value = value.filter(|value| is_id(value))?;
                Some(PlanValue::Known(value.into()))
            }
        };
        let blocks = self.blocks.iter();
        let projects = blocks.filter_map(|(address, key)| Some((address.clone(), project(key)?)));
        Configuration {
            projects: projects.collect(),
            modules: self.modules,
            dialects: BTreeMap::new(),
        }
    }
}

/// Whether a variable's value can be the ID of a project, which has 32 hexadecimal digits.
///
/// The plan names the variables of an expression and not the expression: `var.stage == "prod" ? "7b4c" : "90aa"` has a
/// reference to `var.stage`, whose value is no project.
fn is_id(value: &str) -> bool {
    value.len() == 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Expects the whole configuration.
#[derive(Debug)]
pub(super) struct Top<'a> {
    /// Where the parts of the configuration are added.
    pub(super) draft: &'a mut ConfigurationDraft,
    /// Where what it says about accesses is added.
    pub(super) declared: &'a mut access::Configuration,
    pub(super) problem: &'a mut FirstProblem,
}

/// The members of the configuration that are read.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum TopKey {
    ProviderConfig,
    RootModule,
    #[serde(other)]
    Other,
}

impl<'de> Shape<'de> for Top<'_> {
    type Value = ();

    fn map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<()>, A::Error> {
        while let Some(key) = map.next_key()? {
            match key {
                TopKey::ProviderConfig => {
                    let providers: Option<BTreeMap<String, ProviderConfiguration>> =
                        self.problem.part(PLACE, small(&mut map)?);
                    let providers = providers.unwrap_or_default();
                    let sources = providers.values();
                    let sources = sources.filter_map(|provider| provider.full_name.clone());
                    self.draft.sources.extend(sources);
                    let providers = providers.into_iter();
                    let projects =
                        providers.filter_map(|(key, provider)| Some((key, provider.project()?)));
                    self.draft.providers.extend(projects);
                }
                TopKey::RootModule => {
                    let root = ConfigurationModule {
                        draft: &mut *self.draft,
                        declared: self.declared.root_module.get_or_insert_default(),
                        problem: &mut *self.problem,
                        address: String::new(),
                        depth: 0,
                    };
                    let root = map.next_value_seed(Shaped(root))?;
                    self.problem.part(PLACE, root);
                }
                TopKey::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Some(()))
    }
}

/// The part of the plan that is named in an error.
const PLACE: &str = "configuration";

/// Expects a module.
struct ConfigurationModule<'a> {
    draft: &'a mut ConfigurationDraft,
    declared: &'a mut access::Module,
    problem: &'a mut FirstProblem,
    /// Without instance keys; empty for the root module.
    address: String,
    /// How many modules are around it.
    depth: usize,
}

/// The members of a module that are read.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum ModuleKey {
    Resources,
    ModuleCalls,
    Outputs,
    Variables,
    #[serde(other)]
    Other,
}

impl ConfigurationModule<'_> {
    /// The address of something in it.
    fn address(&self, name: &str) -> String {
        match self.address.as_str() {
            "" => name.to_owned(),
            module => format!("{module}.{name}"),
        }
    }

    /// Reads a block.
    fn block(&mut self, entry: &ChangeEntry) -> Result<(), Strange> {
        if let (Some((_, address)), Some(provider)) = (entry.ours()?, &entry.provider) {
            let block = (self.address(address), provider.clone());
            self.draft.blocks.push(block);
        }
        let subject = entry.subject()?;
        let text = |part: &Option<Box<RawValue>>| part.as_ref().map(|raw| raw.get().to_owned());
        self.declared.add_block(
            entry.is_data(),
            subject.type_name,
            entry.name.as_deref().unwrap_or_default(),
            text(&entry.expressions).as_deref(),
            text(&entry.for_each).as_deref(),
            entry.provider.as_deref(),
        );
        Ok(())
    }
}

impl<'de> Shape<'de> for ConfigurationModule<'_> {
    type Value = ();

    fn map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Option<()>, A::Error> {
        if self.depth > MAX_DEPTH {
            skip(map)?;
            return Ok(None);
        }
        while let Some(key) = map.next_key()? {
            match key {
                ModuleKey::Resources => {
                    let mut is_strange = false;
                    let each = |entry: Result<ChangeEntry, Strange>| {
                        let block = entry.and_then(|entry| self.block(&entry));
                        is_strange |= block.is_err();
                    };
                    let read = map.next_value_seed(Shaped(Each(each)))?;
                    if is_strange {
                        self.problem.note(Error::of_part(PLACE));
                    }
                    self.problem.part(PLACE, read);
                }
                ModuleKey::ModuleCalls => {
                    let calls = map.next_value_seed(Shaped(Calls(&mut self)))?;
                    self.problem.part(PLACE, calls);
                }
                ModuleKey::Variables => {
                    let variables = self.problem.part(PLACE, small(&mut map)?);
                    self.declared.variables = variables.unwrap_or_default();
                    if self.address.is_empty() {
                        let variables = self.declared.variables.iter();
                        let sensitive = variables.filter(|(_, variable)| variable.sensitive);
                        let names = sensitive.map(|(name, _)| name.clone());
                        self.draft.sensitive.extend(names);
                    }
                }
                ModuleKey::Outputs => {
                    let outputs = small(&mut map)?;
                    self.declared.outputs = outputs.ok().flatten().unwrap_or_default();
                }
                ModuleKey::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Some(()))
    }
}

/// Expects the calls of modules, by name.
struct Calls<'a, 'b>(&'a mut ConfigurationModule<'b>);

impl<'de> Shape<'de> for Calls<'_, '_> {
    type Value = ();

    fn map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<()>, A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            let address = self.0.address(&format!("module.{name}"));
            let declared = self.0.declared.module_calls.entry(name);
            let call = ModuleCall {
                address,
                draft: &mut *self.0.draft,
                declared: declared.or_default(),
                problem: &mut *self.0.problem,
                depth: self.0.depth + 1,
            };
            let call = map.next_value_seed(Shaped(call))?;
            self.0.problem.part(PLACE, call);
        }
        Ok(Some(()))
    }
}

/// Expects the call of a module.
struct ModuleCall<'a> {
    draft: &'a mut ConfigurationDraft,
    declared: &'a mut access::ModuleCall,
    problem: &'a mut FirstProblem,
    /// The module, without instance keys.
    address: String,
    /// How many modules are around the module.
    depth: usize,
}

/// The members of a module call that are read.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum CallKey {
    Source,
    Expressions,
    ForEachExpression,
    Module,
    #[serde(other)]
    Other,
}

impl<'de> Shape<'de> for ModuleCall<'_> {
    type Value = ();

    fn map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<()>, A::Error> {
        let Self {
            draft,
            declared,
            problem,
            address,
            depth,
        } = self;
        while let Some(key) = map.next_key()? {
            match key {
                CallKey::Source => {
                    let source: Option<String> = problem.part(PLACE, small(&mut map)?);
                    let source = source.map(|source| without_credentials(&source));
                    draft
                        .modules
                        .extend(source.map(|source| (address.clone(), source)));
                }
                CallKey::Expressions => {
                    let expressions = small(&mut map)?;
                    declared.expressions = expressions.ok().flatten().unwrap_or_default();
                }
                CallKey::ForEachExpression => {
                    declared.for_each = small(&mut map)?.ok().flatten();
                }
                CallKey::Module => {
                    let module = ConfigurationModule {
                        draft: &mut *draft,
                        declared: declared.module.get_or_insert_default(),
                        problem: &mut *problem,
                        address: address.clone(),
                        depth,
                    };
                    let module = map.next_value_seed(Shaped(module))?;
                    problem.part(PLACE, module);
                }
                CallKey::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Some(()))
    }
}

/// The source of a module without credentials: without user, and without query parameters other than the version.
///
/// Source: Terraform, "Module Sources": `git::https://USER:TOKEN@host/path.git?ref=v1&sshkey=…`.
fn without_credentials(source: &str) -> String {
    let (address, query) = match source.split_once('?') {
        Some((address, query)) => (address, Some(query)),
        None => (source, None),
    };
    let address = match address.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = host.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}{path}")
        }
        None => address.to_owned(),
    };
    let mut asked = query.into_iter().flat_map(|query| query.split('&'));
    match asked.find(|part| part.starts_with("ref=")) {
        Some(version) => format!("{address}?{version}"),
        None => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_removed_from_module_sources() {
        for (source, expected) in [
            ("./team", "./team"),
            ("../modules/a@b", "../modules/a@b"),
            (
                "app.terraform.io/team/grants/hw",
                "app.terraform.io/team/grants/hw",
            ),
            (
                "git@git.example.com:team/grants.git",
                "git@git.example.com:team/grants.git",
            ),
            (
                "git::https://oauth2:hush@git.example.com/team/grants.git//csms?ref=v1.2&depth=1",
                "git::https://git.example.com/team/grants.git//csms?ref=v1.2",
            ),
            (
                "https://hush:a@b@example.com/a@b.zip",
                "https://example.com/a@b.zip",
            ),
            (
                "git::ssh://git@example.com/a.git?sshkey=hush",
                "git::ssh://example.com/a.git",
            ),
            (
                "s3::https://example.com/a.zip?aws_access_key_id=hush&aws_access_key_secret=hush",
                "s3::https://example.com/a.zip",
            ),
        ] {
            assert_eq!(without_credentials(source), expected, "{source}");
        }
    }
}
