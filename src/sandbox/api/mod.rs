//! What all services share: how an operation is declared, what its handler sees and answers, who may call it.

pub(super) mod authentication;
pub(super) mod call;
pub(super) mod error_response;
