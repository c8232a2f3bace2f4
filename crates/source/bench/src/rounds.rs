//! Two sides in turn, on wall time.
//!
//! Reading a stream is waiting as much as computing, and what runs beside the waiting is the point, so CPU time tells
//! nothing here. Rounds in turn meet slow phases of the machine alike; the figure is the median of their ratios.

use crate::Fallible;
use std::{
    fmt,
    time::{Duration, Instant},
};

/// What the rounds took, ours and the peer's.
#[derive(Debug, Default)]
pub struct Rounds(Vec<(Duration, Duration)>);

impl Rounds {
    /// Runs both sides in turn, each as often as `rounds` says, the one first that was second before. A round before them
    /// is not counted: it fills caches and connections on both sides.
    ///
    /// # Errors
    /// That of a side.
    pub async fn run<A, B>(
        rounds: usize,
        mut ours: impl AsyncFnMut() -> Fallible<A>,
        mut peer: impl AsyncFnMut() -> Fallible<B>,
    ) -> Fallible<Self> {
        let mut taken = Self::default();
        for round in 0..=rounds {
            let both = if round % 2 == 0 {
                let first = timed(&mut ours).await?;
                (first, timed(&mut peer).await?)
            } else {
                let first = timed(&mut peer).await?;
                (timed(&mut ours).await?, first)
            };
            if round > 0 {
                taken.0.push(both);
            }
        }
        Ok(taken)
    }

    /// The peer's time over ours: the median of the rounds.
    pub fn ratio(&self) -> f64 {
        self.ratio_at(0.5)
    }

    /// Wall time of ours and of the peer: the medians of the rounds.
    pub fn medians(&self) -> (f64, f64) {
        let of =
            |side: fn(&(Duration, Duration)) -> Duration| at(0.5, self.0.iter().map(|round| side(round).as_secs_f64()));
        (of(|round| round.0), of(|round| round.1))
    }

    fn ratio_at(&self, part: f64) -> f64 {
        at(part, self.0.iter().map(|(ours, peer)| peer.as_secs_f64() / ours.as_secs_f64()))
    }
}

async fn timed<A>(side: &mut impl AsyncFnMut() -> Fallible<A>) -> Fallible<Duration> {
    let begin = Instant::now();
    let result = side().await?;
    let taken = begin.elapsed();
    drop(result);
    Ok(taken)
}

fn at(part: f64, values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a position in a list")]
    let position = ((values.len() as f64 - 1.0) * part).round() as usize;
    values.get(position).copied().unwrap_or(f64::NAN)
}

impl fmt::Display for Rounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ours, peer) = self.medians();
        let (low, high) = (self.ratio_at(0.0), self.ratio_at(1.0));
        write!(f, "{ours:>8.3} {peer:>8.3} {:>7.2} {low:>7.2}-{high:<7.2} {:>6}", self.ratio(), self.0.len())
    }
}
