//! The sandbox refuses what the API reference refuses.
