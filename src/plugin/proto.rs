//! go-plugin's messages and services: generated from `proto/plugin/`, which documents them.

pub use generated::*;

/// The compiled definitions, imports included: an encoded `FileDescriptorSet` for server reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = tonic::include_file_descriptor_set!("plugin");

#[expect(
    clippy::allow_attributes_without_reason,
    reason = "the generated `allow` attributes have no reasons"
)]
mod generated {
    tonic::include_proto!("plugin");
}
