//! The documentation does what it says: configuration, commands and output on every page.

mod command_line;
mod configuration;
mod guide;
mod page;
mod reader;
mod shell;
