//! Sequential loops: carries, emitted rows, one execution.

use sdec_kernel as kernel;
use sdec_ssa::{Emit, Inst, Op, Region, Trips, Value};

use super::Lowering;
use super::draw::STRIP;
use super::index::Index;
use super::plan::is_unrolled;
use super::steps::Range;
use super::sums::{Kept, Sum};
use super::view::View;

/// Entries that the carries of a loop over steps have in registers: with two vectors each they are all
/// that a processor has.
const CARRIED: u64 = 8;

/// The parts of a scan.
#[derive(Clone, Copy)]
pub(super) struct Scan<'a> {
    pub(super) extent: u64,
    pub(super) trips: Trips,
    pub(super) reverse: bool,
    pub(super) init: &'a [Value],
    pub(super) emits: &'a [Emit],
    pub(super) body: &'a Region,
    pub(super) results: &'a [Value],
    /// Carries that are updated once per block of steps.
    pub(super) sums: &'a [Sum],
    /// Whether all steps are one block, so that each such carry is added to once.
    pub(super) in_one_block: bool,
}

/// Where the carries and the emitted rows of a scan are.
#[derive(Clone)]
pub(super) struct Room {
    /// Of large carries.
    pub(super) carries: Vec<Option<View>>,
    /// Of emitted arrays.
    pub(super) emitted: Vec<View>,
    /// Of what its sums are made of in a block of steps.
    pub(super) kept: Vec<Kept>,
}

impl<'a> Lowering<'a> {
    /// Sequential executions.
    pub(super) fn scan(&mut self, inst: &'a Inst) {
        let Op::Scan { extent, trips, reverse, init, emits, body } = &inst.op else {
            unreachable!("the operation is a scan")
        };
        let results = &inst.results;
        let sums = self.sums.of_scan(results[0]);
        let (extent, trips, reverse) = (*extent, *trips, *reverse);
        let scan =
            Scan { extent, trips, reverse, init, emits, body, results, sums, in_one_block: false };
        if let Some(tape) = self.segments.filled_by(results[0]) {
            return self.filling_scan(scan, tape.clone());
        }
        if let Some(filled_by) = self.segments.read_by(results[0]) {
            return self.reading_scan(scan, filled_by);
        }
        let scan = Scan { in_one_block: extent <= STRIP, ..scan };
        let room = self.scan_room(scan, &|_| None);
        let entries = self.first_carries(scan, &room);
        let last = match trips {
            Trips::All if is_unrolled(self.func, extent, body) => {
                (0..extent).fold(entries, |entries, step| {
                    let i = if reverse { extent - 1 - step } else { step };
                    let i = self.count(i);
                    self.execution(scan, &room, i, &entries, None)
                })
            }
            Trips::All | Trips::While | Trips::Below(_) => {
                let executed = self.executed_of(scan);
                self.executions(scan, &room, Range::All, executed, &entries)
            }
        };
        self.bind_carries(results, &room.carries, &last);
        self.bind_views(&results[init.len()..], room.emitted);
    }

    /// Memory for a scan. Of an emitted array for which `rows` gives a number, only so many rows are
    /// kept at a time.
    pub(super) fn scan_room(
        &mut self,
        scan: Scan<'a>,
        rows: &dyn Fn(usize) -> Option<u64>,
    ) -> Room {
        let carries = self.carry_rooms(scan, |lowering, carry| {
            let target = lowering.targets.get(&scan.results[carry]).cloned();
            let target = target.filter(|place| !lowering.is_strewn(place));
            target.unwrap_or_else(|| lowering.scratch(scan.body.params[1 + carry]))
        });
        let mut emitted = Vec::new();
        for (k, &result) in scan.results[scan.init.len()..].iter().enumerate() {
            let view = match rows(k) {
                Some(rows) => self.tape_room(result, rows),
                // Rows of results may be many: they are not kept twice.
                None if let Some(target) = self.targets.get(&result) => target.clone(),
                None if self.in_memory.contains(&result) => self.room(result),
                None => {
                    let lanes = self.levels.is_path(result);
                    self.scratch_of_rows(&result.to_string(), self.ty(result), lanes)
                }
            };
            let all = scan.trips == Trips::All || self.plan.is_tape(result);
            if scan.emits[k] != Emit::Every || !all {
                self.fill(&view, &self.ty(result).shape, &mut |lowering, places| {
                    places.iter().map(|_| lowering.zero(result)).collect()
                });
            }
            emitted.push(view);
        }
        let kept = self.sum_rooms(scan.sums);
        Room { carries, emitted, kept }
    }

    /// Memory for the large carries, and for the small ones if they are more than registers hold.
    pub(super) fn carry_rooms(
        &mut self,
        scan: Scan<'a>,
        room: impl Fn(&mut Self, usize) -> View,
    ) -> Vec<Option<View>> {
        let carries = &scan.body.params[1..];
        let entries = |carry: Value| self.ty(carry).entries();
        let small = carries.iter().filter(|&&carry| self.is_small(carry));
        let all: u64 = small.map(|&carry| entries(carry)).sum();
        let many = all > CARRIED && !is_unrolled(self.func, scan.extent, scan.body);
        let room = |(k, &carry): (usize, &Value)| {
            let wanted = !self.is_small(carry) || (many && self.ty(carry).entries() > 1);
            wanted.then(|| room(self, k))
        };
        carries.iter().enumerate().map(room).collect()
    }

    /// Puts the first large carries into their memory, but for those that their only block writes, and
    /// returns the entries of the small ones.
    pub(super) fn first_carries(&mut self, scan: Scan<'a>, room: &Room) -> Vec<kernel::Value> {
        let mut entries = Vec::new();
        for (k, &first) in scan.init.iter().enumerate() {
            match &room.carries[k] {
                Some(_) if self.repeated_first(scan, k).is_some() => {}
                Some(view) => self.store(view, first),
                None => entries.extend(self.entries_like(first, scan.body.params[1 + k])),
            }
        }
        entries
    }

    /// The number that a carry is in all entries before all steps, one block of them, add to it.
    pub(super) fn repeated_first(&self, scan: Scan<'a>, carry: usize) -> Option<Value> {
        let is_sum = scan.sums.iter().any(|sum| sum.carry == carry);
        let (first, _) = self.definitions[scan.init[carry].index()]?;
        let Op::Broadcast(x) = first.op else { return None };
        (scan.in_one_block && is_sum && self.ty(x).shape.is_empty()).then_some(x)
    }

    /// One execution of the body: entries of small carries in, the next ones out. It takes place on
    /// the paths where the mask is true. Carries that are sums of contractions are left as they are.
    pub(super) fn execution(
        &mut self,
        scan: Scan<'a>,
        room: &Room,
        i: kernel::Value,
        carries: &[kernel::Value],
        mask: Option<kernel::Value>,
    ) -> Vec<kernel::Value> {
        let body = scan.body;
        self.bind_entries(body.params[0], vec![i]);
        self.bind_carries(&body.params[1..], &room.carries, carries);
        if let Some(mask) = mask {
            self.masks.extend(body.params[1..].iter().map(|&carry| (carry, mask)));
        }
        let i = self.index_of(i);
        let emitted = &body.results[scan.init.len()..];
        for (k, &value) in emitted.iter().enumerate() {
            if scan.emits[k] == Emit::Every && self.may_emit_anything(scan, k, mask) {
                let row = room.emitted[k].row(&i);
                self.aim(value, body, &row, scan.results[scan.init.len() + k]);
            }
        }
        self.aim_operands((scan.sums, body), &room.kept, &i);
        self.region(body);
        for (k, &value) in emitted.iter().enumerate() {
            let mask = mask.filter(|_| !self.may_emit_anything(scan, k, mask));
            self.emit(scan.emits[k], &room.emitted[k], &i, value, mask);
            self.targets.remove(&value);
        }
        self.keep_operands(scan.sums, &room.kept, &i);
        let each_step = |k: &usize| scan.sums.iter().all(|sum| sum.carry != *k);
        let places: Vec<usize> = (0..scan.init.len()).filter(each_step).collect();
        let params: Vec<Value> = places.iter().map(|&k| body.params[1 + k]).collect();
        let views: Vec<Option<View>> = places.iter().map(|&k| room.carries[k].clone()).collect();
        let next: Vec<Value> = places.iter().map(|&k| body.results[k]).collect();
        let next = self.next_carries(&params, &views, &next, mask);
        let kept = next.into_iter().zip(carries);
        kept.map(|(next, &old)| self.where_masked(mask, next, old)).collect()
    }

    /// `mask ? x : y`, or `x` without a mask.
    pub(super) fn where_masked(
        &mut self,
        mask: Option<kernel::Value>,
        x: kernel::Value,
        y: kernel::Value,
    ) -> kernel::Value {
        mask.map_or(x, |mask| self.kernel.select(mask, x, y))
    }

    /// Whether nobody sees what an execution that does not take place emits.
    fn may_emit_anything(&self, scan: Scan<'a>, k: usize, mask: Option<kernel::Value>) -> bool {
        mask.is_none() || self.plan.is_tape(scan.results[scan.init.len() + k])
    }

    fn emit(
        &mut self,
        emit: Emit,
        view: &View,
        i: &Index,
        value: Value,
        mask: Option<kernel::Value>,
    ) {
        match emit {
            Emit::Every => self.store_masked(&view.row(i), value, mask),
            Emit::Slots { slots, .. } => {
                let slot = self.entry(slots, std::slice::from_ref(i));
                let zero = self.int(0);
                let wanted = self.kernel.compare(kernel::Compare::Ge, slot, zero);
                let row = view.row(&Index::of(slot));
                self.when(wanted, |lowering| lowering.store_masked(&row, value, mask));
            }
        }
    }

    /// Stores a value, zeros where a mask is false.
    fn store_masked(&mut self, view: &View, value: Value, mask: Option<kernel::Value>) {
        if mask.is_none() {
            return self.store(view, value);
        }
        self.fill(view, &self.ty(value).shape, &mut |lowering, places| {
            let kept = |at: &Vec<Index>| {
                let (entry, zero) = (lowering.entry(value, at), lowering.zero(value));
                lowering.where_masked(mask, entry, zero)
            };
            places.iter().map(kept).collect()
        });
    }
}
