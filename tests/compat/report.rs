//! Runs the features on the clients, and says what came of it.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Instant;

use hwgrants::cli::install_path;

use crate::client::{Client, Source};
use crate::feature::{FEATURES, Feature, First};
use crate::generator;
use crate::sdk;

/// What came of one source.
pub(crate) struct Section {
    pub(crate) text: String,
    pub(crate) has_failed: bool,
}

/// What is run besides the features.
#[derive(Clone, Copy)]
pub(crate) struct Others {
    /// The official SDKs.
    pub(crate) sdks: bool,
    /// The bindings that a generator makes of the schema.
    pub(crate) generator: bool,
}

/// Runs all features on each, as many side by side as there are processors, and prints the report in their order.
///
/// `only` is a part of the names of the features to run. `others` come after them.
pub(crate) fn run(sources: &[Source], only: &str, others: Others) -> ExitCode {
    silence_expected_panics();
    let waiting = Mutex::new(sources.iter().enumerate());
    let sections = Mutex::new(BTreeMap::new());
    let workers = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().unwrap().next();
                    let Some((position, source)) = next else {
                        return;
                    };
                    let section = section(source, only);
                    sections.lock().unwrap().insert(position, section);
                }
            });
        }
    });

    let sections = sections.into_inner().unwrap();
    let mut sections: Vec<Section> = sections.into_values().collect();
    if others.sdks {
        sections.extend(sdk::sections());
    }
    if others.generator {
        sections.push(generator::section());
    }
    let text: Vec<_> = sections
        .iter()
        .map(|section| section.text.as_str())
        .collect();
    let text = text.join("\n");
    let _ = write!(std::io::stdout(), "\n{text}{}", not_checked(&text));
    if let Some(folder) = install_path::target_folder() {
        std::fs::write(folder.join("compat.txt"), text).unwrap();
    }
    ExitCode::from(u8::from(sections.iter().any(|section| section.has_failed)))
}

/// What the report says that was not checked, for its end; empty if all was.
fn not_checked(report: &str) -> String {
    let lines = report.lines().filter_map(|line| {
        let (name, reason) = line.split_once(": NOT CHECKED: ")?;
        Some(format!("NOT CHECKED: {name}: {reason}\n"))
    });
    let lines: String = lines.collect();
    match lines.is_empty() {
        true => lines,
        false => format!("\n{lines}"),
    }
}

fn section(source: &Source, only: &str) -> Section {
    match attempt(|| source.client()) {
        Ok(Some(client)) => of_client(source, &client, only),
        Ok(None) => Section {
            text: format!("{}: NOT CHECKED: {}\n", source.name(), source.why_not()),
            has_failed: false,
        },
        Err(reason) => Section {
            text: format!("{}: FAILED: {reason}\n", source.name()),
            has_failed: true,
        },
    }
}

/// A line for each feature, those that are newer than the client together at the end: they must not work yet.
fn of_client(source: &Source, client: &Client, only: &str) -> Section {
    let started_at = Instant::now();
    message(format_args!("running on {}", client.version));
    let wanted = FEATURES
        .iter()
        .filter(|feature| feature.name.contains(only));
    let (known, newer): (Vec<&Feature>, Vec<&Feature>) =
        wanted.partition(|feature| feature.is_in(client.version));
    let mut lines = String::new();
    let mut failed_count = 0;
    for feature in &known {
        let began_at = Instant::now();
        let verdict = match attempt(|| (feature.run)(client)) {
            Ok(()) => "works",
            Err(reason) => {
                message(format_args!(
                    "{}, {}: {reason}",
                    client.version, feature.name
                ));
                failed_count += 1;
                "FAILED"
            }
        };
        let seconds = began_at.elapsed().as_secs_f32();
        let _ = writeln!(lines, "  {verdict:<8} {} ({seconds:.1} s)", feature.name);
    }
    for feature in &newer {
        let product = client.version.product;
        let since = feature.first_in(product).map_or_else(
            || format!("not in {product}"),
            |first| format!("from {}", short(first)),
        );
        let line = match obstacle(feature, client) {
            Some(obstacle) => format!("  not yet  {} ({since}): {obstacle}", feature.name),
            None => {
                failed_count += 1;
                format!("  WORKS    {} (declared {since})", feature.name)
            }
        };
        let _ = writeln!(lines, "{line}");
    }
    let newer = match newer.len() {
        0 => "none newer".to_owned(),
        count => format!("{count} newer than this client"),
    };
    Section {
        text: format!(
            "{} ({}): {} features, {failed_count} failed, {newer}, {} s\n{lines}",
            client.version,
            source.name(),
            known.len(),
            started_at.elapsed().as_secs(),
        ),
        has_failed: failed_count > 0,
    }
}

thread_local! {
    /// Whether a panic on this thread is what is expected.
    static EXPECTS_PANIC: Cell<bool> = const { Cell::new(false) };
}

/// Why a feature that is declared to be newer than the client fails; `None` if it works.
fn obstacle(feature: &Feature, client: &Client) -> Option<String> {
    EXPECTS_PANIC.set(true);
    let outcome = attempt(|| (feature.run)(client));
    EXPECTS_PANIC.set(false);
    let reason = outcome.err()?;
    let error = reason.lines().find(|line| line.contains("Error: "));
    let line = error.or_else(|| reason.lines().next()).unwrap_or_default();
    Some(line.trim_matches(|c| " ╷│╵".contains(c)).to_owned())
}

/// Without the patch if it is the first one.
pub(crate) fn short([major, minor, patch]: First) -> String {
    match patch {
        0 => format!("{major}.{minor}"),
        _ => format!("{major}.{minor}.{patch}"),
    }
}

fn silence_expected_panics() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !EXPECTS_PANIC.get() {
            report(panic);
        }
    }));
}

/// What it answers, or why it panicked.
pub(crate) fn attempt<T>(act: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(act)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| Some((*panic.downcast_ref::<&str>()?).to_owned()));
        text.unwrap_or_else(|| "panicked without words".to_owned())
    })
}

pub(crate) fn message(words: fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "{words}");
}
