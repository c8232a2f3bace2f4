use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, SharedHttpClient};

/// Any key and region will do, but DynamoDB Local keeps one database per pair and wants letters
/// and digits only, so they are fixed.
const KEY: &str = "local";
const REGION: &str = "us-east-1";

/// Clients of both APIs for one endpoint without TLS.
///
/// No timeouts: on tokio's paused clock a pending timer fires as soon as nothing else can run, and
/// so a connection that takes its time would be given up at once.
pub(super) fn clients(endpoint: &str) -> (aws_sdk_dynamodb::Client, aws_sdk_dynamodbstreams::Client) {
    let http = plain_http();
    let credentials = Credentials::new(KEY, KEY, None, None, "dynacdc-local");
    let dynamodb = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .credentials_provider(credentials.clone())
        .region(Region::from_static(REGION))
        .endpoint_url(endpoint)
        .http_client(http.clone())
        .timeout_config(TimeoutConfig::disabled())
        .build();
    let streams = aws_sdk_dynamodbstreams::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .credentials_provider(credentials)
        .region(Region::from_static(REGION))
        .endpoint_url(endpoint)
        .http_client(http)
        .timeout_config(TimeoutConfig::disabled())
        .build();
    (aws_sdk_dynamodb::Client::from_conf(dynamodb), aws_sdk_dynamodbstreams::Client::from_conf(streams))
}

/// The one builder of the crate that needs no TLS provider; it is public, though left out of the
/// crate's documentation. Every other one pulls in a TLS library, most of them C code.
fn plain_http() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().build_http()
}
