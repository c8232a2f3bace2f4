//! Filter patterns of Lambda for records of DynamoDB streams.
//!
//! # Why an engine of our own
//!
//! The crate `quamina` (0.7 was judged) speaks the language that EventBridge, its Pipes and Lambda's filters have in
//! common, and of what AWS has been seen to do it gets most right: array consistency, `exists` on leaves, `anything-but`,
//! numbers as texts in `N`. It was not taken, because
//!
//! - it has no `$or`, and no `prefix` and `suffix` with `equals-ignore-case`, which filters may use;
//! - it accepts what Lambda refuses: `wildcard`, `cidr` and `regexp`, empty objects and arrays, a range with nothing in it.
//!   A pattern that is tested here and then refused by AWS, or never matches, is what this module is to prevent;
//! - it takes `300` and `300.0` for equal, and does not see an attribute `a.b` where Amazon's engine does;
//! - its errors have no position;
//! - it reads JSON text, so that every record would have to be written out first, and it is made to find a few of
//!   thousands of patterns at once, where a filter has five.
//!
//! What is here is judged by Amazon's own engine, `event-ruler`: `tests/services/ruler.sh` in the repository lets both
//! answer the same seeded pairs of pattern and record, and a part of the answers is kept as a test. Where we do otherwise
//! on purpose is a list of that program, `deviation.rs`. One fault of the engine (1.8.1) we do not follow either: it drops
//! an alternative of `$or` that repeats a value of an earlier one, so that `{"$or": [{"a": ["x"]}, {"a": ["x", "y"]}]}`
//! does not match `y` there.

mod case;
mod compile;
mod condition;
mod error;
mod limits;
mod list;
mod number;
mod operator;
mod search;
mod text;
mod walk;

pub use error::{PatternError, PatternErrorKind};
pub use limits::PatternLimits;
pub use list::RecordPatterns;

use dynacdc_record::ChangeRecord;
use std::{fmt, str::FromStr};

/// A filter pattern, as filters of event source mappings of Lambda have it
/// ([AWS: control which events Lambda sends to your function][filters], [AWS: filtering with DynamoDB][dynamodb]).
///
/// ```
/// use dynacdc_sink::RecordPattern;
///
/// let shipped = RecordPattern::parse(
///     r#"{"eventName": ["MODIFY"], "dynamodb": {
///         "OldImage": {"state": {"S": [{"anything-but": "shipped"}]}},
///         "NewImage": {"state": {"S": ["shipped"]}}
///     }}"#,
/// )?;
///
/// let error = RecordPattern::parse(r#"{"dynamodb": {"SizeBytes": [{"numeric": ["=>", 100]}]}}"#).unwrap_err();
/// assert_eq!(error.path(), "dynamodb.SizeBytes[0].numeric");
/// # Ok::<(), dynacdc_sink::PatternError>(())
/// ```
///
/// # Language
///
/// All fields that a pattern names must match; a field matches if one element of its array accepts one of its values:
///
/// | element | accepts |
/// |---|---|
/// | `"text"`, `""` | that text. A text that is an IP address accepts all its notations |
/// | `7`, `true`, `null` | that value |
/// | `{"exists": true}`, `{"exists": false}` | any value; none. Only for fields that have values, not for objects above |
/// | `{"prefix": "a"}`, `{"suffix": "a"}`, `{"equals-ignore-case": "a"}` | texts |
/// | `{"prefix": {"equals-ignore-case": "a"}}`, and so with `suffix` | texts |
/// | `{"anything-but": x}` with a text, a number or an array of either | any value but these. The field must be there |
/// | `{"numeric": [">", 0, "<=", 5]}`, or one of `=` `<` `<=` `>` `>=` and a number | JSON numbers, by value |
///
/// `"$or": [{..}, {..}]` among the fields of an object asks for one of the objects. Of a field that is named twice the
/// last counts.
///
/// # Traps
///
/// - Numbers of items are *texts* in a record: `{"N": [{"numeric": [">", 100]}]}` never matches, `{"N": ["101"]}` matches
///   `101`, not `101.0`, and `{"N": [{"anything-but": 101}]}` always matches. JSON numbers are only `SizeBytes` and
///   `ApproximateCreationDateTime`. As values they compare by text, too: `[300.0]` does not match 300. A
///   [`ChangeRecord`] does not keep how its time was written; it compares as the shortest decimal notation.
/// - The type stands below the attribute: `{"total": [{"exists": false}]}` matches every record, since only
///   `{"total": {"N": ..}}` has values. An attribute that is null has `"NULL": [true]`.
/// - Elements of lists and sets: one has to match. Fields that reach through the same `L` must be satisfied by one element
///   of it. A field with `exists: false` looks at the elements that fields before it (as texts sort) have chosen, and
///   otherwise at all of them. Empty lists and maps have no values, so what is below them does not exist.
/// - Lambda adds `eventSource`, `eventSourceARN` and `awsRegion` after the filter. A pattern with them is accepted there and
///   delivers nothing; here it is refused. Names that no record has are allowed, as by Lambda, and are absent.
/// - Lambda filters records before anything else. This filters a record *as it is seen*: behind a layer that changes event
///   name, key or images, those are what it looks at.
///
/// # Refused
///
/// What Lambda refuses, and also: `wildcard`, `cidr`, `exactly` and `anything-but` with an object, which only rules of an
/// event bus have ([AWS: comparison operators][operators]); text behind the pattern; what would never match (above).
///
/// [filters]: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
/// [dynamodb]: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html
/// [operators]: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
#[derive(Clone)]
pub struct RecordPattern {
    combinations: Vec<Vec<search::Field>>,
}

impl RecordPattern {
    /// Reads a pattern, within the limits of Lambda.
    ///
    /// # Errors
    /// [`PatternError`] where Lambda would refuse it, and where it would never match: see [the type](Self).
    pub fn parse(json: &str) -> Result<Self, PatternError> {
        Self::parse_within(json, PatternLimits::LAMBDA)
    }

    /// Reads a pattern within other limits.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_within(json: &str, limits: PatternLimits) -> Result<Self, PatternError> {
        Ok(Self { combinations: compile::compile(json, limits)? })
    }

    /// Whether the record, as it is seen, matches.
    pub fn matches(&self, record: &ChangeRecord) -> bool {
        self.combinations.iter().any(|fields| search::satisfied(fields, record))
    }
}

impl FromStr for RecordPattern {
    type Err = PatternError;

    fn from_str(json: &str) -> Result<Self, PatternError> {
        Self::parse(json)
    }
}

impl fmt::Debug for RecordPattern {
    /// Without the values that it compares with, which are values of items.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordPattern").field("combinations", &self.combinations.len()).finish_non_exhaustive()
    }
}
