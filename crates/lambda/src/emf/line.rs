//! The lines of one flush.

use super::name::RESERVED;
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

/// All metrics of a flush, by their dimensions.
pub(super) type Groups = BTreeMap<Dimensions, Metrics>;

/// The documents that hold all values within the limits of the format, as few as that needs. A line may have directives
/// with dimensions of their own, and only has one value for each name.
pub(super) fn documents(namespace: &str, millis: i64, groups: &Groups) -> Vec<Value> {
    let mut documents: Vec<Document<'_>> = Vec::new();
    for (dimensions, metrics) in groups {
        for (name, Values { unit, values }) in metrics {
            for values in values.chunks(MOST_VALUES) {
                let at = documents.iter().position(|document| document.takes(dimensions, name));
                let at = at.unwrap_or_else(|| {
                    documents.push(Document::default());
                    documents.len() - 1
                });
                documents[at].add(dimensions, name, *unit, values);
            }
        }
    }
    documents.iter().map(|document| document.write(namespace, millis)).collect()
}

/// The members of a line.
#[derive(Default)]
struct Document<'a> {
    dimensions: BTreeMap<&'a str, &'a str>,
    metrics: BTreeMap<&'a str, &'a [f64]>,
    directives: Vec<(&'a Dimensions, Vec<Value>)>,
}

impl<'a> Document<'a> {
    fn takes(&self, dimensions: &Dimensions, name: &str) -> bool {
        let agrees = |(dimension, value): (&String, &String)| {
            !self.metrics.contains_key(dimension.as_str())
                && self.dimensions.get(dimension.as_str()).is_none_or(|present| present == value)
        };
        self.metrics.len() < MOST_METRICS
            && !self.metrics.contains_key(name)
            && !self.dimensions.contains_key(name)
            && dimensions.iter().all(agrees)
    }

    fn add(&mut self, dimensions: &'a Dimensions, name: &'a str, unit: Option<&str>, values: &'a [f64]) {
        let definition = match unit {
            Some(unit) => json!({"Name": name, "Unit": unit}),
            None => json!({"Name": name}),
        };
        match self.directives.iter_mut().find(|(of, _)| *of == dimensions) {
            Some((_, metrics)) => metrics.push(definition),
            None => self.directives.push((dimensions, vec![definition])),
        }
        self.dimensions.extend(dimensions.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        self.metrics.insert(name, values);
    }

    fn write(&self, namespace: &str, millis: i64) -> Value {
        let directive = |(dimensions, metrics): &(&Dimensions, Vec<Value>)| {
            let dimensions: Vec<_> = dimensions.keys().collect();
            json!({"Namespace": namespace, "Dimensions": [dimensions], "Metrics": metrics})
        };
        let directives: Vec<_> = self.directives.iter().map(directive).collect();
        let mut root = Map::new();
        root.insert(RESERVED.to_owned(), json!({"Timestamp": millis, "CloudWatchMetrics": directives}));
        for (name, value) in &self.dimensions {
            root.insert((*name).to_owned(), Value::from(*value));
        }
        for (name, values) in &self.metrics {
            let value = match values {
                [value] => json!(value),
                values => json!(values),
            };
            root.insert((*name).to_owned(), value);
        }
        Value::Object(root)
    }
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

        let documents = documents("shop", 1_574_109_732_004, &Groups::from([(dimensions, metrics(1, 2))]));

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
            let documents = documents("shop", 0, &Groups::from([(Dimensions::new(), metrics(names, values))]));

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

    #[test]
    fn metrics_share_a_line_unless_they_would_contradict_each_other() {
        let dimensions = |pairs: &[(&str, &str)]| -> Dimensions {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let named = |name: &str| -> Metrics {
            [(name.to_owned(), Values { unit: None, values: vec![1.0] })].into_iter().collect()
        };
        let stage = dimensions(&[("stage", "test")]);
        let sink = |sink| dimensions(&[("sink", sink), ("stage", "test")]);
        let lines = |groups: [(Dimensions, Metrics); 2]| documents("shop", 0, &Groups::from(groups));

        let shared = lines([(stage.clone(), named("memory")), (sink("a"), named("written"))]);
        assert_eq!(shared.len(), 1);
        let line = &shared[0];
        assert_eq!(
            line["_aws"]["CloudWatchMetrics"],
            json!([
                {"Namespace": "shop", "Dimensions": [["sink", "stage"]], "Metrics": [{"Name": "written"}]},
                {"Namespace": "shop", "Dimensions": [["stage"]], "Metrics": [{"Name": "memory"}]},
            ])
        );
        assert_eq!((&line["memory"], &line["written"], &line["sink"]), (&json!(1.0), &json!(1.0), &json!("a")));
        for apart in [
            // Two values of a dimension, two metrics of a name, a metric with the name of a dimension of the other.
            [(sink("a"), named("written")), (sink("b"), named("other"))],
            [(stage.clone(), named("written")), (sink("a"), named("written"))],
            [(stage.clone(), named("sink")), (sink("a"), named("written"))],
        ] {
            assert_eq!(lines(apart).len(), 2);
        }
    }
}
