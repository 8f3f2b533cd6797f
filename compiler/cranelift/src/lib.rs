//! Machine code for kernels through Cranelift: the default backend.
//!
//! ```text
//! kernel ── function, body ──▶ CLIF ── Cranelift ──▶ code in memory ── Compiled::call
//! ```
//!
//! The translation is as plain as it can be: a uniform value is one scalar, a value with lanes is
//! several vectors of 128 bits (`lanes`), loops and branches become blocks with parameters.
//! What Cranelift 0.135 lacks for vectors is put together in `words`, `convert` and `paths`.
//! No Cranelift type leaves this crate.

mod backend;
mod body;
mod code;
mod constants;
mod convert;
mod function;
mod host;
mod known;
mod lanes;
mod memory;
mod ops;
mod paths;
mod reads;
mod sums;
mod words;

pub use backend::Cranelift;
