//! The dependency lock file, `.terraform.lock.hcl`: which package of the plugin it accepts.

use hcl_edit::expr::Expression;
use hcl_edit::structure::Body;

use super::{HOSTS, SOURCE};

/// Name of the file, in the folder of a configuration.
pub const FILE: &str = ".terraform.lock.hcl";

/// The entry of the plugin.
#[derive(Debug, PartialEq, Eq)]
pub struct LockedPackage {
    /// The address, which is the label of the block.
    pub address: String,
    /// The version that was selected.
    pub version: String,
    /// Hashes of the packages that are accepted, on any platform.
    pub hashes: Vec<String>,
}

/// The entries of the plugin, one per registry. A text that is no lock file has none: Terraform reports that itself.
pub fn locked_packages(text: &str) -> Vec<LockedPackage> {
    let Ok(body) = text.parse::<Body>() else {
        return Vec::new();
    };
    let addresses = HOSTS.map(|host| format!("{host}/{SOURCE}"));
    body.get_blocks("provider")
        .filter_map(|block| {
            let address = block.labels.first()?.as_str();
            let version = block.body.get_attribute("version")?.value.as_str()?;
            let hashes = block.body.get_attribute("hashes");
            let hashes = hashes.and_then(|hashes| hashes.value.as_array());
            addresses
                .iter()
                .any(|known| known == address)
                .then(|| LockedPackage {
                    address: address.to_owned(),
                    version: version.to_owned(),
                    hashes: hashes
                        .into_iter()
                        .flatten()
                        .filter_map(Expression::as_str)
                        .map(str::to_owned)
                        .collect(),
                })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_plugins_own_entries_are_read() {
        let text = r#"
            # This file is maintained automatically by "terraform init".
            provider "registry.terraform.io/hashicorp/random" {
              version = "3.6.0"
              hashes  = ["h1:other="]
            }
            provider "registry.opentofu.org/hwgrants/hwgrants" {
              version     = "0.1.0"
              constraints = "~> 0.1"
              hashes = [
                "h1:one=",
                "zh:two",
              ]
            }
        "#;
        let expected = LockedPackage {
            address: "registry.opentofu.org/hwgrants/hwgrants".to_owned(),
            version: "0.1.0".to_owned(),
            hashes: vec!["h1:one=".to_owned(), "zh:two".to_owned()],
        };
        assert_eq!(locked_packages(text), [expected]);
        assert!(locked_packages("not { a lock file").is_empty());
    }
}
