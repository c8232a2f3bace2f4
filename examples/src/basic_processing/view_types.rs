//! The same changes under the four view types.

use crate::{stage::Stage, tail::Tail};
use dynacdc_examples::{Cell, Check, DIM, Failure, GOOD, Scene, Screen, Table, WIDTH, paint, wrap};
use dynacdc_local::workload::{PARTITION_KEY, SORT_KEY, TABLE, Write as TableWrite};
use dynacdc_record::{ChangeRecord, EventName, Number, StreamViewType, item};
use dynacdc_sink::SinkError;
use dynacdc_source::SdkStreams;
use serde::Serialize;
use std::io::{self, Write};

/// What the stream of one view type gave for the three changes.
#[derive(Debug, Serialize)]
struct Row {
    view_type: &'static str,
    records: Vec<Held>,
    /// Can a copy of the table be kept?
    copy: bool,
    /// Can a change be taken back?
    undo: bool,
    /// Can it be told what changed?
    diff: bool,
    /// What a handler that needs both images of the MODIFY is told.
    refusal: Option<Refusal>,
}

/// What one record holds beside the keys.
#[derive(Debug, Serialize)]
struct Held {
    event_name: &'static str,
    old_image: bool,
    new_image: bool,
    bytes: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Refusal {
    class: &'static str,
    error: String,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "view_types")]
struct ViewTypes {
    view_types: Vec<Row>,
}

impl Held {
    fn of(record: &ChangeRecord) -> Self {
        Self {
            event_name: record.event_name().as_str(),
            old_image: record.old_image().is_some(),
            new_image: record.new_image().is_some(),
            bytes: record.size_bytes(),
        }
    }

    fn text(&self) -> String {
        let images = match (self.old_image, self.new_image) {
            (false, false) => "keys",
            (true, false) => "keys+old",
            (false, true) => "keys+new",
            (true, true) => "keys+old+new",
        };
        self.bytes.map_or_else(|| images.to_owned(), |bytes| format!("{images} {bytes} B"))
    }
}

impl Row {
    fn of(view_type: StreamViewType, records: &[ChangeRecord]) -> Self {
        let is_gone = |record: &ChangeRecord| record.event_name() == EventName::Remove;
        let is_new = |record: &ChangeRecord| record.event_name() == EventName::Insert;
        let refused = records.iter().find(|record| record.event_name() == EventName::Modify).map(ChangeRecord::diff);
        let refusal = refused
            .and_then(Result::err)
            .map(|missing| Refusal { class: SinkError::from(missing).class().as_str(), error: missing.to_string() });
        Self {
            view_type: view_type.as_str(),
            records: records.iter().map(Held::of).collect(),
            copy: records.iter().all(|record| is_gone(record) || record.new_image().is_some()),
            undo: records.iter().all(|record| is_new(record) || record.old_image().is_some()),
            diff: records.iter().all(|record| record.diff().is_ok()),
            refusal,
        }
    }
}

impl Scene for ViewTypes {
    fn draw(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut table = Table::new(["view type", "INSERT", "MODIFY", "REMOVE", "copy", "undo", "diff, audit"]);
        for row in &self.view_types {
            let can = |can: bool| if can { Cell::styled(GOOD, "yes") } else { Cell::styled(DIM, "no") };
            let held = row.records.iter().map(|held| Cell::from(held.text()));
            let serves = [row.copy, row.undo, row.diff].map(can);
            table.row(std::iter::once(Cell::from(row.view_type)).chain(held).chain(serves));
        }
        for line in table.lines() {
            writeln!(out, "{line}")?;
        }
        writeln!(out, "\n   {}", paint(DIM, "What a handler is told that asks for the diff of the MODIFY:"))?;
        for row in &self.view_types {
            let told = match &row.refusal {
                Some(Refusal { class, error }) => format!("{class}: {error}"),
                None => "nothing: both images are there".to_owned(),
            };
            for (at, line) in wrap(&told, WIDTH - 24).iter().enumerate() {
                writeln!(out, "   {:18}  {line}", if at == 0 { row.view_type } else { "" })?;
            }
        }
        Ok(())
    }
}

/// What the API reference of `StreamSpecification` promises: old image, new image.
const fn promised(view_type: StreamViewType, event_name: &EventName) -> (bool, bool) {
    let (old, new) = match view_type {
        StreamViewType::KeysOnly => (false, false),
        StreamViewType::NewImage => (false, true),
        StreamViewType::OldImage => (true, false),
        StreamViewType::NewAndOldImages => (true, true),
    };
    match event_name {
        EventName::Insert => (false, new),
        EventName::Modify => (old, new),
        EventName::Remove => (old, false),
    }
}

fn three_changes() -> [TableWrite; 3] {
    let key = item! { PARTITION_KEY => "customer#0001", SORT_KEY => "order#00000001" };
    let mut order = key.clone();
    let total = Number::from(1_250);
    order.extend(item! { "status" => "pending", "currency" => "EUR", "total" => total });
    let set = item! { "status" => "shipped" };
    [
        TableWrite::Put(order),
        TableWrite::Update { key: key.clone(), set, remove: Vec::new() },
        TableWrite::Delete { key },
    ]
}

pub(crate) async fn compare(stage: &mut Stage, screen: &mut Screen) -> Result<Check, Failure> {
    screen.section(
        "2  The same three changes under the four view types",
        "What each record holds and its size in bytes, as the server counts it; and what a stream of this view type can \
         serve: keep a copy of the table, take a change back, tell what changed.",
    )?;
    let (mut view_types, mut right, mut all) = (Vec::new(), 0, 0);
    for view_type in StreamViewType::ALL {
        let records = records(stage, view_type).await?;
        let is_right = |record: &&ChangeRecord| {
            let images = (record.old_image().is_some(), record.new_image().is_some());
            images == promised(view_type, &record.event_name())
        };
        right += records.iter().filter(is_right).count();
        all += records.len();
        view_types.push(Row::of(view_type, &records));
    }
    screen.show(&ViewTypes { view_types })?;
    let text = |right| format!("{right} of {all} as documented");
    Ok(Check::new("images by view type", text(12), text(right)))
}

async fn records(stage: &mut Stage, view_type: StreamViewType) -> Result<Vec<ChangeRecord>, Failure> {
    let table = format!("{TABLE}-{view_type}");
    let stream = stage.create(&table, view_type).await?;
    let mut tail = Tail::start(SdkStreams::new(stage.db().streams().clone()), stream, |screen| screen);
    let mut records = Vec::new();
    for write in three_changes() {
        stage.apply(&table, &write).await?;
        records.push(tail.next().await?.record);
    }
    tail.stop().await?;
    Ok(records)
}
