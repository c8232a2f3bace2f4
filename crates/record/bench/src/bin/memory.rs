//! Counts what decoding allocates, in a program of its own: the counting allocator is slow, and it would be so for the
//! benchmarks on time too. Prints a line for each size: allocations per record of ours and of the peer, then the peak of
//! the allocated bytes over the size of the event, of ours and of the peer. The event itself is not counted on either
//! side, the decoded records are.
#![allow(clippy::print_stdout, reason = "the output of a program")]

use aws_lambda_events::event::dynamodb;
use dynacdc_record_bench::{Arrangement, Event, Size};
use std::error::Error;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

fn main() -> Result<(), Box<dyn Error>> {
    for size in Size::ALL {
        let event = Event::of(size, Arrangement::OfImage);
        let input = event.json.clone();
        let ours = counted(|| dynacdc_record::decode_event(input))?;
        let peer = counted(|| serde_json::from_slice::<dynamodb::Event>(&event.json))?;
        let allocations = |counted: &dhat::HeapStats| counted.total_blocks as f64 / event.records as f64;
        let heap = |counted: &dhat::HeapStats| counted.max_bytes as f64 / event.json.len() as f64;
        println!(
            "{} {:.4} {:.4} {:.3} {:.3}",
            size.name(),
            allocations(&ours),
            allocations(&peer),
            heap(&ours),
            heap(&peer)
        );
    }
    Ok(())
}

fn counted<T, E>(work: impl FnOnce() -> Result<T, E>) -> Result<dhat::HeapStats, E> {
    let profiler = dhat::Profiler::builder().testing().trim_backtraces(Some(1)).build();
    let result = work()?;
    let stats = dhat::HeapStats::get();
    drop(result);
    drop(profiler);
    Ok(stats)
}
