//! The rules: ids, titles and defaults. What a rule checks is in `finding`, what it prints in `phrasing`.

use std::fmt;

/// What a rule is without a policy.
#[derive(Clone, Copy, Debug)]
struct Definition {
    id: &'static str,
    title: &'static str,
    severity: FindingSeverity,
    scope: RuleScope,
    days: DayUse,
}

/// Whether a rule counts days, and with which threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DayUse {
    /// It counts no days.
    None,
    /// It compares with the day to count from.
    Today,
    /// It compares with a number of days from that day.
    Threshold(Threshold),
}

/// A number of days that a policy may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold {
    /// The key in a policy.
    pub name: &'static str,
    /// The value without a policy.
    pub days: i32,
}

/// Makes [`Rule`] from one entry per rule, so that a rule cannot be missing from one of its lists.
macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident { $id:literal, $title:literal, $severity:ident, $scope:ident, $days:expr })*) => {
        /// A rule. The order is that of the documentation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule {
            $($(#[$doc])* $rule,)*
        }

        impl Rule {
            /// All of them, in the order of the documentation.
            pub const ALL: [Self; [$(Self::$rule),*].len()] = [$(Self::$rule),*];

            fn definition(self) -> Definition {
                match self {
                    $(Self::$rule => Definition {
                        id: $id,
                        title: $title,
                        severity: FindingSeverity::$severity,
                        scope: RuleScope::$scope,
                        days: $days,
                    },)*
                }
            }
        }
    };
}

/// A threshold.
const fn threshold(name: &'static str, days: i32) -> DayUse {
    DayUse::Threshold(Threshold { name, days })
}

rules! {
    /// A grant that never expires.
    NoEnd { "no-end", "Grant never expires", Warning, Changed, DayUse::None }
    /// A grant that expires later than the policy allows.
    EndTooFar {
        "end-too-far", "Grant expires too far in the future", Warning, Changed, threshold("max_days", 365)
    }
    /// A grant that expires soon.
    EndsSoon { "ends-soon", "Grant expires soon", Note, All, threshold("days", 14) }
    /// A grant to a user group.
    GroupGrant { "group-grant", "Grant to a whole group", Warning, Changed, DayUse::None }
    /// A secret whose only grant in the plan is revoked.
    LastGrantee { "last-grantee", "Plan revokes the last known grant on a secret", Warning, Changed, DayUse::None }
    /// Two blocks for one grant.
    DeclaredTwice { "declared-twice", "Grant is declared twice", Error, All, DayUse::None }
    /// A grant to a user beside one to a group that lasts as long or longer.
    CoveredByGroup {
        "covered-by-group", "Group has the same access as the user", Note, Changed, DayUse::None
    }
    /// A grant without `reason`.
    NoReason { "no-reason", "Grant has no reason", Note, Changed, DayUse::None }
    /// A delegation that destroying does not revoke.
    DelegationStays {
        "delegation-stays", "Delegation remains in effect after destroy", Warning, Changed, DayUse::None
    }
    /// A grant on a secret of another project than the provider's.
    OtherProject {
        "other-project", "Grant and provider use different projects", Warning, Changed, DayUse::None
    }
    /// A grant that has expired and is still declared.
    ExpiredDeclared { "expired-declared", "Expired grant is still declared", Warning, All, DayUse::Today }
    /// A block without a mandatory argument, at which applying fails.
    MissingArgument { "missing-argument", "Required argument is missing", Error, All, DayUse::None }
    /// A change that may affect access and is not reviewed.
    NotReviewed {
        "not-reviewed", "Change that may affect access was not reviewed", Warning, Changed, DayUse::None
    }
    /// A change of a reviewed type that cannot be read.
    NotUnderstood {
        "not-understood", "Change that may affect access could not be read", Error, Changed, DayUse::None
    }
    /// Access for everyone.
    PublicAccess { "public-access", "Access is public", Warning, Changed, DayUse::None }
    /// Access for another account.
    OtherAccount { "other-account", "Access for another account", Warning, Changed, DayUse::None }
    /// Access in the configuration that the plan does not give or does not end.
    NotAsConfigured {
        "not-as-configured", "Plan does not do what the configuration says", Warning, Changed, DayUse::None
    }
    /// A new delegation.
    NewDelegation {
        "new-delegation", "New delegation that Terraform cannot revoke", Warning, Changed, DayUse::None
    }
    /// A grant on all secrets of a group.
    SecretGroup { "secret-group", "Grant on a whole secret group", Warning, Changed, DayUse::None }
    /// An ID that is a user in one grant and a group in another.
    UserAndGroup {
        "user-and-group", "Same ID is used as a user and as a group", Warning, Changed, DayUse::None
    }
    /// A grant whose block has another address.
    Renamed { "renamed", "Rename may interrupt access", Warning, Changed, DayUse::None }
    /// Access that moves from one state to another.
    MovedBetweenStates {
        "moved-between-states", "Move between states may interrupt access", Warning, Changed, DayUse::None
    }
    /// Access that the policy forbids.
    ForbiddenAccess {
        "forbidden-access", "Plan gives access that the policy forbids", Error, Changed, DayUse::None
    }
    /// Access that the policy expects.
    ExpectedAccess {
        "expected-access", "Plan takes away access that the policy expects", Error, Changed, DayUse::None
    }
}

impl Rule {
    /// The id in policies and reports, which is also part of the name of its page; see [`Rule::page`].
    #[must_use]
    pub fn id(self) -> &'static str {
        self.definition().id
    }

    /// The path of its page in the repository.
    #[must_use]
    pub fn page(self) -> String {
        format!("docs/guides/rule-{}.md", self.id())
    }

    /// What it finds, in a few words.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.definition().title
    }

    /// The severity of its findings without a policy. `Error` is for what every team considers wrong.
    #[must_use]
    pub fn severity(self) -> FindingSeverity {
        self.definition().severity
    }

    /// Which grants it checks without a policy.
    #[must_use]
    pub fn scope(self) -> RuleScope {
        self.definition().scope
    }

    /// The number of days that a policy may set; most rules have none.
    #[must_use]
    pub fn threshold(self) -> Option<Threshold> {
        match self.definition().days {
            DayUse::Threshold(threshold) => Some(threshold),
            DayUse::None | DayUse::Today => None,
        }
    }

    /// Whether it checks the accesses of all reviewed types, and not our grants alone.
    #[must_use]
    pub fn is_about_all_types(self) -> bool {
        matches!(
            self,
            Self::NoEnd
                | Self::GroupGrant
                | Self::DeclaredTwice
                | Self::NotReviewed
                | Self::NotUnderstood
                | Self::PublicAccess
                | Self::OtherAccount
                | Self::NotAsConfigured
                | Self::MovedBetweenStates
                | Self::ForbiddenAccess
                | Self::ExpectedAccess
        )
    }

    /// Whether it counts days, and so finds nothing without a day to count from.
    #[must_use]
    pub fn needs_day(self) -> bool {
        self.definition().days != DayUse::None
    }
}

/// How severe a finding is; most severe first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingSeverity {
    /// Fails the policy check.
    Error,
    /// Needs a reviewer's attention.
    Warning,
    /// For information.
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

/// Which grants a rule checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleScope {
    /// Those whose access the plan changes, brief interruptions included.
    Changed,
    /// All that Terraform manages afterwards, and those that the plan revokes.
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
