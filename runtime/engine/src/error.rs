//! Why a run has no result.

use std::fmt;

use sdec_abi::{CallError, OutOfMemory};

/// Why a run has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunError {
    /// It was asked to stop.
    Cancelled,
    /// What was to be kept does not fit the machine.
    Memory(OutOfMemory),
    /// The kernel refused a call or stopped.
    Call(CallError),
    /// Not one [`crate::Collect`] per output. Always a bug of the caller.
    Collects {
        /// Outputs of the kernel.
        expected: usize,
        /// Of the job.
        given: usize,
    },
}

/// The operating system gave no threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoThreads(pub(crate) String);

impl From<OutOfMemory> for RunError {
    fn from(error: OutOfMemory) -> Self {
        Self::Memory(error)
    }
}

impl From<CallError> for RunError {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled => f.write_str("the run was cancelled"),
            Self::Memory(error) => error.fmt(f),
            Self::Call(error) => error.fmt(f),
            Self::Collects { expected, given } => {
                write!(f, "the kernel has {expected} outputs, {given} were expected")
            }
        }
    }
}

impl fmt::Display for NoThreads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "threads could not be started: {}", self.0)
    }
}

impl std::error::Error for RunError {}
impl std::error::Error for NoThreads {}
