//! What is wrong on purpose: each stands in a stack in the place of something right, and the kit must notice.

mod effects;
mod fences;
mod parts;
mod resend;
mod stores;

pub(crate) use effects::{GoesOn, MarkedFirst, ParkedAsApplied, Remembered, from_the_top};
pub(crate) use fences::{ClaimsLane, FencedRows, KeyedFence};
pub(crate) use parts::{FilterByNew, MapAtOnce, MapOneToOne, RouteAtOnce};
pub(crate) use resend::ResendAll;
pub(crate) use stores::{NoParts, OneCompletion, Unconditional};
