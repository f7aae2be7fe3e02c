//! Runs the features on the clients, and says what came of it.

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
use crate::feature::{FEATURES, Feature};
use crate::sdk;

/// What came of one source.
pub(crate) struct Section {
    pub(crate) text: String,
    pub(crate) has_failed: bool,
}

/// Runs all features on each, as many side by side as there are processors, and prints the report in their order.
///
/// The official SDKs come after them, if they are wanted.
pub(crate) fn run(sources: &[Source], has_sdks: bool) -> ExitCode {
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
                    let section = section(source);
                    sections.lock().unwrap().insert(position, section);
                }
            });
        }
    });

    let sections = sections.into_inner().unwrap();
    let sdks = if has_sdks {
        sdk::sections()
    } else {
        Vec::new()
    };
    let sections: Vec<Section> = sections.into_values().chain(sdks).collect();
    let text: Vec<_> = sections
        .iter()
        .map(|section| section.text.as_str())
        .collect();
    let text = text.join("\n");
    let _ = write!(std::io::stdout(), "\n{text}");
    if let Some(folder) = install_path::target_folder() {
        std::fs::write(folder.join("compat.txt"), text).unwrap();
    }
    ExitCode::from(u8::from(sections.iter().any(|section| section.has_failed)))
}

fn section(source: &Source) -> Section {
    match attempt(|| source.client()) {
        Ok(Some(client)) => of_client(source, &client),
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

/// A line for each feature, those that are newer than the client together at the end.
fn of_client(source: &Source, client: &Client) -> Section {
    let started_at = Instant::now();
    message(format_args!("running on {}", client.version));
    let (known, newer): (Vec<&Feature>, Vec<&Feature>) = FEATURES
        .iter()
        .partition(|feature| feature.is_in(client.version));
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
        let since = feature.first_in(client.version.product).map_or_else(
            || format!("not in {}", client.version.product),
            |(major, minor)| format!("from {major}.{minor}"),
        );
        let _ = writeln!(lines, "  left out {} ({since})", feature.name);
    }
    let left_out = match newer.len() {
        0 => "nothing left out".to_owned(),
        count => format!("{count} newer than this client"),
    };
    Section {
        text: format!(
            "{} ({}): {} features, {failed_count} failed, {left_out}, {} s\n{lines}",
            client.version,
            source.name(),
            known.len(),
            started_at.elapsed().as_secs(),
        ),
        has_failed: failed_count > 0,
    }
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
