//! Passes on `ssa`. None changes a bit of any result, but for the powers that
//! [`simplify`] defines.

pub mod cse;
pub mod dce;
pub mod fold;
pub mod licm;
mod rewrite;
pub mod simplify;
mod steady;

#[cfg(test)]
mod test;
