//! How far the reading of plans has come.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::super::input::Input;
use super::super::state_input::NamedInput;
use super::source;

/// The progress of reading the plans of a review. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct ReadProgress(Arc<ReadCounts>);

#[derive(Debug)]
struct ReadCounts {
    plans: usize,
    read_plans: AtomicUsize,
    /// The size of all plans; none if one is not a file, whose size is known only at its end.
    bytes: Option<u64>,
    read_bytes: AtomicU64,
}

impl ReadProgress {
    /// The progress of these plans, of which nothing is read.
    pub(super) fn of(plans: &[NamedInput], chdir: &Path) -> Self {
        let sizes = plans.iter().map(|plan| match &plan.input {
            Input::StandardInput => None,
            Input::File(path) => {
                let found = source::resolve(path, chdir).metadata().ok()?;
                found.is_file().then_some(found.len())
            }
        });
        Self(Arc::new(ReadCounts {
            plans: plans.len(),
            read_plans: AtomicUsize::new(0),
            bytes: sizes.sum(),
            read_bytes: AtomicU64::new(0),
        }))
    }

    /// A reader whose bytes count.
    pub(super) fn counting<R: Read>(&self, source: R) -> impl Read + use<R> {
        CountingReader {
            source,
            progress: self.clone(),
        }
    }

    /// Notes that a plan was read.
    pub(super) fn note_plan(&self) {
        self.0.read_plans.fetch_add(1, Ordering::Relaxed);
    }

    /// What the review is doing.
    pub(super) fn status(&self) -> String {
        let ReadCounts {
            plans,
            read_plans,
            bytes,
            read_bytes,
        } = &*self.0;
        let number = read_plans.load(Ordering::Relaxed) + 1;
        if number > *plans {
            return "evaluating the changes".to_owned();
        }
        let plan = match plans {
            1 => "reading the plan".to_owned(),
            _ => format!("reading plan {number} of {plans}"),
        };
        let megabytes = |bytes: u64| bytes / 1_000_000;
        match (read_bytes.load(Ordering::Relaxed), bytes) {
            // Terraform is reading a saved plan, or nothing has come through the pipe yet.
            (0, _) => plan,
            (read, Some(bytes)) => {
                format!("{plan}: {} of {} MB", megabytes(read), megabytes(*bytes))
            }
            (read, None) => format!("{plan}: {} MB", megabytes(read)),
        }
    }
}

struct CountingReader<R> {
    source: R,
    progress: ReadProgress,
}

impl<R: Read> Read for CountingReader<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(target)?;
        let bytes = u64::try_from(length).unwrap_or_default();
        let counts = &self.progress.0;
        counts.read_bytes.fetch_add(bytes, Ordering::Relaxed);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_counts_plans_and_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let files = ["a.json", "b.json"].map(|name| {
            std::fs::write(folder.path().join(name), vec![b' '; 1_500_000]).unwrap();
            Input::File(name.to_owned())
        });
        let named = |inputs: &[Input]| {
            let inputs = inputs.iter().cloned();
            let named = inputs.map(|input| NamedInput { state: None, input });
            named.collect::<Vec<_>>()
        };
        let progress = ReadProgress::of(&named(&files), folder.path());
        assert_eq!(progress.status(), "reading plan 1 of 2");
        let mut reader = progress.counting(io::repeat(b' ').take(2_000_000));
        io::copy(&mut reader, &mut io::sink()).unwrap();
        progress.note_plan();
        assert_eq!(progress.status(), "reading plan 2 of 2: 2 of 3 MB");
        progress.note_plan();
        assert_eq!(progress.status(), "evaluating the changes");
        let piped = ReadProgress::of(&named(&[Input::StandardInput]), folder.path());
        assert_eq!(piped.status(), "reading the plan");
    }
}
