/// Makes an [`Item`](crate::Item) from literals: `item! { "name" => value, ... }`.
///
/// A value is anything that converts into an [`AttributeValue`](crate::AttributeValue): strings, integers, booleans,
/// [`Number`](crate::Number)s, bytes, other items, lists and sets.
///
/// ```
/// use dynacdc_record::{Number, item};
///
/// let order = item! {
///     "pk" => "ORDER#1",
///     "total" => Number::parse("19.90")?,
///     "address" => item! { "city" => "Bern" },
/// };
/// assert_eq!(order.get("pk").and_then(|pk| pk.as_str()), Some("ORDER#1"));
/// # Ok::<_, dynacdc_record::NumberError>(())
/// ```
#[macro_export]
macro_rules! item {
    ($($name:expr => $value:expr),* $(,)?) => {
        <$crate::Item as ::core::iter::FromIterator<(&str, $crate::AttributeValue)>>::from_iter(
            [$(($name, ::core::convert::Into::into($value))),*]
        )
    };
}
