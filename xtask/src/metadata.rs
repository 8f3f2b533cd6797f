//! What `cargo metadata` says of the packages that are built.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::step;

/// A package of the workspace or of a registry.
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// The SPDX expression of its manifest.
    pub(crate) licence: Option<String>,
    /// Whether it is a member of the workspace.
    pub(crate) is_member: bool,
    /// Names of the packages that it is built with; those of its tests and build script are left out.
    pub(crate) dependencies: Vec<String>,
}

/// All packages that the lock file holds for this workspace.
pub(crate) fn packages() -> Vec<Package> {
    let output = step::cargo(&["metadata", "--format-version", "1", "--locked"])
        .output()
        .expect("cargo can be started");
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo metadata failed: {message}");
    let document: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let members = list(&document["workspace_members"]);
    list(&document["packages"]).iter().map(|package| read(package, members)).collect()
}

/// The members of the workspace, by name.
pub(crate) fn members() -> BTreeMap<String, Package> {
    let members = packages().into_iter().filter(|package| package.is_member);
    members.map(|package| (package.name.clone(), package)).collect()
}

fn read(package: &Value, members: &[Value]) -> Package {
    let normal = list(&package["dependencies"]).iter().filter(|dep| dep["kind"].is_null());
    Package {
        name: text(&package["name"]),
        version: text(&package["version"]),
        licence: package["license"].as_str().map(str::to_owned),
        is_member: members.contains(&package["id"]),
        dependencies: normal.map(|dep| text(&dep["name"])).collect(),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
