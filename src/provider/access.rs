//! The configured provider that resources work with: the cloud client, the provider's defaults, guardrails and clock.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::cloud::{Call, Client, DomainId, ProjectId, ProjectLocation, Region};
use crate::framework::{Context, Diagnostic, Field, OrEmpty, Private, Text};

use crate::run_record::Record;

use super::account_key::AccountRegion;
use super::clock::Clock;
use super::failure;
use super::guardrail::Guardrails;
use super::run::Run;
use super::timeouts::{
    InvokeTimeout, Operation, ReadTimeout, Timeouts, invoke_timeout, read_timeout, timeout,
};

/// The configured provider.
pub struct Access {
    /// Incomplete while an argument is unknown, so it is handed out by [`Self::client`] only.
    client: Client,
    /// Names of arguments of the provider block that are unknown until apply; empty during apply.
    unknown_arguments: Vec<&'static str>,
    guardrails: Guardrails,
    clock: Clock,
    /// What this process has done; `record` also has what other processes of the same run have planned and done.
    run: Run,
    record: Record,
}

impl Access {
    /// Access through `client`. `unknown_arguments` are the arguments of the provider block that are unknown until
    /// apply.
    pub(super) fn new(
        client: Client,
        unknown_arguments: Vec<&'static str>,
        guardrails: Guardrails,
        clock: Clock,
    ) -> Self {
        Self {
            client,
            unknown_arguments,
            guardrails,
            clock,
            run: Run::default(),
            record: Record::in_memory(),
        }
    }

    /// Sets the record that plans are written to.
    pub(super) fn with_record(self, record: Record) -> Self {
        Self { record, ..self }
    }

    /// The record in which a plan is stored for the apply.
    pub(super) fn record(&self) -> &Record {
        &self.record
    }

    /// Whether an argument of the provider block is unknown until apply.
    pub(super) fn has_unknown_arguments(&self) -> bool {
        !self.unknown_arguments.is_empty()
    }

    /// The client, for sending requests.
    ///
    /// # Errors
    /// An argument of the provider block is unknown until apply.
    pub(super) fn client(&self) -> Result<&Client, Diagnostic> {
        if !self.has_unknown_arguments() {
            return Ok(&self.client);
        }
        let detail = format!(
            "The provider needs to send a request to Huawei Cloud, but these provider arguments are known only after \
             apply: `{}`. Use `-target` to first apply the resources that these arguments depend on, or set the \
             arguments from variables.",
            self.unknown_arguments.join("`, `")
        );
        Err(Diagnostic::error(
            "Provider configuration known only after apply",
            detail,
        ))
    }

    /// The guardrails of the provider block.
    pub(super) fn guardrails(&self) -> &Guardrails {
        &self.guardrails
    }

    /// What this run has done to each grant and delegation.
    pub(super) fn run(&self) -> &Run {
        &self.run
    }

    /// The current time, adjusted by `HWGRANTS_CLOCK`.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The current date in UTC.
    pub(super) fn today(&self) -> Date {
        self.clock.today()
    }

    /// Sets the region of a new resource to the provider's if the configuration has none.
    pub(super) fn predict_region(
        &self,
        config: &Field<OrEmpty<Region>>,
        plan: &mut Field<OrEmpty<Region>>,
    ) {
        if config.is_null() {
            *plan = or_empty(self.default_region());
        }
    }

    /// The region of the provider; unknown if an argument that determines it is unknown, or if it has none.
    fn default_region(&self) -> Field<Region> {
        self.predict(REGION_ARGUMENTS, self.client.region())
    }

    /// Sets the project of a new resource in `region` to the provider's if the configuration has none. Sends no
    /// request: a project that IAM must resolve stays unknown.
    pub(super) fn predict_project_id(
        &self,
        config: &Field<OrEmpty<ProjectId>>,
        region: &Field<OrEmpty<Region>>,
        plan: &mut Field<OrEmpty<ProjectId>>,
    ) {
        if config.is_null() {
            *plan = or_empty(self.default_project_id(region.set()));
        }
    }

    /// The project of the provider, if `region` is the region of the provider; otherwise unknown.
    fn default_project_id(&self, region: Option<&Region>) -> Field<ProjectId> {
        let is_own = region == self.client.region();
        self.predict(
            PROJECT_ARGUMENTS,
            self.client.project_id().filter(|_| is_own),
        )
    }

    /// Sets the account of a new resource to the provider's if the configuration has none. Sends no request: an account
    /// that IAM must resolve stays unknown.
    pub(super) fn predict_domain_id(
        &self,
        config: &Field<OrEmpty<DomainId>>,
        plan: &mut Field<OrEmpty<DomainId>>,
    ) {
        if config.is_null() {
            *plan = or_empty(self.predict(DOMAIN_ARGUMENTS, self.client.domain_id()));
        }
    }

    /// The region and project of a resource, with the provider's defaults in place of empty texts. Null stays null.
    /// Sends no request: what IAM must resolve is unknown.
    pub(super) fn resolve_default(
        &self,
        region: &Field<OrEmpty<Region>>,
        project_id: &Field<OrEmpty<ProjectId>>,
    ) -> (Field<Region>, Field<ProjectId>) {
        let region = resolve(region, || self.default_region());
        let project_id = resolve(project_id, || self.default_project_id(region.known()));
        (region, project_id)
    }

    /// The account of a resource, with the provider's default in place of an empty text. See [`Self::resolve_default`].
    pub(super) fn resolve_default_domain_id(
        &self,
        configured: &Field<OrEmpty<DomainId>>,
    ) -> Field<DomainId> {
        resolve(configured, || {
            self.predict(DOMAIN_ARGUMENTS, self.client.domain_id())
        })
    }

    /// The account of the provider, if it is known without a request.
    pub(super) fn default_domain_id(&self) -> Option<&DomainId> {
        self.client
            .domain_id()
            .filter(|_| !self.depends_on_unknown(DOMAIN_ARGUMENTS))
    }

    /// `value` as a field; unknown if it must be resolved by a request or one of `arguments` is unknown until apply.
    fn predict<T: Clone>(&self, arguments: &[&str], value: Option<&T>) -> Field<T> {
        match value {
            Some(value) if !self.depends_on_unknown(arguments) => Field::Known(value.clone()),
            _ => Field::Unknown,
        }
    }

    /// Whether one of these arguments of the provider block is unknown until apply.
    fn depends_on_unknown(&self, arguments: &[&str]) -> bool {
        arguments
            .iter()
            .any(|argument| self.unknown_arguments.contains(argument))
    }

    /// The configured region, or else the region of the provider.
    ///
    /// # Errors
    /// The provider has no region.
    pub(super) fn region(&self, configured: &Field<OrEmpty<Region>>) -> Result<Region, Diagnostic> {
        match configured.set() {
            Some(region) => Ok(region.clone()),
            None => self
                .client
                .require_region()
                .cloned()
                .map_err(|error| failure::of_configuration(&error)),
        }
    }

    /// The configured region and project, or else those of the provider. Requests the project from IAM if it is not
    /// configured anywhere.
    ///
    /// # Errors
    /// The provider has no region, or the project cannot be resolved.
    pub(super) async fn location(
        &self,
        region: &Field<OrEmpty<Region>>,
        project_id: &Field<OrEmpty<ProjectId>>,
        call: &Call,
    ) -> Result<ProjectLocation, Diagnostic> {
        let region = self.region(region)?;
        let project_id = match project_id.set() {
            Some(id) => id.clone(),
            None => {
                let found = self.client.project_id_of(&region, call).await;
                found.map_err(|error| failure::of("looking up the project", &error))?
            }
        };
        Ok(ProjectLocation { region, project_id })
    }

    /// The configured region and account, or else those of the provider. Requests the account from IAM if it is not configured
    /// anywhere.
    ///
    /// # Errors
    /// The provider has no region, or the account cannot be resolved.
    pub(super) async fn account_region(
        &self,
        region: &Field<OrEmpty<Region>>,
        tenant_id: &Field<OrEmpty<DomainId>>,
        call: &Call,
    ) -> Result<AccountRegion, Diagnostic> {
        Ok(AccountRegion {
            region: self.region(region)?,
            tenant_id: self.domain_id(tenant_id, call).await?,
        })
    }

    /// The configured account, or else that of the provider. Requests the account from IAM if it is not configured
    /// anywhere.
    ///
    /// # Errors
    /// The account cannot be resolved.
    pub(super) async fn domain_id(
        &self,
        configured: &Field<OrEmpty<DomainId>>,
        call: &Call,
    ) -> Result<DomainId, Diagnostic> {
        match configured.set() {
            Some(id) => Ok(id.clone()),
            None => {
                let found = self.client.account_id(call).await;
                found.map_err(|error| failure::of("looking up the account", &error))
            }
        }
    }
}

/// Arguments of the provider block that determine the region.
pub(super) const REGION_ARGUMENTS: &[&str] = &["region", "profile", "shared_config_file"];

/// Arguments of the provider block that determine the project.
const PROJECT_ARGUMENTS: &[&str] = &[
    "project_id",
    "tenant_id",
    "region",
    "profile",
    "shared_config_file",
    "agency_name",
    "agency_domain_name",
    "assume_role",
];

/// Arguments of the provider block that determine the account. An assumed role switches to the role's account.
const DOMAIN_ARGUMENTS: &[&str] = &[
    "domain_id",
    "profile",
    "shared_config_file",
    "agency_name",
    "agency_domain_name",
    "assume_role",
    "assume_role_with_oidc",
];

/// Wraps a value that is not an empty text.
fn or_empty<T>(value: Field<T>) -> Field<OrEmpty<T>> {
    match value {
        Field::Known(value) => Field::Known(OrEmpty::Set(value)),
        Field::Null => Field::Null,
        Field::Unknown => Field::Unknown,
    }
}

/// The configured value, with `default` in place of an empty text.
fn resolve<T: Clone>(
    configured: &Field<OrEmpty<T>>,
    default: impl FnOnce() -> Field<T>,
) -> Field<T> {
    match configured {
        Field::Known(OrEmpty::Set(value)) => Field::Known(value.clone()),
        Field::Known(OrEmpty::Empty) => default(),
        Field::Null => Field::Null,
        Field::Unknown => Field::Unknown,
    }
}

/// The configured value as text. An empty text is unknown, because the operation resolves it.
pub(super) fn known_if_set<T: Text + Clone>(configured: &Field<OrEmpty<T>>) -> Field<String> {
    let text = resolve(configured, || Field::Unknown);
    text_of(&text)
}

/// A value as text. Null and unknown are preserved.
pub(super) fn text_of<T: Text>(field: &Field<T>) -> Field<String> {
    match field {
        Field::Known(value) => Field::Known(value.as_text().into_owned()),
        Field::Null => Field::Null,
        Field::Unknown => Field::Unknown,
    }
}

/// The value of an attribute that an operation requires.
///
/// # Errors
/// The value is null or unknown.
pub(super) fn required<T: Clone>(field: &Field<T>, attribute: &str) -> Result<T, Diagnostic> {
    field.known().cloned().ok_or_else(|| {
        let detail = format!("The argument `{attribute}` is required, but has no value.");
        Diagnostic::error("Missing value", detail).at_root(attribute)
    })
}

/// An attribute for which an empty text means the provider's default.
///
/// The state keeps the empty text, and the resolved value is stored in the private state, because the provider's
/// default may change.
pub(super) trait Location {
    /// The same value, with the one stored under `fact` in place of an empty text.
    fn with_location(&self, private: &Private, fact: &str) -> Self;

    /// Stores the value of `created` under `fact` if this field of the plan is an empty text; deletes the fact
    /// otherwise.
    fn note_location(&self, created: &Self, private: &mut Private, fact: &str);
}

impl<T: Text + Clone> Location for Field<OrEmpty<T>> {
    fn with_location(&self, private: &Private, fact: &str) -> Self {
        let remembered = private.fact(fact).filter(|_| self.is_empty());
        match remembered.map(T::parse) {
            Some(Ok(value)) => Field::Known(OrEmpty::Set(value)),
            _ => self.clone(),
        }
    }

    fn note_location(&self, created: &Self, private: &mut Private, fact: &str) {
        match created.set() {
            Some(created) if self.is_empty() => private.remember(fact, &created.as_text()),
            _ => private.forget(fact),
        }
    }
}

/// The limits of an operation: its timeout and cancellation by Terraform.
pub(super) fn call(context: &Context, timeouts: &Field<Timeouts>, operation: Operation) -> Call {
    Call::within(timeout(timeouts, operation), context.cancellation().clone())
}

/// The limits of reading a data source: its timeout and cancellation by Terraform.
pub(super) fn data_call(context: &Context, timeouts: &Field<ReadTimeout>) -> Call {
    Call::within(read_timeout(timeouts), context.cancellation().clone())
}

/// The limits of an action: its timeout and cancellation by Terraform.
pub(super) fn action_call(context: &Context, timeouts: &Field<InvokeTimeout>) -> Call {
    Call::within(invoke_timeout(timeouts), context.cancellation().clone())
}

/// A time as text for the state: RFC 3339 in UTC.
pub(super) fn rfc3339(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}
