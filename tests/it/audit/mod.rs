//! `hwgrants audit` against the sandbox: what it looks at, how, and what it says when it cannot.

mod call;
mod format;
mod look;
mod missing;
#[cfg(unix)]
mod progress;
mod schema;
mod several;
