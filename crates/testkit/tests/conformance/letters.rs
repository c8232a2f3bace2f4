//! Stores of dead letters.

use crate::{
    Handles, accepted, all_caught, caught,
    wrong_letters::{Flaw, Wrong},
};
use dynacdc_sink::MemoryDeadLetters;
use dynacdc_testkit::conformance;
use std::{collections::BTreeSet, sync::Arc};

#[tokio::test(start_paused = true)]
async fn the_store_in_memory_is_accepted() {
    let verdict = conformance::dead_letter_store(|| {
        let store = MemoryDeadLetters::new();
        Handles(move || store.clone())
    });
    accepted(&verdict.await);
}

#[tokio::test(start_paused = true)]
async fn every_trial_catches_a_wrong_store() {
    let flaws: [(Flaw, &[&str]); 17] = [
        (Flaw::ParksBehindNothing, &["empty"]),
        (Flaw::DropsLane, &["whole"]),
        (Flaw::OriginOnly, &["view"]),
        (Flaw::RefusesLarge, &["large"]),
        (Flaw::OwnMemory, &["durable"]),
        (Flaw::LastTimesOnly, &["parked_again", "parked_behind_again"]),
        (Flaw::BehindIsOnlyFirst, &["parked_behind_again"]),
        (Flaw::LosesOneOfTwo, &["parked_at_once"]),
        (Flaw::UnparkKeepsGeneration, &["generation"]),
        (Flaw::RemovesAnything, &["removed"]),
        (Flaw::RemoveUnparks, &["unpark"]),
        (Flaw::DiscardDrops, &["discarded"]),
        (Flaw::AttemptsAsRevision, &["back_again"]),
        (Flaw::UnparksAnything, &["unpark"]),
        (Flaw::LooksThenUnparks, &["unpark_race"]),
        (Flaw::ByArrival, &["places"]),
        (Flaw::WholePages, &["pages"]),
    ];
    let mut failed = BTreeSet::new();
    for (flaw, expected) in flaws {
        let verdict = conformance::dead_letter_store(|| {
            let (store, hidden) = (MemoryDeadLetters::new(), Arc::default());
            Handles(move || {
                let store = if flaw == Flaw::OwnMemory { MemoryDeadLetters::new() } else { store.clone() };
                Wrong { flaw, store, hidden: Arc::clone(&hidden) }
            })
        })
        .await;
        failed.extend(verdict.failed());
        // A flaw may show in more places than its own.
        for name in expected {
            assert!(verdict.failed().contains(name), "{flaw:?}\n{verdict}");
        }
        caught(&format!("{flaw:?}"), &verdict, &verdict.failed());
        println!("{flaw:?}: {:?}", verdict.failed());
        if flaw == Flaw::WholePages {
            all_caught(&verdict, &failed);
        }
    }
}
