/// How large filters may be. The defaults are those of an event source mapping of Lambda
/// ([AWS: control which events Lambda sends to your function][page]); they move, so they are data.
///
/// [page]: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use]
pub struct PatternLimits {
    patterns: usize,
    characters: usize,
    combinations: usize,
}

impl PatternLimits {
    /// 5 patterns of 4,096 characters each.
    pub const LAMBDA: Self = Self { patterns: 5, characters: 4096, combinations: 1000 };

    /// How many patterns a list may have: 5, and for an account with a raised quota up to 10.
    pub const fn with_patterns(self, patterns: usize) -> Self {
        Self { patterns, ..self }
    }

    /// How many characters a pattern may have: 4,096.
    pub const fn with_characters(self, characters: usize) -> Self {
        Self { characters, ..self }
    }

    /// Into how many alternatives the `$or`s of a pattern may multiply: 1,000. This bound is ours. Amazon's engine
    /// multiplies them out as well, and thirty `$or`s of two alternatives each are a thousand million.
    pub const fn with_combinations(self, combinations: usize) -> Self {
        Self { combinations, ..self }
    }

    /// How many patterns a list may have.
    pub const fn patterns(&self) -> usize {
        self.patterns
    }

    /// How many characters a pattern may have.
    pub const fn characters(&self) -> usize {
        self.characters
    }

    /// Into how many alternatives the `$or`s of a pattern may multiply.
    pub const fn combinations(&self) -> usize {
        self.combinations
    }
}

impl Default for PatternLimits {
    fn default() -> Self {
        Self::LAMBDA
    }
}
