//! What the resources work with: the cloud client, what the provider block leaves open, and the day.

use std::fmt::Display;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::cloud::{Call, Client, DomainId, ProjectId, ProjectLocation, Region};
use crate::framework::timeouts::{Operation, ReadTimeout, Timeouts, read_timeout, timeout};
use crate::framework::{Context, Diagnostic, Field};

use crate::run_record::Record;

use super::clock::Clock;
use super::failure;
use super::guardrail::Guardrails;
use super::run::Run;

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
            "Huawei Cloud must be asked, but these arguments of the provider block will only be known after applying: \
             `{}`. Apply first what they come from, with `-target`, or take them from variables.",
            self.undecided.join("`, `")
        );
        Err(Diagnostic::error(
            "Provider configuration not known yet",
            detail,
        ))
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
    pub(super) fn predict_region(&self, config: &Field<String>, plan: &mut Field<String>) {
        if config.is_null() {
            *plan = self.predict(FROM_REGION, self.client.region());
        }
    }

    /// Fills in the project of a new resource in `region` that names none, as far as nobody must be asked for it.
    pub(super) fn predict_project_id(
        &self,
        config: &Field<String>,
        region: &Field<String>,
        plan: &mut Field<String>,
    ) {
        if config.is_null() {
            let own = self.client.region().map(Region::as_str);
            let project_id = self.client.project_id().filter(|_| region.text() == own);
            *plan = self.predict(FROM_PROJECT, project_id);
        }
    }

    /// Fills in the account of a new resource that names none, as far as nobody must be asked for it.
    pub(super) fn predict_domain_id(&self, config: &Field<String>, plan: &mut Field<String>) {
        if config.is_null() {
            *plan = self.predict(FROM_DOMAIN, self.client.domain_id());
        }
    }

    /// Region and project that a resource stands for which names these, where the provider's take the place of what is left
    /// empty, as far as nobody must be asked for them.
    pub(super) fn resolve_default(
        &self,
        region: &Field<String>,
        project_id: &Field<String>,
    ) -> (Field<String>, Field<String>) {
        let (mut meant_region, mut meant_project) = (region.clone(), project_id.clone());
        if is_empty(region) {
            self.predict_region(&Field::Null, &mut meant_region);
        }
        if is_empty(project_id) {
            self.predict_project_id(&Field::Null, &meant_region, &mut meant_project);
        }
        (meant_region, meant_project)
    }

    /// The same for the account.
    pub(super) fn meant_domain_id(&self, named: &Field<String>) -> Field<String> {
        let mut meant = named.clone();
        if is_empty(named) {
            self.predict_domain_id(&Field::Null, &mut meant);
        }
        meant
    }

    /// The provider's account, as far as it is known without asking.
    pub(super) fn own_domain_id(&self) -> Option<&DomainId> {
        self.client
            .domain_id()
            .filter(|_| !self.is_undecided(FROM_DOMAIN))
    }

    /// What is set, and unknown if it will be looked up or is not known yet.
    fn predict(&self, arguments: &[&str], value: Option<&impl Display>) -> Field<String> {
        match value {
            Some(value) if !self.is_undecided(arguments) => Field::Known(value.to_string()),
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
    /// The region named is none, or there is no default.
    pub(super) fn region(&self, named: &Field<String>) -> Result<Region, Diagnostic> {
        match set(named) {
            Some(region) => Region::new(region).map_err(|invalid| failure::of_id(&invalid)),
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
    /// What is named is malformed, or there is no default and none to be found.
    pub(super) async fn place(
        &self,
        region: &Field<String>,
        project_id: &Field<String>,
        call: &Call,
    ) -> Result<ProjectLocation, Diagnostic> {
        let region = self.region(region)?;
        let project_id = match set(project_id) {
            Some(id) => ProjectId::new(id).map_err(|invalid| failure::of_id(&invalid))?,
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
    /// What is named is malformed, or there is no default and none to be found.
    pub(super) async fn domain_id(
        &self,
        named: &Field<String>,
        call: &Call,
    ) -> Result<DomainId, Diagnostic> {
        match set(named) {
            Some(id) => DomainId::new(id).map_err(|invalid| failure::of_id(&invalid)),
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

/// The text that is named; an empty one stands for none.
pub(super) fn set(named: &Field<String>) -> Option<&str> {
    named.text().filter(|text| !text.is_empty())
}

/// What is named, or unknown where an empty text stands for what will be found out.
pub(super) fn known_if_set(named: &Field<String>) -> Field<String> {
    match is_empty(named) {
        true => Field::Unknown,
        false => named.clone(),
    }
}

/// Whether an empty text is named, which stands for none.
pub(super) fn is_empty(named: &Field<String>) -> bool {
    named.text().is_some_and(str::is_empty)
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
