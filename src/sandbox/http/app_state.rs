//! What every route needs.

use tokio_util::sync::CancellationToken;

use crate::sandbox::seed::Seed;
use crate::sandbox::world::World;

/// What every route needs. Cheap to clone.
#[derive(Clone)]
pub(in crate::sandbox) struct AppState {
    pub(in crate::sandbox) world: World,
    /// The seed that the sandbox was started with.
    pub(in crate::sandbox) seed: Seed,
    /// Cancelled when the sandbox stops; ends delays early.
    pub(in crate::sandbox) stop: CancellationToken,
}
