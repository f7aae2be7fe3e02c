//! Reports panics: as a log line if the process continues, as plain text otherwise.

use std::backtrace::Backtrace;
use std::io::Write;
use std::panic::PanicHookInfo;

/// Replaces Rust's panic message by one that the host understands.
///
/// `is_contained` is called on the panicking thread: true means that the panic is caught and reported. Such a panic is
/// an error in the log. Any other is reported on standard error in plain text that begins with `panic: `, as Go's
/// runtime does: hosts then show the lines that follow to their user, logging switched on or not.
pub fn install(is_contained: fn() -> bool) {
    std::panic::set_hook(Box::new(move |info| {
        if is_contained() {
            log(info);
        } else {
            let text = report(info, &Backtrace::force_capture());
            // Without standard error there is no other output.
            let _ = std::io::stderr().lock().write_all(text.as_bytes());
        }
    }));
}

/// Logs a panic that is caught and reported.
fn log(info: &PanicHookInfo<'_>) {
    let location = location(info);
    tracing::error!(panic_location = location, "panic: {}", message(info));
}

/// The report of a panic that ends the process, in the form of Go's runtime.
fn report(info: &PanicHookInfo<'_>, backtrace: &Backtrace) -> String {
    let (message, location) = (message(info), location(info));
    format!("panic: {message}\n\nat {location}\n{backtrace}\n")
}

/// The text of the panic, whose payload may be anything else.
fn message<'a>(info: &'a PanicHookInfo<'_>) -> &'a str {
    info.payload_as_str().unwrap_or("no message")
}

/// File, line and column; empty if they are not known.
fn location(info: &PanicHookInfo<'_>) -> String {
    info.location().map(ToString::to_string).unwrap_or_default()
}
