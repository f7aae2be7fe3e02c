//! Reads the configuration of a plan, to locate findings in it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::review::location::{self, ModuleFolder, Texts};
use crate::review::{Report, SourceLocations};

/// Locates the findings of a report in the configuration in `chdir`.
///
/// File paths are relative to `source_root`; without it, to the nearest parent of `chdir` that contains `.git`, or else to
/// `chdir`. Nothing outside of it is read, not through links either. A folder or file that cannot be read, is not UTF-8 or is
/// larger than [`location::MAX_BYTES`] is ignored.
///
/// # Errors
/// If one of the two folders does not exist, or `chdir` is not below `source_root`.
pub fn locate_findings(
    report: &Report,
    chdir: &Path,
    source_root: Option<&Path>,
) -> io::Result<SourceLocations> {
    let chdir = chdir.canonicalize()?;
    let source_root = match source_root {
        Some(folder) => folder.canonicalize()?,
        None => {
            let mut around = chdir.ancestors();
            let repository = around.find(|folder| folder.join(".git").exists());
            repository.unwrap_or(&chdir).to_owned()
        }
    };
    let path = chdir.strip_prefix(&source_root).map_err(|_| {
        let text = format!(
            "the directory is not inside the source root `{}`",
            source_root.display()
        );
        io::Error::new(io::ErrorKind::InvalidInput, text)
    })?;
    let names = path.iter().map(|name| name.to_str().map(str::to_owned));
    let Some(names) = names.collect() else {
        return Ok(SourceLocations::default());
    };
    let root = ModuleFolder::new(names);
    let folders = location::folders(report, &root).into_iter();
    let texts: Texts = folders
        .map(|folder| {
            let texts = texts(&source_root, &folder).unwrap_or_default();
            (folder, texts)
        })
        .collect();
    Ok(SourceLocations::find(report, &root, &texts))
}

/// The texts of the files of a folder, by name.
fn texts(source_root: &Path, folder: &ModuleFolder) -> io::Result<BTreeMap<String, String>> {
    let path = source_root.join(folder.names().join("/"));
    let mut texts = BTreeMap::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if location::is_configuration(&name)
            && let Some(text) = text(source_root, &entry.path())
        {
            texts.insert(name, text);
        }
    }
    Ok(texts)
}

/// The text of a file that may be read.
fn text(source_root: &Path, path: &Path) -> Option<String> {
    let path = path.canonicalize().ok()?;
    // A pipe would be waited for.
    if !path.starts_with(source_root) || !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    // One byte more tells what is too large.
    let limit = u64::try_from(location::MAX_BYTES).ok()? + 1;
    let file = File::open(path).ok()?;
    let length = file.take(limit).read_to_string(&mut text).ok()?;
    (length <= location::MAX_BYTES).then_some(text)
}
