//! The name under which a poller takes a stream over, for people to read.

use std::{env, fs, process, sync::Arc};

/// Host name and process id.
///
/// The standard library does not tell the host name, and a system call needs unsafe code or a dependency: what the
/// environment or the kernel's files say is enough for a name that only people read.
pub(super) fn name() -> Arc<str> {
    let host = ["HOSTNAME", "COMPUTERNAME"].into_iter().find_map(|name| env::var(name).ok());
    let host = host.into_iter().chain(fs::read_to_string("/proc/sys/kernel/hostname"));
    let host = host.chain(fs::read_to_string("/etc/hostname"));
    let host = host.map(|name| name.trim().to_owned()).find(|name| !name.is_empty());
    format!("{} pid {}", host.as_deref().unwrap_or("unknown host"), process::id()).into()
}
