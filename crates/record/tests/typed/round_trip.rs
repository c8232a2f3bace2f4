use crate::read;
use dynacdc_record::{Number, as_number, binary, binary_set, number_set, string_set, to_item};
use proptest::collection::{btree_map, btree_set, hash_set, vec};
use proptest::option;
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashSet};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Integers(i8, i16, i32, i64, i128, u8, u16, u32, u64, u128, usize, isize);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Plain {
    text: String,
    letter: char,
    flag: bool,
    maybe: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<u8>,
    nothing: (),
    unit: Unit,
    pair: (bool, String),
    wrapped: Wrapped,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Unit;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Wrapped(Vec<i64>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Marked {
    number: Number,
    numbers: Vec<Option<Number>>,
    #[serde(with = "as_number")]
    decimal: Decimal,
    #[serde(with = "as_number::option")]
    maybe: Option<Decimal>,
    #[serde(with = "binary")]
    bytes: Vec<u8>,
    #[serde(with = "binary::option")]
    digest: Option<[u8; 4]>,
    listed: Vec<u8>,
    #[serde(with = "string_set")]
    strings: BTreeSet<String>,
    #[serde(with = "number_set")]
    exact: HashSet<Number>,
    #[serde(with = "number_set")]
    wide: BTreeSet<i128>,
    #[serde(with = "binary_set", default, skip_serializing_if = "BTreeSet::is_empty")]
    blobs: BTreeSet<Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Node {
    Leaf,
    Integers(Integers),
    Tuple(bool, String),
    Fields { plain: Box<Plain>, marked: Box<Marked> },
    List(Vec<Node>),
    Map(BTreeMap<String, Node>),
    Named(BTreeMap<i16, Node>),
}

const LIMIT: i128 = 10i128.pow(38);

fn wide() -> impl Strategy<Value = i128> {
    prop_oneof![
        any::<i128>().prop_map(|n| n % LIMIT),
        any::<i32>().prop_map(i128::from),
        Just(LIMIT - 1),
        Just(1 - LIMIT)
    ]
}

fn number() -> impl Strategy<Value = Number> {
    let text = prop_oneof![
        "-?[1-9][0-9]{37}",
        "-?[0-9]{0,19}[.][0-9]{1,19}",
        "-?[1-9]([.][0-9]{1,37})?[eE][+-]?[0-9]{1,2}",
        "-?[0-9]{1,6}",
    ];
    text.prop_map(|text| Number::parse(&text).unwrap())
}

fn decimal() -> impl Strategy<Value = Decimal> {
    (any::<i64>(), any::<u32>(), 0u32..=28)
        .prop_map(|(high, low, scale)| Decimal::from_i128_with_scale(i128::from(high) << 32 | i128::from(low), scale))
}

fn integers() -> impl Strategy<Value = Integers> {
    let small = any::<(i8, i16, i32, i64, u8, u16, u32, u64, usize, isize)>();
    (small, wide(), wide())
        .prop_map(|((a, b, c, d, e, f, g, h, i, j), x, y)| Integers(a, b, c, d, x, e, f, g, h, y.unsigned_abs(), i, j))
}

fn plain() -> impl Strategy<Value = Plain> {
    let fields = (any::<String>(), any::<char>(), any::<bool>(), any::<Option<String>>(), any::<Option<u8>>());
    (fields, any::<(bool, String)>(), any::<Vec<i64>>()).prop_map(
        |((text, letter, flag, maybe, absent), pair, wrapped)| Plain {
            text,
            letter,
            flag,
            maybe,
            absent,
            nothing: (),
            unit: Unit,
            pair,
            wrapped: Wrapped(wrapped),
        },
    )
}

fn marked() -> impl Strategy<Value = Marked> {
    (
        (number(), vec(option::of(number()), 0..4), decimal(), option::of(decimal())),
        (any::<Vec<u8>>(), any::<Option<[u8; 4]>>(), any::<Vec<u8>>()),
        (btree_set(any::<String>(), 1..4), hash_set(number(), 1..4), btree_set(wide(), 1..4)),
        btree_set(any::<Vec<u8>>(), 0..3),
    )
        .prop_map(|((number, numbers, decimal, maybe), (bytes, digest, listed), (strings, exact, wide), blobs)| {
            Marked { number, numbers, decimal, maybe, bytes, digest, listed, strings, exact, wide, blobs }
        })
}

fn node() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        Just(Node::Leaf),
        integers().prop_map(Node::Integers),
        any::<(bool, String)>().prop_map(|(flag, text)| Node::Tuple(flag, text)),
        (plain(), marked())
            .prop_map(|(plain, marked)| Node::Fields { plain: Box::new(plain), marked: Box::new(marked) }),
    ];
    leaf.prop_recursive(3, 12, 4, |node| {
        prop_oneof![
            vec(node.clone(), 0..4).prop_map(Node::List),
            btree_map(any::<String>(), node.clone(), 0..4).prop_map(Node::Map),
            btree_map(any::<i16>(), node, 0..4).prop_map(Node::Named),
        ]
    })
}

proptest! {
    #[test]
    fn what_was_written_reads_as_it_was(root in btree_map("[a-z]{1,8}", node(), 0..4)) {
        let written = to_item(&root).unwrap();

        prop_assert_eq!(read::<BTreeMap<String, Node>>(written), Ok(root));
    }

    #[test]
    fn a_number_keeps_its_text(number in number()) {
        let written = to_item(&BTreeMap::from([("n", &number)])).unwrap();
        let back: BTreeMap<String, Number> = read(written.clone()).unwrap();

        prop_assert_eq!(back["n"].as_str(), number.as_str());
        prop_assert_eq!(&written.get("n").unwrap().as_number().unwrap().as_str(), &number.as_str());
    }
}
