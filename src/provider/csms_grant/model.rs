//! The attributes of a grant.

use jiff::civil::Date;

use crate::cloud::{Grant, Grantee, GranteeId, ProjectId, Region, ResourceGrants, ResourceId};
use crate::framework::schema::{Nesting, Recompute};
use crate::framework::validate::one_of;
use crate::framework::{Field, OrEmpty, model};
use crate::provider::access::rfc3339;
use crate::provider::grant_key::{
    GRANTEE_TYPES, RESOURCE_TYPES, is_same_grantee_type, is_same_resource_type,
};
use crate::provider::timeouts::Timeouts;

model! {
    /// Allows a user or user group to use a secret or secret group in the Cloud Secret Management Service (CSMS).
    /// To manage grants, an IAM user needs CSMS permissions, which the API reference does not specify; the account
    /// itself (root user) needs none.
    pub struct Model {
        /// ID of the secret or secret group. For a secret, use the `secret_id` attribute of `huaweicloud_csms_secret`,
        /// not its `id`.
        #[attribute(required, replaces)]
        pub resource_id: Field<ResourceId>,
        /// Resource type: `SECRET`, or `GROUP` for a secret group.
        #[attribute(required, replaces, same_if(is_same_resource_type), check(one_of(RESOURCE_TYPES)))]
        pub r#type: Field<String>,
        /// Grantee type: `user` or `0` for a user, `group` or `2` for a user group.
        #[attribute(required, replaces, same_if(is_same_grantee_type), check(one_of(GRANTEE_TYPES)))]
        pub grantee_type: Field<String>,
        /// ID of the user or user group that receives access.
        #[attribute(required, replaces)]
        pub grantee_target_id: Field<GranteeId>,
        /// Expiration date of the grant, in the format `YYYY-MM-DD`. If not set, the grant never expires. Adding,
        /// changing or removing the date updates the grant in place. If you remove the date but Huawei Cloud keeps it,
        /// the provider deletes and re-creates the grant in the same apply; the plan warns that access may be briefly
        /// interrupted. A date in the past (UTC) is rejected. Huawei Cloud does not document whether access lasts
        /// until the end of that day, or which time zone applies. `status` is `active` until the end of that day in
        /// UTC.
        pub validity_time: Field<Date>,
        /// Reason for the grant, for reviewers. Stored only in the state.
        pub reason: Field<String>,
        /// Region of the secret or secret group. Defaults to the provider's region.
        #[attribute(optional_computed(Recompute::Never), replaces)]
        pub region: Field<OrEmpty<Region>>,
        /// ID of the project that the secret or secret group belongs to. Defaults to the provider's project.
        #[attribute(optional_computed(Recompute::Never), replaces)]
        pub project_id: Field<OrEmpty<ProjectId>>,
        /// ID of the grant, in the canonical format `TYPE/resource_id/grantee_type/grantee_target_id`.
        #[attribute(computed(Recompute::Never))]
        pub id: Field<String>,
        /// UUID of the grant, assigned by the service. Null for grants to groups and after an import.
        #[attribute(computed(Recompute::Never))]
        pub uuid: Field<String>,
        /// User ID returned by the service. Null for grants to groups.
        #[attribute(computed(Recompute::Never))]
        pub grantee_user: Field<String>,
        /// Resource ID returned by the service.
        #[attribute(computed(Recompute::Never))]
        pub granted_resource_id: Field<String>,
        /// Name of the grantee, if the service returns one.
        #[attribute(computed(Recompute::Never))]
        pub grantee_name: Field<String>,
        /// Time at which the grant was created, in RFC 3339 format (UTC). If the service returns a time without a time
        /// zone, UTC is assumed.
        #[attribute(computed(Recompute::Never))]
        pub create_time: Field<String>,
        /// Time at which the grant was last changed, in RFC 3339 format (UTC). If the service returns a time without a
        /// time zone, UTC is assumed.
        #[attribute(computed(WITH_EXPIRY))]
        pub update_time: Field<String>,
        /// Status code of the grant, returned by the service. Huawei Cloud does not document its meaning.
        #[attribute(computed(WITH_EXPIRY))]
        pub state: Field<i64>,
        /// Signature of the grant, returned by the service.
        #[attribute(sensitive, computed(WITH_EXPIRY))]
        pub signature: Field<String>,
        /// `active` through the date in `validity_time` (UTC), then `expired`.
        #[attribute(computed(WITH_EXPIRY))]
        pub status: Field<String>,
        /// Operation timeouts, as durations such as `90s`, `5m` or `1h30m`.
        #[block(Nesting::Single)]
        pub timeouts: Field<Timeouts>,
    }
}

/// For attributes that may change together with the expiration date.
const WITH_EXPIRY: Recompute = Recompute::With(&["validity_time"]);

impl Model {
    /// Sets unknown attributes from the response to a write.
    pub(super) fn fill_from_response(&mut self, grant: &Grant, is_user: bool) {
        set_if_unknown(&mut self.uuid, || grant.uuid.clone());
        set_if_unknown(&mut self.update_time, || rfc3339(grant.updated_at));
        set_if_unknown(&mut self.state, || grant.state);
        set_if_unknown(&mut self.signature, || {
            grant
                .signature
                .as_ref()
                .map(|signature| signature.expose().to_owned())
        });
        // The list may have these attributes if the response does not.
        if grant.created_at.is_some() {
            set_if_unknown(&mut self.create_time, || rfc3339(grant.created_at));
        }
        if grant.resource_id.is_some() {
            set_if_unknown(&mut self.granted_resource_id, || grant.resource_id.clone());
        }
        if is_user && grant.grantee_user.is_some() {
            set_if_unknown(&mut self.grantee_user, || grant.grantee_user.clone());
        }
    }

    /// Sets the attributes that are still unknown from a list that was read after a write.
    pub(super) fn fill_from_list(
        &mut self,
        list: &ResourceGrants,
        grantee: &Grantee,
        is_user: bool,
    ) {
        set_if_unknown(&mut self.create_time, || rfc3339(grantee.created_at));
        set_if_unknown(&mut self.grantee_name, || grantee.name.clone());
        set_if_unknown(&mut self.granted_resource_id, || list.resource_id.clone());
        if is_user {
            set_if_unknown(&mut self.grantee_user, || Some(grantee.id.to_string()));
        }
    }

    /// Sets attributes without a value, as after an import, from a list, and updates the name of the grantee.
    pub(super) fn refresh_from_list(
        &mut self,
        list: &ResourceGrants,
        grantee: &Grantee,
        is_user: bool,
    ) {
        if self.create_time.known().is_none() {
            self.create_time = rfc3339(grantee.created_at).into();
        }
        if let Some(name) = &grantee.name {
            self.grantee_name = Field::Known(name.clone());
        }
        if is_user && self.grantee_user.known().is_none() {
            self.grantee_user = grantee.id.as_str().into();
        }
        if self.granted_resource_id.known().is_none() {
            self.granted_resource_id = list.resource_id.clone().into();
        }
    }

    /// Sets the attributes that an update in place does not change, if they are still unknown, from the prior state.
    pub(super) fn fill_from_prior(&mut self, prior: &Self) {
        for (field, prior) in [
            (&mut self.uuid, &prior.uuid),
            (&mut self.create_time, &prior.create_time),
        ] {
            if field.is_unknown() {
                field.clone_from(prior);
            }
        }
    }

    /// Sets all unknown attributes to null, because the service did not return them.
    pub(super) fn null_unknowns(&mut self) {
        let texts = [
            &mut self.uuid,
            &mut self.grantee_user,
            &mut self.granted_resource_id,
            &mut self.grantee_name,
            &mut self.create_time,
            &mut self.update_time,
            &mut self.signature,
        ];
        texts
            .into_iter()
            .for_each(|text| set_if_unknown(text, || None));
        set_if_unknown(&mut self.state, || None);
    }
}

/// Sets a field only if it is unknown: known and null values of a plan must be applied as planned.
fn set_if_unknown<T>(field: &mut Field<T>, value: impl FnOnce() -> Option<T>) {
    if field.is_unknown() {
        *field = value().into();
    }
}
