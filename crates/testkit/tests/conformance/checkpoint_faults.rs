//! Take-overs and saves over an unreliable way: whatever is lost or late, what the last owner had an answer for stays.

use crate::wrong_checkpoints::{Flaw, Wrong};
use chrono::DateTime;
use dynacdc_record::{SequenceNumber, StreamArn};
use dynacdc_sink::ShardId;
use dynacdc_source::{
    Beginning, Checkpoint, CheckpointErrorKind, CheckpointStore, MemoryCheckpoints, Progress, Start, Stored, Tenure,
};
use dynacdc_testkit::{Fault, FaultRates, Faults, FaultyCheckpoints};
use std::{collections::BTreeMap, num::NonZeroU16};

const SHARDS: usize = 3;

fn stream() -> StreamArn {
    StreamArn::parse("arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-05-01T12:00:00.000").unwrap()
}

fn after(number: u64) -> Checkpoint {
    let sequence = SequenceNumber::parse(&number.to_string()).unwrap();
    Checkpoint { progress: Progress::After(sequence), as_of: DateTime::UNIX_EPOCH, sub_lanes: NonZeroU16::MIN }
}

fn number(stored: &Stored, shard: &ShardId) -> u64 {
    let found = stored.checkpoints.iter().find(|(of, _)| of == shard);
    match found.map(|(_, checkpoint)| &checkpoint.progress) {
        Some(Progress::After(sequence)) => sequence.as_str().parse().unwrap(),
        _ => 0,
    }
}

/// What the owners of one history know.
#[derive(Default)]
struct Known {
    /// The number of the last save of all. Each has another one, so that the later one is known by it.
    last: u64,
    /// What each shard's owner had an answer for.
    answered: BTreeMap<ShardId, u64>,
    earlier: Vec<Tenure>,
}

impl Known {
    fn check(&self, what: &str, stored: &Stored) -> Result<(), String> {
        for (shard, answered) in &self.answered {
            let found = number(stored, shard);
            if found < *answered {
                return Err(format!("{what}: {shard} is at {found}, and {answered} was answered"));
            }
        }
        Ok(())
    }
}

async fn history(store: impl CheckpointStore + 'static, seed: u64) -> Result<u64, String> {
    let rates = FaultRates::NONE
        .with(Fault::Reject, 60)
        .with(Fault::LoseAnswer, 80)
        .with(Fault::Hold, 120)
        .with(Fault::Delay, 40);
    let faults = Faults::new(seed, rates);
    let store = FaultyCheckpoints::new(store, &faults);
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut known = Known::default();
    let shards: Vec<ShardId> = (0..SHARDS).map(|number| ShardId::from(format!("shardId-{number}"))).collect();
    for owner in 0..5 {
        let beginning = Beginning { start: Start::TrimHorizon, at: DateTime::UNIX_EPOCH };
        let stored = loop {
            match store.take_over(&stream(), &owner.to_string(), beginning).await {
                Ok(stored) => break stored,
                // One of this owner that was given up may have landed between.
                Err(error) if error.kind() != CheckpointErrorKind::Corrupt => {}
                Err(error) => return Err(error.to_string()),
            }
        };
        known.check("at a take-over", &stored)?;
        let mut counts = [0; SHARDS];
        'saves: for _ in 0..12 {
            let at = rng.usize(..SHARDS);
            counts[at] += 1;
            known.last += 1;
            let stamp = stored.tenure.stamp(counts[at]);
            for _ in 0..rng.usize(1..4) {
                if rng.bool() {
                    faults.land_one().await;
                }
                let saved = store.save(&stream(), &shards[at], &after(known.last), stamp).await;
                match saved.map_err(|error| error.kind()) {
                    Ok(()) => {
                        known.answered.insert(shards[at].clone(), known.last);
                        break;
                    }
                    // A take-over of before that landed late.
                    Err(CheckpointErrorKind::Superseded) => break 'saves,
                    Err(_) => {}
                }
            }
            if let Some(zombie) = known.earlier.get(rng.usize(..5)) {
                let stamp = zombie.stamp(rng.u64(1..20));
                if store.save(&stream(), &shards[at], &after(0), stamp).await.is_ok() {
                    return Err(format!("a save of {zombie} was answered with Ok"));
                }
            }
        }
        known.earlier.push(stored.tenure);
    }
    faults.calm();
    faults.land_all().await;
    let stored = store.load(&stream()).await.map_err(|error| error.to_string())?.ok_or("nothing is stored")?;
    known.check("in the end", &stored)?;
    Ok(faults.counts().of(Fault::Hold))
}

#[tokio::test(start_paused = true)]
async fn what_the_last_owner_had_an_answer_for_stays() {
    let mut held = 0;
    for seed in 0..300 {
        held += history(MemoryCheckpoints::new(), seed).await.unwrap_or_else(|why| panic!("seed {seed}: {why}"));
    }
    assert!(held > 1_000, "{held} calls were late");
}

#[tokio::test(start_paused = true)]
async fn a_store_without_a_fence_is_caught() {
    for flaw in [Flaw::LastWriterWins, Flaw::CountsAsTexts, Flaw::SaveUnfenced, Flaw::None] {
        let mut caught = 0;
        for seed in 0..100 {
            caught += usize::from(history(Wrong::new(flaw), seed).await.is_err());
        }
        let is_wrong = flaw != Flaw::None;
        assert_eq!(caught > 0, is_wrong, "{flaw:?} was caught by {caught} of 100");
    }
}
