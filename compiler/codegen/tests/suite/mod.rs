//! What every backend must pass: the interpreter's bits.
//!
//! Each backend's crate includes this folder in a test of its own, which says with `backends()` what is
//! tested: one backend, or one in several forms.

mod common;
mod engine;
mod functions;
mod kernels;
mod operations;
mod random;
