//! Whether applying a plan carries out all that is configured.

/// Whether applying a plan carries out all that is configured, and if not, why; the graver cause if there are several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Completeness {
    /// It does, as far as the plan shows: Terraform before 1.8 and OpenTofu do not say whether `-target` was set.
    #[default]
    Complete,
    /// `-target` or the like has left out a part.
    Partial,
    /// Changes are deferred to a later plan.
    Deferred,
    /// Planning failed. Terraform does not apply such a plan.
    Errored,
}

impl Completeness {
    /// From what a plan says, and whether it has deferred changes.
    #[must_use]
    pub fn of(is_complete: Option<bool>, is_errored: bool, has_deferred: bool) -> Self {
        match (is_errored, has_deferred, is_complete) {
            (true, _, _) => Self::Errored,
            (false, true, _) => Self::Deferred,
            (false, false, Some(false)) => Self::Partial,
            (false, false, _) => Self::Complete,
        }
    }

    /// Whether nothing is missing.
    #[must_use]
    pub fn is_complete(self) -> bool {
        self == Self::Complete
    }
}
