//! Functions: their signatures, what they return, and how they fail.

use hwgrants::protocol::proto::{
    DynamicValue, Function, FunctionError, StringKind, call_function, configure_provider,
    get_functions, get_metadata, get_provider_schema,
};
use serde_json::{Value as Json, json};

use super::codec::{decode, encode, is_unknown, number, unknown};
use super::probe::behaviour;
use super::server::{Client, Served, client, sandbox};
use super::terraform::Terraform;
use crate::plugin::client::Host;

/// The functions of the provider, with the names of their parameters.
const FUNCTIONS: [(&str, &[&str]); 3] = [
    ("days_from", &["date", "n"]),
    (
        "grant_id",
        &["type", "resource_id", "grantee_type", "grantee_target_id"],
    ),
    ("parse_grant_id", &["id"]),
];

const GRANT: [&str; 4] = ["SECRET", "s", "user", "u"];

/// The real provider, not configured, whose requests would reach nothing.
async fn offline() -> Served {
    Served::hwgrants_with(&[("HWGRANTS_ENDPOINT", "http://127.0.0.1:9")]).await
}

async fn signature(client: &mut Client, name: &str) -> Function {
    let request = get_functions::Request {};
    let reply = client.get_functions(request).await.unwrap().into_inner();
    assert_eq!(reply.diagnostics, []);
    reply.functions[name].clone()
}

fn type_of(json: &[u8]) -> Json {
    serde_json::from_slice(json).unwrap()
}

async fn call_with(
    client: &mut Client,
    name: &str,
    arguments: Vec<DynamicValue>,
) -> call_function::Response {
    let name = name.to_owned();
    let request = call_function::Request { name, arguments };
    client.call_function(request).await.unwrap().into_inner()
}

fn in_msgpack(msgpack: Vec<u8>) -> DynamicValue {
    DynamicValue {
        msgpack,
        json: Vec::new(),
    }
}

/// Calls a function as Terraform does, with arguments of the declared types.
async fn call(client: &mut Client, name: &str, arguments: &[Json]) -> Result<Json, FunctionError> {
    let signature = signature(client, name).await;
    assert_eq!(arguments.len(), signature.parameters.len(), "{name}");
    let arguments = arguments.iter().zip(&signature.parameters);
    let arguments = arguments
        .map(|(value, parameter)| in_msgpack(encode(value, &type_of(&parameter.r#type))))
        .collect();
    let reply = call_with(client, name, arguments).await;
    match (reply.result, reply.error) {
        (Some(result), None) => {
            let output = type_of(&signature.r#return.unwrap().r#type);
            Ok(decode(&result.msgpack, &output).unwrap())
        }
        (None, Some(error)) => Err(error),
        other => panic!("{name}: {other:?}"),
    }
}

/// The position and the text of an error.
#[track_caller]
fn refused(result: Result<Json, FunctionError>) -> (Option<i64>, String) {
    let error = result.unwrap_err();
    // Terraform prints the text inside a sentence and adds the full stop.
    assert!(
        !error.text.is_empty() && !error.text.ends_with('.'),
        "{error:?}"
    );
    (error.function_argument, error.text)
}

fn texts(texts: &[&str]) -> Vec<Json> {
    texts.iter().map(|text| json!(text)).collect()
}

#[tokio::test]
async fn c63_c67_c71_functions_are_listed_once_in_metadata_schema_and_functions() {
    let served = offline().await;
    let mut client = served.client();
    let metadata = client.get_metadata(get_metadata::Request {}).await.unwrap();
    let listed = metadata.into_inner().functions;
    let listed: Vec<_> = listed.iter().map(|each| each.name.as_str()).collect();
    assert_eq!(listed, FUNCTIONS.map(|(name, _)| name));

    let request = get_provider_schema::Request {};
    let schema = client.get_provider_schema(request).await.unwrap();
    let functions = schema.into_inner().functions;
    assert!(functions.keys().eq(&listed), "{functions:?}");
    for (name, parameters) in FUNCTIONS {
        let function = &functions[name];
        assert_eq!(*function, signature(&mut client, name).await);
        let names = function.parameters.iter().map(|each| each.name.as_str());
        assert!(names.eq(parameters.iter().copied()), "{function:?}");
        assert!(!function.summary.is_empty() && !function.description.is_empty());
        assert_eq!(function.description_kind(), StringKind::Markdown);
        assert_eq!(function.variadic_parameter, None);
        assert_eq!(function.deprecation_message, "");
        for parameter in &function.parameters {
            let primitive = type_of(&parameter.r#type);
            assert!(primitive == "string" || primitive == "number");
            assert!(!parameter.description.is_empty(), "{parameter:?}");
            assert!(!parameter.allow_null_value && !parameter.allow_unknown_values);
        }
    }
    let output = |name: &str| type_of(&functions[name].r#return.as_ref().unwrap().r#type);
    assert_eq!(output("days_from"), "string");
    assert_eq!(output("grant_id"), "string");
    let parts = output("parse_grant_id");
    assert_eq!(parts[0], "object");
    let parts = parts[1].as_object().unwrap();
    assert!(parts.values().all(|ty| ty == "string"), "{parts:?}");
}

#[tokio::test]
async fn c72_c126_functions_work_offline_in_a_process_without_configuration() {
    let plugin = Host::new().start().await;
    let mut client = client(plugin.connect().await);
    // The first call of the process.
    let first = call_with(
        &mut client,
        "grant_id",
        GRANT
            .map(|text| in_msgpack(encode(&json!(text), &json!("string"))))
            .to_vec(),
    )
    .await;
    assert_eq!(first.error, None);
    let id = decode(&first.result.unwrap().msgpack, &json!("string"));
    assert_eq!(id, Ok(json!("SECRET/s/user/u")));
    let parts = call(&mut client, "parse_grant_id", &[id.unwrap()]).await;
    let expected = json!({
        "region": null, "project_id": null, "type": "SECRET", "resource_id": "s", "grantee_type": "user",
        "grantee_target_id": "u",
    });
    assert_eq!(parts, Ok(expected));
    let date = call(&mut client, "days_from", &[json!("2027-01-31"), json!(29)]).await;
    assert_eq!(date, Ok(json!("2027-03-01")));
}

#[tokio::test]
async fn c126_equal_arguments_give_equal_results_before_and_after_configure() {
    let served = offline().await;
    let mut client = served.client();
    let calls = [
        ("days_from", vec![json!("2028-02-29"), json!(-366)]),
        ("grant_id", texts(&["group", "s", "2", "g"])),
        ("parse_grant_id", texts(&["cn-north-4/p/SECRET/s/0/u"])),
    ];
    let mut first = Vec::new();
    for (name, arguments) in &calls {
        first.push(call(&mut client, name, arguments).await.unwrap());
    }
    assert_eq!(first[0], "2027-02-28");
    assert_eq!(first[1], "GROUP/s/group/g");
    assert_eq!(first[2]["region"], "cn-north-4");
    assert_eq!(first[2]["grantee_type"], "user");
    let request = configure_provider::Request::default();
    client.configure_provider(request).await.unwrap();
    for ((name, arguments), first) in calls.iter().zip(first) {
        assert_eq!(call(&mut client, name, arguments).await, Ok(first));
    }
}

#[tokio::test]
async fn a_grant_id_imports_the_grant_whose_id_it_is() {
    let served = Served::hwgrants(&sandbox().await).await;
    let mut client = served.client();
    let terraform = Terraform::configured(client.clone(), json!({})).await;
    for (parts, expected) in [
        (GRANT, "SECRET/s/user/u"),
        (["secret", "s", "0", "u"], "SECRET/s/user/u"),
        (["Group", "é", "2", "u v"], "GROUP/é/group/u v"),
    ] {
        let id = call(&mut client, "grant_id", &texts(&parts)).await.unwrap();
        assert_eq!(id, expected);
        let imported = terraform.import("csms_grant", id.as_str().unwrap()).await;
        let state = imported.unwrap().object;
        assert_eq!(state["id"], id);
        let parsed = call(&mut client, "parse_grant_id", &[id]).await.unwrap();
        for name in FUNCTIONS[1].1 {
            assert_eq!(parsed[name], state[name], "{name}");
        }
    }
}

#[tokio::test]
async fn c126_an_unknown_argument_makes_the_result_unknown() {
    let served = offline().await;
    let mut client = served.client();
    for (name, arguments) in [
        ("days_from", vec![unknown(), json!(1)]),
        ("days_from", vec![json!("2027-01-31"), unknown()]),
        ("parse_grant_id", vec![unknown()]),
    ] {
        let result = call(&mut client, name, &arguments).await.unwrap();
        assert!(is_unknown(&result), "{name}: {result}");
    }
    let probe = Served::probe().await;
    let inside = [json!(["a", unknown()]), json!(";")];
    let result = call(&mut probe.client(), "words", &inside).await.unwrap();
    assert!(is_unknown(&result), "{result}");
}

#[tokio::test]
async fn c57_c126_an_empty_argument_is_null_and_allowed_only_as_declared() {
    let probe = Served::probe().await;
    let mut client = probe.client();
    let signature = signature(&mut client, "words").await;
    let nullable = signature
        .parameters
        .iter()
        .map(|each| each.allow_null_value);
    assert!(nullable.eq([false, true]));
    let words = in_msgpack(encode(&json!(["a", "b"]), &json!(["list", "string"])));
    let null = in_msgpack(encode(&json!(null), &json!("string")));
    let output = type_of(&signature.r#return.unwrap().r#type);
    for separator in [DynamicValue::default(), null] {
        let arguments = vec![words.clone(), separator];
        let reply = call_with(&mut client, "words", arguments).await;
        let result = decode(&reply.result.unwrap().msgpack, &output);
        assert_eq!(result, Ok(json!({"text": "a,b", "count": 2})));
    }
    let json = DynamicValue {
        msgpack: Vec::new(),
        json: b"\"-\"".to_vec(),
    };
    let reply = call_with(&mut client, "words", vec![words, json]).await;
    let result = decode(&reply.result.unwrap().msgpack, &output);
    assert_eq!(result.unwrap()["text"], "a-b");

    let served = offline().await;
    for (name, parameters) in FUNCTIONS {
        // The first argument that is null.
        let arguments = vec![DynamicValue::default(); parameters.len()];
        let reply = call_with(&mut served.client(), name, arguments).await;
        assert_eq!(reply.result, None, "{name}");
        let error = reply.error.unwrap();
        assert_eq!(error.function_argument, Some(0));
        assert_eq!(error.text, format!("`{}` must not be null", parameters[0]));
    }
}

#[tokio::test]
async fn c127_an_error_has_the_index_of_the_argument() {
    let served = offline().await;
    let mut client = served.client();
    for (position, wrong, expected) in [
        (
            0,
            "KEY",
            "`type` is `KEY`, but must be one of `SECRET`, `GROUP`",
        ),
        (1, "", "`resource_id` must be 1 to 64 characters long"),
        (1, "a/b", "`resource_id`"),
        (2, "1", "`grantee_type` is `1`, but must be one of `user`"),
        (3, "u\n", "`grantee_target_id`"),
    ] {
        let mut parts = GRANT;
        parts[position] = wrong;
        let (argument, text) = refused(call(&mut client, "grant_id", &texts(&parts)).await);
        assert_eq!(argument, i64::try_from(position).ok(), "{text}");
        assert!(text.starts_with(expected), "{text}");
    }
    for (id, expected) in [
        (
            "SECRET/s/user",
            "must have 4 or 6 slash-separated parts, but has 3",
        ),
        ("SECRET/s/role/u", "`grantee_type` is `role`"),
        ("cn_north/p/SECRET/s/user/u", "`region`"),
        ("a/b/c\u{1b}/d", "`type`"),
    ] {
        let (argument, text) = refused(call(&mut client, "parse_grant_id", &texts(&[id])).await);
        assert_eq!(argument, Some(0), "{text}");
        let example = "for example `SECRET/43d643d2-95ec-4b0f-8020-a84f3ce931cc/user/user_01`";
        assert!(text.contains(expected) && text.contains(example), "{text}");
    }
    let date = json!("2027-01-31");
    for (arguments, argument, expected) in [
        ([json!("2027-02-30"), json!(1)], 0, "such as `2027-01-31`"),
        ([json!("31.01.2027"), json!(1)], 0, "`YYYY-MM-DD`"),
        ([json!("2027-01-31T00:00:00Z"), json!(1)], 0, "`YYYY-MM-DD`"),
        ([json!("-002027-01-31"), json!(1)], 0, "`YYYY-MM-DD`"),
        ([date.clone(), number("1.5")], 1, "whole number"),
        (
            [date.clone(), json!(i64::MAX)],
            1,
            "from -3652424 to 3652424",
        ),
        (
            [date.clone(), number("1000000000000000000000000000000")],
            1,
            "64 bits",
        ),
        ([date.clone(), json!(3_652_424)], 1, "`9999-12-31`"),
        ([date, json!(-3_652_424)], 1, "`0000-01-01`"),
    ] {
        let (found, text) = refused(call(&mut client, "days_from", &arguments).await);
        assert_eq!(found, Some(argument), "{text}");
        assert!(text.contains(expected), "{text}");
    }
}

#[tokio::test]
async fn c58_c127_a_malformed_argument_has_its_index_and_a_wrong_count_has_none() {
    let served = offline().await;
    let mut client = served.client();
    let date = in_msgpack(encode(&json!("2027-01-31"), &json!("string")));
    for malformed in [b"\xc1".to_vec(), b"\xc3".to_vec(), vec![0x93; 1000]] {
        let arguments = vec![date.clone(), in_msgpack(malformed)];
        let reply = call_with(&mut client, "days_from", arguments).await;
        let error = reply.error.unwrap();
        assert_eq!((reply.result, error.function_argument), (None, Some(1)));
        assert!(error.text.contains("could not decode"), "{error:?}");
    }
    for count in [0, 1, 3, 1000] {
        let arguments = vec![date.clone(); count];
        let reply = call_with(&mut client, "days_from", arguments).await;
        let error = reply.error.unwrap();
        assert_eq!((reply.result, error.function_argument), (None, None));
        let expected = format!("the number of arguments for `days_from` must be 2, not {count}");
        assert_eq!(error.text, expected);
    }
}

#[tokio::test]
async fn c127_errors_of_a_call_escape_control_characters_and_end_without_full_stop() {
    let probe = Served::probe().await;
    let mut client = probe.client();
    for (word, argument, expected) in [
        (behaviour::REFUSE, None, "The probe refuses"),
        (behaviour::FORBIDDEN, Some(1), "\\u{1b} is forbidden"),
        // No such parameter.
        (behaviour::ASTRAY, None, "Astray"),
    ] {
        let result = call(&mut client, "words", &[json!([word]), json!(null)]).await;
        assert_eq!(refused(result), (argument, expected.to_owned()));
    }
    let result = call(&mut client, "words", &[json!(["a"]), json!("long one")]).await;
    assert_eq!(refused(result).0, Some(1));
}

#[tokio::test]
async fn c35_a_panic_in_a_function_is_an_error_and_the_next_call_works() {
    let probe = Served::probe().await;
    let mut client = probe.client();
    let panic = [json!([behaviour::PANIC]), json!(null)];
    let (argument, text) = refused(call(&mut client, "words", &panic).await);
    assert_eq!(argument, None);
    assert!(text.contains("the kettle is dry"), "{text}");
    let result = call(&mut client, "words", &[json!([]), json!(null)]).await;
    assert_eq!(result, Ok(json!({"text": "", "count": 0})));
}

#[tokio::test]
async fn c127_an_unknown_function_is_an_error_without_index_and_result() {
    let served = offline().await;
    let mut client = served.client();
    // Functions have one name; types have two.
    for name in [
        "csms_grant",
        "hwgrants_grant_id",
        "GRANT_ID",
        "",
        "days_from\n",
    ] {
        // No argument, an empty one for null, and more than any function takes.
        for count in [0, 1, 100] {
            let arguments = vec![DynamicValue::default(); count];
            let reply = call_with(&mut client, name, arguments).await;
            let error = reply.error.unwrap();
            assert_eq!((reply.result, error.function_argument), (None, None));
            assert!(
                error.text.contains("This provider has no function"),
                "{error:?}"
            );
        }
    }
}
