//! A review of a plan of 50,000 resources, and two of the plans of 50 states: how long they take, and how much memory.
//!
//! Run by `make bench`, on a machine that does nothing else. Figures beyond their limits fail.

use std::error::Error;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};

const HWGRANTS: &str = env!("CARGO_BIN_EXE_hwgrants");

const RESOURCES: usize = 50_000;
/// One in so many resources is ours.
const OURS_EVERY: usize = 10;
const OURS_PER_MODULE: usize = 100;
const MIN_BYTES: u64 = 300_000_000;

const MAX_TIME: Duration = Duration::from_secs(30);
const MAX_PEAK_KIB: i64 = 64 * 1024;

/// States, and grants in each.
const STATES: usize = 50;
const GRANTS: usize = 1_000;
/// In each review, the plan of one state in so many creates its grants, the others change nothing.
const CREATED_EVERY: [usize; 2] = [10, 1];

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool, Box<dyn Error>> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let path = folder.path().join("plan.json");
    write_plan(&mut BufWriter::new(File::create(&path)?))?;
    let bytes = path.metadata()?.len();
    if bytes < MIN_BYTES {
        return Err(format!("the plan has only {bytes} bytes").into());
    }
    let what = format!("{RESOURCES} resources, {} MB", bytes / 1_000_000);
    // The one that needs less memory first: the peak of all children is measured.
    let mut holds = measure(&what, &[path.as_os_str()], RESOURCES / OURS_EVERY / 2)?;

    let states = folder.path().join("states");
    std::fs::create_dir(&states)?;
    for created_every in CREATED_EVERY {
        let mut bytes = 0;
        for state in 0..STATES {
            let path = states.join(format!("state-{state}.json"));
            std::fs::write(
                &path,
                state_plan(state, state.is_multiple_of(created_every)),
            )?;
            bytes += path.metadata()?.len();
        }
        let created = GRANTS * STATES / created_every;
        let what = format!(
            "{STATES} plans of {GRANTS} grants each, {created} of them created, {} MB",
            bytes / 1_000_000
        );
        holds &= measure(&what, &[OsStr::new("--plans"), states.as_os_str()], created)?;
    }
    Ok(holds)
}

/// Reviews with these arguments, and prints what it takes; whether it is within the limits.
fn measure(what: &str, args: &[&OsStr], gained: usize) -> Result<bool, Box<dyn Error>> {
    let began_at = Instant::now();
    let review = Command::new(HWGRANTS).arg("review").args(args).output()?;
    let elapsed = began_at.elapsed();
    let report = String::from_utf8_lossy(&review.stdout);
    let expected = format!("{gained} gained");
    if !review.status.success() || !report.contains(&expected) {
        let said = String::from_utf8_lossy(&review.stderr);
        return Err(format!(
            "`hwgrants review` ended with {} or did not print `{expected}`: {said}",
            review.status
        )
        .into());
    }
    let peak_kib = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss();

    let (in_time, in_memory) = (elapsed <= MAX_TIME, peak_kib <= MAX_PEAK_KIB);
    let verdict = |holds| {
        if holds {
            "within limit"
        } else {
            "LIMIT EXCEEDED"
        }
    };
    let mut output = io::stdout().lock();
    writeln!(output, "review of {what}")?;
    writeln!(
        output,
        "time         {elapsed:.1?}, limit {MAX_TIME:?}: {}",
        verdict(in_time)
    )?;
    writeln!(
        output,
        "peak memory  {peak_kib} KiB, limit {MAX_PEAK_KIB} KiB: {}",
        verdict(in_memory)
    )?;
    Ok(in_time && in_memory)
}

/// The plan of a state, which creates its grants or changes nothing.
fn state_plan(state: usize, is_created: bool) -> String {
    let action = match is_created {
        true => "create",
        false => "no-op",
    };
    let changes = (0..GRANTS).map(|number| {
        // Not the same grant in two states.
        let values = values(OURS_EVERY * (state * GRANTS + number));
        let before = if is_created { "null" } else { &values };
        format!(
            r#"{{"address":"csms_grant.each[{number}]","mode":"managed","type":"csms_grant","name":"each","index":{number},"change":{{"actions":["{action}"],"before":{before},"after":{values},"after_unknown":{{}},"before_sensitive":false,"after_sensitive":{{}}}}}}"#
        )
    });
    let changes: Vec<String> = changes.collect();
    format!(
        r#"{{"format_version":"1.2","terraform_version":"1.11.4","resource_changes":[{}],"configuration":{{"root_module":{{}}}},"timestamp":"2026-12-01T12:00:00Z","complete":true}}"#,
        changes.join(",")
    )
}

/// A plan as Terraform writes it: each resource is among the planned values, in the changes, and in the prior state.
fn write_plan(output: &mut impl Write) -> io::Result<()> {
    let head = r#"{"format_version":"1.2","terraform_version":"1.11.4","planned_values":{"root_module":{"resources":["#;
    output.write_all(head.as_bytes())?;
    write_each(output, |number| Some(object(number)))?;
    output.write_all(br#"]}},"resource_changes":["#)?;
    write_each(output, |number| Some(change(number)))?;
    output.write_all(
        br#"],"prior_state":{"format_version":"1.0","values":{"root_module":{"resources":["#,
    )?;
    write_each(output, |number| exists(number).then(|| object(number)))?;
    let tail = r#"]}}},"configuration":{"root_module":{}},"timestamp":"2026-12-01T12:00:00Z","complete":true}"#;
    output.write_all(tail.as_bytes())?;
    output.flush()
}

fn write_each(output: &mut impl Write, text: impl Fn(usize) -> Option<String>) -> io::Result<()> {
    let mut separator = "";
    for text in (0..RESOURCES).filter_map(text) {
        output.write_all(separator.as_bytes())?;
        output.write_all(text.as_bytes())?;
        separator = ",";
    }
    Ok(())
}

fn is_ours(number: usize) -> bool {
    number.is_multiple_of(OURS_EVERY)
}

/// Whether it is there already: the other half is to be made.
fn exists(number: usize) -> bool {
    !(number / OURS_EVERY).is_multiple_of(2)
}

/// Who a resource is, as the beginning of an object.
fn identity(number: usize) -> String {
    if is_ours(number) {
        let team = number / OURS_EVERY / OURS_PER_MODULE;
        return format!(
            r#""address":"module.team[\"team-{team}\"].csms_grant.each[\"user-{number}\"]","mode":"managed","type":"csms_grant","name":"each","index":"user-{number}","provider_name":"registry.terraform.io/hwgrants/hwgrants""#
        );
    }
    format!(
        r#""address":"module.app[{number}].cloud_policy.this","mode":"managed","type":"cloud_policy","name":"this","provider_name":"registry.terraform.io/example/cloud""#
    )
}

fn values(number: usize) -> String {
    if is_ours(number) {
        let day = number % 28 + 1;
        return format!(
            r#"{{"id":"{number}","region":"cn-north-4","project_id":"7b4c1d0f5e3a4c2f9d8e6a1b0c5f2e34","type":"SECRET","resource_id":"secret-{}","grantee_type":"user","grantee_target_id":"user-{number}","grantee_name":"User {number}","reason":"on call, ticket OPS-{number}","validity_time":"2027-02-{day:02}","status":"active","uuid":null}}"#,
            number % 997
        );
    }
    // A document with quotes in it, as policies are.
    let statement = r#"{\"Effect\":\"Allow\",\"Action\":[\"obs:object:GetObject\",\"obs:object:PutObject\"],\"Resource\":[\"obs:*:*:object:bucket/*\"]},"#;
    format!(
        r#"{{"id":"policy-{number}","name":"policy-{number}","description":null,"tags":{{"team":"app","cost":"{number}"}},"enabled":true,"priority":{number},"document":"{}"}}"#,
        statement.repeat(16)
    )
}

fn object(number: usize) -> String {
    format!(
        r#"{{{},"schema_version":0,"values":{},"sensitive_values":{{"tags":{{}}}}}}"#,
        identity(number),
        values(number)
    )
}

fn change(number: usize) -> String {
    let (identity, values) = (identity(number), values(number));
    let (action, before) = match exists(number) {
        true => ("no-op", values.as_str()),
        false => ("create", "null"),
    };
    format!(
        r#"{{{identity},"change":{{"actions":["{action}"],"before":{before},"after":{values},"after_unknown":{{"uuid":true}},"before_sensitive":false,"after_sensitive":{{}}}}}}"#
    )
}
