//! `terraform query`: finding what nobody has declared, and taking it under management.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use http::StatusCode;
use hwgrants::cli::terraform::Release;
use hwgrants::sandbox::{
    Fault, FaultAction, GranteeKind, MetadataService, ResourceKind, SandboxResource, SecretState,
    When, World, seed,
};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::Value;

use crate::harness::{PATIENCE, Run, Workspace, in_days};

const GRANT: &str = "csms_grant";
const DELEGATION: &str = "repo_kms_grant";
/// How soon an interrupted query has to be over.
const SOON: Duration = Duration::from_secs(15);
/// Where generated blocks are written.
const GENERATED: &str = "found.tf";

/// A workspace with this query. The first Terraform that asks is 1.14.
fn workspace(query: &str) -> Workspace {
    let workspace = Workspace::on(Release::LATEST);
    workspace.write_file("main.tfquery.hcl", query);
    workspace
}

/// A `list` block.
fn list(type_name: &str, inside: &str) -> String {
    format!("list \"{type_name}\" \"all\" {{\n  provider = hwgrants\n  {inside}\n}}\n")
}

/// Gives a project 40 secrets in use with five grants each: without an end, with one, and past it.
fn add_two_hundred_grants(world: &World) {
    let made_at = world.now();
    let mut secrets = vec![
        seed::SECRET_DB_PASSWORD.to_owned(),
        seed::SECRET_API_KEY.to_owned(),
        seed::SECRET_TLS_CERTIFICATE.to_owned(),
    ];
    for number in secrets.len()..40 {
        let id = format!("{number:08}-95ec-4b0f-8020-a84f3ce931cc");
        let secret = SandboxResource {
            project_id: seed::PROJECT_ID.into(),
            kind: ResourceKind::Secret,
            name: format!("secret-{number}"),
            state: SecretState::Enabled,
            created_at: made_at,
        };
        world.add_resource(&id, secret);
        secrets.push(id);
    }
    let ends = [None, Some(30), Some(-1), Some(0), Some(365)];
    for secret in &secrets {
        for (number, end) in ends.into_iter().enumerate() {
            let end = end.and_then(|days| in_days(days).parse().ok());
            let user = format!("user-{number}");
            let put = world.put_grant(secret, &user, GranteeKind::User, end);
            put.unwrap();
        }
    }
}

/// Lets Ana use the database password.
fn grant_ana(world: &World, end: Option<&str>) {
    let end = end.map(|date| date.parse().unwrap());
    let (secret, ana) = (seed::SECRET_DB_PASSWORD, seed::USER_ANA);
    let put = world.put_grant(secret, ana, GranteeKind::User, end);
    put.unwrap();
}

/// How many requests for this operation have arrived.
fn count(workspace: &Workspace, operation: &str) -> usize {
    let requests = workspace.world().requests();
    let same = requests
        .iter()
        .filter(|request| request.operation == Some(operation));
    same.count()
}

/// The lines of this kind that a query prints as JSON.
#[track_caller]
fn events(workspace: &Workspace, kind: &str) -> Vec<Value> {
    let query = workspace.run(&["query", "-json"]).succeeded();
    let lines = query.stdout.lines();
    let lines = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["type"] == kind).collect()
}

/// What a query finds.
#[track_caller]
fn found(workspace: &Workspace) -> Vec<Value> {
    let events = events(workspace, "list_resource_found");
    let found = events.into_iter();
    found
        .map(|mut event| event["list_resource_found"].take())
        .collect()
}

/// Writes blocks for what a query finds, asserts that they import it and change nothing, and returns them.
#[track_caller]
fn adopt(workspace: &Workspace, count: usize) -> String {
    let written = format!("-generate-config-out={GENERATED}");
    workspace.run(&["query", &written]).succeeded();
    let text = std::fs::read_to_string(workspace.path().join(GENERATED)).unwrap();
    assert_eq!(text.matches("\nimport {").count(), count, "{text}");
    let expected = format!("{count} imported, 0 added, 0 changed, 0 destroyed");
    let writes = workspace.writes_of(|| workspace.apply().succeeded().says(&expected));
    assert!(writes.is_empty(), "{writes:?}");
    workspace.assert_plan_is_empty();
    text
}

#[test]
fn a_query_finds_and_imports_200_grants_without_changes() {
    let workspace = workspace(&list(GRANT, "limit = 1000"));
    add_two_hundred_grants(workspace.world());
    let found = found(&workspace);
    let identities: BTreeSet<_> = found
        .iter()
        .map(|each| each["identity"].to_string())
        .collect();
    assert_eq!((found.len(), identities.len()), (200, 200));
    let looks = count(&workspace, "ListGrants");
    assert_eq!(looks, 41, "one for each secret");
    adopt(&workspace, 200);
}

#[test]
fn found_grants_have_a_readable_name_and_a_minimal_generated_block() {
    let end = in_days(30);
    for name in [GRANT, "hwgrants_csms_grant"] {
        let query = format!(
            "config {{\n    resource_id = \"{}\"\n  }}",
            seed::SECRET_DB_PASSWORD
        );
        let workspace = workspace(&list(name, &query));
        let world = workspace.world();
        grant_ana(world, Some(&end));
        let chen = world.put_grant(
            seed::SECRET_API_KEY,
            seed::USER_CHEN,
            GranteeKind::User,
            None,
        );
        chen.unwrap();

        let found = found(&workspace);
        assert_eq!(found.len(), 1, "{found:?}");
        let expected = format!("db-password: Ana Ruiz until {end}");
        assert_eq!(found[0]["display_name"], expected.as_str());
        let identity = &found[0]["identity"];
        assert_eq!(identity["resource_id"], seed::SECRET_DB_PASSWORD);
        assert_eq!(identity["grantee_target_id"], seed::USER_ANA);
        assert_eq!(identity["region"], seed::REGION);

        let text = adopt(&workspace, 1);
        for written in [
            "type",
            "grantee_type",
            "validity_time",
            "region",
            "project_id",
        ] {
            assert!(text.contains(&format!("  {written} ")), "{written}: {text}");
        }
        for left_out in ["status", "create_time", "uuid", "signature", "timeouts"] {
            assert!(!text.contains(left_out), "{left_out}: {text}");
        }
    }
}

#[test]
fn generated_blocks_do_not_depend_on_provider_region_or_project() {
    let mut workspace = workspace(&list(GRANT, ""));
    grant_ana(workspace.world(), None);
    workspace.unset("HW_AUTH_TOKEN");
    workspace.set("HW_ACCESS_KEY", seed::ACCESS_KEY);
    workspace.set("HW_SECRET_KEY", seed::SECRET_KEY);
    adopt(&workspace, 1);
    workspace.set("HW_REGION_NAME", seed::OTHER_REGION);
    workspace.set("HW_PROJECT_ID", seed::OTHER_PROJECT_ID);
    workspace.assert_plan_is_empty();
}

#[test]
fn a_query_limit_is_respected_and_saves_requests() {
    let workspace = workspace(&list(GRANT, "limit = 3"));
    add_two_hundred_grants(workspace.world());
    assert_eq!(found(&workspace).len(), 3);
    let looks = count(&workspace, "ListGrants");
    assert!(looks <= 3, "{looks}");
}

#[test]
fn an_unlistable_disabled_secret_warns_and_the_others_are_found() {
    let workspace = workspace(&list(GRANT, ""));
    let world = workspace.world();
    grant_ana(world, None);
    let mut quirks = world.quirks();
    quirks.set("pending_list=refused").unwrap();
    world.set_quirks(quirks);
    let query = workspace.run(&["query"]).succeeded();
    let query = query.says("Grants on secret not listed");
    query.says("db-password: Ana Ruiz");
}

#[test]
fn a_query_finds_and_imports_an_existing_delegation() {
    let workspace = workspace(&list(DELEGATION, ""));
    assert!(found(&workspace).is_empty());
    workspace.world().set_delegation(seed::ACCOUNT_ID, true);
    let found = found(&workspace);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["identity"]["tenant_id"], seed::ACCOUNT_ID);
    adopt(&workspace, 1);
}

#[test]
fn a_query_without_credentials_names_a_variable_to_set() {
    let mut workspace = workspace(&list(GRANT, ""));
    workspace.unset("HW_AUTH_TOKEN");
    workspace.world().set_metadata(MetadataService::default());
    let said = workspace.run(&["query"]).failed();
    for words in ["no credentials found", "HW_AUTH_TOKEN"] {
        assert!(said.contains(words), "`{words}` in {said}");
    }
}

#[test]
fn a_denied_list_fails_the_query_and_names_the_operation() {
    let workspace = workspace(&list(GRANT, ""));
    let forbidden = FaultAction::error(StatusCode::FORBIDDEN, "CSM.0403", "Not allowed.");
    let fault = Fault::on("ListGrants", forbidden).endless();
    workspace.world().faults().add(fault);
    let said = workspace.run(&["query"]).failed();
    for words in ["Permission denied", "Error while listing the grants on"] {
        assert!(said.contains(words), "`{words}` in {said}");
    }
}

#[test]
fn c125_an_interrupt_stops_a_query_at_once() {
    let workspace = workspace(&list(GRANT, ""));
    let world = workspace.world();
    add_two_hundred_grants(world);
    let slow = FaultAction::Delay {
        delay: PATIENCE * 2,
        when: When::BeforeEffect,
    };
    world.faults().add(Fault::on("ListGrants", slow).endless());
    let child = workspace
        .command(&["query"])
        .process_group(0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    workspace.wait_for("ListGrants");
    let group = Pid::from_raw(child.id().try_into().unwrap());
    killpg(group, Signal::SIGINT).unwrap();
    let interrupted_at = Instant::now();
    let output = child.wait_with_output().unwrap();
    let took = interrupted_at.elapsed();
    let query = Run::of("query, interrupted", output);
    assert!(took < SOON, "{took:?}: {query}");
    let looks = count(&workspace, "ListGrants");
    assert!(looks <= 8, "{looks}");
}

#[test]
fn a_malformed_query_is_refused_before_any_request() {
    let workspace = workspace(&list(GRANT, "config {\n    resource_id = \"a/b\"\n  }"));
    let said = workspace.run(&["query"]).failed();
    assert!(said.contains("In `resource_id`: The value"), "{said}");
    assert!(workspace.world().requests().is_empty());
}
