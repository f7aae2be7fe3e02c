//! What the resources work with: the cloud client, what the provider block leaves open, and the day.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::cloud::{Call, Client, DomainId, ProjectId, ProjectLocation, Region};
use crate::framework::{Context, Diagnostic, Field, OrEmpty, Private, Text};

use crate::run_record::Record;

use super::clock::Clock;
use super::failure;
use super::guardrail::Guardrails;
use super::run::Run;
use super::timeouts::{Operation, ReadTimeout, Timeouts, read_timeout, timeout};

/// The provider, configured.
#[derive(Debug)]
pub struct Access {
    client: Client,
    undecided: Vec<&'static str>,
    guardrails: Guardrails,
    clock: Clock,
    run: Run,
    record: Record,
}

impl Access {
    /// Access through `client`; `undecided` are the arguments of the provider block that are unknown while planning.
    pub(super) fn new(
        client: Client,
        undecided: Vec<&'static str>,
        guardrails: Guardrails,
        clock: Clock,
    ) -> Self {
        Self {
            client,
            undecided,
            guardrails,
            clock,
            run: Run::default(),
            record: Record::in_memory(),
        }
    }

    /// The same access, whose plans are noted in `record`.
    pub(super) fn noting_plans(self, record: Record) -> Self {
        Self { record, ..self }
    }

    /// Where plans are noted for whoever carries them out.
    pub(super) fn record(&self) -> &Record {
        &self.record
    }

    /// Whether the provider block held values that are not known yet.
    pub(super) fn is_waiting(&self) -> bool {
        !self.undecided.is_empty()
    }

    /// The client, for sending something.
    ///
    /// # Errors
    /// The provider block holds values that are not known yet.
    pub(super) fn client(&self) -> Result<&Client, Diagnostic> {
        if !self.is_waiting() {
            return Ok(&self.client);
        }
        let detail = format!(
            "A request to Huawei Cloud is needed, but these arguments of the provider block are known only after apply: `{}`. \
             Apply the resources that they depend on first, with `-target`, or set them with variables.",
            self.undecided.join("`, `")
        );
        Err(Diagnostic::error("Provider configuration unknown", detail))
    }

    /// The rules for grants.
    pub(super) fn guardrails(&self) -> &Guardrails {
        &self.guardrails
    }

    /// What this run has done so far.
    pub(super) fn run(&self) -> &Run {
        &self.run
    }

    /// The time.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The date in UTC.
    pub(super) fn today(&self) -> Date {
        self.clock.today()
    }

    /// Fills in the region of a new resource that names none.
    pub(super) fn predict_region(
        &self,
        config: &Field<OrEmpty<Region>>,
        plan: &mut Field<OrEmpty<Region>>,
    ) {
        if config.is_null() {
            *plan = or_empty(self.own_region());
        }
    }

    fn own_region(&self) -> Field<Region> {
        self.predict(FROM_REGION, self.client.region())
    }

    /// Fills in the project of a new resource in `region` that names none, as far as nobody must be asked for it.
    pub(super) fn predict_project_id(
        &self,
        config: &Field<OrEmpty<ProjectId>>,
        region: &Field<OrEmpty<Region>>,
        plan: &mut Field<OrEmpty<ProjectId>>,
    ) {
        if config.is_null() {
            *plan = or_empty(self.own_project_id(region.set()));
        }
    }

    /// The provider's project, if it is that of the provider's region.
    fn own_project_id(&self, region: Option<&Region>) -> Field<ProjectId> {
        let is_own = region == self.client.region();
        self.predict(FROM_PROJECT, self.client.project_id().filter(|_| is_own))
    }

    /// Fills in the account of a new resource that names none, as far as nobody must be asked for it.
    pub(super) fn predict_domain_id(
        &self,
        config: &Field<OrEmpty<DomainId>>,
        plan: &mut Field<OrEmpty<DomainId>>,
    ) {
        if config.is_null() {
            *plan = or_empty(self.predict(FROM_DOMAIN, self.client.domain_id()));
        }
    }

    /// Region and project that a resource stands for which names these, where the provider's take the place of what is left
    /// empty, as far as nobody must be asked for them.
    pub(super) fn resolve_default(
        &self,
        region: &Field<OrEmpty<Region>>,
        project_id: &Field<OrEmpty<ProjectId>>,
    ) -> (Field<Region>, Field<ProjectId>) {
        let region = resolve(region, || self.own_region());
        let project_id = resolve(project_id, || self.own_project_id(region.known()));
        (region, project_id)
    }

    /// The same for the account.
    pub(super) fn meant_domain_id(&self, named: &Field<OrEmpty<DomainId>>) -> Field<DomainId> {
        resolve(named, || self.predict(FROM_DOMAIN, self.client.domain_id()))
    }

    /// The provider's account, as far as it is known without asking.
    pub(super) fn own_domain_id(&self) -> Option<&DomainId> {
        self.client
            .domain_id()
            .filter(|_| !self.is_undecided(FROM_DOMAIN))
    }

    /// What is set, and unknown if it will be looked up or is not known yet.
    fn predict<T: Clone>(&self, arguments: &[&str], value: Option<&T>) -> Field<T> {
        match value {
            Some(value) if !self.is_undecided(arguments) => Field::Known(value.clone()),
            _ => Field::Unknown,
        }
    }

    fn is_undecided(&self, arguments: &[&str]) -> bool {
        arguments
            .iter()
            .any(|argument| self.undecided.contains(argument))
    }

    /// The region of a resource that names this one, or none.
    ///
    /// # Errors
    /// There is no default.
    pub(super) fn region(&self, named: &Field<OrEmpty<Region>>) -> Result<Region, Diagnostic> {
        match named.set() {
            Some(region) => Ok(region.clone()),
            None => self
                .client
                .require_region()
                .cloned()
                .map_err(|error| failure::of_configuration(&error)),
        }
    }

    /// Region and project of a resource that names these, or none. Asks IAM for a project that nobody has set.
    ///
    /// # Errors
    /// There is no default and none to be found.
    pub(super) async fn place(
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
                found.map_err(|error| failure::of("finding out the project", &error))?
            }
        };
        Ok(ProjectLocation { region, project_id })
    }

    /// The account of a resource that names this one, or none. Asks IAM for one that nobody has set.
    ///
    /// # Errors
    /// There is no default and none to be found.
    pub(super) async fn domain_id(
        &self,
        named: &Field<OrEmpty<DomainId>>,
        call: &Call,
    ) -> Result<DomainId, Diagnostic> {
        match named.set() {
            Some(id) => Ok(id.clone()),
            None => {
                let found = self.client.account_id(call).await;
                found.map_err(|error| failure::of("finding out the account", &error))
            }
        }
    }
}

/// Arguments that may decide the region.
pub(super) const FROM_REGION: &[&str] = &["region", "profile", "shared_config_file"];

/// Arguments that may decide the project.
const FROM_PROJECT: &[&str] = &[
    "project_id",
    "tenant_id",
    "region",
    "profile",
    "shared_config_file",
    "agency_name",
    "agency_domain_name",
    "assume_role",
];

/// Arguments that may decide the account: after a role is assumed it is the role's.
const FROM_DOMAIN: &[&str] = &[
    "domain_id",
    "profile",
    "shared_config_file",
    "agency_name",
    "agency_domain_name",
    "assume_role",
    "assume_role_with_oidc",
];

/// A value that is not left empty.
fn or_empty<T>(value: Field<T>) -> Field<OrEmpty<T>> {
    match value {
        Field::Known(value) => Field::Known(OrEmpty::Set(value)),
        Field::Null => Field::Null,
        Field::Unknown => Field::Unknown,
    }
}

/// What is named, or what takes its place where the text is left empty.
fn resolve<T: Clone>(named: &Field<OrEmpty<T>>, own: impl FnOnce() -> Field<T>) -> Field<T> {
    match named {
        Field::Known(OrEmpty::Set(value)) => Field::Known(value.clone()),
        Field::Known(OrEmpty::Empty) => own(),
        Field::Null => Field::Null,
        Field::Unknown => Field::Unknown,
    }
}

/// What is named, as text, or unknown where an empty text stands for what will be found out.
pub(super) fn known_if_set<T: Text + Clone>(named: &Field<OrEmpty<T>>) -> Field<String> {
    let text = resolve(named, || Field::Unknown);
    text_of(&text)
}

/// A value as text.
pub(super) fn text_of<T: Text>(field: &Field<T>) -> Field<String> {
    match field {
        Field::Known(value) => Field::Known(value.as_text().into_owned()),
        Field::Null => Field::Null,
        Field::Unknown => Field::Unknown,
    }
}

/// The value of an attribute that an operation needs.
///
/// # Errors
/// It is null or unknown.
pub(super) fn required<T: Clone>(field: &Field<T>, attribute: &str) -> Result<T, Diagnostic> {
    field.known().cloned().ok_or_else(|| {
        let detail = format!("`{attribute}` is required and has no value.");
        Diagnostic::error("Missing value", detail).at_root(attribute)
    })
}

/// An attribute that may be left empty, after its empty text was resolved: what it stands for is remembered beside the state,
/// because the provider's own region, project or account may change.
pub(super) trait Location {
    /// The same value, or the one that was remembered under `fact` where the text is left empty.
    fn with_location(&self, private: &Private, fact: &str) -> Self;

    /// Remembers under `fact` what this field of a plan, left empty, has become in `made`.
    fn note_location(&self, made: &Self, private: &mut Private, fact: &str);
}

impl<T: Text + Clone> Location for Field<OrEmpty<T>> {
    fn with_location(&self, private: &Private, fact: &str) -> Self {
        let remembered = private.fact(fact).filter(|_| self.is_empty());
        match remembered.map(T::parse) {
            Some(Ok(value)) => Field::Known(OrEmpty::Set(value)),
            _ => self.clone(),
        }
    }

    fn note_location(&self, made: &Self, private: &mut Private, fact: &str) {
        match made.set() {
            Some(made) if self.is_empty() => private.remember(fact, &made.as_text()),
            _ => private.forget(fact),
        }
    }
}

/// The bounds of one operation: the practitioner's timeout and Ctrl-C.
pub(super) fn call(context: &Context, timeouts: &Field<Timeouts>, operation: Operation) -> Call {
    Call::within(timeout(timeouts, operation), context.cancellation().clone())
}

/// The bounds of reading a data source.
pub(super) fn data_call(context: &Context, timeouts: &Field<ReadTimeout>) -> Call {
    Call::within(read_timeout(timeouts), context.cancellation().clone())
}

/// A time as state shows it: RFC 3339 in UTC.
pub(super) fn rfc3339(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}
