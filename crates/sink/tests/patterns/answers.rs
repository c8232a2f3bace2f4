//! Answers of Amazon's engine, and the comparison with ours.

use dynacdc_record::{ChangeRecord, decode_record};
use dynacdc_sink::RecordPattern;
use serde::{Deserialize, Serialize};
use std::{error::Error, fmt};

/// Some records, and patterns to be tried on each of them.
#[derive(Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) events: Vec<String>,
    pub(crate) patterns: Vec<String>,
    /// Why our answer is another one, and which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deviation: Option<(String, String)>,
    /// Per pattern a letter per record, `t` or `f`, or `!` if the pattern is invalid. A capital letter where the engine
    /// says otherwise when the alternatives of a `$or` are in one machine: there it drops what it takes for duplicates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) answers: Vec<String>,
}

/// How many pairs were compared.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) matched: usize,
    pub(crate) unmatched: usize,
    pub(crate) invalid: usize,
    pub(crate) deviations: usize,
    /// Pairs for which the engine dropped an alternative.
    pub(crate) dropped: usize,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { matched, unmatched, invalid, deviations, dropped } = self;
        let pairs = matched + unmatched;
        write!(f, "{pairs} pairs: {matched} match, {unmatched} do not; {invalid} invalid patterns; ")?;
        write!(f, "{deviations} deviations; {dropped} pairs with a dropped alternative")
    }
}

/// Compares every answer of the file, one group per line.
pub(crate) fn compare(lines: &str) -> Result<Counts, Box<dyn Error>> {
    let mut counts = Counts::default();
    for line in lines.lines() {
        let group: Group = serde_json::from_str(line)?;
        let events: Vec<ChangeRecord> =
            group.events.iter().map(|event| decode_record(event.as_str())).collect::<Result<_, _>>()?;
        if group.answers.len() != group.patterns.len() {
            return Err("not every pattern has an answer".into());
        }
        for (pattern, theirs) in group.patterns.iter().zip(&group.answers) {
            let ours = answer(pattern, &events);
            let wanted = match &group.deviation {
                Some((reason, wanted)) if wanted == theirs => {
                    return Err(format!("no deviation ({reason}): {pattern}").into());
                }
                Some((_, wanted)) => wanted,
                None => theirs,
            };
            if ours != wanted.to_ascii_lowercase() {
                let events = group.events.join("\n");
                return Err(format!("{ours} instead of {wanted}: {pattern}\n{events}").into());
            }
            match &group.deviation {
                Some(_) => counts.deviations += 1,
                None => counts.add(theirs),
            }
        }
    }
    Ok(counts)
}

impl Counts {
    fn add(&mut self, answers: &str) {
        for letter in answers.chars() {
            self.dropped += usize::from(letter.is_ascii_uppercase());
            match letter.to_ascii_lowercase() {
                't' => self.matched += 1,
                'f' => self.unmatched += 1,
                _ => self.invalid += 1,
            }
        }
    }
}

fn answer(pattern: &str, events: &[ChangeRecord]) -> String {
    match RecordPattern::parse(pattern) {
        Ok(pattern) => events.iter().map(|event| if pattern.matches(event) { 't' } else { 'f' }).collect(),
        Err(_) => "!".to_owned(),
    }
}
