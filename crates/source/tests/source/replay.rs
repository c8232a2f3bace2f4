//! Recorded events into a sink.

use crate::journal::Journal;
use crate::malformed::Parked;
use crate::target::Target;
use dynacdc_sink::{Class, Lane};
use dynacdc_source::{DeliveryError, OnMalformed, ReplayError, Replayed, replay};
use std::error::Error;
use std::io::{self, BufReader, Read};

fn record(number: u64) -> String {
    format!(
        r#"{{"eventID":"{number}","eventName":"INSERT","dynamodb":{{"Keys":{{"pk":{{"S":"{number}"}}}},"SequenceNumber":"{number}"}}}}"#
    )
}

fn malformed(number: u64) -> String {
    format!(
        r#"{{"eventID":"{number}","eventName":"INSERT","dynamodb":{{"Keys":{{"pk":{{}}}},"SequenceNumber":"{number}"}}}}"#
    )
}

fn event(records: &[String]) -> String {
    format!(r#"{{"Records":[{}]}}"#, records.join(","))
}

fn target() -> Target {
    Target::new(Journal::default())
}

async fn run(recording: &str, rule: &OnMalformed, target: &Target) -> Result<Replayed, ReplayError> {
    replay(recording.as_bytes(), &Lane::ordered(None, "recording"), rule, target).await
}

#[tokio::test(start_paused = true)]
async fn each_line_is_an_event_and_blank_lines_are_none() {
    let first = event(&[record(101), record(102)]);
    let recording = format!("\n{first}\r\n  \t \n\n{}\n{}", event(&[]), event(&[record(103)]));
    let target = target();

    let replayed = run(&recording, &OnMalformed::Stop, &target).await.unwrap();

    assert_eq!((replayed.events, replayed.records), (3, 3));
    assert_eq!(target.applied(), [101, 102, 103]);
    assert_eq!(run("\n", &OnMalformed::Stop, &target).await.unwrap(), Replayed::default());
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_no_event_is_named() {
    let recording = format!("{}\n\n{{\"Records\":[\n{}", event(&[record(101)]), event(&[record(102)]));
    let target = target();

    let error = run(&recording, &OnMalformed::Stop, &target).await.unwrap_err();

    assert_eq!(error.to_string(), "line 3 is no Lambda event");
    assert!(matches!(error, ReplayError::Event { line: 3, .. }));
    assert!(error.source().is_some());
    assert_eq!(target.applied(), [101]);
}

#[tokio::test(start_paused = true)]
async fn a_malformed_record_stops_behind_what_comes_before_it() {
    let second = event(&[record(102), malformed(103), record(104)]);
    let recording = format!("{}\n{second}\n", event(&[record(101)]));
    let target = target();

    let error = run(&recording, &OnMalformed::Stop, &target).await.unwrap_err();

    assert_eq!(error.to_string(), "line 2: delivery stopped");
    let ReplayError::Delivery { source, .. } = error else { panic!("{error:?}") };
    assert!(matches!(*source, DeliveryError::Malformed { record, .. } if record.event_id() == Some("103")));
    assert_eq!(target.applied(), [101, 102]);
}

#[tokio::test(start_paused = true)]
async fn a_parked_record_lets_its_neighbours_through() {
    let recording = event(&[malformed(101), record(102), malformed(103), record(104), malformed(105)]);
    let (target, parked) = (target(), Parked::default());
    parked.faults.lock().unwrap().extend([Class::Transient; 3]);

    let replayed = run(&recording, &OnMalformed::park(parked.clone()), &target).await.unwrap();

    assert_eq!((replayed.events, replayed.records), (1, 5));
    assert_eq!(target.applied(), [102, 104]);
    assert_eq!(parked.ids(), ["101", "103", "105"]);
}

#[tokio::test(start_paused = true)]
async fn a_transient_failure_is_tried_again_and_any_other_stops() {
    let recording = format!("{}\n{}", event(&[record(101), record(102)]), event(&[record(103)]));
    let transient = target();
    transient.fail(102, 4, Class::Transient);
    assert_eq!(run(&recording, &OnMalformed::Stop, &transient).await.unwrap().records, 3);
    assert_eq!(transient.applied(), [101, 102, 103]);

    for class in [Class::Poison, Class::Fatal] {
        let target = target();
        target.fail(102, usize::MAX, class);
        let error = run(&recording, &OnMalformed::Stop, &target).await.unwrap_err();
        assert!(matches!(error, ReplayError::Delivery { line: 1, .. }), "{error:?}");
        assert_eq!(target.applied(), [101]);

        // Once it is mended the whole file comes again: that is a redelivery.
        target.mend();
        assert_eq!(run(&recording, &OnMalformed::Stop, &target).await.unwrap().records, 3);
        assert_eq!(target.applied(), [101, 101, 102, 103]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_recording_that_cannot_be_read_is_told_with_the_line() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let target = target();
    let first = event(&[record(101)]) + "\n";
    let recording = BufReader::new(first.as_bytes().chain(Broken));

    let error = replay(recording, &Lane::ordered(None, "recording"), &OnMalformed::Stop, &target).await.unwrap_err();

    assert_eq!(error.to_string(), "line 2: the recording cannot be read");
    assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("the disk is gone"));
    assert_eq!(target.applied(), [101]);
}
