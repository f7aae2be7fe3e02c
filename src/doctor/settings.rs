//! Steps about what is set on this machine: settings, credentials, region, endpoints, proxy variables.

use super::step::{Step, StepId};
use crate::cloud::{
    ConfiguredCredential, CredentialState, Endpoint, Error, Region, Service, Settings,
    SettingsInspection, SettingsPart,
};

/// The longest list of regions in a fix.
const MAX_NAMED_REGIONS: usize = 4;
/// How similar the name of a region must be for it to be suggested.
const MIN_SIMILARITY: f64 = 0.85;

/// Settings other than credentials, endpoints and proxies.
pub(super) fn settings(inspection: &SettingsInspection) -> Step {
    let id = StepId::Settings;
    if let Some(error) = inspection.problems_of(SettingsPart::Profile).next() {
        return Step::failed(
            id,
            error.to_string(),
            "Set `HW_SHARED_CONFIG_FILE` to the file that `hcloud` has written (by default `~/.hcloud/config.json`), and \
             `HW_PROFILE` to a profile in it, or unset both variables.",
        );
    }
    let parts = [
        SettingsPart::Location,
        SettingsPart::Tls,
        SettingsPart::Requests,
    ];
    let mut problems = parts
        .into_iter()
        .flat_map(|part| inspection.problems_of(part));
    if let Some(error) = problems.next() {
        let fix = "Correct or unset the setting that the reason names.";
        return Step::failed(id, error.to_string(), fix);
    }
    let profile = match inspection.has_profile {
        true => "a profile of the shared configuration file is read",
        false => "no profile is read",
    };
    Step::ok(id, format!("valid; {profile}"))
}

/// Which credential is used, and which are ignored.
pub(super) fn credentials(inspection: &SettingsInspection) -> Step {
    let id = StepId::Credentials;
    if inspection.problems_of(SettingsPart::Profile).count() > 0 {
        return Step::requires(id, StepId::Settings);
    }
    if let Some(error) = inspection.problems_of(SettingsPart::Credentials).next() {
        return incomplete(inspection, error);
    }
    let used = used(inspection);
    let mut texts = vec![match used {
        Some(used) => format!("{used} is used"),
        None => "none is set, so the agency of this ECS instance is used".to_owned(),
    }];
    match inspection.role_count {
        0 => {}
        1 => texts.push("an agency is assumed after signing in".to_owned()),
        count => texts.push(format!("{count} agencies are assumed after signing in")),
    }
    let ignored = ignored(inspection);
    if !ignored.is_empty() {
        texts.push(format!("ignored: {}", ignored.join(", ")));
    }
    Step::ok(id, texts.join("; "))
}

/// The description of the credential in use; `None` for the agency of the ECS instance.
pub(super) fn used(inspection: &SettingsInspection) -> Option<&str> {
    let mut credentials = inspection.credentials.iter();
    let used = credentials.find(|each| each.state == CredentialState::Complete);
    used.map(|used| used.description.as_str())
}

/// The argument or variable that a description of a credential begins with, or the whole description.
pub(super) fn name_of(description: &str) -> &str {
    let name = description.split(" in the ").next();
    name.unwrap_or(description)
}

/// The other credentials that are set.
fn ignored(inspection: &SettingsInspection) -> Vec<String> {
    let used = used(inspection);
    let others = inspection.credentials.iter();
    let others = others.filter(|each| Some(each.description.as_str()) != used);
    let texts = others.map(|each| match &each.state {
        CredentialState::Complete => each.description.clone(),
        CredentialState::Incomplete { .. } => format!("{} (incomplete)", each.description),
        CredentialState::Invalid { .. } => format!("{} (invalid)", each.description),
    });
    texts.collect()
}

/// The failure if the credentials are incomplete or invalid. With a complete one, the agencies after it are.
fn incomplete(inspection: &SettingsInspection, error: &Error) -> Step {
    let id = StepId::Credentials;
    let is_used = |each: &&ConfiguredCredential| each.state == CredentialState::Complete;
    let has_complete = inspection.credentials.iter().any(|each| is_used(&each));
    for each in inspection
        .credentials
        .iter()
        .take_while(|each| !is_used(each))
    {
        match &each.state {
            CredentialState::Invalid { problem } => {
                let fix = "Correct or unset the setting that the reason names.";
                return Step::failed(id, problem, fix);
            }
            CredentialState::Incomplete { problem, missing } if !has_complete => {
                let fix = match missing {
                    Some(variable) => format!(
                        "Set `{variable}`. To use a different credential, unset the part of this credential that is set."
                    ),
                    None => {
                        "Complete the credential that the reason names, or remove it.".to_owned()
                    }
                };
                return Step::failed(id, problem, fix);
            }
            _ => {}
        }
    }
    let fix = match error.argument() {
        Some("assume_role") => {
            "Set `HW_ASSUME_ROLE_AGENCY_NAME` and the account that owns the agency (`HW_ASSUME_ROLE_DOMAIN_NAME` or \
             `HW_ASSUME_ROLE_DOMAIN_ID`), or unset these variables."
        }
        Some("agency_name" | "agency_domain_name") => {
            "Set `OS_AGENCY_NAME` and `OS_AGENCY_DOMAIN_NAME`, or unset both variables."
        }
        _ => "Correct or unset the setting that the reason names.",
    };
    Step::failed(id, error.to_string(), fix)
}

/// The failure if no credential is set and this machine has none.
pub(super) fn no_credentials(error: &Error) -> Step {
    Step::failed(
        StepId::Credentials,
        "no credentials are set, and no ECS agency provides credentials on this machine",
        "Set `HW_ACCESS_KEY` and `HW_SECRET_KEY`, or `HW_PROFILE`.",
    )
    .with_cause(error.message().map(str::to_owned))
}

/// The URLs in use, by service.
pub(super) fn endpoints(
    inspection: &SettingsInspection,
    resolved: Option<(&Settings, &[(Service, Endpoint)])>,
) -> Step {
    let id = StepId::Endpoints;
    if let Some(error) = inspection.problems_of(SettingsPart::Endpoints).next() {
        return Step::failed(
            id,
            error.to_string(),
            "Correct or unset the setting that the reason names. The URL of another machine must begin with `https://`.",
        );
    }
    let Some((settings, endpoints)) = resolved else {
        return Step::requires(id, StepId::Region);
    };
    let insecure = match settings.is_insecure() {
        true => {
            "; certificates are not verified (`insecure`), so any server can impersonate Huawei Cloud"
        }
        false => "",
    };
    if let Some((variable, url)) = settings.redirection() {
        return Step::ok(
            id,
            format!(
                "`{variable}` is set, so all requests, including credentials, go to {url}{insecure}"
            ),
        );
    }
    let urls = endpoints
        .iter()
        .map(|(service, endpoint)| format!("{} {endpoint}", service_name(*service)));
    let urls: Vec<_> = urls.collect();
    Step::ok(id, format!("{}{insecure}", urls.join(", ")))
}

/// The failure of an invalid proxy variable, if there is one.
pub(super) fn proxy_problem(inspection: &SettingsInspection) -> Option<Step> {
    let error = inspection.problems_of(SettingsPart::Proxy).next()?;
    Some(Step::failed(
        StepId::Proxy,
        error.to_string(),
        "Set the variable to a URL such as `http://HOST:PORT`, or unset it.",
    ))
}

/// The failure if no region is set.
pub(super) fn no_region() -> Step {
    Step::failed(
        StepId::Region,
        "no region is set",
        "Set `HW_REGION_NAME`, for example to `cn-north-4`, or pass `--region`.",
    )
}

/// Whether the region offers the services. `is_resolved`: whether the host name of an endpoint that follows from the region exists,
/// if that is known.
pub(super) fn region(
    region: &Region,
    source: Option<&str>,
    services: &[Service],
    is_resolved: Option<bool>,
) -> Step {
    let id = StepId::Region;
    let source = source.unwrap_or("the `region` option");
    let set = format!("{region} (from {source})");
    let listed: Vec<_> = services
        .iter()
        .map(|service| (*service, service.is_listed_in(region)))
        .collect();
    let names = |offered: bool| {
        let found = listed.iter();
        let found = found.filter(|(_, listed)| *listed == Some(offered));
        let names: Vec<_> = found.map(|(service, _)| title(*service)).collect();
        names.join(" and ")
    };
    let is_known = listed.iter().all(|(_, listed)| listed.is_some());
    if !is_known {
        return match is_resolved {
            Some(false) => Step::failed(
                id,
                format!(
                    "{set} is not a known region, and its endpoint host name cannot be resolved"
                ),
                format!(
                    "Correct {source}{}.",
                    similar(region)
                        .map(|name| format!(": use `{name}` instead of `{region}`"))
                        .unwrap_or_default()
                ),
            ),
            _ => Step::ok(
                id,
                format!(
                    "{set} is not in this version's list of regions, so its services are not known"
                ),
            ),
        };
    }
    let (offered, missing) = (names(true), names(false));
    if offered.is_empty() {
        let regions: Vec<_> = services
            .first()
            .into_iter()
            .flat_map(|service| service.regions())
            .filter(|name| services.iter().all(|service| offers(*service, name)))
            .collect();
        let named: Vec<_> = regions
            .iter()
            .take(MAX_NAMED_REGIONS)
            .map(|name| format!("`{name}`"))
            .collect();
        return Step::failed(
            id,
            format!("{set} does not offer {missing}"),
            format!(
                "Set {source} to a region that offers {missing}, such as {}.",
                named.join(", ")
            ),
        );
    }
    let missing = match missing.is_empty() {
        true => String::new(),
        false => format!(", but not {missing}"),
    };
    Step::ok(id, format!("{set} offers {offered}{missing}"))
}

fn offers(service: Service, region: &str) -> bool {
    service.regions().any(|name| name == region)
}

/// The known region whose name is most similar.
fn similar(region: &Region) -> Option<&'static str> {
    let similarity = |name: &&str| strsim::jaro_winkler(name, region.as_str());
    let regions = Service::Iam.regions();
    let close = regions.filter(|name| similarity(name) >= MIN_SIMILARITY);
    close.max_by(|one, other| similarity(one).total_cmp(&similarity(other)))
}

/// The name of a service for people.
pub(super) fn title(service: Service) -> &'static str {
    match service {
        Service::Csms => "CSMS",
        Service::CodeArtsRepo => "CodeArts Repo",
        Service::Iam => "IAM",
        Service::Sts => "STS",
    }
}

/// The key of a service in `endpoints`.
fn service_name(service: Service) -> &'static str {
    service.keys().first().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [Service; 2] = [Service::Csms, Service::CodeArtsRepo];

    fn check(name: &str, services: &[Service], is_resolved: Option<bool>) -> Step {
        let name = Region::new(name).unwrap();
        region(&name, Some("`HW_REGION_NAME`"), services, is_resolved)
    }

    #[test]
    fn a_region_must_offer_one_of_the_services() {
        for (name, services, shown) in [
            ("cn-north-4", &BOTH[..], "offers CSMS and CodeArts Repo"),
            ("cn-north-9", &BOTH, "offers CSMS, but not CodeArts Repo"),
            ("eu-west-101", &BOTH, "offers CodeArts Repo, but not CSMS"),
        ] {
            let step = check(name, services, None);
            assert!(
                !step.is_failed() && step.reason.ends_with(shown),
                "{step:?}"
            );
        }
        for (name, services) in [("eu-west-0", &BOTH[..]), ("cn-north-9", &BOTH[1..])] {
            let step = check(name, services, Some(true));
            assert!(step.is_failed(), "{step:?}");
            let shown = format!("{step:?}");
            assert!(
                shown.contains("does not offer") && shown.contains("such as `"),
                "{shown}"
            );
            assert!(!shown.contains(&format!("`{name}`")), "{shown}");
        }
    }

    #[test]
    fn an_unknown_region_is_wrong_only_if_it_has_no_host() {
        for is_resolved in [None, Some(true)] {
            assert!(!check("cn-nroth-4", &BOTH, is_resolved).is_failed());
        }
        let step = check("cn-nroth-4", &BOTH, Some(false));
        let shown = format!("{step:?}");
        assert!(
            step.is_failed() && shown.contains("use `cn-north-4`"),
            "{shown}"
        );
        let step = check("moon-1", &BOTH, Some(false));
        assert!(step.is_failed() && !format!("{step:?}").contains("use `"));
    }
}
