//! Which crate may depend on which: the picture of `ARCHITECTURE.md` as a rule.
//!
//! Only what a crate is built with counts; its tests may use more.

use std::collections::{BTreeMap, BTreeSet};

use crate::metadata::{self, Package};

/// For each crate, all crates of the workspace that it may reach, directly or through others.
const MAY_REACH: [(&str, &[&str]); 21] = [
    ("sdec-base", &[]),
    ("sdec-grammar", &["base"]),
    ("sdec-hir", &["base"]),
    ("sdec-ssa", &["base"]),
    ("sdec-kernel", &["base"]),
    ("sdec-check", &["base", "grammar", "hir"]),
    ("sdec-ad", &["base", "ssa"]),
    ("sdec-opt", &["base", "ssa", "kernel"]),
    ("sdec-lower", &["base", "hir", "ssa", "kernel", "ad"]),
    ("sdec-codegen", &["base", "kernel", "abi", "noise"]),
    ("sdec-cranelift", &["base", "kernel", "codegen", "abi", "noise"]),
    ("sdec-llvm", &["base", "kernel", "codegen", "abi", "noise"]),
    ("sdec-abi", &[]),
    ("sdec-noise", &[]),
    ("sdec-data", &[]),
    ("sdec-engine", &["abi", "noise"]),
    ("sdec-output", &["data"]),
    ("sdec-fit", &["noise", "data", "output"]),
    ("sdec-stdlib", &[]),
    ("sdec-fuzz", &["base", "grammar", "hir", "ssa", "kernel", "check", "stdlib"]),
    ("xtask", &[]),
];

/// Crates that may reach every other: they put the whole together.
const RIM: [&str; 3] = ["sdec-driver", "sdec", "sdec-tests"];

/// The only crates that may name an external package; a `*` stands for any ending.
const FACES: [(&str, &[&str]); 19] = [
    ("ariadne", &["sdec-base"]),
    ("clap*", &["sdec"]),
    ("cranelift-*", &["sdec-cranelift"]),
    ("csv*", &["sdec-data", "sdec-output"]),
    ("ctrlc", &["sdec"]),
    ("indicatif", &["sdec"]),
    ("lalrpop*", &["sdec-grammar"]),
    ("llvm-sys", &["sdec-llvm"]),
    ("logos", &["sdec-grammar"]),
    ("rayon", &["sdec-engine"]),
    ("serde_json", &["sdec", "sdec-data", "sdec-tests", "xtask"]),
    ("multiversion", &["sdec-engine"]),
    ("npyz", &["sdec-data", "sdec-output"]),
    ("nalgebra", &["sdec-fit"]),
    ("parquet", &["sdec-data", "sdec-output"]),
    ("plotters*", &["sdec-output"]),
    ("resvg", &["sdec-output"]),
    ("rustc-hash", &["sdec-opt"]),
    ("zip", &["sdec-data", "sdec-output"]),
];

/// One line for every dependency that goes against the layers.
pub(crate) fn problems() -> Vec<String> {
    let members = metadata::members();
    let mut problems = Vec::new();
    for (name, package) in &members {
        problems.extend(upward(name, &members));
        problems.extend(package.dependencies.iter().filter_map(|dep| strange(name, dep)));
    }
    problems
}

/// The crates that `name` reaches and may not.
fn upward(name: &str, members: &BTreeMap<String, Package>) -> Vec<String> {
    if RIM.contains(&name) {
        return Vec::new();
    }
    let Some((_, allowed)) = MAY_REACH.iter().find(|(member, _)| *member == name) else {
        return vec![format!("{name}: has no line in the table of layers")];
    };
    let reached = reach(name, members);
    let refused = reached
        .iter()
        .filter(|dep| !dep.strip_prefix("sdec-").is_some_and(|short| allowed.contains(&short)));
    refused.map(|dep| format!("{name} must not depend on {dep}")).collect()
}

/// Every member of the workspace that `name` is built with.
fn reach(name: &str, members: &BTreeMap<String, Package>) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![name.to_owned()];
    while let Some(next) = open.pop() {
        let inside = members[&next].dependencies.iter().filter(|dep| members.contains_key(*dep));
        open.extend(inside.filter(|dep| reached.insert((*dep).clone())).cloned());
    }
    reached
}

/// A complaint when `dep` is an external package that another crate faces.
fn strange(name: &str, dep: &str) -> Option<String> {
    let (_, faces) = FACES.iter().find(|(pattern, _)| matches(pattern, dep))?;
    (!faces.contains(&name)).then(|| format!("{name} must not name {dep}: {faces:?} faces it"))
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, dependencies: &[&str]) -> (String, Package) {
        let package = Package {
            name: name.to_owned(),
            version: "0.1.0".to_owned(),
            licence: None,
            is_member: true,
            dependencies: dependencies.iter().map(|dep| (*dep).to_owned()).collect(),
        };
        (name.to_owned(), package)
    }

    #[test]
    fn a_layer_reached_through_another_is_found() {
        let members = BTreeMap::from([
            member("sdec-check", &["sdec-hir"]),
            member("sdec-hir", &["sdec-ssa"]),
            member("sdec-ssa", &[]),
        ]);
        assert_eq!(upward("sdec-check", &members), ["sdec-check must not depend on sdec-ssa"]);
    }

    #[test]
    fn an_external_package_faces_its_crate_only() {
        assert_eq!(strange("sdec-cranelift", "cranelift-jit"), None);
        assert!(strange("sdec-driver", "cranelift-jit").is_some());
    }

    #[test]
    fn the_workspace_keeps_its_layers() {
        let problems = problems();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }
}
