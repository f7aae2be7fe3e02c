//! The files of a release, with the names and in the layout that registries require.
//!
//! Source: Terraform documentation, "Publishing Providers", Manually Preparing a Release.

use super::package::{LICENSE, Package, Platform, sha256, zip};
use super::{HOSTS, SOURCE};
use crate::VERSION;

/// Says which protocol the plugin speaks, so that registries need not start it.
const MANIFEST: &str = include_str!("../../terraform-registry-manifest.json");

/// The programs for one platform.
pub struct Build {
    /// The platform.
    pub platform: Platform,
    /// The plugin's binary.
    pub plugin: Vec<u8>,
    /// The tool's binary.
    pub tool: Vec<u8>,
}

/// A file with its name, or path with slashes, and its content.
pub type NamedFile = (String, Vec<u8>);

/// All files of a release but the signature, in order of their names.
///
/// `extras` are files for the archives of the tool, such as completions and man pages, and `sbom` is a software bill of
/// materials in the CycloneDX format. The same input gives the same bytes.
///
/// # Errors
/// A binary cannot be compressed, or `sbom` is not JSON.
pub fn release_files(
    builds: &[Build],
    extras: &[NamedFile],
    sbom: Option<&str>,
) -> std::io::Result<Vec<NamedFile>> {
    let prefix = format!("terraform-provider-hwgrants_{VERSION}");
    let mut files = vec![(format!("{prefix}_manifest.json"), MANIFEST.into())];
    let mut mirror = Vec::new();
    for build in builds {
        let platform = &build.platform;
        let package = Package::new(platform.clone(), &build.plugin)?;
        let name = platform.archive_name();
        for host in HOSTS {
            mirror.push((
                format!("{host}/{SOURCE}/{name}"),
                package.archive().to_vec(),
            ));
        }
        files.push((name, package.archive().to_vec()));
        files.push((
            format!("hwgrants_{VERSION}_{platform}.zip"),
            tool_archive(build, extras)?,
        ));
    }
    files.push((format!("hwgrants_{VERSION}_mirror.zip"), archive(&mirror)?));
    if let Some(sbom) = sbom {
        files.push((
            format!("{prefix}_sbom.cdx.json"),
            reproducible_sbom(sbom)?.into_bytes(),
        ));
    }
    files.sort();
    let sums: String = files
        .iter()
        .map(|(name, content)| format!("{}  {name}\n", sha256(content)))
        .collect();
    files.push((format!("{prefix}_SHA256SUMS"), sums.into_bytes()));
    Ok(files)
}

/// The tool, with the plugin beside it, which `hwgrants install` installs.
fn tool_archive(build: &Build, extras: &[NamedFile]) -> std::io::Result<Vec<u8>> {
    let suffix = build.platform.program_suffix();
    let (tool, plugin) = (
        format!("hwgrants{suffix}"),
        format!("terraform-provider-hwgrants{suffix}"),
    );
    let extras = extras
        .iter()
        .map(|(name, content)| (name.as_str(), &content[..], 0o644));
    let programs = [
        ("LICENSE", LICENSE.as_bytes(), 0o644),
        (&tool, &build.tool, 0o755),
        (&plugin, &build.plugin, 0o755),
    ];
    zip(programs.into_iter().chain(extras))
}

fn archive(files: &[NamedFile]) -> std::io::Result<Vec<u8>> {
    zip(files
        .iter()
        .map(|(name, content)| (name.as_str(), &content[..], 0o644)))
}

/// Without what differs between two runs on the same code: the serial number and the time.
fn reproducible_sbom(sbom: &str) -> std::io::Result<String> {
    let mut sbom: serde_json::Value = serde_json::from_str(sbom)?;
    if let Some(sbom) = sbom.as_object_mut() {
        sbom.remove("serialNumber");
        if let Some(metadata) = sbom
            .get_mut("metadata")
            .and_then(|metadata| metadata.as_object_mut())
        {
            metadata.remove("timestamp");
        }
    }
    Ok(format!("{sbom:#}\n"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::{Cursor, Read};

    use zip::ZipArchive;

    use super::*;

    fn release() -> BTreeMap<String, Vec<u8>> {
        let builds = ["linux_amd64", "windows_amd64"].map(|platform| Build {
            platform: Platform::parse(platform).unwrap(),
            plugin: format!("plugin for {platform}").into_bytes(),
            tool: format!("tool for {platform}").into_bytes(),
        });
        let extras = [("man/hwgrants.1".to_owned(), b".TH".to_vec())];
        let sbom =
            r#"{"serialNumber": "urn:uuid:1", "metadata": {"timestamp": "now", "tools": []}}"#;
        release_files(&builds, &extras, Some(sbom))
            .unwrap()
            .into_iter()
            .collect()
    }

    /// The files of an archive with their contents.
    fn unpack(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
        let mut zip = ZipArchive::new(Cursor::new(archive)).unwrap();
        (0..zip.len())
            .map(|index| {
                let mut file = zip.by_index(index).unwrap();
                let mut content = Vec::new();
                file.read_to_end(&mut content).unwrap();
                (file.name().unwrap().into_owned(), content)
            })
            .collect()
    }

    #[test]
    fn a_release_has_the_names_that_registries_require() {
        let files = release();
        let names: Vec<_> = files
            .keys()
            .map(|name| name.replace(VERSION, "V"))
            .collect();
        assert_eq!(
            names,
            [
                "hwgrants_V_linux_amd64.zip",
                "hwgrants_V_mirror.zip",
                "hwgrants_V_windows_amd64.zip",
                "terraform-provider-hwgrants_V_SHA256SUMS",
                "terraform-provider-hwgrants_V_linux_amd64.zip",
                "terraform-provider-hwgrants_V_manifest.json",
                "terraform-provider-hwgrants_V_sbom.cdx.json",
                "terraform-provider-hwgrants_V_windows_amd64.zip",
            ]
        );
    }

    #[test]
    fn the_checksums_cover_every_other_file() {
        let files = release();
        let sums = &files[&format!("terraform-provider-hwgrants_{VERSION}_SHA256SUMS")];
        let sums = String::from_utf8(sums.clone()).unwrap();
        assert_eq!(sums.lines().count(), files.len() - 1);
        for line in sums.lines() {
            let (sum, name) = line.split_once("  ").unwrap();
            assert_eq!(sha256(&files[name]), sum, "{name}");
        }
    }

    #[test]
    fn the_archives_contain_what_their_names_promise() {
        let files = release();
        let tool = unpack(&files[&format!("hwgrants_{VERSION}_windows_amd64.zip")]);
        let names: Vec<_> = tool.keys().map(String::as_str).collect();
        let expected = [
            "LICENSE",
            "hwgrants.exe",
            "man/hwgrants.1",
            "terraform-provider-hwgrants.exe",
        ];
        assert_eq!(names, expected);
        assert_eq!(tool["hwgrants.exe"], b"tool for windows_amd64");

        let mirror = unpack(&files[&format!("hwgrants_{VERSION}_mirror.zip")]);
        assert_eq!(mirror.len(), 2 * HOSTS.len());
        for (path, archive) in mirror {
            let (_, name) = path.rsplit_once('/').unwrap();
            assert!(files[name] == archive, "{path}");
        }
    }

    #[test]
    fn two_releases_of_the_same_builds_are_equal() {
        assert!(release() == release());
        let name = format!("terraform-provider-hwgrants_{VERSION}_sbom.cdx.json");
        let sbom = String::from_utf8(release()[&name].clone()).unwrap();
        assert!(
            !sbom.contains("serialNumber") && !sbom.contains("timestamp"),
            "{sbom}"
        );
        assert!(sbom.contains("tools"), "{sbom}");
    }
}
