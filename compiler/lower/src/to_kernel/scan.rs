//! Sequential loops: carries, emitted rows, and blocks of steps for which the noise is made ahead.

use sdec_kernel as kernel;
use sdec_ssa::{Emit, Inst, Op, Region, Value};

use super::Lowering;
use super::draw::{STRIP, Strip};
use super::index::Index;
use super::plan::is_unrolled;
use super::view::View;

/// The parts of a scan.
#[derive(Clone, Copy)]
struct Scan<'a> {
    extent: u64,
    reverse: bool,
    init: &'a [Value],
    emits: &'a [Emit],
    body: &'a Region,
    results: &'a [Value],
}

/// Where the carries and the emitted rows of a scan are.
struct Room {
    /// Of large carries.
    carries: Vec<Option<View>>,
    /// Of emitted arrays.
    emitted: Vec<View>,
}

impl<'a> Lowering<'a> {
    /// Sequential executions.
    pub(super) fn scan(&mut self, inst: &'a Inst) {
        let Op::Scan { extent, reverse, init, emits, body } = &inst.op else {
            unreachable!("the operation is a scan")
        };
        let results = &inst.results;
        let scan = Scan { extent: *extent, reverse: *reverse, init, emits, body, results };
        let room = self.scan_room(scan);
        let mut entries = Vec::new();
        for (k, &first) in init.iter().enumerate() {
            match &room.carries[k] {
                Some(view) => self.store(view, first),
                None => entries.extend(self.entries_like(first, body.params[1 + k])),
            }
        }
        let last = if is_unrolled(self.func, *extent, body) {
            (0..*extent).fold(entries, |entries, step| {
                let i = if *reverse { extent - 1 - step } else { step };
                let i = self.count(i);
                self.execution(scan, &room, i, &entries)
            })
        } else {
            self.steps(scan, &room, &entries)
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
            if let Emit::Slots { .. } = emit {
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
                lowering.execution(scan, room, i, carries)
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
            let next = lowering.execution(scan, room, i, carries);
            for strip in strips {
                lowering.strips.remove(&strip.draw);
            }
            next
        })
    }

    /// One execution of the body: entries of small carries in, the next ones out.
    fn execution(
        &mut self,
        scan: Scan<'a>,
        room: &Room,
        i: kernel::Value,
        carries: &[kernel::Value],
    ) -> Vec<kernel::Value> {
        let body = scan.body;
        self.bind_entries(body.params[0], vec![i]);
        self.bind_carries(&body.params[1..], &room.carries, carries);
        let i = self.index_of(i);
        let emitted = &body.results[scan.init.len()..];
        for (k, &value) in emitted.iter().enumerate() {
            if scan.emits[k] == Emit::Every {
                let row = room.emitted[k].row(&i);
                self.aim(value, body, &row, scan.results[scan.init.len() + k]);
            }
        }
        self.region(body);
        for (k, &value) in emitted.iter().enumerate() {
            self.emit(scan.emits[k], &room.emitted[k], &i, value);
            self.targets.remove(&value);
        }
        self.next_carries(&body.params[1..], &room.carries, &body.results[..scan.init.len()])
    }

    fn emit(&mut self, emit: Emit, view: &View, i: &Index, value: Value) {
        match emit {
            Emit::Every => self.store(&view.row(i), value),
            Emit::Slots { slots, .. } => {
                let slot = self.entry(slots, std::slice::from_ref(i));
                let zero = self.int(0);
                let wanted = self.kernel.compare(kernel::Compare::Ge, slot, zero);
                let row = view.row(&Index::of(slot));
                self.when(wanted, |lowering| lowering.store(&row, value));
            }
        }
    }
}
