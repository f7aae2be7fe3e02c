//! `hwgrants audit` against the sandbox: what it looks at, how, and what it says when it cannot.

mod call;
mod look;
mod schema;
