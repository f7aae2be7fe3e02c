//! The data file: it has every change that was answered, and no credentials.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use hwgrants::sandbox::{
    BlockingSandbox, DataFileError, Error, GranteeKind, Sandbox, SandboxOptions, StoredGrantee,
    World, seed,
};
use nix::sys::stat::Mode;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::{Bench, client, grants, kms_grant, send, terms};

/// How often the program is killed.
const KILL_COUNT: usize = 5;

/// Number of concurrent clients.
const WRITER_COUNT: usize = 8;

fn options(path: &Path) -> SandboxOptions {
    SandboxOptions {
        data: Some(path.to_owned()),
        ..SandboxOptions::default()
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn kept(path: &Path) -> Value {
    let text = fs::read(path).expect("a file");
    serde_json::from_slice(&text).expect("whole")
}

/// The error of starting a sandbox with this file.
async fn refusal(path: &Path) -> DataFileError {
    match Sandbox::start(options(path)).await {
        Err(Error::DataFile(error)) => error,
        other => panic!("`{}`: {other:?}", path.display()),
    }
}

#[tokio::test]
async fn a_read_succeeds_before_any_change() {
    let folder = folder();
    let path = folder.path().join("cloud.json");
    for _ in 0..2 {
        let bench = Bench::start_with(options(&path)).await;
        let read = grants(&format!("?resource_id={}", seed::SECRET_API_KEY));
        let answered = tokio::time::timeout(Duration::from_secs(10), bench.get(&read));
        answered.await.expect("answered").ok(200);
        bench.sandbox.stop().await;
    }
}

#[tokio::test]
async fn a_restart_keeps_the_state() {
    let folder = folder();
    let path = folder.path().join("cloud.json");
    let bench = Bench::start_with(options(&path)).await;
    let mut body = terms(seed::SECRET_API_KEY, seed::USER_ANA);
    body["validity_time"] = json!("2027-01-31");
    bench.post(&grants(""), &body).await.ok(200);
    send(bench.request(Method::POST, &kms_grant()))
        .await
        .ok(200);
    // Without the API, and so without a response to wait for.
    let world = bench.sandbox.world().clone();
    let secret = world.state().resources[seed::SECRET_API_KEY]
        .resource
        .clone();
    world.add_resource("made-here", secret);
    world.add_grantee("known-here", StoredGrantee::new("Eve", GranteeKind::Group));
    world
        .put_grant("made-here", "known-here", GranteeKind::Group, None)
        .expect("granted");
    world.set_clock_offset("+30d".parse().unwrap());
    let mut quirks = world.quirks();
    quirks.set("expired=dropped").expect("a quirk");
    quirks.set("duplicate=doubled").expect("a quirk");
    world.set_quirks(quirks.clone());
    bench.post(&grants(""), &body).await.ok(200);
    bench.sandbox.stop().await;

    let again = Bench::start_with(options(&path)).await;
    let state = |world: &World| serde_json::to_value(world.state()).unwrap();
    assert_eq!(state(again.sandbox.world()), state(&world));
    assert_eq!(again.sandbox.world().clock_offset().to_string(), "30d");
    assert_eq!(again.sandbox.world().quirks(), quirks);
    let count = |world: &World| world.grant_count(seed::SECRET_API_KEY, seed::USER_ANA);
    assert_eq!((count(again.sandbox.world()), count(&world)), (2, 2));
    assert!(again.sandbox.world().is_delegated(seed::ACCOUNT_ID));
    let grants = again.sandbox.world().grants(seed::SECRET_API_KEY);
    assert_eq!(
        grants[seed::USER_ANA].validity_date,
        Some("2027-01-31".parse().unwrap())
    );
    // The credentials of the seed work, and the seed has not overwritten the file.
    again.get(&kms_grant()).await.ok(202);
}

#[tokio::test]
async fn an_acknowledged_write_is_on_disk() {
    let folder = folder();
    let path = folder.path().join("cloud.json");
    let bench = Bench::start_with(options(&path)).await;
    for number in 0..20 {
        let grantee = format!("grantee-{number}");
        let body = terms(seed::SECRET_API_KEY, &grantee);
        bench.post(&grants(""), &body).await.ok(200);
        let kept = &kept(&path)["holdings"]["grants"][seed::SECRET_API_KEY];
        assert_eq!(kept[&grantee][0]["grantee_kind"], "user");
    }
}

#[tokio::test]
async fn a_change_that_cannot_be_saved_returns_500() {
    let folder = folder();
    let path = folder.path().join("cloud.json");
    let bench = Bench::start_with(options(&path)).await;
    let before = fs::read(&path).unwrap();
    // At the path of the draft: fails for root too, unlike missing permissions.
    let in_the_way = folder.path().join("cloud.json.new");
    fs::create_dir(&in_the_way).unwrap();
    let create = |grantee| terms(seed::SECRET_API_KEY, grantee);
    let reply = bench.post(&grants(""), &create("first")).await;
    reply.refused_naming(500, "APIGW.0601", "cloud.json");
    let grant = format!(
        "/_sandbox/grants/{}/{}",
        seed::SECRET_API_KEY,
        seed::USER_BEN
    );
    let reply = send(bench.anonymous(Method::PUT, &grant)).await;
    assert!(
        reply.ok(500)["error"]
            .as_str()
            .unwrap()
            .contains("cloud.json")
    );
    assert_eq!(fs::read(&path).unwrap(), before);
    send(bench.anonymous(Method::GET, "/_sandbox/state"))
        .await
        .ok(200);

    fs::remove_dir(&in_the_way).unwrap();
    bench.post(&grants(""), &create("third")).await.ok(200);
    let kept = &kept(&path)["holdings"]["grants"][seed::SECRET_API_KEY];
    let kept: Vec<_> = kept.as_object().unwrap().keys().collect();
    assert_eq!(kept, [seed::USER_BEN, "first", "third"]);
}

#[tokio::test]
async fn the_data_file_has_no_credentials_and_mode_0600() {
    let folder = folder();
    let path = folder.path().join("cloud.json");
    let bench = Bench::start_with(options(&path)).await;
    let world = bench.sandbox.world();
    world.set_delegation(seed::ACCOUNT_ID, true);
    let login = json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": {
            "name": seed::USER_NAME, "password": seed::PASSWORD, "domain": {"name": seed::ACCOUNT_NAME},
        }}},
        "scope": {"project": {"id": seed::PROJECT_ID}},
    }});
    let reply = bench.post("/v3/auth/tokens", &login).await;
    reply.ok(201);
    let issued = reply.header("x-subject-token").to_owned();
    bench.sandbox.stop().await;

    let text = fs::read_to_string(&path).unwrap();
    for secret in [
        seed::PASSWORD,
        seed::ACCESS_KEY,
        seed::SECRET_KEY,
        seed::TOKEN,
        seed::TOKEN_READ_ONLY,
        seed::ID_TOKEN,
        &issued,
    ] {
        assert!(!text.contains(secret), "{secret}");
    }
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_foreign_or_newer_file_is_refused_and_left_unchanged() {
    let folder = folder();
    let path = folder.path().join("cloud.json");
    let holdings = concat!(
        r#""projects":{},"resources":{},"grantees":{},"members":{},"#,
        r#""grants":{},"delegations":{},"quirks":{}"#
    );
    let foreign = [
        String::new(),
        "# notes\n".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        r#"{"version":1}"#.to_owned(),
        r#"{"version":4,"terraform_version":"1.11.4","#.to_owned(),
        format!(r#"{{"version":1,"clock_ahead":"1d","holdings":{{{holdings},"more":1}}}}"#),
        format!(r#"{{"version":1,"clock_ahead":"1d","holdings":{{{holdings}}}}} {{}}"#),
    ];
    for text in foreign {
        fs::write(&path, &text).unwrap();
        let error = refusal(&path).await;
        assert!(
            matches!(error, DataFileError::NotADataFile { .. }),
            "{error}"
        );
        assert!(error.to_string().contains("cloud.json"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    let text = r#"{"version":2,"holdings":"in a future format"}"#;
    fs::write(&path, text).unwrap();
    let error = refusal(&path).await;
    assert!(
        matches!(error, DataFileError::Newer { version: 2, .. }),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing is laid beside it"
    );
}

#[tokio::test]
async fn a_non_regular_file_is_refused_without_blocking() {
    let folder = folder();
    let pipe = folder.path().join("pipe");
    nix::unistd::mkfifo(&pipe, Mode::S_IRWXU).expect("a pipe");
    for path in [folder.path(), &pipe, Path::new("/dev/null")] {
        let error = refusal(path).await;
        assert!(
            matches!(error, DataFileError::NotADataFile { .. }),
            "{error}"
        );
    }
    let error = refusal(&folder.path().join("no-such-folder/cloud.json")).await;
    assert!(matches!(error, DataFileError::Unwritable { .. }), "{error}");
}

#[tokio::test]
async fn a_data_file_in_use_is_refused_through_any_path() {
    let folder = folder();
    let path = folder.path().join("cloud.json");
    let link = folder.path().join("link.json");
    symlink(&path, &link).unwrap();
    let first = Sandbox::start(options(&path)).await.expect("started");
    for name in [&path, &link, &folder.path().join("./cloud.json")] {
        let error = refusal(name).await;
        assert!(matches!(error, DataFileError::InUse { .. }), "{error}");
    }
    first.world().set_delegation(seed::ACCOUNT_ID, true);
    first.stop().await;

    let second = Sandbox::start(options(&link)).await.expect("free again");
    assert!(second.world().is_delegated(seed::ACCOUNT_ID));
    second.world().set_delegation(seed::ACCOUNT_ID, false);
    second.stop().await;
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(
        kept(&path)["holdings"]["delegations"][seed::ACCOUNT_ID],
        false
    );
}

#[tokio::test]
async fn a_data_file_in_use_is_refused_through_hard_and_dangling_links() {
    let folder = folder();
    let path = folder.path().join("cloud.json");
    let (early, far) = (
        folder.path().join("early.json"),
        folder.path().join("far.json"),
    );
    symlink("cloud.json", &early).unwrap();
    symlink(&early, &far).unwrap();
    let first = Sandbox::start(options(&far)).await.expect("started");
    assert!(path.is_file());
    let hard = folder.path().join("hard.json");
    fs::hard_link(&path, &hard).unwrap();
    for name in [&path, &early, &hard] {
        let error = refusal(name).await;
        assert!(matches!(error, DataFileError::InUse { .. }), "{error}");
    }
    first.stop().await;
    let second = Sandbox::start(options(&hard)).await.expect("free again");
    let error = refusal(&path).await;
    assert!(matches!(error, DataFileError::InUse { .. }), "{error}");
    second.stop().await;
}

#[test]
fn dropping_a_blocking_sandbox_saves_all_changes() {
    let folder = folder();
    let path = folder.path().join("cloud.json");
    let sandbox = BlockingSandbox::start(options(&path)).expect("started");
    sandbox.world().set_delegation(seed::ACCOUNT_ID, true);
    drop(sandbox);
    assert_eq!(
        kept(&path)["holdings"]["delegations"][seed::ACCOUNT_ID],
        true
    );
    drop(BlockingSandbox::start(options(&path)).expect("free again"));
}

#[test]
fn an_invalid_data_file_is_reported_with_a_hint() {
    let folder = folder();
    fs::write(folder.path().join("notes.txt"), "# notes\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_hwgrants"))
        .args(["sandbox", "--port", "0", "--data", "notes.txt"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let path = folder.path().canonicalize().unwrap().join("notes.txt");
    let said = format!(
        "error: `{}` is not a sandbox data file: expected value at line 1 column 1\n\n\
         hint: choose another data file, or a path for a new file; this file was not changed\n",
        path.display()
    );
    assert_eq!(String::from_utf8(output.stderr).unwrap(), said);
}

/// The program with a data file, and its address.
fn program(path: &Path) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hwgrants"))
        .args(["sandbox", "--port", "0", "--data"])
        .arg(path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a process");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("a pipe");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let url = line.trim().strip_prefix("export HWGRANTS_ENDPOINT=");
    let url = url.expect("an address").to_owned();
    (child, url)
}

/// Creates grants until the program has been killed; returns the grantees whose grants were answered.
async fn write_until_it_dies(http: reqwest::Client, url: String, writer: String) -> Vec<String> {
    let mut answered = Vec::new();
    for number in 0.. {
        let grantee = format!("{writer}-{number}");
        let request = http
            .post(format!("{url}{}", grants("")))
            .header("X-Auth-Token", seed::TOKEN);
        let body = terms(seed::SECRET_DB_PASSWORD, &grantee);
        match super::json(request, &body).send().await {
            Ok(reply) if reply.status() == 200 => answered.push(grantee),
            Ok(reply) => panic!("{reply:?}"),
            Err(_) => break,
        }
    }
    answered
}

#[tokio::test]
async fn acknowledged_writes_survive_a_killed_process() {
    let folder = folder();
    let path = folder.path().join("cloud.json");
    let mut answered = Vec::new();
    for round in 0..KILL_COUNT {
        let (mut child, url) = program(&path);
        let http = client();
        let mut writers = JoinSet::new();
        for writer in 0..WRITER_COUNT {
            let name = format!("{round}-{writer}");
            writers.spawn(write_until_it_dies(http.clone(), url.clone(), name));
        }
        // During the writes, each time when another number of grants is on disk.
        let enough = answered.len() + WRITER_COUNT * (round + 3);
        while grantees(&path).len() < enough {
            tokio::task::yield_now().await;
        }
        child.kill().expect("killed");
        child.wait().expect("gone");
        while let Some(written) = writers.join_next().await {
            answered.extend(written.expect("no panic"));
        }
        let kept = grantees(&path);
        let lost: Vec<_> = answered.iter().filter(|id| !kept.contains(id)).collect();
        assert!(lost.is_empty(), "{lost:?} of {}", answered.len());
        assert!(!answered.is_empty());
    }
    // The next process reads the file, also with a draft that the last one left.
    Sandbox::start(options(&path))
        .await
        .expect("started")
        .stop()
        .await;
}

fn grantees(path: &Path) -> Vec<String> {
    let kept = kept(path);
    let grants = kept["holdings"]["grants"][seed::SECRET_DB_PASSWORD].as_object();
    grants.map_or_else(Vec::new, |grants| grants.keys().cloned().collect())
}
