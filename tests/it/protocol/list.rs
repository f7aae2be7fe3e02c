//! Searches, and the configuration of what they find: those of the probe and of the real provider.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::StatusCode;
use hwgrants::protocol::proto::list_resource::Event;
use hwgrants::protocol::proto::*;
use hwgrants::sandbox::{
    Fault, FaultAction as Does, GranteeKind, ResourceKind, Sandbox, SandboxResource, SecretState,
    When, World, seed,
};
use serde_json::{Value as Json, json};
use tokio_stream::StreamExt;
use tonic::Streaming;

use super::codec::unknown;
use super::message::{has_error, pointer, sound, summaries};
use super::probe::{Probe, behaviour};
use super::schema_type::{block_type, written};
use super::server::{Served, sandbox};
use super::terraform::{Terraform, check_storable, read_value, value};
use super::terraform_core::Action;
use crate::plugin::client::within;

const THING: &str = "thing";
const GRANT: &str = "csms_grant";
const DELEGATION: &str = "repo_kms_grant";

/// What Terraform asks for unless it is told otherwise.
const LIMIT: i64 = 100;

/// An object that was found.
pub(super) struct Seen {
    identity: Json,
    display_name: String,
    /// Null unless it was asked for.
    object: Json,
}

impl Terraform {
    fn query(&self, name: &str, wrote: Json) -> Option<DynamicValue> {
        let block = &self.list_resources[name];
        value(&written(block, wrote), &block_type(block))
    }

    pub(super) async fn validate_list(&self, name: &str, wrote: Json) -> Vec<Diagnostic> {
        let request = validate_list_resource_config::Request {
            type_name: name.to_owned(),
            config: self.query(name, wrote),
            ..validate_list_resource_config::Request::default()
        };
        let mut client = self.client.clone();
        let reply = client.validate_list_resource_config(request).await.unwrap();
        let found = reply.into_inner().diagnostics;
        sound(&found);
        found
    }

    /// Begins a search.
    async fn search(
        &self,
        name: &str,
        wrote: Json,
        limit: i64,
        include_resource_object: bool,
    ) -> Streaming<Event> {
        let request = list_resource::Request {
            type_name: name.to_owned(),
            config: self.query(name, wrote),
            include_resource_object,
            limit,
        };
        let mut client = self.client.clone();
        client.list_resource(request).await.unwrap().into_inner()
    }

    /// Reads a search to its end, and checks each event as Terraform does and a little more.
    pub(super) async fn list_as(
        &self,
        name: &str,
        wrote: Json,
        limit: i64,
        includes_objects: bool,
    ) -> (Vec<Seen>, Vec<Diagnostic>) {
        let mut events = self.search(name, wrote, limit, includes_objects).await;
        let (mut seen, mut found) = (Vec::new(), Vec::new());
        while let Some(event) = events.next().await {
            let event = event.unwrap();
            sound(&event.diagnostic);
            assert!(!has_error(&found), "nothing follows an error");
            found.extend(event.diagnostic);
            if event.identity.is_none() {
                assert!(!found.is_empty(), "an event says something");
                continue;
            }
            let identity = self.read_identity(name, event.identity);
            let object = match event.resource_object {
                None => Json::Null,
                object => read_value(object, &self.ty(name)),
            };
            assert_eq!(object.is_null(), !includes_objects);
            if includes_objects {
                check_storable(self.block(name), &object);
                self.check_identity(name, &object, &Json::Null, &identity);
            }
            seen.push(Seen {
                identity,
                display_name: event.display_name,
                object,
            });
        }
        (seen, found)
    }

    /// Finds whole objects.
    async fn list(&self, name: &str, wrote: Json) -> (Vec<Seen>, Vec<Diagnostic>) {
        self.list_as(name, wrote, LIMIT, true).await
    }

    /// Writes the configuration of an object.
    async fn generate(&self, name: &str, object: &Json) -> Json {
        let request = generate_resource_config::Request {
            type_name: name.to_owned(),
            state: value(object, &self.ty(name)),
        };
        let mut client = self.client.clone();
        let reply = client.generate_resource_config(request).await.unwrap();
        let reply = reply.into_inner();
        assert_eq!(reply.diagnostics, []);
        read_value(reply.config, &self.ty(name))
    }

    /// Checks that what was found is imported by its identity, and that the configuration written for it changes nothing.
    async fn expect_adoptable(&self, name: &str, seen: &Seen) {
        let config = self.generate(name, &seen.object).await;
        assert_eq!(self.validate(name, config.clone()).await, []);
        let imported = self.import_by_identity(name, seen.identity.clone()).await;
        let read = self.read(name, &imported.unwrap()).await;
        assert!(!has_error(&read.found), "{:?}", read.found);
        assert_eq!(read.stored.object, seen.object);
        assert_eq!(read.stored.identity, seen.identity);
        let planned = self.plan(name, &read.stored, config).await;
        assert_eq!(planned.action, Action::Nothing, "{}", planned.object);
    }
}

async fn probe() -> (Served, Terraform) {
    let served = Served::probe().await;
    let terraform = Terraform::configured(served.client(), json!({"prefix": "p"})).await;
    (served, terraform)
}

async fn real(sandbox: &Sandbox) -> (Served, Terraform) {
    let served = Served::hwgrants(sandbox).await;
    let terraform = Terraform::configured(served.client(), json!({})).await;
    (served, terraform)
}

fn names(seen: &[Seen]) -> Vec<&str> {
    seen.iter().map(|each| each.display_name.as_str()).collect()
}

#[tokio::test]
async fn c69_every_list_resource_is_a_resource_with_an_identity_under_both_names() {
    let sandbox = sandbox().await;
    let (_served, real) = real(&sandbox).await;
    let (_probe, probe) = probe().await;
    for (terraform, expected) in [(&real, [GRANT, DELEGATION].as_slice()), (&probe, &[THING])] {
        let listed = terraform.list_resources.keys();
        for name in listed.clone() {
            assert!(terraform.resources.contains_key(name), "{name}");
            assert!(terraform.identities.contains_key(name), "{name}");
        }
        assert_eq!(listed.len(), 2 * expected.len());
        for name in expected {
            assert!(terraform.list_resources.contains_key(*name), "{name}");
        }
        let mut client = terraform.client.clone();
        let metadata = client.get_metadata(get_metadata::Request {}).await;
        let metadata = metadata.unwrap().into_inner().list_resources;
        let metadata: BTreeSet<_> = metadata.iter().map(|each| &each.type_name).collect();
        assert!(listed.eq(metadata));
    }
}

#[tokio::test]
async fn c124_each_event_has_a_full_identity_and_the_object_only_on_request() {
    let (_served, terraform) = probe().await;
    for name in [THING, "probe_thing"] {
        for includes_objects in [true, false] {
            let wrote = json!({"prefix": "kettle", "total": 3});
            let (seen, found) = terraform
                .list_as(name, wrote, LIMIT, includes_objects)
                .await;
            assert_eq!(found, []);
            assert_eq!(names(&seen), ["Thing 0", "Thing 1", "Thing 2"]);
            let identity = json!({"name": "kettle-0", "region": "here"});
            assert_eq!(seen[0].identity, identity);
        }
    }
    let (seen, found) = terraform.list(THING, json!({"prefix": "kettle"})).await;
    assert!(seen.is_empty() && found.is_empty());
}

#[tokio::test]
async fn c124_the_limit_bounds_what_is_fetched_and_sent() {
    for does in ["", behaviour::DRIFT] {
        for (limit, expected) in [(1, 1), (7, 7), (LIMIT, 20), (0, 0), (-1, 0)] {
            let probe = Probe::default();
            let watch = Arc::clone(&probe.watch);
            let served = Served::start(probe).await;
            let terraform = Terraform::configured(served.client(), json!({"prefix": "p"})).await;
            let wrote = json!({"prefix": "kettle", "total": 20, "behaviour": does});
            let (seen, found) = terraform.list_as(THING, wrote, limit, false).await;
            assert_eq!((seen.len(), found.len()), (expected, 0), "{limit}");
            if does.is_empty() {
                let fetched = watch.fetched.load(Ordering::Relaxed);
                assert_eq!(fetched, expected as u64, "{limit}");
            }
        }
    }
}

#[tokio::test]
async fn c124_an_error_ends_a_list_after_its_results_and_a_warning_does_not() {
    let (_served, terraform) = probe().await;
    for (does, count, summary) in [
        (behaviour::FORBIDDEN, 2, "Refused"),
        (behaviour::PANIC, 2, "Bug in the provider"),
        (behaviour::NAMELESS, 2, "Incomplete identity"),
        (behaviour::MISFIT, 2, "Bug in the provider"),
        (behaviour::GONE, 4, "Left out"),
    ] {
        let wrote = json!({"prefix": "kettle", "total": 5, "behaviour": does});
        let (seen, found) = terraform.list(THING, wrote).await;
        assert_eq!(seen.len(), count, "{does}");
        assert_eq!(summaries(&found), [summary], "{does}");
    }
    let (seen, found) = terraform
        .list(THING, json!({"prefix": "k", "total": 2}))
        .await;
    assert_eq!((seen.len(), found.len()), (2, 0), "the process lives");
}

#[tokio::test]
async fn c125_a_list_is_bounded_by_backpressure_and_ends_when_dropped() {
    let probe = Probe::default();
    let watch = Arc::clone(&probe.watch);
    let served = Served::start(probe).await;
    let terraform = Terraform::configured(served.client(), json!({"prefix": "p"})).await;
    let many = 1_000_000;
    let wrote = json!({"prefix": "kettle", "total": many});
    let mut events = terraform.search(THING, wrote, many, true).await;
    events.next().await.unwrap().unwrap();
    drop(events);
    within(watch.over.notified()).await;
    let fetched = watch.fetched.load(Ordering::Relaxed);
    // As much as the connection holds, and no more.
    assert!(fetched < 100_000, "{fetched}");
}

#[tokio::test]
async fn c32_c33_c34_c125_stop_cancels_only_the_running_list() {
    let probe = Probe::default();
    let hanging = Arc::clone(&probe.hanging);
    let served = Served::start(probe).await;
    let terraform = Terraform::configured(served.client(), json!({"prefix": "p"})).await;
    let wrote = json!({"prefix": "kettle", "total": 5, "behaviour": behaviour::HANG});
    let stop = async {
        hanging.notified().await;
        let request = stop_provider::Request {};
        served.client().stop_provider(request).await.unwrap();
    };
    let ((seen, found), ()) =
        within(async { tokio::join!(terraform.list(THING, wrote), stop) }).await;
    assert_eq!((seen.len(), summaries(&found)), (2, vec!["Cancelled"]));
    let (seen, _) = terraform
        .list(THING, json!({"prefix": "k", "total": 2}))
        .await;
    assert_eq!(seen.len(), 2);
}

#[tokio::test]
async fn c80_a_list_is_validated_but_not_run_before_configure() {
    let served = Served::probe().await;
    let terraform = Terraform::new(served.client()).await;
    let wrote = json!({"prefix": "kettle"});
    assert_eq!(terraform.validate_list(THING, wrote.clone()).await, []);
    let (_, found) = terraform.list(THING, wrote).await;
    assert_eq!(summaries(&found), ["Provider not configured"]);
}

#[tokio::test]
async fn c74_c77_c78_c132_list_validation_points_at_the_attribute() {
    let (_served, terraform) = probe().await;
    for (wrote, at, summary) in [
        (json!({"prefix": ""}), "prefix", "Invalid length"),
        (
            json!({"prefix": "k", "old": "x"}),
            "old",
            "Attribute deprecated",
        ),
    ] {
        let found = terraform.validate_list(THING, wrote).await;
        assert_eq!(summaries(&found), [summary]);
        assert_eq!(pointer(&found[0]), at);
    }
    let open = json!({"prefix": unknown(), "old": unknown()});
    assert_eq!(terraform.validate_list(THING, open.clone()).await, []);
    let (_, found) = terraform.list(THING, open).await;
    assert_eq!(summaries(&found), ["Query known only after apply"]);
}

#[tokio::test]
async fn c96_a_generated_configuration_plans_no_change() {
    let (_served, terraform) = probe().await;
    assert_eq!(terraform.generate(THING, &Json::Null).await, Json::Null);
    let wrote = json!({"name": "kettle", "note": "n", "flag": true, "list": ["a"], "set": ["b"], "map": {"k": 1},
                       "listed": [{"label": "a"}], "in_set": [{"label": "b"}], "mapped": {"k": {"label": "c"}}});
    let stored = terraform.create(THING, wrote).await;
    let config = terraform.generate(THING, &stored.object).await;
    for left_out in [
        "id", "revision", "updated", "size", "password", "old", "timeouts",
    ] {
        assert_eq!(config[left_out], Json::Null, "{left_out}");
    }
    assert_eq!(config["region"], "here");
    terraform.expect_no_change(THING, &stored, &config).await;
}

/// Adds so many secrets in use to the demo's three.
fn add_secrets(world: &World, count: usize) -> Vec<String> {
    let created_at = world.now();
    let mut ids = vec![
        seed::SECRET_DB_PASSWORD.to_owned(),
        seed::SECRET_API_KEY.to_owned(),
        seed::SECRET_TLS_CERTIFICATE.to_owned(),
    ];
    for number in 0..count {
        let secret = SandboxResource {
            project_id: seed::PROJECT_ID.into(),
            kind: ResourceKind::Secret,
            name: format!("secret-{number}"),
            state: SecretState::Enabled,
            created_at,
        };
        let id = format!("{number:08}-95ec-4b0f-8020-a84f3ce931cc");
        world.add_resource(&id, secret);
        ids.push(id);
    }
    ids
}

/// Lets so many users use each secret.
fn add_grants(world: &World, secrets: &[String], count: usize) {
    for secret in secrets {
        for number in 0..count {
            let user = format!("user-{number}");
            let put = world.put_grant(secret, &user, GranteeKind::User, None);
            put.unwrap();
        }
    }
}

fn count(sandbox: &Sandbox, operation: &str) -> usize {
    let requests = sandbox.world().requests();
    let same = requests
        .iter()
        .filter(|request| request.operation == Some(operation));
    same.count()
}

#[tokio::test]
async fn c96_c124_project_grants_are_listed_in_stable_order_and_importable() {
    let sandbox = sandbox().await;
    let (_served, terraform) = real(&sandbox).await;
    let world = sandbox.world();
    let secrets = add_secrets(world, 37);
    add_grants(world, &secrets, 5);
    let (first, found) = terraform.list_as(GRANT, json!({}), 1_000, true).await;
    assert_eq!((first.len(), found.len()), (200, 0));
    assert_eq!(count(&sandbox, "ListGrants"), 41, "one for each secret");
    terraform.begin_run().await;
    let empty = json!({"resource_id": "", "region": "", "project_id": ""});
    let (second, _) = terraform.list_as(GRANT, empty, 1_000, false).await;
    let identities =
        |seen: &[Seen]| -> Vec<_> { seen.iter().map(|each| each.identity.to_string()).collect() };
    assert_eq!(identities(&first), identities(&second));
    let different: BTreeSet<_> = identities(&first).into_iter().collect();
    assert_eq!(different.len(), 200);
    for seen in first.iter().step_by(37) {
        terraform.expect_adoptable(GRANT, seen).await;
    }
}

#[tokio::test]
async fn c96_c124_listed_grants_show_their_expiry_and_are_importable() {
    let sandbox = sandbox().await;
    let (_served, terraform) = real(&sandbox).await;
    let world = sandbox.world();
    let (user, group) = (GranteeKind::User, GranteeKind::Group);
    let (later, before) = (
        jiff::civil::date(2099, 12, 31),
        jiff::civil::date(2026, 1, 31),
    );
    for (grantee, kind, end) in [
        (seed::USER_ANA, user, Some(later)),
        (seed::USER_BEN, user, Some(before)),
        (seed::USER_CHEN, user, None),
        ("somebody", user, None),
        (seed::GROUP_ONCALL, group, None),
    ] {
        let put = world.put_grant(seed::SECRET_DB_PASSWORD, grantee, kind, end);
        put.unwrap();
    }
    let secret = json!({"resource_id": seed::SECRET_DB_PASSWORD});
    let (seen, found) = terraform.list(GRANT, secret).await;
    assert_eq!(found, []);
    let mut shown = names(&seen);
    shown.sort_unstable();
    let expected = [
        "db-password: Ana Ruiz until 2099-12-31",
        "db-password: Ben Okafor until 2026-01-31, expired",
        "db-password: Chen Wei",
        "db-password: On-call",
        "db-password: somebody",
    ];
    assert_eq!(shown, expected);
    for seen in &seen {
        assert_eq!(seen.object["grantee_type"], "user");
        terraform.expect_adoptable(GRANT, seen).await;
    }
}

#[tokio::test]
async fn c124_grants_of_a_secret_group_are_listed_by_its_id() {
    let sandbox = sandbox().await;
    let (_served, terraform) = real(&sandbox).await;
    let billing = seed::SECRET_GROUP_BILLING;
    let put = sandbox
        .world()
        .put_grant(billing, seed::USER_ANA, GranteeKind::User, None);
    put.unwrap();
    let wrote =
        json!({"resource_id": billing, "region": seed::REGION, "project_id": seed::PROJECT_ID});
    let (seen, found) = terraform.list("hwgrants_csms_grant", wrote).await;
    assert_eq!(found, []);
    assert_eq!(names(&seen), ["billing: Ana Ruiz"]);
    assert_eq!(seen[0].identity["type"], "GROUP");
    terraform
        .expect_adoptable("hwgrants_csms_grant", &seen[0])
        .await;
}

#[tokio::test]
async fn control_characters_in_a_listed_name_are_escaped() {
    let sandbox = sandbox().await;
    let (_served, terraform) = real(&sandbox).await;
    let world = sandbox.world();
    let secret = SandboxResource {
        project_id: seed::PROJECT_ID.into(),
        kind: ResourceKind::Secret,
        name: "a\u{1b}[2J\u{202e}b\nc".to_owned(),
        state: SecretState::Enabled,
        created_at: world.now(),
    };
    let id = "00000000-95ec-4b0f-8020-a84f3ce931cc";
    world.add_resource(id, secret);
    let put = world.put_grant(id, seed::USER_ANA, GranteeKind::User, None);
    put.unwrap();
    let (seen, found) = terraform.list(GRANT, json!({"resource_id": id})).await;
    assert_eq!(found, []);
    assert_eq!(names(&seen), ["a\\u{1b}[2J\\u{202e}b c: Ana Ruiz"]);
}

#[tokio::test]
async fn a_length_required_response_is_reported_as_modified_in_transit() {
    let sandbox = sandbox().await;
    let (_served, terraform) = real(&sandbox).await;
    let refusal = Does::raw(StatusCode::LENGTH_REQUIRED, "");
    sandbox
        .world()
        .faults()
        .add(Fault::on("ListGrants", refusal));
    let wrote = json!({"resource_id": seed::SECRET_API_KEY});
    let (_, found) = terraform.list(GRANT, wrote).await;
    assert_eq!(summaries(&found), ["Request modified in transit"]);
    let detail = &found[0].detail;
    assert!(!detail.contains("invalid"), "{detail}");
    assert_eq!(detail.matches("Content-Length").count(), 1, "{detail}");
}

#[tokio::test]
async fn c124_no_grants_is_an_empty_list_and_an_unknown_secret_an_error() {
    let sandbox = sandbox().await;
    let (_served, terraform) = real(&sandbox).await;
    let secret = |id: &str| json!({"resource_id": id});
    let (seen, found) = terraform.list(GRANT, secret(seed::SECRET_API_KEY)).await;
    assert!(seen.is_empty() && found.is_empty());
    let (_, found) = terraform.list(GRANT, secret("no-such-id")).await;
    assert_eq!(summaries(&found), ["Secret not found"]);
    assert_eq!(pointer(&found[0]), "resource_id");
}

#[tokio::test]
async fn secret_pages_are_read_on_demand_and_a_repeated_marker_is_an_error() {
    let sandbox = sandbox().await;
    let (_served, terraform) = real(&sandbox).await;
    let world = sandbox.world();
    let secrets = add_secrets(world, 2);
    add_grants(world, &secrets, 1);
    let page = |ids: &[&str], next: &str| {
        let secrets = ids.iter().map(|id| json!({"id": id, "name": id}));
        let secrets: Vec<_> = secrets.collect();
        let page = json!({"secrets": secrets, "page_info": {"next_marker": next}});
        Fault::on("ListSecrets", Does::raw(StatusCode::OK, &page.to_string()))
    };
    let [one, two, three, four, five] = <[String; 5]>::try_from(secrets).unwrap();
    let pages = || {
        world.faults().add(page(&[&one, &two], "a"));
        world.faults().add(page(&[&three], "b"));
        world.faults().add(page(&[], "c"));
        // Leads back, and would be read for ever.
        world.faults().add(page(&[&four, &five], "a"));
    };
    pages();
    let (seen, found) = terraform.list(GRANT, json!({})).await;
    // What was listed before is shown; what the pages hide is not taken for nothing.
    assert_eq!(seen.len(), 3);
    assert!(has_error(&found), "{found:?}");
    let text = format!("{found:?}");
    assert!(text.contains("the same marker `a`"), "{text}");
    assert_eq!(count(&sandbox, "ListSecrets"), 4);

    world.faults().clear();
    world.clear_requests();
    terraform.begin_run().await;
    pages();
    let (seen, _) = terraform.list_as(GRANT, json!({}), 1, true).await;
    assert_eq!(seen.len(), 1);
    assert_eq!(count(&sandbox, "ListSecrets"), 1);
    assert_eq!(count(&sandbox, "ListGrants"), 1);
}

#[tokio::test]
async fn an_unlistable_disabled_secret_warns_and_the_others_are_found() {
    let sandbox = sandbox().await;
    let (_served, terraform) = real(&sandbox).await;
    let world = sandbox.world();
    let secrets = add_secrets(world, 0);
    add_grants(world, &secrets, 1);
    let mut quirks = world.quirks();
    quirks.set("pending_list=refused").unwrap();
    world.set_quirks(quirks);
    let (seen, found) = terraform.list(GRANT, json!({})).await;
    assert_eq!(seen.len(), 3);
    assert_eq!(summaries(&found), ["Grants on secret not listed"]);
    assert!(!has_error(&found));
}

#[tokio::test]
async fn c87_an_error_ends_a_project_wide_list() {
    let sandbox = sandbox().await;
    let (_served, terraform) = real(&sandbox).await;
    let world = sandbox.world();
    let secrets = add_secrets(world, 20);
    add_grants(world, &secrets, 1);
    let forbidden = Does::error(StatusCode::FORBIDDEN, "CSM.0403", "Not allowed.");
    let fault = Fault::on("ListGrants", forbidden.clone()).after(10);
    world.faults().add(fault.endless());
    let (seen, found) = terraform.list(GRANT, json!({})).await;
    assert_eq!(summaries(&found), ["Permission denied"]);
    assert!(!seen.is_empty(), "what was found before stays");

    world.faults().clear();
    world.faults().add(Fault::on_any(forbidden).endless());
    terraform.begin_run().await;
    for (name, wrote) in [
        (GRANT, json!({})),
        (GRANT, json!({"resource_id": seed::SECRET_API_KEY})),
        (DELEGATION, json!({})),
    ] {
        let (seen, found) = terraform.list(name, wrote).await;
        assert_eq!(summaries(&found), ["Permission denied"]);
        assert!(seen.is_empty());
    }
}

#[tokio::test]
async fn c125_a_dropped_list_stream_sends_no_further_requests() {
    let sandbox = sandbox().await;
    let (_served, terraform) = real(&sandbox).await;
    let world = sandbox.world();
    let secrets = add_secrets(world, 37);
    add_grants(world, &secrets, 1);
    let delay = Does::Delay {
        delay: Duration::from_secs(60),
        when: When::BeforeEffect,
    };
    // The first looks are answered, the rest take for ever.
    let fault = Fault::on("ListGrants", delay).after(3);
    world.faults().add(fault.endless());
    let mut events = terraform.search(GRANT, json!({}), LIMIT, true).await;
    events.next().await.unwrap().unwrap();
    // Three looks are over and eight under way.
    let busy = async {
        while count(&sandbox, "ListGrants") < 3 + 8 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let read = async { while events.next().await.is_some() {} };
    within(async { tokio::select!(() = busy => {}, () = read => panic!("it is not over")) }).await;
    drop(events);
    world.faults().clear();
    // The next search begins only when the first has let go of what it waited for; what was seen is not asked for again.
    let (seen, found) = within(terraform.list(GRANT, json!({}))).await;
    assert_eq!((seen.len(), found.len()), (40, 0));
    assert_eq!(count(&sandbox, "ListGrants"), 3 + 8 + (41 - 3));
}

#[tokio::test]
async fn c96_c124_an_existing_delegation_is_listed_and_importable() {
    let sandbox = sandbox().await;
    let (_served, terraform) = real(&sandbox).await;
    for name in [DELEGATION, "hwgrants_repo_kms_grant"] {
        sandbox.world().set_delegation(seed::ACCOUNT_ID, false);
        let (seen, found) = terraform.list(name, json!({})).await;
        assert!(seen.is_empty() && found.is_empty());
        sandbox.world().set_delegation(seed::ACCOUNT_ID, true);
        for wrote in [
            json!({}),
            json!({"tenant_id": seed::ACCOUNT_ID, "region": seed::REGION}),
            json!({"tenant_id": "", "region": ""}),
        ] {
            let (seen, found) = terraform.list(name, wrote).await;
            assert_eq!((seen.len(), found.len()), (1, 0));
            assert_eq!(seen[0].identity["tenant_id"], seed::ACCOUNT_ID);
            terraform.expect_adoptable(name, &seen[0]).await;
        }
    }
    let requests = sandbox.world().requests();
    assert!(requests.iter().all(|request| request.method == "GET"));
}

#[tokio::test]
async fn c132_real_list_validation_points_at_the_attribute() {
    let sandbox = sandbox().await;
    let (_served, terraform) = real(&sandbox).await;
    for (name, wrote, at) in [
        (GRANT, json!({"resource_id": "a/b"}), "resource_id"),
        (GRANT, json!({"resource_id": "x".repeat(65)}), "resource_id"),
        (GRANT, json!({"region": "no/region"}), "region"),
        (GRANT, json!({"project_id": "a\n"}), "project_id"),
        (DELEGATION, json!({"tenant_id": "a "}), "tenant_id"),
        (DELEGATION, json!({"region": " "}), "region"),
    ] {
        let found = terraform.validate_list(name, wrote.clone()).await;
        assert!(has_error(&found), "{wrote}");
        assert!(found.iter().all(|each| pointer(each) == at), "{found:?}");
    }
    assert!(sandbox.world().requests().is_empty());
}
