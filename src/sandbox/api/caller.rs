//! The caller of an operation, and how it has authenticated.

use crate::sandbox::identity::principal::Principal;
use crate::sandbox::identity::token::TokenScope;

/// Who calls, and for what.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Caller {
    pub(in crate::sandbox) principal: Principal,
    pub(in crate::sandbox) scope: TokenScope,
    /// How the caller has shown who it is.
    pub(in crate::sandbox) auth_method: AuthMethod,
}

/// How a caller shows who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum AuthMethod {
    /// A token.
    Token,
    /// A signature with a permanent access key.
    Signature,
    /// A signature with a temporary access key.
    TemporarySignature,
}
