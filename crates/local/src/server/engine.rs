//! The engine runs on a thread and a runtime of its own, not on tasks of its caller's runtime.
//! So it outlives the runtime of one test, serves a caller whose clock is paused, never waits for
//! a worker that the caller blocks, and is gone for certain, sockets and file handles too, when
//! its runtime has been dropped.

use std::fmt;
use std::fs;
use std::future::pending;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use dynoxide::Database;
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::clock::{EngineClock, VirtualClock};
use super::error::LocalError;
use super::front;

/// How long a stopping server waits for requests in progress.
const GRACE: Duration = Duration::from_secs(1);

/// Where the data lives and what time it is there.
pub(super) struct Storage {
    pub(super) file: Option<String>,
    pub(super) clock: Option<VirtualClock>,
}

impl Storage {
    fn open(&self) -> Result<Database, LocalError> {
        let opened = match (&self.file, &self.clock) {
            (None, None) => Database::memory(),
            (Some(file), None) => Database::new(file),
            (_, Some(clock)) => Database::memory_with_clock(Arc::new(EngineClock(clock.clone()))),
        };
        let database = opened.map_err(|error| LocalError::storage("opened", error))?;
        if let Some(file) = self.snapshot().filter(|file| Path::new(file).exists()) {
            database.restore_from(file).map_err(|error| LocalError::storage("restored", error))?;
        }
        Ok(database)
    }

    /// The engine has no file with a clock of its own: such a database lives in memory and the
    /// file is its snapshot.
    fn snapshot(&self) -> Option<&str> {
        self.clock.as_ref().and(self.file.as_deref())
    }

    fn save(&self, database: &Database) -> Result<(), LocalError> {
        let Some(file) = self.snapshot() else {
            return Ok(());
        };
        let saved = |error| LocalError::storage("saved", error);
        let next = format!("{file}.next");
        remove_if_there(&next).map_err(saved)?;
        database.vacuum_into(&next).map_err(|error| LocalError::storage("saved", error))?;
        // SQLite would replay a journal left beside the old file into the new one.
        for journal in [format!("{file}-wal"), format!("{file}-shm")] {
            remove_if_there(&journal).map_err(saved)?;
        }
        fs::rename(&next, file).map_err(saved)
    }
}

fn remove_if_there(file: &str) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A running server. Dropping it stops the server and waits until it is gone.
pub(super) struct Engine {
    address: SocketAddr,
    database: Database,
    stop: Option<oneshot::Sender<()>>,
    stopped: oneshot::Receiver<Result<(), LocalError>>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    pub(super) async fn start(storage: Storage) -> Result<Self, LocalError> {
        let (stop, stop_asked) = oneshot::channel();
        let (started, ready) = oneshot::channel();
        let (ended, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("dynacdc-local".to_owned())
            .spawn(move || {
                // Both receivers may be gone: a caller may give up waiting.
                let _ = match Server::open(storage) {
                    Ok(server) => {
                        let _ = started.send(Ok((server.database.clone(), server.address)));
                        ended.send(server.run(stop_asked))
                    }
                    Err(error) => {
                        let _ = started.send(Err(error));
                        Ok(())
                    }
                };
            })
            .map_err(LocalError::Start)?;
        let (database, address) = ready.await.map_err(|_| LocalError::Gone)??;
        Ok(Self { address, database, stop: Some(stop), stopped, thread: Some(thread) })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Runs TTL now, off the caller's runtime since the engine blocks. Number of deleted items.
    pub(super) async fn sweep_ttl(&self) -> Result<usize, LocalError> {
        let database = self.database.clone();
        tokio::task::spawn_blocking(move || database.sweep_ttl())
            .await
            .map_err(|_| LocalError::Gone)?
            .map_err(|error| LocalError::storage("swept", error))
    }

    /// Stops the server; it is gone when this returns.
    pub(super) async fn stop(mut self) -> Result<(), LocalError> {
        self.ask_to_stop();
        (&mut self.stopped).await.map_err(|_| LocalError::Gone)?
    }

    fn ask_to_stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The server may have ended already.
            let _ = stop.send(());
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.ask_to_stop();
        if let Some(thread) = self.thread.take() {
            // A panic of the server's thread has been printed there.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("address", &self.address).finish_non_exhaustive()
    }
}

/// What the server's thread owns.
struct Server {
    storage: Storage,
    database: Database,
    runtime: runtime::Runtime,
    engine: TcpListener,
    front: TcpListener,
    address: SocketAddr,
}

impl Server {
    fn open(storage: Storage) -> Result<Self, LocalError> {
        let database = storage.open()?;
        let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(LocalError::Start)?;
        let bind = || runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
        let engine = bind().map_err(LocalError::Start)?;
        let front = bind().map_err(LocalError::Start)?;
        let address = front.local_addr().map_err(LocalError::Start)?;
        Ok(Self { storage, database, runtime, engine, front, address })
    }

    fn run(self, stop_asked: oneshot::Receiver<()>) -> Result<(), LocalError> {
        let Self { storage, database, runtime, engine, front, .. } = self;
        let served = runtime.block_on(async {
            let upstream = engine.local_addr()?;
            tokio::spawn(dynoxide::server::serve_with_shutdown(engine, database.clone(), pending()));
            let (drain, draining) = oneshot::channel::<()>();
            let front = tokio::spawn(front::serve(front, upstream, async {
                let _ = draining.await;
            }));
            // An error means that the handle is gone without a word: the same order.
            let _ = stop_asked.await;
            let _ = drain.send(());
            // A client that never ends its request must not keep the server alive: what is left
            // after the grace is cut off with the runtime.
            let _ = timeout(GRACE, front).await;
            io::Result::Ok(())
        });
        drop(runtime);
        served.map_err(LocalError::Start)?;
        storage.save(&database)
    }
}
