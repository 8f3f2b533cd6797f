//! Makes one routine of loops that a kernel has several times.
//!
//! ```text
//! for i in 0..64 { … load b1[i], v1 … }         v7[0] = v1 ; call r0(b1) -> v7
//! …                                        =>   …
//! for i in 0..64 { … load b2[i], v9 … }         v7[0] = v9 ; call r0(b2) -> v7
//! ```
//!
//! A method of seven stages has the model's drift seven times, its adjoint as often, and both once
//! more where steps are done again. Code generators take time for each. Two pieces are the same if
//! they differ in the names of values and buffers only: then a routine does the same operations in the
//! same order, and keeps every bit.
//!
//! A piece begins and ends with a loop, and may be several loops with what is between them. It gets
//! its buffers as they are. Numbers that it reads or that are read of it pass through a few entries of
//! memory: so only pieces are taken that do much more work than that.
//!
//! Cost: linear but for sorting, times the loops of the longest piece that occurs twice.

mod choose;
mod facts;
mod shape;
#[cfg(test)]
mod tests;
mod write;

use sdec_kernel::{Kernel, Space};

/// The kernel with a routine for each piece that it had several times. Routines call no others, and
/// stay as they are.
///
/// # Panics
///
/// If a kernel is wide that is no routine: `axis` comes after.
pub fn run(kernel: &Kernel) -> Kernel {
    within(kernel, &choose::LIMITS)
}

fn within(kernel: &Kernel, limits: &choose::Limits) -> Kernel {
    if kernel.buffers_in(Space::Lent).next().is_some() {
        return kernel.clone();
    }
    assert!(!kernel.is_wide, "routines are made before lanes are parts of a path");
    let facts = facts::Facts::of(kernel);
    let chosen = choose::run(kernel, &facts, limits);
    if chosen.is_empty() { kernel.clone() } else { write::run(kernel, &facts, chosen) }
}
