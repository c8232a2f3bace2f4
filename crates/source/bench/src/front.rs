//! The simulated stream behind HTTP: the Streams API as the SDK speaks it (JSON 1.0).
//!
//! It serves on a thread and a runtime of its own. A page is written down once and sent as it is from then on, so that what
//! the server does is the same small part of either side's time: a page that was not empty never changes.

use crate::Fallible;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    serve::ListenerExt,
};
use dynacdc_record::{SequenceNumber, StreamArn};
use dynacdc_sink::ShardId;
use dynacdc_source::{Position, Shard, StreamStatus, StreamsApi, StreamsError, StreamsErrorKind};
use dynacdc_testkit::StreamSimulator;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
};
use tokio::{net::TcpListener, runtime, sync::oneshot};

/// A server of one simulated stream. Dropping it ends it.
#[derive(Debug)]
pub struct Front {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Front {
    /// Serves the stream on a free port of this machine.
    ///
    /// # Errors
    /// If there is no port or no thread.
    pub fn start(stream: StreamSimulator) -> Fallible<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let router = Router::new().fallback(answer).with_state(Desk { stream, spots: Arc::default() });
        let thread = thread::Builder::new().name("streams-front".to_owned()).spawn(move || {
            runtime.block_on(async {
                let Ok(listener) = TcpListener::from_std(listener) else { return };
                // Small answers must not wait for the peer's delayed acknowledgement.
                let listener = listener.tap_io(|socket| drop(socket.set_nodelay(true)));
                let served = axum::serve(listener, router).into_future();
                // An error of the receiver means that the handle is gone: the same order.
                tokio::select! { _ = served => {}, _ = stopped => {} }
            });
        })?;
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }

    /// Its URL.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What the iterators that were given out stand for: an iterator is the index of its spot.
#[derive(Debug, Default)]
struct Spots {
    known: HashMap<(ShardId, String), usize>,
    spots: Vec<Spot>,
}

#[derive(Debug, Clone)]
struct Spot {
    shard: ShardId,
    position: Position,
    /// By the limit that was asked for.
    pages: HashMap<Option<u16>, Bytes>,
}

impl Spots {
    fn iterator(&mut self, shard: &ShardId, position: Position) -> String {
        let next = self.spots.len();
        let at = *self.known.entry((shard.clone(), format!("{position:?}"))).or_insert(next);
        if at == next {
            self.spots.push(Spot { shard: shard.clone(), position, pages: HashMap::new() });
        }
        format!("spot-{at:020}")
    }

    fn get(&self, iterator: &str) -> Option<(usize, &Spot)> {
        let at = iterator.strip_prefix("spot-")?.parse().ok()?;
        Some((at, self.spots.get(at)?))
    }
}

#[derive(Debug, Clone)]
struct Desk {
    stream: StreamSimulator,
    spots: Arc<Mutex<Spots>>,
}

/// What is answered with an error: its status, its code and a message.
struct Refusal(StatusCode, &'static str, String);

impl Refusal {
    fn bad(message: &str) -> Self {
        Self(StatusCode::BAD_REQUEST, "ValidationException", message.to_owned())
    }
}

impl From<StreamsError> for Refusal {
    fn from(error: StreamsError) -> Self {
        let (status, code) = match error.kind() {
            StreamsErrorKind::IteratorExpired => (StatusCode::BAD_REQUEST, "ExpiredIteratorException"),
            StreamsErrorKind::Trimmed => (StatusCode::BAD_REQUEST, "TrimmedDataAccessException"),
            StreamsErrorKind::NotFound => (StatusCode::BAD_REQUEST, "ResourceNotFoundException"),
            StreamsErrorKind::Throttled => (StatusCode::BAD_REQUEST, "LimitExceededException"),
            StreamsErrorKind::Unavailable => (StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError"),
            _ => (StatusCode::BAD_REQUEST, "ValidationException"),
        };
        Self(status, code, error.to_string())
    }
}

async fn answer(State(desk): State<Desk>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let operation = target.strip_prefix("DynamoDBStreams_20120810.").unwrap_or_default();
    let (status, body) = match desk.call(operation, &body).await {
        Ok(body) => (StatusCode::OK, body),
        Err(Refusal(status, code, message)) => {
            let body = json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": message });
            (status, Bytes::from(body.to_string()))
        }
    };
    (status, [(CONTENT_TYPE, "application/x-amz-json-1.0")], body).into_response()
}

impl Desk {
    async fn call(&self, operation: &str, body: &[u8]) -> Result<Bytes, Refusal> {
        let request: Value = serde_json::from_slice(body).map_err(|error| Refusal::bad(&error.to_string()))?;
        let answer = match operation {
            "DescribeStream" => self.describe(&request).await?,
            "GetShardIterator" => self.iterator(&request).await?,
            "GetRecords" => return self.records(&request).await,
            "ListStreams" => self.list(&request).await?,
            _ => return Err(Refusal(StatusCode::BAD_REQUEST, "UnknownOperationException", String::new())),
        };
        Ok(answer.to_string().into())
    }

    async fn describe(&self, request: &Value) -> Result<Value, Refusal> {
        let arn = arn(request)?;
        let page = match request.pointer("/ShardFilter/ShardId").and_then(Value::as_str) {
            Some(parent) => self.stream.children(&arn, &ShardId::new(parent)).await?,
            None => {
                let after = request.get("ExclusiveStartShardId").and_then(Value::as_str).map(ShardId::new);
                self.stream.describe(&arn, after.as_ref()).await?
            }
        };
        let status = match page.status {
            StreamStatus::Enabling => "ENABLING",
            StreamStatus::Disabling => "DISABLING",
            StreamStatus::Disabled => "DISABLED",
            _ => "ENABLED",
        };
        let mut description = json!({
            "StreamArn": arn.as_str(), "StreamLabel": arn.label(), "TableName": arn.table(), "StreamStatus": status,
            "Shards": page.shards.iter().map(described).collect::<Vec<_>>(),
        });
        if let Some(view_type) = page.view_type {
            description["StreamViewType"] = view_type.as_str().into();
        }
        if let Some(last) = page.more_after {
            description["LastEvaluatedShardId"] = last.as_str().into();
        }
        Ok(json!({ "StreamDescription": description }))
    }

    async fn iterator(&self, request: &Value) -> Result<Value, Refusal> {
        let (arn, shard) = (arn(request)?, ShardId::new(text(request, "ShardId")?));
        let number = || {
            let number = SequenceNumber::parse(text(request, "SequenceNumber")?);
            number.map_err(|error| Refusal::bad(&error.to_string()))
        };
        let position = match text(request, "ShardIteratorType")? {
            "TRIM_HORIZON" => Position::TrimHorizon,
            "LATEST" => Position::Latest,
            "AT_SEQUENCE_NUMBER" => Position::At(number()?),
            "AFTER_SEQUENCE_NUMBER" => Position::After(number()?),
            _ => return Err(Refusal::bad("no such type of iterator")),
        };
        // Whether there is such a place is found out now, as by the service.
        self.stream.iterator(&arn, &shard, &position).await?;
        Ok(json!({ "ShardIterator": self.spots().iterator(&shard, position) }))
    }

    async fn records(&self, request: &Value) -> Result<Bytes, Refusal> {
        let iterator = text(request, "ShardIterator")?;
        let limit = request.get("Limit").and_then(Value::as_u64).and_then(|limit| u16::try_from(limit).ok());
        let (at, spot) = {
            let spots = self.spots();
            let (at, spot) = spots.get(iterator).ok_or_else(|| Refusal::bad("Invalid ShardIterator"))?;
            if let Some(page) = spot.pages.get(&limit) {
                return Ok(page.clone());
            }
            (at, spot.clone())
        };
        let arn = self.stream.arn();
        let inner = self.stream.iterator(&arn, &spot.shard, &spot.position).await?;
        let page = self.stream.records(&arn, &inner, limit).await?;
        let mut spots = self.spots();
        let next = page.next.is_some().then(|| match page.records.records().last() {
            Some(last) => spots.iterator(&spot.shard, Position::After(last.sequence_number())),
            None => iterator.to_owned(),
        });
        // Only the records of a Lambda event name their stream.
        let foreign = format!(r#","eventSourceARN":"{}""#, arn.as_str());
        let records: Vec<String> =
            page.records.records().iter().map(|record| record.to_json().replace(&foreign, "")).collect();
        let next = next.map(|next| format!(r#","NextShardIterator":"{next}""#)).unwrap_or_default();
        let body = Bytes::from(format!(r#"{{"Records":[{}]{next}}}"#, records.join(",")));
        if !page.records.is_empty()
            && let Some(spot) = spots.spots.get_mut(at)
        {
            spot.pages.insert(limit, body.clone());
        }
        Ok(body)
    }

    async fn list(&self, request: &Value) -> Result<Value, Refusal> {
        let page = self.stream.streams(text(request, "TableName")?, None).await?;
        let stream = |arn: &StreamArn| json!({ "StreamArn": arn.as_str(), "StreamLabel": arn.label(), "TableName": arn.table() });
        Ok(json!({ "Streams": page.streams.iter().map(stream).collect::<Vec<_>>() }))
    }

    fn spots(&self) -> MutexGuard<'_, Spots> {
        self.spots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn described(shard: &Shard) -> Value {
    let mut range = json!({ "StartingSequenceNumber": "000000000000000000001" });
    if shard.closed {
        range["EndingSequenceNumber"] = "999999999999999999999".into();
    }
    let mut described = json!({ "ShardId": shard.id.as_str(), "SequenceNumberRange": range });
    if let Some(parent) = &shard.parent {
        described["ParentShardId"] = parent.as_str().into();
    }
    described
}

fn text<'v>(request: &'v Value, name: &str) -> Result<&'v str, Refusal> {
    request.get(name).and_then(Value::as_str).ok_or_else(|| Refusal::bad(&format!("{name} is missing")))
}

fn arn(request: &Value) -> Result<StreamArn, Refusal> {
    StreamArn::parse(text(request, "StreamArn")?).map_err(|error| Refusal::bad(&error.to_string()))
}
