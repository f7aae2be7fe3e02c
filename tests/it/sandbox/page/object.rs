//! Grants and other objects on the page.

use hwgrants::sandbox::{GranteeKind, SandboxOptions, StoredGrantee, seed};
use serde_json::json;

use super::PageTest;

fn start() -> Option<PageTest> {
    PageTest::start(
        "the objects on the sandbox's page",
        SandboxOptions::default(),
    )
}

#[test]
fn expired_grants_differ_in_class_and_text() {
    let Some(mut page_test) = start() else { return };
    let today = page_test.world.now().to_string();
    page_test.grant(seed::USER_ANA, GranteeKind::User, Some("2020-02-29"));
    page_test.grant(seed::USER_BEN, GranteeKind::User, Some(&today[..10]));
    page_test.grant(seed::USER_CHEN, GranteeKind::User, None);
    page_test
        .browser
        .wait_until("document.querySelectorAll('#resources tbody tr').length === 3");
    let rows = "[...document.querySelectorAll('#resources tbody tr')].map((row) =>
        [row.className, row.querySelector('.name').innerText, row.querySelector('.expiry').innerText])";
    assert_eq!(
        page_test.browser.value(rows),
        json!([
            ["expired", "Ana Ruiz", "expired 2020-02-29"],
            ["", "Ben Okafor", &today[..10]],
            ["", "Chen Wei", "never expires"],
        ])
    );
    // Struck through too, for people who do not see the colours.
    let line = "getComputedStyle(document.querySelector('.expired time')).textDecorationLine";
    assert_eq!(page_test.browser.value(line), "line-through");
    assert!(
        page_test
            .text("grant-count")
            .starts_with("3 grants, 1 expired, on 5 secrets")
    );

    page_test.click("#advance-day", "Clock advanced by 1 day.");
    let expired = "document.querySelectorAll('#resources tr.expired').length";
    assert_eq!(page_test.browser.value(expired), 2);
}

#[test]
fn dates_are_shown_and_entered_as_year_month_day() {
    let Some(mut page_test) = start() else { return };
    page_test.grant(seed::USER_ANA, GranteeKind::User, Some("2099-02-03"));
    page_test.send(|client, url| client.get(format!("{url}/v9/none")));
    page_test
        .browser
        .wait_until("document.querySelectorAll('#requests time').length === 1");
    let times = page_test
        .browser
        .value("[...document.querySelectorAll('time')].map((time) => time.innerText)");
    let times: Vec<String> = serde_json::from_value(times).unwrap();
    assert_eq!(times.len(), 3, "{times:?}");
    for time in times {
        let date = time.get(..10).unwrap_or_default();
        assert!(date.parse::<jiff::civil::Date>().is_ok(), "{time}");
    }
    let field = "document.getElementById('grant').elements.expiry";
    assert_eq!(
        page_test.browser.value(&format!("{field}.placeholder")),
        "YYYY-MM-DD"
    );
    for (text, is_valid) in [
        ("", true),
        ("2030-12-31", true),
        ("2028-02-29", true),
        ("2027-02-29", false),
        ("2030-13-01", false),
        ("2030-1-1", false),
        ("31.12.2030", false),
        ("12/31/2030", false),
        ("2030", false),
    ] {
        let valid = page_test.browser.value(&format!(
            "{field}.value = {}; {field}.dispatchEvent(new Event('input')); {field}.checkValidity()",
            json!(text)
        ));
        assert_eq!(valid, is_valid, "{text}");
    }
}

#[test]
fn a_grantee_is_chosen_from_the_directory_and_another_one_is_refused() {
    let Some(mut page_test) = start() else { return };
    let mut disabled = StoredGrantee::new("Eve", GranteeKind::User);
    disabled.is_disabled = true;
    page_test.world.add_grantee("eve", disabled);
    let field = "document.getElementById('grant').elements.grantee";
    page_test
        .browser
        .wait_until(&format!("{field}.options.length === 6"));
    let groups = page_test.browser.value(&format!(
        "[...{field}.querySelectorAll('optgroup')].map((group) => [group.label, ...[...group.children].map((known) => known.value)])"
    ));
    assert_eq!(
        groups,
        json!([
            [
                "Users",
                seed::USER_ANA,
                seed::USER_BEN,
                seed::USER_CHEN,
                seed::USER_DANA,
                "eve"
            ],
            ["User groups", seed::GROUP_ONCALL],
        ])
    );
    let text = page_test
        .browser
        .value(&format!("{field}.querySelector('[value=eve]').textContent"));
    assert_eq!(text, "Eve, disabled (eve)");

    page_test.browser.value(&format!(
        "document.getElementById('grant-fold').open = true;
         {field}.append(new Option('Nobody', 'nobody')); {field}.value = 'nobody';
         document.querySelector('#grant > button').click()"
    ));
    page_test
        .browser
        .wait_until("!document.getElementById('failure').hidden");
    let said = page_test.text("failure");
    assert!(
        said.contains("Failed: grantee `nobody` is not in the directory"),
        "{said}"
    );
    let resources = page_test.world.state().resources;
    assert!(
        resources
            .values()
            .all(|resource| resource.grants.is_empty())
    );
}

/// How another kind of object is added.
#[test]
fn another_kind_of_object_is_an_entry_in_a_list() {
    let Some(mut page_test) = start() else { return };
    page_test.browser.value(
        "OBJECT_KINDS.push({
            key: 'keys', title: 'Keys', none: 'No keys', json: '/_sandbox/state',
            list: ({ port }) => [{
                id: '<b>id</b>', title: `Key ${port > 0}`, state: 'enabled', isGood: true,
                action: { text: 'Disable', label: 'Disable key', done: 'Done.', method: 'PUT', path: '/clock', body: { ahead: '2d' } },
            }],
        }); 0",
    );
    page_test
        .browser
        .wait_until("document.querySelectorAll('#keys li').length === 1");
    let shown = page_test.text("objects");
    for part in [
        "Keys",
        "Key true: enabled",
        "<b>id</b>",
        "CodeArts Repo access to KMS keys",
    ] {
        assert!(shown.contains(part), "`{part}` in {shown}");
    }
    page_test.click("[aria-label='Disable key']", "Done.");
    assert_eq!(page_test.world.clock_offset().to_string(), "2d");
}
