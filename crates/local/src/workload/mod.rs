//! A seeded stream of writes to an order table: customers, carts, orders, payments and returns.
//!
//! It is pure data and needs neither server nor AWS types, so the same writes feed examples, tests
//! and exercises. [`Write::apply_to`] tells what a write makes of an item, which gives the images
//! that a stream record would show; with the feature `server`, `apply` sends it to a table.
//!
//! All items live in one table with the keys [`PARTITION_KEY`] and [`SORT_KEY`], both strings. The
//! attribute `kind` tells them apart:
//!
//! | `kind` | sort key | what happens to it |
//! |---|---|---|
//! | `customer` | `profile` | put once, then changed; `points` grow with each delivery |
//! | `cart` | `cart` | put, put again with other lines, deleted with the order; expires by [`TTL_ATTRIBUTE`] |
//! | `order` | `order#00000042` | put as `pending`, then `paid`, `shipped`, `delivered`, perhaps `returned`; deleted if never paid, or long after delivery |
//! | `payment` | `payment#00000042` | put right before its order becomes `paid`, never changed |
//! | `return` | `return#00000042` | put right before its order becomes `returned`, never changed |
//!
//! # Promises
//!
//! - A seed and a number of customers give the same writes on every platform and in every later version,
//!   unless a version says otherwise in its change log: the generator is named (xoshiro256++) and
//!   nothing else of the random library is used.
//! - Applied in order to an empty table, every write changes something, and `Update` and `Delete`
//!   name an item that exists. (Carts that TTL has deleted meanwhile are the exception.)
//! - `total` is the sum of quantity times price over the lines, `amount` of a payment is the total
//!   of its order, and a `refund` is positive and not above the total. All are exact, with two places.
//! - A few hundred writes hold every attribute type, and numbers of 38 digits.
//! - Some customers are hot: the busiest tenth gets about half of all writes.

#[cfg(feature = "server")]
mod apply;
mod dice;
mod entity;
mod generator;
mod order;
mod write;

#[cfg(feature = "server")]
pub use self::apply::apply;
pub use self::generator::Workload;
pub use self::write::Write;

/// The name of the table in examples.
pub const TABLE: &str = "Orders";
/// The partition key: a string, `customer#0007`.
pub const PARTITION_KEY: &str = "customer";
/// The sort key: a string, see the table in the [module](self).
pub const SORT_KEY: &str = "entry";
/// The TTL attribute, on carts only: a number, in seconds since 1970.
pub const TTL_ATTRIBUTE: &str = "expires_at";
