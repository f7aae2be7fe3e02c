//! Endpoint URLs by service and region.
//!
//! Source: the endpoint tables of Huawei Cloud's SDK 3.1, and the rules of the provider `huaweicloud` 1.97 for regions
//! they do not list and for overrides.

use std::fmt;

use percent_encoding::utf8_percent_encode;
use url::{Host, Url};

use crate::cloud::credential::signer::RESERVED;
use crate::cloud::id::Region;
use crate::cloud::settings::region;
use crate::cloud::settings::region::RegionRow;

/// A service with its own endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Cloud Secret Management Service; answers on the host of KMS.
    Csms,
    /// CodeArts Repo.
    CodeArtsRepo,
    /// Identity and Access Management.
    Iam,
    /// Security Token Service.
    Sts,
}

impl Service {
    /// Every service.
    pub const ALL: [Self; 4] = [Self::Csms, Self::CodeArtsRepo, Self::Iam, Self::Sts];

    /// The keys of an override in `endpoints`; the first one that is set counts.
    #[must_use]
    pub fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Csms => &["csms", "kms"],
            Self::CodeArtsRepo => &["codearts_repo", "codehub"],
            Self::Iam => &["iam"],
            Self::Sts => &["sts"],
        }
    }

    /// Whether the service is listed in a region; `None` if the region is not listed at all, as a new one may not be.
    #[must_use]
    pub fn is_listed_in(self, region: &Region) -> Option<bool> {
        Some(self.is_in(region::find(region.as_str())?))
    }

    /// The regions in which the service is listed, by name.
    pub fn regions(self) -> impl Iterator<Item = &'static str> {
        let rows = region::REGIONS.iter();
        rows.filter(move |row| self.is_in(row)).map(|row| row.id)
    }

    /// IAM and STS serve every region, if need be from elsewhere.
    fn is_in(self, row: &RegionRow) -> bool {
        match self {
            Self::Csms => row.has_csms,
            Self::CodeArtsRepo => row.repo.is_some(),
            Self::Iam | Self::Sts => true,
        }
    }
}

/// The regions in which STS is listed; each serves every account.
const STS_REGIONS: &[&str] = &[
    "af-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "cn-east-3",
    "cn-north-4",
    "cn-south-1",
    "cn-southwest-2",
    "la-south-2",
    "sa-brazil-1",
    "tr-west-1",
];
/// For regions in which STS is not listed.
const DEFAULT_STS_REGION: &str = "cn-north-4";

/// The base URL of a service: scheme, host, port and an optional path prefix.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

impl Endpoint {
    /// Reads the URL of an override.
    ///
    /// **Shape:** `https://` is put in front unless a scheme is there; `http://`, a port and a path prefix are kept.
    ///
    /// # Errors
    /// The problem, to follow the name of the setting: empty, another scheme, no host, user info, query or
    /// fragment.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("must not be empty".to_owned());
        }
        let absolute = match text.split_once("://") {
            Some(_) => text.to_owned(),
            None => format!("https://{text}"),
        };
        // The text is not quoted: it may contain a password.
        let url =
            Url::parse(&absolute).map_err(|problem| format!("is not a valid URL: {problem}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!(
                "must begin with `https://` or `http://`, not `{}://`",
                url.scheme()
            ));
        }
        let has_user = !url.username().is_empty() || url.password().is_some();
        if has_user || url.query().is_some() || url.fragment().is_some() {
            return Err("must not contain a user name, password, query or fragment".to_owned());
        }
        Ok(Self(url))
    }

    /// The endpoint of a service in a region without overrides.
    ///
    /// `cloud` is the domain of another cloud than the region implies: there, only the general rule is known.
    /// `is_regional` excludes hosts that serve all regions.
    pub(in crate::cloud) fn default_for(
        service: Service,
        region: &Region,
        cloud: Option<&str>,
        is_regional: bool,
    ) -> Result<Self, String> {
        let id = region.as_str();
        let implied = implied_cloud(id);
        let cloud = cloud.unwrap_or(implied);
        let row = region::find(id).filter(|_| cloud == implied);
        let host = match service {
            Service::Csms => format!("kms.{id}.{cloud}"),
            Service::CodeArtsRepo => match row.and_then(|row| row.repo) {
                // Listed under `.com` even in the region whose other services answer under `.eu`.
                Some(name) => format!("{name}.{id}.{COM}"),
                None => format!("{}.{id}.{cloud}", region::CODEHUB),
            },
            Service::Iam if !is_regional && row.is_some_and(|row| !row.has_iam) => {
                format!("iam.{cloud}")
            }
            Service::Iam => format!("iam.{id}.{cloud}"),
            Service::Sts if cloud != COM || STS_REGIONS.contains(&id) => {
                format!("sts.{id}.{cloud}")
            }
            Service::Sts => format!("sts.{DEFAULT_STS_REGION}.{COM}"),
        };
        Self::parse(&host)
    }

    /// Host and port, such as `kms.cn-north-4.myhuaweicloud.com:443`.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        let port = self.0.port_or_known_default().unwrap_or_default();
        format!("{host}:{port}")
    }

    /// Whether it is on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// Whether its host is an IP address, which no name service resolves.
    #[must_use]
    pub fn is_ip_address(&self) -> bool {
        matches!(self.0.host(), Some(Host::Ipv4(_) | Host::Ipv6(_)))
    }

    /// Whether requests are encrypted.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether requests are sent to another machine in clear text.
    pub(in crate::cloud) fn is_clear_text(&self) -> bool {
        self.0.scheme() == "http" && !is_loopback(&self.0)
    }

    /// The URL of a request. Segments, keys and values are percent-encoded, so none can break out of its position.
    pub(in crate::cloud) fn url(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Url, url::ParseError> {
        let mut text = self.0.as_str().trim_end_matches('/').to_owned();
        for segment in segments {
            text.push('/');
            text.extend(utf8_percent_encode(segment, RESERVED));
        }
        for (place, (key, value)) in query.iter().enumerate() {
            text.push(if place == 0 { '?' } else { '&' });
            text.extend(utf8_percent_encode(key, RESERVED));
            text.push('=');
            text.extend(utf8_percent_encode(value, RESERVED));
        }
        Url::parse(&text)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}

/// Whether a URL points to this machine.
pub(in crate::cloud) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Domain of every region but those of [`EU`].
const COM: &str = "myhuaweicloud.com";
/// Domain of the regions `eu-west-1…`, such as `eu-west-101`.
const EU: &str = "myhuaweicloud.eu";

/// The domain in which a region is, by its name: new regions need no entry.
fn implied_cloud(region: &str) -> &'static str {
    if region.starts_with("eu-west-1") {
        EU
    } else {
        COM
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::settings::region::REGIONS;

    fn default(service: Service, region: &str) -> String {
        let region = Region::new(region).expect("a region");
        Endpoint::default_for(service, &region, None, false)
            .expect("an endpoint")
            .to_string()
    }

    #[test]
    fn every_listed_region_and_service_has_its_listed_url() {
        let rows: Vec<_> = include_str!("../../../tests/golden/regions.tsv")
            .lines()
            .skip(1)
            .collect();
        assert_eq!(rows.len(), 32);
        assert_eq!(REGIONS.len(), 32);
        for row in rows {
            let cells: Vec<_> = row.split('\t').collect();
            let [id, csms, repo, iam] = cells[..] else {
                panic!("four cells in {row:?}")
            };
            let ours = region::find(id).expect(id);
            assert_eq!(
                (ours.has_csms, ours.repo.is_some(), ours.has_iam),
                (!csms.is_empty(), !repo.is_empty(), !iam.is_empty()),
                "{id}"
            );
            let services = [
                (Service::Csms, csms),
                (Service::CodeArtsRepo, repo),
                (Service::Iam, iam),
            ];
            for (service, listed) in services
                .into_iter()
                .filter(|(_, listed)| !listed.is_empty())
            {
                assert_eq!(default(service, id), listed, "{service:?} in {id}");
            }
        }
    }

    #[test]
    fn regions_without_a_listed_url_use_the_default_pattern() {
        for (service, region, url) in [
            (
                Service::Csms,
                "xx-new-1",
                "https://kms.xx-new-1.myhuaweicloud.com",
            ),
            (
                Service::Csms,
                "eu-west-0",
                "https://kms.eu-west-0.myhuaweicloud.com",
            ),
            (
                Service::Csms,
                "eu-west-101",
                "https://kms.eu-west-101.myhuaweicloud.eu",
            ),
            (
                Service::CodeArtsRepo,
                "cn-north-9",
                "https://codehub-ext.cn-north-9.myhuaweicloud.com",
            ),
            (
                Service::CodeArtsRepo,
                "eu-west-102",
                "https://codehub-ext.eu-west-102.myhuaweicloud.eu",
            ),
            (Service::Iam, "cn-north-11", "https://iam.myhuaweicloud.com"),
            (
                Service::Iam,
                "xx-new-1",
                "https://iam.xx-new-1.myhuaweicloud.com",
            ),
            (
                Service::Sts,
                "tr-west-1",
                "https://sts.tr-west-1.myhuaweicloud.com",
            ),
            (
                Service::Sts,
                "cn-north-9",
                "https://sts.cn-north-4.myhuaweicloud.com",
            ),
            (
                Service::Sts,
                "eu-west-101",
                "https://sts.eu-west-101.myhuaweicloud.eu",
            ),
        ] {
            assert_eq!(default(service, region), url);
        }
    }

    #[test]
    fn an_override_keeps_scheme_port_and_prefix() {
        for (text, url) in [
            ("kms.example.com", "https://kms.example.com"),
            (" https://kms.example.com/ ", "https://kms.example.com"),
            ("http://127.0.0.1:8080/a/b/", "http://127.0.0.1:8080/a/b"),
            ("localhost:8080", "https://localhost:8080"),
            (
                "http-gateway.example.com",
                "https://http-gateway.example.com",
            ),
            ("HTTP://Example.com", "http://example.com"),
        ] {
            assert_eq!(
                Endpoint::parse(text).map(|endpoint| endpoint.to_string()),
                Ok(url.to_owned())
            );
        }
    }

    #[test]
    fn invalid_overrides_are_rejected_without_showing_the_password() {
        let refused = [
            "",
            "  ",
            "ftp://x",
            "https://",
            "https://u:hunter2@x",
            "https://x?a=b",
            "https://x#f",
            "a b",
        ];
        for text in refused {
            let problem = Endpoint::parse(text).expect_err(text);
            assert!(!problem.contains("hunter2"), "{problem}");
        }
    }

    #[test]
    fn path_segments_and_query_values_are_percent_encoded() {
        let endpoint = Endpoint::parse("http://h/p").expect("an endpoint");
        let url = endpoint.url(
            &["v1", "a/../b?c#d%2F é", "x"],
            &[("k", "a&b=c d+e"), ("l", "")],
        );
        assert_eq!(
            url.expect("a URL").as_str(),
            "http://h/p/v1/a%2F..%2Fb%3Fc%23d%252F%20%C3%A9/x?k=a%26b%3Dc%20d%2Be&l="
        );
    }
}
