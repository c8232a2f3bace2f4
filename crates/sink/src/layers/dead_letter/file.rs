use super::journal::Journal;
use super::queues::{Change, Queues};
use super::{DeadLetterStore, Discarded, Generation, Letter, NewLetter, Place};
use crate::{Class, Clock, SinkError};
use async_trait::async_trait;
use dynacdc_record::ItemKey;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fmt, io};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

/// Dead letters in a file, for one process: a journal that is only added to, and its state in memory.
///
/// `Ok` means that it is on the disk; calls that wait at once share one `fsync`. The journal is one JSON object per line
/// with the member `op` (`park`, `remove`, `discard`, `unpark`, and in a compacted one `hold`, `discarded`, `count`), to
/// be read with `jq`. When most of its lines say nothing any more it is written anew and put in place by a rename.
/// Letters hold whole items: the file needs the same protection as the table.
///
/// Two more files stand beside it: `.lock`, and for a moment `.new`. The lock is one of the operating system, which a
/// network file system may not keep.
///
/// Discarded letters are kept, in memory too, until the file is removed.
#[derive(Clone)]
pub struct FileDeadLetters {
    shared: Arc<Shared>,
    clock: Clock,
}

struct Shared {
    path: PathBuf,
    state: Mutex<State>,
    /// Changes that wait for the disk.
    waiting: Mutex<Vec<(Change, Answer)>>,
    /// The generation on the disk, so that asking for it does not wait for a write; [`UNKNOWN`] after one that failed.
    generation: AtomicU64,
}

/// The failed write may be on the disk. Who went by the generation before it would take a parked key for free, and write
/// changes that its letters undo when they are redriven.
const UNKNOWN: u64 = u64::MAX;

type Answer = oneshot::Sender<Result<bool, SinkError>>;

struct State {
    journal: Journal,
    queues: Queues,
    /// A write failed, so nobody knows what is on the disk, and `queues` may say too much.
    is_unknown: bool,
}

impl FileDeadLetters {
    /// Opens the journal at `path`, or begins one. The folder must be there.
    ///
    /// A last line that a crash tore is cut off, with a warning: its call never returned `Ok`.
    ///
    /// # Errors
    /// Of class Fatal if another process has it open, it cannot be read or written, or a line does not read; the error
    /// names the line. Transient if the disk is full or the like.
    pub async fn open(path: impl Into<PathBuf>) -> Result<Self, SinkError> {
        let path = path.into();
        spawn_blocking(move || {
            let (journal, queues) = Journal::open(&path).map_err(|error| failed(&path, error))?;
            let generation = AtomicU64::new(queues.generation().0);
            let state = Mutex::new(State { journal, queues, is_unknown: false });
            let shared = Arc::new(Shared { path, state, waiting: Mutex::default(), generation });
            Ok(Self { shared, clock: Clock::system() })
        })
        .await
        .map_err(ended)?
    }

    /// With another clock, which tells the time of a discard.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Dropping the call leaves the change to happen or not, as the trait says.
    async fn change(&self, change: Change) -> Result<bool, SinkError> {
        let (answer, answered) = oneshot::channel();
        locked(&self.shared.waiting).push((change, answer));
        let shared = Arc::clone(&self.shared);
        // Waited for as well, so that nothing holds the file any more when the last clone is dropped.
        spawn_blocking(move || shared.write_waiting()).await.map_err(ended)?;
        // Another call may have taken the change with its own.
        answered.await.unwrap_or_else(|_| Err(SinkError::transient("the task that took the change ended")))
    }

    async fn read<T: Send + 'static>(&self, ask: impl FnOnce(&Queues) -> T + Send + 'static) -> Result<T, SinkError> {
        let shared = Arc::clone(&self.shared);
        let read = spawn_blocking(move || shared.known().map(|state| ask(&state.queues)));
        read.await.map_err(ended)?
    }
}

impl Shared {
    /// The state as it is on the disk.
    fn known(&self) -> Result<MutexGuard<'_, State>, SinkError> {
        let mut state = locked(&self.state);
        if state.is_unknown {
            state.queues = state.journal.reopen().map_err(|error| failed(&self.path, error))?;
            state.is_unknown = false;
            self.publish(&state);
        }
        Ok(state)
    }

    fn publish(&self, state: &State) {
        let generation = if state.is_unknown { UNKNOWN } else { state.queues.generation().0 };
        self.generation.store(generation, Ordering::SeqCst);
    }

    /// Writes whatever waits, with one wait for the disk: perhaps nothing, where somebody else has written it.
    fn write_waiting(&self) {
        let state = self.known();
        let (changes, answers): (Vec<_>, Vec<_>) = std::mem::take(&mut *locked(&self.waiting)).into_iter().unzip();
        let results = state.and_then(|mut state| {
            let results = state.write(changes).map_err(|error| failed(&self.path, error));
            self.publish(&state);
            results
        });
        match results {
            Ok(results) => answers.into_iter().zip(results).for_each(|(answer, result)| drop(answer.send(Ok(result)))),
            Err(error) => answers.into_iter().for_each(|answer| drop(answer.send(Err(error.clone())))),
        }
    }
}

impl State {
    fn write(&mut self, changes: Vec<Change>) -> io::Result<Vec<bool>> {
        let mut lines = String::new();
        let mut results = Vec::with_capacity(changes.len());
        // Until it is on the disk; a panic counts as a failure.
        self.is_unknown = true;
        for change in changes {
            let (result, event) = self.queues.decide(change);
            if let Some(event) = event {
                event.write_line(&mut lines);
                self.queues.apply(event);
            }
            results.push(result);
        }
        if !lines.is_empty() {
            self.journal.append(&lines)?;
        }
        self.is_unknown = false;
        if self.journal.is_mostly_garbage(&self.queues)
            && let Err(error) = self.journal.compact(&self.queues)
        {
            // What was asked for is on the disk; which of the two files that is, the next call finds out.
            self.is_unknown = true;
            tracing::warn!(error = %error, "the journal of dead letters could not be compacted");
        }
        Ok(results)
    }
}

/// A panic under the lock leaves the state marked as unknown, so that the next one reads it again.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failed(path: &Path, error: io::Error) -> SinkError {
    use io::ErrorKind::{InvalidData, NotADirectory, NotFound, PermissionDenied, ReadOnlyFilesystem, ResourceBusy};
    let class = match error.kind() {
        InvalidData | NotADirectory | NotFound | PermissionDenied | ReadOnlyFilesystem | ResourceBusy => Class::Fatal,
        _ => Class::Transient,
    };
    SinkError::new(class, format!("journal {}", path.display())).with_source(error)
}

fn ended(error: tokio::task::JoinError) -> SinkError {
    SinkError::transient("the task that writes the journal ended").with_source(error)
}

#[async_trait]
impl DeadLetterStore for FileDeadLetters {
    async fn generation(&self) -> Result<Generation, SinkError> {
        match self.shared.generation.load(Ordering::SeqCst) {
            UNKNOWN => self.read(Queues::generation).await,
            known => Ok(Generation(known)),
        }
    }

    async fn park(&self, letter: NewLetter) -> Result<(), SinkError> {
        self.change(Change::Park(letter)).await.map(|_| ())
    }

    async fn park_behind(&self, letter: NewLetter) -> Result<bool, SinkError> {
        self.change(Change::ParkBehind(letter)).await
    }

    async fn keys(&self, after: Option<&ItemKey>, limit: usize) -> Result<Vec<ItemKey>, SinkError> {
        let after = after.cloned();
        self.read(move |queues| queues.keys(after.as_ref(), limit)).await
    }

    async fn letters(&self, key: &ItemKey, after: Option<&Place>, limit: usize) -> Result<Vec<Letter>, SinkError> {
        let (key, after) = (key.clone(), after.cloned());
        self.read(move |queues| queues.letters(&key, after.as_ref(), limit)).await
    }

    async fn remove(&self, letter: &Letter) -> Result<bool, SinkError> {
        self.change(Change::remove(letter)).await
    }

    async fn discard(&self, letter: &Letter, reason: &str) -> Result<bool, SinkError> {
        self.change(Change::discard(letter, reason, self.clock.now())).await
    }

    async fn discarded(&self, limit: usize) -> Result<Vec<Discarded>, SinkError> {
        self.read(move |queues| queues.discarded(limit)).await
    }

    async fn unpark(&self, key: &ItemKey) -> Result<bool, SinkError> {
        self.change(Change::Unpark(key.clone())).await
    }
}

impl fmt::Debug for FileDeadLetters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileDeadLetters").field("path", &self.shared.path).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use dynacdc_record::{ChangeRecord, EventName, SequenceNumber, item};

    type Fallible<T = ()> = Result<T, Box<dyn std::error::Error>>;

    fn letter(number: u32) -> Fallible<NewLetter> {
        let sequence = SequenceNumber::parse(&number.to_string())?;
        let record = ChangeRecord::builder(EventName::Insert, item! { "pk" => "a" }, sequence);
        let record = record.new_image(item! { "pk" => "a" }).build()?;
        let lane = crate::Lane::unordered(None);
        Ok(NewLetter { record, lane, epoch: 0, error: None, at: DateTime::UNIX_EPOCH })
    }

    #[tokio::test]
    async fn after_a_failed_write_the_state_is_that_of_the_disk() -> Fallible {
        let folder = tempfile::tempdir()?;
        let store = FileDeadLetters::open(folder.path().join("letters")).await?;
        store.park(letter(1)?).await?;
        let key = letter(1)?.key();
        locked(&store.shared.state).journal.fail_next_write()?;

        assert!(store.park(letter(2)?).await.is_err());

        let held = store.letters(&key, None, 9).await?;
        assert_eq!(held.iter().map(Letter::place).collect::<Vec<_>>(), [letter(1)?.place()]);
        assert!(store.remove(&held[0]).await?);
        locked(&store.shared.state).journal.fail_next_write()?;
        assert!(store.unpark(&key).await.is_err());
        assert_eq!(store.keys(None, 9).await?, std::slice::from_ref(&key));
        assert!(store.park_behind(letter(3)?).await?, "it is still parked");
        Ok(())
    }

    #[tokio::test]
    async fn a_failed_write_that_is_on_the_disk_is_in_the_generation() -> Fallible {
        let folder = tempfile::tempdir()?;
        let store = FileDeadLetters::open(folder.path().join("letters")).await?;
        let before = store.generation().await?;
        {
            // The line gets there, and the call that wrote it hears of a failure.
            let (mut state, mut line) = (locked(&store.shared.state), String::new());
            state.queues.decide(Change::Park(letter(1)?)).1.ok_or("no event")?.write_line(&mut line);
            state.journal.append(&line)?;
            state.journal.fail_next_write()?;
        }

        assert!(store.park(letter(1)?).await.is_err());

        // Whoever goes by the old one takes the key for free, and writes what the letter then undoes.
        assert!(store.generation().await? > before);
        assert_eq!(store.parked().await?.keys, [letter(1)?.key()].into());
        Ok(())
    }
}
