#![doc = include_str!("../README.md")]

mod backoff;
mod batch;
mod clock;
mod cost;
mod each;
mod error;
mod fan_out;
mod lane;
mod layer;
mod layers;
mod malformed;
mod order;
mod outcome;
mod pattern;
mod queue;
mod redelivery;
mod report;
mod shard;
mod sink;
pub mod stack;

pub use backoff::Backoff;
pub use batch::{Batch, Part};
pub use clock::Clock;
pub use cost::Cost;
pub use each::{Done, Each, FnSink, RecordSink, Typed, sink_fn, typed};
pub use error::{Class, SinkError};
pub use fan_out::{FanOut, fan_out};
pub use lane::Lane;
pub use layer::{BoxSink, Layer, SinkExt, TryLayer};
pub use layers::dead_letter::{
    DeadLetter, DeadLetterDesk, DeadLetterLayer, DeadLetterStore, Discarded, FileDeadLetters, Generation, Letter,
    LetterError, MemoryDeadLetters, NewLetter, ParkedError, ParkedKey, ParkedKeys, Place, RedriveOptions,
    RedriveProgress, Revision,
};
pub use layers::dedupe::{Claim, Dedupe, DedupeLayer, DedupeStore, EffectId, Lease, MemoryDedupe, Once, Owner, Ran};
pub use layers::filter_items::{FilterItems, FilterItemsLayer};
pub use layers::filter_records::{FilterRecords, FilterRecordsLayer};
pub use layers::isolate::{Isolate, IsolateLayer};
pub use layers::map::{Map, MapLayer, Mapped};
pub use layers::meter::{Meter, MeterLayer, names as metric_names};
pub use layers::retry::{Retry, RetryLayer};
pub use layers::route::{Route, RouteRule, route};
pub use layers::timeout::{Timeout, TimeoutLayer};
pub use layers::trace::{Trace, TraceLayer};
pub use malformed::{MalformedStore, OnMalformed};
pub use order::{Order, OrderRule};
pub use outcome::{Outcome, Reason};
pub use pattern::{PatternError, PatternErrorKind, PatternLimits, RecordPattern, RecordPatterns};
pub use redelivery::Redelivery;
pub use report::{Counts, Report, Slots};
pub use shard::{ShardId, SubLane, SubLaneError};
pub use sink::Sink;
pub use stack::{Branch, Trunk};
