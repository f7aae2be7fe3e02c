//! What all services share: how an operation is declared, what its handler sees and answers, who may call it.

pub(super) mod authentication;
pub(super) mod authorization;
pub(super) mod caller;
pub(super) mod error_response;
pub(super) mod operation;
pub(super) mod request;
pub(super) mod response;
