use crate::{FunctionError, time::Times};
use dynacdc_record::ChangeRecord;
use dynacdc_sink::SinkError;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::time::Instant;

pub(super) type Fold<State> = dyn Fn(&mut State, &ChangeRecord) -> Result<(), SinkError> + Send + Sync;

/// A state on its way through the records of an event.
pub(super) struct Folding<'a, State> {
    fold: &'a Fold<State>,
    /// As it came.
    before: Option<&'a RawValue>,
    state: State,
    times: Option<Times>,
}

impl<'a, State: DeserializeOwned + Default> Folding<'a, State> {
    pub(super) fn new(
        fold: &'a Fold<State>,
        before: Option<&'a RawValue>,
        times: Option<Times>,
    ) -> Result<Self, FunctionError> {
        Ok(Self { fold, before, state: read(before)?, times })
    }

    pub(super) fn into_state(self) -> State {
        self.state
    }

    /// Folds records `from..to` of the event in; those before are in. Where one fails, gives its place and why, and the
    /// state holds those before it.
    pub(super) fn run(
        &mut self,
        records: &[ChangeRecord],
        from: usize,
    ) -> Result<Option<(usize, SinkError)>, FunctionError> {
        let until = self.times.map(|times| times.deadline);
        let mut failed = self.fold_in(&records[from..], until).map(|(at, error)| (from + at, error));
        let mut last = None;
        // A failed record may have left its traces in the state. A fold that fails earlier the second time is not one
        // without effects; what it says last counts, so that the state is right. No time is looked at: what was folded
        // once is not given up for want of it.
        while let Some((at, error)) = failed.take() {
            if !error.is_not_begun() {
                self.state = read(self.before)?;
                failed = self.fold_in(&records[..at], None);
            }
            last = Some((at, error));
        }
        Ok(last)
    }

    fn fold_in(&mut self, records: &[ChangeRecord], until: Option<Instant>) -> Option<(usize, SinkError)> {
        records.iter().enumerate().find_map(|(at, record)| {
            if until.is_some_and(|until| Instant::now() >= until) {
                return Some((at, SinkError::not_begun()));
            }
            let (fold, state) = (self.fold, &mut self.state);
            let folded = catch_unwind(AssertUnwindSafe(|| fold(state, record)));
            let folded = folded.unwrap_or_else(|_| Err(SinkError::poison("the fold panicked")));
            folded.err().map(|error| (at, error))
        })
    }
}

/// The first invocation of a window brings an empty map, which need not be a state.
fn read<State: DeserializeOwned + Default>(json: Option<&RawValue>) -> Result<State, FunctionError> {
    let Some(json) = json.map(RawValue::get) else { return Ok(State::default()) };
    match serde_json::from_str(json) {
        Ok(state) => Ok(state),
        Err(_) if json == "null" || json.split_ascii_whitespace().collect::<String>() == "{}" => Ok(State::default()),
        // What serde says may hold a part of the state.
        Err(_) => Err(FunctionError::State("read: it is not what the function takes")),
    }
}
