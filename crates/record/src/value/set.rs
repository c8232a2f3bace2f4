use crate::{
    NumberRef,
    tape::{Comparison, Node, Run, Tape},
};
use std::fmt;

macro_rules! set {
    ($(#[$doc:meta])* $name:ident, $element:ty, $read:expr) => {
        $(#[$doc])*
        ///
        /// Elements come in the order of the event, which has no meaning: equality ignores it. Cheap to copy.
        #[derive(Clone, Copy)]
        pub struct $name<'a> {
            tape: &'a Tape,
            run: Run,
        }

        impl<'a> $name<'a> {
            pub(crate) const fn new(tape: &'a Tape, run: Run) -> Self {
                Self { tape, run }
            }

            /// Number of elements as the event lists them.
            pub const fn len(&self) -> usize {
                self.run.len as usize
            }

            /// Never true for a set that came from DynamoDB, which has no empty sets.
            pub const fn is_empty(&self) -> bool {
                self.run.len == 0
            }

            /// The elements in the order of the event.
            pub fn iter(&self) -> SetIter<'a, $element> {
                SetIter { tape: self.tape, nodes: self.tape.nodes(self.run).iter(), read: $read }
            }

            /// Whether the element is in the set.
            pub fn contains(&self, element: $element) -> bool {
                self.iter().any(|other| other == element)
            }
        }

        impl PartialEq for $name<'_> {
            fn eq(&self, other: &Self) -> bool {
                Comparison::of(self.tape, other.tape).same_set(self.run, other.run)
            }
        }

        impl Eq for $name<'_> {}

        impl<'a> IntoIterator for $name<'a> {
            type Item = $element;
            type IntoIter = SetIter<'a, $element>;

            fn into_iter(self) -> Self::IntoIter {
                self.iter()
            }
        }

        impl fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_set().entries(self.iter()).finish()
            }
        }
    };
}

set!(
    /// A set of strings.
    StringSet, &'a str, |tape, node| tape.str(node.span())
);
set!(
    /// A set of numbers, equal by value.
    NumberSet, NumberRef<'a>, |tape, node| NumberRef::trusted(tape.str(node.span()))
);
set!(
    /// A set of byte strings.
    BinarySet, &'a [u8], |tape, node| tape.bytes(node.span())
);

/// Iterator over the elements of a set.
#[derive(Clone)]
pub struct SetIter<'a, T> {
    tape: &'a Tape,
    nodes: std::slice::Iter<'a, Node>,
    read: fn(&'a Tape, &Node) -> T,
}

impl<T> Iterator for SetIter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.nodes.next().map(|node| (self.read)(self.tape, node))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.nodes.size_hint()
    }
}

impl<T> ExactSizeIterator for SetIter<'_, T> {}

impl<T: fmt::Debug + Clone> fmt::Debug for SetIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.clone()).finish()
    }
}
