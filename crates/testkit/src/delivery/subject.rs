use async_trait::async_trait;
use dynacdc_sink::{Sink, SinkError};
use futures_util::future::{BoxFuture, FutureExt};
use std::{
    fmt::{self, Debug},
    future::Future,
    sync::Arc,
};

/// What is tortured: a sink over a target of its own, which outlives the processes that write to it.
///
/// One is made for each history. Everything that survives a crash belongs into the subject, everything else into what
/// [`start`](Self::start) makes.
#[async_trait]
pub trait Subject: Send + Sync {
    /// What is compared with the reference.
    type State: PartialEq + Debug + Send;

    /// A process begins: the first one is incarnation 1, and the next one is begun after a crash, or beside one that
    /// does not know that it lost its lanes.
    ///
    /// # Errors
    /// If the sink cannot be built. That is a divergence.
    async fn start(&self, incarnation: u32) -> Result<Running, SinkError>;

    /// What is in the target, when everything was delivered.
    ///
    /// # Errors
    /// If the target cannot be read. That is a divergence.
    async fn state(&self) -> Result<Self::State, SinkError>;

    /// What else is to be known, by name, such as how often a mail went out twice. It is summed up and printed.
    fn tallies(&self) -> Vec<(&'static str, u64)> {
        Vec::new()
    }
}

type Redrive = dyn Fn() -> BoxFuture<'static, Result<(), SinkError>> + Send + Sync;

/// A running process: its sink, and how it redrives what it parked.
#[derive(Clone)]
pub struct Running {
    sink: Arc<dyn Sink>,
    redrive: Option<Arc<Redrive>>,
}

impl Running {
    /// A process without dead letters.
    pub fn new(sink: impl Sink + 'static) -> Self {
        Self { sink: Arc::new(sink), redrive: None }
    }

    /// With what redrives everything that is parked. It is called now and then while records are delivered, and at the
    /// end, when it must succeed.
    #[must_use]
    pub fn with_redrive<F>(self, redrive: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), SinkError>> + Send + 'static,
    {
        Self { redrive: Some(Arc::new(move || redrive().boxed())), ..self }
    }

    /// The sink.
    pub fn sink(&self) -> &dyn Sink {
        &*self.sink
    }

    pub(super) const fn has_redrive(&self) -> bool {
        self.redrive.is_some()
    }

    /// Redrives what is parked, if the process can.
    pub(super) async fn redrive(&self) -> Result<(), SinkError> {
        match &self.redrive {
            Some(redrive) => redrive().await,
            None => Ok(()),
        }
    }
}

impl Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("sink", &self.sink.name()).finish_non_exhaustive()
    }
}
