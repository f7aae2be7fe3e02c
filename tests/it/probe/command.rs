//! `hwgrants probe` as a process: consent, report, signals, and what a kill leaves.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::time::Duration;

use http::StatusCode;
use hwgrants::sandbox::seed::{PROJECT_ID, REGION, SECRET_API_KEY, TOKEN, USER_ANA, USER_BEN};
use hwgrants::sandbox::{
    BlockingSandbox, EndFormat, Fault, FaultAction, GranteeKind, Quirks, SandboxOptions,
    TimeFormat, When,
};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

/// A sandbox, and a user who probes it.
struct Machine {
    sandbox: BlockingSandbox,
    home: TempDir,
}

impl Machine {
    fn with(quirks: Quirks) -> Self {
        let options = SandboxOptions {
            quirks,
            ..SandboxOptions::default()
        };
        Self {
            sandbox: BlockingSandbox::start(options).unwrap(),
            home: tempfile::tempdir().unwrap(),
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hwgrants"));
        command
            .arg("probe")
            .args(args)
            .env_clear()
            .env("HOME", self.home.path())
            .env("HWGRANTS_ENDPOINT", self.sandbox.url())
            .env("HW_REGION_NAME", REGION)
            .env("HW_PROJECT_ID", PROJECT_ID)
            .env("HW_AUTH_TOKEN", TOKEN)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn probe(&self) -> Command {
        self.command(&["--secret", SECRET_API_KEY, "--user", USER_ANA, "--consent"])
    }

    /// Starts the probe, and waits until it prints a line that contains this.
    fn start_until(&self, part: &str) -> Running {
        let mut child = self.probe().spawn().unwrap();
        let mut messages = BufReader::new(child.stderr.take().unwrap());
        let mut printed = String::new();
        while !printed.contains(part) {
            let length = messages.read_line(&mut printed).unwrap();
            assert!(length > 0, "{printed}");
        }
        Running { child, messages }
    }

    /// Kills a probe that has created its grant, when it prints a line that contains this.
    fn kill_at(&self, part: &str) {
        let probe = self.start_until(part);
        probe.signal(Signal::SIGKILL);
        probe.wait();
        assert_eq!(self.journals().len(), 1);
    }

    fn grant_count(&self) -> usize {
        let world = self.sandbox.world();
        world.grant_count(SECRET_API_KEY, USER_ANA)
    }

    fn wait_for_grant(&self) {
        while self.grant_count() == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// The journals on this machine.
    fn journals(&self) -> Vec<PathBuf> {
        let folder = self.home.path().join(".local/state/hwgrants/probe");
        match fs::read_dir(folder) {
            Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
            Err(_) => Vec::new(),
        }
    }

    /// Masks what differs from run to run.
    fn mask(&self, text: &str) -> String {
        let today = self.sandbox.world().now();
        let mut text = text.replace(self.sandbox.url(), "[URL]");
        for days in -2..=7 {
            let date = today + jiff::SignedDuration::from_hours(24 * days);
            let date = date.strftime("%Y-%m-%d").to_string();
            text = text.replace(&date, &format!("[DAY {days:+}]"));
        }
        text.replace(hwgrants::VERSION, "[VERSION]")
    }
}

/// A probe in progress.
struct Running {
    child: Child,
    messages: BufReader<ChildStderr>,
}

impl Running {
    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().try_into().unwrap());
        kill(pid, signal).unwrap();
    }

    /// Waits for the end: the exit code, and the rest of the messages.
    fn wait(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.messages.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Replaces digits of times, which differ from run to run.
fn without_times(report: &str) -> String {
    let mut masked = String::new();
    for word in report.split_inclusive('`') {
        let is_time = word.len() > 10
            && word
                .trim_end_matches('`')
                .bytes()
                .all(|b| b.is_ascii_digit());
        match is_time {
            true => masked.push_str("[TIME]`"),
            false => masked.push_str(word),
        }
    }
    masked
}

#[test]
fn nothing_is_sent_without_consent() {
    let machine = Machine::with(Quirks::default());
    let output = machine.run(&["--secret", SECRET_API_KEY, "--user", USER_ANA]);
    assert_eq!(output.status.code(), Some(1));
    assert!(machine.sandbox.world().requests().is_empty());
    insta::assert_snapshot!(text(&output.stderr));
}

#[test]
fn the_report_describes_the_service_without_personal_data() {
    let machine = Machine::with(Quirks {
        time: TimeFormat::Seconds,
        end: EndFormat::EndOfDayInChina,
        ..Quirks::default()
    });
    let world = machine.sandbox.world();
    let put = world.put_grant(SECRET_API_KEY, USER_BEN, GranteeKind::User, None);
    put.unwrap();
    let output = machine.probe().output().unwrap();
    let (report, messages) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{messages}");
    assert_eq!(machine.grant_count(), 0);
    assert_eq!(machine.journals(), Vec::<PathBuf>::new());
    for personal in [
        SECRET_API_KEY,
        USER_ANA,
        USER_BEN,
        PROJECT_ID,
        TOKEN,
        "Ana",
        "Ruiz",
        "127.0.0.1",
    ] {
        assert!(!report.contains(personal), "{personal}: {report}");
    }
    let shown = format!(
        "{}\n-----\n{}",
        without_times(&machine.mask(&report)),
        machine.mask(&messages)
    );
    insta::assert_snapshot!(shown);

    // The settings of the report make the sandbox behave the same.
    let line = report
        .lines()
        .find(|line| line.starts_with("hwgrants sandbox"))
        .unwrap();
    assert_eq!(
        line,
        "hwgrants sandbox --quirk time=seconds --quirk end=end_of_day_in_china"
    );
}

#[test]
fn the_settings_alone_are_one_line() {
    let machine = Machine::with(Quirks {
        time: TimeFormat::Rfc3339,
        ..Quirks::default()
    });
    let output = machine
        .probe()
        .args(["--format", "quirks"])
        .output()
        .unwrap();
    assert_eq!(text(&output.stdout), "--quirk time=rfc3339\n");
}

#[test]
fn a_killed_probe_is_found_named_and_cleaned_up_by_the_next_run() {
    // At different moments: right after the first write, and in the middle.
    for part in [
        "step: creating the grant",
        "step: updating the grant without specifying an expiration date",
    ] {
        let machine = Machine::with(Quirks::default());
        let probe = machine.start_until(part);
        machine.wait_for_grant();
        probe.signal(Signal::SIGKILL);
        let (code, _) = probe.wait();
        assert_eq!((code, machine.grant_count()), (None, 1));
        assert_eq!(machine.journals().len(), 1);

        let output = machine.probe().output().unwrap();
        let messages = text(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{messages}");
        let step = part.trim_start_matches("step: ");
        for named in [
            USER_ANA,
            SECRET_API_KEY,
            step,
            "left a grant",
            "has been deleted",
        ] {
            assert!(messages.contains(named), "{named}: {messages}");
        }
        assert_eq!(machine.grant_count(), 0);
        assert_eq!(machine.journals(), Vec::<PathBuf>::new());
    }
}

#[test]
fn clean_up_deletes_only_what_a_killed_run_has_left() {
    let machine = Machine::with(Quirks::default());
    let output = machine.run(&["--clean-up"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        text(&output.stderr).contains("no grants left"),
        "{output:?}"
    );

    machine.kill_at("step: setting a later");
    assert_eq!(machine.grant_count(), 1);
    // Without a project that the journal names, nothing is concluded.
    let output = machine
        .command(&["--clean-up"])
        .env("HW_PROJECT_ID", "0a")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(text(&output.stderr).contains(PROJECT_ID), "{output:?}");
    assert_eq!(machine.grant_count(), 1);

    let output = machine.run(&["--clean-up"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(machine.grant_count(), 0);
    assert_eq!(machine.journals(), Vec::<PathBuf>::new());
}

#[test]
fn a_grant_that_differs_from_the_journal_is_named_and_not_deleted() {
    let machine = Machine::with(Quirks::default());
    machine.kill_at("step: setting a later");
    let world = machine.sandbox.world();
    assert!(world.remove_grant(SECRET_API_KEY, USER_ANA));
    let date = Some("2099-12-31".parse().unwrap());
    let put = world.put_grant(SECRET_API_KEY, USER_ANA, GranteeKind::User, date);
    put.unwrap();
    let output = machine.probe().output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let messages = text(&output.stderr);
    let journal = machine.journals().pop().unwrap();
    for named in [
        USER_ANA,
        "2099-12-31",
        "was not deleted",
        journal.to_str().unwrap(),
    ] {
        assert!(messages.contains(named), "{named}: {messages}");
    }
    assert_eq!(machine.grant_count(), 1);
}

#[test]
fn an_interrupted_probe_deletes_its_grant_first() {
    for signal in [
        Signal::SIGINT,
        Signal::SIGTERM,
        Signal::SIGHUP,
        Signal::SIGQUIT,
    ] {
        let machine = Machine::with(Quirks::default());
        let probe = machine.start_until("step: setting an earlier");
        probe.signal(signal);
        let (code, messages) = probe.wait();
        assert_eq!(code, Some(130), "{messages}");
        assert!(
            messages.contains("interrupted: the probe's grant was deleted"),
            "{messages}"
        );
        assert_eq!(machine.grant_count(), 0);
        assert_eq!(machine.journals(), Vec::<PathBuf>::new());
    }
}

#[test]
fn a_second_interrupt_says_that_the_user_may_still_have_access() {
    let machine = Machine::with(Quirks::default());
    let probe = machine.start_until("step: setting an earlier");
    let fault = FaultAction::raw(StatusCode::INTERNAL_SERVER_ERROR, "");
    machine
        .sandbox
        .world()
        .faults()
        .add(Fault::on("DeleteGrant", fault).endless());
    probe.signal(Signal::SIGINT);
    std::thread::sleep(Duration::from_millis(500));
    probe.signal(Signal::SIGINT);
    let (code, messages) = probe.wait();
    assert_eq!(code, Some(1), "{messages}");
    for part in ["may still have access", "hwgrants probe --clean-up"] {
        assert!(messages.contains(part), "{messages}");
    }
    assert_eq!(machine.journals().len(), 1);
}

#[test]
fn the_end_of_a_session_may_cause_several_signals() {
    let machine = Machine::with(Quirks::default());
    let probe = machine.start_until("step: setting an earlier");
    let slow = FaultAction::Delay {
        delay: Duration::from_secs(1),
        when: When::BeforeEffect,
    };
    machine
        .sandbox
        .world()
        .faults()
        .add(Fault::on("DeleteGrant", slow));
    for signal in [Signal::SIGHUP, Signal::SIGHUP, Signal::SIGTERM] {
        probe.signal(signal);
        std::thread::sleep(Duration::from_millis(200));
    }
    let (code, messages) = probe.wait();
    assert_eq!(code, Some(130), "{messages}");
    assert_eq!(machine.grant_count(), 0);
}

#[test]
fn an_incomplete_report_quotes_no_message_of_the_service() {
    let machine = Machine::with(Quirks::default());
    let denied = FaultAction::error(StatusCode::FORBIDDEN, USER_ANA, "Ana Ruiz may not");
    machine
        .sandbox
        .world()
        .faults()
        .add(Fault::on("UpdateGrant", denied));
    let output = machine.probe().output().unwrap();
    let report = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1));
    assert!(report.contains("**Incomplete:**"), "{report}");
    for personal in [SECRET_API_KEY, USER_ANA, PROJECT_ID, "Ana", "127.0.0.1"] {
        assert!(!report.contains(personal), "{personal}: {report}");
    }
    assert!(text(&output.stderr).contains("Ana Ruiz may not"));
}

#[test]
fn a_leftover_that_could_not_be_deleted_is_a_failure_of_the_next_probe() {
    let machine = Machine::with(Quirks::default());
    machine.kill_at("step: setting a later");
    let world = machine.sandbox.world();
    assert!(world.remove_grant(SECRET_API_KEY, USER_ANA));
    let date = Some("2099-12-31".parse().unwrap());
    let put = world.put_grant(SECRET_API_KEY, USER_ANA, GranteeKind::User, date);
    put.unwrap();
    let other_user = ["--secret", SECRET_API_KEY, "--user", USER_BEN, "--consent"];
    let output = machine.run(&other_user);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stdout).contains("| Lag of reads |"),
        "{output:?}"
    );
    assert!(text(&output.stderr).contains("2099-12-31"), "{output:?}");
}

#[test]
fn two_probes_of_one_grant_do_not_run_together() {
    let machine = Machine::with(Quirks::default());
    let first = machine.start_until("step: creating the grant");
    let second = machine.probe().output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(
        text(&second.stderr).contains("another probe of this grant is running"),
        "{second:?}"
    );
    first.signal(Signal::SIGINT);
    let (code, messages) = first.wait();
    assert_eq!(code, Some(130), "{messages}");
}

#[test]
fn a_journal_that_is_not_valid_is_kept_and_named() {
    let machine = Machine::with(Quirks::default());
    let folder = machine.home.path().join(".local/state/hwgrants/probe");
    fs::create_dir_all(&folder).unwrap();
    let journal = folder.join("0123456789abcdef.journal");
    for (content, is_valid) in [
        ("{}\n", false),
        ("\n{\"version\":2}\n", false),
        // The process ended before it sent anything.
        ("", true),
        ("\n{\"version\":1,\"endp", true),
    ] {
        fs::write(&journal, content).unwrap();
        let output = machine.run(&["--clean-up"]);
        let messages = text(&output.stderr);
        assert_eq!(output.status.success(), is_valid, "{content}: {messages}");
        assert_eq!(
            messages.contains("is not a valid journal"),
            !is_valid,
            "{messages}"
        );
        assert_eq!(Path::exists(&journal), !is_valid);
    }
}

#[test]
fn the_probe_refuses_what_it_would_harm() {
    let machine = Machine::with(Quirks::default());
    let world = machine.sandbox.world();
    let put = world.put_grant(SECRET_API_KEY, USER_ANA, GranteeKind::User, None);
    put.unwrap();
    let output = machine.probe().output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(machine.grant_count(), 1);
    insta::assert_snapshot!(machine.mask(&text(&output.stderr)));
}

#[test]
fn an_incomplete_run_prints_no_settings() {
    let machine = Machine::with(Quirks {
        time: TimeFormat::Seconds,
        ..Quirks::default()
    });
    let failure = FaultAction::raw(StatusCode::INTERNAL_SERVER_ERROR, "");
    let fault = Fault::on("UpdateGrant", failure);
    machine.sandbox.world().faults().add(fault);
    let output = machine
        .probe()
        .args(["--format", "quirks"])
        .output()
        .unwrap();
    let messages = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{messages}");
    assert_eq!(text(&output.stdout), "");
    // The update may still take effect.
    assert!(messages.contains("hwgrants probe --clean-up"), "{messages}");
    assert_eq!((machine.grant_count(), machine.journals().len()), (0, 1));
    let output = machine.run(&["--clean-up"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(machine.journals(), Vec::<PathBuf>::new());
}

#[test]
fn one_bad_journal_does_not_keep_the_others_from_being_cleaned_up() {
    let machine = Machine::with(Quirks::default());
    machine.kill_at("step: setting a later");
    let folder = machine.journals().pop().unwrap();
    let folder = folder.parent().unwrap().to_owned();
    for name in ["0000000000000000", "ffffffffffffffff"] {
        fs::write(folder.join(name).with_extension("journal"), "{}\n").unwrap();
    }
    let output = machine.run(&["--clean-up"]);
    let messages = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{messages}");
    for named in ["0000000000000000", "ffffffffffffffff", "has been deleted"] {
        assert!(messages.contains(named), "{named}: {messages}");
    }
    assert_eq!((machine.grant_count(), machine.journals().len()), (0, 2));
}

#[test]
fn a_journal_of_another_project_is_named_and_does_not_prevent_a_probe() {
    let machine = Machine::with(Quirks::default());
    machine.kill_at("step: setting a later");
    let other = Machine {
        sandbox: BlockingSandbox::start(SandboxOptions::default()).unwrap(),
        home: machine.home,
    };
    let output = other.probe().output().unwrap();
    let messages = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{messages}");
    let journal = other.journals().pop().unwrap();
    for named in [
        "warning: an earlier run may have left",
        machine.sandbox.url(),
        journal.to_str().unwrap(),
    ] {
        assert!(messages.contains(named), "{named}: {messages}");
    }
}

#[test]
fn an_interrupted_clean_up_deletes_the_grant_first() {
    let machine = Machine::with(Quirks::default());
    machine.kill_at("step: setting a later");
    let slow = FaultAction::Delay {
        delay: Duration::from_secs(2),
        when: When::BeforeEffect,
    };
    let world = machine.sandbox.world();
    world.clear_requests();
    world.faults().add(Fault::on("DeleteGrant", slow));
    let mut command = machine.command(&["--clean-up"]);
    let child = command.spawn().unwrap();
    while !world
        .requests()
        .iter()
        .any(|request| request.operation == Some("DeleteGrant"))
    {
        std::thread::sleep(Duration::from_millis(5));
    }
    let pid = Pid::from_raw(child.id().try_into().unwrap());
    kill(pid, Signal::SIGINT).unwrap();
    let output = child.wait_with_output().unwrap();
    let messages = text(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{messages}");
    assert!(messages.contains("has been deleted"), "{messages}");
    assert_eq!(machine.grant_count(), 0);
    assert_eq!(machine.journals(), Vec::<PathBuf>::new());
}

#[test]
fn a_missing_region_names_the_option() {
    let machine = Machine::with(Quirks::default());
    let output = machine
        .probe()
        .env_remove("HW_REGION_NAME")
        .output()
        .unwrap();
    let messages = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{messages}");
    assert!(messages.contains("hint: pass `--region`"), "{messages}");
    assert!(machine.sandbox.world().requests().is_empty());
}
