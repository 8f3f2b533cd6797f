//! Aligned memory for outputs and scratch.

use crate::{Output, Scalar, Signature};

/// Bytes to which outputs and scratch memory are aligned: one cache line.
pub const ALIGNMENT: usize = 64;

/// A slice on the heap that begins at a multiple of [`ALIGNMENT`].
#[derive(Debug)]
pub struct Aligned<T> {
    // Longer than the slice by what the alignment may cost, and never grown.
    items: Vec<T>,
    start: usize,
    len: usize,
}

/// The machine has not this much memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory {
    /// What was asked for.
    pub bytes: u64,
}

impl<T: Copy + Default> Aligned<T> {
    /// Zeros.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`].
    pub fn zeros(len: usize) -> Result<Self, OutOfMemory> {
        let slack = ALIGNMENT / size_of::<T>().max(1);
        let mut items = Vec::new();
        let room = len.saturating_add(slack);
        if items.try_reserve_exact(room).is_err() {
            return Err(OutOfMemory { bytes: (len as u64).saturating_mul(size_of::<T>() as u64) });
        }
        items.resize(room, T::default());
        let start = items.as_ptr().align_offset(ALIGNMENT).min(slack);
        Ok(Self { items, start, len })
    }

    /// The items.
    pub fn as_slice(&self) -> &[T] {
        &self.items[self.start..self.start + self.len]
    }

    /// The items.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.items[self.start..self.start + self.len]
    }
}

/// Aligned memory for one output.
#[derive(Debug)]
pub enum Buffer {
    /// Doubles.
    F64(Aligned<f64>),
    /// Singles.
    F32(Aligned<f32>),
    /// Counts.
    I64(Aligned<i64>),
    /// Words.
    Word(Aligned<u32>),
}

impl Buffer {
    /// Zeros.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`].
    pub fn zeros(scalar: Scalar, len: usize) -> Result<Self, OutOfMemory> {
        Ok(match scalar {
            Scalar::F64 => Self::F64(Aligned::zeros(len)?),
            Scalar::F32 => Self::F32(Aligned::zeros(len)?),
            Scalar::I64 => Self::I64(Aligned::zeros(len)?),
            Scalar::Word => Self::Word(Aligned::zeros(len)?),
        })
    }

    /// The type of an entry.
    pub fn scalar(&self) -> Scalar {
        match self {
            Self::F64(_) => Scalar::F64,
            Self::F32(_) => Scalar::F32,
            Self::I64(_) => Scalar::I64,
            Self::Word(_) => Scalar::Word,
        }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        match self {
            Self::F64(x) => x.len,
            Self::F32(x) => x.len,
            Self::I64(x) => x.len,
            Self::Word(x) => x.len,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first `len` entries, as an output of a call.
    ///
    /// # Panics
    ///
    /// If there are fewer.
    pub fn output(&mut self, len: usize) -> Output<'_> {
        match self {
            Self::F64(x) => Output::F64(&mut x.as_mut_slice()[..len]),
            Self::F32(x) => Output::F32(&mut x.as_mut_slice()[..len]),
            Self::I64(x) => Output::I64(&mut x.as_mut_slice()[..len]),
            Self::Word(x) => Output::Word(&mut x.as_mut_slice()[..len]),
        }
    }
}

/// Working memory of one thread.
#[derive(Debug)]
pub struct Scratch {
    memory: Aligned<u64>,
}

impl Scratch {
    /// Enough for a kernel.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`].
    pub fn new(signature: &Signature) -> Result<Self, OutOfMemory> {
        let words = usize::try_from(signature.scratch_bytes.div_ceil(8)).unwrap_or(usize::MAX);
        Ok(Self { memory: Aligned::zeros(words)? })
    }

    /// How many bytes there are.
    pub fn bytes(&self) -> u64 {
        self.memory.len as u64 * 8
    }

    /// Where it begins.
    pub fn as_mut_ptr(&mut self) -> *mut u8 {
        self.memory.as_mut_slice().as_mut_ptr().cast()
    }
}

impl std::fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes of memory could not be had", self.bytes)
    }
}

impl std::error::Error for OutOfMemory {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_begin_at_a_cache_line() {
        for len in [0, 1, 7, 16, 1000] {
            let mut scratch =
                Scratch::new(&Signature { scratch_bytes: len as u64, ..Signature::default() })
                    .unwrap();
            assert_eq!(scratch.as_mut_ptr().addr() % ALIGNMENT, 0);
            assert!(scratch.bytes() >= len as u64);
            let words = Aligned::<u32>::zeros(len).unwrap();
            assert_eq!(words.as_slice().as_ptr().addr() % ALIGNMENT, 0);
            assert_eq!(words.as_slice().len(), len);
        }
    }

    #[test]
    fn more_memory_than_there_is_is_refused() {
        let bytes = u64::MAX / 2;
        let refused = Scratch::new(&Signature { scratch_bytes: bytes, ..Signature::default() });
        assert!(refused.unwrap_err().bytes >= bytes);
    }
}
