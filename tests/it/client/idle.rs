//! Connections between requests: how long they are kept, and what is sent on them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use hwgrants::cloud::Client;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::proxy::through;
use super::scripted_server::{answer, read};
use super::{call, client, place, secret, terms};
use crate::virtual_time::Creep;

/// An answer that confirms a write, and is a list as well.
const BOTH: &str = r#"{"data":{"uuid":"u1","grantee_user":[]}}"#;

/// What a request may take in these tests, whose clock goes in steps.
const PROMPT: Duration = Duration::from_secs(1);

/// A server behind a device that forgets connections without notice: a request on one that was idle for longer than
/// `memory` is lost, and its connection stays open.
struct Forgetful {
    url: String,
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Seen {
    /// The methods of the requests that were lost.
    lost: Vec<String>,
    /// The number of connections that were made.
    connection_count: usize,
    /// How long each connection that the client has closed was idle by then.
    closed_after: Vec<Duration>,
}

impl Forgetful {
    async fn after(memory: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.lock().expect("a lock").connection_count += 1;
                tokio::spawn(serve(stream, memory, Arc::clone(&shared)));
            }
        });
        Self { url, seen, task }
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().expect("a lock")
    }
}

impl Drop for Forgetful {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, memory: Duration, seen: Arc<Mutex<Seen>>) {
    let mut idle_since = Instant::now();
    while let Some(request) = read(&mut stream).await {
        if idle_since.elapsed() > memory {
            let method = request.lines[0].split(' ').next().unwrap_or_default();
            seen.lock().expect("a lock").lost.push(method.to_owned());
            // Until the client gives up.
            let _ = read(&mut stream).await;
            return;
        }
        let text = answer(200, "", BOTH);
        if stream.write_all(text.as_bytes()).await.is_err() {
            return;
        }
        idle_since = Instant::now();
    }
    let idle = idle_since.elapsed();
    seen.lock().expect("a lock").closed_after.push(idle);
}

async fn create(client: &Client, grantee: &str) {
    let (place, terms) = (place("p1"), terms("r1", grantee));
    let began_at = Instant::now();
    let created = client.create_grants(&call(), &place, &terms).await;
    assert!(created.is_ok(), "{created:?}");
    let took = began_at.elapsed();
    assert!(took < PROMPT, "{took:?}");
}

async fn list(client: &Client) {
    let listed = client
        .list_grants(&call(), &place("p1"), &secret("r1"))
        .await;
    assert!(listed.is_ok(), "{listed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_create_never_uses_a_connection_idle_for_over_a_second() {
    let _creep = Creep::begin();
    // A second, and what a request is on its way.
    let server = Forgetful::after(Duration::from_millis(1500)).await;
    let client = client(&server.url, 0);
    for pause in [0, 500, 900, 1_600, 2_000, 5_000, 14_000, 20_000, 60_000] {
        // As in an apply: reads and creates, several at once.
        list(&client).await;
        sleep(Duration::from_millis(pause)).await;
        let grantees: Vec<_> = (0..7).map(|number| format!("g{number}")).collect();
        join_all(grantees.iter().map(|grantee| create(&client, grantee))).await;
        sleep(Duration::from_millis(pause)).await;
        create(&client, "alone").await;
        // The read to come must not be lost either.
        sleep(Duration::from_secs(16)).await;
    }
    assert!(server.seen().lost.is_empty(), "{:?}", server.seen().lost);
}

#[tokio::test(start_paused = true)]
async fn no_request_is_lost_behind_a_proxy_that_drops_idle_connections() {
    let _creep = Creep::begin();
    let proxy = Forgetful::after(Duration::from_millis(1500)).await;
    let client = through(&[("HTTP_PROXY", &proxy.url)]);
    for pause in [500, 900, 2_000, 60_000] {
        create(&client, "g1").await;
        sleep(Duration::from_millis(pause)).await;
        create(&client, "g2").await;
        sleep(Duration::from_secs(16)).await;
        list(&client).await;
    }
    assert!(proxy.seen().lost.is_empty(), "{:?}", proxy.seen().lost);
}

#[tokio::test(start_paused = true)]
async fn creates_in_quick_succession_share_a_connection() {
    let _creep = Creep::begin();
    let server = Forgetful::after(Duration::MAX).await;
    let client = client(&server.url, 0);
    for _ in 0..10 {
        create(&client, "g1").await;
        sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(server.seen().connection_count, 1);
}

#[tokio::test(start_paused = true)]
async fn a_read_reuses_only_connections_idle_for_less_than_15_seconds() {
    let _creep = Creep::begin();
    let server = Forgetful::after(Duration::MAX).await;
    let client = client(&server.url, 0);
    list(&client).await;
    for (pause, connection_count) in [(1, 1), (10, 1), (14, 1), (16, 2), (60, 3)] {
        sleep(Duration::from_secs(pause)).await;
        list(&client).await;
        assert_eq!(server.seen().connection_count, connection_count, "{pause}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_after_15_to_30_seconds() {
    let _creep = Creep::begin();
    let server = Forgetful::after(Duration::MAX).await;
    let client = client(&server.url, 0);
    list(&client).await;
    sleep(Duration::from_secs(14)).await;
    assert!(server.seen().closed_after.is_empty());
    sleep(Duration::from_secs(17)).await;
    let closed_after = server.seen().closed_after.clone();
    let [idle] = closed_after[..] else {
        panic!("{closed_after:?}");
    };
    assert!(idle >= Duration::from_secs(15), "{idle:?}");

    // A create's is closed earlier.
    create(&client, "g1").await;
    sleep(Duration::from_secs(3)).await;
    assert_eq!(server.seen().closed_after.len(), 2);
    assert_eq!(server.seen().connection_count, 2);
}
