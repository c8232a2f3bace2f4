//! Pairs of items of which the second came from the first by a few edits.

use crate::strategies::{item, value};
use dynacdc_record::{AttributeValue, Item, Number};
use proptest::{collection::vec, prelude::*};
use std::collections::BTreeSet;

/// Two items that have most in common; now and then two that have nothing to do with each other.
pub(crate) fn pair() -> impl Strategy<Value = (Item, Item)> {
    let edited = (item(), vec(value(), 4), any::<u64>()).prop_map(|(old, values, seed)| {
        let mut new = old.clone();
        Editor { state: seed, values }.item(&mut new);
        (old, new)
    });
    prop_oneof![5 => edited, 1 => (item(), item())]
}

/// An item and the same one with its numbers written in other ways.
pub(crate) fn respelled() -> impl Strategy<Value = (Item, Item)> {
    (item(), any::<u64>()).prop_map(|(old, seed)| {
        let mut new = old.clone();
        Editor { state: seed, values: Vec::new() }.item(&mut new);
        (old, new)
    })
}

/// Without values to put in, it only writes numbers in other ways.
struct Editor {
    state: u64,
    values: Vec<AttributeValue>,
}

impl Editor {
    /// A number below `sides` (splitmix64).
    fn roll(&mut self, sides: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(sides).unwrap()).unwrap()
    }

    fn one_in(&mut self, sides: usize) -> bool {
        !self.values.is_empty() && self.roll(sides) == 0
    }

    fn new_value(&mut self) -> AttributeValue {
        let at = self.roll(self.values.len());
        self.values[at].clone()
    }

    fn item(&mut self, item: &mut Item) {
        let names: Vec<String> = item.iter().map(|(name, _)| name.clone()).collect();
        for name in names {
            if self.one_in(8) {
                item.remove(&name);
            } else if let Some(value) = item.get_mut(&name) {
                self.value(value);
            }
        }
        if self.one_in(4) {
            let name = ["a", "b", "g", "x.y", "lines[0]", ""][self.roll(6)];
            item.insert(name, self.new_value());
        }
    }

    fn value(&mut self, value: &mut AttributeValue) {
        if self.one_in(8) {
            *value = self.new_value();
        }
        match value {
            AttributeValue::N(number) => *number = self.spelling(number),
            AttributeValue::Ns(set) => {
                *set = set.iter().map(|number| self.spelling(number)).collect();
                if self.one_in(6) {
                    set.insert(Number::from(7));
                }
            }
            AttributeValue::Ss(set) => self.set(set, "more".to_owned()),
            AttributeValue::Bs(set) => self.set(set, vec![7]),
            AttributeValue::L(list) => {
                list.iter_mut().for_each(|element| self.value(element));
                if self.one_in(4) {
                    list.push(self.new_value());
                } else if self.one_in(4) {
                    list.pop();
                } else if self.one_in(6) && !list.is_empty() {
                    list.remove(0);
                }
            }
            AttributeValue::M(map) => self.item(map),
            _ => {}
        }
    }

    fn set<T: Ord>(&mut self, set: &mut BTreeSet<T>, more: T) {
        if self.one_in(6) {
            set.insert(more);
        } else if self.one_in(6) && set.len() > 1 {
            set.pop_first();
        }
    }

    /// The same number, written otherwise.
    fn spelling(&mut self, number: &Number) -> Number {
        let text = number.canonical().to_string();
        let other = match self.roll(4) {
            _ if text.contains('E') => text.replace('E', "e"),
            0 => format!("{text}E0"),
            1 if text.contains('.') => format!("{text}00"),
            1 => format!("{text}.0"),
            2 => text.strip_prefix('-').map_or_else(|| format!("+0{text}"), |digits| format!("-0{digits}")),
            _ => text,
        };
        let other = Number::parse(&other).unwrap();
        assert_eq!(other, *number);
        other
    }
}
