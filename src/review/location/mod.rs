//! Source locations of findings: the file, and the lines of the attribute or of the block.
//!
//! Three steps: `address` takes the address of an instance apart, `folder` follows the local modules in it, and
//! `source` has the lines of the blocks. No file is read here: [`folders`] returns the folders to read, the caller reads them,
//! and [`SourceLocations::find`] locates the findings.
//!
//! A location is the nearest one that exists: the attribute; else the head of the block; else, for a block in a remote module or
//! one that is no longer in the configuration, the head of the innermost `module` block around it; else a file of the
//! configuration as a whole. Files in JSON syntax
//! (`.tf.json`) are not read, nor are blocks whose head does not parse.
//!
//! Source: Terraform, "Files and Directories", "Override Files" and "Resource Address Reference".

mod address;
mod folder;
mod item;
mod source;

use std::collections::{BTreeMap, BTreeSet};

use address::ResourceAddress;
pub use folder::{ModuleFolder, is_configuration};
use source::LineIndex;
pub use source::{MAX_BYTES, Position, TextRange};

use super::report::Report;
use crate::review::finding::Finding;

/// The texts of the files of each folder, by name.
pub type Texts = BTreeMap<ModuleFolder, BTreeMap<String, String>>;

/// A location in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceLocation {
    /// The file, from the root of the sources, with `/` between its parts.
    pub file: String,
    /// The part of it; `None` for the whole file.
    pub region: Option<TextRange>,
}

/// The source locations of the findings of a report; empty without its configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceLocations(BTreeMap<FindingKey, SourceLocation>);

/// What a finding is about: a block's address, and an attribute of it.
type FindingKey = (String, Option<&'static str>);

/// The folders that hold the blocks of the findings of a report, whose configuration has this root.
#[must_use]
pub fn folders(report: &Report, root: &ModuleFolder) -> BTreeSet<ModuleFolder> {
    let addresses = report.findings.iter().map(|finding| &finding.address);
    let addresses: BTreeSet<&String> = addresses.collect();
    let addresses = addresses
        .into_iter()
        .filter_map(|text| ResourceAddress::read(text));
    addresses
        .flat_map(|address| address.folders(root, &report.modules))
        .collect()
}

impl SourceLocations {
    /// Locates the findings of a report in these texts, in a configuration with this root.
    #[must_use]
    pub fn find(report: &Report, root: &ModuleFolder, texts: &Texts) -> Self {
        let indexes = texts.iter().map(|(folder, files)| {
            let index = LineIndex::new(files);
            (folder, index)
        });
        let indexes: BTreeMap<&ModuleFolder, LineIndex> = indexes.collect();
        let mut locations = BTreeMap::new();
        for Finding {
            address, attribute, ..
        } in &report.findings
        {
            let Some(parsed) = ResourceAddress::read(address) else {
                continue;
            };
            let folders = parsed.folders(root, &report.modules);
            if let Some(location) = parsed.locate(&folders, *attribute, &indexes) {
                locations.insert((address.clone(), *attribute), location);
            }
        }
        Self(locations)
    }

    /// The source location of a finding, if it has one.
    #[must_use]
    pub fn of(&self, finding: &Finding) -> Option<&SourceLocation> {
        self.0.get(&(finding.address.clone(), finding.attribute))
    }
}

impl ResourceAddress {
    /// The folders of the modules around the block, the root first, as far as they are in the sources.
    fn folders(
        &self,
        root: &ModuleFolder,
        sources: &BTreeMap<String, String>,
    ) -> Vec<ModuleFolder> {
        let mut folders = vec![root.clone()];
        for (count, _) in (1..).zip(&self.modules) {
            let source = self.call(count).and_then(|call| sources.get(&call));
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
    ) -> Option<SourceLocation> {
        let block = folders.get(self.modules.len()).and_then(|folder| {
            let (file, region) = indexes.get(folder)?.find(&self.block, attribute)?;
            Some(SourceLocation {
                file: folder.file(file),
                region: Some(region),
            })
        });
        let calls = self.modules.iter().zip(folders).rev();
        let mut calls = calls.filter_map(|(module, folder)| {
            let call = ["module", module.as_str()].map(str::to_owned);
            let (file, region) = indexes.get(folder)?.find(&call, None)?;
            Some(SourceLocation {
                file: folder.file(file),
                region: Some(region),
            })
        });
        let whole = || {
            let root = folders.first()?;
            Some(SourceLocation {
                file: root.file(indexes.get(root)?.main()?),
                region: None,
            })
        };
        block.or_else(|| calls.next()).or_else(whole)
    }
}

#[cfg(test)]
mod tests;
