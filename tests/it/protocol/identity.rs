//! Identities: how Terraform asks for them and checks them, and what the probe answers.

use hwgrants::protocol::proto::*;
use serde_json::{Map, Value as Json, json};

use super::codec::{is_unknown, is_wholly_known, unknown};
use super::message::{has_error, sound, summaries};
use super::probe::behaviour;
use super::server::Served;
use super::terraform::{Stored, Terraform, capabilities, check_storable, read_value, value};
use super::terraform_core::Action;

const THING: &str = "thing";

/// The type of an identity.
fn identity_type(schema: &ResourceIdentitySchema) -> Json {
    let attributes = schema.identity_attributes.iter();
    let types: Map<_, _> = attributes
        .map(|each| {
            let ty = serde_json::from_slice(&each.r#type).unwrap();
            (each.name.clone(), ty)
        })
        .collect();
    json!(["object", types])
}

impl Terraform {
    /// An identity for a request; none for null, and none of a resource without.
    pub(super) fn identity(&self, name: &str, identity: &Json) -> Option<ResourceIdentityData> {
        let ty = identity_type(self.identities.get(name)?);
        (!identity.is_null()).then(|| ResourceIdentityData {
            identity_data: value(identity, &ty),
        })
    }

    /// The identity of an answer, of the type announced; null if there is none.
    pub(super) fn read_identity(&self, name: &str, data: Option<ResourceIdentityData>) -> Json {
        let Some(data) = data else { return Json::Null };
        let schema = self.identities.get(name);
        let ty = identity_type(schema.unwrap_or_else(|| panic!("`{name}` announces no identity")));
        let identity = read_value(data.identity_data, &ty);
        assert!(identity.is_object(), "{identity}");
        identity
    }

    /// Checks the identity that goes into a state with `object`, and was `before`.
    pub(super) fn check_identity(&self, name: &str, object: &Json, before: &Json, identity: &Json) {
        if !self.identities.contains_key(name) || object.is_null() {
            assert_eq!(*identity, Json::Null);
            return;
        }
        assert!(is_wholly_known(identity), "{identity}");
        let attributes = identity.as_object().expect("an identity");
        assert!(!attributes.values().any(Json::is_null), "{identity}");
        same_as_far_as_known(before, identity);
    }

    /// Imports by identity, without the read that follows; what is not given is null.
    pub(crate) async fn import_by_identity(
        &self,
        name: &str,
        mut identity: Json,
    ) -> Result<Stored, Vec<Diagnostic>> {
        let given = identity.as_object_mut().unwrap();
        for attribute in &self.identities[name].identity_attributes {
            given.entry(attribute.name.clone()).or_insert(Json::Null);
        }
        let request = import_resource_state::Request {
            type_name: name.to_owned(),
            identity: self.identity(name, &identity),
            client_capabilities: capabilities(),
            ..import_resource_state::Request::default()
        };
        let stored = self.import_as(request).await?;
        assert!(stored.identity.is_object(), "an identity is answered");
        Ok(stored)
    }

    /// Brings an identity that a state file keeps as `json` to the current schema.
    pub(crate) async fn upgrade_identity(
        &self,
        name: &str,
        version: i64,
        json: &str,
    ) -> Result<Json, Vec<Diagnostic>> {
        let request = upgrade_resource_identity::Request {
            type_name: name.to_owned(),
            version,
            raw_identity: Some(raw(json)),
        };
        let mut client = self.client.clone();
        let reply = client.upgrade_resource_identity(request).await.unwrap();
        let reply = reply.into_inner();
        sound(&reply.diagnostics);
        if has_error(&reply.diagnostics) {
            return Err(reply.diagnostics);
        }
        let identity = self.read_identity(name, reply.upgraded_identity);
        assert!(is_wholly_known(&identity));
        Ok(identity)
    }

    /// Takes over an object that a state file keeps under another name.
    pub(crate) async fn move_state(
        &self,
        request: move_resource_state::Request,
    ) -> Result<Stored, Vec<Diagnostic>> {
        let name = request.target_type_name.clone();
        let reply = self.client.clone().move_resource_state(request).await;
        let reply = reply.unwrap().into_inner();
        sound(&reply.diagnostics);
        if has_error(&reply.diagnostics) {
            return Err(reply.diagnostics);
        }
        let object = read_value(reply.target_state, &self.ty(&name));
        assert!(object.is_object());
        check_storable(self.block(&name), &object);
        let identity = self.read_identity(&name, reply.target_identity);
        assert!(is_wholly_known(&identity));
        Ok(Stored {
            object,
            private: reply.target_private,
            identity,
        })
    }
}

/// A stored object or identity in a request.
pub(super) fn raw(json: &str) -> RawState {
    RawState {
        json: json.as_bytes().to_vec(),
        ..RawState::default()
    }
}

/// Checks that no attribute that both identities have differs.
pub(super) fn same_as_far_as_known(before: &Json, after: &Json) {
    if is_unknown(before) {
        return;
    }
    for (name, before) in before.as_object().into_iter().flatten() {
        if !before.is_null() && !is_unknown(before) {
            assert_eq!(*before, after[name], "{name}");
        }
    }
}

async fn terraform(served: &Served) -> Terraform {
    Terraform::configured(served.client(), json!({"prefix": "p"})).await
}

fn kettle(behaviour: &str) -> Json {
    json!({"name": "Kettle", "behaviour": behaviour})
}

fn found(result: Result<impl std::fmt::Debug, Vec<Diagnostic>>) -> Vec<String> {
    let found = result.unwrap_err();
    summaries(&found).into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn c110_c118_an_identity_is_planned_if_known_and_complete_after_apply() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let planned = terraform.plan(THING, &Stored::default(), kettle("")).await;
    // The region is not known yet, and Terraform cannot show a plan that holds half an identity.
    assert_eq!(planned.identity, Json::Null);
    let stored = terraform.apply(THING, &planned).await.stored;
    let whole = json!({"name": "kettle", "region": "here"});
    assert_eq!(stored.identity, whole);
    // The state has the practitioner's spelling, the identity its own.
    assert_eq!(stored.object["name"], "Kettle");

    let wrote = json!({"name": "KETTLE", "note": "n"});
    let planned = terraform.plan(THING, &stored, wrote).await;
    assert_eq!(
        (planned.action, &planned.identity),
        (Action::Update, &whole)
    );
    let stored = terraform.apply(THING, &planned).await.stored;
    assert_eq!(stored.identity, whole);

    let wrote = json!({"name": "pot", "region": "there"});
    let planned = terraform.plan(THING, &stored, wrote).await;
    let other = json!({"name": "pot", "region": "there"});
    assert_eq!(
        (planned.action, &planned.identity),
        (Action::Replace, &other)
    );
    let stored = terraform.apply(THING, &planned).await.stored;
    assert_eq!(stored.identity, other);

    let planned = terraform.plan(THING, &stored, Json::Null).await;
    assert_eq!(
        (planned.action, &planned.identity),
        (Action::Delete, &other)
    );
    let applied = terraform.apply(THING, &planned).await;
    assert_eq!(applied.stored, Stored::default());
}

#[tokio::test]
async fn c88_a_state_without_an_identity_plans_no_update_and_a_read_adds_it() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let stored = terraform.create(THING, kettle("")).await;
    let whole = stored.identity.clone();
    let older = Stored {
        identity: Json::Null,
        ..stored
    };
    // As with `-refresh=false`, and before a removal.
    for wrote in [kettle(""), Json::Null] {
        let planned = terraform.plan(THING, &older, wrote).await;
        assert_ne!(planned.action, Action::Update);
        assert_eq!(planned.identity, whole);
    }
    let read = terraform.read(THING, &older).await;
    assert_eq!(read.found, []);
    assert_eq!(read.stored.identity, whole);
    assert_eq!(read.stored.object, older.object);
    assert_eq!(read.stored.private, older.private);
    let again = terraform.read(THING, &read.stored).await;
    assert_eq!(again.stored, read.stored);
}

#[tokio::test]
async fn c110_a_changed_identity_on_read_is_an_error_and_keeps_the_state() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    for (behaviour, summary) in [
        (behaviour::IMPOSTOR, "Unexpected identity change"),
        (behaviour::NAMELESS, "Incomplete identity"),
    ] {
        let stored = terraform.create(THING, kettle(behaviour)).await;
        let read = terraform.read(THING, &stored).await;
        assert_eq!(summaries(&read.found), [summary]);
        assert_eq!(read.stored, stored);
    }
}

#[tokio::test]
async fn c114_c116_a_failure_stores_the_identity_of_what_exists() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let whole = json!({"name": "kettle", "region": "here"});
    for (behaviour, identity) in [
        (behaviour::HALF_WAY, &whole),
        (behaviour::REFUSE, &Json::Null),
        // The region is not known of what a panic has left behind.
        (behaviour::PANIC, &Json::Null),
    ] {
        let planned = terraform
            .plan(THING, &Stored::default(), kettle(behaviour))
            .await;
        let applied = terraform.apply(THING, &planned).await;
        assert_eq!(applied.found.len(), 1, "{:?}", applied.found);
        assert_eq!(applied.stored.identity, *identity, "{behaviour}");
    }
    let stored = terraform
        .create(THING, kettle(behaviour::FAIL_DELETE))
        .await;
    let planned = terraform.plan(THING, &stored, Json::Null).await;
    let applied = terraform.apply(THING, &planned).await;
    assert!(has_error(&applied.found));
    assert_eq!(applied.stored.identity, whole);
}

#[tokio::test]
async fn c114_a_panic_while_computing_the_identity_keeps_the_object() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let planned = terraform
        .plan(THING, &Stored::default(), kettle(behaviour::UNNAMEABLE))
        .await;
    let applied = terraform.apply(THING, &planned).await;
    assert_eq!(summaries(&applied.found), ["Bug in the provider"]);
    assert_eq!(applied.stored.object["id"], "p-kettle");
    assert!(!applied.stored.private.is_empty());
    assert_eq!(applied.stored.identity, Json::Null);
}

#[tokio::test]
async fn c92_c93_import_by_identity_equals_import_by_id() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let by_id = terraform.import(THING, "p-kettle").await.unwrap();
    let by_id = terraform.read(THING, &by_id).await.stored;
    for identity in [
        json!({"name": "kettle"}),
        json!({"name": "Kettle", "region": "here"}),
    ] {
        let imported = terraform.import_by_identity(THING, identity).await.unwrap();
        assert_eq!(imported.identity["name"], "kettle");
        let read = terraform.read(THING, &imported).await;
        assert_eq!(read.found, []);
        assert_eq!(read.stored, by_id);
    }
}

#[tokio::test]
async fn c94_a_failed_import_by_identity_names_its_cause() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let missing = terraform.import_by_identity(THING, json!({"region": "here"}));
    assert_eq!(found(missing.await), ["Incomplete import identity"]);
    let malformed = terraform.import_by_identity(THING, json!({"name": ""}));
    assert_eq!(found(malformed.await), ["Malformed import identity"]);
    let request = import_resource_state::Request {
        type_name: "plain".to_owned(),
        identity: terraform.identity(THING, &json!({"name": "kettle", "region": null})),
        ..import_resource_state::Request::default()
    };
    assert_eq!(
        found(terraform.import_as(request).await),
        ["Import not supported"]
    );
}

#[tokio::test]
async fn c85_a_missing_identity_is_upgraded_to_none() {
    let served = Served::probe().await;
    // Offline, and without any configuration.
    let terraform = Terraform::new(served.client()).await;
    for json in ["", "null"] {
        let upgraded = terraform.upgrade_identity(THING, 1, json).await;
        assert_eq!(upgraded, Ok(Json::Null));
    }
    let upgraded = terraform
        .upgrade_identity(THING, 1, r#"{"name": "kettle", "forgotten": 1}"#)
        .await;
    assert_eq!(upgraded, Ok(json!({"name": "kettle", "region": null})));
}

#[tokio::test]
async fn c83_c85_an_identity_of_an_earlier_version_is_upgraded_offline() {
    let served = Served::probe().await;
    let terraform = Terraform::new(served.client()).await;
    let upgraded = terraform
        .upgrade_identity(THING, 0, r#"{"title": "kettle"}"#)
        .await;
    assert_eq!(upgraded, Ok(json!({"name": "kettle", "region": "here"})));
    for json in ["", "null"] {
        let upgraded = terraform.upgrade_identity(THING, 0, json).await;
        assert_eq!(upgraded, Ok(Json::Null));
    }
}

#[tokio::test]
async fn c83_an_identity_of_an_unknown_version_is_an_error() {
    let served = Served::probe().await;
    let terraform = Terraform::new(served.client()).await;
    for version in [2, -1, i64::MAX, i64::MIN] {
        let upgraded = terraform.upgrade_identity(THING, version, "{}").await;
        assert_eq!(found(upgraded), ["Unsupported identity version"]);
    }
    let upgraded = terraform.upgrade_identity("plain", 0, "{}").await;
    assert_eq!(found(upgraded), ["Resource identity not supported"]);
    for malformed in ["{", "[]", r#"{"name": {}}"#] {
        let upgraded = terraform.upgrade_identity(THING, 1, malformed).await;
        assert_eq!(found(upgraded), ["Malformed value in request"]);
    }
}

#[tokio::test]
async fn c58_a_malformed_identity_is_an_error_in_every_call() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let stored = terraform.create(THING, kettle("")).await;
    let state = || value(&stored.object, &terraform.ty(THING));
    let mut client = terraform.client.clone();
    let name = || THING.to_owned();
    for bytes in [
        &b"\xa1"[..],
        b"\x91\xc0",
        b"\x81\xa4name\xa1k",
        b"\xa1k",
        b"\xd9",
    ] {
        let identity = || {
            let msgpack = bytes.to_vec();
            let identity_data = Some(DynamicValue {
                msgpack,
                ..DynamicValue::default()
            });
            Some(ResourceIdentityData { identity_data })
        };
        let read = client.read_resource(read_resource::Request {
            type_name: name(),
            current_state: state(),
            current_identity: identity(),
            ..read_resource::Request::default()
        });
        let read = read.await.unwrap().into_inner().diagnostics;
        let plan = client.plan_resource_change(plan_resource_change::Request {
            type_name: name(),
            prior_state: state(),
            prior_identity: identity(),
            ..plan_resource_change::Request::default()
        });
        let plan = plan.await.unwrap().into_inner().diagnostics;
        let apply = client.apply_resource_change(apply_resource_change::Request {
            type_name: name(),
            prior_state: state(),
            planned_identity: identity(),
            ..apply_resource_change::Request::default()
        });
        let apply = apply.await.unwrap().into_inner().diagnostics;
        let import = client.import_resource_state(import_resource_state::Request {
            type_name: name(),
            identity: identity(),
            ..import_resource_state::Request::default()
        });
        let import = import.await.unwrap().into_inner().diagnostics;
        for found in [read, plan, apply, import] {
            assert_eq!(
                summaries(&found),
                ["Malformed value in request"],
                "{bytes:?}"
            );
        }
    }
}

#[tokio::test]
async fn c110_an_unknown_identity_is_treated_as_missing() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let stored = terraform.create(THING, kettle("")).await;
    let unknown = Stored {
        identity: unknown(),
        ..stored.clone()
    };
    let planned = terraform.plan(THING, &unknown, Json::Null).await;
    assert_eq!(planned.identity, stored.identity);
    let request = import_resource_state::Request {
        type_name: THING.to_owned(),
        identity: terraform.identity(THING, &unknown.identity),
        ..import_resource_state::Request::default()
    };
    assert_eq!(
        found(terraform.import_as(request).await),
        ["Incomplete import identity"]
    );
}
