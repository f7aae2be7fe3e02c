//! The official SDKs, unmodified, against the sandbox: each calls every operation. What they sign, our signer signs alike.
//!
//! They are installed in the target folder, each in the one version that is named in `requirements.txt` of `python_sdk` and
//! `go/go.mod`. What a language's program does is in `python/check.py` and `go/main.go`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName};
use hwgrants::cli::install_path;
use hwgrants::cloud::{SigningKey, Unsigned, sign};
use hwgrants::sandbox;
use jiff::Timestamp;
use serde::Deserialize;
use url::Url;

use crate::python_sdk;
use crate::report::{self, Section, attempt};

/// What the SDKs ask at an address that cannot be set: that of the metadata of a server in the cloud.
const NOT_TO_BE_TRIED: [&str; 2] = ["CreateMetadataToken", "ShowSecurityKey"];

/// What is checked besides the operations, and what must come of it.
const VERIFIED: (&str, &str) = ("verified signatures", "300 of 300");
const EQUAL: (&str, &str) = ("equal signatures", "540 of 540");

/// What an SDK has signed, and the result.
#[derive(Deserialize)]
struct Signed {
    method: String,
    /// As it would be sent.
    url: String,
    /// Those that were signed, in the case and with the white space that the SDK was given; without the host.
    headers: BTreeMap<String, String>,
    body: String,
    access_key: String,
    secret_key: String,
    authorization: String,
}

/// An SDK in one language.
struct Sdk {
    language: &'static str,
    /// Installs it in a folder of its own and says how its program is run; none without the language.
    install: fn(&Path) -> Option<Vec<OsString>>,
    /// What must be reported besides the operations.
    also: &'static [(&'static str, &'static str)],
}

const SDKS: [Sdk; 2] = [
    Sdk {
        language: "Python",
        install: python,
        also: &[EQUAL],
    },
    Sdk {
        language: "Go",
        install: go,
        also: &[VERIFIED, EQUAL],
    },
];

/// Runs all of them.
pub(crate) fn sections() -> Vec<Section> {
    SDKS.iter().map(section).collect()
}

fn section(sdk: &Sdk) -> Section {
    let name = format!("official SDK for {}", sdk.language);
    match attempt(|| checked(sdk)) {
        Ok(Some((lines, failed_count, seconds))) => Section {
            text: format!("{name}: {failed_count} failed, {seconds} s\n{lines}"),
            has_failed: failed_count > 0,
        },
        Ok(None) => Section {
            text: format!("{name}: NOT CHECKED: the language is not on this machine\n"),
            has_failed: false,
        },
        Err(reason) => Section {
            text: format!("{name}: FAILED: {reason}\n"),
            has_failed: true,
        },
    }
}

/// A line for each operation, how many of them failed, and after how many seconds.
fn checked(sdk: &Sdk) -> Option<(String, usize, u64)> {
    let started_at = Instant::now();
    let target = install_path::target_folder().expect("a target folder");
    let folder = target.join("sdk").join(sdk.language.to_lowercase());
    std::fs::create_dir_all(&folder).unwrap();
    let program = (sdk.install)(&folder)?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_hwgrants"));
    command.args(["sandbox", "--"]).args(program);
    let (said, complaints) = output(&mut command);
    let (signed, verdicts): (Vec<_>, Vec<_>) = said
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .partition(|(name, _)| *name == "signed");
    let equal = equal_signatures(&signed);
    let mut verdicts = BTreeMap::from_iter(verdicts);
    verdicts.insert(EQUAL.0, &equal);
    let operations = sandbox::operations().into_iter();
    let expected = operations
        .map(|operation| (operation.name, "works"))
        .filter(|(name, _)| !NOT_TO_BE_TRIED.contains(name))
        .chain(sdk.also.iter().copied());
    let mut lines = String::new();
    let mut failed_count = 0;
    for (name, expected) in expected {
        let verdict = verdicts.get(name).copied().unwrap_or("FAILED: not tried");
        failed_count += usize::from(verdict != expected);
        let _ = writeln!(lines, "  {verdict:<10} {name}");
    }
    if failed_count > 0 {
        report::message(format_args!("{}: {complaints}", sdk.language));
    }
    Some((lines, failed_count, started_at.elapsed().as_secs()))
}

/// Of how many requests that an SDK has signed our signer makes the same; tells of the others.
fn equal_signatures(signed: &[(&str, &str)]) -> String {
    let is_equal = |signed: &&(&str, &str)| {
        let signed: Signed = serde_json::from_str(signed.1).unwrap();
        let ours = ours(&signed);
        let is_equal = ours == signed.authorization;
        if !is_equal {
            let (method, url, theirs) = (&signed.method, &signed.url, &signed.authorization);
            report::message(format_args!("{method} {url}: {ours} instead of {theirs}"));
        }
        is_equal
    };
    let equal_count = signed.iter().filter(is_equal).count();
    format!("{equal_count} of {}", signed.len())
}

fn ours(signed: &Signed) -> String {
    let headers = signed
        .headers
        .iter()
        .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()));
    let headers: HeaderMap = headers.collect();
    let request = Unsigned {
        method: &signed.method,
        url: &Url::parse(&signed.url).unwrap(),
        headers: &headers,
        body: signed.body.as_bytes(),
    };
    let key = SigningKey {
        access_key: &signed.access_key,
        secret_key: &signed.secret_key,
    };
    // The time is among the headers.
    let ours = sign(request, key, Timestamp::UNIX_EPOCH);
    let mut added = ours.headers.into_iter();
    let authorization = added.find(|(name, _)| *name == AUTHORIZATION);
    authorization.expect("a signature").1
}

/// The program, in the virtual environment with the SDK.
fn python(_: &Path) -> Option<Vec<OsString>> {
    let python = python_sdk::installed()?.unwrap_or_else(|error| panic!("{error}"));
    Some(vec![
        python.into(),
        source("python").join("check.py").into(),
    ])
}

/// The program, built with the SDK, outside the checkout: Go keeps its own file of checksums.
fn go(folder: &Path) -> Option<Vec<OsString>> {
    Command::new("go").arg("version").output().ok()?;
    for file in ["go.mod", "go.sum", "main.go"] {
        std::fs::copy(source("go").join(file), folder.join(file)).unwrap();
    }
    // What Go fetches and makes on the way stays with it, and can be removed with it.
    let build = ["build", "-mod=readonly", "-modcacherw", "-o", "check", "."];
    let mut go = Command::new("go");
    go.env("GOMODCACHE", folder.join("modules"))
        .env("GOCACHE", folder.join("cache"));
    output(go.args(build).current_dir(folder));
    Some(vec![folder.join("check").into()])
}

fn source(language: &str) -> PathBuf {
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compat/sdk");
    sdk.join(language)
}

/// What a command prints, on standard output and on standard error.
///
/// # Panics
/// If it fails.
fn output(command: &mut Command) -> (String, String) {
    let output = command.output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {complaints}");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    (said, complaints)
}
