//! The members of an event by its brackets and quotes alone.
//!
//! What stands beside the records has to be read although one of them is no JSON, and a foreign event has to be named
//! although its text is broken. To parse all of it lost: one record then spoils what it has nothing to do with.

use std::{borrow::Cow, ops::Range};

/// Goes over the members of the outermost object: their names as they are written, and where their values stand. It ends
/// where the text is none of an object any more.
#[derive(Debug)]
pub(crate) struct Outline<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Outline<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        let mut outline = Self { text, at: 0 };
        if !outline.eat(b'{') {
            outline.at = text.len();
        }
        outline
    }

    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    /// Goes over the rest of a string. Gives what stands between the quotes.
    fn string(&mut self) -> &'a [u8] {
        let start = self.at;
        while let Some(&byte) = self.text.get(self.at) {
            match byte {
                b'"' => {
                    self.at += 1;
                    return &self.text[start..self.at - 1];
                }
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at = self.text.len();
        self.text.get(start..).unwrap_or_default()
    }

    fn value(&mut self) -> Range<usize> {
        self.peek();
        let (start, mut depth) = (self.at, 0_usize);
        while let Some(&byte) = self.text.get(self.at) {
            match byte {
                b',' | b'}' | b']' if depth == 0 => break,
                b'[' | b'{' => depth += 1,
                b']' | b'}' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if byte == b'"' {
                self.string();
            }
        }
        let text = self.text[start..self.at].trim_ascii_end();
        start..start + text.len()
    }
}

impl<'a> Iterator for Outline<'a> {
    type Item = (&'a [u8], Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        while self.eat(b',') {}
        if !self.eat(b'"') {
            return None;
        }
        let name = self.string();
        self.eat(b':').then(|| (name, self.value()))
    }
}

/// The event with empty lists of records.
pub(crate) fn without_records(text: &[u8]) -> Cow<'_, [u8]> {
    let lists: Vec<_> = Outline::new(text)
        .filter(|(name, value)| *name == b"Records" && text.get(value.start) == Some(&b'['))
        .map(|(_, value)| value)
        .collect();
    if lists.is_empty() {
        return Cow::Borrowed(text);
    }
    let (mut without, mut done) = (Vec::new(), 0);
    for list in lists {
        without.extend_from_slice(&text[done..list.start]);
        without.extend_from_slice(b"[]");
        done = list.end;
    }
    without.extend_from_slice(&text[done..]);
    Cow::Owned(without)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(text: &str) -> Vec<(&str, &str)> {
        let str = |bytes| str::from_utf8(bytes).unwrap_or_default();
        Outline::new(text.as_bytes())
            .map(|(name, value)| (str(name), text.get(value).unwrap_or_default().trim()))
            .collect()
    }

    #[test]
    fn members_are_found_whatever_is_wrong_in_them() {
        let text = r#" { "a" : [1, {"b": "]\"}"}, nonsense], "c\"": "x,\\", "d":7 ,"e": null}"#;

        let expected = [("a", r#"[1, {"b": "]\"}"}, nonsense]"#), (r#"c\""#, r#""x,\\""#), ("d", "7"), ("e", "null")];
        assert_eq!(members(text), expected);
    }

    #[test]
    fn a_text_that_is_cut_off_gives_what_it_has() {
        let text = r#"{"a":1,"b":{"c":["d\"e"]},"f":2}"#;
        let whole = members(text);
        for end in 0..text.len() {
            let found = members(&text[..end]);

            for (at, (name, value)) in found.iter().enumerate() {
                assert_eq!(*name, whole[at].0, "{end}");
                assert!(whole[at].1.starts_with(value), "{end}: {value}");
            }
        }
        for none in ["", "[]", "[\"a\", 1]", "null", "{", "{}", "{1:2}"] {
            assert!(members(none).is_empty(), "{none}");
        }
    }

    #[test]
    fn only_lists_of_records_are_emptied() {
        let emptied = |text: &'static str| String::from_utf8_lossy(&without_records(text.as_bytes())).into_owned();

        let text = r#"{"x":{"Records":[1]},"Records":[{"Records":["]",nonsense]}] ,"y":2,"Records" : [3]}"#;
        assert_eq!(emptied(text), r#"{"x":{"Records":[1]},"Records":[] ,"y":2,"Records" : []}"#);
        assert_eq!(emptied(r#"{"Records":"no list"}"#), r#"{"Records":"no list"}"#);
    }
}
