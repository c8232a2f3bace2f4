use crate::{
    DeadLetter, DeadLetterLayer, DeadLetterStore, Dedupe, DedupeLayer, DedupeStore, FilterItems, FilterItemsLayer,
    FilterRecords, FilterRecordsLayer, Isolate, IsolateLayer, Map, MapLayer, Mapped, Meter, MeterLayer, RecordPatterns,
    Retry, RetryLayer, Sink, SinkError, Timeout, TimeoutLayer, Trace, TraceLayer,
};
use dynacdc_record::{Image, KeyRef};

/// A sink of any kind, behind one pointer.
pub type BoxSink = Box<dyn Sink>;

/// What wraps a sink into another one: a filter, retries, a dead-letter queue.
///
/// The layer holds the settings and is used up when it is applied; the sink it makes holds them and the inner sink.
/// It forwards `name`, `order` and `redelivery` of the inner sink unless it changes what they say. `Layer` has no bound
/// on `S`, so that a layer can ask more of the inner sink than to be a [`Sink`].
///
/// ```
/// use dynacdc_sink::{Batch, Layer, Order, Redelivery, Report, Sink, SinkError};
///
/// /// Another name in logs and errors.
/// struct Named(&'static str);
///
/// struct NamedSink<S> {
///     name: &'static str,
///     inner: S,
/// }
///
/// impl<S: Sink> Layer<S> for Named {
///     type Sink = NamedSink<S>;
///
///     fn layer(self, inner: S) -> NamedSink<S> {
///         NamedSink { name: self.0, inner }
///     }
/// }
///
/// #[async_trait::async_trait]
/// impl<S: Sink> Sink for NamedSink<S> {
///     fn name(&self) -> &str {
///         self.name
///     }
///     fn order(&self) -> Order {
///         self.inner.order()
///     }
///     fn redelivery(&self) -> Redelivery {
///         self.inner.redelivery()
///     }
///     async fn write(&self, batch: Batch<'_>) -> Result<Report, SinkError> {
///         self.inner.write(batch).await
///     }
/// }
/// ```
pub trait Layer<S> {
    /// The sink that the layer makes.
    type Sink: Sink;

    /// Wraps a sink.
    fn layer(self, inner: S) -> Self::Sink;
}

/// A layer that does not go around every sink, and says so at start-up.
pub trait TryLayer<S> {
    /// The sink that the layer makes.
    type Sink: Sink;

    /// Wraps a sink.
    ///
    /// # Errors
    /// Of class Fatal if the layer around this sink would lose or repeat changes.
    fn try_layer(self, inner: S) -> Result<Self::Sink, SinkError>;
}

/// What every sink can be asked for.
pub trait SinkExt: Sink + Sized {
    /// Wraps the sink. The layer that is applied last is the outermost: it is asked first and answers last.
    fn layer<L: Layer<Self>>(self, layer: L) -> L::Sink {
        layer.layer(self)
    }

    /// Wraps the sink in a layer that may refuse it.
    ///
    /// # Errors
    /// As the layer says.
    fn try_layer<L: TryLayer<Self>>(self, layer: L) -> Result<L::Sink, SinkError> {
        layer.try_layer(self)
    }

    /// Does each effect once; see [`DedupeLayer`].
    fn dedupe<D: DedupeStore>(self, layer: DedupeLayer<D>) -> Dedupe<Self, D> {
        self.layer(layer)
    }

    /// Hands down the changes of the items for which `keep` holds: see [`FilterItemsLayer`].
    fn filter_items<P>(self, keep: P) -> FilterItems<Self, P>
    where
        P: Fn(Image<'_>) -> bool + Send + Sync,
    {
        self.layer(FilterItemsLayer::new(keep))
    }

    /// Hands items down under another key and with other attributes: see [`MapLayer`].
    fn map<F>(self, function: F) -> Map<Self, F>
    where
        F: Fn(Image<'_>, KeyRef<'_>) -> Result<Mapped, SinkError> + Send + Sync,
    {
        self.layer(MapLayer::new(function))
    }

    /// Parks what the sink cannot write.
    ///
    /// # Errors
    /// Of class Fatal if the order of the sink's effects reaches over the lane.
    fn dead_letter<D: DeadLetterStore>(self, layer: DeadLetterLayer<D>) -> Result<DeadLetter<Self, D>, SinkError> {
        self.try_layer(layer)
    }

    /// Sends Transient failures again.
    fn retry(self, layer: RetryLayer) -> Retry<Self> {
        self.layer(layer)
    }

    /// Limits the time of one write.
    ///
    /// # Errors
    /// Of class Fatal if the sink is not of level [`Redelivery::Any`](crate::Redelivery::Any).
    fn timeout(self, layer: TimeoutLayer) -> Result<Timeout<Self>, SinkError> {
        self.try_layer(layer)
    }

    /// Takes a batch that was refused as a whole apart.
    fn isolate(self) -> Isolate<Self> {
        self.layer(IsolateLayer::new())
    }

    /// Records metrics.
    fn meter(self) -> Meter<Self> {
        self.layer(MeterLayer::new())
    }

    /// Makes a span per write and an event per failed record.
    fn trace(self) -> Trace<Self> {
        self.layer(TraceLayer::new())
    }

    /// Passes on the records that match a filter pattern of Lambda. See [`FilterRecordsLayer`] for what it does not do.
    fn filter_records(self, patterns: impl Into<RecordPatterns>) -> FilterRecords<Self> {
        self.layer(FilterRecordsLayer::new(patterns))
    }

    /// Hides the type of the sink.
    fn boxed(self) -> BoxSink
    where
        Self: 'static,
    {
        Box::new(self)
    }
}

impl<S: Sink> SinkExt for S {}
