//! Empty: the tests that cross crates are in `main.rs` and its modules. Cargo wants a target to hang them on.
