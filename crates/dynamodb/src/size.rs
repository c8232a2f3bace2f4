//! How large DynamoDB takes an item to be, and what writing it costs.
//!
//! The rules are those of [AWS: item sizes and formats][sizes]. That page gives the size of a number as *approximately* one
//! byte per two significant digits and one more. What Amazon's own DynamoDB Local meters takes digits in pairs that begin at
//! the point, in both directions, and a byte for a minus sign, and so does this: 15 and 1500 are one pair, 150 is two.
//!
//! [sizes]: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html

use aws_sdk_dynamodb::types::AttributeValue as SdkValue;
use dynacdc_record::{AttributeValue, Image, Item, Value};
use std::{collections::HashMap, iter::Sum};

/// A write unit pays for this many bytes, begun ones too.
const UNIT: usize = 1024;
/// What a list or map takes beside its elements, and each of these beside its value.
const NESTED: usize = 3;
const ELEMENT: usize = 1;

/// The size of an item in bytes: the names of its attributes in UTF-8 and their values. The storage overhead of 100 bytes
/// per item, which is billed but not metered, is not in it.
///
/// What a write is metered by is the larger of the item before and after it: `old.max(new)`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemSize(usize);

impl ItemSize {
    /// Of attributes as the SDK has them: an item, or a key.
    pub fn of(attributes: &HashMap<String, SdkValue>) -> Self {
        Self(named(attributes.iter().map(|(name, value)| (name.as_str(), sdk(value)))))
    }

    /// Of a value alone, without a name.
    pub(crate) fn of_value(value: &SdkValue) -> Self {
        Self(sdk(value))
    }

    /// Of an image of a record.
    pub fn of_image(image: Image<'_>) -> Self {
        Self(named(image.iter().map(|(name, value)| (name, borrowed(value)))))
    }

    /// Of an owned item.
    pub fn of_item(item: &Item) -> Self {
        Self(named(item.iter().map(|(name, value)| (name.as_str(), owned(value)))))
    }

    /// The bytes.
    pub const fn bytes(self) -> usize {
        self.0
    }

    /// Write units of a put, an update or a delete in which the larger of the old and the new item has this size: one
    /// per 1,024 bytes or part of them, at least one. A delete of what is not there costs one, and so does a write that
    /// its condition refuses where there is no item ([AWS: read and write operations][units]).
    ///
    /// [units]: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
    pub const fn write_units(self) -> u64 {
        let units = self.0.div_ceil(UNIT) as u64;
        if units == 0 { 1 } else { units }
    }

    /// Read units of a consistent read of an item of this size: one per 4,096 bytes or part of them, at least one, also
    /// where there is no item.
    pub const fn read_units(self) -> u64 {
        let units = self.0.div_ceil(4 * UNIT) as u64;
        if units == 0 { 1 } else { units }
    }

    /// Write units of the same in a transaction: twice as many.
    pub const fn transactional_write_units(self) -> u64 {
        2 * self.write_units()
    }
}

impl Sum for ItemSize {
    /// Of several items in one call. Units are not those of the sum: each item is rounded up on its own.
    fn sum<I: Iterator<Item = Self>>(sizes: I) -> Self {
        Self(sizes.map(|size| size.0).sum())
    }
}

fn named<'a>(attributes: impl Iterator<Item = (&'a str, usize)>) -> usize {
    attributes.map(|(name, value)| name.len() + value).sum()
}

/// A list or map of these elements, names included.
fn nested(elements: impl Iterator<Item = usize>) -> usize {
    NESTED + elements.map(|element| ELEMENT + element).sum::<usize>()
}

fn sdk(value: &SdkValue) -> usize {
    match value {
        SdkValue::S(text) => text.len(),
        SdkValue::N(text) => number(text),
        SdkValue::B(blob) => blob.as_ref().len(),
        SdkValue::Ss(set) => set.iter().map(String::len).sum(),
        SdkValue::Ns(set) => set.iter().map(|text| number(text)).sum(),
        SdkValue::Bs(set) => set.iter().map(|blob| blob.as_ref().len()).sum(),
        SdkValue::L(list) => nested(list.iter().map(sdk)),
        SdkValue::M(map) => nested(map.iter().map(|(name, value)| name.len() + sdk(value))),
        // Booleans, null, and what this version of the SDK does not know.
        _ => 1,
    }
}

fn borrowed(value: Value<'_>) -> usize {
    match value {
        Value::S(text) => text.len(),
        Value::N(text) => number(text.as_str()),
        Value::B(bytes) => bytes.len(),
        Value::Bool(_) | Value::Null => 1,
        Value::Ss(set) => set.iter().map(str::len).sum(),
        Value::Ns(set) => set.iter().map(|text| number(text.as_str())).sum(),
        Value::Bs(set) => set.iter().map(<[u8]>::len).sum(),
        Value::L(list) => nested(list.iter().map(borrowed)),
        Value::M(map) => nested(map.iter().map(|(name, value)| name.len() + borrowed(value))),
    }
}

fn owned(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(text) => number(&text.as_str()),
        AttributeValue::B(bytes) => bytes.len(),
        AttributeValue::Bool(_) | AttributeValue::Null => 1,
        AttributeValue::Ss(set) => set.iter().map(String::len).sum(),
        AttributeValue::Ns(set) => set.iter().map(|text| number(&text.as_str())).sum(),
        AttributeValue::Bs(set) => set.iter().map(Vec::len).sum(),
        AttributeValue::L(list) => nested(list.iter().map(owned)),
        AttributeValue::M(map) => nested(map.iter().map(|(name, value)| name.len() + owned(value))),
    }
}

/// Zeros before the first and behind the last other digit do not count, wherever the point stands.
fn number(text: &str) -> usize {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let is_negative = mantissa.starts_with('-');
    let mantissa = mantissa.trim_start_matches(['-', '+']);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = || whole.bytes().chain(fraction.bytes());
    let leading = digits().take_while(|digit| *digit == b'0').count();
    let Some(last) = (leading..whole.len() + fraction.len()).rev().find(|at| digits().nth(*at) != Some(b'0')) else {
        return 1;
    };
    let significant = last + 1 - leading;
    // Where the point stands, counted from the first digit that counts. Nothing that DynamoDB takes is out of range.
    let point = isize::try_from(whole.len()).unwrap_or(isize::MAX) + exponent.parse::<isize>().unwrap_or(0);
    let point = point - isize::try_from(leading).unwrap_or(isize::MAX);
    // Pairs from the point to the first digit, less those from the point to behind the last one.
    let end = point - isize::try_from(significant).unwrap_or(isize::MAX);
    let pairs = (point + 1).div_euclid(2) - end.div_euclid(2);
    usize::try_from(pairs).unwrap_or(0) + 1 + usize::from(is_negative)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dynacdc_record::{ChangeRecord, EventName, Number, SequenceNumber, item};
    use proptest::prelude::*;

    #[test]
    fn sizes_are_those_reckoned_by_hand() -> Result<(), Box<dyn std::error::Error>> {
        let numbers = [
            ("0", 1),
            ("-0", 1),
            ("000", 1),
            ("7", 2),
            ("42", 2),
            ("-42", 3),
            ("100", 2),
            ("123", 3),
            ("15", 2),
            ("150", 3),
            ("1500", 2),
            ("15000", 3),
            ("1.5", 3),
            ("0.05", 2),
            ("0.005", 2),
            ("0.0123", 3),
            ("0.00123", 3),
            ("123.456", 5),
            ("0012.3400", 3),
            ("1.5E+99", 2),
            ("1.5E+100", 3),
            ("1E+125", 2),
            ("-1E-130", 3),
            ("99999999999999999999999999999999999999", 20),
        ];
        for (text, size) in numbers {
            assert_eq!(number(text), size, "{text}");
        }
        let inner = item! { "ab" => true };
        // Names 2 + 1 + 1, then a text of 5, a list of 3 + (1 + 2) + (1 + 3), a map of 3 + 1 + 2 + 1.
        let list = AttributeValue::L(vec![42.into(), AttributeValue::S("xyz".into())]);
        let item = item! { "pk" => "Grüß", "l" => list, "m" => inner };
        assert_eq!(ItemSize::of_item(&item).bytes(), 4 + 6 + 10 + 7);
        Ok(())
    }

    #[test]
    fn units_are_begun_kilobytes() {
        for (bytes, units) in [(0, 1), (1, 1), (1_024, 1), (1_025, 2), (409_600, 400)] {
            assert_eq!(
                (ItemSize(bytes).write_units(), ItemSize(bytes).transactional_write_units()),
                (units, 2 * units)
            );
        }
        for (bytes, units) in [(0, 1), (4_096, 1), (4_097, 2), (409_600, 100)] {
            assert_eq!(ItemSize(bytes).read_units(), units);
        }
    }

    fn values() -> impl Strategy<Value = AttributeValue> {
        let leaf = prop_oneof![
            ".{0,9}".prop_map(AttributeValue::S),
            "-?[0-9]{1,20}(\\.[0-9]{1,17})?(E-?[1-9])?"
                .prop_filter_map("no number", |text| Number::parse(&text).ok().map(AttributeValue::N)),
            any::<Vec<u8>>().prop_map(AttributeValue::B),
            any::<bool>().prop_map(AttributeValue::Bool),
            Just(AttributeValue::Null),
            proptest::collection::btree_set("[a-z]{1,4}", 1..4).prop_map(AttributeValue::Ss),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(AttributeValue::L),
                proptest::collection::btree_map("[a-zäöü]{1,4}", inner, 0..4)
                    .prop_map(|map| AttributeValue::M(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_three_forms_of_an_item_have_one_size(value in values()) {
            let item = item! { "pk" => "A", "v" => value };
            let record = ChangeRecord::builder(EventName::Insert, item! { "pk" => "A" }, SequenceNumber::parse("1").unwrap());
            let record = record.new_image(item.clone()).build().unwrap();
            let size = ItemSize::of_item(&item);
            prop_assert_eq!(ItemSize::of_image(record.new_image().unwrap()), size);
            prop_assert_eq!(ItemSize::of(&item.into()), size);
        }
    }
}
