use crate::{
    Fallible,
    events::{event, keys},
    process::Running,
};
use serde_json::{Value, json};

#[tokio::test]
async fn each_invocation_writes_one_line_of_metrics() -> Fallible {
    let function = Running::start("metered").await?;

    function.answer(keys(&["a", "b", "poison"])).await?;
    function.answer(keys(&["a"])).await?;
    function.answer(event(&[])).await?;

    let lines = function.stop()?;
    let lines: Vec<Value> = lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let [first, second] = &lines[..] else { return Err(format!("{} lines", lines.len()).into()) };
    let directive = &first["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(directive["Namespace"], "shop");
    assert_eq!(directive["Dimensions"], json!([["sink", "stage"]]));
    assert_eq!((&first["sink"], &first["stage"]), (&json!("scripted"), &json!("test")));
    assert_eq!(first["dynacdc_sink_records_received"], 3.0);
    assert_eq!(first["dynacdc_sink_records_applied"], 2.0);
    assert_eq!(first["dynacdc_sink_records_failed_poison"], 1.0);
    assert!(first["dynacdc_sink_write_duration_seconds"].as_f64().is_some());
    assert!(first["dynacdc_sink_iterator_age_seconds"].as_f64().is_some_and(|age| age > 1e6));
    let metrics = directive["Metrics"].as_array().ok_or("no metrics")?;
    assert!(metrics.contains(&json!({"Name": "dynacdc_sink_write_duration_seconds", "Unit": "Seconds"})));
    assert!(metrics.iter().all(|metric| !first[metric["Name"].as_str().unwrap_or_default()].is_null()));
    // Only what is new: nothing failed, and what was counted is not counted again.
    assert_eq!(second["dynacdc_sink_records_applied"], 1.0);
    assert!(second.get("dynacdc_sink_records_failed_poison").is_none());
    Ok(())
}
