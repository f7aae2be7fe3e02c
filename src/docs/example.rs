//! Example files that the documentation pages include.

use std::collections::BTreeMap;

use super::MissingFile;

/// The files of the examples folder: their contents by path, such as `resources/acme_box/resource.tf`.
#[derive(Clone, Debug, Default)]
pub struct Examples(BTreeMap<String, String>);

impl Examples {
    /// Examples with these files.
    #[must_use]
    pub fn new(files: BTreeMap<String, String>) -> Self {
        Self(files)
    }

    /// The contents of a file, if it exists.
    pub(super) fn find(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// The contents of a file.
    ///
    /// # Errors
    /// The file does not exist.
    pub(super) fn get(&self, path: &str) -> Result<&str, MissingFile> {
        self.find(path)
            .ok_or_else(|| MissingFile(format!("examples/{path}")))
    }
}
