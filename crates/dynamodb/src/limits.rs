/// What the service takes in one call. The limits have moved before, so they are data.
///
/// From [AWS: service, account, and table quotas][quotas] and the pages of the operations.
///
/// [quotas]: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Puts and deletes of a `BatchWriteItem`.
    pub batch_operations: usize,
    /// Bytes of a `BatchWriteItem` as it is sent. 25 items of 400 KB have less than 10 MB in the table, but the JSON of an item
    /// may be several times as large.
    pub batch_bytes: usize,
    /// Actions of a `TransactWriteItems`.
    pub transaction_actions: usize,
    /// Bytes of the items of a `TransactWriteItems`.
    pub transaction_bytes: usize,
    /// Keys of a `BatchGetItem`.
    pub read_keys: usize,
    /// Statements of a `BatchExecuteStatement`.
    pub statements: usize,
    /// Characters of a PartiQL statement; its parameters do not count.
    pub statement_characters: usize,
    /// Bytes of an item, names of attributes included.
    pub item_bytes: usize,
}

impl Limits {
    /// The limits of DynamoDB.
    pub const AWS: Self = Self {
        batch_operations: 25,
        batch_bytes: 16 * 1024 * 1024,
        transaction_actions: 100,
        transaction_bytes: 4 * 1024 * 1024,
        read_keys: 100,
        statements: 25,
        statement_characters: 8_192,
        item_bytes: 400 * 1024,
    };
}

impl Default for Limits {
    /// [`Limits::AWS`].
    fn default() -> Self {
        Self::AWS
    }
}
