//! Bringing letters back.
//!
//! One letter of a key at a time, always the first of its queue as it stands now: deliveries go on meanwhile, and a
//! rewind may put older letters in front. Removal asks for the revision that was read, since a letter that was parked
//! again must be written again, behind what the same rewind parked before it. Freeing a key asks for an empty queue,
//! since a letter may come between the last look and the freeing. `tests/dead_letter/model.rs` leaves each of these out,
//! and then histories end in another state than a replay.
//!
//! Letters of a key as one batch would save calls. One at a time stays until a model shows the same of batches: a rewind
//! between reading and writing puts older letters before a batch that is already on its way, so more of it is repeated.

use super::layer::of_store;
use super::{DeadLetter, DeadLetterStore, Letter, NewLetter, RedriveOptions, RedriveProgress};
use crate::{Backoff, Batch, Class, Lane, Report, Sink, SinkError};
use dynacdc_record::ItemKey;
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};

/// Keys of a page.
const PAGE: usize = 100;

impl<S: Sink, D: DeadLetterStore> DeadLetter<S, D> {
    /// Sends letters through the inner sink on [`Lane::Redrive`], in order per key, and frees the keys whose queues are
    /// empty then.
    ///
    /// A letter that fails again stays with its new error and one more attempt, its key is left parked, and other keys go
    /// on. Deliveries go on all the while. It may be dropped at any await: letters are removed after they were written,
    /// so the next redrive goes on with the last one, which it may write a second time.
    ///
    /// Two redrives in one process leave each other's keys alone. In two processes they are safe over sinks of level
    /// [`Redelivery::Any`](crate::Redelivery::Any) only, since neither knows what the other one still has in flight; so
    /// is a redrive after one that was dropped within a call that may still land.
    ///
    /// # Errors
    /// A Fatal error of the inner sink, and any of the store. No letter is begun after one; those in flight are waited for.
    pub async fn redrive(&self, options: RedriveOptions) -> Result<RedriveProgress, SinkError> {
        let run = Run { options, state: Mutex::default() };
        let mut pages = Pages { left: run.options.only.iter().cloned().collect(), after: None };
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < run.options.concurrency.get() && !run.is_stopped() {
                match pages.next(&self.store, run.options.only.is_none()).await {
                    Ok(Some(key)) => running.push(self.redrive_key(&run, key)),
                    Ok(None) => break,
                    Err(error) => run.stop(of_store(error)),
                }
            }
            let Some(result) = running.next().await else { break };
            match result {
                Ok(true) => run.count(|progress| progress.keys_freed += 1),
                Ok(false) => run.count(|progress| progress.keys_left += 1),
                Err(error) => run.stop(error),
            }
        }
        run.finish()
    }

    /// Whether the key is free now.
    async fn redrive_key(&self, run: &Run, key: ItemKey) -> Result<bool, SinkError> {
        let Some(_mine) = self.busy.claim(&key) else { return Ok(false) };
        loop {
            if run.is_stopped() {
                return Ok(false);
            }
            let Some(letter) = self.store.letters(&key, None, 1).await.map_err(of_store)?.pop() else {
                if self.store.unpark(&key).await.map_err(of_store)? {
                    return Ok(true);
                }
                // One came behind meanwhile. A store without awaits of its own must not keep the others from running.
                tokio::task::yield_now().await;
                continue;
            };
            match self.send(run, &letter).await {
                Ok(()) => {
                    if self.store.remove(&letter).await.map_err(of_store)? {
                        run.count(|progress| progress.redriven += 1);
                    }
                }
                Err(error) => {
                    self.put_back(&letter, &error).await?;
                    if error.class() == Class::Fatal {
                        return Err(error);
                    }
                    run.count(|progress| progress.failed += 1);
                    return Ok(false);
                }
            }
        }
    }

    async fn send(&self, run: &Run, letter: &Letter) -> Result<(), SinkError> {
        let lane = Lane::redrive(letter.lane.clone());
        let records = [letter.record.clone()];
        let batch = Batch::new(&lane, &records);
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));
        for attempt in 1.. {
            run.pace().await;
            let report = Report::settle(batch, self.inner.write(batch).await);
            let Some((_, error)) = report.first_unsettled() else { break };
            if error.class() != Class::Transient || attempt >= run.options.attempts || run.is_stopped() {
                return Err(error.clone());
            }
            sleep(backoff.next_delay()).await;
        }
        Ok(())
    }

    /// Gives the letter its new error. Not if its key is free by now: another process has written it.
    async fn put_back(&self, letter: &Letter, error: &SinkError) -> Result<(), SinkError> {
        let sequence = letter.record.sequence_number();
        let class = error.class().as_str();
        tracing::warn!(sink = self.name(), %sequence, class, error = format_args!("{error:#}"), "redrive failed");
        // Of a Fatal error no letter is to blame.
        if error.class() == Class::Fatal {
            return Ok(());
        }
        let again = NewLetter {
            record: letter.record.clone(),
            lane: letter.lane.clone(),
            epoch: letter.epoch,
            error: Some(error.into()),
            at: self.clock().now(),
        };
        self.store.park_behind(again).await.map(drop).map_err(of_store)
    }
}

/// The keys that remain, page by page.
struct Pages {
    left: VecDeque<ItemKey>,
    after: Option<ItemKey>,
}

impl Pages {
    async fn next<D: DeadLetterStore>(&mut self, store: &D, more: bool) -> Result<Option<ItemKey>, SinkError> {
        if self.left.is_empty() && more {
            self.left = store.keys(self.after.as_ref(), PAGE).await?.into();
            self.after = self.left.back().cloned().or(self.after.take());
        }
        Ok(self.left.pop_front())
    }
}

/// One redrive.
struct Run {
    options: RedriveOptions,
    state: Mutex<RunState>,
}

#[derive(Default)]
struct RunState {
    progress: RedriveProgress,
    stopped: Option<SinkError>,
    /// When the next letter may go.
    next: Option<Instant>,
}

impl Run {
    fn state(&self) -> MutexGuard<'_, RunState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_stopped(&self) -> bool {
        self.state().stopped.is_some()
    }

    fn stop(&self, error: SinkError) {
        self.state().stopped.get_or_insert(error);
    }

    fn count(&self, add: impl FnOnce(&mut RedriveProgress)) {
        let progress = {
            let mut state = self.state();
            add(&mut state.progress);
            state.progress
        };
        if let Some(told) = &self.options.progress {
            told(&progress);
        }
    }

    /// Waits for the turn of one more letter.
    async fn pace(&self) {
        if self.options.interval.is_zero() {
            return;
        }
        let turn = {
            let mut state = self.state();
            let turn = state.next.unwrap_or_else(Instant::now).max(Instant::now());
            state.next = Some(turn + self.options.interval);
            turn
        };
        sleep_until(turn).await;
    }

    fn finish(&self) -> Result<RedriveProgress, SinkError> {
        let state = self.state();
        state.stopped.clone().map_or(Ok(state.progress), Err)
    }
}

/// Keys that are being redriven in this process.
#[derive(Debug, Default)]
pub(super) struct Busy(Mutex<HashSet<ItemKey>>);

/// Frees the key when it is dropped, so also when the redrive is.
struct Claim<'a> {
    busy: &'a Busy,
    key: &'a ItemKey,
}

impl Busy {
    fn claim<'a>(&'a self, key: &'a ItemKey) -> Option<Claim<'a>> {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Lazily: a claim that is made and dropped would free the key of whoever has it.
        keys.insert(key.clone()).then(|| Claim { busy: self, key })
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.busy.0.lock().unwrap_or_else(PoisonError::into_inner).remove(self.key);
    }
}
