use crate::case::Expected;
use dynacdc_testkit::TortureReport;

/// What a run says of a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// As expected.
    Expected,
    /// A rare control that was not caught in so few histories.
    NotSeen,
    /// A right stack diverges, or a control does not.
    Surprise,
}

/// A control that is wrong rarely must be caught in so many histories.
const MANY: u64 = 50_000;

impl Verdict {
    pub(crate) fn of(expected: Expected, report: &TortureReport) -> Self {
        match (expected, report.divergences > 0) {
            (Expected::Never, false) | (Expected::Often | Expected::Rarely, true) => Self::Expected,
            (Expected::Rarely, false) if report.histories < MANY => Self::NotSeen,
            // One history played again shows nothing of a control.
            (Expected::Often, false) if report.histories < 100 => Self::NotSeen,
            _ => Self::Surprise,
        }
    }
}
