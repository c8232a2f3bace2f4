//! A copy of a table in another table, by a Lambda function: the newest change of each item wins, in whatever order and
//! however often Lambda delivers.

mod copy;

use aws_config::{BehaviorVersion, timeout::TimeoutConfig};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use copy::Copy;
use dynacdc_dynamodb::FencedWriter;
use dynacdc_lambda::{EmbeddedMetrics, Function};
use dynacdc_sink::{MeterLayer, SinkExt};
use std::{env, error::Error, time::Duration};

/// Shorter than the reserve that the function keeps at the end of an invocation.
const ATTEMPT: Duration = Duration::from_secs(1);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().json().with_current_span(false).init();
    let target = env::var("TARGET_TABLE").map_err(|_| "the environment variable TARGET_TABLE names the copy")?;
    let metrics = EmbeddedMetrics::new("dynacdc").install()?;
    let tls = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT).build();
    let config = aws_config::defaults(BehaviorVersion::latest()).http_client(tls).timeout_config(timeouts);
    let client = aws_sdk_dynamodb::Client::new(&config.load().await);
    let sink = Copy::new(FencedWriter::new(&client, target)).layer(MeterLayer::new());
    Ok(Function::new(sink).with_metrics(metrics).run().await?)
}
