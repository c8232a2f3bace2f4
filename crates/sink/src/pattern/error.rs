use std::fmt;

/// A filter pattern that is refused: what is wrong, and where.
///
/// It quotes names and operators of the pattern, and none of the values that it compares with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternError {
    kind: PatternErrorKind,
    pattern: Option<usize>,
    path: String,
    line: usize,
    column: usize,
}

/// What is wrong with a filter pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternErrorKind {
    /// The text is no JSON, or something follows the pattern.
    #[error("no valid JSON: {0}")]
    Json(String),
    /// The text is longer than the limit.
    #[error("longer than {limit} characters")]
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// A list of more patterns than the limit.
    #[error("more than {limit} patterns")]
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// A list of no patterns. Lambda takes it for no filter at all; here it could as well mean that nothing matches.
    #[error("no pattern")]
    None,
    /// The `$or`s multiply into more alternatives than the limit.
    #[error("its $or multiply into more than {limit} alternatives")]
    TooManyCombinations {
        /// The limit.
        limit: usize,
    },
    /// The pattern itself is not a JSON object.
    #[error("a pattern is an object")]
    NoObject,
    /// An object without members.
    #[error("an empty object")]
    EmptyObject,
    /// An array without elements.
    #[error("an empty array")]
    EmptyArray,
    /// A member that is neither an object nor an array of conditions.
    #[error("a field is an object, or an array of what it may be")]
    NoField,
    /// A condition that is no string, number, `true`, `false`, `null` or operator.
    #[error("a condition is a string, a number, true, false, null or an operator")]
    NoCondition,
    /// `$or` is an array of at least two objects.
    #[error("$or is an array of at least two objects")]
    Or,
    /// A name that stands for an operator, as a field inside `$or`.
    #[error("{0} is the name of an operator, and no field inside $or")]
    ReservedName(String),
    /// An object that is to be an operator and has no or several members.
    #[error("an operator is an object with one member")]
    OneOperator,
    /// No operator of this name is known.
    #[error("unknown operator {0}")]
    UnknownOperator(String),
    /// An operator that rules of an event bus have and filters of Lambda do not.
    #[error("{0} is for rules of an event bus, and not for filters of Lambda")]
    NotInLambda(String),
    /// The operator does not take such an operand.
    #[error("{operator} takes {takes}")]
    Operand {
        /// The name of the operator.
        operator: &'static str,
        /// What it takes.
        takes: &'static str,
    },
    /// A number that has no exact double, in a comparison by value.
    #[error("a number that a double does not hold exactly")]
    InexactNumber,
    /// A range of numbers with nothing in it.
    #[error("the lower bound must be less than the upper one")]
    EmptyRange,
    /// A member that Lambda adds to the record after it has filtered: the pattern would never match.
    #[error("{0} is added to a record after the filter, so that this would never match")]
    AddedAfterFiltering(&'static str),
}

impl PatternError {
    pub(super) fn new(kind: PatternErrorKind, path: String, (line, column): (usize, usize)) -> Self {
        Self { kind, pattern: None, path, line, column }
    }

    /// An error of a list as a whole.
    pub(super) fn of_list(kind: PatternErrorKind) -> Self {
        Self::new(kind, String::new(), (0, 0))
    }

    pub(super) fn in_pattern(self, at: usize) -> Self {
        Self { pattern: Some(at), ..self }
    }

    /// What is wrong.
    pub const fn kind(&self) -> &PatternErrorKind {
        &self.kind
    }

    /// The position of the pattern in its list, from 0, where it was parsed as one of a list.
    pub const fn pattern(&self) -> Option<usize> {
        self.pattern
    }

    /// Where in the pattern, such as `dynamodb.NewImage.total.N[1].numeric`. Empty for the pattern as a whole, and where
    /// the text is no JSON.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The line of the pattern's text, from 1; 0 if the error is not of one pattern.
    pub const fn line(&self) -> usize {
        self.line
    }

    /// The column in that line, from 1, counted in bytes; 0 if the error is not of one pattern.
    pub const fn column(&self) -> usize {
        self.column
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("filter pattern")?;
        if let Some(at) = self.pattern {
            write!(f, " {at}")?;
        }
        if !self.path.is_empty() {
            write!(f, " at {}", self.path)?;
        }
        if self.line > 0 {
            write!(f, " (line {}, column {})", self.line, self.column)?;
        }
        write!(f, ": {}", self.kind)
    }
}

impl std::error::Error for PatternError {}
