//! Who can sign in: users with passwords, access keys, agencies of other accounts, identity providers.
//!
//! It knows no HTTP and nothing of what an identity may read or change.

pub(super) mod metadata_server;
pub(super) mod principal;
pub(super) mod token;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use crate::sandbox::clock::saturating_add;
use crate::sandbox::id::AccountId;
use crate::wire::Sensitive;
use principal::{Permission, Principal};

/// Number of wrong passwords after which a user is locked.
pub const MAX_LOGIN_TRIES: u32 = 5;

/// An IAM user who signs in with a password.
#[derive(Clone, Debug)]
pub struct SandboxUser {
    /// The user.
    pub principal: Principal,
    /// Password.
    pub password: Sensitive,
}

/// An access key and its secret key; permanent, or temporary with a security token and an expiry.
#[derive(Clone, Debug)]
pub struct AccessKey {
    /// Owner of the key.
    pub principal: Principal,
    /// Key that signs requests.
    pub secret_key: Sensitive,
    /// Token that every signed request must have; only temporary keys have one.
    pub security_token: Option<Sensitive>,
    /// Expiry; none for permanent keys.
    pub expires_at: Option<Timestamp>,
}

/// An agency: lets the users of another account act in this account.
#[derive(Clone, Debug)]
pub struct Agency {
    /// Identity of a user who has assumed the agency: name of the agency, and the account that created it.
    pub principal: Principal,
    /// Account whose users may assume the agency, if they have [`Permission::AssumeAgency`].
    pub trusted_account_id: AccountId,
}

/// An identity provider (OpenID Connect) whose ID tokens are accepted.
#[derive(Clone, Debug)]
pub struct IdentityProvider {
    /// The principal of each ID token.
    pub id_tokens: BTreeMap<IssuedIdToken, Principal>,
}

/// An ID token; `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IssuedIdToken(String);

/// Why a login fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LoginError {
    /// Unknown user or wrong password.
    WrongCredentials,
    /// The user is locked after too many wrong passwords.
    Locked,
}

/// Why an agency cannot be assumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AssumeError {
    /// The account has no such agency.
    NoAgency,
    /// The agency does not trust the account of the user.
    NotTrusted,
    /// The user may not assume agencies.
    NoPermission,
}

/// A new temporary access key.
#[derive(Debug)]
pub(super) struct IssuedKey {
    pub(super) id: String,
    pub(super) secret_key: Sensitive,
    /// Token that every request signed with the key must have in `X-Security-Token`.
    pub(super) security_token: Sensitive,
    pub(super) expires_at: Timestamp,
}

/// All identities.
#[derive(Debug, Default)]
pub(super) struct Identities {
    /// Permanent and temporary keys by their id; expired ones stay, so that they are reported as expired.
    pub(super) access_keys: BTreeMap<String, AccessKey>,
    pub(super) agencies: Vec<Agency>,
    /// Identity providers by id.
    pub(super) providers: BTreeMap<String, IdentityProvider>,
    users: Vec<SandboxUser>,
    /// Number of wrong passwords since the last correct one, by user id.
    failed_logins: BTreeMap<String, u32>,
}

impl IdentityProvider {
    /// The principal of an ID token; none if the provider has not issued it.
    pub(super) fn principal(&self, id_token: &str) -> Option<&Principal> {
        self.id_tokens.get(&IssuedIdToken::from(id_token))
    }
}

impl AccessKey {
    /// Whether the key is temporary.
    pub(super) fn is_temporary(&self) -> bool {
        self.security_token.is_some()
    }
}

impl Identities {
    /// Adds or replaces a user, unlocked.
    pub(super) fn put_user(&mut self, user: SandboxUser) {
        self.users
            .retain(|other| other.principal.id != user.principal.id);
        self.failed_logins.remove(&user.principal.id);
        self.users.push(user);
    }

    /// The user that `is_meant` selects, if the password is correct.
    ///
    /// # Errors
    /// `WrongCredentials` and `Locked`. Wrong passwords are counted; a locked user stays locked whatever the password.
    pub(super) fn log_in(
        &mut self,
        is_meant: impl Fn(&Principal) -> bool,
        password: &Sensitive,
    ) -> Result<Principal, LoginError> {
        let mut users = self.users.iter();
        let user = users.find(|user| is_meant(&user.principal));
        let user = user.ok_or(LoginError::WrongCredentials)?;
        let id = &user.principal.id;
        let failed_count = self.failed_logins.entry(id.clone()).or_default();
        if *failed_count >= MAX_LOGIN_TRIES {
            return Err(LoginError::Locked);
        }
        if user.password != *password {
            *failed_count += 1;
            return Err(LoginError::WrongCredentials);
        }
        *failed_count = 0;
        Ok(user.principal.clone())
    }

    /// The principal as which a caller acts after assuming an agency.
    pub(super) fn assume(
        &self,
        caller: &Principal,
        owner: &AccountId,
        name: &str,
    ) -> Result<Principal, AssumeError> {
        let agency = self.agency(owner, name).ok_or(AssumeError::NoAgency)?;
        if agency.trusted_account_id != caller.account_id {
            return Err(AssumeError::NotTrusted);
        }
        if !caller.permissions.contains(&Permission::AssumeAgency) {
            return Err(AssumeError::NoPermission);
        }
        Ok(agency.principal.clone())
    }

    /// Issues a temporary access key.
    pub(super) fn issue_key(
        &mut self,
        principal: Principal,
        now: Timestamp,
        lifetime: Duration,
    ) -> IssuedKey {
        let mut id = Uuid::new_v4().simple().to_string().to_ascii_uppercase();
        id.truncate(20);
        let secret_key = Sensitive::from(Uuid::new_v4().simple().to_string());
        // Real security tokens are long Base64 text.
        let random = [Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4()].map(|part| part.to_string());
        let security_token = Sensitive::from(format!("sandbox+/{}==", random.join("+/")));
        let expires_at = saturating_add(now, lifetime);
        let key = AccessKey {
            principal,
            secret_key: secret_key.clone(),
            security_token: Some(security_token.clone()),
            expires_at: Some(expires_at),
        };
        self.access_keys.insert(id.clone(), key);
        IssuedKey {
            id,
            secret_key,
            security_token,
            expires_at,
        }
    }

    /// Removes all temporary keys.
    pub(super) fn revoke_temporary_keys(&mut self) {
        self.access_keys.retain(|_, key| !key.is_temporary());
    }

    /// The agency of this name in an account.
    pub(super) fn agency(&self, account_id: &AccountId, name: &str) -> Option<&Agency> {
        let mut agencies = self.agencies.iter();
        agencies.find(|agency| {
            agency.principal.account_id == *account_id && agency.principal.name == name
        })
    }
}

impl From<&str> for IssuedIdToken {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for IssuedIdToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}
