//! `parse_grant_id`: the parts of a grant's ID.

use crate::cloud::{GranteeId, ProjectId, Region, ResourceId};
use crate::framework::{Field, Function, FunctionError, model};
use crate::provider::grant_key::{FORM, ImportId};

/// The function.
#[derive(Debug)]
pub struct ParseGrantId;

model! {
    /// The ID to parse.
    pub struct Parameters {
        /// ID of a grant, or an import ID that starts with `region/project_id/`.
        #[attribute(required)]
        pub id: String,
    }
}

model! {
    /// The parts of a grant ID.
    pub struct Parts {
        /// Region of the secret or secret group. Null if the ID does not start with a region and a project.
        pub region: Field<Region>,
        /// ID of the project that the secret or secret group belongs to. Null if the ID does not start with a region and
        /// a project.
        pub project_id: Field<ProjectId>,
        /// Resource type: `SECRET` or `GROUP`.
        pub r#type: Field<String>,
        /// ID of the secret or secret group.
        pub resource_id: Field<ResourceId>,
        /// Grantee type: `user` or `group`.
        pub grantee_type: Field<String>,
        /// ID of the user or user group.
        pub grantee_target_id: Field<GranteeId>,
    }
}

impl Function for ParseGrantId {
    const NAME: &'static str = "parse_grant_id";
    const SUMMARY: &'static str = "Returns the parts of the ID of a grant.";
    const DESCRIPTION: &'static str = "Returns the parts of the ID of a grant, such as the `id` attribute of \
        `hwgrants_csms_grant`. Accepts every ID that can be imported, and returns the types in canonical spelling. The \
        result has the attributes of the resource identity of `hwgrants_csms_grant`.";
    type Parameters = Parameters;
    type Output = Parts;

    fn call(parameters: Parameters) -> Result<Parts, FunctionError> {
        let ImportId { location, key } = ImportId::read(&parameters.id).map_err(|what| {
            FunctionError::at("id", format!("{what}. Grant IDs have the format {FORM}"))
        })?;
        let (region, project_id) = location.unzip();
        Ok(Parts {
            region: region.into(),
            project_id: project_id.into(),
            r#type: key.resource_type.as_str().into(),
            resource_id: Field::Known(key.resource_id),
            grantee_type: key.grantee_type.word().into(),
            grantee_target_id: Field::Known(key.grantee_id),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::{Data as _, Identity, Model as _, Value};
    use crate::provider::function::grant_id;
    use crate::provider::grant_key::{GRANTEE_TYPES, RESOURCE_TYPES};
    use crate::provider::{CsmsGrant, GrantId};
    use proptest::prelude::*;
    use proptest::sample::select;

    fn parse(id: &str) -> Result<Value, FunctionError> {
        let id = id.to_owned();
        ParseGrantId::call(Parameters { id }).map(|parts| parts.to_value())
    }

    fn parts(parts: [&str; 4], [region, project_id]: [Value; 2]) -> Value {
        let [kind, resource_id, grantee_type, grantee_id] = parts.map(Value::from);
        Value::object([
            ("region", region),
            ("project_id", project_id),
            ("type", kind),
            ("resource_id", resource_id),
            ("grantee_type", grantee_type),
            ("grantee_target_id", grantee_id),
        ])
    }

    proptest! {
        #[test]
        fn parsing_the_id_of_valid_parts_returns_the_parts(
            kind in select(RESOURCE_TYPES),
            grantee_type in select(GRANTEE_TYPES),
            is_upper in any::<bool>(),
            resource_id in "\\PC{1,64}",
            grantee_id in "[a-z0-9.:%?#&é \\\\-]{1,64}",
        ) {
            let spell = if is_upper { str::to_uppercase } else { str::to_lowercase };
            prop_assume!(ResourceId::written(&resource_id).is_ok());
            prop_assume!(GranteeId::written(&grantee_id).is_ok());
            let id = GrantId::call(grant_id::Parameters {
                r#type: spell(kind),
                resource_id: resource_id.clone(),
                grantee_type: spell(grantee_type),
                grantee_target_id: grantee_id.clone(),
            });
            let canonical = if ["user", "0"].contains(&grantee_type) { "user" } else { "group" };
            let expected = parts([kind, &resource_id, canonical, &grantee_id], [Value::Null, Value::Null]);
            prop_assert_eq!(parse(&id.unwrap()), Ok(expected));
        }
    }

    #[test]
    fn the_result_has_the_attributes_of_the_identity() {
        let mut parts = Parts::FIELDS.to_vec();
        let mut identity = <CsmsGrant as Identity>::Identity::FIELDS.to_vec();
        parts.sort_unstable();
        identity.sort_unstable();
        assert_eq!(parts, identity);
    }

    #[test]
    fn an_id_may_start_with_region_and_project() {
        let location = ["cn-north-4", "p"].map(Value::from);
        let expected = parts(["GROUP", "s", "group", "g"], location);
        assert_eq!(parse("cn-north-4/p/group/s/2/g"), Ok(expected));
    }

    #[test]
    fn a_malformed_id_is_reported_with_the_part_and_an_example() {
        for (id, part) in [
            ("", "4 or 6 slash-separated parts, but has 1"),
            ("SECRET/s/user", "but has 3"),
            ("p/SECRET/s/user/u", "but has 5"),
            ("KEY/s/user/u", "`type` is `KEY`"),
            ("SECRET//user/u", "`resource_id`"),
            ("SECRET/s/role/u", "`grantee_type` is `role`"),
            ("SECRET/s/user/", "`grantee_target_id`"),
            ("cn_north/p/SECRET/s/user/u", "`region`"),
        ] {
            let error = parse(id).unwrap_err();
            assert_eq!(error.parameter, Some("id"));
            assert!(error.text.contains(part), "{id}: {error}");
            assert!(error.text.contains("for example `SECRET/"), "{id}: {error}");
        }
    }
}
