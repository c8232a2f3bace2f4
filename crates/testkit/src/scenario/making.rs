use super::{POISON, Scenario, Shard, numbers::Numbers};
use dynacdc_record::{ChangeRecord, EventName, Item, StreamArn, StreamViewType, item};
use dynacdc_sink::{Lane, ShardId};
use std::error::Error;

/// What makes a history. Nothing random comes from anywhere but its generator.
pub(super) struct Making<'a> {
    scenario: &'a Scenario,
    rng: fastrand::Rng,
    items: Vec<Option<Item>>,
    shards: Vec<Shard>,
    /// The numbers that each shard goes on with.
    numbers: Vec<Numbers>,
    /// The open shard of each partition key.
    shard_of: Vec<usize>,
    made: Vec<(usize, usize)>,
}

const ARN: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-05-11T21:21:33.291";
/// When the first change is made, in seconds since 1970.
const BEGIN: i64 = 1_778_534_493;
const PARTITIONS: usize = 3;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;
/// Shards, and shard and position of each change.
type Made = (Vec<Shard>, Vec<(usize, usize)>);

impl<'a> Making<'a> {
    pub(super) fn new(seed: u64, scenario: &'a Scenario) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let keys = rng.usize(scenario.keys.clone()).max(1);
        let first = Numbers::new(&mut rng);
        let alike = rng.u8(..100) < 25;
        // Shards of one stream may use the same numbers.
        let numbers = (0..scenario.lanes).map(|_| if alike { first } else { Numbers::new(&mut rng) }).collect();
        let shard_of = (0..PARTITIONS).map(|partition| partition % scenario.lanes).collect();
        Self { scenario, rng, items: vec![None; keys], shards: Vec::new(), numbers, shard_of, made: Vec::new() }
    }

    pub(super) fn run(mut self) -> Fallible<Made> {
        let arn = StreamArn::parse(ARN)?;
        for _ in 0..self.scenario.lanes {
            self.open(&arn, None);
        }
        for at in 0..self.rng.usize(self.scenario.records.clone()) {
            if self.rng.u16(..1000) < self.scenario.splits {
                let shard = self.shard_of[self.rng.usize(..PARTITIONS)];
                self.split(&arn, shard);
            }
            self.change(&arn, at)?;
        }
        Ok((self.shards, self.made))
    }

    fn open(&mut self, arn: &StreamArn, parent: Option<usize>) -> usize {
        let lane = if self.scenario.is_unordered {
            Lane::unordered(arn.clone())
        } else {
            let id = ShardId::new(format!("shardId-{:020}-{:08x}", 1_778_534_493_000_u64, self.shards.len()));
            Lane::ordered(arn.clone(), id)
        };
        self.shards.push(Shard { lane, parent, records: Vec::new() });
        self.shards.len() - 1
    }

    /// Its partition keys go on in one or two children.
    fn split(&mut self, arn: &StreamArn, shard: usize) {
        let children: Vec<usize> = (0..self.rng.usize(1..3)).map(|_| self.open(arn, Some(shard))).collect();
        for _ in &children {
            self.numbers.push(self.numbers[shard]);
        }
        for (partition, open) in self.shard_of.iter_mut().enumerate() {
            if *open == shard {
                *open = children[partition % children.len()];
            }
        }
    }

    fn change(&mut self, arn: &StreamArn, at: usize) -> Fallible<()> {
        let key = self.key();
        let (partition, keys) = (key % PARTITIONS, names(key));
        let old = self.items[key].take();
        let is_delete = old.is_some() && self.rng.u16(..1000) < self.scenario.deletes;
        let new = if is_delete { None } else { Some(self.item(&keys, old.as_ref())) };
        let name = match (&old, &new) {
            (None, _) => EventName::Insert,
            (Some(_), Some(_)) => EventName::Modify,
            (Some(_), None) => EventName::Remove,
        };
        let shard = self.shard_of[partition];
        let number = self.numbers[shard].next(&mut self.rng)?;
        let seconds = BEGIN + i64::try_from(at / 4)?;
        let mut record = ChangeRecord::builder(name, keys, number)
            .event_id(format!("{:032x}", self.rng.u128(..)))
            .event_version("1.1")
            .event_source("aws:dynamodb")
            .region("eu-west-1")
            .stream_arn(arn.clone())
            .created_epoch(seconds, 0)
            .size_bytes(100)
            .view_type(StreamViewType::NewAndOldImages);
        if is_delete && self.rng.u16(..1000) < self.scenario.expiries {
            record = record.user_identity("Service", "dynamodb.amazonaws.com");
        }
        if let Some(old) = old {
            record = record.old_image(old);
        }
        if let Some(new) = &new {
            record = record.new_image(new.clone());
        }
        self.items[key] = new;
        self.made.push((shard, self.shards[shard].records.len()));
        self.shards[shard].records.push(record.build()?);
        Ok(())
    }

    /// By Zipf's law: the n-th key has a weight of 1/n.
    fn key(&mut self) -> usize {
        let weight = |rank: usize| 1.0 / f64::from(u32::try_from(rank + 1).unwrap_or(u32::MAX));
        let all: f64 = (0..self.items.len()).map(weight).sum();
        let mut left = self.rng.f64() * all;
        for rank in 0..self.items.len() {
            left -= weight(rank);
            if left < 0.0 {
                return rank;
            }
        }
        0
    }

    /// Another item than before: DynamoDB makes no record of a write that changes nothing.
    fn item(&mut self, keys: &Item, old: Option<&Item>) -> Item {
        loop {
            let mut item = (self.scenario.attributes)(&mut self.rng);
            for (name, value) in keys.iter() {
                item.insert(name.as_str(), value.clone());
            }
            if self.scenario.poison > 0 && self.rng.u16(..1000) < self.scenario.poison {
                item.insert(POISON, true);
            }
            if old != Some(&item) || self.rng.u8(..100) == 0 {
                return item;
            }
        }
    }
}

fn names(key: usize) -> Item {
    item! { "pk" => format!("p{}", key % PARTITIONS), "sk" => format!("s{}", key / PARTITIONS) }
}
