//! How far a connection to an endpoint gets: for a report on a set-up.
//!
//! One request without a credential takes the route of every other request. Only if it fails are the steps tried one by one, to find
//! out which one fails.

use std::net::SocketAddr;
use std::time::Duration;

use http::Method;
use http::header::USER_AGENT;
use jiff::{SignedDuration, Timestamp};
use tokio::net::{TcpStream, lookup_host};
use url::Url;

use super::Transport;
use super::attempt::connection_error;
use super::error_response;
use crate::cloud::deadline::Call;
use crate::cloud::error::{Error, ErrorKind};
use crate::cloud::settings::endpoint::{self, Endpoint};

/// Limit for the request, and for each step after a failure.
const STEP_TIMEOUT: Duration = Duration::from_secs(10);

/// The status of a proxy that asks for a password.
const PROXY_AUTHENTICATION_REQUIRED: u16 = 407;

/// A connection to an endpoint.
#[derive(Clone, Debug)]
pub struct ConnectionProbe {
    /// The proxy on the way, if the environment names one for this host.
    pub proxy: Option<ProxyAddress>,
    /// The address that the connection went to: of the proxy, if there is one. `None` if it is not known.
    pub address: Option<SocketAddr>,
    /// How far this machine's clock is ahead of the server's, negative if it is behind, or how far the connection got. `None` for
    /// a response without a date.
    pub result: Result<Option<SignedDuration>, ProbeFailure>,
}

/// A proxy, without its user name and password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyAddress {
    /// The environment variable.
    pub variable: &'static str,
    /// Scheme, host and port, such as `http://proxy.example:3128`.
    pub url: String,
}

/// Where a connection fails, and why.
#[derive(Clone, Debug)]
pub struct ProbeFailure {
    /// The first step that fails.
    pub stage: ProbeStage,
    /// Why.
    pub error: Error,
}

/// The steps of a connection, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProbeStage {
    /// The proxy is reached and opens a tunnel.
    Proxy,
    /// The host name is resolved; not if there is a proxy, which does so itself.
    Dns,
    /// The port accepts a connection.
    Tcp,
    /// Both sides accept each other's certificates.
    Tls,
    /// A request is answered.
    Http,
}

impl Transport {
    /// Probes the connection to an endpoint.
    pub(in crate::cloud) async fn probe_connection(
        &self,
        call: &Call,
        endpoint: &Endpoint,
    ) -> ConnectionProbe {
        let url = match endpoint.url(&[], &[]) {
            Ok(url) => url,
            // It was checked when it was parsed.
            Err(problem) => return failed(None, ProbeStage::Http, invalid(&problem.to_string())),
        };
        let proxy = match endpoint::is_loopback(&url) {
            true => None,
            false => self.connections.proxies.find(&url),
        };
        let named = proxy.as_ref().map(|(variable, proxy)| ProxyAddress {
            variable,
            url: origin(proxy),
        });
        let answered = tokio::select! {
            biased;
            () = call.cancel.cancelled() => Err(Error::new(ErrorKind::Cancelled, None)),
            answered = tokio::time::timeout(STEP_TIMEOUT, self.request(&url)) => answered.unwrap_or_else(|_| {
                let message = format!("no response within {} s", STEP_TIMEOUT.as_secs());
                Err(Error::new(ErrorKind::Timeout, Some(message)))
            }),
        };
        let error = match answered {
            Ok(Answered { status, .. }) if status == PROXY_AUTHENTICATION_REQUIRED => {
                let message = "the proxy requires a user name and password".to_owned();
                let error = Error::new(ErrorKind::Unreachable, Some(message));
                return failed(named, ProbeStage::Proxy, error);
            }
            Ok(answered) => {
                return ConnectionProbe {
                    proxy: named,
                    address: answered.address,
                    result: Ok(answered.clock_ahead),
                };
            }
            Err(error) => error,
        };
        let next = proxy.as_ref().map_or(&url, |(_, proxy)| proxy);
        let stage = self
            .failing_stage(&url, next, &error, proxy.is_some())
            .await;
        match stage {
            (ProbeStage::Dns | ProbeStage::Tcp, why) if proxy.is_some() => {
                failed(named, ProbeStage::Proxy, why.unwrap_or(error))
            }
            (stage, why) => failed(named, stage, why.unwrap_or(error)),
        }
    }

    /// Sends the request. Any response will do.
    async fn request(&self, url: &Url) -> Result<Answered, Error> {
        let client = self.connections.client(&Method::GET, url)?;
        let request = client
            .get(url.clone())
            .header(USER_AGENT, self.user_agent.clone());
        let response = request.send().await.map_err(connection_error)?;
        Ok(Answered {
            status: response.status().as_u16(),
            address: response.remote_addr(),
            clock_ahead: error_response::clock_ahead(response.headers(), Timestamp::now()),
        })
    }

    /// The step at which a connection fails, and its own error if that says more than the request's.
    async fn failing_stage(
        &self,
        url: &Url,
        next: &Url,
        error: &Error,
        has_proxy: bool,
    ) -> (ProbeStage, Option<Error>) {
        if error.tls_problem().is_some() {
            return (ProbeStage::Tls, None);
        }
        if matches!(
            error.kind(),
            ErrorKind::Cancelled | ErrorKind::Configuration
        ) {
            return (ProbeStage::Http, None);
        }
        let unreachable = |cause: String| Some(Error::new(ErrorKind::Unreachable, Some(cause)));
        let timed_out = || format!("no response within {} s", STEP_TIMEOUT.as_secs());
        // An address is its own only result.
        let host = next.host_str().unwrap_or_default();
        let host = host.trim_matches(['[', ']']).to_owned();
        let port = next.port_or_known_default().unwrap_or(1080);
        let found = tokio::time::timeout(STEP_TIMEOUT, lookup_host((host, port))).await;
        let addresses: Vec<_> = match found {
            Err(_) => return (ProbeStage::Dns, unreachable(timed_out())),
            Ok(Err(cause)) => return (ProbeStage::Dns, unreachable(cause.to_string())),
            Ok(Ok(addresses)) => addresses.collect(),
        };
        if addresses.is_empty() {
            return (ProbeStage::Dns, unreachable("no address found".to_owned()));
        }
        let opened =
            tokio::time::timeout(STEP_TIMEOUT, TcpStream::connect(addresses.as_slice())).await;
        match opened {
            Err(_) => (ProbeStage::Tcp, unreachable(timed_out())),
            Ok(Err(cause)) => (ProbeStage::Tcp, unreachable(cause.to_string())),
            Ok(Ok(_)) if has_proxy && error.kind() == ErrorKind::Unreachable => {
                (ProbeStage::Proxy, None)
            }
            // A server that does not speak TLS may close the connection without an alert.
            Ok(Ok(_)) if url.scheme() == "https" && error.kind() == ErrorKind::Unreachable => {
                (ProbeStage::Tls, None)
            }
            Ok(Ok(_)) => (ProbeStage::Http, None),
        }
    }
}

/// A response to the probe.
struct Answered {
    status: u16,
    address: Option<SocketAddr>,
    clock_ahead: Option<SignedDuration>,
}

fn failed(proxy: Option<ProxyAddress>, stage: ProbeStage, error: Error) -> ConnectionProbe {
    ConnectionProbe {
        proxy,
        address: None,
        result: Err(ProbeFailure { stage, error }),
    }
}

fn invalid(problem: &str) -> Error {
    Error::new(ErrorKind::Configuration, Some(problem.to_owned()))
}

/// A URL without user name, password and path.
fn origin(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port_or_known_default() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    }
}
