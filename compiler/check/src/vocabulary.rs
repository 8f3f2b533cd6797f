//! Names that mean something though neither a program nor the library declares them: for completion and
//! the reference.

use crate::infer::{CONSTANTS, SPECIAL};
use crate::law_table::LAWS;
use crate::model::NOISES;
use crate::start;
use crate::types::BUILT_IN;

/// Built-in functions, constants, laws, initialisers and types.
pub fn built_in_names() -> impl Iterator<Item = &'static str> {
    // How the library names operations; a program cannot.
    let functions = SPECIAL.iter().copied().filter(|name| *name != "intrinsic");
    let constants = CONSTANTS.iter().map(|(name, _)| *name);
    let laws = LAWS.iter().map(|law| law.name);
    let types = BUILT_IN.iter().copied().chain(NOISES);
    functions.chain(constants).chain(laws).chain(start::INITIALISERS).chain(types)
}
