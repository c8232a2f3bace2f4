//! One feature set for the whole workspace.
//!
//! Cargo adds the features of dev-dependencies only to builds of tests. A feature of tokio that only
//! tests switch on would make `make examples`, `make test` and `make doc` each build the AWS SDK anew.
//! So whatever tests switch on, `tests/Cargo.toml` switches on among its normal dependencies too, and
//! the commands of the Makefile select the whole workspace. The alternative, a crate of all features that
//! every other one depends on, would have to be published.

use std::collections::{BTreeMap, BTreeSet};

use crate::workspace::{self, Fallible, Member, Need};

fn features(need: &Need) -> impl Iterator<Item = &str> {
    need.features.iter().map(String::as_str).chain(need.default_features.then_some("default"))
}

/// The features that tests alone switch on, of crates that are not for tests alone.
fn for_tests_alone(members: &[Member]) -> Vec<String> {
    let mut built: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for need in members.iter().flat_map(|member| &member.needs).filter(|need| !need.dev) {
        built.entry(&need.name).or_default().extend(features(need));
    }
    let mut found = BTreeSet::new();
    for need in members.iter().flat_map(|member| &member.needs).filter(|need| need.dev) {
        // `--all-features` switches on what our own crates have.
        if let Some(built) = built.get(need.name.as_str()).filter(|_| !need.name.starts_with("dynacdc-")) {
            let missing = features(need).filter(|feature| !built.contains(feature));
            found.extend(missing.map(|feature| format!("{}/{feature}", need.name)));
        }
    }
    found.into_iter().collect()
}

#[test]
fn tests_build_the_same_dependencies_as_programs() -> Fallible {
    let found = for_tests_alone(&workspace::members()?);

    assert!(found.is_empty(), "add to [dependencies] of tests/Cargo.toml: {found:?}");
    Ok(())
}

fn member(needs: &[Need]) -> Member {
    Member {
        name: "dynacdc-sink".into(),
        folder: "crates/sink".into(),
        published: true,
        needs: needs.to_vec(),
        switches: Vec::new(),
    }
}

fn need(name: &str, features: &[&str], dev: bool) -> Need {
    Need {
        name: name.to_owned(),
        dev,
        optional: false,
        versioned: true,
        default_features: false,
        features: features.iter().map(|&feature| feature.to_owned()).collect(),
    }
}

#[test]
fn a_feature_for_tests_alone_is_caught() {
    let sink = member(&[need("tokio", &["time"], false), need("tokio", &["test-util"], true)]);
    let defaults = member(&[Need { default_features: true, ..need("tokio", &["time"], true) }]);

    assert_eq!(for_tests_alone(&[sink, defaults]), ["tokio/default", "tokio/test-util"]);
}

#[test]
fn a_feature_that_programs_have_too_and_a_crate_for_tests_alone_are_accepted() {
    let sink = member(&[need("tokio", &["test-util"], true), need("proptest", &["std"], true)]);
    let views = member(&[need("tokio", &["test-util"], false), need("dynacdc-sink", &["x"], true)]);

    assert_eq!(for_tests_alone(&[sink, views]), [""; 0]);
}
