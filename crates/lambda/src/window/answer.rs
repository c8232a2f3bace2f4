use crate::{FunctionError, Response};
use serde::{Serialize, Serializer, ser::SerializeStruct};
use serde_json::{
    Map,
    value::{RawValue, to_raw_value},
};

/// What Lambda keeps of a state, per shard.
const MOST_STATE: usize = 1024 * 1024;

/// What a function for tumbling windows answers: always a state, and a [`Response`].
#[derive(Debug, Clone)]
#[must_use]
pub struct WindowResponse {
    state: Box<RawValue>,
    response: Response,
}

impl WindowResponse {
    pub(super) fn new(state: &impl Serialize, response: Response) -> Result<Self, FunctionError> {
        // What serde says may hold a part of the state.
        let state = to_raw_value(state).map_err(|_| FunctionError::State("written as JSON"))?;
        match state.get().len() {
            bytes if bytes > MOST_STATE => Err(FunctionError::StateTooLarge { bytes }),
            _ => Ok(Self { state, response }),
        }
    }

    /// The answer to the last event of a window. Lambda drops the state in it, so one that it would not keep is no
    /// reason to fail: an empty one stands in its place, since an answer without any state counts as failed.
    pub(super) fn last(state: &impl Serialize) -> Result<Self, FunctionError> {
        Self::new(state, Response::SETTLED).or_else(|_| Self::new(&Map::new(), Response::SETTLED))
    }

    /// The state that Lambda hands to the next invocation of the window, as JSON.
    pub fn state(&self) -> &str {
        self.state.get()
    }

    /// The rest of the answer.
    pub const fn response(&self) -> Response {
        self.response
    }

    /// The answer as it goes to Lambda, for runtimes that take bytes.
    pub fn to_json(&self) -> String {
        let rest = self.response.to_json();
        format!(r#"{{"state":{},{}"#, self.state(), rest.strip_prefix('{').unwrap_or(&rest))
    }
}

impl Serialize for WindowResponse {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut answer = serializer.serialize_struct("WindowResponse", 2)?;
        answer.serialize_field("state", &self.state)?;
        answer.serialize_field("batchItemFailures", &self.response.failures())?;
        answer.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_a_state_and_a_list() -> Result<(), Box<dyn std::error::Error>> {
        let settled = WindowResponse::new(&7, Response::SETTLED)?;
        let unsettled = WindowResponse::new(&(), Response::unsettled_from("123".parse()?))?;

        assert_eq!(settled.to_json(), r#"{"state":7,"batchItemFailures":[]}"#);
        assert_eq!(unsettled.to_json(), r#"{"state":null,"batchItemFailures":[{"itemIdentifier":"123"}]}"#);
        for answer in [settled, unsettled] {
            assert_eq!(serde_json::to_string(&answer)?, answer.to_json());
        }
        Ok(())
    }

    #[test]
    fn a_state_above_1_mb_is_an_error() {
        // Two of the bytes are the quotes.
        assert!(WindowResponse::new(&"x".repeat(MOST_STATE - 2), Response::SETTLED).is_ok());
        let error = WindowResponse::new(&"x".repeat(MOST_STATE - 1), Response::SETTLED).err();
        assert!(matches!(error, Some(FunctionError::StateTooLarge { bytes }) if bytes == MOST_STATE + 1));
    }

    #[test]
    fn the_last_answer_of_a_window_has_a_state_whatever_its_size() -> Result<(), Box<dyn std::error::Error>> {
        assert_eq!(WindowResponse::last(&7)?.to_json(), r#"{"state":7,"batchItemFailures":[]}"#);
        let large = WindowResponse::last(&"x".repeat(MOST_STATE - 1))?;
        assert_eq!(large.to_json(), r#"{"state":{},"batchItemFailures":[]}"#);
        Ok(())
    }
}
