//! A service that answers by a script: for states that the embedded server never has.

use async_trait::async_trait;
use aws_sdk_dynamodb::{Client, config::SharedHttpClient};
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use dynacdc_local::LocalDynamoDb;
use dynacdc_record::StreamArn;
use dynacdc_sink::ShardId;
use dynacdc_source::{
    Position, RecordPage, Shard, ShardIterator, ShardPage, StreamPage, StreamStatus, StreamsApi, StreamsError,
    StreamsErrorKind,
};
use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What becomes of a request.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// The embedded server answers.
    Pass,
    /// The embedded server does it, and the answer is lost.
    Lost,
    /// The service refuses it with this code and message.
    Error(&'static str, &'static str),
    /// The service fails.
    Failure,
    /// `DescribeTable` tells of a table with this status, and of a stream with this view type, label 1.
    Table(&'static str, Option<&'static str>),
}

/// The HTTP client of the SDK: the script answers the first requests, the embedded server those that follow.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    inner: SharedHttpClient,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Script {
    pub(crate) fn before(
        db: &LocalDynamoDb,
        answers: impl IntoIterator<Item = Answer>,
    ) -> Result<(Self, Client), &'static str> {
        let inner = db.dynamodb().config().http_client().ok_or("the client has no HTTP client")?;
        let answers = answers.into_iter().collect();
        let script = Self { inner, answers: Arc::new(Mutex::new(answers)), seen: Arc::default() };
        let config = db.dynamodb().config().to_builder().http_client(script.clone()).build();
        Ok((script, Client::from_conf(config)))
    }

    /// The operations that were called, in order.
    pub(crate) fn seen(&self) -> Vec<String> {
        lock(&self.seen).clone()
    }

    pub(crate) fn count(&self, operation: &str) -> usize {
        lock(&self.seen).iter().filter(|seen| *seen == operation).count()
    }

    /// Whether the whole script was played.
    pub(crate) fn is_over(&self) -> bool {
        lock(&self.answers).is_empty()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl HttpClient for Script {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Connector { inner, script: self.clone() })
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    script: Script,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        lock(&self.script.seen).push(target.rsplit('.').next().unwrap_or_default().to_owned());
        let inner = self.inner.clone();
        match lock(&self.script.answers).pop_front().unwrap_or(Answer::Pass) {
            Answer::Pass => inner.call(request),
            Answer::Lost => HttpConnectorFuture::new(async move {
                inner.call(request).await?;
                Err(ConnectorError::io(Box::new(io::Error::from(io::ErrorKind::ConnectionReset))))
            }),
            Answer::Error(code, message) => {
                respond(400, format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"{message}"}}"#))
            }
            Answer::Failure => respond(500, r#"{"__type":"InternalServerError"}"#.to_owned()),
            Answer::Table(status, view_type) => {
                let arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/Orders/stream/1";
                let stream = view_type.map(|view_type| {
                    format!(
                        r#","StreamSpecification":{{"StreamEnabled":true,"StreamViewType":"{view_type}"}},"LatestStreamArn":"{arn}""#
                    )
                });
                let stream = stream.unwrap_or_default();
                respond(200, format!(r#"{{"Table":{{"TableStatus":"{status}"{stream}}}}}"#))
            }
        }
    }
}

fn respond(status: u16, body: String) -> HttpConnectorFuture {
    let status = status.try_into().map_err(|error| ConnectorError::other(Box::new(error), None));
    HttpConnectorFuture::ready(status.map(|status| HttpResponse::new(status, SdkBody::from(body))))
}

/// One answer of the Streams API.
#[derive(Debug, Clone)]
pub(crate) enum Told {
    Stream(StreamStatus, usize),
    /// A page with so many shards, and another page behind it.
    More(usize),
    Streams(Vec<StreamArn>, Option<StreamArn>),
    Error(StreamsErrorKind),
}

/// A Streams API whose answers are scripted; behind the script it refuses everything.
#[derive(Debug, Default)]
pub(crate) struct Streams(Mutex<VecDeque<Told>>);

impl Streams {
    pub(crate) fn telling(answers: impl IntoIterator<Item = Told>) -> Self {
        Self(Mutex::new(answers.into_iter().collect()))
    }

    pub(crate) fn is_over(&self) -> bool {
        lock(&self.0).is_empty()
    }

    fn next(&self) -> Told {
        lock(&self.0).pop_front().unwrap_or(Told::Error(StreamsErrorKind::Refused))
    }
}

fn refused(operation: &'static str) -> StreamsError {
    StreamsError::new(StreamsErrorKind::Refused, operation)
}

fn shards(count: usize) -> Vec<Shard> {
    let shard = |number| Shard { id: ShardId::new(format!("shardId-{number}")), parent: None, closed: false };
    (0..count).map(shard).collect()
}

#[async_trait]
impl StreamsApi for Streams {
    async fn describe(&self, _stream: &StreamArn, _after: Option<&ShardId>) -> Result<ShardPage, StreamsError> {
        const OPERATION: &str = "DescribeStream";
        let (status, count, more_after) = match self.next() {
            Told::Stream(status, count) => (status, count, None),
            Told::More(count) => (StreamStatus::Enabled, count, Some(ShardId::new("shardId-9"))),
            Told::Error(kind) => return Err(StreamsError::new(kind, OPERATION)),
            Told::Streams(..) => return Err(refused(OPERATION)),
        };
        Ok(ShardPage { status, view_type: None, shards: shards(count), more_after })
    }

    async fn children(&self, _stream: &StreamArn, _of: &ShardId) -> Result<ShardPage, StreamsError> {
        Err(refused("DescribeStream"))
    }

    async fn iterator(&self, _: &StreamArn, _: &ShardId, _: &Position) -> Result<ShardIterator, StreamsError> {
        Err(refused("GetShardIterator"))
    }

    async fn records(&self, _: &StreamArn, _: &ShardIterator, _: Option<u16>) -> Result<RecordPage, StreamsError> {
        Err(refused("GetRecords"))
    }

    async fn streams(&self, _table: &str, _after: Option<&StreamArn>) -> Result<StreamPage, StreamsError> {
        match self.next() {
            Told::Streams(streams, more_after) => Ok(StreamPage { streams, more_after }),
            Told::Error(kind) => Err(StreamsError::new(kind, "ListStreams")),
            Told::Stream(..) | Told::More(_) => Err(refused("ListStreams")),
        }
    }
}
