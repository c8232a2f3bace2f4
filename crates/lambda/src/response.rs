//! The answer to Lambda.
//!
//! Lambda takes a missing or null list for success and an identifier that it does not know for a failure of all, so an
//! answer with a slip in it loses a batch or repeats it for ever. The list is therefore no list here, but one sequence
//! number or none: there is no value of the type that reads as anything else.

use dynacdc_record::SequenceNumber;
use serde::{Serialize, Serializer, ser::SerializeStruct};

/// What a function answers: `{"batchItemFailures":[]}`, or one identifier in the list.
///
/// One is enough. Lambda goes on at the lowest identifier that it is given and delivers everything from there again,
/// settled or not ([AWS: partial batch responses][partial]). The mapping must have `ReportBatchItemFailures` among its
/// `FunctionResponseTypes`; without it Lambda settles the batch whatever the answer says.
///
/// [partial]: https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Response {
    first_unsettled: Option<SequenceNumber>,
}

impl Response {
    /// Every record is settled.
    pub const SETTLED: Self = Self { first_unsettled: None };

    /// Everything before this record is settled, and delivery is to go on with it. It must be a record of the event.
    pub const fn unsettled_from(record: SequenceNumber) -> Self {
        Self { first_unsettled: Some(record) }
    }

    /// The first record that is not settled; none if all are.
    pub const fn first_unsettled(&self) -> Option<SequenceNumber> {
        self.first_unsettled
    }

    /// Whether every record is settled.
    pub const fn is_settled(&self) -> bool {
        self.first_unsettled.is_none()
    }

    /// The answer as it goes to Lambda, for runtimes that take bytes.
    pub fn to_json(&self) -> String {
        // The text of a sequence number is digits, so there is nothing to escape.
        self.first_unsettled.map_or_else(
            || r#"{"batchItemFailures":[]}"#.to_owned(),
            |record| format!(r#"{{"batchItemFailures":[{{"itemIdentifier":"{}"}}]}}"#, record.as_str()),
        )
    }

    /// The list under `batchItemFailures`.
    pub(crate) fn failures(&self) -> Vec<Failure> {
        self.first_unsettled.map(Failure).into_iter().collect()
    }
}

impl Serialize for Response {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut answer = serializer.serialize_struct("Response", 1)?;
        answer.serialize_field("batchItemFailures", &self.failures())?;
        answer.end()
    }
}

/// One element of the list.
#[derive(Debug)]
pub(crate) struct Failure(SequenceNumber);

impl Serialize for Failure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut failure = serializer.serialize_struct("Failure", 1)?;
        failure.serialize_field("itemIdentifier", self.0.as_str())?;
        failure.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_two_forms_and_no_other() -> Result<(), Box<dyn std::error::Error>> {
        let number = "0004421584500000000017450439091";
        let unsettled = Response::unsettled_from(number.parse()?);

        assert_eq!(serde_json::to_string(&Response::SETTLED)?, r#"{"batchItemFailures":[]}"#);
        assert_eq!(
            serde_json::to_string(&unsettled)?,
            format!(r#"{{"batchItemFailures":[{{"itemIdentifier":"{number}"}}]}}"#)
        );
        for answer in [Response::SETTLED, unsettled] {
            assert_eq!(answer.to_json(), serde_json::to_string(&answer)?);
        }
        Ok(())
    }
}
