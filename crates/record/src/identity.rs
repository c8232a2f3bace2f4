/// Who made a change, where the stream tells it.
///
/// DynamoDB fills it only for changes that it makes itself, such as deletes by time to live; see
/// [`ChangeRecord::is_ttl_delete`](crate::ChangeRecord::is_ttl_delete).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UserIdentity<'a> {
    /// The `type` of the identity: `Service` for time to live.
    pub kind: &'a str,
    /// The `principalId`: `dynamodb.amazonaws.com` for time to live.
    pub principal_id: &'a str,
}
