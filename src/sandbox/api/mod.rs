//! What all services share: the declaration of an operation, its request and response, authentication and errors.
//!
//! It knows no operation of any service.

pub(super) mod authentication;
pub(super) mod authorization;
pub(super) mod caller;
pub(super) mod error_response;
pub(super) mod operation;
pub(super) mod request;
pub(super) mod response;
