//! Which crate may depend on which.
//!
//! The table holds the whole map, also the crates that are still to be written, so that a new crate
//! finds its rule here. What is not in the table is refused, and adding to it is a decision to be reviewed.

use crate::workspace::{self, Fallible, Member, Need};

/// How a crate may depend on another.
#[derive(Clone, Copy, PartialEq)]
enum By {
    Always,
    /// Only behind a feature.
    Feature,
}
use By::{Always, Feature};

const RECORD: (&str, By) = ("record", Always);
const SINK: (&str, By) = ("sink", Always);

/// The patterns never depend on each other: they meet only in `Sink`.
const PATTERNS: [&str; 5] = ["replication", "views", "audit", "search", "events"];
const FOR_A_PATTERN: &[(&str, By)] = &[RECORD, SINK, ("dynamodb", Feature)];

const TABLE: &[(&str, &[(&str, By)])] = &[
    ("record", &[]),
    ("sink", &[RECORD]),
    ("dynamodb", &[RECORD, SINK]),
    ("source", &[RECORD, SINK, ("dynamodb", Feature)]),
    ("lambda", &[RECORD, SINK]),
    ("testkit", &[RECORD, SINK, ("source", Always)]),
    ("local", &[RECORD, ("dynamodb", Always)]),
];

/// An exercise needs no AWS account and no server.
const FOR_AN_EXERCISE: [&str; 3] = ["record", "sink", "testkit"];
const AWS_FEATURES: [&str; 2] = ["aws-sdk", "dynamodb"];

fn allowed(short: &str) -> Option<&'static [(&'static str, By)]> {
    if PATTERNS.contains(&short) {
        return Some(FOR_A_PATTERN);
    }
    TABLE.iter().find(|(name, _)| *name == short).map(|(_, allowed)| *allowed)
}

/// Every way in which the packages break the map.
fn broken(members: &[Member]) -> Vec<String> {
    let mut found = Vec::new();
    for member in members {
        let folders: Vec<&str> = member.folder.split('/').collect();
        let wrong = match folders[..] {
            ["crates", short] => crate_rule(short, member),
            ["exercises" | "solutions", _] => exercise_rule(member),
            // Programs, tests and benchmarks may depend on anything.
            ["examples" | "tests"] | ["crates", _, _] => unpublished_rule(member),
            _ => vec!["has no place on the map".to_owned()],
        };
        found.extend(wrong.into_iter().map(|wrong| format!("{}: {wrong}", member.folder)));
    }
    found
}

fn in_workspace(member: &Member) -> impl Iterator<Item = (&str, &Need)> {
    member.needs.iter().filter_map(|need| Some((need.name.strip_prefix("dynacdc-")?, need)))
}

fn crate_rule(short: &str, member: &Member) -> Vec<String> {
    let Some(allowed) = allowed(short) else {
        return vec!["is not in the table of crates".to_owned()];
    };
    let mut found = Vec::new();
    if member.name != format!("dynacdc-{short}") {
        found.push(format!("the package of this folder must be named dynacdc-{short}"));
    }
    if !member.published {
        found.push("a crate under crates/ is published".to_owned());
    }
    for (other, need) in in_workspace(member) {
        let permit = allowed.iter().find(|(name, _)| *name == other).map(|(_, by)| *by);
        if PATTERNS.contains(&short) && PATTERNS.contains(&other) {
            found.push(format!("a pattern must not depend on the pattern {other}"));
        } else if need.dev {
            // A version on a crate that comes later would make publishing a circle.
            if permit.is_none() && need.versioned {
                found.push(format!("the dev-dependency on {other} must have a path and no version"));
            }
        } else if permit.is_none() {
            found.push(format!("must not depend on {other}"));
        } else if permit == Some(Feature) && !need.optional {
            found.push(format!("may depend on {other} only behind a feature"));
        } else if !need.versioned {
            found.push(format!("cannot be published: the dependency on {other} has no version"));
        }
    }
    found
}

fn exercise_rule(member: &Member) -> Vec<String> {
    let mut found = unpublished_rule(member);
    for (other, need) in in_workspace(member) {
        if !FOR_AN_EXERCISE.contains(&other) && !PATTERNS.contains(&other) {
            found.push(format!("an exercise must not depend on {other}"));
        }
        if need.features.iter().any(|feature| AWS_FEATURES.contains(&feature.as_str())) {
            found.push(format!("an exercise must not switch on an AWS feature of {other}"));
        }
    }
    found
}

fn unpublished_rule(member: &Member) -> Vec<String> {
    let mut found = Vec::new();
    if !member.name.starts_with("dynacdc-") {
        found.push("the name of a package begins with dynacdc-".to_owned());
    }
    if member.published {
        found.push("must say publish = false".to_owned());
    }
    found
}

#[test]
fn the_workspace_keeps_to_the_table() -> Fallible {
    let members = workspace::members()?;

    let found = broken(&members);

    assert!(found.is_empty(), "{found:#?}");
    for folder in ["crates/record", "crates/sink", "examples", "tests"] {
        assert!(members.iter().any(|member| member.folder == folder), "{folder} was not looked at");
    }
    Ok(())
}

fn member(folder: &str, needs: &[Need]) -> Member {
    let short = folder.rsplit('/').next().unwrap_or(folder);
    Member {
        name: format!("dynacdc-{short}"),
        folder: folder.to_owned(),
        published: folder.starts_with("crates/"),
        needs: needs.to_vec(),
        switches: Vec::new(),
    }
}

fn need(short: &str) -> Need {
    Need {
        name: format!("dynacdc-{short}"),
        dev: false,
        optional: false,
        versioned: true,
        default_features: false,
        features: Vec::new(),
    }
}

fn dev(short: &str) -> Need {
    Need { dev: true, versioned: false, ..need(short) }
}

#[test]
fn a_workspace_by_the_table_is_accepted() {
    let members = [
        member("crates/record", &[dev("testkit")]),
        member("crates/sink", &[need("record"), dev("testkit"), Need { versioned: true, ..dev("record") }]),
        member("crates/source", &[need("sink"), Need { optional: true, ..need("dynamodb") }, dev("local")]),
        member("crates/views", &[need("record"), need("sink")]),
        member("crates/record/benches", &[need("local")]),
        member("exercises/first-sink", &[need("sink"), need("views")]),
        member("examples", &[need("local"), need("views"), need("audit")]),
    ]
    .map(|member| Member { published: member.published && !member.folder.ends_with("benches"), ..member });

    assert_eq!(broken(&members), [""; 0]);
}

#[test]
fn a_wrong_dependency_is_caught() {
    let wrong = [
        (member("crates/record", &[need("sink")]), "must not depend on sink"),
        (member("crates/sink", &[need("replication")]), "must not depend on replication"),
        (member("crates/lambda", &[need("source")]), "must not depend on source"),
        (member("crates/views", &[dev("audit")]), "must not depend on the pattern audit"),
        (member("crates/source", &[need("dynamodb")]), "only behind a feature"),
        (member("crates/sink", &[Need { versioned: true, ..dev("testkit") }]), "a path and no version"),
        (member("crates/sink", &[Need { versioned: false, ..need("record") }]), "has no version"),
        (member("exercises/first-sink", &[need("local")]), "an exercise must not depend on local"),
        (
            member("exercises/first-view", &[Need { features: vec!["dynamodb".into()], ..need("views") }]),
            "an AWS feature of views",
        ),
    ];

    for (member, reason) in wrong {
        let found = broken(std::slice::from_ref(&member));
        assert!(found.len() == 1 && found[0].contains(reason), "{member:?} gave {found:?}");
    }
}

#[test]
fn a_package_out_of_place_is_caught() {
    let wrong = [
        (member("crates/zebra", &[]), "not in the table"),
        (member("benches", &[]), "no place on the map"),
        (Member { name: "dynacdc-records".into(), ..member("crates/record", &[]) }, "must be named dynacdc-record"),
        (Member { published: false, ..member("crates/sink", &[]) }, "is published"),
        (Member { published: true, ..member("tests", &[]) }, "publish = false"),
        (Member { name: "examples".into(), ..member("examples", &[]) }, "begins with dynacdc-"),
    ];

    for (member, reason) in wrong {
        let found = broken(std::slice::from_ref(&member));
        assert!(found.len() == 1 && found[0].contains(reason), "{member:?} gave {found:?}");
    }
}
