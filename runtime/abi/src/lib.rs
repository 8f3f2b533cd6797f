//! The convention between compiled kernels and those who run them.
//!
//! A compiled kernel is one function that works on a range of groups of [`GROUP`] paths:
//!
//! ```text
//! extern "C" fn(*const Args, group_begin: u64, group_end: u64, scratch: *mut u8) -> u32
//! ```
//!
//! Path number of lane `l` of group `g`: `first_path + 16 g + l`. An output with lanes is laid out
//! `[group - group_begin][entry][16]`, a uniform one `[entry]`. In the last group, lanes past the last
//! path hold anything: what was there before, or what the last path has, which they repeat where they
//! are computed beside it. Whoever reads the outputs gives them no weight.
//!
//! [`Compiled`] is what Rust code sees: [`check`] compares every buffer with the [`Signature`]
//! before compiled code is entered, and [`FloatMode`] puts the processor into IEEE arithmetic for
//! the call. Nothing here knows the compiler.

mod args;
mod buffer;
mod call;
mod float_mode;
mod signature;

pub use args::{Args, Entry};
pub use buffer::{ALIGNMENT, Aligned, Buffer, OutOfMemory, Scratch};
pub use call::{Call, CallError, Compiled, Input, Output, check};
pub use float_mode::FloatMode;
pub use signature::{Scalar, Signature, Slot};

/// Paths in a group.
pub const GROUP: u64 = 16;

/// How many groups hold this many paths.
pub fn groups(paths: u64) -> u64 {
    paths.div_ceil(GROUP)
}
