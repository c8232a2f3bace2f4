//! A function behind the simulated event source mapping: what Lambda's deliveries make of its answers.

mod destination;
mod duplicates;
mod malformed;
mod poison;
mod time;
mod torture;
mod view_types;
mod windows;

use dynacdc_lambda::Function;
use dynacdc_record::{ChangeRecord, Item, ItemKey, SequenceNumber, item};
use dynacdc_sink::{Each, FnSink, Redelivery, Sink, SinkError, sink_fn};
use dynacdc_testkit::{EventSourceMapping, InvocationOutcome, MappingRun, StreamSimulator};
use std::{
    collections::BTreeMap,
    error::Error,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

type Tested = Result<(), Box<dyn Error>>;

/// Lambda's longest timeout, which the mapping has unless a test says otherwise.
const TIMEOUT: Duration = Duration::from_secs(900);

/// A stream of one shard with items `0` and so on.
fn with(items: usize) -> Result<StreamSimulator, Box<dyn Error>> {
    let stream = StreamSimulator::new("orders")?;
    put(&stream, items)?;
    Ok(stream)
}

fn put(stream: &StreamSimulator, items: usize) -> Tested {
    let before = stream.written().len();
    for n in before..before + items {
        stream.put(item! { "pk" => format!("{n}") })?;
    }
    Ok(())
}

fn numbers(stream: &StreamSimulator) -> Vec<SequenceNumber> {
    stream.written().iter().map(ChangeRecord::sequence_number).collect()
}

fn name(record: &ChangeRecord) -> String {
    record.keys().get("pk").and_then(|pk| pk.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The table that the records make.
fn table(records: &[ChangeRecord]) -> BTreeMap<ItemKey, Item> {
    let mut table = BTreeMap::new();
    for record in records {
        match record.new_image() {
            Some(image) => table.insert(record.item_key(), image.to_item()),
            None => table.remove(&record.item_key()),
        };
    }
    table
}

/// Delivers everything to the function, as Lambda does with this timeout.
async fn deliver<S: Sink>(mapping: &mut EventSourceMapping, function: &Function<S>, timeout: Duration) -> MappingRun {
    mapping
        .run(async |event| function.handle(event, Instant::now() + timeout).await.map(|answer| answer.to_json()))
        .await
}

fn outcomes(run: &MappingRun) -> Vec<InvocationOutcome> {
    run.invocations().iter().map(|invocation| invocation.outcome()).collect()
}

/// What a sink applied, by name of the item, in order.
#[derive(Debug, Clone, Default)]
struct Applied(Arc<Mutex<Vec<String>>>);

impl Applied {
    fn add(&self, record: &ChangeRecord) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(name(record));
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, name: &str) -> usize {
        self.all().iter().filter(|applied| *applied == name).count()
    }
}

type Handled = Pin<Box<dyn Future<Output = Result<(), SinkError>> + Send>>;
type Handler = Box<dyn Fn(ChangeRecord) -> Handled + Send + Sync>;

/// A sink that applies each record for which `handler` gives no error.
fn applying<F>(applied: &Applied, handler: impl Fn(String) -> F + Send + Sync + 'static) -> Each<FnSink<Handler>>
where
    F: Future<Output = Result<(), SinkError>> + Send + 'static,
{
    let applied = applied.clone();
    let handler: Handler = Box::new(move |record| {
        let (applied, handled) = (applied.clone(), handler(name(&record)));
        Box::pin(async move {
            handled.await?;
            applied.add(&record);
            Ok(())
        })
    });
    sink_fn("applying", handler).with_redelivery(Redelivery::Any)
}

/// The same with an error for the item of this name.
fn refusing(applied: &Applied, refused: &'static str, error: fn() -> SinkError) -> Each<FnSink<Handler>> {
    applying(applied, move |name| std::future::ready(if name == refused { Err(error()) } else { Ok(()) }))
}
