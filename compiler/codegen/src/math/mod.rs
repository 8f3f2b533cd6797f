//! The project's own mathematics: what replaces `exp`, `sin`, … and random draws in a kernel before
//! a backend sees it, so that every backend gives the same bits.
//!
//! ```text
//! v2 = exp v1    =>    v7 = max v1, v5 ; v8 = min v7, v6 ; v9 = fma v8, … ; … ; v40 = select …
//! ```
//!
//! Every function is one formula over the operations of a [`Machine`](sdec_noise::Machine), for both
//! precisions and without a branch but one (`branch.rs`). `Emit` is the machine that writes them into a
//! kernel; the tests run the same formulas on the host. Ranges and measured errors are in
//! `docs/internals/math.md`, and `reference/` has the programs that fitted and measured them.

mod atan;
mod branch;
mod digamma;
mod emit;
mod erf;
mod exp;
mod expand;
mod gamma;
mod hyperbolic;
mod log;
mod logistic;
mod normal;
mod pair;
mod pow;
mod quarters;
mod tanh;
#[cfg(test)]
mod tests;
mod trigonometric;

pub use expand::expand;
