//! Arrays on the host, and how they become the inputs of a kernel.

use sdec_abi::{Input, Scalar, Slot};

/// Entries of an array, row-major. Singles are held as doubles, exactly.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum HostArray {
    Float(Vec<f64>),
    Int(Vec<i64>),
}

/// An array in the type of a kernel's input.
pub(crate) enum Owned {
    F64(Vec<f64>),
    F32(Vec<f32>),
    I64(Vec<i64>),
    Word(Vec<u32>),
}

impl HostArray {
    /// In the type that `slot` wants.
    pub(crate) fn into_slot(self, slot: &Slot) -> Owned {
        match (self, slot.scalar) {
            (Self::Float(x), Scalar::F64) => Owned::F64(x),
            (Self::Float(x), Scalar::F32) => Owned::F32(x.iter().map(|&x| x as f32).collect()),
            (Self::Int(x), Scalar::I64) => Owned::I64(x),
            (Self::Float(_), Scalar::I64 | Scalar::Word)
            | (Self::Int(_), Scalar::F64 | Scalar::F32 | Scalar::Word) => {
                unreachable!("{}: an array of another type", slot.name)
            }
        }
    }

    /// Its entries as doubles.
    pub(crate) fn to_floats(&self) -> Vec<f64> {
        self.clone().into_floats()
    }

    /// Its entries as doubles.
    pub(crate) fn into_floats(self) -> Vec<f64> {
        match self {
            Self::Float(x) => x,
            Self::Int(x) => x.iter().map(|&x| x as f64).collect(),
        }
    }
}

impl Owned {
    /// The type of an entry.
    pub(crate) fn scalar(&self) -> Scalar {
        self.as_input().scalar()
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> u64 {
        self.as_input().len() as u64
    }

    pub(crate) fn as_input(&self) -> Input<'_> {
        match self {
            Self::F64(x) => Input::F64(x),
            Self::F32(x) => Input::F32(x),
            Self::I64(x) => Input::I64(x),
            Self::Word(x) => Input::Word(x),
        }
    }
}
