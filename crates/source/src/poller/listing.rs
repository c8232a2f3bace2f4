//! Listing the shards of a stream.

use super::Settings;
use crate::{Shard, StreamStatus, StreamsError};
use dynacdc_sink::Backoff;
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// All shards of a stream. A part of them is never used: a parent counts as gone when it is not there.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) status: StreamStatus,
    pub(super) shards: Vec<Shard>,
}

/// Lists all shards after a time. What is transient is tried again.
///
/// It borrows nothing, so that the poller goes on while a listing waits, and may be dropped at any time.
pub(super) async fn list(settings: Arc<Settings>, after: Duration) -> Result<Listing, StreamsError> {
    tokio::time::sleep(after).await;
    let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(10));
    let (mut shards, mut cursor, mut followed) = (Vec::new(), None, BTreeSet::new());
    loop {
        match settings.api.describe(&settings.stream, cursor.as_ref()).await {
            Ok(page) => {
                backoff.reset();
                shards.extend(page.shards);
                match page.more_after {
                    // Some servers repeat themselves. What is behind a cursor that was followed before is known.
                    Some(next) if followed.insert(next.clone()) => cursor = Some(next),
                    _ => return Ok(Listing { status: page.status, shards }),
                }
            }
            Err(error) if error.kind().is_transient() => {
                let wait = backoff.next_delay();
                tracing::warn!(stream = %settings.stream, ?wait, %error, "listing shards is tried again");
                tokio::time::sleep(wait).await;
            }
            Err(error) => return Err(error),
        }
    }
}
