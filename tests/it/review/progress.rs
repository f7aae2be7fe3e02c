//! What a review shows on a terminal while it reads, and not in a pipe.

use std::io::Write;
use std::process::{Child, Command, Stdio};

use crate::terminal;

const PLAN: &str = r#"{"format_version":"1.2","resource_changes":[],"planned_values":{}}"#;

#[test]
fn a_long_review_shows_what_it_reads_on_a_terminal_only() {
    let start = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hwgrants"));
        command.args(["review", "-"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command
    };
    // White space before the plan, so that there is something to count.
    let begin = |child: &mut Child| {
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(&[b' '; 2_200_000]).unwrap();
        stdin
    };
    let mut piped = start().stderr(Stdio::piped()).spawn().unwrap();
    let mut piped_input = begin(&mut piped);
    let (mut child, terminal) = terminal::start(start());
    let mut input = begin(&mut child);
    terminal.wait_for("reading the plan: 2 MB, 2 s");
    for stdin in [&mut input, &mut piped_input] {
        stdin.write_all(PLAN.as_bytes()).unwrap();
    }
    drop((input, piped_input));
    assert!(child.wait_with_output().unwrap().status.success());
    let shown = terminal.finish();
    assert!(shown.ends_with("\r\u{1b}[K"), "{shown:?}");
    // Nothing before two seconds have passed.
    assert!(!shown.contains("MB, 1 s"), "{shown:?}");
    let piped = piped.wait_with_output().unwrap();
    assert!(piped.status.success());
    assert_eq!(String::from_utf8(piped.stderr).unwrap(), "");
    // A short one shows nothing.
    let (mut child, terminal) = terminal::start(start());
    child
        .stdin
        .take()
        .unwrap()
        .write_all(PLAN.as_bytes())
        .unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
    assert_eq!(terminal.finish(), "");
}
