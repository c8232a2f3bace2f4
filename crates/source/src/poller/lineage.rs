//! Which shards there are, and which of them may start.

use crate::{Checkpoint, Shard};
use dynacdc_sink::ShardId;
use std::collections::{BTreeMap, BTreeSet};

/// The shards of a stream and how far each one is.
#[derive(Debug, Default)]
pub(super) struct Lineage {
    shards: BTreeMap<ShardId, Known>,
}

#[derive(Debug)]
struct Known {
    parent: Option<ShardId>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Finished,
}

impl Lineage {
    /// Takes in a complete listing: all pages of it, since a parent counts as gone when it is not there.
    ///
    /// Shards that are not finished stay, even where a listing lacks them: whether their records are gone is for the
    /// service to say when they are read, and until then their children wait.
    pub(super) fn listed(&mut self, shards: &[Shard]) {
        let there: BTreeSet<&ShardId> = shards.iter().map(|shard| &shard.id).collect();
        self.shards.retain(|id, known| known.state != State::Finished || there.contains(id));
        for shard in shards {
            let known = Known { parent: shard.parent.clone(), state: State::Waiting };
            self.shards.entry(shard.id.clone()).or_insert(known);
        }
    }

    /// Marks the shards that a store has as finished, and adds those that it has as begun.
    pub(super) fn restore(&mut self, stored: &BTreeMap<ShardId, Checkpoint>) {
        for (id, checkpoint) in stored {
            if *checkpoint == Checkpoint::Finished {
                self.finished(id);
            } else {
                let known = Known { parent: None, state: State::Waiting };
                self.shards.entry(id.clone()).or_insert(known);
            }
        }
    }

    pub(super) fn finished(&mut self, id: &ShardId) {
        if let Some(known) = self.shards.get_mut(id) {
            known.state = State::Finished;
        }
    }

    /// The shards whose parents are finished or gone, marked as running.
    pub(super) fn start(&mut self) -> Vec<ShardId> {
        let may_start = |known: &Known| {
            let parent = known.parent.as_ref().and_then(|parent| self.shards.get(parent));
            known.state == State::Waiting && parent.is_none_or(|parent| parent.state == State::Finished)
        };
        let ready: Vec<ShardId> =
            self.shards.iter().filter(|(_, known)| may_start(known)).map(|(id, _)| id.clone()).collect();
        for id in &ready {
            if let Some(known) = self.shards.get_mut(id) {
                known.state = State::Running;
            }
        }
        ready
    }

    pub(super) fn all_finished(&self) -> bool {
        self.shards.values().all(|known| known.state == State::Finished)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(id: &str, parent: Option<&str>) -> Shard {
        Shard { id: ShardId::new(id), parent: parent.map(ShardId::new), closed: false }
    }

    fn started(lineage: &mut Lineage) -> Vec<String> {
        lineage.start().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_child_waits_for_its_parent() {
        let mut lineage = Lineage::default();
        lineage.listed(&[shard("c", Some("p")), shard("d", Some("p")), shard("p", None)]);

        assert_eq!(started(&mut lineage), ["p"]);
        assert!(started(&mut lineage).is_empty(), "a running shard is not started again");
        lineage.finished(&ShardId::new("p"));
        assert_eq!(started(&mut lineage), ["c", "d"]);
    }

    #[test]
    fn a_child_does_not_wait_for_a_parent_that_is_gone() {
        let mut lineage = Lineage::default();
        lineage.listed(&[shard("c", Some("trimmed"))]);

        assert_eq!(started(&mut lineage), ["c"]);
    }

    #[test]
    fn a_parent_that_still_runs_is_waited_for_though_the_listing_lost_it() {
        let mut lineage = Lineage::default();
        lineage.listed(&[shard("p", None)]);
        assert_eq!(started(&mut lineage), ["p"]);

        lineage.listed(&[shard("c", Some("p"))]);

        assert!(started(&mut lineage).is_empty());
        assert!(!lineage.all_finished());
    }

    #[test]
    fn a_shard_that_waits_is_not_passed_over_when_the_listing_loses_it() {
        let mut lineage = Lineage::default();
        lineage.listed(&[shard("p", None), shard("c", Some("p")), shard("g", Some("c"))]);
        assert_eq!(started(&mut lineage), ["p"]);

        lineage.listed(&[shard("p", None), shard("g", Some("c"))]);
        lineage.finished(&ShardId::new("p"));

        assert_eq!(started(&mut lineage), ["c"]);
    }

    #[test]
    fn what_the_store_has_as_begun_is_read_before_its_children_though_the_listing_lacks_it() {
        let mut lineage = Lineage::default();
        lineage.listed(&[shard("c", Some("p"))]);
        lineage.restore(&BTreeMap::from([(ShardId::new("p"), Checkpoint::Since(std::time::SystemTime::UNIX_EPOCH))]));

        assert_eq!(started(&mut lineage), ["p"]);
    }

    #[test]
    fn what_the_store_has_as_finished_is_not_read_again() {
        let mut lineage = Lineage::default();
        lineage.listed(&[shard("p", None), shard("c", Some("p"))]);
        lineage.restore(&BTreeMap::from([(ShardId::new("p"), Checkpoint::Finished)]));

        assert_eq!(started(&mut lineage), ["c"]);
    }
}
