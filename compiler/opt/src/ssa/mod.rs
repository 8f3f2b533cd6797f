//! Passes on `ssa`. None changes a bit of any result, but for the powers that
//! [`simplify`] defines and the order of the sums that [`split`] makes.

pub mod cse;
pub mod dce;
pub mod fold;
pub mod levels;
pub mod licm;
mod rewrite;
pub mod simplify;
pub mod split;
mod steady;

#[cfg(test)]
mod test;
