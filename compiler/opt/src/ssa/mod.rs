//! Passes on `ssa`.
