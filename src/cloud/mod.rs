//! How the cloud is spoken to. Knows nothing of Terraform.
