//! Playing schedules: one, many, and the smaller ones that a failure is narrowed down to.

use crate::{
    control::Control,
    course::{Course, Kills},
    tally::Tally,
    world::{Fallible, World},
};
use futures_util::FutureExt;
use std::{any::Any, error::Error, fmt, ops::Range, panic::AssertUnwindSafe};

/// One schedule, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Schedule {
    pub(crate) seed: u64,
    pub(crate) control: Option<Control>,
    /// Of a short one: before which step the poller is killed.
    pub(crate) killed_at: Option<usize>,
    /// Only so many steps before everything is let run to its end.
    pub(crate) steps: Option<usize>,
}

/// A schedule in which something went wrong.
#[derive(Clone)]
pub(crate) struct Failure {
    pub(crate) schedule: Schedule,
    pub(crate) reason: String,
    pub(crate) timeline: Vec<String>,
}

/// What became of a schedule.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) tally: Tally,
    pub(crate) steps: usize,
    pub(crate) failure: Option<String>,
    pub(crate) timeline: Vec<String>,
}

impl Schedule {
    pub(crate) const fn whole(seed: u64) -> Self {
        Self { seed, control: None, killed_at: None, steps: None }
    }

    pub(crate) const fn wrong(seed: u64, control: Control) -> Self {
        Self { control: Some(control), ..Self::whole(seed) }
    }

    fn course(&self) -> Course {
        let course = match self.killed_at {
            None => Course::drawn(self.seed),
            Some(at) => Course { kills: Kills::Once(at), ..Course::short(self.seed) },
        };
        Course { steps: course.steps.min(self.steps.unwrap_or(usize::MAX)), ..course }
    }

    /// Plays it on a paused clock, the same each time.
    pub(crate) fn play(&self, is_recorded: bool) -> Played {
        let course = self.course();
        let steps = course.steps;
        let mut played = Played { tally: Tally::default(), steps, failure: None, timeline: Vec::new() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let runtime = match runtime {
            Ok(runtime) => runtime,
            Err(error) => return Played { failure: Some(error.to_string()), ..played },
        };
        // The generator of the thread is what backoff draws from.
        fastrand::seed(self.seed);
        let (tally, timeline) = (&mut played.tally, &mut played.timeline);
        let run = AssertUnwindSafe(async {
            let mut world = World::new(course, self.control, is_recorded)?;
            let outcome = AssertUnwindSafe(run(&mut world, steps)).catch_unwind().await;
            let outcome = outcome.unwrap_or_else(|panic| Err(panicked(&*panic).into()));
            (*tally, *timeline) = world.into_parts();
            tally.schedules = 1;
            outcome
        });
        let outcome: Fallible = runtime.block_on(run);
        played.failure = outcome.err().map(|error| error.to_string());
        played
    }

    /// The failure with its timeline, after as few steps as it takes.
    pub(crate) fn shrunk(self, reason: String) -> Failure {
        let (mut found, mut reason) = (self, reason);
        let most = self.course().steps;
        for eighth in [0, 1, 2, 4, 6] {
            let smaller = Self { steps: Some(most * eighth / 8), ..self };
            if let Some(failure) = smaller.play(false).failure {
                (found, reason) = (smaller, failure);
                break;
            }
        }
        let mut tries = 60;
        while let Some(steps) = found.steps.unwrap_or(most).checked_sub(1).filter(|_| tries > 0) {
            tries -= 1;
            let smaller = Self { steps: Some(steps), ..self };
            match smaller.play(false).failure {
                Some(failure) => (found, reason) = (smaller, failure),
                None => break,
            }
        }
        let timeline = found.play(true).timeline;
        Failure { schedule: found, reason, timeline }
    }
}

async fn run(world: &mut World, steps: usize) -> Fallible {
    for nth in 0..steps {
        if world.has_ended {
            break;
        }
        world.step(nth).await?;
    }
    world.finish().await
}

fn panicked(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    format!("it panics: {}", text.unwrap_or("without a text"))
}

/// Plays a short schedule as often as it has steps, killed before each of them.
pub(crate) fn every_step(seed: u64, tally: &mut Tally) -> Option<Failure> {
    let whole = Schedule { killed_at: Some(usize::MAX), ..Schedule::whole(seed) };
    for at in std::iter::once(usize::MAX).chain(0..whole.course().steps) {
        let schedule = Schedule { killed_at: Some(at), ..whole };
        let played = schedule.play(false);
        tally.add(&played.tally);
        if let Some(reason) = played.failure {
            return Some(schedule.shrunk(reason));
        }
    }
    None
}

/// The first of these schedules that shows that a poller is wrong, and how.
pub(crate) fn catch(control: Control, mut seeds: Range<u64>) -> Option<(Schedule, String)> {
    seeds.find_map(|seed| {
        let schedule = Schedule::wrong(seed, control);
        Some((schedule, schedule.play(false).failure?))
    })
}

impl Error for Failure {}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "schedule {} fails", self.schedule.seed)?;
        for line in &self.timeline {
            writeln!(f, "{line}")?;
        }
        writeln!(f, "{}", self.reason)?;
        write!(f, "play it again: cargo run --release -p dynacdc-testkit --example schedules -- {}", self.schedule)
    }
}

impl fmt::Debug for Failure {
    /// As it displays: a test that returns it prints this form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Schedule {
    /// As the arguments of the program.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "--only {}", self.seed)?;
        if let Some(at) = self.killed_at {
            write!(f, " --killed-at {at}")?;
        }
        if let Some(steps) = self.steps {
            write!(f, " --steps {steps}")?;
        }
        if let Some(control) = self.control {
            write!(f, " --control {control:?}")?;
        }
        Ok(())
    }
}
