use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

/// Reads what stands under the marker of a set.
pub(super) struct SetVisitor<T> {
    expected: &'static str,
    of: PhantomData<T>,
}

impl<T> SetVisitor<T> {
    pub(super) const fn new(expected: &'static str) -> Self {
        Self { expected, of: PhantomData }
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for SetVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::deserialize(deserializer)
    }
}

/// Reads an element in a way that its own type does not know.
pub(super) trait Element<'de>: Deserialize<'de> {
    type Inner;

    fn into_inner(self) -> Self::Inner;
}

/// A collection whose elements are read as `E`.
pub(super) struct Collected<T, E> {
    pub(super) collection: T,
    of: PhantomData<E>,
}

impl<'de, T: FromIterator<E::Inner>, E: Element<'de>> Deserialize<'de> for Collected<T, E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Collect(PhantomData))
    }
}

struct Collect<T, E>(PhantomData<(T, E)>);

impl<'de, T: FromIterator<E::Inner>, E: Element<'de>> Visitor<'de> for Collect<T, E> {
    type Value = Collected<T, E>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a set")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Collected<T, E>, A::Error> {
        let mut failed = None;
        let collection = std::iter::from_fn(|| match elements.next_element::<E>() {
            Ok(element) => element.map(E::into_inner),
            Err(e) => {
                failed = Some(e);
                None
            }
        })
        .collect();
        match failed {
            None => Ok(Collected { collection, of: PhantomData }),
            Some(e) => Err(e),
        }
    }
}
