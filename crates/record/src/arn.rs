//! The name of a stream.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use thiserror::Error;

/// Longest stream ARN, by the API reference of `DescribeStream`. It keeps every offset in 16 bits.
const MAX_LEN: usize = 1024;
const PREFIX: &str = "arn:";
const SERVICE: &str = "dynamodb";
const TABLE: &str = "table/";
const STREAM: &str = "/stream/";

/// The ARN of a DynamoDB stream: `arn:<partition>:dynamodb:<region>:<account>:table/<table>/stream/<label>`.
///
/// The partition may be any (`aws`, `aws-cn`, `aws-us-gov` and others). The label is the time at which the stream was
/// enabled, such as `2015-05-11T21:21:33.291`, and holds colons. A stream that is enabled again has a new label and so a
/// new ARN; of one table, a later label is a later stream.
///
/// Region and account are not checked against lists or lengths, since servers that stand in for DynamoDB and AWS's own
/// test events make up theirs. Cheap to clone; `Eq`, `Ord` and `Hash` are those of the text.
///
/// ```
/// use dynacdc_record::StreamArn;
///
/// let arn: StreamArn = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2015-05-11T21:21:33.291".parse()?;
/// assert_eq!(arn.table(), "orders");
/// assert_eq!(arn.label(), "2015-05-11T21:21:33.291");
/// assert_eq!(arn.table_arn(), "arn:aws:dynamodb:eu-west-1:123456789012:table/orders");
/// # Ok::<(), dynacdc_record::ArnError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamArn {
    // First, because the derived order compares in this order; the offsets follow from the text.
    text: Arc<str>,
    partition_end: u16,
    region_end: u16,
    account_end: u16,
    table_end: u16,
}

impl StreamArn {
    /// Reads a stream ARN.
    ///
    /// # Errors
    ///
    /// [`ArnError`] names the part that is missing or wrong.
    pub fn parse(text: &str) -> Result<Self, ArnError> {
        if text.len() > MAX_LEN {
            return Err(ArnError::TooLong { length: text.len() });
        }
        if let Some(at) = text.bytes().position(|byte| !byte.is_ascii_graphic()) {
            return Err(ArnError::Character { at });
        }
        let mut fields = text.strip_prefix(PREFIX).ok_or(ArnError::NotAnArn)?.splitn(5, ':');
        let mut field = || fields.next().unwrap_or_default();
        let (partition, service, region, account, resource) = (field(), field(), field(), field(), field());
        if partition.is_empty() {
            return Err(ArnError::Partition);
        }
        if service != SERVICE {
            return Err(ArnError::Service);
        }
        if region.is_empty() {
            return Err(ArnError::Region);
        }
        if account.is_empty() {
            return Err(ArnError::Account);
        }
        let (table, label) =
            resource.strip_prefix(TABLE).and_then(|path| path.split_once(STREAM)).ok_or(ArnError::NotAStream)?;
        let in_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        if table.is_empty() || !table.bytes().all(in_name) {
            return Err(ArnError::Table);
        }
        if label.is_empty() || label.contains('/') {
            return Err(ArnError::Label);
        }
        let partition_end = PREFIX.len() + partition.len();
        let region_end = partition_end + region_gap() + region.len();
        let account_end = region_end + 1 + account.len();
        let table_end = account_end + table_gap() + table.len();
        let offset = |at| u16::try_from(at).map_err(|_| ArnError::TooLong { length: text.len() });
        Ok(Self {
            text: text.into(),
            partition_end: offset(partition_end)?,
            region_end: offset(region_end)?,
            account_end: offset(account_end)?,
            table_end: offset(table_end)?,
        })
    }

    /// The whole ARN.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The partition, such as `aws` or `aws-cn`.
    pub fn partition(&self) -> &str {
        &self.text[PREFIX.len()..self.partition_end.into()]
    }

    /// The Region, such as `eu-west-1`.
    pub fn region(&self) -> &str {
        &self.text[usize::from(self.partition_end) + region_gap()..self.region_end.into()]
    }

    /// The account, twelve digits on AWS.
    pub fn account(&self) -> &str {
        &self.text[usize::from(self.region_end) + 1..self.account_end.into()]
    }

    /// The name of the table.
    pub fn table(&self) -> &str {
        &self.text[usize::from(self.account_end) + table_gap()..self.table_end.into()]
    }

    /// The label of the stream: the time at which it was enabled.
    pub fn label(&self) -> &str {
        &self.text[usize::from(self.table_end) + STREAM.len()..]
    }

    /// The ARN of the table.
    pub fn table_arn(&self) -> &str {
        &self.text[..self.table_end.into()]
    }
}

/// Characters between partition and Region.
const fn region_gap() -> usize {
    SERVICE.len() + 2
}

/// Characters between account and table name.
const fn table_gap() -> usize {
    TABLE.len() + 1
}

impl FromStr for StreamArn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for StreamArn {
    type Error = ArnError;

    fn try_from(text: &str) -> Result<Self, ArnError> {
        Self::parse(text)
    }
}

impl AsRef<str> for StreamArn {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for StreamArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for StreamArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamArn({})", self.text)
    }
}

/// Why a text is no stream ARN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ArnError {
    /// The text is longer than the 1,024 characters that the API allows.
    #[error("a stream ARN has at most 1024 characters, not {length}")]
    TooLong {
        /// Bytes of the text.
        length: usize,
    },
    /// A space, a control character, or one outside ASCII.
    #[error("a stream ARN consists of visible ASCII characters, and byte {at} is none")]
    Character {
        /// Offset in bytes of the first such byte.
        at: usize,
    },
    /// The text does not start with `arn:`.
    #[error("an ARN starts with \"arn:\"")]
    NotAnArn,
    /// The partition is empty.
    #[error("the ARN has no partition")]
    Partition,
    /// The service is not `dynamodb`.
    #[error("the ARN is not one of the service \"dynamodb\"")]
    Service,
    /// The Region is empty.
    #[error("the ARN has no Region")]
    Region,
    /// The account is empty.
    #[error("the ARN has no account")]
    Account,
    /// The resource is no `table/<table>/stream/<label>`; the ARN of a table ends up here.
    #[error("the ARN does not name a stream of a table")]
    NotAStream,
    /// The table name is empty, or has a character other than letters, digits, `_`, `-` and `.`.
    #[error("the ARN has no valid table name")]
    Table,
    /// The label is empty or goes on after a slash.
    #[error("the ARN has no valid stream label")]
    Label,
}
