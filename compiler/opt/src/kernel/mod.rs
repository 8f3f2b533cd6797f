//! Passes on `kernel`. All but [`contract`], which decides where products and sums are rounded once,
//! keep every bit of every output.

pub mod axis;
pub mod contract;
pub mod cse;
pub mod dce;
pub mod licm;
pub mod outline;
pub mod simplify;

#[cfg(test)]
mod tests;
