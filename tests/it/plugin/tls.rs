//! Mutual TLS: who is let in, and what both sides show.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ProtocolVersion, RootCertStore, SignatureScheme};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use x509_cert::Certificate;
use x509_cert::der::oid::db::rfc5280;
use x509_cert::der::pem::LineEnding;
use x509_cert::der::{Decode, Encode, EncodePem};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{ExtendedKeyUsage, SubjectAltName};

use super::certificate::{Identity, anonymous};
use super::client::{Host, Plugin, within};

/// Whether a client with these settings, or in plain text, gets an answer. A refusal in TLS 1.3 shows only on the first
/// read, so a call is made.
async fn is_let_in(plugin: &Plugin, config: Option<ClientConfig>) -> bool {
    let Ok(channel) = within(plugin.connect_with(config)).await else {
        return false;
    };
    let request = HealthCheckRequest::default();
    within(HealthClient::new(channel).check(request))
        .await
        .is_ok()
}

/// After whatever a test did, the host itself must still be served.
async fn assert_serves_its_host(plugin: &Plugin) {
    let server = plugin.certificate().unwrap();
    let config = plugin.identity().config(&server);
    assert!(is_let_in(plugin, Some(config)).await);
}

fn decode(certificate: &CertificateDer<'_>) -> Certificate {
    Certificate::from_der(certificate).unwrap()
}

#[tokio::test]
async fn c08_the_handshake_certificate_is_the_one_presented_in_tls() {
    let plugin = Host::new().start().await;
    assert!(!plugin.field(6).contains('='));
    let announced = plugin.certificate().unwrap();
    let stream = plugin.tls(plugin.identity().config(&announced)).await;
    let stream = stream.unwrap();
    let shown = stream.get_ref().1.peer_certificates().unwrap();
    assert_eq!(shown, [announced]);
}

#[tokio::test]
async fn c13_without_a_client_certificate_the_plugin_serves_plain_text() {
    let plugin = Host::without_tls().start().await;
    assert_eq!(plugin.certificate(), None);
    assert!(is_let_in(&plugin, None).await);
}

#[tokio::test]
async fn c15_the_hosts_own_certificate_is_accepted() {
    let plugin = Host::new().start().await;
    assert_serves_its_host(&plugin).await;
}

#[tokio::test]
async fn c15_a_host_with_another_key_type_is_accepted() {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let pem = decode(certificate.der()).to_pem(LineEnding::LF).unwrap();
    let plugin = Host::new().set("PLUGIN_CLIENT_CERT", pem).start().await;

    let mut roots = RootCertStore::empty();
    roots.add(plugin.certificate().unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    for versions in [[&TLS12], [&TLS13]] {
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let mut config = ClientConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&versions)
            .unwrap()
            .with_root_certificates(roots.clone())
            .with_client_auth_cert(vec![certificate.der().clone()], key)
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        assert!(is_let_in(&plugin, Some(config)).await, "{versions:?}");
    }
    // Its key is pinned as well: go-plugin's own kind of certificate is a stranger here.
    let stranger = plugin.identity().config(&plugin.certificate().unwrap());
    assert!(!is_let_in(&plugin, Some(stranger)).await);
}

#[tokio::test]
async fn c16_a_client_without_certificate_is_rejected() {
    let plugin = Host::new().start().await;
    let config = anonymous(&plugin.certificate().unwrap());
    assert!(!is_let_in(&plugin, Some(config)).await);
    assert_serves_its_host(&plugin).await;
}

#[tokio::test]
async fn c16_a_plain_text_client_is_rejected_when_tls_is_on() {
    let plugin = Host::new().start().await;
    assert!(!is_let_in(&plugin, None).await);
    assert_serves_its_host(&plugin).await;
}

#[tokio::test]
async fn c17_another_certificate_with_the_same_subject_is_rejected() {
    let plugin = Host::new().start().await;
    let stranger = Identity::generate();
    let ours = decode(&plugin.identity().certificate);
    let theirs = decode(&stranger.certificate);
    assert_eq!(
        ours.tbs_certificate().subject(),
        theirs.tbs_certificate().subject()
    );
    for versions in [[&TLS12], [&TLS13]] {
        let (config, _) = stranger.config_for(&plugin.certificate().unwrap(), &versions);
        assert!(!is_let_in(&plugin, Some(config)).await, "{versions:?}");
    }
    assert_serves_its_host(&plugin).await;
}

#[tokio::test]
async fn c17_another_certificate_is_rejected_even_with_the_hosts_key() {
    let plugin = Host::new().start().await;
    let renewed = plugin.identity().renewed();
    assert_ne!(renewed.certificate, plugin.identity().certificate);
    for versions in [[&TLS12], [&TLS13]] {
        let (config, _) = renewed.config_for(&plugin.certificate().unwrap(), &versions);
        assert!(!is_let_in(&plugin, Some(config)).await, "{versions:?}");
    }
    assert_serves_its_host(&plugin).await;
}

#[tokio::test]
async fn c18_the_right_certificate_without_its_key_is_rejected() {
    let plugin = Host::new().start().await;
    let thief = plugin.identity().without_its_key();
    for versions in [[&TLS12], [&TLS13]] {
        let (config, _) = thief.config_for(&plugin.certificate().unwrap(), &versions);
        assert!(!is_let_in(&plugin, Some(config)).await, "{versions:?}");
    }
    assert_serves_its_host(&plugin).await;
}

#[tokio::test]
async fn c19_the_server_certificate_is_for_localhost_and_backdated() {
    let plugin = Host::new().start().await;
    let certificate = decode(&plugin.certificate().unwrap());
    let certificate = certificate.tbs_certificate();

    let (_, names) = certificate
        .get_extension::<SubjectAltName>()
        .unwrap()
        .unwrap();
    let GeneralName::DnsName(name) = &names.0[0] else {
        panic!("no DNS name: {names:?}");
    };
    assert_eq!((names.0.len(), name.as_str()), (1, "localhost"));

    let (_, purposes) = certificate
        .get_extension::<ExtendedKeyUsage>()
        .unwrap()
        .unwrap();
    assert!(purposes.0.contains(&rfc5280::ID_KP_SERVER_AUTH));

    let validity = certificate.validity();
    let now = SystemTime::now();
    assert!(validity.not_before.to_system_time() <= now - Duration::from_secs(30));
    assert!(validity.not_after.to_system_time() > now + Duration::from_secs(365 * 24 * 3600));
}

#[tokio::test]
async fn c19_every_process_has_its_own_key() {
    let key = async || {
        let plugin = Host::new().start().await;
        let certificate = decode(&plugin.certificate().unwrap());
        let key = certificate.tbs_certificate().subject_public_key_info();
        key.to_der().unwrap()
    };
    assert_ne!(key().await, key().await);
}

#[tokio::test]
async fn c20_tls_1_2_and_1_3_negotiate_http_2() {
    let plugin = Host::new().start().await;
    let server = plugin.certificate().unwrap();
    for (versions, expected) in [
        ([&TLS12], ProtocolVersion::TLSv1_2),
        ([&TLS13], ProtocolVersion::TLSv1_3),
    ] {
        let (config, _) = plugin.identity().config_for(&server, &versions);
        let stream = plugin.tls(config.clone()).await.unwrap();
        let session = stream.get_ref().1;
        assert_eq!(session.protocol_version(), Some(expected));
        assert_eq!(session.alpn_protocol(), Some(b"h2".as_slice()));
        assert!(is_let_in(&plugin, Some(config)).await, "{expected:?}");
    }
}

#[tokio::test]
async fn c20_versions_before_tls_1_2_are_rejected() {
    let plugin = Host::new().start().await;
    let mut stream = UnixStream::connect(plugin.socket()).await.unwrap();
    stream.write_all(&client_hello_of_tls_1_1()).await.unwrap();
    let mut alert = [0; 7];
    within(stream.read_exact(&mut alert)).await.unwrap();
    // Record of type alert; fatal; protocol_version.
    assert_eq!((alert[0], alert[5], alert[6]), (21, 2, 70), "{alert:?}");
    assert_serves_its_host(&plugin).await;
}

/// A ClientHello whose newest version is TLS 1.1; no library writes them any more. Source: RFC 4346, section 7.4.1.2.
fn client_hello_of_tls_1_1() -> Vec<u8> {
    let mut hello = vec![3, 2];
    hello.extend([7; 32]); // random
    hello.push(0); // no session
    hello.extend([0, 2, 0xc0, 0x09]); // ECDHE-ECDSA-AES128-SHA
    hello.extend([1, 0]); // no compression
    let extensions = [
        [0, 10, 0, 4, 0, 2, 0, 23].as_slice(), // groups: P-256
        [0, 11, 0, 2, 1, 0].as_slice(),        // points: uncompressed
        [0, 13, 0, 4, 0, 2, 4, 3].as_slice(),  // signatures: ECDSA P-256
    ]
    .concat();
    hello.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
    hello.extend(extensions);

    let length = u16::try_from(hello.len()).unwrap().to_be_bytes();
    let mut message = vec![1, 0, length[0], length[1]];
    message.extend(hello);
    let length = u16::try_from(message.len()).unwrap().to_be_bytes();
    let mut record = vec![22, 3, 1, length[0], length[1]];
    record.extend(message);
    record
}

#[tokio::test]
async fn c21_the_server_requests_a_p521_signature_and_lists_no_authority() {
    let plugin = Host::new().start().await;
    let server = plugin.certificate().unwrap();
    for versions in [[&TLS12], [&TLS13]] {
        let (config, answer) = plugin.identity().config_for(&server, &versions);
        plugin.tls(config).await.unwrap();
        let asked = answer.asked().unwrap();
        assert_eq!(asked.schemes, [SignatureScheme::ECDSA_NISTP521_SHA512]);
        assert!(asked.authorities.is_empty(), "{asked:?}");
    }
}

#[tokio::test]
async fn c22_aborted_connections_do_not_stop_the_server() {
    let plugin = Host::new().start().await;
    let hello = client_hello_of_tls_1_1();
    for bytes in [b"".as_slice(), b"GET / HTTP/1.1\r\n\r\n", &hello[..20]] {
        let mut stream = UnixStream::connect(plugin.socket()).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        drop(stream);
        assert_serves_its_host(&plugin).await;
    }
}

#[tokio::test]
async fn c22_silent_clients_do_not_block_the_host() {
    let plugin = Host::new().start().await;
    let silent: Vec<_> = (0..8)
        .map(|_| std::os::unix::net::UnixStream::connect(plugin.socket()).unwrap())
        .collect();
    assert_serves_its_host(&plugin).await;
    drop(silent);
}
