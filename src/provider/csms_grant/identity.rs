//! The identity of a grant: region, project and key, in canonical spelling.

use crate::cloud::{GranteeType, ProjectId, Region, ResourceType};
use crate::framework::identity::malformed_error;
use crate::framework::{Diagnostic, Field, Identity, OrEmpty, model};
use crate::provider::access::{known_if_set, text_of};
use crate::provider::grant_key::{GrantKey, InvalidPart, part};

use super::CsmsGrant;
use super::model::Model;

model! {
    /// Identity of a grant.
    pub struct GrantIdentity {
        /// Region of the secret or secret group. When importing, defaults to the provider's region.
        pub region: Field<String>,
        /// ID of the project that the secret or secret group belongs to. When importing, defaults to the provider's
        /// project.
        pub project_id: Field<String>,
        /// Resource type: `SECRET` or `GROUP`.
        #[attribute(required)]
        pub r#type: Field<String>,
        /// ID of the secret or secret group.
        #[attribute(required)]
        pub resource_id: Field<String>,
        /// Grantee type: `user` or `group`.
        #[attribute(required)]
        pub grantee_type: Field<String>,
        /// ID of the user or user group.
        #[attribute(required)]
        pub grantee_target_id: Field<String>,
    }
}

impl Identity for CsmsGrant {
    type Identity = GrantIdentity;

    fn identity(model: &Model) -> GrantIdentity {
        GrantIdentity {
            region: known_if_set(&model.region),
            project_id: known_if_set(&model.project_id),
            r#type: canonical(&model.r#type, |text| {
                Some(ResourceType::parse(text)?.as_str())
            }),
            resource_id: text_of(&model.resource_id),
            grantee_type: canonical(&model.grantee_type, |text| {
                Some(GranteeType::parse(text)?.word())
            }),
            grantee_target_id: text_of(&model.grantee_target_id),
        }
    }

    fn from_identity(identity: GrantIdentity) -> Result<Model, Diagnostic> {
        let key = GrantKey::read(
            given(&identity.r#type),
            given(&identity.resource_id),
            given(&identity.grantee_type),
            given(&identity.grantee_target_id),
        );
        let malformed = |invalid: InvalidPart| malformed_error(&invalid.to_string());
        let key = key.map_err(malformed)?;
        let region = identity.region.text();
        let region = region.map(|region| part(Region::new, "region", region));
        let project_id = identity.project_id.text();
        let project_id = project_id.map(|id| part(ProjectId::written, "project_id", id));
        let region = region.transpose().map_err(malformed)?;
        let project_id = project_id.transpose().map_err(malformed)?;
        Ok(Model {
            region: region.map(OrEmpty::Set).into(),
            project_id: project_id.map(OrEmpty::Set).into(),
            ..Model::of_key(&key)
        })
    }
}

/// The text of an attribute that an import requires. Null becomes an empty text, which is malformed.
fn given(field: &Field<String>) -> &str {
    field.text().unwrap_or_default()
}

/// The canonical spelling of a known text; null if the text is not recognized.
fn canonical(field: &Field<String>, word: impl Fn(&str) -> Option<&'static str>) -> Field<String> {
    match field {
        Field::Known(text) => word(text).map(str::to_owned).into(),
        Field::Null => Field::Null,
        Field::Unknown => Field::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::{GranteeId, ResourceId};

    fn spell(kind: &str, grantee_type: &str) -> Model {
        Model {
            r#type: kind.into(),
            resource_id: Field::Known(ResourceId::new("s").unwrap()),
            grantee_type: grantee_type.into(),
            grantee_target_id: Field::Known(GranteeId::new("u").unwrap()),
            region: Field::Known(OrEmpty::Set(Region::new("cn-north-4").unwrap())),
            project_id: Field::Known(OrEmpty::Set(ProjectId::new("p").unwrap())),
            signature: "secret".into(),
            ..Model::default()
        }
    }

    #[test]
    fn every_spelling_of_a_grant_has_the_same_identity() {
        for (kind, grantee_type) in [("SECRET", "user"), ("secret", "0"), ("Secret", "USER")] {
            let identity = CsmsGrant::identity(&spell(kind, grantee_type));
            assert_eq!(identity.r#type.text(), Some("SECRET"));
            assert_eq!(identity.grantee_type.text(), Some("user"));
            let model = CsmsGrant::from_identity(identity).unwrap();
            assert_eq!(model.id.text(), Some("SECRET/s/user/u"));
            assert_eq!(model.region.set().map(Region::as_str), Some("cn-north-4"));
            assert_eq!(model.project_id.set().map(ProjectId::as_str), Some("p"));
            assert!(model.signature.is_null());
        }
    }

    #[test]
    fn unknown_attributes_are_unknown_in_the_identity() {
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
}
