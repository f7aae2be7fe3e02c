//! What outlives the process: the file, and the task that writes it.

pub(super) mod data_file;
pub(super) mod writer;
