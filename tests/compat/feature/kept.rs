//! Grants whose blocks are renamed.

use std::collections::BTreeSet;
use std::time::Duration;

use hwgrants::sandbox::seed;

use crate::client::Client;
use crate::harness::Workspace;

/// Two more provider configurations.
const ALIASES: &str = "provider \"hwgrants\" {\n  alias = \"one\"\n}\n\nprovider \"hwgrants\" {\n  alias = \"two\"\n}\n\n";

/// Twelve grants by `for_each`, whose keys begin so.
fn twelve(prefix: &str, provider: &str) -> String {
    format!(
        "{ALIASES}resource \"hwgrants_csms_grant\" \"this\" {{\n  provider = {provider}\n  for_each = {{ for number in range(12) : \
         \"{prefix}-${{number}}\" => number }}\n  resource_id = \"{}\"\n  type = \"SECRET\"\n  grantee_type = \"user\"\n  \
         grantee_target_id = \"user-${{each.value}}\"\n}}\n",
        seed::SECRET_DB_PASSWORD
    )
}

fn assert_all_live(workspace: &Workspace) {
    let grants = workspace.world().grants(seed::SECRET_DB_PASSWORD);
    let live: BTreeSet<_> = grants
        .into_keys()
        .map(|grantee| grantee.to_string())
        .collect();
    let users: BTreeSet<_> = (0..12).map(|number| format!("user-{number}")).collect();
    assert_eq!(live, users);
}

/// Applies the second configuration in place of the first one, which must send nothing.
fn assert_nothing_is_sent(
    client: &Client,
    first: &str,
    second: &str,
    parallelism: &str,
    delay: Duration,
) {
    let workspace = client.workspace(first);
    workspace.apply().succeeded();
    workspace.write(second);
    workspace.delay(delay);
    let apply = ["apply", "-input=false", "-auto-approve", parallelism];
    let writes = workspace.writes_of(|| workspace.run(&apply).succeeded());
    workspace.world().faults().clear();
    assert_eq!(writes, [""; 0], "{parallelism} {delay:?}");
    assert_all_live(&workspace);
    workspace.assert_plan_is_empty();
    workspace.destroy().succeeded();
    assert!(
        workspace
            .world()
            .grants(seed::SECRET_DB_PASSWORD)
            .is_empty()
    );
}

/// Renamed alone, and together with the provider configuration.
pub(super) fn renamed(client: &Client) {
    for parallelism in ["-parallelism=1", "-parallelism=10"] {
        for provider in ["hwgrants.one", "hwgrants.two"] {
            for delay in [0, 200] {
                let (first, second) = (twelve("old", "hwgrants.one"), twelve("new", provider));
                let delay = Duration::from_millis(delay);
                assert_nothing_is_sent(client, &first, &second, parallelism, delay);
            }
        }
    }
}

/// A renamed key of a provider's `for_each`: each key is a process of its own.
pub(super) fn provider_key(client: &Client) {
    let config = |prefix: &str| {
        format!(
            "locals {{\n  users = {{ for number in range(12) : \"{prefix}-${{number}}\" => number }}\n}}\n\nprovider \
             \"hwgrants\" {{\n  alias = \"by\"\n  for_each = local.users\n}}\n\nresource \"hwgrants_csms_grant\" \"this\" {{\n  \
             for_each = local.users\n  provider = hwgrants.by[each.key]\n  resource_id = \"{}\"\n  type = \"SECRET\"\n  \
             grantee_type = \"user\"\n  grantee_target_id = \"user-${{each.value}}\"\n}}\n",
            seed::SECRET_DB_PASSWORD
        )
    };
    // The old keys must stay in the provider block for as long as the state has objects of theirs.
    let both = config("new").replace(
        "for_each = local.users\n}",
        "for_each = merge(local.users, { for number in range(12) : \"old-${number}\" => number })\n}",
    );
    let workspace = client.workspace(config("old"));
    workspace.apply().succeeded();
    workspace.write(both);
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert_eq!(writes, [""; 0]);
    assert_all_live(&workspace);
    workspace.write(config("new"));
    workspace.assert_plan_is_empty();
    workspace.destroy().succeeded();
    assert!(
        workspace
            .world()
            .grants(seed::SECRET_DB_PASSWORD)
            .is_empty()
    );
}
