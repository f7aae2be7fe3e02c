//! Terraform's messages and service, protocol 6.11: generated from `proto/tfplugin6.proto`, which documents them.
//!
//! Only [`protocol`](super) uses these types, and the tests, which act as Terraform.

use std::fmt;

pub use generated::*;

/// The compiled definitions with their imports: an encoded `FileDescriptorSet` for server reflection.
///
/// Decoded only when reflection is used.
pub const FILE_DESCRIPTOR_SET: &[u8] = tonic::include_file_descriptor_set!("tfplugin6");

#[expect(
    clippy::allow_attributes_without_reason,
    reason = "the code generator's own exceptions carry no reasons"
)]
mod generated {
    tonic::include_proto!("tfplugin6");
}

/// Shows sizes, never content: a value may contain a secret.
impl fmt::Debug for DynamicValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamicValue")
            .field("msgpack_bytes", &self.msgpack.len())
            .field("json_bytes", &self.json.len())
            .finish()
    }
}

/// Shows sizes, never content: a state may contain a secret.
impl fmt::Debug for RawState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawState")
            .field("json_bytes", &self.json.len())
            .field("flatmap_count", &self.flatmap.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_of_a_request_holds_no_value() {
        let value = DynamicValue {
            msgpack: b"hunter2".to_vec(),
            json: b"hunter2".to_vec(),
        };
        let state = RawState {
            json: b"hunter2".to_vec(),
            flatmap: [("password".to_owned(), "hunter2".to_owned())].into(),
        };
        let bytes_in_decimal = format!("{:?}", b"hunter2");
        for shown in [
            format!("{value:?}"),
            format!("{state:#?}"),
            format!(
                "{:?}",
                read_data_source::Request {
                    config: Some(value),
                    ..Default::default()
                }
            ),
        ] {
            assert!(!shown.contains("hunter2"), "{shown}");
            assert!(!shown.contains(&bytes_in_decimal), "{shown}");
            assert!(shown.contains('7'), "{shown}");
        }
    }
}
