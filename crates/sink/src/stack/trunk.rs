use super::{
    Branch,
    stage::{Before, Metered, Open, Traced},
};
use crate::{
    BoxSink, FanOut, FilterItems, FilterRecords, Map, Mapped, Meter, MeterLayer, RecordPatterns, Route, RouteRule,
    Sink, SinkError, SinkExt, Trace, TraceLayer, fan_out, route,
};
use dynacdc_record::{Image, KeyRef};
use std::{borrow::Cow, fmt, marker::PhantomData};

/// What stands around the branches: fan-out and routes, filters and maps, then metrics and spans.
#[doc = include_str!("orders.md")]
#[derive(Debug)]
#[must_use]
pub struct Trunk<S, Stage = Open> {
    sink: S,
    stage: PhantomData<fn() -> Stage>,
}

impl<S: Sink, Stage> From<Branch<S, Stage>> for Trunk<S> {
    /// A trunk with one branch.
    fn from(branch: Branch<S, Stage>) -> Self {
        Self::at(branch.into_sink())
    }
}

impl Trunk<FanOut> {
    /// Writes every batch to all of these; see [`fan_out`](crate::fan_out()).
    pub fn fan_out(branches: impl IntoIterator<Item = Trunk<BoxSink>>) -> Self {
        Self::at(fan_out(branches.into_iter().map(Trunk::build)))
    }

    /// With another name than `fan_out`, for metrics and logs.
    pub fn with_name(self, name: impl Into<Cow<'static, str>>) -> Self {
        Self::at(self.sink.with_name(name))
    }
}

impl<K: PartialEq + fmt::Display + Send + Sync> Trunk<Route<K>> {
    /// Writes each change to one of these; see [`route`](crate::route()).
    pub fn route(branches: impl IntoIterator<Item = (K, Trunk<BoxSink>)>, rule: RouteRule<K>) -> Self {
        Self::at(route(branches.into_iter().map(|(name, branch)| (name, branch.build())), rule))
    }

    /// With another name than `route`, for metrics and logs.
    pub fn with_name(self, name: impl Into<Cow<'static, str>>) -> Self {
        Self::at(self.sink.with_name(name))
    }
}

impl<S: Sink> Trunk<S> {
    /// Hands down the changes of the items for which `keep` holds; see [`FilterItemsLayer`](crate::FilterItemsLayer).
    pub fn filter_items<P>(self, keep: P) -> Trunk<FilterItems<S, P>>
    where
        P: Fn(Image<'_>) -> bool + Send + Sync,
    {
        Trunk::at(self.sink.filter_items(keep))
    }

    /// Hands down the records that match a filter pattern of Lambda; see
    /// [`FilterRecordsLayer`](crate::FilterRecordsLayer).
    pub fn filter_records(self, patterns: impl Into<RecordPatterns>) -> Trunk<FilterRecords<S>> {
        Trunk::at(self.sink.filter_records(patterns))
    }

    /// Hands items down under another key and with other attributes; see [`MapLayer`](crate::MapLayer).
    pub fn map<F>(self, function: F) -> Trunk<Map<S, F>>
    where
        F: Fn(Image<'_>, KeyRef<'_>) -> Result<Mapped, SinkError> + Send + Sync,
    {
        Trunk::at(self.sink.map(function))
    }

    /// Hides the type of the sink, so that the trunk can stand in a list of branches.
    pub fn boxed(self) -> Trunk<BoxSink>
    where
        S: 'static,
    {
        Trunk::at(self.sink.boxed())
    }
}

impl<S: Sink, Stage> Trunk<S, Stage> {
    fn at(sink: S) -> Self {
        Self { sink, stage: PhantomData }
    }

    /// Records metrics.
    pub fn meter(self) -> Trunk<Meter<S>, Metered>
    where
        Stage: Before<Metered>,
    {
        self.meter_with(MeterLayer::new())
    }

    /// Records metrics, with these settings.
    pub fn meter_with(self, layer: MeterLayer) -> Trunk<Meter<S>, Metered>
    where
        Stage: Before<Metered>,
    {
        Trunk::at(self.sink.layer(layer))
    }

    /// Makes a span per write and an event per failed record.
    pub fn trace(self) -> Trunk<Trace<S>, Traced>
    where
        Stage: Before<Traced>,
    {
        self.trace_with(TraceLayer::new())
    }

    /// Makes a span per write and an event per failed record, with these settings.
    pub fn trace_with(self, layer: TraceLayer) -> Trunk<Trace<S>, Traced>
    where
        Stage: Before<Traced>,
    {
        Trunk::at(self.sink.layer(layer))
    }

    /// The finished sink.
    pub fn build(self) -> S {
        self.sink
    }
}
