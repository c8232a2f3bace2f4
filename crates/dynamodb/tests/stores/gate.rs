//! An HTTP client that holds a request back until the test lets it go: so what comes between two calls is no question of
//! time.

use crate::scene::Fallible;
use aws_sdk_dynamodb::{Client, config::SharedHttpClient};
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::HttpRequest,
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};
use tokio::sync::Semaphore;

/// Which requests of an operation are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    /// This one, counted from 0; its caller waits.
    Nth(usize),
    /// This one; its caller is told at once that the connection broke.
    GivenUp(usize),
    /// All of them; their callers are told at once that the connection broke.
    AllGivenUp,
}

#[derive(Debug, Clone)]
pub(crate) struct Gate {
    inner: SharedHttpClient,
    operation: &'static str,
    held: Held,
    seen: Arc<AtomicUsize>,
    reached: Arc<Semaphore>,
    open: Arc<Semaphore>,
    landed: Arc<Semaphore>,
}

impl Gate {
    /// A client that talks to the same server through the gate.
    pub(crate) fn before(client: &Client, operation: &'static str, held: Held) -> Fallible<(Self, Client)> {
        let none = || Arc::new(Semaphore::new(0));
        let inner = client.config().http_client().ok_or("the client has no HTTP client")?;
        let (seen, reached, open, landed) = (Arc::default(), none(), none(), none());
        let gate = Self { inner, operation, held, seen, reached, open, landed };
        let config = client.config().to_builder().http_client(gate.clone()).build();
        Ok((gate, Client::from_conf(config)))
    }

    /// Waits until a request is held.
    pub(crate) async fn reached(&self) {
        self.reached.acquire().await.unwrap().forget();
    }

    /// Lets one request go.
    pub(crate) fn open(&self) {
        self.open.add_permits(1);
    }

    /// Lets one request go that was given up, and waits for what the service says to it.
    pub(crate) async fn land(&self) {
        self.open();
        self.landed.acquire().await.unwrap().forget();
    }
}

impl HttpClient for Gate {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(GateConnector { inner, gate: self.clone() })
    }
}

#[derive(Debug)]
struct GateConnector {
    inner: SharedHttpConnector,
    gate: Gate,
}

impl HttpConnector for GateConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (inner, gate) = (self.inner.clone(), self.gate.clone());
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        if target.rsplit('.').next() != Some(gate.operation) {
            return inner.call(request);
        }
        let nth = gate.seen.fetch_add(1, SeqCst);
        let (is_held, is_given_up) = match gate.held {
            Held::Nth(held) => (held == nth, false),
            Held::GivenUp(held) => (held == nth, true),
            Held::AllGivenUp => (true, true),
        };
        if !is_held {
            return inner.call(request);
        }
        let goes = async move {
            gate.reached.add_permits(1);
            gate.open.acquire().await.unwrap().forget();
            let answer = inner.call(request).await;
            gate.landed.add_permits(1);
            answer
        };
        if is_given_up {
            tokio::spawn(goes);
            let broken = io::Error::new(io::ErrorKind::ConnectionReset, "connection reset");
            return HttpConnectorFuture::ready(Err(ConnectorError::io(Box::new(broken))));
        }
        HttpConnectorFuture::new(goes)
    }
}
