//! The gRPC server, from the first client to shutdown.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tonic::transport::Server;

use super::active_count::ActiveCount;
use super::instance::InstanceRouter;
use super::listener::Incoming;
use super::{Error, Mode, host_watch};

/// How long calls may continue after a shutdown request. Hosts kill a plugin that still runs after 2 s.
const DRAIN: Duration = Duration::from_millis(500);

/// What a client may send ahead on one stream: a large request then needs few round trips. It costs nothing while unused.
const STREAM_WINDOW_BYTES: u32 = 1 << 20;

/// What a client may send ahead on all streams together.
const CONNECTION_WINDOW_BYTES: u32 = 4 << 20;

/// Serves until `stop` is cancelled, then lets calls finish for half a second at most; or until the host of a managed
/// plugin is gone.
///
/// # Errors
/// [`Error::Serve`].
pub(super) async fn run(
    instances: InstanceRouter,
    incoming: Incoming,
    clients: &ActiveCount,
    mode: Mode,
    stop: &CancellationToken,
) -> Result<(), Error> {
    let calls = instances.calls().clone();
    let host_gone = instances.host_gone().clone();
    let server = Server::builder()
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .serve_with_incoming_shutdown(instances, incoming, stop.cancelled());
    let too_late = async {
        stop.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    };
    let abandoned = async {
        match mode {
            Mode::Managed => host_watch::wait_until_gone(clients, &calls, &host_gone).await,
            Mode::Debug => std::future::pending().await,
        }
    };
    tokio::select! {
        result = server => result.map_err(Error::Serve),
        () = too_late => {
            tracing::warn!("aborting calls still in progress");
            Ok(())
        }
        () = abandoned => {
            tracing::debug!("the host disconnected");
            Ok(())
        }
    }
}
