use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::Response,
    routing::{get, post},
};
use serde_json::Value;
use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
};

/// What came back for an invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The function answered.
    Response(String),
    /// The function failed.
    Error(Failure),
    /// There was no answer in time.
    TimedOut,
}

/// What a function says when it fails.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failure {
    /// The header `Lambda-Runtime-Function-Error-Type`.
    pub kind: String,
    /// `errorType` of the body.
    pub error_type: String,
    /// `errorMessage` of the body.
    pub message: String,
}

/// The Runtime API of Lambda, for one function.
#[derive(Debug)]
pub struct RuntimeApi {
    address: SocketAddr,
    shared: Arc<Shared>,
    events: mpsc::UnboundedSender<Event>,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct Event {
    id: String,
    payload: Bytes,
    /// As it stands in the header.
    deadline: String,
}

#[derive(Debug)]
struct Shared {
    events: tokio::sync::Mutex<mpsc::UnboundedReceiver<Event>>,
    waiting: Mutex<HashMap<String, oneshot::Sender<Answer>>>,
    ids: AtomicU64,
    init: watch::Sender<Option<Failure>>,
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, HashMap<String, oneshot::Sender<Answer>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As Lambda, an answer that nobody waits for any more is refused.
    fn answer(&self, id: &str, answer: Answer) -> StatusCode {
        match self.waiting().remove(id).map(|waiting| waiting.send(answer)) {
            Some(Ok(())) => StatusCode::ACCEPTED,
            _ => StatusCode::GONE,
        }
    }
}

impl RuntimeApi {
    /// Listens on a free port.
    ///
    /// # Errors
    /// If there is none.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (events, receiver) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            events: tokio::sync::Mutex::new(receiver),
            waiting: Mutex::default(),
            ids: AtomicU64::new(1),
            init: watch::Sender::new(None),
        });
        let paths = Router::new()
            .route("/invocation/next", get(next))
            .route("/invocation/{id}/response", post(response))
            .route("/invocation/{id}/error", post(error))
            .route("/init/error", post(init_error));
        let router = Router::new()
            .nest("/2018-06-01/runtime", paths)
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move {
            // It ends with the task, which ends with the stub.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, shared, events, server })
    }

    /// What a function finds in its environment.
    pub fn environment(&self) -> [(&'static str, String); 5] {
        [
            ("AWS_LAMBDA_RUNTIME_API", self.address.to_string()),
            ("AWS_LAMBDA_FUNCTION_NAME", "function".to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128".to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
            ("AWS_REGION", "eu-west-1".to_owned()),
        ]
    }

    /// Invokes the function with this payload, and waits for its answer for as long as the invocation may take.
    pub async fn invoke(&self, payload: impl Into<Bytes>, time: Duration) -> Answer {
        let ends = (SystemTime::now() + time).duration_since(UNIX_EPOCH).unwrap_or_default();
        self.invoke_until(ends.as_millis().to_string(), payload, time).await
    }

    /// The same with any text as the header `Lambda-Runtime-Deadline-Ms`: not all that plays Lambda sends a time.
    pub async fn invoke_until(&self, deadline: impl Into<String>, payload: impl Into<Bytes>, time: Duration) -> Answer {
        let id = format!("request-{}", self.shared.ids.fetch_add(1, Ordering::Relaxed));
        let (sender, answer) = oneshot::channel();
        self.shared.waiting().insert(id.clone(), sender);
        let event = Event { id: id.clone(), payload: payload.into(), deadline: deadline.into() };
        // The receiver lives as long as this.
        let _ = self.events.send(event);
        let answer = tokio::time::timeout(time, answer).await;
        self.shared.waiting().remove(&id);
        answer.ok().and_then(Result::ok).unwrap_or(Answer::TimedOut)
    }

    /// Waits until the function says that it cannot start.
    pub async fn init_error(&self, time: Duration) -> Option<Failure> {
        let mut init = self.shared.init.subscribe();
        let failure = tokio::time::timeout(time, init.wait_for(Option::is_some)).await.ok()?.ok()?;
        failure.clone()
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn next(State(shared): State<Arc<Shared>>) -> Result<Response, StatusCode> {
    let event = shared.events.lock().await.recv().await.ok_or(StatusCode::GONE)?;
    Response::builder()
        .header(CONTENT_TYPE, "application/json")
        .header("Lambda-Runtime-Aws-Request-Id", &event.id)
        .header("Lambda-Runtime-Deadline-Ms", &event.deadline)
        .header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:function")
        .body(Body::from(event.payload))
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn response(State(shared): State<Arc<Shared>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    shared.answer(&id, Answer::Response(String::from_utf8_lossy(&body).into_owned()))
}

async fn error(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    shared.answer(&id, Answer::Error(failure(&headers, &body)))
}

async fn init_error(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    shared.init.send_replace(Some(failure(&headers, &body)));
    StatusCode::ACCEPTED
}

fn failure(headers: &HeaderMap, body: &[u8]) -> Failure {
    let kind = headers.get("lambda-runtime-function-error-type").and_then(|kind| kind.to_str().ok());
    let body = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    Failure { kind: kind.unwrap_or_default().to_owned(), error_type: text("errorType"), message: text("errorMessage") }
}
