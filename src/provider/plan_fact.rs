//! Facts in the private state that connect an object with the record of a plan.

use crate::framework::Private;
use crate::run_record::{CreationToken, ObjectId, Reference, Replacement};

/// The number of the object in the run record.
const OBJECT: &str = "object";

/// For one plan: the reference of its record.
const PLAN: &str = "plan";

/// For one plan: the token of the creation.
const CREATION: &str = "creation";

/// For one plan: the deletion hands the object in the cloud over to another block.
const HANDED_OVER: &str = "kept";

/// Value of facts that are either noted or absent.
const YES: &str = "yes";

/// The names of these facts.
pub(super) const PLAN_FACTS: [&str; 4] = [OBJECT, PLAN, CREATION, HANDED_OVER];

/// The facts about one object and its plan.
pub(super) trait PlanFacts {
    /// The number of the object in the run record, if it has one.
    fn object(&self) -> Option<ObjectId>;
    /// The reference of the record of the plan being applied.
    fn plan(&self) -> Option<Reference>;
    /// The creation that replaces the object.
    fn creation(&self) -> Option<Replacement>;
    /// Whether the plan hands the object in the cloud over to another block.
    fn is_handed_over(&self) -> bool;
    /// Notes the number of the object.
    fn note_object(&mut self, object: ObjectId);
    /// Notes the reference of the plan's record. Does nothing for `None`.
    fn note_plan(&mut self, plan: Option<Reference>);
    /// Notes the token of a creation, which may replace another object.
    fn note_creation_token(&mut self, token: CreationToken);
    /// Notes that the plan hands the object in the cloud over to another block.
    fn note_handed_over(&mut self);
    /// Forgets the facts that are for one plan only.
    fn forget_plan_facts(&mut self);
}

impl PlanFacts for Private {
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

    fn is_handed_over(&self) -> bool {
        self.fact(HANDED_OVER).is_some()
    }

    fn note_object(&mut self, object: ObjectId) {
        self.remember(OBJECT, &format!("{object:016x}"));
    }

    fn note_plan(&mut self, plan: Option<Reference>) {
        if let Some(plan) = plan {
            self.remember(PLAN, &plan.to_string());
        }
    }

    fn note_creation_token(&mut self, token: CreationToken) {
        self.remember(CREATION, &format!("{token:016x}"));
    }

    fn note_handed_over(&mut self) {
        self.remember(HANDED_OVER, YES);
    }

    fn forget_plan_facts(&mut self) {
        for fact in [PLAN, CREATION, HANDED_OVER] {
            self.forget(fact);
        }
    }
}
