use crate::{Seen, Tested, numbers, records, with};
use dynacdc_record::EventName;
use dynacdc_testkit::EventSourceMapping;

#[tokio::test(start_paused = true)]
async fn records_that_no_filter_takes_count_as_done() -> Tested {
    let stream = with(10)?;
    let seen = Seen::default();
    let mut mapping = EventSourceMapping::new(&stream)
        .batch_size(2)
        .filter(|record| crate::name(record) == "3")
        .filter(|record| ["5", "7"].contains(&crate::name(record).as_str()));
    let handler = async |event| {
        seen.note(&records(event));
        Ok::<_, String>("")
    };

    let run = mapping.run(handler).await;

    assert_eq!(seen.all(), [vec!["3", "5"], vec!["7"]], "a batch is filled from behind what was left out");
    assert_eq!((run.settled().len(), run.filtered().len()), (3, 7));
    let mut all: Vec<_> = run.settled().iter().chain(run.filtered()).copied().collect();
    all.sort_unstable();
    assert_eq!(all, numbers(&stream));
    assert!(mapping.run(handler).await.filtered().is_empty(), "they are not looked at again");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_function_whose_filter_takes_nothing_is_never_called() -> Tested {
    let stream = with(10)?;

    let run = EventSourceMapping::new(&stream)
        .filter(|record| record.event_name() == EventName::Remove)
        .run(async |_| Err::<&str, _>("it was called"))
        .await;

    assert!(run.invocations().is_empty());
    assert_eq!(run.filtered().len(), 10);
    Ok(())
}
