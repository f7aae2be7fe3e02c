//! What the plan does not know yet, what another state has, and what was created again since it was read.

use http::StatusCode;
use hwgrants::provider::Recorder;
use hwgrants::run_record::HostId;
use hwgrants::sandbox::{Fault, FaultAction as Does, GranteeKind};
use serde_json::json;
use tokio::time::Instant;

use super::super::world::{END, GRANT, Key, Stage, with};
use super::configuration::{Block, Blocks, Configuration, How};
use crate::protocol::codec::unknown;
use crate::protocol::message::has_error;
use crate::protocol::terraform::Stored;
use crate::protocol::terraform_core::Action;

fn ana() -> Key {
    Key::user("secret-0", "ana")
}

fn texts(found: &[hwgrants::protocol::proto::Diagnostic]) -> String {
    let texts = found.iter();
    texts
        .map(|each| format!("{}: {}\n", each.summary, each.detail))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn only_an_id_unknown_at_plan_time_is_retried_within_a_minute() {
    for (status, body) in [
        (
            404,
            r#"{"error_code":"CSMS.0999","error_msg":"no such secret"}"#,
        ),
        (
            400,
            r#"{"error_code":"CSMS.0101","error_msg":"invalid user"}"#,
        ),
    ] {
        for is_known in [false, true] {
            let stage = Stage::new().await;
            let folder = tempfile::tempdir().unwrap();
            let recorder = || {
                let records = folder.path().join("hwgrants");
                Recorder::Folder(records, HostId::from_name("terraform"))
            };
            let wrote = ana().block(Some(END));
            let open = with(wrote.clone(), json!({"resource_id": unknown()}));
            let planned = if is_known { wrote.clone() } else { open };
            let run = stage.run_noting_plans(recorder()).await;
            let plan = run.plan(GRANT, &Stored::default(), planned).await;
            assert!(!has_error(&plan.found), "{}", texts(&plan.found));
            drop(run);
            let run = stage.run_noting_plans(recorder()).await;
            let plan = run.plan(GRANT, &Stored::default(), wrote).await;
            let status = StatusCode::from_u16(status).unwrap();
            stage.fault(Fault::on("CreateGrants", Does::raw(status, body)).times(3));
            let began_at = Instant::now();
            let applied = run.apply(GRANT, &plan).await;
            let said = texts(&applied.found);
            assert_eq!(has_error(&applied.found), is_known, "{said}");
            let tries = stage.count("CreateGrants");
            assert_eq!(tries, if is_known { 1 } else { 4 }, "{said}");
            assert!(began_at.elapsed().as_secs() < 60);
            assert_eq!(stage.own().len(), usize::from(!is_known));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_id_that_stays_unknown_to_the_service_fails_after_a_minute() {
    let stage = Stage::new().await;
    let folder = tempfile::tempdir().unwrap();
    let recorder = || {
        let records = folder.path().join("hwgrants");
        Recorder::Folder(records, HostId::from_name("terraform"))
    };
    let wrote = Key::user("no-secret", "ana").block(Some(END));
    let open = with(wrote.clone(), json!({"resource_id": unknown()}));
    let run = stage.run_noting_plans(recorder()).await;
    run.plan(GRANT, &Stored::default(), open).await;
    drop(run);
    let run = stage.run_noting_plans(recorder()).await;
    let plan = run.plan(GRANT, &Stored::default(), wrote).await;
    let began_at = Instant::now();
    let applied = run.apply(GRANT, &plan).await;
    assert!(has_error(&applied.found));
    let took = began_at.elapsed().as_secs();
    assert!((60..90).contains(&took), "{took}");
}

#[tokio::test(start_paused = true)]
async fn a_replacement_with_an_unknown_id_suggests_create_before_destroy() {
    let stage = Stage::new().await;
    let run = stage.run().await;
    let stored = run.create(GRANT, ana().block(Some(END))).await;
    let open = with(ana().block(Some(END)), json!({"resource_id": unknown()}));
    // The second plan of a replacement is the one that is kept, but the warnings are those of the first one.
    let first = run.plan_first(GRANT, &stored, open).await;
    let said = texts(&first.found);
    assert!(said.contains("Access may be interrupted"), "{said}");
    assert!(said.contains("create_before_destroy"), "{said}");
    // Another grantee is another grant, whatever the secret turns out to be.
    let other = with(
        ana().block(Some(END)),
        json!({"resource_id": unknown(), "grantee_target_id": "ben"}),
    );
    let first = run.plan_first(GRANT, &stored, other).await;
    assert_eq!(texts(&first.found), "");
}

#[tokio::test(start_paused = true)]
async fn create_before_destroy_with_an_unchanged_id_keeps_the_grant() {
    let stage = Stage::new().await;
    let folder = tempfile::tempdir().unwrap();
    let recorder = || {
        let records = folder.path().join("hwgrants");
        Recorder::Folder(records, HostId::from_name("terraform"))
    };
    let run = stage.run_noting_plans(recorder()).await;
    let stored = run.create(GRANT, ana().block(Some(END))).await;
    drop(run);
    let run = stage.run_noting_plans(recorder()).await;
    let open = with(ana().block(Some(END)), json!({"resource_id": unknown()}));
    let planned = run.plan(GRANT, &stored, open).await;
    assert_eq!(planned.action, Action::Replace);
    drop(run);
    let run = stage.run_noting_plans(recorder()).await;
    let creation = run
        .plan(GRANT, &Stored::default(), ana().block(Some(END)))
        .await;
    let created = run.apply(GRANT, &creation).await;
    assert_eq!(texts(&created.found), "");
    let removed = run.remove(GRANT, &planned).await;
    assert!(!has_error(&removed.found), "{}", texts(&removed.found));
    assert_eq!(
        (stage.count("CreateGrants"), stage.count("DeleteGrant")),
        (1, 0)
    );
    assert_eq!(
        created.stored.object["uuid"], stored.object["uuid"],
        "what the old object knew is kept"
    );
}

#[tokio::test(start_paused = true)]
async fn planning_a_grant_of_another_state_suggests_removed_and_import_blocks() {
    let stage = Stage::new().await;
    let blocks: Blocks = [("a".to_owned(), Block::new("one", ana(), Some(END)))].into();
    let mut first = Configuration::with_seed(1);
    first
        .apply(&stage, &blocks, &How::default())
        .await
        .expect_green();
    let mut second = Configuration::with_seed(2);
    let lists = stage.count("ListGrants");
    let said = second
        .only_plan(&stage, &blocks, &How::default())
        .await
        .expect_green()
        .texts()
        .concat();
    assert_eq!(stage.count("ListGrants"), lists + 1);
    for word in [
        "Grant already exists",
        "`removed`",
        "destroy = false",
        "import",
    ] {
        assert!(said.contains(word), "{word}: {said}");
    }
    // Of a dozen, each one is named.
    let dozen: Blocks = (0..12)
        .map(|number| {
            let key = Key::user("secret-1", &format!("user-{number}"));
            (format!("b{number}"), Block::new("one", key, None))
        })
        .collect();
    first
        .apply(&stage, &dozen, &How::default())
        .await
        .expect_green();
    let said = second.only_plan(&stage, &dozen, &How::default()).await;
    let said = said.expect_green().texts();
    let named = said
        .iter()
        .filter(|text| text.contains("Grant already exists"));
    assert_eq!(named.count(), 12, "{said:#?}");
    // A service that cannot be asked is no reason to say anything.
    let failing = Does::raw(
        StatusCode::FORBIDDEN,
        r#"{"error_code":"CSMS.0403","error_msg":"no"}"#,
    );
    stage.fault(Fault::on("ListGrants", failing).endless());
    let report = second.only_plan(&stage, &blocks, &How::default()).await;
    assert_eq!(report.expect_green().texts(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_grant_re_created_since_the_last_read_is_not_revoked() {
    let stage = Stage::new().await;
    let blocks: Blocks = [("a".to_owned(), Block::new("one", ana(), Some(END)))].into();
    let mut configuration = Configuration::with_seed(1);
    configuration
        .apply(&stage, &blocks, &How::default())
        .await
        .expect_green();
    let again = |stage: &Stage| {
        assert!(stage.world().remove_grant("secret-0", "ana"));
        let end = Some(END.parse().unwrap());
        let kind = GranteeKind::User;
        stage
            .world()
            .put_grant("secret-0", "ana", kind, end)
            .unwrap();
    };
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    again(&stage);
    let unread = How {
        refresh: false,
        ..How::default()
    };
    let report = configuration.apply(&stage, &Blocks::new(), &unread).await;
    let said = report.texts().concat();
    assert!(
        said.contains("Grant re-created since the last read"),
        "{said}"
    );
    assert_eq!(stage.count("DeleteGrant"), 0);
    assert_eq!(stage.own().len(), 1);
    // Once it has been read, it may be revoked.
    configuration
        .apply(&stage, &Blocks::new(), &How::default())
        .await
        .expect_green();
    assert!(stage.own().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_create_that_fails_validation_keeps_the_grant_in_exactly_one_block() {
    for is_deletion_first in [true, false] {
        let stage = Stage::new().await;
        let folder = tempfile::tempdir().unwrap();
        let recorder = || {
            let records = folder.path().join("hwgrants");
            Recorder::Folder(records, HostId::from_name("terraform"))
        };
        let run = stage.run_noting_plans(recorder()).await;
        let stored = run.create(GRANT, ana().block(Some(END))).await;
        drop(run);
        let run = stage.run_noting_plans(recorder()).await;
        let removal = run.plan(GRANT, &stored, serde_json::Value::Null).await;
        let wrote = ana().block(Some("2030-01-02"));
        let creation = run.plan(GRANT, &Stored::default(), wrote).await;
        drop(run);
        // The day has passed meanwhile, so the new block is refused.
        stage.set_days_ahead(30);
        let run = stage.run_noting_plans(recorder()).await;
        let (removed, created) = if is_deletion_first {
            let removed = run.apply(GRANT, &removal).await;
            (removed, run.apply(GRANT, &creation).await)
        } else {
            let created = run.apply(GRANT, &creation).await;
            (run.apply(GRANT, &removal).await, created)
        };
        assert!(texts(&created.found).contains("Expiration date in the past"));
        assert_eq!(has_error(&removed.found), !is_deletion_first);
        let held = [&removed.stored.object, &created.stored.object];
        let held = held.map(|object| object.is_object());
        assert_eq!(held, [!is_deletion_first, is_deletion_first]);
        assert_eq!((stage.count("DeleteGrant"), stage.own().len()), (0, 1));
    }
}
