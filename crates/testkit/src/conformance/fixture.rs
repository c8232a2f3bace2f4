use async_trait::async_trait;
use dynacdc_record::ChangeRecord;
use dynacdc_sink::Sink;
use std::{error::Error, fmt};

/// What a fixture gives, or why it could not. A trial whose fixture fails has failed.
pub type Opened<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// A backend of a store, empty at first.
#[async_trait]
pub trait StoreFixture: Send + Sync {
    /// The store.
    type Store: Send + Sync;

    /// Another handle on the same backend, as another process would open it: it shares nothing in memory with the others.
    /// For a store that is in memory only, a clone.
    async fn open(&self) -> Opened<Self::Store>;
}

/// A target of a sink, empty at first.
#[async_trait]
pub trait SinkFixture: Send + Sync {
    /// The sink.
    type Sink: Sink;
    /// What is in the target, for comparing.
    type State: PartialEq + fmt::Debug + Send;

    /// Another sink on the same target, as it is after a restart.
    async fn sink(&self) -> Opened<Self::Sink>;

    /// What is in the target now. What readers of the target never see (versions, tombstones, times of writing) is to be
    /// left out.
    async fn state(&self) -> Opened<Self::State>;

    /// Has the next call of a sink to the target fail in a way that another attempt makes up for. Says whether it can;
    /// where it cannot, the trials that need it are left out.
    fn fail_next(&self) -> bool {
        false
    }

    /// A record that the sink can never write, of an item that no other record is about; none where the sink writes
    /// whatever it is given.
    fn poison(&self) -> Option<ChangeRecord> {
        None
    }
}
