//! Plans of other kinds: of several states, of a failed or limited run, and encrypted by OpenTofu.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::PathBuf;

use hwgrants::cli::install_path;
use hwgrants::cli::terraform::{Terraform, TerraformOptions};
use hwgrants::review::Format;
use hwgrants::sandbox::seed;

use super::golden::{self, check, compare, golden, keep_config, plan};
use super::{API, DB, TLS, because, grant, until};
use crate::golden_report;
use crate::harness::Workspace;
use crate::not_checked::not_checked;

#[test]
fn a_failed_plan_is_reported_as_incomplete() {
    let workspace = Workspace::with(
        [
            grant("ana", DB, seed::USER_ANA, &until(30)),
            grant("ben", API, seed::USER_BEN, &until(20)),
        ]
        .concat(),
    );
    workspace.apply().succeeded();
    // The grants are planned before the check that needs one of them fails.
    let check = "resource \"terraform_data\" \"check\" {
  input = csms_grant.ana.validity_time

  lifecycle {
    precondition {
      condition     = csms_grant.ana.validity_time == null
      error_message = \"Grants of this team must not expire.\"
    }
  }
}
";
    workspace.write(grant("ana", DB, seed::USER_ANA, &until(60)) + check);
    let failed = workspace.run(&["plan", "-input=false", "-out=test.tfplan"]);
    failed.failed();
    compare("errored", &workspace, &golden::saved(&workspace));
}

#[test]
fn a_limited_plan_is_reported_as_incomplete() {
    let both = |days| {
        [
            grant("ana", DB, seed::USER_ANA, &until(days)),
            grant("ben", API, seed::USER_BEN, &until(days)),
        ]
        .concat()
    };
    let workspace = Workspace::with(both(20));
    workspace.apply().succeeded();
    workspace.write(both(40));
    check("target", &workspace, &["-target=csms_grant.ana"]);
}

/// One grant moves from a state to another one; besides, each state has a grant of its own.
#[test]
fn a_grant_that_moves_between_two_of_three_states_is_reported_once() {
    let ana = |reason| grant("ana", DB, seed::USER_ANA, &(until(30) + &because(reason)));
    let ben = |days| grant("ben", API, seed::USER_BEN, &until(days));
    let states = [
        ("dns", grant("dana", API, seed::USER_DANA, "")),
        ("network", ana("Migration, OPS-1234") + &ben(30)),
        ("secrets", grant("chen", TLS, seed::USER_CHEN, &until(5))),
    ];
    let workspaces = states.map(|(name, config)| (name, Workspace::with(config)));
    let cloud = workspaces[0].1.address();
    let workspaces = workspaces.map(|(name, mut workspace)| {
        workspace.set("HWGRANTS_ENDPOINT", &cloud);
        workspace.apply().succeeded();
        (name, workspace)
    });
    workspaces[1].1.write(ben(90));
    let moved = ana("Migration, OPS-1234") + &grant("chen", TLS, seed::USER_CHEN, "");
    workspaces[2].1.write(moved);

    let folder = tempfile::tempdir().unwrap();
    let is_update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let plans = match is_update {
        true => golden("three-states").join("plans"),
        false => folder.path().to_owned(),
    };
    let mut names = Vec::new();
    for (name, workspace) in &workspaces {
        let plan = serde_json::to_string_pretty(&plan(workspace, &[])).unwrap();
        keep_config(&workspace.path(), &plans.join(*name));
        fs::write(plans.join(*name).join("plan.json"), plan + "\n").unwrap();
        names.push(format!("{name}/plan.json"));
    }
    for format in Format::ALL {
        let path = golden("three-states").join(format!("report.{}", format.extension()));
        let report = golden_report::of_files(&plans, &names, format);
        if is_update {
            golden_report::write("three-states", &path, &report);
        }
        let expected = golden_report::read(&path);
        assert_eq!(report, expected, "`UPDATE_GOLDEN=1` updates it");
    }
}

/// OpenTofu on `PATH`, or the newest one that the tests of compatibility have built.
fn tofu() -> Option<Terraform> {
    let file = format!("tofu{EXE_SUFFIX}");
    let search = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&search).map(|folder| folder.join(&file));
    let built = install_path::target_folder().map(|target| target.join("opentofu"));
    let built = built.and_then(|folder| fs::read_dir(folder).ok());
    let mut built: Vec<PathBuf> = built
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path().join(&file))
        .collect();
    built.sort();
    let program = on_path.chain(built.into_iter().rev());
    let program = program.into_iter().find(|path| path.is_file())?;
    let options = TerraformOptions {
        program: Some(program),
        ..TerraformOptions::from_environment()
    };
    Some(Terraform::find(&options).unwrap())
}

#[test]
fn a_plan_and_state_that_opentofu_encrypts_are_reviewed() {
    let Some(tofu) = tofu() else {
        not_checked(
            "the golden plan that OpenTofu encrypts, because this machine has no OpenTofu; `cargo test --test compat -- opentofu` \
             builds it",
        );
        return;
    };
    let workspace = Workspace::of(tofu);
    let encryption = "terraform {
  encryption {
    key_provider \"pbkdf2\" \"this\" {
      passphrase = \"a passphrase of the sandbox\"
    }
    method \"aes_gcm\" \"this\" {
      keys = key_provider.pbkdf2.this
    }
    state {
      method   = method.aes_gcm.this
      enforced = true
    }
    plan {
      method   = method.aes_gcm.this
      enforced = true
    }
  }
}
";
    workspace.write_file("encryption.tf", encryption);
    workspace.write(grant("ana", DB, seed::USER_ANA, &until(5)));
    workspace.apply().succeeded();
    let ana = grant("ana", DB, seed::USER_ANA, &until(30));
    workspace.write(ana + &grant("ben", API, seed::USER_BEN, ""));
    check("encrypted", &workspace, &[]);
    for file in ["test.tfplan", "terraform.tfstate"] {
        let bytes = fs::read(workspace.path().join(file)).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("encrypted_data"), "{file}: {text}");
        assert!(!text.contains(seed::USER_ANA), "{file}: {text}");
    }
    // The file as it is gives the report of its JSON.
    let json = workspace.json(&["show", "-json", "test.tfplan"]);
    workspace.write_file("plan.json", &json.to_string());
    let [of_file, of_json] = ["test.tfplan", "plan.json"].map(|plan| {
        let output = super::saved::reviewed(&workspace, &workspace.path(), &[plan]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    });
    assert_eq!(of_file, of_json);
}
