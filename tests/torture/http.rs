//! The HTTP client of the SDK behind the faults of the kit: everything above it is the real thing.
//!
//! A request that is sent is carried on in a task of its own. Whoever gives it up does not stop it, as a server does not
//! notice either; so a crash leaves calls behind that still take effect.

use aws_sdk_dynamodb::{
    Client,
    config::{SharedHttpClient, retry::RetryConfig},
};
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use dynacdc_sink::SinkError;
use dynacdc_testkit::Faults;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::watch;

/// How an item that is poison stands in a request. In a letter it is text within text, with other quotes.
const POISONED: &str = r#""poison":{"BOOL":true}"#;

/// Operations by the names that faults and timelines know them by.
const OPERATIONS: [&str; 8] =
    ["PutItem", "GetItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchWriteItem", "TransactWriteItems"];

/// A client of the SDK whose every request meets the faults.
#[derive(Debug, Clone)]
pub(super) struct FaultyHttp {
    inner: SharedHttpClient,
    faults: Faults,
    /// How many requests are sent and not yet done.
    open: Arc<watch::Sender<usize>>,
}

impl FaultyHttp {
    /// A client that talks to the same server through the faults. It does not retry: a fault is to reach whoever called.
    pub(super) fn around(client: &Client, faults: &Faults) -> Result<(Self, Client), SinkError> {
        let inner = client.config().http_client().ok_or_else(|| SinkError::fatal("no HTTP client"))?;
        let http = Self { inner, faults: faults.clone(), open: Arc::default() };
        let config = client.config().to_builder().http_client(http.clone()).retry_config(RetryConfig::disabled());
        Ok((http, Client::from_conf(config.build())))
    }

    /// Waits until nothing is under way, other than what the faults hold.
    pub(super) async fn quiet(&self) {
        // It ends early only if all clients are gone, and then nothing is under way either.
        let _ = self.open.subscribe().wait_for(|open| *open == 0).await;
    }
}

impl HttpClient for FaultyHttp {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(FaultyConnector { inner, http: self.clone() })
    }
}

#[derive(Debug, Clone)]
struct FaultyConnector {
    inner: SharedHttpConnector,
    http: FaultyHttp,
}

impl HttpConnector for FaultyConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = self.clone();
        HttpConnectorFuture::new(async move {
            let target = request.headers().get("x-amz-target").unwrap_or_default();
            let operation = OPERATIONS.into_iter().find(|name| target.ends_with(&format!(".{name}")));
            let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
            let is_poison = body.contains(POISONED);
            // Whoever holds the call owns the other half: gone without a beginning means refused.
            let begun = Arc::new(AtomicBool::new(false));
            let (begins, faults) = (Arc::clone(&begun), connector.http.faults.clone());
            let send = move || {
                begins.store(true, Ordering::SeqCst);
                let is_refused = is_poison && !connector.http.faults.is_healed();
                async move { if is_refused { refused() } else { connector.send(request).await } }
            };
            match faults.call_of(operation.unwrap_or("another call"), || body.clone(), send).await {
                Ok(answer) => answer,
                Err(_) if Arc::strong_count(&begun) == 1 && !begun.load(Ordering::SeqCst) => throttled(),
                Err(error) => Err(ConnectorError::io(Box::new(error))),
            }
        })
    }
}

impl FaultyConnector {
    async fn send(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let open = Arc::clone(&self.http.open);
        open.send_modify(|open| *open += 1);
        let sent = tokio::spawn(async move {
            let answer = self.inner.call(request).await;
            open.send_modify(|open| *open -= 1);
            answer
        });
        sent.await.unwrap_or_else(|error| Err(ConnectorError::other(Box::new(error), None)))
    }
}

fn throttled() -> Result<HttpResponse, ConnectorError> {
    answer("ProvisionedThroughputExceededException", "slow down")
}

fn refused() -> Result<HttpResponse, ConnectorError> {
    answer("ValidationException", "One or more parameter values were invalid: no poison is taken here")
}

fn answer(code: &str, message: &str) -> Result<HttpResponse, ConnectorError> {
    let body = format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"{message}"}}"#);
    let status = 400.try_into().map_err(|error| ConnectorError::other(Box::new(error), None))?;
    Ok(HttpResponse::new(status, SdkBody::from(body)))
}
