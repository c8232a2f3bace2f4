use crate::Fallible;
use dynacdc_record::{ChangeRecord, EventName, SequenceNumber, item};
use dynacdc_sink::{
    Batch, FilterRecords, FilterRecordsLayer, Lane, Order, Outcome, Reason, RecordPattern, Redelivery, Report, Sink,
    SinkError, SinkExt, sink_fn,
};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

fn record(event_name: EventName, key: &str, number: usize) -> Fallible<ChangeRecord> {
    let sequence = SequenceNumber::parse(&number.to_string())?;
    Ok(ChangeRecord::builder(event_name, item! { "pk" => key }, sequence).build()?)
}

fn inserts() -> Fallible<RecordPattern> {
    Ok(RecordPattern::parse(r#"{"eventName":["INSERT"]}"#)?)
}

fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Skipped(Reason::Filtered) => "filtered".into(),
        Outcome::Applied => "applied".into(),
        Outcome::Failed(_) => "failed".into(),
        Outcome::Blocked { by } => format!("blocked by {by}"),
        other => format!("{other:?}"),
    }
}

fn words(batch: Batch<'_>, result: Result<Report, SinkError>) -> Vec<String> {
    Report::settle(batch, result).outcomes().iter().map(word).collect()
}

#[tokio::test]
async fn what_does_not_match_is_filtered_and_the_rest_keeps_its_place() -> Fallible {
    use EventName::{Insert, Modify};
    let bad = sink_fn("bad", |record: ChangeRecord| async move {
        if record.sequence_number().as_str() == "3" { Err(SinkError::poison("no")) } else { Ok(()) }
    });
    let sink = bad.filter_records(inserts()?);
    let records = [
        record(Modify, "a", 1)?,
        record(Insert, "a", 2)?,
        record(Insert, "b", 3)?,
        record(Modify, "b", 4)?,
        record(Insert, "c", 5)?,
        record(Insert, "b", 6)?,
    ];
    let lane = Lane::ordered(None, "shard-1");
    let batch = Batch::new(&lane, &records);

    let words = words(batch, sink.write(batch).await);

    // Record 4 is filtered, but it is behind a failed one of its key.
    assert_eq!(words, ["filtered", "applied", "failed", "blocked by 2", "applied", "blocked by 2"]);
    Ok(())
}

fn counting() -> (Arc<AtomicUsize>, impl Sink) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let sink = sink_fn("counting", move |_record| {
        counted.fetch_add(1, Ordering::Relaxed);
        async { Ok(()) }
    });
    (calls, sink.with_redelivery(Redelivery::Any))
}

#[tokio::test]
async fn nothing_is_sent_when_nothing_matches() -> Fallible {
    let (calls, sink) = counting();
    let sink: FilterRecords<_> = sink.layer(FilterRecordsLayer::new(inserts()?));
    let records = [record(EventName::Modify, "a", 1)?, record(EventName::Remove, "a", 2)?];
    let lane = Lane::ordered(None, "shard-1");

    for records in [&records[..], &[]] {
        let batch = Batch::new(&lane, records);
        let report = sink.write(batch).await?;
        assert_eq!((report.outcomes().len(), report.counts().applied), (records.len(), 0));
    }
    assert_eq!(calls.load(Ordering::Relaxed), 0);
    Ok(())
}

#[tokio::test]
async fn an_item_that_stops_matching_is_never_removed() -> Fallible {
    let (calls, sink) = counting();
    let open = RecordPattern::parse(r#"{"dynamodb":{"NewImage":{"state":{"S":["open"]}}}}"#)?;
    let sink = sink.filter_records(open);
    let change = |name, number| ChangeRecord::builder(name, item! { "pk" => "a" }, SequenceNumber::clone(number));
    let [first, second, third] = ["1", "2", "3"].map(SequenceNumber::parse);
    let records = [
        change(EventName::Insert, &first?).new_image(item! { "pk" => "a", "state" => "open" }).build()?,
        change(EventName::Modify, &second?).new_image(item! { "pk" => "a", "state" => "closed" }).build()?,
        change(EventName::Remove, &third?).old_image(item! { "pk" => "a", "state" => "closed" }).build()?,
    ];
    let lane = Lane::ordered(None, "shard-1");
    let batch = Batch::new(&lane, &records);

    assert_eq!(words(batch, sink.write(batch).await), ["applied", "filtered", "filtered"]);
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    Ok(())
}

#[test]
fn the_layer_says_of_itself_what_the_sink_says() -> Fallible {
    struct Chain;

    #[async_trait::async_trait]
    impl Sink for Chain {
        fn name(&self) -> &str {
            "chain"
        }
        fn order(&self) -> Order {
            Order::Lane
        }
        fn redelivery(&self) -> Redelivery {
            Redelivery::Any
        }
        async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
            Ok(Report::all(batch, Outcome::Applied))
        }
    }

    let sink = Chain.filter_records(inserts()?);

    assert_eq!((sink.name(), sink.order(), sink.redelivery()), ("chain", Order::Lane, Redelivery::Any));
    assert_eq!(sink.get_ref().name(), "chain");
    assert_eq!(sink.into_inner().name(), "chain");
    Ok(())
}

/// Shows every record as an insert.
struct Entering<S>(S);

#[async_trait::async_trait]
impl<S: Sink> Sink for Entering<S> {
    fn name(&self) -> &str {
        self.0.name()
    }
    async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
        let records: Vec<ChangeRecord> = batch.records().iter().map(ChangeRecord::entering).collect();
        self.0.write(Batch::new(batch.lane(), &records)).await
    }
}

#[tokio::test]
async fn under_a_layer_that_changes_records_it_sees_the_changed_ones() -> Fallible {
    let modifications = RecordPattern::parse(r#"{"eventName":["MODIFY"]}"#)?;
    let records = [record(EventName::Modify, "a", 1)?];
    let lane = Lane::ordered(None, "shard-1");
    let batch = Batch::new(&lane, &records);

    let right = Entering(counting().1).filter_records(modifications.clone());
    let wrong = Entering(counting().1.filter_records(modifications));

    assert_eq!(words(batch, right.write(batch).await), ["applied"]);
    assert_eq!(words(batch, wrong.write(batch).await), ["filtered"]);
    Ok(())
}
