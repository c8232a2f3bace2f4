//! The stacks and controls of the example `torture`, a few hundred histories each.

#[path = "../examples/torture/case.rs"]
mod case;
#[path = "../examples/torture/controls/mod.rs"]
mod controls;
#[path = "../examples/torture/stacks/mod.rs"]
mod stacks;
#[path = "../examples/torture/target.rs"]
mod target;
#[path = "../examples/torture/verdict.rs"]
mod verdict;

use case::{Case, Expected};
use dynacdc_testkit::Fault;
use verdict::Verdict;

const HISTORIES: u64 = 200;
const COMMAND: &str = "cargo run --release -p dynacdc-testkit --example torture --";

/// Plays every `of`-th stack, so that the tests run side by side.
fn play(part: usize, of: usize) {
    let cases: Vec<Case> = stacks::all().into_iter().skip(part).step_by(of).collect();
    let mut surprises = Vec::new();
    for case in cases.iter().filter(|case| case.expected != Expected::Rarely) {
        let report = case.play(HISTORIES, 1, COMMAND);
        if Verdict::of(case.expected, &report) == Verdict::Surprise {
            let text =
                report.first_failure.map_or_else(|| "a control that does not diverge".to_owned(), |f| f.to_string());
            surprises.push(format!("{}: {text}", case.name));
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n\n"));
}

#[test]
fn stacks_stand_and_controls_fall_1() {
    play(0, 4);
}

#[test]
fn stacks_stand_and_controls_fall_2() {
    play(1, 4);
}

#[test]
fn stacks_stand_and_controls_fall_3() {
    play(2, 4);
}

#[test]
fn stacks_stand_and_controls_fall_4() {
    play(3, 4);
}

#[test]
fn there_are_as_many_as_the_readme_says_and_no_name_twice() {
    let cases = stacks::all();
    let controls = cases.iter().filter(|case| case.expected != Expected::Never).count();
    let names: std::collections::HashSet<&str> = cases.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), cases.len());
    let readme = include_str!("../README.md");
    assert!(readme.contains(&format!("{} right stacks and {controls} wrong ones", cases.len() - controls)));
}

#[test]
fn a_stack_is_played_the_same_each_time() {
    let case = stacks::all().into_iter().find(|case| case.name.starts_with("dead_letter(dedupe(retry(mailer)))"));
    let play = || case.as_ref().map(|case| case.play(60, 7, COMMAND)).map(|report| (report.fired, report.batches));
    let (one, other) = (play(), play());
    assert!(one.is_some_and(|(fired, _)| Fault::ALL.iter().all(|fault| fired.of(*fault) > 0)));
    assert_eq!(one, other);
}
