//! Stream records as the filter sees them: without what Lambda adds afterwards.

use super::tree::Tree;
use fastrand::Rng;

const NAMES: [&str; 9] = ["a", "b", "a.b", "state", "tags", "ü", "L", "b.S", "x\u{ffff}"];
pub(crate) const TEXTS: [&str; 22] = [
    "",
    "a",
    "ab",
    "abc",
    "A",
    "ABC",
    "é",
    "É",
    "ß",
    "SS",
    "ss",
    "ſ",
    "10.0.0.1",
    "2001:db8::1",
    "true",
    "300",
    "😀",
    "𐐀",
    "x\"y",
    "a\\b",
    "line\nbreak",
    "null",
];
pub(crate) const NUMBERS: [&str; 9] = ["0", "1", "42", "101", "-5", "1.5", "300", "300.0", "1E+2"];
const BINARIES: [&str; 5] = ["", "AA==", "/+8=", "YWJj", "YQ=="];
pub(crate) const TIMES: [&str; 6] =
    ["1428537600", "1428537600.0", "1637948167.023251", "1.480642020E9", "0", "1700000000.5"];
const SIZES: [&str; 5] = ["1", "26", "299", "300", "301"];

fn pick<'t>(rng: &mut Rng, texts: &[&'t str]) -> &'t str {
    texts[rng.usize(..texts.len())]
}

fn several(rng: &mut Rng, texts: &[&str]) -> Tree {
    let mut all: Vec<&str> = texts.to_vec();
    rng.shuffle(&mut all);
    all.truncate(rng.usize(1..4));
    // Equal numbers would be one element of a set.
    Tree::Array(all.into_iter().map(Tree::text).collect())
}

fn value(rng: &mut Rng, depth: usize) -> Tree {
    let (tag, content) = match rng.u8(..if depth == 0 { 9 } else { 15 }) {
        0..=2 => ("S", Tree::text(pick(rng, &TEXTS))),
        3 | 4 => ("N", Tree::text(pick(rng, &NUMBERS))),
        5 => ("B", Tree::text(pick(rng, &BINARIES))),
        6 => ("BOOL", Tree::raw(rng.bool())),
        7 => ("NULL", Tree::raw(true)),
        8 => match rng.u8(..3) {
            0 => ("SS", several(rng, &TEXTS)),
            1 => ("NS", several(rng, &NUMBERS[..7])),
            _ => ("BS", several(rng, &BINARIES)),
        },
        9 | 10 => ("M", attributes(rng, depth - 1)),
        11 => ("L", Tree::Array((0..rng.usize(..4)).map(|_| value(rng, depth - 1)).collect())),
        // Maps with the same names, so that elements can be mixed up.
        _ => ("L", Tree::Array((0..rng.usize(1..4)).map(|_| Tree::object([("M", pair(rng, depth))])).collect())),
    };
    Tree::object([(tag, content)])
}

fn pair(rng: &mut Rng, depth: usize) -> Tree {
    // Java sorts the second of these names before the first.
    let names = if rng.u8(..4) == 0 { ["\u{ffff}", "😀"] } else { ["k", "v"] };
    let mut members = Vec::new();
    for name in names {
        if rng.u8(..6) > 0 {
            let is_simple = depth < 2 || rng.u8(..4) > 0;
            let simple = Tree::object([("S", Tree::text(pick(rng, &TEXTS[1..4])))]);
            members.push((name, if is_simple { simple } else { value(rng, depth - 1) }));
        }
    }
    Tree::object(members)
}

fn attributes(rng: &mut Rng, depth: usize) -> Tree {
    let mut names = NAMES.to_vec();
    rng.shuffle(&mut names);
    names.truncate(rng.usize(..5));
    Tree::object(names.into_iter().map(|name| (name, value(rng, depth))))
}

/// A record; the number makes its sequence number.
pub(crate) fn event(rng: &mut Rng, number: usize) -> Tree {
    let name = pick(rng, &["INSERT", "MODIFY", "REMOVE"]);
    let mut members = vec![
        ("eventID", Tree::text(format!("{number:08x}"))),
        ("eventName", Tree::text(name)),
        ("eventVersion", Tree::text("1.1")),
    ];
    if name == "REMOVE" && rng.bool() {
        let who = [("principalId", Tree::text("dynamodb.amazonaws.com")), ("type", Tree::text("Service"))];
        members.push(("userIdentity", Tree::object(who)));
    }
    let mut change = vec![("Keys", Tree::object([("id", Tree::object([("S", Tree::text(pick(rng, &TEXTS[1..])))]))]))];
    if rng.u8(..5) > 0 {
        change.push(("ApproximateCreationDateTime", Tree::raw(pick(rng, &TIMES))));
    }
    if name != "REMOVE" {
        change.push(("NewImage", attributes(rng, 3)));
    }
    if name != "INSERT" && rng.u8(..4) > 0 {
        change.push(("OldImage", attributes(rng, 3)));
    }
    change.push(("SequenceNumber", Tree::text(format!("{}", 421_584_500_000_000 + number))));
    if rng.u8(..5) > 0 {
        change.push(("SizeBytes", Tree::raw(pick(rng, &SIZES))));
    }
    change.push(("StreamViewType", Tree::text("NEW_AND_OLD_IMAGES")));
    members.push(("dynamodb", Tree::object(change)));
    Tree::object(members)
}

/// Nearly the same record: some values of items are others, some attributes and elements are gone.
pub(crate) fn near(rng: &mut Rng, tree: &Tree) -> Tree {
    match tree {
        Tree::Object(members) => match members.as_slice() {
            [(tag, Tree::Text(_))] if tag == "S" && rng.u8(..3) == 0 => {
                Tree::object([(tag.as_str(), Tree::text(pick(rng, &TEXTS[1..])))])
            }
            [(tag, Tree::Text(_))] if tag == "N" && rng.u8(..3) == 0 => {
                Tree::object([(tag.as_str(), Tree::text(pick(rng, &NUMBERS)))])
            }
            [(tag, Tree::Raw(_))] if tag == "BOOL" => Tree::object([(tag.as_str(), Tree::raw(rng.bool()))]),
            _ => {
                let required = |name: &str| {
                    name.starts_with(char::is_uppercase)
                        || name.starts_with("event")
                        || ["id", "type", "principalId"].contains(&name)
                };
                let kept = members.iter().filter(|(name, _)| required(name) || name == "dynamodb" || rng.u8(..8) > 0);
                let kept: Vec<_> = kept.collect();
                Tree::object(kept.into_iter().map(|(name, value)| (name.as_str(), near(rng, value))))
            }
        },
        Tree::Array(elements) => {
            let mut kept: Vec<Tree> = elements.iter().map(|element| near(rng, element)).collect();
            // A set must not become empty.
            if kept.len() > 1 && rng.u8(..4) == 0 {
                kept.swap_remove(rng.usize(..kept.len()));
            }
            if rng.u8(..3) == 0 {
                rng.shuffle(&mut kept);
            }
            Tree::Array(kept)
        }
        Tree::Text(_) | Tree::Raw(_) => tree.clone(),
    }
}
