//! Why nothing came out.

use sdec_base::{Diagnostic, SourceMap};
use sdec_data::{DataError, Fault};

/// Why a run ended without a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The model or data is wrong; diagnostics, without and with colour.
    Model {
        /// As drawn.
        plain: String,
        /// The same with terminal colours.
        coloured: String,
    },
    /// The command line is wrong.
    Usage(String),
    /// The run failed numerically.
    Numeric(String),
    /// The environment lacks something: a file, memory, a processor feature.
    Environment(String),
    /// The user stopped it.
    Interrupted,
}

impl Failure {
    /// What the user is told about their program.
    pub(crate) fn model(diagnostics: &[Diagnostic], sources: &SourceMap) -> Self {
        let render = |colour| Diagnostic::render_all(diagnostics, sources, colour);
        Self::Model { plain: render(false), coloured: render(true) }
    }

    /// A file that an option names cannot be read.
    pub(crate) fn file_of_option(error: &DataError) -> Self {
        let help = if matches!(error.fault, Fault::NotFound { similar: None }) {
            Some("names of files in options are relative to the working folder".to_owned())
        } else {
            error.help()
        };
        let help = help.map(|help| format!("; {help}")).unwrap_or_default();
        Self::Environment(format!("{error}{help}"))
    }
}
