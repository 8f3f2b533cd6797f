//! `cargo xtask bench`: how long compiling and running take, on a release build, beside programs by
//! hand and other tools that compute the same.

mod asm;
mod binaries;
mod compile;
mod contestant;
mod fits;
mod floor;
mod limit;
mod long;
mod memory;
mod peers;
mod report;
mod sdec;
mod start;
mod work;
mod works;

use crate::repository;

/// Measures what is named, or everything, and writes it to its sections of `bench/results.md`. Names
/// are those of works (`W1`), `W2`, `memory`, `fits` and `compile`; others are of programs whose compilation is
/// timed and printed. `--built` takes the programs that are built already.
pub(crate) fn run(args: &[&str]) -> Result<(), String> {
    let (options, names): (Vec<&str>, Vec<&str>) = args.iter().partition(|a| a.starts_with("--"));
    let binaries = match options.as_slice() {
        [] => binaries::build()?,
        ["--built"] => binaries::built()?,
        _ => return Err(format!("bench has no option {}", options.join(" "))),
    };
    let is_wanted = |name: &str| names.is_empty() || names.contains(&name);
    for work in works::ALL.iter().filter(|work| is_wanted(work.name)) {
        eprintln!("\n── {}: {}", work.name, work.title);
        report::write(work.name, &work::measure(work, &binaries)?)?;
    }
    if is_wanted("W2") {
        report::write("W2", &start::section(&binaries)?)?;
    }
    if is_wanted("memory") {
        report::write("memory", &memory::section(&binaries)?)?;
    }
    if is_wanted("fits") {
        report::write("fits", &fits::section(&binaries)?)?;
    }
    if is_wanted("compile") {
        report::write("compile", &compile::section(&binaries, &[])?)?;
    }
    let programs: Vec<&str> =
        names.into_iter().filter(|name| !report::SECTIONS.contains(name)).collect();
    if !programs.is_empty() {
        eprintln!("\n{}", compile::section(&binaries, &programs)?);
    }
    Ok(())
}

/// The middle one of some times, and the least.
fn median(mut times: Vec<f64>) -> (f64, f64) {
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], times[0])
}

/// Where what is measured is built.
fn folder() -> Result<std::path::PathBuf, String> {
    let folder = repository::root().join("target/bench");
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    Ok(folder)
}
