//! Listens on a Unix socket or a local port, and accepts clients.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;
use std::{convert::Infallible, io};

use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;

use super::active_count::ActiveCount;
use super::connection::{Connection, Duplex};
#[cfg(unix)]
use super::socket;
use super::tls::ServerTls;
use super::{Error, HostEnvironment, Mode, Plugin, Transport};

/// How long a client may take for its TLS handshake; as long as a host waits for a plugin's start.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(60);

/// The pause after the system refused to accept, usually for want of file descriptors.
const REFUSED_PAUSE: Duration = Duration::from_millis(50);

/// An open socket or port. A socket's file, and its folder if it has one of its own, is removed when this is dropped.
pub(super) struct Listener {
    socket: Arc<ListenSocket>,
    address: ListenAddress,
    /// Kept to be dropped, after all else: dropping removes the file.
    #[cfg(unix)]
    remains: Option<socket::SocketCleanup>,
}

/// What connections are accepted from.
enum ListenSocket {
    #[cfg(unix)]
    Unix(UnixListener),
    Tcp(TcpListener),
}

/// Where a listener can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ListenAddress {
    /// Path of a Unix socket.
    #[cfg(unix)]
    Socket(String),
    /// A port of this machine.
    Port(SocketAddr),
}

impl ListenAddress {
    /// The network's name in Go's terms.
    pub(super) fn network(&self) -> &'static str {
        match self {
            #[cfg(unix)]
            Self::Socket(_) => "unix",
            Self::Port(_) => "tcp",
        }
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(unix)]
            Self::Socket(path) => f.write_str(path),
            Self::Port(address) => address.fmt(f),
        }
    }
}

/// The accepted clients; failed handshakes are left out.
pub(super) type Incoming = ReceiverStream<Result<Connection, Infallible>>;

impl Listener {
    /// Opens what the host asks for. Clients may connect from now on; they wait until [`accept`](Self::accept) is called.
    ///
    /// # Errors
    /// [`Error::Socket`], [`Error::SocketGroup`] or [`Error::Port`].
    ///
    /// Source: go-plugin 1.7, `serverListener`.
    #[cfg_attr(
        not(unix),
        expect(unused_variables, reason = "used only for Unix sockets")
    )]
    pub(super) fn bind(
        plugin: &Plugin,
        environment: &HostEnvironment,
        mode: Mode,
    ) -> Result<Self, Error> {
        match environment.transport {
            #[cfg(unix)]
            Transport::Unix => Self::bind_unix(plugin, environment, mode),
            Transport::Tcp => Self::bind_tcp(environment),
        }
    }

    /// Opens a Unix socket, in a folder of its own unless the host names a folder or a group.
    #[cfg(unix)]
    fn bind_unix(
        plugin: &Plugin,
        environment: &HostEnvironment,
        mode: Mode,
    ) -> Result<Self, Error> {
        let socket = socket::Socket::open(plugin, environment, mode)?;
        Ok(Self {
            socket: Arc::new(ListenSocket::Unix(socket.listener)),
            address: ListenAddress::Socket(socket.path),
            remains: Some(socket.remains),
        })
    }

    /// Opens the first free port of 127.0.0.1 in the host's range.
    fn bind_tcp(environment: &HostEnvironment) -> Result<Self, Error> {
        let refuse = |reason: String| Error::Port { reason };
        let ports = ports(environment).map_err(refuse)?;
        let socket = bind_first_free(ports).map_err(|error| refuse(error.to_string()))?;
        let address = socket
            .local_addr()
            .map_err(|error| refuse(error.to_string()))?;
        Ok(Self {
            socket: Arc::new(ListenSocket::Tcp(socket)),
            address: ListenAddress::Port(address),
            #[cfg(unix)]
            remains: None,
        })
    }

    /// Where we listen, for the host.
    pub(super) fn address(&self) -> &ListenAddress {
        &self.address
    }

    /// Removes the sockets that dead plugins have left. Not before the host knows where we listen, because it waits for that.
    pub(super) fn sweep(&self) {
        #[cfg(unix)]
        self.remains.iter().for_each(socket::SocketCleanup::sweep);
    }

    /// Accepts clients in the background until the stream is dropped. TLS handshakes run concurrently, so a slow client
    /// does not delay others. Clients that send something count among `clients`.
    pub(super) fn accept(&self, tls: Option<&ServerTls>, clients: &ActiveCount) -> Incoming {
        let (sender, receiver) = mpsc::channel(1);
        let entrance = ConnectionAcceptor {
            acceptor: tls.map(|tls| tls.acceptor().clone()),
            clients: clients.clone(),
            ready: sender,
        };
        tokio::spawn(entrance.accept_all(Arc::clone(&self.socket)));
        ReceiverStream::new(receiver)
    }
}

/// Accepts connections and performs TLS handshakes.
#[derive(Clone)]
struct ConnectionAcceptor {
    /// None without TLS: in debug mode, and for a host that gives no certificate.
    acceptor: Option<TlsAcceptor>,
    clients: ActiveCount,
    /// Where connections go once they are ready.
    ready: mpsc::Sender<Result<Connection, Infallible>>,
}

impl ConnectionAcceptor {
    /// Accepts connections until their receiver is dropped. An error of the system delays the next one and ends
    /// nothing.
    async fn accept_all(self, socket: Arc<ListenSocket>) {
        let mut handshakes = JoinSet::new();
        loop {
            tokio::select! {
                () = self.ready.closed() => return,
                Some(_) = handshakes.join_next() => {}
                accepted = socket.accept() => match accepted {
                    Ok(stream) => {
                        handshakes.spawn(self.clone().shake_hands(stream));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "could not accept a connection");
                        tokio::time::sleep(REFUSED_PAUSE).await;
                    }
                }
            }
        }
    }

    /// Makes a stream a connection. A failed handshake is logged and closes the stream.
    async fn shake_hands(self, stream: Box<dyn Duplex>) {
        let connection = match self.acceptor {
            None => Connection::new(stream, self.clients),
            Some(acceptor) => {
                match tokio::time::timeout(HANDSHAKE_LIMIT, acceptor.accept(stream)).await {
                    Ok(Ok(stream)) => Connection::new(stream, self.clients),
                    Ok(Err(error)) => {
                        tracing::warn!(%error, "rejected a connection");
                        return;
                    }
                    Err(_) => {
                        tracing::warn!("rejected a connection: the TLS handshake timed out");
                        return;
                    }
                }
            }
        };
        // An error means that the server has stopped taking connections.
        let _ = self.ready.send(Ok(connection)).await;
    }
}

impl ListenSocket {
    async fn accept(&self) -> io::Result<Box<dyn Duplex>> {
        match self {
            #[cfg(unix)]
            Self::Unix(socket) => {
                let (stream, _) = socket.accept().await?;
                Ok(Box::new(stream))
            }
            Self::Tcp(socket) => {
                let (stream, _) = socket.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
        }
    }
}

/// The ports to try. Hosts give both ends; without them the system chooses.
fn ports(environment: &HostEnvironment) -> Result<RangeInclusive<u16>, String> {
    let parse = |value: &Option<String>| match value {
        None => Ok(0),
        Some(text) => text
            .parse()
            .map_err(|_| format!("`{text}` is not a port number")),
    };
    let (min, max) = (parse(&environment.min_port)?, parse(&environment.max_port)?);
    if min > max {
        return Err(format!(
            "the minimum port {min} is higher than the maximum port {max}"
        ));
    }
    Ok(min..=max)
}

/// Binds the first port that is free; port 0 means any.
fn bind_first_free(ports: RangeInclusive<u16>) -> io::Result<TcpListener> {
    for port in ports.clone() {
        let Ok(listener) = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)) else {
            continue;
        };
        listener.set_nonblocking(true)?;
        return TcpListener::from_std(listener);
    }
    let (min, max) = (ports.start(), ports.end());
    Err(io::Error::other(format!(
        "no free port in the range {min}-{max}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::environment::tests::PLUGIN;

    fn tcp(min: &str, max: &str) -> HostEnvironment {
        HostEnvironment {
            transport: Transport::Tcp,
            min_port: Some(min.to_owned()),
            max_port: Some(max.to_owned()),
            ..HostEnvironment::default()
        }
    }

    fn bind(environment: &HostEnvironment) -> Result<Listener, Error> {
        Listener::bind(&PLUGIN, environment, Mode::Managed)
    }

    fn reason(environment: &HostEnvironment) -> String {
        match bind(environment) {
            Err(Error::Port { reason }) => reason,
            Err(other) => panic!("another error: {other}"),
            Ok(listener) => panic!("listens on {}", listener.address),
        }
    }

    #[tokio::test]
    async fn a_port_in_use_is_skipped() {
        let taken = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let min = port.min(u16::MAX - 50);
        let listener = bind(&tcp(&min.to_string(), &u16::MAX.to_string())).unwrap();
        let ListenAddress::Port(address) = listener.address() else {
            panic!("not a port: {}", listener.address());
        };
        assert!(address.ip().is_loopback());
        assert!(address.port() >= min && address.port() != port);
        assert_eq!(listener.address().network(), "tcp");
    }

    #[tokio::test]
    async fn no_free_port_is_an_error_that_names_the_range() {
        let taken = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port().to_string();
        assert_eq!(
            reason(&tcp(&port, &port)),
            format!("no free port in the range {port}-{port}")
        );
    }

    #[tokio::test]
    async fn an_invalid_port_range_is_an_error() {
        assert_eq!(
            reason(&tcp("2", "1")),
            "the minimum port 2 is higher than the maximum port 1"
        );
        assert_eq!(reason(&tcp("1", "x")), "`x` is not a port number");
    }

    #[tokio::test]
    async fn clients_connect_over_tcp() {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        use tokio_stream::StreamExt;

        let listener = bind(&tcp("0", "0")).unwrap();
        let ListenAddress::Port(address) = *listener.address() else {
            panic!("not a port: {}", listener.address());
        };
        let mut incoming = listener.accept(None, &ActiveCount::default());
        let mut client = tokio::net::TcpStream::connect(address).await.unwrap();
        client.write_all(b"hello").await.unwrap();
        let Ok(mut server) = incoming.next().await.unwrap();
        let mut heard = [0; 5];
        server.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"hello");
    }
}
