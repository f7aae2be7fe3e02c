//! Reads the configuration of a plan, to locate findings and blocks in it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::review::location::{self, LocationScope, ModuleFolder, RootFolders, Texts};
use crate::review::{Report, SourceLocations};

/// Locates the findings and the blocks of a report on one plan, whose configuration is in `chdir`.
///
/// # Errors
/// As [`locate_by_state`].
pub fn locate_findings(
    report: &Report,
    chdir: &Path,
    source_root: Option<&Path>,
) -> io::Result<SourceLocations> {
    let scope = LocationScope::Blocks;
    locate_by_state(report, scope, chdir, &BTreeMap::new(), source_root)
}

/// Locates a report in the configurations in `chdir`, and in the directories of these states.
///
/// File paths are relative to `source_root`; without it, to the nearest parent of `chdir` that contains `.git`, or else to
/// `chdir`. Nothing outside of it is read, not through links either. A folder that cannot be read is ignored, and of a file that
/// cannot be read, is not UTF-8 or is larger than [`location::MAX_BYTES`], all but its name.
///
/// # Errors
/// If `chdir` or `source_root` does not exist, or `chdir` is not below `source_root`.
pub fn locate_by_state(
    report: &Report,
    scope: LocationScope,
    chdir: &Path,
    states: &BTreeMap<String, PathBuf>,
    source_root: Option<&Path>,
) -> io::Result<SourceLocations> {
    let (chdir, source_root) = roots(chdir, source_root)?;
    if !chdir.starts_with(&source_root) {
        let text = format!(
            "the directory is not inside the source root `{}`",
            source_root.display()
        );
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    let folder = |path: &Path| {
        let path = path.canonicalize().ok()?;
        let names = path.strip_prefix(&source_root).ok()?.iter();
        let names = names.map(|name| name.to_str().map(str::to_owned));
        Some(ModuleFolder::new(names.collect::<Option<_>>()?))
    };
    let states = states.iter();
    let states = states.filter_map(|(state, path)| Some((state.clone(), folder(path)?)));
    let roots = RootFolders {
        states: states.collect(),
        unnamed: folder(&chdir),
    };
    let folders = location::folders(report, scope, &roots).into_iter();
    let texts: Texts = folders
        .map(|folder| {
            let texts = texts(&source_root, &folder).unwrap_or_default();
            (folder, texts)
        })
        .collect();
    Ok(SourceLocations::find(report, scope, &roots, &texts))
}

/// The configuration directory, and the root of the sources.
fn roots(chdir: &Path, source_root: Option<&Path>) -> io::Result<(PathBuf, PathBuf)> {
    let chdir = chdir.canonicalize()?;
    let source_root = match source_root {
        Some(folder) => folder.canonicalize()?,
        None => {
            let mut around = chdir.ancestors();
            let repository = around.find(|folder| folder.join(".git").exists());
            repository.unwrap_or(&chdir).to_owned()
        }
    };
    Ok((chdir, source_root))
}

/// The path of a file from the root of the sources, or its name if it is not below that root.
pub fn source_path(path: &Path, chdir: &Path, source_root: Option<&Path>) -> Option<String> {
    let (_, source_root) = roots(chdir, source_root).ok()?;
    let whole = path.canonicalize().ok()?;
    let names = match whole.strip_prefix(&source_root) {
        Ok(inside) => inside.iter().map(|name| name.to_str()).collect(),
        Err(_) => vec![whole.file_name()?.to_str()],
    };
    let names: Option<Vec<&str>> = names.into_iter().collect();
    Some(names?.join("/"))
}

/// Whether a directory has a configuration.
pub fn is_configured(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.any(|name| location::is_configuration(&name))
}

/// The texts of the files of a folder, by name; empty if a file cannot be read.
fn texts(source_root: &Path, folder: &ModuleFolder) -> io::Result<BTreeMap<String, String>> {
    let path = source_root.join(folder.names().join("/"));
    let mut texts = BTreeMap::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        // As for Terraform, a link is a file, whatever it leads to.
        if location::is_configuration(&name) && !entry.file_type()?.is_dir() {
            let text = text(source_root, &entry.path()).unwrap_or_default();
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
