//! Stores of dead letters.

use crate::{
    Handles, accepted, all_caught, caught,
    wrong_letters::{Flaw, Wrong},
};
use async_trait::async_trait;
use dynacdc_sink::{FileDeadLetters, MemoryDeadLetters};
use dynacdc_testkit::{
    Faults, FaultyDeadLetters,
    conformance::{self, Opened, StoreFixture},
};
use std::{
    collections::BTreeSet,
    sync::{Arc, Weak},
};
use tempfile::TempDir;
use tokio::sync::Mutex;

/// A file that one process has open at a time: handles are of that process, and when the last is dropped it has ended.
struct InFile {
    folder: TempDir,
    process: Mutex<Weak<FileDeadLetters>>,
}

#[async_trait]
impl StoreFixture for InFile {
    type Store = Arc<FileDeadLetters>;

    async fn open(&self) -> Opened<Arc<FileDeadLetters>> {
        let mut process = self.process.lock().await;
        if let Some(store) = process.upgrade() {
            return Ok(store);
        }
        let store = Arc::new(FileDeadLetters::open(self.folder.path().join("letters")).await?);
        *process = Arc::downgrade(&store);
        Ok(store)
    }
}

#[tokio::test]
async fn the_store_in_a_file_is_accepted() {
    let verdict =
        conformance::dead_letter_store(|| InFile { folder: TempDir::new().unwrap(), process: Mutex::default() });
    accepted(&verdict.await);
}

#[tokio::test(start_paused = true)]
async fn the_store_in_memory_is_accepted() {
    let verdict = conformance::dead_letter_store(|| {
        let store = MemoryDeadLetters::new();
        Handles(move || store.clone())
    });
    accepted(&verdict.await);

    let verdict = conformance::dead_letter_store(|| {
        let store = FaultyDeadLetters::new(MemoryDeadLetters::new(), &Faults::none());
        Handles(move || store.clone())
    });
    accepted(&verdict.await);
}

#[tokio::test(start_paused = true)]
async fn every_trial_catches_a_wrong_store() {
    let flaws: [(Flaw, &[&str]); 19] = [
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
        (Flaw::BehindIsNoFailure, &["parked_behind_again"]),
        (Flaw::NothingIsNothing, &["pages"]),
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
