//! `cargo xtask test` and `cargo xtask bless`: every check, in the order in which failures are cheapest to meet.

use std::process::Command;

use crate::{llvm, setup, step};

/// Whether tests that take minutes are run too.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    /// Those that anybody waits for.
    Short,
    /// All of them.
    Long,
}

/// Runs every step and stops at the first that fails; the test runner's summary comes last.
pub(crate) fn run(length: Length) -> Result<(), String> {
    setup::run()?;
    if step::has("fmt") {
        step::run("format", step::cargo(&["fmt", "--all", "--check"]))?;
    }
    if step::has("clippy") {
        let args = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
        step::run("lints", step::cargo(&args))?;
    }
    let mut doc = step::cargo(&["doc", "--workspace", "--no-deps", "--locked"]);
    doc.env("RUSTDOCFLAGS", "-D warnings");
    step::run("documentation", doc)?;
    let doctests = ["test", "--workspace", "--doc", "--locked", "--quiet"];
    step::run("documentation tests", step::cargo(&doctests))?;
    step::run("tests", runner(length, &[]))?;
    with_llvm(length)
}

/// What the backend `llvm` adds or changes, where it can be built.
const WITH_LLVM: &str = "package(sdec-llvm) | binary(library) | test(llvm) | binary(parquet) | test(parquet) | \
     (binary(programs) | binary(examples)) & test(bits)";

/// The lints and the tests of the backend `llvm`.
fn with_llvm(length: Length) -> Result<(), String> {
    if llvm::found().is_none() {
        eprintln!(
            "\nxtask: LLVM is not installed, so the tests of the backend `llvm` were left out; \
             `cargo xtask setup --llvm` says what they need"
        );
        return Ok(());
    }
    if step::has("clippy") {
        let args = ["clippy", "--workspace", "--all-targets", "--locked", "--features"];
        let lints = [llvm::FEATURES, "--", "-D", "warnings"];
        step::run("lints with LLVM", step::cargo(&[&args[..], &lints[..]].concat()))?;
    }
    let mut extra = vec!["--features", llvm::FEATURES];
    if step::has("nextest") {
        extra.extend(["-E", WITH_LLVM]);
    }
    step::run("tests with LLVM", runner(length, &extra))
}

/// Runs the tests with both golden tools told to rewrite what differs.
pub(crate) fn bless() -> Result<(), String> {
    let mut command = runner(Length::Short, &[]);
    command.env("UPDATE_EXPECT", "1").env("BLESS", "1");
    step::run("bless", command)
}

/// The test runner: nextest where it is installed.
fn runner(length: Length, extra: &[&str]) -> Command {
    let mut command = if step::has("nextest") {
        step::cargo(&["nextest", "run", "--workspace", "--locked", "--no-fail-fast"])
    } else {
        let args =
            ["test", "--workspace", "--lib", "--bins", "--tests", "--locked", "--no-fail-fast"];
        step::cargo(&args)
    };
    command.args(extra);
    match (length, step::has("nextest")) {
        (Length::Short, _) => {}
        (Length::Long, true) => drop(command.args(["--run-ignored", "all"])),
        (Length::Long, false) => drop(command.args(["--", "--include-ignored"])),
    }
    command
}
