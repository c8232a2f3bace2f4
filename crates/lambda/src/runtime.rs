//! The loop of `lambda_runtime`, with the payload as it came.
//!
//! The runtime hands a payload over through serde: as a `Value` it would be taken apart into a tree that is of no use,
//! as a `RawValue` checked and copied, and one record that is no JSON would fail the event. So a layer takes the bytes
//! out of the invocation before that, and leaves `null` in their place. The handler is called, though not finished,
//! within the call of the layer, so it finds there the bytes of its own invocation.

use crate::{FunctionError, ends_at};
use async_trait::async_trait;
use lambda_runtime::{
    Error, LambdaEvent, LambdaInvocation, Runtime, Service, layers::TracingLayer, service_fn, tower::Layer,
};
use lambda_runtime_api_client::{Client, body::Body, build_request};
use serde::{Serialize, de::IgnoredAny};
use std::{
    env,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};
use tokio::time::Instant;

/// What is run for each invocation.
#[async_trait]
pub(crate) trait Handler: Send + Sync + 'static {
    type Answer: Serialize;

    /// Whether it can run at all.
    fn check(&self) -> Result<(), FunctionError>;

    async fn answer(&self, payload: Vec<u8>, end: Instant) -> Result<Self::Answer, FunctionError>;
}

pub(crate) async fn run(handler: impl Handler) -> Result<(), FunctionError> {
    check_environment()?;
    if let Err(error) = handler.check() {
        tracing::error!(%error, "the function does not start");
        if let Err(unsaid) = say_not_started(&error).await {
            tracing::error!(error = %unsaid, "Lambda could not be told that the function does not start");
        }
        return Err(error);
    }
    let (handler, payload) = (Arc::new(handler), Payload::default());
    let service = service_fn({
        let payload = payload.clone();
        move |event: LambdaEvent<IgnoredAny>| {
            let (handler, payload) = (Arc::clone(&handler), payload.take());
            async move { handler.answer(payload, ends_at(event.context.deadline)).await }
        }
    });
    let runtime = Runtime::new(service).layer(TakePayload(payload)).layer(TracingLayer::new());
    runtime.run().await.map_err(|source| FunctionError::Runtime { source })
}

/// Tells Lambda why there will be no function, which shows it where otherwise only the exit of a process is seen.
async fn say_not_started(error: &FunctionError) -> Result<(), Error> {
    let kind = format!("FunctionError.{}", error.kind());
    let body = serde_json::json!({"errorType": kind, "errorMessage": error.to_string()});
    let request = build_request()
        .method("POST")
        .uri("/2018-06-01/runtime/init/error")
        .header("Content-Type", "application/json")
        .header("Lambda-Runtime-Function-Error-Type", kind)
        .body(Body::from(body.to_string()))?;
    Client::builder().build()?.call(request).await?;
    Ok(())
}

/// `lambda_runtime` panics without these.
fn check_environment() -> Result<(), FunctionError> {
    let is_there = |variable: &&str| env::var(variable).is_ok_and(|value| !value.is_empty());
    let variables = ["AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION"];
    if let Some(variable) = variables.into_iter().find(|variable| !is_there(variable)) {
        return Err(FunctionError::Environment { variable });
    }
    let variable = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";
    match env::var(variable).ok().and_then(|megabytes| megabytes.parse::<i32>().ok()) {
        Some(_) => Ok(()),
        None => Err(FunctionError::Environment { variable }),
    }
}

/// The payload of the invocation that is being begun.
#[derive(Debug, Clone, Default)]
struct Payload(Arc<Mutex<Vec<u8>>>);

impl Payload {
    fn put(&self, payload: Vec<u8>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = payload;
    }

    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct TakePayload(Payload);

impl<S> Layer<S> for TakePayload {
    type Service = TakesPayload<S>;

    fn layer(&self, inner: S) -> TakesPayload<S> {
        TakesPayload { payload: self.0.clone(), inner }
    }
}

struct TakesPayload<S> {
    payload: Payload,
    inner: S,
}

impl<S: Service<LambdaInvocation, Response = (), Error = Error>> Service<LambdaInvocation> for TakesPayload<S> {
    type Response = ();
    type Error = Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut invocation: LambdaInvocation) -> S::Future {
        // The bytes are nobody else's, so a large payload is not copied.
        self.payload.put(std::mem::replace(&mut invocation.body, "null".into()).into());
        self.inner.call(invocation)
    }
}
