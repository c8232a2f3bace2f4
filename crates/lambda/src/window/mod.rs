//! Tumbling windows: records are folded into a state that Lambda carries from invocation to invocation.
//!
//! The fold is a plain function without effects, one record at a time, so that a partial answer can be given: the state
//! in it must hold exactly the records before the one that is named. Where a record fails, the state that came is read
//! again and the records before it are folded into that, which copies no state on the way where nothing fails. A handler
//! over a whole batch lost: whatever it had done before it failed would stay in the state, and come again.

mod answer;
mod fold;
mod function;
mod members;

pub use answer::WindowResponse;
pub use function::{WindowFunction, window};
pub use members::Window;

pub(crate) use members::is_of_window;
