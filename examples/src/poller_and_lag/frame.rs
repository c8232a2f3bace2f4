//! How it stands at one moment.

use crate::{
    ledger::Ledger,
    lineage::{Lineage, Name},
    shop::Shop,
};
use dynacdc_examples::{Cell, DIM, GOOD, MODIFY, Scene, Table, WRONG, paint};
use dynacdc_source::{Health, ShardReport, ShardState};
use dynacdc_testkit::StreamSimulator;
use serde::Serialize;
use std::{
    io::{self, Write},
    time::Duration,
};

/// Digits of a position that are shown; the ones before them hardly differ.
const DIGITS: usize = 9;

/// How it stands.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename = "frame")]
pub(crate) struct Frame {
    at_ms: u128,
    /// Whether a poller runs.
    polled: bool,
    written: u64,
    effects: u64,
    /// Written and without effect yet.
    lag: u64,
    /// The age of the oldest of those.
    oldest_ms: Option<u128>,
    finished_shards: usize,
    shards: Vec<Row>,
}

/// How a shard stands. Those that are finished are only counted.
#[derive(Debug, Clone, Serialize)]
struct Row {
    shard: String,
    parent: Option<String>,
    state: &'static str,
    position: Option<String>,
    effects: u64,
    unsettled: usize,
    record_age_ms: Option<u128>,
    #[serde(skip)]
    style: anstyle::Style,
}

impl Frame {
    /// Of now. Without a poller there is nobody who knows of shards.
    pub(crate) fn of(
        shop: &Shop,
        ledger: &Ledger,
        poller: Option<&Health>,
        lineage: &Lineage<StreamSimulator>,
    ) -> Self {
        let (written, effects) = (shop.written(), ledger.effects());
        let report = poller.map(Health::report);
        let shards = report.iter().flat_map(|report| &report.shards);
        let (finished, rest): (Vec<_>, Vec<_>) = shards.partition(|shard| shard.health.state == ShardState::Finished);
        let mut rows: Vec<Row> = rest.iter().map(|shard| Row::of(shard, ledger, lineage)).collect();
        rows.sort_by(|a, b| a.shard.cmp(&b.shard));
        Self {
            at_ms: shop.time().as_millis(),
            polled: report.is_some(),
            written,
            effects,
            lag: written - effects,
            oldest_ms: shop.oldest_without_effect(ledger).map(|age| age.as_millis()),
            finished_shards: finished.len(),
            shards: rows,
        }
    }

    pub(crate) const fn written(&self) -> u64 {
        self.written
    }

    pub(crate) const fn effects(&self) -> u64 {
        self.effects
    }

    /// Everything in one line, with the time.
    pub(crate) fn line(&self) -> String {
        format!("   {}  {}", paint(DIM, &self.clock()), self.summary())
    }

    /// Everything in short.
    fn summary(&self) -> String {
        let oldest = self.oldest_ms.map(|age| format!(", oldest {}", seconds(age))).unwrap_or_default();
        let none = if self.polled { String::new() } else { paint(WRONG, ", no poller") };
        format!(
            "{} written, {} in effect, {} behind{oldest}{none}",
            thousands(self.written),
            thousands(self.effects),
            thousands(self.lag)
        )
    }

    /// The shards, in lines.
    pub(crate) fn table(&self) -> Vec<String> {
        let mut table = Table::new(["shard", "parent", "state", "position", "in effect", "unsettled", "record age"]);
        for row in &self.shards {
            let position = row.position.as_deref().unwrap_or_default();
            let cut = position.len().saturating_sub(DIGITS);
            table.row([
                row.shard.as_str().into(),
                row.parent.clone().unwrap_or_default().into(),
                Cell::styled(row.style, row.state),
                if cut > 0 { Cell::from(format!("…{}", &position[cut..])) } else { Cell::from(position) },
                Cell::number(thousands(row.effects)),
                Cell::number(row.unsettled.to_string()),
                Cell::number(row.record_age_ms.map(seconds).unwrap_or_default()),
            ]);
        }
        let mut lines = if self.shards.is_empty() { Vec::new() } else { table.lines() };
        if self.finished_shards > 0 {
            let word = if self.finished_shards == 1 { "shard is" } else { "shards are" };
            lines.push(format!("   {}", paint(DIM, &format!("{} {word} finished", self.finished_shards))));
        }
        lines
    }

    /// The time of the story.
    pub(crate) fn clock(&self) -> String {
        clock(self.at_ms)
    }
}

impl Row {
    fn of(shard: &ShardReport, ledger: &Ledger, lineage: &Lineage<StreamSimulator>) -> Self {
        let Name { name, parent, .. } = lineage.of(&shard.id);
        let state = shard.health.state;
        Self {
            shard: name,
            parent,
            state: state.as_str(),
            position: shard.health.settled.map(|number| number.to_string()),
            effects: ledger.effects_of(&shard.id),
            unsettled: shard.health.unsettled_records,
            record_age_ms: shard.record_age.filter(|_| state != ShardState::Waiting).map(|age| age.as_millis()),
            style: match state {
                ShardState::Reading => GOOD,
                ShardState::Waiting => DIM,
                ShardState::Gap => WRONG,
                _ => MODIFY,
            },
        }
    }
}

/// `00:09.0`: minutes, seconds and tenths.
pub(crate) fn clock(ms: u128) -> String {
    format!("{:02}:{:02}.{}", ms / 60_000, ms / 1_000 % 60, ms / 100 % 10)
}

fn seconds(ms: u128) -> String {
    format!("{}.{} s", ms / 1_000, ms / 100 % 10)
}

/// `1,234`.
pub(crate) fn thousands(number: u64) -> String {
    match number {
        0..1_000 => number.to_string(),
        _ => format!("{},{:03}", thousands(number / 1_000), number % 1_000),
    }
}

impl Scene for Frame {
    fn draw(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", self.line())?;
        for line in self.table() {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}

/// So long after the begin.
pub(crate) fn at(time: Duration) -> String {
    clock(time.as_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_are_for_people() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0, 9_040, 61_999].map(clock), ["00:00.0", "00:09.0", "01:01.9"]);
        assert_eq!([50, 2_340].map(seconds), ["0.0 s", "2.3 s"]);
    }
}
