//! Stores of checkpoints.

use crate::{Handles, accepted, all_caught, caught};
use async_trait::async_trait;
use dynacdc_record::{SequenceNumber, StreamArn};
use dynacdc_sink::ShardId;
use dynacdc_source::{Checkpoint, CheckpointError, CheckpointStore, MemoryCheckpoints};
use dynacdc_testkit::{Faults, FaultyCheckpoints, conformance};
use std::collections::BTreeSet;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    StartsFull,
    ForgetsFinished,
    CanonicalNumbers,
    OnlyForward,
    OwnMemory,
    WholeFile,
    OneCase,
    ByTable,
}

struct Wrong {
    flaw: Flaw,
    store: MemoryCheckpoints,
}

impl Wrong {
    fn stream(&self, stream: &StreamArn) -> StreamArn {
        let by_table = || StreamArn::parse(&format!("{}/stream/all", stream.table_arn())).unwrap();
        if self.flaw == Flaw::ByTable { by_table() } else { stream.clone() }
    }
}

#[async_trait]
impl CheckpointStore for Wrong {
    async fn load(&self, stream: &StreamArn) -> Result<Vec<(ShardId, Checkpoint)>, CheckpointError> {
        let mut found = self.store.load(&self.stream(stream)).await?;
        if self.flaw == Flaw::StartsFull && found.is_empty() {
            found.push(("shardId-0".into(), Checkpoint::Finished));
        }
        Ok(found)
    }

    async fn save(&self, stream: &StreamArn, shard: &ShardId, checkpoint: &Checkpoint) -> Result<(), CheckpointError> {
        let stream = self.stream(stream);
        let mut shard = shard.clone();
        let mut checkpoint = checkpoint.clone();
        let before = self.store.load(&stream).await?;
        match (self.flaw, &checkpoint) {
            (Flaw::ForgetsFinished, Checkpoint::Finished) => return Ok(()),
            (Flaw::CanonicalNumbers, Checkpoint::After(sequence)) => {
                checkpoint = Checkpoint::After(SequenceNumber::parse(sequence.significant()).unwrap());
            }
            (Flaw::OnlyForward, Checkpoint::After(next)) => {
                let old = before.iter().find(|(of, _)| *of == shard);
                if matches!(old, Some((_, Checkpoint::After(old))) if old > next) {
                    return Ok(());
                }
            }
            (Flaw::OneCase, _) => shard = shard.as_str().to_lowercase().into(),
            // Reads the file, changes it, writes it back: what another did meanwhile is gone.
            (Flaw::WholeFile, _) => {
                tokio::task::yield_now().await;
                let now = self.store.load(&stream).await?;
                if now.len() != before.len() {
                    return Ok(());
                }
            }
            _ => {}
        }
        self.store.save(&stream, &shard, &checkpoint).await
    }
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
}

#[tokio::test(start_paused = true)]
async fn every_trial_catches_a_wrong_store() {
    let flaws: [(Flaw, &[&str]); 8] = [
        (Flaw::StartsFull, &["empty"]),
        (Flaw::ForgetsFinished, &["every_kind"]),
        (Flaw::CanonicalNumbers, &["every_kind"]),
        (Flaw::OnlyForward, &["replaced"]),
        (Flaw::OwnMemory, &["durable"]),
        (Flaw::WholeFile, &["saved_at_once"]),
        (Flaw::OneCase, &[]),
        (Flaw::ByTable, &["streams_apart"]),
    ];
    let mut failed = BTreeSet::new();
    for (flaw, expected) in flaws {
        let verdict = conformance::checkpoint_store(|| {
            let store = MemoryCheckpoints::new();
            Handles(move || {
                let store = if flaw == Flaw::OwnMemory { MemoryCheckpoints::new() } else { store.clone() };
                Wrong { flaw, store }
            })
        })
        .await;
        failed.extend(verdict.failed());
        if flaw == Flaw::OneCase {
            // Names of shards begin in lower case and go on in upper.
            assert!(verdict.failed().contains(&"shards_apart"), "{verdict}");
            continue;
        }
        caught(&format!("{flaw:?}"), &verdict, expected);
        if flaw == Flaw::ByTable {
            all_caught(&verdict, &failed);
        }
    }
}
