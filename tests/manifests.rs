//! What every manifest says, so that a crate can be published as it stands.

use std::fs;

use toml::{Table, Value};

use crate::workspace::{self, Fallible, Member};

/// The entries of `[workspace.dependencies]` that leave their default features on.
fn with_default_features(dependencies: &Table) -> Vec<String> {
    let off = |entry: &Value| entry.get("default-features").and_then(Value::as_bool) == Some(false);
    dependencies.iter().filter(|(_, entry)| !off(entry)).map(|(name, _)| name.clone()).collect()
}

fn at<'a>(manifest: &'a Table, path: &[&str]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(manifest.get(*first)?, |value, key| value.get(key))
}

fn is_true(manifest: &Table, path: &[&str]) -> bool {
    at(manifest, path).and_then(Value::as_bool) == Some(true)
}

/// What any package of the workspace lacks.
fn lacking(manifest: &Table) -> Vec<String> {
    let mut found = Vec::new();
    for key in ["version", "edition", "rust-version", "license"] {
        if !is_true(manifest, &["package", key, "workspace"]) {
            found.push(format!("package.{key} comes from the workspace"));
        }
    }
    if !is_true(manifest, &["lints", "workspace"]) {
        found.push("lints.workspace = true".to_owned());
    }
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    for place in targets.filter_map(Value::as_table).chain([manifest]) {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let entries = place.get(kind).and_then(Value::as_table);
            for (name, entry) in entries.into_iter().flatten() {
                let inherited = entry.get("workspace").and_then(Value::as_bool) == Some(true);
                // A crate that comes later is named by its path alone, or publishing would be a circle.
                let by_path = entry.get("path").is_some() && entry.get("version").is_none();
                if !inherited && !by_path {
                    found.push(format!("{kind}.{name} comes from the table of the workspace"));
                }
            }
        }
    }
    found
}

/// What a published crate lacks beyond that.
fn lacking_to_publish(name: &str, manifest: &Table) -> Vec<String> {
    let text = |key| at(manifest, &["package", key]).and_then(Value::as_str).unwrap_or_default();
    let listed = |key| match at(manifest, &["package", key]) {
        Some(Value::Array(entries)) => !entries.is_empty(),
        Some(entry) => entry.get("workspace").is_some(),
        None => false,
    };
    let mut found = Vec::new();
    let description = text("description");
    if description.is_empty() || description.contains("TODO") {
        found.push("a description".to_owned());
    }
    if text("documentation") != format!("https://docs.rs/{name}") {
        found.push("documentation at docs.rs".to_owned());
    }
    if text("readme") != "README.md" {
        found.push("readme = \"README.md\"".to_owned());
    }
    for key in ["keywords", "categories"] {
        if !listed(key) {
            found.push(key.to_owned());
        }
    }
    if !is_true(manifest, &["package", "metadata", "docs", "rs", "all-features"]) {
        found.push("package.metadata.docs.rs with all-features".to_owned());
    }
    let include = at(manifest, &["package", "include"]).and_then(Value::as_array);
    for wanted in ["src/**", "README.md", "LICENSE-*"] {
        if !include.is_some_and(|include| include.iter().any(|entry| entry.as_str() == Some(wanted))) {
            found.push(format!("{wanted} in include"));
        }
    }
    found
}

#[test]
fn the_dependency_table_has_default_features_off() -> Fallible {
    let manifest = workspace::manifest("")?;
    let table = at(&manifest, &["workspace", "dependencies"]).and_then(Value::as_table).ok_or("no table")?;

    assert_eq!(with_default_features(table), [""; 0]);
    assert!(table.contains_key("dynacdc-record"));
    Ok(())
}

#[test]
fn every_manifest_has_what_it_needs() -> Fallible {
    let mut found = Vec::new();
    for member in workspace::members()? {
        let manifest = workspace::manifest(&member.folder)?;
        let mut lacks = lacking(&manifest);
        if member.published {
            lacks.extend(lacking_to_publish(&member.name, &manifest));
        }
        found.extend(lacks.into_iter().map(|what| format!("{} lacks: {what}", member.folder)));
    }

    assert!(found.is_empty(), "{found:#?}");
    Ok(())
}

#[test]
fn every_published_crate_carries_its_licences_and_its_readme() -> Fallible {
    let root = workspace::root();
    let mut found = Vec::new();
    for Member { folder, .. } in workspace::members()?.iter().filter(|member| member.published) {
        for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
            if fs::read(root.join(folder).join(licence)).ok() != Some(fs::read(root.join(licence))?) {
                found.push(format!("{folder}/{licence} is not that of the workspace"));
            }
        }
        let code = fs::read_to_string(root.join(folder).join("src/lib.rs"))?;
        if !code.contains("#![doc = include_str!(\"../README.md\")]") {
            found.push(format!("the documentation of {folder} is not its README.md"));
        }
    }

    assert!(found.is_empty(), "{found:#?}");
    Ok(())
}

const GOOD: &str = r#"
[package]
name = "dynacdc-sink"
description = "What it is."
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
keywords.workspace = true
categories = ["database"]
documentation = "https://docs.rs/dynacdc-sink"
readme = "README.md"
include = ["src/**", "README.md", "LICENSE-*"]

[package.metadata.docs.rs]
all-features = true

[dependencies]
serde.workspace = true

[target.'cfg(unix)'.dependencies]
tokio.workspace = true

[dev-dependencies]
dynacdc-testkit = { path = "../testkit" }

[lints]
workspace = true
"#;

#[test]
fn a_complete_manifest_is_accepted() -> Fallible {
    let manifest: Table = GOOD.parse()?;

    assert_eq!(lacking(&manifest), [""; 0]);
    assert_eq!(lacking_to_publish("dynacdc-sink", &manifest), [""; 0]);
    Ok(())
}

#[test]
fn what_a_manifest_lacks_is_caught() -> Fallible {
    let changes = [
        ("\nversion.workspace = true", "\nversion = \"0.2.0\"", "package.version"),
        ("edition.workspace = true", "edition = \"2021\"", "package.edition"),
        ("rust-version.workspace = true", "", "package.rust-version"),
        ("[lints]\nworkspace = true", "", "lints.workspace"),
        ("serde.workspace = true", "serde = \"1\"", "dependencies.serde"),
        ("tokio.workspace = true", "tokio = \"1\"", "dependencies.tokio"),
        ("path = \"../testkit\"", "path = \"../testkit\", version = \"0.1\"", "dev-dependencies.dynacdc-testkit"),
        ("What it is.", "TODO", "a description"),
        ("https://docs.rs/dynacdc-sink", "https://docs.rs/dynacdc-record", "documentation"),
        ("readme = \"README.md\"", "", "readme"),
        ("keywords.workspace = true", "", "keywords"),
        ("[\"database\"]", "[]", "categories"),
        ("all-features = true", "", "docs.rs"),
        (", \"LICENSE-*\"", "", "LICENSE-*"),
    ];

    for (good, bad, reason) in changes {
        assert!(GOOD.contains(good), "{good} is not in the manifest");
        let manifest: Table = GOOD.replace(good, bad).parse()?;
        let found = [lacking(&manifest), lacking_to_publish("dynacdc-sink", &manifest)].concat();
        assert!(found.len() == 1 && found[0].contains(reason), "{bad} gave {found:?}");
    }
    Ok(())
}

#[test]
fn default_features_are_caught() -> Fallible {
    let table: Table = r#"
        bare = "1"
        on = { version = "1", default-features = true }
        off = { version = "1", default-features = false }
        silent = { version = "1" }
    "#
    .parse()?;

    assert_eq!(with_default_features(&table), ["bare", "on", "silent"]);
    Ok(())
}
