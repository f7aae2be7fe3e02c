//! A host for tests: starts the real binary, reads its handshake, connects with mutual TLS, and sees it end.
//!
//! ```ignore
//! let plugin = Host::new().set("TF_LOG", "trace").start().await;
//! let mut provider = ProviderClient::new(plugin.connect().await);
//! // … calls …
//! let ended = plugin.shutdown().await; // or drop it: the process is killed
//! assert!(ended.status.success());
//! ```
//!
//! The plugin sees no variable of this machine: only those of a host and those that are [`set`](Host::set). Its folder for
//! temporary files is its own and goes with the [`Host`].

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hwgrants::plugin::proto::Empty;
use hwgrants::plugin::proto::grpc_controller_client::GrpcControllerClient;
use hyper_util::rt::TokioIo;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, BufReader};
use tokio::net::{TcpStream, UnixStream};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

use super::certificate::Identity;

const BINARY: &str = env!("CARGO_BIN_EXE_terraform-provider-hwgrants");
const COOKIE: (&str, &str) = (
    "TF_PLUGIN_MAGIC_COOKIE",
    "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
);

/// Far longer than anything here takes: what takes longer has hung.
const LIMIT: Duration = Duration::from_secs(30);

/// A host that is about to start the plugin.
pub(crate) struct Host {
    /// The plugin, or the program that runs it, with the arguments of that program.
    program: Vec<OsString>,
    variables: BTreeMap<String, OsString>,
    arguments: Vec<String>,
    /// What new files of the plugin are denied, for the shell's `umask`.
    umask: &'static str,
    identity: Identity,
    dir: TempDir,
}

impl Host {
    /// A host as Terraform is one: cookie, protocol versions, ports, and a certificate.
    pub(crate) fn new() -> Self {
        let identity = Identity::generate();
        let pem = identity.pem.clone();
        Self {
            identity,
            ..Self::without_tls()
        }
        .set("PLUGIN_CLIENT_CERT", pem)
    }

    /// A host whose user has switched TLS off.
    pub(crate) fn without_tls() -> Self {
        Self::nobody()
            .set(COOKIE.0, COOKIE.1)
            .set("PLUGIN_PROTOCOL_VERSIONS", "5,6")
            .set("PLUGIN_MIN_PORT", "10000")
            .set("PLUGIN_MAX_PORT", "25000")
    }

    /// A person at a shell.
    pub(crate) fn nobody() -> Self {
        let dir = tempfile::Builder::new().prefix("h").tempdir().unwrap();
        let host = Self {
            program: vec![BINARY.into()],
            variables: BTreeMap::new(),
            arguments: Vec::new(),
            umask: "022",
            identity: Identity::generate(),
            dir,
        };
        let dir = host.dir.path().to_owned();
        host.set("TMPDIR", dir)
    }

    pub(crate) fn set(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn unset(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    pub(crate) fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Starts this program with these arguments instead of the plugin of this build.
    pub(crate) fn program(self, program: &[&Path]) -> Self {
        let program = program.iter().map(|word| word.as_os_str().to_owned());
        Self {
            program: program.collect(),
            ..self
        }
    }

    pub(crate) fn umask(self, umask: &'static str) -> Self {
        Self { umask, ..self }
    }

    /// The plugin's folder for temporary files, where the folder of its socket is.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// What is in that folder.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.dir()).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    fn spawn(&self) -> Child {
        Command::new("/bin/sh")
            .arg("-c")
            .arg(format!("umask {}; exec \"$0\" \"$@\"", self.umask))
            .args(&self.program)
            .args(&self.arguments)
            .env_clear()
            .envs(&self.variables)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    }

    /// Starts the plugin and waits for its end: for a start that must fail.
    pub(crate) async fn run(&self) -> Ended {
        let child = self.spawn();
        let output = within(child.wait_with_output()).await.unwrap();
        Ended {
            status: output.status,
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            files: self.files(),
        }
    }

    /// Starts the plugin and reads the first line it prints.
    pub(crate) async fn start(self) -> Plugin {
        let mut child = self.spawn();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let stderr = tokio::spawn(collect(child.stderr.take().unwrap()));
        let mut line = String::new();
        within(stdout.read_line(&mut line)).await.unwrap();
        if line.is_empty() {
            panic!("no handshake: {}", stderr.await.unwrap());
        }
        Plugin {
            pid: Pid::from_raw(child.id().unwrap().try_into().unwrap()),
            child,
            stdout: tokio::spawn(collect(stdout)),
            stderr,
            line,
            host: self,
        }
    }
}

/// A running plugin; killed when dropped.
pub(crate) struct Plugin {
    /// The first line it printed, with its line break.
    pub(crate) line: String,
    pub(crate) pid: Pid,
    child: Child,
    stdout: JoinHandle<String>,
    stderr: JoinHandle<String>,
    host: Host,
}

/// What a plugin left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// All of it, the handshake included.
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// Files in its folder for temporary files: a socket that was not removed.
    pub(crate) files: Vec<PathBuf>,
}

impl Ended {
    /// Asserts that the start failed, and that these words say so on standard error and, because hosts show their user
    /// nothing else, in one line in the handshake's place that cannot be taken for one.
    #[track_caller]
    pub(crate) fn declined(&self, words: &str) {
        assert_eq!(self.status.code(), Some(1), "{self:?}");
        assert!(self.stderr.contains(words), "{}", self.stderr);
        assert!(self.stdout.contains(words), "{}", self.stdout);
        assert_eq!(self.stdout.lines().count(), 1, "{}", self.stdout);
        assert!(!self.stdout.contains('|'), "{}", self.stdout);
        assert!(self.files.is_empty(), "{:?}", self.files);
    }
}

impl Plugin {
    /// Field `number` of the handshake line, from 1 as the protocol's description counts.
    pub(crate) fn field(&self, number: usize) -> &str {
        self.line
            .trim_end()
            .split('|')
            .nth(number - 1)
            .unwrap_or_else(|| panic!("no field {number} in {:?}", self.line))
    }

    /// What is in its folder for temporary files.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        self.host.files()
    }

    /// Path of the socket.
    pub(crate) fn socket(&self) -> PathBuf {
        PathBuf::from(self.field(4))
    }

    /// Path of the socket in debug mode, whose instructions are complete only when it has ended.
    pub(crate) fn debug_socket(&self) -> PathBuf {
        self.files().remove(0).join("socket")
    }

    /// The certificate of the handshake line, if there is TLS.
    pub(crate) fn certificate(&self) -> Option<CertificateDer<'static>> {
        let field = self.field(6);
        (!field.is_empty()).then(|| STANDARD_NO_PAD.decode(field).unwrap().into())
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.host.identity
    }

    /// Connects as the host does, with TLS if the handshake says so. Every call makes a connection of its own.
    pub(crate) async fn connect(&self) -> Channel {
        let config = self
            .certificate()
            .map(|server| self.identity().config(&server));
        self.connect_with(config).await.unwrap()
    }

    /// Connects with other TLS settings, or none.
    pub(crate) async fn connect_with(
        &self,
        config: Option<ClientConfig>,
    ) -> Result<Channel, tonic::transport::Error> {
        match self.field(3) {
            "tcp" => connect_with(Address::Tcp(self.field(4).to_owned()), config).await,
            _ => connect(&self.socket(), config).await,
        }
    }

    /// A bare TLS connection.
    pub(crate) async fn tls(&self, config: ClientConfig) -> std::io::Result<TlsStream<UnixStream>> {
        tls(UnixStream::connect(self.socket()).await?, config).await
    }

    /// Sends a signal. It has arrived when the plugin answers a later call.
    pub(crate) fn signal(&self, signal: Signal) {
        kill(self.pid, signal).unwrap();
    }

    /// Closes the pipes that it prints to. Of its end only the [`status`](Self::status) can be asked then.
    pub(crate) async fn close_output(&mut self) {
        for reader in [&mut self.stdout, &mut self.stderr] {
            reader.abort();
            assert!(reader.await.unwrap_err().is_cancelled());
        }
    }

    /// Asks for the end as a host does, and waits for it.
    pub(crate) async fn shutdown(self) -> Ended {
        let mut controller = GrpcControllerClient::new(self.connect().await);
        within(controller.shutdown(Empty {})).await.unwrap();
        self.ended().await
    }

    /// Waits for the process to end, and returns its status alone.
    pub(crate) async fn status(&mut self) -> ExitStatus {
        within(self.child.wait()).await.unwrap()
    }

    /// Waits for the process to end.
    pub(crate) async fn ended(mut self) -> Ended {
        let status = within(self.child.wait()).await.unwrap();
        Ended {
            status,
            stdout: self.line + &self.stdout.await.unwrap(),
            stderr: self.stderr.await.unwrap(),
            files: self.host.files(),
        }
    }
}

/// Connects to a socket, with TLS or without.
pub(crate) async fn connect(
    socket: &Path,
    config: Option<ClientConfig>,
) -> Result<Channel, tonic::transport::Error> {
    connect_with(Address::Unix(socket.to_owned()), config).await
}

/// Where a plugin listens.
#[derive(Clone, Debug)]
enum Address {
    Unix(PathBuf),
    /// On Windows.
    Tcp(String),
}

async fn connect_with(
    address: Address,
    config: Option<ClientConfig>,
) -> Result<Channel, tonic::transport::Error> {
    let connector = service_fn(move |_| {
        let (address, config) = (address.clone(), config.clone());
        async move {
            let stream: Box<dyn Duplex> = match address {
                Address::Unix(path) => Box::new(UnixStream::connect(path).await?),
                Address::Tcp(address) => Box::new(TcpStream::connect(address).await?),
            };
            let stream: Box<dyn Duplex> = match config {
                None => stream,
                Some(config) => Box::new(tls(stream, config).await?),
            };
            Ok::<_, std::io::Error>(TokioIo::new(stream))
        }
    });
    // The name is a dummy, as it is in Go: what counts is the socket.
    Endpoint::from_static("http://localhost")
        .connect_with_connector(connector)
        .await
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

async fn tls<S: Duplex>(stream: S, config: ClientConfig) -> std::io::Result<TlsStream<S>> {
    let name = "localhost".try_into().unwrap();
    TlsConnector::from(std::sync::Arc::new(config))
        .connect(name, stream)
        .await
}

async fn collect(mut stream: impl AsyncRead + Unpin) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

/// Waits, but not for ever: a hang is a failure that says where.
#[track_caller]
pub(crate) fn within<T>(future: impl Future<Output = T>) -> impl Future<Output = T> {
    let place = std::panic::Location::caller();
    async move {
        tokio::time::timeout(LIMIT, future)
            .await
            .unwrap_or_else(|_| panic!("still waiting after {LIMIT:?}, at {place}"))
    }
}
