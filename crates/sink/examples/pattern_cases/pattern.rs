//! Patterns made from what a record holds, so that many of them match.

use super::{
    event::{NUMBERS, TEXTS, TIMES},
    tree::{Leaf, Tree},
};
use fastrand::Rng;

/// A pattern that may match the record with these leaves.
pub(crate) fn pattern(rng: &mut Rng, leaves: &[Leaf]) -> String {
    let mut root = Vec::new();
    let mut last: Option<&Leaf> = None;
    for _ in 0..rng.usize(1..5) {
        let leaf = match last {
            // Much of what there is to go wrong is between neighbours.
            Some(last) if rng.u8(..3) > 0 => neighbour(rng, leaves, last),
            _ => &leaves[rng.usize(..leaves.len())],
        };
        let conditions = conditions(rng, &leaf.value);
        insert(rng, &mut root, &leaf.names, conditions);
        last = Some(leaf);
    }
    if rng.u8(..4) == 0 {
        absent(rng, &mut root, leaves);
    }
    for _ in 0..rng.usize(..3) {
        if rng.bool() {
            fork(rng, &mut root, leaves);
        }
    }
    let text = Tree::Object(root).to_string();
    // In a few lines, as people write them.
    if rng.u8(..8) == 0 { text.replace("\":{", "\" :\n {") } else { text }
}

fn neighbour<'l>(rng: &mut Rng, leaves: &'l [Leaf], of: &Leaf) -> &'l Leaf {
    let common = |leaf: &Leaf| leaf.names.iter().zip(&of.names).take_while(|(a, b)| a == b).count();
    let candidates = (0..6).map(|_| &leaves[rng.usize(..leaves.len())]);
    candidates.max_by_key(|leaf| common(leaf)).unwrap_or(&leaves[0])
}

fn insert(rng: &mut Rng, members: &mut Vec<(String, Tree)>, names: &[String], conditions: Tree) {
    let [name, rest @ ..] = names else { return };
    // Names joined with a dot are the same path.
    let (name, rest) = match rest {
        [second, rest @ ..] if rng.u8(..40) == 0 => (format!("{name}.{second}"), rest),
        _ => (name.clone(), rest),
    };
    if rest.is_empty() {
        let is_repeated = rng.u8(..30) == 0;
        if is_repeated || !members.iter().any(|(other, _)| *other == name) {
            members.push((name, conditions));
        }
        return;
    }
    let known = members.iter_mut().find(|(other, value)| *other == name && matches!(value, Tree::Object(_)));
    match known {
        Some((_, Tree::Object(inner))) if rng.u8(..30) > 0 => insert(rng, inner, rest, conditions),
        _ => {
            let mut inner = Vec::new();
            insert(rng, &mut inner, rest, conditions);
            members.push((name, Tree::Object(inner)));
        }
    }
}

fn conditions(rng: &mut Rng, value: &Tree) -> Tree {
    let mut all: Vec<Tree> = (0..rng.usize(..2)).map(|_| other(rng)).collect();
    all.push(if rng.u8(..8) == 0 { other(rng) } else { fitting(rng, value) });
    rng.shuffle(&mut all);
    Tree::Array(all)
}

fn operator(name: &str, operand: Tree) -> Tree {
    Tree::object([(name, operand)])
}

fn ignoring_case(text: String) -> Tree {
    operator("equals-ignore-case", Tree::Text(text))
}

fn swap_case(rng: &mut Rng, text: &str) -> String {
    // Characters beyond U+FFFF are halves for Amazon's engine here; see the deviations.
    let text: String = text.chars().filter(|char| *char < '\u{10000}').collect();
    if rng.bool() { text.to_uppercase() } else { text.to_lowercase() }
}

/// A condition that accepts the value, or nearly.
fn fitting(rng: &mut Rng, value: &Tree) -> Tree {
    let text = match value {
        Tree::Text(text) => text,
        Tree::Raw(raw) if raw.starts_with(|first: char| first.is_ascii_digit()) => return fitting_number(rng, raw),
        _ => return if rng.u8(..3) > 0 { value.clone() } else { operator("exists", Tree::raw(true)) },
    };
    let cut = |at: usize| text.char_indices().nth(at).map_or(text.len(), |(at, _)| at);
    let length = text.chars().count();
    let (start, end) = (text[..cut(rng.usize(..=length))].to_owned(), text[cut(rng.usize(..=length))..].to_owned());
    match rng.u8(..14) {
        0..=4 => Tree::text(text),
        5 => operator("exists", Tree::raw(true)),
        6 => operator("prefix", Tree::Text(start)),
        7 => operator("suffix", Tree::Text(end)),
        8 => ignoring_case(swap_case(rng, text)),
        9 => operator("prefix", ignoring_case(swap_case(rng, &start))),
        10 => operator("suffix", ignoring_case(swap_case(rng, &end))),
        11 => operator("anything-but", Tree::text(TEXTS[rng.usize(..TEXTS.len())])),
        12 => operator("prefix", Tree::Text(text.clone() + "\"")),
        _ => {
            operator("anything-but", Tree::Array((0..3).map(|_| Tree::text(TEXTS[rng.usize(..TEXTS.len())])).collect()))
        }
    }
}

fn fitting_number(rng: &mut Rng, raw: &str) -> Tree {
    let number: f64 = raw.parse().unwrap_or_default();
    let list = |elements: &[Tree]| operator("numeric", Tree::Array(elements.to_vec()));
    let (least, most) = (Tree::raw(number - f64::from(rng.u8(..2))), Tree::raw(number + f64::from(rng.u8(..3))));
    let at_least = Tree::text(if rng.bool() { ">" } else { ">=" });
    let at_most = Tree::text(if rng.bool() { "<" } else { "<=" });
    match rng.u8(..8) {
        // Of equal numbers only those in the shortest notation, since here they compare by text; see the deviations.
        0 | 1 => Tree::raw(number),
        2 => list(&[Tree::text("="), Tree::Raw(raw.to_owned())]),
        3 => list(&[at_least, least]),
        4 => list(&[at_most, most]),
        5 | 6 => list(&[at_least, Tree::raw(number - 1.0 - f64::from(rng.u8(..2))), at_most, most]),
        _ => operator("anything-but", Tree::Raw(raw.to_owned())),
    }
}

/// Any condition.
fn other(rng: &mut Rng) -> Tree {
    match rng.u8(..10) {
        0 => Tree::raw("null"),
        1 => Tree::raw(rng.bool()),
        2 => operator("exists", Tree::raw(rng.bool())),
        3 => operator("anything-but", Tree::raw(NUMBERS[rng.usize(..7)])),
        4 => operator("numeric", Tree::Array(vec![Tree::text(">"), Tree::raw(TIMES[rng.usize(..TIMES.len())])])),
        5 => Tree::raw(["1", "42", "300"][rng.usize(..3)]),
        6 => operator("anything-but", Tree::Array(vec![Tree::raw("300"), Tree::raw("1.5e0")])),
        _ => Tree::text(TEXTS[rng.usize(..TEXTS.len())]),
    }
}

/// Adds a field that is probably not there.
fn absent(rng: &mut Rng, root: &mut Vec<(String, Tree)>, leaves: &[Leaf]) {
    let leaf = &leaves[rng.usize(..leaves.len())];
    let mut names = leaf.names.clone();
    if let Some(at) = names.len().checked_sub(2).filter(|_| rng.u8(..3) > 0) {
        names[at] = ["k", "v", "gone", "0", "\u{ffff}", "😀"][rng.usize(..6)].to_owned();
    }
    let mut all = vec![operator("exists", Tree::raw(false))];
    if rng.bool() {
        all.push(other(rng));
    }
    let mut inner = Vec::new();
    insert(rng, &mut inner, &names, Tree::Array(all));
    merge(root, inner);
}

fn merge(root: &mut Vec<(String, Tree)>, more: Vec<(String, Tree)>) {
    for (name, value) in more {
        match (root.iter_mut().find(|(other, _)| *other == name), value) {
            (Some((_, Tree::Object(known))), Tree::Object(inner)) => merge(known, inner),
            (_, value) => root.push((name, value)),
        }
    }
}

/// Puts some members, of the root or deeper, into alternatives.
fn fork(rng: &mut Rng, members: &mut Vec<(String, Tree)>, leaves: &[Leaf]) {
    if rng.bool() {
        let inner = members.iter_mut().find_map(|(_, value)| match value {
            Tree::Object(inner) => Some(inner),
            _ => None,
        });
        if let Some(inner) = inner {
            return fork(rng, inner, leaves);
        }
    }
    let at = rng.usize(..members.len());
    let moved = members.remove(at);
    let mut other_branch = vec![("dynamodb".to_owned(), Tree::object([("SizeBytes", Tree::Array(vec![other(rng)]))]))];
    if rng.bool() {
        other_branch.clear();
        let leaf = &leaves[rng.usize(..leaves.len())];
        let conditions = conditions(rng, &leaf.value);
        insert(rng, &mut other_branch, &leaf.names, conditions);
    }
    let mut branches = vec![Tree::Object(vec![moved]), Tree::Object(other_branch)];
    rng.shuffle(&mut branches);
    let at = rng.usize(..=members.len());
    members.insert(at, ("$or".to_owned(), Tree::Array(branches)));
}

const WRONG_CONDITIONS: [&str; 38] = [
    "[]",
    "{}",
    "\"a\"",
    "1",
    "null",
    "[[1]]",
    "[{}]",
    "[\"a\",{}]",
    "[{\"prefix\":1}]",
    "[{\"prefix\":{}}]",
    "[{\"prefix\":{\"suffix\":\"a\"}}]",
    "[{\"prefix\":[\"a\"]}]",
    "[{\"prefix\":\"a\",\"suffix\":\"b\"}]",
    "[{\"suffix\":null}]",
    "[{\"suffix\":{\"equals-ignore-case\":1}}]",
    "[{\"equals-ignore-case\":[\"a\"]}]",
    "[{\"exists\":\"true\"}]",
    "[{\"exists\":1}]",
    "[{\"exists\":null}]",
    "[{\"like\":\"a\"}]",
    "[{\"Prefix\":\"a\"}]",
    "[{\"anything-but\":[]}]",
    "[{\"anything-but\":null}]",
    "[{\"anything-but\":true}]",
    "[{\"anything-but\":[\"a\",1]}]",
    "[{\"anything-but\":[[\"a\"]]}]",
    "[{\"anything-but\":{}}]",
    "[{\"numeric\":[]}]",
    "[{\"numeric\":1}]",
    "[{\"numeric\":[\"=\"]}]",
    "[{\"numeric\":[\"==\",1]}]",
    "[{\"numeric\":[\"=\",\"1\"]}]",
    "[{\"numeric\":[\">\",1,\"<\",1]}]",
    "[{\"numeric\":[\"<\",9,\">\",1]}]",
    "[{\"numeric\":[\"=\",1,\"<\",3]}]",
    "[{\"numeric\":[\">\",1,\"<\",3,\"<\",4]}]",
    "[{\"numeric\":[\">\",9007199254740993]}]",
    "[{\"anything-but\":1e400}]",
];
const WRONG_ORS: [&str; 8] = [
    "[]",
    "{}",
    "\"a\"",
    "[{\"eventName\":[\"INSERT\"]}]",
    "[{},{}]",
    "[[\"a\"],[\"b\"]]",
    "[{\"prefix\":[\"a\"]},{\"b\":[1]}]",
    "[{\"a\":{\"numeric\":[1]}},{\"b\":[1]}]",
];

/// A pattern with one fault.
pub(crate) fn invalid(rng: &mut Rng, leaves: &[Leaf]) -> String {
    let valid = pattern(rng, leaves);
    let rest = &valid[1..];
    match rng.u8(..6) {
        0 => {
            let cut = rng.usize(1..valid.len());
            valid.char_indices().take_while(|(at, _)| *at < cut).map(|(_, char)| char).collect()
        }
        1 => format!("{{\"$or\":{},{rest}", WRONG_ORS[rng.usize(..WRONG_ORS.len())]),
        _ => {
            let names = leaves[rng.usize(..leaves.len())].names.clone();
            let wrong = Tree::raw(WRONG_CONDITIONS[rng.usize(..WRONG_CONDITIONS.len())]);
            let field = names.into_iter().rev().fold(wrong, |inner, name| Tree::object([(name, inner)]));
            let text = field.to_string();
            format!("{},{rest}", &text[..text.len() - 1])
        }
    }
}
