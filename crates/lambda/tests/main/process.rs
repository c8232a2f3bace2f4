//! The functions under test, and the process that runs one of them: this very program, called again.

use async_trait::async_trait;
use dynacdc_lambda::{EmbeddedMetrics, Function, FunctionError, window};
use dynacdc_lambda_stub::{Answer, FunctionProcess, RuntimeApi};
use dynacdc_record::{ChangeRecord, Malformed};
use dynacdc_sink::{
    Done, Each, Lane, Layer, MalformedStore, MeterLayer, OnMalformed, RecordSink, Redelivery, SinkError,
};
use std::{
    env, io,
    io::Write,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

const NAME: &str = "DYNACDC_FUNCTION";

/// Longer than any invocation here takes, however busy the machine is.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// A function, and Lambda around it.
pub(crate) struct Running {
    api: RuntimeApi,
    process: FunctionProcess,
}

impl Running {
    pub(crate) async fn start(name: &str) -> io::Result<Self> {
        let api = RuntimeApi::start().await?;
        let mut command = Command::new(env::current_exe()?);
        command
            .args(["--exact", "process::function", "--nocapture", "--quiet"])
            .env(NAME, name)
            .env("RUST_BACKTRACE", "0");
        let process = FunctionProcess::start(&api, command)?;
        Ok(Self { api, process })
    }

    pub(crate) fn api(&self) -> &RuntimeApi {
        &self.api
    }

    /// Ends the process by itself.
    pub(crate) fn process(self) -> FunctionProcess {
        self.process
    }

    pub(crate) async fn invoke(&self, event: String) -> Answer {
        self.api.invoke(event, LONG).await
    }

    /// The answer of an invocation that did not fail.
    pub(crate) async fn answer(&self, event: String) -> Result<String, String> {
        match self.invoke(event).await {
            Answer::Response(answer) => Ok(answer),
            other => Err(format!("{other:?}")),
        }
    }

    /// The lines that the function wrote.
    pub(crate) fn stop(self) -> io::Result<Vec<String>> {
        Ok(self.process.stop()?.lines().map(ToOwned::to_owned).collect())
    }
}

/// Not a test: where a parent asks for it, this is the process of a function.
#[test]
fn function() -> Result<(), Box<dyn std::error::Error>> {
    let Ok(name) = env::var(NAME) else { return Ok(()) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // What the harness has written of its line must not stand before the first of ours.
    say("");
    Ok(runtime.block_on(run(&name))?)
}

async fn run(name: &str) -> Result<(), FunctionError> {
    match name {
        "plain" => dynacdc_lambda::run(scripted()).await,
        "parking" => Function::new(scripted()).with_on_malformed(OnMalformed::park(Printer)).run().await,
        "hurried" => Function::new(scripted()).with_reserve(Duration::from_secs(2)).run().await,
        "continued" => dynacdc_lambda::run(scripted().with_redelivery(Redelivery::Continued)).await,
        "metered" => {
            let metrics = EmbeddedMetrics::new("shop").with_dimension("stage", "test").install();
            let metrics = metrics.map_err(|_| FunctionError::State("installed")).ok();
            let sink = MeterLayer::new().layer(scripted());
            Function::new(sink).with_metrics(metrics.unwrap_or_else(|| EmbeddedMetrics::new("none"))).run().await
        }
        "window" => {
            let sums = window::<serde_json::Value>(|state, record| {
                if key(record) == "poison" {
                    return Err(SinkError::poison("not to be counted"));
                }
                let seen = state["seen"].as_u64().unwrap_or_default();
                state["seen"] = (seen + 1).into();
                Ok(())
            });
            let sums = sums.on_end(|state, window| async move {
                say(&format!("window {} {}", window.end().to_rfc3339(), state));
                Ok(())
            });
            sums.run().await
        }
        other => {
            say(&format!("no function {other}"));
            Ok(())
        }
    }
}

pub(crate) fn key(record: &ChangeRecord) -> String {
    record.keys().get("pk").and_then(|pk| pk.as_str().map(ToOwned::to_owned)).unwrap_or_default()
}

fn scripted() -> Each<Scripted> {
    Each::new(Scripted).with_redelivery(Redelivery::Any)
}

/// Does what the key of an item says, and tells of all that it applied.
struct Scripted;

/// How many records this process has applied.
static APPLIED: AtomicUsize = AtomicUsize::new(0);

#[async_trait]
impl RecordSink for Scripted {
    fn name(&self) -> &str {
        "scripted"
    }

    async fn apply(&self, record: &ChangeRecord) -> Result<Done, SinkError> {
        match key(record).as_str() {
            "poison" => return Err(SinkError::poison("refused")),
            "throttled" => return Err(SinkError::transient("throttled")),
            "fatal" => return Err(SinkError::fatal("no such table")),
            "panics" => panic!("as it was told"),
            "slow" => tokio::time::sleep(Duration::from_millis(400)).await,
            _ => {}
        }
        let total = APPLIED.fetch_add(1, Ordering::Relaxed) + 1;
        let view = record.view_type().map(|view| view.to_string()).unwrap_or_default();
        let images = (record.old_image().is_some(), record.new_image().is_some());
        say(&format!("applied {} total {total} {view} {images:?}", record.sequence_number()));
        Ok(Done::Applied)
    }
}

struct Printer;

#[async_trait]
impl MalformedStore for Printer {
    async fn park(&self, lane: &Lane, record: &Malformed) -> Result<(), SinkError> {
        let number = record.sequence_number().map_or("none".to_owned(), |number| number.to_string());
        say(&format!("parked {number} {} bytes of {lane}", record.raw().len()));
        Ok(())
    }
}

/// Writes to standard output itself, which the harness does not take away.
fn say(line: &str) {
    // A closed pipe is the parent's end.
    let _ = writeln!(io::stdout(), "{line}");
}
