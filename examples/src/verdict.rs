use crate::{Cell, GOOD, Scene, Table, WRONG, paint};
use serde::Serialize;
use std::io::{self, Write};

/// Something that was worked out in two ways.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    what: String,
    expected: String,
    got: String,
    holds: bool,
}

impl Check {
    /// It holds if the two texts are the same.
    pub fn new(what: impl Into<String>, expected: impl ToString, got: impl ToString) -> Self {
        let (expected, got) = (expected.to_string(), got.to_string());
        Self { what: what.into(), holds: expected == got, expected, got }
    }

    /// Whether what was got is what was expected.
    pub const fn holds(&self) -> bool {
        self.holds
    }
}

/// What an example comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "verdict")]
pub struct Verdict {
    holds: bool,
    checks: Vec<Check>,
}

impl Verdict {
    /// It holds if every check does. A verdict without a check does not hold.
    pub fn new(checks: Vec<Check>) -> Self {
        Self { holds: !checks.is_empty() && checks.iter().all(Check::holds), checks }
    }

    /// Whether all is as expected.
    pub const fn holds(&self) -> bool {
        self.holds
    }
}

impl Scene for Verdict {
    fn draw(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut table = Table::new(["", "expected", "got", ""]);
        for Check { what, expected, got, holds } in &self.checks {
            let sign = if *holds { Cell::styled(GOOD, "=") } else { Cell::styled(WRONG, "differs") };
            table.row([what.as_str().into(), expected.as_str().into(), got.as_str().into(), sign]);
        }
        for line in table.lines() {
            writeln!(out, "{line}")?;
        }
        let wrong = self.checks.iter().filter(|check| !check.holds()).count();
        let line = match (self.holds, wrong) {
            (true, _) => paint(GOOD, "expected = got"),
            (false, wrong) => paint(WRONG, &format!("expected is not got: {wrong} of {} differ", self.checks.len())),
        };
        writeln!(out, "\n   {line}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(verdict: &Verdict) -> String {
        let mut out = Vec::new();
        verdict.draw(&mut out).unwrap();
        anstream::adapter::strip_str(&String::from_utf8(out).unwrap()).to_string()
    }

    #[test]
    fn it_holds_if_all_checks_hold() {
        let verdict = Verdict::new(vec![Check::new("records", 3, 3), Check::new("items", "2 items", "2 items")]);

        assert!(verdict.holds());
        assert!(drawn(&verdict).ends_with("\n   expected = got\n"));
    }

    #[test]
    fn one_wrong_check_is_enough() {
        let verdict = Verdict::new(vec![Check::new("records", 3, 3), Check::new("items", "2 items", "1 items")]);

        assert!(!verdict.holds());
        let text = drawn(&verdict);
        assert!(text.contains("items    2 items   1 items  differs\n"), "{text}");
        assert!(text.ends_with("expected is not got: 1 of 2 differ\n"), "{text}");
        assert_eq!(serde_json::to_value(&verdict).unwrap()["holds"], false);
    }

    #[test]
    fn nothing_checked_is_nothing_proven() {
        assert!(!Verdict::new(Vec::new()).holds());
    }
}
