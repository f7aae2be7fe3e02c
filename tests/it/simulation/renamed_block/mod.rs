//! Blocks that are renamed, moved between provider configurations, doubled and cut off: a grant lives for as long as a block
//! declares it, and the encryption of repositories stays on.
//!
//! [`configuration`] is a configuration with its state, applied by processes that share a record of the plan, one for each
//! provider configuration and walk.

mod configuration;
mod encryption;
mod group;
mod known;
mod rename;
mod schedule;
mod walk;
