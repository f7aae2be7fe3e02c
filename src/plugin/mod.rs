//! How Terraform starts us: go-plugin. Knows no Terraform words.
