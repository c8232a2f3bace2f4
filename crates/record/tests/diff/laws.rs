//! What holds for any two images.

use crate::{
    Change, changes,
    edit::{pair, respelled},
    modify,
    render::Renderer,
    strategies::{self, item},
};
use dynacdc_record::{
    AttributeValue, ChangeRecord, EventName, Item, Path, Segment, SequenceNumber, decode_event, item,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// The differences, by the rules and without regard to time.
fn model(path: &Path, old: Option<&AttributeValue>, new: Option<&AttributeValue>, found: &mut BTreeMap<Path, Change>) {
    let mut put = |change| assert_eq!(found.insert(path.clone(), change), None);
    match (old, new) {
        (None, None) => {}
        (None, Some(new)) => put(Change::Added(new.clone())),
        (Some(old), None) => put(Change::Removed(old.clone())),
        (Some(AttributeValue::M(old)), Some(AttributeValue::M(new))) => {
            let names: std::collections::BTreeSet<&String> = old.iter().chain(new).map(|(name, _)| name).collect();
            for name in names {
                model(&path.join(Segment::from(name.as_str())), old.get(name), new.get(name), found);
            }
        }
        (Some(AttributeValue::L(old)), Some(AttributeValue::L(new))) => {
            for i in 0..old.len().max(new.len()) {
                model(&path.join(Segment::from(i)), old.get(i), new.get(i), found);
            }
        }
        (Some(old), Some(new)) if old == new => {}
        (Some(old), Some(new)) if std::mem::discriminant(old) == std::mem::discriminant(new) => {
            put(Change::Changed(old.clone(), new.clone()));
        }
        (Some(old), Some(new)) => put(Change::TypeChanged(old.clone(), new.clone())),
    }
}

pub(crate) fn of_model(old: &Item, new: &Item) -> BTreeMap<Path, Change> {
    let mut found = BTreeMap::new();
    let [old, new] = [old, new].map(|item| AttributeValue::M(item.clone()));
    model(&Path::root(), Some(&old), Some(&new), &mut found);
    found
}

/// The change as an event holds it: attributes and sets in any order, with escapes and attributes named twice.
fn rendered(old: &Item, new: &Item, seed: u64) -> ChangeRecord {
    let change = strategies::Change {
        event_id: "e".to_owned(),
        event_name: EventName::Modify,
        event_version: None,
        event_source: None,
        region: None,
        arn: None,
        identity: None,
        created: None,
        keys: item! { "pk" => "a" },
        new_image: Some(new.clone()),
        old_image: Some(old.clone()),
        sequence: SequenceNumber::parse("1").unwrap(),
        size_bytes: None,
        view_type: None,
    };
    decode_event(Renderer::new(seed).event(&[change])).unwrap().records()[0].clone()
}

/// Sets or removes what stands at a path. What is removed from a list is its end.
fn apply(value: &mut AttributeValue, path: &[Segment], new: Option<AttributeValue>) {
    match (value, path) {
        (AttributeValue::M(map), [Segment::Name(name)]) => match new {
            Some(new) => drop(map.insert(name.as_ref(), new)),
            None => assert!(map.remove(name).is_some()),
        },
        (AttributeValue::L(list), [Segment::Index(at)]) => match new {
            Some(new) if *at < list.len() => list[*at] = new,
            Some(new) => {
                assert_eq!(*at, list.len());
                list.push(new);
            }
            None => list.truncate(*at),
        },
        (AttributeValue::M(map), [Segment::Name(name), rest @ ..]) => apply(map.get_mut(name).unwrap(), rest, new),
        (AttributeValue::L(list), [Segment::Index(at), rest @ ..]) => apply(&mut list[*at], rest, new),
        (value, path) => panic!("no {path:?} in {value:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_differences_are_those_of_the_model((old, new) in pair(), seed in any::<u64>()) {
        let expected = of_model(&old, &new);
        for record in [modify(&old, &new), rendered(&old, &new, seed)] {
            let diff = record.diff().unwrap();
            prop_assert_eq!(changes(&diff), expected.clone());
            prop_assert_eq!(diff.is_empty(), expected.is_empty());
        }
    }

    #[test]
    fn applying_them_to_the_old_image_gives_the_new_one((old, new) in pair(), seed in any::<u64>()) {
        let record = rendered(&old, &new, seed);
        let mut image = AttributeValue::M(old);
        for difference in &record.diff().unwrap() {
            apply(&mut image, difference.path().segments(), difference.new_value().map(AttributeValue::from));
        }
        prop_assert_eq!(image, AttributeValue::M(new));
    }

    #[test]
    fn values_stand_at_their_paths((old, new) in pair(), seed in any::<u64>()) {
        let record = rendered(&old, &new, seed);
        for difference in &record.diff().unwrap() {
            let at = |image: dynacdc_record::Image<'_>| image.at(difference.path()).map(AttributeValue::from);
            prop_assert_eq!(difference.old_value().map(AttributeValue::from), at(record.old_image().unwrap()));
            prop_assert_eq!(difference.new_value().map(AttributeValue::from), at(record.new_image().unwrap()));
        }
    }

    #[test]
    fn images_are_equal_if_nothing_differs((old, new) in pair(), seed in any::<u64>()) {
        let (record, other) = (rendered(&old, &new, seed), modify(&old, &new));
        let equal = record.old_image() == record.new_image();
        prop_assert_eq!(equal, old == new);
        prop_assert_eq!(equal, record.diff().unwrap().is_empty());
        // Across two buffers, and the other way round.
        prop_assert_eq!(record.old_image() == other.new_image(), equal);
        prop_assert_eq!(other.new_image() == record.old_image(), equal);
        prop_assert_eq!(record.new_image(), other.new_image());
    }

    #[test]
    fn another_notation_is_no_difference((old, new) in respelled(), seed in any::<u64>()) {
        let record = rendered(&old, &new, seed);
        prop_assert!(record.diff().unwrap().is_empty(), "{:?}", record.diff());
        prop_assert_eq!(record.old_image(), record.new_image());
    }

    #[test]
    fn what_a_diff_touches_are_its_outermost_names((old, new) in pair()) {
        let record = modify(&old, &new);
        let diff = record.diff().unwrap();
        for (name, _) in old.iter().chain(&new) {
            prop_assert_eq!(diff.touches(name), old.get(name) != new.get(name), "{}", name);
        }
    }

    #[test]
    fn an_insert_adds_and_a_remove_removes_every_attribute(item in item()) {
        let record = modify(&item, &item);
        let added: BTreeMap<_, _> =
            item.iter().map(|(name, value)| (Path::name(name.as_str()), Change::Added(value.clone()))).collect();
        let removed: BTreeMap<_, _> =
            item.iter().map(|(name, value)| (Path::name(name.as_str()), Change::Removed(value.clone()))).collect();

        prop_assert_eq!(changes(&record.entering().diff().unwrap()), added);
        prop_assert_eq!(changes(&record.leaving().diff().unwrap()), removed);
    }
}
