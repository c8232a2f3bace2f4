use super::PollError;
use tokio::time::Instant;

/// The end of a machine under way.
#[derive(Debug)]
pub(super) struct Closing {
    /// Why, if not because it was asked to.
    pub(super) error: Option<PollError>,
    /// The stream has ended.
    pub(super) ended: bool,
    /// Until when writes and saves are waited for; without end if none.
    pub(super) until: Option<Instant>,
    /// Somebody else has taken over: no save can succeed.
    pub(super) superseded: bool,
}
