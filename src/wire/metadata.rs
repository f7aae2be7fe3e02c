//! The metadata service that a server in the cloud finds at a fixed address: the access key of its agency.
//!
//! Source: ECS user guide, "Obtaining Metadata".

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::iam::TemporaryCredential;

/// Answer of the ECS metadata service, `GET /openstack/latest/securitykey`.
///
/// **Shape:** the key under `credential`, under `credentials`, or at the top; in any spelling of its fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SecurityKeyResponse {
    /// The temporary access key of the agency attached to the server.
    pub credential: TemporaryCredential,
}

impl<'de> Deserialize<'de> for SecurityKeyResponse {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut body = Value::deserialize(from)?;
        let nested = ["credential", "credentials"]
            .into_iter()
            .find_map(|key| body.get_mut(key).map(Value::take))
            .unwrap_or(body);
        if !nested.is_object() {
            // Not left to the derived error, which would quote a string.
            return Err(D::Error::custom("expected an object with an access key"));
        }
        let credential = serde_json::from_value(nested).map_err(D::Error::custom)?;
        Ok(Self { credential })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::sts::AssumeAgencyResponse;
    use serde_json::json;

    #[test]
    fn temporary_keys_are_decoded_in_every_spelling_and_nesting() {
        let spellings = [
            json!({"access": "a", "secret": "s", "securitytoken": "t", "expires_at": "e"}),
            json!({"accessKeyId": "a", "secretAccessKey": "s", "securityToken": "t", "expiration": "e"}),
            json!({"access_key_id": "a", "secret_access_key": "s", "security_token": "t", "expires_at": "e"}),
        ];
        for key in spellings {
            for body in [
                json!({"credential": key}),
                json!({"credentials": key}),
                key.clone(),
            ] {
                let read: SecurityKeyResponse = serde_json::from_value(body).expect("read");
                let key = read.credential;
                let parts = [
                    key.access.as_str(),
                    key.secret.expose(),
                    key.securitytoken.expose(),
                ];
                assert_eq!(parts, ["a", "s", "t"]);
                assert_eq!(key.expires_at.as_deref(), Some("e"));
            }
            let sts: AssumeAgencyResponse =
                serde_json::from_value(json!({"credentials": key})).expect("read");
            assert_eq!(sts.credentials.access_key_id, "a");
        }
    }

    #[test]
    fn an_error_about_a_temporary_key_does_not_quote_it() {
        for body in [
            json!({"credential": "s3cret"}),
            json!({"access": "a", "secret": ["s3cret"]}),
        ] {
            let error = serde_json::from_value::<SecurityKeyResponse>(body).unwrap_err();
            assert!(!error.to_string().contains("s3cret"), "{error}");
        }
    }
}
