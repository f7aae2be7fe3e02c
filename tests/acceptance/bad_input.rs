//! What a practitioner may get wrong: refused at its argument, before any request is sent.

use crate::harness::{Block, Workspace, in_days};

const TYPE: &str = "csms_grant";

/// Plans with one argument set to an expression each, and expects an error with this title at its line.
fn assert_refused(grant: &Block, title: &str, argument: &str, expressions: &[String]) {
    let workspace = Workspace::new();
    for expression in expressions {
        let config = grant.clone().set_to(argument, expression).to_string();
        let line = config
            .lines()
            .position(|line| line.trim_start().starts_with(&format!("{argument} =")))
            .unwrap()
            + 1;
        workspace.write(config);
        let said = workspace.plan().failed();
        for part in [
            format!("Error: {title}"),
            format!("on main.tf line {line}, in resource"),
            format!("{line}: {argument} = "),
        ] {
            assert!(said.contains(&part), "`{part}` for {expression} in: {said}");
        }
    }
    let requests = workspace.world().requests();
    assert!(requests.is_empty(), "{requests:?}");
}

/// Texts as HCL.
fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| format!("{value:?}")).collect()
}

#[test]
fn invalid_type_and_grantee_type_are_rejected_at_their_argument() {
    let grant = Block::grant(TYPE);
    assert_refused(
        &grant,
        "Invalid value",
        "type",
        &texts(&["", "KEY", "SECRETS", "SECRET "]),
    );
    assert_refused(
        &grant,
        "Invalid value",
        "grantee_type",
        &texts(&["", "1", "role", "users"]),
    );
}

#[test]
fn ids_of_invalid_length_are_rejected_at_their_argument() {
    let long = "x".repeat(65);
    for argument in ["resource_id", "grantee_target_id"] {
        assert_refused(
            &Block::grant(TYPE),
            "Invalid value",
            argument,
            &texts(&["", &long]),
        );
    }
}

#[test]
fn an_id_of_maximum_length_is_accepted() {
    let workspace = Workspace::with(Block::grant(TYPE).set("grantee_target_id", &"x".repeat(64)));
    assert_eq!(workspace.plan().code, Some(2));
}

#[test]
fn invalid_region_project_and_tenant_are_rejected_at_their_argument() {
    let (regions, long) = ([" ", "a b", "a/b", "a.example.com"], "x".repeat(65));
    let very_long = "x".repeat(1001);
    for (grant, argument, values) in [
        (Block::grant(TYPE), "region", regions.as_slice()),
        (Block::grant(TYPE), "project_id", &["a/b", ".", "..", &long]),
        (Block::of("repo_kms_grant"), "region", &regions),
        (
            Block::of("repo_kms_grant"),
            "tenant_id",
            &["a\n", "..", &very_long],
        ),
    ] {
        assert_refused(&grant, "Invalid value", argument, &texts(values));
    }
}

/// Terraform complains where what is planned or applied is not what is written.
#[test]
fn empty_region_project_id_and_tenant_id_count_as_unset() {
    for (block, place) in [
        (Block::grant(TYPE), ["region", "project_id"]),
        (Block::of("repo_kms_grant"), ["region", "tenant_id"]),
    ] {
        let [one, other] = place;
        let workspace = Workspace::with(block.clone().set(one, "").set(other, ""));
        workspace.apply().succeeded();
        workspace.assert_plan_is_empty();
        workspace.write(&block);
        workspace.assert_plan_is_empty();
        workspace.destroy().succeeded();
    }
}

#[test]
fn invalid_dates_are_rejected_at_their_argument() {
    let dates = [
        "",
        "soon",
        "2099-02-30",
        "2099-1-31",
        "20990131",
        "31.01.2099",
        "2099-01-31T00:00:00Z",
        "2099-01-31 ",
    ];
    assert_refused(
        &Block::grant(TYPE),
        "Invalid date",
        "validity_time",
        &texts(&dates),
    );
}

#[test]
fn a_past_expiration_date_is_rejected_on_create_and_update() {
    let past = texts(&["2020-01-31", &in_days(-2)]);
    let grant = Block::grant(TYPE);
    assert_refused(
        &grant,
        "Expiration date in the past",
        "validity_time",
        &past,
    );

    let workspace = Workspace::with(grant.clone().set("validity_time", &in_days(30)));
    workspace.apply().succeeded();
    workspace.write(grant.set("validity_time", "2020-01-31"));
    let writes = workspace.writes_of(|| {
        let said = workspace.apply().failed();
        assert!(
            said.contains("Error: Expiration date in the past"),
            "{said}"
        );
    });
    assert!(writes.is_empty(), "{writes:?}");
}

#[test]
fn values_of_the_wrong_type_are_rejected_at_their_argument() {
    let list = ["[]".to_owned()];
    for argument in ["resource_id", "validity_time", "reason"] {
        let title = "Incorrect attribute value type";
        assert_refused(&Block::grant(TYPE), title, argument, &list);
    }
}

#[test]
fn invalid_timeouts_are_rejected_at_their_argument() {
    let workspace = Workspace::new();
    for grant in [Block::grant(TYPE), Block::of("repo_kms_grant")] {
        for (operation, text) in [
            ("create", "5"),
            ("read", "-5m"),
            ("update", "0s"),
            ("delete", "5 minutes"),
        ] {
            let config = grant
                .clone()
                .inside(&format!("timeouts {{\n    {operation} = {text:?}\n  }}"))
                .to_string();
            let line = config
                .lines()
                .position(|line| line.contains(&format!("{operation} = ")))
                .unwrap()
                + 1;
            workspace.write(config);
            let said = workspace.plan().failed();
            assert!(
                said.contains("Error: Invalid duration")
                    && said.contains(&format!("{line}: {operation} = ")),
                "{said}"
            );
        }
    }
    let requests = workspace.world().requests();
    assert!(requests.is_empty(), "{requests:?}");
}

#[test]
fn c94_a_malformed_import_id_names_its_invalid_part() {
    let workspace = Workspace::with(format!(
        "{}{}",
        Block::grant(TYPE),
        Block::of("repo_kms_grant")
    ));
    let (long, grant) = ("s".repeat(65), "csms_grant.this");
    for (address, id, part) in [
        (
            grant,
            "SECRET/s/user",
            "must have 4 or 6 slash-separated parts, but has 3",
        ),
        (grant, "KEY/s/user/u", "`type` is `KEY`"),
        (grant, &format!("SECRET/{long}/user/u"), "`resource_id`"),
        (grant, "SECRET/s/role/u", "`grantee_type` is `role`"),
        (grant, "SECRET/s/user/", "`grantee_target_id`"),
        (grant, "cn_north/p/SECRET/s/user/u", "`region`"),
        (grant, "cn-north-4//SECRET/s/user/u", "`project_id`"),
        (
            "repo_kms_grant.this",
            "a/b/c",
            "must have 1 or 2 slash-separated parts, but has more",
        ),
        ("repo_kms_grant.this", "cn-north-4/", "`tenant_id`"),
        ("repo_kms_grant.this", "cn_north/t", "`region`"),
    ] {
        let said = workspace
            .run(&["import", "-input=false", address, id])
            .failed();
        assert!(
            said.contains("Error: Malformed import ID") && said.contains(part),
            "{id}: {said}"
        );
    }
    let requests = workspace.world().requests();
    assert!(requests.is_empty(), "{requests:?}");
}

#[test]
fn a_missing_region_names_its_argument_and_environment_variable() {
    let mut workspace = Workspace::with(Block::grant(TYPE));
    workspace.unset("HW_REGION_NAME");
    let said = workspace.plan().failed();
    for part in ["`region`", "`HW_REGION_NAME`"] {
        assert!(said.contains(part), "`{part}` in: {said}");
    }
    let requests = workspace.world().requests();
    assert!(requests.is_empty(), "{requests:?}");
}

#[test]
fn invalid_provider_arguments_are_reported_at_their_line() {
    let workspace = Workspace::with(Block::grant(TYPE));
    for (argument, expression) in [
        ("region", "\"no region\""),
        ("project_id", "\"a/b\""),
        ("domain_id", "\"a\\n\""),
        ("token", "\" \""),
        ("max_retries", "-1"),
        ("endpoints", "{ csms = \"no url\" }"),
    ] {
        workspace.provider(&format!("{argument} = {expression}"));
        let plan = workspace.plan();
        assert_eq!(plan.code, Some(1), "{argument} = {expression}: {plan}");
        let said = plan.words();
        assert!(
            said.contains("on provider.tf line 10") && said.contains(&format!("10: {argument} = ")),
            "{argument} = {expression}: {said}"
        );
    }
    let requests = workspace.world().requests();
    assert!(requests.is_empty(), "{requests:?}");
}
