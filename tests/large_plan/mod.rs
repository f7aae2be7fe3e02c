//! A plan of two thousand grants and its configuration, generated instead of kept in the repository. Its reports are
//! compared with `tests/golden/review/two-thousand.tsv` by counts, sizes and hashes.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use hwgrants::review::{Format, Report, SourceLocations};
use hwgrants::sandbox::seed;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The blocks: type, name, secret and the first of its thousand users.
const BLOCKS: [(&str, &str, &str, usize); 2] = [
    ("csms_grant", "db", seed::SECRET_DB_PASSWORD, 0),
    ("hwgrants_csms_grant", "api", seed::SECRET_API_KEY, 1_000),
];

/// The expiration dates lie on this many days, beginning with the first.
const DAY_COUNT: usize = 180;

/// The users of a block, each with its expiration date in days from the first.
fn users(first: usize) -> impl Iterator<Item = (String, i64)> {
    (first..first + 1_000).map(|number| {
        let days = i64::try_from(number % DAY_COUNT).unwrap();
        (format!("user-{number:04}"), days)
    })
}

/// The configuration; `day` writes a date so many days after the first.
pub(crate) fn config(day: impl Fn(i64) -> String) -> String {
    let mut text = String::new();
    for (type_name, name, secret, first) in BLOCKS {
        let users = users(first).map(|(user, days)| format!("    {user} = \"{}\"\n", day(days)));
        let users: String = users.collect();
        writeln!(
            text,
            "resource \"{type_name}\" \"{name}\" {{\n  provider = hwgrants\n  resource_id = \"{secret}\"\n  \
             type = \"SECRET\"\n  grantee_type = \"user\"\n  grantee_target_id = each.key\n  for_each = {{\n{users}  }}\n  \
             validity_time = each.value\n  reason = \"Rollout of ${{each.key}}\"\n}}"
        )
        .unwrap();
    }
    text
}

/// The first expiration date of [`plan`].
pub(crate) fn first_day() -> Date {
    date(2026, 12, 1)
}

/// The plan that creates the grants, as Terraform writes it. Values that are not known before the apply are left out.
pub(crate) fn plan() -> Value {
    let mut changes = Vec::new();
    for (type_name, name, secret, first) in BLOCKS {
        changes.extend(users(first).map(|(user, days)| {
            json!({
                "address": format!("{type_name}.{name}[\"{user}\"]"),
                "mode": "managed",
                "type": type_name,
                "name": name,
                "index": user,
                "provider_name": "registry.terraform.io/hwgrants/hwgrants",
                "change": {
                    "actions": ["create"],
                    "before": null,
                    "after": {
                        "id": format!("SECRET/{secret}/user/{user}"),
                        "region": seed::REGION,
                        "project_id": seed::PROJECT_ID,
                        "resource_id": secret,
                        "type": "SECRET",
                        "grantee_type": "user",
                        "grantee_target_id": user,
                        "validity_time": (first_day() + days.days()).to_string(),
                        "reason": format!("Rollout of {user}"),
                        "timeouts": null,
                    },
                    "after_unknown": {
                        "create_time": true, "granted_resource_id": true, "grantee_name": true, "grantee_user": true,
                        "signature": true, "state": true, "status": true, "update_time": true, "uuid": true,
                    },
                    "before_sensitive": false,
                    "after_sensitive": {"signature": true},
                },
            })
        }));
    }
    json!({
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "timestamp": "2026-12-01T12:00:00Z",
        "applyable": true,
        "complete": true,
        "errored": false,
        "resource_changes": changes,
    })
}

/// Compares the counts of a report, and the lines, bytes and hash of each of its formats. `UPDATE_GOLDEN=1` writes them.
#[track_caller]
pub(crate) fn check(report: &Report, places: &SourceLocations) {
    let mut summary = format!(
        "changes\t{}\nfindings\t{}\n",
        report.changes.len(),
        report.findings.len()
    );
    for format in Format::ALL {
        let text = format.render(report, places);
        let digest = Sha256::digest(&text);
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let (lines, bytes) = (text.lines().count(), text.len());
        writeln!(summary, "{}\t{lines}\t{bytes}\t{digest}", format.name()).unwrap();
    }
    let path = golden();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &summary).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(summary, expected, "`UPDATE_GOLDEN=1` writes it");
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/review/two-thousand.tsv")
}
