//! Tables whose rows lie whole pages apart. A contraction takes many rows of its left table at once; if they
//! are a multiple of 4096 bytes apart, the entries that it reads together all belong to the same few places
//! of the nearest cache, and drive each other out before the rest of their line is read. What a loop
//! contracts is therefore copied once before it, to rows with a line more. On AVX-512 a table of 1024 singles
//! a row is then as fast as one of 1040, twice as fast as in place; nothing else was found to gain from
//! packing weights (`docs/internals/decisions.md`).

use std::collections::BTreeSet;

use sdec_ssa::{Func, Op, Region, Scalar, Value};

use super::level::Levels;
use super::place::{self, Entries};
use super::view::View;
use super::{AtOnce, Lowering};

/// Bytes after which places of the nearest cache repeat.
const PAGE: u64 = 4096;

/// How many lines of the cache have the same place.
const WAYS: u64 = 8;

/// Bytes of a line.
const LINE: u64 = 64;

/// The parameters of a function that are to be copied: the same for all paths, the left operand of a
/// contraction of theirs within a loop.
pub(super) fn find(func: &Func, levels: &Levels, at_once: AtOnce) -> BTreeSet<Value> {
    let mut found = BTreeSet::new();
    let crowded: BTreeSet<Value> = (func.params.iter().map(|param| param.value))
        .filter(|&value| is_crowded(func, value, at_once) && !levels.is_path(value))
        .collect();
    if !crowded.is_empty() {
        within(levels, &func.body, false, &mut |left| found.extend(crowded.get(&left)));
    }
    found
}

fn is_crowded(func: &Func, value: Value, at_once: AtOnce) -> bool {
    let ty = &func.types[value];
    let [rows, row] = ty.shape[..] else { return false };
    let scalar = place::scalar(ty.scalar);
    matches!(ty.scalar, Scalar::F32 | Scalar::F64)
        && at_once.of(scalar) > WAYS
        && rows > WAYS
        && (row * scalar.bytes()).is_multiple_of(PAGE)
}

/// Visits the left operands of the contractions of paths that are in loops.
fn within(levels: &Levels, region: &Region, in_loop: bool, visit: &mut dyn FnMut(Value)) {
    for inst in &region.insts {
        if let Op::Contract(left, _) = inst.op
            && in_loop
            && levels.is_path(inst.results[0])
        {
            visit(left);
        }
        let in_loop = in_loop || matches!(inst.op, Op::Scan { .. });
        for inner in inst.op.regions() {
            within(levels, inner, in_loop, visit);
        }
    }
}

impl Lowering<'_> {
    /// A copy of a table, with room between its rows.
    pub(super) fn spread(&mut self, value: Value, name: &str, table: &View) -> View {
        let ty = self.ty(value).clone();
        let line = LINE / place::scalar(ty.scalar).bytes();
        let mut room = ty.clone();
        room.shape[1] += line;
        let view = self.scratch_of(&format!("{name}.spread"), &room, false);
        let entries: Entries<'_, '_> = &mut |lowering, places| {
            places.iter().map(|at| lowering.load_entry(table, at)).collect()
        };
        self.fill(&view, &ty.shape, entries);
        view
    }
}
