//! Log lines in the form that hosts read: one JSON object per line on standard error, as hclog writes them.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::sync::Mutex;

use jiff::Timestamp;
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry, Scope};

use super::{HostEnvironment, Plugin};
use crate::text;

/// The longest line, with room to spare: hosts read 64 KiB at once, and split what is longer.
const MAX_LINE_BYTES: usize = 60 * 1024;

/// What is left of each text of a line that was too long. Written as escapes it can grow by six.
const MAX_TEXT_BYTES: usize = 4 * 1024;

/// Starts logging for the rest of the process, if a level is set: `trace`, `debug`, `info`, `warn`, `error` or `off`, in
/// any case; anything else means `trace`, as it does to hosts. Without a level nothing is installed, and a log statement
/// costs one comparison.
///
/// Each line holds the event's fields and those of the spans around it. Libraries are left out: at `trace` they would
/// show headers, and so secrets.
pub fn install(plugin: &Plugin, environment: &HostEnvironment) {
    let Some(level) = environment.log_level.as_deref().map(level) else {
        return;
    };
    if level == LevelFilter::OFF {
        return;
    }
    let layer = LogLayer::new(level, plugin.log_target, std::io::stderr());
    // An error means that the process logs already; then its owner knows better.
    let _ = tracing::subscriber::set_global_default(Registry::default().with(layer));
}

fn level(text: &str) -> LevelFilter {
    match text.trim().to_ascii_lowercase().as_str() {
        "off" => LevelFilter::OFF,
        "error" => LevelFilter::ERROR,
        "warn" => LevelFilter::WARN,
        "info" => LevelFilter::INFO,
        "debug" => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}

/// A line's or a span's fields by name, so in a stable order; `@`, which begins hclog's own, sorts first.
type Fields = BTreeMap<&'static str, Value>;

/// Writes events of one target, up to one level, as hclog lines.
struct LogLayer<W> {
    level: LevelFilter,
    target: &'static str,
    /// Locked for each line, so that the lines of different threads do not mix.
    output: Mutex<W>,
}

impl<W> LogLayer<W> {
    fn new(level: LevelFilter, target: &'static str, output: W) -> Self {
        Self {
            level,
            target,
            output: Mutex::new(output),
        }
    }

    /// Whether this event or span is ours; an event also needs a level that is logged.
    fn is_enabled(&self, metadata: &Metadata<'_>) -> bool {
        let is_ours = metadata
            .target()
            .strip_prefix(self.target)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
        // Spans of every level count: their fields belong to the errors within them.
        is_ours && (metadata.is_span() || *metadata.level() <= self.level)
    }
}

impl<S, W> Layer<S> for LogLayer<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Write + Send + 'static,
{
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.is_enabled(metadata) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _context: Context<'_, S>) -> bool {
        self.is_enabled(metadata)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::new();
        attributes.record(&mut FieldRecorder(&mut fields));
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, context: Context<'_, S>) {
        // Recorded before the span is locked: formatting runs the caller's code, which may log.
        let mut fields = Fields::new();
        record.record(&mut FieldRecorder(&mut fields));
        if let Some(span) = context.span(id) {
            let mut extensions = span.extensions_mut();
            match extensions.get_mut::<Fields>() {
                Some(known) => known.extend(fields),
                None => extensions.insert(fields),
            }
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut own = Fields::new();
        event.record(&mut FieldRecorder(&mut own));
        let mut entry = Fields::new();
        for span in context
            .event_scope(event)
            .into_iter()
            .flat_map(Scope::from_root)
        {
            if let Some(fields) = span.extensions().get::<Fields>() {
                entry.extend(fields.clone());
            }
        }
        entry.extend(own);
        let message = entry.remove("message").unwrap_or_else(|| "".into());
        let metadata = event.metadata();
        entry.insert("@level", level_name(*metadata.level()).into());
        entry.insert("@message", message);
        entry.insert("@module", metadata.target().replace("::", ".").into());
        // Hosts want exactly six digits of a second.
        entry.insert("@timestamp", format!("{:.6}", Timestamp::now()).into());
        let line = line(entry);
        // A log that cannot be written is no reason to fail.
        if let Ok(mut output) = self.output.lock() {
            let _ = output.write_all(&line);
        }
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

/// The entry as JSON with its line break, never longer than a host reads at once.
fn line(mut entry: Fields) -> Vec<u8> {
    let whole = encode(&entry);
    if whole.len() <= MAX_LINE_BYTES {
        return whole;
    }
    entry.values_mut().for_each(truncate);
    let shortened = encode(&entry);
    if shortened.len() <= MAX_LINE_BYTES {
        return shortened;
    }
    // Very many fields: what happened counts more than with what.
    entry.retain(|name, _| name.starts_with('@'));
    encode(&entry)
}

fn encode(entry: &Fields) -> Vec<u8> {
    // A map of texts, numbers and booleans has a JSON form.
    let mut bytes = serde_json::to_vec(entry).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// Shortens a long text in place, and notes how much is missing.
fn truncate(value: &mut Value) {
    let Value::String(text) = value else {
        return;
    };
    if text.len() <= MAX_TEXT_BYTES {
        return;
    }
    let end = text.floor_char_boundary(MAX_TEXT_BYTES);
    let missing = text.len() - end;
    text.truncate(end);
    text.push_str(&format!("… ({missing} bytes omitted)"));
}

/// Takes fields down as JSON values.
struct FieldRecorder<'a>(&'a mut Fields);

impl FieldRecorder<'_> {
    /// Adds a field without leading `@`.
    fn insert(&mut self, field: &Field, value: impl Into<Value>) {
        // `@` is hclog's: a field must not turn a line into one that a host cannot read.
        let name = field.name().trim_start_matches('@');
        self.0.insert(name, value.into());
    }
}

impl Visit for FieldRecorder<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.insert(field, text::lines(&format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, text::lines(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field, value);
    }
}

#[cfg(test)]
mod tests;
