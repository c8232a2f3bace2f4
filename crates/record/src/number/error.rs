use thiserror::Error;

/// Why a text or a result is no DynamoDB number, or has no exact form in another type.
///
/// No variant carries the value: numbers are item data, and item data does not belong in logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NumberError {
    /// The text is empty.
    #[error("a number needs at least one digit, and the text is empty")]
    Empty,
    /// The text does not follow the grammar of [`Number::parse`](crate::Number::parse).
    #[error("unexpected character or end of text at byte {at} of the number")]
    Syntax {
        /// Offset in bytes of the first byte that does not fit, or the length of a text that ends too early.
        at: usize,
    },
    /// The exact value needs more than 38 significant digits. DynamoDB refuses such a number, and it is never rounded.
    #[error("the number needs more than 38 significant digits")]
    TooManyDigits,
    /// The magnitude is not zero and lies outside 1E-130 to 9.9999999999999999999999999999999999999E+125.
    #[error("the magnitude is outside 1E-130 to 9.9999999999999999999999999999999999999E+125")]
    OutOfRange,
    /// The value has a fraction, or more digits than `target` holds, so that the conversion would change it.
    #[error("the number has no exact form as {target}")]
    Inexact {
        /// Name of the Rust type that was asked for.
        target: &'static str,
    },
}
