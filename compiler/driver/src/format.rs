//! Formatting of programs.

use std::path::Path;

use sdec_base::SourceMap;

use crate::{Failure, session};

/// The text of a program set as every program is. Messages call it `name`.
///
/// # Errors
/// What is wrong with the program, where it does not parse.
pub fn format(name: &str, text: &str) -> Result<String, Failure> {
    let mut sources = SourceMap::default();
    let source = sources.add(name, text);
    sdec_grammar::format(source, text).map_err(|wrong| Failure::model(&wrong, &sources))
}

/// The text of a source file, or of standard input for `-`.
///
/// # Errors
/// Why it cannot be read.
pub fn read_source(path: &Path) -> Result<String, Failure> {
    session::read(path).map_err(Failure::Environment)
}
