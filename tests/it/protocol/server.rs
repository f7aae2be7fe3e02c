//! A provider served in this process on a real socket.

use std::sync::Arc;

use hwgrants::cloud::Environment;
use hwgrants::framework::Provider;
use hwgrants::framework::engine::Engine;
use hwgrants::protocol::ProviderService;
use hwgrants::protocol::proto::provider_client::ProviderClient;
use hwgrants::provider::{Clock, Hwgrants};
use hwgrants::sandbox::{Sandbox, SandboxOptions, seed};
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::net::UnixListener;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::UnixListenerStream;
use tonic::transport::{Channel, Server};

use super::probe::Probe;
use crate::plugin::client::connect;

/// Terraform's side of the protocol, with Terraform's limits.
pub(crate) type Client = ProviderClient<Channel>;

/// A running provider; it stops when dropped.
pub(crate) struct Served {
    pub(crate) channel: Channel,
    server: JoinHandle<Result<(), tonic::transport::Error>>,
    _dir: TempDir,
}

impl Served {
    pub(crate) async fn start<P: Provider>(provider: P) -> Self {
        let dir = tempfile::Builder::new().prefix("h").tempdir().unwrap();
        let socket = dir.path().join("provider");
        let listener = UnixListener::bind(&socket).unwrap();
        let service =
            ProviderService::new(Arc::new(Engine::new(provider)), "example/test").into_server();
        let server = Server::builder()
            .add_service(service)
            .serve_with_incoming(UnixListenerStream::new(listener));
        Self {
            server: tokio::spawn(server),
            channel: connect(&socket, None).await.unwrap(),
            _dir: dir,
        }
    }

    /// The probe.
    pub(crate) async fn probe() -> Self {
        Self::start(Probe::default()).await
    }

    /// The real provider, whose environment sends everything to `sandbox`.
    pub(crate) async fn hwgrants(sandbox: &Sandbox) -> Self {
        let url = sandbox.url();
        Self::hwgrants_with(&[
            ("HWGRANTS_ENDPOINT", url.as_str()),
            ("HW_REGION_NAME", seed::REGION),
            ("HW_PROJECT_ID", seed::PROJECT_ID),
            ("HW_DOMAIN_ID", seed::ACCOUNT_ID),
            ("HW_AUTH_TOKEN", seed::TOKEN),
        ])
        .await
    }

    /// The real provider with these variables.
    pub(crate) async fn hwgrants_with(variables: &[(&str, &str)]) -> Self {
        Self::start(Hwgrants::new(
            Environment::of_slice(variables),
            Clock::new(Timestamp::now),
        ))
        .await
    }

    pub(crate) fn client(&self) -> Client {
        client(self.channel.clone())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.abort();
    }
}

pub(crate) fn client(channel: Channel) -> Client {
    ProviderClient::new(channel)
        .max_decoding_message_size(usize::MAX)
        .max_encoding_message_size(usize::MAX)
}

/// A sandbox with the demo's secrets and users.
pub(crate) async fn sandbox() -> Sandbox {
    Sandbox::start(SandboxOptions::default()).await.unwrap()
}
