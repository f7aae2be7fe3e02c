//! The table of access types, on real plans.

mod agreement;
mod expected;

use hwgrants::access::net::row::{Change, Row};
use hwgrants::access::net::{Summary, combine};
use hwgrants::access::{AccessReader, Configuration, Resource};
use serde_json::Value;

/// What a plan does to access, fed to the reader change by change.
fn summarize(plan: &Value) -> Summary {
    let list = |name: &str| plan[name].as_array().cloned().unwrap_or_default();
    let mut reader = AccessReader::new();
    for entry in list("resource_drift") {
        reader.drift(&resource(&entry), &entry["change"].to_string());
    }
    for entry in list("resource_changes") {
        reader.resource_change(&resource(&entry), &entry["change"].to_string());
    }
    let configuration: Configuration =
        serde_json::from_value(plan["configuration"].clone()).unwrap_or_default();
    let variables = plan["variables"].as_object().cloned().unwrap_or_default();
    let variables = variables
        .into_iter()
        .map(|(name, mut value)| (name, value["value"].take()))
        .collect();
    combine(reader.finish(&configuration, &variables))
}

fn resource(entry: &Value) -> Resource<'_> {
    Resource {
        address: entry["address"].as_str().unwrap_or_default(),
        type_name: entry["type"].as_str().unwrap_or_default(),
        is_data: entry["mode"] == "data",
        deposed: entry["deposed"].as_str(),
    }
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
        row.type_name.clone(),
        change.to_owned(),
        row.grantee.text.clone(),
        row.resource.text.clone(),
        row.level.to_string(),
        row.until.to_string(),
    ]
}
