//! What the resources work with: the cloud client, what the provider block leaves open, and the day.

use std::fmt::Display;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use crate::cloud::{Call, Client, DomainId, Place, ProjectId, Region};
use crate::framework::timeouts::{Operation, Timeouts, timeout};
use crate::framework::{Context, Diagnostic, Diagnostics, Field};

use super::failure;

/// The provider, configured.
#[derive(Debug)]
pub struct Access {
    client: Client,
    undecided: Vec<&'static str>,
    clock: fn() -> Timestamp,
}

impl Access {
    /// Access through `client`; `undecided` are the arguments of the provider block that are unknown while planning.
    pub(super) fn new(
        client: Client,
        undecided: Vec<&'static str>,
        clock: fn() -> Timestamp,
    ) -> Self {
        Self {
            client,
            undecided,
            clock,
        }
    }

    /// The client, for sending something.
    ///
    /// # Errors
    /// The provider block holds values that are not known yet.
    pub(super) fn client(&self) -> Result<&Client, Diagnostic> {
        if self.undecided.is_empty() {
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

    /// The date in UTC.
    pub(super) fn today(&self) -> Date {
        Offset::UTC.to_datetime((self.clock)()).date()
    }

    /// Fills in the region of a new resource that names none.
    pub(super) fn predict_region(&self, config: &Field<String>, plan: &mut Field<String>) {
        if config.is_null() {
            *plan = self.predicted("region", self.client.region());
        }
    }

    /// Fills in the project of a new resource that names none and is in `region`. None to be found is an error, here
    /// rather than while applying.
    pub(super) fn predict_project_id(
        &self,
        region: &Field<String>,
        plan: &mut Field<String>,
        diagnostics: &mut Diagnostics,
    ) {
        *plan = self.predicted("project_id", self.client.project_id());
        if region.is_unknown() || self.undecided.contains(&"project_id") {
            *plan = Field::Unknown;
        } else if let Err(diagnostic) = self.place(region, &Field::Null) {
            diagnostics.push(diagnostic);
        }
    }

    /// Fills in the account of a new resource that names none; as [`Access::predict_project_id`].
    pub(super) fn predict_domain_id(
        &self,
        plan: &mut Field<String>,
        diagnostics: &mut Diagnostics,
    ) {
        *plan = self.predicted("domain_id", self.client.domain_id());
        if plan.is_null()
            && let Err(diagnostic) = self.domain_id(&Field::Null)
        {
            diagnostics.push(diagnostic);
        }
    }

    /// The provider's account, as far as it is known.
    pub(super) fn own_domain_id(&self) -> Option<&DomainId> {
        self.client
            .domain_id()
            .filter(|_| !self.undecided.contains(&"domain_id"))
    }

    /// An argument of the provider block: unknown if only applying will tell, null if nobody has set it.
    fn predicted(&self, argument: &str, value: Option<&impl Display>) -> Field<String> {
        if self.undecided.contains(&argument) {
            return Field::Unknown;
        }
        value.map(ToString::to_string).into()
    }

    /// The region of a resource that names this one, or none.
    ///
    /// # Errors
    /// The region named is none, or there is no default.
    pub(super) fn region(&self, named: &Field<String>) -> Result<Region, Diagnostic> {
        match named.text() {
            Some(region) => Region::new(region).map_err(|invalid| failure::of_id(&invalid)),
            None => self
                .client
                .require_region()
                .cloned()
                .map_err(|error| failure::of_configuration(&error)),
        }
    }

    /// Region and project of a resource that names these, or none.
    ///
    /// # Errors
    /// What is named is malformed, there is no default, or the default project is one of another region.
    pub(super) fn place(
        &self,
        region: &Field<String>,
        project_id: &Field<String>,
    ) -> Result<Place, Diagnostic> {
        let region = self.region(region)?;
        let project_id = match project_id.text() {
            Some(id) => ProjectId::new(id).map_err(|invalid| failure::of_id(&invalid))?,
            None if self
                .client
                .region()
                .is_some_and(|default| *default != region) =>
            {
                return Err(other_region(&region));
            }
            None => self
                .client
                .require_project_id()
                .cloned()
                .map_err(|error| failure::of_configuration(&error))?,
        };
        Ok(Place { region, project_id })
    }

    /// The account of a resource that names this one, or none.
    ///
    /// # Errors
    /// What is named is malformed, or there is no default.
    pub(super) fn domain_id(&self, named: &Field<String>) -> Result<DomainId, Diagnostic> {
        match named.text() {
            Some(id) => DomainId::new(id).map_err(|invalid| failure::of_id(&invalid)),
            None => self
                .client
                .require_domain_id()
                .cloned()
                .map_err(|error| failure::of_configuration(&error)),
        }
    }
}

/// A message about a resource in another region than the provider's that does not name its project.
pub(super) fn other_region(region: &Region) -> Diagnostic {
    let detail = format!(
        "The resource is in region `{region}`, and the provider's project belongs to another one. Set `project_id` to the \
         id of your project in `{region}`."
    );
    Diagnostic::error("Project of another region", detail).at_root("project_id")
}

/// The bounds of one operation: the practitioner's timeout and Ctrl-C.
pub(super) fn call(context: &Context, timeouts: &Field<Timeouts>, operation: Operation) -> Call {
    Call::within(timeout(timeouts, operation), context.cancellation().clone())
}

/// A time as state shows it: RFC 3339 in UTC.
pub(super) fn rfc3339(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}
