//! Which client made the plan: its version and the registries of its providers show it.
//!
//! Source: OpenTofu, "Files and Directories", "Extension Precedence"; `.tofu` files are read since OpenTofu 1.8.

use super::super::dialect::Dialect;

/// What the plan shows of its client.
#[derive(Debug, Default)]
pub(super) struct DialectDraft {
    /// Major and minor version of the client.
    version: Option<(u32, u32)>,
    has_terraform: bool,
    has_opentofu: bool,
}

/// The first version of any client that reads `.tofu` files.
const FIRST_TOFU: (u32, u32) = (1, 8);

impl DialectDraft {
    /// Notes the version of the client, such as `1.11.4` or `1.9.0-beta1`.
    pub(super) fn add_version(&mut self, version: &str) {
        let mut numbers = version.split('.').map(str::parse);
        if let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) {
            self.version = Some((major, minor));
        }
    }

    /// Notes the source address of a provider, such as `registry.opentofu.org/hashicorp/random`.
    pub(super) fn add_provider(&mut self, source: &str) {
        match source.split_once('/') {
            Some(("registry.terraform.io", _)) => self.has_terraform = true,
            Some(("registry.opentofu.org", _)) => self.has_opentofu = true,
            // A private registry serves both, and `terraform.io/builtin/terraform` is in both.
            _ => {}
        }
    }

    /// The dialect; `None` if the plan does not show it.
    pub(super) fn finish(&self) -> Option<Dialect> {
        if self.version.is_some_and(|version| version < FIRST_TOFU) {
            return Some(Dialect::Terraform);
        }
        match (self.has_terraform, self.has_opentofu) {
            (true, false) => Some(Dialect::Terraform),
            (false, true) => Some(Dialect::OpenTofu),
            // A configuration can name the registry of the other client: with both, either client is possible.
            (true, true) | (false, false) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dialect_is_that_of_the_registry_unless_the_client_is_older_than_tofu_files() {
        let (terraform, opentofu) = (Some(Dialect::Terraform), Some(Dialect::OpenTofu));
        let own = "registry.terraform.io/hwgrants/hwgrants";
        let tofu = "registry.opentofu.org/huaweicloud/huaweicloud";
        let private = "registry.example/local/hwgrants";
        let builtin = "terraform.io/builtin/terraform";
        for (version, providers, expected) in [
            (Some("1.11.4"), &[own, builtin][..], terraform),
            (Some("1.12.6-dev"), &[private, tofu], opentofu),
            (None, &[tofu], opentofu),
            (Some("1.8.0-alpha1"), &[tofu], opentofu),
            (Some("1.7.10"), &[tofu], terraform),
            (Some("1.0.11"), &[private], terraform),
            (Some("1.11.4"), &[private, builtin], None),
            (Some("1.11.4"), &[own, tofu], None),
            (Some("later"), &[], None),
            (Some("10.0.0"), &["registry.opentofu.org"], None),
        ] {
            let mut draft = DialectDraft::default();
            version.iter().for_each(|it| draft.add_version(it));
            providers.iter().for_each(|it| draft.add_provider(it));
            assert_eq!(draft.finish(), expected, "{version:?} {providers:?}");
        }
    }
}
