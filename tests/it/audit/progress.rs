//! What an audit shows on a terminal while it runs, and not in a pipe.

use std::process::Stdio;

use hwgrants::sandbox::{Fault, FaultAction};

use super::call::command;
use super::missing::sandbox;
use crate::terminal;

#[test]
fn a_terminal_shows_secrets_read_and_throttling_and_a_pipe_does_not() {
    let sandbox = sandbox();
    let faults = sandbox.world().faults();
    faults.add(Fault::on("ListGrants", FaultAction::throttle("2 second")).endless());
    let start = || {
        let mut command = command(sandbox.url(), &[]);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command
    };
    let piped = start().stderr(Stdio::piped()).spawn().unwrap();
    let (child, terminal) = terminal::start(start());
    terminal.wait_for("of 4 secrets read");
    terminal.wait_for("throttled until ");
    faults.clear();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let shown = terminal.finish();
    // The line is gone when the result is printed.
    let (_, last) = shown.rsplit_once("\r\u{1b}[K").unwrap();
    assert!(last.starts_with("grants in region"), "{shown:?}");
    let piped = piped.wait_with_output().unwrap();
    let said = String::from_utf8(piped.stderr).unwrap();
    assert!(
        !said.contains("secrets read") && !said.contains('\r'),
        "{said}"
    );
}
