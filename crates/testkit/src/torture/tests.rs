use super::{Torture, TortureReport, torture};
use crate::{FaultRates, Faults, GROUP, Plan, Replay, Subject, subject};
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{Redelivery, SinkError, sink_fn};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

type Fallible = Result<(), Box<dyn std::error::Error + Send + Sync>>;
type Counts = BTreeMap<String, i64>;

/// Counts each delivery of a change, not each change.
fn counter(faults: &Faults) -> impl Subject<State = Counts> + use<> {
    let rows = Arc::new(Mutex::new(Counts::new()));
    let (target, faults) = (Arc::clone(&rows), faults.clone());
    let start = move || {
        let (rows, faults) = (Arc::clone(&target), faults.clone());
        let count = move |record: ChangeRecord| {
            let (rows, faults) = (Arc::clone(&rows), faults.clone());
            async move {
                let count = move || async move {
                    let mut rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
                    for (image, by) in [(record.old_image(), -1), (record.new_image(), 1)] {
                        let group = image.and_then(|image| image.get(GROUP)?.as_str());
                        *rows.entry(group.unwrap_or_default().to_owned()).or_default() += by;
                    }
                };
                faults.call("count", count).await
            }
        };
        sink_fn("counter", count).with_redelivery(Redelivery::Any)
    };
    subject(start, move || {
        let mut counts = rows.lock().unwrap_or_else(PoisonError::into_inner).clone();
        counts.retain(|group, count| *count != 0 && !group.is_empty());
        counts
    })
}

fn play(settings: &Torture) -> TortureReport {
    settings.run(counter, |history| history.totals().into_iter().map(|(group, total)| (group, total.items)).collect())
}

#[test]
fn a_failure_is_made_smaller_and_plays_again() -> Fallible {
    let whole = play(&torture("counter").histories(20).without_shrinking()).first_failure.ok_or("it diverges")?;
    let small = play(&torture("counter").histories(20)).first_failure.ok_or("it diverges")?;

    assert_eq!(whole.replay.to_string(), whole.replay.seed.to_string());
    assert_eq!(small.replay.seed, whole.replay.seed);
    assert!(small.replay.records.is_some_and(|records| records <= 3), "{small}");
    assert!(small.timeline.len() < whole.timeline.len(), "{small}");
    assert!(small.command.ends_with("cargo test counter"), "{small}");
    let named: Replay = small.replay.to_string().parse()?;
    let again = play(&torture("counter").replay(named)).first_failure.ok_or("it diverges again")?;
    assert_eq!((again.reason, again.timeline), (small.reason, small.timeline));
    Ok(())
}

#[test]
fn a_panic_is_a_divergence() -> Fallible {
    let start = || {
        let lose = |_record: ChangeRecord| async { Err::<(), SinkError>(panics()) };
        sink_fn("panics", lose).with_redelivery(Redelivery::Any)
    };
    let report = torture("panics").histories(3).run(|_faults| subject(start, || 0), |_history| 0);

    assert_eq!(report.divergences, 3);
    assert!(report.first_failure.ok_or("it diverges")?.reason.contains("no luck"));
    Ok(())
}

fn panics() -> SinkError {
    panic!("no luck")
}

#[test]
fn nothing_diverges_without_faults_and_repetitions() {
    let plan = Plan::of(Redelivery::Continued).with_rewinds(0).with_twins(0).with_strays(0).with_takeovers(0);
    let calm = torture("counter").histories(50).level(Redelivery::Continued).faults(FaultRates::NONE).plan(plan);

    assert_eq!(play(&calm).divergences, 0);
}
