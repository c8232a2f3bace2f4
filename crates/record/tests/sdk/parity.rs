//! One change, come by Lambda and by the Streams API: one record.

use crate::{
    arn, record,
    strategies::{self, Change},
};
use dynacdc_record::{ChangeRecord, Item, decode_event, decode_stream_records, encode_event};
use proptest::{collection::vec, prelude::*};

/// The change as the Streams API can tell it: sizes are signed, and items have attributes.
pub(crate) fn of_the_streams_api(change: &Change) -> Change {
    let full = |image: &Option<Item>| image.clone().filter(|image| !image.is_empty());
    Change {
        arn: Some(arn()),
        size_bytes: change.size_bytes.map(|size| size / 2),
        new_image: full(&change.new_image),
        old_image: full(&change.old_image),
        ..change.clone()
    }
}

proptest! {
    #[test]
    fn both_ways_give_equal_records(changes in vec(strategies::change(), 0..5)) {
        let changes: Vec<Change> = changes.iter().map(of_the_streams_api).collect();
        let built: Vec<ChangeRecord> = changes.iter().map(Change::record).collect();

        let from_lambda = decode_event(encode_event(&built)).unwrap();
        let from_streams = decode_stream_records(changes.iter().map(record).collect(), &arn());

        prop_assert_eq!(from_streams.malformed(), []);
        prop_assert_eq!(from_streams.records(), built.as_slice());
        prop_assert_eq!(&from_streams, &from_lambda);
        for (streams, lambda) in from_streams.records().iter().zip(from_lambda.records()) {
            prop_assert_eq!(streams.stream_arn(), lambda.stream_arn());
            prop_assert_eq!(streams.item_key(), lambda.item_key());
            prop_assert_eq!(&streams.detach(), lambda);
        }
    }
}
