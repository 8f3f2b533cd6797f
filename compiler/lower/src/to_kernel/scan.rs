//! Sequential loops: carries, emitted rows, and blocks of steps for which the noise is made ahead.

use sdec_kernel as kernel;
use sdec_ssa::{Emit, Inst, Op, Region, Trips, Value};

use super::Lowering;
use super::draw::{STRIP, Strip};
use super::index::Index;
use super::plan::is_unrolled;
use super::view::View;

/// The parts of a scan.
#[derive(Clone, Copy)]
pub(super) struct Scan<'a> {
    pub(super) extent: u64,
    trips: Trips,
    pub(super) reverse: bool,
    pub(super) init: &'a [Value],
    emits: &'a [Emit],
    pub(super) body: &'a Region,
    results: &'a [Value],
}

/// Where the carries and the emitted rows of a scan are.
pub(super) struct Room {
    /// Of large carries.
    carries: Vec<Option<View>>,
    /// Of emitted arrays.
    emitted: Vec<View>,
}

impl<'a> Lowering<'a> {
    /// Sequential executions.
    pub(super) fn scan(&mut self, inst: &'a Inst) {
        let Op::Scan { extent, trips, reverse, init, emits, body } = &inst.op else {
            unreachable!("the operation is a scan")
        };
        let results = &inst.results;
        let (extent, trips, reverse) = (*extent, *trips, *reverse);
        let scan = Scan { extent, trips, reverse, init, emits, body, results };
        let room = self.scan_room(scan);
        let mut entries = Vec::new();
        for (k, &first) in init.iter().enumerate() {
            match &room.carries[k] {
                Some(view) => self.store(view, first),
                None => entries.extend(self.entries_like(first, body.params[1 + k])),
            }
        }
        let last = match trips {
            Trips::All if is_unrolled(self.func, extent, body) => {
                (0..extent).fold(entries, |entries, step| {
                    let i = if reverse { extent - 1 - step } else { step };
                    let i = self.count(i);
                    self.execution(scan, &room, i, &entries, None)
                })
            }
            Trips::All => self.steps(scan, &room, &entries),
            Trips::While => self.while_steps(scan, &room, &entries),
            Trips::Below(count) => self.steps_below(scan, &room, count, &entries),
        };
        self.bind_carries(results, &room.carries, &last);
        self.bind_views(&results[init.len()..], room.emitted);
    }

    fn scan_room(&mut self, scan: Scan<'a>) -> Room {
        let carries = scan.body.params[1..]
            .iter()
            .map(|&carry| if self.is_small(carry) { None } else { Some(self.scratch(carry)) });
        let carries = carries.collect();
        let emitted = self.rooms(&scan.results[scan.init.len()..]);
        for ((view, emit), &result) in
            emitted.iter().zip(scan.emits).zip(&scan.results[scan.init.len()..])
        {
            let all = scan.trips == Trips::All || self.plan.is_tape(result);
            if *emit != Emit::Every || !all {
                self.fill(view, &self.ty(result).shape, &mut |lowering, places| {
                    places.iter().map(|_| lowering.zero(result)).collect()
                });
            }
        }
        Room { carries, emitted }
    }

    /// The loop over steps; in blocks of them if noise can be made ahead.
    fn steps(
        &mut self,
        scan: Scan<'a>,
        room: &Room,
        first: &[kernel::Value],
    ) -> Vec<kernel::Value> {
        let strips = self.find_strips(scan.body, scan.extent);
        if strips.is_empty() {
            let (start, end) = (self.int(0), self.count(scan.extent));
            return self.loop_with(start, end, scan.reverse, first, |lowering, i, carries| {
                lowering.execution(scan, room, i, carries, None)
            });
        }
        if scan.extent <= STRIP {
            let start = self.int(0);
            let end = self.count(scan.extent);
            return self.strip(scan, room, &strips, &Index::default(), (start, end), first);
        }
        let (start, end) = (self.int(0), self.count(scan.extent.div_ceil(STRIP)));
        self.loop_with(start, end, scan.reverse, first, |lowering, block, carries| {
            let strip = i64::try_from(STRIP).expect("strips are short");
            let first = Index::default().plus(&Index::of(block), strip);
            let start = lowering.index_value(&first);
            let mut end = lowering.index_value(&first.plus_known(STRIP));
            if !scan.extent.is_multiple_of(STRIP) {
                let last = lowering.count(scan.extent);
                end = lowering.kernel.binary(kernel::Binary::Min, end, last);
            }
            let block = Index::of(block);
            lowering.strip(scan, room, &strips, &block, (start, end), carries)
        })
    }

    /// Makes the noise of a block of steps, then does the steps.
    fn strip(
        &mut self,
        scan: Scan<'a>,
        room: &Room,
        strips: &[Strip],
        block: &Index,
        (start, end): (kernel::Value, kernel::Value),
        first: &[kernel::Value],
    ) -> Vec<kernel::Value> {
        for strip in strips {
            self.fill_strip(strip, block);
        }
        let origin = Index::default().plus(block, i64::try_from(STRIP).expect("strips are short"));
        self.loop_with(start, end, scan.reverse, first, |lowering, i, carries| {
            for strip in strips {
                let row = lowering.strip_row(strip, &Index::of(i).plus(&origin, -1));
                lowering.strips.insert(strip.draw, row);
            }
            let next = lowering.execution(scan, room, i, carries, None);
            for strip in strips {
                lowering.strips.remove(&strip.draw);
            }
            next
        })
    }

    /// One execution of the body: entries of small carries in, the next ones out. It takes place on
    /// the paths where the mask is true.
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
        self.region(body);
        for (k, &value) in emitted.iter().enumerate() {
            let mask = mask.filter(|_| !self.may_emit_anything(scan, k, mask));
            self.emit(scan.emits[k], &room.emitted[k], &i, value, mask);
            self.targets.remove(&value);
        }
        let next = &body.results[..scan.init.len()];
        let next = self.next_carries(&body.params[1..], &room.carries, next, mask);
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
