use std::fmt;

/// What can happen to a call to the outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// Refused, as by a throttle: there is no effect, and the caller is told.
    Reject,
    /// The effect happens and the answer is lost: the caller sees a Transient error.
    LoseAnswer,
    /// The caller sees a Transient error at once, and the effect happens later, if at all.
    Hold,
    /// On the wire: there is no answer for a long time, and the effect happens later, if at all.
    Delay,
    /// The process dies before the effect.
    CrashBefore,
    /// The process dies between the effect and its answer.
    CrashAfter,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Reject, Self::LoseAnswer, Self::Hold, Self::Delay, Self::CrashBefore, Self::CrashAfter];

    /// The name, as a report prints it and a replay reads it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::LoseAnswer => "lose-answer",
            Self::Hold => "hold",
            Self::Delay => "delay",
            Self::CrashBefore => "crash-before",
            Self::CrashAfter => "crash-after",
        }
    }

    /// The fault of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.as_str() == name)
    }

    pub(super) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
