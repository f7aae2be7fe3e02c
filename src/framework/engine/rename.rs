//! Request: move an object that was stored under the other name of the same resource.

use crate::framework::diagnostic::Diagnostic;
use crate::framework::provider::Provider;

use super::{Engine, ErasedResource, Registration};

/// The origin of an object to move.
#[derive(Clone, Copy, Debug)]
pub struct MoveOrigin<'a> {
    /// Source address of the provider that stored the object, with or without the registry host.
    pub provider: &'a str,
    /// Resource type name that it was stored under.
    pub name: &'a str,
}

impl<P: Provider> Engine<P> {
    /// Checks that the object at `origin` is a `resource` stored under any of its names by the provider whose source
    /// address is `own`. Its state is then valid without conversion.
    ///
    /// # Errors
    /// The object belongs to another resource or provider.
    pub fn rename(
        &self,
        resource: &Registration<ErasedResource<P::Client>>,
        own: &str,
        origin: MoveOrigin<'_>,
    ) -> Result<(), Diagnostic> {
        let MoveOrigin { provider, name } = origin;
        let source = self.resource(name).ok();
        let is_same = source.is_some_and(|source| source.name() == resource.name());
        if is_same && (is_same_provider(provider, own) || is_local_name(provider, name)) {
            return Ok(());
        }
        let detail = format!(
            "Cannot move an object from `{name}` (provider `{provider}`) to `{target}` (provider `{own}`). A `moved` \
             block can move an object only between the two names of the same resource type, with and without the \
             provider prefix. Remove the `moved` block and import the object instead.",
            target = resource.name()
        );
        Err(Diagnostic::error("Unable to move resource state", detail))
    }
}

/// Whether an address is the local name that a client derives from a resource type without an explicit provider: the
/// first word of the type name. OpenTofu 1.10.0 to 1.12.3 sends this name in place of the provider's address, even if
/// the block sets `provider`.
fn is_local_name(address: &str, type_name: &str) -> bool {
    !address.is_empty() && type_name.split('_').next() == Some(address)
}

/// Whether two source addresses name the same provider. The registry host is ignored: it differs between Terraform,
/// OpenTofu and mirrors.
fn is_same_provider(one: &str, other: &str) -> bool {
    fn name(address: &str) -> Option<(&str, &str)> {
        let mut parts = address.rsplit('/');
        let ty = parts.next()?;
        Some((parts.next()?, ty))
    }
    name(one).is_some_and(|one| name(other) == Some(one))
}

#[cfg(test)]
mod tests {
    use super::{is_local_name, is_same_provider};

    #[test]
    fn a_local_name_is_implied_by_the_first_word_of_the_type() {
        for (address, type_name, expected) in [
            ("csms", "csms_grant", true),
            ("repo", "repo_kms_grant", true),
            ("hwgrants", "hwgrants_csms_grant", true),
            ("plain", "plain", true),
            ("hwgrants", "csms_grant", false),
            ("csms_grant", "csms_grant", false),
            ("other", "csms_grant", false),
            ("hashicorp/csms", "csms_grant", false),
            ("", "csms_grant", false),
            ("", "", false),
        ] {
            let is_local_name = is_local_name(address, type_name);
            assert_eq!(is_local_name, expected, "{address} {type_name}");
        }
    }

    #[test]
    fn providers_are_compared_by_namespace_and_type_only() {
        for (address, expected) in [
            ("hwgrants/hwgrants", true),
            ("registry.example.com/hwgrants/hwgrants", true),
            ("localhost:8080/hwgrants/hwgrants", true),
            ("registry.example.com/other/hwgrants", false),
            ("registry.example.com/hwgrants/other", false),
            ("hwgrants", false),
            ("", false),
        ] {
            let is_same = is_same_provider(address, "hwgrants/hwgrants");
            assert_eq!(is_same, expected, "{address}");
        }
    }
}
