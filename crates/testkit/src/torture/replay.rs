use crate::Fault;
use std::{fmt, str::FromStr};

/// One history, and how much of it is played.
///
/// As text: the seed, and what was taken away: `17 records=9 keys=2 without=hold,reject`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replay {
    /// The seed of the history.
    pub seed: u64,
    /// Only so many changes.
    pub records: Option<usize>,
    /// Only changes of so many items.
    pub keys: Option<usize>,
    /// Another course of the same history: other faults and other deliveries.
    pub course: u64,
    /// Faults that do not happen.
    pub without: Vec<Fault>,
}

/// So many courses of a smaller history are tried.
const COURSES: u64 = 6;

impl Replay {
    /// A whole history.
    pub fn of(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// Smaller ones, the boldest first.
    pub(super) fn smaller(&self, records: usize, keys: usize) -> Vec<Self> {
        let mut smaller = Vec::new();
        let courses = || (0..COURSES).map(|course| self.course + course);
        for fewer in 1..keys {
            smaller.extend(courses().map(|course| Self { keys: Some(fewer), course, ..self.clone() }));
        }
        for fewer in [records / 4, records / 2, records * 3 / 4, records.saturating_sub(2), records.saturating_sub(1)] {
            if (1..records).contains(&fewer) {
                smaller.extend(courses().map(|course| Self { records: Some(fewer), course, ..self.clone() }));
            }
        }
        for fault in Fault::ALL.into_iter().filter(|fault| !self.without.contains(fault)) {
            let without = self.without.iter().copied().chain([fault]).collect();
            smaller.push(Self { without, ..self.clone() });
        }
        smaller
    }
}

impl fmt::Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.seed)?;
        if let Some(records) = self.records {
            write!(f, " records={records}")?;
        }
        if let Some(keys) = self.keys {
            write!(f, " keys={keys}")?;
        }
        if self.course > 0 {
            write!(f, " course={}", self.course)?;
        }
        for (at, fault) in self.without.iter().enumerate() {
            write!(f, "{}{fault}", if at == 0 { " without=" } else { "," })?;
        }
        Ok(())
    }
}

impl FromStr for Replay {
    type Err = ReplayTextError;

    fn from_str(text: &str) -> Result<Self, ReplayTextError> {
        let wrong = || ReplayTextError { text: text.to_owned() };
        let mut words = text.split_whitespace();
        let mut replay = Self::of(words.next().and_then(|seed| seed.parse().ok()).ok_or_else(wrong)?);
        for word in words {
            match word.split_once('=').ok_or_else(wrong)? {
                ("records", count) => replay.records = Some(count.parse().map_err(|_| wrong())?),
                ("keys", count) => replay.keys = Some(count.parse().map_err(|_| wrong())?),
                ("course", course) => replay.course = course.parse().map_err(|_| wrong())?,
                ("without", names) => {
                    let faults: Option<_> = names.split(',').map(Fault::named).collect();
                    replay.without = faults.ok_or_else(wrong)?;
                }
                _ => return Err(wrong()),
            }
        }
        Ok(replay)
    }
}

/// The text names no history.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` names no history; one reads as `17 records=9 keys=2 without=hold,reject`")]
pub struct ReplayTextError {
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_reads_as_it_is_written() {
        for text in
            ["17", "17 records=9", "0 keys=1 without=reject", "5 records=1 keys=2 course=3 without=hold,crash-after"]
        {
            assert_eq!(text.parse::<Replay>().map(|replay| replay.to_string()).as_deref(), Ok(text));
        }
        for text in ["", "x", "1 records", "1 records=x", "1 without=luck", "1 colour=red"] {
            assert!(text.parse::<Replay>().is_err(), "{text}");
        }
    }
}
