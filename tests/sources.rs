//! House rules over the Rust files that no lint of the compiler covers.

use crate::workspace::{self, Fallible};

const LONGEST: usize = 400;

/// Names that say nothing of what is inside.
const EMPTY_NAMES: [&str; 7] = ["common", "helper", "helpers", "misc", "types", "util", "utils"];

/// Clippy forbids them too, but only in code that is compiled with the features of the day.
const UNFINISHED: [&str; 3] = ["dbg", "todo", "unimplemented"];

/// Every house rule that the file breaks. `path` is relative to the root of the workspace.
fn broken(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let length = text.lines().count();
    if length > LONGEST {
        found.push(format!("{path} has {length} lines, more than {LONGEST}"));
    }
    for part in path.trim_end_matches(".rs").split('/').filter(|part| EMPTY_NAMES.contains(part)) {
        found.push(format!("{path} is named {part}, which says nothing"));
    }
    for (at, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        let place = format!("{path}:{}", at + 1);
        if let Some(name) = module(code).filter(|name| EMPTY_NAMES.contains(name)) {
            found.push(format!("{place} has a module {name}, which says nothing"));
        }
        // A learner fills these in.
        if !path.starts_with("exercises/") {
            for name in UNFINISHED.into_iter().filter(|name| calls(code, name)) {
                found.push(format!("{place} calls {name}!"));
            }
        }
    }
    found
}

/// The module that the line declares.
fn module(code: &str) -> Option<&str> {
    let mut words = code.split_whitespace().skip_while(|word| word.starts_with("pub"));
    (words.next()? == "mod").then(|| words.next())?.map(|name| name.trim_end_matches([';', '{']))
}

fn calls(code: &str, name: &str) -> bool {
    code.match_indices(&format!("{name}!"))
        .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[test]
fn the_files_keep_the_house_rules() -> Fallible {
    let files = workspace::rust_files()?;

    let found: Vec<String> = files.iter().flat_map(|(path, text)| broken(path, text)).collect();

    assert!(found.is_empty(), "{found:#?}");
    for path in ["crates/record/src/lib.rs", "tests/sources.rs"] {
        assert!(files.iter().any(|(found, _)| found == path), "{path} was not looked at");
    }
    Ok(())
}

#[test]
fn a_file_within_the_rules_is_accepted() {
    let text = "mod outcome;\n// todo!() is not code\nfn f() { my_todo!(); let types = 1; }\n".to_owned();

    assert_eq!(broken("crates/sink/src/outcome.rs", &(text + &"\n".repeat(397))), [""; 0]);
}

#[test]
fn a_file_that_is_too_long_is_caught() {
    let found = broken("crates/sink/src/outcome.rs", &"\n".repeat(LONGEST + 1));

    assert_eq!(found, ["crates/sink/src/outcome.rs has 401 lines, more than 400"]);
}

#[test]
fn a_name_that_says_nothing_is_caught() {
    for (path, text) in [
        ("crates/sink/src/utils.rs", ""),
        ("crates/sink/src/common/retry.rs", ""),
        ("crates/sink/src/lib.rs", "mod helpers;"),
        ("crates/sink/src/lib.rs", "    pub(crate) mod misc {"),
        ("crates/sink/src/lib.rs", "pub mod types{"),
    ] {
        let found = broken(path, text);
        assert!(found.len() == 1 && found[0].contains("says nothing"), "{path} {text} gave {found:?}");
    }
}

#[test]
fn unfinished_code_is_caught_but_in_an_exercise() {
    for name in UNFINISHED {
        let text = format!("fn f() {{\n    {name}!(\"x\")\n}}");

        assert_eq!(broken("crates/sink/src/lib.rs", &text), [format!("crates/sink/src/lib.rs:2 calls {name}!")]);
        assert_eq!(broken("exercises/first-sink/src/lib.rs", &text), [""; 0]);
    }
}
