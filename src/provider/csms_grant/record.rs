//! What the record of a plan says of a grant, and is told of it.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::cloud::{Call, GranteeId, ProjectId, Region, ResourceId};
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

/// How often the record is looked at while waiting for what another process does.
pub(super) const POLL: Duration = Duration::from_millis(50);

/// A grant in the record.
pub(super) struct Recorded<'a> {
    record: &'a Record,
    key: Key,
    texts: [String; 3],
}

impl<'a> Recorded<'a> {
    /// A grant that is known as a whole.
    pub(super) fn of(target: &Target, access: &'a Access) -> Self {
        let (region, project_id) = (&target.place.region, &target.place.project_id);
        let parts = [
            region.as_str(),
            target.key.resource_id.as_str(),
            target.key.grantee_id.as_str(),
        ];
        Self::new(access.record(), parts, Some(project_id.as_str()))
    }

    /// The grant that a model describes; none if more than its project is not known yet.
    pub(super) fn of_model(model: &Model, access: &'a Access) -> Option<Self> {
        let (region, project_id) = access.resolve_default(&model.region, &model.project_id);
        let [_, Some(resource_id), Some(grantee_id)] = texts(model) else {
            return None;
        };
        let parts = [region.known()?.as_str(), resource_id, grantee_id];
        let project_id = project_id.known().map(ProjectId::as_str);
        Some(Self::new(access.record(), parts, project_id))
    }

    fn new(record: &'a Record, texts: [&str; 3], project_id: Option<&str>) -> Self {
        Self {
            record,
            key: Key::new(texts, project_id),
            texts: texts.map(str::to_owned),
        }
    }

    fn parts(&self) -> KeyParts {
        KeyParts::new(self.texts.each_ref().map(|text| Some(text.as_str())))
    }

    /// What is sealed can be read by those who know this grant alone.
    fn secret(&self) -> String {
        self.texts.join("\n")
    }

    pub(super) fn key(&self) -> Key {
        self.key
    }

    /// What an object leaves to the one that takes its place.
    pub(super) fn seal_handover(&self, state: &Model, private: &Private) -> Option<String> {
        let text = serde_json::to_string(&Handover::of(state, private)).ok()?;
        seal(&self.secret(), &text)
    }

    /// What an object that gives the grant up has left to this creation; none if none does.
    pub(super) fn inherit(&self) -> Option<Inheritance> {
        match self.record.handover(self.key) {
            KeyHandover::NotLeft => None,
            KeyHandover::Left { left, is_untouched } => {
                let text = left.and_then(|sealed| open(&self.secret(), &sealed));
                let left = text.and_then(|text| serde_json::from_str(&text).ok());
                Some(Inheritance { left, is_untouched })
            }
        }
    }

    /// Whether the plan knew which grant this creation is.
    pub(super) fn was_planned(&self) -> bool {
        self.record.was_planned(self.key)
    }

    /// The same, only by the processes of this run of Terraform.
    pub(super) fn was_planned_here(&self) -> bool {
        self.record.was_planned_here(self.key)
    }

    /// Whether the plan did not know it, but planned a creation that may be this one.
    pub(super) fn was_unknown(&self) -> bool {
        !self.was_planned() && self.record.was_unknown(self.parts())
    }

    /// The same, only by the processes of this run of Terraform.
    pub(super) fn was_unknown_here(&self) -> bool {
        self.record.was_unknown_here(self.parts())
    }

    pub(super) fn begin_to_create(&self) {
        self.record.note_creating(self.key);
    }

    pub(super) fn note_managed(&self) {
        self.record.note_managed(self.key);
    }

    /// Notes that the block has the grant as another one has left it.
    pub(super) fn note_passing(&self) {
        self.record.note_taken_over_unchanged(self.key);
    }

    /// Whether the block that has the grant has not been able to make it its own.
    pub(super) fn is_passing(&self) -> bool {
        self.record.is_taken_over_unchanged(self.key)
    }

    pub(super) fn note_failed(&self) {
        self.record.note_failed(self.key);
    }

    /// Notes that a deletion leaves the grant to another block; whether that is so: not if its creation has failed.
    pub(super) fn leave(&self, private: &Private, left: Option<String>) -> bool {
        self.record
            .hand_over(private.plan(), self.key, private.creation(), left)
    }

    /// Whether a deletion has left the grant to others, and none has taken it.
    pub(super) fn is_given_up(&self) -> bool {
        self.record.is_given_up(self.key)
    }

    pub(super) fn begin_to_remove(&self, left: Option<String>) {
        self.record.note_removing(self.key, left);
    }

    pub(super) fn note_removed(&self, is_removed: bool) {
        self.record.note_removed(self.key, is_removed);
    }

    /// Whether the plan of a deletion wants the grant to be there for another block.
    pub(super) fn wanted(&self, state: &Model, private: &Private) -> Wanted {
        if private.is_kept() {
            return Wanted::Yes;
        }
        let deleted = DeletedObject {
            object: object_id(state, private),
            own: private.creation(),
            stays_if_replaced: private.is_passing(),
        };
        self.record
            .wanted(private.plan(), self.key, self.parts(), deleted)
    }

    /// How far the creation of this grant has come since its deletion was planned.
    pub(super) fn creation(&self, private: &Private) -> CreationProgress {
        self.record
            .creation_progress(private.plan(), self.key, private.creation())
    }

    /// Waits until a creation of this grant has begun, or the time is up.
    ///
    /// # Errors
    /// The call ends meanwhile; nothing was sent.
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
            pause(call, POLL.min(rest)).await?;
        }
    }

    /// Whether another process has written this grant, so that lists read before do not show it as it is.
    pub(super) fn is_changed_elsewhere(&self) -> bool {
        self.record.is_changed_elsewhere(self.key)
    }

    /// Waits until no other process is removing this grant.
    ///
    /// # Errors
    /// The call ends meanwhile; nothing was sent.
    pub(super) async fn wait_for_removal_elsewhere(&self, call: &Call) -> Result<(), Diagnostic> {
        while self.record.is_being_removed_elsewhere(self.key) {
            pause(call, POLL).await?;
        }
        Ok(())
    }
}

async fn pause(call: &Call, length: Duration) -> Result<(), Diagnostic> {
    let over = |_| {
        let detail = "The operation was cancelled while waiting for another operation on the same grant. No request was sent. Run the command again.";
        Diagnostic::error("Cancelled", detail)
    };
    call.pause(length).await.map_err(over)
}

/// The parts of the key of a grant, as far as they are known.
pub(super) fn texts(model: &Model) -> [Option<&str>; 3] {
    [
        model.region.set().map(Region::as_str),
        model.resource_id.known().map(ResourceId::as_str),
        model.grantee_target_id.known().map(GranteeId::as_str),
    ]
}

/// The number of an object: the one that it was given, else one that follows from all that is known of it.
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

/// What a creation takes over from an object that gave the grant up; nothing but the grant if what it knew cannot be read.
pub(super) struct Inheritance {
    left: Option<Handover>,
    /// This run of Terraform has not begun to revoke the grant.
    pub(super) is_untouched: bool,
}

/// What an object knew when it gave its grant up.
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
    facts: BTreeMap<String, String>,
}

impl Handover {
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
    /// Whether it may be a grant of the same kind.
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

    /// Whether it is known to expire as planned, or never.
    pub(super) fn expires_as(&self, plan: &Model) -> bool {
        let left = self.left.as_ref();
        left.is_some_and(|left| {
            let facts = Private::of(left.facts.clone());
            left.validity_time.as_ref() == plan.validity_time.known() && !facts.is_expiry_unknown()
        })
    }

    /// What is remembered beside the state.
    pub(super) fn facts(&self) -> Private {
        let facts = self.left.as_ref().map(|left| left.facts.clone());
        Private::of(facts.unwrap_or_default())
    }

    /// The object as it was, described by the plan of the one that takes its place.
    pub(super) fn prior(&self, plan: &Model) -> Model {
        let validity_time = match &self.left {
            Some(left) => left.validity_time.into(),
            // Different from any that is planned.
            None => Field::Unknown,
        };
        Model {
            validity_time,
            ..self.complete(plan.clone(), true)
        }
    }

    /// The object of a block that could not take the grant over: what is there, as far as is known.
    pub(super) fn passing(&self, plan: &Model) -> Model {
        let prior = self.prior(plan);
        Model {
            validity_time: prior.validity_time.known().copied().into(),
            project_id: prior.project_id.known().cloned().into(),
            ..prior
        }
    }

    /// A plan with what the old object knew; what changes with the expiry only where that stays.
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
