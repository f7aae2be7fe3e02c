//! Connections: accepts and serves them, and closes one without a response, as a network failure does.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// A TCP stream whose writes fail after the cut, so that the server closes it without a response.
struct CuttableStream {
    stream: TcpStream,
    cutter: ConnectionCutter,
}

/// Closes one connection.
#[derive(Clone, Debug, Default)]
pub(in crate::sandbox) struct ConnectionCutter(Arc<AtomicBool>);

impl ConnectionCutter {
    /// Cuts the connection: nothing more is sent.
    pub(in crate::sandbox) fn cut(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Fails every write after the cut with `ConnectionAborted`, which makes the server close the stream.
    fn ensure_open(&self) -> io::Result<()> {
        if self.0.load(Ordering::Acquire) {
            Err(io::ErrorKind::ConnectionAborted.into())
        } else {
            Ok(())
        }
    }
}

/// Serves connections until `stop`; then waits for the responses in progress. A handler finds the cutter of its connection as
/// [`ConnectInfo`].
///
/// Does not use `axum::serve`, which writes header names in lower case. Gateways write `X-Subject-Token`, and some clients
/// compare names case-sensitively.
pub(in crate::sandbox) async fn serve(
    mut listener: TcpListener,
    router: Router,
    stop: CancellationToken,
) {
    let mut http = http1::Builder::new();
    http.title_case_headers(true);
    let connections = GracefulShutdown::new();
    loop {
        let (stream, _) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = stop.cancelled() => break,
        };
        let cutter = ConnectionCutter::default();
        let stream = CuttableStream {
            stream,
            cutter: cutter.clone(),
        };
        let router = TowerToHyperService::new(router.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            let info = ConnectInfo(cutter.clone());
            request.extensions_mut().insert(info);
            router.call(request)
        });
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection to the sandbox failed");
            }
        });
    }
    drop(listener);
    connections.shutdown().await;
}

impl AsyncRead for CuttableStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for CuttableStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.cutter.ensure_open()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.cutter.ensure_open()?;
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
