//! A filesystem mirror: a folder from which `terraform init` installs the plugin as from a registry, offline.
//!
//! Packed, it contains zip archives, as registries do. An unpacked copy would save the packing, but Terraform links to it
//! instead of copying it, and concurrent runs of `init` with a shared plugin cache then disturb each other.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::package::{Package, Platform};
use super::{HOSTS, SOURCE, cli_configuration};
use crate::VERSION;

/// Name of the CLI configuration that [`create`] writes, for `TF_CLI_CONFIG_FILE`.
pub const CONFIG_FILE: &str = "terraform.rc";

/// Begins the names of files that an interrupted run leaves behind.
const TEMPORARY_PREFIX: &str = ".hwgrants-install-";

/// The mirror that [`create`] writes.
const UNPACKED: &str = "plugins";

/// Writes an unpacked mirror and `terraform.rc` into `folder`, which must exist and be absolute. Repeatable: the latest
/// plugin replaces earlier ones.
///
/// Quicker than [`install`] and meant for a single user: the demo and the tests. The plugin is copied rather than
/// linked, so that a later build does not change what a lock file has a checksum of.
///
/// # Errors
/// Those of the file system; `NotFound` also if there is no plugin.
pub fn create(folder: &Path, plugin: &Path) -> io::Result<()> {
    let mirror = folder.join(UNPACKED);
    if mirror.exists() {
        fs::remove_dir_all(&mirror)?;
    }
    let platform = Platform::current();
    let mut source = plugin.to_path_buf();
    for provider in provider_folders(&mirror) {
        let package = provider.join(VERSION).join(platform.to_string());
        fs::create_dir_all(&package)?;
        let target = package.join(platform.binary_name());
        if source == plugin || fs::hard_link(&source, &target).is_err() {
            fs::copy(&source, &target)?;
        }
        source = target;
    }
    let config = cli_configuration::exclusive_mirror(&mirror);
    fs::write(folder.join(CONFIG_FILE), config)
}

/// Writes a package into the mirror at `root`, for Terraform and for OpenTofu. Returns the paths of the archives.
///
/// Replaces the package of the same version and platform in one step, so that a concurrent `terraform init` reads either
/// the old archive or the new one.
///
/// # Errors
/// Those of the file system.
pub fn install(root: &Path, package: &Package) -> io::Result<Vec<PathBuf>> {
    // All are written before the first one appears, so that a full disk changes nothing.
    let written = provider_folders(root).into_iter().map(|folder| {
        let mut file = temporary_file(&folder)?;
        file.write_all(package.archive())?;
        set_readable(file.as_file())?;
        Ok((file, folder.join(package.platform().archive_name())))
    });
    let written: Vec<_> = written.collect::<io::Result<_>>()?;
    written
        .into_iter()
        .map(|(file, path)| {
            file.persist(&path)?;
            Ok(path)
        })
        .collect()
}

/// A file in a folder, which is created. Twice if necessary, because a concurrent removal may delete the empty folder.
fn temporary_file(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let create = || {
        fs::create_dir_all(folder)?;
        tempfile::Builder::new()
            .prefix(TEMPORARY_PREFIX)
            .tempfile_in(folder)
    };
    match create() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(),
        created => created,
    }
}

/// Removes every archive of the plugin from the mirror at `root`, and the folders that are empty afterwards; `root` itself
/// stays, because a CLI configuration may name it. Returns the paths of the archives that were removed.
///
/// # Errors
/// Those of the file system; a mirror that does not exist has no archives.
pub fn uninstall(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut removed = Vec::new();
    for folder in provider_folders(root) {
        for path in entries(&folder)? {
            let name = path.file_name().unwrap_or_default();
            let is_archive = is_archive(name);
            let is_left_behind = name.to_string_lossy().starts_with(TEMPORARY_PREFIX);
            if is_archive || is_left_behind {
                match fs::remove_file(&path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
            if is_archive {
                removed.push(path);
            }
        }
        let in_mirror = folder
            .ancestors()
            .take_while(|path| path.starts_with(root) && *path != root);
        for folder in in_mirror {
            // Stops at the first folder that still contains something.
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }
    Ok(removed)
}

/// The other providers in the mirror at `root`, as `NAMESPACE/TYPE`.
pub fn other_providers(root: &Path) -> Vec<String> {
    let below = |folder: &Path| entries(folder).unwrap_or_default();
    let mut names: Vec<String> = below(root)
        .iter()
        .flat_map(|host| below(host))
        .flat_map(|namespace| below(&namespace))
        .filter(|provider| provider.is_dir())
        .filter_map(|provider| {
            let mut names = provider.iter().rev();
            let (name, namespace) = (names.next()?.to_str()?, names.next()?.to_str()?);
            Some(format!("{namespace}/{name}"))
        })
        .filter(|name| name != SOURCE)
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The packages of the plugin in the mirror at `root`: archives, and folders of unpacked packages, with their versions.
/// Only those for `platform`.
///
/// # Errors
/// Those of the file system; a mirror that does not exist has no packages.
pub fn packages(root: &Path, platform: &Platform) -> io::Result<Vec<(String, PathBuf)>> {
    let mut packages = Vec::new();
    for folder in provider_folders(root) {
        for path in entries(&folder)? {
            let Some(name) = path.file_name().and_then(OsStr::to_str) else {
                continue;
            };
            let unpacked = path.join(platform.to_string());
            if unpacked.is_dir() {
                packages.push((name.to_owned(), unpacked));
            } else if let Some(version) = archive_version(name, platform) {
                packages.push((version.to_owned(), path));
            }
        }
    }
    packages.sort();
    Ok(packages)
}

/// The platforms that the mirror at `root` has packages of the plugin for, in alphabetical order.
///
/// # Errors
/// Those of the file system; a mirror that does not exist has no packages.
pub fn platforms(root: &Path) -> io::Result<Vec<String>> {
    let mut platforms = Vec::new();
    for folder in provider_folders(root) {
        for path in entries(&folder)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() {
                let unpacked = entries(&path)?;
                let names = unpacked
                    .iter()
                    .filter_map(|path| path.file_name()?.to_str());
                platforms.extend(names.filter_map(Platform::parse));
            } else if let Some(stem) = name.strip_suffix(".zip")
                && is_archive(OsStr::new(&*name))
            {
                let mut parts = stem.rsplitn(3, '_');
                let (arch, os) = (parts.next(), parts.next());
                let text = format!("{}_{}", os.unwrap_or_default(), arch.unwrap_or_default());
                platforms.extend(Platform::parse(&text));
            }
        }
    }
    let mut platforms: Vec<_> = platforms.iter().map(ToString::to_string).collect();
    platforms.sort();
    platforms.dedup();
    Ok(platforms)
}

/// The folders of the provider in the mirror at `root`, one per registry.
fn provider_folders(root: &Path) -> Vec<PathBuf> {
    HOSTS
        .iter()
        // Part by part, because the path is shown, and Windows has other separators.
        .map(|host| {
            SOURCE
                .split('/')
                .fold(root.join(host), |path, part| path.join(part))
        })
        .collect()
}

/// What a folder contains; nothing if it does not exist.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Whether this is the name of an archive of the plugin, of any version and platform.
fn is_archive(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| {
        name.starts_with("terraform-provider-hwgrants_") && name.ends_with(".zip")
    })
}

/// The version in the name of an archive for `platform`.
fn archive_version<'a>(name: &'a str, platform: &Platform) -> Option<&'a str> {
    name.strip_prefix("terraform-provider-hwgrants_")?
        .strip_suffix(&format!("_{platform}.zip"))
}

/// Temporary files are for their owner alone; other users of a shared mirror read archives too.
#[cfg(unix)]
fn set_readable(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn set_readable(_: &fs::File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unpacked_mirror_contains_the_latest_plugin_for_terraform_and_opentofu() {
        let folder = tempfile::tempdir().unwrap();
        let plugin = folder.path().join("built");
        let platform = Platform::current();
        for content in ["first", "second"] {
            fs::write(&plugin, content).unwrap();
            create(folder.path(), &plugin).unwrap();
            for provider in provider_folders(&folder.path().join(UNPACKED)) {
                let package = provider.join(VERSION).join(platform.to_string());
                let binary = package.join(platform.binary_name());
                assert_eq!(fs::read_to_string(binary).unwrap(), content);
            }
        }
    }

    #[test]
    fn installing_replaces_the_archives_and_uninstalling_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("a/plugins");
        let platform = Platform::current();
        for binary in [b"one", b"two"] {
            let package = Package::new(platform.clone(), binary).unwrap();
            let paths = install(&root, &package).unwrap();
            assert_eq!(paths.len(), HOSTS.len());
            for path in &paths {
                assert!(fs::read(path).unwrap() == package.archive());
            }
            let found = packages(&root, &platform).unwrap();
            let expected: Vec<_> = paths
                .into_iter()
                .map(|path| (VERSION.to_owned(), path))
                .collect();
            assert_eq!(found.len(), 2);
            assert!(
                expected.iter().all(|package| found.contains(package)),
                "{found:?}"
            );
        }
        let provider = root.join(HOSTS[0]).join(SOURCE);
        fs::write(provider.join(format!("{TEMPORARY_PREFIX}x")), "").unwrap();
        assert_eq!(uninstall(&root).unwrap().len(), HOSTS.len());
        assert_eq!(fs::read_dir(&root).unwrap().count(), 0);
        assert!(uninstall(&root).unwrap().is_empty());
    }

    #[test]
    fn uninstalling_keeps_what_others_put_into_the_mirror() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let package = Package::new(Platform::current(), b"binary").unwrap();
        install(root, &package).unwrap();
        let foreign = root
            .join(HOSTS[0])
            .join("acme/toy/terraform-provider-toy_1.0.0.zip");
        fs::create_dir_all(foreign.parent().unwrap()).unwrap();
        fs::write(&foreign, "").unwrap();
        assert_eq!(other_providers(root), ["acme/toy"]);
        uninstall(root).unwrap();
        assert!(foreign.exists());
        assert!(!root.join(HOSTS[1]).exists());
        assert!(!root.join(HOSTS[0]).join("hwgrants").exists());
    }

    #[test]
    fn packages_of_other_versions_and_unpacked_ones_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let platform = Platform::parse("linux_amd64").unwrap();
        let provider = root.join(HOSTS[0]).join(SOURCE);
        fs::create_dir_all(provider.join("0.9.0/linux_amd64")).unwrap();
        fs::create_dir_all(provider.join("0.8.0/windows_amd64")).unwrap();
        for name in ["1.2.3-beta1_linux_amd64", "1.2.3_linux_arm64"] {
            fs::write(
                provider.join(format!("terraform-provider-hwgrants_{name}.zip")),
                "",
            )
            .unwrap();
        }
        let found = packages(root, &platform).unwrap();
        let versions: Vec<_> = found.iter().map(|(version, _)| version.as_str()).collect();
        assert_eq!(versions, ["0.9.0", "1.2.3-beta1"]);
        let expected = ["linux_amd64", "linux_arm64", "windows_amd64"];
        assert_eq!(platforms(root).unwrap(), expected);
    }
}
