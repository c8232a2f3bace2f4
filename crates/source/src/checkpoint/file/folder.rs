//! Where the file of a stream stands, and how it is read and replaced. All of it blocks.

use super::{
    super::{
        CheckpointError, CheckpointErrorKind,
        CheckpointErrorKind::{Corrupt, Refused, Unavailable},
    },
    document::Document,
};
use dynacdc_record::StreamArn;
use sha2::{Digest, Sha256};
use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
};

/// Of the names of table and label, so many characters are in that of the file, which has at most 255.
const READABLE: usize = 80;
/// So many bytes of the hash.
const HASH: usize = 16;

#[derive(Debug)]
pub(super) struct Place {
    folder: PathBuf,
    file: PathBuf,
    stream: StreamArn,
}

impl Place {
    /// The names are for people, the hash tells apart: a label has characters that not every system takes, table names
    /// differ in case alone, and an ARN may be longer than a name.
    pub(super) fn of(folder: &Path, stream: &StreamArn) -> Self {
        let readable = |name: &str| -> String {
            let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') { c } else { '-' };
            name.chars().take(READABLE).map(plain).collect()
        };
        let mut name = format!("{}.{}.", readable(stream.table()), readable(stream.label()));
        for byte in &Sha256::digest(stream.as_str())[..HASH] {
            // Writing to a string does not fail.
            let _ = write!(name, "{byte:02x}");
        }
        name.push_str(".json");
        Self { folder: folder.to_owned(), file: folder.join(name), stream: stream.clone() }
    }

    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    pub(super) const fn stream(&self) -> &StreamArn {
        &self.stream
    }

    /// Waits until nobody else changes the file. The lock ends with the value, and with the process.
    pub(super) fn lock(&self) -> Result<File, CheckpointError> {
        let lock = || {
            create_folder(&self.folder)?;
            let file = File::options().create(true).append(true).open(self.beside("lock"))?;
            file.lock()?;
            Ok(file)
        };
        lock().map_err(|error| self.failed("locking", error))
    }

    pub(super) fn read(&self) -> Result<Option<Document>, CheckpointError> {
        let bytes = match fs::read(&self.file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed("reading", error)),
        };
        let document: Document = serde_json::from_slice(&bytes).map_err(|error| {
            let told = format!("{}:{}:{}", self.file.display(), error.line(), error.column());
            CheckpointError::new(Corrupt, told).with_source(error)
        })?;
        if !document.is_of(&self.stream) {
            let told = format!("{}: the file is of another stream", self.file.display());
            return Err(CheckpointError::new(Corrupt, told));
        }
        Ok(Some(document))
    }

    /// Puts another file in the place of the one that is there. The caller has the lock, so the name of the temporary one
    /// is its own, and what a crash left under it is overwritten.
    pub(super) fn replace(&self, document: &Document) -> Result<(), CheckpointError> {
        let bytes = serde_json::to_vec_pretty(document).map_err(|error| {
            CheckpointError::new(Refused, format!("{}: writing", self.file.display())).with_source(error)
        })?;
        let temporary = self.beside("tmp");
        let replace = || {
            let mut file = File::create(&temporary)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(&temporary, &self.file)
        };
        replace().map_err(|error| self.failed("writing", error))?;
        self.flush()
    }

    /// Which file has the name is not on the disk before the folder is.
    pub(super) fn flush(&self) -> Result<(), CheckpointError> {
        flush(&self.folder).map_err(|error| self.failed("flushing the folder of", error))
    }

    fn beside(&self, extension: &str) -> PathBuf {
        let mut path = self.file.clone().into_os_string();
        path.push(".");
        path.push(extension);
        path.into()
    }

    fn failed(&self, what: &str, error: io::Error) -> CheckpointError {
        CheckpointError::new(kind(&error), format!("{what} {}", self.file.display())).with_source(error)
    }
}

fn kind(error: &io::Error) -> CheckpointErrorKind {
    match error.kind() {
        ErrorKind::PermissionDenied
        | ErrorKind::ReadOnlyFilesystem
        | ErrorKind::NotADirectory
        | ErrorKind::IsADirectory
        | ErrorKind::AlreadyExists
        | ErrorKind::InvalidFilename
        | ErrorKind::InvalidInput
        | ErrorKind::Unsupported => Refused,
        _ => Unavailable,
    }
}

/// With the folders around it, each of which is on the disk then.
fn create_folder(folder: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = folder.ancestors().take_while(|folder| !folder.exists()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    missing.into_iter().filter_map(Path::parent).filter(|parent| !parent.as_os_str().is_empty()).try_for_each(flush)
}

#[cfg(unix)]
fn flush(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Other systems do not open a folder as a file, and have no such call.
#[cfg(not(unix))]
fn flush(_: &Path) -> io::Result<()> {
    Ok(())
}
