//! The scripts that decide whether a run is green must be able to say no.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use crate::workspace::{self, Fallible};

fn script(name: &str) -> Command {
    Command::new(workspace::root().join(".ci").join(name))
}

fn sum(log: &str, name: &str) -> Fallible<Output> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, log)?;
    Ok(script("sum-tests").arg(path).output()?)
}

#[test]
fn test_results_are_added_up() -> Fallible {
    let log = "\
        test a ... ok\n\
        test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.00s\n\
        \n\
        test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s\n";

    let output = sum(log, "green.log")?;

    assert!(output.status.success());
    assert_eq!(output.stdout, b"5 passed, 0 failed, 1 skipped\n");
    Ok(())
}

#[test]
fn what_was_skipped_has_not_passed_and_logs_are_added_up() -> Fallible {
    let path = |name| Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let result = |passed: u32| format!("test result: ok. {passed} passed; 0 failed; 0 ignored; 0 measured\n");
    fs::write(path("one.log"), result(5))?;
    fs::write(path("two.log"), format!("test skipped: a: it has not that\n{}", result(4)))?;
    fs::write(path("none.log"), "error: no server\n")?;

    let both = script("sum-tests").arg(path("one.log")).arg(path("two.log")).output()?;
    let broken = script("sum-tests").arg(path("one.log")).arg(path("none.log")).output()?;

    assert_eq!((both.status.success(), &*both.stdout), (true, &b"8 passed, 0 failed, 1 skipped\n"[..]));
    assert_eq!((broken.status.success(), &*broken.stdout), (false, &b"5 passed, 0 failed, 0 skipped\n"[..]));
    Ok(())
}

#[test]
fn a_failed_test_and_a_log_without_tests_are_failures() -> Fallible {
    let failed = "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\n";
    for (log, name, line) in [
        (failed, "red.log", "2 passed, 1 failed, 0 skipped\n"),
        ("error: could not compile\n", "empty.log", "0 passed, 0 failed, 0 skipped\n"),
    ] {
        let output = sum(log, name)?;

        assert!(!output.status.success());
        assert_eq!(output.stdout, line.as_bytes());
    }
    Ok(())
}

/// Runs the tool check with a `rustc` in front of the real one.
fn check_tools_with(rustc: &str, name: &str) -> Fallible<Output> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder)?;
    let file = folder.join("rustc");
    fs::write(&file, format!("#!/bin/sh\n{rustc}\n"))?;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
    let path = std::env::var("PATH")?;
    Ok(script("check-tools").env("PATH", format!("{}:{path}", folder.display())).output()?)
}

#[test]
fn the_tools_of_this_run_are_accepted() -> Fallible {
    let output = script("check-tools").output()?;

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

#[test]
fn an_old_or_broken_compiler_is_named_in_one_sentence() -> Fallible {
    for (rustc, name, sentence) in [
        ("echo 'rustc 1.84.1 (e71f9a9a9 2025-01-27)'", "old", "Rust 1.84 is too old: install Rust "),
        ("exit 1", "broken", "cargo and rustc do not run: install Rust "),
    ] {
        let output = check_tools_with(rustc, name)?;

        assert!(!output.status.success());
        let said = String::from_utf8(output.stderr)?;
        assert!(said.starts_with(sentence) && said.lines().count() == 1, "{said}");
    }
    Ok(())
}
