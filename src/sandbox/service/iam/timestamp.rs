//! Times as IAM, STS and the metadata service write them.

use jiff::Timestamp;

/// RFC 3339 with six digits of a second.
pub(in crate::sandbox::service) fn timestamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}
