//! Which shard is the child of which, from what the poller itself is told.
//!
//! A call of its own would be one more of the service, and the story would not be the same with and without somebody who
//! looks at it.

use async_trait::async_trait;
use dynacdc_record::StreamArn;
use dynacdc_sink::ShardId;
use dynacdc_source::{Position, RecordPage, ShardIterator, ShardPage, StreamsApi, StreamsError};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A Streams API that names the shards that its reader is told of. Clones name them alike.
#[derive(Clone)]
pub(crate) struct Lineage<A> {
    api: A,
    names: Arc<Mutex<BTreeMap<ShardId, Name>>>,
}

/// A short name that tells the lineage: A2 is the second child of A.
#[derive(Debug, Clone)]
pub(crate) struct Name {
    pub(crate) name: String,
    pub(crate) parent: Option<String>,
    children: usize,
}

impl<A> Lineage<A> {
    pub(crate) fn new(api: A) -> Self {
        Self { api, names: Arc::default() }
    }

    /// The name of a shard; its id if it was in no page.
    pub(crate) fn of(&self, shard: &ShardId) -> Name {
        let unknown = || Name { name: shard.to_string(), parent: None, children: 0 };
        self.names().get(shard).cloned().unwrap_or_else(unknown)
    }

    fn seen(&self, page: &ShardPage) {
        let mut names = self.names();
        // In a page parents come before their children: an id begins with the time at which its shard was made.
        for shard in &page.shards {
            if names.contains_key(&shard.id) {
                continue;
            }
            let parent = shard.parent.as_ref().and_then(|parent| names.get_mut(parent));
            let name = match parent {
                Some(parent) => {
                    parent.children += 1;
                    let name = format!("{}{}", parent.name, parent.children);
                    Name { name, parent: Some(parent.name.clone()), children: 0 }
                }
                None => {
                    let roots = names.values().filter(|name| name.parent.is_none()).count();
                    let letter = ('A'..='Z').nth(roots).map_or_else(|| format!("R{roots}"), String::from);
                    Name { name: letter, parent: None, children: 0 }
                }
            };
            names.insert(shard.id.clone(), name);
        }
    }

    fn names(&self) -> MutexGuard<'_, BTreeMap<ShardId, Name>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl<A: StreamsApi> StreamsApi for Lineage<A> {
    async fn describe(&self, stream: &StreamArn, after: Option<&ShardId>) -> Result<ShardPage, StreamsError> {
        let page = self.api.describe(stream, after).await;
        page.inspect(|page| self.seen(page))
    }

    async fn children(&self, stream: &StreamArn, of: &ShardId) -> Result<ShardPage, StreamsError> {
        let page = self.api.children(stream, of).await;
        page.inspect(|page| self.seen(page))
    }

    async fn iterator(
        &self,
        stream: &StreamArn,
        shard: &ShardId,
        position: &Position,
    ) -> Result<ShardIterator, StreamsError> {
        self.api.iterator(stream, shard, position).await
    }

    async fn records(
        &self,
        stream: &StreamArn,
        iterator: &ShardIterator,
        limit: Option<u16>,
    ) -> Result<RecordPage, StreamsError> {
        self.api.records(stream, iterator, limit).await
    }
}
