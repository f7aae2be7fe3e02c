//! Why the store refuses a change.

/// Why the store refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum StoreError {
    /// The project has no such resource, or not of that kind.
    NoResource,
    /// The resource is scheduled for deletion.
    ResourcePendingDelete,
    /// The resource has no such grant.
    NoGrant,
    /// The grantee already has a grant on the resource.
    GrantExists,
    /// A user is looked for, and the grantee is a group.
    GranteeIsGroup,
    /// No grantee is named.
    NoGrantee,
}
