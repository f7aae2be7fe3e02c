//! Why Terraform replaces or destroys an object.
//!
//! Source: Terraform, JSON Output Format, "Change Representation", `action_reason`; OpenTofu has some of its own.

/// Why Terraform replaces or destroys an object, as `action_reason` in the plan has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ActionReason {
    /// It is marked as tainted.
    Tainted,
    /// An argument changes that cannot be updated in place.
    CannotUpdate,
    /// `-replace` names it.
    Requested,
    /// `replace_triggered_by` names something that changes.
    Triggered,
    /// Its block is no longer in the configuration.
    NoBlock,
    /// Its block has got or lost `count` or `for_each`.
    WrongRepetition,
    /// Its index is not less than `count`.
    CountIndex,
    /// Its key is no longer in `for_each`.
    EachKey,
    /// Its module is no longer in the configuration.
    NoModule,
    /// A `moved` block leads to an address that is not in the configuration.
    NoMoveTarget,
    /// `enabled` of its block is false; OpenTofu only.
    Disabled,
}

impl ActionReason {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Tainted,
        Self::CannotUpdate,
        Self::Requested,
        Self::Triggered,
        Self::NoBlock,
        Self::WrongRepetition,
        Self::CountIndex,
        Self::EachKey,
        Self::NoModule,
        Self::NoMoveTarget,
        Self::Disabled,
    ];

    /// The reason with this name; `None` for those that concern no access, such as reading a data source, and for new ones.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }

    /// Its name in a plan.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tainted => "replace_because_tainted",
            Self::CannotUpdate => "replace_because_cannot_update",
            Self::Requested => "replace_by_request",
            Self::Triggered => "replace_by_triggers",
            Self::NoBlock => "delete_because_no_resource_config",
            Self::WrongRepetition => "delete_because_wrong_repetition",
            Self::CountIndex => "delete_because_count_index",
            Self::EachKey => "delete_because_each_key",
            Self::NoModule => "delete_because_no_module",
            Self::NoMoveTarget => "delete_because_no_move_target",
            Self::Disabled => "delete_because_enabled_false",
        }
    }
}
