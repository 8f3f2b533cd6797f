//! What a compiled kernel reads and writes.

use crate::GROUP;

/// The type of an entry in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scalar {
    /// IEEE double.
    F64,
    /// IEEE single.
    F32,
    /// Counts and indices.
    I64,
    /// 32-bit words, unsigned.
    Word,
}

/// An input or output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// For binding and for people: `S0`, `grid.t`.
    pub name: String,
    /// The type of an entry.
    pub scalar: Scalar,
    /// One value per path and entry rather than one per entry: `[group][entry][16]`. In an input, lanes
    /// past the last path hold what the last path has; in an output they have no meaning. An input holds
    /// all groups of a run, an output those of a call.
    pub lanes: bool,
    /// Entries.
    pub len: u64,
}

/// What a compiled kernel reads and writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// The kernel's name.
    pub name: String,
    /// Read only.
    pub inputs: Vec<Slot>,
    /// Written entirely.
    pub outputs: Vec<Slot>,
    /// Bytes of working memory, aligned to [`crate::ALIGNMENT`].
    pub scratch_bytes: u64,
    /// Runs once per block of paths. Otherwise it runs once a call, and all outputs are uniform.
    pub lanes: bool,
    /// Paths that are computed side by side: what is computed of a group are whole blocks of so many.
    pub held: u64,
}

impl Scalar {
    /// Bytes of an entry.
    pub fn bytes(self) -> u64 {
        match self {
            Self::F64 | Self::I64 => 8,
            Self::F32 | Self::Word => 4,
        }
    }

    /// Whether it can be infinite or not a number.
    pub fn is_float(self) -> bool {
        match self {
            Self::F64 | Self::F32 => true,
            Self::I64 | Self::Word => false,
        }
    }
}

impl Slot {
    /// How many scalars a buffer holds for this many groups.
    pub fn scalars(&self, groups: u64) -> u64 {
        if self.lanes { groups.saturating_mul(self.len).saturating_mul(GROUP) } else { self.len }
    }
}
