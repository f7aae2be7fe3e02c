//! Stored objects of `tests/golden/state/RESOURCE/CASE.json`: each with the schema version and attributes in the form of a
//! state file, and what they become, `upgraded`, or the title of the message, `refused`.

use std::fs;
use std::path::Path;

use hwgrants::protocol::proto::*;
use serde_json::Value as Json;

use super::message::summaries;
use super::schema::schemas;
use super::server::{Served, sandbox};
use super::terraform::Terraform;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/state");

/// The cases of a resource, with their names.
fn cases(resource: &str) -> Vec<(String, Json)> {
    let folder = Path::new(FOLDER).join(resource);
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let read = |file: fs::DirEntry| {
        let text = fs::read_to_string(file.path()).unwrap();
        let name = format!("{resource}/{}", file.file_name().display());
        (name, serde_json::from_str(&text).unwrap())
    };
    files.map(|file| read(file.unwrap())).collect()
}

fn raw_state(case: &Json) -> RawState {
    let flat = case["attributes_flat"].as_object();
    RawState {
        json: match &case["attributes"] {
            Json::Null => Vec::new(),
            attributes => attributes.to_string().into_bytes(),
        },
        flatmap: flat
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect(),
    }
}

#[tokio::test]
async fn c82_c83_c84_every_golden_state_is_upgraded_or_rejected_offline() {
    let sandbox = sandbox().await;
    let served = Served::hwgrants(&sandbox).await;
    // Not configured.
    let terraform = Terraform::new(served.client()).await;
    for name in terraform.resources.keys() {
        let resource = name.trim_start_matches("hwgrants_");
        for (at, case) in cases(resource) {
            let version = case["schema_version"].as_i64().unwrap();
            let upgraded = terraform.upgrade_raw(name, version, raw_state(&case)).await;
            match upgraded {
                Ok(upgraded) => assert_eq!(upgraded, case["upgraded"], "{at}"),
                Err(found) => assert_eq!(summaries(&found), [&case["refused"]], "{at}"),
            }
        }
    }
    assert_eq!(sandbox.world().requests().len(), 0);
}

#[tokio::test]
async fn c83_every_schema_version_has_a_golden_state() {
    let [_, real] = schemas().await;
    for (name, schema) in &real.resource_schemas {
        let cases = cases(name.trim_start_matches("hwgrants_"));
        for version in 0..=schema.version {
            let is_upgraded =
                |case: &Json| case["schema_version"] == version && case["upgraded"].is_object();
            assert!(
                cases.iter().any(|(_, case)| is_upgraded(case)),
                "`{name}` has no stored state of version {version}"
            );
        }
    }
}
