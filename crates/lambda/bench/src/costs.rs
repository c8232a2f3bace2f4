use cpu_time::ProcessTime;
use std::{
    io::{self, Write},
    time::Duration,
};

/// Tells on standard output, once per invocation, how much CPU time the process has used so far. The difference of two
/// such times is that of one whole invocation, wherever in it they are taken.
#[derive(Debug, Default)]
pub struct Costs;

/// What a function said of an invocation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Invocation {
    /// The CPU time of the process so far.
    pub so_far: Duration,
    /// What it summed up.
    pub sum: f64,
    /// How many records it handled.
    pub records: usize,
}

impl Costs {
    /// Writes a line.
    ///
    /// # Errors
    /// If the CPU time cannot be read, or the line not be written.
    pub fn tell(&self, sum: f64, records: usize) -> io::Result<()> {
        let so_far = ProcessTime::try_now()?.as_duration().as_nanos();
        writeln!(io::stdout().lock(), "{so_far} {sum:?} {records}")
    }
}

impl Invocation {
    /// Reads a line.
    pub fn read(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let so_far = Duration::from_nanos(words.next()?.parse().ok()?);
        let (sum, records) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        Some(Self { so_far, sum, records })
    }
}
