//! How far a stack is built. Each layer of a [`Branch`](super::Branch) or [`Trunk`](super::Trunk) leads to one of these,
//! and may be put only around what is at an earlier one.

/// Whether a layer that leads to `Next` may be put around a stack at this stage. Implemented for the stages before it,
/// and by nobody else.
#[diagnostic::on_unimplemented(
    message = "a layer that leads to stage `{Next}` does not go around a stack at stage `{Self}`",
    label = "this layer belongs further inside: call it earlier",
    note = "from the inside: timeout, retry, dedupe, isolate, dead_letter; fan_out, route, filters, map; meter, trace"
)]
pub trait Before<Next>: sealed::Stage {}

mod sealed {
    pub trait Stage {}
}

macro_rules! stages {
    ($($(#[$doc:meta])* $stage:ident: $($before:ident)*;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub enum $stage {}

        impl sealed::Stage for $stage {}

        $(impl Before<$stage> for $before {})*
    )*};
}

stages! {
    /// The sink alone.
    Bare: ;
    /// With a timeout.
    Timed: Bare;
    /// With retries.
    Retried: Bare Timed;
    /// With deduplication.
    Deduped: Bare Timed Retried;
    /// With refused batches taken apart.
    Isolated: Bare Timed Retried Deduped;
    /// With dead letters: the branch is complete.
    Parking: Bare Timed Retried Deduped Isolated;
    /// A trunk that takes more branches, filters and maps.
    Open: ;
    /// With metrics.
    Metered: Open;
    /// With spans and events: the trunk is complete.
    Traced: Open Metered;
}
