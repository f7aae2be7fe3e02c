//! The access key of an ECS instance's agency, from the metadata service: the last source of credentials, and absent
//! outside the cloud.
//!
//! Source: ECS user guide, "Obtaining Metadata"; Huawei Cloud's SDK 3.1.

use std::time::Duration;

use http::header::CONTENT_LENGTH;
use http::{Method, StatusCode};
use url::Url;

use crate::cloud::deadline::Call;
use crate::cloud::error::error_chain;
use crate::cloud::session::temporary_key::issued_key;
use crate::cloud::session::token::IssuedCredential;
use crate::cloud::settings::endpoint::Endpoint;
use crate::cloud::transport::tls;
use crate::wire::answer::Answer;
use crate::wire::metadata::SecurityKeyResponse;

/// A link-local address, served by the host of the virtual machine.
const ADDRESS: &str = "http://169.254.169.254";
/// Shorter than the documented 3 s, but long enough for one lost packet: outside the cloud, missing credentials are
/// reported within 2 s.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(1500);
/// For one request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(3);
/// Header with the token, in requests for a key.
const TOKEN_HEADER: &str = "X-Metadata-Token";
/// Header with the lifetime of the requested token in seconds.
const TTL_HEADER: &str = "X-Metadata-Token-Ttl-Seconds";
/// Six hours; the token is used at once.
const TTL_SECONDS: &str = "21600";
/// The longest accepted response.
const MAX_BODY_BYTES: usize = 64 << 10;

/// Requests the access key of the server's agency from the metadata service, or from `stand_in`.
///
/// # Errors
/// Why there is none; follows the name of the source.
pub(in crate::cloud) async fn request_agency_key(
    call: &Call,
    stand_in: Option<&Endpoint>,
) -> Result<IssuedCredential, String> {
    tokio::select! {
        biased;
        () = call.cancel.cancelled() => Err("cancelled".to_owned()),
        () = tokio::time::sleep_until(call.deadline) => Err("the operation's deadline has passed".to_owned()),
        key = request_key(stand_in) => key,
    }
}

/// Requests a token and the key. A rejected token is replaced once.
async fn request_key(stand_in: Option<&Endpoint>) -> Result<IssuedCredential, String> {
    let own = Endpoint::parse(ADDRESS)?;
    let endpoint = stand_in.unwrap_or(&own);
    let url = |segments: &[&str]| {
        endpoint
            .url(segments, &[])
            .map_err(|problem| problem.to_string())
    };
    let service = MetadataClient {
        // A proxy may be an ECS instance itself, and would return the key of its own agency.
        http: reqwest::Client::builder()
            .tls_backend_preconfigured(tls::no_tls_config()?)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .build()
            .map_err(|error| error_chain(&error))?,
        token_url: url(&["meta-data", "latest", "api", "token"])?,
        key_url: url(&["openstack", "latest", "securitykey"])?,
    };
    let token = service.token().await?;
    let (status, body) = service.key(token.as_deref()).await?;
    if status == StatusCode::UNAUTHORIZED && !lacks_agency(&body) {
        let token = service.token().await?;
        return service.key(token.as_deref()).await.and_then(parse_key);
    }
    parse_key((status, body))
}

/// The two URLs of the metadata service, and a client without proxy and redirects.
struct MetadataClient {
    http: reqwest::Client,
    token_url: Url,
    key_url: Url,
}

impl MetadataClient {
    /// A token for the request; `None` if the service is too old to support tokens.
    async fn token(&self) -> Result<Option<String>, String> {
        let request = self.http.request(Method::PUT, self.token_url.clone());
        let request = request.header(TTL_HEADER, TTL_SECONDS);
        // Some servers require a length and otherwise respond with 411.
        let (status, body) = fetch(request.header(CONTENT_LENGTH, 0)).await?;
        let token = String::from_utf8(body)
            .ok()
            .map(|text| text.trim().to_owned());
        Ok(token.filter(|token| status == StatusCode::OK && !token.is_empty()))
    }

    /// Status and body of a request for the key, whatever the status.
    async fn key(&self, token: Option<&str>) -> Result<(StatusCode, Vec<u8>), String> {
        let mut request = self.http.request(Method::GET, self.key_url.clone());
        if let Some(token) = token {
            request = request.header(TOKEN_HEADER, token);
        }
        fetch(request).await
    }
}

/// Status and body of a response. The error is for people and does not quote the URL.
async fn fetch(request: reqwest::RequestBuilder) -> Result<(StatusCode, Vec<u8>), String> {
    let failed = |error: reqwest::Error| {
        let why = error_chain(&error.without_url());
        format!("not reachable (this machine might not be an ECS instance): {why}")
    };
    let mut response = request.send().await.map_err(failed)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_BODY_BYTES {
            return Err(format!(
                "the response is longer than {MAX_BODY_BYTES} bytes"
            ));
        }
    }
    Ok((response.status(), body))
}

/// Reads the key from a response, or explains why it has none.
fn parse_key((status, body): (StatusCode, Vec<u8>)) -> Result<IssuedCredential, String> {
    if status.is_success() {
        let answer = Answer::typed(&body)
            .and_then(|answer: SecurityKeyResponse| issued_key(answer.credential));
        return match answer {
            Answer::Documented(issued) => Ok(issued),
            Answer::Error(_) => Err("the response contains an error".to_owned()),
            Answer::PossiblyEmpty => Err("the response contains no access key".to_owned()),
            Answer::NotUnderstood(problem) => Err(format!("unexpected response: {problem}")),
        };
    }
    let code = status.as_u16();
    if status == StatusCode::NOT_FOUND || lacks_agency(&body) {
        return Err(format!(
            "status {code}: no agency is attached to this ECS instance"
        ));
    }
    Err(format!("status {code}"))
}

/// Whether an error response says that the server has no agency.
fn lacks_agency(body: &[u8]) -> bool {
    String::from_utf8_lossy(body)
        .to_ascii_lowercase()
        .contains("agency")
}
