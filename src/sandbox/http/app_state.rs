//! What every route needs.

use std::net::SocketAddr;
use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use crate::sandbox::seed::Seed;
use crate::sandbox::world::World;

/// What every route needs. Cheap to clone.
#[derive(Clone)]
pub(in crate::sandbox) struct AppState {
    pub(in crate::sandbox) world: World,
    /// The seed that the sandbox was started with.
    pub(in crate::sandbox) seed: Seed,
    /// Address at which the sandbox accepts requests.
    pub(in crate::sandbox) address: SocketAddr,
    /// Data file, as an absolute path; none without one.
    pub(in crate::sandbox) data_file: Option<PathBuf>,
    /// Cancelled when the sandbox stops; ends delays early.
    pub(in crate::sandbox) stop: CancellationToken,
}

impl AppState {
    /// The address as a URL without a trailing slash.
    pub(in crate::sandbox) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}
