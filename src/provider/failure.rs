//! Errors of the cloud as diagnostics: a title, what happened, what to do next, and the cause last.

use crate::cloud::{Error, ErrorKind};
use crate::framework::Diagnostic;

/// The diagnostic of a failed operation. `what` is the operation, such as `granting access to the secret`.
pub(super) fn of(what: &str, error: &Error) -> Diagnostic {
    with_advice(what, error, "")
}

/// The same with additional advice in whole sentences.
pub(super) fn with_advice(what: &str, error: &Error, more: &str) -> Diagnostic {
    let (summary, happened, advice) = match error.is_out_of_files() {
        true => OUT_OF_FILES,
        false => describe(error.kind()),
    };
    let (summary, happened) = match error.is_length_required() {
        true => NO_LENGTH,
        false => (summary, happened),
    };
    // Advice for an error code is more specific than advice for its kind.
    let advice = error.advice().unwrap_or(advice);
    let advice = format!("{advice} {more}");
    let advice = advice.trim_end();
    let mut detail = format!("Error while {what}: {happened}. {advice}\n\nCause: {error}.");
    if let Some(message) = error.encoded_authorization_message() {
        detail.push_str("\n\nEncoded authorization message: ");
        detail.push_str(message);
    }
    Diagnostic::error(summary, detail)
}

/// The diagnostic of a missing or invalid setting, with the path of its argument.
pub(super) fn of_configuration(error: &Error) -> Diagnostic {
    let diagnostic = Diagnostic::error("Invalid provider configuration", format!("{error}."));
    match error.argument() {
        Some(argument) if argument.starts_with(char::is_lowercase) => diagnostic.at_root(argument),
        _ => diagnostic,
    }
}

/// Title, event and advice if no connection was opened because of the limit on open files.
const OUT_OF_FILES: (&str, &str, &str) = (
    "Too many open files",
    "the open file limit was reached, so no connection was opened and no request was sent",
    "Raise the open file limit (`ulimit -n`), lower `-parallelism`, or stop other programs.",
);

/// Title and event of HTTP 411. Requests of this provider always have a length, so a proxy removed it.
const NO_LENGTH: (&str, &str) = (
    "Request modified in transit",
    "the request arrived without a required header",
);

/// Title, event and advice of an error kind.
fn describe(kind: ErrorKind) -> (&'static str, &'static str, &'static str) {
    match kind {
        ErrorKind::NotFound => (
            "Not found",
            "Huawei Cloud did not find the resource",
            "Check the resource's ID, region and project.",
        ),
        ErrorKind::Authentication => (
            "Authentication failed",
            "Huawei Cloud rejected the credentials",
            "Check the credentials in the provider block, profile or environment. They may have expired or belong to \
             another account. Also check this machine's clock. A token from a regional IAM endpoint is valid only in \
             that region, and a proxy that modifies requests invalidates their signatures.",
        ),
        ErrorKind::Permission => (
            "Permission denied",
            "the caller does not have permission for this operation",
            "Ask an account administrator for the permission, or use different credentials.",
        ),
        ErrorKind::Throttled => (
            "Request throttled",
            "Huawei Cloud throttled the request, and retrying did not succeed",
            "Try again later, lower `-parallelism`, or raise the resource's `timeouts`.",
        ),
        ErrorKind::Transient => (
            "Service temporarily unavailable",
            "the service is temporarily unavailable, or the connection to the service failed",
            "Try again. If the error persists, contact Huawei Cloud support with the request ID.",
        ),
        ErrorKind::Timeout => (
            "Timed out",
            "no response arrived in time",
            "Try again, or raise the resource's `timeouts`.",
        ),
        ErrorKind::Unreachable => (
            "Host unreachable",
            "the host could not be reached, so no request was sent",
            "Check the network, proxy, `region` and `endpoints`.",
        ),
        ErrorKind::WrongEndpoint => (
            "Wrong endpoint",
            "the server at this address does not provide this API",
            "Check `endpoints` and `region`: not every service is available in every region.",
        ),
        ErrorKind::Conflict => (
            "Conflict",
            "the request conflicts with an existing object",
            "Run `terraform plan` again to see the existing objects.",
        ),
        ErrorKind::Invalid => (
            "Request rejected",
            "Huawei Cloud rejected the request as invalid",
            "Check the argument values. The cause below may identify the invalid value.",
        ),
        ErrorKind::Unreadable => (
            "Unexpected response",
            "the response does not match the API documentation",
            "Check that `endpoints` points to Huawei Cloud, and that the response did not come from a proxy.",
        ),
        ErrorKind::Cancelled => (
            "Cancelled",
            "the operation was cancelled",
            "Run the command again. Objects that were already created are in the state.",
        ),
        ErrorKind::Configuration => (
            "Invalid provider configuration",
            "a setting is missing or invalid",
            "Correct the setting in the provider block or in the environment.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_kind_has_its_own_title() {
        use ErrorKind::*;
        let kinds = [
            NotFound,
            Authentication,
            Permission,
            Throttled,
            Transient,
            Timeout,
            Unreachable,
            WrongEndpoint,
            Conflict,
            Invalid,
            Unreadable,
            Cancelled,
            Configuration,
        ];
        let titles: std::collections::BTreeSet<_> =
            kinds.iter().map(|kind| describe(*kind).0).collect();
        assert_eq!(titles.len(), kinds.len());
        for kind in kinds {
            let (title, happened, advice) = describe(kind);
            assert!(
                !title.ends_with('.') && !happened.ends_with('.') && advice.ends_with('.'),
                "{kind:?}"
            );
        }
    }
}
