//! What may come in from AWS's crates, and what stays out of `record`.
//!
//! A library crate takes a ready client from its caller. TLS and credentials belong in programs,
//! and the SDK's `rustls` feature is its legacy stack, which nobody switches on.

use crate::workspace::{self, Fallible, Member, Need};

/// Every way in which the manifests switch on too much of the SDK.
fn declared(members: &[Member]) -> Vec<String> {
    let mut found = Vec::new();
    for member in members {
        let mut say = |what: String| found.push(format!("{}: {what}", member.name));
        for need in member.needs.iter().filter(|need| need.name.starts_with("aws-")) {
            let name = &need.name;
            let is_sdk = name.starts_with("aws-sdk-");
            if is_sdk && need.default_features {
                say(format!("{name} with default features"));
            }
            if need.features.iter().any(|feature| feature == "rustls") {
                say(format!("{name} with the legacy feature rustls"));
            } else if is_sdk && member.published && !need.dev && need.features.iter().any(|f| f != "rt-tokio") {
                say(format!("{name} with more than rt-tokio"));
            }
            if member.published && !need.dev && name == "aws-config" {
                say("aws-config in a library".to_owned());
            }
        }
        for switch in &member.switches {
            if let Some((krate, feature)) = switch.split_once('/')
                && krate.starts_with("aws-")
                && ["rustls", "default"].contains(&feature)
            {
                say(format!("a feature that switches on {switch}"));
            }
        }
    }
    found
}

/// The same over what cargo resolved, where a crate from outside may have switched it on.
/// A line is `name vX.Y.Z|feature,feature`, perhaps with ` (*)` at its end.
fn resolved(lines: &[String]) -> Vec<String> {
    let wrong = |line: &&String| {
        let Some((package, features)) = line.split_once('|') else {
            return false;
        };
        let mut features = features.trim_end_matches(" (*)").split(',');
        package.starts_with("aws-")
            && features.any(|f| f == "rustls" || (f == "default" && package.starts_with("aws-sdk-")))
    };
    lines.iter().filter(wrong).cloned().collect()
}

/// The crates in `record`'s tree that make it more than a pure library.
fn impure(lines: &[String]) -> Vec<String> {
    const PREFIXES: [&str; 6] = ["aws-", "tokio", "async-", "futures", "hyper", "http"];
    lines.iter().filter(|line| PREFIXES.iter().any(|prefix| line.starts_with(prefix))).cloned().collect()
}

#[test]
fn no_manifest_switches_on_too_much_of_the_sdk() -> Fallible {
    let members = workspace::members()?;

    let found = declared(&members);

    assert!(found.is_empty(), "{found:#?}");
    let uses_sdk = |member: &Member| member.needs.iter().any(|need| need.name.starts_with("aws-sdk-"));
    assert!(members.iter().any(uses_sdk), "nothing was looked at");
    Ok(())
}

#[test]
fn nothing_that_is_built_switches_on_the_legacy_tls() -> Fallible {
    let lines = workspace::tree(&["--workspace", "--all-features", "--format", "{p}|{f}"])?;

    let found = resolved(&lines);

    assert!(found.is_empty(), "{found:#?}");
    assert!(lines.iter().any(|line| line.starts_with("aws-sdk-dynamodb v")), "nothing was looked at");
    Ok(())
}

#[test]
fn record_is_pure_by_default_and_without_features() -> Fallible {
    for features in [&[][..], &["--no-default-features"]] {
        let lines = workspace::tree(&[&["-p", "dynacdc-record", "-e", "normal"], features].concat())?;

        let found = impure(&lines);

        assert!(found.is_empty(), "{found:#?}");
        assert!(lines.iter().any(|line| line.starts_with("thiserror v")), "nothing was looked at");
    }
    Ok(())
}

#[test]
fn the_purity_check_catches_the_sdk() -> Fallible {
    let lines = workspace::tree(&["-p", "dynacdc-record", "-e", "normal", "--all-features"])?;

    let found = impure(&lines);

    assert!(found.iter().any(|line| line.starts_with("aws-sdk-dynamodbstreams v")), "{found:?}");
    assert!(found.iter().any(|line| line.starts_with("tokio v")), "{found:?}");
    Ok(())
}

fn library(needs: Vec<Need>, switches: &[&str]) -> Member {
    Member {
        name: "dynacdc-source".into(),
        folder: "crates/source".into(),
        published: true,
        needs,
        switches: switches.iter().map(|&switch| switch.to_owned()).collect(),
    }
}

fn need(name: &str, features: &[&str]) -> Need {
    Need {
        name: name.to_owned(),
        dev: false,
        optional: true,
        versioned: true,
        default_features: false,
        features: features.iter().map(|&feature| feature.to_owned()).collect(),
    }
}

#[test]
fn a_modest_use_of_the_sdk_is_accepted() {
    let lean = library(vec![need("aws-sdk-dynamodb", &["rt-tokio"])], &["dep:aws-sdk-dynamodb"]);
    let tested = library(vec![Need { dev: true, ..need("aws-sdk-dynamodb", &["test-util"]) }], &[]);
    let program = Member { published: false, ..library(vec![need("aws-config", &["default-https-client"])], &[]) };

    assert_eq!(declared(&[lean, tested, program]), [""; 0]);
}

#[test]
fn too_much_of_the_sdk_is_caught() {
    let defaults = Need { default_features: true, ..need("aws-sdk-dynamodb", &[]) };
    let wrong = [
        (library(vec![defaults], &[]), "with default features"),
        (library(vec![need("aws-sdk-dynamodb", &["rustls"])], &[]), "legacy feature rustls"),
        (library(vec![need("aws-config", &["rustls"])], &[]), "legacy feature rustls"),
        (library(vec![need("aws-sdk-dynamodb", &["default-https-client"])], &[]), "more than rt-tokio"),
        (library(vec![need("aws-config", &[])], &[]), "aws-config in a library"),
        (library(vec![], &["aws-sdk-dynamodb/rustls"]), "switches on aws-sdk-dynamodb/rustls"),
    ];

    for (member, reason) in wrong {
        let found = declared(std::slice::from_ref(&member));
        assert!(found.iter().any(|found| found.contains(reason)), "{member:?} gave {found:?}");
    }
}

#[test]
fn legacy_tls_from_outside_is_caught() {
    let lines = [
        "aws-sdk-dynamodb v1.136.0|rt-tokio",
        "aws-sdk-dynamodb v1.136.0|default,rt-tokio (*)",
        "aws-config v1.8.0|default-https-client,rustls (*)",
        "other v1.0.0|default,rustls",
    ]
    .map(str::to_owned);

    assert_eq!(resolved(&lines), [&*lines[1], &*lines[2]]);
}
