//! The set-up of streams, against the embedded server and through a client whose answers are scripted.

mod changing;
mod enabling;
mod failing;
mod listing;
mod scene;
mod script;
mod waiting;
