//! Lays the work of one path side by side: of a kernel that holds one path at a time, a loop whose rounds
//! are independent does as many rounds at once as there are lanes.
//!
//! ```text
//! for v3 in v0..v1 {                         for v20 in v0..v4 {
//!   v5: f64 = load b0[v3]                      v21: i64 = mul v20, v8
//!   v6: f64 = mul v5, v2               =>      v22: <f64> = load b0[v21]
//!   b1[v3] = v6                                v23: <f64> = mul v22, (splat v2)
//! }                                            b1[v21] = v23
//!                                            }
//! ```
//!
//! The kernel becomes a wide one, in which what is one per path is uniform. A loop is taken if its length is
//! known and not below the number of lanes, nothing is carried from round to round, and of each buffer that
//! it stores to a round reaches one entry only, its own, which is next to those of its neighbours
//! (`rounds.rs`). Loops within such a loop keep what they carry in lanes, so that the sums of a matrix times a
//! vector are in lanes, one row each, and every sum keeps its order: no bit changes. Of loops within each other
//! at most one stores where this demands. What is left over is done round by round.
//!
//! Cost: linear in the size times the depth of loops, and a loop once more for each of its carries that is in lanes.

mod linear;
mod rounds;
mod write;

use rustc_hash::FxHashMap;
use sdec_kernel::{Block, Inst, Kernel, Literal, Op, RoutineId, Stmt, Value};

/// The kernel with parts of the work of its one path side by side, `most` at most, a power of two.
///
/// # Panics
///
/// If the kernel holds several paths, or draws other than in wide routines.
pub fn run(kernel: &Kernel, most: u32) -> Kernel {
    assert_eq!(kernel.held(), 1, "one path is held");
    let ids = (0..kernel.routines.len()).map(RoutineId::new);
    let ids: Vec<RoutineId> = ids.filter(|&id| !kernel.routines[id].is_wide).collect();
    let own = Part::new(kernel, vec![true; kernel.buffers.len()]);
    let called: Vec<Part<'_>> =
        ids.iter().map(|&id| Part::new(&kernel.routines[id], kernel.alone(id))).collect();
    let lanes = lanes(called.iter().chain([&own]), most);
    let mut wide = write::run(&own, lanes);
    for (id, part) in ids.into_iter().zip(&called) {
        wide.routines[id] = write::run(part, lanes);
    }
    wide
}

/// The number of lanes with which loops that can be taken take the fewest rounds, each by its work and those
/// that are done alone among them; the most of those that are equally good.
fn lanes<'a>(parts: impl Iterator<Item = &'a Part<'a>>, most: u32) -> u32 {
    let mut lengths = Vec::new();
    for part in parts {
        part.taken(&part.kernel.body, 1, &mut lengths);
    }
    let rounds = |lanes: u64| -> u64 {
        let of = |&(length, work): &(u64, u64)| {
            let rounds = if length < lanes { length } else { length / lanes + length % lanes };
            rounds.saturating_mul(work)
        };
        lengths.iter().map(of).fold(0, u64::saturating_add)
    };
    let candidates = std::iter::successors(Some(most), |lanes| (*lanes > 2).then_some(lanes / 2));
    candidates.min_by_key(|&lanes| rounds(lanes.into())).unwrap_or(most)
}

/// A kernel or a routine.
struct Part<'a> {
    kernel: &'a Kernel,
    /// Counts that are known.
    counts: FxHashMap<Value, i64>,
    /// Whether the memory behind each buffer is that of no other.
    alone: Vec<bool>,
}

impl<'a> Part<'a> {
    fn new(kernel: &'a Kernel, alone: Vec<bool>) -> Self {
        let mut counts = FxHashMap::default();
        kernel.body.walk(&mut |stmt| {
            if let Stmt::Inst(Inst { result, op: Op::Const(Literal::I64(n)) }) = stmt {
                counts.insert(*result, *n);
            }
        });
        Self { kernel, counts, alone }
    }

    fn count(&self, value: Value) -> Option<i64> {
        self.counts.get(&value).copied()
    }

    /// How often a loop is executed, if its bounds are known and nothing else ends it.
    fn length(&self, stmt: &Stmt) -> Option<u64> {
        let Stmt::For { start, end, more: None, .. } = stmt else { return None };
        let (start, end) = (self.count(*start)?, self.count(*end)?);
        Some(u64::try_from(end.checked_sub(start)?).unwrap_or(0))
    }

    /// The lengths of the loops that can be taken, each with the work of all executions of one of its rounds.
    fn taken(&self, block: &Block, times: u64, lengths: &mut Vec<(u64, u64)>) {
        for stmt in &block.stmts {
            let length = self.length(stmt);
            if let Some(length) = length
                && length > 1
                && rounds::of(self, stmt).is_some()
            {
                let round = stmt.blocks().iter().map(|(body, ..)| self.work(body)).sum();
                lengths.push((length, times.saturating_mul(round)));
                continue;
            }
            for (inner, ..) in stmt.blocks() {
                self.taken(inner, times.saturating_mul(length.unwrap_or(1)), lengths);
            }
        }
    }

    /// The statements that are executed, as far as is known.
    fn work(&self, block: &Block) -> u64 {
        let of = |stmt: &Stmt| {
            let inner = stmt.blocks().iter().map(|(inner, ..)| self.work(inner)).sum::<u64>();
            1 + inner.saturating_mul(self.length(stmt).unwrap_or(1))
        };
        block.stmts.iter().map(of).fold(0, u64::saturating_add)
    }
}

#[cfg(test)]
mod tests;
