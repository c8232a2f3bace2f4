//! Both templates say the same, within what Lambda allows; the filter is a pattern that takes what it is meant to take.
//!
//! What AWS makes of them only AWS can tell. `cfn-lint template.yaml` checks the SAM template against its schemas, and
//! `terraform validate` the module against the provider's; both need what this test does not.

mod module;
mod stack;

use dynacdc_record::decode_event;
use dynacdc_sink::{RecordPattern, RecordPatterns};
use module::Module;
use serde_json::{Value, json};
use stack::Stack;
use std::{error::Error, ops::RangeInclusive};

type Tested = Result<(), Box<dyn Error>>;

const EVENT: &str = include_str!("../../../events/two-orders.json");

/// A setting: its parameter in the stack, its variable in the module, its property and argument of the mapping, and the
/// numbers that Lambda's documentation allows. A record age of -1 is allowed too, and not offered.
const NUMBERS: [(&str, &str, &str, &str, RangeInclusive<i64>); 5] = [
    ("BatchSize", "batch_size", "BatchSize", "batch_size", 1..=10_000),
    (
        "BatchingWindow",
        "batching_window",
        "MaximumBatchingWindowInSeconds",
        "maximum_batching_window_in_seconds",
        0..=300,
    ),
    ("ParallelizationFactor", "parallelization_factor", "ParallelizationFactor", "parallelization_factor", 1..=10),
    ("MaximumRetryAttempts", "maximum_retry_attempts", "MaximumRetryAttempts", "maximum_retry_attempts", 0..=10_000),
    (
        "MaximumRecordAge",
        "maximum_record_age",
        "MaximumRecordAgeInSeconds",
        "maximum_record_age_in_seconds",
        60..=86_400,
    ),
];

fn both() -> Result<(Stack, Module), Box<dyn Error>> {
    Ok((
        Stack::read(include_str!("../../../template.yaml"))?,
        Module::read(&[
            include_str!("../../../terraform/main.tf"),
            include_str!("../../../terraform/variables.tf"),
            include_str!("../../../terraform/outputs.tf"),
        ])?,
    ))
}

#[test]
fn numbers_of_the_mapping_agree_and_are_within_the_limits_of_lambda() -> Tested {
    let (stack, module) = both()?;
    for (parameter, variable, property, argument, allowed) in NUMBERS {
        assert_eq!(stack.mapping()[property], json!({"Ref": parameter}), "{property}");
        assert_eq!(module.mapping()[argument], json!(format!("${{var.{variable}}}")), "{argument}");
        let of_stack = &stack.parameters()[parameter];
        let default = of_stack["Default"].as_i64().ok_or("a number")?;
        assert_eq!(module.default(variable), &json!(default), "{variable}");
        let bounds = of_stack["MinValue"].as_i64().zip(of_stack["MaxValue"].as_i64()).ok_or("bounds")?;
        assert!(
            allowed.contains(&default) && allowed.contains(&bounds.0) && allowed.contains(&bounds.1),
            "{parameter}"
        );
        let condition = format!("var.{variable} >= {} && var.{variable} <= {}", bounds.0, bounds.1);
        assert_eq!(module.condition(variable), format!("${{{condition}}}"), "{variable}");
    }
    Ok(())
}

#[test]
fn settings_of_the_function_agree() -> Tested {
    let (stack, module) = both()?;
    for (parameter, variable) in
        [("Timeout", "timeout"), ("MemorySize", "memory_size"), ("IteratorAgeAlarm", "iterator_age_alarm")]
    {
        assert_eq!(&stack.parameters()[parameter]["Default"], module.default(variable), "{variable}");
    }
    let (ours, theirs) = (stack.function(), module.resource("aws_lambda_function", "copy"));
    for (property, argument) in [("Handler", "handler"), ("Runtime", "runtime"), ("Architectures", "architectures")] {
        assert_eq!(ours[property], theirs[argument], "{property}");
    }
    assert!(!ours["Environment"]["Variables"]["TARGET_TABLE"].is_null());
    assert!(!theirs["environment"]["variables"]["TARGET_TABLE"].is_null());
    Ok(())
}

/// Without it Lambda takes every answer for a success.
#[test]
fn the_answer_of_the_function_counts() -> Tested {
    let (stack, module) = both()?;

    assert_eq!(stack.mapping()["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
    assert_eq!(module.mapping()["function_response_types"], json!(["ReportBatchItemFailures"]));
    Ok(())
}

#[test]
fn the_mapping_reads_the_stream_of_the_table_from_its_beginning_and_gives_up_to_the_queue() -> Tested {
    let (stack, module) = both()?;
    let (ours, theirs) = (stack.mapping(), module.mapping());

    assert_eq!(ours["Stream"], json!({"Fn::GetAtt": "Orders.StreamArn"}));
    assert_eq!(theirs["event_source_arn"], json!("${aws_dynamodb_table.orders.stream_arn}"));
    assert_eq!(
        (&ours["StartingPosition"], &theirs["starting_position"]),
        (&json!("TRIM_HORIZON"), &json!("TRIM_HORIZON"))
    );
    let (queue, failures) = (json!({"Fn::GetAtt": "Failures.Arn"}), json!("${aws_sqs_queue.failures.arn}"));
    assert_eq!(ours["DestinationConfig"]["OnFailure"], json!({"Type": "SQS", "Destination": queue}));
    assert_eq!(theirs["destination_config"]["on_failure"]["destination_arn"], failures);
    assert_eq!(ours["BisectBatchOnFunctionError"], json!({"Ref": "BisectBatch"}));
    assert_eq!(stack.parameters()["BisectBatch"]["Default"], json!("true"));
    assert_eq!(module.default("bisect_batch"), &json!(true));
    // The function is none for windows: with one Lambda would count its answers as failed.
    assert!(ours["TumblingWindowInSeconds"].is_null() && theirs["tumbling_window_in_seconds"].is_null());
    Ok(())
}

#[test]
fn the_filter_is_a_pattern_that_takes_orders_and_nothing_else() -> Tested {
    let (stack, module) = both()?;
    let pattern = stack.parameters()["FilterPattern"]["Default"].as_str().ok_or("a text")?;
    assert_eq!(stack.mapping()["FilterCriteria"]["Filters"], json!([{"Pattern": {"Ref": "FilterPattern"}}]));
    assert_eq!(module.mapping()["filter_criteria"]["filter"]["pattern"], json!("${var.filter_pattern}"));
    assert_eq!(module.default("filter_pattern"), &json!(pattern));

    let pattern = RecordPatterns::from(RecordPattern::parse(pattern)?);
    let other = EVENT.replace("ORDER#", "CUSTOMER#");
    for (event, taken) in [(EVENT, true), (other.as_str(), false)] {
        let event = decode_event(event)?;
        assert!(!event.is_empty() && event.malformed().is_empty());
        assert!(event.records().iter().all(|record| pattern.matches(record) == taken));
    }
    Ok(())
}

#[test]
fn the_table_has_a_stream_with_both_images_and_the_copy_lets_tombstones_go() -> Tested {
    let (stack, module) = both()?;
    let (orders, copy) = (stack.resource("Orders"), stack.resource("OrdersCopy"));
    let (orders_too, copy_too) =
        (module.resource("aws_dynamodb_table", "orders"), module.resource("aws_dynamodb_table", "copy"));

    assert_eq!(orders["StreamSpecification"]["StreamViewType"], json!("NEW_AND_OLD_IMAGES"));
    assert_eq!(
        (&orders_too["stream_enabled"], &orders_too["stream_view_type"]),
        (&json!(true), &json!("NEW_AND_OLD_IMAGES"))
    );
    assert_eq!(copy["TimeToLiveSpecification"], json!({"AttributeName": "_ttl", "Enabled": true}));
    assert_eq!(copy_too["ttl"], json!({"attribute_name": "_ttl", "enabled": true}));
    assert_eq!(
        (&orders["KeySchema"], &orders["AttributeDefinitions"]),
        (&copy["KeySchema"], &copy["AttributeDefinitions"])
    );
    for table in [orders_too, copy_too] {
        let keys = (&table["hash_key"], &table["range_key"]);
        assert_eq!(keys, (&orders["KeySchema"][0]["AttributeName"], &orders["KeySchema"][1]["AttributeName"]));
    }
    Ok(())
}

#[test]
fn both_have_the_alarms() -> Tested {
    let (stack, module) = both()?;
    for (ours, theirs, metric) in [
        ("IteratorAge", "iterator_age", "IteratorAge"),
        ("FailuresWaiting", "failures_waiting", "ApproximateNumberOfMessagesVisible"),
    ] {
        let (ours, theirs) = (stack.resource(ours), module.resource("aws_cloudwatch_metric_alarm", theirs));
        assert_eq!(ours["MetricName"], json!(metric));
        for (property, argument) in [
            ("MetricName", "metric_name"),
            ("Namespace", "namespace"),
            ("Statistic", "statistic"),
            ("Period", "period"),
            ("EvaluationPeriods", "evaluation_periods"),
            ("ComparisonOperator", "comparison_operator"),
            ("TreatMissingData", "treat_missing_data"),
        ] {
            assert_eq!(ours[property], theirs[argument], "{metric} {property}");
        }
    }
    Ok(())
}

/// What the function and its mapping may do, and no more: the same on both sides.
#[test]
fn the_permissions_are_the_same_few() -> Tested {
    let (stack, module) = both()?;
    let ours = stack.statements();
    let theirs = module.statements();
    let allowed = [
        vec!["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
        vec!["dynamodb:ListStreams"],
        vec!["dynamodb:PutItem"],
        vec!["sqs:SendMessage"],
        vec!["logs:CreateLogStream", "logs:PutLogEvents"],
    ];
    for statements in [&ours, &theirs] {
        let actions: Vec<&Value> = statements.iter().map(|(actions, _)| actions).collect();
        assert_eq!(
            actions,
            allowed.iter().map(|actions| json!(actions)).collect::<Vec<_>>().iter().collect::<Vec<_>>()
        );
        let everywhere: Vec<&Value> = statements
            .iter()
            .filter(|(_, on)| *on == json!("*") || *on == json!(["*"]))
            .map(|(actions, _)| actions)
            .collect();
        assert_eq!(everywhere, [&json!(["dynamodb:ListStreams"])]);
    }
    Ok(())
}
