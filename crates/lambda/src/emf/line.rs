//! The lines of one flush.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The most metrics that one line may define.
const MOST_METRICS: usize = 100;
/// The most values that one metric may have in a line.
const MOST_VALUES: usize = 100;
/// The most dimensions that a metric may have.
pub(super) const MOST_DIMENSIONS: usize = 30;

/// Names and values.
pub(super) type Dimensions = BTreeMap<String, String>;

/// What one metric has come to since the last flush.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Values {
    pub(super) unit: Option<&'static str>,
    pub(super) values: Vec<f64>,
}

/// Metrics of the same dimensions, by name: these can share a line, since a line has one value per dimension.
pub(super) type Metrics = BTreeMap<String, Values>;

/// What one document says of a metric: its name, its unit, some of its values.
type Written<'a> = (&'a str, Option<&'a str>, &'a [f64]);

/// The documents that hold all values within the limits of the format.
pub(super) fn documents(namespace: &str, millis: i64, dimensions: &Dimensions, metrics: &Metrics) -> Vec<Value> {
    let mut documents: Vec<Vec<Written<'_>>> = Vec::new();
    for (name, Values { unit, values }) in metrics {
        // A metric has at most one array in a document, so the first part goes into the first that has room, and so on.
        let mut at = 0;
        for values in values.chunks(MOST_VALUES) {
            while documents.get(at).is_some_and(|metrics| metrics.len() >= MOST_METRICS) {
                at += 1;
            }
            if at >= documents.len() {
                documents.push(Vec::new());
            }
            documents[at].push((name, *unit, values));
            at += 1;
        }
    }
    documents.into_iter().map(|metrics| document(namespace, millis, dimensions, &metrics)).collect()
}

fn document(namespace: &str, millis: i64, dimensions: &Dimensions, metrics: &[Written<'_>]) -> Value {
    let definition = |(name, unit, _): &Written<'_>| match unit {
        Some(unit) => json!({"Name": name, "Unit": unit}),
        None => json!({"Name": name}),
    };
    let directive = json!({
        "Namespace": namespace,
        "Dimensions": [dimensions.keys().collect::<Vec<_>>()],
        "Metrics": metrics.iter().map(definition).collect::<Vec<_>>(),
    });
    let mut root = Map::new();
    root.insert("_aws".to_owned(), json!({"Timestamp": millis, "CloudWatchMetrics": [directive]}));
    for (name, value) in dimensions {
        root.insert(name.clone(), Value::from(value.as_str()));
    }
    for (name, _, values) in metrics {
        let value = match values {
            [value] => json!(value),
            values => json!(values),
        };
        root.insert((*name).to_owned(), value);
    }
    Value::Object(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics(names: usize, values: usize) -> Metrics {
        let values = Values { unit: Some("Count"), values: (0..values).map(|value| value as f64).collect() };
        (0..names).map(|name| (format!("metric{name:03}"), values.clone())).collect()
    }

    #[test]
    fn a_document_is_as_the_format_has_it() {
        let dimensions = Dimensions::from([("sink".to_owned(), "orders".to_owned())]);

        let documents = documents("shop", 1_574_109_732_004, &dimensions, &metrics(1, 2));

        let directive = json!({
            "Namespace": "shop",
            "Dimensions": [["sink"]],
            "Metrics": [{"Name": "metric000", "Unit": "Count"}],
        });
        let expected = json!({
            "_aws": {"Timestamp": 1_574_109_732_004_i64, "CloudWatchMetrics": [directive]},
            "sink": "orders",
            "metric000": [0.0, 1.0],
        });
        assert_eq!(documents, [expected]);
    }

    #[test]
    fn no_document_goes_over_the_limits_and_no_value_is_lost() {
        for (names, values, expected) in [(1, 1, 1), (100, 100, 1), (101, 1, 2), (1, 101, 2), (150, 250, 6)] {
            let documents = documents("shop", 0, &Dimensions::new(), &metrics(names, values));

            let mut found = 0;
            for document in &documents {
                let defined = &document["_aws"]["CloudWatchMetrics"][0]["Metrics"];
                let defined = defined.as_array().map(Vec::as_slice).unwrap_or_default();
                assert!(defined.len() <= 100);
                for metric in defined {
                    let value = &document[metric["Name"].as_str().unwrap_or_default()];
                    let length = value.as_array().map_or(1, Vec::len);
                    assert!(length <= 100 && !value.is_null());
                    found += length;
                }
            }
            assert_eq!((found, documents.len()), (names * values, expected), "{names} of {values}");
        }
    }
}
