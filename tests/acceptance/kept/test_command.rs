//! `terraform test`: since Terraform 1.15, one process plans and applies all runs of a test file that configures the
//! provider.

use hwgrants::cli::terraform::Release;

use crate::harness::{Block, Workspace};

/// Creates, keeps and updates the grant, which Terraform destroys at the end of the file.
const FILE: &str = r#"
provider "hwgrants" {}

run "plan" {
  command = plan
}

run "create" {}

run "again" {}

run "extend" {
  variables {
    until = "2099-12-31"
  }
  assert {
    condition     = csms_grant.this.validity_time == "2099-12-31"
    error_message = "the grant was not extended"
  }
}

run "plan_again" {
  command = plan
  variables {
    until = "2099-12-31"
  }
}
"#;

#[test]
fn every_test_file_revokes_the_grant_that_it_has_created() {
    let workspace = Workspace::on(Release::LATEST);
    let block = Block::grant("csms_grant").set_to("validity_time", "var.until");
    workspace.write(block);
    workspace.write_file(
        "variables.tf",
        "variable \"until\" {\n  default = \"2099-01-31\"\n}\n",
    );
    for name in ["first", "second"] {
        workspace.write_file(&format!("{name}.tftest.hcl"), FILE);
    }
    let writes = workspace.writes_of(|| {
        let test = workspace.run(&["test"]).succeeded();
        assert!(!test.words().contains("Grants move"), "{test}");
        test
    });
    let of_a_file = ["CreateGrants", "UpdateGrant", "DeleteGrant"];
    assert_eq!(writes, [of_a_file, of_a_file].concat());
}

#[test]
fn two_delegation_tests_in_a_row_find_no_other_block() {
    let workspace = Workspace::on(Release::LATEST);
    workspace.write(Block::of("repo_kms_grant"));
    for name in ["first", "second"] {
        let file = "provider \"hwgrants\" {}\n\nrun \"create\" {}\n\nrun \"again\" {}\n";
        workspace.write_file(&format!("{name}.tftest.hcl"), file);
    }
    workspace.run(&["test"]).succeeded();
}
