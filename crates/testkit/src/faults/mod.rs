//! Faults in front of every call to the outside.
//!
//! A fault is put between the caller and the *effect* of a call, and the effect is a closure that owns what it needs.
//! Only so can a call land after its caller has given it up, which is what a lost connection, a timeout and an owner that
//! does not know it was replaced have in common. To fail the call itself lost: it has no way to say "later".

mod checkpoints;
mod counts;
mod dead_letters;
mod dedupe;
mod fault;
mod rates;
mod script;
mod sink;

pub use checkpoints::FaultyCheckpoints;
pub use counts::FaultCounts;
pub use dead_letters::FaultyDeadLetters;
pub use dedupe::FaultyDedupe;
pub use fault::Fault;
pub use rates::FaultRates;
pub use script::FaultScript;
pub use sink::FaultySink;

use crate::scenario::POISON;
use dynacdc_record::{ChangeRecord, Value};
use dynacdc_sink::SinkError;
use futures_util::future::BoxFuture;
use std::{
    fmt,
    future::{Future, pending},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::Notify;

/// The faults of one history. Cheap to clone; clones share everything.
///
/// ```
/// use dynacdc_testkit::{Fault, FaultScript, Faults};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let faults = Faults::scripted(FaultScript::new().at("put", 2, Fault::Hold));
///
/// assert_eq!(faults.call("put", || async { "first" }).await.ok(), Some("first"));
/// assert!(faults.call("put", || async { "second, held" }).await.is_err());
/// assert_eq!(faults.counts().of(Fault::Hold), 1);
/// faults.land_all().await;
/// # }
/// ```
#[derive(Clone)]
pub struct Faults(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    crash: Notify,
    healed: AtomicBool,
    timeline: Option<Mutex<Vec<String>>>,
}

struct State {
    rng: fastrand::Rng,
    rates: FaultRates,
    script: FaultScript,
    muted: Vec<Fault>,
    is_calm: bool,
    held: Vec<Held>,
    counts: FaultCounts,
    delay: Duration,
}

/// A call on the wire.
type Held = Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>;

impl Faults {
    /// Faults at these rates, drawn from a seed.
    pub fn new(seed: u64, rates: FaultRates) -> Self {
        Self::with(seed, rates, FaultScript::new(), false)
    }

    /// None but those of a script.
    pub fn scripted(script: FaultScript) -> Self {
        Self::with(0, FaultRates::NONE, script, false)
    }

    /// None at all.
    pub fn none() -> Self {
        Self::new(0, FaultRates::NONE)
    }

    pub(crate) fn with(seed: u64, rates: FaultRates, script: FaultScript, is_recorded: bool) -> Self {
        let state = State {
            rng: fastrand::Rng::with_seed(seed),
            rates,
            script,
            muted: Vec::new(),
            is_calm: false,
            held: Vec::new(),
            counts: FaultCounts::default(),
            delay: Duration::from_secs(30),
        };
        Self(Arc::new(Shared {
            state: Mutex::new(state),
            crash: Notify::new(),
            healed: AtomicBool::new(false),
            timeline: is_recorded.then(Mutex::default),
        }))
    }

    /// Makes a call with whatever fault is due.
    ///
    /// `effect` owns what it needs, since it may happen after the caller is gone. A held effect that never lands is
    /// dropped unused.
    ///
    /// # Errors
    /// Transient, for a fault that the caller lives through. After a crash the call never returns: whoever plays the
    /// process waits for [`crashed`](Self::crashed) and drops it.
    pub async fn call<T, F, E>(&self, name: &'static str, effect: E) -> Result<T, SinkError>
    where
        E: FnOnce() -> F + Send + 'static,
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        self.call_of(name, String::new, effect).await
    }

    /// The same, with a text for the timeline that says what the call is about. It is made only where a timeline is
    /// kept.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn call_of<T, F, E>(
        &self,
        name: &'static str,
        about: impl Fn() -> String + Send,
        effect: E,
    ) -> Result<T, SinkError>
    where
        E: FnOnce() -> F + Send + 'static,
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let (turns, fault) = self.draw(name);
        // Calls of one round take turns of different length, so that they arrive in another order than they began.
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
        self.note(|| match fault {
            Some(fault) => format!("    {name} {}: {fault}", about()),
            None => format!("    {name} {}", about()),
        });
        match fault {
            None => Ok(effect().await),
            Some(Fault::Reject) => Err(SinkError::transient("throttled")),
            Some(Fault::LoseAnswer) => {
                effect().await;
                Err(SinkError::transient("the answer was lost"))
            }
            Some(Fault::Hold) => {
                self.hold(name, effect);
                Err(SinkError::transient("the connection was lost"))
            }
            Some(Fault::Delay) => {
                self.hold(name, effect);
                let delay = self.state().delay;
                tokio::time::sleep(delay).await;
                Err(SinkError::transient("no answer"))
            }
            Some(Fault::CrashBefore) => self.crash().await,
            Some(Fault::CrashAfter) => {
                effect().await;
                self.crash().await
            }
        }
    }

    /// Waits until the process dies of a call.
    pub async fn crashed(&self) {
        self.0.crash.notified().await;
    }

    /// Lets one of the calls on the wire arrive, drawn at random. Says whether there was one.
    pub async fn land_one(&self) -> bool {
        let held = {
            let mut state = self.state();
            let among = state.held.len();
            if among == 0 {
                return false;
            }
            let at = state.rng.usize(..among);
            state.held.remove(at)
        };
        held().await;
        true
    }

    /// Lets everything on the wire arrive, in any order.
    pub async fn land_all(&self) {
        while self.land_one().await {}
    }

    /// No more faults from here on. What is on the wire stays there.
    pub fn calm(&self) {
        self.state().is_calm = true;
    }

    /// A fault that is drawn does not happen. The draws of the others stay as they are, so a history can be narrowed
    /// down to the faults that matter.
    pub fn mute(&self, fault: Fault) {
        self.state().muted.push(fault);
    }

    /// How long a [`Delay`](Fault::Delay) takes; 30 seconds unless said otherwise.
    pub fn set_delay(&self, delay: Duration) {
        self.state().delay = delay;
    }

    /// From here on poison is none: the target takes what it refused.
    pub fn heal(&self) {
        self.note(|| "healed: poison is taken from here on".to_owned());
        self.0.healed.store(true, Ordering::SeqCst);
    }

    /// Whether [`heal`](Self::heal) was called.
    pub fn is_healed(&self) -> bool {
        self.0.healed.load(Ordering::SeqCst)
    }

    /// Whether a target accepts the record: not while it is poison, which is an image with a true attribute `poison`,
    /// and nobody has healed it.
    ///
    /// # Errors
    /// Of class Poison.
    pub fn accept(&self, record: &ChangeRecord) -> Result<(), SinkError> {
        if !self.is_healed() && is_poison(record) {
            return Err(SinkError::poison("the target refuses what the item holds"));
        }
        Ok(())
    }

    /// What happened so far.
    pub fn counts(&self) -> FaultCounts {
        self.state().counts
    }

    /// Adds a line to the timeline, if one is kept.
    pub fn note(&self, line: impl FnOnce() -> String) {
        if let Some(timeline) = &self.0.timeline {
            timeline.lock().unwrap_or_else(PoisonError::into_inner).push(line());
        }
    }

    pub(crate) fn timeline(&self) -> Vec<String> {
        let timeline = self.0.timeline.as_ref();
        timeline.map(|lines| lines.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap_or_default()
    }

    fn draw(&self, name: &'static str) -> (u32, Option<Fault>) {
        let mut state = self.state();
        let turns = if state.rng.u8(..100) < 15 { state.rng.u32(..30) } else { state.rng.u32(..4) };
        let throw = state.rng.u16(..1000);
        let scripted = state.script.next(name);
        let fault = scripted.or_else(|| state.rates.at(throw));
        let fault = fault.filter(|fault| !state.is_calm && !state.muted.contains(fault));
        state.counts.count(fault);
        (turns, fault)
    }

    fn hold<F, E>(&self, name: &'static str, effect: E)
    where
        E: FnOnce() -> F + Send + 'static,
        F: Future<Output: Send> + Send + 'static,
    {
        let faults = Arc::downgrade(&self.0);
        self.state().held.push(Box::new(move || {
            Box::pin(async move {
                if let Some(shared) = faults.upgrade() {
                    Self(shared).note(|| format!("a held {name} lands"));
                }
                effect().await;
            })
        }));
    }

    async fn crash<T>(&self) -> T {
        self.0.crash.notify_one();
        pending().await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the change, as received, leaves an item that is marked as poison.
fn is_poison(record: &ChangeRecord) -> bool {
    let marked = |record: &ChangeRecord| {
        record.new_image().and_then(|image| image.get(POISON)).is_some_and(|value| value == Value::Bool(true))
    };
    if record.is_view() { marked(&record.origin()) } else { marked(record) }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Faults")
            .field("rates", &state.rates)
            .field("counts", &state.counts)
            .field("held", &state.held.len())
            .field("healed", &self.is_healed())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
