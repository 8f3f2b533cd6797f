//! Machine code for kernels through LLVM: vectors of the processor's full width.
//!
//! ```text
//! kernel ── function, body ──▶ LLVM's text ── ffi ──▶ object ── code ──▶ Compiled::call
//! ```
//!
//! The translation is as plain as it can be: a uniform value is a scalar, a value with lanes is one
//! vector of all of them, which LLVM splits to the registers there are. It is written as text, which
//! LLVM parses; so nothing but `ffi` and `code` touches the library, and what is compiled can be read.
//! Arithmetic has no fast-math flags, so that LLVM keeps every bit.
//!
//! Without the feature `llvm` the crate is empty, and LLVM is not needed to build it.
#![cfg(feature = "llvm")]

mod backend;
mod body;
mod code;
mod ffi;
mod function;
mod host;
mod ops;
mod text;

pub use backend::Llvm;
pub use host::{WIDTHS, Width};
