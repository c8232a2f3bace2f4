//! Decoding against the model, over random events in random forms.

use crate::{naive, render::Renderer, strategies};
use dynacdc_record::{ChangeRecord, decode_event, decode_record};
use proptest::{collection::vec, prelude::*};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn a_legal_event_decodes_as_the_model_says(changes in vec(strategies::change(), 0..5), seed: u64) {
        let json = Renderer::new(seed).event(&changes);

        let decoded = decode_event(json.as_str()).unwrap();

        prop_assert_eq!(decoded.malformed(), []);
        prop_assert_eq!(decoded.records(), naive::decode(&json), "{}", json);
        let meant: Vec<ChangeRecord> = changes.iter().map(|change| change.record()).collect();
        prop_assert_eq!(decoded.records(), meant, "{}", json);
    }

    #[test]
    fn the_texts_of_numbers_and_sequence_numbers_are_kept(change in strategies::change(), seed: u64) {
        let decoded = decode_record(Renderer::new(seed).record(&change)).unwrap();

        let sequence = decoded.sequence_number();
        prop_assert_eq!(sequence.as_str(), change.sequence.as_str());
        for (image, item) in [(decoded.new_image(), &change.new_image), (decoded.old_image(), &change.old_image)] {
            prop_assert_eq!(image.is_some(), item.is_some());
            let Some((image, item)) = image.zip(item.as_ref()) else { continue };
            for (name, value) in item {
                if let Some(number) = value.as_number() {
                    prop_assert_eq!(image.get(name).unwrap().as_number().unwrap().as_str(), number.as_str());
                }
            }
        }
    }
}
