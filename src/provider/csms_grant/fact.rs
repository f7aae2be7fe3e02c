//! What is remembered of a grant beside its attributes, because the service cannot be asked for it again.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::cloud::{ExpiryInstant, Grantee, GranteeId};
use crate::framework::Private;
use crate::provider::access::Location as _;
use crate::run_record::{CreationToken, ObjectId, Reference, Replacement};

use super::model::Model;

/// The list has shown the grant.
const LISTED: &str = "listed";

/// We have made the grant, or may have.
const MADE: &str = "made";

/// The grant was imported, and the list did not show it.
const UNLISTED: &str = "unlisted";

/// Whether the grant was created is unknown.
const CREATION_UNKNOWN: &str = "creation_unknown";

/// The instant at which the list says that the grant ends.
const ENDS_AT: &str = "ends_at";

/// The date in the state was read from the list, not chosen by the practitioner.
const DATE_READ: &str = "date_read";

/// Whether the expiry was changed to the one in the state, or to another, is unknown.
const EXPIRY_UNKNOWN: &str = "expiry_unknown";

/// Those who appeared in the list when a group was granted access.
const MEMBERS: &str = "members";

/// The number of the object in the record of a plan.
const OBJECT: &str = "object";

/// When the grant was created, by the last list that showed it.
const CREATED_AT: &str = "created_at";

/// For one plan: where it is noted.
const PLAN: &str = "plan";

/// For one plan: the number of the creation.
const CREATION: &str = "creation";

/// For one plan: the deletion leaves the grant to another block.
const KEPT: &str = "kept";

/// The block should have taken the grant over from another one, and has not been able to: it is there as it was.
const PASSING: &str = "passing";

/// The service has kept the expiry that was to be removed; only said from one part of an operation to another.
const EXPIRY_KEPT: &str = "expiry_kept";

/// Region and project that an empty text in the state stands for.
const REGION: &str = "region";
const PROJECT: &str = "project";

const YES: &str = "yes";

/// Facts that say nothing about the grant.
const PLAN_FACTS: [&str; 7] = [OBJECT, PLAN, CREATION, KEPT, PASSING, REGION, PROJECT];

/// Members remembered at most; of a larger group, all that vanish with it count as members.
const MAX_MEMBERS: usize = 1_000;

/// The facts about one grant.
pub(super) trait GrantFacts {
    /// Whether the list has shown the grant.
    fn is_listed(&self) -> bool;
    /// Whether we have made it, or may have.
    fn is_made(&self) -> bool;
    /// Whether it may never have been created: its creation has an unknown outcome and no list has shown it since, or it is
    /// a tainted object that is replaced.
    fn is_creation_unknown(&self) -> bool;
    /// When the grant expires, by the last list that showed it.
    fn expiry(&self) -> Option<ExpiryInstant>;
    /// Whether the date in the state is the service's, not the practitioner's.
    fn is_date_read(&self) -> bool;
    /// When the grant was created, by the last list that showed it.
    fn created_at(&self) -> Option<Timestamp>;
    /// The number of the object in the record of a plan, if it was given one.
    fn object(&self) -> Option<ObjectId>;
    /// Where the plan is noted that is carried out.
    fn plan(&self) -> Option<Reference>;
    /// The creation that replaces the object.
    fn creation(&self) -> Option<Replacement>;
    /// Whether the plan leaves the grant to another block.
    fn is_kept(&self) -> bool;
    /// Whether the grant is there as another block has left it.
    fn is_passing(&self) -> bool;
    /// The grant is there as another block has left it.
    fn note_passing(&mut self);
    /// The grant is replaced because the practitioner wants it.
    fn forget_passing(&mut self);
    /// Whether the service has just kept an expiry that was to be removed.
    fn is_expiry_kept(&self) -> bool;
    /// The service has kept an expiry that was to be removed.
    fn note_expiry_kept(&mut self);
    /// Gives the object a number.
    fn note_object(&mut self, object: ObjectId);
    /// The plan is noted here.
    fn note_plan(&mut self, plan: Option<Reference>);
    /// The object is created, perhaps in place of another one.
    fn note_creation(&mut self, token: CreationToken);
    /// The plan leaves the grant to another block.
    fn note_kept(&mut self);
    /// Forgets what is said to one plan only.
    fn forget_plan(&mut self);
    /// Whether the outcome of the last update is unknown, so that the expiry must be sent again.
    fn is_expiry_unknown(&self) -> bool;
    /// Whether somebody is a member of the group, as far as is known.
    fn may_be_member(&self, id: &GranteeId) -> bool;
    /// `model` with the region and the project that it was created in, where its own are empty texts: the provider's may have
    /// changed since.
    fn with_location<'a>(&self, model: &'a Model) -> Cow<'a, Model>;
    /// `made` was created by `plan`, whose region or project may be an empty text.
    fn note_location(&mut self, plan: &Model, made: &Model);
    /// The grant was made, or may have been; nothing is known of it yet.
    fn note_made(&mut self);
    /// The outcome of the creation is unknown.
    fn note_creation_unknown(&mut self);
    /// The grant was given another end.
    fn note_changed(&mut self);
    /// The outcome of an update is unknown.
    fn note_expiry_unknown(&mut self);
    /// The list does not show a grant that was imported.
    fn note_unlisted(&mut self);
    /// The list shows the grant.
    fn note_listed(&mut self, grantee: &Grantee);
    /// The date in the state is taken from the list.
    fn note_date_read(&mut self);
    /// These appeared in the list when the group was granted access.
    fn note_members<'a>(&mut self, members: impl Iterator<Item = &'a GranteeId>);
}

impl GrantFacts for Private {
    fn is_listed(&self) -> bool {
        self.fact(LISTED).is_some()
    }

    fn is_made(&self) -> bool {
        self.fact(MADE).is_some()
    }

    fn is_creation_unknown(&self) -> bool {
        let is_noted = self.fact(CREATION_UNKNOWN).is_some() && !self.is_listed();
        // Terraform hands over no facts about a tainted object that it replaces. All others have some.
        let has_facts = self
            .facts()
            .keys()
            .any(|fact| !PLAN_FACTS.contains(&fact.as_str()));
        is_noted || !has_facts
    }

    fn created_at(&self) -> Option<Timestamp> {
        self.fact(CREATED_AT)?.parse().ok()
    }

    fn object(&self) -> Option<ObjectId> {
        ObjectId::from_str_radix(self.fact(OBJECT)?, 16).ok()
    }

    fn plan(&self) -> Option<Reference> {
        Reference::parse(self.fact(PLAN)?)
    }

    fn creation(&self) -> Option<Replacement> {
        let token = CreationToken::from_str_radix(self.fact(CREATION)?, 16).ok()?;
        let object = self.object();
        Some(Replacement { token, object })
    }

    fn is_kept(&self) -> bool {
        self.fact(KEPT).is_some()
    }

    fn is_passing(&self) -> bool {
        self.fact(PASSING).is_some()
    }

    fn note_passing(&mut self) {
        self.remember(PASSING, YES);
    }

    fn forget_passing(&mut self) {
        self.forget(PASSING);
    }

    fn is_expiry_kept(&self) -> bool {
        self.fact(EXPIRY_KEPT).is_some()
    }

    fn note_expiry_kept(&mut self) {
        self.remember(EXPIRY_KEPT, YES);
    }

    fn note_object(&mut self, object: ObjectId) {
        self.remember(OBJECT, &format!("{object:016x}"));
    }

    fn note_plan(&mut self, plan: Option<Reference>) {
        if let Some(plan) = plan {
            self.remember(PLAN, &plan.to_string());
        }
    }

    fn note_creation(&mut self, token: CreationToken) {
        self.remember(CREATION, &format!("{token:016x}"));
    }

    fn note_kept(&mut self) {
        self.remember(KEPT, YES);
    }

    fn forget_plan(&mut self) {
        for fact in [PLAN, CREATION, KEPT, PASSING] {
            self.forget(fact);
        }
    }

    fn expiry(&self) -> Option<ExpiryInstant> {
        let timestamp = self.fact(ENDS_AT)?.parse().ok()?;
        Some(ExpiryInstant::new(timestamp))
    }

    fn is_date_read(&self) -> bool {
        self.fact(DATE_READ).is_some()
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

    fn note_location(&mut self, plan: &Model, made: &Model) {
        plan.region.note_location(&made.region, self, REGION);
        plan.project_id
            .note_location(&made.project_id, self, PROJECT);
    }

    fn note_made(&mut self) {
        for fact in [
            LISTED,
            ENDS_AT,
            DATE_READ,
            MEMBERS,
            EXPIRY_UNKNOWN,
            CREATION_UNKNOWN,
            CREATED_AT,
        ] {
            self.forget(fact);
        }
        self.remember(MADE, YES);
    }

    fn note_changed(&mut self) {
        for fact in [ENDS_AT, DATE_READ, EXPIRY_UNKNOWN, CREATION_UNKNOWN] {
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
            self.remember(ENDS_AT, &expiry.timestamp().to_string());
            self.forget(EXPIRY_UNKNOWN);
        }
    }

    fn note_date_read(&mut self) {
        self.remember(DATE_READ, YES);
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
    fn members_are_known_again_after_storing() {
        let mut private = Private::default();
        assert!(!private.may_be_member(&id("a")));
        private.note_members([id("a\",\"b"), id("c")].iter());
        let private = Private::from_bytes(&private.to_bytes());
        assert!(private.may_be_member(&id("a\",\"b")) && private.may_be_member(&id("c")));
        assert!(!private.may_be_member(&id("b")));
    }

    #[test]
    fn of_a_large_group_everybody_may_be_a_member() {
        let mut private = Private::default();
        let many: Vec<_> = (0..MAX_MEMBERS)
            .map(|number| id(&number.to_string()))
            .collect();
        private.note_members(many.iter());
        assert!(private.may_be_member(&id("somebody else")));
    }

    #[test]
    fn what_is_created_again_has_not_been_listed_yet() {
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
        private.note_made();
        assert!(private.is_made() && !private.is_listed() && private.expiry().is_none());
    }
}
