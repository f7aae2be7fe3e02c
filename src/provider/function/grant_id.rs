//! `grant_id`: the ID of a grant, from its parts.

use crate::framework::{Function, FunctionError, model};
use crate::provider::grant_key::GrantKey;

/// The function.
#[derive(Debug)]
pub struct GrantId;

model! {
    /// The parts of a grant ID.
    pub struct Parameters {
        /// Resource type: `SECRET` or `GROUP`, in any case.
        #[attribute(required)]
        pub r#type: String,
        /// ID of the secret or secret group. For a secret, use the `secret_id` attribute of `huaweicloud_csms_secret`,
        /// not its `id`.
        #[attribute(required)]
        pub resource_id: String,
        /// Grantee type: `user` or `group`, in any case, or the API values `"0"` (user) and `"2"` (group).
        #[attribute(required)]
        pub grantee_type: String,
        /// ID of the user or user group.
        #[attribute(required)]
        pub grantee_target_id: String,
    }
}

impl Function for GrantId {
    const NAME: &'static str = "grant_id";
    const SUMMARY: &'static str = "Returns the ID of a grant, for import and for comparisons.";
    const DESCRIPTION: &'static str = "Returns the ID of a grant: `TYPE/resource_id/grantee_type/grantee_target_id`. It \
        equals the `id` attribute of `hwgrants_csms_grant`, and can be imported. The spelling of the two types does not \
        affect the result.";
    type Parameters = Parameters;
    type Output = String;

    fn call(parameters: Parameters) -> Result<String, FunctionError> {
        let key = GrantKey::read(
            &parameters.r#type,
            &parameters.resource_id,
            &parameters.grantee_type,
            &parameters.grantee_target_id,
        );
        let key = key.map_err(|invalid| FunctionError::at(invalid.name, invalid.to_string()))?;
        Ok(key.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::{Field, Import, Model};
    use crate::provider::CsmsGrant;
    use crate::provider::grant_key::{GRANTEE_TYPES, RESOURCE_TYPES};

    fn grant_id(
        [kind, resource, grantee_type, grantee]: [&str; 4],
    ) -> Result<String, FunctionError> {
        GrantId::call(Parameters {
            r#type: kind.to_owned(),
            resource_id: resource.to_owned(),
            grantee_type: grantee_type.to_owned(),
            grantee_target_id: grantee.to_owned(),
        })
    }

    #[test]
    fn a_grant_id_equals_the_id_attribute_after_its_import() {
        for kind in RESOURCE_TYPES {
            for grantee_type in GRANTEE_TYPES {
                for spell in [str::to_lowercase, str::to_uppercase] {
                    let (kind, grantee_type) = (spell(kind), spell(grantee_type));
                    let id = grant_id([&kind, "s 1", &grantee_type, "u:é"]).unwrap();
                    let imported = CsmsGrant::import(&id).unwrap();
                    assert_eq!(imported.id, Field::Known(id));
                }
            }
        }
        let id = grant_id(["secret", "s", "0", "u"]);
        assert_eq!(id.as_deref(), Ok("SECRET/s/user/u"));
    }

    #[test]
    fn an_invalid_part_is_reported_for_its_parameter() {
        let long = "x".repeat(65);
        for (position, wrong, expected) in [
            (0, "KEY", "`SECRET`, `GROUP`"),
            (0, "", "`SECRET`, `GROUP`"),
            (1, "", "1 to 64 characters"),
            (1, long.as_str(), "1 to 64 characters"),
            (1, "a/b", "slash"),
            (2, "1", "`user`, `group`"),
            (3, " u", "`grantee_target_id`"),
            (3, "..", "`grantee_target_id`"),
        ] {
            let mut parts = ["SECRET", "s", "user", "u"];
            parts[position] = wrong;
            let error = grant_id(parts).unwrap_err();
            assert_eq!(error.parameter, Some(Parameters::FIELDS[position]));
            assert!(error.text.contains(expected), "{wrong}: {error}");
        }
    }
}
