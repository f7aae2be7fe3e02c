//! The lines of a record.

use std::fmt::{self, Write};
use std::str::SplitAsciiWhitespace;

use super::key::{Key, KeyParts, ObjectId};

/// Random ID of a process.
pub(super) type ProcessId = u64;

/// Random ID of a planned creation.
pub type CreationToken = u64;

/// The private data that an object hands over, sealed.
pub(super) type SealedHandover = Option<Box<str>>;

/// An entry of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// The process has started.
    Joined,
    /// The processes of a walk.
    Walk(u32, Vec<ProcessId>),
    /// The process has seen this object.
    Seen(ObjectId),
    /// The process applies a plan.
    Applying,
    /// Planned: a creation whose key is not known yet, and the object that it replaces.
    Unknown(KeyParts, Option<ObjectId>),
    /// An event of a key.
    About(Key, Event),
}

/// What happens to a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// Planned: an object with it is kept.
    Stays(ObjectId),
    /// Planned: an object with it is created, perhaps as a replacement.
    Creation(CreationToken, Option<ObjectId>),
    /// Planned: an object with it is deleted.
    Deletion(ObjectId, SealedHandover),
    /// Applied: the deletion changed nothing and handed the object over.
    Kept(SealedHandover),
    /// Applied: a deletion has started.
    Removing(SealedHandover),
    /// Applied: the deletion succeeded.
    Removed,
    /// Applied: the deletion failed.
    NotRemoved,
    /// Applied: a creation has started.
    Creating,
    /// Applied: an object is created, updated or taken over.
    Managed,
    /// Applied: an object was taken over but not updated.
    Passing,
    /// Applied: the creation failed.
    Failed,
}

impl Entry {
    /// Appends the line of this entry. It also starts with a line break, which separates it from an incomplete line of
    /// another process.
    pub(super) fn write(&self, by: ProcessId, out: &mut String) {
        // Writing to a text cannot fail.
        let _ = self.try_write(by, out);
    }

    /// Writes `PROCESS WORD VALUES .`, ids in hexadecimal digits of fixed length. The final dot marks a complete line.
    fn try_write(&self, by: ProcessId, out: &mut String) -> fmt::Result {
        write!(out, "\n{by:016x} ")?;
        match self {
            Self::Joined => out.write_str("joined")?,
            Self::Walk(number, processes) => {
                write!(out, "walk {number}")?;
                for process in processes {
                    write!(out, " {process:016x}")?;
                }
            }
            Self::Seen(object) => write!(out, "seen {object:016x}")?,
            Self::Applying => out.write_str("applying")?,
            Self::Unknown(KeyParts(parts), replaces) => {
                out.write_str("unknown")?;
                for part in parts.iter().chain([replaces]) {
                    write_number(*part, out)?;
                }
            }
            Self::About(Key { id, scope }, event) => {
                out.write_str(event.word())?;
                write!(out, " {id:032x}")?;
                write_number(*scope, out)?;
                match event {
                    Event::Stays(object) => write_number(Some(*object), out)?,
                    Event::Creation(token, replaces) => {
                        write_number(Some(*token), out)?;
                        write_number(*replaces, out)?;
                    }
                    Event::Deletion(object, left) => {
                        write_number(Some(*object), out)?;
                        write!(out, " {}", left.as_deref().unwrap_or(NONE))?;
                    }
                    Event::Kept(left) | Event::Removing(left) => {
                        write!(out, " {}", left.as_deref().unwrap_or(NONE))?;
                    }
                    _ => {}
                }
            }
        }
        out.write_str(" .\n")
    }

    /// Parses a line; `None` if it is incomplete or unknown.
    pub(super) fn read(line: &str) -> Option<(ProcessId, Self)> {
        let mut words = Words(line.strip_suffix(" .")?.split_ascii_whitespace());
        let by = words.number()??;
        let word = words.0.next()?;
        let entry = match word {
            "joined" => Self::Joined,
            "walk" => {
                let number = words.0.next()?.parse().ok()?;
                let mut processes = Vec::new();
                while let Some(process) = words.number() {
                    processes.push(process?);
                }
                Self::Walk(number, processes)
            }
            "seen" => Self::Seen(words.number()??),
            "applying" => Self::Applying,
            "unknown" => Self::Unknown(
                KeyParts([words.number()?, words.number()?, words.number()?]),
                words.number()?,
            ),
            word => {
                let id = words.0.next().filter(|text| text.len() == 32)?;
                let id = u128::from_str_radix(id, 16).ok()?;
                let scope = words.number()?;
                Self::About(Key { id, scope }, words.event(word)?)
            }
        };
        words.0.next().is_none().then_some((by, entry))
    }
}

/// The placeholder of a missing value.
const NONE: &str = "-";

/// A space and 16 hexadecimal digits, or the placeholder.
fn write_number(number: Option<u64>, out: &mut String) -> fmt::Result {
    match number {
        Some(number) => write!(out, " {number:016x}"),
        None => write!(out, " {NONE}"),
    }
}

impl Event {
    /// The word of the event in a line; [`Words::event`] reads it.
    fn word(&self) -> &'static str {
        match self {
            Self::Stays(_) => "stays",
            Self::Creation(..) => "creation",
            Self::Deletion(..) => "deletion",
            Self::Kept(_) => "kept",
            Self::Removing(_) => "removing",
            Self::Removed => "removed",
            Self::NotRemoved => "not-removed",
            Self::Creating => "creating",
            Self::Managed => "managed",
            Self::Passing => "passing",
            Self::Failed => "failed",
        }
    }
}

/// The words of a line.
struct Words<'a>(SplitAsciiWhitespace<'a>);

impl Words<'_> {
    /// The next word as a number, which may be missing.
    fn number(&mut self) -> Option<Option<u64>> {
        match self.0.next()? {
            NONE => Some(None),
            text if text.len() == 16 => u64::from_str_radix(text, 16).ok().map(Some),
            _ => None,
        }
    }

    /// The next word as a handover, which may be missing; `None` at the end of the line.
    fn handover(&mut self) -> Option<SealedHandover> {
        let text = self.0.next()?;
        Some((text != NONE).then(|| text.into()))
    }

    /// The event with this word, from the words that follow; `None` if the word is unknown, as in a line of a later
    /// version.
    fn event(&mut self, word: &str) -> Option<Event> {
        Some(match word {
            "stays" => Event::Stays(self.number()??),
            "creation" => Event::Creation(self.number()??, self.number()?),
            "deletion" => Event::Deletion(self.number()??, self.handover()?),
            "kept" => Event::Kept(self.handover()?),
            "removing" => Event::Removing(self.handover()?),
            "removed" => Event::Removed,
            "not-removed" => Event::NotRemoved,
            "creating" => Event::Creating,
            "managed" => Event::Managed,
            "passing" => Event::Passing,
            "failed" => Event::Failed,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> Vec<Entry> {
        let key = Key::new(["r", "s", "u"], Some("p"));
        let left: SealedHandover = Some("c2VhbGVk".into());
        let events = [
            Event::Stays(1),
            Event::Creation(2, Some(u64::MAX)),
            Event::Creation(2, None),
            Event::Deletion(3, left.clone()),
            Event::Deletion(3, None),
            Event::Kept(left.clone()),
            Event::Removing(left),
            Event::Removed,
            Event::NotRemoved,
            Event::Creating,
            Event::Managed,
            Event::Passing,
            Event::Failed,
        ];
        let about = events.map(|event| Entry::About(key, event));
        let others = [
            Entry::Joined,
            Entry::Walk(7, vec![1, 2]),
            Entry::Walk(7, Vec::new()),
            Entry::Seen(9),
            Entry::Applying,
            Entry::Unknown(KeyParts::new([Some("r"), None, Some("u")]), Some(4)),
            Entry::About(Key::new(["r", "s", "u"], None), Event::Managed),
        ];
        about.into_iter().chain(others).collect()
    }

    fn line(entry: &Entry) -> String {
        let mut text = String::new();
        entry.write(11, &mut text);
        text.trim_matches('\n').to_owned()
    }

    #[test]
    fn entries_round_trip_through_lines() {
        for entry in entries() {
            let line = line(&entry);
            assert_eq!(Entry::read(&line), Some((11, entry)), "{line}");
        }
    }

    #[test]
    fn truncated_or_extended_lines_are_not_entries() {
        for entry in entries() {
            let line = line(&entry);
            for length in 0..line.len() {
                assert_eq!(Entry::read(&line[..length]), None, "{line}");
            }
            assert_eq!(Entry::read(&format!("{line} more .")), None);
        }
    }
}
