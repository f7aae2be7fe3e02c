//! A grant in the run record, which coordinates blocks with the same key across plan, apply and processes.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::cloud::{Call, Error, ErrorKind, GranteeId, ProjectId, Region, ResourceId};
use crate::framework::{Diagnostic, Field, Private};
use crate::provider::access::Access;
use crate::provider::grant_key::GrantKey;
use crate::run_record::{
    CreationProgress, DeletedObject, Key, KeyHandover, KeyParts, ObjectId, Record, Wanted, hash64,
    open, seal,
};

use super::fact::GrantFacts;
use super::model::Model;
use super::target::Target;

/// Interval of reading the record while waiting for another process.
pub(super) const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// A grant in the run record.
pub(super) struct Recorded<'a> {
    record: &'a Record,
    key: Key,
    /// Region, resource id and grantee id in plain text: the record has only hashes of them.
    texts: [String; 3],
}

impl<'a> Recorded<'a> {
    /// A grant whose key is completely known.
    pub(super) fn of(target: &Target, access: &'a Access) -> Self {
        let (region, project_id) = (&target.location.region, &target.location.project_id);
        let parts = [
            region.as_str(),
            target.key.resource_id.as_str(),
            target.key.grantee_id.as_str(),
        ];
        Self::new(access.record(), parts, Some(project_id.as_str()))
    }

    /// The grant that a model describes. `None` if more than its project is unknown.
    pub(super) fn of_model(model: &Model, access: &'a Access) -> Option<Self> {
        let (region, project_id) = access.resolve_default(&model.region, &model.project_id);
        let [_, Some(resource_id), Some(grantee_id)] = texts(model) else {
            return None;
        };
        let parts = [region.known()?.as_str(), resource_id, grantee_id];
        let project_id = project_id.known().map(ProjectId::as_str);
        Some(Self::new(access.record(), parts, project_id))
    }

    /// The key has the project as its scope, because the project may be unknown during planning.
    fn new(record: &'a Record, texts: [&str; 3], project_id: Option<&str>) -> Self {
        Self {
            record,
            key: Key::new(texts, project_id),
            texts: texts.map(str::to_owned),
        }
    }

    /// The key without its project, for comparison with creations whose key was partly unknown.
    fn parts(&self) -> KeyParts {
        KeyParts::new(self.texts.each_ref().map(|text| Some(text.as_str())))
    }

    /// The key that handovers are sealed with: only those who know the grant can read them.
    fn seal_key(&self) -> String {
        self.texts.join("\n")
    }

    pub(super) fn key(&self) -> Key {
        self.key
    }

    /// What the object of `state` hands over to the one that replaces it, sealed. `None` if it cannot be sealed.
    pub(super) fn seal_handover(&self, state: &Model, private: &Private) -> Option<String> {
        let text = serde_json::to_string(&Handover::of(state, private)).ok()?;
        seal(&self.seal_key(), &text)
    }

    /// What a deleted object handed over to this creation. `None` if there is no such object.
    pub(super) fn inherit(&self) -> Option<Inheritance> {
        match self.record.handover(self.key) {
            KeyHandover::NotLeft => None,
            KeyHandover::Left { left, is_untouched } => {
                let text = left.and_then(|sealed| open(&self.seal_key(), &sealed));
                let left = text.and_then(|text| serde_json::from_str(&text).ok());
                Some(Inheritance { left, is_untouched })
            }
        }
    }

    /// Whether the plan knew that this grant is created.
    pub(super) fn was_planned(&self) -> bool {
        self.record.was_planned(self.key)
    }

    /// The same, recorded by the processes of this run of Terraform only.
    pub(super) fn was_planned_here(&self) -> bool {
        self.record.was_planned_here(self.key)
    }

    /// Whether the plan did not know this grant, but planned a creation with a partly unknown key that matches it.
    pub(super) fn was_unknown(&self) -> bool {
        !self.was_planned() && self.record.was_unknown(self.parts())
    }

    /// The same, recorded by the processes of this run of Terraform only.
    pub(super) fn was_unknown_here(&self) -> bool {
        self.record.was_unknown_here(self.parts())
    }

    /// Records that a creation begins. Deletions that wait for it stop waiting.
    pub(super) fn note_creating(&self) {
        self.record.note_creating(self.key);
    }

    /// Records that this block has the grant, so that a deletion by another block hands it over.
    pub(super) fn note_managed(&self) {
        self.record.note_managed(self.key);
    }

    /// Records that the block has the grant of another block, unchanged.
    pub(super) fn note_taken_over_unchanged(&self) {
        self.record.note_taken_over_unchanged(self.key);
    }

    /// Whether the block has the grant of another block, unchanged.
    pub(super) fn is_taken_over_unchanged(&self) -> bool {
        self.record.is_taken_over_unchanged(self.key)
    }

    /// Records that the creation failed, so that a deletion does not hand the grant over to it.
    pub(super) fn note_failed(&self) {
        self.record.note_failed(self.key);
    }

    /// Records that a deletion hands the grant over to another block. Returns false if the creation of that block has
    /// failed.
    pub(super) fn hand_over(&self, private: &Private, left: Option<String>) -> bool {
        self.record
            .hand_over(private.plan(), self.key, private.creation(), left)
    }

    /// Whether a deletion has handed the grant over and no block has taken it over yet.
    pub(super) fn is_given_up(&self) -> bool {
        self.record.is_given_up(self.key)
    }

    /// Records that the revocation begins, with the sealed handover in case a creation finds the grant still there.
    pub(super) fn note_removing(&self, left: Option<String>) {
        self.record.note_removing(self.key, left);
    }

    /// Whether a block declares the grant, according to the plan that is being applied or, without one, to the last plan in
    /// the same working directory.
    pub(super) fn is_declared(&self) -> bool {
        self.record.is_declared(self.key)
    }

    /// The same, recorded by the processes of this run of Terraform only; `None` if they have recorded nothing about the grant.
    pub(super) fn is_declared_here(&self) -> Option<bool> {
        self.record.is_declared_here(self.key)
    }

    /// Records the end of a revocation; false if the grant may still exist.
    pub(super) fn note_removed(&self, is_removed: bool) {
        self.record.note_removed(self.key, is_removed);
    }

    /// Whether the plan of a deletion declares the grant in another block.
    pub(super) fn wanted(&self, state: &Model, private: &Private) -> Wanted {
        if private.is_handed_over() {
            return Wanted::Yes;
        }
        let deleted = DeletedObject {
            object: object_id(state, private),
            own: private.creation(),
            stays_if_replaced: private.is_taken_over_unchanged(),
        };
        self.record
            .wanted(private.plan(), self.key, self.parts(), deleted)
    }

    /// Progress of the creation of this grant since its deletion was planned.
    pub(super) fn creation(&self, private: &Private) -> CreationProgress {
        self.record
            .creation_progress(private.plan(), self.key, private.creation())
    }

    /// Waits until a creation of this grant begins, or until the given instant.
    ///
    /// # Errors
    /// The operation timed out or was cancelled. No request was sent.
    pub(super) async fn creation_until(
        &self,
        until: Instant,
        private: &Private,
        call: &Call,
    ) -> Result<CreationProgress, Diagnostic> {
        loop {
            let creation = self.creation(private);
            let rest = until.saturating_duration_since(Instant::now());
            if creation != CreationProgress::None || rest.is_zero() {
                return Ok(creation);
            }
            pause(call, POLL_INTERVAL.min(rest)).await?;
        }
    }

    /// Whether another process has written this grant, so that lists read before are outdated.
    pub(super) fn is_changed_elsewhere(&self) -> bool {
        self.record.is_changed_elsewhere(self.key)
    }

    /// Waits until no other process is deleting this grant.
    ///
    /// # Errors
    /// The operation timed out or was cancelled. No request was sent.
    pub(super) async fn wait_for_removal_elsewhere(&self, call: &Call) -> Result<(), Diagnostic> {
        while self.record.is_being_removed_elsewhere(self.key) {
            pause(call, POLL_INTERVAL).await?;
        }
        Ok(())
    }
}

/// Waits, and turns the end of the call into an error.
async fn pause(call: &Call, length: Duration) -> Result<(), Diagnostic> {
    let over = |error: Error| {
        let (title, what) = match error.kind() {
            ErrorKind::Cancelled => ("Cancelled", "was cancelled"),
            _ => ("Timed out", "timed out"),
        };
        let detail = format!(
            "The operation {what} while waiting for another operation on the same grant. This operation made no \
             changes. Run the command again."
        );
        Diagnostic::error(title, detail)
    };
    call.pause(length).await.map_err(over)
}

/// Region, resource id and grantee ID of a grant; `None` where empty or unknown.
pub(super) fn texts(model: &Model) -> [Option<&str>; 3] {
    [
        model.region.set().map(Region::as_str),
        model.resource_id.known().map(ResourceId::as_str),
        model.grantee_target_id.known().map(GranteeId::as_str),
    ]
}

/// The number of an object. If it has none, a hash of its attributes.
pub(super) fn object_id(state: &Model, private: &Private) -> ObjectId {
    private.object().unwrap_or_else(|| {
        let texts = [
            state.id.text(),
            state.region.set().map(Region::as_str),
            state.project_id.set().map(ProjectId::as_str),
            state.reason.text(),
            state.uuid.text(),
            state.create_time.text(),
            state.update_time.text(),
        ];
        hash64(&texts.map(Option::unwrap_or_default))
    })
}

/// What a creation takes over from a deleted object with the same key: the grant, and the attributes and facts of the
/// object if they can be read.
pub(super) struct Inheritance {
    /// None if the object left no handover, or one that cannot be decrypted.
    left: Option<Handover>,
    /// This run of Terraform has not started to revoke the grant.
    pub(super) is_untouched: bool,
}

/// The attributes and facts of an object that hands its grant over.
#[derive(Serialize, Deserialize)]
struct Handover {
    r#type: Option<String>,
    grantee_type: Option<String>,
    validity_time: Option<Date>,
    uuid: Option<String>,
    grantee_user: Option<String>,
    granted_resource_id: Option<String>,
    grantee_name: Option<String>,
    create_time: Option<String>,
    update_time: Option<String>,
    state: Option<i64>,
    signature: Option<String>,
    /// Private state without the facts that are for one plan only.
    facts: BTreeMap<String, String>,
}

impl Handover {
    /// The known values of an object; unknown and null ones are left out.
    fn of(state: &Model, private: &Private) -> Self {
        let text = |field: &Field<String>| field.text().map(str::to_owned);
        let mut facts = private.clone();
        facts.forget_plan();
        Self {
            r#type: text(&state.r#type),
            grantee_type: text(&state.grantee_type),
            validity_time: state.validity_time.known().copied(),
            uuid: text(&state.uuid),
            grantee_user: text(&state.grantee_user),
            granted_resource_id: text(&state.granted_resource_id),
            grantee_name: text(&state.grantee_name),
            create_time: text(&state.create_time),
            update_time: text(&state.update_time),
            state: state.state.known().copied(),
            signature: text(&state.signature),
            facts: facts.facts().clone(),
        }
    }
}

impl Inheritance {
    /// Whether the grant may be of the same types as the target.
    pub(super) fn may_be(&self, target: &Target) -> bool {
        self.left.as_ref().is_none_or(|left| {
            let key = GrantKey::read(
                left.r#type.as_deref().unwrap_or_default(),
                target.key.resource_id.as_str(),
                left.grantee_type.as_deref().unwrap_or_default(),
                target.key.grantee_id.as_str(),
            );
            key.is_ok_and(|key| key == target.key)
        })
    }

    /// Whether the grant is known to have the planned expiry.
    pub(super) fn expires_as(&self, plan: &Model) -> bool {
        let left = self.left.as_ref();
        left.is_some_and(|left| {
            let facts = Private::of(left.facts.clone());
            left.validity_time.as_ref() == plan.validity_time.known() && !facts.is_expiry_unknown()
        })
    }

    /// The facts about the grant; empty if they cannot be read.
    pub(super) fn facts(&self) -> Private {
        let facts = self.left.as_ref().map(|left| left.facts.clone());
        Private::of(facts.unwrap_or_default())
    }

    /// The state of the old object, with the attributes of the plan that replaces it.
    pub(super) fn prior(&self, plan: &Model) -> Model {
        let validity_time = match &self.left {
            Some(left) => left.validity_time.into(),
            // Differs from any planned expiry.
            None => Field::Unknown,
        };
        Model {
            validity_time,
            ..self.complete(plan.clone(), true)
        }
    }

    /// The object of a block that failed to take the grant over: the existing grant, as far as it is known.
    pub(super) fn unchanged_object(&self, plan: &Model) -> Model {
        let prior = self.prior(plan);
        Model {
            validity_time: prior.validity_time.known().copied().into(),
            project_id: prior.project_id.known().cloned().into(),
            ..prior
        }
    }

    /// Sets unknown attributes of a plan from the old object. Those that change with the expiry are set only if the
    /// expiry is the same.
    pub(super) fn complete(&self, mut plan: Model, is_same_expiry: bool) -> Model {
        let Some(left) = &self.left else {
            return plan;
        };
        let fill = |field: &mut Field<String>, value: &Option<String>| {
            if field.is_unknown() && value.is_some() {
                *field = value.clone().into();
            }
        };
        fill(&mut plan.uuid, &left.uuid);
        fill(&mut plan.grantee_user, &left.grantee_user);
        fill(&mut plan.granted_resource_id, &left.granted_resource_id);
        fill(&mut plan.grantee_name, &left.grantee_name);
        fill(&mut plan.create_time, &left.create_time);
        if is_same_expiry {
            fill(&mut plan.update_time, &left.update_time);
            fill(&mut plan.signature, &left.signature);
            if plan.state.is_unknown() && left.state.is_some() {
                plan.state = left.state.into();
            }
        }
        plan
    }
}
