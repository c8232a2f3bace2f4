//! What wraps a sink: one file, or one folder, per layer.

mod change;
pub(crate) mod dead_letter;
pub(crate) mod dedupe;
pub(crate) mod filter_items;
pub(crate) mod filter_records;
pub(crate) mod isolate;
pub(crate) mod map;
pub(crate) mod meter;
mod resend;
pub(crate) mod retry;
pub(crate) mod route;
pub(crate) mod timeout;
pub(crate) mod trace;
mod waves;
