//! Plans far larger than what may be in memory of them.

use std::io::{self, Cursor, Read};

use hwgrants::review::{Format, Policy, SourceLocations};

use crate::{ALLOCATOR, ALONE};

const MEBIBYTE: usize = 1024 * 1024;

/// Resources in the plan, and how many of them are ours, evenly among the others.
const RESOURCES: usize = 4_000;
const OURS: usize = 40;

/// Attributes of one foreign resource, and of a very large one.
const VALUE: u64 = 7 * 1024;
const LARGE_VALUE: u64 = 4 * 1024 * 1024;

/// What reading may take, whatever the size: two buffers of 64 KiB, one of which doubles as it grows, the parts of one
/// resource of ours, and 40 grants of less than 8 KiB each in plan, steps and report.
const ALLOWANCE: usize = 1024 * 1024;

/// A plan that is made while it is read, so that it is in memory nowhere.
struct Plan {
    resource: Box<dyn Read>,
    next: usize,
    size: usize,
}

impl Plan {
    fn new() -> Self {
        let head =
            r#"{"format_version":"1.2","timestamp":"2026-12-01T12:00:00Z","resource_changes":["#;
        Self {
            resource: Box::new(head.as_bytes()),
            next: 0,
            size: 0,
        }
    }
}

/// The resource of this number; after the last one, the end of the document.
fn resource(number: usize) -> Box<dyn Read> {
    let comma = if number == 0 { "" } else { "," };
    let text = match number {
        RESOURCES => "]}".to_owned(),
        _ if number > RESOURCES => String::new(),
        _ if number.is_multiple_of(RESOURCES / OURS) => format!(
            r#"{comma}{{"address":"csms_grant.each[{number}]","mode":"managed","type":"csms_grant","change":{{
            "actions":["create"],"before":null,"after":{{"type":"SECRET","resource_id":"s","grantee_type":"user",
            "grantee_target_id":"user-{number}","validity_time":"2027-01-01"}},"after_unknown":{{}}}}}}"#
        ),
        _ => {
            let size = if number == 1 { LARGE_VALUE } else { VALUE };
            let head = format!(
                r#"{comma}{{"address":"other.each[{number}]","mode":"managed","type":"other",
                "provider_name":"registry.terraform.io/acme/other","change":{{
                "actions":["create"],"before":null,"after":{{"document":""#
            );
            let value = io::repeat(b'x').take(size);
            let tail = r#""},"after_unknown":{}}}"#;
            return Box::new(Cursor::new(head).chain(value).chain(tail.as_bytes()));
        }
    };
    Box::new(Cursor::new(text))
}

/// A plan that creates a resource of each of these types.
fn resource_list(types: &[&str]) -> String {
    let entry = |name: &&str| {
        format!(
            r#"{{"address":"{name}.a","mode":"managed","type":"{name}","change":{{"actions":["create"],
            "before":null,"after":{{}},"after_unknown":{{}}}}}}"#
        )
    };
    let entries: Vec<String> = types.iter().map(entry).collect();
    format!(
        r#"{{"format_version":"1.2","resource_changes":[{}]}}"#,
        entries.join(",")
    )
}

impl Read for Plan {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.resource.read(target)?;
            if read > 0 || self.next > RESOURCES {
                self.size += read;
                return Ok(read);
            }
            self.resource = resource(self.next);
            self.next += 1;
        }
    }
}

#[test]
fn a_large_plan_is_reviewed_in_bounded_memory() {
    let _alone = ALONE.blocking_lock();
    // The table of the access-granting types is read once in a program, and is the same for every plan.
    let with_another_type = resource_list(&["huaweicloud_vpc"]);
    hwgrants::review::review(with_another_type.as_bytes(), &Policy::default()).unwrap();
    let mut plan = Plan::new();
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    let report = hwgrants::review::review(&mut plan, &Policy::default()).unwrap();
    let taken = ALLOCATOR.peak_usage().saturating_sub(before);
    assert_eq!(report.changes.len(), OURS);
    assert!(
        !Format::Text
            .render(&report, &SourceLocations::default())
            .is_empty()
    );
    assert!(plan.size > 30 * MEBIBYTE, "{}", plan.size);
    assert!(taken <= ALLOWANCE, "{taken} bytes");
}

/// Accesses in a plan, for the memory that each of them takes.
const ACCESSES: usize = 10_000;

/// A plan with this many resources, in JSON.
fn many(entry: impl Fn(usize) -> String) -> String {
    let entries: Vec<String> = (0..ACCESSES).map(entry).collect();
    format!(
        r#"{{"format_version":"1.2","timestamp":"2026-12-01T12:00:00Z","resource_changes":[{}]}}"#,
        entries.join(",")
    )
}

/// What a review of this plan takes for each access, at its peak.
fn bytes_per_access(plan: &str) -> usize {
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    let report = hwgrants::review::review(plan.as_bytes(), &Policy::default()).unwrap();
    let taken = ALLOCATOR.peak_usage().saturating_sub(before);
    drop(report);
    taken.saturating_sub(ALLOWANCE) / ACCESSES
}

#[test]
fn each_access_takes_little_memory() {
    let _alone = ALONE.blocking_lock();
    hwgrants::review::review(resource_list(&[]).as_bytes(), &Policy::default()).unwrap();
    let grant = |number: usize, actions: &str, before: &str| {
        let object = format!(
            r#"{{"region":"r","project_id":"p","type":"SECRET","resource_id":"secret-{}","grantee_type":"user",
            "grantee_target_id":"user-{number}","validity_time":"2027-01-01","reason":"{number}"}}"#,
            number / 40
        );
        let before = before.replace("same", &object);
        format!(
            r#"{{"address":"csms_grant.each[{number}]","mode":"managed","type":"csms_grant","change":{{
            "actions":["{actions}"],"before":{before},"after":{object},"after_unknown":{{}}}}}}"#
        )
    };
    let assignment = |number: usize| {
        format!(
            r#"{{"address":"huaweicloud_identity_user_role_assignment.each[{number}]","mode":"managed",
            "type":"huaweicloud_identity_user_role_assignment","change":{{"actions":["create"],"before":null,
            "after":{{"user_id":"user-{number}","role_id":"role","enterprise_project_id":"project-{}"}},
            "after_unknown":{{}}}}}}"#,
            number / 40
        )
    };
    for (what, plan, limit) in [
        (
            "created grants",
            many(|number| grant(number, "create", "null")),
            1_500,
        ),
        (
            "unchanged grants",
            many(|number| grant(number, "no-op", "same")),
            1_100,
        ),
        ("created role assignments", many(assignment), 900),
    ] {
        let bytes = bytes_per_access(&plan);
        assert!(bytes <= limit, "{what}: {bytes} bytes each");
    }
}
