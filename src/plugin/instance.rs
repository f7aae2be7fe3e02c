//! Routes calls to instances of the services, as tasks that outlive their connection.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service};
use tonic::service::Routes;

use super::active_count::ActiveCount;
use super::{Mode, Services, builtin_service};

/// The instance that serves one connection, or all of them; created by the first call.
pub(super) type Instance = Arc<OnceCell<Routes>>;

/// Routes calls to instances of the services.
#[derive(Clone)]
pub(super) struct InstanceRouter(Arc<Shared>);

/// What the connections share; in one `Arc`, because every call clones it.
struct Shared {
    services: Services,
    /// The one instance of a managed plugin, which survives a reconnect of its host.
    shared: Option<Instance>,
    /// Calls in progress on all connections.
    calls: ActiveCount,
    /// Stops the server; the host's shutdown call cancels it too.
    stop: CancellationToken,
}

impl InstanceRouter {
    /// One instance for a host, or in debug mode one for each connection: a host connects once for each of its provider
    /// configurations, which must not see each other's settings and memory.
    pub(super) fn new(services: Services, mode: Mode, stop: &CancellationToken) -> Self {
        Self(Arc::new(Shared {
            services,
            shared: (mode == Mode::Managed).then(Instance::default),
            calls: ActiveCount::default(),
            stop: stop.clone(),
        }))
    }

    /// What is cancelled when the host is gone.
    pub(super) fn host_gone(&self) -> &CancellationToken {
        &self.0.services.host_gone
    }

    /// The calls under way.
    pub(super) fn calls(&self) -> &ActiveCount {
        &self.0.calls
    }

    /// Answers a call with the instance of a managed plugin, or else of its connection; the first call creates it.
    async fn answer(self, request: Request<Body>) -> Response<Body> {
        let connection = || request.extensions().get::<Instance>().cloned();
        let Shared {
            services,
            shared,
            stop,
            ..
        } = &*self.0;
        let instance = shared.clone().or_else(connection).unwrap_or_default();
        let make = || builtin_service::add_to(services, stop);
        let mut routes = instance.get_or_init(make).await.clone();
        let Ok(response) = routes.call(request).await;
        response
    }
}

impl Service<Request<Body>> for InstanceRouter {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let present = self.0.calls.enter();
        let instances = self.clone();
        // A separate task: when a killed host's connection closes, its calls would otherwise be dropped at any point,
        // even between a write and its record.
        let call = tokio::spawn(async move {
            let _present = present;
            instances.answer(request).await
        });
        Box::pin(async move {
            Ok(match call.await {
                Ok(response) => response,
                Err(error) => match error.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    Err(_) => Status::unavailable("the plugin is shutting down").into_http(),
                },
            })
        })
    }
}
