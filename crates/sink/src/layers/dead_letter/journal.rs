//! The journal of a store in a file: lines are added, and nothing else is ever changed in place.
//!
//! A crash can tear the last lines off, and the torn one has no end; its call never returned `Ok`, so it is cut off. Any
//! other line that does not read is damage that a person has to look at: to pass over it could free a parked key.

use super::line::HEADER;
use super::queues::{Event, Queues};
use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The file, open at its end. While it lives no other process has it.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// Lines in the file.
    lines: usize,
    /// The journal itself cannot hold the lock: compaction puts another file in its place.
    _lock: File,
}

/// Fewer lines than this are not worth compacting.
const SMALL: usize = 1_000;

impl Journal {
    /// Opens or makes the file, and reads it.
    pub(super) fn open(path: &Path) -> io::Result<(Self, Queues)> {
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(beside(path, ".lock"))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::Error::new(io::ErrorKind::ResourceBusy, "another process has it open"),
            TryLockError::Error(error) => error,
        })?;
        if !path.try_exists()? || path.metadata()?.len() == 0 {
            replace(path, &Queues::default())?;
        }
        let (file, lines, queues) = read(path)?;
        Ok((Self { path: path.to_owned(), file, lines, _lock: lock }, queues))
    }

    /// Adds lines. When this returns `Ok` they are on the disk; after an error nobody knows, and the file has to be
    /// [read again](Self::reopen).
    pub(super) fn append(&mut self, lines: &str) -> io::Result<()> {
        self.file.write_all(lines.as_bytes())?;
        self.file.sync_data()?;
        self.lines += lines.lines().count();
        Ok(())
    }

    /// Whether more than half of the lines say nothing any more.
    pub(super) fn is_mostly_garbage(&self, queues: &Queues) -> bool {
        self.lines > SMALL.max(2 * queues.len())
    }

    /// Writes the state as a new file and puts it in place of the old one.
    pub(super) fn compact(&mut self, queues: &Queues) -> io::Result<()> {
        replace(&self.path, queues)?;
        (self.file, self.lines, _) = read(&self.path)?;
        Ok(())
    }

    /// Reads what is there. What it read is written anew, since after a failed write the system may show what is not on
    /// the disk.
    pub(super) fn reopen(&mut self) -> io::Result<Queues> {
        let queues = read(&self.path)?.2;
        self.compact(&queues)?;
        Ok(queues)
    }

    /// The next write fails, as on a full disk.
    #[cfg(test)]
    pub(super) fn fail_next_write(&mut self) -> io::Result<()> {
        self.file = File::open(&self.path)?;
        Ok(())
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

/// Puts a file of this state at `path`, whole or not at all.
fn replace(path: &Path, queues: &Queues) -> io::Result<()> {
    let new = beside(path, ".new");
    let mut file = BufWriter::new(File::create(&new)?);
    let mut line = format!("{HEADER}\n");
    file.write_all(line.as_bytes())?;
    for event in queues.events() {
        line.clear();
        event.write_line(&mut line);
        file.write_all(line.as_bytes())?;
    }
    file.into_inner()?.sync_all()?;
    std::fs::rename(&new, path)?;
    sync_folder(path)
}

/// A rename is on the disk when its folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// The file at its end, how many lines it has, and what they come to.
fn read(path: &Path) -> io::Result<(File, usize, Queues)> {
    let file = OpenOptions::new().read(true).append(true).open(path)?;
    let mut reader = BufReader::new(&file);
    let mut queues = Queues::default();
    let (mut lines, mut length, mut line) = (0, 0_u64, Vec::new());
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line)? as u64;
        // A file whose first line is torn was never a journal: those are put in place whole.
        let is_torn = line.last() != Some(&b'\n') && lines > 0;
        if read > 0 && is_torn {
            tracing::warn!(path = %path.display(), bytes = read, "the last line of the journal was torn and is cut off");
            file.set_len(length)?;
            file.sync_data()?;
        }
        if read == 0 || is_torn {
            break;
        }
        lines += 1;
        length += read;
        let text = line.trim_ascii_end();
        if lines == 1 && text != HEADER.as_bytes() {
            return Err(bad(lines, "it is not the first line of a journal of dead letters, version 1"));
        }
        if lines > 1 {
            let text = str::from_utf8(text).map_err(|_| bad(lines, "it is not UTF-8"))?;
            queues.apply(Event::read_line(text).map_err(|error| bad(lines, error.reason))?);
        }
    }
    Ok((file, lines, queues))
}

fn bad(line: usize, reason: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("line {line}: {reason}"))
}
