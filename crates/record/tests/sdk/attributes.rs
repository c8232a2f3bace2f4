use crate::strategies;
use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue as TableValue};
use aws_sdk_dynamodbstreams::types::AttributeValue as StreamValue;
use dynacdc_record::{
    AttributeValue, ChangeRecord, DecodeErrorKind as Kind, EventName, Item, Number, NumberError, SdkValueError,
    SequenceNumber, item,
};
use proptest::prelude::*;
use std::collections::HashMap;

fn record(image: &Item) -> ChangeRecord {
    ChangeRecord::builder(EventName::Insert, item! { "pk" => "k" }, SequenceNumber::parse("1").unwrap())
        .new_image(image.clone())
        .build()
        .unwrap()
}

proptest! {
    #[test]
    fn an_item_survives_both_sdk_types(item in strategies::item()) {
        prop_assert_eq!(Item::try_from(HashMap::<String, TableValue>::from(item.clone())), Ok(item.clone()));
        prop_assert_eq!(Item::try_from(HashMap::<String, StreamValue>::from(item.clone())), Ok(item));
    }

    #[test]
    fn images_become_the_same_as_items(item in strategies::item()) {
        let record = record(&item);
        let image = record.new_image().unwrap();

        prop_assert_eq!(HashMap::<String, TableValue>::from(image), HashMap::from(item.clone()));
        prop_assert_eq!(HashMap::<String, StreamValue>::from(image), HashMap::from(item));
    }
}

#[test]
fn each_type_of_value_has_its_variant() {
    for (ours, theirs) in [
        (AttributeValue::from("text"), TableValue::S("text".to_owned())),
        (Number::parse("1.50").unwrap().into(), TableValue::N("1.50".to_owned())),
        (vec![0_u8, 255].into(), TableValue::B(Blob::new([0, 255]))),
        (true.into(), TableValue::Bool(true)),
        (AttributeValue::Null, TableValue::Null(true)),
        (AttributeValue::Ss(["a".to_owned()].into()), TableValue::Ss(vec!["a".to_owned()])),
        (AttributeValue::Ns([Number::parse("+7").unwrap()].into()), TableValue::Ns(vec!["+7".to_owned()])),
        (AttributeValue::Bs([vec![1]].into()), TableValue::Bs(vec![Blob::new([1])])),
        (AttributeValue::L(vec!["x".into()]), TableValue::L(vec![TableValue::S("x".to_owned())])),
        (item! { "a" => 1 }.into(), TableValue::M(HashMap::from([("a".to_owned(), TableValue::N("1".to_owned()))]))),
    ] {
        assert_eq!(TableValue::from(ours.clone()), theirs);
        let record = record(&item! { "a" => ours.clone() });
        assert_eq!(TableValue::from(record.new_image().unwrap().get("a").unwrap()), theirs);
        // The text of a number is part of it.
        assert_eq!(TableValue::from(AttributeValue::try_from(theirs.clone()).unwrap()), theirs);
        assert_eq!(AttributeValue::try_from(theirs), Ok(ours));
    }
}

#[test]
fn equal_elements_of_a_set_become_one() {
    let set = TableValue::Ns(["1", "1.0", "2"].map(str::to_owned).into());

    let wanted = AttributeValue::Ns([Number::from(1), Number::from(2)].into());
    assert_eq!(AttributeValue::try_from(set), Ok(wanted));
}

fn refused(value: TableValue) -> SdkValueError {
    let item = HashMap::from([("a.b".to_owned(), TableValue::L(vec![TableValue::Null(true), value.clone()]))]);
    let inside = Item::try_from(item).unwrap_err();
    let alone = AttributeValue::try_from(value).unwrap_err();

    assert_eq!(inside.kind(), alone.kind());
    let path = alone.path().segments();
    assert_eq!(inside.path().segments()[..2], ["a.b".into(), 1.into()]);
    assert_eq!(&inside.path().segments()[2..], path);
    inside
}

#[test]
fn what_dynamodb_could_not_hold_is_refused_where_it_stands() {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();

    let error = refused(TableValue::N("12x".to_owned()));
    assert_eq!(error.kind(), &Kind::Number(NumberError::Syntax { at: 2 }));
    assert!(error.to_string().starts_with(r#""a.b"[1]: bad number"#), "{error}");
    assert!(!error.to_string().contains("12x"), "{error}");
    let error = refused(TableValue::Ns(texts(&["1", ""])));
    assert_eq!(
        (error.kind(), error.path().to_string().as_str()),
        (&Kind::Number(NumberError::Empty), r#""a.b"[1][1]"#)
    );
    for empty in [TableValue::Ss(vec![]), TableValue::Ns(vec![]), TableValue::Bs(vec![])] {
        assert_eq!(refused(empty).kind(), &Kind::EmptySet);
    }
    assert!(matches!(refused(TableValue::Null(false)).kind(), Kind::Expected(_)));
}
