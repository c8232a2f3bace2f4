use super::{Hardships, SimulatorError, StreamSimulator};
use chrono::{DateTime, TimeDelta, Utc};
use dynacdc_record::{SequenceNumber, StreamViewType};
use std::time::Duration;

/// Builds a [`StreamSimulator`]; made by [`StreamSimulator::builder`].
#[derive(Debug, Clone)]
#[must_use]
pub struct SimulatorBuilder {
    pub(super) table: String,
    pub(super) key: Vec<String>,
    pub(super) view_type: StreamViewType,
    pub(super) start: DateTime<Utc>,
    pub(super) shards: usize,
    pub(super) close_after: Option<TimeDelta>,
    pub(super) children: usize,
    pub(super) listing_page: usize,
    pub(super) first_number: Option<SequenceNumber>,
    pub(super) hardships: Hardships,
}

impl SimulatorBuilder {
    pub(super) fn new(table: &str) -> Self {
        Self {
            table: table.to_owned(),
            key: vec!["pk".to_owned()],
            view_type: StreamViewType::NewAndOldImages,
            start: DateTime::from_timestamp(1_767_225_600, 0).unwrap_or_default(),
            shards: 1,
            close_after: None,
            children: 2,
            listing_page: 100,
            first_number: None,
            hardships: Hardships::none(0),
        }
    }

    /// The names of the key attributes, the partition key first; `pk` alone unless set.
    pub fn key<const N: usize>(mut self, names: [&str; N]) -> Self {
        self.key = names.map(str::to_owned).into();
        self
    }

    /// Which images records carry; both unless set.
    pub const fn view_type(mut self, view_type: StreamViewType) -> Self {
        self.view_type = view_type;
        self
    }

    /// The time of day at which the stream is enabled; the first of January 2026 unless set. From there it moves with
    /// the clock of tokio. A reader that compares with the clock of the system needs one near to that.
    pub const fn starting_at(mut self, start: DateTime<Utc>) -> Self {
        self.start = start;
        self
    }

    /// How many shards the stream has at first; one unless set.
    pub fn shards(mut self, shards: usize) -> Self {
        self.shards = shards.max(1);
        self
    }

    /// How long a shard stays open, about four hours on AWS; for ever unless set. Then it is split.
    pub fn close_after(mut self, age: Duration) -> Self {
        self.close_after = TimeDelta::from_std(age).ok().map(|age| age.max(TimeDelta::milliseconds(1)));
        self
    }

    /// The most children of a shard that closes by its age; two unless set. How many it gets is drawn from the seed;
    /// while 16 shards are open it gets one.
    pub fn children(mut self, most: usize) -> Self {
        self.children = most.max(1);
        self
    }

    /// The most shards of one page of a listing; 100 unless set, as the service has it.
    pub fn listing_page(mut self, shards: usize) -> Self {
        self.listing_page = shards.max(1);
        self
    }

    /// Sequence numbers come after this one. Unless set they begin with 21 digits.
    pub const fn numbers_after(mut self, number: SequenceNumber) -> Self {
        self.first_number = Some(number);
        self
    }

    /// What goes wrong, and the seed of all names and numbers; nothing and 0 unless set.
    pub fn hardships(mut self, hardships: Hardships) -> Self {
        self.hardships = hardships;
        self
    }

    /// The simulator. Its clock starts now.
    ///
    /// # Errors
    /// [`SimulatorError::Table`] if the table's name is none.
    pub fn build(self) -> Result<StreamSimulator, SimulatorError> {
        StreamSimulator::start(self)
    }
}
