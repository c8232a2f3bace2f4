//! Outcomes in words, for comparing: errors do not compare.

use dynacdc_sink::Outcome;

/// A word per outcome: `applied`, `parked`, `filtered`, `duplicate`, `blocked by 0`, `poison`.
pub(crate) fn words(outcomes: &[Outcome]) -> Vec<String> {
    outcomes.iter().map(word).collect()
}

fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Applied => "applied".to_owned(),
        Outcome::Parked => "parked".to_owned(),
        Outcome::Skipped(reason) => reason.to_string(),
        Outcome::Blocked { by } => format!("blocked by {by}"),
        Outcome::Failed(error) => error.class().to_string(),
    }
}
