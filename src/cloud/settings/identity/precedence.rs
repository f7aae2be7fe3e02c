//! Which credential is used if several are set: one table.
//!
//! The choice, the warnings and the documentation are derived from it. Region, project and account are not credentials;
//! each is resolved separately.

use crate::cloud::settings::role;
use crate::cloud::settings::setting::Setting;
use crate::cloud::settings::variables;

/// Where a credential is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cloud) enum CredentialOrigin {
    /// The provider block.
    Block,
    /// A profile of a shared configuration file.
    Profile,
    /// Environment variables.
    Environment,
    /// The metadata service of the ECS instance.
    Server,
}

/// Kind of credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CredentialKind {
    /// A token of an identity provider.
    Oidc,
    /// A token of IAM.
    Token,
    /// An access key.
    AccessKey,
    /// A user's password.
    Password,
    /// The access key of the ECS instance's agency.
    Metadata,
}

/// The sources in order of precedence, and the kinds that each can have, in order. The first credential that is set is
/// used.
///
/// Each source counts as a set: a kind in the block hides every kind of the later sources.
pub(in crate::cloud) const PRECEDENCE: [(CredentialOrigin, &[CredentialKind]); 4] = [
    (CredentialOrigin::Block, EXPLICIT_KINDS),
    (
        CredentialOrigin::Profile,
        &[CredentialKind::AccessKey, CredentialKind::Metadata],
    ),
    (CredentialOrigin::Environment, EXPLICIT_KINDS),
    (CredentialOrigin::Server, &[CredentialKind::Metadata]),
];

/// The kinds that arguments and variables can set, in the order of the provider `huaweicloud`.
pub(super) const EXPLICIT_KINDS: &[CredentialKind] = &[
    CredentialKind::Oidc,
    CredentialKind::Token,
    CredentialKind::AccessKey,
    CredentialKind::Password,
];

pub(super) const TOKEN: Setting = Setting {
    argument: "token",
    variables: variables::TOKEN,
};
pub(super) const ACCESS_KEY: Setting = Setting {
    argument: "access_key",
    variables: variables::ACCESS_KEY,
};
pub(super) const SECRET_KEY: Setting = Setting {
    argument: "secret_key",
    variables: variables::SECRET_KEY,
};
pub(super) const SECURITY_TOKEN: Setting = Setting {
    argument: "security_token",
    variables: variables::SECURITY_TOKEN,
};
pub(super) const USER_NAME: Setting = Setting {
    argument: "user_name",
    variables: variables::USER_NAME,
};
pub(super) const USER_ID: Setting = Setting {
    argument: "user_id",
    variables: variables::USER_ID,
};
pub(super) const PASSWORD: Setting = Setting {
    argument: "password",
    variables: variables::PASSWORD,
};
/// Block of the identity provider; errors of all its settings are reported there.
pub(super) const OIDC: &str = "assume_role_with_oidc";
pub(super) const IDP_ID: Setting = Setting {
    argument: OIDC,
    variables: variables::IDP_ID,
};
/// The account of the agency: the variable of roles, reported at the OIDC block.
pub(super) const OIDC_DOMAIN_ID: Setting = Setting {
    argument: OIDC,
    variables: role::ROLE_DOMAIN_ID.variables,
};
pub(super) const ID_TOKEN: Setting = Setting {
    argument: OIDC,
    variables: variables::ID_TOKEN,
};
pub(super) const ID_TOKEN_FILE: Setting = Setting {
    argument: OIDC,
    variables: variables::ID_TOKEN_FILE,
};

impl CredentialKind {
    /// The setting that identifies this kind of credential in messages.
    pub(super) fn setting(self) -> Option<&'static Setting> {
        match self {
            Self::Oidc => Some(&IDP_ID),
            Self::Token => Some(&TOKEN),
            Self::AccessKey => Some(&ACCESS_KEY),
            Self::Password => Some(&PASSWORD),
            Self::Metadata => None,
        }
    }
}

/// Every credential that can be set, in order of precedence.
pub(super) fn candidates() -> impl Iterator<Item = (CredentialOrigin, CredentialKind)> {
    PRECEDENCE
        .iter()
        .flat_map(|(origin, kinds)| kinds.iter().map(|kind| (*origin, *kind)))
}

/// Whether the provider `huaweicloud` would use `other` instead of `used` if both are complete: it compares kinds
/// first, and a profile's key replaces every other key. Users of that provider get a warning.
pub(super) fn wins_in_huaweicloud(
    other: (CredentialOrigin, CredentialKind),
    used: (CredentialOrigin, CredentialKind),
) -> bool {
    match (other.0, used.0) {
        _ if other.1 != used.1 => other.1 < used.1,
        (CredentialOrigin::Profile, CredentialOrigin::Block) => true,
        _ => false,
    }
}
