//! Ours and the peer in turn, on the CPU time of the thread.
//!
//! What else the machine does changes wall time by far more than CPU time, and slow phases of the machine meet both
//! sides of a round alike; so the figure is the median of the ratios of the rounds. Criterion lost because it measures
//! wall time, and one side after the other.

use cpu_time::ThreadTime;
use std::{
    fmt,
    hint::black_box,
    io,
    time::{Duration, Instant},
};

/// The rounds of one work, to be run.
#[derive(Debug, Clone, Copy)]
pub struct Rounds {
    /// What one call of either side works on.
    pub records: usize,
    /// How many bytes it reads, for the throughput; 0 if that means nothing.
    pub bytes: usize,
    /// How many calls make one side of a round: enough for 100 microseconds.
    pub calls: usize,
    /// How long to go on.
    pub budget: Duration,
}

impl Rounds {
    /// Runs both sides in turn. What the calls take over is made by `prepare` and `prepare_peer`, which are not
    /// counted. Dropping what a call returned is counted on both sides.
    ///
    /// # Errors
    /// If the CPU time of the thread cannot be read.
    pub fn run<I, A, P, B>(
        self,
        mut prepare: impl FnMut() -> I,
        mut ours: impl FnMut(I) -> A,
        mut prepare_peer: impl FnMut() -> P,
        mut peer: impl FnMut(P) -> B,
    ) -> io::Result<Race> {
        let begin = Instant::now();
        let mut rounds = Vec::new();
        while rounds.len() < 8 || begin.elapsed() < self.budget {
            let inputs: Vec<I> = (0..self.calls).map(|_| prepare()).collect();
            let start = ThreadTime::try_now()?;
            inputs.into_iter().for_each(|input| drop(black_box(ours(black_box(input)))));
            let our_time = start.try_elapsed()?;
            let inputs: Vec<P> = (0..self.calls).map(|_| prepare_peer()).collect();
            let start = ThreadTime::try_now()?;
            inputs.into_iter().for_each(|input| drop(black_box(peer(black_box(input)))));
            rounds.push((our_time, start.try_elapsed()?));
        }
        // The first ones warmed up caches, branch predictors and the allocator.
        rounds.drain(..rounds.len() / 8);
        Ok(Race { rounds, setup: self })
    }
}

/// What the rounds of one work took.
#[derive(Debug)]
pub struct Race {
    setup: Rounds,
    rounds: Vec<(Duration, Duration)>,
}

impl Race {
    /// The peer's CPU time over ours: the median of the rounds.
    pub fn ratio(&self) -> f64 {
        self.ratio_at(0.5)
    }

    fn ratio_at(&self, part: f64) -> f64 {
        at(part, self.rounds.iter().map(|(ours, peer)| peer.as_secs_f64() / ours.as_secs_f64()))
    }

    /// The CPU time per record in nanoseconds, ours and the peer's: the medians of the rounds.
    pub fn nanos_per_record(&self) -> (f64, f64) {
        (self.nanos_of(|round| round.0), self.nanos_of(|round| round.1))
    }

    fn nanos_of(&self, side: impl Fn(&(Duration, Duration)) -> Duration) -> f64 {
        let records = (self.setup.records * self.setup.calls) as f64;
        at(0.5, self.rounds.iter().map(|round| side(round).as_secs_f64() * 1e9 / records))
    }
}

fn at(part: f64, values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a position in a list")]
    let position = ((values.len() as f64 - 1.0) * part) as usize;
    values.get(position).copied().unwrap_or(f64::NAN)
}

impl fmt::Display for Race {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ours, peer) = self.nanos_per_record();
        // Bytes per nanosecond are GB per second.
        let speed = self.setup.bytes as f64 / self.setup.records as f64 / ours * 1e3;
        let speed = if self.setup.bytes == 0 { "-".to_owned() } else { format!("{speed:.0}") };
        let (low, high) = (self.ratio_at(0.1), self.ratio_at(0.9));
        let rounds = self.rounds.len();
        write!(f, "{ours:>10.1} {peer:>10.1} {speed:>7} {:>7.2} {low:>7.2}-{high:<7.2} {rounds:>6}", self.ratio())
    }
}
