//! One grant: where it is, what it is called, and what is said about it.

use std::sync::Arc;

use jiff::civil::Date;

use crate::cloud::{
    Call, Client, Error, Expiry, GrantTerms, Grantee, GranteeId, GranteeType, Place,
    ResourceGrants, ResourceId, ResourceType,
};
use crate::framework::{Diagnostic, Field};
use crate::provider::access::Access;
use crate::provider::failure;
use crate::provider::grant_key::GrantKey;
use crate::provider::run::{GrantId, Hold, Run};
use crate::provider::status::Status;
use crate::provider::text;

use super::decision::{Goal, Seen};
use super::model::Model;

/// A grant that is to be made, looked at, changed or taken back.
pub(super) struct Target {
    pub(super) place: Place,
    pub(super) key: GrantKey,
    pub(super) ends_on: Option<Date>,
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
    ) -> Result<Self, Diagnostic> {
        Ok(Self {
            key: key(model)?,
            place: access.place(&model.region, &model.project_id, call).await?,
            ends_on: model
                .validity_time
                .text()
                .map(|date| text::date(date).ok_or_else(|| not_a_date(date)))
                .transpose()?,
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
    pub(super) fn seen_in(&self, list: &ResourceGrants, goal: Goal) -> Seen {
        match (list.find(&self.key.grantee_id), goal) {
            (None, Goal::Removed) => Seen::AsWanted,
            (Some(_), Goal::Removed) => Seen::Otherwise,
            (None, Goal::Made | Goal::Changed) => Seen::Absent,
            (Some(grantee), Goal::Made | Goal::Changed) if self.ends_as_asked(grantee) => {
                Seen::AsWanted
            }
            (Some(_), Goal::Made | Goal::Changed) => Seen::Otherwise,
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

    /// What a list shows of this grant before anything is sent: without an end listed, nobody knows whether it has the one
    /// asked for, and taking a grant for ever for one with an end would be grave.
    pub(super) fn seen_before(&self, list: &ResourceGrants) -> Seen {
        match list.find(&self.key.grantee_id) {
            Some(grantee) if self.ends_on.is_some() && grantee.ends_at.is_none() => Seen::Otherwise,
            _ => self.seen_in(list, Goal::Made),
        }
    }

    /// Whether the list shows the end that was asked for, or none at all, which some answers leave out.
    fn ends_as_asked(&self, grantee: &Grantee) -> bool {
        match (self.ends_on, grantee.ends_at) {
            (Some(date), Some(ends_at)) => Expiry::new(ends_at).is_on(date),
            (None, Some(_)) => false,
            (_, None) => true,
        }
    }

    /// `model` with what is known of this grant by itself.
    pub(super) fn complete(&self, model: Model, today: Date) -> Model {
        Model {
            region: self.place.region.as_str().into(),
            project_id: self.place.project_id.as_str().into(),
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
        resource_id: ResourceId::new(text(&model.resource_id))
            .map_err(|invalid| failure::of_id(&invalid))?,
        grantee_type: GranteeType::parse(&grantee)
            .ok_or_else(|| wrong("grantee_type", &grantee))?,
        grantee_id: GranteeId::new(text(&model.grantee_target_id))
            .map_err(|invalid| failure::of_id(&invalid))?,
    })
}

fn not_a_date(text: &str) -> Diagnostic {
    Diagnostic::error(
        "Invalid date",
        format!("`{text}` is not a date in the form `YYYY-MM-DD`."),
    )
    .at_root("validity_time")
}
