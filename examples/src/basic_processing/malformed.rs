//! A record that cannot be decoded, and its neighbours.

use crate::change::item;
use async_trait::async_trait;
use dynacdc_examples::{Cell, Check, DIM, Failure, GOOD, MODIFY, Scene, Screen, Table, WIDTH, WRONG, paint, wrap};
use dynacdc_record::{ChangeRecord, EventName, Malformed, encode_event};
use dynacdc_sink::{Lane, SinkError, sink_fn};
use dynacdc_source::{DeliveryError, MalformedStore, OnMalformed, ReplayError, replay};
use serde::Serialize;
use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

const RECORDS: usize = 4;
/// Which of them is broken.
const BROKEN: usize = 1;
const MONEY: &str = "total";

/// A list that a sink or store fills.
#[derive(Debug)]
struct Kept<T>(Arc<Mutex<Vec<T>>>);

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Kept<T> {
    fn new() -> Self {
        Self(Arc::default())
    }

    fn push(&self, value: T) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(value);
    }

    fn take(&self) -> Vec<T> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A store that keeps what is parked in memory; a real one writes it where it stays.
#[async_trait]
impl MalformedStore for Kept<Malformed> {
    async fn park(&self, _lane: &Lane, record: &Malformed) -> Result<(), SinkError> {
        self.push(record.clone());
        Ok(())
    }
}

/// What one replay came to.
#[derive(Debug, Default, Serialize)]
struct Replayed {
    delivered: usize,
    parked: usize,
    /// What it stopped at.
    stopped_by: Option<String>,
}

impl Replayed {
    fn text(&self) -> String {
        let end = if self.stopped_by.is_some() { "stopped" } else { "went on" };
        format!("{} delivered, {} parked, {end}", self.delivered, self.parked)
    }
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "malformed")]
struct Scenes {
    records: usize,
    broken: usize,
    stop: Replayed,
    park: Replayed,
    parked_bytes: usize,
    #[serde(skip)]
    items: Vec<String>,
}

impl Scene for Scenes {
    fn draw(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut table = Table::new(["record", "item", "OnMalformed::Stop", "OnMalformed::Park"]);
        for (at, item) in self.items.iter().enumerate() {
            let fate = |replayed: &Replayed| match (at == self.broken, replayed.stopped_by.is_some()) {
                (true, true) => Cell::styled(WRONG, "stopped here"),
                (true, false) => Cell::styled(MODIFY, "parked"),
                (false, true) if at > self.broken => Cell::styled(DIM, "not reached"),
                (false, _) => Cell::styled(GOOD, "delivered"),
            };
            table.row([at.to_string().into(), item.as_str().into(), fate(&self.stop), fate(&self.park)]);
        }
        for line in table.lines() {
            writeln!(out, "{line}")?;
        }
        let error = self.stop.stopped_by.as_deref().unwrap_or_default();
        writeln!(out, "\n   {}", paint(DIM, "The error names the place and keeps the value to itself:"))?;
        for line in wrap(error, WIDTH - 3) {
            writeln!(out, "   {line}")?;
        }
        let kept = format!("The parked record is kept as it came, all {} bytes of it.", self.parked_bytes);
        writeln!(out, "   {}", paint(DIM, &kept))
    }
}

/// Records as a Lambda event, of which one has a number with a comma.
fn broken_event(records: &[&ChangeRecord]) -> Result<String, Failure> {
    let mut event: serde_json::Value = serde_json::from_str(&encode_event(records.iter().copied()))?;
    let number = event.pointer_mut(&format!("/Records/{BROKEN}/dynamodb/NewImage/{MONEY}/N"));
    let number = number.ok_or(Failure::Unexpected("too few records with an amount of money to record an event of"))?;
    *number = number.as_str().map(|text| format!("{},00", text.split('.').next().unwrap_or(text))).into();
    Ok(event.to_string())
}

async fn deliver(event: &str, rule: &OnMalformed) -> Result<(Replayed, Vec<ChangeRecord>), Failure> {
    let delivered = Kept::new();
    let sink = sink_fn("delivered", {
        let delivered = delivered.clone();
        move |record: ChangeRecord| {
            delivered.push(record);
            async { Ok::<_, SinkError>(()) }
        }
    });
    let outcome = replay(event.as_bytes(), &Lane::ordered(None, "recorded event"), rule, &sink).await;
    let delivered = delivered.take();
    let mut replayed = Replayed { delivered: delivered.len(), ..Replayed::default() };
    if let Err(error) = outcome {
        let ReplayError::Delivery { source, .. } = &error else { return Err(error.into()) };
        let DeliveryError::Malformed { record, .. } = &**source else { return Err(error.into()) };
        replayed.stopped_by = Some(format!("{}: {}", record.error().path(), record.error().kind()));
    }
    Ok((replayed, delivered))
}

pub(crate) async fn replay_broken(records: &[ChangeRecord], screen: &mut Screen) -> Result<Vec<Check>, Failure> {
    screen.section(
        "4  A malformed record, kept from its neighbours",
        "Four of the records are written down as a Lambda event, one of them with a comma in its total, and the event is \
         replayed: first so that it stops at such a record, then with a store that it is parked in.",
    )?;
    // Inserts, so that they are of different items.
    let is_new = |record: &&ChangeRecord| record.event_name() == EventName::Insert;
    let has_money = |record: &&ChangeRecord| record.new_image().is_some_and(|image| image.contains(MONEY));
    let chosen: Vec<&ChangeRecord> = records.iter().filter(is_new).filter(has_money).take(RECORDS).collect();
    let event = broken_event(&chosen)?;

    let (stop, before) = deliver(&event, &OnMalformed::Stop).await?;
    let store = Kept::<Malformed>::new();
    let (mut park, neighbours) = deliver(&event, &OnMalformed::park(store.clone())).await?;
    let parked = store.take();
    park.parked = parked.len();

    let same = |kept: &[ChangeRecord], expected: &[&ChangeRecord]| kept.iter().eq(expected.iter().copied());
    let others: Vec<&ChangeRecord> =
        chosen.iter().enumerate().filter(|(at, _)| *at != BROKEN).map(|(_, record)| *record).collect();
    let key_is_known = parked.iter().all(|parked| parked.key() == Some(&chosen[BROKEN].item_key()));
    let unchanged = same(&before, &chosen[..BROKEN]) && same(&neighbours, &others) && key_is_known;
    let neighbours = if unchanged { "unchanged" } else { "changed" };
    let checks = vec![
        Check::new("replay that stops", format!("{BROKEN} delivered, 0 parked, stopped"), stop.text()),
        Check::new("replay that parks", format!("{} delivered, 1 parked, went on", others.len()), park.text()),
        Check::new("neighbours in the replays", "unchanged", neighbours),
    ];
    screen.show(&Scenes {
        records: chosen.len(),
        broken: BROKEN,
        stop,
        park,
        parked_bytes: parked.iter().map(|parked| parked.raw().len()).sum(),
        items: chosen.iter().map(|record| item(&record.item_key().to_item())).collect(),
    })?;
    Ok(checks)
}
