//! Texts encrypted with a key derived from a secret.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};

/// Encrypts `text` with a key derived from `secret`. `None` without a source of random numbers.
#[must_use]
pub fn seal(secret: &str, text: &str) -> Option<String> {
    let mut nonce = [0; NONCE_LEN];
    SystemRandom::new().fill(&mut nonce).ok()?;
    let mut sealed = text.as_bytes().to_vec();
    key(secret)?
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::empty(),
            &mut sealed,
        )
        .ok()?;
    let whole = [&nonce[..], &sealed].concat();
    Some(URL_SAFE_NO_PAD.encode(whole))
}

/// Decrypts what [`seal`] has encrypted with the same secret; `None` for anything else.
#[must_use]
pub fn open(secret: &str, sealed: &str) -> Option<String> {
    let whole = URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let (nonce, sealed) = whole.split_first_chunk::<NONCE_LEN>()?;
    let mut text = sealed.to_vec();
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let length = key(secret)?
        .open_in_place(nonce, Aad::empty(), &mut text)
        .ok()?
        .len();
    text.truncate(length);
    String::from_utf8(text).ok()
}

/// The SHA-256 hash of the secret as a key; never `None`, because it has the length of a key.
fn key(secret: &str) -> Option<LessSafeKey> {
    let hash = digest(&SHA256, secret.as_bytes());
    let key = UnboundKey::new(&CHACHA20_POLY1305, hash.as_ref()).ok()?;
    Some(LessSafeKey::new(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_text_opens_only_with_its_secret() {
        let sealed = seal("s/u", "uuid: 1").unwrap();
        assert!(!sealed.contains("uuid"));
        assert_eq!(open("s/u", &sealed).as_deref(), Some("uuid: 1"));
        assert_eq!(open("s/v", &sealed), None);
        assert_eq!(open("s/u", &sealed[1..]), None);
        assert_eq!(open("s/u", ""), None);
    }
}
