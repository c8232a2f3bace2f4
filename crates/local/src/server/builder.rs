use std::env;
use std::path::PathBuf;
use std::time::SystemTime;

use super::clock::VirtualClock;
use super::db::LocalDynamoDb;
use super::engine::{Engine, Storage};
use super::error::LocalError;

/// The environment variable that makes [`LocalDynamoDb::start`] use another server.
pub const ENDPOINT_VARIABLE: &str = "DYNAMODB_ENDPOINT";

/// How to start a [`LocalDynamoDb`]; made by [`LocalDynamoDb::builder`].
///
/// A builder reads no environment unless [`endpoint_from_env`](Self::endpoint_from_env) is called,
/// so a test that needs the embedded server uses a builder and is never redirected.
#[derive(Debug, Default, Clone)]
#[must_use]
pub struct Builder {
    file: Option<PathBuf>,
    clock_start: Option<SystemTime>,
    endpoint: Option<String>,
}

impl Builder {
    /// Keeps the data in this SQLite file, which is made if it is missing. Without it the data
    /// lives in memory and dies with the server.
    ///
    /// Each write is in the file when its answer arrives. Together with
    /// [`virtual_clock`](Self::virtual_clock) that is different: the file is read at the start and
    /// replaced when the server stops (also by drop); a killed process leaves it as it was.
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.file = Some(path.into());
        self
    }

    /// Runs streams and TTL on a clock that starts at `start`, from 1970 to the year 9999, and
    /// moves only by [`LocalDynamoDb::advance`]. Creation times of tables stay real.
    pub fn virtual_clock(mut self, start: SystemTime) -> Self {
        self.clock_start = Some(start);
        self
    }

    /// Starts no server; the clients talk to this endpoint, an `http://` URL.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// As [`endpoint`](Self::endpoint) with the value that [`ENDPOINT_VARIABLE`] has now; no
    /// effect when it is unset or empty.
    pub fn endpoint_from_env(mut self) -> Self {
        if let Some(url) = env::var_os(ENDPOINT_VARIABLE).filter(|url| !url.is_empty()) {
            self.endpoint = Some(url.to_string_lossy().into_owned());
        }
        self
    }

    /// Starts the server, or takes the endpoint that was given.
    ///
    /// An endpoint is not contacted here. Dropping the future before it is done stops the server.
    ///
    /// # Errors
    ///
    /// [`LocalError::Endpoint`] for an endpoint that is not `http://`;
    /// [`LocalError::EmbeddedOnly`] for an endpoint together with a file or a virtual clock;
    /// [`LocalError::ClockRange`], [`LocalError::FileName`] and [`LocalError::Storage`] for a
    /// clock or file that cannot be used; [`LocalError::Start`] when no thread or port is to be had.
    pub async fn start(self) -> Result<LocalDynamoDb, LocalError> {
        if let Some(endpoint) = self.endpoint {
            let only = [("file", self.file.is_some()), ("virtual_clock", self.clock_start.is_some())];
            if let Some((option, _)) = only.into_iter().find(|(_, set)| *set) {
                return Err(LocalError::EmbeddedOnly { option, endpoint });
            }
            // What follows the scheme is the HTTP client's to judge.
            return match endpoint.strip_prefix("http://") {
                Some(rest) if !rest.is_empty() => Ok(LocalDynamoDb::at(endpoint)),
                _ => Err(LocalError::Endpoint { endpoint }),
            };
        }
        let clock = self.clock_start.map(VirtualClock::starting_at).transpose()?;
        let file = match self.file {
            Some(path) => match path.to_str() {
                Some(name) => Some(name.to_owned()),
                None => return Err(LocalError::FileName { path }),
            },
            None => None,
        };
        let engine = Engine::start(Storage { file, clock: clock.clone() }).await?;
        Ok(LocalDynamoDb::embedded(engine, clock))
    }
}
