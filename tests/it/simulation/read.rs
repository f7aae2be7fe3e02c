//! How often the service is asked about many grants on few secrets, and what its replicas are believed.

use hwgrants::sandbox::{Fault, FaultAction as Does, GranteeKind};
use serde_json::json;

use super::state_file::{Config, Estate, Held, Report};
use super::world::{END, GRANT, Key, LATER_END, Stage};

/// 500 grants on 10 secrets, in state as far as an import knows them.
async fn five_hundred() -> (Stage, Estate, Config) {
    let stage = Stage::new().await;
    let run = stage.run().await;
    let (mut estate, mut config) = (Estate::with_seed(0), Config::new());
    for number in 0..500 {
        let key = Key::user(
            &format!("secret-{}", number % 10),
            &format!("user-{number}"),
        );
        let end = Some(END.parse().unwrap());
        stage
            .world()
            .put_grant(&key.secret, &key.grantee, GranteeKind::User, end)
            .unwrap();
        let held = Held {
            stored: run.import(GRANT, &key.id()).await.unwrap(),
            is_tainted: false,
        };
        let address = format!("a{number}");
        estate.held.insert(address.clone(), held);
        config.insert(address, key.block(Some(END)));
    }
    stage.world().clear_requests();
    (stage, estate, config)
}

/// The secrets whose lists were asked for.
fn lists(stage: &Stage) -> Vec<String> {
    let requests = stage.world().requests();
    let lists = requests
        .iter()
        .filter(|request| request.operation == Some("ListGrants"));
    lists
        .map(|request| request.query.clone().unwrap())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn refreshing_500_grants_on_10_secrets_sends_10_list_requests() {
    let (stage, mut estate, config) = five_hundred().await;
    for parallelism in [10, 500, 1] {
        stage.world().clear_requests();
        let run = stage.run().await;
        estate.refresh_in(&run, parallelism).await.expect_green();
        assert_eq!(lists(&stage).len(), 10, "{parallelism} at a time");
        assert_eq!(estate.held.len(), 500);
    }
    estate.expect_no_change(&stage, &config).await;
}

#[tokio::test(start_paused = true)]
async fn changing_one_grant_reads_only_its_secret_again() {
    let (stage, mut estate, config) = five_hundred().await;
    let run = stage.run().await;
    estate.refresh_in(&run, 10).await.expect_green();
    stage.world().clear_requests();

    let block = crate::simulation::world::with(
        config["a3"].clone(),
        serde_json::json!({ "validity_time": LATER_END }),
    );
    let planned = run.plan(GRANT, &estate.held["a3"].stored, block).await;
    let changed = run.apply(GRANT, &planned).await;
    assert_eq!(changed.found, []);
    estate.held.get_mut("a3").unwrap().stored = changed.stored;
    assert_eq!(stage.count("UpdateGrant"), 1);
    estate.refresh_in(&run, 10).await.expect_green();
    let lists = lists(&stage);
    assert!(lists.len() <= 3, "{lists:?}");
    assert!(
        lists.iter().all(|query| query == "resource_id=secret-3"),
        "{lists:?}"
    );
    let seen = &estate.held["a3"].stored.object["validity_time"];
    assert_eq!(seen, LATER_END);
}

/// An authoritative list of `secret-0` with these grantees, as one of its replicas may answer it.
fn list(grantees: &[(&str, &str)]) -> Does {
    let entries = grantees
        .iter()
        .map(|(id, end)| json!({"user_id": id, "validity_time": end}));
    let entries: Vec<_> = entries.collect();
    let body = json!({"data": {"id": "secret-0", "grantee_user": entries}});
    Does::raw(http::StatusCode::OK, &body.to_string())
}

/// A grant that is read by a new run while replicas answer so, one after the other; what is said of it.
async fn read_from(replicas: &[Does]) -> (Estate, Report, Stage) {
    let stage = Stage::new().await;
    let config: Config = [(
        "a".to_owned(),
        Key::user("secret-0", "ana").block(Some(END)),
    )]
    .into();
    let mut estate = Estate::with_seed(0);
    estate.apply(&stage, &config).await.expect_green();
    for replica in replicas {
        stage.fault(Fault::on("ListGrants", replica.clone()));
    }
    let report = estate.refresh(&stage).await;
    (estate, report, stage)
}

#[tokio::test(start_paused = true)]
async fn a_change_reported_by_only_one_replica_is_ignored() {
    for replica in [
        list(&[]),
        list(&[("ana", LATER_END)]),
        list(&[("ben", END)]),
    ] {
        let (estate, report, stage) = read_from(&[replica]).await;
        let report = report.expect_green();
        assert_eq!(report.text("a"), "");
        assert_eq!(estate.held["a"].stored.object["validity_time"], END);
        assert_eq!(stage.own().len(), 1);
    }
    // The first one may be the right one.
    let right = list(&[("ana", END)]);
    let (estate, report, _) = read_from(&[right, list(&[])]).await;
    report.expect_green();
    assert_eq!(estate.held.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_change_reported_by_two_replicas_is_accepted() {
    let (estate, report, _) = read_from(&[list(&[]), list(&[])]).await;
    report.expect_green();
    assert!(estate.held.is_empty());
    let later = || list(&[("ana", LATER_END)]);
    let (estate, report, _) = read_from(&[later(), later()]).await;
    report.expect_green();
    assert_eq!(estate.held["a"].stored.object["validity_time"], LATER_END);
}

#[tokio::test(start_paused = true)]
async fn replicas_that_contradict_each_other_and_the_state_are_an_error() {
    let (estate, report, _) = read_from(&[list(&[]), list(&[("ana", LATER_END)])]).await;
    assert!(
        report.text("a").contains("Inconsistent list responses"),
        "{report:#?}"
    );
    assert!(report.has_failed("a"));
    assert_eq!(estate.held["a"].stored.object["validity_time"], END);
}

#[tokio::test(start_paused = true)]
async fn many_missing_grants_cost_one_additional_list_request() {
    let (stage, mut estate, _) = five_hundred().await;
    estate.refresh(&stage).await.expect_green();
    for number in (0..500).step_by(10) {
        stage
            .world()
            .remove_grant("secret-0", &format!("user-{number}"));
    }
    stage.world().clear_requests();
    estate.refresh(&stage).await.expect_green();
    assert_eq!(estate.held.len(), 450);
    let lists = lists(&stage);
    assert_eq!(lists.len(), 11, "{lists:?}");
}
