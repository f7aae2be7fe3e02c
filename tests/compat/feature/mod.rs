//! What is tried on each client.
//!
//! A feature of a later Terraform is a line in [`FEATURES`] with the first versions that have it, and a function. Only a
//! line here can be left out of a client's run; what the functions do does not depend on the version.

mod debug;
mod drift;
mod import;
mod kept;
mod lifecycle;
mod refactor;
mod setting;
mod tool;

use hwgrants::cli::terraform::{Product, Version};

use crate::client::Client;

/// Something that a client can do with the provider.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Feature {
    /// What it is called in the report.
    pub(crate) name: &'static str,
    /// First version of Terraform that has it, major and minor; none has it unless set.
    terraform: Option<(u16, u16)>,
    /// First version of OpenTofu that has it; none has it unless set.
    opentofu: Option<(u16, u16)>,
    /// Tries it in workspaces of its own, and panics if anything is not as it should be.
    pub(crate) run: fn(&Client),
}

/// All of them, oldest first.
pub(crate) const FEATURES: &[Feature] = &[
    always("init, validate, schema", tool::check),
    always("provider block with everything", setting::everything),
    always("life of a csms_grant, both names", lifecycle::csms_grant),
    always(
        "life of a repo_kms_grant, both names",
        lifecycle::repo_kms_grant,
    ),
    always("drift detection", drift::refresh_only),
    always("data sources", lifecycle::data_sources),
    always("plan and state as JSON", tool::json),
    always("state without identity", refactor::state_without_identity),
    always("import by command", import::by_command),
    always("interrupted create", lifecycle::interrupted),
    always("plugin in debug mode", debug::many_runs),
    always("renamed blocks", kept::renamed),
    since("import block", (1, 5), Some((1, 6)), import::by_block),
    since(
        "import block of an error",
        (1, 5),
        Some((1, 6)),
        import::as_advised_long,
    ),
    since(
        "generated configuration",
        (1, 5),
        Some((1, 6)),
        import::with_generated_configuration,
    ),
    since("check block", (1, 5), Some((1, 6)), lifecycle::check_block),
    since("terraform test", (1, 6), Some((1, 6)), tool::test),
    // OpenTofu does not take over the states of every Terraform.
    since(
        "state of the oldest release",
        (1, 6),
        None,
        refactor::state_of_the_oldest,
    ),
    since("removed block", (1, 7), Some((1, 7)), refactor::removed),
    since(
        "import block with for_each",
        (1, 7),
        Some((1, 7)),
        import::for_each,
    ),
    // Earlier ones take the provider from the resource's name, whatever `provider` says: hashicorp/terraform#34328 and
    // opentofu/opentofu#1774.
    since(
        "import block, short names",
        (1, 8),
        Some((1, 10)),
        import::by_block_short,
    ),
    since(
        "import block of an error, short names",
        (1, 8),
        Some((1, 10)),
        import::as_advised_short,
    ),
    since(
        "generated configuration, short names",
        (1, 8),
        Some((1, 10)),
        import::with_generated_configuration_short,
    ),
    since(
        "moved block across names",
        (1, 8),
        Some((1, 10)),
        refactor::moved,
    ),
    since(
        "ephemeral token",
        (1, 10),
        Some((1, 11)),
        setting::ephemeral_token,
    ),
    since(
        "import by identity",
        (1, 12),
        Some((1, 12)),
        import::by_identity,
    ),
    since("query", (1, 14), None, import::by_query),
    opentofu_since(
        "for_each of a provider, renamed keys",
        (1, 9),
        kept::provider_key,
    ),
];

const fn always(name: &'static str, run: fn(&Client)) -> Feature {
    since(name, (1, 0), Some((1, 0)), run)
}

const fn since(
    name: &'static str,
    terraform: (u16, u16),
    opentofu: Option<(u16, u16)>,
    run: fn(&Client),
) -> Feature {
    Feature {
        name,
        terraform: Some(terraform),
        opentofu,
        run,
    }
}

const fn opentofu_since(name: &'static str, first: (u16, u16), run: fn(&Client)) -> Feature {
    Feature {
        name,
        terraform: None,
        opentofu: Some(first),
        run,
    }
}

impl Feature {
    /// First version that has it, if one has.
    pub(crate) fn first_in(&self, product: Product) -> Option<(u16, u16)> {
        match product {
            Product::Terraform => self.terraform,
            Product::OpenTofu => self.opentofu,
        }
    }

    /// Whether a client of this version has it.
    pub(crate) fn is_in(&self, version: Version) -> bool {
        self.first_in(version.product)
            .is_some_and(|first| version.is_at_least(first))
    }
}
