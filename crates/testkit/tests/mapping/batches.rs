//! How batches are cut.

use crate::{Seen, Tested, numbers, put, records, sizes, with};
use dynacdc_record::{encode_event, item};
use dynacdc_testkit::{EventSourceMapping, StartingPosition, StreamSimulator};
use std::time::Duration;

async fn ok(_: String) -> Result<&'static str, String> {
    Ok("")
}

#[tokio::test(start_paused = true)]
async fn a_batch_has_a_hundred_records_unless_set() -> Tested {
    assert_eq!(sizes(&EventSourceMapping::new(&with(250)?).run(ok).await), [100, 100, 50]);
    assert_eq!(sizes(&EventSourceMapping::new(&with(7)?).batch_size(3).run(ok).await), [3, 3, 1]);
    assert_eq!(sizes(&EventSourceMapping::new(&with(2)?).batch_size(0).run(ok).await), [1, 1]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_event_is_as_aws_writes_it() -> Tested {
    let stream = with(3)?;
    let events = std::cell::RefCell::new(Vec::new());

    EventSourceMapping::new(&stream)
        .run(async |event| {
            events.borrow_mut().push(event);
            Ok::<_, String>("")
        })
        .await;

    assert_eq!(*events.borrow(), [encode_event(&stream.written())]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_event_has_at_most_6_mb() -> Tested {
    let stream = StreamSimulator::new("orders")?;
    for n in 0..20 {
        stream.put(item! { "pk" => format!("{n}"), "text" => "x".repeat(390_000) })?;
    }
    let longest = std::cell::Cell::new(0);

    let run = EventSourceMapping::new(&stream)
        .run(async |event: String| {
            longest.set(longest.get().max(event.len()));
            Ok::<_, String>("")
        })
        .await;

    assert_eq!(sizes(&run), [16, 4]);
    assert!((5_800_000..=6 * 1024 * 1024).contains(&longest.get()), "{longest:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_batching_window_gathers_until_it_is_over_or_the_batch_is_full() -> Tested {
    let stream = with(1)?;
    let writer = stream.clone();
    tokio::spawn(async move {
        for n in 1..10 {
            tokio::time::sleep(Duration::from_secs(2)).await;
            writer.put(item! { "pk" => format!("{n}") }).expect("an item");
        }
    });
    let mut mapping = EventSourceMapping::new(&stream).batch_size(4).batching_window(Duration::from_secs(10));

    let run = mapping.run_until(ok, tokio::time::sleep(Duration::from_secs(60))).await;

    assert_eq!(sizes(&run), [4, 4, 2], "two full ones, and one whose time was over");
    let begun = |at: usize| (run.invocations()[at].begun() - run.invocations()[0].begun()).num_seconds();
    assert_eq!((begun(1), begun(2)), (8, 20));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn from_the_latest_only_what_comes_is_delivered() -> Tested {
    let stream = with(3)?;
    let mut mapping = EventSourceMapping::new(&stream).starting_position(StartingPosition::Latest);
    assert!(mapping.run(ok).await.invocations().is_empty());

    put(&stream, 3..5)?;
    let root = stream.shards()[0].clone();
    stream.split(&root, 2)?;
    put(&stream, 5..9)?;
    let run = mapping.run(ok).await;

    let mut settled = run.settled().to_vec();
    settled.sort_unstable();
    assert_eq!(settled, &numbers(&stream)[3..], "children are read from their beginning");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_run_goes_on_where_the_last_one_ended() -> Tested {
    let stream = with(2)?;
    let seen = Seen::default();
    let mut mapping = EventSourceMapping::new(&stream);
    let handler = async |event| {
        seen.note(&records(event));
        Ok::<_, String>("")
    };

    mapping.run(handler).await;
    put(&stream, 2..3)?;
    mapping.run(handler).await;

    assert_eq!(seen.all(), [vec!["0", "1"], vec!["2"]]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_stopped_leaves_what_was_not_settled() -> Tested {
    let stream = with(4)?;
    let mut mapping = EventSourceMapping::new(&stream).batch_size(2);

    let slow = async |_| {
        tokio::time::sleep(Duration::from_secs(10)).await;
        Ok::<_, String>("")
    };
    let first = mapping.run_until(slow, tokio::time::sleep(Duration::from_secs(5))).await;
    let second = mapping.run(ok).await;

    assert_eq!(first.settled(), &numbers(&stream)[..2], "what was running is waited for");
    assert_eq!(second.settled(), &numbers(&stream)[2..]);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn records_that_were_trimmed_unread_are_counted() -> Tested {
    let stream = with(2)?;
    let mut mapping = EventSourceMapping::new(&stream);
    mapping.run(ok).await;
    put(&stream, 2..6)?;
    stream.trim(&stream.shards()[0], 4)?;

    let run = mapping.run(ok).await;

    assert_eq!((run.trimmed(), run.settled().len()), (2, 2));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_malformed_record_is_delivered_as_it_stands() -> Tested {
    let stream = with(1)?;
    stream.append_malformed(&stream.shards()[0], r#"{"eventID":"bad"}"#, None)?;
    let found = std::cell::Cell::new(0);

    let run = EventSourceMapping::new(&stream)
        .run(async |event: String| {
            found.set(dynacdc_record::decode_event(event).map_err(|e| e.to_string())?.malformed().len());
            Ok::<_, String>("")
        })
        .await;

    assert_eq!(found.get(), 1);
    assert_eq!(run.invocations()[0].records(), [Some(numbers(&stream)[0]), None]);
    Ok(())
}
