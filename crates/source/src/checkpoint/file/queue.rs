//! The changes of one file, made one after another and many at once.
//!
//! Whoever has the turn makes all changes that have gathered, its own among them; the others find theirs done when their
//! turn comes. A task of its own that makes the changes lost: it would belong to one runtime and have to be ended.

use super::{
    super::{Beginning, Checkpoint, CheckpointError, CheckpointErrorKind::Unavailable, Stamp, Stored},
    document::Document,
    folder::Place,
};
use chrono::Utc;
use dynacdc_sink::ShardId;
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};
use tokio::{
    sync::{OwnedMutexGuard, oneshot},
    task::spawn_blocking,
};

#[derive(Debug)]
pub(super) enum Change {
    TakeOver { owner: Arc<str>, beginning: Beginning },
    Position { shard: ShardId, checkpoint: Option<Checkpoint>, stamp: Stamp },
}

/// What a take-over found; nothing for a position.
type Answer = Result<Option<Stored>, CheckpointError>;

#[derive(Debug)]
pub(super) struct Queue {
    place: Place,
    gathered: Mutex<Vec<(Change, oneshot::Sender<Answer>)>>,
    turn: Arc<tokio::sync::Mutex<()>>,
    writes: Arc<AtomicU64>,
}

impl Queue {
    pub(super) fn new(place: Place, writes: Arc<AtomicU64>) -> Self {
        Self { place, gathered: Mutex::default(), turn: Arc::default(), writes }
    }

    pub(super) async fn change(self: Arc<Self>, change: Change) -> Answer {
        let (sender, mut answer) = oneshot::channel();
        self.gathered().push((change, sender));
        let turn = tokio::select! {
            biased;
            answer = &mut answer => return answer.unwrap_or_else(|_| Err(no_answer())),
            turn = Arc::clone(&self.turn).lock_owned() => turn,
        };
        // Not awaited: the changes are made also when this caller goes away, and keep the turn until then.
        drop(spawn_blocking(move || self.make(turn)));
        answer.await.unwrap_or_else(|_| Err(no_answer()))
    }

    /// Makes all changes that have gathered.
    fn make(&self, turn: OwnedMutexGuard<()>) {
        let gathered = std::mem::take(&mut *self.gathered());
        // Those of callers that are gone are not made: nobody can tell when they would be.
        let (changes, senders): (Vec<_>, Vec<_>) =
            gathered.into_iter().filter(|(_, sender)| !sender.is_closed()).unzip();
        let answers = if changes.is_empty() { Ok(Vec::new()) } else { self.together(&changes) };
        let all = |error: &CheckpointError| senders.iter().map(|_| Err(error.clone())).collect();
        let answers: Vec<Answer> = answers.unwrap_or_else(|error| all(&error));
        for (sender, answer) in senders.into_iter().zip(answers) {
            // Whoever asked may have gone.
            let _ = sender.send(answer);
        }
        drop(turn);
    }

    /// What became of each, if what all of them have changed is on the disk.
    fn together(&self, changes: &[Change]) -> Result<Vec<Answer>, CheckpointError> {
        let _lock = self.place.lock()?;
        let mut document = self.place.read()?;
        let mut is_changed = false;
        let mut answers = Vec::with_capacity(changes.len());
        for change in changes {
            let answer = self.apply(change, &mut document);
            is_changed |= matches!(answer, Ok((true, _)));
            answers.push(answer.map(|(_, stored)| stored));
        }
        match &document {
            Some(document) if is_changed => {
                self.place.replace(document)?;
                self.writes.fetch_add(1, Ordering::Relaxed);
            }
            // What is found done may be of a process that died before it had flushed the folder.
            _ if answers.iter().any(Answer::is_ok) => self.place.flush()?,
            _ => {}
        }
        Ok(answers)
    }

    /// Whether it changed anything, and its answer.
    fn apply(
        &self,
        change: &Change,
        document: &mut Option<Document>,
    ) -> Result<(bool, Option<Stored>), CheckpointError> {
        match change {
            Change::TakeOver { owner, beginning } => {
                let document = document.get_or_insert_with(|| Document::new(self.place.stream(), *beginning));
                document.take_over(owner)?;
                Ok((true, Some(document.stored())))
            }
            Change::Position { shard, checkpoint, stamp } => {
                let document = document.as_mut().ok_or_else(|| Document::unknown(shard))?;
                Ok((document.write(shard, checkpoint.as_ref(), *stamp, Utc::now())?, None))
            }
        }
    }

    fn gathered(&self) -> MutexGuard<'_, Vec<(Change, oneshot::Sender<Answer>)>> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The runtime ended before the change was made.
pub(super) fn no_answer() -> CheckpointError {
    CheckpointError::new(Unavailable, "the runtime ended first")
}
