//! Grants put through the real world: the real provider behind the real protocol, a small Terraform in front of it, the
//! pretend cloud behind it, all in one process whose time creeps ([`crate::virtual_time`]).
//!
//! [`stage`] is the cloud and its clock; [`estate`] is a state file and the runs of Terraform that work on it. Then a
//! file for each way in which the world is unkind.

mod estate;
mod lives;
mod stage;

mod clock;
mod cut;
mod kept;
mod key;
mod lag;
mod quirk;
mod race;
mod read;
mod recreation;
mod schedule;
mod unconfirmed;
