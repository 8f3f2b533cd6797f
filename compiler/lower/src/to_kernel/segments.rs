//! Tapes that are kept for a segment of the steps only. A tape is what one scan emits at every step
//! and another, in the opposite direction, reads at its own step and nothing else does: residuals of
//! reverse mode. Where all of it would take more memory than allowed, the steps are cut into segments;
//! the first scan keeps the carries at the start of each, and the second has the first one's steps
//! done again before it walks a segment.
//!
//! ```text
//! for i in 0..L:                       for s in 0..S:
//!   tape[i], x ← f(i, x)                 checkpoint[s] ← x
//! for i in L..0:                =>       for i in segment s: tape[i - first], x ← f(i, x)
//!   y ← g(i, tape[i], y)               for s in S..0:
//!                                        x ← checkpoint[s]
//!                                        for i in segment s: tape[i - first], x ← f(i, x)
//!                                        for i in segment s, reversed: y ← g(i, tape[i - first], y)
//! ```
//!
//! The last segment is still on the tape and is not done again. Both copies of `f` are written from the
//! same operations with the same results, so that they fuse alike and give the same bits; whatever is
//! emitted besides is emitted again, to the same places. Segments are whole blocks of 16 steps, so that
//! noise made ahead and sums over blocks never see them. Carries on which no tape depends, such as the
//! kept states of a solve that chooses its steps, are not kept at the start of a segment: the steps that are
//! done again start with zeros for them.
//!
//! Of a loop that ends when it is done, the segments are those of all executions that it may have. Those
//! that no path reaches are passed over, and the last one that is reached is the one that is still on the tape.

use std::collections::{BTreeMap, BTreeSet};

use sdec_kernel::{self as kernel, Order};
use sdec_ssa::{Emit, Func, Inst, Op, Region, Scalar, Trips, Type, Value};

use super::array::row_stride;
use super::draw::STRIP;
use super::index::{self, Index};
use super::level::Levels;
use super::plan::Plan;
use super::scan::{Room, Scan};
use super::steps::Range;
use super::trips::Executed;
use super::view::View;
use super::{Lowering, place, replayed};

/// The tapes of a function that are not kept as a whole.
#[derive(Default)]
pub(super) struct Segments {
    /// By the first result of the scan that fills them.
    filled: BTreeMap<Value, Tape>,
    /// For the first result of a scan that reads tapes, that of the one that fills them.
    read: BTreeMap<Value, Value>,
}

/// The tapes that one scan fills for another.
#[derive(Clone)]
pub(super) struct Tape {
    /// Which of its emitted arrays.
    emits: BTreeSet<usize>,
    /// Which of its carries they depend on.
    carries: BTreeSet<usize>,
    /// Steps of a segment.
    rows: u64,
    /// Segments.
    count: u64,
}

/// What is needed to do the steps of a segment again.
#[derive(Clone)]
pub(super) struct Replay<'a> {
    scan: Scan<'a>,
    tape: Tape,
    room: Room,
    /// Of each carry that the tapes depend on, `[segments, …]`.
    checkpoints: Vec<Option<View>>,
}

impl Segments {
    /// Cuts what would take more than `memory` bytes for a group of paths.
    pub(super) fn of(func: &Func, levels: &Levels, plan: &Plan, memory: u64) -> Self {
        let mut pairs = Vec::new();
        find(&func.body, plan, &mut pairs);
        let mut segments = Self::default();
        let share = memory / (pairs.len() as u64).max(1);
        for Pair { fills, reads, extent, emits } in pairs {
            let bytes = |value: Value, row: bool| {
                let (ty, lanes) = (&func.types[value], levels.is_path(value));
                let entries = if row { row_stride(ty.entries(), lanes) } else { ty.entries() };
                group_bytes(ty.scalar, entries, lanes)
            };
            let Op::Scan { init, body, .. } = &fills.op else {
                unreachable!("only scans are paired")
            };
            let first = init.len();
            let row: u64 = emits.iter().map(|k| bytes(body.results[first + k], true)).sum();
            let carries = replayed::carries(func, body, first, &emits);
            let state: u64 = carries.iter().map(|k| bytes(body.params[1 + k], false)).sum();
            let rows = longest(extent, row, state, share);
            if rows < extent {
                let key = fills.results[0];
                let tape = Tape { emits, carries, rows, count: extent.div_ceil(rows) };
                segments.filled.insert(key, tape);
                segments.read.insert(reads.results[0], key);
            }
        }
        segments
    }

    /// The tapes that the scan with this first result fills.
    pub(super) fn filled_by(&self, first: Value) -> Option<&Tape> {
        self.filled.get(&first)
    }

    /// The first result of the scan that fills what the one with this first result reads.
    pub(super) fn read_by(&self, first: Value) -> Option<Value> {
        self.read.get(&first).copied()
    }
}

/// Bytes of entries for a group of paths, by whose tape memory is counted however many are held at once.
fn group_bytes(scalar: Scalar, entries: u64, lanes: bool) -> u64 {
    let bytes = match scalar {
        Scalar::F32 => 4,
        Scalar::F64 | Scalar::I64 | Scalar::Bool => 8,
    };
    entries * bytes * if lanes { kernel::GROUP } else { 1 }
}

/// Steps of the longest segments, in whole blocks, whose tape and checkpoints fit: all, or fewer, but
/// never fewer than the root of all, below which checkpoints would take more than the tape saves.
fn longest(extent: u64, row: u64, state: u64, memory: u64) -> u64 {
    let blocks = |rows: u64| rows / STRIP * STRIP;
    let fits = |rows: u64| {
        let checkpoints = u128::from(extent.div_ceil(rows)) * u128::from(state);
        u128::from(rows) * u128::from(row) + checkpoints <= u128::from(memory)
    };
    if u128::from(extent) * u128::from(row) <= u128::from(memory) {
        return extent;
    }
    let shortest = blocks(extent.isqrt()).max(STRIP);
    if shortest >= extent {
        return extent;
    }
    // The larger root of `row · x + state · extent / x = memory`.
    let (row_bytes, budget) = (row as f64, memory as f64);
    let under_root = budget * budget - 4.0 * row_bytes * state as f64 * extent as f64;
    let root = (budget + under_root.max(0.0).sqrt()) / (2.0 * row_bytes);
    let mut rows = blocks(root as u64 + STRIP).clamp(shortest, extent);
    while rows > shortest && !fits(rows) {
        rows = blocks(rows - 1).max(shortest);
    }
    rows
}

/// A scan that fills tapes and the one that reads them.
struct Pair<'a> {
    fills: &'a Inst,
    reads: &'a Inst,
    extent: u64,
    emits: BTreeSet<usize>,
}

fn find<'a>(region: &'a Region, plan: &Plan, pairs: &mut Vec<Pair<'a>>) {
    let is_scan = |inst: &Inst| matches!(inst.op, Op::Scan { .. });
    let scans = region.insts.iter().filter(|inst| is_scan(inst)).count();
    if scans > 1 {
        let reads: Vec<BTreeSet<Value>> = region.insts.iter().map(Inst::reads).collect();
        let mut taken = BTreeSet::new();
        for (at, fills) in region.insts.iter().enumerate() {
            let later = region.insts.iter().enumerate().skip(at + 1);
            for (reader, inst) in later.filter(|(_, inst)| is_scan(inst)) {
                let elsewhere = |value: Value| {
                    region.results.contains(&value)
                        || reads.iter().enumerate().any(|(k, r)| k != reader && r.contains(&value))
                };
                if let Some(pair) = pair(fills, inst, plan, &elsewhere)
                    && taken.insert(reader)
                {
                    pairs.push(pair);
                    break;
                }
            }
        }
    }
    for inst in &region.insts {
        for inner in inst.op.regions() {
            find(inner, plan, pairs);
        }
    }
}

/// The arrays that `fills` emits for `reads` alone.
fn pair<'a>(
    fills: &'a Inst,
    reads: &'a Inst,
    plan: &Plan,
    elsewhere: &dyn Fn(Value) -> bool,
) -> Option<Pair<'a>> {
    let Op::Scan { extent, trips, reverse, init, emits, .. } = &fills.op else { return None };
    let Op::Scan { extent: other, trips: read, reverse: direction, body, .. } = &reads.op else {
        return None;
    };
    if extent != other || reverse == direction || *extent <= STRIP {
        return None;
    }
    let all = *trips == Trips::All;
    if all != (*read == Trips::All) {
        return None;
    }
    let operands = reads.op.operands();
    let emitted = fills.results[init.len()..].iter().zip(emits).enumerate();
    let tapes = emitted.filter(|&(_, (&array, emit))| {
        *emit == Emit::Every
            && !operands.contains(&array)
            && !elsewhere(array)
            && (all || plan.is_tape(array))
            && reads_own_row(body, array, body.params[0]) == Some(true)
    });
    let emits: BTreeSet<usize> = tapes.map(|(k, _)| k).collect();
    (!emits.is_empty()).then_some(Pair { fills, reads, extent: *extent, emits })
}

/// Whether row `index` of the array, and no other, is read; none if the array is not.
fn reads_own_row(region: &Region, array: Value, index: Value) -> Option<bool> {
    let mut found = region.results.contains(&array).then_some(false);
    for inst in &region.insts {
        let own = if inst.op == Op::Index(array, index) {
            Some(true)
        } else {
            inst.op.operands().contains(&array).then_some(false)
        };
        let inner = inst.op.regions().into_iter().map(|inner| reads_own_row(inner, array, index));
        for read in inner.chain([own]).flatten() {
            found = Some(read && found != Some(false));
        }
    }
    found
}

impl Tape {
    /// The first step of a segment, counted in units of so many, and the one after the last.
    pub(super) fn bounds(
        &self,
        lowering: &mut Lowering<'_>,
        unit: u64,
        extent: u64,
        segment: kernel::Value,
    ) -> (kernel::Value, kernel::Value) {
        let (length, all) = (self.rows / unit, extent.div_ceil(unit));
        let times = i64::try_from(length).expect("extents fit i64");
        let first = Index::default().plus(&Index::of(segment), times);
        let start = lowering.index_value(&first);
        let mut end = lowering.index_value(&first.plus_known(length));
        if !all.is_multiple_of(length) {
            let last = lowering.count(all);
            end = lowering.kernel.binary(kernel::Binary::Min, end, last);
        }
        (start, end)
    }

    /// The first step of a segment.
    fn first(&self, segment: kernel::Value) -> Index {
        let rows = i64::try_from(self.rows).expect("extents fit i64");
        Index::default().plus(&Index::of(segment), rows)
    }
}

impl<'a> Lowering<'a> {
    /// A scan whose tapes hold a segment.
    pub(super) fn filling_scan(&mut self, scan: Scan<'a>, tape: Tape) {
        let lengths = |k: usize| tape.emits.contains(&k).then_some(tape.rows);
        let room = self.scan_room(scan, &lengths);
        let mut checkpoints = Vec::new();
        for (k, &carry) in scan.body.params[1..].iter().enumerate() {
            let ty = self.ty(carry);
            let shape = [&[tape.count], ty.shape.as_slice()].concat();
            let ty = Type { scalar: ty.scalar, shape };
            let lanes = self.levels.is_path(carry);
            let name = format!("{carry}.checkpoints");
            let wanted = tape.carries.contains(&k);
            checkpoints.push(wanted.then(|| self.scratch_of(&name, &ty, lanes)));
        }
        let entries = self.first_carries(scan, &room);
        let executed = self.executed_of(scan);
        let (start, mut end) = (self.int(0), self.count(tape.count));
        if scan.trips == Trips::While {
            end = self.if_any(entries[0], end);
        }
        let last = self.loop_while(
            start,
            end,
            Order::downwards(scan.reverse),
            &entries,
            |lowering, s, carries| {
                lowering.bind_carries(&scan.body.params[1..], &room.carries, carries);
                for (checkpoint, &carry) in checkpoints.iter().zip(&scan.body.params[1..]) {
                    if let Some(checkpoint) = checkpoint {
                        lowering.store(&checkpoint.row(&Index::of(s)), carry);
                    }
                }
                let room = room.counted_from(&tape.emits, &tape.first(s));
                let segment = Range::Segment(&tape, s);
                let next = lowering.executions(scan, &room, segment, executed, carries);
                let more = (scan.trips == Trips::While).then(|| lowering.kernel.any(next[0]));
                (next, more)
            },
        );
        self.bind_carries(scan.results, &room.carries, &last);
        self.bind_views(&scan.results[scan.init.len()..], room.emitted.clone());
        self.replays.insert(scan.results[0], Replay { scan, tape, room, checkpoints });
    }

    /// A scan that reads tapes that hold a segment.
    pub(super) fn reading_scan(&mut self, scan: Scan<'a>, filled_by: Value) {
        let replay = self.replays.get(&filled_by).expect("tapes are filled first").clone();
        let room = self.scan_room(scan, &|_| None);
        let entries = self.first_carries(scan, &room);
        // Large carries of the scan that is done again may still be read as its results.
        let params = &replay.scan.body.params[1..];
        let carries = self.carry_rooms(replay.scan, |lowering, k| lowering.scratch(params[k]));
        let again = Room { carries, ..replay.room.clone() };
        self.clear_unkept(&replay, &again);
        let executed = self.executed_of(scan);
        let of_replay = self.executed_of(replay.scan);
        let tape = &replay.tape;
        let (start, end) = (self.int(0), self.count(tape.count));
        let last = self.loop_with(start, end, scan.reverse, &entries, |lowering, s, carries| {
            let is_gone = lowering.is_gone(&replay, executed, s);
            lowering.when(is_gone, |lowering| lowering.replay(&replay, &again, of_replay, s));
            let first = tape.first(s);
            let arrays = &replay.scan.results[replay.scan.init.len()..];
            for &k in &tape.emits {
                lowering.bind_memory(arrays[k], replay.room.emitted[k].counted_from(&first));
            }
            lowering.executions(scan, &room, Range::Segment(tape, s), executed, carries)
        });
        self.bind_carries(scan.results, &room.carries, &last);
        self.bind_views(&scan.results[scan.init.len()..], room.emitted);
    }

    /// Whether a segment had steps, and those of another were put over them on the tape.
    fn is_gone(
        &mut self,
        replay: &Replay<'a>,
        executed: Option<Executed>,
        segment: kernel::Value,
    ) -> kernel::Value {
        let Replay { scan, tape, .. } = replay;
        let Some(executed) = executed else {
            let latest = self.count(if scan.reverse { 0 } else { tape.count - 1 });
            return self.kernel.compare(kernel::Compare::Ne, segment, latest);
        };
        let first = tape.first(segment);
        if !scan.reverse {
            let after = self.index_value(&first.plus_known(tape.rows));
            return self.kernel.compare(kernel::Compare::Lt, after, executed.end);
        }
        let (first, zero) = (self.index_value(&first), self.int(0));
        let reached = self.kernel.compare(kernel::Compare::Lt, first, executed.end);
        let earlier = self.kernel.compare(kernel::Compare::Gt, segment, zero);
        self.kernel.binary(kernel::Binary::And, reached, earlier)
    }

    /// Zeros for the large carries of steps that are done again which no tape depends on.
    fn clear_unkept(&mut self, replay: &Replay<'a>, room: &Room) {
        let carries = replay.scan.body.params[1..].iter().zip(&room.carries);
        for ((&carry, view), checkpoint) in carries.zip(&replay.checkpoints) {
            if let (Some(view), None) = (view, checkpoint) {
                self.fill(view, &self.ty(carry).shape, &mut |lowering, places| {
                    vec![lowering.zero(carry); places.len()]
                });
            }
        }
    }

    /// Does the steps of a segment again, from its checkpoint.
    fn replay(
        &mut self,
        replay: &Replay<'a>,
        room: &Room,
        executed: Option<Executed>,
        segment: kernel::Value,
    ) {
        let mut entries = Vec::new();
        for ((&carry, checkpoint), view) in
            replay.scan.body.params[1..].iter().zip(&replay.checkpoints).zip(&room.carries)
        {
            let Some(checkpoint) = checkpoint else {
                if view.is_none() {
                    entries.extend(self.zeros_of(carry));
                }
                continue;
            };
            let row = checkpoint.row(&Index::of(segment));
            let shape = &self.ty(carry).shape;
            match view {
                None => {
                    entries.extend(index::all(shape).iter().map(|at| self.load_entry(&row, at)));
                }
                Some(view) => self.fill(view, shape, &mut |lowering, places| {
                    places.iter().map(|at| lowering.load_entry(&row, at)).collect()
                }),
            }
        }
        let tape = &replay.tape;
        let room = room.counted_from(&tape.emits, &tape.first(segment));
        let segment = Range::Segment(tape, segment);
        self.executions(replay.scan, &room, segment, executed, &entries);
    }

    /// A zero for each entry of a value.
    fn zeros_of(&mut self, value: Value) -> Vec<kernel::Value> {
        let mut zero = self.zero(value);
        if self.levels.is_path(value) {
            zero = self.kernel.splat(zero);
        }
        let entries = usize::try_from(self.ty(value).entries()).expect("it is small");
        vec![zero; entries]
    }

    /// A new buffer for an array of which only so many rows are kept.
    pub(super) fn tape_room(&mut self, array: Value, rows: u64) -> View {
        let ty = self.ty(array);
        let ty = Type { scalar: ty.scalar, shape: [&[rows], &ty.shape[1..]].concat() };
        let lanes = self.levels.is_path(array);
        let view = self.scratch_of_rows(&format!("{array}.tape"), &ty, lanes);
        debug_assert!(!place::is_truth(&ty), "truth values are not emitted");
        view
    }
}

impl Room {
    /// The same room, in which the tapes hold the steps from `first` on.
    fn counted_from(&self, tapes: &BTreeSet<usize>, first: &Index) -> Self {
        let emitted = self.emitted.iter().enumerate().map(|(k, view)| {
            if tapes.contains(&k) { view.counted_from(first) } else { view.clone() }
        });
        Self { emitted: emitted.collect(), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_as_long_as_fits_and_no_shorter_than_the_root() {
        assert_eq!(longest(1000, 8, 4, 8000), 1000);
        assert_eq!(longest(1000, 8, 4, 7999), 992);
        assert_eq!(longest(10_000, 8, 4, 0), 96);
        assert_eq!(longest(20, 8, 4, 0), 16);
        assert_eq!(longest(16, 8, 4, 0), 16);
        // 480 rows of 8 bytes and 21 checkpoints of 4.
        assert_eq!(longest(10_000, 8, 4, 480 * 8 + 21 * 4), 480);
        assert_eq!(longest(10_000, 8, 4, 480 * 8 + 21 * 4 - 1), 464);
    }
}
