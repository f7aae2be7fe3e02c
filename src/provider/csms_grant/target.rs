//! One grant: where it is, what it is called, and what is said about it.

use jiff::civil::Date;

use crate::cloud::{
    Call, Client, Error, Expiry, GrantTerms, Grantee, GranteeId, GranteeType, Place, ResourceId,
    ResourceType,
};
use crate::framework::{Diagnostic, Field};
use crate::provider::access::Access;
use crate::provider::failure;
use crate::provider::grant_key::{GrantKey, grantee_type};
use crate::provider::text;

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

    /// The entry of this grant in the list; none if there is none.
    pub(super) async fn find(
        &self,
        client: &Client,
        call: &Call,
    ) -> Result<Option<Grantee>, Error> {
        let mut grants = client
            .list_grants(call, &self.place, &self.key.resource_id)
            .await?;
        let position = grants
            .grantees
            .iter()
            .position(|grantee| grantee.id == self.key.grantee_id);
        Ok(position.map(|position| grants.grantees.swap_remove(position)))
    }

    /// Whether making it may be tried again after a call in doubt: a user's grant would show if it were there, a group's
    /// may never show.
    pub(super) fn may_repeat(&self) -> bool {
        self.key.grantee_type == GranteeType::User
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

    /// Whether the list shows the end that was asked for, or none at all, which some answers leave out.
    pub(super) fn ends_as_asked(&self, grantee: &Grantee) -> bool {
        match (self.ends_on, grantee.ends_at) {
            (Some(date), Some(ends_at)) => Expiry::new(ends_at).is_on(date),
            (None, Some(_)) => false,
            (_, None) => true,
        }
    }

    /// `model` with what is known of this grant by itself.
    pub(super) fn complete(&self, model: Model, today: Date) -> Model {
        let status = if self.ends_on.is_some_and(|end| end < today) {
            "expired"
        } else {
            "active"
        };
        Model {
            region: self.place.region.as_str().into(),
            project_id: self.place.project_id.as_str().into(),
            id: Field::Known(self.key.to_string()),
            status: status.into(),
            ..model
        }
    }

    /// A failed request about this grant; `what` says what was tried.
    pub(super) fn failed(&self, what: &str, error: &Error) -> Diagnostic {
        let what = format!("{what} `{}`", self.key);
        if !error.is_not_found() {
            return failure::of(&what, error);
        }
        // The official provider's `id` of a secret is no id, and taking it is the likely mistake.
        let more = "The id of a secret is the attribute `secret_id` of `huaweicloud_csms_secret`, not its `id` or name.";
        failure::advising(&what, error, more).at_root("resource_id")
    }

    /// The grant exists before it is made.
    pub(super) fn already_there(&self, grantee: &Grantee) -> Diagnostic {
        let end = grantee.ends_at.map_or_else(
            || "without end".to_owned(),
            |ends_at| format!("until {}", Expiry::new(ends_at).date()),
        );
        let Place { region, project_id } = &self.place;
        let detail = format!(
            "`{key}` exists already, {end}; nothing was changed. If another `csms_grant` block of this configuration has \
             the same key, remove one of them. If the grant was made elsewhere, take it under management with this block \
             and apply again:\n\n  import {{\n    to = csms_grant.NAME # the address above\n    provider = hwgrants\n    \
             id = \"{region}/{project_id}/{key}\"\n  }}",
            key = self.key
        );
        Diagnostic::error("Grant exists already", detail)
    }

    /// The service confirmed the grant, or its new end, but does not show it.
    pub(super) fn not_shown(&self) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud confirmed `{}`, but its list does not show it within the timeout. What was asked for is kept in \
             the state. Plan again to see what exists, or raise `timeouts`.",
            self.key
        );
        Diagnostic::error("Grant does not show", detail)
    }

    /// Whether the grant was made is not known.
    pub(super) fn unclear(&self, error: &Error) -> Diagnostic {
        let what = format!("granting access by `{}`", self.key);
        let more = "The grant may have been made, although no list shows it. It is kept in the state, marked for \
                    replacement, so that it cannot be lost: plan again.";
        let mut diagnostic = failure::advising(&what, error, more);
        diagnostic.summary = "Outcome unknown".to_owned();
        diagnostic
    }

    /// The service confirmed that the grant is taken back, but still shows it.
    pub(super) fn still_shown(&self) -> Diagnostic {
        let detail = format!(
            "Huawei Cloud confirmed that `{}` is taken back, but its list still shows it. It stays in the state: apply \
             again, or raise `timeouts`.",
            self.key
        );
        Diagnostic::error("Grant still shows", detail)
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
        grantee_type: grantee_type(&grantee).ok_or_else(|| wrong("grantee_type", &grantee))?,
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
