//! The command line: what can be given, and how it is explained.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use sdec_driver::Stage;

/// Checks, compiles and runs models written as stochastic differential equations.
#[derive(Debug, Parser)]
#[command(
    name = "sdec",
    version,
    about = "Checks, compiles and runs models written as stochastic differential equations.",
    after_help = "\
Exit status:
  0    done
  1    the model or its data is wrong
  2    the command line is wrong
  3    the run failed numerically, or a file or memory is missing
  130  interrupted",
    arg_required_else_help = true,
    max_term_width = 100
)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say everything about a model that can be known without running it
    #[command(after_help = "\
Examples:
  sdec check model.sde
  sdec check model.sde --data Dax=other.csv")]
    Check(CheckArgs),
    /// Run the blocks of a file in order, or those named
    #[command(after_help = "\
Examples:
  sdec run option.sde
  sdec run option.sde call --set σ=0.2 --paths 10_000
  sdec run lorenz.sde --save cloud.npz --plot cloud.svg
  sdec run rates.sde OU --out fit-OU --resume
  sdec run option.sde --json > result.json")]
    Run(RunArgs),
    /// Show the value of an estimate with its derivatives
    #[command(after_help = "\
Examples:
  sdec grad option.sde
  sdec grad option.sde call --wrt S0,σ
  sdec grad option.sde call --wrt '[S0, [S0, S0]]' --json")]
    Grad(GradArgs),
    /// Show what the compiler makes of a file, at any stage
    #[command(after_help = "\
Examples:
  sdec emit model.sde --stage ast
  sdec emit option.sde call --stage kernel
  sdec emit option.sde call --stage ssa --after cse
  sdec emit option.sde --stage names")]
    Emit(EmitArgs),
    /// Say what the code of a diagnostic means, with a program that gives it
    #[command(after_help = "\
Examples:
  sdec explain
  sdec explain E0301")]
    Explain(ExplainArgs),
    /// Set programs as every program is set: spaces, line ends, alignment
    #[command(after_help = "\
Examples:
  sdec fmt model.sde
  sdec fmt --check models/*.sde
  sdec fmt - < draft.sde")]
    Fmt(FmtArgs),
    /// Start a project: a folder with a model to change
    #[command(after_help = "\
Example:
  sdec new pendulum
  sdec run pendulum/pendulum.sde")]
    New(NewArgs),
    /// List the methods that solve equations, or describe one
    #[command(after_help = "\
Examples:
  sdec methods
  sdec methods heun")]
    Methods(MethodsArgs),
    /// Make a library with a C interface of the samples, estimates and fits of a file
    #[command(after_help = "\
Examples:
  sdec build option.sde -o liboption.so --header option.h
  sdec build option.sde call --set σ=0.2 -o libcall.so --header call.h")]
    Build(BuildArgs),
    /// Say how much the cache of compiled objects holds, or clear it
    #[command(after_help = "\
Examples:
  sdec cache
  sdec cache clear")]
    Cache(CacheArgs),
    /// Try things at a prompt: declarations, expressions, blocks
    #[command(after_help = "\
Examples:
  sdec repl
  sdec repl model.sde")]
    Repl(ReplArgs),
}

/// Arguments of `sdec check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The programs
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) inputs: InputArgs,
}

/// What a program is given from outside.
#[derive(Debug, Args)]
pub(crate) struct InputArgs {
    /// Give an `input` or a parameter a value; a table is written as `[1, 2]`
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) set: Vec<(String, String)>,
    /// Give a size its number
    #[arg(short, long = "size", value_name = "NAME=N", value_parser = size)]
    pub(crate) sizes: Vec<(String, u64)>,
    /// Read a `data` declaration from another file
    #[arg(long, value_name = "NAME=PATH", value_parser = pair)]
    pub(crate) data: Vec<(String, String)>,
}

/// Arguments of `sdec run`; each overrides what a block says.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The program
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Names of blocks; all of them where none is named
    #[arg(value_name = "BLOCK")]
    pub(crate) blocks: Vec<String>,
    #[command(flatten)]
    pub(crate) inputs: InputArgs,
    #[command(flatten)]
    pub(crate) solve: SolveArgs,
    /// Times at which a sample is kept, such as `linspace(0, 1, 11)`
    #[arg(long, value_name = "EXPR")]
    pub(crate) times: Option<String>,
    /// Write the paths of a sample to FILE.csv or FILE.npz, or FILE.parquet where it is built in
    #[arg(long, value_name = "FILE")]
    pub(crate) save: Option<PathBuf>,
    /// Draw a sample or a fit to FILE.svg or FILE.png
    #[arg(long, value_name = "FILE")]
    pub(crate) plot: Option<PathBuf>,
    /// Where a fit writes parameters, trace, summary and checkpoints (default: fit-NAME); of several fits, each in
    /// a folder of its name below
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Go on with the fit that is there; the result is that of a fit that was never stopped
    #[arg(long)]
    pub(crate) resume: bool,
    /// The most steps of a fit, whatever its block says
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true)]
    pub(crate) steps: Option<u64>,
    /// Seconds between checkpoints of a fit (default: 2); results do not depend on it
    #[arg(long, value_name = "SECONDS", value_parser = interval)]
    pub(crate) checkpoint: Option<Duration>,
}

/// Arguments of `sdec grad`; each overrides what the block says.
#[derive(Debug, Args)]
pub(crate) struct GradArgs {
    /// The program
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The name of the estimate; can be left out where there is one
    #[arg(value_name = "ESTIMATE")]
    pub(crate) estimate: Option<String>,
    /// Inputs and parameters, such as `S0,σ`, with pairs for second derivatives: `[S0, [S0, σ]]`
    /// (default: all)
    #[arg(long, value_name = "NAMES")]
    pub(crate) wrt: Option<String>,
    /// Save value and derivatives to FILE.csv, FILE.npz or FILE.safetensors
    #[arg(long, value_name = "FILE")]
    pub(crate) save: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) inputs: InputArgs,
    #[command(flatten)]
    pub(crate) solve: SolveArgs,
}

/// How a model is solved, and how it is told.
#[derive(Debug, Args)]
pub(crate) struct SolveArgs {
    /// Number of paths
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true)]
    pub(crate) paths: Option<u64>,
    /// Seed of the random numbers (default: 0)
    #[arg(long, value_name = "N", value_parser = whole, allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,
    /// How the equation is solved, such as `heun(dt = 0.01)`
    #[arg(long, value_name = "METHOD")]
    pub(crate) solver: Option<String>,
    /// How a solve is differentiated: backwards through its steps, or along with them
    #[arg(long, value_name = "HOW", value_enum)]
    pub(crate) gradient: Option<Gradient>,
    /// Compute in single precision
    #[arg(long)]
    pub(crate) f32: bool,
    #[command(flatten)]
    pub(crate) code: CodeArgs,
    /// Number of threads (default: one per processor); results do not depend on it
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true)]
    pub(crate) threads: Option<u64>,
    /// Run each block so many times, as for a measurement: the time shown is their median
    #[arg(long, value_name = "N", value_parser = count, allow_negative_numbers = true)]
    pub(crate) repeat: Option<u64>,
    /// Memory for the tapes of a gradient in each thread, such as 16MiB, or min (default: 64MiB);
    /// steps are done again rather than take more, and results do not depend on it
    #[arg(long, value_name = "SIZE", value_parser = memory)]
    pub(crate) memory: Option<u64>,
    /// Replay these Brownian increments: one row a step, one column a noise channel
    #[arg(long, value_name = "FILE.csv")]
    pub(crate) brownian: Option<PathBuf>,
    /// Take parameters from FILE.safetensors, whose tables are named as parameters are: `θ`, `f.first.A`
    #[arg(long, value_name = "FILE.safetensors")]
    pub(crate) params: Option<PathBuf>,
    /// Print one JSON document instead of tables
    #[arg(long)]
    pub(crate) json: bool,
    /// Show no progress
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Say why each choice was made
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

/// What makes machine code.
#[derive(Debug, Args)]
pub(crate) struct CodeArgs {
    /// What makes machine code; all give the same bits
    #[arg(long, value_name = "NAME", value_enum, default_value = "auto")]
    pub(crate) backend: Backend,
    /// Bits of the vectors that `llvm` uses: 128, 256 or 512 (default: the processor's)
    #[arg(long, value_name = "BITS", value_parser = width)]
    pub(crate) width: Option<u32>,
    /// What is done side by side: several paths, or noise and tables of one (default: what takes less)
    #[arg(long, value_name = "WHAT", value_enum)]
    pub(crate) schedule: Option<Schedule>,
}

/// What is done side by side.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Schedule {
    Paths,
    Axis,
}

/// Arguments of `sdec emit`.
#[derive(Debug, Args)]
pub(crate) struct EmitArgs {
    /// The program
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The block; the first one that is compiled where none is named
    #[arg(value_name = "BLOCK")]
    pub(crate) block: Option<String>,
    /// The stage; `names` lists the passes
    #[arg(long, value_name = "STAGE", value_parser = stages())]
    pub(crate) stage: String,
    /// Stop after this pass
    #[arg(long, value_name = "PASS")]
    pub(crate) after: Option<String>,
    /// Compile for single precision
    #[arg(long)]
    pub(crate) f32: bool,
    #[command(flatten)]
    pub(crate) code: CodeArgs,
    #[command(flatten)]
    pub(crate) inputs: InputArgs,
}

/// Arguments of `sdec build`.
#[derive(Debug, Args)]
pub(crate) struct BuildArgs {
    /// The program
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Names of blocks; all of them where none is named
    #[arg(value_name = "BLOCK")]
    pub(crate) blocks: Vec<String>,
    /// The library, which CC, a C compiler, links
    #[arg(short, long, value_name = "LIB")]
    pub(crate) output: PathBuf,
    /// Its header
    #[arg(long, value_name = "FILE.h")]
    pub(crate) header: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) inputs: InputArgs,
    /// How the equation is solved, such as `heun(dt = 0.01)`
    #[arg(long, value_name = "METHOD")]
    pub(crate) solver: Option<String>,
    /// Times at which a sample is kept, such as `linspace(0, 1, 11)`
    #[arg(long, value_name = "EXPR")]
    pub(crate) times: Option<String>,
    /// Compute in single precision
    #[arg(long)]
    pub(crate) f32: bool,
    /// Bits of the vectors: 128, 256 or 512 (default: the processor's)
    #[arg(long, value_name = "BITS", value_parser = width)]
    pub(crate) width: Option<u32>,
    /// Take parameters from FILE.safetensors, whose tables are named as parameters are: `θ`, `f.first.A`
    #[arg(long, value_name = "FILE.safetensors")]
    pub(crate) params: Option<PathBuf>,
}

/// Arguments of `sdec cache`.
#[derive(Debug, Args)]
pub(crate) struct CacheArgs {
    /// What to do with it; says where it is and how much it holds where nothing is said
    #[arg(value_name = "ACTION", value_enum)]
    pub(crate) action: Option<CacheAction>,
}

/// Arguments of `sdec explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The code, such as E0301, or a name of the language, such as euler; all codes are listed where none is given
    #[arg(value_name = "CODE")]
    pub(crate) code: Option<String>,
}

/// Arguments of `sdec fmt`.
#[derive(Debug, Args)]
pub(crate) struct FmtArgs {
    /// The programs; `-` reads standard input and writes standard output
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Change nothing; list the files that are not formatted and exit with 1 if there are any
    #[arg(long)]
    pub(crate) check: bool,
}

/// Arguments of `sdec new`.
#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// The folder to make
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}

/// Arguments of `sdec methods`.
#[derive(Debug, Args)]
pub(crate) struct MethodsArgs {
    /// One method
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
}

/// Arguments of `sdec repl`.
#[derive(Debug, Args)]
pub(crate) struct ReplArgs {
    /// A program to load first
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) inputs: InputArgs,
}

// The values have plain comments: with documentation clap would print every option over three lines.

/// Values of `--gradient`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Gradient {
    // Backwards through the steps
    Backprop,
    // Along with the steps
    Forward,
    // By the adjoint equation
    Adjoint,
    // Undoing the steps
    Reversible,
}

/// Values of `--backend`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Backend {
    // The best for this machine
    Auto,
    // The reference interpreter: slow, the same bits
    Interp,
    // Machine code, made quickly
    Cranelift,
    // Machine code that uses vectors of any width, made with more effort
    Llvm,
}

/// What `sdec cache` does.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum CacheAction {
    // Remove everything
    Clear,
}

/// The names that `--stage` takes.
fn stages() -> PossibleValuesParser {
    Stage::ALL.map(|(name, _)| name).into()
}

/// Reads `NAME=VALUE`.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

/// Reads `NAME=N`.
fn size(text: &str) -> Result<(String, u64), String> {
    let (name, value) = pair(text).map_err(|_| "expected NAME=N".to_owned())?;
    Ok((name, whole(&value)?))
}

/// Reads a number of things: at least one, `_` between digits.
fn count(text: &str) -> Result<u64, String> {
    match whole(text)? {
        0 => Err("must be at least 1".to_owned()),
        number => Ok(number),
    }
}

/// Reads a natural number, `_` between digits.
fn whole(text: &str) -> Result<u64, String> {
    let digits = text.replace('_', "");
    if digits.starts_with('-') && digits[1..].parse::<f64>().is_ok() {
        return Err("must not be negative".to_owned());
    }
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits.parse().map_err(|_| "is too large".to_owned());
    }
    Err("expected a whole number".to_owned())
}

/// Reads a width of vectors.
fn width(text: &str) -> Result<u32, String> {
    match text {
        "128" => Ok(128),
        "256" => Ok(256),
        "512" => Ok(512),
        _ => Err("expected 128, 256 or 512".to_owned()),
    }
}

/// Reads a number of seconds.
fn interval(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().map_err(|_| "expected a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "must not be negative".to_owned())
}

/// Reads a number of bytes with a unit; `min` is none at all.
fn memory(text: &str) -> Result<u64, String> {
    if text == "min" {
        return Ok(0);
    }
    let unit = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let bytes = match &text[unit..] {
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "kB" => 1000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        _ => return Err("expected min, or a number with KiB, MiB, GiB, kB, MB or GB".to_owned()),
    };
    whole(&text[..unit])?.checked_mul(bytes).ok_or_else(|| "is too large".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn numbers_say_what_is_wrong_with_them() {
        assert_eq!(count("10_000"), Ok(10_000));
        assert_eq!(count("0"), Err("must be at least 1".to_owned()));
        assert_eq!(count("-5"), Err("must not be negative".to_owned()));
        assert_eq!(whole("many"), Err("expected a whole number".to_owned()));
        assert_eq!(whole("1e3"), Err("expected a whole number".to_owned()));
        assert_eq!(whole("99999999999999999999"), Err("is too large".to_owned()));
    }

    #[test]
    fn values_may_hold_an_equals_sign() {
        let expected = ("f".to_owned(), "if a == b then 1 else 2".to_owned());
        assert_eq!(pair("f = if a == b then 1 else 2"), Ok(expected));
        assert!(pair("=1").is_err());
        assert!(size("n=-1").is_err());
    }
}
