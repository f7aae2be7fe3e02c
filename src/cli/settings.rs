//! The settings of commands that use an account: as of an empty provider block, apart from region and project.

use super::output::Printer;
use crate::cloud::{Arguments, ProjectId, Region, Settings, UserAgent};
use crate::text;

/// The arguments of a provider block with this region and project only.
pub(super) fn arguments(region: Option<&Region>, project_id: Option<&ProjectId>) -> Arguments {
    Arguments {
        region: region.map(ToString::to_string),
        project_id: project_id.map(ToString::to_string),
        user_agent: UserAgent {
            products: vec![format!("hwgrants/{}", crate::VERSION)],
            append: None,
        },
        ..Arguments::default()
    }
}

/// Prints the warnings that the provider would print about these settings.
pub(super) fn print_warnings(settings: &Settings, printer: Printer) {
    if let Some((variable, url)) = settings.redirection() {
        printer.message(format_args!(
            "warning: all requests, including credentials, go to {} because `{variable}` is set",
            text::line(&url)
        ));
    }
    for ignored in settings.ignored_credentials() {
        printer.message(format_args!("warning: {}", text::line(ignored)));
    }
    if settings.is_insecure() {
        printer.message(
            "warning: TLS certificates are not verified, so any server can impersonate Huawei Cloud",
        );
    }
}
