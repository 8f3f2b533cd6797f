//! Why a kernel was not compiled.

use std::fmt;

use sdec_kernel::Malformed;

/// Why a kernel was not compiled. Never the user's fault.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodegenError {
    /// The kernel breaks an invariant. Always a bug of the pass that made it.
    Malformed(Malformed),
    /// The code generator refused what we gave it. Always a bug, ours or its.
    Refused {
        /// The kernel's name.
        kernel: String,
        /// What the generator says.
        reason: String,
    },
    /// The processor or operating system of this machine is not supported by the backend.
    Host(String),
    /// The operating system gave no memory for code.
    Memory(String),
}

impl CodegenError {
    /// Whether it is to be reported as a bug of the compiler.
    pub fn is_bug(&self) -> bool {
        match self {
            Self::Malformed(_) | Self::Refused { .. } => true,
            Self::Host(_) | Self::Memory(_) => false,
        }
    }
}

impl From<Malformed> for CodegenError {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl fmt::Display for CodegenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(malformed) => write!(f, "malformed kernel: {malformed}"),
            Self::Refused { kernel, reason } => {
                write!(f, "the code generator refuses kernel `{kernel}`: {reason}")
            }
            Self::Host(reason) => write!(f, "no code can be made for this machine: {reason}"),
            Self::Memory(reason) => write!(f, "no memory for machine code: {reason}"),
        }
    }
}

impl std::error::Error for CodegenError {}
