//! The JSON of an audit, against its schema.

use std::path::Path;

use serde_json::json;

/// The schema for readers of the JSON, as it is in `docs/`.
fn golden() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/audit.schema.json")
}

#[test]
fn the_schema_accepts_valid_documents_and_rejects_invalid_ones() {
    let schema = std::fs::read_to_string(golden()).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let whole = json!({
        "format_version": "1.1", "region": "r", "project_id": "p", "withheld": [], "is_complete": true,
        "projects": [{"region": "r", "project_id": "p", "is_read": true}],
        "missing": [], "not_checked": [], "repeated": [], "not_audited": [],
        "counts": {"live": 1, "declared": 0, "undeclared": 1, "endless": 1, "missing": 0, "not_checked": 0, "repeated": 0},
        "undeclared": [{"resource": "repo_kms_grant", "import_id": "r/t", "region": "r", "tenant_id": "t"}],
    });
    assert!(validator.is_valid(&whole));
    let mut of_a_later_version = whole.clone();
    of_a_later_version["counts"]["more"] = 1.into();
    assert!(validator.is_valid(&of_a_later_version));
    for (part, wrong) in [
        ("/format_version", json!(1)),
        ("/counts/live", json!(-1)),
        ("/undeclared/0/resource", json!("kms_grant")),
        ("/undeclared/0/tenant_id", json!(null)),
    ] {
        let mut broken = whole.clone();
        *broken.pointer_mut(part).unwrap() = wrong;
        assert!(!validator.is_valid(&broken), "{part}");
    }
}
