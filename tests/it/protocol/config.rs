//! Validation of configurations, and configuration of the provider.

use hwgrants::protocol::proto::ClientCapabilities;
use hwgrants::sandbox::seed;
use serde_json::{Value as Json, json};

use super::codec::unknown;
use super::message::{has_error, is_error, pointer, summaries};
use super::server::{Served, sandbox};
use super::terraform::{Stored, Terraform};

const THING: &str = "thing";

#[tokio::test]
async fn c74_c75_an_all_unknown_configuration_is_valid_before_configure() {
    let sandbox = sandbox().await;
    let served = Served::hwgrants(&sandbox).await;
    let terraform = Terraform::new(served.client()).await;
    for (name, block) in &terraform.resources {
        let attributes = block
            .attributes
            .iter()
            .filter(|attribute| attribute.required || attribute.optional);
        let names = attributes.map(|attribute| attribute.name.clone());
        let names = names.chain(
            block
                .block_types
                .iter()
                .map(|nested| nested.type_name.clone()),
        );
        let wrote = names.map(|name| (name, unknown())).collect();
        assert_eq!(terraform.validate(name, wrote).await, [], "{name}");
    }
    assert_eq!(sandbox.world().requests(), []);
}

#[tokio::test]
async fn c76_write_only_values_need_client_support() {
    let served = Served::probe().await;
    let terraform = Terraform::new(served.client()).await;
    let wrote = json!({"name": "kettle", "password": "w", "single": {"label": "s", "hidden": "h"},
                       "listed": [{"label": "a"}, {"label": "b", "hidden": "h"}], "mapped": {"k": {"label": "m", "hidden": unknown()}},
                       "group": {"hidden": "h"}});
    assert_eq!(terraform.validate(THING, wrote.clone()).await, []);
    for old in [None, Some(ClientCapabilities::default())] {
        let found = terraform.validate_as(THING, wrote.clone(), old).await;
        assert!(found.iter().all(is_error));
        let at: Vec<_> = found.iter().map(pointer).collect();
        assert_eq!(
            at,
            [
                "password",
                "single.hidden",
                "listed[1].hidden",
                "mapped[\"k\"].hidden",
                "group.hidden"
            ]
        );
    }
}

#[tokio::test]
async fn c78_a_deprecated_attribute_warns_only_when_it_is_set() {
    let served = Served::probe().await;
    let terraform = Terraform::new(served.client()).await;
    for (old, expected) in [
        (json!(null), 0),
        (unknown(), 0),
        (json!(""), 0),
        (json!("x"), 1),
    ] {
        let found = terraform
            .validate(THING, json!({"name": "kettle", "old": old}))
            .await;
        assert_eq!(found.len(), expected);
        assert!(!has_error(&found));
        assert!(found.iter().all(|each| pointer(each) == "old"));
    }
}

#[tokio::test]
async fn c132_diagnostics_point_at_the_invalid_attribute_up_to_a_set() {
    let served = Served::probe().await;
    let terraform = Terraform::new(served.client()).await;
    let long = "x".repeat(21);
    let wrote = json!({"name": "", "single": {"label": long}, "listed": [{"label": "l"}, {"label": ""}],
                       "nested": [{"label": "l", "hidden": null}, {"label": null, "hidden": null}], "in_set": [{"label": long}], "mapped": {"a key": {"label": null}}, "timeouts": {"create": "soon"}});
    let found = terraform.validate(THING, wrote).await;
    let at: Vec<_> = found.iter().map(pointer).collect();
    let expected = [
        "name",
        "nested[1].label",
        "single.label",
        "listed[1].label",
        "in_set",
        "mapped[\"a key\"].label",
        "timeouts.create",
    ];
    assert_eq!(at, expected);
    assert!(found.iter().all(is_error));
}

#[tokio::test]
async fn a_configuration_is_validated_as_a_whole_after_its_attributes() {
    let served = Served::probe().await;
    let terraform = Terraform::new(served.client()).await;
    for (wrote, expected) in [
        (
            json!({"name": "kettle", "note": "a lease"}),
            vec!["Lease missing"],
        ),
        (
            json!({"name": "kettle", "note": "a lease", "lease": "l"}),
            vec![],
        ),
        // What is unknown is checked again when it is known.
        (
            json!({"name": "kettle", "note": "a lease", "lease": unknown()}),
            vec![],
        ),
        (json!({"name": "kettle", "note": unknown()}), vec![]),
        // An attribute at fault comes first.
        (
            json!({"name": "", "note": "a lease"}),
            vec!["Invalid length"],
        ),
    ] {
        let found = terraform.validate(THING, wrote.clone()).await;
        assert_eq!(summaries(&found), expected, "{wrote}");
    }
    let found = terraform
        .validate(THING, json!({"name": "kettle", "note": "a lease"}))
        .await;
    assert_eq!(pointer(&found[0]), "lease");
    let found = terraform
        .validate_data("view", json!({"name": "hang", "behaviour": "hang"}))
        .await;
    assert_eq!(summaries(&found), ["Same texts"]);
    let found = terraform.configure(json!({"prefix": "two words"})).await;
    assert_eq!(summaries(&found), ["Prefix of two words"]);
}

#[tokio::test]
async fn c79_an_unknown_provider_block_fails_apply_but_not_plan() {
    let sandbox = sandbox().await;
    let served = Served::hwgrants(&sandbox).await;
    let config = json!({"token": unknown(), "endpoints": unknown()});
    let terraform = Terraform::configured(served.client(), config).await;
    let wrote = json!({"tenant_id": "159b65b41ead484d8ddff250a4731781"});
    let planned = terraform
        .plan("repo_kms_grant", &Stored::default(), wrote)
        .await;
    assert!(!has_error(&planned.found), "{:?}", planned.found);
    let applied = terraform.apply("repo_kms_grant", &planned).await;
    assert_eq!(
        summaries(&applied.found),
        ["Provider configuration known only after apply"]
    );
    assert!(
        applied.found[0].detail.contains("`token`, `endpoints`"),
        "{:?}",
        applied.found
    );
    assert_eq!(applied.stored, Stored::default());
    assert_eq!(sandbox.world().requests(), []);
}

#[tokio::test]
async fn a_partly_unknown_provider_block_plans_with_an_insecure_endpoint() {
    let variables = [
        ("HWGRANTS_ENDPOINT", "http://cloud.invalid"),
        ("HW_REGION_NAME", seed::REGION),
        ("HW_DOMAIN_ID", seed::ACCOUNT_ID),
    ];
    for insecure in [json!(true), unknown()] {
        let served = Served::hwgrants_with(&variables).await;
        let config = json!({"access_key": "AK", "secret_key": unknown(), "insecure": insecure});
        let terraform = Terraform::configured(served.client(), config).await;
        let planned = terraform
            .plan("repo_kms_grant", &Stored::default(), json!({}))
            .await;
        assert!(!has_error(&planned.found), "{:?}", planned.found);
        assert_eq!(planned.object["tenant_id"], seed::ACCOUNT_ID);
    }
}

#[tokio::test]
async fn c80_an_unconfigured_provider_rejects_calls_that_need_configuration() {
    let served = Served::probe().await;
    let configured = Terraform::configured(served.client(), json!({})).await;
    let stored = configured.create(THING, json!({"name": "kettle"})).await;
    let planned = configured
        .plan(THING, &stored, json!({"name": "kettle", "note": "n"}))
        .await;

    let bare = Served::probe().await;
    let bare = Terraform::new(bare.client()).await;
    let expected = ["Provider not configured"];
    assert_eq!(summaries(&bare.read(THING, &stored).await.found), expected);
    assert_eq!(
        summaries(
            &bare
                .plan(THING, &stored, json!({"name": "kettle"}))
                .await
                .found
        ),
        expected
    );
    let applied = bare.apply(THING, &planned).await;
    assert_eq!(summaries(&applied.found), expected);
    assert_eq!(
        applied.stored.object, stored.object,
        "the object is still there"
    );
    assert_eq!(
        summaries(&bare.import(THING, "p-kettle").await.unwrap_err()),
        expected
    );
    assert!(bare.upgrade(THING, 2, &stored.object).await.is_ok());
    assert_eq!(bare.validate(THING, json!({"name": "kettle"})).await, []);
}

#[tokio::test]
async fn c39_a_second_configure_replaces_the_first() {
    let served = Served::probe().await;
    let terraform = Terraform::configured(served.client(), json!({"prefix": "one"})).await;
    let first = terraform.create(THING, json!({"name": "kettle"})).await;
    assert_eq!(first.object["id"], "one-kettle");
    assert_eq!(terraform.configure(json!({"prefix": "two"})).await, []);
    let second = terraform.create(THING, json!({"name": "kettle"})).await;
    assert_eq!(second.object["id"], "two-kettle");
}

#[tokio::test]
async fn configuring_the_provider_may_return_a_warning() {
    let served = Served::probe().await;
    let terraform = Terraform::new(served.client()).await;
    let found = terraform.configure(json!({})).await;
    assert_eq!(summaries(&found), ["No prefix"]);
    assert_eq!(pointer(&found[0]), "prefix");
    let found = terraform.configure(json!({"prefix": "far too long"})).await;
    assert_eq!(pointer(&found[0]), "prefix");
    assert!(has_error(&found));
}

const REDIRECTED: &str = "Requests redirected by HWGRANTS_ENDPOINT";

#[tokio::test]
async fn an_endpoint_from_the_environment_warns_on_every_configure() {
    let sandbox = sandbox().await;
    let served = Served::hwgrants(&sandbox).await;
    let terraform = Terraform::new(served.client()).await;
    for _ in 0..2 {
        let found = terraform.configure(json!({})).await;
        assert_eq!(summaries(&found), [REDIRECTED]);
        assert!(!has_error(&found));
        let detail = &found[0].detail;
        assert!(
            detail.contains(&sandbox.url()) && detail.contains("`HWGRANTS_ENDPOINT`"),
            "{detail}"
        );
    }
}

#[tokio::test]
async fn ignored_environment_credentials_cause_a_warning() {
    let sandbox = sandbox().await;
    let served = Served::hwgrants(&sandbox).await;
    let terraform = Terraform::new(served.client()).await;
    let key = json!({"access_key": seed::ACCESS_KEY, "secret_key": seed::SECRET_KEY});
    let found = terraform.configure(key).await;
    assert_eq!(summaries(&found), [REDIRECTED, "Credentials ignored"]);
    assert!(found[1].detail.contains("`HW_AUTH_TOKEN`"), "{found:?}");
    // Which credential counts is open yet.
    let key =
        json!({"access_key": seed::ACCESS_KEY, "secret_key": seed::SECRET_KEY, "token": unknown()});
    assert_eq!(summaries(&terraform.configure(key).await), [REDIRECTED]);
    let half = json!({"access_key": seed::ACCESS_KEY});
    let found = terraform.configure(half).await;
    assert!(
        found
            .iter()
            .any(|each| is_error(each) && pointer(each) == "access_key"),
        "{found:?}"
    );
}

#[tokio::test]
async fn an_empty_string_in_the_provider_block_counts_as_unset() {
    let sandbox = sandbox().await;
    let served = Served::hwgrants(&sandbox).await;
    let terraform = Terraform::new(served.client()).await;
    let attributes = terraform.provider.attributes.iter();
    let texts = attributes.filter(|attribute| attribute.r#type == br#""string""#);
    let mut wrote: serde_json::Map<_, _> = texts
        .map(|attribute| (attribute.name.clone(), json!("")))
        .collect();
    assert!(wrote.len() > 25);
    wrote.insert(
        "endpoints".to_owned(),
        json!({"csms": "", "kms": "", "codehub": "", "iam": "", "sts": ""}),
    );
    let found = terraform.configure(wrote.into()).await;
    assert_eq!(summaries(&found), [REDIRECTED], "{found:?}");
    // In nested blocks, too: nothing is named, and nobody completes it.
    for (block, complaint) in [
        ("assume_role", "requires `agency_name`"),
        ("assume_role_with_oidc", "requires `idp_id`"),
    ] {
        let empty = json!({block: [{"agency_name": "", "domain_id": ""}]});
        let found = terraform.configure(empty).await;
        assert!(
            found.iter().any(|each| each.detail.contains(complaint)),
            "{found:?}"
        );
    }
}

#[tokio::test]
async fn c132_malformed_ids_in_the_provider_block_are_rejected() {
    let sandbox = sandbox().await;
    let served = Served::hwgrants(&sandbox).await;
    let terraform = Terraform::new(served.client()).await;
    for value in ["a/b", "a\n", " a", "a\u{7}"] {
        for (wrote, at) in [
            (json!({"region": value}), "region"),
            (json!({"project_id": value}), "project_id"),
            (json!({"tenant_id": value}), "tenant_id"),
            (json!({"domain_id": value}), "domain_id"),
            (json!({"user_id": value}), "user_id"),
            (
                json!({"assume_role": [{"domain_id": value}]}),
                "assume_role[0].domain_id",
            ),
            (
                json!({"assume_role_with_oidc": [{"domain_id": value}]}),
                "assume_role_with_oidc[0].domain_id",
            ),
            (
                json!({"assume_role_with_oidc": [{"idp_id": value}]}),
                "assume_role_with_oidc[0].idp_id",
            ),
            (
                json!({"guardrails": [{"allowed_project_ids": [value]}]}),
                "guardrails[0].allowed_project_ids",
            ),
        ] {
            let found = terraform.configure(wrote).await;
            assert!(has_error(&found), "{at} {value:?}");
            assert_eq!(pointer(&found[0]), at);
        }
    }
}

#[tokio::test]
async fn c98_the_plan_predicts_the_account_of_an_assumed_role() {
    let sandbox = sandbox().await;
    let role = |more: Json| {
        let mut role = json!({"assume_role": [{"agency_name": "deploy", "domain_id": seed::AGENCY_ACCOUNT_ID}]});
        role.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        role
    };
    for (config, is_known) in [
        (role(json!({})), true),
        (
            role(json!({"access_key": unknown(), "secret_key": "known"})),
            true,
        ),
        (
            json!({"assume_role": [{"agency_name": "deploy", "domain_name": "acme"}]}),
            false,
        ),
        (
            json!({"assume_role": [{"agency_name": "deploy", "domain_id": unknown()}]}),
            false,
        ),
    ] {
        // The environment names the caller's own account.
        let served = Served::hwgrants(&sandbox).await;
        let terraform = Terraform::configured(served.client(), config).await;
        let planned = terraform
            .plan("repo_kms_grant", &Stored::default(), json!({}))
            .await;
        let account = &planned.object["tenant_id"];
        match is_known {
            true => assert_eq!(account, seed::AGENCY_ACCOUNT_ID),
            false => assert!(super::codec::is_unknown(account), "{account}"),
        }
    }
}
