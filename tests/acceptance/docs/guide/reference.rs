//! README.md, the pages of resources, and the pages for people who work with the repository.

use super::{PROVIDER, Reader, ana};
use crate::harness::{PLUGIN, in_days};

pub(super) fn readme(reader: &mut Reader) {
    // A free port, because a sandbox of someone else may use the default one.
    reader.replaces("hwgrants sandbox", "hwgrants sandbox --port 0");
    reader.replaces("2027-02-26", in_days(90));
    reader.copies("examples", "examples");
    let printed = reader.does("hwgrants demo --dir demo");
    reader.shows("  # hwgrants_csms_grant.ana will be created", &printed);

    reader.enters_sandbox();
    reader.writes("main.tf", reader.configuration("\"contractor\""));
    reader.does("terraform init");
    let printed = reader.runs("hwgrants review examples/review/plan.json");
    reader.shows("$ hwgrants review examples/review/plan.json", &printed);

    reader.does("terraform apply");
    reader.does("rm terraform.tfstate*");
    reader.writes("main.tf", PROVIDER);
    let printed = reader.runs("terraform show -json | hwgrants audit -");
    assert!(printed.contains("2 undeclared"), "{printed}");
    assert!(printed.contains("Plan: 2 to import, 0 to add"), "{printed}");
    reader.interrupts("hwgrants sandbox");
}

pub(super) fn contributing(reader: &mut Reader) {
    let builds = std::path::Path::new(PLUGIN).parent().unwrap();
    reader.replaces("/path/to/checkout/target/debug", builds.display());
    let block = reader.takes("provider_installation {");
    std::fs::write(reader.home(".terraformrc"), &block.text).unwrap();
    reader.writes("main.tf", PROVIDER.to_owned() + &ana("2099-06-30"));
    reader.does("hwgrants sandbox -- bash");
    let printed = reader.does("terraform plan");
    assert!(printed.contains("Provider development overrides are in effect"));
    assert!(printed.contains("Plan: 1 to add"), "{printed}");
}

pub(super) fn csms_grant(reader: &mut Reader) {
    imports(
        reader,
        "hwgrants_csms_grant.contractor",
        "# The import ID is TYPE/resource_id/grantee_type/grantee_target_id:",
        REASON_ONLY,
    );
}

pub(super) fn repo_kms_grant(reader: &mut Reader) {
    imports(
        reader,
        "hwgrants_repo_kms_grant.this",
        "# The import ID is the account ID (tenant_id):",
        REASON_ONLY,
    );
}

pub(super) fn repo_encryption_setting(reader: &mut Reader) {
    imports(
        reader,
        "hwgrants_repo_encryption_setting.this",
        "# The import ID is the account ID (tenant_id):",
        "No changes.",
    );
}

/// `reason` is stored only in the state, and not known to an import.
const REASON_ONLY: &str = "Plan: 0 to add, 1 to change, 0 to destroy.";

/// Each command of the block imports what the example of the page has created.
fn imports(reader: &mut Reader, address: &str, first_line: &str, summary: &str) {
    let (name, label) = address.split_once('.').unwrap();
    let resource = format!("resource \"{name}\" \"{label}\" {{");
    reader.writes("main.tf", reader.configuration(&resource));
    reader.writes("provider.tf", PROVIDER);
    reader.enters_sandbox();
    reader.does("terraform init");
    reader.does("terraform apply");
    let commands = reader.takes(first_line).commands();
    assert_eq!(commands.len(), 2);
    for command in commands {
        reader.does(&format!("terraform state rm {address}"));
        reader.does(&command);
        let printed = reader.does("terraform plan");
        assert!(printed.contains(summary), "{printed}");
    }
}

pub(super) fn review_example(reader: &mut Reader) {
    reader.copies("examples", "examples");
    reader.runs_with("hwgrants review examples/review/plan.json", &[0, 2]);
    assert!(reader.file("review.html").contains("<html"));
}
