//! How much memory a request takes at most. In a binary of its own, because its allocator counts for all threads.

// `cfg(test)`, so that clippy takes the helpers in there for tests, which may `unwrap`.
#[cfg(test)]
mod request;
#[cfg(test)]
mod sponge;
