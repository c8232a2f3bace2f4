//! Makes pairs of filter patterns and stream records, and compares answers to them; `tests/services/ruler.sh` has Amazon's
//! own engine answer in between.
//!
//! ```sh
//! cargo run --example pattern_cases -- make SEED GROUPS FILE
//! cargo run --example pattern_cases -- check FILE
//! ```

mod deviation;
mod event;
mod pattern;
mod tree;

#[path = "../../tests/patterns/answers.rs"]
mod answers;

use answers::Group;
use fastrand::Rng;
use std::{
    error::Error,
    fs,
    io::{self, Write},
};

/// Patterns per group of records that are nearly the same.
const PATTERNS: usize = 16;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["make", seed, groups, file] => {
            let seed: u64 = seed.parse()?;
            let groups = groups.parse()?;
            writeln!(io::stdout(), "seed {seed}: {groups} groups")?;
            Ok(fs::write(file, make(seed, groups)?)?)
        }
        ["check", file] => {
            let counts = answers::compare(&fs::read_to_string(file)?)?;
            Ok(writeln!(io::stdout(), "{counts}")?)
        }
        _ => Err("make SEED GROUPS FILE, or check FILE".into()),
    }
}

/// One JSON line per group, still without answers.
fn make(seed: u64, groups: usize) -> Result<String, Box<dyn Error>> {
    let mut rng = Rng::with_seed(seed);
    let mut lines = Vec::new();
    for (reason, change, pattern, ours) in deviation::DEVIATIONS {
        lines.push(Group {
            events: vec![deviation::event(change)],
            patterns: vec![pattern.to_owned()],
            deviation: Some((reason.to_owned(), ours.to_owned())),
            answers: Vec::new(),
        });
    }
    for number in 0..groups {
        let event = event::event(&mut rng, number);
        let leaves = event.leaves();
        let events = [event.clone(), event::near(&mut rng, &event), event::near(&mut rng, &event)];
        let patterns = (0..PATTERNS).map(|at| match at {
            0 => pattern::invalid(&mut rng, &leaves),
            _ => pattern::pattern(&mut rng, &leaves),
        });
        let patterns = patterns.collect();
        let events = events.iter().map(ToString::to_string).collect();
        lines.push(Group { events, patterns, deviation: None, answers: Vec::new() });
    }
    let lines: Vec<String> = lines.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    Ok(lines.join("\n") + "\n")
}
