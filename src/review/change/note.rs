//! What else is to be known about a change of a grant.

use jiff::civil::Date;

/// A note on a change, besides its effect.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Note {
    /// Deleted at one address and created at another, for which a `moved` block would do.
    Renamed {
        /// The address that goes.
        from: String,
        /// The address that comes.
        to: String,
    },
    /// As before, but a `moved` block cannot say it, because one of the addresses keeps a grant.
    Shifted {
        /// The address that had it.
        from: String,
        /// The address that will have it.
        to: String,
    },
    /// Deleted by the plan of one state and created by the plan of another.
    MovedBetweenStates {
        /// The address that goes.
        from: String,
        /// The address that comes.
        to: String,
    },
    /// Deleted by the plan of one state; the plan that creates it again is of a state for which planning failed, so Terraform does
    /// not apply it.
    RecreatedByFailedPlan {
        /// The address that would create it.
        address: String,
    },
    /// The block at this address cannot create it: it exists with a different expiry, and nothing revokes it before.
    CreateFails {
        /// The block.
        address: String,
    },
    /// The block at this address creates the grant of a group although it exists with a different expiry. The service does not list it.
    CreateMayFail {
        /// The block.
        address: String,
    },
    /// Moved by a `moved` block.
    Moved {
        /// The old address.
        from: String,
        /// The new address.
        to: String,
    },
    /// Imported into the state.
    Imported,
    /// Removed from the state; the access remains in effect.
    Forgotten,
    /// It has expired.
    Expired {
        /// The expiration date, if it is known and may be shown.
        on: Option<Date>,
    },
    /// It had expired, and is active again.
    Reactivated {
        /// The expiration date, if it has one that is known and may be shown.
        until: Option<Date>,
    },
    /// Only attributes that do not affect access change, such as the reason.
    Updated,
    /// The grant of a user is revoked, and the group of this block has the same access afterwards.
    CoveredByGroup {
        /// The group's block.
        address: String,
    },
    /// The plan of one state destroys it, and the plan of another keeps it: destroying it revokes it for both.
    DeclaredInOtherState {
        /// The other block.
        address: String,
    },
    /// Destroyed at one block while another one declares it.
    StillDeclared {
        /// The other block.
        address: String,
    },
}

impl Note {
    /// Whether it is about the status of the grant.
    #[must_use]
    pub fn is_about_status(&self) -> bool {
        matches!(self, Self::Expired { .. } | Self::Reactivated { .. })
    }
}
