//! Random histories of one ordered lane, with poison, healing, rewinds and redrives between, over a sink without any
//! fence. At the end everything heals and is redriven, and the rows are those of a replay in order.
//!
//! The same histories over stores that are wrong in one way must end otherwise now and then, or they would prove nothing.

use crate::loose::{Flaw, Loose};
use crate::scene::{Fallible, lane, pk, put};
use crate::target::Target;
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{Batch, Class, DeadLetterLayer, DeadLetterStore, MemoryDeadLetters, RedriveOptions, Sink, SinkExt};
use std::collections::BTreeMap;

/// One history, all of it drawn from the seed. Says whether the rows are those of a replay.
async fn ends_as_a_replay<D: DeadLetterStore>(seed: u64, store: D) -> Fallible<bool> {
    let mut dice = fastrand::Rng::with_seed(seed);
    let length = dice.u64(3..12);
    let records: Vec<ChangeRecord> = (1..=length).map(|number| put(["a", "b"][dice.usize(0..2)], number)).collect();
    let target = Target::default();
    target.refuse(Class::Poison, (1..=length).filter(|_| dice.u8(0..3) == 0));
    target.refuse(Class::Transient, (1..=length).filter(|_| dice.u8(0..12) == 0));
    target.state().yields = Some(dice.fork());
    let sink = target.clone().dead_letter(DeadLetterLayer::new(store).with_concurrency(dice.usize(1..4)))?;

    let mut healing = dice.fork();
    let heal = target.clone();
    let deliver = async {
        let lane = lane();
        let mut settled = 0;
        // What fails is delivered again, in other cuts; half of the time it begins further back.
        for _ in 0..dice.u8(5..25) {
            let begin = if dice.bool() { dice.usize(0..=settled) } else { settled };
            let end = (begin + dice.usize(1..=8)).min(records.len());
            let report = sink.write(Batch::new(&lane, &records[begin..end])).await?;
            // A rewind goes on to where it was, so its checkpoint goes back too.
            settled = begin + report.settled_prefix();
            if dice.u8(0..3) == 0 {
                heal_one(&heal, &mut dice);
            }
        }
        Fallible::Ok(settled)
    };
    let redrive = async {
        for _ in 0..healing.u8(1..12) {
            for _ in 0..healing.u8(0..30) {
                tokio::task::yield_now().await;
            }
            heal_one(&target, &mut healing);
            sink.redrive(RedriveOptions::all().with_concurrency(healing.usize(1..3))).await?;
        }
        Fallible::Ok(())
    };
    let (settled, redriven) = futures_util::future::join(deliver, redrive).await;
    redriven?;
    let mut settled = settled?;
    target.heal();
    while settled < records.len() {
        let lane = lane();
        settled += sink.write(Batch::new(&lane, &records[settled..])).await?.settled_prefix();
    }
    sink.redrive(RedriveOptions::all()).await?;

    let replayed: BTreeMap<String, u64> = (1..).zip(&records).map(|(number, record)| (pk(record), number)).collect();
    Ok(target.rows() == replayed.into_iter().collect::<Vec<_>>())
}

/// One of the refused records is refused no more.
fn heal_one(target: &Target, dice: &mut fastrand::Rng) {
    let mut state = target.state();
    let mut refused: Vec<u64> = state.refused.keys().copied().collect();
    refused.sort_unstable();
    if let Some(number) = refused.get(dice.usize(0..refused.len().max(1))) {
        state.refused.remove(number);
    }
}

/// The first seeds that diverge, `most` of them at most.
async fn diverging(seeds: std::ops::Range<u64>, flaw: Flaw, most: usize) -> Fallible<Vec<u64>> {
    let mut diverging = Vec::new();
    for seed in seeds {
        if !ends_as_a_replay(seed, Loose::new(flaw, seed)).await? {
            diverging.push(seed);
        }
        if diverging.len() == most {
            break;
        }
    }
    Ok(diverging)
}

#[tokio::test(start_paused = true)]
async fn histories_end_as_a_replay_does() -> Fallible {
    assert_eq!(diverging(0..600, Flaw::None, 9).await?, Vec::<u64>::new(), "seeds that diverge");
    for seed in 0..100 {
        assert!(ends_as_a_replay(seed, MemoryDeadLetters::new()).await?, "seed {seed} diverges in memory");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn every_wrong_store_is_caught() -> Fallible {
    let wrong = [Flaw::UnparksAlways, Flaw::RemovesAnyRevision, Flaw::QueuesByArrival, Flaw::KeepsTheGeneration];
    for flaw in wrong {
        let caught = diverging(0..600, flaw, 3).await?;
        println!("{flaw:?}: {caught:?}");
        assert!(!caught.is_empty(), "{flaw:?} is not caught");
    }
    Ok(())
}
