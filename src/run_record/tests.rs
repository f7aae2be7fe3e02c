use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records");
    (folder, path)
}

fn process(folder: &Path, host: &str) -> Record {
    Record::in_folders(vec![folder.to_owned()], HostId::from_name(host))
}

fn key(name: &str) -> Key {
    Key::new(["region", "secret", name], Some("project"))
}

/// An object that no other event is about.
fn deleted(own: Option<Replacement>) -> DeletedObject {
    DeletedObject {
        object: 99,
        own,
        stays_if_replaced: false,
    }
}

fn parts(name: &str) -> KeyParts {
    KeyParts::new([Some("region"), Some("secret"), Some(name)])
}

#[test]
fn a_deletion_sees_planned_creations_in_any_planning_order() {
    for is_creation_first in [true, false] {
        for is_saved in [true, false] {
            let (_kept, folder) = folder();
            let plan = |is_creation: bool| {
                let process = process(&folder, "plan");
                if is_creation {
                    process.plan_to_create(key("a"), None);
                    None
                } else {
                    process.plan_to_delete(1, key("a"), None);
                    process.plan_to_delete(2, key("b"), None);
                    process.reference()
                }
            };
            // Each process has ended when the next one begins.
            let references = [plan(is_creation_first), plan(!is_creation_first)];
            let reference = references.into_iter().flatten().next();
            let apply = process(&folder, if is_saved { "apply" } else { "plan" });
            let wanted = |name| apply.wanted(reference, key(name), parts(name), deleted(None));
            assert_eq!(wanted("a"), Wanted::Yes);
            assert_eq!(wanted("b"), Wanted::No);
            let elsewhere = tempfile::tempdir().unwrap();
            let elsewhere = process(&elsewhere.path().join("records"), "apply");
            let wanted = elsewhere.wanted(reference, key("a"), parts("a"), deleted(None));
            assert_eq!(wanted, Wanted::Perhaps);
        }
    }
}

#[test]
fn plans_of_an_earlier_walk_are_ignored() {
    let (_kept, folder) = folder();
    // As before a destruction: everything is planned once, and then to be deleted.
    let first = process(&folder, "t");
    first.plan_to_keep(1, key("a"));
    first.plan_to_create(key("b"), None);
    drop(first);
    let second = process(&folder, "t");
    // What no process has met before says nothing about the walk, what comes afterwards does.
    second.plan_to_delete(2, key("b"), None);
    second.plan_to_delete(1, key("a"), None);
    let reference = second.reference();
    drop(second);
    let apply = process(&folder, "t");
    for name in ["a", "b"] {
        let wanted = apply.wanted(reference, key(name), parts(name), deleted(None));
        assert_eq!(wanted, Wanted::No, "{name}");
    }
}

#[test]
fn concurrent_processes_belong_to_one_walk() {
    let (_kept, folder) = folder();
    let first = process(&folder, "t");
    first.plan_to_keep(1, key("a"));
    drop(first);
    // A new walk, of which one process has only creations.
    let creations = process(&folder, "t");
    creations.plan_to_create(key("b"), None);
    let deletions = process(&folder, "t");
    deletions.plan_to_delete(1, key("a"), None);
    deletions.plan_to_delete(2, key("b"), None);
    let reference = deletions.reference();
    let wanted = |name| creations.wanted(reference, key(name), parts(name), deleted(None));
    assert_eq!([wanted("a"), wanted("b")], [Wanted::No, Wanted::Yes]);
}

#[test]
fn a_test_teardown_is_a_new_walk() {
    let (_kept, folder) = folder();
    let plan = process(&folder, "t");
    plan.plan_to_create(key("a"), None);
    drop(plan);
    let apply = process(&folder, "t");
    apply.plan_to_create(key("a"), None);
    apply.note_creating(key("a"));
    apply.note_managed(key("a"));
    apply.note_seen(7);
    drop(apply);
    for deletes in [false, true] {
        let teardown = process(&folder, "t");
        teardown.note_seen(7);
        if !deletes {
            teardown.plan_to_keep(7, key("a"));
            continue;
        }
        assert!(!teardown.plan_to_delete(7, key("a"), None));
        let wanted = teardown.wanted(teardown.reference(), key("a"), parts("a"), deleted(None));
        assert_eq!(wanted, Wanted::No);
    }
}

#[test]
fn a_replacement_does_not_keep_the_object_it_deletes() {
    let (_kept, folder) = folder();
    let plan = process(&folder, "t");
    plan.plan_to_keep(1, key("a"));
    let (token, others) = plan.plan_to_create(key("a"), Some(1));
    assert_eq!(others, PlannedElsewhere::default());
    let own = Some(Replacement {
        token,
        object: Some(1),
    });
    let wanted = |own| plan.wanted(plan.reference(), key("a"), parts("a"), deleted(own));
    assert_eq!(wanted(own), Wanted::No);
    // Another block does.
    let (_, others) = plan.plan_to_create(key("a"), None);
    assert_eq!(others.duplicate, Some(Duplicate::Creation));
    assert_eq!(wanted(own), Wanted::Yes);
}

#[test]
fn a_duplicate_block_is_detected_while_the_first_is_planned() {
    let (_kept, folder) = folder();
    let one = process(&folder, "t");
    one.plan_to_keep(1, key("a"));
    let two = process(&folder, "t");
    assert_eq!(
        two.plan_to_keep(2, key("a")).duplicate,
        Some(Duplicate::Object)
    );
    let (_, others) = two.plan_to_create(key("a"), None);
    assert_eq!(others.duplicate, Some(Duplicate::Object));
    assert_eq!(
        one.plan_to_keep(1, key("a")).duplicate,
        Some(Duplicate::Creation)
    );
    // A project that is not known may be another one.
    let unknown = Key::new(["region", "secret", "a"], None);
    assert_eq!(two.plan_to_keep(3, unknown).duplicate, None);
    drop(one);
    drop(two);
    // What is planned again to be applied is no second block.
    let apply = process(&folder, "t");
    assert_eq!(apply.plan_to_create(key("a"), None).1.duplicate, None);
}

#[test]
fn a_process_that_spans_walks_finds_no_duplicate_of_its_own() {
    let record = Record::in_memory().spanning_walks(true);
    for _ in 0..2 {
        assert_eq!(record.plan_to_create(key("a"), None).1.duplicate, None);
    }
    let ordinary = Record::in_memory();
    ordinary.plan_to_create(key("a"), None);
    let (_, others) = ordinary.plan_to_create(key("a"), None);
    assert_eq!(others.duplicate, Some(Duplicate::Creation));
}

#[test]
fn a_process_that_spans_walks_deletes_what_it_has_created() {
    let record = Record::in_memory().spanning_walks(true);
    record.plan_to_create(key("a"), None);
    record.plan_to_create(key("a"), None);
    record.note_creating(key("a"));
    record.note_managed(key("a"));
    assert!(!record.plan_to_delete(1, key("a"), None));
}

/// As a host that runs tests: a process per file, and both files have the same key.
#[test]
fn a_process_that_spans_walks_deletes_what_another_one_has_deleted_before() {
    let (_kept, folder) = folder();
    for object in [1, 2] {
        let record = process(&folder, "t").spanning_walks(true);
        for _ in 0..2 {
            let (_, others) = record.plan_to_create(key("a"), None);
            assert_eq!(others, PlannedElsewhere::default());
        }
        record.note_creating(key("a"));
        record.note_managed(key("a"));
        assert_eq!(record.plan_to_keep(object, key("a")).duplicate, None);
        record.note_managed(key("a"));
        assert!(!record.plan_to_delete(object, key("a"), None));
        let object = DeletedObject {
            object,
            ..deleted(None)
        };
        let wanted = record.wanted(record.reference(), key("a"), parts("a"), object);
        assert_eq!(wanted, Wanted::No);
        record.note_removing(key("a"), None);
        record.note_removed(key("a"), true);
    }
}

#[test]
fn a_duplicate_block_is_detected_after_its_process_has_ended() {
    let (_kept, folder) = folder();
    let one = process(&folder, "t");
    let two = process(&folder, "t");
    two.begin();
    one.plan_to_keep(1, key("a"));
    drop(one);
    let (_, others) = two.plan_to_create(key("a"), None);
    assert_eq!(others.duplicate, Some(Duplicate::Object));
    // Who begins afterwards may be of the next walk, in which the object may be deleted.
    drop(two);
    let next = process(&folder, "t");
    assert_eq!(next.plan_to_create(key("a"), None).1.duplicate, None);
}

#[test]
fn a_creation_with_an_unknown_key_may_want_matching_objects() {
    let (_kept, folder) = folder();
    let plan = process(&folder, "t");
    plan.plan_to_create_unknown(KeyParts::new([Some("region"), None, Some("a")]), None);
    let wanted = |name| plan.wanted(plan.reference(), key(name), parts(name), deleted(None));
    plan.plan_to_delete(1, key("a"), None);
    plan.plan_to_delete(2, key("b"), None);
    assert_eq!([wanted("a"), wanted("b")], [Wanted::Perhaps, Wanted::No]);
    drop(plan);
    let apply = process(&folder, "t");
    assert!(apply.was_unknown(parts("a")) && !apply.was_unknown(parts("b")));
}

#[test]
fn a_handed_over_object_is_found_until_it_is_managed() {
    let (_kept, folder) = folder();
    let left = |is_untouched| KeyHandover::Left {
        left: Some("sealed".to_owned()),
        is_untouched,
    };
    let plan = process(&folder, "plan");
    assert_eq!(plan.handover(key("a")), KeyHandover::NotLeft);
    plan.plan_to_delete(1, key("a"), Some("sealed".to_owned()));
    plan.plan_to_create(key("a"), None);
    assert_eq!(plan.handover(key("a")), left(true));
    drop(plan);
    let apply = process(&folder, "apply");
    assert_eq!(apply.handover(key("a")), left(false), "of another host");
    assert!(apply.hand_over(None, key("a"), None, Some("sealed".to_owned())));
    assert_eq!(apply.handover(key("a")), left(true));
    assert!(apply.is_given_up(key("a")));
    apply.note_managed(key("a"));
    assert_eq!(apply.handover(key("a")), KeyHandover::NotLeft);
    assert!(!apply.is_given_up(key("a")));
}

#[test]
fn an_object_is_not_handed_over_to_a_failed_creation() {
    let (_kept, folder) = folder();
    let record = process(&folder, "t");
    record.note_creating(key("a"));
    record.note_failed(key("a"));
    assert_eq!(
        record.creation_progress(None, key("a"), None),
        CreationProgress::Failed
    );
    assert!(!record.hand_over(None, key("a"), None, None));
    record.note_creating(key("a"));
    assert!(record.hand_over(None, key("a"), None, None));
    record.note_failed(key("a"));
    assert!(record.is_given_up(key("a")));
}

#[test]
fn a_deletion_is_in_progress_only_while_its_process_runs() {
    let (_kept, folder) = folder();
    let (one, two) = (process(&folder, "t"), process(&folder, "t"));
    one.note_removing(key("a"), None);
    assert!(two.is_being_removed_elsewhere(key("a")));
    assert!(!one.is_being_removed_elsewhere(key("a")));
    one.note_removed(key("a"), true);
    assert!(!two.is_being_removed_elsewhere(key("a")));
    assert!(two.is_changed_elsewhere(key("a")));
    one.note_removing(key("b"), None);
    drop(one);
    assert!(!two.is_being_removed_elsewhere(key("b")));
}

#[test]
fn records_contain_only_hashes_and_are_private() {
    let (_kept, folder) = folder();
    let record = process(&folder, "t");
    record.plan_to_delete(1, key("somebody"), seal("secret", "uuid-of-it"));
    let files: Vec<_> = fs::read_dir(&folder).unwrap().flatten().collect();
    assert_eq!(files.len(), 2);
    for file in files {
        let text = fs::read_to_string(file.path()).unwrap();
        for word in ["region", "secret", "somebody", "project", "uuid"] {
            assert!(!text.contains(word), "{text}");
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = file.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            let mode = fs::metadata(&folder).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
        }
    }
    drop(record);
    // The sign of life is gone with its process.
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn record_folders_and_files_that_are_not_private_are_not_used() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let is_used = |folder: &Path| process(folder, "t").reference().is_some();
    let (kept, path) = folder();
    assert!(is_used(&path));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(!is_used(&path), "others may look into it");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    let record = fs::read_dir(&path)
        .unwrap()
        .flatten()
        .next()
        .unwrap()
        .path();
    fs::set_permissions(&record, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(!is_used(&path), "others may look into the file");
    let elsewhere = kept.path().join("elsewhere");
    fs::rename(&record, &elsewhere).unwrap();
    fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o600)).unwrap();
    symlink(&elsewhere, &record).unwrap();
    assert!(!is_used(&path), "a symbolic link");
    fs::remove_file(&record).unwrap();
    fs::hard_link(&elsewhere, &record).unwrap();
    assert!(!is_used(&path), "it has another name");
    fs::remove_file(&record).unwrap();
    fs::create_dir(&record).unwrap();
    assert!(!is_used(&path), "it is a folder");
    let link = kept.path().join("link");
    symlink(&path, &link).unwrap();
    assert!(!is_used(&link), "the folder is a link");
    fs::write(kept.path().join("file"), "").unwrap();
    assert!(!is_used(&kept.path().join("file")), "the folder is a file");
}

#[test]
fn a_truncated_line_does_not_corrupt_the_record() {
    let (_kept, folder) = folder();
    let plan = process(&folder, "t");
    plan.plan_to_create(key("a"), None);
    let record = fs::read_dir(&folder).unwrap().flatten();
    let record = record.map(|entry| entry.path());
    let record = record.filter(|path| path.extension().is_some_and(|is| is == "record"));
    for path in record {
        use std::io::Write;
        let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(b"\n0123456789abcdef stays 0123").unwrap();
    }
    plan.plan_to_delete(1, key("a"), None);
    let reference = plan.reference();
    drop(plan);
    let wanted = process(&folder, "u").wanted(reference, key("a"), parts("a"), deleted(None));
    assert_eq!(wanted, Wanted::Yes);
}

#[test]
fn old_records_are_removed() {
    let (_kept, folder) = folder();
    process(&folder, "old").plan_to_keep(1, key("a"));
    let old = fs::read_dir(&folder)
        .unwrap()
        .flatten()
        .next()
        .unwrap()
        .path();
    let eight_days = std::time::Duration::from_secs(8 * 86_400);
    let file = fs::OpenOptions::new().append(true).open(&old).unwrap();
    file.set_modified(std::time::SystemTime::now() - eight_days)
        .unwrap();
    process(&folder, "new").plan_to_keep(1, key("a"));
    assert!(!old.exists());
}

#[test]
fn references_round_trip_through_text() {
    let (_kept, folder) = folder();
    let record = process(&folder, "t");
    record.note_seen(1);
    let reference = record.reference();
    assert!(reference.is_some());
    let text = reference.map(|reference| reference.to_string());
    assert_eq!(text.and_then(|text| Reference::parse(&text)), reference);
    assert_eq!(Reference::parse("x-y"), None);
    assert_eq!(Record::in_memory().reference(), None);
}

#[test]
fn an_object_does_not_prevent_its_own_deletion() {
    let (_kept, folder) = folder();
    let plan = process(&folder, "t");
    // As if the walk before had not been told from this one.
    plan.plan_to_keep(1, key("a"));
    assert!(!plan.plan_to_delete(1, key("a"), None));
    let of = |object| {
        let deleted = DeletedObject {
            object,
            ..deleted(None)
        };
        plan.wanted(plan.reference(), key("a"), parts("a"), deleted)
    };
    assert_eq!([of(1), of(2)], [Wanted::No, Wanted::Yes]);
}

#[test]
fn stays_if_replaced_applies_only_to_the_same_key() {
    let (_kept, folder) = folder();
    let plan = process(&folder, "t");
    let (token, _) = plan.plan_to_create(key("a"), None);
    let own = Some(Replacement {
        token,
        object: None,
    });
    let of = |name| {
        let deleted = DeletedObject {
            stays_if_replaced: true,
            ..deleted(own)
        };
        plan.wanted(plan.reference(), key(name), parts(name), deleted)
    };
    assert_eq!([of("a"), of("b")], [Wanted::Yes, Wanted::No]);
}

#[test]
fn a_deletion_planned_by_another_host_hands_over_only_with_a_creation() {
    for creates in [false, true] {
        let (_kept, folder) = folder();
        let plan = process(&folder, "plan");
        plan.plan_to_delete(1, key("a"), None);
        if creates {
            plan.plan_to_create(key("a"), None);
        }
        drop(plan);
        let fate = process(&folder, "apply").handover(key("a"));
        assert_eq!(fate != KeyHandover::NotLeft, creates, "{fate:?}");
    }
}

#[test]
fn a_later_plan_takes_over_only_what_was_handed_over() {
    for is_kept in [false, true] {
        for is_saved in [false, true] {
            let (_kept, folder) = folder();
            let earlier = process(&folder, "earlier");
            earlier.plan_to_delete(1, key("a"), None);
            earlier.plan_to_create(key("a"), None);
            if is_kept {
                assert!(earlier.hand_over(None, key("a"), None, None));
            }
            drop(earlier);
            // Records are told apart by when they were last written to.
            std::thread::sleep(std::time::Duration::from_millis(20));
            process(&folder, "later").plan_to_create(key("a"), None);
            let apply = process(&folder, if is_saved { "apply" } else { "later" });
            let fate = apply.handover(key("a"));
            assert_eq!(
                fate != KeyHandover::NotLeft,
                is_kept,
                "saved {is_saved}: {fate:?}"
            );
        }
    }
}

#[test]
fn replacements_and_failed_deletions_of_another_host_hand_over_nothing() {
    for is_removal in [false, true] {
        let (_kept, folder) = folder();
        let earlier = process(&folder, "earlier");
        earlier.plan_to_keep(1, key("a"));
        if is_removal {
            earlier.note_removing(key("a"), None);
            earlier.note_removed(key("a"), false);
        } else {
            earlier.plan_to_create(key("a"), Some(1));
        }
        drop(earlier);
        process(&folder, "here").plan_to_create(key("a"), None);
        let fate = process(&folder, "here").handover(key("a"));
        assert_eq!(fate, KeyHandover::NotLeft, "{is_removal}");
    }
}

#[test]
fn a_key_is_declared_as_the_plan_and_its_apply_say() {
    /// What happens to the key `a`, in a walk of its own each.
    type Walk<'a> = &'a dyn Fn(&Record);
    let keeps: Walk = &|plan| _ = plan.plan_to_keep(1, key("a"));
    let creates: Walk = &|plan| _ = plan.plan_to_create(key("a"), None);
    let replaces: Walk = &|plan| {
        plan.plan_to_delete(1, key("a"), None);
        plan.plan_to_create(key("a"), Some(1));
    };
    let renames: Walk = &|plan| {
        plan.plan_to_create(key("a"), None);
        plan.plan_to_delete(1, key("a"), None);
    };
    let deletes: Walk = &|plan| _ = plan.plan_to_delete(1, key("a"), None);
    let other: Walk = &|plan| _ = plan.plan_to_keep(2, key("b"));
    let nothing: Walk = &|_| {};
    let creation: Walk = &|apply| {
        apply.note_creating(key("a"));
        apply.note_managed(key("a"));
    };
    let failure: Walk = &|apply| {
        apply.note_creating(key("a"));
        apply.note_failed(key("a"));
    };
    let removal: Walk = &|apply| {
        apply.note_removing(key("a"), None);
        apply.note_removed(key("a"), true);
    };
    for (name, plan, apply, expected) in [
        ("kept", keeps, nothing, true),
        ("to be created", creates, nothing, true),
        ("created", creates, creation, true),
        ("not created", creates, failure, true),
        ("to be replaced", replaces, nothing, true),
        ("half replaced", replaces, removal, true),
        ("replaced", replaces, creation, true),
        ("to be renamed", renames, nothing, true),
        ("to be deleted", deletes, nothing, false),
        ("deleted", deletes, removal, false),
        ("another key", other, nothing, false),
        ("nothing", nothing, nothing, false),
    ] {
        // Applied by the host that planned, or by another one, or asked by a third one that plans nothing itself.
        for hosts in [["t", "t", "t"], ["t", "u", "u"], ["t", "u", "v"]] {
            let (_kept, folder) = folder();
            plan(&process(&folder, hosts[0]));
            apply(&process(&folder, hosts[1]));
            let asking = process(&folder, hosts[2]);
            assert_eq!(asking.is_declared(key("a")), expected, "{name}: {hosts:?}");
            let is_known =
                hosts[2] != "v" && (hosts[0] == hosts[2] || !std::ptr::eq(apply, nothing));
            if !is_known {
                assert_eq!(asking.is_declared_here(key("a")), None, "{name}: {hosts:?}");
            }
        }
    }
}

#[test]
fn the_last_plan_in_a_folder_says_what_is_declared() {
    let (_kept, folder) = folder();
    process(&folder, "first").plan_to_keep(1, key("a"));
    let asks = || process(&folder, "asks").is_declared(key("a"));
    assert!(asks());
    // As a plan that contains nothing but an action.
    process(&folder, "second").note_seen(1);
    assert!(asks());
    // Modification times order the records.
    std::thread::sleep(std::time::Duration::from_millis(20));
    process(&folder, "third").plan_to_keep(2, key("b"));
    assert!(!asks());
    // The plan in progress is not complete, so the last one counts.
    std::thread::sleep(std::time::Duration::from_millis(20));
    process(&folder, "fourth").plan_to_keep(1, key("a"));
    let asking = process(&folder, "asks");
    asking.plan_to_keep(2, key("b"));
    assert_eq!(asking.is_declared_here(key("a")), None);
    assert!(asking.is_declared(key("a")));
}
