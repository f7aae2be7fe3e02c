//! What a reviewer should look at twice: the rules, and what each of them has found.
//!
//! [`Rule`] is the list of the rules, and each has one `definition`: id, defaults and the function that looks. Those
//! stand by family: `end`, `grantee`, `declaration`, `unreviewed`. They see a `context` and no policy; `verdict` has the last
//! word on scope, severity and waivers. A further rule is a line in the list below, a constant in its family and a page in
//! `docs/rules`; tests name what is missing.

mod context;
mod declaration;
mod definition;
mod end;
mod evaluation;
mod grantee;
mod unreviewed;

use std::fmt;

use jiff::civil::Date;

pub(super) use context::ReviewContext;
pub use definition::Threshold;
use definition::{Definition, RuleCheck};
pub(super) use evaluation::Evaluation;

/// Makes [`Rule`] from one line per rule, so that none can be in one of its lists and missing in another.
macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident => $definition:path,)*) => {
        /// What is looked for. The order is that of the documentation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule {
            $($(#[$doc])* $rule,)*
        }

        impl Rule {
            /// All of them, in the order of the documentation.
            pub const ALL: [Self; [$(Self::$rule),*].len()] = [$(Self::$rule),*];

            fn definition(self) -> &'static Definition {
                match self {
                    $(Self::$rule => &$definition,)*
                }
            }
        }
    };
}

rules! {
    /// A grant that never ends.
    NoEnd => end::NO_END,
    /// A grant that ends later than the policy allows.
    EndTooFar => end::END_TOO_FAR,
    /// A grant that ends soon.
    EndsSoon => end::ENDS_SOON,
    /// A grant to a whole group.
    GroupGrant => grantee::GROUP_GRANT,
    /// A secret of which the plan has no grant afterwards.
    LastGrantee => grantee::LAST_GRANTEE,
    /// Two blocks for one grant.
    DeclaredTwice => declaration::DECLARED_TWICE,
    /// A grant to a user beside one to a group that lasts as long or longer.
    CoveredByGroup => grantee::COVERED_BY_GROUP,
    /// A grant without `reason`.
    NoReason => declaration::NO_REASON,
    /// A delegation that destroying does not take back.
    DelegationStays => declaration::DELEGATION_STAYS,
    /// A grant to a secret of another project than the provider's.
    OtherProject => declaration::OTHER_PROJECT,
    /// A grant that has ended and is declared all the same.
    ExpiredDeclared => end::EXPIRED_DECLARED,
    /// A block without a mandatory argument, at which applying fails.
    MissingArgument => declaration::MISSING_ARGUMENT,
    /// A change that may concern access and is not read.
    NotReviewed => unreviewed::NOT_REVIEWED,
}

impl Rule {
    /// Its name in policies and reports, and that of its page in `docs/rules`.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.definition().id
    }

    /// What it finds, in a few words.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.definition().title
    }

    /// How bad its findings are, unless a policy says otherwise.
    #[must_use]
    pub fn severity(self) -> FindingSeverity {
        self.definition().severity
    }

    /// Which grants it looks at, unless a policy says otherwise.
    #[must_use]
    pub fn scope(self) -> RuleScope {
        self.definition().scope
    }

    /// The number of days that a policy may set; most rules have none.
    #[must_use]
    pub fn threshold(self) -> Option<Threshold> {
        match &self.definition().check {
            RuleCheck::Days(threshold, _) => Some(*threshold),
            RuleCheck::Plan(_) | RuleCheck::Day(_) => None,
        }
    }

    /// Whether it counts days, and so finds nothing without a day to count from.
    #[must_use]
    pub fn needs_day(self) -> bool {
        !matches!(self.definition().check, RuleCheck::Plan(_))
    }
}

/// How bad a finding is; the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingSeverity {
    /// Blocks the plan.
    Error,
    /// To be looked at.
    Warning,
    /// Worth knowing.
    Note,
}

impl FindingSeverity {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Note];
}

impl fmt::Display for FindingSeverity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

/// Which grants a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleScope {
    /// Those to which the plan changes access, for a moment too.
    Changed,
    /// All that Terraform manages afterwards, and those that the plan removes.
    All,
}

impl RuleScope {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Changed, Self::All];
}

impl fmt::Display for RuleScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Changed => "changed",
            Self::All => "all",
        })
    }
}

/// What a rule has found in a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: FindingSeverity,
    /// The rule.
    pub rule: Rule,
    /// The block it is about, instance key included.
    pub address: String,
    /// The attribute of the block to look at, which may be missing there; `None` for the block itself.
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
        self.severity == FindingSeverity::Error && self.is_open()
    }
}

/// Somebody's word that a finding is accepted until a day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Waiver {
    /// Who answers for it.
    pub owner: String,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is.
    pub until: Date,
    /// Whether that day is over.
    pub has_expired: bool,
}

/// A waiver that should go from the policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StaleWaiver {
    /// Which blocks it covers, as the policy says it.
    pub address: String,
    /// The rule.
    pub rule: Rule,
    /// The waiver itself.
    pub waiver: Waiver,
    /// Whether there is a finding that it covers, or would if it had not expired.
    pub is_matched: bool,
}
