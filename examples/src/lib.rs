#![doc = include_str!("../../README.md")]

mod arguments;
mod columns;
mod failure;
mod palette;
mod screen;
mod server;
mod verdict;

pub use arguments::{Arguments, Color, Form};
pub use columns::{Cell, Table, fit, wrap};
pub use failure::{Failure, report};
pub use palette::{DIM, GOOD, INSERT, MODIFY, REMOVE, TITLE, WRONG, event, paint};
pub use screen::{Scene, Screen, WIDTH};
pub use server::connect;
pub use verdict::{Check, Verdict};
