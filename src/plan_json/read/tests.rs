use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::super::completeness::Completeness;
use super::super::dialect::Dialect;
use super::super::plan::Action;
use super::super::value::{Attributes, PlanValue};
use super::*;
use crate::access::net::combine;

fn read(json: impl AsRef<[u8]>) -> Result<Plan, Error> {
    super::read(json.as_ref())
}

fn malformed(element: &str) -> Error {
    Error::Malformed {
        element: match element.starts_with('`') {
            true => format!("{element} in the plan"),
            false => element.to_owned(),
        },
    }
}

/// The plans made by real Terraform.
fn golden() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/review");
    let cases = std::fs::read_dir(folder).unwrap();
    let cases = cases.map(|case| case.unwrap().path().join("plan.json"));
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/review/plan.json");
    let cases = cases.chain([example]);
    let plans: Vec<_> = cases
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .collect();
    assert!(plans.len() >= 11);
    plans
}

/// Attributes of a grant.
fn attributes(user: &str) -> Json {
    json!({
        "region": "r", "project_id": "p", "type": "SECRET", "resource_id": "s", "grantee_type": "user",
        "grantee_target_id": user, "reason": "Größe \"M\" \u{9648}", "validity_time": "2027-01-01", "state": -1.5e3,
    })
}

fn entry(address: &str, change: Json) -> Json {
    json!({ "address": address, "mode": "managed", "type": "csms_grant", "name": "a", "change": change })
}

fn create(address: &str) -> Json {
    let after = attributes("ana");
    entry(
        address,
        json!({ "actions": ["create"], "before": null, "after": after, "after_unknown": {} }),
    )
}

/// A plan with something of everything.
fn full() -> Json {
    json!({
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "timestamp": "2026-12-01T12:00:00Z",
        "complete": true,
        "errored": false,
        "variables": { "project": { "value": "7b4c1d0f5e3a4c2f9d8e6a1b0c5f2e34" } },
        "planned_values": {},
        "resource_changes": [
            create("csms_grant.a"),
            { "address": "other.a", "mode": "managed", "type": "other", "change": { "actions": ["explode"] } },
        ],
        "resource_drift": [
            entry("csms_grant.b", json!({ "actions": ["delete"], "before": attributes("ben"), "after": null })),
        ],
        "deferred_changes": [
            { "reason": "provider_config_unknown", "resource_change": create("csms_grant.c") },
        ],
        "prior_state": { "format_version": "1.0", "values": { "root_module": { "resources": [
            { "address": "csms_grant.d", "mode": "managed", "type": "csms_grant", "values": attributes("dana"),
              "sensitive_values": { "reason": true } },
        ] } } },
        "configuration": {
            "provider_config": { "hwgrants": { "expressions": { "project_id": { "references": ["var.project"] } } } },
            "root_module": {
                "resources": [{ "address": "csms_grant.a", "mode": "managed", "type": "csms_grant",
                                "provider_config_key": "hwgrants" }],
                "module_calls": { "team": { "source": "./team", "module": {} } },
                "variables": { "project": {} },
            },
        },
    })
}

/// The JSON with the keys of each object in the opposite order.
fn reversed(json: &Json) -> String {
    match json {
        Json::Object(members) => {
            let members = members.iter().rev();
            let members = members.map(|(key, value)| format!("{}:{}", json!(key), reversed(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Json::Array(values) => {
            let values: Vec<_> = values.iter().map(reversed).collect();
            format!("[{}]", values.join(","))
        }
        other => other.to_string(),
    }
}

/// Gives one byte at a time.
struct Drops<'a>(&'a [u8]);

impl Read for Drops<'_> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let length = target.len().min(1);
        self.0.read(&mut target[..length])
    }
}

#[test]
fn key_order_chunk_size_and_bom_do_not_affect_the_plan() {
    let full = full().to_string();
    for plan in golden().into_iter().chain([full]) {
        let expected = read(&plan).unwrap();
        let backwards = reversed(&serde_json::from_str(&plan).unwrap());
        assert_ne!(plan, backwards);
        assert_eq!(read(backwards), Ok(expected.clone()));
        assert_eq!(super::read(Drops(plan.as_bytes())), Ok(expected.clone()));
        assert_eq!(read(format!("\u{feff}{plan}\n")), Ok(expected));
    }
}

#[test]
fn all_relevant_parts_of_a_plan_are_read() {
    let plan = read(full().to_string()).unwrap();
    let addresses = |changes: &[ResourceChange]| -> Vec<_> {
        let changes = changes.iter();
        changes
            .map(|change| (change.address.to_string(), change.action))
            .collect()
    };
    assert_eq!(
        addresses(&plan.changes),
        [
            ("csms_grant.a".to_owned(), Action::Create),
            ("csms_grant.d".to_owned(), Action::Keep)
        ]
    );
    assert_eq!(
        addresses(&plan.drift),
        [("csms_grant.b".to_owned(), Action::Delete)]
    );
    let [deferred] = plan.deferred.as_slice() else {
        panic!("{:?}", plan.deferred)
    };
    assert_eq!(deferred.reason, "provider_config_unknown");
    assert_eq!(&*deferred.change.address, "csms_grant.c");
    assert_eq!(plan.configuration.modules["module.team"], "./team");
    let project = PlanValue::Known("7b4c1d0f5e3a4c2f9d8e6a1b0c5f2e34".into());
    assert_eq!(plan.configuration.projects["csms_grant.a"], project);
    assert_eq!(plan.completeness, Completeness::Deferred);
    assert_eq!(
        plan.planned_at,
        Some("2026-12-01T12:00:00Z".parse().unwrap())
    );
}

#[test]
fn a_plan_cut_off_at_any_byte_is_reported_as_truncated() {
    let plan = full().to_string();
    for length in 0..plan.len() {
        let expected = match length {
            0 => Error::Empty,
            _ => Error::Truncated { line: 1 },
        };
        assert_eq!(read(&plan.as_bytes()[..length]), Err(expected), "{length}");
    }
}

#[test]
fn invalid_input_is_classified_by_cause() {
    let plan = full().to_string();
    let column = plan.len() + 1;
    let with = |rest: &[u8]| [plan.as_bytes(), rest].concat();
    let inside = |what: &[u8]| {
        let (head, rest) = plan.as_bytes().split_at(plan.find("Gr").unwrap());
        [head, what, rest].concat()
    };
    for (name, json, expected) in [
        (
            "two documents",
            with(plan.as_bytes()),
            Error::SeveralDocuments { line: 1 },
        ),
        (
            "two documents on two lines",
            with(b"\n\n{\"a\": 1}\n"),
            Error::SeveralDocuments { line: 3 },
        ),
        (
            "half a second document",
            with(b"\n{\"a\": 1"),
            Error::Truncated { line: 2 },
        ),
        (
            "a printed plan",
            b"\n\x1b[1mOpenTofu will perform the following actions:\x1b[0m\n".to_vec(),
            Error::PrintedPlan,
        ),
        (
            "a printed plan in a text",
            b"\"Terraform will perform the following actions:\" x".to_vec(),
            Error::NotJson {
                line: 1,
                column: 49,
            },
        ),
        (
            "messages",
            b"{\"@level\":\"info\"}\n{\"@level\":\"info\"}\n".to_vec(),
            Error::MessageLog,
        ),
        (
            "one message",
            b"{\"@level\":\"info\"}\n".to_vec(),
            Error::MessageLog,
        ),
        (
            "a redacted plan",
            b"{\"plan_format_version\":\"1.2\",\"resource_changes\":[]}".to_vec(),
            Error::Redacted,
        ),
        (
            "a reference to a plan",
            b"{\"remote_plan_format\":1,\"run_id\":\"run-1\",\"hostname\":\"app.terraform.io\"}"
                .to_vec(),
            Error::CloudPlan,
        ),
        (
            "an encrypted plan",
            b"{\"serial\":0,\"lineage\":\"\",\"meta\":{},\"encrypted_data\":\"x\"}".to_vec(),
            Error::Encrypted,
        ),
        (
            "trailing garbage",
            with(b"x"),
            Error::NotJson { line: 1, column },
        ),
        (
            "half a character at the end",
            with(b"\xe9\x99"),
            Error::NotText,
        ),
        ("zeros at the end", with(b"\0\0"), Error::NotText),
        ("a zero inside", inside(b"\0"), Error::NotText),
        ("no UTF-8 inside", inside(b"\xff"), Error::NotText),
        ("half a surrogate", b"\xed\xa0\x80".to_vec(), Error::NotText),
        ("UTF-16 without a mark", b"{\0\"\0".to_vec(), Error::NotText),
        ("blank", b" \n\t\r\n".to_vec(), Error::Empty),
        ("a mark alone", b"\xef\xbb\xbf".to_vec(), Error::Empty),
        ("a saved plan", b"PK\x03\x04\xff".to_vec(), Error::SavedPlan),
        ("a text", b"\"1.2\"".to_vec(), Error::NotPlan),
        ("a cut number", b"-".to_vec(), Error::Truncated { line: 1 }),
        (
            "a cut word",
            b"{\"a\":\ntru".to_vec(),
            Error::Truncated { line: 2 },
        ),
        (
            "a wrong word",
            b"{\"a\":\ntrouble}".to_vec(),
            Error::NotJson { line: 2, column: 3 },
        ),
    ] {
        assert_eq!(read(json), Err(expected), "{name}");
    }
}

#[test]
fn an_unsupported_version_takes_precedence_over_other_errors() {
    let mut plan = full();
    plan["format_version"] = "2.0".into();
    plan["resource_changes"] = 5.into();
    plan["configuration"] = "x".into();
    let version = Err(Error::Version("2.0".to_owned()));
    assert_eq!(read(plan.to_string()), version);
    assert_eq!(read(reversed(&plan)), version);
    // Twice: the last one counts.
    let twice = r#"{"format_version":"1.2","planned_values":{},"format_version":"2.0"}"#;
    assert_eq!(read(twice), version);
}

#[test]
fn a_malformed_part_of_a_plan_is_named() {
    for (pointer, value, element) in [
        ("/format_version", json!(1), "`format_version`"),
        ("/timestamp", json!("soon"), "`timestamp`"),
        ("/complete", json!("yes"), "`complete`"),
        ("/variables", json!([]), "`variables`"),
        ("/resource_changes", json!({}), "`resource_changes`"),
        ("/resource_changes/0", json!("x"), "`resource_changes`"),
        ("/resource_changes/0", json!(null), "`resource_changes`"),
        ("/resource_changes/0/type", json!(7), "`resource_changes`"),
        (
            "/resource_changes/1/mode",
            json!(null),
            "`resource_changes`",
        ),
        (
            "/resource_changes/0/change",
            json!(null),
            "the change to `csms_grant.a`",
        ),
        (
            "/resource_changes/0/change/actions",
            json!(["explode"]),
            "the change to `csms_grant.a`",
        ),
        (
            "/resource_changes/0/change/after",
            json!("hush"),
            "the change to `csms_grant.a`",
        ),
        (
            "/resource_drift/0/change/before",
            json!(["hush"]),
            "the change to `csms_grant.b`",
        ),
        ("/deferred_changes", json!(true), "`deferred_changes`"),
        ("/deferred_changes/0", json!({}), "`deferred_changes`"),
        ("/prior_state", json!([]), "`prior_state`"),
        (
            "/prior_state/values/root_module/resources",
            json!({}),
            "`prior_state`",
        ),
        (
            "/prior_state/values/root_module/resources/0/values",
            json!("hush"),
            "the state of `csms_grant.d`",
        ),
        ("/configuration", json!(0.5), "`configuration`"),
        (
            "/configuration/root_module/module_calls/team",
            json!([]),
            "`configuration`",
        ),
        (
            "/configuration/root_module/resources/0/address",
            json!(1),
            "`configuration`",
        ),
    ] {
        let mut plan = full();
        *plan.pointer_mut(pointer).unwrap() = value;
        assert_eq!(read(plan.to_string()), Err(malformed(element)), "{pointer}");
        assert_eq!(read(reversed(&plan)), Err(malformed(element)), "{pointer}");
    }
}

#[test]
fn a_change_without_the_object_that_it_changes_is_an_error() {
    let plan = |part: &str, change: Json| {
        let changes = [entry("csms_grant.a", change)];
        read(json!({ "format_version": "1.2", "resource_changes": [], part: changes }).to_string())
    };
    let some = attributes("ana");
    let none = Json::Null;
    for (actions, before, after) in [
        (json!(["create"]), &none, &none),
        (json!(["delete"]), &none, &none),
        (json!(["forget"]), &none, &none),
        (json!(["update"]), &some, &none),
        (json!(["update"]), &none, &some),
        (json!(["update"]), &none, &none),
        (json!(["no-op"]), &some, &none),
        (json!(["no-op"]), &none, &some),
        (json!(["delete", "create"]), &some, &none),
        (json!(["create", "delete"]), &none, &some),
        (json!(["forget", "create"]), &some, &none),
        (json!(["create", "forget"]), &none, &some),
    ] {
        let change = json!({ "actions": actions, "before": before, "after": after });
        for part in ["resource_changes", "resource_drift"] {
            let error = plan(part, change.clone()).unwrap_err();
            assert_eq!(error, malformed("the change to `csms_grant.a`"), "{change}");
        }
    }
}

#[test]
fn an_object_that_is_unknown_as_a_whole_is_an_object() {
    for (actions, before) in [
        (json!(["create"]), Json::Null),
        (json!(["update"]), attributes("ana")),
        (json!(["delete", "create"]), attributes("ana")),
    ] {
        let change =
            json!({ "actions": actions, "before": before, "after": null, "after_unknown": true });
        let changes = [entry("csms_grant.a", change)];
        let plan = json!({ "format_version": "1.2", "resource_changes": changes });
        let plan = read(plan.to_string()).unwrap();
        let after = plan.changes[0].after.as_ref().unwrap();
        for name in ["grantee_target_id", "resource_id", "validity_time"] {
            assert_eq!(after.value(name), PlanValue::Unknown, "{actions} {name}");
        }
    }
}

#[test]
fn deep_nesting_and_long_strings_do_not_crash() {
    let deep = |open: &str, close: &str| open.repeat(200_000) + &close.repeat(200_000);
    let lists = deep("[", "]");
    let objects = deep("{\"a\":[", "]}");
    let plan =
        |members: &str| format!(r#"{{"format_version":"1.2","planned_values":{{}},{members}}}"#);
    for members in [
        format!(r#""new":{lists}"#),
        format!(r#""new":{objects}"#),
        format!(r#""new":"{}""#, "x".repeat(5_000_000)),
        format!(
            r#""resource_changes":[{{"address":"a","mode":"managed","type":"other","change":{objects}}}]"#
        ),
        format!(
            r#""resource_changes":[{{"address":"a","mode":"managed","type":"huaweicloud_obs_bucket","change":{objects}}}]"#
        ),
        format!(
            r#""resource_changes":[{{"change":{objects},"address":"a","mode":"managed","type":"huaweicloud_obs_bucket"}}]"#
        ),
    ] {
        assert!(read(plan(&members)).is_ok());
        assert!(read(plan(&members[..members.len() - 2])).is_err());
    }
    for (members, element) in [
        (format!(r#""variables":{objects}"#), "`variables`"),
        (
            format!(r#""resource_changes":{lists}"#),
            "`resource_changes`",
        ),
        (
            format!(
                r#""resource_changes":[{{"address":"a","mode":"managed","type":"csms_grant","change":{objects}}}]"#
            ),
            "the change to `a`",
        ),
    ] {
        assert_eq!(read(plan(&members)), Err(malformed(element)));
    }
    let modules = deep(r#"{"child_modules":["#, "]}");
    let state = plan(&format!(r#""prior_state":{modules}"#));
    assert_eq!(read(state), Err(malformed("`prior_state`")));
    let calls = deep(r#"{"module_calls":{"a":{"module":"#, "}}}").replace(":}", ":{}}");
    let configuration = plan(&format!(r#""configuration":{{"root_module":{calls}}}"#));
    assert_eq!(read(configuration), Err(malformed("`configuration`")));
    let unclosed = "[".repeat(1_000_000);
    assert_eq!(read(&unclosed), Err(Error::Truncated { line: 1 }));
}

/// On a thread of a test, which has 2 MiB of stack.
#[test]
fn nine_hundred_nested_modules_are_read() {
    const COUNT: usize = 900;
    let mut plan = full().to_string();
    let module = plan_part(&full(), "/prior_state/values/root_module");
    let nested = format!(
        "{}{module}{}",
        r#"{"child_modules":["#.repeat(COUNT),
        "]}".repeat(COUNT)
    );
    plan = plan.replace(&module, &nested);
    let root = plan_part(&full(), "/configuration/root_module");
    let nested = format!(
        "{}{root}{}",
        r#"{"module_calls":{"a":{"source":"./a","module":"#.repeat(COUNT),
        "}}}".repeat(COUNT)
    );
    plan = plan.replace(&root, &nested);
    let read = read(plan).unwrap();
    assert_eq!(read.changes.len(), 2);
    assert_eq!(read.configuration.modules.len(), COUNT + 1);
}

/// A part of a plan in JSON.
fn plan_part(plan: &Json, pointer: &str) -> String {
    plan.pointer(pointer).unwrap().to_string()
}

#[test]
fn compression_encoding_and_log_lines_do_not_affect_the_plan() {
    let text = full().to_string();
    let expected = read(&text).unwrap();
    let indented = format!("{:#}\n", full()).replace('\n', "\r\n");
    let wrapped = format!(
        "[command]/home/runner/work/_temp/x/terraform-bin show -json plan.out\n{text}\n\n::debug::Terraform exited with code \
         0.\n::set-output name=stdout::{text}%0A\n::set-output name=exitcode::0\n"
    );
    let utf_16 = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        let units = ['\u{feff}'].into_iter().chain(text.chars());
        let units: Vec<u16> = String::from_iter(units).encode_utf16().collect();
        units.into_iter().flat_map(bytes).collect()
    };
    let texts = [
        text.clone().into_bytes(),
        format!("\u{feff}{text}").into_bytes(),
        wrapped.clone().into_bytes(),
        utf_16(&indented, u16::to_le_bytes),
        utf_16(&text, u16::to_be_bytes),
        utf_16(&wrapped, u16::to_le_bytes),
    ];
    for (number, text) in texts.into_iter().enumerate() {
        let zipped = gzip(&text);
        let cut = zipped[..zipped.len() - 9].to_vec();
        assert_eq!(read(&text), Ok(expected.clone()), "{number}");
        assert_eq!(super::read(Drops(&text)), Ok(expected.clone()), "{number}");
        assert_eq!(read(&zipped), Ok(expected.clone()), "{number}");
        assert_eq!(
            super::read(Drops(&zipped)),
            Ok(expected.clone()),
            "{number}"
        );
        let Err(Error::Read(said)) = read(&cut) else {
            panic!("{number}");
        };
        assert!(said.contains("gzip"), "{said}");
    }
    let text_around = wrapped.replace("::debug::", "debug: ");
    assert!(matches!(
        read(text_around),
        Err(Error::NotJson { line: 4, .. })
    ));
    assert_eq!(read(gzip(b"PK\x03\x04\xff")), Err(Error::SavedPlan));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn plans_of_format_version_0_2_are_read() {
    let mut plan = full();
    let expected = read(plan.to_string());
    plan["format_version"] = "0.2".into();
    assert_eq!(read(plan.to_string()), expected);
    for version in ["0.1", "0.20", "0.3"] {
        plan["format_version"] = version.into();
        let error = Error::Version(version.to_owned());
        assert_eq!(read(plan.to_string()), Err(error.clone()));
        assert!(error.hint().contains("Terraform 1.0"));
    }
}

#[test]
fn state_objects_without_a_change_are_kept() {
    let object = |address: &str, more: Json| {
        let mut object = json!({
            "address": address, "mode": "managed", "type": "csms_grant", "values": attributes("ana"),
            "sensitive_values": {},
        });
        object
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        object
    };
    let mut moved = create("csms_grant.new");
    moved["previous_address"] = "csms_grant.old".into();
    let mut plan = full();
    plan["resource_changes"].as_array_mut().unwrap().push(moved);
    plan["prior_state"]["values"]["root_module"] = json!({
        "resources": [
            object("csms_grant.a", json!({})),
            object("csms_grant.a", json!({ "deposed_key": "00000001" })),
            object("csms_grant.old", json!({})),
            object("csms_grant.tainted", json!({ "tainted": true })),
            object("data.csms_grant.a", json!({ "mode": "data" })),
            object("other.a", json!({ "type": "other" })),
            object("csms_grant.hidden", json!({ "sensitive_values": { "grantee_target_id": true } })),
        ],
        "child_modules": [{ "address": "module.a", "child_modules": [{ "resources": [
            object("module.a.module.b[0].hwgrants_csms_grant.a", json!({ "type": "hwgrants_csms_grant" })),
        ] }] }],
    });
    let kept = |plan: Plan| -> Vec<_> {
        let kept = plan
            .changes
            .into_iter()
            .filter(|change| change.action == Action::Keep);
        kept.inspect(|change| assert_eq!(change.before, change.after))
            .map(|change| {
                let user = change
                    .after
                    .as_ref()
                    .map(|after| after.value("grantee_target_id"));
                (change.address.to_string(), change.is_deposed, user.unwrap())
            })
            .collect()
    };
    let ana = PlanValue::Known("ana".into());
    let expected = [
        ("csms_grant.a", true, ana.clone()),
        ("csms_grant.hidden", false, PlanValue::Sensitive),
        ("csms_grant.tainted", false, ana.clone()),
        ("module.a.module.b[0].hwgrants_csms_grant.a", false, ana),
    ];
    let expected =
        expected.map(|(address, is_deposed, user)| (address.to_owned(), is_deposed, user));
    assert_eq!(kept(read(plan.to_string()).unwrap()), expected);
}

#[test]
fn create_with_forget_is_read_as_two_changes() {
    let change = json!({
        "actions": ["create", "forget"], "before": attributes("ana"), "after": attributes("ben"),
    });
    let plan =
        json!({ "format_version": "1.2", "resource_changes": [entry("csms_grant.a", change)] });
    let plan = read(plan.to_string()).unwrap();
    let user =
        |side: &Option<Arc<Attributes>>| side.as_ref().map(|side| side.value("grantee_target_id"));
    let changes = plan.changes.iter();
    let changes: Vec<_> = changes
        .map(|change| (change.action, user(&change.before), user(&change.after)))
        .collect();
    let known = |name: &str| Some(PlanValue::Known(name.into()));
    assert_eq!(
        changes,
        [
            (Action::Forget, known("ana"), None),
            (Action::Create, None, known("ben"))
        ]
    );
}

/// A change of a resource of another provider, with a value that must not be kept.
fn foreign(type_name: &str, actions: &[&str]) -> Json {
    json!({
        "address": format!("{type_name}.a"), "mode": "managed", "type": type_name, "name": "a",
        "change": {
            "actions": actions, "before": { "acl": "kept-private" }, "after": { "acl": "kept-public" },
            "after_unknown": {},
        },
    })
}

/// What of these changes is not reviewed, such as `Planned Update huaweicloud_obs_bucket.a`.
#[track_caller]
fn not_reviewed(plan: &Json) -> Vec<String> {
    let read = read(plan.to_string()).unwrap();
    assert_eq!(super::read(reversed(plan).as_bytes()), Ok(read.clone()));
    // Only types of this provider are kept with their attributes.
    for change in &read.not_reviewed {
        let is_own = change.type_name.starts_with("hwgrants_");
        assert_eq!(
            is_own,
            format!("{change:?}").contains("kept-"),
            "{change:?}"
        );
    }
    let told = read.not_reviewed.iter().map(|change| {
        let NotReviewed {
            type_name,
            address,
            part,
            operation,
            ..
        } = change;
        assert!(address.contains(type_name.as_str()), "{address}");
        format!("{part:?} {operation:?} {address}")
    });
    told.collect()
}

#[test]
fn changes_that_are_not_reviewed_are_listed_without_their_values() {
    for (actions, expected) in [
        (&["no-op"][..], None),
        (&["read"], None),
        (&["create"], Some("Create")),
        (&["update"], Some("Update")),
        (&["delete"], Some("Delete")),
        (&["delete", "create"], Some("Replace")),
        (&["create", "delete"], Some("Replace")),
        (&["create", "forget"], Some("ForgetAndCreate")),
        (&["forget"], Some("Forget")),
        (&["explode"], Some("Unknown")),
        (&[], Some("Unknown")),
    ] {
        for (type_name, listed) in [
            // Its accesses are read, unless it is deferred.
            ("huaweicloud_obs_bucket", &["Deferred"][..]),
            ("hwgrants_obs_grant", &["Planned", "Drift", "Deferred"]),
        ] {
            let plan = json!({
                "format_version": "1.2", "resource_changes": [foreign(type_name, actions)],
                "resource_drift": [foreign(type_name, actions)],
                "deferred_changes": [{ "reason": "unknown", "resource_change": foreign(type_name, actions) }],
            });
            let expected = listed.iter().filter_map(|part| {
                let operation = expected?;
                Some(format!("{part} {operation} {type_name}.a"))
            });
            let expected: Vec<_> = expected.collect();
            assert_eq!(not_reviewed(&plan), expected, "{actions:?}");
        }
    }
}

#[test]
fn data_sources_and_unrelated_resources_are_ignored() {
    let mut data = foreign("huaweicloud_obs_bucket", &["update"]);
    data["mode"] = "data".into();
    let plan = json!({
        "format_version": "1.2",
        "resource_changes": [data, foreign("huaweicloud_vpc", &["create"]), foreign("aws_iam_role", &["create"])],
    });
    assert_eq!(not_reviewed(&plan), [""; 0]);
}

#[test]
fn deposed_objects_and_deferred_grants_are_not_reviewed() {
    let mut deposed = foreign("huaweicloud_obs_bucket", &["delete"]);
    deposed["deposed"] = "00000001".into();
    deposed["change"]["before"]["acl"] = "public-read".into();
    let plan = json!({
        "format_version": "1.2", "resource_changes": [deposed, create("csms_grant.a")],
        "deferred_changes": [{ "reason": "unknown", "resource_change": create("csms_grant.b") }],
    });
    assert_eq!(not_reviewed(&plan), ["Deferred Create csms_grant.b"]);
    let read = super::read(plan.to_string().as_bytes()).unwrap();
    let access = combine(read.access);
    let addresses = access.rows.iter().flat_map(|row| row.addresses());
    let addresses: Vec<&str> = addresses.collect();
    assert!(
        addresses.contains(&"huaweicloud_obs_bucket.a"),
        "{addresses:?}"
    );
}

/// The addresses of changes whose types are reviewed, and that are not understood.
fn not_understood(plan: &Json) -> Vec<String> {
    let read = super::read(plan.to_string().as_bytes()).unwrap();
    assert_eq!(read.not_reviewed, []);
    let unread = combine(read.access).unread.into_iter();
    unread.map(|unread| unread.address).collect()
}

#[test]
fn a_malformed_change_of_a_reviewed_type_is_not_understood() {
    let whole = foreign("huaweicloud_obs_bucket", &["update"]);
    for change in [
        json!(null),
        json!(5),
        json!([]),
        json!({}),
        json!({ "actions": null }),
        json!({ "actions": "update" }),
        json!({ "actions": [1] }),
        json!({ "actions": ["create"], "after": null }),
        json!({ "actions": ["create"], "after": null, "after_unknown": {} }),
        json!({ "actions": ["delete"], "before": null }),
        json!({ "actions": ["update"], "before": {} }),
        json!({ "actions": ["explode"], "before": {}, "after": {} }),
    ] {
        for part in ["resource_changes", "resource_drift"] {
            let mut entry = whole.clone();
            entry["change"] = change.clone();
            let plan = json!({ "format_version": "1.2", "planned_values": {}, part: [entry] });
            assert_eq!(
                not_understood(&plan),
                ["huaweicloud_obs_bucket.a"],
                "{part} {change}"
            );
        }
    }
    let mut entry = whole;
    entry.as_object_mut().unwrap().remove("change");
    let plan = json!({ "format_version": "1.2", "resource_changes": [entry] });
    assert_eq!(not_understood(&plan), ["huaweicloud_obs_bucket.a"]);
}

#[test]
fn other_types_are_counted_if_anything_happens_to_them() {
    let change = |name: &str, actions: &[&str]| foreign(name, actions);
    let mut data = change("huaweicloud_vpcs", &["read"]);
    data["mode"] = "data".into();
    let plan = json!({
        "format_version": "1.2",
        "resource_changes": [
            change("huaweicloud_vpc", &["create"]),
            change("huaweicloud_vpc", &["no-op"]),
            change("huaweicloud_vpc", &["delete", "create"]),
            change("aws_iam_role", &["explode"]),
            data,
        ],
        "deferred_changes": [
            { "reason": "unknown", "resource_change": change("other_thing", &["create"]) },
        ],
    });
    let read = super::read(plan.to_string().as_bytes()).unwrap();
    let counted: Vec<(String, usize)> = combine(read.access).not_reviewed.into_iter().collect();
    let expected = [
        ("aws_iam_role", 1),
        ("huaweicloud_vpc", 2),
        ("other_thing", 1),
    ];
    assert_eq!(
        counted,
        expected.map(|(name, count)| (name.to_owned(), count))
    );
}

#[test]
fn a_known_id_has_the_name_of_its_object_in_the_plan_or_the_state() {
    let id = "0123456789abcdef0123456789abcdef";
    let user = |values: Json| {
        json!({
            "address": "huaweicloud_identity_user.a", "mode": "managed", "type": "huaweicloud_identity_user",
            "provider_name": "registry.example/local/cloud", "name": "a",
            "change": { "actions": ["no-op"], "before": values, "after": values },
            "values": values,
        })
    };
    let named = user(json!({ "id": id, "name": "alice" }));
    let membership = json!({
        "address": "huaweicloud_identity_group_membership.a", "mode": "managed",
        "type": "huaweicloud_identity_group_membership", "provider_name": "registry.example/local/cloud",
        "change": { "actions": ["create"], "before": null, "after": { "group": "g", "users": [id] } },
    });
    let state = json!({ "values": { "root_module": { "resources": [named.clone()] } } });
    for plan in [
        json!({ "format_version": "1.2", "resource_changes": [named, membership.clone()] }),
        json!({ "format_version": "1.2", "resource_changes": [membership], "prior_state": state }),
    ] {
        let read = super::read(plan.to_string().as_bytes()).unwrap();
        let rows = combine(read.access).rows;
        let row = rows.iter().find(|row| &*row.level.after == "member");
        assert_eq!(row.unwrap().grantee.names(), ["alice"], "{plan}");
    }
}

#[test]
fn a_moved_address_alone_is_not_drift() {
    for (part, after, expected) in [
        ("resource_drift", "kept-private", vec![]),
        ("resource_drift", "kept-public", vec!["Drift"]),
        // What is unknown afterwards is not in `after`.
        ("resource_changes", "kept-private", vec!["Planned"]),
    ] {
        let mut moved = foreign("hwgrants_obs_grant", &["update"]);
        moved["previous_address"] = "hwgrants_obs_grant.old".into();
        moved["change"]["after"]["acl"] = after.into();
        let plan = json!({ "format_version": "1.2", "planned_values": {}, part: [moved] });
        let expected = expected
            .into_iter()
            .map(|part| format!("{part} Update hwgrants_obs_grant.a"));
        assert_eq!(
            not_reviewed(&plan),
            expected.collect::<Vec<_>>(),
            "{part} {after}"
        );
    }
}

#[test]
fn a_project_is_resolved_only_from_constants_and_root_variables() {
    let id = "7b4c1d0f5e3a4c2f9d8e6a1b0c5f2e34";
    let known = Some(PlanValue::Known(id.into()));
    let reference = |name: &str| json!({ "project_id": { "references": [name] } });
    for (name, provider, expected) in [
        (
            "constant",
            json!({ "expressions": { "project_id": { "constant_value": id } } }),
            known.clone(),
        ),
        (
            "variable",
            json!({ "expressions": reference("var.project") }),
            known.clone(),
        ),
        (
            "sensitive",
            json!({ "expressions": reference("var.secret") }),
            Some(PlanValue::Sensitive),
        ),
        (
            "stage",
            json!({ "expressions": reference("var.stage") }),
            None,
        ),
        (
            "no value",
            json!({ "expressions": reference("var.unset") }),
            None,
        ),
        (
            "local",
            json!({ "expressions": reference("local.project") }),
            None,
        ),
        (
            "list",
            json!({ "expressions": reference("var.list") }),
            None,
        ),
        (
            "of a module",
            json!({ "module_address": "module.team", "expressions": reference("var.project") }),
            None,
        ),
        (
            "of two",
            json!({ "expressions": { "project_id": { "references": ["var.project", "var.stage"] } } }),
            None,
        ),
        ("none", json!({}), None),
        (
            "of the environment",
            json!({ "expressions": { "region": { "constant_value": "r" } } }),
            None,
        ),
    ] {
        let mut plan = full();
        plan["configuration"]["provider_config"] = json!({ "module.team:hwgrants": provider });
        plan["configuration"]["root_module"] = json!({
            "variables": { "secret": { "sensitive": true }, "project": { "default": "x" } },
            "module_calls": { "team": { "source": "./team", "module": {
                "resources": [
                    { "address": "csms_grant.a", "mode": "managed", "type": "csms_grant",
                      "provider_config_key": "module.team:hwgrants" },
                    { "address": "other.a", "mode": "managed", "type": "other",
                      "provider_config_key": "module.team:hwgrants" },
                ],
                "variables": { "project": { "sensitive": true } },
                "module_calls": { "oncall": { "source": "git::x", "module": {} } },
            } } },
        });
        plan["variables"] = json!({
            "project": { "value": id }, "secret": { "value": id }, "stage": { "value": "prod" }, "list": { "value": [id] },
        });
        for json in [plan.to_string(), reversed(&plan)] {
            let configuration = read(json).unwrap().configuration;
            let mut projects = configuration.projects;
            assert_eq!(
                projects.remove("module.team.csms_grant.a"),
                expected,
                "{name}"
            );
            assert!(projects.is_empty(), "{name}: {projects:?}");
            let modules: Vec<_> = configuration.modules.into_iter().collect();
            let expected = [
                ("module.team", "./team"),
                ("module.team.module.oncall", "git::x"),
            ];
            assert_eq!(modules, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
        }
    }
}

#[test]
fn the_dialect_is_read_from_changes_drift_and_provider_configurations() {
    let dialect = |change: &dyn Fn(&mut Json)| {
        let mut plan = full();
        change(&mut plan);
        let plan = read(plan.to_string()).unwrap();
        plan.configuration.dialects.get("").copied()
    };
    let tofu = "registry.opentofu.org/a/b";
    assert_eq!(dialect(&|_| {}), None);
    for (list, index) in [
        ("resource_changes", 0),
        ("resource_changes", 1),
        ("resource_drift", 0),
    ] {
        let set = |plan: &mut Json| plan[list][index]["provider_name"] = json!(tofu);
        assert_eq!(dialect(&set), Some(Dialect::OpenTofu), "{list} {index}");
    }
    let configured = |plan: &mut Json| {
        plan["configuration"]["provider_config"]["hwgrants"]["full_name"] = json!(tofu);
    };
    assert_eq!(dialect(&configured), Some(Dialect::OpenTofu));
    let old = |plan: &mut Json| {
        configured(plan);
        plan["terraform_version"] = json!("1.7.3");
    };
    assert_eq!(dialect(&old), Some(Dialect::Terraform));
    for version in [json!(1), Json::Null, json!({})] {
        let strange = |plan: &mut Json| plan["terraform_version"] = version.clone();
        assert_eq!(dialect(&strange), None, "{version}");
    }
    let golden = golden().into_iter().map(|plan| read(plan).unwrap());
    let read: Vec<_> = golden.map(|plan| plan.configuration.dialects).collect();
    // Each plan tells its client; one was made by OpenTofu.
    let of = |dialect: Dialect| {
        let expected = [(String::new(), dialect)].into();
        read.iter()
            .filter(|dialects| **dialects == expected)
            .count()
    };
    let (terraform, tofu) = (of(Dialect::Terraform), of(Dialect::OpenTofu));
    assert_eq!((terraform + tofu, tofu), (read.len(), 1), "{read:?}");
}

#[test]
fn each_state_keeps_its_dialect() {
    let plan = |version: &str, state: &str| {
        let mut plan = full();
        plan["terraform_version"] = json!(version);
        plan["resource_changes"][0]["provider_name"] = json!("registry.opentofu.org/a/b");
        let state = state.parse().unwrap();
        read(plan.to_string()).unwrap().qualified(&state)
    };
    let mut merged = plan("1.9.0", "new");
    merged.extend(plan("1.6.0", "old"));
    let expected = [("new", Dialect::OpenTofu), ("old", Dialect::Terraform)];
    let expected = expected.map(|(state, dialect)| (state.to_owned(), dialect));
    assert_eq!(merged.configuration.dialects, expected.into());
}
