//! Everything that needs no Terraform: wire definitions, handshake, protocol, client, sandbox, tidy.

// `cfg(test)`, so that clippy takes the helpers in there for tests, which may `unwrap`.
#[cfg(test)]
mod audit;
// `cfg(test)`, so that clippy takes the helpers in there for tests, which may `unwrap`.
#[cfg(test)]
mod browser;
// `cfg(test)`, so that clippy takes the helpers in there for tests, which may `unwrap`.
#[cfg(test)]
mod cli;
// `cfg(test)`, so that clippy takes the helpers in there for tests, which may `unwrap`.
#[cfg(test)]
mod client;
// `cfg(test)`, so that clippy takes the helpers in there for tests, which may `unwrap`.
#[cfg(test)]
mod plugin;
// `cfg(test)`, so that clippy takes the helpers in there for tests, which may `unwrap`.
#[cfg(test)]
mod protocol;
// `cfg(test)`, so that clippy takes the helpers in there for tests, which may `unwrap`.
#[cfg(test)]
mod review;
// `cfg(test)`, so that clippy takes the helpers in there for tests, which may `unwrap`.
#[cfg(test)]
mod review_sarif;
#[cfg(test)]
mod sandbox;
#[cfg(test)]
mod tidy;
// `cfg(test)`, so that clippy takes the helpers in there for tests, which may `unwrap`.
#[cfg(test)]
mod trial;
// `cfg(test)`, so that clippy takes the helpers in there for tests, which may `unwrap`.
#[cfg(test)]
mod virtual_time;
mod wire;
