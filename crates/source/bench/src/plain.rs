//! The peer: what one writes who wants the records and nothing else.

use crate::{Fallible, Order, OrderChange, Stream};
use aws_sdk_dynamodbstreams::types::ShardIteratorType;
use serde_dynamo::aws_sdk_dynamodbstreams_1::from_item;

/// Reads so many records of the stream: shards one after the other, pages one after the other, each record's images as
/// structs. No position is kept, nothing is tried again, and no order of shards is minded.
///
/// # Errors
/// Those of the SDK, or that the stream has fewer records.
pub async fn plain(stream: &Stream, records: usize) -> Fallible<Vec<OrderChange>> {
    let client = stream.client();
    let mut orders = Vec::with_capacity(records);
    let description = client.describe_stream().stream_arn(stream.arn().as_str()).send().await?;
    for shard in description.stream_description.and_then(|description| description.shards).unwrap_or_default() {
        let request = client.get_shard_iterator().stream_arn(stream.arn().as_str()).set_shard_id(shard.shard_id);
        let answer = request.shard_iterator_type(ShardIteratorType::TrimHorizon).send().await?;
        let mut next = answer.shard_iterator;
        while let Some(iterator) = next.take().filter(|_| orders.len() < records) {
            let page = client.get_records().shard_iterator(iterator).send().await?;
            for record in page.records.unwrap_or_default() {
                let change = record.dynamodb.ok_or("a record without a change")?;
                let new: Order = from_item(change.new_image.ok_or("a record without a new image")?)?;
                orders.push(OrderChange { old: change.old_image.map(from_item).transpose()?, new });
            }
            next = page.next_shard_iterator;
        }
    }
    if orders.len() < records { Err(format!("only {} records came", orders.len()).into()) } else { Ok(orders) }
}
