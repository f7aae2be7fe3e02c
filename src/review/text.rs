//! The report as text for a terminal of 80 columns, without colour.
//!
//! Ids and addresses are never broken, so that they can be copied: one that is longer than the line is left to stand out.

use std::fmt;

use textwrap::Options;

use super::change::{Change, Effect, Note};
use super::grant::{End, Grant, Key};
use super::plan::Value;
use super::report::{Ending, Report, Term};

/// Columns of a terminal.
const WIDTH: usize = 80;

/// A report, printed by its `Display`; ends with a line feed.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a>(pub &'a Report);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.0;
        match report.planned_on {
            Some(day) => writeln!(f, "Review of the plan of {day} (UTC)\n")?,
            None => writeln!(f, "Review of the plan\n")?,
        }
        paragraph(f, "", &summary(report))?;
        if !report.is_complete {
            let words = "The plan is not complete: Terraform failed on a part of it, put a part off, or was asked for a \
                         part only (`-target`). What is missing is not reviewed here.";
            writeln!(f)?;
            paragraph(f, "", words)?;
        }
        for effect in Effect::ALL {
            section(f, report, effect)?;
        }
        endings(f, report)?;
        moves(f, report)
    }
}

/// The totals, in a sentence.
fn summary(report: &Report) -> String {
    let told = Effect::ALL.into_iter().filter_map(|effect| {
        let count = report.count(effect);
        let is_own = !matches!(effect, Effect::Unchanged | Effect::Interrupted);
        (is_own && count > 0).then(|| totals(effect, count))
    });
    let told: Vec<String> = told.collect();
    let interrupted = report.changes.iter().filter(|change| change.is_interrupted);
    let interrupted = match interrupted.count() {
        0 => String::new(),
        count => format!(" Lost for a moment: {count}."),
    };
    let kept = match report.count(Effect::Unchanged) {
        0 if report.changes.is_empty() => "There is no grant in it.".to_owned(),
        0 => String::new(),
        1 => "1 grant stays as it is.".to_owned(),
        count => format!("{count} grants stay as they are."),
    };
    let changed = if told.is_empty() {
        "Nobody gains or loses access.".to_owned()
    } else {
        format!("Access: {}.", told.join(", "))
    };
    format!("{changed}{interrupted} {kept}")
        .trim_end()
        .to_owned()
}

fn totals(effect: Effect, count: usize) -> String {
    let words = match effect {
        Effect::Gains => "gained",
        Effect::Extended => "extended",
        Effect::EndRemoved => "end removed",
        Effect::EndUnclear => "new end not told",
        Effect::Loses => "lost",
        Effect::Shortened => "shortened",
        Effect::EndSet => "end set",
        Effect::Stays => "left in place",
        Effect::Interrupted => "lost for a moment",
        Effect::Unchanged => "unchanged",
    };
    format!("{count} {words}")
}

fn title(effect: Effect) -> &'static str {
    match effect {
        Effect::Gains => "Gains access",
        Effect::Extended => "Access is extended",
        Effect::EndRemoved => "Access no longer ends",
        Effect::EndUnclear => "The end of access changes, and the plan does not tell to what",
        Effect::Loses => "Loses access",
        Effect::Shortened => "Access is shortened",
        Effect::EndSet => "Access gets an end",
        Effect::Stays => "Stays after destroy: CodeArts Repo keeps the delegation",
        Effect::Interrupted => "Loses access for a moment: removed, and made again",
        Effect::Unchanged => "No change of access",
    }
}

fn section(f: &mut fmt::Formatter<'_>, report: &Report, effect: Effect) -> fmt::Result {
    let of_effect = |change: &&Change| change.effect == effect;
    let is_told = |change: &&Change| effect != Effect::Unchanged || !change.notes.is_empty();
    let told = report.changes.iter().filter(of_effect).filter(is_told);
    let told: Vec<&Change> = told.collect();
    if told.is_empty() {
        return Ok(());
    }
    heading(f, title(effect))?;
    for change in told {
        entry(f, report, change)?;
    }
    if effect == Effect::Stays {
        writeln!(f)?;
        let words = "There is no call to take it back. To end it, remove CodeArts Repo's agency by hand in the console, \
                     under Identity and Access Management, Agencies.";
        paragraph(f, "  ", words)?;
    }
    Ok(())
}

fn heading(f: &mut fmt::Formatter<'_>, title: &str) -> fmt::Result {
    writeln!(f, "\n{title}\n{}", "-".repeat(title.chars().count()))
}

fn entry(f: &mut fmt::Formatter<'_>, report: &Report, change: &Change) -> fmt::Result {
    let Some(grant) = change.after.as_ref().or(change.before.as_ref()) else {
        return Ok(());
    };
    who_and_what(f, grant)?;
    let mut until = match (&change.before, &change.after) {
        (Some(before), Some(after)) if before.end != after.end => {
            format!(
                "{}, so far {}",
                end(report, after.end),
                end(report, before.end)
            )
        }
        (Some(before), None) if change.effect == Effect::Loses => {
            format!("so far {}", end(report, before.end))
        }
        _ => end(report, grant.end),
    };
    if matches!(grant.key, Key::RepoKms { .. }) {
        // It has no end that could be set.
        until.clear();
    }
    field(f, "until", &until)?;
    field(f, "reason", &reason(change))?;
    blocks(f, &change.addresses)?;
    if change.is_interrupted && change.effect != Effect::Interrupted {
        let words = "loses access for a moment: it is removed and made again";
        field(f, "note", words)?;
    }
    for note in &change.notes {
        field(f, "note", &note_words(note))?;
    }
    Ok(())
}

/// The first lines of an entry.
fn who_and_what(f: &mut fmt::Formatter<'_>, grant: &Grant) -> fmt::Result {
    let named = |kind: &Value, id: &Value| match (kind, id) {
        (Value::Known(kind), Value::Known(id)) => format!("{} {}", clean(kind), clean(id)),
        (Value::Known(kind), id) => format!("a {} {}", clean(kind), shown(id)),
        (_, Value::Known(id)) => clean(id),
        (_, id) => format!("a grantee {}", shown(id)),
    };
    let (who, what, place) = match &grant.key {
        Key::Csms {
            region,
            project_id,
            resource_type,
            resource_id,
            grantee_type,
            grantee_id,
        } => {
            let kind = match resource_type {
                Value::Known(kind) if kind == "SECRET" => "secret".to_owned(),
                Value::Known(kind) if kind == "GROUP" => "secret group".to_owned(),
                other => shown(other),
            };
            let who = named(grantee_type, grantee_id);
            let who = match &grant.grantee_name {
                Value::Known(name) => format!("{} ({who})", clean(name)),
                Value::Null | Value::Unknown | Value::Sensitive => who,
            };
            let what = match resource_id {
                Value::Known(id) => format!("{kind} {}", clean(id)),
                id => format!("a {kind} {}", shown(id)),
            };
            (
                who,
                what,
                format!("{}, project {}", shown(region), shown(project_id)),
            )
        }
        Key::RepoKms { region, tenant_id } => {
            let what = format!("the KMS keys of account {}", shown(tenant_id));
            ("CodeArts Repo".to_owned(), what, shown(region))
        }
    };
    writeln!(f)?;
    paragraph(f, "  ", &who)?;
    field(f, "to", &what)?;
    field(f, "in", &place)
}

/// When access ends, seen from the day of the plan.
fn end(report: &Report, end: End) -> String {
    match end {
        End::On(date) if report.planned_on.is_some_and(|today| date < today) => {
            format!("{date} (has passed)")
        }
        End::On(date) => date.to_string(),
        End::Never => "without end".to_owned(),
        End::Unknown => "known after apply".to_owned(),
        End::Sensitive => "marked as sensitive".to_owned(),
    }
}

/// Why, and why before if that was something else; empty if nobody has said it.
fn reason(change: &Change) -> String {
    let of = |grant: &Option<Grant>| {
        grant
            .as_ref()
            .map_or(Value::Null, |grant| grant.reason.clone())
    };
    let (before, after) = (of(&change.before), of(&change.after));
    match (before, after) {
        (before, Value::Null) if change.after.is_none() => optional(&before),
        (before, after) if change.before.is_none() || before == after => optional(&after),
        (Value::Null, after) => format!("{} (new)", optional(&after)),
        (before, Value::Null) => format!("none, so far: {}", optional(&before)),
        (before, after) => format!("{}, so far: {}", optional(&after), optional(&before)),
    }
}

fn optional(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        value => shown(value),
    }
}

fn note_words(note: &Note) -> String {
    match note {
        Note::Renamed { from, to } => {
            format!(
                "a rename, {} to {}: see the `moved` block below",
                clean(from),
                clean(to)
            )
        }
        Note::Shifted { from, to } => {
            format!("removed at {} and made at {}", clean(from), clean(to))
        }
        Note::Moved { from, to } => format!("moved, {} to {}", clean(from), clean(to)),
        Note::Imported => "imported: the access exists already".to_owned(),
        Note::Forgotten => "forgotten by Terraform: the access stays, managed by nobody".to_owned(),
        Note::Updated => "something else than access changes".to_owned(),
        Note::StillDeclared { address } => {
            format!(
                "{} declares it too; only the next apply makes it again",
                clean(address)
            )
        }
    }
}

fn endings(f: &mut fmt::Formatter<'_>, report: &Report) -> fmt::Result {
    if report.planned_on.is_none() {
        heading(f, "What ends soon")?;
        writeln!(f)?;
        let words = "The plan has no time stamp to count from; Terraform 1.5 and newer write one.";
        return paragraph(f, "  ", words);
    }
    let mut last = None;
    for Ending {
        term,
        on,
        grant,
        addresses,
    } in &report.endings
    {
        if last != Some(*term) {
            last = Some(*term);
            match term {
                Term::Past => heading(f, "Has ended, counted from the day of the plan")?,
                Term::Within(days) => heading(f, &format!("Ends within {days} days"))?,
            }
        }
        who_and_what(f, grant)?;
        field(f, "until", &on.to_string())?;
        blocks(f, addresses)?;
    }
    Ok(())
}

/// The `moved` blocks that make renames out of removing and making.
fn moves(f: &mut fmt::Formatter<'_>, report: &Report) -> fmt::Result {
    let notes = report.changes.iter().flat_map(|change| &change.notes);
    let mut is_first = true;
    for note in notes {
        let Note::Renamed { from, to } = note else {
            continue;
        };
        if is_first {
            is_first = false;
            heading(f, "For the renames, to paste into the root module")?;
        }
        let (from, to) = (clean(from), clean(to));
        writeln!(f, "\nmoved {{\n  from = {from}\n  to   = {to}\n}}")?;
    }
    Ok(())
}

fn blocks(f: &mut fmt::Formatter<'_>, addresses: &[String]) -> fmt::Result {
    addresses
        .iter()
        .try_for_each(|address| field(f, "block", &clean(address)))
}

/// A line of an entry; nothing if there is nothing to say.
fn field(f: &mut fmt::Formatter<'_>, name: &str, text: &str) -> fmt::Result {
    if text.is_empty() {
        return Ok(());
    }
    let first = format!("    {name:<8}");
    let options = Options::new(WIDTH)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .initial_indent(&first)
        .subsequent_indent("            ");
    writeln!(f, "{}", textwrap::fill(text, options))
}

fn paragraph(f: &mut fmt::Formatter<'_>, indent: &str, text: &str) -> fmt::Result {
    let options = Options::new(WIDTH)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .initial_indent(indent)
        .subsequent_indent(indent);
    writeln!(f, "{}", textwrap::fill(text, options))
}

/// A value, or why there is none.
fn shown(value: &Value) -> String {
    match value {
        Value::Known(text) => clean(text),
        other => format!("({})", hidden(other)),
    }
}

/// Why a value is not there to be shown.
fn hidden(value: &Value) -> &'static str {
    match value {
        Value::Known(_) => "that is known",
        Value::Null => "not set",
        Value::Unknown => "known after apply",
        Value::Sensitive => "marked as sensitive",
    }
}

/// Text of others with nothing in it that works a terminal or turns the reading direction.
fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => cleaned.push(' '),
            c if c.is_control() || turns_direction(c) => cleaned.extend(c.escape_unicode()),
            c => cleaned.push(c),
        }
    }
    cleaned
}

/// Whether a character makes a terminal show text in another order than it is written in.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_cannot_work_the_terminal() {
        assert_eq!(clean("a\u{1b}[2Jb\nc\u{202e}d"), "a\\u{1b}[2Jb c\\u{202e}d");
        assert_eq!(clean("陈 Ünal"), "陈 Ünal");
    }
}
