//! What tells a grant from all others, in one spelling: the place, and the key within it.

use crate::cloud::{GranteeType, ProjectId, Region, ResourceType};
use crate::framework::identity::malformed_error;
use crate::framework::{Diagnostic, Field, Identity, IdentityAttribute, IdentitySchema, model};
use crate::provider::access::known_if_set;
use crate::provider::grant_key::{GrantKey, part};

use super::CsmsGrant;
use super::model::Model;

model! {
    /// Identity of a grant.
    pub struct GrantIdentity {
        /// Region of the resource.
        pub region: Field<String>,
        /// Project of the resource.
        pub project_id: Field<String>,
        /// Kind of resource.
        pub r#type: Field<String>,
        /// The secret, or group of secrets.
        pub resource_id: Field<String>,
        /// Kind of grantee.
        pub grantee_type: Field<String>,
        /// Who receives access.
        pub grantee_target_id: Field<String>,
    }
}

impl Identity for CsmsGrant {
    type Identity = GrantIdentity;

    fn identity_schema() -> IdentitySchema {
        IdentitySchema {
            version: 0,
            attributes: vec![
                IdentityAttribute::optional(
                    "region",
                    "Region of the resource; for an import, the provider's unless given.",
                ),
                IdentityAttribute::optional(
                    "project_id",
                    "Project of the resource; for an import, the provider's unless given.",
                ),
                IdentityAttribute::required("type", "Kind of resource: `SECRET` or `GROUP`."),
                IdentityAttribute::required(
                    "resource_id",
                    "Id of the secret or of the group of secrets.",
                ),
                IdentityAttribute::required("grantee_type", "Kind of grantee: `user` or `group`."),
                IdentityAttribute::required("grantee_target_id", "Id of the user or group."),
            ],
        }
    }

    fn identity(model: &Model) -> GrantIdentity {
        GrantIdentity {
            region: known_if_set(&model.region),
            project_id: known_if_set(&model.project_id),
            r#type: canonical(&model.r#type, |text| {
                Some(ResourceType::parse(text)?.as_str())
            }),
            resource_id: model.resource_id.clone(),
            grantee_type: canonical(&model.grantee_type, |text| {
                Some(GranteeType::parse(text)?.word())
            }),
            grantee_target_id: model.grantee_target_id.clone(),
        }
    }

    fn from_identity(identity: GrantIdentity) -> Result<Model, Diagnostic> {
        let key = GrantKey::read(
            given(&identity.r#type),
            given(&identity.resource_id),
            given(&identity.grantee_type),
            given(&identity.grantee_target_id),
        );
        let key = key.map_err(|what| malformed_error(&what))?;
        if let Some(region) = identity.region.text() {
            part(Region::new, "region", region).map_err(|what| malformed_error(&what))?;
        }
        if let Some(id) = identity.project_id.text() {
            part(ProjectId::written, "project_id", id).map_err(|what| malformed_error(&what))?;
        }
        Ok(Model {
            region: identity.region,
            project_id: identity.project_id,
            ..Model::of_key(&key)
        })
    }
}

/// The text that an import must give; nothing is malformed like an empty one.
fn given(field: &Field<String>) -> &str {
    field.text().unwrap_or_default()
}

/// The canonical spelling of what is known; null where the text means nothing.
fn canonical(field: &Field<String>, word: impl Fn(&str) -> Option<&'static str>) -> Field<String> {
    match field {
        Field::Known(text) => word(text).map(str::to_owned).into(),
        Field::Null => Field::Null,
        Field::Unknown => Field::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use crate::framework::Model as _;

    use super::*;

    fn spell(kind: &str, grantee_type: &str) -> Model {
        Model {
            r#type: kind.into(),
            resource_id: "s".into(),
            grantee_type: grantee_type.into(),
            grantee_target_id: "u".into(),
            region: "cn-north-4".into(),
            project_id: "p".into(),
            signature: "secret".into(),
            ..Model::default()
        }
    }

    #[test]
    fn every_spelling_of_a_grant_has_one_identity_and_the_state_keeps_its_own() {
        for (kind, grantee_type) in [("SECRET", "user"), ("secret", "0"), ("Secret", "USER")] {
            let identity = CsmsGrant::identity(&spell(kind, grantee_type));
            assert_eq!(identity.r#type.text(), Some("SECRET"));
            assert_eq!(identity.grantee_type.text(), Some("user"));
            let model = CsmsGrant::from_identity(identity).unwrap();
            assert_eq!(model.id.text(), Some("SECRET/s/user/u"));
            assert_eq!(model.region.text(), Some("cn-north-4"));
            assert_eq!(model.project_id.text(), Some("p"));
            assert!(model.signature.is_null());
        }
    }

    #[test]
    fn what_is_unknown_of_a_grant_is_unknown_of_its_identity() {
        let model = Model {
            r#type: Field::Unknown,
            project_id: Field::Unknown,
            ..spell("SECRET", "2")
        };
        let identity = CsmsGrant::identity(&model);
        assert!(identity.r#type.is_unknown() && identity.project_id.is_unknown());
        assert_eq!(identity.grantee_type.text(), Some("group"));
    }

    #[test]
    fn c94_a_malformed_identity_names_the_part() {
        let change = |change: fn(&mut GrantIdentity)| {
            let mut identity = CsmsGrant::identity(&spell("SECRET", "user"));
            change(&mut identity);
            CsmsGrant::from_identity(identity).err().unwrap().detail
        };
        for (detail, part) in [
            (
                change(|identity| identity.region = "cn_north".into()),
                "`region`",
            ),
            (
                change(|identity| identity.project_id = "".into()),
                "`project_id`",
            ),
            (
                change(|identity| identity.r#type = "KEY".into()),
                "`type` is `KEY`",
            ),
            (
                change(|identity| identity.resource_id = "".into()),
                "`resource_id`",
            ),
            (
                change(|identity| identity.grantee_type = "1".into()),
                "`grantee_type` is `1`",
            ),
            (
                change(|identity| identity.grantee_target_id = "".into()),
                "`grantee_target_id`",
            ),
        ] {
            assert!(detail.contains(part), "{part}: {detail}");
        }
    }

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        let schema = CsmsGrant::identity_schema();
        let names: Vec<_> = schema.attributes.iter().map(|each| each.name).collect();
        assert_eq!(names, GrantIdentity::FIELDS);
    }
}
