//! Steps about the way to the services: proxy, name, port, certificate, response, clock.

use jiff::SignedDuration;

use super::failure::cause;
use super::step::{Step, StepId};
use crate::cloud::{
    ConnectionProbe, Endpoint, Error, ProbeFailure, ProbeStage, Service, TlsProblem,
};

/// From here on, signatures are rejected.
const MAX_CLOCK_OFFSET: SignedDuration = SignedDuration::from_mins(15);
/// From here on, the offset is worth a remark.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(1);

/// The steps for one endpoint, in order.
const STAGES: [(ProbeStage, StepId); 4] = [
    (ProbeStage::Dns, StepId::Dns),
    (ProbeStage::Tcp, StepId::Tcp),
    (ProbeStage::Tls, StepId::Tls),
    (ProbeStage::Http, StepId::Http),
];

/// An endpoint with the services that it serves, and how far a connection to it gets.
pub(super) struct ProbedEndpoint {
    pub(super) endpoint: Endpoint,
    pub(super) services: Vec<Service>,
    /// The setting that the URL comes from, for fixes, such as "`HWGRANTS_ENDPOINT`"; `None` for the region.
    pub(super) setting: Option<String>,
    /// The setting that the region comes from.
    pub(super) region_setting: String,
    /// Whether certificates are not verified.
    pub(super) is_insecure: bool,
    pub(super) probe: ConnectionProbe,
}

impl ProbedEndpoint {
    /// The failure of the connection.
    fn failure(&self) -> Option<&ProbeFailure> {
        self.probe.result.as_ref().err()
    }

    /// The stage at which the connection fails.
    pub(super) fn failed_stage(&self) -> Option<ProbeStage> {
        self.failure().map(|failure| failure.stage)
    }

    /// The step that requests to this endpoint depend on, if it failed.
    pub(super) fn blocked_by(&self) -> Option<StepId> {
        match &self.probe.result {
            Err(failure) => Some(step_of(failure.stage)),
            Ok(Some(ahead)) if is_off(*ahead) => Some(StepId::Clock),
            Ok(_) => None,
        }
    }

    /// The steps for this endpoint.
    pub(super) fn steps(&self) -> Vec<Step> {
        let authority = self.endpoint.authority();
        let failed = self.failure();
        let mut steps: Vec<_> = STAGES
            .iter()
            .map(|(stage, id)| match failed {
                Some(failure) if failure.stage < *stage => {
                    Step::requires(*id, step_of(failure.stage))
                }
                Some(failure) if failure.stage == *stage => self.failed_step(*id, &failure.error),
                _ => self.passed_step(*id),
            })
            .collect();
        steps.push(match &self.probe.result {
            Err(failure) => Step::requires(StepId::Clock, step_of(failure.stage)),
            Ok(ahead) => clock(*ahead),
        });
        let steps = steps.into_iter();
        steps.map(|step| step.at(&authority)).collect()
    }

    fn passed_step(&self, id: StepId) -> Step {
        let has_proxy = self.probe.proxy.is_some();
        match id {
            StepId::Dns if has_proxy => Step::skipped(id, "the proxy resolves the host name"),
            StepId::Tcp if has_proxy => Step::skipped(id, "the proxy opens the connection"),
            StepId::Dns if self.endpoint.is_ip_address() => {
                Step::skipped(id, "the host is an IP address")
            }
            StepId::Dns => Step::ok(id, "the host name is resolved"),
            StepId::Tcp => Step::ok(
                id,
                match self.probe.address {
                    Some(address) => format!("connected to {address}"),
                    None => "connected".to_owned(),
                },
            ),
            StepId::Tls if !self.endpoint.is_encrypted() => {
                Step::skipped(id, "the connection is not encrypted (`http://`)")
            }
            StepId::Tls if self.is_insecure => Step::ok(
                id,
                "connected, but the certificate is not verified (`insecure`)",
            ),
            StepId::Tls => Step::ok(id, "the certificate is accepted"),
            _ => Step::ok(id, "the server responds"),
        }
    }

    fn failed_step(&self, id: StepId, error: &Error) -> Step {
        let authority = self.endpoint.authority();
        let region = &self.region_setting;
        let (reason, fix) = match (id, &self.setting) {
            (StepId::Dns, Some(setting)) => (
                "the host name cannot be resolved",
                format!("Correct the host name in {setting}, or unset it."),
            ),
            (StepId::Dns, None) => (
                "the host name cannot be resolved",
                format!(
                    "Check {region} and the DNS settings of this machine. If it reaches the internet through a proxy \
                     only, set `HTTPS_PROXY`."
                ),
            ),
            (StepId::Tcp, Some(setting)) => (
                "the port does not accept connections",
                format!(
                    "Start the server at {authority} (the sandbox: `hwgrants sandbox`), correct the port in {setting}, or unset \
                     it."
                ),
            ),
            (StepId::Tcp, None) => (
                "the port does not accept connections",
                format!(
                    "Allow outgoing connections to {authority} in the firewall, or set `HTTPS_PROXY` to the proxy of your \
                     network."
                ),
            ),
            (StepId::Tls, _) => self.tls_failure(error.tls_problem().unwrap_or(TlsProblem::Other)),
            _ => (
                "the server does not respond to requests",
                match &self.setting {
                    Some(setting) => format!("Correct the URL in {setting}, or unset it."),
                    None => "Check the firewall, then run `hwgrants doctor` again.".to_owned(),
                },
            ),
        };
        Step::failed(id, reason, fix).with_cause(Some(cause(error)))
    }

    fn tls_failure(&self, problem: TlsProblem) -> (&'static str, String) {
        let correct = |what: &str, otherwise: &str| {
            match &self.setting {
            Some(setting) => format!("Correct the {what} in {setting}{otherwise}"),
            None => "Check whether a proxy, a firewall or a captive portal answers instead of the service."
                .to_owned(),
        }
        };
        match problem {
            TlsProblem::UntrustedAuthority => (
                "the certificate was issued by an authority that is not trusted",
                "Set `OS_CACERT` to a PEM file with the certificate of that authority. If a proxy inspects TLS, use the proxy's CA certificate."
                    .to_owned(),
            ),
            TlsProblem::Expired => (
                "the certificate has expired",
                "Correct this machine's clock if it is wrong; otherwise, renew the server's certificate.".to_owned(),
            ),
            TlsProblem::NotValidYet => (
                "the certificate is not valid yet",
                "Correct this machine's clock, for example with `timedatectl set-ntp true`.".to_owned(),
            ),
            TlsProblem::OtherHost => (
                "the certificate is for another host",
                correct(
                    "host name",
                    ", or check which server the host name resolves to.",
                ),
            ),
            TlsProblem::ClientCertificate => (
                "the server does not accept the client certificate, or requires one",
                "Set `OS_CERT` and `OS_KEY` to a client certificate that the server accepts, and its key.".to_owned(),
            ),
            TlsProblem::NotTls => (
                "the server does not use TLS on this port",
                correct(
                    "port",
                    "; only a server on this machine may be used with `http://`.",
                ),
            ),
            TlsProblem::Other => (
                "the TLS handshake failed",
                correct(
                    "URL",
                    ", or check whether a proxy or firewall interferes.",
                ),
            ),
        }
    }
}

/// The proxy in use, and whether it connects.
pub(super) fn proxy(endpoints: &[ProbedEndpoint]) -> Step {
    let id = StepId::Proxy;
    let mut proxies: Vec<_> = endpoints
        .iter()
        .filter_map(|each| Some((each, each.probe.proxy.as_ref()?)))
        .collect();
    let Some((_, first)) = proxies.first().copied() else {
        let is_local = endpoints.iter().all(|each| each.endpoint.is_loopback());
        return match is_local {
            true => Step::skipped(id, "connections to this machine use no proxy"),
            false => Step::ok(id, "no proxy is used"),
        };
    };
    let shown = format!("`{}` ({})", first.variable, first.url);
    for (endpoint, proxy) in &proxies {
        let Some(ProbeFailure {
            stage: ProbeStage::Proxy,
            error,
        }) = endpoint.failure()
        else {
            continue;
        };
        let host = endpoint.endpoint.authority();
        let host = host
            .rsplit_once(':')
            .map_or(host.as_str(), |(host, _)| host);
        let step = Step::failed(
            id,
            format!("{shown} does not connect to {host}"),
            format!(
                "Correct the URL in `{}`, with user name and password if the proxy requires them, unset the variable, or add \
                 `{host}` to `NO_PROXY`.",
                proxy.variable
            ),
        );
        return step.with_cause(Some(cause(error)));
    }
    proxies.retain(|(_, proxy)| *proxy != first);
    let others: Vec<_> = proxies
        .iter()
        .map(|(_, proxy)| format!(", `{}` ({})", proxy.variable, proxy.url))
        .collect();
    Step::ok(id, format!("{shown}{} is used", others.concat()))
}

/// The offset of this machine's clock.
fn clock(ahead: Option<SignedDuration>) -> Step {
    let id = StepId::Clock;
    let Some(ahead) = ahead else {
        return Step::skipped(id, "the response has no date");
    };
    let side = match ahead.is_negative() {
        true => "behind",
        false => "ahead of",
    };
    let offset = ahead.abs();
    if offset < CLOCK_TOLERANCE {
        return Step::ok(
            id,
            "this machine's clock differs from the server's by less than a minute",
        );
    }
    let minutes = offset.as_mins();
    let shown = format!("this machine's clock is {minutes} min {side} the server's");
    if is_off(ahead) {
        return Step::failed(
            id,
            shown,
            "Set this machine's clock, for example with `timedatectl set-ntp true`. Signatures are rejected if the clocks differ by more than 15 minutes.",
        );
    }
    Step::ok(
        id,
        format!("{shown}; signatures are rejected from 15 minutes on"),
    )
}

fn is_off(ahead: SignedDuration) -> bool {
    ahead.abs() > MAX_CLOCK_OFFSET
}

fn step_of(stage: ProbeStage) -> StepId {
    match stage {
        ProbeStage::Proxy => StepId::Proxy,
        ProbeStage::Dns => StepId::Dns,
        ProbeStage::Tcp => StepId::Tcp,
        ProbeStage::Tls => StepId::Tls,
        ProbeStage::Http => StepId::Http,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_offsets_are_remarked_from_one_minute_and_fail_after_fifteen() {
        for (seconds, is_failed, shown) in [
            (0, false, "by less than a minute"),
            (-59, false, "by less than a minute"),
            (
                61,
                false,
                "this machine's clock is 1 min ahead of the server's; signatures are rejected from 15 minutes on",
            ),
            (900, false, "15 min ahead"),
            (901, true, "15 min ahead"),
            (-1200, true, "20 min behind"),
        ] {
            let step = clock(Some(SignedDuration::from_secs(seconds)));
            assert_eq!(step.is_failed(), is_failed, "{seconds}");
            assert!(step.reason.contains(shown), "{}", step.reason);
        }
        assert!(!clock(None).blocks());
    }
}
