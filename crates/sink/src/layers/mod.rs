//! What wraps a sink: one file, or one folder, per layer.

pub(crate) mod dead_letter;
pub(crate) mod dedupe;
pub(crate) mod filter_records;
