//! The caller of an operation.

use crate::sandbox::identity::principal::Principal;
use crate::sandbox::identity::token::TokenScope;

/// An authenticated caller.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Caller {
    /// User or assumed agency, with its account and permissions.
    pub(in crate::sandbox) principal: Principal,
    /// Where the credentials are valid. For a signed request it follows from the headers.
    pub(in crate::sandbox) scope: TokenScope,
    /// How the caller has authenticated.
    pub(in crate::sandbox) auth_method: AuthMethod,
}

/// A way to authenticate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum AuthMethod {
    /// A token.
    Token,
    /// A signature with a permanent access key.
    Signature,
    /// A signature with a temporary access key.
    TemporarySignature,
}
