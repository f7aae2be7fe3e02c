//! Requests, and responses as operations read them.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Serialize;
use url::Url;

use crate::cloud::credential::ResourceScope;
use crate::cloud::error::{Error, ErrorKind, RequestInfo};
use crate::cloud::settings::endpoint::Service;

/// Type of requests without a body, and of accepted responses.
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// The type that the SDKs give the bodies of IAM and CSMS.
pub(in crate::cloud) const JSON_UTF8: HeaderValue =
    HeaderValue::from_static("application/json;charset=UTF-8");

/// A request, ready to be sent any number of times.
#[derive(Clone, Debug)]
pub(in crate::cloud) struct Request {
    /// The service whose error codes apply.
    pub(super) service: Service,
    /// Name of the operation in the API reference.
    pub(in crate::cloud) operation: &'static str,
    pub(in crate::cloud) method: Method,
    pub(in crate::cloud) url: Url,
    /// Whose resources it concerns.
    pub(in crate::cloud) scope: ResourceScope,
    /// Additional headers.
    pub(super) headers: HeaderMap,
    /// Type of the body; a request without one still announces JSON, as the SDKs do.
    pub(super) content_type: HeaderValue,
    /// Empty for a request without a body.
    pub(super) body: Vec<u8>,
}

impl Request {
    /// A request without a body, about the caller's account.
    pub(in crate::cloud) fn new(
        service: Service,
        operation: &'static str,
        method: Method,
        url: Url,
    ) -> Self {
        Self {
            service,
            operation,
            method,
            url,
            scope: ResourceScope::Account,
            headers: HeaderMap::new(),
            content_type: JSON,
            body: Vec::new(),
        }
    }

    /// The same request with a body.
    pub(in crate::cloud) fn with_json(
        mut self,
        content_type: HeaderValue,
        body: &impl Serialize,
    ) -> Result<Self, Error> {
        self.body = serde_json::to_vec(body).map_err(|error| {
            Error::new(ErrorKind::Invalid, Some(error.to_string())).with_request(&self.info())
        })?;
        self.content_type = content_type;
        Ok(self)
    }

    /// The same request with another scope.
    pub(in crate::cloud) fn with_scope(mut self, scope: ResourceScope) -> Self {
        self.scope = scope;
        self
    }

    /// The same request with an additional header.
    ///
    /// # Errors
    /// `Configuration` if the text is not a valid header value.
    pub(in crate::cloud) fn with_header(
        mut self,
        name: HeaderName,
        text: &str,
    ) -> Result<Self, Error> {
        let value = HeaderValue::from_str(text).map_err(|_| {
            let message = format!(
                "`{}` is not a valid value for the `{name}` header",
                text.escape_debug()
            );
            Error::new(ErrorKind::Configuration, Some(message)).with_request(&self.info())
        })?;
        self.headers.insert(name, value);
        Ok(self)
    }

    /// The summary of the request for errors, without query and headers.
    pub(in crate::cloud) fn info(&self) -> RequestInfo {
        let mut url = self.url.clone();
        url.set_query(None);
        RequestInfo {
            operation: self.operation,
            method: self.method.clone(),
            url: url.into(),
        }
    }

    /// Whether it needs the header `Content-Length: 0`, without which some servers respond with 411.
    pub(super) fn has_empty_body(&self) -> bool {
        let has_meaning = [Method::POST, Method::PUT, Method::PATCH].contains(&self.method);
        has_meaning && self.body.is_empty()
    }

    /// Whether it may change something: every request but a GET, including those that sign in.
    pub(in crate::cloud) fn is_write(&self) -> bool {
        self.method != Method::GET
    }
}

/// An answer with a status of 2xx, for reading.
#[derive(Clone, Copy, Debug)]
pub(in crate::cloud) struct ReceivedResponse<'a> {
    pub(in crate::cloud) status: u16,
    pub(in crate::cloud) headers: &'a HeaderMap,
    /// The body as received, possibly empty; JSON has not been parsed yet.
    pub(in crate::cloud) body: &'a [u8],
}
