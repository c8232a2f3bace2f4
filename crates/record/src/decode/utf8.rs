//! Input that is not UTF-8.
//!
//! The tape reads text, so all of the input must be text before anything is decoded. Bytes that are not are put aside
//! and a `?` takes their place, which moves no offset; a record that has one of them is malformed and gets its own
//! bytes back as its raw form. Input that is all UTF-8, which is the rule, is taken over as it is.

/// Bytes that were put aside, in the order of their offsets.
#[derive(Debug, Default)]
pub(super) struct Aside(Vec<(usize, u8)>);

pub(super) fn to_text(bytes: Vec<u8>) -> (String, Aside) {
    let mut bytes = match String::from_utf8(bytes) {
        Ok(text) => return (text, Aside::default()),
        Err(error) => error.into_bytes(),
    };
    let mut offset = 0;
    let mut bad = Vec::new();
    for chunk in bytes.utf8_chunks() {
        let start = offset + chunk.valid().len();
        bad.extend(chunk.invalid().iter().enumerate().map(|(i, byte)| (start + i, *byte)));
        offset = start + chunk.invalid().len();
    }
    for (at, _) in &bad {
        bytes[*at] = b'?';
    }
    // Nothing is left to be replaced here: every byte that was not UTF-8 is a question mark by now.
    (String::from_utf8_lossy(&bytes).into_owned(), Aside(bad))
}

impl Aside {
    #[inline(always)]
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first byte put aside in a range.
    pub(super) fn first_in(&self, start: usize, end: usize) -> Option<usize> {
        if self.0.is_empty() {
            return None;
        }
        let first = self.0.partition_point(|(at, _)| *at < start);
        self.0.get(first).map(|(at, _)| *at).filter(|at| *at < end)
    }

    /// The bytes of the range as they came.
    pub(super) fn original(&self, text: &str, start: usize, end: usize) -> Box<[u8]> {
        let mut bytes: Box<[u8]> = text.as_bytes().get(start..end).unwrap_or_default().into();
        for (at, byte) in self.0.iter().filter(|(at, _)| (start..end).contains(at)) {
            bytes[at - start] = *byte;
        }
        bytes
    }
}
