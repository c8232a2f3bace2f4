use super::{PatternError, PatternErrorKind as Kind, PatternLimits, RecordPattern};
use dynacdc_record::ChangeRecord;

/// The filters of an event source mapping: up to five patterns, of which a record has to match one.
///
/// ```
/// use dynacdc_sink::RecordPatterns;
///
/// let patterns = RecordPatterns::parse([
///     r#"{"eventName": ["INSERT"]}"#,
///     r#"{"userIdentity": {"type": ["Service"], "principalId": ["dynamodb.amazonaws.com"]}}"#,
/// ])?;
/// # Ok::<(), dynacdc_sink::PatternError>(())
/// ```
#[derive(Debug, Clone)]
pub struct RecordPatterns {
    patterns: Vec<RecordPattern>,
}

impl RecordPatterns {
    /// Reads patterns, within the limits of Lambda.
    ///
    /// # Errors
    /// As [`RecordPattern::parse`], with the position in the list; also for an empty list, which Lambda takes for no
    /// filter at all, and for one that is longer than the limit.
    pub fn parse<P: AsRef<str>>(patterns: impl IntoIterator<Item = P>) -> Result<Self, PatternError> {
        Self::parse_within(patterns, PatternLimits::LAMBDA)
    }

    /// Reads patterns within other limits.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_within<P: AsRef<str>>(
        patterns: impl IntoIterator<Item = P>,
        limits: PatternLimits,
    ) -> Result<Self, PatternError> {
        let mut read = Vec::new();
        for (at, json) in patterns.into_iter().enumerate() {
            if at == limits.patterns() {
                return Err(PatternError::of_list(Kind::TooMany { limit: limits.patterns() }));
            }
            let pattern = RecordPattern::parse_within(json.as_ref(), limits);
            read.push(pattern.map_err(|error| error.in_pattern(at))?);
        }
        if read.is_empty() {
            return Err(PatternError::of_list(Kind::None));
        }
        Ok(Self { patterns: read })
    }

    /// Whether the record, as it is seen, matches one of the patterns.
    pub fn matches(&self, record: &ChangeRecord) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches(record))
    }
}

impl From<RecordPattern> for RecordPatterns {
    fn from(pattern: RecordPattern) -> Self {
        Self { patterns: vec![pattern] }
    }
}
