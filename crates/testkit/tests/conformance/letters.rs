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
        (Flaw::ParksBehindNothing, &["empty", "whole", "durable", "parked_behind_again", "unpark", "unpark_race"]),
        (Flaw::DropsLane, &["whole", "view", "large", "discarded"]),
        (Flaw::OriginOnly, &["view", "places"]),
        (Flaw::RefusesLarge, &["large"]),
        (Flaw::OwnMemory, &["durable", "parked_at_once", "discarded"]),
        (Flaw::LastTimesOnly, &["parked_again", "parked_behind_again"]),
        (Flaw::BehindIsOnlyFirst, &["parked_behind_again"]),
        (Flaw::LosesOneOfTwo, &["parked_at_once"]),
        (Flaw::UnparkKeepsGeneration, &["generation"]),
        (Flaw::RemovesAnything, &["removed", "discarded", "back_again"]),
        (Flaw::RemoveUnparks, &["unpark"]),
        (Flaw::DiscardDrops, &["discarded"]),
        (Flaw::AttemptsAsRevision, &["back_again"]),
        (Flaw::UnparksAnything, &["unpark", "unpark_race"]),
        (Flaw::LooksThenUnparks, &["unpark_race"]),
        (Flaw::ByArrival, &["removed", "discarded", "places"]),
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
        caught(&format!("{flaw:?}"), &verdict, expected);
        if flaw == Flaw::WholePages {
            all_caught(&verdict, &failed);
        }
    }
}
