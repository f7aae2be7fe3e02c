//! Server reflection, for tools such as `grpcurl`; created on first use, because hosts never use it.

use std::convert::Infallible;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::server::NamedService;
use tonic::service::Routes;
use tonic_reflection::pb::{v1, v1alpha};
use tonic_reflection::server::{Builder, Error};

use super::proto::FILE_DESCRIPTOR_SET;

/// Adds both versions of the service, as Go's servers have them. `descriptors` are encoded `FileDescriptorSet`s.
pub(super) fn add_to(routes: Routes, descriptors: &'static [&'static [u8]]) -> Routes {
    routes
        .add_service(Reflection::<V1>::new(descriptors))
        .add_service(Reflection::<V1Alpha>::new(descriptors))
}

/// What a call is answered with, sooner or later.
type BoxedResponse = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

/// One version of the service.
trait ReflectionVersion: Send + Sync + 'static {
    const SERVICE_NAME: &'static str;

    /// Reads the definitions and answers one call, which is a whole conversation.
    fn answer(builder: Builder<'_>, request: Request<Body>) -> Result<BoxedResponse, Error>;
}

/// The current version of the service.
struct V1;

impl ReflectionVersion for V1 {
    const SERVICE_NAME: &'static str = v1::server_reflection_server::SERVICE_NAME;

    fn answer(builder: Builder<'_>, request: Request<Body>) -> Result<BoxedResponse, Error> {
        Ok(builder.build_v1()?.call(request))
    }
}

/// The earlier version, for tools that do not know the current one.
struct V1Alpha;

impl ReflectionVersion for V1Alpha {
    const SERVICE_NAME: &'static str = v1alpha::server_reflection_server::SERVICE_NAME;

    fn answer(builder: Builder<'_>, request: Request<Body>) -> Result<BoxedResponse, Error> {
        Ok(builder.build_v1alpha()?.call(request))
    }
}

/// Stands where `tonic-reflection`'s service would; that one decodes every definition when it is made.
struct Reflection<V> {
    /// Definitions of the caller's services; those of go-plugin are added when a call arrives.
    descriptors: &'static [&'static [u8]],
    version: PhantomData<V>,
}

impl<V> Reflection<V> {
    fn new(descriptors: &'static [&'static [u8]]) -> Self {
        Self {
            descriptors,
            version: PhantomData,
        }
    }
}

impl<V> Clone for Reflection<V> {
    fn clone(&self) -> Self {
        Self::new(self.descriptors)
    }
}

impl<V: ReflectionVersion> NamedService for Reflection<V> {
    const NAME: &'static str = V::SERVICE_NAME;
}

impl<V: ReflectionVersion> Service<Request<Body>> for Reflection<V> {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxedResponse;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> BoxedResponse {
        let builder = [FILE_DESCRIPTOR_SET, tonic_health::pb::FILE_DESCRIPTOR_SET]
            .iter()
            .chain(self.descriptors)
            .fold(Builder::configure(), |builder, set| {
                builder.register_encoded_file_descriptor_set(set)
            });
        V::answer(builder, request).unwrap_or_else(|error| {
            let status = Status::internal(format!("cannot read the service definitions: {error}"));
            Box::pin(async move { Ok(status.into_http()) })
        })
    }
}
