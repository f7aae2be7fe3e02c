//! The table of access types, on real plans.

mod agreement;
mod coverage;
mod expected;

use hwgrants::access::net::row::{Change, Row};
use hwgrants::access::net::{Summary, combine};
use hwgrants::plan_json::read_plan;
use serde_json::Value;

/// What a plan does to access.
fn summarize(plan: &Value) -> Summary {
    combine(read_plan(plan.to_string().as_bytes()).unwrap().access)
}

/// The cells of a row: address, type, change, grantee, resource, level, until.
fn cells(row: &Row) -> [String; 7] {
    let change = match row.change {
        Change::Gained => "gained",
        Change::Lost => "lost",
        Change::Changed => "changed",
        Change::Kept => "kept",
        Change::Interrupted => "interrupted",
        Change::Moved => "moved",
        Change::MayGain | Change::MayLose => "unclear",
        Change::Unaffected => "none",
    };
    [
        row.addresses.join(" => "),
        row.type_name.to_string(),
        change.to_owned(),
        row.grantee.text.clone(),
        row.resource.text.clone(),
        row.level.to_string(),
        row.until.to_string(),
    ]
}
