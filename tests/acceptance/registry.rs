//! A registry on this machine: Terraform installs the signed release from it, and refuses one that was changed.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use hwgrants::VERSION;
use hwgrants::distribution::package::Platform;
use hwgrants::distribution::release::{Build, release_files};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{PLUGIN, User};
use crate::not_checked::not_checked;
use crate::tls::Authority;

const PREFIX: &str = "/v1/providers/hwgrants/hwgrants";

/// A key pair of GnuPG in a home of its own.
struct SigningKey {
    home: TempDir,
    id: String,
    public: String,
}

impl SigningKey {
    /// A new key; `None` if this machine has no GnuPG.
    fn new() -> Option<Self> {
        Command::new("gpg").arg("--version").output().ok()?;
        // The path of the agent's socket, which is in here, must be short.
        let home = tempfile::Builder::new()
            .prefix("g")
            .tempdir_in("/tmp")
            .unwrap();
        let mut key = Self {
            home,
            id: String::new(),
            public: String::new(),
        };
        let name = "hwgrants test <test@example.com>";
        key.gpg(&[
            "--passphrase",
            "",
            "--quick-gen-key",
            name,
            "rsa2048",
            "sign",
            "never",
        ]);
        let list = key.gpg(&["--list-keys", "--with-colons"]);
        let list = String::from_utf8(list).unwrap();
        let line = list.lines().find(|line| line.starts_with("pub:")).unwrap();
        line.split(':').nth(4).unwrap().clone_into(&mut key.id);
        key.public = String::from_utf8(key.gpg(&["--armor", "--export"])).unwrap();
        Some(key)
    }

    fn gpg(&self, args: &[&str]) -> Vec<u8> {
        let output = Command::new("gpg")
            .arg("--homedir")
            .arg(self.home.path())
            .args(["--batch", "--quiet"])
            .args(args)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }

    /// A detached signature, as registries require it.
    fn sign(&self, content: &[u8]) -> Vec<u8> {
        let file = self.home.path().join("signed");
        fs::write(&file, content).unwrap();
        self.gpg(&["--output", "-", "--detach-sign", file.to_str().unwrap()])
    }
}

impl Drop for SigningKey {
    fn drop(&mut self) {
        // Ends the agent that this home has.
        let mut command = Command::new("gpgconf");
        let _ = command
            .arg("--homedir")
            .arg(self.home.path())
            .args(["--kill", "all"])
            .output();
    }
}

/// A release as `make dist` writes it, with this build of the plugin.
fn release() -> BTreeMap<String, Vec<u8>> {
    let build = Build {
        platform: Platform::current(),
        plugin: fs::read(PLUGIN).unwrap(),
        tool: b"tool".to_vec(),
    };
    release_files(&[build], &[], None)
        .unwrap()
        .into_iter()
        .collect()
}

fn sums_name() -> String {
    format!("terraform-provider-hwgrants_{VERSION}_SHA256SUMS")
}

/// What the registry answers, by path. `claimed` is the key that it says has signed.
fn routes(
    release: &BTreeMap<String, Vec<u8>>,
    signed_by: &SigningKey,
    claimed: &SigningKey,
) -> BTreeMap<String, Vec<u8>> {
    let platform = Platform::current().to_string();
    let (os, arch) = platform.split_once('_').unwrap();
    let archive = Platform::current().archive_name();
    let sums = &release[&sums_name()];
    let text = String::from_utf8(sums.clone()).unwrap();
    let sum = text
        .lines()
        .find_map(|line| line.strip_suffix(&format!("  {archive}")))
        .unwrap();
    let platforms = json!([{"os": os, "arch": arch}]);
    let answers = [
        (
            "/.well-known/terraform.json".to_owned(),
            json!({"providers.v1": "/v1/providers/"}),
        ),
        (
            format!("{PREFIX}/versions"),
            json!({"versions": [{"version": VERSION, "protocols": ["6.0"], "platforms": platforms}]}),
        ),
        (
            format!("{PREFIX}/{VERSION}/download/{os}/{arch}"),
            json!({
                "protocols": ["6.0"],
                "os": os,
                "arch": arch,
                "filename": archive,
                "download_url": format!("/files/{archive}"),
                "shasums_url": format!("/files/{}", sums_name()),
                "shasums_signature_url": format!("/files/{}.sig", sums_name()),
                "shasum": sum,
                "signing_keys": {"gpg_public_keys": [{"key_id": claimed.id, "ascii_armor": claimed.public}]},
            }),
        ),
    ];
    let files = release
        .iter()
        .map(|(name, content)| (format!("/files/{name}"), content.clone()));
    let signature = (format!("/files/{}.sig", sums_name()), signed_by.sign(sums));
    answers
        .into_iter()
        .map(|(path, answer): (String, Value)| (path, answer.to_string().into_bytes()))
        .chain(files)
        .chain([signature])
        .collect()
}

/// Serves these paths over HTTPS for as long as the tests run, and returns the port.
fn serve(authority: &Authority, routes: BTreeMap<String, Vec<u8>>) -> u16 {
    let (certificate, key) = authority.sign("localhost", 2100);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key);
    let config = Arc::new(config.unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let routes = Arc::new(routes);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (config, routes) = (Arc::clone(&config), Arc::clone(&routes));
            std::thread::spawn(move || {
                let connection = ServerConnection::new(config).unwrap();
                let mut stream = BufReader::new(StreamOwned::new(connection, stream.unwrap()));
                // A client that goes away is no failure.
                while let Ok(Some((method, path))) = read_request(&mut stream) {
                    let (status, body) = match routes.get(&path) {
                        Some(body) => ("200 OK", &body[..]),
                        None => ("404 Not Found", &b""[..]),
                    };
                    let kind = match path.starts_with("/files/") {
                        true => "application/octet-stream",
                        false => "application/json",
                    };
                    let head = format!(
                        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
                        body.len()
                    );
                    let output = stream.get_mut();
                    let written = output
                        .write_all(head.as_bytes())
                        .and_then(|()| output.write_all(if method == "HEAD" { b"" } else { body }));
                    if written.and_then(|()| output.flush()).is_err() {
                        break;
                    }
                }
            });
        }
    });
    port
}

/// Method and path of the next request; `None` at the end of the connection.
fn read_request(stream: &mut impl BufRead) -> std::io::Result<Option<(String, String)>> {
    let mut request = String::new();
    if stream.read_line(&mut request)? == 0 {
        return Ok(None);
    }
    let mut line = String::new();
    while stream.read_line(&mut line)? > 2 {
        line.clear();
    }
    let mut words = request.split(' ').map(str::to_owned);
    Ok(words.next().zip(words.next()))
}

/// A user whose configuration requires the provider from a registry with these answers.
fn user(routes: BTreeMap<String, Vec<u8>>) -> (User, u16) {
    let authority = Authority::new("registry");
    let port = serve(&authority, routes);
    let mut user = User::new();
    let file = user.path("authority.pem");
    fs::write(&file, &authority.pem).unwrap();
    user.set("SSL_CERT_FILE", file.display());
    user.write_configuration(false);
    let main = user.path("work/main.tf");
    let config = fs::read_to_string(&main).unwrap();
    let source = format!("\"localhost:{port}/hwgrants/hwgrants\"");
    fs::write(&main, config.replace("\"hwgrants/hwgrants\"", &source)).unwrap();
    (user, port)
}

fn keys() -> Option<[SigningKey; 2]> {
    let keys = SigningKey::new().zip(SigningKey::new());
    if keys.is_none() {
        not_checked("a registry with signed releases, because `gpg` is not installed");
    }
    keys.map(|(first, second)| [first, second])
}

fn only_file(folder: &Path, extension: &str) -> PathBuf {
    let mut files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files
        .find(|path| path.extension().is_some_and(|end| end == extension))
        .unwrap()
}

#[test]
fn a_signed_release_is_installed_locked_and_mirrored() {
    let Some([key, _]) = keys() else { return };
    let release = release();
    let (user, port) = user(routes(&release, &key, &key));

    let init = user.terraform(&["init", "-input=false"], 0);
    assert!(init.contains(&key.id), "{init}");
    let lock = fs::read_to_string(user.path("work/.terraform.lock.hcl")).unwrap();
    assert!(lock.contains("\"h1:") && lock.contains("\"zh:"), "{lock}");
    user.terraform(&["apply", "-input=false", "-auto-approve"], 0);
    user.terraform(&["plan", "-input=false", "-detailed-exitcode"], 0);

    user.terraform(&["providers", "mirror", "../copy"], 0);
    let copy = user.path(&format!("copy/localhost:{port}/hwgrants/hwgrants"));
    let copied = fs::read(only_file(&copy, "zip")).unwrap();
    assert!(copied == release[&Platform::current().archive_name()]);
}

#[test]
fn a_release_with_a_changed_byte_is_refused() {
    let Some([key, _]) = keys() else { return };
    let mut routes = routes(&release(), &key, &key);
    let archive = routes
        .get_mut(&format!("/files/{}", Platform::current().archive_name()))
        .unwrap();
    let middle = archive.len() / 2;
    archive[middle] ^= 1;
    let (user, _) = user(routes);
    let init = user.terraform(&["init", "-input=false"], 1);
    assert!(init.contains("checksum"), "{init}");
    assert!(!user.path("work/.terraform.lock.hcl").exists());
}

#[test]
fn a_release_signed_with_another_key_is_refused() {
    let Some([key, other]) = keys() else { return };
    let (user, _) = user(routes(&release(), &other, &key));
    let init = user.terraform(&["init", "-input=false"], 1);
    assert!(init.contains("sign"), "{init}");
    assert!(!user.path("work/.terraform.lock.hcl").exists());
}
