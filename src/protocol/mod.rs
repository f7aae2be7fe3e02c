//! What Terraform says: protocol 6 to framework and back.
