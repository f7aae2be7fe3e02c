//! The attributes of a grant and their rules.

use crate::cloud::{Grant, Grantee, GranteeId, ProjectId, Region, ResourceGrants, ResourceId};
use crate::framework::schema::{Attribute, Block, Recompute, Replacement};
use crate::framework::timeouts::{self, Timeouts};
use crate::framework::validate::one_of;
use crate::framework::{Field, Schema, Type, model};
use crate::provider::access::rfc3339;
use crate::provider::grant_key::{
    GRANTEE_TYPES, RESOURCE_TYPES, is_same_grantee_type, is_same_resource_type,
};
use crate::provider::text;

model! {
    /// Attributes of a grant.
    pub struct Model {
        /// The secret, or group of secrets.
        pub resource_id: Field<String>,
        /// Kind of resource.
        pub r#type: Field<String>,
        /// Kind of grantee.
        pub grantee_type: Field<String>,
        /// Who receives access.
        pub grantee_target_id: Field<String>,
        /// The date access ends.
        pub validity_time: Field<String>,
        /// Why, for reviewers.
        pub reason: Field<String>,
        /// Region of the resource.
        pub region: Field<String>,
        /// Project of the resource.
        pub project_id: Field<String>,
        /// The key in its canonical spelling.
        pub id: Field<String>,
        /// The service's id of the grant.
        pub uuid: Field<String>,
        /// The grantee, as the service answered.
        pub grantee_user: Field<String>,
        /// The resource, as the service answered.
        pub granted_resource_id: Field<String>,
        /// The grantee's name.
        pub grantee_name: Field<String>,
        /// When it was made.
        pub create_time: Field<String>,
        /// When it was last changed.
        pub update_time: Field<String>,
        /// The service's status.
        pub state: Field<i64>,
        /// The service's signature.
        pub signature: Field<String>,
        /// Whether access has ended.
        pub status: Field<String>,
        /// How long each operation may take.
        pub timeouts: Field<Timeouts>,
    }
}

/// What may change together with the end of a grant.
const WITH_END: Recompute = Recompute::With(&["validity_time"]);

pub(super) fn schema() -> Schema {
    Schema {
        version: 0,
        block: Block {
            description: "Lets a user, or a group of users, use a secret of the Cloud Secret Management Service. An IAM user \
                          needs permissions for that service to manage grants; the API reference does not say which.",
            attributes: [arguments(), results()].concat(),
            blocks: vec![timeouts::block()],
        },
    }
}

/// What the practitioner may set.
fn arguments() -> Vec<Attribute> {
    vec![
        Attribute::string(
            "resource_id",
            "Id of the secret (`secret_id` of `huaweicloud_csms_secret`, not its `id`) or of the group of secrets.",
        )
        .required()
        .replaces(Replacement::OnChange)
        .check(text::id(ResourceId::written)),
        Attribute::string("type", "Kind of resource: `SECRET`, or `GROUP` for a group of secrets.")
            .required()
            .replaces(Replacement::OnChange)
            .same_if(is_same_resource_type)
            .check(one_of(RESOURCE_TYPES)),
        Attribute::string("grantee_type", "Kind of grantee: `user` (or `0`), or `group` (or `2`) for a group of users.")
            .required()
            .replaces(Replacement::OnChange)
            .same_if(is_same_grantee_type)
            .check(one_of(GRANTEE_TYPES)),
        Attribute::string("grantee_target_id", "Id of the user or group that receives access.")
            .required()
            .replaces(Replacement::OnChange)
            .check(text::id(GranteeId::written)),
        Attribute::string(
            "validity_time",
            "Expiration date of the grant, `YYYY-MM-DD`; the grant never expires unless set. Updated in place, also when it \
             is set or removed. A date in the past (UTC) is refused. Whether access lasts to the end of that day, and in which \
             zone, Huawei Cloud does not document; `status` counts the whole day in UTC.",
        )
        .check(text::is_date()),
        Attribute::string("reason", "Why, for those who review access. Kept in the state only."),
        Attribute::string("region", "Region of the resource; the provider's unless set.")
            .optional_computed(Recompute::Never)
            .replaces(Replacement::OnChange)
            .unset_if_empty().check(text::id_if_set(Region::new)),
        Attribute::string("project_id", "Project of the resource; the provider's unless set.")
            .optional_computed(Recompute::Never)
            .replaces(Replacement::OnChange)
            .unset_if_empty().check(text::id_if_set(ProjectId::written)),
    ]
}

/// What the provider sets.
fn results() -> Vec<Attribute> {
    vec![
        Attribute::string(
            "id",
            "`TYPE/resource_id/grantee_type/grantee_target_id`, in canonical spelling.",
        )
        .computed(Recompute::Never),
        Attribute::string(
            "uuid",
            "The service's id of the grant; null for groups and after an import.",
        )
        .computed(Recompute::Never),
        Attribute::string(
            "grantee_user",
            "Id of the user granted, as the service answers it; null for groups.",
        )
        .computed(Recompute::Never),
        Attribute::string(
            "granted_resource_id",
            "Id of the resource granted, as the service answered.",
        )
        .computed(Recompute::Never),
        Attribute::string(
            "grantee_name",
            "Name of the grantee, if the service knows one.",
        )
        .computed(Recompute::Never),
        Attribute::string("create_time", "When the grant was made, RFC 3339 in UTC. A time that the service answers without a zone is taken for UTC.")
            .computed(Recompute::Never),
        Attribute::string(
            "update_time",
            "When the grant was last changed, RFC 3339 in UTC. A time that the service answers without a zone is taken for \
             UTC.",
        )
        .computed(WITH_END),
        Attribute::new(
            "state",
            Type::Number,
            "The service's status of the grant; its meaning is not documented.",
        )
        .computed(WITH_END),
        Attribute::string("signature", "The service's signature of the grant.")
            .sensitive()
            .computed(WITH_END),
        Attribute::string(
            "status",
            "`active` through the date in `validity_time` (UTC), `expired` from the day after.",
        )
        .computed(WITH_END),
    ]
}

impl Model {
    /// Takes over what the service answered to a write, where the plan left it open.
    pub(super) fn decide_by_grant(&mut self, grant: &Grant, is_user: bool) {
        decide(&mut self.uuid, || grant.uuid.clone());
        decide(&mut self.update_time, || rfc3339(grant.updated_at));
        decide(&mut self.state, || grant.state);
        decide(&mut self.signature, || {
            grant
                .signature
                .as_ref()
                .map(|signature| signature.expose().to_owned())
        });
        // The list may tell these where the answer does not.
        if grant.created_at.is_some() {
            decide(&mut self.create_time, || rfc3339(grant.created_at));
        }
        if grant.resource_id.is_some() {
            decide(&mut self.granted_resource_id, || grant.resource_id.clone());
        }
        if is_user && grant.grantee_user.is_some() {
            decide(&mut self.grantee_user, || grant.grantee_user.clone());
        }
    }

    /// Takes over what the list says, where neither plan nor answer tells it.
    pub(super) fn decide_by_list(
        &mut self,
        list: &ResourceGrants,
        grantee: &Grantee,
        is_user: bool,
    ) {
        decide(&mut self.create_time, || rfc3339(grantee.created_at));
        decide(&mut self.grantee_name, || grantee.name.clone());
        decide(&mut self.granted_resource_id, || list.resource_id.clone());
        if is_user {
            decide(&mut self.grantee_user, || Some(grantee.id.to_string()));
        }
    }

    /// Takes over what a list that was read for this grant says, where the state knows nothing: after an import, or what
    /// became known since.
    pub(super) fn complete_by_list(
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

    /// Keeps what an update in place leaves as it was, where neither the answer nor the list tells it.
    pub(super) fn keep_open_values_of(&mut self, prior: &Self) {
        for (field, prior) in [
            (&mut self.uuid, &prior.uuid),
            (&mut self.create_time, &prior.create_time),
        ] {
            if field.is_unknown() {
                field.clone_from(prior);
            }
        }
    }

    /// Leaves nothing open: what no answer has told is null.
    pub(super) fn close(&mut self) {
        let texts = [
            &mut self.uuid,
            &mut self.grantee_user,
            &mut self.granted_resource_id,
            &mut self.grantee_name,
            &mut self.create_time,
            &mut self.update_time,
            &mut self.signature,
        ];
        texts.into_iter().for_each(|text| decide(text, || None));
        decide(&mut self.state, || None);
    }
}

fn decide<T>(field: &mut Field<T>, value: impl FnOnce() -> Option<T>) {
    if field.is_unknown() {
        *field = value().into();
    }
}
