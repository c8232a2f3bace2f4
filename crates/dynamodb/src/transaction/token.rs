//! The token by which DynamoDB knows a transaction that it has done already.

use crate::random::random_bits;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use std::{collections::HashMap, fmt};

/// A client token: for ten minutes after a transaction succeeded, DynamoDB answers the same token and the same actions with
/// success and does nothing ([AWS: idempotency][page]). So a transaction whose answer was lost is simply sent again.
///
/// **A token of the content alone is a trap.** A lease that is taken, given back and taken again within ten minutes is the
/// same content twice; so is `ADD n 1` for two records. The second would be answered with success and never be done.
/// Therefore a token takes an identity beside the actions: what is done, such as the version of the record. Where there is
/// none, [`Token::fresh`] makes a transaction safe to send again within one call of
/// [`write`](crate::TransactionWriter::write), and a condition must do the rest.
///
/// [page]: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Token(String);

impl Token {
    /// A token that nobody has used, drawn at random.
    pub fn fresh() -> Self {
        // With the token of another process the service would take what this one does for done.
        let half = || u128::from(random_bits());
        Self::of_hash(half() << 64 | half())
    }

    /// The token of these actions, done for this reason: the same in every process and release, another one for another
    /// identity, other actions or another order of them. The notation of numbers counts, and so does the order in sets,
    /// since the service compares requests and not what they mean.
    ///
    /// The hash is no cryptographic one. Two transactions with one token are refused
    /// ([`TokenReused`](crate::ErrorKind::TokenReused)), never mixed up.
    pub fn of(identity: impl AsRef<[u8]>, actions: &[TransactWriteItem]) -> Self {
        let mut hash = Hash::new();
        hash.bytes(identity.as_ref());
        hash.count(actions.len());
        actions.iter().for_each(|action| hash.action(action));
        Self::of_hash(hash.0)
    }

    /// Its text: 32 hex digits, of at most 36 characters that the service takes.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of_hash(hash: u128) -> Self {
        Self(format!("{hash:032x}"))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({})", self.0)
    }
}

/// [FNV-1a] of 128 bits: ten lines that never change, where the hasher of the standard library may with any
/// release, and a library with a cryptographic one would be a dependency for no promise that is needed.
///
/// [FNV-1a]: https://datatracker.ietf.org/doc/draft-eastlake-fnv/
struct Hash(u128);

type Attributes = HashMap<String, AttributeValue>;

impl Hash {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

    const fn new() -> Self {
        Self(Self::OFFSET)
    }

    fn raw(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(Self::PRIME);
        }
    }

    fn count(&mut self, count: usize) {
        self.raw(&(count as u64).to_be_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.raw(bytes);
    }

    fn text(&mut self, text: Option<&str>) {
        self.count(usize::from(text.is_some()));
        self.bytes(text.unwrap_or_default().as_bytes());
    }

    /// In the order of the names: a hash map has another order each time.
    fn names(&mut self, names: Option<&HashMap<String, String>>) {
        let mut names: Vec<_> = names.into_iter().flatten().collect();
        names.sort_unstable();
        self.count(names.len());
        for (name, attribute) in names {
            self.bytes(name.as_bytes());
            self.bytes(attribute.as_bytes());
        }
    }

    fn attributes(&mut self, attributes: Option<&Attributes>) {
        let mut attributes: Vec<_> = attributes.into_iter().flatten().collect();
        attributes.sort_unstable_by_key(|(name, _)| *name);
        self.count(attributes.len());
        for (name, value) in attributes {
            self.bytes(name.as_bytes());
            self.value(value);
        }
    }

    fn value(&mut self, value: &AttributeValue) {
        match value {
            AttributeValue::S(text) => self.tagged(b"S", text.as_bytes()),
            AttributeValue::N(text) => self.tagged(b"N", text.as_bytes()),
            AttributeValue::B(blob) => self.tagged(b"B", blob.as_ref()),
            AttributeValue::Bool(value) => self.tagged(b"?", &[u8::from(*value)]),
            AttributeValue::Null(value) => self.tagged(b"0", &[u8::from(*value)]),
            AttributeValue::Ss(set) => self.list(b"s", set, |hash, text| hash.bytes(text.as_bytes())),
            AttributeValue::Ns(set) => self.list(b"n", set, |hash, text| hash.bytes(text.as_bytes())),
            AttributeValue::Bs(set) => self.list(b"b", set, |hash, blob| hash.bytes(blob.as_ref())),
            AttributeValue::L(list) => self.list(b"L", list, Self::value),
            AttributeValue::M(map) => {
                self.raw(b"M");
                self.attributes(Some(map));
            }
            // The SDK would not send what it does not know.
            _ => self.raw(b"!"),
        }
    }

    fn tagged(&mut self, tag: &[u8; 1], bytes: &[u8]) {
        self.raw(tag);
        self.bytes(bytes);
    }

    fn list<E>(&mut self, tag: &[u8; 1], elements: &[E], each: impl Fn(&mut Self, &E)) {
        self.raw(tag);
        self.count(elements.len());
        elements.iter().for_each(|element| each(self, element));
    }

    fn action(&mut self, action: &TransactWriteItem) {
        if let Some(put) = action.put() {
            self.part(b"p", put.table_name(), None, put.condition_expression());
            self.attributes(Some(put.item()));
            self.names(put.expression_attribute_names());
            self.attributes(put.expression_attribute_values());
            self.returned(put.return_values_on_condition_check_failure());
        }
        if let Some(update) = action.update() {
            self.part(b"u", update.table_name(), Some(update.update_expression()), update.condition_expression());
            self.attributes(Some(update.key()));
            self.names(update.expression_attribute_names());
            self.attributes(update.expression_attribute_values());
            self.returned(update.return_values_on_condition_check_failure());
        }
        if let Some(delete) = action.delete() {
            self.part(b"d", delete.table_name(), None, delete.condition_expression());
            self.attributes(Some(delete.key()));
            self.names(delete.expression_attribute_names());
            self.attributes(delete.expression_attribute_values());
            self.returned(delete.return_values_on_condition_check_failure());
        }
        if let Some(check) = action.condition_check() {
            self.part(b"c", check.table_name(), None, Some(check.condition_expression()));
            self.attributes(Some(check.key()));
            self.names(check.expression_attribute_names());
            self.attributes(check.expression_attribute_values());
            self.returned(check.return_values_on_condition_check_failure());
        }
    }

    fn part(&mut self, tag: &[u8; 1], table: &str, update: Option<&str>, condition: Option<&str>) {
        self.raw(tag);
        self.bytes(table.as_bytes());
        self.text(update);
        self.text(condition);
    }

    fn returned(&mut self, returned: Option<&ReturnValuesOnConditionCheckFailure>) {
        self.text(returned.map(ReturnValuesOnConditionCheckFailure::as_str));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::types::{Delete, Put};

    type Fallible = Result<(), Box<dyn std::error::Error>>;

    fn put(attributes: &[(&str, AttributeValue)]) -> Result<TransactWriteItem, Box<dyn std::error::Error>> {
        let item = attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let put = Put::builder().table_name("T").set_item(Some(item)).condition_expression("a = b").build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn s(text: &str) -> AttributeValue {
        AttributeValue::S(text.to_owned())
    }

    #[test]
    fn the_hash_is_fnv_1a() {
        let mut hash = Hash::new();
        hash.raw(b"foobar");
        assert_eq!(hash.0, 0x343e_1662_793c_64bf_6f0d_3597_ba44_6f18);
    }

    #[test]
    fn a_token_is_that_of_identity_and_content_in_every_run() -> Fallible {
        let many: Vec<_> = ('a'..='z').map(|name| (name.to_string(), s("x"))).collect();
        let item = || -> Result<_, Box<dyn std::error::Error>> {
            let attributes: Vec<_> = many.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
            put(&attributes)
        };

        assert_eq!(Token::of("1", &[item()?]), Token::of("1", &[item()?]), "whatever the order of a hash map");
        assert_eq!(Token::of("1", &[put(&[("a", s("x"))])?]).as_str(), "fab5e3897dba2a47a3179a9942661c3c", "pinned");
        Ok(())
    }

    #[test]
    fn a_fresh_token_is_no_matter_of_the_seed() {
        // What makes waits repeatable must not give two processes the same tokens.
        fastrand::seed(7);
        let first = Token::fresh();
        fastrand::seed(7);
        assert_ne!(Token::fresh(), first);
        assert_ne!(Token::fresh(), Token::fresh());
    }

    #[test]
    fn another_identity_content_or_order_is_another_token() -> Fallible {
        let (x, y) = (put(&[("a", s("x"))])?, put(&[("a", s("y"))])?);
        let number = put(&[("a", AttributeValue::N("1".into()))])?;
        let text = put(&[("a", s("1"))])?;
        let moved = put(&[("ax", s(""))])?;
        let key = HashMap::from([("a".to_owned(), s("x"))]);
        let delete = Delete::builder().table_name("T").set_key(Some(key)).condition_expression("a = b").build()?;
        let delete = TransactWriteItem::builder().delete(delete).build();

        let tokens = [
            Token::of("1", std::slice::from_ref(&x)),
            Token::of("2", std::slice::from_ref(&x)),
            Token::of("1", std::slice::from_ref(&y)),
            Token::of("1", &[x.clone(), y.clone()]),
            Token::of("1", &[y, x]),
            Token::of("1", &[number]),
            Token::of("1", &[text]),
            Token::of("1", &[moved]),
            Token::of("1", &[delete]),
            Token::of("1", &[]),
        ];
        for (at, token) in tokens.iter().enumerate() {
            assert!(!tokens[..at].contains(token), "{at}");
        }
        Ok(())
    }
}
