//! The record of a plan where it cannot be kept, or is turned off.

use hwgrants::sandbox::seed;

use super::{ALIASES, grant, live};
use crate::harness::Workspace;

const ANA: &str = seed::USER_ANA;

fn renamed(prepare: impl FnOnce(&mut Workspace)) -> (Workspace, Vec<&'static str>, String) {
    let mut workspace = Workspace::with(format!(
        "{ALIASES}\n{}",
        grant("old", "hwgrants.one", ANA, None)
    ));
    workspace.apply().succeeded();
    workspace.write(format!(
        "{ALIASES}\n{}",
        grant("new", "hwgrants.two", ANA, None)
    ));
    prepare(&mut workspace);
    let mut said = String::new();
    let writes = workspace.writes_of(|| said = workspace.apply().succeeded().words());
    assert_eq!(live(&workspace).len(), 1, "{said}");
    workspace.assert_plan_is_empty();
    (workspace, writes, said)
}

#[test]
fn a_rename_without_the_record_keeps_the_grant_and_warns() {
    let mut workspace = Workspace::with(grant("old", "hwgrants", ANA, None));
    workspace.set("HWGRANTS_RECORD", "off");
    workspace.apply().succeeded();
    workspace.write(grant("new", "hwgrants", ANA, None));
    let said = workspace.apply().succeeded().words();
    // What the plan says depends on which of the two it has met first.
    assert!(
        said.contains("access may be interrupted") || said.contains("Access may be interrupted"),
        "{said}"
    );
    assert_eq!(live(&workspace).len(), 1);
    workspace.assert_plan_is_empty();
    let records = workspace.path().join(".terraform/hwgrants");
    assert!(!records.exists());
}

#[test]
fn an_invalid_record_setting_is_rejected() {
    let mut workspace = Workspace::with(grant("a", "hwgrants", ANA, None));
    workspace.set("HWGRANTS_RECORD", "no");
    let said = workspace.apply().failed();
    assert!(said.contains("`HWGRANTS_RECORD` is `no`"), "{said}");
}

#[test]
fn a_file_or_symlink_at_the_record_path_is_left_untouched() {
    use std::os::unix::fs::symlink;
    let place = |workspace: &Workspace| workspace.path().join(".terraform/hwgrants");
    let (workspace, _, _) = renamed(|workspace| {
        std::fs::remove_dir_all(place(workspace)).unwrap();
        std::fs::write(place(workspace), "a file").unwrap();
    });
    assert_eq!(
        std::fs::read_to_string(place(&workspace)).unwrap(),
        "a file"
    );
    let (workspace, _, _) = renamed(|workspace| {
        std::fs::remove_dir_all(place(workspace)).unwrap();
        std::fs::create_dir(workspace.path().join("other")).unwrap();
        symlink(workspace.path().join("other"), place(workspace)).unwrap();
    });
    let other = workspace.path().join("other");
    assert_eq!(std::fs::read_dir(other).unwrap().count(), 0);
}

#[test]
fn records_are_stored_in_the_terraform_data_directory() {
    let (workspace, writes, said) = renamed(|_| {});
    assert_eq!(writes, [""; 0], "{said}");
    assert!(said.contains("Grants move to other resources"), "{said}");
    let records = workspace.path().join(".terraform/hwgrants");
    let names = std::fs::read_dir(records).unwrap().flatten();
    let names: Vec<_> = names
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert!(!names.is_empty());
    assert!(
        names.iter().all(|name| name.ends_with(".record")),
        "{names:?}"
    );
}
