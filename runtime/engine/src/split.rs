//! Groups that several threads work on, where there are fewer groups than threads.
//!
//! A path does not know who its neighbours are. So some paths of a group are a run of their own, of so many
//! paths, the first of which has its number; their results are put beside those of the others before
//! anything is made of the group. No sum changes.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use sdec_abi::{Buffer, GROUP, OutOfMemory, Output, Signature, Slot, groups};

use crate::Job;
use crate::chunks::{Chunk, Rest, Size};
use crate::part::{Part, buffers, reduce};

/// How many paths of a group a thread takes at once; none where groups are enough for the threads, where
/// a group is one block, or where the results of a path are not a matter of its number alone.
pub(crate) fn piece(signature: &Signature, paths: u64, threads: u64) -> Option<u64> {
    let groups = groups(paths);
    let has_own = signature.inputs.iter().any(|slot| slot.lanes);
    if groups >= threads || has_own || !signature.lanes {
        return None;
    }
    let held = signature.held.max(1);
    let blocks = paths.min(GROUP).div_ceil(held);
    let piece = blocks.div_ceil(threads.div_ceil(groups)) * held;
    (piece < paths.min(GROUP)).then_some(piece)
}

/// The pieces of all groups of a run.
pub(crate) struct Split<'a> {
    piece: u64,
    /// The number of the next piece.
    next: AtomicU64,
    groups: Vec<Mutex<Gathered<'a>>>,
}

/// A group that is put together.
struct Gathered<'a> {
    chunk: Chunk<'a>,
    memory: Vec<Buffer>,
    /// Paths whose results are not here yet.
    missing: u64,
}

impl<'a> Split<'a> {
    /// All groups, in pieces of so many paths.
    pub(crate) fn new(
        signature: &Signature,
        mut rest: Rest<'a>,
        piece: u64,
    ) -> Result<Self, OutOfMemory> {
        let mut groups = Vec::new();
        // Nothing was learnt of times, so that chunks are single groups.
        let size = Size::new(signature);
        while let Some(chunk) = rest.take(&size, 1) {
            let missing = chunk.paths as u64;
            let memory = buffers(&signature.outputs)?;
            groups.push(Mutex::new(Gathered { chunk, memory, missing }));
        }
        Ok(Self { piece, next: AtomicU64::new(0), groups })
    }

    /// The next piece, if there is any: its group, and lanes of that.
    pub(crate) fn take(&self) -> Option<(u64, Range<u64>)> {
        let per_group = GROUP.div_ceil(self.piece);
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let (group, start) = (number / per_group, number % per_group * self.piece);
            let paths = lock(self.groups.get(usize::try_from(group).ok()?)?).chunk.paths as u64;
            if start < paths {
                return Some((group, start..paths.min(start + self.piece)));
            }
        }
    }

    /// Puts the results of a piece, which are in the first lanes, where they belong. Returns what is
    /// collected of the group if it is whole.
    pub(crate) fn put(
        &self,
        slots: &[Slot],
        job: &Job<'_>,
        (group, lanes): (u64, Range<u64>),
        outputs: &[Output<'_>],
    ) -> Option<Part> {
        let mut gathered = lock(&self.groups[usize::try_from(group).expect("it is a place")]);
        let Gathered { chunk, memory, missing } = &mut *gathered;
        let mut whole: Vec<Output<'_>> = memory
            .iter_mut()
            .map(|buffer| {
                let len = buffer.len();
                buffer.output(len)
            })
            .collect();
        for ((slot, from), to) in slots.iter().zip(outputs).zip(&mut whole) {
            match (from, to) {
                (Output::F64(from), Output::F64(to)) => copy(slot, from, to, &lanes),
                (Output::F32(from), Output::F32(to)) => copy(slot, from, to, &lanes),
                (Output::I64(from), Output::I64(to)) => copy(slot, from, to, &lanes),
                (Output::Word(from), Output::Word(to)) => copy(slot, from, to, &lanes),
                (
                    Output::F64(_) | Output::F32(_) | Output::I64(_) | Output::Word(_),
                    Output::F64(_) | Output::F32(_) | Output::I64(_) | Output::Word(_),
                ) => unreachable!("both have the type of the slot"),
            }
        }
        *missing -= lanes.end - lanes.start;
        (*missing == 0).then(|| reduce(slots, &whole, job, chunk))
    }
}

/// Puts the first lanes of one group to these of another.
fn copy<T: Copy>(slot: &Slot, from: &[T], to: &mut [T], lanes: &Range<u64>) {
    if !slot.lanes {
        return to.copy_from_slice(from);
    }
    let (start, end) = (lanes.start as usize, lanes.end as usize);
    for (from, to) in from.chunks(GROUP as usize).zip(to.chunks_mut(GROUP as usize)) {
        to[start..end].copy_from_slice(&from[..end - start]);
    }
}

/// A thread that panicked takes the whole run with it, so what it left behind is never read.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(held: u64) -> Signature {
        Signature { lanes: true, held, ..Signature::default() }
    }

    #[test]
    fn groups_are_cut_where_threads_would_idle() {
        let cut = |held, paths, threads| piece(&signature(held), paths, threads);
        assert_eq!(cut(4, 16, 2), Some(8));
        assert_eq!(cut(4, 16, 3), Some(8));
        assert_eq!(cut(4, 16, 9), Some(4));
        assert_eq!(cut(4, 7, 2), Some(4));
        assert_eq!(cut(4, 40, 5), Some(8));
        assert_eq!(cut(4, 32, 2), None);
        assert_eq!(cut(4, 4, 2), None);
        assert_eq!(cut(16, 16, 2), None);
        assert_eq!(cut(4, 16, 1), None);
    }

    #[test]
    fn what_paths_have_for_themselves_stays_with_them() {
        let own = Slot { name: "x".into(), scalar: sdec_abi::Scalar::F64, lanes: true, len: 1 };
        assert_eq!(piece(&Signature { inputs: vec![own], ..signature(4) }, 16, 2), None);
    }

    #[test]
    fn every_path_is_in_one_piece() {
        let split = Split::new(&signature(4), Rest::new(37, Vec::new()), 8).unwrap();
        let mut pieces = Vec::new();
        while let Some(piece) = split.take() {
            pieces.push(piece);
        }
        assert_eq!(pieces, [(0, 0..8), (0, 8..16), (1, 0..8), (1, 8..16), (2, 0..5)]);
    }
}
