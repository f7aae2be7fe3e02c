//! Grants that Terraform has not made, taken under management.

use hwgrants::sandbox::{GranteeKind, seed};

use crate::client::Client;
use crate::harness::{Block, Workspace, in_days};

/// The names that begin as the provider does.
const LONG: [&str; 2] = ["hwgrants_csms_grant", "hwgrants_repo_kms_grant"];
/// The names that need the `provider` line.
const SHORT: [&str; 2] = ["csms_grant", "repo_kms_grant"];

/// Ana's grant and the delegation exist, and the two blocks would make them.
fn existing(client: &Client, [grant, delegation]: [&str; 2]) -> (Workspace, [Block; 2]) {
    let blocks = [
        Block::grant(grant).set("validity_time", &in_days(30)),
        Block::of(delegation),
    ];
    let workspace = client.workspace(format!("{}{}", blocks[0], blocks[1]));
    let end = in_days(30).parse().ok();
    put_grant(&workspace, seed::USER_ANA, end);
    workspace.world().set_delegation(seed::ACCOUNT_ID, true);
    (workspace, blocks)
}

fn put_grant(workspace: &Workspace, user: &str, end: Option<jiff::civil::Date>) {
    let world = workspace.world();
    let made = world.put_grant(seed::SECRET_DB_PASSWORD, user, GranteeKind::User, end);
    made.unwrap();
}

fn key(user: &str) -> String {
    format!("SECRET/{}/user/{user}", seed::SECRET_DB_PASSWORD)
}

/// As the documentation writes it: with the `provider` line only where the name does not tell the provider.
fn import_block(address: &str, by: &str) -> String {
    let provider = match address.starts_with("hwgrants_") {
        true => "",
        false => "  provider = hwgrants\n",
    };
    format!("import {{\n  to = {address}\n{provider}  {by}\n}}\n")
}

/// Imports what the blocks in `imports` name, and finds nothing else to do, then or later.
#[track_caller]
fn assert_imports_both(workspace: &Workspace, blocks: &[Block; 2], imports: &[String; 2]) {
    let [grant, delegation] = blocks;
    workspace.write(format!("{grant}{delegation}{}", imports.concat()));
    let writes = workspace.writes_of(|| {
        let apply = workspace.apply().succeeded();
        apply.says("2 imported, 0 added, 0 changed, 0 destroyed")
    });
    assert!(writes.is_empty(), "{writes:?}");
    workspace.write(format!("{grant}{delegation}"));
    workspace.assert_plan_is_empty();
}

/// The block in the error about a grant that exists with a different expiry, pasted as it says.
fn as_advised(client: &Client, type_name: &str, provider: Option<&str>) {
    let alias = "provider \"hwgrants\" {\n  alias = \"other\"\n}\n";
    let grant = Block::grant(type_name)
        .of_provider(provider)
        .set("validity_time", &in_days(30));
    let workspace = client.workspace(format!("{alias}{grant}"));
    put_grant(&workspace, seed::USER_ANA, None);
    let refused = workspace.apply();
    assert_eq!(refused.code, Some(1), "{refused}");
    let text = refused.stderr.replace('│', " ");
    let block = &text[text.find("import {").unwrap()..];
    let block = block[..=block.find('}').unwrap()].replace("NAME", "this");
    let provider = provider.map(|provider| format!("provider = {provider}"));
    let comment = "# provider = same as in the resource block, if set there";
    assert!(block.contains(comment), "{block}");
    let block = block.replace(comment, &provider.unwrap_or_default());
    workspace.write(format!("{alias}{grant}\n{block}\n"));
    workspace.apply().succeeded().says("1 imported");
    workspace.write(format!("{alias}{grant}"));
    workspace.assert_plan_is_empty();
}

/// The long name, with and without a `provider` argument, which may name an alias.
pub(super) fn as_advised_long(client: &Client) {
    for provider in [None, Some("hwgrants"), Some("hwgrants.other")] {
        as_advised(client, LONG[0], provider);
    }
}

/// The short name, which needs the argument.
pub(super) fn as_advised_short(client: &Client) {
    for provider in ["hwgrants", "hwgrants.other"] {
        as_advised(client, SHORT[0], Some(provider));
    }
}

/// `terraform import`.
pub(super) fn by_command(client: &Client) {
    let (workspace, [grant, delegation]) = existing(client, SHORT);
    let key = key(seed::USER_ANA);
    let whole = format!("{}/{}/{key}", seed::REGION, seed::PROJECT_ID);
    for id in [key, whole] {
        workspace.forget_state();
        for (block, id) in [(&grant, id.as_str()), (&delegation, seed::ACCOUNT_ID)] {
            let import = workspace.run(&["import", "-input=false", &block.address(), id]);
            import.succeeded();
        }
        workspace.assert_plan_is_empty();
    }
}

/// `import` with `id`, by the long names.
pub(super) fn by_block(client: &Client) {
    import_both(client, LONG);
}

/// The same by the short names.
pub(super) fn by_block_short(client: &Client) {
    import_both(client, SHORT);
}

fn import_both(client: &Client, names: [&str; 2]) {
    let (workspace, blocks) = existing(client, names);
    assert_imports_both(&workspace, &blocks, &imports_by_id(&blocks));
}

fn imports_by_id([grant, delegation]: &[Block; 2]) -> [String; 2] {
    [
        (grant, key(seed::USER_ANA)),
        (delegation, seed::ACCOUNT_ID.to_owned()),
    ]
    .map(|(block, id)| import_block(&block.address(), &format!("id = \"{id}\"")))
}

/// `import` with `identity`.
pub(super) fn by_identity(client: &Client) {
    let (workspace, blocks) = existing(client, SHORT);
    let grant = format!(
        "identity = {{
    type              = \"SECRET\"
    resource_id       = \"{}\"
    grantee_type      = \"user\"
    grantee_target_id = \"{}\"
  }}",
        seed::SECRET_DB_PASSWORD,
        seed::USER_ANA
    );
    let delegation = format!(
        "identity = {{\n    tenant_id = \"{}\"\n  }}",
        seed::ACCOUNT_ID
    );
    let imports = [
        import_block(&blocks[0].address(), &grant),
        import_block(&blocks[1].address(), &delegation),
    ];
    assert_imports_both(&workspace, &blocks, &imports);
}

/// `import` with `for_each`.
pub(super) fn for_each(client: &Client) {
    let users = [seed::USER_ANA, seed::USER_BEN];
    let grants = Block::grant(LONG[0])
        .set_to("for_each", &format!("toset({users:?})"))
        .set_to("grantee_target_id", "each.key");
    let id = format!(
        "for_each = toset({users:?})\n  id = \"{}\"",
        key("${each.key}")
    );
    let workspace = client.workspace(format!(
        "{grants}{}",
        import_block(&format!("{}[each.key]", grants.address()), &id)
    ));
    for user in users {
        put_grant(&workspace, user, None);
    }
    let apply = workspace.apply().succeeded();
    apply.says("2 imported, 0 added, 0 changed, 0 destroyed");
    workspace.assert_plan_is_empty();
}

/// `-generate-config-out` writes blocks of the long names whose plan is the imports and nothing else.
pub(super) fn with_generated_configuration(client: &Client) {
    generate_both(client, LONG);
}

/// The same with the short names.
pub(super) fn with_generated_configuration_short(client: &Client) {
    generate_both(client, SHORT);
}

/// `terraform query` finds grant and delegation, and what it writes imports them and changes nothing.
pub(super) fn by_query(client: &Client) {
    for names in [LONG, SHORT] {
        let (workspace, _) = existing(client, names);
        workspace.write("");
        let lists =
            names.map(|name| format!("list \"{name}\" \"all\" {{\n  provider = hwgrants\n}}\n"));
        workspace.write_file("main.tfquery.hcl", &lists.concat());
        let query = workspace.run(&["query", "-generate-config-out=generated.tf"]);
        query.succeeded();
        let writes = workspace.writes_of(|| {
            let apply = workspace.apply().succeeded();
            apply.says("2 imported, 0 added, 0 changed, 0 destroyed")
        });
        assert!(writes.is_empty(), "{writes:?}");
        workspace.assert_plan_is_empty();
    }
}

fn generate_both(client: &Client, names: [&str; 2]) {
    let (workspace, blocks) = existing(client, names);
    workspace.write(imports_by_id(&blocks).concat());
    let generated = workspace.run(&["plan", "-input=false", "-generate-config-out=generated.tf"]);
    generated.succeeded();
    let apply = workspace.apply().succeeded();
    apply.says("2 imported, 0 added, 0 changed, 0 destroyed");
    workspace.assert_plan_is_empty();
}
