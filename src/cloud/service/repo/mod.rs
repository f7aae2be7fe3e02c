//! CodeArts Repo: the account's delegation of its KMS keys, and the encryption of its repositories.

pub(in crate::cloud) mod encryption;
mod kms_grant;

use http::Method;

use crate::cloud::Client;
use crate::cloud::credential::ResourceScope;
use crate::cloud::error::{Error, ErrorKind};
use crate::cloud::id::{DomainId, Region};
use crate::cloud::settings::endpoint::Service;
use crate::cloud::transport::request::Request;

/// Statuses of success; each operation documents one of them.
const SUCCESS_STATUSES: [u16; 2] = [200, 202];

impl Client {
    /// A request about an account; `path` is what follows the account in the URL.
    fn tenant_request(
        &self,
        operation: &'static str,
        method: Method,
        region: &Region,
        tenant_id: &DomainId,
        path: &[&str],
    ) -> Result<Request, Error> {
        self.tenant_query(operation, method, region, tenant_id, path, &[])
    }

    /// The same with a query.
    fn tenant_query(
        &self,
        operation: &'static str,
        method: Method,
        region: &Region,
        tenant_id: &DomainId,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Request, Error> {
        let segments = [&["v4", "tenants", tenant_id.as_str()], path].concat();
        let url = self
            .session()
            .url(Service::CodeArtsRepo, region, &segments, query)?;
        // Project scope although the path contains the account, as in the SDK.
        let scope = ResourceScope::ProjectOf(region.clone());
        Ok(Request::new(Service::CodeArtsRepo, operation, method, url).with_scope(scope))
    }
}

/// "Not found" under a status of success proves nothing.
fn without_contradiction(error: Error) -> Error {
    match error.is_not_found() && error.has_success_status() {
        true => error.with_kind(ErrorKind::Unreadable),
        false => error,
    }
}
