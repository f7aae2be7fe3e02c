//! How the plugin gets onto a machine: packages, mirrors, and what keeps Terraform from using them.

pub mod mirror;
