//! Proxies from the environment.
//!
//! The HTTP client could read the variables itself, but it silently ignores a variable that it cannot parse, and all of
//! them if `REQUEST_METHOD` is set, and sends requests directly.
//!
//! Source: the variables as curl and Go read them; where only the system's settings name a proxy (macOS, Windows), the
//! HTTP client finds them.

use std::fmt;

use percent_encoding::percent_decode_str;
use reqwest::{NoProxy, Proxy};
use url::Url;

use crate::cloud::credential::Sensitive;
use crate::cloud::error::Error;
use crate::cloud::settings::environment::Environment;

const HTTP: [&str; 2] = ["HTTP_PROXY", "http_proxy"];
const HTTPS: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
/// The proxy of schemes without a variable of their own.
const ALL: [&str; 2] = ["ALL_PROXY", "all_proxy"];
/// Hosts that bypass the proxy.
const NONE: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The supported schemes of proxies.
const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// The proxy variables, not parsed yet: an invalid one is an error only of requests that would use it.
#[derive(Clone, Default)]
pub(in crate::cloud) struct Proxies {
    http: Option<ProxyVariable>,
    https: Option<ProxyVariable>,
    /// Hosts that bypass both proxies, separated by commas; empty for none.
    no_proxy: String,
}

/// A variable and its value.
type ProxyVariable = (&'static str, String);

impl Proxies {
    /// Reads the variables.
    pub(in crate::cloud) fn from_environment(environment: &Environment) -> Self {
        let first = |names: &[&'static str]| environment.first_set(names);
        let excepted = first(&NONE).map(|(_, hosts)| hosts).unwrap_or_default();
        Self {
            http: first(&HTTP).or_else(|| first(&ALL)),
            https: first(&HTTPS).or_else(|| first(&ALL)),
            no_proxy: excepted
                .split(|c: char| c == ',' || c.is_whitespace())
                .filter_map(no_proxy_host)
                .collect::<Vec<_>>()
                .join(","),
        }
    }

    /// The passwords of proxies, encoded and decoded: a proxy may echo them in an error.
    pub(in crate::cloud) fn secrets(&self) -> Vec<Sensitive> {
        let named = [&self.http, &self.https].into_iter().flatten();
        let passwords = named.filter_map(|(_, text)| {
            let url = parse(text).ok()?;
            let password = url.password()?;
            let plain = percent_decode_str(password).decode_utf8_lossy();
            Some([Sensitive::new(password), Sensitive::new(plain)])
        });
        passwords.flatten().collect()
    }

    /// Whether a variable names a proxy.
    pub(in crate::cloud) fn is_configured(&self) -> bool {
        self.http.is_some() || self.https.is_some()
    }

    /// The variable and the URL of the proxy through which requests to `url` go; `None` for a host that bypasses it, and
    /// if the variable holds no URL of a proxy.
    #[cfg(feature = "tool")]
    pub(in crate::cloud) fn find(&self, url: &Url) -> Option<(&'static str, Url)> {
        let is_secure = url.scheme() == "https";
        let (variable, text) = if is_secure { &self.https } else { &self.http }.as_ref()?;
        let proxy = parse(text).ok()?;
        // The library that decides this for requests.
        let matcher = hyper_util::client::proxy::matcher::Matcher::builder()
            .all("http://localhost")
            .no(self.no_proxy.clone())
            .build();
        let target = url.as_str().parse().ok()?;
        let is_used = matcher.intercept(&target).is_some();
        is_used.then_some((*variable, proxy))
    }

    /// The proxy for `https://` or for `http://`.
    ///
    /// # Errors
    /// `Configuration`, with the name of the variable, if it holds no URL of a proxy.
    pub(in crate::cloud) fn proxy_for(&self, is_secure: bool) -> Result<Option<Proxy>, Error> {
        let named = if is_secure { &self.https } else { &self.http };
        let Some((variable, text)) = named else {
            return Ok(None);
        };
        let wrong = |problem: &str| {
            // The value may contain a password.
            let problem = format!(
                "is not a valid proxy URL ({problem}): use a URL such as `http://HOST:PORT` or \
                 `http://USER:PASSWORD@HOST:PORT` (supported schemes: `{}`), or unset the variable",
                SCHEMES.join("`, `")
            );
            Error::setting(variable, problem)
        };
        let url = parse(text).map_err(wrong)?;
        let proxy = if is_secure {
            Proxy::https(url)
        } else {
            Proxy::http(url)
        };
        let proxy = proxy.map_err(|_| wrong("the HTTP client rejected the URL"))?;
        Ok(Some(proxy.no_proxy(NoProxy::from_string(&self.no_proxy))))
    }
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let variable =
            |named: &Option<ProxyVariable>| named.as_ref().map(|(variable, _)| *variable);
        f.debug_struct("Proxies")
            .field("http", &variable(&self.http))
            .field("https", &variable(&self.https))
            .finish_non_exhaustive()
    }
}

/// Parses the URL of a proxy; the scheme defaults to `http`.
fn parse(text: &str) -> Result<Url, &'static str> {
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err("the value contains whitespace or a control character");
    }
    if text.contains(['"', '\'', '`']) {
        return Err("the value contains quotation marks");
    }
    let text = match text.contains("://") {
        true => text.to_owned(),
        false => format!("http://{text}"),
    };
    let url = Url::parse(&text).map_err(|_| "the value cannot be parsed")?;
    if !SCHEMES.contains(&url.scheme()) {
        return Err("the scheme is not supported");
    }
    match url.host_str() {
        None | Some("") => Err("the URL has no host"),
        Some(_) => Ok(url),
    }
}

/// A host that bypasses the proxy, in the HTTP client's spelling: without a port, and without `*`, since subdomains are
/// always included.
fn no_proxy_host(text: &str) -> Option<&str> {
    let text = text
        .strip_prefix('*')
        .filter(|rest| rest.starts_with('.'))
        .unwrap_or(text);
    let bare = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        // More than one colon is an address without a port.
        None if text.matches(':').count() == 1 => text.split(':').next().unwrap_or_default(),
        None => text,
    };
    (!bare.is_empty()).then_some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::error::ErrorKind;

    #[test]
    fn invalid_proxy_urls_name_their_variable_but_not_its_value() {
        for variable in HTTP.into_iter().chain(HTTPS).chain(ALL) {
            for value in [
                " http://u:hunter2@proxy:1",
                "http://u:hunter2@proxy:1\n",
                "http://u:hunter2@pro xy:1",
                "\"http://u:hunter2@proxy:1\"",
                "'http://u:hunter2@proxy:1'",
                "ftp://u:hunter2@proxy:1",
                "http://u:hunter2@proxy:port",
                "http://",
            ] {
                let proxies = Proxies::from_environment(&Environment::of([(variable, value)]));
                let is_secure = !HTTP.contains(&variable);
                let error = proxies.proxy_for(is_secure).expect_err(value);
                assert_eq!(error.kind(), ErrorKind::Configuration);
                assert_eq!(error.argument(), Some(variable));
                let said = format!("{error} {proxies:?}");
                assert!(
                    said.contains(variable) && !said.contains("hunter2"),
                    "{said}"
                );
            }
        }
    }

    #[test]
    fn proxy_urls_are_parsed_in_every_form() {
        for (value, expected) in [
            ("http://proxy:3128", "http://proxy:3128/"),
            ("proxy:3128", "http://proxy:3128/"),
            ("10.0.0.1", "http://10.0.0.1/"),
            ("https://proxy", "https://proxy/"),
            ("socks5://u:p@proxy:1080", "socks5://u:p@proxy:1080"),
            ("socks5h://proxy", "socks5h://proxy"),
        ] {
            assert_eq!(parse(value).map(String::from), Ok(expected.to_owned()));
        }
    }

    #[test]
    fn scheme_variables_override_all_proxy_and_empty_ones_are_ignored() {
        let environment = Environment::of([
            ("HTTPS_PROXY", ""),
            ("https_proxy", "http://one"),
            ("ALL_PROXY", "socks5://two"),
        ]);
        let proxies = Proxies::from_environment(&environment);
        let variable =
            |named: &Option<ProxyVariable>| named.as_ref().map(|(variable, _)| *variable);
        assert_eq!(variable(&proxies.https), Some("https_proxy"));
        assert_eq!(variable(&proxies.http), Some("ALL_PROXY"));
        assert!(!Proxies::from_environment(&Environment::of([("NO_PROXY", "a")])).is_configured());
    }

    #[cfg(feature = "tool")]
    #[test]
    fn the_proxy_of_a_url_is_found_unless_the_host_bypasses_it() {
        let proxies = Proxies::from_environment(&Environment::of([
            ("HTTPS_PROXY", "http://u:hunter2@proxy:3128"),
            (
                "NO_PROXY",
                ".intern.example, 10.0.0.0/8 *.other.example:443",
            ),
        ]));
        for (url, expected) in [
            ("https://kms.example", Some("HTTPS_PROXY")),
            ("http://kms.example", None),
            ("https://kms.intern.example", None),
            ("https://kms.other.example", None),
            ("https://10.1.2.3", None),
            ("https://11.1.2.3", Some("HTTPS_PROXY")),
        ] {
            let found = proxies.find(&Url::parse(url).expect("a URL"));
            assert_eq!(found.map(|(variable, _)| variable), expected, "{url}");
        }
    }

    #[test]
    fn no_proxy_hosts_are_parsed_in_every_spelling() {
        for (text, expected) in [
            ("a.example", Some("a.example")),
            (".a.example", Some(".a.example")),
            ("*.a.example", Some(".a.example")),
            ("*", Some("*")),
            ("a.example:443", Some("a.example")),
            ("10.0.0.0/8", Some("10.0.0.0/8")),
            ("[::1]:443", Some("::1")),
            ("fd00::/8", Some("fd00::/8")),
            ("", None),
        ] {
            assert_eq!(no_proxy_host(text), expected, "{text}");
        }
    }
}
