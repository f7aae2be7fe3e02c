//! Signatures that the client makes, judged by the sandbox, which reads the signing guide on its own.

use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use hwgrants::cloud::{SigningKey, Unsigned, sign};
use hwgrants::sandbox::SignedRequest;
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use url::Url;

const SECRET_KEY: &str = "sk-hunter2";

/// A request as it is sent, in parts that somebody on the way could change.
#[derive(Clone, Debug)]
struct Sent {
    method: Method,
    path: Vec<u8>,
    query: Vec<u8>,
    headers: Vec<(HeaderName, Vec<u8>)>,
    body: Vec<u8>,
}

impl Sent {
    fn is_accepted(&self, now: Timestamp) -> bool {
        let (Ok(path), Ok(query)) = (
            std::str::from_utf8(&self.path),
            std::str::from_utf8(&self.query),
        ) else {
            return false;
        };
        let headers = self.headers.iter().map(|(name, value)| {
            let value = HeaderValue::from_bytes(value).expect("a value");
            (name.clone(), value)
        });
        let request = SignedRequest {
            method: &self.method,
            path,
            query: Some(query),
            headers: &headers.collect::<HeaderMap>(),
            body: &self.body,
        };
        request.verify(SECRET_KEY, now).is_ok()
    }

    /// Every part with its bytes; of the header that holds the signature only the signature, as all else in it only
    /// says how to check.
    fn parts(&mut self) -> Vec<&mut [u8]> {
        let headers = self.headers.iter_mut().map(|(name, value)| {
            let start = match name.as_str() {
                "authorization" => value.len() - 64,
                _ => 0,
            };
            &mut value[start..]
        });
        let parts = [&mut self.path[1..], &mut self.query[..], &mut self.body[..]];
        let parts = parts.into_iter().chain(headers);
        parts.filter(|part| !part.is_empty()).collect()
    }
}

/// Another byte that may stand in the same place.
fn other(byte: u8) -> u8 {
    match byte {
        b'x' => b'y',
        _ => b'x',
    }
}

prop_compose! {
    fn request()(
        method in prop::sample::select(vec!["GET", "POST", "PUT", "DELETE"]),
        segments in vec("[^/%.]{1,12}", 1..5),
        pairs in vec(("\\PC{1,8}", "\\PC{0,8}"), 0..5),
        custom in "([!-~]([ -~]{0,10}[!-~])?)?",
        body in vec(any::<u8>(), 0..100),
    ) -> (Method, Url, HeaderMap, Vec<u8>) {
        let mut url = Url::parse("https://kms.cn-north-4.myhuaweicloud.com").expect("a URL");
        url.path_segments_mut().expect("segments").extend(segments);
        if !pairs.is_empty() {
            // Form encoding writes a space as a plus sign, which is a plus sign here.
            url.query_pairs_mut().extend_pairs(pairs);
        }
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        headers.insert("x-custom", HeaderValue::from_str(&custom).expect("a value"));
        (method.parse().expect("a method"), url, headers, body)
    }
}

proptest! {
    #[test]
    fn the_sandbox_accepts_client_signatures_and_rejects_any_changed_byte(
        (method, url, mut headers, body) in request(),
        part in any::<Index>(),
        place in any::<Index>(),
    ) {
        let now = Timestamp::now();
        let unsigned = Unsigned { method: method.as_str(), url: &url, headers: &headers, body: &body };
        let key = SigningKey { access_key: "AK0", secret_key: SECRET_KEY };
        let signature = sign(unsigned, key, now);
        for (name, value) in signature.headers {
            headers.insert(name, HeaderValue::from_str(&value).expect("a value"));
        }
        // The HTTP client writes it from the URL.
        let uri: Uri = url.as_str().parse().expect("a URI");
        let host = uri.authority().expect("a host").as_str();
        headers.insert("host", HeaderValue::from_str(host).expect("a value"));
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.as_bytes().to_vec()));
        let sent = Sent {
            method,
            path: url.path().as_bytes().to_vec(),
            query: signature.query.into_bytes(),
            headers: headers.collect(),
            body,
        };
        prop_assert!(sent.is_accepted(now), "refused: {sent:?}");

        let mut changed = sent.clone();
        let mut parts = changed.parts();
        let count = parts.len();
        let chosen = &mut parts[part.index(count)];
        let byte = &mut chosen[place.index(chosen.len())];
        *byte = other(*byte);
        prop_assert!(!changed.is_accepted(now), "accepted: {changed:?} instead of {sent:?}");

        let mut changed = sent.clone();
        changed.method = Method::PATCH;
        prop_assert!(!changed.is_accepted(now));
    }
}
