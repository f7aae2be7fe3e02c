//! The steps that read settings and send requests, in order. Nothing is sent that a failed step makes pointless.

use std::time::Duration;

use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;

use super::network::{self, ProbedEndpoint};
use super::step::{Step, StepId};
use super::{permission, settings, sign_in};
use crate::cloud::{
    Arguments, Call, Client, Endpoint, Environment, ProbeStage, ProjectLocation, Region, Service,
    Settings, SettingsInspection, variables,
};

/// The limit for one request with its retries.
const REQUEST_LIMIT: Duration = Duration::from_secs(30);
/// Requests are repeated once: a report must not take minutes.
const MAX_RETRIES: u32 = 1;

/// The first step of this module; those before are about programs and packages.
const FIRST: StepId = StepId::Settings;

/// What is checked.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The settings from options.
    pub arguments: Arguments,
    /// The environment.
    pub environment: Environment,
    /// Which of CSMS and CodeArts Repo are checked; not empty.
    pub services: Vec<Service>,
}

/// Checks settings, connections, sign-in and permissions. Repeatable: it only reads, and sends a password once.
pub async fn diagnose(setup: &Setup, cancel: &CancellationToken) -> Vec<Step> {
    let inspection = SettingsInspection::new(&setup.arguments, &setup.environment);
    let mut steps = vec![
        settings::settings(&inspection),
        settings::credentials(&inspection),
    ];
    let endpoints = settings::endpoints(&inspection, None);
    if endpoints.is_failed() {
        steps.push(endpoints);
    }
    steps.extend(settings::proxy_problem(&inspection));
    let arguments = Arguments {
        max_retries: Some(MAX_RETRIES),
        ..setup.arguments.clone()
    };
    let resolved = match inspection.problems.is_empty() {
        true => Settings::new(arguments, &setup.environment).ok(),
        false => None,
    };
    if let Some(resolved) = resolved {
        let diagnosis = Diagnosis {
            client: Client::new(resolved.clone()),
            settings: resolved,
            setup,
            inspection,
            cancel,
        };
        diagnosis.check_cloud(&mut steps).await;
    }
    skip_rest(&mut steps);
    steps
}

/// Adds every step that is missing, because of the first one that failed.
fn skip_rest(steps: &mut Vec<Step>) {
    let mut failed: Vec<_> = steps.iter().filter(|step| step.is_failed()).collect();
    failed.sort_by_key(|step| step.id);
    let Some(failed) = failed.first().map(|step| step.id) else {
        return;
    };
    let missing = StepId::ALL.into_iter().filter(|id| *id >= FIRST);
    let missing = missing.filter(|id| steps.iter().all(|step| step.id != *id));
    let missing: Vec<_> = missing.map(|id| Step::requires(id, failed)).collect();
    steps.extend(missing);
}

/// What the steps share.
struct Diagnosis<'a> {
    setup: &'a Setup,
    inspection: SettingsInspection,
    settings: Settings,
    client: Client,
    cancel: &'a CancellationToken,
}

impl Diagnosis<'_> {
    fn call(&self) -> Call {
        Call::within(REQUEST_LIMIT, self.cancel.clone())
    }

    /// The steps after those about settings, as far as they are of use.
    async fn check_cloud(&self, steps: &mut Vec<Step>) {
        if self.settings.relies_on_metadata()
            && let Err(error) = self.client.sign_in(&self.call()).await
        {
            steps.retain(|step| step.id != StepId::Credentials);
            steps.push(settings::no_credentials(&error));
            return;
        }
        let Some(region) = self.client.region().cloned() else {
            steps.push(settings::no_region());
            return;
        };
        let services = self.setup.services.iter().copied();
        let offered: Vec<_> = services
            .filter(|service| self.is_offered(*service, &region))
            .collect();
        if offered.is_empty() {
            steps.push(self.region_step(&region, None));
            return;
        }
        let endpoints = match self.endpoints(&offered, &region) {
            Ok(endpoints) => endpoints,
            Err(step) => {
                steps.push(step);
                return;
            }
        };
        let resolved = Some((&self.settings, endpoints.as_slice()));
        steps.push(settings::endpoints(&self.inspection, resolved));
        let probed = self.probe(endpoints, &region).await;
        let region_step = self.region_step(&region, self.is_resolved(&probed));
        let is_region_wrong = region_step.is_failed();
        steps.push(region_step);
        if is_region_wrong {
            return;
        }
        steps.push(network::proxy(&probed));
        steps.extend(probed.iter().flat_map(ProbedEndpoint::steps));
        self.check_caller(steps, &probed, &region).await;
    }

    /// Whether requests to a service can be sent: it is not known to be missing in the region, or its URL is overridden.
    fn is_offered(&self, service: Service, region: &Region) -> bool {
        let is_missing = service.is_listed_in(region) == Some(false);
        !(is_missing && self.settings.has_default_endpoint(service))
    }

    fn region_step(&self, region: &Region, is_resolved: Option<bool>) -> Step {
        let source = self.inspection.region_source.as_deref();
        settings::region(region, source, &self.setup.services, is_resolved)
    }

    /// The endpoints of the services and of IAM.
    fn endpoints(
        &self,
        services: &[Service],
        region: &Region,
    ) -> Result<Vec<(Service, Endpoint)>, Step> {
        let mut endpoints = Vec::new();
        for service in services.iter().copied().chain([Service::Iam]) {
            let endpoint = match service {
                Service::Iam => self.settings.sign_in_endpoint(region),
                service => self.settings.endpoint(service, region),
            };
            let endpoint = endpoint.map_err(|error| {
                let fix = "Correct or unset the setting that the reason names.";
                Step::failed(StepId::Endpoints, error.to_string(), fix)
            })?;
            endpoints.push((service, endpoint));
        }
        Ok(endpoints)
    }

    /// Probes each host once, all at the same time.
    async fn probe(
        &self,
        endpoints: Vec<(Service, Endpoint)>,
        region: &Region,
    ) -> Vec<ProbedEndpoint> {
        let mut hosts: Vec<(Endpoint, Vec<Service>)> = Vec::new();
        for (service, endpoint) in endpoints {
            let origin = (endpoint.authority(), endpoint.is_encrypted());
            let same = hosts
                .iter_mut()
                .find(|(host, _)| (host.authority(), host.is_encrypted()) == origin);
            match same {
                Some((_, services)) => services.push(service),
                None => hosts.push((endpoint, vec![service])),
            }
        }
        let region_setting = self.inspection.region_source.clone();
        let region_setting = region_setting.unwrap_or_else(|| format!("the region `{region}`"));
        let probes = hosts.into_iter().map(|(endpoint, services)| {
            let region_setting = region_setting.clone();
            async move {
                let probe = self.client.probe_connection(&self.call(), &endpoint).await;
                ProbedEndpoint {
                    setting: self.url_setting(&services),
                    is_insecure: self.settings.is_insecure(),
                    endpoint,
                    services,
                    region_setting,
                    probe,
                }
            }
        });
        join_all(probes).await
    }

    /// The setting from which the URL of the first service comes, if it does not follow from the region.
    fn url_setting(&self, services: &[Service]) -> Option<String> {
        if let Some((variable, _)) = self.settings.redirection() {
            return Some(format!("`{variable}`"));
        }
        let set = |names: &[&'static str]| {
            let environment = &self.setup.environment;
            let mut set = names.iter().filter(|name| environment.read(name).is_some());
            set.next().map(|name| format!("`{name}`"))
        };
        let service = services.first()?;
        if *service == Service::Iam
            && let Some(variable) = set(variables::AUTH_URL)
        {
            return Some(variable);
        }
        let mut keys = service.keys().iter();
        match keys.find(|key| self.setup.arguments.endpoints.contains_key(**key)) {
            Some(key) => Some(format!("`--endpoint {key}=…`")),
            None => set(variables::CLOUD),
        }
    }

    /// Whether the host of an endpoint that follows from the region exists; `None` if that is not known.
    fn is_resolved(&self, probed: &[ProbedEndpoint]) -> Option<bool> {
        let of_region = |each: &&ProbedEndpoint| {
            // IAM's host may be that of all regions.
            let mut services = each.services.iter();
            services.any(|service| {
                *service != Service::Iam && self.settings.has_default_endpoint(*service)
            })
        };
        let endpoint = probed.iter().find(of_region)?;
        match endpoint.failed_stage() {
            Some(ProbeStage::Proxy) => None,
            Some(ProbeStage::Dns) => Some(false),
            _ if endpoint.probe.proxy.is_some() => None,
            _ => Some(true),
        }
    }

    /// The steps about the caller.
    async fn check_caller(
        &self,
        steps: &mut Vec<Step>,
        probed: &[ProbedEndpoint],
        region: &Region,
    ) {
        let blocked_by = |service: Service| {
            let mut endpoints = probed.iter();
            let endpoint = endpoints.find(|each| each.services.contains(&service))?;
            endpoint.blocked_by()
        };
        let of_caller = [StepId::SignIn, StepId::Account, StepId::Project];
        if let Some(failed) = blocked_by(Service::Iam) {
            let skipped = of_caller.into_iter().map(|id| Step::requires(id, failed));
            steps.extend(skipped);
            self.skip_permissions(steps, failed);
            return;
        }
        let accounts = self.client.list_accounts(&self.call()).await;
        let signed_in = sign_in::sign_in(&self.inspection, &accounts);
        let is_rejected = signed_in.is_failed();
        steps.push(signed_in);
        if is_rejected {
            let later = [StepId::Account, StepId::Project];
            steps.extend(later.map(|id| Step::requires(id, StepId::SignIn)));
            self.skip_permissions(steps, StepId::SignIn);
            return;
        }
        let account = self.client.account_id(&self.call()).await;
        let account_step = sign_in::account(&self.inspection, &accounts, &account);
        let has_account = !account_step.is_failed();
        steps.push(account_step);
        // Requests in the name of a wrong account fail, but an unknown one is needed for the delegation only.
        if !has_account && account.is_ok() {
            steps.push(Step::requires(StepId::Project, StepId::Account));
            self.skip_permissions(steps, StepId::Account);
            return;
        }
        let project = self.client.project_id_of(region, &self.call()).await;
        steps.push(sign_in::project(&self.inspection, region, &project));

        let permissions = [StepId::ListSecrets, StepId::ListGrants];
        match (self.not_checked(Service::Csms, region), project) {
            (Some(why), _) => steps.extend(permissions.map(|id| Step::skipped(id, &why))),
            (None, Err(_)) => {
                steps.extend(permissions.map(|id| Step::requires(id, StepId::Project)));
            }
            (None, Ok(project_id)) => match blocked_by(Service::Csms) {
                Some(failed) => steps.extend(permissions.map(|id| Step::requires(id, failed))),
                None => {
                    let region = region.clone();
                    let location = ProjectLocation { region, project_id };
                    self.check_secrets(steps, &location).await;
                }
            },
        }
        let id = StepId::RepoGrant;
        let service = Service::CodeArtsRepo;
        let step = match (
            self.not_checked(service, region),
            blocked_by(service),
            account,
        ) {
            (Some(why), ..) => Step::skipped(id, why),
            (None, Some(failed), _) => Step::requires(id, failed),
            (None, None, Ok(account)) if has_account => {
                let call = self.call();
                let read = self.client.show_tenant_kms_grant(&call, region, &account);
                permission::repo_grant(&read.await)
            }
            (None, None, _) => Step::requires(id, StepId::Account),
        };
        steps.push(step);
    }

    async fn check_secrets(&self, steps: &mut Vec<Step>, location: &ProjectLocation) {
        let page = self.client.list_secrets(&self.call(), location, None).await;
        steps.push(permission::list_secrets(&self.inspection, &page));
        let id = StepId::ListGrants;
        let step = match &page {
            Err(_) => Step::requires(id, StepId::ListSecrets),
            Ok(page) => match permission::usable_secret(page) {
                None => Step::skipped(id, "the project has no secret whose grants could be listed"),
                Some(secret) => {
                    let call = self.call();
                    let grants = self.client.list_grants(&call, location, &secret.id);
                    permission::list_grants(&self.inspection, &grants.await)
                }
            },
        };
        steps.push(step);
    }

    /// Why a service is not checked; `None` if it is.
    fn not_checked(&self, service: Service, region: &Region) -> Option<String> {
        let title = settings::title(service);
        if !self.setup.services.contains(&service) {
            return Some(format!("{title} is not selected by `--service`"));
        }
        let is_offered = self.is_offered(service, region);
        (!is_offered).then(|| format!("{region} does not offer {title}"))
    }

    fn skip_permissions(&self, steps: &mut Vec<Step>, failed: StepId) {
        let permissions = [StepId::ListSecrets, StepId::ListGrants, StepId::RepoGrant];
        steps.extend(permissions.map(|id| Step::requires(id, failed)));
    }
}
