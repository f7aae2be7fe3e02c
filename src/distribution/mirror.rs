//! A provider mirror on disk that holds this build of the plugin, and the CLI configuration that points to it.
//!
//! With it `terraform init` installs the plugin as it would from a registry, offline and without the warning that
//! development overrides print on every command.
//!
//! Source: Terraform documentation, "CLI Configuration File", Provider Installation.

use std::env::consts::{ARCH, EXE_SUFFIX, OS};
use std::path::Path;
use std::{fs, io};

/// Name of the CLI configuration in the folder, for `TF_CLI_CONFIG_FILE`.
pub const CONFIG_FILE: &str = "terraform.rc";

/// Folder of the mirror in the folder.
const MIRROR: &str = "plugins";

/// What `hwgrants/hwgrants` means: to Terraform, and to OpenTofu.
const HOSTS: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// Writes the mirror and `terraform.rc` into `folder`, which must exist and be absolute. Repeatable: the latest plugin wins.
///
/// The plugin is copied rather than linked, so that a build that comes later does not change what a lock file has a
/// checksum of.
///
/// # Errors
/// Those of the file system; `NotFound` also if there is no plugin.
pub fn create(folder: &Path, plugin: &Path) -> io::Result<()> {
    let mirror = folder.join(MIRROR);
    if mirror.exists() {
        fs::remove_dir_all(&mirror)?;
    }
    let version = env!("CARGO_PKG_VERSION");
    let mut source = plugin.to_path_buf();
    for host in HOSTS {
        let package = mirror
            .join(host)
            .join("hwgrants/hwgrants")
            .join(version)
            .join(platform());
        fs::create_dir_all(&package)?;
        let target = package.join(format!(
            "terraform-provider-hwgrants_v{version}{EXE_SUFFIX}"
        ));
        if source == plugin || fs::hard_link(&source, &target).is_err() {
            fs::copy(&source, &target)?;
        }
        source = target;
    }
    fs::write(folder.join(CONFIG_FILE), config(&mirror))
}

/// The CLI configuration: providers come from the mirror and from nowhere else.
fn config(mirror: &Path) -> String {
    // A JSON string is an HCL string, but for the two template marks.
    let path = serde_json::Value::from(mirror.to_string_lossy())
        .to_string()
        .replace("${", "$${")
        .replace("%{", "%%{");
    format!("provider_installation {{\n  filesystem_mirror {{\n    path = {path}\n  }}\n}}\n")
}

/// This machine in Go's words, `linux_amd64`.
fn platform() -> String {
    let os = match OS {
        "macos" => "darwin",
        os => os,
    };
    let arch = match ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        arch => arch,
    };
    format!("{os}_{arch}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mirror_contains_the_plugin_for_terraform_and_opentofu() {
        let folder = tempfile::tempdir().unwrap();
        let plugin = folder.path().join("built");
        for content in ["first", "second"] {
            fs::write(&plugin, content).unwrap();
            create(folder.path(), &plugin).unwrap();
            for host in HOSTS {
                let version = env!("CARGO_PKG_VERSION");
                let package = folder
                    .path()
                    .join("plugins")
                    .join(host)
                    .join("hwgrants/hwgrants")
                    .join(version);
                let binary = package.join(platform()).join(format!(
                    "terraform-provider-hwgrants_v{version}{EXE_SUFFIX}"
                ));
                assert_eq!(fs::read_to_string(binary).unwrap(), content);
            }
        }
    }

    #[test]
    fn the_mirror_path_is_escaped_for_hcl() {
        let config = config(Path::new("/home/a \"b\"/${c}/%{d}"));
        assert!(
            config.contains(r#"path = "/home/a \"b\"/$${c}/%%{d}""#),
            "{config}"
        );
    }
}
