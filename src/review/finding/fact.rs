//! What rules find, as data. `phrasing` makes sentences of it.

use std::sync::Arc;

use arcstr::ArcStr;
use jiff::civil::Date;

use crate::access::net::row::Row;
use crate::access::unread::Unread;
use crate::plan_json::plan::NotReviewed;
use crate::review::change::StepOutcome;
use crate::review::grant::PlannedGrant;
use crate::review::policy::Assertion;

/// What a rule has found at one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FindingFact {
    /// The grant never expires.
    NoEnd(Arc<PlannedGrant>),
    /// The grant expires later than allowed.
    EndTooFar {
        /// The grant.
        grant: Arc<PlannedGrant>,
        /// When it expires.
        expiry: DatedExpiry,
        /// The days that are allowed.
        max_days: i32,
    },
    /// The grant expires soon.
    EndsSoon {
        /// The grant.
        grant: Arc<PlannedGrant>,
        /// When it expires.
        expiry: DatedExpiry,
    },
    /// The grant has expired and is still declared.
    ExpiredDeclared {
        /// The grant.
        grant: Arc<PlannedGrant>,
        /// When it expired.
        expiry: DatedExpiry,
    },
    /// The grantee is a user group.
    GroupGrant(Arc<PlannedGrant>),
    /// The grant is revoked, and the plan has no other one on its secret.
    LastGrantee(Arc<PlannedGrant>),
    /// Other blocks declare the same grant.
    DeclaredTwice {
        /// The grant.
        grant: Arc<PlannedGrant>,
        /// The addresses of the other blocks, sorted.
        others: Box<[String]>,
    },
    /// Destroying the block revokes a grant that other states declare.
    RevokesDeclared {
        /// The grant.
        grant: Arc<PlannedGrant>,
        /// The addresses of the blocks in other states, sorted.
        others: Box<[String]>,
    },
    /// A group has the same access for as long or longer.
    CoveredByGroup {
        /// The grant of the user.
        grant: Arc<PlannedGrant>,
        /// The grant of the group.
        group: Arc<PlannedGrant>,
        /// The address of the block with the grant of the group.
        group_address: ArcStr,
    },
    /// The grant of a user is revoked, and a group has the same access afterwards.
    RevokedButCovered {
        /// The grant of the user.
        grant: Arc<PlannedGrant>,
        /// The grant of the group.
        group: Arc<PlannedGrant>,
        /// The address of the block with the grant of the group.
        group_address: ArcStr,
    },
    /// The grant has no reason.
    NoReason(Arc<PlannedGrant>),
    /// Destroying the block leaves the delegation in effect; `None` if the plan does not show which one.
    DelegationStays(Option<Arc<PlannedGrant>>),
    /// The grant is in another project than its provider configuration.
    OtherProject {
        /// The grant.
        grant: Arc<PlannedGrant>,
        /// The project of the grant.
        project: ArcStr,
        /// The project of the provider configuration.
        provider_project: ArcStr,
    },
    /// A mandatory argument is null.
    MissingArgument {
        /// The argument.
        argument: &'static str,
        /// What applying the plan does to the block.
        outcome: StepOutcome,
        /// The grant that the block has now.
        held: Option<Arc<PlannedGrant>>,
    },
    /// Changes of one resource that may affect access and are not reviewed; at least one.
    NotReviewed(Vec<NotReviewed>),
    /// Why changes of one resource, whose type is reviewed, are not understood; at least one reason.
    NotUnderstood(Vec<Unread>),
    /// Accesses of one resource; at least one. The rule says what it is about them.
    Access(Box<[Arc<Row>]>),
    /// The grant is a new delegation.
    NewDelegation(Arc<PlannedGrant>),
    /// The grant is on a whole secret group.
    SecretGroup(Arc<PlannedGrant>),
    /// The grantee's ID has the other kind at these addresses, which are sorted.
    UserAndGroup {
        /// The grant.
        grant: Arc<PlannedGrant>,
        /// The addresses of the blocks.
        others: Box<[String]>,
    },
    /// The grant is destroyed at one address and created at another.
    Renamed {
        /// The address that goes.
        from: ArcStr,
        /// The address that comes.
        to: ArcStr,
    },
    /// The plan of one state destroys the grant, and the plan of another creates it.
    MovedBetweenStates(Box<StateMove>),
    /// Accesses of one resource that an assertion of the policy is about; at least one.
    Asserted {
        /// The assertion.
        assertion: Box<Assertion>,
        /// The accesses.
        rows: Box<[Arc<Row>]>,
        /// Whether the plan certainly violates the assertion.
        is_certain: bool,
    },
}

/// Access that moves from one state to another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StateMove {
    /// The address that goes.
    pub from: String,
    /// The address that comes.
    pub to: String,
    /// The ID by which the other state can import it, if it is a grant of ours of which the plan shows all.
    pub import_id: Option<String>,
    /// Whether it is a grant of this provider. A resource of another type may give other accesses, too, and stay.
    pub is_grant: bool,
    /// Whether creating it fails as long as it exists.
    pub is_exclusive: bool,
    /// Whether the plan that takes it away only removes it from the state, so that it goes on existing.
    pub is_forgotten: bool,
    /// Whether planning failed for the state that takes it away.
    pub has_failed_plan: bool,
}

/// An expiration date, and how far it is from the day to count from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatedExpiry {
    /// The expiration date.
    pub on: Date,
    /// The day to count from.
    pub today: Date,
    /// Days from that day to the date; less than 0 if it has passed.
    pub days: i32,
}

/// A fact at one block, before the policy is applied.
#[derive(Debug)]
pub(super) struct Hit {
    /// The block.
    pub(super) address: ArcStr,
    /// The attribute that is concerned; `None` for the block itself.
    pub(super) attribute: Option<&'static str>,
    /// Whether the plan changes access here.
    pub(super) is_changed: bool,
    /// What the rule has found.
    pub(super) fact: FindingFact,
}
