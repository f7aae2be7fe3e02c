//! Facts about a grant in its private state, which the service cannot return later.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::cloud::{ExpiryInstant, Grantee, GranteeId};
use crate::framework::Private;
use crate::provider::access::Location as _;
use crate::provider::plan_fact::{PLAN_FACTS, PlanFacts as _};

use super::model::Model;

/// The grant has been listed.
const LISTED: &str = "listed";

/// This provider created the grant, or may have.
const CREATED: &str = "made";

/// The grant was imported and was not listed.
const UNLISTED: &str = "unlisted";

/// It is unknown whether the grant was created.
const CREATION_UNKNOWN: &str = "creation_unknown";

/// The listed expiry, as an instant.
const EXPIRES_AT: &str = "ends_at";

/// The date in the state comes from the list, not from the configuration.
const DATE_FROM_LIST: &str = "date_read";

/// It is unknown whether the last update changed the expiry.
const EXPIRY_UNKNOWN: &str = "expiry_unknown";

/// Grantees that appeared in the list when a group was granted access, as a JSON array of ids.
const MEMBERS: &str = "members";

/// The creation time in the last list that showed the grant.
const CREATED_AT: &str = "created_at";

/// The block should have taken over the grant of another block, but failed. The grant exists, unchanged.
const TAKEN_OVER_UNCHANGED: &str = "passing";

/// The service kept the expiry that was to be removed. Set only within one operation.
const EXPIRY_KEPT: &str = "expiry_kept";

/// Region and project that an empty text in the state resolves to.
const REGION: &str = "region";
/// See [`REGION`].
const PROJECT: &str = "project";

/// Value of facts that are either noted or absent.
const YES: &str = "yes";

/// Facts that are not about the grant in the cloud, beside those that connect every object with its plan.
const OWN_PLAN_FACTS: [&str; 3] = [TAKEN_OVER_UNCHANGED, REGION, PROJECT];

/// Maximum number of members that are stored. In a larger group, any grantee counts as a possible member.
const MAX_MEMBERS: usize = 1_000;

/// The facts about one grant.
pub(super) trait GrantFacts {
    /// Whether the grant has been listed.
    fn is_listed(&self) -> bool;
    /// Whether this provider created the grant, or may have.
    fn is_created(&self) -> bool;
    /// Whether the grant may never have been created: its creation had an unknown outcome and it has not been listed
    /// since, or the object is tainted and replaced, so that its facts are missing.
    fn is_creation_unknown(&self) -> bool;
    /// The expiry in the last list that showed the grant. `None` also if it was listed without a date.
    fn expiry(&self) -> Option<ExpiryInstant>;
    /// Whether the date in the state comes from the list, not from the configuration.
    fn is_date_from_list(&self) -> bool;
    /// The creation time in the last list that showed the grant.
    fn created_at(&self) -> Option<Timestamp>;
    /// Whether this block should have taken over the grant of another block, but failed, so that it is unchanged.
    fn is_taken_over_unchanged(&self) -> bool;
    /// Notes that the grant of another block could not be taken over and is unchanged.
    fn note_taken_over_unchanged(&mut self);
    /// Forgets that the grant of another block is unchanged, because the plan replaces the grant.
    fn forget_taken_over_unchanged(&mut self);
    /// Whether the service kept an expiry that this operation was to remove.
    fn is_expiry_kept(&self) -> bool;
    /// Notes that the service kept an expiry that was to be removed.
    fn note_expiry_kept(&mut self);
    /// Forgets the facts that are for one plan only.
    fn forget_plan(&mut self);
    /// Whether the outcome of the last update is unknown, so that the expiry must be sent again.
    fn is_expiry_unknown(&self) -> bool;
    /// Whether a grantee may be a member of the group: it appeared with the group's grant, or the group is too large to
    /// tell.
    fn may_be_member(&self, id: &GranteeId) -> bool;
    /// `model` with the region and project that it was created in, where its own are empty texts: the defaults of the
    /// provider may have changed since.
    fn with_location<'a>(&self, model: &'a Model) -> Cow<'a, Model>;
    /// Notes the region and project of `created` where those of `plan` are empty texts.
    fn note_location(&mut self, plan: &Model, created: &Model);
    /// Notes that the grant was created, or may have been, and forgets what was known of an earlier one.
    fn note_created(&mut self);
    /// Notes that the outcome of the creation is unknown.
    fn note_creation_unknown(&mut self);
    /// Notes that the expiry was updated.
    fn note_updated(&mut self);
    /// Notes that the outcome of an update is unknown.
    fn note_expiry_unknown(&mut self);
    /// Notes that an imported grant is not listed.
    fn note_unlisted(&mut self);
    /// Notes that the grant is listed, with its creation time and expiry.
    fn note_listed(&mut self, grantee: &Grantee);
    /// Notes that the date in the state comes from the list.
    fn note_date_from_list(&mut self);
    /// Notes the grantees that appeared in the list when the group was granted access.
    fn note_members<'a>(&mut self, members: impl Iterator<Item = &'a GranteeId>);
}

impl GrantFacts for Private {
    fn is_listed(&self) -> bool {
        self.fact(LISTED).is_some()
    }

    fn is_created(&self) -> bool {
        self.fact(CREATED).is_some()
    }

    fn is_creation_unknown(&self) -> bool {
        let is_noted = self.fact(CREATION_UNKNOWN).is_some() && !self.is_listed();
        // Terraform passes no private state for a tainted object that it replaces. All other objects have facts.
        let is_of_plan = |fact: &str| PLAN_FACTS.contains(&fact) || OWN_PLAN_FACTS.contains(&fact);
        let has_facts = self.facts().keys().any(|fact| !is_of_plan(fact));
        is_noted || !has_facts
    }

    fn created_at(&self) -> Option<Timestamp> {
        self.fact(CREATED_AT)?.parse().ok()
    }

    fn is_taken_over_unchanged(&self) -> bool {
        self.fact(TAKEN_OVER_UNCHANGED).is_some()
    }

    fn note_taken_over_unchanged(&mut self) {
        self.remember(TAKEN_OVER_UNCHANGED, YES);
    }

    fn forget_taken_over_unchanged(&mut self) {
        self.forget(TAKEN_OVER_UNCHANGED);
    }

    fn is_expiry_kept(&self) -> bool {
        self.fact(EXPIRY_KEPT).is_some()
    }

    fn note_expiry_kept(&mut self) {
        self.remember(EXPIRY_KEPT, YES);
    }

    fn forget_plan(&mut self) {
        self.forget_plan_facts();
        self.forget(TAKEN_OVER_UNCHANGED);
    }

    fn expiry(&self) -> Option<ExpiryInstant> {
        let timestamp = self.fact(EXPIRES_AT)?.parse().ok()?;
        Some(ExpiryInstant::new(timestamp))
    }

    fn is_date_from_list(&self) -> bool {
        self.fact(DATE_FROM_LIST).is_some()
    }

    fn is_expiry_unknown(&self) -> bool {
        self.fact(EXPIRY_UNKNOWN).is_some()
    }

    fn may_be_member(&self, id: &GranteeId) -> bool {
        let members = self.fact(MEMBERS).unwrap_or_default();
        let mut members = serde_json::from_str::<Vec<String>>(members).unwrap_or_default();
        let is_whole = members.len() < MAX_MEMBERS;
        members.retain(|member| member == id.as_str());
        !is_whole || !members.is_empty()
    }

    fn with_location<'a>(&self, model: &'a Model) -> Cow<'a, Model> {
        if !model.region.is_empty() && !model.project_id.is_empty() {
            return Cow::Borrowed(model);
        }
        Cow::Owned(Model {
            region: model.region.with_location(self, REGION),
            project_id: model.project_id.with_location(self, PROJECT),
            ..model.clone()
        })
    }

    fn note_location(&mut self, plan: &Model, created: &Model) {
        plan.region.note_location(&created.region, self, REGION);
        plan.project_id
            .note_location(&created.project_id, self, PROJECT);
    }

    fn note_created(&mut self) {
        for fact in [
            LISTED,
            EXPIRES_AT,
            DATE_FROM_LIST,
            MEMBERS,
            EXPIRY_UNKNOWN,
            CREATION_UNKNOWN,
            CREATED_AT,
        ] {
            self.forget(fact);
        }
        self.remember(CREATED, YES);
    }

    fn note_updated(&mut self) {
        for fact in [EXPIRES_AT, DATE_FROM_LIST, EXPIRY_UNKNOWN, CREATION_UNKNOWN] {
            self.forget(fact);
        }
    }

    fn note_creation_unknown(&mut self) {
        self.remember(CREATION_UNKNOWN, YES);
    }

    fn note_unlisted(&mut self) {
        self.remember(UNLISTED, YES);
    }

    fn note_expiry_unknown(&mut self) {
        self.remember(EXPIRY_UNKNOWN, YES);
    }

    fn note_listed(&mut self, grantee: &Grantee) {
        self.remember(LISTED, YES);
        if let Some(created_at) = grantee.created_at {
            self.remember(CREATED_AT, &created_at.to_string());
        }
        if let Some(expiry) = grantee.expiry.instant() {
            self.remember(EXPIRES_AT, &expiry.timestamp().to_string());
            self.forget(EXPIRY_UNKNOWN);
        }
    }

    fn note_date_from_list(&mut self) {
        self.remember(DATE_FROM_LIST, YES);
    }

    fn note_members<'a>(&mut self, members: impl Iterator<Item = &'a GranteeId>) {
        let members: Vec<&str> = members.map(GranteeId::as_str).take(MAX_MEMBERS).collect();
        if let (false, Ok(text)) = (members.is_empty(), serde_json::to_string(&members)) {
            self.remember(MEMBERS, &text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::Expiry;

    fn id(text: &str) -> GranteeId {
        GranteeId::new(text).unwrap()
    }

    #[test]
    fn members_survive_storing_in_private_state() {
        let mut private = Private::default();
        assert!(!private.may_be_member(&id("a")));
        private.note_members([id("a\",\"b"), id("c")].iter());
        let private = Private::from_bytes(&private.to_bytes());
        assert!(private.may_be_member(&id("a\",\"b")) && private.may_be_member(&id("c")));
        assert!(!private.may_be_member(&id("b")));
    }

    #[test]
    fn any_grantee_may_be_a_member_of_a_large_group() {
        let mut private = Private::default();
        let many: Vec<_> = (0..MAX_MEMBERS)
            .map(|number| id(&number.to_string()))
            .collect();
        private.note_members(many.iter());
        assert!(private.may_be_member(&id("somebody else")));
    }

    #[test]
    fn a_recreated_grant_counts_as_not_yet_listed() {
        let mut private = Private::default();
        let expiry = ExpiryInstant::new("2027-01-31T00:00:00Z".parse().unwrap());
        let grantee = Grantee {
            id: id("a"),
            name: None,
            created_at: None,
            expiry: Expiry::At(expiry),
        };
        private.note_listed(&grantee);
        assert!(private.is_listed() && private.expiry() == Some(expiry));
        private.note_created();
        assert!(private.is_created() && !private.is_listed() && private.expiry().is_none());
    }
}
