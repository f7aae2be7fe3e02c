//! What the page says: quirks, requests, ways to sign in, and links.

use std::path::Path;
use std::time::Duration;

use hwgrants::sandbox::seed::{PROJECT_ID, SECRET_API_KEY, TOKEN, USER_BEN};
use hwgrants::sandbox::{
    Fault, FaultAction, FaultBody, GranteeKind, Quirks, SandboxOptions, When, seed,
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::super::{grants, terms};
use super::{OPEN_FOLDS, PageTest};

fn start(options: SandboxOptions) -> Option<PageTest> {
    PageTest::start("what the sandbox's page shows", options)
}

#[test]
fn changed_quirks_are_shown_with_an_explanation_and_all_others_are_folded() {
    let Some(mut page_test) = start(SandboxOptions::default()) else {
        return;
    };
    assert_eq!(
        page_test.text("changed-quirks"),
        "All quirks have their default values."
    );
    let is_open = "document.getElementById('quirk-fold').open";
    assert_eq!(page_test.browser.value(is_open), false);
    assert!(!page_test.text("quirk-fold").contains("no_grants"));

    page_test.set_quirk("no_grants=not_found");
    page_test.set_quirk("groups=expanded");
    page_test
        .browser
        .wait_until("document.querySelectorAll('#changed-quirks .changed').length === 2");
    let shown = page_test.text("changed-quirks");
    for part in [
        "no_grants=not_found",
        "ListGrants response for a resource without grants. 404 with CSMS.0005.",
        "Default: empty_array. The resource with an empty array.",
        "groups=expanded",
        "How ListGrants shows a grant to a group. One entry per member.",
        "Default: listed. One entry with the group's ID.",
    ] {
        assert!(shown.contains(part), "`{part}` in {shown}");
    }
    page_test.click(
        "[aria-label='Reset quirk groups']",
        "Quirk set: groups=listed.",
    );
    let left = page_test.text("changed-quirks");
    assert!(
        left.contains("no_grants") && !left.contains("groups"),
        "{left}"
    );

    page_test.browser.value(OPEN_FOLDS);
    let all = page_test.text("quirk-fold");
    let shown = |text: &str| all.contains(&text.replace('`', ""));
    for quirk in Quirks::descriptions() {
        assert!(shown(quirk.description), "{quirk:?} in {all}");
        for value in quirk.values {
            assert!(shown(value.description), "{value:?} in {all}");
        }
    }
}

/// The texts of the latest request on the page.
fn latest_request(page_test: &mut PageTest) -> Value {
    page_test.browser.value(
        "[...document.querySelectorAll('#requests li:first-child :is(.response, .error-code, .user-agent, .request-id)')]
            .map((found) => found.innerText)",
    )
}

#[test]
fn a_request_shows_user_agent_error_code_and_request_id_of_its_response() {
    let Some(mut page_test) = start(SandboxOptions::default()) else {
        return;
    };
    page_test.grant(USER_BEN, GranteeKind::User, None);
    let create = |page_test: &PageTest, agent: &'static str| {
        page_test.send(|client, url| {
            let request = client.post(format!("{url}{}", grants("")));
            let request = super::super::json(request, &terms(SECRET_API_KEY, USER_BEN));
            request
                .header("X-Auth-Token", TOKEN)
                .header("User-Agent", agent)
        })
    };
    let first = create(&page_test, "<b>agent</b>/1.0");
    assert_eq!(first.status, StatusCode::BAD_REQUEST);
    let first_id = first.header("x-request-id").to_owned();
    let code = first.json()["error_code"].clone();
    assert_eq!(code, "CSMS.0002");
    page_test.browser.wait_until(&format!(
        "document.querySelector('#requests .request-id')?.innerText === {}",
        json!(first_id)
    ));
    assert_eq!(
        latest_request(&mut page_test),
        json!(["400 CSMS.0002", code, "<b>agent</b>/1.0", first_id])
    );

    // A request ID of an earlier request, as a message of the provider has it, finds that request.
    let fault = Fault::on(
        "CreateGrants",
        FaultAction::Answer {
            status: StatusCode::BAD_GATEWAY,
            body: FaultBody::Raw("<html>".to_owned()),
            when: When::BeforeEffect,
        },
    );
    page_test.world.faults().add(fault);
    let second = create(&page_test, "agent/2.0");
    let second_id = second.header("x-request-id").to_owned();
    page_test
        .browser
        .wait_until("document.querySelectorAll('#requests li').length === 2");
    assert_eq!(
        latest_request(&mut page_test),
        json!(["502", "agent/2.0", second_id])
    );
    let find = |text: &str| {
        format!(
            "{{ const field = document.getElementById('find'); field.value = {};
                field.dispatchEvent(new Event('input', {{bubbles: true}})); }}
             [...document.querySelectorAll('#requests .request-id')].map((found) => found.innerText)",
            json!(text)
        )
    };
    let found = page_test.browser.value(&find(&format!(" {first_id} ")));
    assert_eq!(found, json!([first_id]));
    assert!(
        page_test
            .text("request-count")
            .contains("2 requests, 1 found")
    );
    assert_eq!(
        page_test.browser.value(&find("agent/2.0")),
        json!([second_id])
    );
    assert_eq!(page_test.browser.value(&find("nowhere")), json!([]));
    assert!(
        page_test
            .text("requests")
            .contains("No request contains this text")
    );
}

#[test]
fn the_title_has_port_data_file_and_clock() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("cloud.json");
    let options = SandboxOptions {
        data: Some(data.clone()),
        ..SandboxOptions::default()
    };
    let Some(mut page_test) = start(options) else {
        return;
    };
    let (_, port) = page_test.url.rsplit_once(':').expect("a port");
    let port = port.to_owned();
    page_test.world.advance(
        "30d"
            .parse::<hwgrants::sandbox::ClockOffset>()
            .unwrap()
            .duration(),
    );
    page_test
        .browser
        .wait_until("document.title.includes('clock offset 30d')");
    let today = page_test.world.now().to_string();
    let title = page_test.browser.value("document.title");
    assert_eq!(
        title,
        format!(
            ":{port}, cloud.json, {}, clock offset 30d – Huawei Cloud sandbox",
            &today[..10]
        )
    );
    let facts = page_test.text("facts");
    for part in [&port, &*data.to_string_lossy(), &today[..10], "30d"] {
        assert!(facts.contains(part), "`{part}` in {facts}");
    }
    drop(page_test);

    let Some(mut page_test) = start(SandboxOptions::default()) else {
        return;
    };
    let title = page_test.browser.value("document.title");
    let title = title.as_str().expect("text");
    assert!(
        title.contains(", no data file, 20") && !title.contains("offset"),
        "{title}"
    );
    assert!(
        page_test
            .text("facts")
            .contains("the data is lost when the sandbox stops")
    );
}

#[test]
fn all_links_lead_to_json() {
    let Some(mut page_test) = start(SandboxOptions::default()) else {
        return;
    };
    let links = page_test.browser.value(
        "[...document.querySelectorAll('a[href]')].map((link) => link.getAttribute('href'))",
    );
    let links: Vec<String> = serde_json::from_value(links).unwrap();
    for path in [
        "state",
        "users",
        "requests",
        "faults",
        "clock",
        "quirks",
        "quirks/descriptions",
        "sign-in",
        "identities",
        "view",
        "operations",
    ] {
        assert!(
            links.contains(&format!("/_sandbox/{path}")),
            "{path} in {links:?}"
        );
    }
    for link in links {
        let reply = page_test.send(|client, url| client.get(format!("{url}{link}")));
        assert!(reply.ok(200).is_object(), "{link}");
    }
    let section_count = page_test
        .browser
        .value("document.querySelectorAll('section').length");
    let linked = page_test
        .browser
        .value("document.querySelectorAll('section > h2 a[href]:first-child').length");
    assert_eq!(linked, section_count);
}

#[test]
fn the_documentation_describes_every_part_of_the_page() {
    let Some(mut page_test) = start(SandboxOptions::default()) else {
        return;
    };
    let titles = page_test
        .browser
        .value("[...document.querySelectorAll('section > h2 > span:first-child')].map((title) => title.innerText)");
    let titles: Vec<String> = serde_json::from_value(titles).unwrap();
    assert_eq!(titles.len(), 7, "{titles:?}");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/sandbox.md");
    let page = std::fs::read_to_string(page).unwrap();
    for title in titles {
        assert!(page.contains(&format!("\n| {title} | ")), "{title}");
    }
}

#[test]
fn copy_buttons_copy_the_commands_for_the_selected_shell_and_the_ids() {
    let Some(mut page_test) = start(SandboxOptions::default()) else {
        return;
    };
    let origin = page_test.url.clone();
    page_test.browser.command(
        "Browser.grantPermissions",
        json!({"origin": origin, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}),
    );
    page_test.browser.command(
        "Emulation.setFocusEmulationEnabled",
        json!({"enabled": true}),
    );
    let methods = |page_test: &PageTest| {
        let reply = page_test.send(|client, url| client.get(format!("{url}/_sandbox/sign-in")));
        reply.ok(200)["methods"].take()
    };
    for (shell, first_line) in [
        ("sh", "unset "),
        ("fish", "set -e "),
        ("powershell", "Remove-Item "),
    ] {
        page_test.browser.value(&format!(
            "document.querySelector('[value={shell}]').click()"
        ));
        for method in methods(&page_test).as_array().expect("a list") {
            let identity = method["identity"].as_str().unwrap().replace('`', "");
            let what = format!(
                "the {shell} commands to sign in as {identity} with {}",
                method["title"].as_str().unwrap()
            );
            page_test.click(
                &format!("[aria-label='Copy {what}']"),
                &format!("Copied {what}."),
            );
            let copied = page_test.browser.value("navigator.clipboard.readText()");
            assert_eq!(copied, method["commands"][shell]);
            assert!(copied.as_str().unwrap().starts_with(first_line), "{copied}");
        }
    }
    // The commands set the clock of the sandbox too.
    page_test
        .world
        .advance(Duration::from_secs(86_400).try_into().unwrap());
    let first = "document.querySelector('#sign-in button').click()";
    page_test.browser.wait_until("signIn.ahead === '1d'");
    page_test.run(
        first,
        "Copied the powershell commands to sign in as deployer with a token.",
    );
    let copied = page_test.browser.value("navigator.clipboard.readText()");
    assert!(
        copied
            .as_str()
            .unwrap()
            .contains("$env:HWGRANTS_CLOCK = '1d'"),
        "{copied}"
    );

    page_test.browser.value(OPEN_FOLDS);
    page_test.click("[aria-label='Copy project_id']", "Copied project_id.");
    let copied = page_test.browser.value("navigator.clipboard.readText()");
    assert_eq!(copied, PROJECT_ID);
    let copyable = page_test
        .browser
        .value("document.querySelectorAll('#identities button').length");
    let entries = seed::catalog::SECTIONS
        .iter()
        .map(|section| section.entries.len());
    assert_eq!(copyable, entries.sum::<usize>());
}
