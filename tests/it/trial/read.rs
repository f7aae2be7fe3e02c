//! Many grants on few secrets: how often the service is asked.

use hwgrants::sandbox::GranteeKind;

use super::estate::{Config, Estate, Held};
use super::stage::{END, GRANT, Key, LATER_END, Stage};

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
async fn refreshing_500_grants_on_10_secrets_asks_10_times() {
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

    let block = crate::trial::stage::with(
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
