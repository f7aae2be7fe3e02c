//! What a reviewer should look at twice: the rules, and what each of them has found.

use std::fmt;

use jiff::civil::Date;

/// What is looked for. The order is that of the documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A grant that never ends.
    NoEnd,
    /// A grant that ends later than the policy allows.
    EndTooFar,
    /// A grant that ends soon.
    EndsSoon,
    /// A grant to a whole group.
    GroupGrant,
    /// A secret that nobody may use afterwards.
    LastGrantee,
    /// Two blocks for one grant.
    DeclaredTwice,
    /// A grant to a user beside one to a group that lasts as long or longer.
    CoveredByGroup,
    /// A grant without `reason`.
    NoReason,
    /// A delegation that destroying does not take back.
    DelegationStays,
    /// A grant to a secret of another project than the provider's.
    OtherProject,
    /// A grant that has ended and is declared all the same.
    ExpiredDeclared,
}

impl Rule {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 11] = [
        Self::NoEnd,
        Self::EndTooFar,
        Self::EndsSoon,
        Self::GroupGrant,
        Self::LastGrantee,
        Self::DeclaredTwice,
        Self::CoveredByGroup,
        Self::NoReason,
        Self::DelegationStays,
        Self::OtherProject,
        Self::ExpiredDeclared,
    ];

    /// Its name in policies and reports, and that of its page in `docs/rules`.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::NoEnd => "no-end",
            Self::EndTooFar => "end-too-far",
            Self::EndsSoon => "ends-soon",
            Self::GroupGrant => "group-grant",
            Self::LastGrantee => "last-grantee",
            Self::DeclaredTwice => "declared-twice",
            Self::CoveredByGroup => "covered-by-group",
            Self::NoReason => "no-reason",
            Self::DelegationStays => "delegation-stays",
            Self::OtherProject => "other-project",
            Self::ExpiredDeclared => "expired-declared",
        }
    }

    /// What it finds, in a few words.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::NoEnd => "A grant has no end",
            Self::EndTooFar => "A grant ends too far away",
            Self::EndsSoon => "A grant ends soon",
            Self::GroupGrant => "A whole group is granted",
            Self::LastGrantee => "The last grantee of a secret is removed",
            Self::DeclaredTwice => "One grant is declared twice",
            Self::CoveredByGroup => "A user's grant stands beside a wider group's",
            Self::NoReason => "A grant has no reason",
            Self::DelegationStays => "A delegation stays after destroy",
            Self::OtherProject => "A grant is in another project than the provider's",
            Self::ExpiredDeclared => "A grant that has ended is still declared",
        }
    }
}

/// How bad a finding is; the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Blocks the plan.
    Error,
    /// To be looked at.
    Warning,
    /// Worth knowing.
    Note,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

/// What a rule has found in a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The rule.
    pub rule: Rule,
    /// The block it is about, instance key included.
    pub address: String,
    /// The attribute of the block to look at; `None` for the block itself.
    pub attribute: Option<&'static str>,
    /// What is so and what to do about it, in whole sentences, cleaned for printing.
    pub message: String,
    /// The waiver that covers it, or did until it expired.
    pub waiver: Option<Waiver>,
}

impl Finding {
    /// Whether no live waiver covers it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.waiver.as_ref().is_none_or(|waiver| waiver.has_expired)
    }

    /// Whether it blocks the plan: an error that no live waiver covers.
    #[must_use]
    pub fn is_blocking(&self) -> bool {
        self.severity == Severity::Error && self.is_open()
    }
}

/// Somebody's word that a finding is accepted until a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// Who answers for it.
    pub owner: String,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is.
    pub until: Date,
    /// Whether that day is over, counted from the day of the plan.
    pub has_expired: bool,
}
