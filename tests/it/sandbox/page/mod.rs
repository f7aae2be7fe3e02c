//! The page of `/_sandbox/`: access to it, and every control on it in a real browser.

mod accessibility;
mod content;
mod layout;
mod object;

use hwgrants::sandbox::{
    BlockingSandbox, GranteeKind, Quirks, SandboxOptions, StoredGrantee, World, seed,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Bench, Reply, kms_grant, send};
use crate::browser::Browser;

/// Opens everything that is folded.
const OPEN_FOLDS: &str =
    "document.querySelectorAll('details').forEach((fold) => { fold.open = true; })";

/// `Accept` of browsers.
const BROWSER_ACCEPTS: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn fetch(bench: &Bench, path: &str, accept: &str) -> Reply {
    let request = bench.anonymous(Method::GET, path).header("Accept", accept);
    send(request).await
}

#[tokio::test]
async fn browsers_get_html_and_other_clients_plain_text() {
    let bench = Bench::start().await;
    for path in ["/_sandbox", "/_sandbox/"] {
        let page = fetch(&bench, path, BROWSER_ACCEPTS).await;
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(page.body.starts_with("<!doctype html>"));
        assert_eq!(page.header("vary"), "accept");
        let help = fetch(&bench, path, "*/*").await;
        assert_eq!(help.header("content-type"), "text/plain; charset=utf-8");
        assert!(help.body.contains("GET    /_sandbox/state"), "{help:?}");
        assert_eq!(help.header("vary"), "accept");
    }
    assert!(bench.sandbox.world().requests().is_empty());
}

#[tokio::test]
async fn the_page_loads_no_external_resources_and_injects_no_html() {
    let bench = Bench::start().await;
    let page = fetch(&bench, "/_sandbox/", BROWSER_ACCEPTS).await.body;
    let links = page.split(&['"', ' '][..]);
    let parts: Vec<_> = links
        .filter(|link| link.starts_with('/') && (link.ends_with(".css") || link.ends_with(".js")))
        .collect();
    assert_eq!(parts.len(), 6, "{parts:?}");
    for path in ["/_sandbox/"].iter().chain(&parts) {
        let part = fetch(&bench, path, BROWSER_ACCEPTS).await;
        assert_eq!(part.status, 200, "{path}");
        let policy = part.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(part.header("x-content-type-options"), "nosniff");
        // The only URL on the page is its own, for people to copy.
        let addresses = part.body.matches("//").count() - part.body.matches("// ").count();
        let own = part.body.matches("http://<span id=\"host\">").count();
        assert_eq!(addresses, own, "{path}");
        for word in [
            "innerHTML",
            "outerHTML",
            "insertAdjacent",
            "document.write",
            "eval(",
        ] {
            assert!(!part.body.contains(word), "`{word}` in {path}");
        }
    }
}

#[tokio::test]
async fn without_javascript_the_page_links_to_the_data() {
    let bench = Bench::start().await;
    let page = fetch(&bench, "/_sandbox/", BROWSER_ACCEPTS).await.body;
    let (_, rest) = page.split_once("<noscript>").expect("something to say");
    let (said, _) = rest.split_once("</noscript>").expect("an end");
    let links: Vec<_> = said.split("href=\"").skip(1).collect();
    assert!(links.len() >= 5, "{said}");
    for link in links {
        let (path, _) = link.split_once('"').expect("an end");
        fetch(&bench, path, BROWSER_ACCEPTS).await.ok(200);
    }
}

#[tokio::test]
async fn other_sites_cannot_read_or_change_the_sandbox() {
    let bench = Bench::start().await;
    let delegation = format!("/_sandbox/delegations/{}", seed::ACCOUNT_ID);
    let own = bench.sandbox.url();
    let attempts = [
        [("Origin", "http://site.example"), ("Accept", "*/*")],
        [("Origin", "null"), ("Accept", "*/*")],
        [("Origin", "http://127.0.0.1:1"), ("Accept", "*/*")],
        [("Sec-Fetch-Site", "cross-site"), ("Accept", "*/*")],
        [("Sec-Fetch-Site", "same-site"), ("Accept", "*/*")],
        [("Host", "rebound.example"), ("Accept", "*/*")],
        [
            ("Host", "rebound.example"),
            ("Origin", "http://rebound.example"),
        ],
    ];
    for attempt in attempts {
        let with = |mut request: reqwest::RequestBuilder| {
            for (name, value) in attempt {
                request = request.header(name, value);
            }
            send(request)
        };
        let reply = with(bench.anonymous(Method::PUT, &delegation)).await;
        assert!(reply.ok(403)["error"].is_string(), "{attempt:?}");
        if attempt[0].0 != "Sec-Fetch-Site" {
            for path in ["/_sandbox/state", "/_sandbox/view", "/_sandbox/"] {
                with(bench.anonymous(Method::GET, path)).await.ok(403);
            }
        }
    }
    assert!(!bench.sandbox.world().is_delegated(seed::ACCOUNT_ID));

    let request = bench.anonymous(Method::PUT, &delegation);
    send(request.header("Origin", own)).await.no_content();
    assert!(bench.sandbox.world().is_delegated(seed::ACCOUNT_ID));
    let request = bench.anonymous(Method::DELETE, &delegation);
    send(request).await.no_content();
    assert!(!bench.sandbox.world().is_delegated(seed::ACCOUNT_ID));
}

#[tokio::test]
async fn the_page_view_contains_only_the_latest_200_requests() {
    let bench = Bench::start().await;
    for _ in 0..201 {
        bench.get(&kms_grant()).await.ok(202);
    }
    bench.get("/v9/latest").await;
    let view = fetch(&bench, "/_sandbox/view", "*/*").await.ok(200);
    assert_eq!(view["request_count"], 202);
    let requests = view["requests"].as_array().expect("a list");
    assert_eq!(requests.len(), 200);
    assert_eq!(requests[199]["path"], "/v9/latest");
}

/// The page in a browser, and its sandbox.
struct PageTest {
    browser: Browser,
    world: World,
    url: String,
    sandbox: Option<BlockingSandbox>,
}

impl PageTest {
    /// The page of a new sandbox; `None`, and said, without a browser.
    fn start(checked: &str, options: SandboxOptions) -> Option<Self> {
        let browser = Browser::start(checked)?;
        let sandbox = BlockingSandbox::start(options).expect("started");
        let mut page_test = Self {
            browser,
            world: sandbox.world().clone(),
            url: sandbox.url().to_owned(),
            sandbox: Some(sandbox),
        };
        page_test.open();
        Some(page_test)
    }

    fn open(&mut self) {
        self.browser.open(&format!("{}/_sandbox/", self.url));
        self.browser
            .wait_until("document.querySelectorAll('#resources article').length === 5");
        self.browser
            .wait_until("document.querySelectorAll('#sign-in button').length === 7");
    }

    /// Sends a request to the sandbox.
    fn send(&self, with: impl FnOnce(reqwest::Client, &str) -> reqwest::RequestBuilder) -> Reply {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async { send(with(super::client(), &self.url)).await })
    }

    /// Creates a grant on the secret `api-key`.
    fn grant(&self, grantee: &str, kind: GranteeKind, expiry: Option<&str>) {
        let expiry = expiry.map(|date| date.parse().expect("a date"));
        let put = self
            .world
            .put_grant(seed::SECRET_API_KEY, grantee, kind, expiry);
        put.expect("a secret");
    }

    fn set_quirk(&self, setting: &str) {
        let mut quirks = self.world.quirks();
        quirks.set(setting).expect("a quirk");
        self.world.set_quirks(quirks);
    }

    /// Runs an action on the page and waits for its message.
    fn run(&mut self, action: &str, message: &str) {
        self.browser.value(&format!(
            "document.getElementById('done').textContent = ''; {action}"
        ));
        let message = json!(message);
        self.browser.wait_until(&format!(
            "document.getElementById('done').textContent === {message}"
        ));
    }

    fn click(&mut self, selector: &str, message: &str) {
        let selector = json!(selector);
        self.run(
            &format!("document.querySelector({selector}).click()"),
            message,
        );
    }

    /// Fills in a form and submits it.
    fn submit(&mut self, form: &str, fields: &[(&str, &str)], message: &str) {
        for (name, value) in fields {
            let (name, value) = (json!(name), json!(value));
            self.browser.value(&format!(
                "{{ const field = document.getElementById('{form}').elements[{name}];
                    field.value = {value};
                    field.dispatchEvent(new Event('input', {{bubbles: true}}));
                    field.dispatchEvent(new Event('change', {{bubbles: true}})); }}"
            ));
        }
        self.click(&format!("#{form} > button"), message);
    }

    /// Stops the sandbox. The page says so and keeps what it shows.
    fn stops(&mut self) {
        let title = self.browser.value("document.title");
        let shown = self.text("resources");
        drop(self.sandbox.take());
        self.browser
            .wait_until("!document.getElementById('connection').hidden");
        let said = self.text("connection");
        for part in ["is not responding", "This page shows the state of 20"] {
            assert!(said.contains(part), "`{part}` in {said}");
        }
        let title = format!("Not responding – {}", title.as_str().expect("text"));
        assert_eq!(self.browser.value("document.title"), title);
        assert_eq!(self.text("resources"), shown);
    }

    fn text(&mut self, id: &str) -> String {
        let text = self
            .browser
            .value(&format!("document.getElementById('{id}').innerText"));
        text.as_str().expect("text").to_owned()
    }
}

fn changes_grants(page_test: &mut PageTest) {
    let resource = ("resource", seed::SECRET_API_KEY);
    let grant = |fields: &[(&'static str, &'static str)]| [&[resource], fields].concat();
    let ana = grant(&[("grantee", seed::USER_ANA), ("expiry", "2020-02-29")]);
    page_test.submit("grant", &ana, "Access granted.");
    // The directory has the kind of the grantee.
    let oncall = grant(&[("grantee", seed::GROUP_ONCALL), ("expiry", "")]);
    page_test.submit("grant", &oncall, "Access granted.");
    let hostile = "<img src=x onerror=alert(1)>/../\"'&";
    let known = StoredGrantee::new(hostile, GranteeKind::User);
    page_test.world.add_grantee(hostile, known);
    page_test
        .browser
        .wait_until("document.getElementById('grant').elements.grantee.options.length === 6");
    page_test.submit("grant", &grant(&[("grantee", hostile)]), "Access granted.");

    let grants = page_test.world.grants(seed::SECRET_API_KEY);
    let kinds = [seed::USER_ANA, seed::GROUP_ONCALL, hostile].map(|id| grants[id].grantee_kind);
    assert_eq!(
        kinds,
        [GranteeKind::User, GranteeKind::Group, GranteeKind::User]
    );
    page_test
        .browser
        .wait_until("document.querySelectorAll('#resources tbody tr').length === 3");
    let shown = page_test.text("resources");
    for part in ["Ana Ruiz", "expired 2020-02-29", "On-call", hostile] {
        assert!(shown.contains(part), "`{part}` in {shown}");
    }
    assert_eq!(
        page_test
            .browser
            .value("document.querySelector('img') === null"),
        true
    );

    page_test.click(
        "[aria-label='Revoke access to api-key for Ana Ruiz']",
        "Revoked access to api-key for Ana Ruiz.",
    );
    page_test.click(
        "[aria-label^='Revoke access to api-key for <img']",
        &format!("Revoked access to api-key for {hostile}."),
    );
    let left: Vec<_> = page_test
        .world
        .grants(seed::SECRET_API_KEY)
        .into_keys()
        .collect();
    assert_eq!(left, [seed::GROUP_ONCALL.into()]);

    page_test.click("#delegations button", "Access allowed.");
    assert!(page_test.world.is_delegated(seed::ACCOUNT_ID));
    page_test.click("#delegations button", "Access revoked.");
    assert!(!page_test.world.is_delegated(seed::ACCOUNT_ID));
}

fn sets_the_clock(page_test: &mut PageTest) {
    page_test.click("#advance-day", "Clock advanced by 1 day.");
    page_test.click("#advance-month", "Clock advanced by 30 days.");
    assert_eq!(page_test.world.clock_offset().to_string(), "31d");
    page_test
        .browser
        .wait_until("document.getElementById('ahead').textContent.includes('31d')");
    page_test.click("#reset-clock", "Clock reset.");
    assert_eq!(page_test.world.clock_offset(), Default::default());
}

fn changes_quirks(page_test: &mut PageTest) {
    let choose = |quirk: &str, choice: &str| {
        format!(
            "{{ const field = document.getElementById('quirks').elements.{quirk};
                field.value = '{choice}';
                field.dispatchEvent(new Event('change', {{bubbles: true}})); }}"
        )
    };
    page_test.run(&choose("groups", "expanded"), "Quirk set: groups=expanded.");
    page_test.run(&choose("expired", "dropped"), "Quirk set: expired=dropped.");
    let mut expected = Quirks::default();
    for setting in ["groups=expanded", "expired=dropped"] {
        expected.set(setting).expect("a quirk");
    }
    assert_eq!(page_test.world.quirks(), expected);
    // Changes made elsewhere are shown too.
    expected.set("time=seconds").expect("a quirk");
    page_test.world.set_quirks(expected);
    page_test
        .browser
        .wait_until("document.getElementById('quirks').elements.time.value === 'seconds'");
    page_test.click("#reset-quirks", "Quirks reset.");
    assert_eq!(page_test.world.quirks(), Quirks::default());
}

fn adds_faults(page_test: &mut PageTest) {
    type Fields = &'static [(&'static str, &'static str)];
    let cases: [(Fields, Value); 8] = [
        (
            &[("kind", "answer"), ("message", "<html>")],
            json!({"count": 1, "action":
                {"kind": "answer", "status": 502, "body": "<html>", "when": "before_effect"}}),
        ),
        (
            &[
                ("kind", "answer"),
                ("status", "400"),
                ("code", "CSMS.0001"),
                ("message", "no"),
                ("when", "after_effect"),
            ],
            json!({"count": 1, "action": {"kind": "answer", "status": 400,
                "body": {"code": "CSMS.0001", "message": "no"}, "when": "after_effect"}}),
        ),
        (
            &[("kind", "drop"), ("operation", "CreateGrants")],
            json!({"operation": "CreateGrants", "count": 1, "action": {"kind": "drop", "when": "after_effect"}}),
        ),
        (
            &[("kind", "delay"), ("delay", "7"), ("count", "")],
            json!({"operation": "CreateGrants", "count": null,
                "action": {"kind": "delay", "delay_ms": 7, "when": "after_effect"}}),
        ),
        (
            &[
                ("kind", "throttle"),
                ("retry_after", "9"),
                ("operation", ""),
            ],
            json!({"count": null, "action": {"kind": "throttle", "limit": 200, "window": "1 minute",
                "retry_after": {"seconds": 9}}}),
        ),
        (
            &[("kind", "lag"), ("skip", "3")],
            json!({"skip": 3, "count": null, "action": {"kind": "lag", "reads": 2}}),
        ),
        (
            &[("kind", "lose_updates")],
            json!({"skip": 3, "count": null, "action": {"kind": "lose_updates", "wait_ms": 20}}),
        ),
        (
            &[("kind", "lag_for")],
            json!({"skip": 3, "count": null, "action": {"kind": "lag", "for_ms": 5000}}),
        ),
    ];
    for (fields, expected) in cases {
        page_test.submit("fault", fields, "Fault added.");
        let added = page_test.world.faults().list().pop().expect("a fault");
        assert_eq!(serde_json::to_value(added).unwrap(), expected);
    }
    page_test
        .browser
        .wait_until("document.querySelectorAll('#faults li').length === 8");
    assert!(page_test.text("faults").contains("Retry-After: 9 s"));
    page_test.click("#clear-faults", "Faults cleared.");
    assert!(page_test.world.faults().list().is_empty());
}

fn shows_requests(page_test: &mut PageTest) {
    for path in ["/v9/first", "/v9/second"] {
        page_test.send(|client, url| client.get(format!("{url}{path}")));
    }
    // Without a reload, the latest first.
    page_test
        .browser
        .wait_until("document.querySelectorAll('#requests .id').length === 2");
    let first = page_test
        .browser
        .value("document.querySelector('#requests li').innerText");
    let first = first.as_str().expect("text");
    assert!(
        first.contains("/v9/second") && first.contains("404"),
        "{first}"
    );
    page_test.click("#clear-requests", "Log cleared.");
    assert!(page_test.world.requests().is_empty());
}

fn shows_errors(page_test: &mut PageTest) {
    page_test
        .browser
        .value("applyChange('never', 'PUT', '/grants/no-such-secret/someone')");
    page_test
        .browser
        .wait_until("!document.getElementById('failure').hidden");
    let said = page_test.text("failure");
    assert!(said.contains("no-such-secret"), "{said}");
    page_test
        .browser
        .value("document.querySelector('#failure button').click()");
    page_test
        .browser
        .wait_until("document.getElementById('failure').hidden");
}

/// Every control has a label, and can be reached and used with the keyboard.
fn is_usable_by_keyboard(page_test: &mut PageTest) {
    let nameless = page_test.browser.value(
        "[...document.querySelectorAll('input, select')].filter((field) => field.labels.length === 0).length
         + [...document.querySelectorAll('button')].filter((found) => found.innerText.trim() === '' && found.checkVisibility()).length",
    );
    assert_eq!(nameless, 0);
    page_test.browser.value(OPEN_FOLDS);
    // One stop for the radio buttons of the shell.
    let all = "[...document.querySelectorAll('button, input, select, summary, a[href], [tabindex]')]
        .filter((found) => !found.disabled && found.checkVisibility() && !(found.type === 'radio' && !found.checked))";
    let count = page_test.browser.value(&format!("{all}.length"));
    let count = count.as_u64().expect("a number");
    page_test
        .browser
        .value("document.activeElement.blur(); window.reached = new Set(); 0");
    for _ in 0..count + 10 {
        page_test.browser.press("Tab", 9, "");
        page_test
            .browser
            .value("window.reached.add(document.activeElement); 0");
    }
    let missed = page_test.browser.value(&format!(
        "{all}.filter((found) => !window.reached.has(found)).map((found) => found.id || found.name)"
    ));
    assert_eq!(missed, json!([]));
    page_test.browser
        .value("document.getElementById('done').textContent = ''; document.getElementById('advance-day').focus()");
    page_test.browser.press("Enter", 13, "\r");
    page_test
        .browser
        .wait_until("document.getElementById('done').textContent === 'Clock advanced by 1 day.'");
    assert_eq!(
        page_test.browser.value("document.activeElement.id"),
        "advance-day",
        "the keyboard stays where it was"
    );
}

#[test]
fn every_page_control_works_in_a_real_browser() {
    let page_test = PageTest::start("the sandbox's page", SandboxOptions::default());
    let Some(mut page_test) = page_test else {
        return;
    };
    changes_grants(&mut page_test);
    sets_the_clock(&mut page_test);
    changes_quirks(&mut page_test);
    adds_faults(&mut page_test);
    shows_requests(&mut page_test);
    is_usable_by_keyboard(&mut page_test);
    assert_eq!(page_test.browser.complaints(), [] as [Value; 0]);
    shows_errors(&mut page_test);
    page_test.stops();
}
