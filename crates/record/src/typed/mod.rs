//! Items as the caller's own types.
//!
//! A pair of serde formats of our own. The known ones pass every untyped number through `f64`, copy strings, and put the
//! offending value into their errors; here a number is exact or refused, `&str` and `&[u8]` borrow from the record, and
//! an error names the attribute and nothing of its content.

mod change;
mod de;
mod failure;
mod marker;
mod number;
mod read_error;
mod sequence;
mod ser;
mod with;
mod write_error;

pub use change::{Change, ChangeError};
pub use de::from_image;
pub use read_error::{ReadError, ReadErrorKind};
pub use ser::{to_item, to_value};
pub use with::{as_number, binary, binary_set, lossy_f64, number_set, string_set};
pub use write_error::{WriteError, WriteErrorKind};
