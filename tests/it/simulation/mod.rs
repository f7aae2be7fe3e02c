//! Grants put through the real world: the real provider behind the real protocol, a small Terraform in front of it, the
//! pretend cloud behind it, all in one process whose time creeps ([`crate::virtual_time`]).
//!
//! [`world`] is the cloud and its clock; [`state_file`] is a state file and the runs of Terraform that work on it. Then a
//! file for each way in which the world is unkind.

mod seed_range;
mod state_file;
mod world;

mod clock;
mod concurrent_write;
mod duplicate_key;
mod list_lag;
mod lost_answer;
mod quirk;
mod read;
mod recreation;
mod renamed_block;
mod schedule;
mod unconfirmed;
