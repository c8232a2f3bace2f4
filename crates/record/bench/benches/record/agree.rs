//! Both sides must have read the same, or their times say nothing.

use crate::Fallible;
use aws_lambda_events::event::dynamodb;
use dynacdc_record::{Image, Map, Value, decode_event};
use dynacdc_record_bench::Event;
use serde_dynamo::AttributeValue;
use std::collections::HashMap;

pub(crate) fn check(event: &Event) -> Fallible {
    let ours = decode_event(event.json.clone())?;
    let peer: dynamodb::Event = serde_json::from_slice(&event.json)?;
    if ours.records().len() != event.records || peer.records.len() != event.records {
        return Err(format!("{} and {} of {} records", ours.records().len(), peer.records.len(), event.records).into());
    }
    for (at, (ours, peer)) in ours.records().iter().zip(&peer.records).enumerate() {
        let same_number = Some(ours.sequence_number().as_str()) == peer.change.sequence_number.as_deref();
        let images = [
            (Some(ours.keys()), &peer.change.keys),
            (ours.new_image(), &peer.change.new_image),
            (ours.old_image(), &peer.change.old_image),
        ];
        let same_image = |(ours, peer): (Option<Image<'_>>, &serde_dynamo::Item)| {
            ours.is_some_and(|ours| !ours.is_empty() && same_map(ours, peer.inner()))
        };
        if !same_number || ours.event_id() != peer.event_id || !images.into_iter().all(same_image) {
            return Err(format!("record {at} is not the same on both sides").into());
        }
    }
    Ok(())
}

fn same_map(ours: Map<'_>, peer: &HashMap<String, AttributeValue>) -> bool {
    let found = |(name, value)| peer.get(name).is_some_and(|other| same(value, other));
    ours.len() == peer.len() && ours.iter().all(found)
}

fn same(ours: Value<'_>, peer: &AttributeValue) -> bool {
    match (ours, peer) {
        (Value::S(ours), AttributeValue::S(peer)) => ours == peer,
        (Value::N(ours), AttributeValue::N(peer)) => ours.as_str() == peer,
        (Value::B(ours), AttributeValue::B(peer)) => ours == peer,
        (Value::Bool(ours), AttributeValue::Bool(peer)) => ours == *peer,
        (Value::Null, AttributeValue::Null(true)) => true,
        (Value::Ss(ours), AttributeValue::Ss(peer)) => ours.iter().eq(peer),
        (Value::Ns(ours), AttributeValue::Ns(peer)) => ours.iter().map(|number| number.as_str()).eq(peer),
        (Value::Bs(ours), AttributeValue::Bs(peer)) => ours.iter().eq(peer),
        (Value::L(ours), AttributeValue::L(peer)) => {
            ours.len() == peer.len() && ours.iter().zip(peer).all(|(ours, peer)| same(ours, peer))
        }
        (Value::M(ours), AttributeValue::M(peer)) => same_map(ours, peer),
        _ => false,
    }
}
