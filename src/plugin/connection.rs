//! One client's connection, whatever carries it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tonic::transport::server::Connected;

use super::active_count::{ActiveCount, ActiveGuard};
use super::instance::Instance;

/// A stream of bytes in both directions.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

/// A connection ready for HTTP/2: socket or port, with TLS or without.
pub(super) struct Connection {
    stream: Box<dyn Duplex>,
    client: ClientState,
    /// Instance for the calls of this connection; used in debug mode only, where each connection has one of its own.
    instance: Instance,
}

/// Whether the connection counts as a client.
enum ClientState {
    /// Not counted before it has sent something: hosts probe a socket with a connection that they close at once.
    Silent(ActiveCount),
    /// Counted until it is dropped.
    Present { _present: ActiveGuard },
}

impl Connection {
    /// A connection that counts among the `clients` from its first byte on.
    pub(super) fn new(stream: impl Duplex + 'static, clients: ActiveCount) -> Self {
        Self {
            stream: Box::new(stream),
            client: ClientState::Silent(clients),
            instance: Instance::default(),
        }
    }
}

impl Connected for Connection {
    type ConnectInfo = Instance;

    fn connect_info(&self) -> Instance {
        Instance::clone(&self.instance)
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if let ClientState::Silent(clients) = &self.client
            && buffer.filled().len() > before
        {
            let _present = clients.enter();
            self.client = ClientState::Present { _present };
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
