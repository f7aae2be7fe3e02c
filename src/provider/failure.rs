//! What the cloud says, as the practitioner reads it: a title, what happened, what to do next, and the cause last.

use crate::cloud::{Error, ErrorKind};
use crate::framework::Diagnostic;

/// A failed operation; `what` says what was tried, such as `granting access to the secret`.
pub(super) fn of(what: &str, error: &Error) -> Diagnostic {
    advising(what, error, "")
}

/// The same with more advice, in whole sentences, than the kind of failure alone can give.
pub(super) fn advising(what: &str, error: &Error, more: &str) -> Diagnostic {
    let (summary, happened, advice) = match error.is_out_of_files() {
        true => OUT_OF_FILES,
        false => words(error.kind()),
    };
    let (summary, happened) = match error.is_length_required() {
        true => NO_LENGTH,
        false => (summary, happened),
    };
    // A code says more than the kind that it belongs to.
    let advice = error.advice().unwrap_or(advice);
    let advice = format!("{advice} {more}");
    let advice = advice.trim_end();
    let mut detail = format!("While {what}: {happened}. {advice}\n\nCause: {error}.");
    if let Some(message) = error.encoded_authorization_message() {
        detail.push_str("\n\nEncoded authorization message: ");
        detail.push_str(message);
    }
    Diagnostic::error(summary, detail)
}

/// A setting that is missing or wrong, at its argument.
pub(super) fn of_configuration(error: &Error) -> Diagnostic {
    let diagnostic = Diagnostic::error("Invalid provider configuration", format!("{error}."));
    match error.argument() {
        Some(argument) if argument.starts_with(char::is_lowercase) => diagnostic.at_root(argument),
        _ => diagnostic,
    }
}

/// What is no failure of the network, although no connection came about.
const OUT_OF_FILES: (&str, &str, &str) = (
    "Too many open files",
    "this machine let the provider open no further connection, and nothing was sent",
    "Raise the limit of open files (`ulimit -n`), lower `-parallelism`, or end other programs.",
);

/// What a request of ours is not refused for, because it says its length.
const NO_LENGTH: (&str, &str) = (
    "Request changed on the way",
    "the request arrived without its length",
);

/// Title, what happened, what to do.
fn words(kind: ErrorKind) -> (&'static str, &'static str, &'static str) {
    match kind {
        ErrorKind::NotFound => (
            "Not found",
            "Huawei Cloud does not know the resource",
            "Check its id, and that region and project are the ones it belongs to.",
        ),
        ErrorKind::Authentication => (
            "Not signed in",
            "Huawei Cloud did not accept the credentials",
            "Check the ones the provider block, the profile or the environment sets: that they have not ended, are for \
             this account, and that this machine's clock is right. A token from a regional IAM endpoint works in that \
             region only. A proxy that changes requests on the way makes their signatures wrong.",
        ),
        ErrorKind::Permission => (
            "No permission",
            "the caller may not do this",
            "Ask an administrator of the account for the permission, or use other credentials.",
        ),
        ErrorKind::Throttled => (
            "Too many requests",
            "Huawei Cloud asked for fewer requests until the time was up",
            "Try again later, lower `-parallelism`, or raise the resource's `timeouts`.",
        ),
        ErrorKind::Transient => (
            "Huawei Cloud failed for the moment",
            "the service or the connection to it failed",
            "Try again; if it lasts, report the request id to Huawei Cloud.",
        ),
        ErrorKind::Timeout => (
            "Timed out",
            "there was no answer in time",
            "Try again, or raise the resource's `timeouts`.",
        ),
        ErrorKind::Unreachable => (
            "Huawei Cloud not reachable",
            "the host could not be reached, and nothing was sent",
            "Check the network, the proxy, `region` and `endpoints`.",
        ),
        ErrorKind::WrongEndpoint => (
            "Wrong endpoint",
            "this API is not offered at this address",
            "Check `endpoints` and `region`: not every service is in every region.",
        ),
        ErrorKind::Conflict => (
            "Conflict",
            "the request contradicts what exists",
            "Run `terraform plan` again to see what exists now.",
        ),
        ErrorKind::Invalid => (
            "Request refused",
            "Huawei Cloud refused the request as invalid",
            "Compare the attributes with the cause.",
        ),
        ErrorKind::Unreadable => (
            "Answer not understood",
            "what came back is no answer of this API",
            "Check that `endpoints` leads to Huawei Cloud and that no proxy answers in its place.",
        ),
        ErrorKind::Cancelled => (
            "Cancelled",
            "it was stopped before it was done",
            "Run the command again; what exists is in the state.",
        ),
        ErrorKind::Configuration => (
            "Invalid provider configuration",
            "a setting is missing or wrong",
            "Set it in the provider block or the environment.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_words_of_its_own() {
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
            kinds.iter().map(|kind| words(*kind).0).collect();
        assert_eq!(titles.len(), kinds.len());
        for kind in kinds {
            let (title, happened, advice) = words(kind);
            assert!(
                !title.ends_with('.') && !happened.ends_with('.') && advice.ends_with('.'),
                "{kind:?}"
            );
        }
    }
}
