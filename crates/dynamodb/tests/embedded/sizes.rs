//! The sizes are those by which the server meters.

use crate::scene::{Attributes, Fallible, Things, n, s, thing, things};
use aws_sdk_dynamodb::{
    primitives::Blob,
    types::{AttributeValue, ReturnConsumedCapacity},
};
use dynacdc_dynamodb::ItemSize;

/// The most padding with which the item still costs one unit: what it lacks to 1,024 bytes.
async fn room(db: &Things, item: &Attributes) -> Fallible<usize> {
    let units = async |padding: usize| -> Fallible<f64> {
        let mut item = item.clone();
        item.insert("p".into(), s("x".repeat(padding)));
        let key = item["id"].clone();
        // An item that was larger before would be metered by that.
        db.dynamodb().delete_item().table_name(db.table()).key("id", key).send().await?;
        let put = db.dynamodb().put_item().table_name(db.table()).set_item(Some(item));
        let answer = put.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await?;
        Ok(answer.consumed_capacity.and_then(|capacity| capacity.capacity_units).ok_or("no capacity is told")?)
    };
    let (mut fits, mut fits_not) = (0, 1_024);
    while fits_not - fits > 1 {
        let middle = usize::midpoint(fits, fits_not);
        if units(middle).await? > 1.0 { fits_not = middle } else { fits = middle }
    }
    Ok(fits)
}

#[tokio::test]
async fn an_item_is_as_large_as_the_server_says() -> Fallible {
    let db = things().await?;
    let list = AttributeValue::L(vec![s("ab"), n(100), AttributeValue::L(Vec::new())]);
    let map =
        AttributeValue::M([("nested".to_owned(), list.clone()), ("t".to_owned(), AttributeValue::Bool(true))].into());
    let values = [
        s("Grüße"),
        n("0"),
        n("-12.5"),
        n("1000000"),
        n("1500"),
        n("0.00123"),
        n("0.000123"),
        n("12345678901234567890123456789012345678"),
        n("1E-130"),
        AttributeValue::B(Blob::new([1, 2, 3])),
        AttributeValue::Null(true),
        AttributeValue::Ss(vec!["a".into(), "bcd".into()]),
        AttributeValue::Ns(vec!["1".into(), "-2.25".into()]),
        AttributeValue::Bs(vec![Blob::new([1]), Blob::new([2, 3])]),
        list,
        map,
    ];
    let odd = [n("150"), n("15000"), n("-1.5E+100")];
    let odd_bytes = usize::from(!db.behavior().pairs_begin_at_the_point);
    for (value, fewer) in values.map(|value| (value, 0)).into_iter().chain(odd.map(|value| (value, odd_bytes))) {
        let item = thing("a", &[("välue", value)]);
        // The padding has a name of one byte.
        let reckoned = 1_024 - 1 - ItemSize::of(&item).bytes();
        assert_eq!(room(&db, &item).await?, reckoned + fewer, "{:?}", item["välue"]);
    }
    Ok(())
}
