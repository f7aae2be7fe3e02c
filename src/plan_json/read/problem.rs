//! The first problem of a plan, which is reported once the whole plan is read.

use super::shape::Strange;
use crate::plan_json::error::Error;

/// The first problem found in the plan.
#[derive(Debug, Default)]
pub(super) struct FirstProblem(Option<Error>);

impl FirstProblem {
    /// Keeps the error, if it is the first.
    pub(super) fn note(&mut self, error: Error) {
        self.0.get_or_insert(error);
    }

    /// Keeps the error of a failed reading, if it is the first.
    pub(super) fn collect<T>(&mut self, read: Result<T, Error>) -> Option<T> {
        read.map_err(|error| self.note(error)).ok()
    }

    /// A part at the top of the plan, if there is one and it is as it should be.
    pub(super) fn part<T>(&mut self, name: &str, part: Result<Option<T>, Strange>) -> Option<T> {
        let part = part.map_err(|Strange| Error::of_part(name));
        self.collect(part).flatten()
    }

    /// The problem, if there is one.
    pub(super) fn error(&self) -> Option<&Error> {
        self.0.as_ref()
    }
}
