//! One grant: where it is, what it is called, and what is said about it.

use std::sync::Arc;

use jiff::civil::Date;

use crate::cloud::{
    Call, Client, Error, Expiry, ExpiryInstant, Grant, GrantTerms, GranteeType, ProjectLocation,
    ResourceGrants, ResourceType, TwoReadings,
};
use crate::framework::{Context, Diagnostic, Field, OrEmpty};
use crate::provider::access::{Access, required};
use crate::provider::grant_key::GrantKey;
use crate::provider::run::{GrantId, Hold, Run};
use crate::provider::status::Status;

use super::decision::{Goal, ListEvidence, WriteSubject};
use super::model::Model;

/// Characters of an answer that a message quotes at most; ids have 64.
const MAX_QUOTED_CHARS: usize = 80;

/// A grant that is to be created, read, updated or deleted.
pub(super) struct Target {
    /// The name of the type that the block has.
    pub(super) type_name: String,
    pub(super) place: ProjectLocation,
    pub(super) key: GrantKey,
    pub(super) ends_on: Option<Date>,
    /// The list has shown when this grant expires, so that showing nothing means that it never does.
    pub(super) is_expiry_shown: bool,
    /// When the grant expired before an update to another date. A list that still shows this instant lags, even where the
    /// instant, being a midnight, can mean the new date too.
    pub(super) prior_expiry: Option<ExpiryInstant>,
}

impl Target {
    /// The grant that `model` describes.
    ///
    /// # Errors
    /// Region or project are neither named nor to be found, or an attribute is malformed.
    pub(super) async fn of(
        model: &Model,
        access: &Access,
        call: &Call,
        context: &Context,
    ) -> Result<Self, Diagnostic> {
        Ok(Self {
            type_name: context.type_name().to_owned(),
            key: key(model)?,
            place: access.place(&model.region, &model.project_id, call).await?,
            ends_on: model.validity_time.known().copied(),
            is_expiry_shown: false,
            prior_expiry: None,
        })
    }

    /// Whether a single user receives access.
    pub(super) fn is_user(&self) -> bool {
        self.key.grantee_type == GranteeType::User
    }

    /// What tells this grant from others for the service.
    pub(super) fn id(&self) -> GrantId {
        let key = &self.key;
        (
            self.place.clone(),
            key.resource_id.clone(),
            key.grantee_id.clone(),
        )
    }

    /// Everybody who may use the resource, as known since our last write; nobody also where the service says by "not
    /// found" that nothing is granted. Whether the resource itself exists is for a write to say.
    pub(super) async fn list(
        &self,
        client: &Client,
        call: &Call,
    ) -> Result<Arc<ResourceGrants>, Error> {
        let resource_id = &self.key.resource_id;
        nobody_if_not_found(client.shared_grants(call, &self.place, resource_id).await)
    }

    /// The same by a request that begins now.
    pub(super) async fn list_again(
        &self,
        client: &Client,
        call: &Call,
    ) -> Result<Arc<ResourceGrants>, Error> {
        let resource_id = &self.key.resource_id;
        nobody_if_not_found(client.fresh_grants(call, &self.place, resource_id).await)
    }

    /// The list twice, for what one reading must not prove.
    ///
    /// # Errors
    /// A reading failed.
    pub(super) async fn list_twice(
        &self,
        client: &Client,
        call: &Call,
    ) -> Result<[Arc<ResourceGrants>; 2], Error> {
        let resource_id = &self.key.resource_id;
        let TwoReadings { first, second } =
            client.two_readings(call, &self.place, resource_id).await?;
        Ok([nobody_if_not_found(first)?, nobody_if_not_found(second)?])
    }

    /// What decides, beside the goal, what may be concluded about it.
    pub(super) fn subject(&self, has_been_listed: bool) -> WriteSubject {
        WriteSubject {
            is_user: self.is_user(),
            is_listable: self.is_user() || has_been_listed,
            is_endless: self.ends_on.is_none(),
        }
    }

    /// Who is listed beside a group, whose members come and go with it. A user's grant concerns nobody else, so nobody is
    /// asked about.
    pub(super) async fn list_others(
        &self,
        client: &Client,
        call: &Call,
    ) -> Result<Arc<ResourceGrants>, Error> {
        if self.is_user() {
            return Ok(Arc::default());
        }
        self.list_again(client, call).await
    }

    /// Holds the resource for a write of this grant: a group's alone.
    ///
    /// # Errors
    /// The call is over before others let go.
    pub(super) async fn hold(&self, run: &Run, call: &Call) -> Result<Hold, Diagnostic> {
        let alone = !self.is_user();
        run.hold(&self.place, &self.key.resource_id, alone, call)
            .await
    }

    /// What a list shows of this grant, given what is to be reached.
    pub(super) fn listing(&self, list: &ResourceGrants, goal: Goal) -> ListEvidence {
        match (list.find(&self.key.grantee_id), goal) {
            (None, _) => ListEvidence::Absent,
            (Some(_), Goal::Delete) => ListEvidence::Otherwise,
            (Some(grantee), Goal::Create | Goal::Update) => {
                self.listed_expiry(&grantee.expiry, goal)
            }
        }
    }

    /// The expiry in a list, compared with the wanted one.
    fn listed_expiry(&self, expiry: &Expiry, goal: Goal) -> ListEvidence {
        match (self.ends_on, expiry) {
            (_, Expiry::At(instant))
                if goal == Goal::Update && self.prior_expiry == Some(*instant) =>
            {
                ListEvidence::Otherwise
            }
            (Some(date), expiry) if expiry.is_on(date) => ListEvidence::AsWanted,
            (_, Expiry::At(_)) => ListEvidence::Otherwise,
            // A create sets no expiry unasked. What an update has removed may only be hidden, unless it was shown before.
            (None, Expiry::None | Expiry::BeyondCalendar)
                if goal == Goal::Create || self.is_expiry_shown =>
            {
                ListEvidence::AsWanted
            }
            // Where the calendar ends is what some services may write for every grant, so it proves nothing either way.
            (
                _,
                Expiry::None
                | Expiry::BeyondCalendar
                | Expiry::NotUnderstood(_)
                | Expiry::Implausible(_),
            ) => ListEvidence::WithoutFact,
        }
    }

    /// Whether a list shows something in place of the expiry, which may be that of before an update.
    pub(super) fn may_show_old_expiry(&self, list: &ResourceGrants, goal: Goal) -> bool {
        let grantee = list.find(&self.key.grantee_id);
        goal == Goal::Update
            && grantee.is_some_and(|grantee| match &grantee.expiry {
                Expiry::None | Expiry::At(_) => false,
                expiry @ Expiry::BeyondCalendar => {
                    self.ends_on.is_some_and(|date| !expiry.is_on(date))
                }
                Expiry::NotUnderstood(_) | Expiry::Implausible(_) => true,
            })
    }

    /// What an answer that should confirm a write says about another grant, in words; `None` if it agrees.
    pub(super) fn contradiction(&self, goal: Goal, answer: &Grant) -> Option<String> {
        let grantee = answer.grantee_user.as_deref();
        if let Some(other) = grantee.filter(|_| self.is_user())
            && other != self.key.grantee_id.as_str()
        {
            let asked = &self.key.grantee_id;
            let other: String = other.escape_debug().take(MAX_QUOTED_CHARS).collect();
            return Some(format!("it is for the grantee `{other}`, not `{asked}`"));
        }
        let told = answer.expiry.instant()?;
        let shown = told.date();
        match (self.ends_on, goal) {
            (Some(date), _) if told.is_on(date) => None,
            (Some(date), _) => Some(format!("the grant expires on {shown}, not on {date}")),
            // An update without a date may keep the expiry.
            (None, Goal::Update) => None,
            (None, _) => Some(format!(
                "the grant expires on {shown}, but no expiry was requested"
            )),
        }
    }

    /// What to send to make or change it.
    pub(super) fn terms(&self) -> GrantTerms {
        GrantTerms {
            resource_id: self.key.resource_id.clone(),
            resource_type: self.key.resource_type,
            grantee_id: self.key.grantee_id.clone(),
            grantee_type: self.key.grantee_type,
            ends_on: self.ends_on,
        }
    }

    /// What a list shows of this grant before anything is sent: where it does not show when the grant expires, taking it for
    /// one with the wanted expiry would be grave.
    pub(super) fn listing_before(&self, list: &ResourceGrants) -> ListEvidence {
        match self.listing(list, Goal::Create) {
            ListEvidence::WithoutFact => ListEvidence::Otherwise,
            listing => listing,
        }
    }

    /// `model` with what is known of this grant by itself.
    pub(super) fn complete(&self, model: Model, today: Date) -> Model {
        Model {
            region: Field::Known(OrEmpty::Set(self.place.region.clone())),
            project_id: Field::Known(OrEmpty::Set(self.place.project_id.clone())),
            id: Field::Known(self.key.to_string()),
            status: Status::on(today, self.ends_on).as_str().into(),
            ..model
        }
    }
}

fn nobody_if_not_found(
    list: Result<Arc<ResourceGrants>, Error>,
) -> Result<Arc<ResourceGrants>, Error> {
    match list {
        Err(error) if error.is_not_found() => Ok(Arc::default()),
        list => list,
    }
}

/// The key of the grant that `model` describes.
///
/// # Errors
/// An attribute that belongs to the key is missing or malformed.
pub(super) fn key(model: &Model) -> Result<GrantKey, Diagnostic> {
    let text = |field: &Field<String>| field.text().unwrap_or_default().to_owned();
    let wrong = |attribute: &str, value: &str| {
        Diagnostic::error("Invalid value", format!("`{value}` is no `{attribute}`."))
            .at_root(attribute)
    };
    let (resource_type, grantee) = (text(&model.r#type), text(&model.grantee_type));
    Ok(GrantKey {
        resource_type: ResourceType::parse(&resource_type)
            .ok_or_else(|| wrong("type", &resource_type))?,
        resource_id: required(&model.resource_id, "resource_id")?,
        grantee_type: GranteeType::parse(&grantee)
            .ok_or_else(|| wrong("grantee_type", &grantee))?,
        grantee_id: required(&model.grantee_target_id, "grantee_target_id")?,
    })
}
