//! How the plugin gets onto a machine: packages, mirrors, and what keeps Terraform from using them.
//!
//! Source: Terraform documentation, "CLI Configuration File", Provider Installation, and "Provider Registry Protocol".

pub mod cli_configuration;
pub mod hcl1;
pub mod installation;
pub mod lock_check;
pub mod lock_file;
pub mod mirror;
pub mod obstacle;
pub mod package;
pub mod release;
pub mod user;

/// Where Terraform and where OpenTofu look for a provider whose `source` names no registry.
pub const HOSTS: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// The provider's `source` argument.
pub const SOURCE: &str = "hwgrants/hwgrants";
