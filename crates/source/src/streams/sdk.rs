use super::{
    Position, RecordPage, Shard, ShardIterator, ShardPage, StreamPage, StreamStatus, StreamsApi, StreamsError,
    StreamsErrorKind,
};
use async_trait::async_trait;
use aws_sdk_dynamodbstreams::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::describe_stream::{DescribeStreamError, DescribeStreamOutput},
    types::{self, ShardFilter, ShardFilterType, ShardIteratorType},
};
use dynacdc_record::{StreamArn, decode_stream_records};
use dynacdc_sink::ShardId;
use std::error::Error;

/// The Streams API through the official SDK.
///
/// The client is the caller's, so are its credentials, Region, timeouts and retries. The poller retries by itself:
/// a client that retries too only makes it slower to notice that it should stop.
#[derive(Debug, Clone)]
pub struct SdkStreams {
    client: Client,
}

impl SdkStreams {
    /// Calls through this client.
    pub const fn new(client: Client) -> Self {
        Self { client }
    }
}

#[async_trait]
impl StreamsApi for SdkStreams {
    async fn describe(&self, stream: &StreamArn, after: Option<&ShardId>) -> Result<ShardPage, StreamsError> {
        let request = self.client.describe_stream().stream_arn(stream.as_str());
        page(request.set_exclusive_start_shard_id(after.map(ToString::to_string)).send().await)
    }

    async fn children(&self, stream: &StreamArn, of: &ShardId) -> Result<ShardPage, StreamsError> {
        let filter = ShardFilter::builder().r#type(ShardFilterType::ChildShards).shard_id(of.as_str()).build();
        let request = self.client.describe_stream().stream_arn(stream.as_str()).shard_filter(filter);
        let mut page = page(request.send().await)?;
        page.shards.retain(|shard| shard.parent.as_ref() == Some(of));
        Ok(page)
    }

    async fn iterator(
        &self,
        stream: &StreamArn,
        shard: &ShardId,
        position: &Position,
    ) -> Result<ShardIterator, StreamsError> {
        const OPERATION: &str = "GetShardIterator";
        let (kind, sequence) = match position {
            Position::TrimHorizon => (ShardIteratorType::TrimHorizon, None),
            Position::Latest => (ShardIteratorType::Latest, None),
            Position::At(sequence) => (ShardIteratorType::AtSequenceNumber, Some(sequence)),
            Position::After(sequence) => (ShardIteratorType::AfterSequenceNumber, Some(sequence)),
        };
        let request = self.client.get_shard_iterator().stream_arn(stream.as_str()).shard_id(shard.as_str());
        let request = request.shard_iterator_type(kind).set_sequence_number(sequence.map(ToString::to_string));
        let answer = request.send().await.map_err(|error| classify(OPERATION, error))?;
        let iterator = answer.shard_iterator.map(ShardIterator::new);
        iterator.ok_or(StreamsError::new(StreamsErrorKind::Unavailable, OPERATION))
    }

    async fn records(
        &self,
        stream: &StreamArn,
        iterator: &ShardIterator,
        limit: Option<u16>,
    ) -> Result<RecordPage, StreamsError> {
        let request = self.client.get_records().shard_iterator(iterator.as_str());
        let answer = request.set_limit(limit.map(i32::from)).send().await;
        let answer = answer.map_err(|error| classify("GetRecords", error))?;
        Ok(RecordPage {
            records: decode_stream_records(answer.records.unwrap_or_default(), stream),
            next: answer.next_shard_iterator.map(ShardIterator::new),
        })
    }

    async fn streams(&self, table: &str, after: Option<&StreamArn>) -> Result<StreamPage, StreamsError> {
        let request = self.client.list_streams().table_name(table);
        let answer = request.set_exclusive_start_stream_arn(after.map(ToString::to_string)).send().await;
        let answer = answer.map_err(|error| classify("ListStreams", error))?;
        // Without an ARN that can be read there is nothing to follow.
        let arn = |text: Option<String>| text.and_then(|text| StreamArn::parse(&text).ok());
        Ok(StreamPage {
            streams: answer.streams.unwrap_or_default().into_iter().filter_map(|one| arn(one.stream_arn)).collect(),
            more_after: arn(answer.last_evaluated_stream_arn),
        })
    }
}

fn page(answer: Result<DescribeStreamOutput, SdkError<DescribeStreamError>>) -> Result<ShardPage, StreamsError> {
    const OPERATION: &str = "DescribeStream";
    let description = answer.map_err(|error| classify(OPERATION, error))?.stream_description;
    let description = description.ok_or(StreamsError::new(StreamsErrorKind::Unavailable, OPERATION))?;
    Ok(ShardPage {
        status: status(description.stream_status),
        view_type: description.stream_view_type.and_then(|view_type| view_type.as_str().parse().ok()),
        shards: description.shards.unwrap_or_default().into_iter().filter_map(shard).collect(),
        more_after: description.last_evaluated_shard_id.map(ShardId::new),
    })
}

fn shard(shard: types::Shard) -> Option<Shard> {
    let closed = shard.sequence_number_range.is_some_and(|range| range.ending_sequence_number.is_some());
    Some(Shard { id: ShardId::new(shard.shard_id?), parent: shard.parent_shard_id.map(ShardId::new), closed })
}

/// A status that is not known is taken for one that takes on records, so that nothing is missed.
fn status(status: Option<types::StreamStatus>) -> StreamStatus {
    match status {
        Some(types::StreamStatus::Disabled) => StreamStatus::Disabled,
        Some(types::StreamStatus::Disabling) => StreamStatus::Disabling,
        Some(types::StreamStatus::Enabling) => StreamStatus::Enabling,
        _ => StreamStatus::Enabled,
    }
}

/// By the error codes of the API reference, and by those that stand on no page of the Streams API and that front ends of
/// the service and what lies between give: a code or a status that asks for another try must not end the reading.
fn classify<E>(operation: &'static str, error: SdkError<E>) -> StreamsError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    use StreamsErrorKind::{IteratorExpired, NotFound, Refused, Throttled, Trimmed, Unavailable};
    let kind = match &error {
        SdkError::ServiceError(answer) => match answer.err().code() {
            Some("ExpiredIteratorException") => IteratorExpired,
            Some("TrimmedDataAccessException") => Trimmed,
            Some("ResourceNotFoundException") => NotFound,
            Some(
                "LimitExceededException"
                | "ProvisionedThroughputExceededException"
                | "RequestLimitExceeded"
                | "RequestThrottled"
                | "RequestThrottledException"
                | "Throttling"
                | "ThrottlingError"
                | "ThrottlingException"
                | "TooManyRequestsException",
            ) => Throttled,
            Some(
                "InternalError"
                | "InternalFailure"
                | "InternalServerError"
                | "RequestTimeout"
                | "RequestTimeoutException"
                | "ServiceUnavailable"
                | "ServiceUnavailableException",
            ) => Unavailable,
            _ => match answer.raw().status().as_u16() {
                429 => Throttled,
                408 | 500.. => Unavailable,
                _ => Refused,
            },
        },
        SdkError::ConstructionFailure(_) => Refused,
        _ => Unavailable,
    };
    StreamsError::new(kind, operation).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use StreamsErrorKind::{IteratorExpired, NotFound, Refused, Throttled, Trimmed, Unavailable};
    use aws_smithy_runtime_api::http::{Response, StatusCode};
    use aws_smithy_types::{body::SdkBody, error::ErrorMetadata};

    fn kind(code: Option<&str>, status: u16) -> Result<StreamsErrorKind, Box<dyn Error>> {
        let mut error = ErrorMetadata::builder();
        if let Some(code) = code {
            error = error.code(code);
        }
        let answer = Response::new(StatusCode::try_from(status)?, SdkBody::empty());
        Ok(classify("GetRecords", SdkError::service_error(error.build(), answer)).kind())
    }

    #[test]
    fn each_code_has_the_kind_that_says_what_to_do() -> Result<(), Box<dyn Error>> {
        let codes = [
            (IteratorExpired, "ExpiredIteratorException"),
            (Trimmed, "TrimmedDataAccessException"),
            (NotFound, "ResourceNotFoundException"),
            (Throttled, "LimitExceededException"),
            (Throttled, "ProvisionedThroughputExceededException"),
            (Throttled, "RequestLimitExceeded"),
            (Throttled, "RequestThrottled"),
            (Throttled, "RequestThrottledException"),
            (Throttled, "Throttling"),
            (Throttled, "ThrottlingError"),
            (Throttled, "ThrottlingException"),
            (Throttled, "TooManyRequestsException"),
            (Unavailable, "InternalServerError"),
            (Unavailable, "InternalFailure"),
            (Unavailable, "RequestTimeout"),
            (Unavailable, "RequestTimeoutException"),
            (Unavailable, "ServiceUnavailable"),
            (Refused, "AccessDeniedException"),
            (Refused, "ValidationException"),
        ];
        for (expected, code) in codes {
            assert_eq!(kind(Some(code), 400)?, expected, "{code}");
        }
        Ok(())
    }

    #[test]
    fn a_code_that_is_not_known_is_judged_by_its_status() -> Result<(), Box<dyn Error>> {
        let statuses = [(400, Refused), (403, Refused), (408, Unavailable), (429, Throttled), (500, Unavailable)];
        for (status, expected) in statuses.into_iter().chain([(503, Unavailable)]) {
            assert_eq!(kind(None, status)?, expected, "{status}");
            assert_eq!(kind(Some("SomethingNew"), status)?, expected, "{status}");
        }
        Ok(())
    }
}
