//! Why the store refuses a change.

/// Why the store refuses a change or a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum StoreError {
    /// The project has no such resource of that kind.
    NoResource,
    /// The resource is scheduled for deletion.
    ResourcePendingDelete,
    /// The grant does not exist.
    NoGrant,
    /// The grantee already has a grant on the resource.
    GrantExists,
    /// The operation accepts users only, and the grantee is a group.
    GranteeIsGroup,
    /// The request names no grantee.
    NoGrantee,
}
