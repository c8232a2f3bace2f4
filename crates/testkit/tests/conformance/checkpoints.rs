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
    let flaws: [(Flaw, &[&str]); 23] = [
        (Flaw::KnowsEveryStream, &["empty", "looking", "unknown_term"]),
        (Flaw::LosesSince, &["every_kind", "times", "replaced"]),
        (Flaw::LosesLast, &["every_kind", "numbers"]),
        (Flaw::CanonicalNumbers, &["numbers"]),
        (Flaw::SubLanesInAByte, &["sub_lanes"]),
        (Flaw::WholeFile, &["saved_at_once", "overtaken"]),
        (Flaw::ByTable, &["streams_apart", "first_beginning"]),
        (Flaw::LastBeginning, &["first_beginning"]),
        (Flaw::TermByOwner, &["terms", "terms_at_once"]),
        (Flaw::TermReadBefore, &["terms_at_once"]),
        (Flaw::FirstSaveUnfenced, &["terms_at_once", "zombie_first_save", "late_save", "late_forget"]),
        (Flaw::ForgetUnfenced, &["zombie_forget", "unknown_term"]),
        (Flaw::RepetitionFirst, &["zombie_repetition"]),
        (Flaw::FinishedUnfenced, &["zombie_finished"]),
        (Flaw::HigherTerms, &["unknown_term"]),
        (Flaw::FoundTooEarly, &["overtaken"]),
        (Flaw::LastWriterWins, &["late_save", "late_after_forget"]),
        (Flaw::CountsAsTexts, &["late_save", "late_forget"]),
        (Flaw::LateForget, &["late_forget"]),
        (Flaw::NoTrace, &["late_after_forget"]),
        (Flaw::RepetitionRefused, &["repetition"]),
        (Flaw::ForgetsNothing, &["durable", "shards_apart", "late_after_forget", "repetition", "forgotten"]),
        (Flaw::OnlyForward, &["replaced", "set_back"]),
    ];
    let mut failed = BTreeSet::new();
    for (flaw, expected) in flaws {
        let verdict = of(flaw).await;
        caught(&format!("{flaw:?}"), &verdict, expected);
        failed.extend(verdict.failed());
    }
    // These break nearly all that is tried, and among it what they are about.
    for (flaw, trial) in [
        (Flaw::Microseconds, "times"),
        (Flaw::FirstStays, "replaced"),
        (Flaw::OwnMemory, "durable"),
        (Flaw::OneCase, "shards_apart"),
        (Flaw::LoadTakesOver, "looking"),
        (Flaw::SaveUnfenced, "zombie_save"),
        (Flaw::CountsGoOn, "set_back"),
    ] {
        let verdict = of(flaw).await;
        assert!(verdict.failed().contains(&trial), "{flaw:?}: {verdict}");
        failed.insert(trial);
    }
    all_caught(&of(Flaw::None).await, &failed);
}
