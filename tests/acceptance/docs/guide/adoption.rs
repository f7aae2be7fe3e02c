//! The pages on grants that exist already: undeclared, or declared elsewhere.

use super::{PROVIDER, Reader, ana};
use crate::harness::in_days;

pub(super) fn adopt_existing_grants(reader: &mut Reader) {
    reader.replaces("2026-11-29", in_days(0));
    reader.writes("main.tf", PROVIDER);
    reader.enters_sandbox();
    reader.does("terraform init");
    // The section at the end creates what the page finds.
    reader
        .runs("secret=\"$HWGRANTS_ENDPOINT/_sandbox/grants/43d643d2-95ec-4b0f-8020-a84f3ce931cc\"");

    let printed = reader.runs("terraform show -json | hwgrants audit -");
    reader.shows(
        "EXPIRY      SECRET                       GRANTEE        CREATED     ID",
        &printed,
    );
    for team in ["team-a", "team-b"] {
        reader.does(&format!("mkdir {team} && cp main.tf {team}"));
        reader.does(&format!("terraform -chdir={team} init"));
    }
    reader.runs("terraform -chdir=team-a show -json > a.json");
    reader.runs("hwgrants audit a.json b.json --format markdown > audit.md");
    let markdown = reader.file("audit.md");
    assert!(markdown.contains("### Undeclared grants ("), "{markdown}");
    reader.runs("terraform show -json | hwgrants audit - --format import > found.tf");
    let found = reader.file("found.tf");
    assert!(
        found.contains(&reader.configuration("# db-password: Ben Okafor")),
        "{found}"
    );

    reader.runs("terraform show -json | hwgrants audit - --secret e6a40f5d-7c29-4b18-a3d6-92f5081be7c4 --format import > billing.tf");

    reader.writes("grants.tfquery.hcl", reader.configuration("list \""));
    reader.does("mkdir query && cp main.tf *.tfquery.hcl query && cd query");
    reader.does("terraform init");
    reader.runs("terraform query");
    let queried = reader.file("query/grants.tf");
    assert_eq!(queried.matches("\nimport {").count(), 4, "{queried}");
    reader.does("cd .. && rm -r query grants.tfquery.hcl");

    // The group is written as a user, until its two places are changed.
    let groups = reader.configuration("db_password_on_call");
    let found = found.replace(&groups.replace("group", "user"), &groups);
    assert!(found.contains(&groups), "{found}");
    reader.writes("found.tf", &found);
    let printed = reader.runs("terraform plan -out=plan.out");
    assert!(
        printed.contains("imported: access already exists"),
        "{printed}"
    );
    reader.shows(
        "No change of access in the reviewed types. 4 grants are unchanged.",
        &printed,
    );
    reader.runs("terraform apply plan.out");

    // A grant that exists already, with another date.
    reader.does(&format!(
        "curl -X PUT \"$HWGRANTS_ENDPOINT/_sandbox/grants/{}\" -d '{{\"validity_date\": \"2099-12-31\"}}'",
        "43d643d2-95ec-4b0f-8020-a84f3ce931cc/20260105091512481-4F1A-1B2C3D4E5"
    ));
    reader.writes("ana.tf", ana("2099-06-30"));
    let printed = reader.does("! terraform apply");
    reader.shows("Error: Grant already exists", &printed);
    reader.writes(
        "ana.tf",
        reader.configuration("hwgrants_csms_grant.ana\n  id"),
    );
    let printed = reader.does("terraform apply");
    assert!(
        printed.contains("1 imported, 0 added, 1 changed"),
        "{printed}"
    );

    // A grant that must not exist.
    let dana = "43d643d2-95ec-4b0f-8020-a84f3ce931cc/20260302080344650-83BD-F4419D07B";
    reader.does(&format!(
        "curl -X PUT \"$HWGRANTS_ENDPOINT/_sandbox/grants/{dana}\" -d '{{}}'"
    ));
    reader.writes("revoke.tf", reader.configuration("action \""));
    let printed = reader.runs("terraform apply -invoke=action.hwgrants_csms_revoke.dana");
    assert!(printed.contains("Verified: the grant"), "{printed}");
}

pub(super) fn moving_grants(reader: &mut Reader) {
    reader.writes("provider.tf", PROVIDER);
    reader.writes("main.tf", ana("2099-06-30"));
    reader.enters_sandbox();
    reader.does("terraform init");
    reader.does("terraform apply");

    let moved = reader.configuration("from = hwgrants_csms_grant.ana\n  to ");
    reader.writes("main.tf", &moved);
    let printed = reader.runs("terraform plan -out=plan.out && hwgrants review plan.out");
    reader.shows(
        "  # hwgrants_csms_grant.ana has moved to hwgrants_csms_grant.ana_ruiz",
        &printed,
    );
    assert!(printed.contains("\nUnchanged\n"), "{printed}");

    let (renamed, _) = moved.split_once("moved {").unwrap();
    reader.writes("main.tf", renamed);
    let printed = reader.does("terraform plan");
    reader.shows("Plan: 1 to add, 0 to change, 1 to destroy.", &printed);

    let elsewhere =
        "  region     = \"cn-east-3\"\n  project_id = \"e01f6b7a93c84d25b6f0a8c47d1953be\"\n}\n";
    reader.writes("main.tf", ana("2099-06-30").replace("}\n", elsewhere));
    let printed = reader.does("terraform plan");
    reader.shows("  # hwgrants_csms_grant.ana must be replaced", &printed);
}
