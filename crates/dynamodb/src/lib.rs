#![doc = include_str!("../README.md")]

mod batch;
mod cost;
mod dead_letters;
mod dedupe;
mod error;
mod fenced;
mod limits;
mod operation;
mod random;
mod retries;
mod rows;
mod size;
mod table;
mod transaction;

pub use batch::BatchWriter;
pub use cost::CostMeter;
pub use dead_letters::DynamoDbDeadLetters;
pub use dedupe::DynamoDbDedupe;
pub use error::{CallError, ErrorKind};
pub use fenced::{Deletes, Fence, FenceError, FencedOperation, FencedOutcome, FencedWriter};
pub use limits::Limits;
pub use operation::{Operation, Write};
pub use retries::Retries;
pub use size::ItemSize;
pub use table::{TableKey, ensure_table, wait_until_active};
pub use transaction::{ActionFate, Token, TransactionError, TransactionWriter};
