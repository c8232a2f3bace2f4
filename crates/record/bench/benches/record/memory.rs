//! What decoding allocates. The counting is done by the program `memory`, whose allocator is slow.

use crate::{Fallible, Report};
use std::process::Command;

pub(crate) fn report(report: &mut Report) -> Fallible {
    if !report.wants("memory") {
        return Ok(());
    }
    let output = Command::new(env!("CARGO_BIN_EXE_memory")).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    println!("\nallocations per record, and the peak of the heap over the size of the event, which is not counted\n");
    println!("{:<14} {:>10} {:>10} {:>6} {:>5}", "memory", "ours", "peer", "floor", "aim");
    let (mut allocations, mut heap) = (Vec::new(), Vec::new());
    for line in String::from_utf8(output.stdout)?.lines() {
        let [size, our_allocations, peer_allocations, our_heap, peer_heap] =
            line.split(' ').collect::<Vec<_>>().try_into().map_err(|_| "a line of other than five words")?;
        println!(
            "{:<14} {our_allocations:>10} {peer_allocations:>10} {:>6} {:>5}",
            format!("allocs/{size}"),
            0.1,
            0.02
        );
        println!("{:<14} {our_heap:>10} {peer_heap:>10} {:>6} {:>5}", format!("heap/{size}"), 1.3, 1.0);
        allocations.push(format!("ALLOCS {size} {our_allocations}"));
        heap.push(format!("HEAP {size} {our_heap}"));
    }
    report.lines.extend(allocations.into_iter().chain(heap));
    Ok(())
}
