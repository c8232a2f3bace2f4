//! One function per line: what is wrong with the sink, if anything.

use super::{Make, target::Target};
use crate::scene::{lane, put, remove, words};
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{Batch, BoxSink, Class, Lane, Outcome, Redelivery, Report, Sink};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::Instant;

pub(crate) type Verdict = Result<(), String>;

fn given(make: Make) -> (Target, BoxSink) {
    let target = Target::default();
    (target.clone(), make(target))
}

/// Two items that change, and one that is deleted and never comes back.
fn history() -> Vec<ChangeRecord> {
    vec![put("b", 1, 10), put("a", 2, 20), put("c", 3, 30), put("a", 4, 40), remove("c", 5), put("b", 6, 60)]
}

async fn write_on(lane: &Lane, sink: &dyn Sink, records: &[ChangeRecord]) -> Report {
    let batch = Batch::new(lane, records);
    Report::settle(batch, sink.write(batch).await)
}

async fn write(sink: &dyn Sink, records: &[ChangeRecord]) -> Report {
    write_on(&lane(), sink, records).await
}

fn all_settled(report: &Report) -> Verdict {
    if report.is_settled() { Ok(()) } else { Err(format!("not settled: {:?}", words(report.outcomes()))) }
}

fn ends_right(target: &Target, when: &str) -> Verdict {
    let expected = BTreeMap::from([("a".to_owned(), 40), ("b".to_owned(), 60)]);
    let rows = target.rows();
    if rows == expected { Ok(()) } else { Err(format!("{when}: {rows:?}")) }
}

pub(crate) async fn applied_is_durable(make: Make) -> Verdict {
    let (target, sink) = given(make);
    let records = history();
    all_settled(&write(&sink, &records).await)?;
    ends_right(&target, "on return")?;

    let (target, sink) = given(make);
    target.fail([(1, Class::Poison)]);
    let told = words(write(&sink, &records[..3]).await.outcomes());
    if told == ["poison", "applied", "applied"] { Ok(()) } else { Err(format!("the first one failed: {told:?}")) }
}

pub(crate) async fn an_empty_batch_does_nothing(make: Make) -> Verdict {
    let (target, sink) = given(make);
    let report = write(&sink, &[]).await;
    match (target.calls(), report.outcomes().len()) {
        (0, 0) => Ok(()),
        other => Err(format!("calls and outcomes: {other:?}")),
    }
}

pub(crate) async fn a_failure_is_made_up_for(make: Make) -> Verdict {
    let (target, sink) = given(make);
    let records = history();
    // The last word on its item, so that nothing later makes up for it.
    target.fail([(4, Class::Transient)]);
    let first = write(&sink, &records).await;
    if first.settled_prefix() != 3 {
        return Err(format!("the fourth one failed: {:?}", words(first.outcomes())));
    }
    target.fail([]);
    all_settled(&write(&sink, &records[3..]).await)?;
    ends_right(&target, "after the failed record was delivered again")
}

pub(crate) async fn continued_redelivery(make: Make) -> Verdict {
    let records = history();
    let twins: Vec<ChangeRecord> = records.iter().flat_map(|record| [record.clone(), record.clone()]).collect();
    let deliveries: [&[&[ChangeRecord]]; 4] = [
        &[&records, &records],
        &[&records, &records[2..]],
        &[&records[..4], &records[1..3], &records[3..], &records[5..]],
        &[&twins],
    ];
    for (at, delivery) in deliveries.into_iter().enumerate() {
        let (target, sink) = given(make);
        for batch in delivery {
            all_settled(&write(&sink, batch).await)?;
        }
        ends_right(&target, &format!("delivery {at}"))?;
    }
    Ok(())
}

pub(crate) async fn unordered_is_refused_or_stood(make: Make) -> Verdict {
    let (target, sink) = given(make);
    let report = write_on(&Lane::unordered(None), &sink, &history()).await;
    let classes: Vec<Class> = report.outcomes().iter().filter_map(Outcome::error).map(|error| error.class()).collect();
    match sink.redelivery() {
        Redelivery::Any => all_settled(&report),
        Redelivery::Continued if target.calls() == 0 && classes.first() == Some(&Class::Fatal) => Ok(()),
        Redelivery::Continued => Err(format!("{} calls, {classes:?}", target.calls())),
    }
}

pub(crate) async fn stale_never_wins(make: Make) -> Verdict {
    let (target, sink) = given(make);
    if sink.redelivery() < Redelivery::Any {
        return Ok(());
    }
    let records = history();
    all_settled(&write(&sink, &records).await)?;
    for old in records.iter().rev() {
        all_settled(&write_on(&Lane::unordered(None), &sink, std::slice::from_ref(old)).await)?;
        ends_right(&target, "after one old record")?;
    }
    Ok(())
}

pub(crate) async fn lanes_at_once(make: Make) -> Verdict {
    let (_, sink) = given(make);
    let lanes = [Lane::ordered(None, "shard-1"), Lane::ordered(None, "shard-2")];
    let begun = Instant::now();
    let (first, second) = ([put("a", 1, 10)], [put("b", 1, 10)]);
    let (one, two) = tokio::join!(write_on(&lanes[0], &sink, &first), write_on(&lanes[1], &sink, &second));
    all_settled(&one)?;
    all_settled(&two)?;
    // Each call takes a second.
    if begun.elapsed() < Duration::from_secs(2) { Ok(()) } else { Err(format!("took {:?}", begun.elapsed())) }
}

pub(crate) async fn a_dropped_write_is_repaired(make: Make) -> Verdict {
    let records = history();
    for millis in [0, 500, 1_500, 2_500] {
        let (target, sink) = given(make);
        let dropped = tokio::time::timeout(Duration::from_millis(millis), write(&sink, &records)).await;
        if dropped.is_ok() {
            return Err(format!("done within {millis} ms, so nothing was dropped"));
        }
        all_settled(&write(&sink, &records).await)?;
        ends_right(&target, &format!("after a drop at {millis} ms"))?;
    }
    Ok(())
}

pub(crate) async fn nobody_is_blamed(make: Make) -> Verdict {
    let (target, sink) = given(make);
    target.refuse();
    let records = [put("a", 1, 10), put("b", 2, 20), put("c", 3, 30), put("d", 4, 40)];
    let report = write(&sink, &records).await;
    // Whoever sends one record in a call knows which one was refused.
    let one_each = target.calls() == records.len() as u64;
    let blamed = report.outcomes().iter().filter_map(Outcome::error).filter(|error| !error.is_unattributed()).count();
    if one_each || blamed == 0 { Ok(()) } else { Err(format!("{blamed} blamed for {} calls", target.calls())) }
}

pub(crate) async fn the_deadline_is_kept(make: Make) -> Verdict {
    let lane = lane();
    let records = history();
    for (seconds, settled) in [(0, 0..1), (1, 1..3), (2, 2..5)] {
        let (target, sink) = given(make);
        let deadline = Instant::now() + Duration::from_secs(seconds);
        let batch = Batch::new(&lane, &records).with_deadline(deadline);
        let report = Report::settle(batch, sink.write(batch).await);
        let prefix = report.settled_prefix();
        if target.calls() != seconds || !settled.contains(&prefix) {
            return Err(format!("{} calls begun in {seconds} s, {prefix} settled", target.calls()));
        }
    }
    Ok(())
}
