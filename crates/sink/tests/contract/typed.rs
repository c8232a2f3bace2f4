//! Items as values of a type.

use crate::scene::{lane, on_paused_clock, put, remove, words};
use dynacdc_record::{ChangeRecord, EventName, SequenceNumber, StreamViewType, item};
use dynacdc_sink::{Batch, Class, Done, Each, Reason, Report, Sink, SinkError, Typed, typed};
use std::sync::{Arc, Mutex};

#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
struct Row {
    pk: String,
    v: i32,
}

type Seen = Arc<Mutex<Vec<String>>>;

fn note(seen: &Seen, text: String) -> impl Future<Output = Result<(), SinkError>> + use<> {
    let seen = Arc::clone(seen);
    async move {
        seen.lock().unwrap().push(text);
        Ok(())
    }
}

fn router(seen: &Seen) -> Each<Typed<Row>> {
    let [inserts, changes, removals] = [(); 3].map(|()| Arc::clone(seen));
    typed::<Row>("rows")
        .on_insert(move |new, record| note(&inserts, format!("{} new {} {}", record.event_name(), new.pk, new.v)))
        .on_modify(move |old, new, _| note(&changes, format!("{} from {} to {}", new.pk, old.v, new.v)))
        .on_remove(move |old, _| note(&removals, format!("{} gone", old.pk)))
}

fn insert(view: StreamViewType, image: Option<dynacdc_record::Item>) -> ChangeRecord {
    let sequence = SequenceNumber::parse("1").unwrap();
    let record = ChangeRecord::builder(EventName::Insert, item! { "pk" => "a" }, sequence).view_type(view);
    match image {
        Some(image) => record.new_image(image),
        None => record,
    }
    .build()
    .unwrap()
}

fn write(sink: &impl Sink, records: &[ChangeRecord]) -> Report {
    let lane = lane();
    on_paused_clock(async { sink.write(Batch::new(&lane, records)).await.unwrap() })
}

#[test]
fn each_kind_of_change_goes_to_its_closure() {
    let seen = Seen::default();
    let records = [put("a", 1, 5).entering(), put("a", 2, 7), remove("a", 3)];

    let report = write(&router(&seen), &records);

    assert!(report.is_settled());
    assert_eq!(*seen.lock().unwrap(), ["INSERT new a 5", "a from 6 to 7", "a gone"]);
}

#[test]
fn a_change_without_a_closure_is_skipped_unread() {
    let sink = typed::<Row>("rows").on_remove(|_, _| async { Ok(Done::Skipped(Reason::Stale)) });
    let unreadable = insert(StreamViewType::NewImage, Some(item! { "pk" => "a" }));

    let report = write(&sink, &[unreadable, remove("b", 2)]);

    assert_eq!(words(report.outcomes()), ["filtered", "stale"]);
}

#[test]
fn what_does_not_read_is_poison_and_names_the_attribute() {
    let seen = Seen::default();
    let unreadable = insert(StreamViewType::NewImage, Some(item! { "pk" => "a", "v" => "secret" }));

    let report = write(&router(&seen), &[unreadable, put("b", 2, 7)]);

    let (at, error) = report.first_unsettled().unwrap();
    assert_eq!((at, error.class(), error.is_unattributed()), (0, Class::Poison, false));
    assert_eq!(error.context(), "NewImage does not read as the asked type at `v`");
    assert!(!format!("{error:?}").contains("secret"));
    assert_eq!(*seen.lock().unwrap(), ["b from 6 to 7"]);
}

#[test]
fn an_image_that_the_stream_does_not_carry_is_fatal() {
    let report = write(&router(&Seen::default()), &[insert(StreamViewType::KeysOnly, None)]);

    assert_eq!(words(report.outcomes()), ["fatal"]);
}

#[test]
fn settings_stay_while_closures_are_set() {
    let sink = typed::<Row>("rows")
        .with_redelivery(dynacdc_sink::Redelivery::Any)
        .on_insert(|_, _| async { Ok(()) })
        .on_remove(|_, _| async { Err::<(), _>(SinkError::poison("never")) });

    assert_eq!((sink.name(), sink.redelivery()), ("rows", dynacdc_sink::Redelivery::Any));
    assert_eq!(words(write(&sink, &[remove("a", 1)]).outcomes()), ["poison"]);
    let told = format!("{sink:?}");
    assert!(told.contains("insert: true") && told.contains("modify: false"), "{told}");
}
