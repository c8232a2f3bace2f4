//! Random deliveries by two processes over a store that fails at random: every effect happens once.
//!
//! Nothing crashes here and no answer of the mailbox gets lost, which is where exactly once ends.

use crate::{
    outside::{Mailbox, change, clock, mail, write},
    stores::Faulty,
    wrong::{Homemade, Way},
};
use dynacdc_record::ChangeRecord;
use dynacdc_sink::{BoxSink, Clock, DedupeLayer, Owner, Sink, SinkExt, fan_out};
use proptest::prelude::*;
use std::{collections::BTreeMap, time::Duration};
use tokio::time::{sleep, timeout};

/// What two processes share.
#[derive(Clone)]
struct Shared {
    store: Faulty,
    mailboxes: [Mailbox; 2],
    clock: Clock,
}

/// Makes the sink of a process.
type Make = fn(&Shared, &str) -> BoxSink;

fn dedupe(shared: &Shared, consumer: &str, process: &str) -> DedupeLayer<Faulty> {
    DedupeLayer::new(shared.store.clone(), consumer)
        .with_clock(shared.clock.clone())
        .with_owner(Owner(format!("{consumer} of {process}").into()))
}

fn right(shared: &Shared, process: &str) -> BoxSink {
    shared.mailboxes[0].sink().dedupe(dedupe(shared, "mail", process)).boxed()
}

fn two_consumers(shared: &Shared, process: &str) -> BoxSink {
    let branch = |at: usize, consumer| shared.mailboxes[at].sink().dedupe(dedupe(shared, consumer, process)).boxed();
    fan_out([branch(0, "mail"), branch(1, "print")]).boxed()
}

fn one_consumer_for_two(shared: &Shared, process: &str) -> BoxSink {
    let branch = |at: usize| shared.mailboxes[at].sink().dedupe(dedupe(shared, "mail", process)).boxed();
    fan_out([branch(0), branch(1)]).boxed()
}

fn around_a_fan_out(shared: &Shared, process: &str) -> BoxSink {
    let branches = shared.mailboxes.iter().map(Mailbox::sink);
    fan_out(branches).dedupe(dedupe(shared, "mail", process)).boxed()
}

/// Changes of four items. Now and then one is of two parts, which is how a move comes.
fn history(random: &mut fastrand::Rng) -> Vec<ChangeRecord> {
    let keys = ["a", "b", "c", "d"];
    let mut records = Vec::new();
    for number in 1..=random.u64(1..12) {
        let record = change(keys[random.usize(0..4)], number);
        records.push(record.clone());
        if random.u8(0..4) == 0 {
            records.push(record.with_part(1));
        }
    }
    records
}

/// One process: it rewinds, cuts and doubles as it likes, and then goes on until all is settled.
async fn deliver(sink: &dyn Sink, records: &[ChangeRecord], seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut reached = 0;
    for _ in 0..random.usize(0..6) {
        let start = random.usize(0..=reached.min(records.len() - 1));
        let end = random.usize(start..records.len()) + 1;
        let mut batch = records[start..end].to_vec();
        if random.bool() {
            let twin = batch[random.usize(0..batch.len())].clone();
            batch.push(twin);
        }
        reached = reached.max(start + write(sink, &batch).await.settled_prefix().min(end - start));
        sleep(Duration::from_millis(random.u64(0..3_000))).await;
    }
    while reached < records.len() {
        reached += write(sink, &records[reached..]).await.settled_prefix();
        sleep(Duration::from_millis(random.u64(1..2_000))).await;
    }
}

/// What went wrong with this seed, if anything.
fn outcome(make: Make, branches: usize, seed: u64) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        fastrand::seed(seed);
        let mut random = fastrand::Rng::with_seed(seed);
        let shared = Shared { store: Faulty::default(), mailboxes: Default::default(), clock: clock() };
        let records = history(&mut random);
        shared.store.fail_at_random(30, random.u64(..), 7);
        for mailbox in &shared.mailboxes {
            mailbox.fail_at_random(15, random.u64(..));
        }
        let (one, two) = (make(&shared, "one"), make(&shared, "two"));
        let (first, second) = (random.u64(..), random.u64(..));
        let both = async { tokio::join!(deliver(&one, &records, first), deliver(&two, &records, second)) };
        timeout(Duration::from_secs(5_000), both).await.map_err(|_| "it does not end".to_owned())?;

        let expected: BTreeMap<String, usize> = records.iter().map(|record| (mail(record), 1)).collect();
        for mailbox in &shared.mailboxes[..branches] {
            if mailbox.counts() != expected {
                return Err(format!("{:?}", mailbox.counts()));
            }
            let place = |mail: &String| mailbox.sent().iter().position(|sent| sent == mail);
            for pair in records.iter().enumerate() {
                let later = records[pair.0..].iter().filter(|later| later.key() == pair.1.key());
                if later.map(mail).any(|later| place(&later) < place(&mail(pair.1))) {
                    return Err(format!("out of order: {:?}", mailbox.sent()));
                }
            }
        }
        Ok(())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn every_effect_happens_once(seed: u64) {
        prop_assert_eq!(outcome(right, 1, seed), Ok(()));
    }

    #[test]
    fn two_branches_with_two_consumers_have_each_effect_once(seed: u64) {
        prop_assert_eq!(outcome(two_consumers, 2, seed), Ok(()));
    }

    #[test]
    fn what_the_wrong_ways_are_made_of_is_right(seed: u64) {
        prop_assert_eq!(outcome(|shared, process| homemade(Way::Plain, shared, process), 1, seed), Ok(()));
    }
}

fn homemade(way: Way, shared: &Shared, process: &str) -> BoxSink {
    Homemade::new(way, shared.store.clone(), process, shared.mailboxes[0].sink()).boxed()
}

/// How many of the first 20 seeds go wrong.
fn diverging(make: Make, branches: usize) -> usize {
    (0..20).filter(|seed| outcome(make, branches, *seed).is_err()).count()
}

#[test]
fn wrong_ways_are_caught() {
    let wrong: [(&str, usize, Make); 6] = [
        ("complete tried once", 1, |shared, process| homemade(Way::CompleteOnce, shared, process)),
        ("mark before effect", 1, |shared, process| homemade(Way::MarkFirst, shared, process)),
        ("in memory, without claims", 1, |shared, process| homemade(Way::InMemory, shared, process)),
        ("key without part", 1, |shared, process| homemade(Way::WithoutPart, shared, process)),
        ("one consumer for two branches", 2, one_consumer_for_two),
        ("around a fan-out", 2, around_a_fan_out),
    ];
    for (name, branches, make) in wrong {
        let caught = diverging(make, branches);
        println!("{name}: {caught} of 20 go wrong");
        assert!(caught >= 5, "{name}: only {caught} of 20 go wrong");
    }
}
