//! Signing in. A credential is obtained when it is first needed, and renewed before it expires and after a rejection.
//!
//! Concurrent callers wait for a sign-in in progress, so that there is one login at a time.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Mutex, MutexGuard};

use super::metadata;
use super::token::{AgencyToken, IssuedCredential, TokenScope};
use crate::cloud::credential::Credential;
use crate::cloud::deadline::Call;
use crate::cloud::error::{Error, ErrorKind};
use crate::cloud::id::Region;
use crate::cloud::settings::identity::CredentialSource;
use crate::cloud::settings::role::{Account, RoleStep};
use crate::cloud::settings::setting;

use super::Session;

/// The longest time before its expiry at which a credential is renewed: longer than any operation takes.
const MAX_RENEWAL_MARGIN: SignedDuration = SignedDuration::from_mins(40);
/// Short-lived credentials are renewed when a quarter of their lifetime is left: one of 15 minutes after 11.
const RENEWAL_FRACTION: i32 = 4;
/// The pause after a failed renewal while the credential is still valid.
const RENEWAL_RETRY_DELAY: SignedDuration = SignedDuration::from_secs(30);
/// The shortest lifetime of an access key, for one that only serves to assume an agency.
const SHORTEST_KEY_LIFETIME: Duration = Duration::from_secs(900);

/// A credential in use.
#[derive(Debug)]
pub(in crate::cloud) struct ActiveCredential {
    pub(in crate::cloud) issued: IssuedCredential,
    /// When it was obtained, by this machine's clock: its lifetime decides when it is renewed.
    obtained_at: Timestamp,
}

impl ActiveCredential {
    fn new(issued: IssuedCredential, obtained_at: Timestamp) -> Self {
        Self {
            issued,
            obtained_at,
        }
    }

    /// Whether it should be renewed now.
    fn needs_renewal(&self, now: Timestamp) -> bool {
        let Some(expires_at) = self.issued.expires_at else {
            return false;
        };
        let life = expires_at.duration_since(self.obtained_at);
        let margin = MAX_RENEWAL_MARGIN.min(life / RENEWAL_FRACTION);
        expires_at.duration_since(now) <= margin
    }

    /// Whether it has expired; never for a credential whose expiry is unknown.
    fn is_expired(&self, now: Timestamp) -> bool {
        self.issued.expires_at.is_some_and(|end| end <= now)
    }
}

/// The state of signing in.
#[derive(Debug, Default)]
pub(in crate::cloud) struct SignIn(Mutex<SignInState>);

/// What is known from earlier sign-ins. The lock is held during a sign-in.
#[derive(Debug, Default)]
struct SignInState {
    session: Option<Arc<ActiveCredential>>,
    /// An error that a retry would repeat.
    final_error: Option<Error>,
    /// No renewal is attempted before this time while the credential is valid.
    no_renewal_until: Option<Timestamp>,
}

impl SignInState {
    /// The current credential, if it can be used without a request.
    fn usable_credential(
        &self,
        rejected: Option<&Arc<ActiveCredential>>,
        now: Timestamp,
    ) -> Option<&Arc<ActiveCredential>> {
        let session = self.session.as_ref()?;
        if rejected.is_some_and(|rejected| Arc::ptr_eq(rejected, session)) {
            return None;
        }
        let is_quiet =
            self.final_error.is_some() || self.no_renewal_until.is_some_and(|until| now < until);
        let is_usable = !session.needs_renewal(now) || is_quiet && !session.is_expired(now);
        is_usable.then_some(session)
    }
}

impl Session {
    /// See [`Client::may_send_optional_request`](crate::cloud::Client::may_send_optional_request).
    pub(in crate::cloud) fn may_send_optional_request(&self) -> bool {
        let is_password = matches!(
            self.settings.identity.origin,
            CredentialSource::Password { .. }
        );
        let state = self.sign_in.0.try_lock();
        !is_password || state.is_ok_and(|state| state.session.is_some())
    }

    /// The credential to use now.
    pub(in crate::cloud) async fn active_credential(
        &self,
        call: &Call,
    ) -> Result<Arc<ActiveCredential>, Error> {
        self.credential_instead_of(call, None).await
    }

    /// A credential to use instead of a rejected one; `None` if there is no other.
    pub(in crate::cloud) async fn renewed_credential(
        &self,
        call: &Call,
        rejected: &Arc<ActiveCredential>,
    ) -> Option<Arc<ActiveCredential>> {
        let identity = &self.settings.identity;
        if matches!(identity.origin, CredentialSource::Keys(_)) && identity.steps.is_empty() {
            return None;
        }
        let renewed = self.credential_instead_of(call, Some(rejected)).await;
        let logged = |error: &Error| tracing::warn!(kind = ?error.kind(), "could not renew the rejected credential");
        renewed.inspect_err(logged).ok()
    }

    /// The current credential, or a new one if that is `rejected`, expired or about to expire.
    ///
    /// A failed renewal is no error while the current credential is valid. A final error is remembered, so that a wrong
    /// password is sent once.
    async fn credential_instead_of(
        &self,
        call: &Call,
        rejected: Option<&Arc<ActiveCredential>>,
    ) -> Result<Arc<ActiveCredential>, Error> {
        let mut state = self.lock_state(call).await?;
        let now = Timestamp::now();
        if let Some(session) = state.usable_credential(rejected, now) {
            return Ok(session.clone());
        }
        if let Some(refusal) = &state.final_error {
            return Err(refusal.clone());
        }
        let error = match self.obtain_credential(call, rejected.is_some()).await {
            Ok(issued) => {
                let session = Arc::new(ActiveCredential::new(issued, Timestamp::now()));
                state.session = Some(session.clone());
                state.no_renewal_until = None;
                return Ok(session);
            }
            Err(error) => error,
        };
        let error = error.with_ambiguity(false);
        let is_password = matches!(
            self.settings.identity.origin,
            CredentialSource::Password { .. }
        );
        let has_nothing_else = rejected.is_some() || state.session.is_none();
        if is_final(error.kind()) && (is_password || has_nothing_else) {
            state.final_error = Some(error.clone());
        }
        state.no_renewal_until = now.checked_add(RENEWAL_RETRY_DELAY).ok();
        match state.usable_credential(rejected, now) {
            Some(session) => {
                tracing::warn!(kind = ?error.kind(), "could not renew the credential; the current one is still valid");
                Ok(session.clone())
            }
            None => Err(error),
        }
    }

    /// Waits for a sign-in in progress.
    async fn lock_state(&self, call: &Call) -> Result<MutexGuard<'_, SignInState>, Error> {
        tokio::select! {
            biased;
            () = call.cancel.cancelled() => Err(Error::new(ErrorKind::Cancelled, None)),
            state = self.sign_in.0.lock() => Ok(state),
            () = tokio::time::sleep_until(call.deadline) => Err(Error::new(ErrorKind::Timeout, None)),
        }
    }

    /// Obtains the first credential and takes every step after it.
    async fn obtain_credential(
        &self,
        call: &Call,
        is_rejected: bool,
    ) -> Result<IssuedCredential, Error> {
        let identity = &self.settings.identity;
        let issued = self.obtain_first_credential(call, is_rejected).await;
        let mut issued = issued.map_err(|error| sign_in_error(error, identity.origin_argument))?;
        for (index, step) in identity.steps.iter().enumerate() {
            let taken = self.assume_step(call, &issued, step, index == 0).await;
            issued = taken.map_err(|error| sign_in_error(error, identity.step_argument(index)))?;
        }
        Ok(issued)
    }

    /// The first credential.
    async fn obtain_first_credential(
        &self,
        call: &Call,
        is_rejected: bool,
    ) -> Result<IssuedCredential, Error> {
        let identity = &self.settings.identity;
        let issued = match &identity.origin {
            CredentialSource::Token(token) if is_rejected && identity.steps.is_empty() => {
                // A valid token with another scope can be exchanged for one with the right scope.
                let scope = self.token_scope()?;
                self.create_token_by_token(call, token, &scope).await?
            }
            CredentialSource::Token(token) => {
                IssuedCredential::from_caller(Credential::Token(token.clone()))
            }
            CredentialSource::Keys(keys) => {
                IssuedCredential::from_caller(Credential::Keys(keys.clone()))
            }
            CredentialSource::Password { user, password } => {
                let scope = self.token_scope()?;
                self.create_token_by_password(call, user, password, &scope)
                    .await?
            }
            CredentialSource::Oidc { idp_id, id_token } => {
                let id_token = id_token.read()?;
                self.create_token_with_id_token(call, idp_id, &id_token)
                    .await?
            }
            CredentialSource::Metadata => {
                let stand_in = self.settings.override_endpoint();
                let key = metadata::request_agency_key(call, stand_in).await;
                key.map_err(|why| match call.end_kind() {
                    Some(kind) => Error::new(kind, None),
                    None => identity.no_credentials(&why),
                })?
            }
        };
        Ok(issued)
    }

    /// Takes one step from `issued` to the next credential. `is_first`: `issued` is the caller's own, in the caller's
    /// account.
    async fn assume_step(
        &self,
        call: &Call,
        issued: &IssuedCredential,
        step: &RoleStep,
        is_first: bool,
    ) -> Result<IssuedCredential, Error> {
        let credential = &issued.credential;
        match step {
            RoleStep::AgencyToken {
                agency_name,
                domain_name,
                project_name,
            } => {
                let project_name = match project_name {
                    Some(name) => name,
                    None => self.require_region()?.as_str(),
                };
                // A token contains its account, a signature does not.
                let account = match credential {
                    Credential::Keys(_) => {
                        let own = self.settings.domain_id.as_ref().filter(|_| is_first);
                        match issued.domain_id.as_ref().or(own) {
                            Some(id) => Some(id.clone()),
                            None => Some(self.account_of_key(call, credential).await?),
                        }
                    }
                    _ => None,
                };
                let agency = AgencyToken {
                    agency_name,
                    domain_name,
                    project_name,
                    caller: account.as_ref(),
                };
                self.create_agency_token(call, credential, agency).await
            }
            // STS accepts only signed requests.
            RoleStep::Assume(role)
                if matches!(role.account, Account::Id(_))
                    && matches!(credential, Credential::Token(_)) =>
            {
                let key = self.create_key_by_token(call, credential, Some(SHORTEST_KEY_LIFETIME));
                self.assume(call, &key.await?.credential, role).await
            }
            RoleStep::Assume(role) => self.assume(call, credential, role).await,
        }
    }

    /// The scope of the first token: the project by id, or by name, or the region's project. If a role is assumed next,
    /// the project of the settings is the role's, and the first token is for the caller's project in the region.
    fn token_scope(&self) -> Result<TokenScope, Error> {
        let settings = &self.settings;
        let is_for_role = matches!(settings.identity.steps.first(), Some(RoleStep::Assume(_)));
        if let Some(id) = settings.project_id.as_ref().filter(|_| !is_for_role) {
            return Ok(TokenScope::ProjectId(id.clone()));
        }
        let domain_id = settings.domain_id.clone().map(Account::Id);
        let domain_name = settings.domain_name.clone().map(Account::Name);
        let name = match is_for_role {
            true => self.require_region()?.as_str(),
            false => self.project_name()?,
        };
        Ok(TokenScope::ProjectName {
            name: name.to_owned(),
            account: domain_id.or(domain_name),
        })
    }

    /// The name of the provider's project.
    pub(in crate::cloud) fn project_name(&self) -> Result<&str, Error> {
        let settings = &self.settings;
        let name = settings.project_name.as_deref();
        let name = name.or(settings.region.as_ref().map(Region::as_str));
        name.ok_or_else(|| setting::REGION.missing())
    }
}

/// A sign-in error is not an error of the operation: "not found" becomes `Authentication`.
fn sign_in_error(error: Error, argument: Option<&'static str>) -> Error {
    let error = match error.is_not_found() {
        true => error.with_kind(ErrorKind::Authentication),
        false => error,
    };
    error.with_credential_argument(argument)
}

/// Whether a retry would fail in the same way.
fn is_final(kind: ErrorKind) -> bool {
    use ErrorKind::{Cancelled, Throttled, Timeout, Transient, Unreachable, Unreadable};
    !matches!(
        kind,
        Cancelled | Throttled | Timeout | Transient | Unreachable | Unreadable
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::credential::{Sensitive, Token};

    const START: &str = "2026-01-01T00:00:00Z";

    fn at(minutes: i64) -> Timestamp {
        let start: Timestamp = START.parse().expect("a time");
        start + SignedDuration::from_mins(minutes)
    }

    fn session(life_minutes: Option<i64>) -> ActiveCredential {
        let token = Token::new(&Sensitive::new("t")).expect("a token");
        let issued = IssuedCredential {
            expires_at: life_minutes.map(at),
            ..IssuedCredential::from_caller(Credential::Token(token))
        };
        ActiveCredential::new(issued, at(0))
    }

    #[test]
    fn sessions_are_renewed_40_minutes_before_expiry_or_in_the_last_quarter() {
        // Life, until when it is left alone, from when it is renewed; in minutes.
        for (life, last, first) in [
            (Some(24 * 60), 24 * 60 - 41, 24 * 60 - 40),
            (Some(160), 119, 120),
            (Some(60), 44, 45),
            (Some(16), 11, 12),
        ] {
            let session = session(life);
            assert!(!session.needs_renewal(at(last)), "{life:?}");
            assert!(session.needs_renewal(at(first)), "{life:?}");
            let end = life.expect("an end");
            assert!(!session.is_expired(at(end - 1)) && session.is_expired(at(end)));
        }
        let endless = session(None);
        assert!(!endless.needs_renewal(at(10_000_000)) && !endless.is_expired(at(10_000_000)));
    }

    #[test]
    fn refused_and_expired_sessions_are_not_used_but_unrenewed_ones_are() {
        let mut state = SignInState {
            session: Some(Arc::new(session(Some(60)))),
            ..SignInState::default()
        };
        let own = state.session.clone().expect("a session");
        let other = Arc::new(session(Some(60)));
        assert!(state.usable_credential(None, at(1)).is_some());
        assert!(state.usable_credential(Some(&own), at(1)).is_none());
        assert!(state.usable_credential(Some(&other), at(1)).is_some());
        assert!(state.usable_credential(None, at(50)).is_none());
        state.no_renewal_until = Some(at(51));
        assert!(state.usable_credential(None, at(50)).is_some());
        assert!(state.usable_credential(None, at(51)).is_none());
        assert!(state.usable_credential(None, at(60)).is_none());
        state.final_error = Some(Error::new(ErrorKind::Authentication, None));
        assert!(state.usable_credential(None, at(59)).is_some());
        assert!(state.usable_credential(None, at(60)).is_none());
    }
}
