//! What each error of DynamoDB means, and what is to be done about it: the one place where that is decided.
//!
//! Three tables, read from top to bottom. [`CODES`] names the codes of errors, of cancellation reasons of transactions and
//! of statements of a PartiQL batch (the same thing has another spelling in each). [`MESSAGES`] tells validation errors
//! apart, which share one code: DynamoDB says only in words what it does not like. [`CLASSES`] has for each kind what is to
//! be done, and why.
//!
//! The codes are those of [AWS: error handling][errors], the reasons those of [AWS: TransactWriteItems][transact] and
//! [AWS: BatchStatementError][statement].
//!
//! **Is a key that does not fit the table the record's fault, or that of the configuration?** The service cannot tell, and
//! the two mistakes cost unlike. A sink that is pointed at the wrong table gets this answer for every record: as Poison,
//! the whole stream would be parked, key by key. As Fatal, one record whose computed key is wrong stops its lane: nothing is
//! lost, and a person looks. So it is Fatal here. A sink that computes keys from attributes, where one record can be at
//! fault, asks [`TableKey::check`](crate::TableKey::check) before the call, and that error is Poison.
//!
//! [errors]: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
//! [transact]: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
//! [statement]: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchStatementError.html

use super::ErrorKind as Kind;
use dynacdc_sink::Class::{self, Fatal, Poison, Transient};

/// Codes by kind. A code that is not here is judged by its status.
pub(super) const CODES: &[(Kind, &[&str])] = &[
    (
        Kind::Throttled,
        &[
            "ProvisionedThroughputExceededException",
            "ProvisionedThroughputExceeded",
            "RequestLimitExceeded",
            "ThrottlingException",
            "ThrottlingError",
            "Throttling",
            "LimitExceededException",
            "TooManyRequestsException",
            "RequestThrottled",
            "RequestThrottledException",
        ],
    ),
    (
        Kind::ServiceFailed,
        &[
            "InternalServerError",
            "InternalFailure",
            "InternalError",
            "ServiceUnavailable",
            "ServiceUnavailableException",
        ],
    ),
    (
        Kind::Conflict,
        &[
            "TransactionConflictException",
            "TransactionConflict",
            "TransactionInProgressException",
            "ReplicatedWriteConflictException",
            "ResourceInUseException",
            "TableInUseException",
        ],
    ),
    (Kind::TimedOut, &["RequestTimeout", "RequestTimeoutException"]),
    (Kind::ConditionFailed, &["ConditionalCheckFailedException", "ConditionalCheckFailed"]),
    (Kind::ConditionFailed, &["DuplicateItemException", "DuplicateItem"]),
    (Kind::Canceled, &["TransactionCanceledException"]),
    (Kind::CollectionFull, &["ItemCollectionSizeLimitExceededException", "ItemCollectionSizeLimitExceeded"]),
    (Kind::Refused, &["ValidationException", "ValidationError"]),
    (Kind::TokenReused, &["IdempotentParameterMismatchException"]),
    (
        Kind::NotFound,
        &["ResourceNotFoundException", "ResourceNotFound", "TableNotFoundException", "IndexNotFoundException"],
    ),
    (
        Kind::Denied,
        &[
            "AccessDeniedException",
            "AccessDenied",
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            "ExpiredTokenException",
            "ExpiredToken",
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            "IncompleteSignature",
            "IncompleteSignatureException",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "RequestExpired",
            "OptInRequired",
            "NotAuthorized",
        ],
    ),
    (
        Kind::BadRequest,
        &["SerializationException", "UnknownOperationException", "InvalidAction", "InvalidEndpointException"],
    ),
];

/// What a validation error says, by a part of its message. None of these: [`Kind::Refused`], the record's fault: the form
/// of the requests is fixed in the program, so what is refused now and then is what they hold.
pub(super) const MESSAGES: &[(Kind, &str)] = &[
    (Kind::ItemTooLarge, "Item size has exceeded"),
    (Kind::ItemTooLarge, "Item size to update has exceeded"),
    (Kind::ItemTooLarge, "Collection size exceeded"),
    // The key of an index is an attribute like others: of the wrong type in one record, it is that record's fault.
    (Kind::Refused, "Type mismatch for Index Key"),
    (Kind::KeyMismatch, "The provided key element does not match the schema"),
    (Kind::KeyMismatch, "The number of conditions on the keys is invalid"),
    (Kind::KeyMismatch, "Missing the key "),
    (Kind::KeyMismatch, "One of the required keys was not given a value"),
    (Kind::KeyMismatch, "Type mismatch for key"),
    (Kind::BadRequest, "Provided list of item keys contains duplicates"),
    (Kind::BadRequest, "Transaction request cannot include multiple operations on one item"),
    (Kind::BadRequest, "Too many items requested"),
    (Kind::BadRequest, "failed to satisfy constraint"),
    (Kind::BadRequest, "Invalid ConditionExpression"),
    (Kind::BadRequest, "Invalid KeyConditionExpression"),
    (Kind::BadRequest, "Invalid FilterExpression"),
    (Kind::BadRequest, "Invalid ProjectionExpression"),
    (Kind::BadRequest, "Invalid UpdateExpression: Syntax error"),
    (Kind::BadRequest, "Invalid UpdateExpression: An expression attribute"),
    (Kind::BadRequest, "Invalid UpdateExpression: Attribute name is a reserved keyword"),
    (Kind::BadRequest, "unused in expressions"),
];

/// What is to be done about each kind. A row per kind: a test sees to it.
pub(super) const CLASSES: &[(Kind, Class, &str)] = &[
    (Kind::Throttled, Transient, "more calls than the table or account may have now"),
    (Kind::ServiceFailed, Transient, "the service itself failed, and whether it wrote is not known"),
    (Kind::Unreachable, Transient, "no connection, or one that broke: whether it wrote is not known"),
    (Kind::TimedOut, Transient, "no answer in time: whether it wrote is not known"),
    (Kind::Unreadable, Transient, "an answer that cannot be read, as a broken connection leaves: perhaps it wrote"),
    (Kind::Conflict, Transient, "another writer has the item or table in hand just now"),
    // Who knows what the condition meant has answered it before it comes to a class. Otherwise the row has changed since
    // it was read, and the next delivery reads it again.
    (Kind::ConditionFailed, Transient, "another writer changed the row"),
    (Kind::Canceled, Transient, "a transaction was cancelled without a reason"),
    (Kind::ItemTooLarge, Poison, "an item has at most 400 KB, and this one will always have more"),
    (
        Kind::CollectionFull,
        Poison,
        "the item's partition is full under its local indexes; other items are not hindered",
    ),
    (Kind::Refused, Poison, "the service refuses what the item holds, such as a number out of range or an empty set"),
    (Kind::KeyMismatch, Fatal, "the table has another key than the writer was made for: see the top of this file"),
    (Kind::BadRequest, Fatal, "the request is not well formed, and the next one will not be either"),
    (Kind::TokenReused, Fatal, "two transactions were given one token: a mistake of the program"),
    (Kind::NotFound, Fatal, "no such table: a wrong name, Region or account"),
    (Kind::Denied, Fatal, "credentials, signature or permissions: no record is at fault"),
    // What the SDK checks before it sends is its configuration: Region, endpoint, credentials, required members.
    (Kind::Unsendable, Fatal, "the SDK cannot make or send the request as it is configured"),
    // A code that nobody has classed yet, with a status that blames the caller: somebody has to look.
    (Kind::Unknown, Fatal, "a refusal of a kind that is not known here"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_kind_has_one_row_and_every_code_one_kind() {
        let kinds: HashSet<_> = CLASSES.iter().map(|(kind, ..)| kind).collect();
        assert_eq!(kinds.len(), CLASSES.len());
        for kind in CODES.iter().map(|(kind, _)| kind).chain(MESSAGES.iter().map(|(kind, _)| kind)) {
            assert!(kinds.contains(kind), "{kind:?}");
        }
        let codes: Vec<_> = CODES.iter().flat_map(|(_, codes)| *codes).collect();
        assert_eq!(codes.iter().collect::<HashSet<_>>().len(), codes.len());
    }

    #[test]
    fn each_code_message_and_status_has_the_kind_that_it_is_listed_under() {
        for (kind, codes) in CODES {
            for code in *codes {
                assert_eq!(Kind::of(Some(code), None, Some(400)), *kind, "{code}");
            }
        }
        for (kind, message) in MESSAGES {
            let message = format!("One or more parameter values were invalid: {message} pk");
            assert_eq!(Kind::of(Some("ValidationError"), Some(&message), None), *kind, "{message}");
        }
        let statuses = [(200, Kind::Unreadable), (400, Kind::Unknown), (403, Kind::Denied), (429, Kind::Throttled)];
        for (status, kind) in
            statuses.into_iter().chain([(408, Kind::TimedOut), (413, Kind::ItemTooLarge), (500, Kind::ServiceFailed)])
        {
            assert_eq!(Kind::of(None, None, Some(status)), kind, "{status}");
            assert_eq!(Kind::of(Some("SomethingNew"), None, Some(status)), kind, "{status}");
        }
    }
}
