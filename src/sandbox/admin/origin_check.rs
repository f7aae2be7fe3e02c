//! Refuses requests to `/_sandbox/` from other web sites.
//!
//! Any web site that a browser visits can send requests to this machine. They have the site's `Origin` or, after DNS
//! rebinding, the site's name as `Host`. Programs such as curl send no `Origin`.
//!
//! Source: RFC 6454, 7; Fetch Metadata Request Headers, `Sec-Fetch-Site`.

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response;

use super::error::AdminError;

/// Header in which browsers state where a request comes from: `same-origin`, `same-site`, `cross-site`, or `none` if the
/// user has typed the address.
const FETCH_SITE: &str = "sec-fetch-site";

/// Accepts a request only if `Host` is this machine and no other site sent it.
pub(super) async fn require_same_origin(
    request: Request,
    next: Next,
) -> Result<Response, AdminError> {
    match refusal_reason(request.method(), request.uri(), request.headers()) {
        None => Ok(next.run(request).await),
        Some(reason) => Err(AdminError(StatusCode::FORBIDDEN, reason.to_owned())),
    }
}

/// Why the request is refused; none if it is accepted.
fn refusal_reason(method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<&'static str> {
    let host = match uri.authority() {
        Some(authority) => Some(authority.clone()),
        None => single(headers, header::HOST.as_str()).and_then(|host| host.parse().ok()),
    };
    let Some(host) = host.filter(is_loopback) else {
        return Some("the `Host` header must be `127.0.0.1` or `localhost`");
    };
    let own = format!("http://{host}");
    if headers.contains_key(header::ORIGIN)
        && single(headers, header::ORIGIN.as_str()) != Some(own.as_str())
    {
        return Some(
            "cross-origin requests are not allowed: the `Origin` header does not match this sandbox",
        );
    }
    let site = headers.get(FETCH_SITE).map(|site| site.as_bytes());
    // Other sites may link to the page, but must not change anything.
    if !method.is_safe() && site.is_some_and(|site| site != b"same-origin" && site != b"none") {
        return Some("cross-site requests that change the sandbox are not allowed");
    }
    None
}

/// Whether `Host` names this machine, without user information. Any other name may be one that an attacker rebinds.
fn is_loopback(host: &Authority) -> bool {
    let is_bare = !host.as_str().contains('@');
    is_bare && ["127.0.0.1", "localhost", "[::1]"].contains(&host.host())
}

/// The value of a header; none unless it occurs exactly once.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok();
    value.filter(|_| values.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_refused(method: Method, headers: &[(&'static str, &'static str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        refusal_reason(&method, &Uri::from_static("/_sandbox/state"), &map).is_some()
    }

    #[test]
    fn local_clients_and_the_sandbox_page_are_allowed() {
        let own = ("host", "127.0.0.1:4780");
        for headers in [
            &[own] as &[_],
            &[("host", "localhost")],
            &[("host", "[::1]:4780")],
            &[own, ("origin", "http://127.0.0.1:4780")],
            &[("host", "localhost:1"), ("origin", "http://localhost:1")],
            &[own, ("sec-fetch-site", "same-origin")],
            &[own, ("sec-fetch-site", "none")],
        ] {
            for method in [Method::GET, Method::PUT] {
                assert!(!is_refused(method, headers), "{headers:?}");
            }
        }
        let link = [own, ("sec-fetch-site", "cross-site")];
        assert!(!is_refused(Method::GET, &link));
        assert!(is_refused(Method::POST, &link));
    }

    #[test]
    fn foreign_hosts_and_origins_are_refused() {
        let own = ("host", "127.0.0.1:4780");
        for headers in [
            &[] as &[_],
            &[("host", "rebound.example:4780")],
            &[("host", "127.0.0.1.rebound.example")],
            &[("host", "localhost@rebound.example")],
            &[("host", "127.0.0.1@127.0.0.1")],
            &[own, ("host", "rebound.example")],
            &[own, ("origin", "http://site.example")],
            &[own, ("origin", "null")],
            &[own, ("origin", "http://127.0.0.1:3000")],
            &[own, ("origin", "http://localhost:4780")],
            &[own, ("origin", "https://127.0.0.1:4780")],
            &[
                own,
                ("origin", "http://127.0.0.1:4780"),
                ("origin", "http://site.example"),
            ],
        ] {
            for method in [Method::GET, Method::PUT] {
                assert!(is_refused(method, headers), "{headers:?}");
            }
        }
    }
}
