//! What is remembered of a grant beside its attributes, because the service cannot be asked for it again.

use crate::cloud::{ExpiryInstant, Grantee, GranteeId};
use crate::framework::Private;

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

const YES: &str = "yes";

/// Members remembered at most; of a larger group, all that vanish with it count as members.
const MAX_MEMBERS: usize = 1_000;

/// The facts about one grant.
pub(super) trait Facts {
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
    /// Whether the outcome of the last update is unknown, so that the expiry must be sent again.
    fn is_expiry_unknown(&self) -> bool;
    /// Whether somebody is a member of the group, as far as is known.
    fn may_be_member(&self, id: &GranteeId) -> bool;
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

impl Facts for Private {
    fn is_listed(&self) -> bool {
        self.fact(LISTED).is_some()
    }

    fn is_made(&self) -> bool {
        self.fact(MADE).is_some()
    }

    fn is_creation_unknown(&self) -> bool {
        let is_noted = self.fact(CREATION_UNKNOWN).is_some() && !self.is_listed();
        // Terraform hands over no facts about a tainted object that it replaces. All others have some.
        is_noted || self.is_empty()
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

    fn note_made(&mut self) {
        for fact in [
            LISTED,
            ENDS_AT,
            DATE_READ,
            MEMBERS,
            EXPIRY_UNKNOWN,
            CREATION_UNKNOWN,
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
