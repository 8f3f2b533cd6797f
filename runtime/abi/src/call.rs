//! Safe calls of compiled kernels.

use std::fmt;
use std::ops::Range;

use crate::{ALIGNMENT, Scalar, Scratch, Signature, Slot, groups};

/// A compiled kernel.
pub trait Compiled: Send + Sync {
    /// What it reads and writes.
    fn signature(&self) -> &Signature;

    /// Runs it for the call's groups.
    ///
    /// Implementations [`check`] the call first and hold [`crate::FloatMode::ieee`] while they run.
    ///
    /// # Errors
    ///
    /// A call that does not fit the signature, or a status other than 0.
    fn call(&self, call: &mut Call<'_, '_>) -> Result<(), CallError>;
}

/// The arguments of a call.
#[derive(Debug)]
pub struct Call<'a, 'b> {
    /// One per input slot.
    pub inputs: &'a [Input<'b>],
    /// One per output slot, each just as long as the groups need.
    pub outputs: &'a mut [Output<'b>],
    /// Groups to run, below `groups(paths)`.
    pub groups: Range<u64>,
    /// Paths of the whole run, at least 1.
    pub paths: u64,
    /// Number of the first path of the run.
    pub first_path: u64,
    /// Working memory.
    pub scratch: &'a mut Scratch,
}

/// Memory that is read.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// Doubles.
    F64(&'a [f64]),
    /// Singles.
    F32(&'a [f32]),
    /// Counts.
    I64(&'a [i64]),
    /// Words.
    Word(&'a [u32]),
}

/// Memory that is written, aligned to [`ALIGNMENT`].
#[derive(Debug)]
pub enum Output<'a> {
    /// Doubles.
    F64(&'a mut [f64]),
    /// Singles.
    F32(&'a mut [f32]),
    /// Counts.
    I64(&'a mut [i64]),
    /// Words.
    Word(&'a mut [u32]),
}

/// Why a call was refused or failed. All but `Status` are bugs of the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallError {
    /// As many inputs or outputs were not given as the signature has.
    Count {
        /// Slots of the signature.
        expected: usize,
        /// Buffers of the call.
        given: usize,
    },
    /// A buffer has entries of another type.
    Type {
        /// Name of the slot.
        slot: String,
        /// Of the signature.
        expected: Scalar,
        /// Of the buffer.
        given: Scalar,
    },
    /// A buffer has another length.
    Length {
        /// Name of the slot.
        slot: String,
        /// Scalars needed.
        expected: u64,
        /// Scalars in the buffer.
        given: u64,
    },
    /// An output does not begin at a multiple of [`ALIGNMENT`].
    Alignment {
        /// Name of the slot.
        slot: String,
    },
    /// Groups beyond the paths, or no path at all.
    Groups {
        /// What was asked for.
        groups: Range<u64>,
        /// Paths of the run.
        paths: u64,
    },
    /// Too little working memory.
    Scratch {
        /// Bytes needed.
        expected: u64,
        /// Bytes given.
        given: u64,
    },
    /// The kernel stopped with this status.
    Status(u32),
}

/// Compares a call with the signature of the kernel that is called.
///
/// # Errors
///
/// The first difference.
pub fn check(signature: &Signature, call: &Call<'_, '_>) -> Result<(), CallError> {
    let range = &call.groups;
    if call.paths == 0 || range.start > range.end || range.end > groups(call.paths) {
        return Err(CallError::Groups { groups: range.clone(), paths: call.paths });
    }
    count(signature.inputs.len(), call.inputs.len())?;
    count(signature.outputs.len(), call.outputs.len())?;
    for (slot, input) in signature.inputs.iter().zip(call.inputs) {
        fits(slot, slot.scalars(groups(call.paths)), input.scalar(), input.len())?;
    }
    for (slot, output) in signature.outputs.iter().zip(call.outputs.iter()) {
        fits(slot, slot.scalars(range.end - range.start), output.scalar(), output.len())?;
        if !output.address().is_multiple_of(ALIGNMENT) && !output.is_empty() {
            return Err(CallError::Alignment { slot: slot.name.clone() });
        }
    }
    let (expected, given) = (signature.scratch_bytes, call.scratch.bytes());
    if given < expected {
        return Err(CallError::Scratch { expected, given });
    }
    Ok(())
}

fn count(expected: usize, given: usize) -> Result<(), CallError> {
    if expected == given { Ok(()) } else { Err(CallError::Count { expected, given }) }
}

fn fits(slot: &Slot, expected: u64, scalar: Scalar, len: usize) -> Result<(), CallError> {
    if slot.scalar != scalar {
        let slot_name = slot.name.clone();
        return Err(CallError::Type { slot: slot_name, expected: slot.scalar, given: scalar });
    }
    let given = len as u64;
    if given != expected {
        return Err(CallError::Length { slot: slot.name.clone(), expected, given });
    }
    Ok(())
}

impl Input<'_> {
    /// The type of an entry.
    pub fn scalar(&self) -> Scalar {
        match self {
            Self::F64(_) => Scalar::F64,
            Self::F32(_) => Scalar::F32,
            Self::I64(_) => Scalar::I64,
            Self::Word(_) => Scalar::Word,
        }
    }

    /// How many scalars there are.
    pub fn len(&self) -> usize {
        match self {
            Self::F64(x) => x.len(),
            Self::F32(x) => x.len(),
            Self::I64(x) => x.len(),
            Self::Word(x) => x.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where they begin.
    pub fn as_ptr(&self) -> *const u8 {
        match self {
            Self::F64(x) => x.as_ptr().cast(),
            Self::F32(x) => x.as_ptr().cast(),
            Self::I64(x) => x.as_ptr().cast(),
            Self::Word(x) => x.as_ptr().cast(),
        }
    }
}

impl Output<'_> {
    /// The type of an entry.
    pub fn scalar(&self) -> Scalar {
        match self {
            Self::F64(_) => Scalar::F64,
            Self::F32(_) => Scalar::F32,
            Self::I64(_) => Scalar::I64,
            Self::Word(_) => Scalar::Word,
        }
    }

    /// How many scalars there are.
    pub fn len(&self) -> usize {
        match self {
            Self::F64(x) => x.len(),
            Self::F32(x) => x.len(),
            Self::I64(x) => x.len(),
            Self::Word(x) => x.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where they begin.
    pub fn as_mut_ptr(&mut self) -> *mut u8 {
        match self {
            Self::F64(x) => x.as_mut_ptr().cast(),
            Self::F32(x) => x.as_mut_ptr().cast(),
            Self::I64(x) => x.as_mut_ptr().cast(),
            Self::Word(x) => x.as_mut_ptr().cast(),
        }
    }

    fn address(&self) -> usize {
        match self {
            Self::F64(x) => x.as_ptr().addr(),
            Self::F32(x) => x.as_ptr().addr(),
            Self::I64(x) => x.as_ptr().addr(),
            Self::Word(x) => x.as_ptr().addr(),
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count { expected, given } => {
                write!(f, "the kernel has {expected} buffers of this kind, {given} were given")
            }
            Self::Type { slot, expected, given } => {
                write!(f, "`{slot}` has entries of type {expected:?}, {given:?} was given")
            }
            Self::Length { slot, expected, given } => {
                write!(f, "`{slot}` needs {expected} scalars, {given} were given")
            }
            Self::Alignment { slot } => {
                write!(f, "`{slot}` does not begin at a multiple of {ALIGNMENT} bytes")
            }
            Self::Groups { groups, paths } => {
                write!(f, "groups {} to {} of a run of {paths} paths", groups.start, groups.end)
            }
            Self::Scratch { expected, given } => {
                write!(f, "the kernel needs {expected} bytes of working memory, {given} were given")
            }
            Self::Status(status) => write!(f, "the kernel stopped with status {status}"),
        }
    }
}

impl std::error::Error for CallError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Aligned;

    fn signature() -> Signature {
        let slot = |name: &str, scalar, lanes, len| Slot { name: name.into(), scalar, lanes, len };
        Signature {
            name: "k".into(),
            inputs: vec![slot("x", Scalar::F64, false, 3)],
            outputs: vec![slot("y", Scalar::F32, true, 2)],
            scratch_bytes: 64,
            lanes: true,
            held: 16,
        }
    }

    /// What `check` says of a call for groups 1..3 of 40 paths.
    fn verdict(
        inputs: &[Input<'_>],
        output: Output<'_>,
        scratch_bytes: u64,
    ) -> Result<(), CallError> {
        let signature = signature();
        let mut scratch =
            Scratch::new(&Signature { scratch_bytes, ..Signature::default() }).unwrap();
        let outputs = &mut [output];
        let scratch = &mut scratch;
        let call = Call { inputs, outputs, groups: 1..3, paths: 40, first_path: 0, scratch };
        check(&signature, &call)
    }

    #[test]
    fn a_call_that_fits_is_accepted() {
        let mut y = Aligned::zeros(2 * 2 * 16).unwrap();
        assert_eq!(verdict(&[Input::F64(&[0.0; 3])], Output::F32(y.as_mut_slice()), 64), Ok(()));
    }

    #[test]
    fn every_difference_is_found() {
        let mut y = Aligned::zeros(2 * 2 * 16).unwrap();
        let mut long = Aligned::zeros(2 * 2 * 16 + 1).unwrap();
        let x = [Input::F64(&[0.0; 3])];
        let found = [
            verdict(&[], Output::F32(y.as_mut_slice()), 64),
            verdict(&[Input::I64(&[0; 3])], Output::F32(y.as_mut_slice()), 64),
            verdict(&[Input::F64(&[0.0; 2])], Output::F32(y.as_mut_slice()), 64),
            verdict(&x, Output::F32(long.as_mut_slice()), 64),
            verdict(&x, Output::F32(&mut long.as_mut_slice()[1..]), 64),
            verdict(&x, Output::F32(y.as_mut_slice()), 32),
        ];
        let texts: Vec<String> = found.into_iter().map(|e| e.unwrap_err().to_string()).collect();
        assert_eq!(
            texts,
            [
                "the kernel has 1 buffers of this kind, 0 were given",
                "`x` has entries of type F64, I64 was given",
                "`x` needs 3 scalars, 2 were given",
                "`y` needs 64 scalars, 65 were given",
                "`y` does not begin at a multiple of 64 bytes",
                "the kernel needs 64 bytes of working memory, 32 were given",
            ]
        );
    }

    #[test]
    fn groups_beyond_the_paths_are_refused() {
        let signature = Signature::default();
        let mut scratch = Scratch::new(&signature).unwrap();
        for (groups, paths) in [(0..3, 32), (0..0, 0), (0..2, 16)] {
            let scratch = &mut scratch;
            let call =
                Call { inputs: &[], outputs: &mut [], groups, paths, first_path: 0, scratch };
            assert!(matches!(check(&signature, &call), Err(CallError::Groups { .. })));
        }
    }
}
