use std::{fmt, str::FromStr};

/// One step of a [`Path`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// An attribute of a map. Any text is a legal name, dots and brackets too.
    Name(Box<str>),
    /// An element of a list, counted from 0.
    Index(usize),
}

/// The way to a value through maps and lists, such as `lines[0].price`.
///
/// It is a list of segments, so that a name with a dot in it is not mistaken for two names. The text form puts names
/// that are not plain identifiers in quotes (`lines[0]."unit.price"`), and [`FromStr`] reads that form back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Path(Vec<Segment>);

impl Path {
    /// The path to the value where one stands.
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// A path of one name, taken as it is.
    pub fn name(name: impl Into<Box<str>>) -> Self {
        Self(vec![Segment::Name(name.into())])
    }

    /// The steps from the outside in.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Whether it has no step.
    pub const fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// This path and one step more.
    #[must_use]
    pub fn join(&self, segment: Segment) -> Self {
        let mut path = self.clone();
        path.0.push(segment);
        path
    }
}

impl FromIterator<Segment> for Path {
    fn from_iter<I: IntoIterator<Item = Segment>>(segments: I) -> Self {
        Self(segments.into_iter().collect())
    }
}

impl From<&str> for Segment {
    fn from(name: &str) -> Self {
        Self::Name(name.into())
    }
}

impl From<usize> for Segment {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b':' | b'#' | b'$' | b'@'))
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Name(name) => {
                    if i > 0 {
                        f.write_str(".")?;
                    }
                    if is_plain(name) { f.write_str(name)? } else { write!(f, "{name:?}")? }
                }
            }
        }
        Ok(())
    }
}

/// The text is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a path: {reason} at byte {at}")]
#[non_exhaustive]
pub struct PathError {
    /// What is wrong.
    pub reason: &'static str,
    /// Where, in bytes from the start.
    pub at: usize,
}

impl FromStr for Path {
    type Err = PathError;

    /// Reads `name.name[index]."any text"`; inside quotes `\"` and `\\` stand for themselves without the backslash, and
    /// `\n`, `\r`, `\t`, `\0` and `\u{hex}` for what Rust means by them.
    fn from_str(text: &str) -> Result<Self, PathError> {
        let mut path = Self::root();
        let mut rest = text;
        while !rest.is_empty() {
            let fail = |reason, rest: &str| PathError { reason, at: text.len() - rest.len() };
            if let Some(index) = rest.strip_prefix('[') {
                let (digits, after) = index.split_once(']').ok_or_else(|| fail("a bracket is not closed", rest))?;
                let index = digits.parse().map_err(|_| fail("an index is a whole number", index))?;
                path.0.push(Segment::Index(index));
                rest = after;
                continue;
            }
            if !path.is_root() {
                rest = rest.strip_prefix('.').ok_or_else(|| fail("steps are parted by a dot", rest))?;
            }
            let (name, after) = match rest.strip_prefix('"') {
                Some(quoted) => unquote(quoted).ok_or_else(|| fail("a quoted name is not well formed", rest))?,
                None => {
                    let end = rest.find(['.', '[']).unwrap_or(rest.len());
                    (rest[..end].to_owned(), &rest[end..])
                }
            };
            if name.is_empty() && !rest.starts_with('"') {
                return Err(fail("a name is empty", rest));
            }
            path.0.push(Segment::Name(name.into()));
            rest = after;
        }
        Ok(path)
    }
}

/// The text up to the closing quote with escapes taken out, and what follows the quote.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Some((name, &text[at + 1..])),
            '\\' => match chars.next()?.1 {
                'n' => name.push('\n'),
                'r' => name.push('\r'),
                't' => name.push('\t'),
                '0' => name.push('\0'),
                'u' => {
                    let code = text.get(chars.next().filter(|(_, c)| *c == '{')?.0 + 1..)?.split_once('}')?.0;
                    name.push(char::from_u32(u32::from_str_radix(code, 16).ok()?)?);
                    chars.by_ref().take_while(|(_, c)| *c != '}').for_each(drop);
                }
                other => name.push(other),
            },
            other => name.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_that_look_like_paths_are_quoted() {
        let path: Path = [Segment::from("lines"), Segment::from(0), Segment::from("unit.price")].into_iter().collect();

        assert_eq!(path.to_string(), r#"lines[0]."unit.price""#);
    }

    #[test]
    fn text_that_is_no_path_is_refused_where_it_goes_wrong() {
        for (text, at) in [("a[1", 1), ("a[x]", 2), ("a..b", 2), ("a[0]b", 4), (r#""a"#, 0), (".a", 0)] {
            assert_eq!(text.parse::<Path>().unwrap_err().at, at, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_path_reads_back(segments in prop::collection::vec(prop_oneof![
            any::<String>().prop_map(|name| Segment::Name(name.into())),
            any::<usize>().prop_map(Segment::Index),
        ], 0..6)) {
            let path: Path = segments.into_iter().collect();

            prop_assert_eq!(path.to_string().parse::<Path>(), Ok(path));
        }
    }
}
