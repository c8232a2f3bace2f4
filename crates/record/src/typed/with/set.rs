use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

/// Reads what stands under the marker of a set as a sequence of `E`, and collects it.
pub(super) struct SetVisitor<T, E, F> {
    expected: &'static str,
    convert: F,
    of: PhantomData<(T, E)>,
}
