//! How a command ends when it does not end well.

use std::process::ExitCode;

use sdec_driver::Failure;

use crate::output;

/// Why a command stopped.
#[derive(Debug)]
pub(crate) enum Exit {
    /// The model or its data is wrong: a drawn diagnostic.
    Model(String),
    /// The command line asks for what the program does not have.
    Usage(String),
    /// The run failed numerically, or a file or memory is missing.
    Failed(String),
    /// Ctrl-C.
    Interrupted,
    /// Nobody reads standard output any more, which is no failure.
    NoReader,
}

impl Exit {
    /// Says why on standard error and gives the status for the shell.
    pub(crate) fn report(self) -> ExitCode {
        match self {
            Self::Model(drawn) => {
                output::complain(&drawn);
                ExitCode::from(1)
            }
            Self::Usage(message) => {
                output::complain(&format!("error: {message}\n"));
                ExitCode::from(2)
            }
            Self::Failed(message) => {
                output::complain(&format!("error: {message}\n"));
                ExitCode::from(3)
            }
            Self::Interrupted => {
                output::complain("interrupted\n");
                ExitCode::from(130)
            }
            Self::NoReader => ExitCode::SUCCESS,
        }
    }
}

impl From<Failure> for Exit {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Model { plain, coloured } => {
                Self::Model(if output::colour() { coloured } else { plain })
            }
            Failure::Usage(message) => Self::Usage(message),
            Failure::Numeric(message) | Failure::Environment(message) => Self::Failed(message),
            Failure::Interrupted => Self::Interrupted,
        }
    }
}

/// Prints what clap has to say: help on standard output, a complaint on standard error.
pub(crate) fn of_clap(answer: &clap::Error) -> ExitCode {
    // A reader that has gone away is no reason to fail.
    let _ = answer.print();
    ExitCode::from(if answer.use_stderr() { 2 } else { 0 })
}
