//! Comparing without regard to case, character by character.
//!
//! As in Amazon's engine, each character of the *pattern* stands for its lower and its upper case, whatever their
//! lengths: `ß` accepts `ß` and `SS`, while `ss` accepts no `ß`. The engine breaks characters beyond U+FFFF into halves
//! and then matches question marks for them; here they are whole characters.

/// The text of a pattern, each character as its lower and its upper case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caseless(Vec<[String; 2]>);

impl Caseless {
    pub(super) fn new(text: &str) -> Self {
        Self(text.chars().map(|char| [char.to_lowercase().collect(), char.to_uppercase().collect()]).collect())
    }

    /// What follows in `text` when it begins with this.
    pub(super) fn strip_from_start<'t>(&self, text: &'t str) -> Option<&'t str> {
        self.0.iter().try_fold(text, |rest, cases| cases.iter().find_map(|case| rest.strip_prefix(case.as_str())))
    }

    /// What comes before in `text` when it ends with this.
    pub(super) fn strip_from_end<'t>(&self, text: &'t str) -> Option<&'t str> {
        self.0.iter().rev().try_fold(text, |rest, cases| cases.iter().find_map(|case| rest.strip_suffix(case.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equal(pattern: &str, text: &str) -> bool {
        Caseless::new(pattern).strip_from_start(text) == Some("")
    }

    #[test]
    fn every_character_is_both_of_its_cases() {
        for (pattern, text, wanted) in [
            ("Insert", "iNSERT", true),
            ("Insert", "inser", false),
            ("Insert", "inserts", false),
            ("é", "É", true),
            ("e", "é", false),
            ("ß", "SS", true),
            ("ß", "ss", false),
            ("ss", "ß", false),
            ("😀𐐀", "😀𐐨", true),
            ("😀", "??", false),
            ("", "", true),
        ] {
            assert_eq!(equal(pattern, text), wanted, "{pattern} {text}");
        }
    }
}
