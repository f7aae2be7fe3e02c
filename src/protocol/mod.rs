//! What Terraform says: protocol 6 to framework and back.

// Public for the tests, which live outside the crate and play Terraform; hidden because it is generated.
#[doc(hidden)]
pub mod proto;
