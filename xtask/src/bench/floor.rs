//! What the machine can do at most: `bench/limit/rate.cpp` counts the vector operations of a second
//! that depend on nothing but registers.

use std::process::Command;

use super::contestant::Contestant;
use super::limit;

/// Thousand million fused multiply-adds of single numbers a second, on vectors of so many bits.
pub(super) fn rate(width: u32, threads: usize) -> Result<f64, String> {
    let mut command = Command::new(limit::compile("rate.cpp", &[], width)?);
    command.arg(threads.to_string());
    let mut program = Contestant::start(command)?;
    let mut best = 0.0_f64;
    for _ in 0..5 {
        let answer = program.ask()?;
        best = best.max(answer.values[0] / answer.seconds / 1e9);
    }
    Ok(best)
}
