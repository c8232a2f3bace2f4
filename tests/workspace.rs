//! The workspace as the rules see it: what cargo says of it, its manifests and its files.

use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{DependencyKind, MetadataCommand, semver::VersionReq};

pub(crate) type Fallible<T = ()> = Result<T, Box<dyn Error>>;

/// A package of the workspace.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// Relative to the root of the workspace, with `/`.
    pub(crate) folder: String,
    pub(crate) published: bool,
    pub(crate) needs: Vec<Need>,
    /// What the features of the package switch on.
    pub(crate) switches: Vec<String>,
}

/// A dependency as its manifest declares it.
#[derive(Clone, Debug)]
pub(crate) struct Need {
    pub(crate) name: String,
    pub(crate) dev: bool,
    pub(crate) optional: bool,
    /// A path alone has no version.
    pub(crate) versioned: bool,
    pub(crate) default_features: bool,
    pub(crate) features: Vec<String>,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Only what the manifests say (`--no-deps`): to resolve the dependencies of every platform would
/// need crates that no build on this machine has fetched.
pub(crate) fn members() -> Fallible<Vec<Member>> {
    let metadata = MetadataCommand::new().cargo_path(cargo()).current_dir(root()).no_deps().exec()?;
    let members = metadata.workspace_packages().into_iter().map(|package| {
        let folder = package.manifest_path.parent().ok_or("a manifest without a folder")?;
        let needs = package.dependencies.iter().map(|dependency| Need {
            name: dependency.name.clone(),
            dev: dependency.kind == DependencyKind::Development,
            optional: dependency.optional,
            versioned: dependency.req != VersionReq::STAR,
            default_features: dependency.uses_default_features,
            features: dependency.features.clone(),
        });
        Ok(Member {
            name: package.name.to_string(),
            folder: folder.strip_prefix(&metadata.workspace_root)?.to_string().replace('\\', "/"),
            published: package.publish.is_none(),
            needs: needs.collect(),
            switches: package.features.values().flatten().cloned().collect(),
        })
    });
    members.collect()
}

/// The lines of `cargo tree` for this platform, by the lock file.
pub(crate) fn tree(arguments: &[&str]) -> Fallible<Vec<String>> {
    let output = Command::new(cargo())
        .current_dir(root())
        .args(["tree", "--locked", "--prefix", "none"])
        .args(arguments)
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect())
}

pub(crate) fn manifest(folder: &str) -> Fallible<toml::Table> {
    Ok(fs::read_to_string(root().join(folder).join("Cargo.toml"))?.parse()?)
}

/// Path and text of every Rust file, the path relative to the root and with `/`.
pub(crate) fn rust_files() -> Fallible<Vec<(String, String)>> {
    let root = root();
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                if name != "target" && !name.starts_with('.') {
                    folders.push(path);
                }
            } else if name.ends_with(".rs") {
                let text = fs::read_to_string(&path)?;
                found.push((path.strip_prefix(&root)?.to_string_lossy().replace('\\', "/"), text));
            }
        }
    }
    Ok(found)
}
