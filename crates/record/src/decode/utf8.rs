//! Input that is not UTF-8.
//!
//! The tape reads text, so all of the input must be text before anything is decoded. Bytes that are not are replaced by a
//! `?` each, which moves no offset, and the input is put aside as it came: a record that has one of them is malformed and
//! gets its own bytes back as its raw form. Input that is all UTF-8, which is the rule, is taken over as it is.

/// The input as it came where it is not UTF-8, otherwise nothing. A list of the bad bytes lost: there may be as many as
/// bytes, and each record would look through it.
#[derive(Debug, Default)]
pub(super) struct Aside(Vec<u8>);

pub(super) fn to_text(bytes: Vec<u8>) -> (String, Aside) {
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return (text, Aside::default()),
        Err(error) => error.into_bytes(),
    };
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    (text, Aside(bytes))
}

impl Aside {
    #[inline(always)]
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first byte in a range of `text` that was replaced.
    pub(super) fn first_in(&self, text: &str, start: usize, end: usize) -> Option<usize> {
        let (came, is) = (self.0.get(start..end)?, text.as_bytes().get(start..end)?);
        came.iter().zip(is).position(|(came, is)| came != is).map(|at| start + at)
    }

    /// The bytes of a range of `text` as they came.
    pub(super) fn original(&self, text: &str, start: usize, end: usize) -> Box<[u8]> {
        let input = if self.is_empty() { text.as_bytes() } else { &self.0 };
        input.get(start..end).unwrap_or_default().into()
    }
}
