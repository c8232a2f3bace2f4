//! Running code of others so that an invocation always has an answer.

use crate::time::Times;
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;

/// Why there is no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// It was dropped near the end of the invocation. What it began may still land.
    GivenUp,
    /// It panicked.
    Panicked,
}

/// Waits for `future` as long as the invocation allows, and catches its panics. What a panic says is not kept: it may
/// hold values of an item.
pub(crate) async fn contained<F: Future>(times: Option<Times>, future: F) -> Result<F::Output, Cut> {
    let future = AssertUnwindSafe(future).catch_unwind();
    let ended = match times {
        None => future.await,
        Some(times) => tokio::time::timeout_at(times.given_up, future).await.map_err(|_| Cut::GivenUp)?,
    };
    ended.map_err(|_| Cut::Panicked)
}
