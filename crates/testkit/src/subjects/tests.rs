use super::*;
use crate::{Fault, FaultRates, Faults, History, Running, Scenario, Subject, Torture, TortureReport, torture};
use async_trait::async_trait;
use dynacdc_record::{Item, ItemKey};
use dynacdc_sink::{BoxSink, Each, Redelivery, SinkError, SinkExt};
use std::collections::{BTreeMap, BTreeSet};

type Fallible = Result<(), Box<crate::Failure>>;

/// A sink over a backend, and what of it is compared.
struct Bare<T> {
    backend: Backend,
    sink: fn(&Backend) -> BoxSink,
    state: fn(&Backend) -> T,
}

#[async_trait]
impl<T: PartialEq + std::fmt::Debug + Send> Subject for Bare<T> {
    type State = T;

    async fn start(&self, _: u32) -> Result<Running, SinkError> {
        Ok(Running::new((self.sink)(&self.backend)))
    }

    async fn state(&self) -> Result<T, SinkError> {
        Ok((self.state)(&self.backend))
    }
}

fn play<T: PartialEq + std::fmt::Debug + Send>(
    torture: Torture,
    sink: fn(&Backend) -> BoxSink,
    state: fn(&Backend) -> T,
    reference: fn(&History) -> T,
) -> TortureReport {
    torture.run(|faults| Bare { backend: Backend::new(faults), sink, state }, reference)
}

fn items(backend: &Backend) -> BTreeMap<ItemKey, Item> {
    backend.items("copy")
}

#[test]
fn a_fenced_replica_stands_everything() -> Fallible {
    let fenced = |backend: &Backend| Replica::fenced(backend, "copy").boxed();
    let poison = Scenario::new().with_poison(80);
    play(torture("a_fenced_replica").scenario(poison.clone()), fenced, items, History::live).verdict()?;
    play(torture("a_fenced_replica").scenario(poison.unordered()), fenced, items, History::live).verdict()?;
    let folding = |backend: &Backend| Replica::fenced(backend, "copy").folding().boxed();
    play(torture("a_fenced_replica"), folding, items, History::live).verdict()
}

#[test]
fn an_unfenced_replica_stands_its_level_and_no_more() -> Fallible {
    let unfenced = |backend: &Backend| Replica::unfenced(backend, "copy").boxed();
    let continued = || torture("an_unfenced_replica").level(Redelivery::Continued);
    play(continued(), unfenced, items, History::live).verdict()?;

    let held = continued().faults(FaultRates::ALL);
    let any = torture("an_unfenced_replica").faults(FaultRates::DIES_WITH_CALLER);
    let unordered = continued().scenario(Scenario::new().unordered());
    for wrong in [held, any, unordered] {
        assert!(play(wrong.clone(), unfenced, items, History::live).divergences > 5, "{wrong:?}");
    }
    Ok(())
}

#[test]
fn totals_are_right_by_contribution_and_by_mark() -> Fallible {
    let contributed = |backend: &Backend| Each::new(ContributedTotals::new(backend)).with_concurrency(4).boxed();
    play(torture("totals"), contributed, Backend::totals, History::totals).verdict()?;
    let unordered = torture("totals").scenario(Scenario::new().unordered().with_poison(80));
    play(unordered, contributed, Backend::totals, History::totals).verdict()?;

    let marked = |backend: &Backend| MarkedTotals::new(backend).boxed();
    let poison = Scenario::new().with_poison(80);
    play(torture("totals").scenario(poison.clone()), marked, Backend::marked_totals, History::totals).verdict()?;
    let keys = |backend: &Backend| MarkedTotals::new(backend).blocking_keys_only().boxed();
    let wrong = torture("totals").scenario(poison);
    assert!(play(wrong, keys, Backend::marked_totals, History::totals).divergences > 20);
    Ok(())
}

#[test]
fn a_mailer_by_itself_sends_everything_and_some_twice() -> Fallible {
    let mailer = |backend: &Backend| Each::new(Mailer::new(backend)).boxed();
    let sent = |backend: &Backend| backend.mails().into_keys().collect::<BTreeSet<Mail>>();
    let all = |history: &History| history.records().map(Mail::of).collect::<BTreeSet<Mail>>();
    play(torture("a_mailer"), mailer, sent, all).verdict()?;
    let once = |history: &History| history.records().map(|record| (Mail::of(record), 1)).collect();
    assert!(play(torture("a_mailer"), mailer, Backend::mails, once).divergences > 250);
    Ok(())
}

#[test]
fn each_kind_of_fault_happens() {
    let fenced = |backend: &Backend| Replica::fenced(backend, "copy").boxed();
    let report = play(torture("each_kind"), fenced, items, History::live);
    for fault in Fault::ALL {
        assert!(report.fired.of(fault) > 20, "{fault}: {report}");
    }
}

#[test]
fn the_same_seed_plays_the_same_history() {
    let unfenced = |backend: &Backend| Replica::unfenced(backend, "copy").boxed();
    let play = || play(torture("the_same_seed"), unfenced, items, History::live);
    let (one, other) = (play(), play());
    assert_eq!((one.divergences, one.batches, one.fired), (other.divergences, other.batches, other.fired));
    let text = |report: TortureReport| report.first_failure.map(|failure| failure.to_string());
    let (one, other) = (text(one), text(other));
    assert!(one.is_some() && one == other, "{one:?}\n{other:?}");
    let _ = Faults::none();
}
