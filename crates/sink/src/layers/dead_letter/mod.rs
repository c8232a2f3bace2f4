//! Dead letters: what cannot be written is parked, with everything of its item key behind it, until it is redriven.

mod desk;
mod file;
mod journal;
mod json;
mod layer;
mod letter;
mod line;
mod memory;
mod options;
mod parked;
mod place;
mod queues;
mod redrive;
mod store;

pub use desk::{DeadLetterDesk, ParkedKey};
pub use file::FileDeadLetters;
pub use layer::{DeadLetter, DeadLetterLayer};
pub use letter::{Discarded, Letter, LetterError, NewLetter, ParkedError};
pub use memory::MemoryDeadLetters;
pub use options::{RedriveOptions, RedriveProgress};
pub use place::Place;
pub use store::{DeadLetterStore, Generation, ParkedKeys, Revision};
