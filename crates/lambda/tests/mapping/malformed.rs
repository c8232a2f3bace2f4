//! A record that cannot be decoded.

use crate::{Applied, TIMEOUT, Tested, applying, deliver, numbers, outcomes, put, with};
use async_trait::async_trait;
use dynacdc_lambda::Function;
use dynacdc_record::{Malformed, SequenceNumber};
use dynacdc_sink::{Lane, MalformedStore, OnMalformed, SinkError};
use dynacdc_testkit::{EventSourceMapping, InvocationOutcome, StreamSimulator};
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<Option<String>>>>);

#[async_trait]
impl MalformedStore for Kept {
    async fn park(&self, _: &Lane, record: &Malformed) -> Result<(), SinkError> {
        let id = record.event_id().map(str::to_owned);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(id);
        Ok(())
    }
}

/// Items `0` and `1`, one that is malformed, and items `2` and `3`.
fn stream(number: bool) -> Result<(StreamSimulator, Option<SequenceNumber>), Box<dyn std::error::Error>> {
    // Of the numbers of the simulator none ends in this one's 21 digits before its next record does.
    let stream = with(2)?;
    let last = numbers(&stream)[1].as_str().parse::<u128>()? + 1;
    let number = number.then(|| SequenceNumber::parse(&last.to_string())).transpose()?;
    let member = number.map(|number| format!(r#","dynamodb":{{"SequenceNumber":"{number}"}}"#));
    let json = format!(r#"{{"eventID":"broken"{}}}"#, member.unwrap_or_default());
    stream.append_malformed(&stream.shards()[0], &json, number)?;
    put(&stream, 2)?;
    Ok((stream, number))
}

#[tokio::test(start_paused = true)]
async fn what_stands_before_it_is_settled_and_it_is_named() -> Tested {
    let ((stream, number), applied) = (stream(true)?, Applied::default());
    let function = Function::new(applying(&applied, |_| async { Ok(()) }));
    let mut mapping = EventSourceMapping::new(&stream).report_batch_item_failures().maximum_retry_attempts(1);

    let run = deliver(&mut mapping, &function, TIMEOUT).await;

    assert_eq!(run.settled(), &numbers(&stream)[..2]);
    assert_eq!(run.discarded()[0].records()[0], number);
    assert_eq!(applied.all(), ["0", "1"]);
    assert!(!outcomes(&run).contains(&InvocationOutcome::Threw));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn parked_it_stops_nothing() -> Tested {
    for number in [true, false] {
        let ((stream, number), applied, kept) = (stream(number)?, Applied::default(), Kept::default());
        let function =
            Function::new(applying(&applied, |_| async { Ok(()) })).with_on_malformed(OnMalformed::park(kept.clone()));
        let mut mapping = EventSourceMapping::new(&stream).report_batch_item_failures();

        let run = deliver(&mut mapping, &function, TIMEOUT).await;

        assert_eq!(outcomes(&run), [InvocationOutcome::Succeeded]);
        assert_eq!(applied.all(), ["0", "1", "2", "3"]);
        assert_eq!(run.settled().len(), 4 + usize::from(number.is_some()));
        assert_eq!(*kept.0.lock().unwrap_or_else(PoisonError::into_inner), [Some("broken".to_owned())]);
    }
    Ok(())
}

/// The answer cannot name it, so the function fails. A mapping that bisects then narrows it down to that one record.
#[tokio::test(start_paused = true)]
async fn without_a_number_it_fails_the_function_and_bisecting_saves_its_neighbours() -> Tested {
    for (bisect, lost) in [(false, 5), (true, 1)] {
        let ((stream, _), applied) = (stream(false)?, Applied::default());
        let function = Function::new(applying(&applied, |_| async { Ok(()) }));
        let mut mapping = EventSourceMapping::new(&stream).report_batch_item_failures().maximum_retry_attempts(1);
        if bisect {
            mapping = mapping.bisect_batch_on_function_error();
        }

        let run = deliver(&mut mapping, &function, TIMEOUT).await;

        assert!(outcomes(&run).contains(&InvocationOutcome::Threw));
        assert_eq!(run.discarded().iter().map(|given_up| given_up.records().len()).sum::<usize>(), lost);
        assert_eq!(run.settled().len(), 5 - lost);
    }
    Ok(())
}
