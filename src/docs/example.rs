//! The examples that pages show.

use std::collections::BTreeMap;

use super::MissingFile;

/// The files of the folder of examples: their texts by path, such as `resources/acme_box/resource.tf`.
#[derive(Clone, Debug, Default)]
pub struct Examples(BTreeMap<String, String>);

impl Examples {
    /// These files.
    #[must_use]
    pub fn new(files: BTreeMap<String, String>) -> Self {
        Self(files)
    }

    /// The text of a file, if there is one.
    pub(super) fn find(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// The text of a file.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn get(&self, path: &str) -> Result<&str, MissingFile> {
        self.find(path)
            .ok_or_else(|| MissingFile(format!("examples/{path}")))
    }
}
