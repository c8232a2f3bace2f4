//! A forwarder before the engine's HTTP server. The engine builds its router itself and takes no
//! layer, and its typed API is not what the SDK's wire format needs, so the answers are put right
//! where they pass by: between two loopback sockets.

use std::future::Future;
use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_LENGTH;
use axum::http::uri::{Authority, PathAndQuery, Scheme};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;

use super::answer::Answer;

const INTERNAL_ERROR: &str =
    r#"{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"the engine did not answer"}"#;

#[derive(Clone)]
struct Upstream {
    client: Client<HttpConnector, Body>,
    authority: Authority,
}

/// Serves until `stop` is done and requests in progress have been answered.
pub(super) async fn serve(
    listener: TcpListener,
    upstream: SocketAddr,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let authority = Authority::try_from(upstream.to_string())
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client = Client::builder(TokioExecutor::new()).build(connector);
    let router = Router::new().fallback(forward).with_state(Upstream { client, authority });
    // Small answers must not wait for the peer's delayed acknowledgement.
    let listener = listener.tap_io(|socket| {
        let _ = socket.set_nodelay(true);
    });
    axum::serve(listener, router).with_graceful_shutdown(stop).await
}

async fn forward(State(upstream): State<Upstream>, mut request: Request) -> Response {
    let answer = Answer::to(request.headers());
    let path = request.uri().path_and_query().cloned();
    let uri = Uri::builder()
        .scheme(Scheme::HTTP)
        .authority(upstream.authority)
        .path_and_query(path.unwrap_or(PathAndQuery::from_static("/")))
        .build();
    let Ok(uri) = uri else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    *request.uri_mut() = uri;
    let Ok(response) = upstream.client.request(request).await else {
        return (StatusCode::INTERNAL_SERVER_ERROR, INTERNAL_ERROR).into_response();
    };
    let response = response.map(Body::new);
    match answer {
        Some(answer) if response.status() == StatusCode::OK => rewrite(answer, response).await,
        _ => response,
    }
}

async fn rewrite(answer: Answer, response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return (StatusCode::INTERNAL_SERVER_ERROR, INTERNAL_ERROR).into_response();
    };
    let body = match answer.correct(&bytes) {
        Some(corrected) => {
            forget_body(&mut head.headers);
            Body::from(corrected)
        }
        None => Body::from(bytes),
    };
    Response::from_parts(head, body)
}

/// Length and checksum are those of the engine's body; the length is set anew on the way out, the
/// checksum is optional.
fn forget_body(headers: &mut HeaderMap) {
    headers.remove(CONTENT_LENGTH);
    headers.remove("x-amz-crc32");
}
