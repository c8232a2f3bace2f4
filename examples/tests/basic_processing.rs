//! Example 1 as a user runs it.

#![allow(clippy::unwrap_used, reason = "the helpers of a test may fail it")]

use dynacdc_local::{ENDPOINT_VARIABLE, LocalDynamoDb, ScalarAttributeType, TableSpec};
use serde_json::Value as Json;
use std::{
    net::TcpListener,
    process::{Command, Output},
};

fn example() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_example-1"));
    for variable in [ENDPOINT_VARIABLE, "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(variable);
    }
    command
}

fn run(arguments: &[&str]) -> Output {
    example().args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn lines_of_json(output: &Output) -> Vec<Json> {
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_text_is_the_same_in_every_run() {
    let output = run(&[]);

    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    insta::assert_snapshot!("text", text(&output.stdout));
    assert!(text(&output.stdout).lines().all(|line| line.chars().count() <= 100));
}

#[test]
fn the_json_is_the_same_in_every_run() {
    let output = run(&["--json", "--seed", "42"]);

    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    insta::assert_snapshot!("json", text(&output.stdout));
}

#[test]
fn each_line_of_json_is_an_object_with_a_type_that_the_help_names() {
    let help = run(&["--help"]);
    let help = text(&help.stdout).to_owned();

    for line in lines_of_json(&run(&["--json"])) {
        let kind = line["type"].as_str().unwrap();
        assert!(help.contains(&format!("\n  {kind} ")), "{kind} is not in the help");
    }
}

#[test]
fn other_seeds_hold_too() {
    for seed in ["0", "7", "18446744073709551615"] {
        let output = run(&["--seed", seed, "--json"]);

        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""), "seed {seed}");
        assert_eq!(lines_of_json(&output).last().unwrap()["holds"], true);
    }
}

#[test]
fn colour_is_for_terminals_and_who_asks_for_it() {
    let plain = run(&[]);
    let coloured = run(&["--color", "always"]);
    let forced_off = example().env("NO_COLOR", "1").env("CLICOLOR_FORCE", "1").output().unwrap();
    let json = run(&["--color", "always", "--json"]);

    assert!(!plain.stdout.contains(&0x1b));
    assert!(coloured.stdout.contains(&0x1b));
    assert_eq!(anstream::adapter::strip_str(text(&coloured.stdout)).to_string(), text(&plain.stdout));
    assert_eq!(forced_off.stdout, plain.stdout);
    assert!(!json.stdout.contains(&0x1b));
}

#[test]
fn wrong_arguments_are_named_and_end_with_2() {
    for (arguments, named) in [
        (&["--seed", "many"][..], "'many' for '--seed <N>'"),
        (&["--endpoint", "localhost:8000"], "expected an http:// URL"),
        (&["--colour"], "unexpected argument '--colour'"),
        (&["--color", "red"], "[possible values: auto, always, never]"),
    ] {
        let output = run(arguments);

        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""));
        assert!(text(&output.stderr).contains(named), "{arguments:?}: {}", text(&output.stderr));
    }
}

#[test]
fn a_server_that_is_not_there_is_told_in_a_sentence() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = format!("http://{free}");

    let output = run(&["--endpoint", &endpoint]);

    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    let error = text(&output.stderr);
    assert!(error.starts_with(&format!("example-1: no DynamoDB answers at {endpoint}: ")), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
}

async fn tables(db: &LocalDynamoDb) -> Vec<String> {
    db.dynamodb().list_tables().send().await.unwrap().table_names.unwrap_or_default()
}

#[tokio::test]
async fn another_server_keeps_nothing_of_it_and_its_clock() {
    let db = LocalDynamoDb::builder().start().await.unwrap();

    let output = example().args(["--json"]).env(ENDPOINT_VARIABLE, db.endpoint()).output().unwrap();

    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    let lines = lines_of_json(&output);
    let skipped = lines.iter().find(|line| line["type"] == "time_to_live").unwrap();
    assert!(skipped["skipped"].as_str().unwrap().contains("clock"));
    assert_eq!(lines.last().unwrap()["holds"], true);
    assert_eq!(tables(&db).await, [""; 0]);
}

#[tokio::test]
async fn a_table_that_is_there_already_is_left_alone() {
    let db = LocalDynamoDb::builder().start().await.unwrap();
    db.create_table(TableSpec::new("Orders", "id", ScalarAttributeType::S)).await.unwrap();

    let output = run(&["--endpoint", db.endpoint()]);

    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stderr), "example-1: table Orders exists already\n");
    assert_eq!(tables(&db).await, ["Orders"]);
}
