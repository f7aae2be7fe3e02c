//! How much memory a request and a review take at most. In a binary of its own, because its allocator counts for all
//! threads.

use peak_alloc::PeakAlloc;
#[cfg(test)]
use tokio::sync::Mutex;

// `cfg(test)`, so that clippy takes the helpers in there for tests, which may `unwrap`.
#[cfg(test)]
mod request;
#[cfg(test)]
mod review;
#[cfg(test)]
mod sponge;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Held by each test: what runs beside it would be counted, too.
#[cfg(test)]
static ALONE: Mutex<()> = Mutex::const_new(());
