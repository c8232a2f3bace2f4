//! Records that cannot be decoded.

use crate::scene::{Scene, arn};
use crate::script::Entry::{self, Malformed, Nameless, Record};
use async_trait::async_trait;
use dynacdc_sink::{Class, Lane, SinkError};
use dynacdc_source::{DeliveryError, MalformedStore, OnMalformed, PollError};
use std::sync::{Arc, Mutex};

/// Keeps what is parked, after so many failures.
#[derive(Clone, Default)]
pub(crate) struct Parked {
    pub(crate) kept: Arc<Mutex<Vec<(Lane, String)>>>,
    pub(crate) faults: Arc<Mutex<Vec<Class>>>,
}

impl Parked {
    pub(crate) fn ids(&self) -> Vec<String> {
        self.kept.lock().unwrap().iter().map(|(_, id)| id.clone()).collect()
    }
}

#[async_trait]
impl MalformedStore for Parked {
    async fn park(&self, lane: &Lane, record: &dynacdc_record::Malformed) -> Result<(), SinkError> {
        if let Some(class) = self.faults.lock().unwrap().pop() {
            return Err(SinkError::new(class, "the store fails"));
        }
        let id = record.event_id().unwrap_or_default().to_owned();
        self.kept.lock().unwrap().push((lane.clone(), id));
        Ok(())
    }
}

const ENTRIES: [Entry; 7] =
    [Malformed(101), Record(102, 0), Record(103, 0), Malformed(104), Malformed(105), Record(106, 0), Malformed(107)];

fn scene(entries: &[Entry]) -> Scene {
    let scene = Scene::new();
    scene.script.shard("a", None).put("a", entries.iter().copied()).end("a").disable();
    scene
}

#[tokio::test(start_paused = true)]
async fn everything_before_a_malformed_record_is_delivered_and_then_it_stops() {
    let scene = scene(&ENTRIES[1..]);

    let error = scene.start().end().await.unwrap_err();

    let PollError::Delivery { shard, source } = error else { panic!("{error:?}") };
    assert!(source.to_string().contains("a record could not be decoded: "), "{source}");
    let DeliveryError::Malformed { lane, record } = *source else { panic!("{source:?}") };
    assert_eq!((shard.as_str(), lane.shard(), lane.stream()), ("a", Some(&shard), Some(&arn())));
    assert_eq!(record.sequence_number().map(|number| number.to_string()).as_deref(), Some("104"));
    assert_eq!(scene.target.applied(), [102, 103]);
    assert_eq!(scene.stored().await["a"], "103");
}

#[tokio::test(start_paused = true)]
async fn a_malformed_record_at_the_start_stops_before_anything() {
    let scene = scene(&ENTRIES);

    assert!(scene.start().end().await.is_err());

    assert_eq!(scene.journal.count("write"), 0);
    assert!(scene.stored().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn parked_records_count_as_settled_and_the_others_stay_in_order() {
    for page_size in [1, 2, 3, 7, 1000] {
        let scene = scene(&ENTRIES);
        let parked = Parked::default();
        let rule = OnMalformed::park(parked.clone());

        let polled = scene.start_as(scene.builder().on_malformed(rule).page_size(page_size)).end().await.unwrap();

        assert_eq!((polled.records, polled.ended), (7, true), "pages of {page_size}");
        assert_eq!(scene.target.applied(), [102, 103, 106]);
        assert_eq!(parked.ids(), ["101", "104", "105", "107"]);
        let lanes = parked.kept.lock().unwrap();
        assert!(lanes.iter().all(|(lane, _)| *lane == Lane::ordered(arn(), "a")));
        assert_eq!(scene.journal.of("saved").last().map(String::as_str), Some("saved a finished"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_without_a_number_is_parked_and_moves_no_position() {
    let scene = scene(&[Record(101, 0), Nameless, Record(102, 0), Nameless]);
    let parked = Parked::default();

    let builder = scene.builder().on_malformed(OnMalformed::park(parked.clone()));
    let polled = scene.start_as(builder).end().await.unwrap();

    assert_eq!((polled.records, parked.ids().len()), (4, 2));
    let saved = scene.journal.of("saved");
    let positions = ["saved a 101", "saved a 102", "saved a finished"];
    assert!(saved.iter().all(|saved| positions.contains(&saved.as_str())), "{saved:?}");
    assert_eq!(scene.stored().await["a"], "finished");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_for_a_while_is_tried_again() {
    let scene = scene(&ENTRIES);
    let parked = Parked::default();
    parked.faults.lock().unwrap().extend([Class::Transient; 6]);

    let builder = scene.builder().on_malformed(OnMalformed::park(parked.clone()));
    let polled = scene.start_as(builder).end().await.unwrap();

    assert_eq!(polled.records, 7);
    assert_eq!(parked.ids(), ["101", "104", "105", "107"]);
    assert_eq!(scene.target.applied(), [102, 103, 106]);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_cannot_go_on_stops_the_poller() {
    for class in [Class::Fatal, Class::Poison] {
        let scene = scene(&ENTRIES[1..]);
        let parked = Parked::default();
        parked.faults.lock().unwrap().push(class);

        let builder = scene.builder().on_malformed(OnMalformed::park(parked.clone()));
        let error = scene.start_as(builder).end().await.unwrap_err();

        let PollError::Delivery { source, .. } = error else { panic!("{error:?}") };
        let DeliveryError::Fatal { sink, source, .. } = *source else { panic!("{source:?}") };
        assert_eq!((sink.as_str(), source.class()), ("malformed records", class));
        assert_eq!(scene.stored().await["a"], "103");
        assert!(parked.ids().is_empty());
    }
}
