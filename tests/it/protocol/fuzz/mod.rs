//! What no client sends, at random: two thousand cases for each decoder, or as many as `PROPTEST_CASES` says.
//!
//! The service is called without a connection, which is fast; [`rpc`] has the same over gRPC.

mod generator;
mod rpc;

use std::fmt;
use std::sync::Arc;

use hwgrants::cloud::Environment;
use hwgrants::framework::Provider;
use hwgrants::framework::engine::Engine;
use hwgrants::protocol::ProviderService;
use hwgrants::protocol::proto::provider_server::Provider as Served;
use hwgrants::protocol::proto::*;
use hwgrants::provider::{Clock, Hwgrants};
use hwgrants::sandbox::seed;
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;
use proptest::test_runner::{TestCaseResult, TestRunner};
use serde_json::{Value as Json, json};
use tokio::runtime::Runtime;
use tonic::Request;

use super::codec::{decode, encode};
use super::message::{has_error, sound};
use super::probe::Probe;
use super::schema_type::{block_type, written};
use generator::{any_bytes, msgpack, text};

/// Cases for each test, unless `PROPTEST_CASES` says otherwise: `make fuzz` does.
const CASES: u32 = 2000;

/// No message is longer, whatever it quotes.
const MAX_TEXT_BYTES: usize = 4200;

fn cases() -> u32 {
    let set = std::env::var("PROPTEST_CASES").ok();
    set.map_or(CASES, |cases| cases.parse().expect("a number of cases"))
}

/// Runs `test` for each of many values.
fn check<S: Strategy>(strategy: S, test: impl Fn(S::Value) -> TestCaseResult) {
    let mut runner = TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases())
    });
    runner.run(&strategy, test).unwrap();
}

/// What holds for the messages of every answer.
fn answered(found: &[Diagnostic]) -> TestCaseResult {
    sound(found);
    for each in found {
        prop_assert_ne!(&each.summary, "Bug in the provider", "{:?}", each);
        prop_assert!(each.detail.len() < MAX_TEXT_BYTES, "{:?}", each);
    }
    Ok(())
}

/// What holds for the value of an answer: there is one or an error, and it is of the type.
fn answered_with(value: Option<DynamicValue>, found: &[Diagnostic], ty: &Json) -> TestCaseResult {
    answered(found)?;
    match value {
        Some(value) => {
            let read = decode(&value.msgpack, ty);
            prop_assert!(read.is_ok(), "{:?}", read);
        }
        None => prop_assert!(has_error(found)),
    }
    Ok(())
}

/// What a value may be of.
#[derive(Clone)]
struct Kind {
    is_resource: bool,
    name: String,
    version: i64,
    block: schema::Block,
    ty: Json,
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Kind {
    fn all(schemas: impl IntoIterator<Item = (String, Schema)>, is_resource: bool) -> Vec<Self> {
        let kind = |(name, schema): (String, Schema)| {
            let block = schema.block.unwrap();
            Self {
                is_resource,
                name,
                version: schema.version,
                ty: block_type(&block),
                block,
            }
        };
        schemas.into_iter().map(kind).collect()
    }

    /// A whole value from what somebody wrote.
    fn value(&self, wrote: Json) -> Option<DynamicValue> {
        in_msgpack(encode(&written(&self.block, wrote), &self.ty))
    }
}

fn in_msgpack(msgpack: Vec<u8>) -> Option<DynamicValue> {
    Some(DynamicValue {
        msgpack,
        json: Vec::new(),
    })
}

fn in_json(json: Vec<u8>) -> Option<DynamicValue> {
    Some(DynamicValue {
        msgpack: Vec::new(),
        json,
    })
}

/// A provider to ask, configured.
struct Asked {
    runtime: Runtime,
    service: Arc<dyn Served>,
    provider: Json,
    kinds: Vec<Kind>,
}

/// Makes a call and takes its answer, which is never a status.
macro_rules! ask {
    ($asked:expr, $method:ident($request:expr)) => {
        $asked
            .runtime
            .block_on($asked.service.$method(Request::new($request)))
            .unwrap()
            .into_inner()
    };
}

impl Asked {
    fn of(provider: impl Provider) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let engine = Arc::new(Engine::new(provider));
        let mut asked = Self {
            runtime,
            service: Arc::new(ProviderService::new(engine, "example/test")),
            provider: Json::Null,
            kinds: Vec::new(),
        };
        let schema = ask!(asked, get_provider_schema(get_provider_schema::Request {}));
        let provider = schema.provider.unwrap().block.unwrap();
        asked.provider = block_type(&provider);
        asked.kinds = Kind::all(schema.resource_schemas, true);
        asked
            .kinds
            .extend(Kind::all(schema.data_source_schemas, false));
        let config = encode(&written(&provider, json!({})), &asked.provider);
        let request = configure_provider::Request {
            config: in_msgpack(config),
            ..Default::default()
        };
        let reply = ask!(asked, configure_provider(request));
        assert!(!has_error(&reply.diagnostics), "{:?}", reply.diagnostics);
        asked
    }

    fn probe() -> Self {
        Self::of(Probe::default())
    }

    /// The real provider, and nobody where it would send its requests.
    fn hwgrants() -> Self {
        let variables = [
            ("HWGRANTS_ENDPOINT", "http://127.0.0.1:9"),
            ("HW_REGION_NAME", seed::REGION),
            ("HW_PROJECT_ID", seed::PROJECT_ID),
            ("HW_AUTH_TOKEN", seed::TOKEN),
        ];
        Self::of(Hwgrants::new(
            Environment::of(variables),
            Clock::new(Timestamp::now),
        ))
    }

    fn resources(&self) -> Vec<Kind> {
        self.kinds
            .iter()
            .filter(|kind| kind.is_resource)
            .cloned()
            .collect()
    }

    /// Bytes for each kind, made from its type.
    fn bytes<S: Strategy<Value = Vec<u8>> + 'static>(
        kinds: &[Kind],
        whole: impl Fn(&Json) -> S,
    ) -> impl Strategy<Value = (Kind, Vec<u8>)> {
        Union::new(
            kinds
                .iter()
                .map(|kind| (Just(kind.clone()), any_bytes(whole(&kind.ty))).boxed()),
        )
    }

    /// Sends a value as all that Terraform sends before it applies anything.
    fn send(&self, kind: &Kind, value: Option<DynamicValue>) -> TestCaseResult {
        let type_name = kind.name.clone();
        if !kind.is_resource {
            let request = validate_data_resource_config::Request {
                type_name,
                config: value,
            };
            return answered(&ask!(self, validate_data_resource_config(request)).diagnostics);
        }
        let request = validate_resource_config::Request {
            type_name: type_name.clone(),
            config: value.clone(),
            ..Default::default()
        };
        answered(&ask!(self, validate_resource_config(request)).diagnostics)?;
        let request = plan_resource_change::Request {
            type_name,
            config: value.clone(),
            proposed_new_state: value,
            ..Default::default()
        };
        let reply = ask!(self, plan_resource_change(request));
        answered_with(reply.planned_state, &reply.diagnostics, &kind.ty)
    }
}

fn fuzz_msgpack(asked: &Asked) {
    check(Asked::bytes(&asked.kinds, msgpack), |(kind, bytes)| {
        asked.send(&kind, in_msgpack(bytes))
    });
}

fn fuzz_json(asked: &Asked) {
    let whole = |ty: &_| generator::json(ty).prop_map(String::into_bytes);
    check(Asked::bytes(&asked.kinds, whole), |(kind, bytes)| {
        asked.send(&kind, in_json(bytes))
    });
}

fn fuzz_provider_block(asked: &Asked) {
    let json = generator::json(&asked.provider).prop_map(String::into_bytes);
    let value = prop_oneof![
        any_bytes(msgpack(&asked.provider)).prop_map(in_msgpack),
        any_bytes(json).prop_map(in_json),
    ];
    check(value, |config| {
        let request = validate_provider_config::Request { config };
        answered(&ask!(asked, validate_provider_config(request)).diagnostics)
    });
}

fn fuzz_stored(asked: &Asked) {
    let whole = |ty: &_| generator::json(ty).prop_map(String::into_bytes);
    check(Asked::bytes(&asked.resources(), whole), |(kind, json)| {
        let request = upgrade_resource_state::Request {
            type_name: kind.name.clone(),
            version: kind.version,
            raw_state: Some(RawState {
                json,
                ..Default::default()
            }),
        };
        let reply = ask!(asked, upgrade_resource_state(request));
        answered_with(reply.upgraded_state, &reply.diagnostics, &kind.ty)
    });
}

fn fuzz_private(asked: &Asked) {
    let facts = proptest::collection::btree_map(text(), text(), 0..4);
    let facts = facts.prop_map(|facts| serde_json::to_vec(&facts).unwrap());
    check(
        (select(asked.resources()), any_bytes(facts)),
        |(kind, prior_private)| {
            let value = kind.value(json!({}));
            let request = plan_resource_change::Request {
                type_name: kind.name.clone(),
                config: value.clone(),
                prior_state: value.clone(),
                proposed_new_state: value,
                prior_private: prior_private.clone(),
                ..Default::default()
            };
            let reply = ask!(asked, plan_resource_change(request));
            prop_assert!(reply.planned_private == prior_private || has_error(&reply.diagnostics));
            answered_with(reply.planned_state, &reply.diagnostics, &kind.ty)
        },
    );
}

fn fuzz_import(asked: &Asked) {
    let part = prop_oneof![
        text(),
        "\\PC{0,20}",
        select(vec![
            seed::SECRET_DB_PASSWORD,
            seed::USER_ANA,
            seed::REGION,
            seed::PROJECT_ID,
            "user",
            "USER",
            "0",
            "group"
        ])
        .prop_map(str::to_owned),
    ];
    let separator = select(vec!["/", ",", ":", "-", "//", " ", "="]);
    let id = (proptest::collection::vec(part, 0..8), separator)
        .prop_map(|(parts, separator)| parts.join(separator));
    check((select(asked.resources()), id), |(kind, id)| {
        let request = import_resource_state::Request {
            type_name: kind.name.clone(),
            id,
            ..Default::default()
        };
        let mut reply = ask!(asked, import_resource_state(request));
        prop_assert!(reply.imported_resources.len() <= 1);
        let state = reply
            .imported_resources
            .pop()
            .and_then(|imported| imported.state);
        answered_with(state, &reply.diagnostics, &kind.ty)
    });
}

/// Each resource, the type of its identity, and that identity's version.
fn identities(asked: &Asked) -> Vec<(Kind, Json, i64)> {
    let request = get_resource_identity_schemas::Request {};
    let mut schemas = ask!(asked, get_resource_identity_schemas(request)).identity_schemas;
    let with_identity = asked.resources().into_iter().filter_map(|kind| {
        let schema = schemas.remove(&kind.name)?;
        let attributes = schema.identity_attributes.iter().map(|attribute| {
            let ty: Json = serde_json::from_slice(&attribute.r#type).unwrap();
            (attribute.name.clone(), ty)
        });
        let ty = json!(["object", attributes.collect::<serde_json::Map<_, _>>()]);
        Some((kind, ty, schema.version))
    });
    with_identity.collect()
}

fn fuzz_identity(asked: &Asked) {
    let identities = identities(asked);
    assert!(!identities.is_empty());
    let stored = |ty: &Json| any_bytes(generator::json(ty).prop_map(String::into_bytes));
    let each = identities.into_iter().map(|(kind, ty, version)| {
        let bytes = (any_bytes(msgpack(&ty)), stored(&ty));
        (Just((kind, ty, version)), bytes).boxed()
    });
    check(
        Union::new(each),
        |((kind, ty, version), (msgpack, json))| {
            let request = import_resource_state::Request {
                type_name: kind.name.clone(),
                identity: Some(ResourceIdentityData {
                    identity_data: in_msgpack(msgpack),
                }),
                ..Default::default()
            };
            let mut reply = ask!(asked, import_resource_state(request));
            let imported = reply.imported_resources.pop();
            let state = imported.and_then(|imported| imported.state);
            answered_with(state, &reply.diagnostics, &kind.ty)?;

            let request = upgrade_resource_identity::Request {
                type_name: kind.name.clone(),
                version,
                raw_identity: Some(RawState {
                    json,
                    ..Default::default()
                }),
            };
            let reply = ask!(asked, upgrade_resource_identity(request));
            answered(&reply.diagnostics)?;
            match reply
                .upgraded_identity
                .and_then(|identity| identity.identity_data)
            {
                // A state may have none.
                None => Ok(()),
                value => answered_with(value, &reply.diagnostics, &ty),
            }
        },
    );
}

fn fuzz_durations(asked: &Asked) {
    let has_timeouts = |kind: &&Kind| {
        kind.block
            .block_types
            .iter()
            .any(|nested| nested.type_name == "timeouts")
    };
    let kinds: Vec<_> = asked.kinds.iter().filter(has_timeouts).cloned().collect();
    let duration = prop_oneof![
        "[0-9.hmsnuµ]{0,30}",
        "([0-9]{1,25}(h|m|s|ms|us|µs|ns)){1,4}",
        "-?[0-9]{1,3}(h|m|s) ?",
        text(),
    ];
    check((select(kinds), duration), |(kind, duration)| {
        asked.send(&kind, kind.value(json!({"timeouts": {"read": duration}})))
    });
}

macro_rules! for_both {
    ($($fuzz:ident $probe:ident $hwgrants:ident)*) => {
        $(
            #[test]
            fn $probe() {
                $fuzz(&Asked::probe());
            }

            #[test]
            fn $hwgrants() {
                $fuzz(&Asked::hwgrants());
            }
        )*
    };
}

for_both! {
    fuzz_msgpack c58_c131_any_messagepack_gets_a_valid_response c58_c131_any_messagepack_about_a_grant_gets_a_valid_response
    fuzz_json c57_c58_any_json_gets_a_valid_response c57_c58_any_json_about_a_grant_gets_a_valid_response
    fuzz_provider_block c58_any_provider_block_gets_a_valid_response c58_any_block_of_the_real_provider_gets_a_valid_response
    fuzz_stored c58_c82_any_stored_object_gets_a_valid_response c58_c82_any_stored_grant_gets_a_valid_response
    fuzz_private c58_c106_any_private_bytes_are_kept_and_do_no_harm c58_c106_any_private_bytes_of_a_grant_do_no_harm
    fuzz_import c58_c94_any_import_id_gets_a_valid_response c58_c94_any_import_id_of_a_grant_gets_a_valid_response
    fuzz_identity c58_c92_any_identity_gets_a_valid_response c58_c92_any_identity_of_a_grant_gets_a_valid_response
    fuzz_durations c58_any_duration_gets_a_valid_response c58_any_duration_of_a_grant_gets_a_valid_response
}

#[test]
fn c54_c58_any_type_of_a_dynamic_value_gets_a_valid_response() {
    let asked = Asked::probe();
    let thing = asked
        .kinds
        .iter()
        .find(|kind| kind.name == "probe_thing")
        .unwrap();
    let whole = written(&thing.block, json!({"name": "kettle"}));
    let mut before = encode(&whole, &thing.ty);
    // `any` is sorted first, so that the value is put in after the head and that name.
    let start = before
        .windows(4)
        .position(|bytes| bytes == b"\xa3any")
        .unwrap()
        + 4;
    let after = before.split_off(start + 1);
    before.truncate(start);
    let typed = generator::type_json().prop_flat_map(|ty| {
        let bytes = generator::damaged(Just(ty.to_string().into_bytes()));
        (bytes, any_bytes(msgpack(&ty)))
    });
    check(typed, |(ty, value)| {
        let length = u32::try_from(ty.len()).unwrap().to_be_bytes();
        let bytes = [&before, &b"\x92\xc6"[..], &length, &ty, &value, &after].concat();
        asked.send(thing, in_msgpack(bytes))
    });
}
