//! Source locations of findings: the file, and the lines of the attribute or of the block.
//!
//! Three steps: `address` takes the address of an instance apart, `folder` follows the local modules in it, and
//! `source` has the lines of the blocks in the files that the client of the plan has read. No file is read here: [`folders`] returns the folders to read, the caller reads them,
//! and [`SourceLocations::find`] locates the findings.
//!
//! A location is the nearest one that exists: the attribute; else the head of the block; else, for a block in a remote module or
//! one that is no longer in the configuration, the head of the innermost `module` block around it; else a file of the
//! configuration as a whole. An attribute that an override sets is located there, and the head of the block where it is declared. Of
//! a file in JSON syntax that does not parse, nothing is read, and of one in native syntax all but the blocks whose head does
//! not parse.
//!
//! Source: Terraform, "Files and Directories", "Override Files", "JSON Configuration Syntax" and "Resource Address Reference".

mod address;
mod file_name;
mod folder;
mod item;
mod json;
mod native;
mod position;
mod source;

use std::collections::{BTreeMap, BTreeSet};

use address::ResourceAddress;
pub use file_name::is_configuration;
pub use folder::ModuleFolder;
pub use position::{Position, TextRange};
use source::LineIndex;
pub use source::MAX_BYTES;

use super::report::Report;
use crate::plan_json::dialect::Dialect;
use crate::plan_json::state_name::split_address;
use crate::review::finding::Finding;

/// The texts of the files of each folder, by name: of all that [`is_configuration`], and empty if a file cannot be read. Its name
/// alone can keep OpenTofu from reading another file.
pub type Texts = BTreeMap<ModuleFolder, BTreeMap<String, String>>;

/// A location in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceLocation {
    /// The file, from the root of the sources, with `/` between its parts.
    pub file: String,
    /// The part of it; `None` for the whole file.
    pub region: Option<TextRange>,
}

/// The source locations of the findings of a report, and of its blocks; empty without its configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceLocations {
    located: BTreeMap<FindingKey, SourceLocation>,
    /// By address: the head of the block, or else of the module call around it.
    blocks: BTreeMap<String, SourceLocation>,
    /// The file of the plan, by the name of its state; without a name for a plan that is reviewed alone.
    plans: BTreeMap<String, SourceLocation>,
}

/// The file of a plan that is not in a file.
pub const PLAN: &str = "plan.json";

/// What a finding is about: a block's address, and an attribute of it.
type FindingKey = (String, Option<&'static str>);

/// The root folders of the configurations of a report.
#[derive(Clone, Debug, Default)]
pub struct RootFolders {
    /// By the name of the state.
    pub states: BTreeMap<String, ModuleFolder>,
    /// That of a plan whose state has no name.
    pub unnamed: Option<ModuleFolder>,
}

impl RootFolders {
    /// The root folder of the configuration of a state.
    fn of(&self, state: Option<&str>) -> Option<&ModuleFolder> {
        match state {
            Some(state) => self.states.get(state),
            None => self.unnamed.as_ref(),
        }
    }
}

/// What is located.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocationScope {
    /// The findings alone, which are few.
    Findings,
    /// All blocks in the report as well.
    Blocks,
}

impl LocationScope {
    /// The addresses to locate.
    fn addresses(self, report: &Report) -> BTreeSet<&str> {
        match self {
            Self::Findings => {
                let findings = report.findings.iter();
                findings.map(|finding| finding.address.as_str()).collect()
            }
            Self::Blocks => report.addresses(),
        }
    }
}

/// The folders that hold the blocks to locate, whose configurations have these roots.
#[must_use]
pub fn folders(
    report: &Report,
    scope: LocationScope,
    roots: &RootFolders,
) -> BTreeSet<ModuleFolder> {
    let addresses = scope.addresses(report).into_iter().filter_map(|text| {
        let (state, address) = split_address(text);
        let address = ResourceAddress::read(address)?;
        Some(address.folders(roots.of(state)?, state, &report.modules))
    });
    addresses.flatten().collect()
}

impl SourceLocations {
    /// Locates the findings, and the blocks if they are wanted, in these texts, in configurations with these roots.
    #[must_use]
    pub fn find(report: &Report, scope: LocationScope, roots: &RootFolders, texts: &Texts) -> Self {
        let indexes = texts.iter().map(|(folder, files)| {
            let index = LineIndex::new(files);
            (folder, index)
        });
        let indexes: BTreeMap<&ModuleFolder, LineIndex> = indexes.collect();
        let locate = |address: &str, attribute: Option<&str>| {
            let (state, bare) = split_address(address);
            let parsed = ResourceAddress::read(bare)?;
            let folders = parsed.folders(roots.of(state)?, state, &report.modules);
            let dialect = report.dialects.get(state.unwrap_or_default()).copied();
            parsed.locate(&folders, attribute, &indexes, dialect)
        };
        let located = report.findings.iter().filter_map(|finding| {
            let key = (finding.address.to_string(), finding.attribute);
            Some((key, locate(&finding.address, finding.attribute)?))
        });
        let blocks = match scope {
            LocationScope::Findings => BTreeSet::new(),
            LocationScope::Blocks => report.addresses(),
        };
        let blocks = blocks.into_iter().filter_map(|address| {
            let location = locate(address, None).filter(|location| location.region.is_some());
            Some((address.to_owned(), location?))
        });
        Self {
            located: located.collect(),
            blocks: blocks.collect(),
            plans: BTreeMap::new(),
        }
    }

    /// With the file of the plan of each state, where what has no other location is found.
    #[must_use]
    pub fn with_plans(mut self, files: impl IntoIterator<Item = (Option<String>, String)>) -> Self {
        let plans = files.into_iter().map(|(state, file)| {
            let location = SourceLocation { file, region: None };
            (state.unwrap_or_default(), location)
        });
        self.plans = plans.collect();
        self
    }

    /// The source location of a finding, if it has one: in the configuration or else the file of the plan.
    #[must_use]
    pub fn of(&self, finding: &Finding) -> Option<&SourceLocation> {
        let state = split_address(&finding.address).0.unwrap_or_default();
        self.in_configuration(finding)
            .or_else(|| self.plans.get(state))
    }

    /// The location of a finding in the configuration, if it is found there.
    #[must_use]
    pub fn in_configuration(&self, finding: &Finding) -> Option<&SourceLocation> {
        let key = (finding.address.to_string(), finding.attribute);
        self.located.get(&key)
    }

    /// The blocks of the report that are in the configuration, by address: the head of each, or else of the module call around
    /// it.
    pub fn blocks(&self) -> impl Iterator<Item = (&str, &SourceLocation)> {
        let blocks = self.blocks.iter();
        blocks.map(|(address, location)| (address.as_str(), location))
    }

    /// The file and the first line of a finding, for formats that require both.
    #[must_use]
    pub fn line_of(&self, finding: &Finding) -> (String, u32) {
        match self.of(finding) {
            Some(SourceLocation { file, region }) => {
                let line = region.map_or(1, |region| region.start.line);
                (file.clone(), line)
            }
            None => (PLAN.to_owned(), 1),
        }
    }
}

impl ResourceAddress {
    /// The folders of the modules around the block, the root first, as far as they are in the sources.
    fn folders(
        &self,
        root: &ModuleFolder,
        state: Option<&str>,
        sources: &BTreeMap<String, String>,
    ) -> Vec<ModuleFolder> {
        let prefix = state.map(|state| format!("{state}:")).unwrap_or_default();
        let mut folders = vec![root.clone()];
        for (count, _) in (1..).zip(&self.modules) {
            let call = self.call(count);
            let source = call.and_then(|call| sources.get(&format!("{prefix}{call}")));
            let caller = folders.last();
            let Some(called) = source.and_then(|source| caller?.join(source)) else {
                break;
            };
            folders.push(called);
        }
        folders
    }

    /// The nearest location that exists in these folders.
    fn locate(
        &self,
        folders: &[ModuleFolder],
        attribute: Option<&str>,
        indexes: &BTreeMap<&ModuleFolder, LineIndex>,
        dialect: Option<Dialect>,
    ) -> Option<SourceLocation> {
        let block = folders.get(self.modules.len()).and_then(|folder| {
            let (file, region) = indexes.get(folder)?.find(&self.block, attribute, dialect)?;
            Some(SourceLocation {
                file: folder.file(file),
                region: Some(region),
            })
        });
        let calls = self.modules.iter().zip(folders).rev();
        let mut calls = calls.filter_map(|(module, folder)| {
            let call = ["module", module.as_str()].map(str::to_owned);
            let (file, region) = indexes.get(folder)?.find(&call, None, dialect)?;
            Some(SourceLocation {
                file: folder.file(file),
                region: Some(region),
            })
        });
        let whole = || {
            let root = folders.first()?;
            Some(SourceLocation {
                file: root.file(indexes.get(root)?.main(dialect)?),
                region: None,
            })
        };
        block.or_else(|| calls.next()).or_else(whole)
    }
}

#[cfg(test)]
mod tests;
