//! The key of a CSMS grant, and its text formats.

use std::fmt;

use crate::cloud::{
    GranteeId, GranteeType, InvalidId, ProjectId, Region, ResourceId, ResourceType,
};
use crate::framework::Diagnostic;

/// The key of a grant, unique within a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantKey {
    /// Type of the resource: a secret or a secret group.
    pub resource_type: ResourceType,
    /// ID of the secret or secret group.
    pub resource_id: ResourceId,
    /// Type of the grantee: a user or a user group.
    pub grantee_type: GranteeType,
    /// ID of the user or group.
    pub grantee_id: GranteeId,
}

impl GrantKey {
    /// Parses the parts of a key. Types are accepted in any spelling.
    ///
    /// # Errors
    /// The invalid part and the problem.
    pub(super) fn read(
        resource_type: &str,
        resource_id: &str,
        kind: &str,
        grantee_id: &str,
    ) -> Result<Self, InvalidPart> {
        let unknown_word = |name, word: &str, allowed: &[&str]| {
            let allowed = allowed.join("`, `");
            let problem = format!("is `{word}`, but must be one of `{allowed}`");
            InvalidPart { name, problem }
        };
        Ok(Self {
            resource_type: ResourceType::parse(resource_type)
                .ok_or_else(|| unknown_word("type", resource_type, RESOURCE_TYPES))?,
            resource_id: part(ResourceId::written, "resource_id", resource_id)?,
            grantee_type: GranteeType::parse(kind)
                .ok_or_else(|| unknown_word("grantee_type", kind, GRANTEE_TYPES))?,
            grantee_id: part(GranteeId::written, "grantee_target_id", grantee_id)?,
        })
    }
}

impl fmt::Display for GrantKey {
    /// Writes `SECRET/<resource id>/user/<grantee id>` in canonical spelling: the attribute `id`, which is also an
    /// import ID.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            resource_type,
            resource_id,
            grantee_type,
            grantee_id,
        } = self;
        write!(
            f,
            "{}/{resource_id}/{}/{grantee_id}",
            resource_type.as_str(),
            grantee_type.word()
        )
    }
}

/// The values that [`GranteeType::parse`] accepts, ignoring case.
pub(super) const GRANTEE_TYPES: &[&str] = &["user", "group", "0", "2"];

/// The values that [`ResourceType::parse`] accepts, ignoring case.
pub(super) const RESOURCE_TYPES: &[&str] = &["SECRET", "GROUP"];

/// Whether two texts mean the same grantee type.
pub(super) fn is_same_grantee_type(one: &str, other: &str) -> bool {
    GranteeType::parse(one).is_some_and(|one| GranteeType::parse(other) == Some(one))
}

/// Whether two texts mean the same resource type.
pub(super) fn is_same_resource_type(one: &str, other: &str) -> bool {
    ResourceType::parse(one).is_some_and(|one| ResourceType::parse(other) == Some(one))
}

/// A parsed import ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ImportId {
    /// Region and project, if the id starts with them.
    pub(super) location: Option<(Region, ProjectId)>,
    /// The key of the grant.
    pub(super) key: GrantKey,
}

/// The format of an import ID, for messages.
pub(super) const FORM: &str = "`TYPE/resource_id/grantee_type/grantee_target_id`, optionally preceded by `region/project_id/`, \
                    for example `SECRET/43d643d2-95ec-4b0f-8020-a84f3ce931cc/user/user_01`";

impl ImportId {
    /// Parses an import ID.
    ///
    /// # Errors
    /// The id is malformed. The message shows the format and names the invalid part.
    pub(super) fn parse(id: &str) -> Result<Self, Diagnostic> {
        Self::read(id).map_err(|what| {
            Diagnostic::error(
                "Malformed import ID",
                format!("{what}. Import IDs have the format {FORM}."),
            )
        })
    }

    /// Parses an ID: an import ID, or the attribute `id`.
    ///
    /// # Errors
    /// A sentence without its full stop that says what is wrong with the ID.
    pub(super) fn read(id: &str) -> Result<Self, String> {
        let parts: Vec<&str> = id.split('/').collect();
        let (location, key) = match parts.as_slice() {
            [region, project_id, key @ ..] if key.len() == 4 => {
                let region = part(Region::new, "region", region);
                let project_id = part(ProjectId::written, "project_id", project_id);
                (Some((region?, project_id?)), key)
            }
            key => (None, key),
        };
        let [resource_type, resource_id, kind, grantee_id] = key else {
            return Err(format!(
                "The ID must have 4 or 6 slash-separated parts, but has {}",
                parts.len()
            ));
        };
        let key = GrantKey::read(resource_type, resource_id, kind, grantee_id)?;
        Ok(Self { location, key })
    }
}

/// Why a text is not a part of a key or location. Displayed as a clause that names the part and the problem.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` {problem}")]
pub(super) struct InvalidPart {
    /// Name of the part, which is also that of its attribute and of its function parameter.
    pub(super) name: &'static str,
    /// What is wrong with it, such as `is too long`.
    problem: String,
}

impl From<InvalidPart> for String {
    fn from(invalid: InvalidPart) -> Self {
        invalid.to_string()
    }
}

/// Parses a part of a key or location.
///
/// # Errors
/// The name of the part and the problem.
pub(super) fn part<T>(
    parse: impl Fn(String) -> Result<T, InvalidId>,
    name: &'static str,
    text: &str,
) -> Result<T, InvalidPart> {
    parse(text.to_owned()).map_err(|invalid| InvalidPart {
        name,
        problem: invalid.problem().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(id: &str) -> Result<(Option<String>, String), String> {
        let parsed = ImportId::parse(id).map_err(|diagnostic| diagnostic.detail)?;
        let location = parsed
            .location
            .map(|(region, project_id)| format!("{region} {project_id}"));
        Ok((location, parsed.key.to_string()))
    }

    #[test]
    fn every_spelling_is_parsed_to_the_canonical_id() {
        for id in ["SECRET/s/user/u", "secret/s/0/u", "Secret/s/USER/u"] {
            assert_eq!(parse(id), Ok((None, "SECRET/s/user/u".to_owned())), "{id}");
        }
        assert_eq!(
            parse("GROUP/s/2/u"),
            Ok((None, "GROUP/s/group/u".to_owned()))
        );
        let placed = parse("cn-north-4/p/SECRET/s/user/u");
        assert_eq!(
            placed,
            Ok((
                Some("cn-north-4 p".to_owned()),
                "SECRET/s/user/u".to_owned()
            ))
        );
    }

    #[test]
    fn c94_a_malformed_import_id_names_the_part_and_the_format() {
        let long = format!("SECRET/{}/user/u", "s".repeat(65));
        for (id, part) in [
            ("", "slash-separated parts, but has 1"),
            ("SECRET/s/user", "slash-separated parts, but has 3"),
            ("p/SECRET/s/user/u", "slash-separated parts, but has 5"),
            ("SECRET/s/user/u/x/y/z", "slash-separated parts, but has 7"),
            ("KEY/s/user/u", "`type` is `KEY`"),
            ("SECRET//user/u", "`resource_id`"),
            (&long, "`resource_id`"),
            ("SECRET/s/role/u", "`grantee_type` is `role`"),
            ("SECRET/s/1/u", "`grantee_type` is `1`"),
            ("SECRET/s/user/", "`grantee_target_id`"),
            ("cn_north/p/SECRET/s/user/u", "`region`"),
            ("cn-north-4//SECRET/s/user/u", "`project_id`"),
        ] {
            let error = parse(id).expect_err(id);
            assert!(
                error.contains(part) && error.contains(FORM),
                "{id}: {error}"
            );
        }
    }

    #[test]
    fn grantee_types_are_compared_by_meaning() {
        assert!(is_same_grantee_type("0", "User"));
        assert!(!is_same_grantee_type("0", "2"));
        assert!(!is_same_grantee_type("nobody", "nobody"));
        assert!(
            GRANTEE_TYPES
                .iter()
                .all(|word| GranteeType::parse(word).is_some())
        );
        assert!(
            RESOURCE_TYPES
                .iter()
                .all(|word| ResourceType::parse(word).is_some())
        );
    }
}
