//! The `sdec` command: checks, compiles and runs `.sde` programs.
//!
//! Results go to standard output, everything else to standard error. `docs/cli.md` is the contract.

mod args;
mod commands;
mod exit;
mod interrupt;
mod json;
mod number;
mod output;
mod progress;
mod render;
mod repl;
mod table;

use std::process::ExitCode;

use clap::Parser;

use args::{Command, CommandLine};
use exit::Exit;

/// Compiling makes many small vectors and throws them away: with this allocator it takes less time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(answer) => return exit::of_clap(&answer),
    };
    let outcome = match &line.command {
        Command::Check(args) => commands::check::run(args),
        Command::Run(args) => commands::run::run(args),
        Command::Grad(args) => commands::grad::run(args),
        Command::Emit(args) => commands::emit::run(args),
        Command::Explain(args) => commands::explain::run(args),
        Command::Fmt(args) => commands::fmt::run(args),
        Command::New(args) => commands::new::run(args),
        Command::Methods(args) => commands::methods::run(args),
        Command::Build(args) => commands::build::run(args),
        Command::Cache(args) => commands::cache::run(args),
        Command::Repl(args) => commands::repl::run(args),
    };
    outcome.map_or_else(Exit::report, |()| ExitCode::SUCCESS)
}
