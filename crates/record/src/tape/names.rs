use super::{Node, Span};
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// Up to this many attributes, comparing fingerprints is cheaper than hashing the names.
const PAIRWISE: usize = 128;

/// Finds attributes of one map that have the same name. The memory is reused from map to map.
#[derive(Debug, Default)]
pub(crate) struct Names {
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Names {
    /// Keeps of several attributes of one name the last, which is how JSON parsers read duplicate keys.
    pub(super) fn keep_last<'t>(&mut self, nodes: &mut Vec<Node>, from: usize, text: impl Fn(Span) -> &'t str) {
        let map = nodes.get(from..).unwrap_or_default();
        let doubled = if map.len() <= PAIRWISE { doubled(map, &text) } else { self.doubled(map, &text) };
        if doubled {
            self.remove_earlier(nodes, from, text);
        }
    }

    fn doubled<'t>(&mut self, map: &[Node], text: &impl Fn(Span) -> &'t str) -> bool {
        self.table.clear();
        map.iter().enumerate().any(|(i, node)| !self.insert(map, i, text(node.name()), text))
    }

    /// False if an attribute of this name is there.
    fn insert<'t>(&mut self, map: &[Node], at: usize, name: &str, text: &impl Fn(Span) -> &'t str) -> bool {
        let named = |i: u32| map.get(i as usize).map_or("", |node| text(node.name()));
        let hash = self.hasher.hash_one(name);
        if self.table.find(hash, |i| named(*i) == name).is_some() {
            return false;
        }
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        self.table.insert_unique(hash, at, |i| self.hasher.hash_one(named(*i)));
        true
    }

    fn remove_earlier<'t>(&mut self, nodes: &mut Vec<Node>, from: usize, text: impl Fn(Span) -> &'t str) {
        self.table.clear();
        let mut map = nodes.split_off(from);
        map.reverse();
        let keep: Vec<Node> = (0..map.len())
            .filter_map(|i| map.get(i).copied().filter(|n| self.insert(&map, i, text(n.name()), &text)))
            .collect();
        nodes.extend(keep.into_iter().rev());
    }
}

/// Looks at the attributes before one only if an earlier one has its fingerprint.
fn doubled<'t>(map: &[Node], text: &impl Fn(Span) -> &'t str) -> bool {
    let mut seen = [0_u64; 4];
    map.iter().enumerate().any(|(i, node)| {
        let print = (node.name_key() >> 16) as usize;
        let (word, bit) = (&mut seen[print >> 6 & 3], 1 << (print & 63));
        let maybe = *word & bit != 0;
        *word |= bit;
        let same = |other: &Node| other.name_key() == node.name_key() && text(other.name()) == text(node.name());
        maybe && map[..i].iter().any(same)
    })
}
