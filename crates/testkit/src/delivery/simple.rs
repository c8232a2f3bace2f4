use super::{Running, Subject};
use async_trait::async_trait;
use dynacdc_sink::{Sink, SinkError};
use std::fmt::Debug;

/// A subject of two closures: `start` begins a process that writes to the target, `state` reads the target.
///
/// Both share the target, which is made before them. A subject that must await in either, or that redrives, implements
/// [`Subject`] itself.
pub fn subject<S, T>(
    start: impl Fn() -> S + Send + Sync,
    state: impl Fn() -> T + Send + Sync,
) -> impl Subject<State = T>
where
    S: Sink + 'static,
    T: PartialEq + Debug + Send,
{
    Closures { start, state }
}

struct Closures<F, G> {
    start: F,
    state: G,
}

#[async_trait]
impl<S, T, F, G> Subject for Closures<F, G>
where
    S: Sink + 'static,
    T: PartialEq + Debug + Send,
    F: Fn() -> S + Send + Sync,
    G: Fn() -> T + Send + Sync,
{
    type State = T;

    async fn start(&self, _incarnation: u32) -> Result<Running, SinkError> {
        Ok(Running::new((self.start)()))
    }

    async fn state(&self) -> Result<T, SinkError> {
        Ok((self.state)())
    }
}
