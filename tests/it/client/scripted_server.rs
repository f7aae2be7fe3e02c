//! A server that answers as it is told, byte by byte: for what no well-behaved server does.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// A list of grants without any.
pub(super) const LISTED: &str = r#"{"data":{"grantee_user":[]}}"#;

/// An answer that confirms a write.
pub(super) const GRANTED: &str = r#"{"data":{"uuid":"u1"}}"#;

/// What happens to one request.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// It is answered with these bytes.
    Answer(String),
    /// It is read and never answered.
    Silence,
    /// It is answered this long after it was read.
    Late(Duration, String),
    /// It is read, and the connection closed.
    HangUp,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// Request line and headers, one a line, header names in lower case.
    pub(super) lines: Vec<String>,
    /// Body.
    pub(super) body: String,
}

impl Seen {
    /// The values of a header.
    pub(super) fn header(&self, name: &str) -> Vec<&str> {
        let start = format!("{name}: ");
        let values = self.lines.iter().skip(1);
        values
            .filter_map(|line| line.strip_prefix(&start))
            .collect()
    }
}

/// A server on a port of its own; stops when dropped.
#[derive(Debug)]
pub(super) struct Script {
    port: u16,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct State {
    steps: Mutex<VecDeque<Step>>,
    seen: Mutex<Vec<Seen>>,
    connection_count: Mutex<usize>,
    arrived: Notify,
}

impl Script {
    /// A server that answers the requests to come in this order.
    pub(super) async fn of(steps: impl IntoIterator<Item = Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(State {
            steps: Mutex::new(steps.into_iter().collect()),
            ..State::default()
        });
        let served = state.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *served.connection_count.lock().expect("a lock") += 1;
                tokio::spawn(serve(stream, served.clone()));
            }
        });
        Self { port, state, task }
    }

    /// Where it listens.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The requests so far.
    pub(super) fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().expect("a lock").clone()
    }

    /// How many connections were made so far.
    pub(super) fn connection_count(&self) -> usize {
        *self.state.connection_count.lock().expect("a lock")
    }

    /// Waits until a request has been read.
    pub(super) async fn arrived(&self) {
        self.state.arrived.notified().await;
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An HTTP answer; `headers` end in a line break each.
pub(super) fn answer(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\n\r\n{body}")
}

async fn serve(mut stream: TcpStream, state: Arc<State>) {
    while let Some(seen) = read(&mut stream).await {
        state.seen.lock().expect("a lock").push(seen);
        state.arrived.notify_one();
        let step = state.steps.lock().expect("a lock").pop_front();
        let text = match step {
            Some(Step::Answer(text)) => text,
            Some(Step::Late(time, text)) => {
                tokio::time::sleep(time).await;
                text
            }
            Some(Step::Silence) => {
                // Until the client leaves.
                let _ = stream.read(&mut [0]).await;
                return;
            }
            Some(Step::HangUp) => return,
            None => answer(418, "", "one request more than foreseen"),
        };
        if stream.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Reads a request; none if the client has closed the connection.
pub(super) async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).expect("text");
    let lines = head
        .trim_end()
        .lines()
        .map(|line| match line.split_once(": ") {
            Some((name, value)) => format!("{}: {value}", name.to_lowercase()),
            None => line.to_owned(),
        });
    let mut seen = Seen {
        lines: lines.collect(),
        body: String::new(),
    };
    let length = seen
        .header("content-length")
        .first()
        .map_or("0", |text| text);
    let mut body = vec![0; length.parse().expect("a length")];
    stream.read_exact(&mut body).await.ok()?;
    seen.body = String::from_utf8(body).expect("text");
    Some(seen)
}
