//! Hashes by which accesses are compared without keeping what they are about.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// 128 bits of SHA-256: no two of a plan's accesses have the same by chance. Never shown, because it may be of a sensitive value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyHash([u8; 16]);

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash")
    }
}

impl KeyHash {
    /// The hash of these parts, in order.
    pub(crate) fn of(parts: &[&str]) -> Self {
        let mut sha = Sha256::new();
        for part in parts {
            // The length keeps `a`, `bc` apart from `ab`, `c`.
            sha.update(part.len().to_le_bytes());
            sha.update(part);
        }
        Self::finish(sha)
    }

    /// The first bits.
    fn finish(sha: Sha256) -> Self {
        let mut hash = [0; 16];
        for (to, from) in hash.iter_mut().zip(sha.finalize()) {
            *to = from;
        }
        Self(hash)
    }

    /// The hash of this hash and another one.
    pub(crate) fn with(self, other: Self) -> Self {
        let mut sha = Sha256::new();
        sha.update(self.0);
        sha.update(other.0);
        Self::finish(sha)
    }

    /// The hash of this hash with a context.
    pub(crate) fn within(self, parts: &[&str]) -> Self {
        Self::of(parts).with(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_kept_apart() {
        assert_ne!(KeyHash::of(&["a", "bc"]), KeyHash::of(&["ab", "c"]));
        let hash = KeyHash::of(&["a"]);
        assert_ne!(hash.within(&["x"]), hash.within(&["y"]));
        assert_ne!(hash.within(&[]), hash);
    }
}
