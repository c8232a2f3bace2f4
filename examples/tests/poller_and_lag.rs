//! Example 14 as a user runs it. The live table is for eyes: nothing here has a terminal.

#![allow(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test may fail it")]

use serde_json::Value as Json;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Output, Stdio},
};

fn example() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_example-14"));
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
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

    let lines = lines_of_json(&run(&["--json"]));

    for line in &lines {
        let kind = line["type"].as_str().unwrap();
        assert!(help.contains(&format!("\n  {kind} ")), "{kind} is not in the help");
    }
    // The picture is worth looking at: it falls behind, shards wait for their parents, and it catches up.
    let frames: Vec<&Json> = lines.iter().filter(|line| line["type"] == "frame").collect();
    assert!(frames.iter().any(|frame| frame["lag"].as_u64().unwrap() > 200));
    let states = |state| {
        frames.iter().flat_map(|frame| frame["shards"].as_array().unwrap()).any(|shard| shard["state"] == state)
    };
    assert!(states("reading") && states("waiting"));
    let killed = lines.iter().find(|line| line["type"] == "killed").unwrap();
    assert!(killed["writes_in_flight"].as_u64().unwrap() > 0);
}

#[test]
fn other_seeds_hold_too() {
    for seed in ["0", "7", "8", "18446744073709551615"] {
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

    assert!(!plain.stdout.contains(&0x1b));
    assert!(coloured.stdout.contains(&0x1b));
    assert_eq!(anstream::adapter::strip_str(text(&coloured.stdout)).to_string(), text(&plain.stdout));
    assert_eq!(forced_off.stdout, plain.stdout);
}

#[test]
fn wrong_arguments_are_named_and_end_with_2() {
    for (arguments, named) in [
        (&["--seed", "many"][..], "'many' for '--seed <N>'"),
        (&["--speed", "0"], "0 is not in 1..=1000"),
        (&["--metrics", "http"], "'http' for '--metrics <PORT>'"),
        (&["--endpoint", "http://localhost"], "unexpected argument '--endpoint'"),
        (&["--color", "red"], "[possible values: auto, always, never]"),
    ] {
        let output = run(arguments);

        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""));
        assert!(text(&output.stderr).contains(named), "{arguments:?}: {}", text(&output.stderr));
    }
}

/// Ends it, if the test does not come to that.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn get(address: &str, path: &str) -> String {
    let mut connection = TcpStream::connect(address).unwrap();
    write!(connection, "GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: text/plain\r\n\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn metrics_can_be_scraped_while_it_runs() {
    let arguments = ["--metrics", "0", "--speed", "5", "--json"];
    let child = example().args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut example = Killed(child);
    let mut said = String::new();
    BufReader::new(example.0.stderr.take().unwrap()).read_line(&mut said).unwrap();
    let address = said.trim_end().strip_prefix("metrics are at http://").unwrap().strip_suffix("/metrics").unwrap();
    // The first frame: by then a poller runs.
    let mut lines = BufReader::new(example.0.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains("\"frame\""));

    let metrics = get(address, "/metrics");
    let other = get(address, "/");

    assert!(metrics.starts_with("HTTP/1.1 200 OK\r\n"), "{metrics}");
    for metric in [
        "dynacdc_source_record_age_seconds{table=\"Orders\"} ",
        "dynacdc_source_unsettled_records{table=\"Orders\"} ",
        "dynacdc_source_shards{table=\"Orders\",state=\"reading\"} 2",
        "dynacdc_source_shard_record_age_seconds{",
    ] {
        assert!(metrics.contains(&format!("\n{metric}")), "{metric} is not in {metrics}");
    }
    assert!(other.starts_with("HTTP/1.1 404 Not Found\r\n"), "{other}");
    assert!(lines.map(Result::unwrap).last().unwrap().contains("\"holds\":true"));
    assert!(example.0.wait().unwrap().success());
}

#[test]
fn a_port_that_is_taken_is_told_in_a_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();

    let output = run(&["--metrics", &port]);

    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    let error = text(&output.stderr);
    assert!(error.starts_with(&format!("example-14: port {port} cannot be listened on: ")), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
}
