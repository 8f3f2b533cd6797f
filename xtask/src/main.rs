//! Chores of the repository: `cargo xtask COMMAND`.
#![expect(clippy::print_stderr, reason = "a chore reports to the person who started it")]

mod aarch64;
mod bench;
mod layers;
mod licences;
mod llvm;
mod metadata;
mod repository;
mod setup;
mod step;
mod test;
mod tidy;

use std::process::ExitCode;

const USAGE: &str = "\
Chores of the sdec repository.

Usage: cargo xtask COMMAND

Commands:
  setup          add the components of Rust that the tests use
  setup --llvm   install LLVM for the backend `llvm`, or say what to install
  test [--long]  format, lints, documentation and every test, those of the backend
                 `llvm` where LLVM is installed; --long adds the tests that take minutes
  bless          run the tests and rewrite every golden text that differs
  aarch64        check the default build for that processor, and run compiled kernels
                 where QEMU is installed
  bench [NAME…]  time compiling and kernels in a release build, beside programs by hand and
                 other tools, into bench/results.md
  layers         check which crate may depend on which, and their licences
  tidy           check the rules of the repository
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match args.as_slice() {
        ["setup"] => setup::run(),
        ["setup", "--llvm"] => llvm::setup(),
        ["test"] => test::run(test::Length::Short),
        ["test", "--long"] => test::run(test::Length::Long),
        ["bless"] => test::bless(),
        ["aarch64"] => aarch64::run(),
        ["bench", rest @ ..] => bench::run(rest),
        ["layers"] => report([layers::problems(), licences::problems()].concat()),
        ["tidy"] => report(tidy::problems()),
        ["help" | "--help" | "-h"] => {
            eprint!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nxtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the problems found by a rule, and fails when there are any.
fn report(problems: Vec<String>) -> Result<(), String> {
    for problem in &problems {
        eprintln!("{problem}");
    }
    match problems.len() {
        0 => Ok(()),
        n => Err(format!("{n} problem{} found", if n == 1 { "" } else { "s" })),
    }
}
