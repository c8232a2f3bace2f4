//! An HTTP client that does what networks and services do: it wraps the client of the SDK, so that everything above it is
//! the real thing.
//!
//! A plan says for each request what becomes of it. It is a closure, so that a test scripts it by operation and count, and
//! a torture draws it from a seed.

use aws_sdk_dynamodb::{Client, config::SharedHttpClient};
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use std::{
    error::Error,
    fmt, io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::task::JoinHandle;

/// What becomes of a request.
#[derive(Debug, Clone)]
pub(crate) enum Fate {
    /// It is sent and answered.
    Pass,
    /// It is not sent: the service says this instead.
    Refuse { status: u16, code: &'static str, message: &'static str },
    /// It is not sent, and the answer is this body.
    Answer { status: u16, body: String },
    /// It is not sent: there is no connection.
    Unreachable,
    /// It is sent and takes effect, and the answer is lost.
    LoseAnswer,
    /// It is given up now, and takes effect after this time.
    LandLate(Duration),
    /// It is sent after this time and answered.
    Delay(Duration),
    /// It is not sent, and no answer ever comes.
    Hang,
}

impl Fate {
    /// What the service says when a table gets too many requests.
    pub(crate) const THROTTLED: Self =
        Self::Refuse { status: 400, code: "ProvisionedThroughputExceededException", message: "slow down" };
}

/// A request as the plan sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// How many requests there were before.
    pub(crate) at: usize,
    /// Such as `PutItem`.
    pub(crate) operation: String,
    /// The JSON that is sent.
    pub(crate) body: String,
}

/// The wrapped client, and what passed through it.
#[derive(Clone)]
pub(crate) struct Faulty {
    inner: SharedHttpClient,
    plan: Arc<dyn Fn(&Seen) -> Fate + Send + Sync>,
    seen: Arc<Mutex<Vec<Seen>>>,
    late: Arc<Mutex<Vec<JoinHandle<()>>>>,
    answered: Arc<AtomicUsize>,
}

impl Faulty {
    /// A client that talks to the same server through the plan.
    pub(crate) fn around(
        client: &Client,
        plan: impl Fn(&Seen) -> Fate + Send + Sync + 'static,
    ) -> Result<(Self, Client), Box<dyn Error>> {
        let inner = client.config().http_client().ok_or("the client has no HTTP client")?;
        let faulty =
            Self { inner, plan: Arc::new(plan), seen: Arc::default(), late: Arc::default(), answered: Arc::default() };
        let config = client.config().to_builder().http_client(faulty.clone()).build();
        Ok((faulty, Client::from_conf(config)))
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many requests of an operation there were.
    pub(crate) fn count(&self, operation: &str) -> usize {
        self.seen().iter().filter(|seen| seen.operation == operation).count()
    }

    /// How many requests are without an answer now, those that were dropped included.
    pub(crate) fn open(&self) -> usize {
        self.seen().len() - self.answered.load(Ordering::Relaxed)
    }

    /// Waits until all that lands late has landed.
    pub(crate) async fn landed(&self) {
        let late = std::mem::take(&mut *self.late.lock().unwrap_or_else(PoisonError::into_inner));
        for landing in late {
            landing.await.unwrap();
        }
    }

    fn fate(&self, request: &HttpRequest) -> Fate {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let seen = {
            let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            let seen = Seen { at: all.len(), operation, body };
            all.push(seen.clone());
            seen
        };
        (self.plan)(&seen)
    }
}

impl HttpClient for Faulty {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(FaultyConnector { inner, faulty: self.clone() })
    }
}

#[derive(Debug)]
struct FaultyConnector {
    inner: SharedHttpConnector,
    faulty: Faulty,
}

impl HttpConnector for FaultyConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let fate = self.faulty.fate(&request);
        let answer = self.meet(fate, request);
        let answered = Arc::clone(&self.faulty.answered);
        HttpConnectorFuture::new(async move {
            let answer = answer.await;
            answered.fetch_add(1, Ordering::Relaxed);
            answer
        })
    }
}

impl FaultyConnector {
    fn meet(&self, fate: Fate, request: HttpRequest) -> HttpConnectorFuture {
        let inner = self.inner.clone();
        match fate {
            Fate::Pass => inner.call(request),
            Fate::Refuse { status, code, message } => {
                let body = format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"{message}"}}"#);
                HttpConnectorFuture::ready(answer(status, body))
            }
            Fate::Answer { status, body } => HttpConnectorFuture::ready(answer(status, body)),
            Fate::Unreachable => HttpConnectorFuture::ready(Err(broken("connection refused"))),
            Fate::LoseAnswer => HttpConnectorFuture::new(async move {
                inner.call(request).await?;
                Err(broken("connection reset"))
            }),
            Fate::LandLate(after) => {
                let landing = tokio::spawn(async move {
                    tokio::time::sleep(after).await;
                    inner.call(request).await.unwrap();
                });
                self.faulty.late.lock().unwrap_or_else(PoisonError::into_inner).push(landing);
                HttpConnectorFuture::ready(Err(broken("connection reset")))
            }
            Fate::Delay(by) => HttpConnectorFuture::new(async move {
                tokio::time::sleep(by).await;
                inner.call(request).await
            }),
            Fate::Hang => HttpConnectorFuture::new(std::future::pending()),
        }
    }
}

fn answer(status: u16, body: String) -> Result<HttpResponse, ConnectorError> {
    let status = status.try_into().map_err(|error| ConnectorError::other(Box::new(error), None))?;
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    response.headers_mut().insert("x-amzn-requestid", "REQUEST-1");
    Ok(response)
}

fn broken(what: &'static str) -> ConnectorError {
    ConnectorError::io(Box::new(io::Error::new(io::ErrorKind::ConnectionReset, what)))
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faulty").field("seen", &self.seen().len()).finish_non_exhaustive()
    }
}
