//! Passes that make programs smaller and faster without changing what they mean.

pub mod kernel;
pub mod ssa;
