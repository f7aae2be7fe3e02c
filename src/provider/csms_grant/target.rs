//! A grant in the cloud: its location, key and expiry.

use std::sync::Arc;

use jiff::civil::Date;

use crate::cloud::{
    Call, Client, Error, Expiry, ExpiryInstant, Grant, GrantTerms, GranteeType, ProjectLocation,
    ResourceGrants, ResourceType, TwoReadings,
};
use crate::framework::{Context, Diagnostic, Field, OrEmpty};
use crate::provider::access::{Access, required};
use crate::provider::grant_key::GrantKey;
use crate::provider::run::{GrantId, ResourceLock, Run};
use crate::provider::status::Status;

use super::decision::{Goal, ListEvidence, WriteSubject};
use super::model::Model;

/// Maximum number of characters of a response that a message quotes. Ids have 64.
const MAX_QUOTED_CHARS: usize = 80;

/// A grant to create, read, update or delete.
pub(super) struct Target {
    /// The resource type in the configuration.
    pub(super) type_name: String,
    pub(super) location: ProjectLocation,
    pub(super) key: GrantKey,
    /// The configured expiration date; `None` for a grant that never expires.
    pub(super) expires_on: Option<Date>,
    /// The expiry of this grant was listed before, so a list without one means that the grant never expires.
    pub(super) is_expiry_shown: bool,
    /// The listed expiry before an update to another date. A list that still shows this instant lags, even if the
    /// instant is a midnight that can also mean the new date.
    pub(super) prior_expiry: Option<ExpiryInstant>,
}

impl Target {
    /// The grant that `model` describes.
    ///
    /// # Errors
    /// The region or the project cannot be resolved, or an attribute is missing or malformed.
    pub(super) async fn of(
        model: &Model,
        access: &Access,
        call: &Call,
        context: &Context,
    ) -> Result<Self, Diagnostic> {
        Ok(Self {
            type_name: context.type_name().to_owned(),
            key: key(model)?,
            location: access
                .location(&model.region, &model.project_id, call)
                .await?,
            expires_on: model.validity_time.known().copied(),
            is_expiry_shown: false,
            prior_expiry: None,
        })
    }

    /// Whether the grantee is a user, not a group.
    pub(super) fn is_user(&self) -> bool {
        self.key.grantee_type == GranteeType::User
    }

    /// The identity of this grant in the service.
    pub(super) fn id(&self) -> GrantId {
        let key = &self.key;
        (
            self.location.clone(),
            key.resource_id.clone(),
            key.grantee_id.clone(),
        )
    }

    /// The grants on the resource. May be shared with concurrent operations, but is not older than the last write.
    /// Empty if the service responds "not found": that may mean that there are no grants, and a write reports a missing
    /// resource.
    pub(super) async fn list(
        &self,
        client: &Client,
        call: &Call,
    ) -> Result<Arc<ResourceGrants>, Error> {
        let resource_id = &self.key.resource_id;
        empty_if_not_found(
            client
                .shared_grants(call, &self.location, resource_id)
                .await,
        )
    }

    /// The same, always with a new request.
    pub(super) async fn list_fresh(
        &self,
        client: &Client,
        call: &Call,
    ) -> Result<Arc<ResourceGrants>, Error> {
        let resource_id = &self.key.resource_id;
        empty_if_not_found(client.fresh_grants(call, &self.location, resource_id).await)
    }

    /// Two separate readings of the list, for conclusions that one reading cannot support.
    ///
    /// # Errors
    /// A reading failed.
    pub(super) async fn list_twice(
        &self,
        client: &Client,
        call: &Call,
    ) -> Result<[Arc<ResourceGrants>; 2], Error> {
        let resource_id = &self.key.resource_id;
        let TwoReadings { first, second } = client
            .two_readings(call, &self.location, resource_id)
            .await?;
        Ok([empty_if_not_found(first)?, empty_if_not_found(second)?])
    }

    /// The properties of the grant that conclusions depend on.
    pub(super) fn subject(&self, has_been_listed: bool) -> WriteSubject {
        WriteSubject {
            is_user: self.is_user(),
            is_listable: self.is_user() || has_been_listed,
            never_expires: self.expires_on.is_none(),
        }
    }

    /// The grants on the resource before a write for a group, whose members may be listed in its place. Empty for a
    /// user, without a request: no other grantees are affected.
    pub(super) async fn list_others(
        &self,
        client: &Client,
        call: &Call,
    ) -> Result<Arc<ResourceGrants>, Error> {
        if self.is_user() {
            return Ok(Arc::default());
        }
        self.list_fresh(client, call).await
    }

    /// Locks the resource for a write: exclusively for a group, shared for a user.
    ///
    /// # Errors
    /// The operation timed out or was cancelled while waiting for other writes.
    pub(super) async fn lock_resource(
        &self,
        run: &Run,
        call: &Call,
    ) -> Result<ResourceLock, Diagnostic> {
        let is_exclusive = !self.is_user();
        run.lock_resource(&self.location, &self.key.resource_id, is_exclusive, call)
            .await
    }

    /// What a list shows of this grant, compared with the goal.
    pub(super) fn listing(&self, list: &ResourceGrants, goal: Goal) -> ListEvidence {
        match (list.find(&self.key.grantee_id), goal) {
            (None, _) => ListEvidence::Absent,
            (Some(_), Goal::Delete) => ListEvidence::Different,
            (Some(grantee), Goal::Create | Goal::Update) => {
                self.listed_expiry(&grantee.expiry, goal)
            }
        }
    }

    /// Compares the listed expiry with the configured one.
    fn listed_expiry(&self, expiry: &Expiry, goal: Goal) -> ListEvidence {
        match (self.expires_on, expiry) {
            (_, Expiry::At(instant))
                if goal == Goal::Update && self.prior_expiry == Some(*instant) =>
            {
                ListEvidence::Different
            }
            (Some(date), expiry) if expiry.is_on(date) => ListEvidence::AsRequested,
            (_, Expiry::At(_)) => ListEvidence::Different,
            // A create sets no expiry that was not requested. After an update, a missing expiry may just not be listed,
            // unless it was listed before.
            (None, Expiry::None | Expiry::BeyondCalendar)
                if goal == Goal::Create || self.is_expiry_shown =>
            {
                ListEvidence::AsRequested
            }
            // Some services may list the maximum date for every grant, so it proves nothing.
            (
                _,
                Expiry::None
                | Expiry::BeyondCalendar
                | Expiry::NotUnderstood(_)
                | Expiry::Implausible(_),
            ) => ListEvidence::ExpiryUnclear,
        }
    }

    /// Whether the listed expiry is unclear after an update, so that it may still be the old one.
    pub(super) fn may_show_old_expiry(&self, list: &ResourceGrants, goal: Goal) -> bool {
        let grantee = list.find(&self.key.grantee_id);
        goal == Goal::Update
            && grantee.is_some_and(|grantee| match &grantee.expiry {
                Expiry::None | Expiry::At(_) => false,
                expiry @ Expiry::BeyondCalendar => {
                    self.expires_on.is_some_and(|date| !expiry.is_on(date))
                }
                Expiry::NotUnderstood(_) | Expiry::Implausible(_) => true,
            })
    }

    /// How a response that confirms a write contradicts the request: another grantee or expiry. `None` if it does not.
    pub(super) fn contradiction(&self, goal: Goal, answer: &Grant) -> Option<String> {
        let grantee = answer.grantee_user.as_deref();
        if let Some(other) = grantee.filter(|_| self.is_user())
            && other != self.key.grantee_id.as_str()
        {
            let asked = &self.key.grantee_id;
            let other: String = other.escape_debug().take(MAX_QUOTED_CHARS).collect();
            return Some(format!(
                "the response is for the grantee `{other}`, not `{asked}`"
            ));
        }
        let returned = answer.expiry.instant()?;
        let shown = returned.date();
        match (self.expires_on, goal) {
            (Some(date), _) if returned.is_on(date) => None,
            (Some(date), _) => Some(format!(
                "in the response, the expiration date is {shown}, not {date}"
            )),
            // After an update without a date, the service may keep the expiry.
            (None, Goal::Update) => None,
            (None, _) => Some(format!(
                "in the response, the expiration date is {shown}, but none was requested"
            )),
        }
    }

    /// The parameters of a create or update request.
    pub(super) fn terms(&self) -> GrantTerms {
        GrantTerms {
            resource_id: self.key.resource_id.clone(),
            resource_type: self.key.resource_type,
            grantee_id: self.key.grantee_id.clone(),
            grantee_type: self.key.grantee_type,
            expires_on: self.expires_on,
        }
    }

    /// What a list shows of this grant before a create. An unclear expiry counts as different: adopting such a grant
    /// could grant access for longer than configured.
    pub(super) fn listing_before(&self, list: &ResourceGrants) -> ListEvidence {
        match self.listing(list, Goal::Create) {
            ListEvidence::ExpiryUnclear => ListEvidence::Different,
            listing => listing,
        }
    }

    /// `model` with the location, id and status of this grant.
    pub(super) fn complete(&self, model: Model, today: Date) -> Model {
        Model {
            region: Field::Known(OrEmpty::Set(self.location.region.clone())),
            project_id: Field::Known(OrEmpty::Set(self.location.project_id.clone())),
            id: Field::Known(self.key.to_string()),
            status: Status::on(today, self.expires_on).as_str().into(),
            ..model
        }
    }
}

/// A list whose resource is "not found" as an empty list.
fn empty_if_not_found(
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
/// An attribute of the key is missing, unknown or malformed.
pub(super) fn key(model: &Model) -> Result<GrantKey, Diagnostic> {
    let text = |field: &Field<String>| field.text().unwrap_or_default().to_owned();
    let wrong = |attribute: &str, value: &str| {
        Diagnostic::error(
            "Invalid value",
            format!("`{value}` is not a valid value for `{attribute}`."),
        )
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
