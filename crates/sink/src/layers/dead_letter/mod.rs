//! Dead letters: what cannot be written is parked, with everything of its item key behind it, until it is redriven.

mod letter;
mod place;
mod store;

pub use letter::{Discarded, Letter, LetterError, NewLetter, ParkedError};
pub use place::Place;
pub use store::{DeadLetterStore, Generation, ParkedKeys, Revision};
