//! The services: one file for the operations of each, and the lists of grants that are shared by all who ask.

pub(super) mod csms;
pub(super) mod grant_list;
mod repo;
mod secret_pages;
