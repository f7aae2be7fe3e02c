//! What is tried on each client.
//!
//! A feature of a later Terraform is a line in [`FEATURES`] with the first versions that have it, and a function. Only a
//! line here can be left out of a client's run; what the functions do does not depend on the version.

mod action;
mod debug;
mod drift;
mod encryption;
mod function;
mod import;
mod kept;
mod killed;
mod lifecycle;
mod opentofu;
mod refactor;
mod setting;
mod tool;

use hwgrants::cli::terraform::{Product, Version};

use crate::client::Client;

/// Major, minor and patch of the first version with a feature.
pub(crate) type First = [u16; 3];

/// Something that a client can do with the provider.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Feature {
    /// What it is called in the report, and in README's table. What follows `: ` names a variant, which the table omits.
    pub(crate) name: &'static str,
    /// First version of Terraform that has it; none has it unless set.
    terraform: Option<First>,
    /// First version of OpenTofu that has it; none has it unless set.
    opentofu: Option<First>,
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
    always(
        "life of a repo_encryption_setting, both names",
        lifecycle::repo_encryption_setting,
    ),
    always("drift detection", drift::refresh_only),
    always("data sources", lifecycle::data_sources),
    always("plan and state as JSON", tool::json),
    always("state without identity", refactor::state_without_identity),
    always("import by command", import::by_command),
    always("interrupted create", lifecycle::interrupted),
    always("plugin in debug mode", debug::many_runs),
    always("renamed blocks", kept::renamed),
    always("killed apply", killed::recovers),
    since(
        "`import` block",
        [1, 5, 0],
        Some([1, 6, 0]),
        import::by_block,
    ),
    since(
        "`import` block: from an error",
        [1, 5, 0],
        Some([1, 6, 0]),
        import::as_advised_long,
    ),
    since(
        "`-generate-config-out`",
        [1, 5, 0],
        Some([1, 6, 0]),
        import::with_generated_configuration,
    ),
    since(
        "`check` block",
        [1, 5, 0],
        Some([1, 6, 0]),
        lifecycle::check_block,
    ),
    since(
        "`terraform test`, `tofu test`",
        [1, 6, 0],
        Some([1, 6, 0]),
        tool::test,
    ),
    since(
        "state of Terraform 1.6",
        [1, 6, 0],
        Some([1, 6, 0]),
        refactor::state_of_the_oldest,
    ),
    since(
        "`removed` block with `lifecycle`",
        [1, 7, 0],
        Some([1, 10, 0]),
        refactor::removed,
    ),
    since(
        "`import` block with `for_each`",
        [1, 7, 0],
        Some([1, 7, 0]),
        import::for_each,
    ),
    // Earlier versions take the provider from the resource's name, whatever `provider` says: hashicorp/terraform#34328 and
    // opentofu/opentofu#2336.
    since(
        "`import` block with a short name",
        [1, 8, 0],
        Some([1, 9, 1]),
        import::by_block_short,
    ),
    since(
        "`import` block with a short name: from an error",
        [1, 8, 0],
        Some([1, 9, 1]),
        import::as_advised_short,
    ),
    since(
        "`-generate-config-out` with a short name",
        [1, 8, 0],
        Some([1, 9, 1]),
        import::with_generated_configuration_short,
    ),
    since(
        "`moved` block between the two type names",
        [1, 8, 0],
        Some([1, 10, 0]),
        refactor::moved,
    ),
    since(
        "functions of the provider",
        [1, 8, 0],
        Some([1, 7, 0]),
        function::all,
    ),
    since(
        "ephemeral value as `token`",
        [1, 10, 0],
        Some([1, 11, 0]),
        setting::ephemeral_token,
    ),
    since(
        "`import` block with `identity`",
        [1, 12, 0],
        Some([1, 12, 0]),
        import::by_identity,
    ),
    since("`terraform query`", [1, 14, 0], None, import::by_query),
    since(
        "actions, `terraform apply -invoke`",
        [1, 14, 0],
        None,
        action::revoke,
    ),
    opentofu_since(
        "`removed` block without `lifecycle`, keeps the grant",
        [1, 7, 0],
        opentofu::removed,
    ),
    opentofu_since(
        "`encryption` of state and plan",
        [1, 7, 0],
        encryption::life,
    ),
    opentofu_since(
        "`encryption` of state and plan: of an existing state",
        [1, 7, 0],
        encryption::of_existing_state,
    ),
    opentofu_since(
        "variables in `backend` and in the `source` of a module",
        [1, 8, 0],
        opentofu::early_evaluation,
    ),
    opentofu_since(
        "killed apply: the state lacks grants",
        [1, 7, 0],
        killed::state_lacks_grant,
    ),
    opentofu_since("`-exclude`", [1, 9, 0], opentofu::exclude),
    opentofu_since(
        "`-exclude`: of a renamed block",
        [1, 9, 0],
        opentofu::exclude_renamed,
    ),
    opentofu_since(
        "`for_each` in a `provider` block",
        [1, 9, 0],
        opentofu::provider_for_each,
    ),
    opentofu_since(
        "`for_each` in a `provider` block: renamed keys",
        [1, 9, 0],
        kept::provider_key,
    ),
    opentofu_since(
        "examples: files for OpenTofu",
        [1, 9, 0],
        opentofu::examples,
    ),
    opentofu_since("`enabled` in `lifecycle`", [1, 11, 0], opentofu::enabled),
    opentofu_since(
        "`destroy = false` in the `lifecycle` of a grant",
        [1, 12, 0],
        opentofu::destroy_false,
    ),
];

const fn always(name: &'static str, run: fn(&Client)) -> Feature {
    since(name, [1, 0, 0], Some([1, 0, 0]), run)
}

const fn since(
    name: &'static str,
    terraform: First,
    opentofu: Option<First>,
    run: fn(&Client),
) -> Feature {
    Feature {
        name,
        terraform: Some(terraform),
        opentofu,
        run,
    }
}

const fn opentofu_since(name: &'static str, first: First, run: fn(&Client)) -> Feature {
    Feature {
        name,
        terraform: None,
        opentofu: Some(first),
        run,
    }
}

impl Feature {
    /// First version that has it, if one has.
    pub(crate) fn first_in(&self, product: Product) -> Option<First> {
        match product {
            Product::Terraform => self.terraform,
            Product::OpenTofu => self.opentofu,
        }
    }

    /// Whether every supported version has it.
    pub(crate) fn is_in_all(&self) -> bool {
        self.terraform == Some([1, 0, 0])
    }

    /// Whether a client of this version has it.
    pub(crate) fn is_in(&self, version: Version) -> bool {
        self.first_in(version.product)
            .is_some_and(|first| version.is_at_least(first))
    }
}
