//! Everything that needs no Terraform: wire definitions, handshake, protocol, client, sandbox, tidy.

// Each module is `cfg(test)`, so that clippy takes the helpers in it for tests, which may `unwrap`.
#[cfg(test)]
mod access;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod axe;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod client;
#[cfg(test)]
mod docs;
#[cfg(test)]
#[cfg(unix)]
mod doctor;
#[cfg(test)]
#[path = "../golden_report/mod.rs"]
mod golden_report;
#[cfg(test)]
#[path = "../large_plan/mod.rs"]
mod large_plan;
#[cfg(test)]
#[path = "../not_checked/mod.rs"]
mod not_checked;
#[cfg(test)]
#[path = "../platform/mod.rs"]
mod platform;
#[cfg(test)]
mod plugin;
#[cfg(test)]
#[cfg(unix)]
mod probe;
#[cfg(test)]
mod protocol;
#[cfg(test)]
mod review;
#[cfg(test)]
mod review_sarif;
#[cfg(test)]
mod sandbox;
#[cfg(test)]
mod simulation;
#[cfg(test)]
#[cfg(unix)]
mod terminal;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod troubleshooting;
#[cfg(test)]
mod virtual_time;
#[cfg(test)]
mod windows;
#[cfg(test)]
mod wire;
