//! The table Orders as the example follows it: each write is made, and its record waited for and shown.

use crate::{
    change::{Change, headings, item},
    expectation::Expectation,
    replica::{Replica, by_key, same_items},
    stage::Stage,
    statuses::{Counter, Sum},
    tail::Tail,
    values::{digits, longest_number},
};
use dynacdc_examples::{Check, Failure, Screen};
use dynacdc_local::workload::{TABLE, Workload, Write};
use dynacdc_record::{ChangeRecord, SequenceNumber, StreamArn, StreamViewType};
use dynacdc_sink::{SinkExt, fan_out};
use dynacdc_source::{CheckpointStore, Polled, Progress, SdkStreams};

/// Few enough that one customer's order can be followed over the screen.
pub(crate) const CUSTOMERS: usize = 6;
const WRITES: usize = 36;

pub(crate) struct Orders {
    workload: Workload,
    stream: StreamArn,
    tail: Tail,
    counter: Counter,
    expectation: Expectation,
    replica: Replica,
    records: Vec<ChangeRecord>,
}

impl Orders {
    pub(crate) async fn create(stage: &mut Stage, workload: Workload) -> Result<Self, Failure> {
        let stream = stage.create(TABLE, StreamViewType::NewAndOldImages).await?;
        let api = SdkStreams::new(stage.db().streams().clone());
        let counter = Counter::default();
        let tail = Tail::start(api, stream.clone(), |screen| fan_out([screen.boxed(), counter.handler().boxed()]));
        let (expectation, replica) = (Expectation::default(), Replica::default());
        Ok(Self { workload, stream, tail, counter, expectation, replica, records: Vec::new() })
    }

    /// The writes of the workload, each beside its record.
    pub(crate) async fn write(&mut self, stage: &Stage, screen: &mut Screen) -> Result<(), Failure> {
        screen.section(
            "1  Writes, and the records that arrive for them",
            &format!(
                "{WRITES} writes go to the table {TABLE}, whose stream carries NEW_AND_OLD_IMAGES. A poller reads the \
                 stream and feeds two sinks at once: this screen, and a typed handler that counts orders by status. \
                 Items are named by customer and entry, sequence numbers by their last digits; times are UTC."
            ),
        )?;
        headings(screen)?;
        for _ in 0..WRITES {
            let Some(write) = self.workload.next() else { break };
            stage.move_clock_to(self.workload.now())?;
            self.step(stage, screen, &write).await?;
        }
        screen.show(&self.counter.now())?;
        if let Some((record, name, number)) = longest_number(&self.records) {
            let (item, digits) = (item(&record.item_key().to_item()), digits(number));
            screen.line("")?;
            screen.say(&format!("No digit is lost: the {name} of {item} came with its {digits} digits, {number}."))?;
        }
        Ok(())
    }

    /// One write, which must change something, and its record.
    pub(crate) async fn step(&mut self, stage: &Stage, screen: &mut Screen, write: &Write) -> Result<(), Failure> {
        self.expectation.write(write)?;
        stage.apply(TABLE, write).await?;
        self.arrive(screen, Some(write)).await
    }

    /// The next record, which `write` has caused, or DynamoDB itself.
    pub(crate) async fn arrive(&mut self, screen: &mut Screen, write: Option<&Write>) -> Result<(), Failure> {
        let arrival = self.tail.next().await?;
        self.replica.take(&arrival.record);
        screen.show(&Change::new(write, &arrival)?)?;
        self.records.push(arrival.record);
        Ok(())
    }

    /// What is expected of time to live at this time, in seconds since 1970: how many items it deletes.
    pub(crate) fn expire(&mut self, now: u64) -> usize {
        self.expectation.expire(now)
    }

    /// Every record so far.
    pub(crate) fn records(&self) -> &[ChangeRecord] {
        &self.records
    }

    /// Stops the poller and compares.
    pub(crate) async fn finish(self, stage: &Stage) -> Result<Vec<Check>, Failure> {
        let (polled, checkpoints) = self.tail.stop().await?;
        let stored = checkpoints.load(&self.stream).await.map_err(|error| Failure::request("the checkpoint", error))?;
        let stored = stored.into_iter().flat_map(|stored| stored.checkpoints);
        let progress: Vec<Progress> = stored.map(|(_, checkpoint)| checkpoint.progress).collect();
        let scanned = by_key(stage.scan(TABLE).await?)?;
        let (expected, got) = (self.expectation.tally(), self.replica.tally());
        let mut checks = vec![
            Check::new("records by event name", expected, got),
            Check::new("deletes", expected.removes(), got.removes()),
            settled(expected.all(), polled),
            checkpoint(self.records.last(), &progress),
            same_items("scan against all writes", self.expectation.items(), &scanned),
            same_items("scan against the fold", &scanned, self.replica.items()),
        ];
        for (status, got) in self.counter.now().iter() {
            let expected = Sum::of(status, scanned.values())?;
            if [&expected, &got].iter().any(|sum| **sum != Sum::default()) {
                checks.push(Check::new(format!("handler, {status} orders"), expected, got));
            }
        }
        Ok(checks)
    }
}

fn settled(expected: usize, polled: Polled) -> Check {
    Check::new("records the poller settled", expected, polled.records)
}

/// A restart goes on behind the last record that was shown.
fn checkpoint(last: Option<&ChangeRecord>, stored: &[Progress]) -> Check {
    let after = |stored: &Progress| match stored {
        Progress::After(number) => Some(*number),
        _ => None,
    };
    let text = |number: Option<SequenceNumber>| number.map_or_else(|| "none".to_owned(), |number| number.to_string());
    // Another server may have several shards: the one that is furthest counts.
    let furthest = stored.iter().filter_map(after).max();
    Check::new("checkpoint", text(last.map(ChangeRecord::sequence_number)), text(furthest))
}
