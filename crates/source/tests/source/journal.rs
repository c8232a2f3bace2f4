//! What happened, in the order in which it happened: calls of the API, writes, stored positions.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

#[derive(Clone, Default)]
pub(crate) struct Journal(Arc<Mutex<Vec<String>>>);

impl Journal {
    pub(crate) fn add(&self, line: impl fmt::Display) {
        self.0.lock().unwrap().push(line.to_string());
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// The lines that begin with `start`.
    pub(crate) fn of(&self, start: &str) -> Vec<String> {
        self.lines().into_iter().filter(|line| line.starts_with(start)).collect()
    }

    pub(crate) fn count(&self, start: &str) -> usize {
        self.of(start).len()
    }

    /// The place of the first line that is `line`.
    pub(crate) fn first(&self, line: &str) -> usize {
        let lines = self.lines();
        lines.iter().position(|each| each == line).unwrap_or_else(|| panic!("no `{line}` in {lines:#?}"))
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap().clear();
    }
}
