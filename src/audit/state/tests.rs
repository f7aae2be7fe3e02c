use serde_json::{Value, json};

use super::*;

const HINT: &str = "terraform show -json";

fn read(state: &Value) -> Result<DeclaredState, Error> {
    DeclaredState::read(state.to_string().as_bytes())
}

/// The keys that a state declares, as an import names them.
#[track_caller]
fn keys(state: &Value) -> Vec<String> {
    read(state).unwrap().declared.iter().map(named).collect()
}

/// A grant as an import names it.
fn named(declared: &DeclaredGrant) -> String {
    match &declared.grant {
        Declared::Secret {
            location,
            resource_type,
            resource_id,
            grantee_type,
            grantee_id,
        } => format!(
            "{}/{}/{}/{resource_id}/{}/{grantee_id}",
            location.region,
            location.project_id,
            resource_type.as_str(),
            grantee_type.word()
        ),
        Declared::Delegation(delegation) => delegation.to_string(),
    }
}

fn grant(kind: &str, grantee_type: &str, grantee: &str) -> Value {
    json!({
        "region": "cn-north-4", "project_id": "p", "type": kind, "resource_id": "s",
        "grantee_type": grantee_type, "grantee_target_id": grantee, "signature": "hush", "uuid": "hush",
    })
}

fn delegation() -> Value {
    json!({"region": "cn-north-4", "tenant_id": "t", "assumed": true})
}

fn shown(type_name: &str, values: Value) -> Value {
    let address = format!("{type_name}.a");
    json!({"address": address, "mode": "managed", "type": type_name, "name": "a", "values": values,
           "sensitive_values": {"signature": true}})
}

fn state(root_module: &Value) -> Value {
    json!({"format_version": "1.0", "terraform_version": "1.11.4", "values": {"outputs": {}, "root_module": root_module}})
}

#[test]
fn empty_values_default_to_the_audited_location_and_account() {
    let mut blank = grant("SECRET", "user", "u");
    blank["region"] = json!("");
    blank["project_id"] = json!("");
    let state = state(&json!({"resources": [
        shown("csms_grant", blank),
        shown("repo_kms_grant", json!({"region": "", "tenant_id": "", "id": "t"})),
        shown("repo_kms_grant", json!({"region": "cn-east-3", "tenant_id": "", "id": "t"})),
    ]}));
    let state = read(&state).unwrap();
    assert!(state.is_unlocated());
    let location = ProjectLocation {
        region: Region::new("cn-north-4").unwrap(),
        project_id: ProjectId::new("p").unwrap(),
    };
    let state = state.with_location(&location).unwrap();
    assert!(!state.is_unlocated());
    let mut words: Vec<_> = state.declared.iter().map(named).collect();
    words.sort();
    let expected = [
        "cn-east-3/t",
        "cn-north-4/p/SECRET/s/user/u",
        "cn-north-4/t",
    ];
    assert_eq!(words, expected);
}

#[test]
fn all_modules_type_names_and_enum_spellings_are_read() {
    let inner = json!({"address": "module.a[\"x\"].module.b[0]", "resources": [
        shown("hwgrants_csms_grant", grant("secret", "2", "inner")),
        shown("hwgrants_repo_kms_grant", delegation()),
    ]});
    let outer = json!({"address": "module.a[\"x\"]", "child_modules": [inner], "resources": [
        shown("csms_grant", grant("GROUP", "0", "outer")),
    ]});
    let mut data = shown("csms_grants", json!({"resource_id": "s"}));
    data["mode"] = "data".into();
    let root = json!({"child_modules": [outer], "resources": [
        shown("csms_grant", grant("Secret", "User", "root")),
        shown("huaweicloud_csms_secret", json!({"id": 1})),
        shown("csms_grants", json!(null)),
        data,
    ]});
    assert_eq!(
        keys(&state(&root)),
        [
            "cn-north-4/p/SECRET/s/user/root",
            "cn-north-4/p/GROUP/s/user/outer",
            "cn-north-4/p/SECRET/s/group/inner",
            "cn-north-4/t",
        ]
    );
}

#[test]
fn a_state_file_is_read_like_terraform_show_output() {
    let resource = |module: Option<&str>, mode: &str, type_name: &str, values: &[Value]| {
        let instances = values
            .iter()
            .map(|values| json!({"index_key": 0, "attributes": values}));
        let instances: Vec<_> = instances.collect();
        let mut resource =
            json!({"mode": mode, "type": type_name, "name": "a", "instances": instances});
        if let Some(module) = module {
            resource["module"] = module.into();
        }
        resource
    };
    let file = json!({"version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "l", "outputs": {}, "resources": [
        resource(None, "managed", "csms_grant", &[grant("SECRET", "user", "one"), grant("SECRET", "user", "two")]),
        resource(Some("module.m"), "managed", "hwgrants_repo_kms_grant", &[delegation()]),
        resource(None, "data", "csms_grant", &[json!({})]),
        resource(None, "managed", "null_resource", &[json!([1])]),
    ]});
    let expected = [
        "cn-north-4/p/SECRET/s/user/one",
        "cn-north-4/p/SECRET/s/user/two",
        "cn-north-4/t",
    ];
    assert_eq!(keys(&file), expected);
    assert_eq!(read(&file).unwrap().names, BTreeSet::from(["a".to_owned()]));
}

#[test]
fn an_empty_state_declares_nothing() {
    for nothing in [
        json!({"format_version": "1.0"}),
        json!({"format_version": "1.0", "terraform_version": "1.11.4"}),
        json!({"format_version": "1.7", "values": null, "of_a_later_version": 1}),
        json!({"format_version": "1.0", "values": {}}),
        state(&json!({})),
        state(&json!({"resources": []})),
        json!({"version": 4, "serial": 1, "lineage": "", "resources": []}),
        json!({"version": 4, "serial": 1}),
    ] {
        assert_eq!(read(&nothing), Ok(DeclaredState::default()), "{nothing}");
    }
}

#[test]
fn names_are_collected_from_the_root_module_only() {
    let mut other = shown("null_resource", json!({}));
    other["name"] = "b".into();
    let mut inner = other.clone();
    inner["name"] = "c".into();
    let root = json!({"resources": [shown("csms_grant", grant("SECRET", "0", "u")), other],
                      "child_modules": [{"resources": [inner]}]});
    let names = read(&state(&root)).unwrap().names;
    assert_eq!(names, BTreeSet::from(["a".to_owned(), "b".to_owned()]));
}

#[test]
fn an_invalid_state_is_an_error_with_a_hint() {
    let saved_plan: &[u8] = b"PK\x03\x04\xff";
    let whole = state(&json!({"resources": []})).to_string();
    for (json, expected) in [
        (&b""[..], "the input is empty"),
        (b" \n", "the input is empty"),
        (b"\xef\xbb\xbf", "the input is empty"),
        (saved_plan, "the input is not UTF-8 text"),
        (
            b"# csms_grant.a:\n",
            "the input is not valid JSON (line 1, column 1)",
        ),
        (b"{}\n{}", "the input is not valid JSON (line 2, column 1)"),
        (
            &whole.as_bytes()[..whole.len() / 2],
            "the input is truncated at line 1",
        ),
        (b"[]", "the input is JSON, but not a state"),
        (b"{}", "the input is JSON, but not a state"),
        (
            br#"{"format_version":"1.0","provider_schemas":{}}"#,
            "the input is JSON, but not a state",
        ),
        (
            br#"{"format_version":"1.2","planned_values":{},"prior_state":{}}"#,
            "the input is a plan, not a state",
        ),
        (
            br#"{"format_version":"1.2","resource_changes":[]}"#,
            "the input is a plan, not a state",
        ),
        (
            br#"{"format_version":"2.0","values":{}}"#,
            "the state has format version `2.0`, but only `1.x` is supported",
        ),
        (
            br#"{"format_version":"10.1"}"#,
            "the state has format version `10.1`, but only `1.x` is supported",
        ),
        (
            br#"{"format_version":1}"#,
            "`format_version` in the state is malformed",
        ),
        (
            br#"{"version":3,"serial":1,"modules":[]}"#,
            "the state file has version `3`, but only version `4` is supported",
        ),
        (
            br#"{"serial":1,"lineage":"","meta":{},"encrypted_data":"x"}"#,
            "the state is encrypted",
        ),
        (
            br#"{"format_version":"1.0","values":[]}"#,
            "`values` in the state is malformed",
        ),
    ] {
        let error = DeclaredState::read(json).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert!(
            error.hint().contains(HINT) || error.hint().contains("use a version of `hwgrants`"),
            "{expected}"
        );
    }
}

#[test]
fn an_incomplete_key_error_names_the_attribute_but_no_value() {
    let attributes = [
        "region",
        "project_id",
        "type",
        "resource_id",
        "grantee_type",
        "grantee_target_id",
    ];
    for attribute in attributes {
        for wrong in [json!(null), json!(""), json!("..")] {
            if wrong == "" && matches!(attribute, "region" | "project_id") {
                // Stands for what the provider finds out.
                continue;
            }
            let mut values = grant("SECRET", "user", "u");
            values[attribute] = wrong;
            let error = read(&state(&json!({"resources": [shown("csms_grant", values)]})));
            let address = "csms_grant.a".to_owned();
            assert_eq!(error, Err(Error::NoKey { address, attribute }));
        }
    }
    let strange = shown("csms_grant\n", json!(null));
    assert_eq!(keys(&state(&json!({"resources": [strange]}))), [""; 0]);
    let mut values = grant("SECRET", "user", "u");
    values["resource_id"] = json!({"hush": "hush"});
    let error = read(&state(&json!({"resources": [shown("csms_grant", values)]}))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`csms_grant.a` in the state is malformed"
    );
}

#[test]
fn addresses_have_keys_and_the_name_of_the_state() {
    let mut with_end = grant("SECRET", "user", "one");
    with_end["validity_time"] = json!("2027-01-31");
    let instances = json!([
        {"index_key": "a\"b", "attributes": with_end},
        {"index_key": 1, "attributes": grant("SECRET", "user", "two")},
        {"attributes": grant("SECRET", "user", "two"), "deposed": "c0ffee",
         "sensitive_attributes": [[{"type": "get_attr", "value": "resource_id"}]]},
    ]);
    let file = json!({"version": 4, "serial": 3, "resources": [
        {"module": "module.m", "mode": "managed", "type": "csms_grant", "name": "a", "instances": instances},
    ]});
    let state = read(&file).unwrap().named(&"prod".parse().unwrap());
    let grants = state.declared.iter().map(|each| {
        let flags = (each.is_sensitive, each.is_deposed);
        (each.address.as_str(), each.expiry, flags)
    });
    let end = DeclaredExpiry::On("2027-01-31".parse().unwrap());
    let none = DeclaredExpiry::None;
    let expected = [
        (
            "prod:module.m.csms_grant.a[\"a\\\"b\"]",
            end,
            (false, false),
        ),
        ("prod:module.m.csms_grant.a[1]", none, (false, false)),
        ("prod:module.m.csms_grant.a (deposed)", none, (true, true)),
    ];
    assert_eq!(grants.collect::<Vec<_>>(), expected);
    let mut shown = shown("csms_grant", grant("SECRET", "user", "u"));
    shown["sensitive_values"] = json!({"grantee_target_id": true});
    let state = read(&self::state(&json!({"resources": [shown]}))).unwrap();
    assert!(state.declared.iter().all(|each| each.is_sensitive));
}

#[test]
fn compressed_and_utf_16_states_are_read() {
    use std::io::Write;
    let text = state(&json!({"resources": [shown("csms_grant", grant("SECRET", "user", "陈"))]}));
    let text = text.to_string();
    let mut utf_16 = vec![0xff, 0xfe];
    utf_16.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    let gzip = |bytes: &[u8]| {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    };
    let expected = read(&serde_json::from_str(&text).unwrap());
    assert_eq!(expected.as_ref().unwrap().declared.len(), 1);
    for bytes in [gzip(text.as_bytes()), gzip(&utf_16), utf_16.clone()] {
        assert_eq!(DeclaredState::read(&bytes), expected);
    }
    let whole = gzip(text.as_bytes());
    let error = DeclaredState::read(&whole[..whole.len() / 2]).unwrap_err();
    assert!(error.to_string().contains("gzip"), "{error}");
    assert!(error.hint().contains(HINT));
}
