//! What reading a stream to its end takes, with a poller and with a plain loop over the SDK: `make bench-source`, or
//! `make bench-source ARGS="-- 5"` for so many rounds.
//!
//! The stream has 50,000 changes of orders with both images, 0.7 KB each. The poller keeps its positions in a file and feeds
//! a typed handler; the loop keeps none. Both end with the same structs in memory, which is compared before anything is
//! measured. The server is the one that DYNAMODB_ENDPOINT names, else the simulator of the testkit behind HTTP, and the same
//! for both sides. At its end it prints `RATIO source/drain <wall time of the loop over that of the poller>`.
#![allow(clippy::print_stdout, reason = "the output of a benchmark")]

use dynacdc_local::ENDPOINT_VARIABLE;
use dynacdc_source::FileCheckpoints;
use dynacdc_source_bench::{Fallible, Rounds, Server, Stream, plain, polled};
use tempfile::TempDir;

const CHANGES: usize = 50_000;
const ROUNDS: usize = 9;
/// A real server takes its time, some 20 seconds for a drain on a loaded machine.
const ROUNDS_OF_A_SERVER: usize = 3;

#[tokio::main]
async fn main() -> Fallible {
    let endpoint = std::env::var(ENDPOINT_VARIABLE).ok().filter(|endpoint| !endpoint.is_empty());
    let (server, stream) = Server::with_changes(endpoint.as_deref(), CHANGES).await?;
    // Cargo adds `--bench`.
    let asked = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let rounds = asked.unwrap_or(if endpoint.is_some() { ROUNDS_OF_A_SERVER } else { ROUNDS });
    println!("{CHANGES} records from {server}; wall time in seconds, medians; the loop's over the poller's\n");
    let outcome = measured(&stream, rounds).await;
    server.end().await?;
    let rounds = outcome?;
    println!("{:<14} {:>8} {:>8} {:>7} {:^15} {:>6}", "work", "poller", "loop", "ratio", "spread", "rounds");
    println!("{:<14} {rounds}\n", "source/drain");
    println!("RATIO source/drain {:.2}", rounds.ratio());
    Ok(())
}

async fn measured(stream: &Stream, rounds: usize) -> Fallible<Rounds> {
    let folder = TempDir::new()?;
    // A folder of its own each time: a poller that finds positions goes on from them.
    let mut nth = 0;
    let mut fresh = || {
        nth += 1;
        FileCheckpoints::new(folder.path().join(format!("{nth}")))
    };
    // A poller writes batches while it reads ahead, but one after the other: the order is that of the stream.
    if polled(stream, CHANGES, fresh()).await? != plain(stream, CHANGES).await? {
        return Err("the two sides do not read the same".into());
    }
    Rounds::run(rounds, async || polled(stream, CHANGES, fresh()).await, async || plain(stream, CHANGES).await).await
}
