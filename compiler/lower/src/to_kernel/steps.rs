//! Loops over the steps of a scan; in blocks of 16, by step index, if noise is made ahead or
//! contractions are put off.

use sdec_kernel as kernel;
use sdec_ssa::Trips;

use super::Lowering;
use super::draw::{STRIP, Strip};
use super::index::Index;
use super::reduce::links;
use super::scan::{Room, Scan};
use super::segments::Tape;
use super::sums::Steps;
use super::trips::Executed;

/// Some steps of a scan.
#[derive(Clone, Copy)]
pub(super) enum Range<'t> {
    All,
    /// Those of a segment.
    Segment(&'t Tape, kernel::Value),
}

impl<'a> Lowering<'a> {
    /// Does those of some executions that take place; `executed` says which, if a count does.
    pub(super) fn executions(
        &mut self,
        scan: Scan<'a>,
        room: &Room,
        range: Range<'_>,
        executed: Option<Executed>,
        first: &[kernel::Value],
    ) -> Vec<kernel::Value> {
        match (scan.trips, executed) {
            (Trips::While, _) => self.while_steps(scan, room, range, first),
            (Trips::Below(_), Some(executed)) => {
                self.steps_below(scan, room, (range, executed), first)
            }
            (Trips::All | Trips::Below(_), _) => self.steps(scan, room, range, first),
        }
    }

    /// Which executions of a scan take place, if a count decides.
    pub(super) fn executed_of(&mut self, scan: Scan<'a>) -> Option<Executed> {
        scan.trips.count().map(|count| self.executed(count, scan.extent))
    }

    /// Does some steps: entries of small carries in, those after the steps out.
    fn steps(
        &mut self,
        scan: Scan<'a>,
        room: &Room,
        range: Range<'_>,
        first: &[kernel::Value],
    ) -> Vec<kernel::Value> {
        let is_free = scan.sums.is_empty() && matches!(range, Range::All);
        let length = if is_free { self.strip_of(scan.body) } else { STRIP };
        let strips = self.find_strips(scan.body, scan.extent, length);
        if strips.is_empty() && scan.sums.is_empty() {
            let (start, end) = self.bounds(range, 1, scan.extent);
            return self.loop_with(start, end, scan.reverse, first, |lowering, i, carries| {
                lowering.execution(scan, room, i, carries, None)
            });
        }
        if scan.extent <= length {
            let steps = self.bounds(range, 1, scan.extent);
            self.fill_strips(&strips, &Index::default());
            return self.block(scan, room, &strips, (&Index::default(), length), steps, first);
        }
        let (start, end) = self.bounds(range, length, scan.extent);
        let rooms = if self.calls_for(&strips) { self.rooms_for(first) } else { None };
        if let Some(rooms) = &rooms {
            self.put(rooms, first);
        }
        let carried = if rooms.is_some() { &[] } else { first };
        let last = self.loop_with(start, end, scan.reverse, carried, |lowering, block, carries| {
            let strip = i64::try_from(length).expect("strips are short");
            let first = Index::default().plus(&Index::of(block), strip);
            let start = lowering.index_value(&first);
            let mut end = lowering.index_value(&first.plus_known(length));
            if !scan.extent.is_multiple_of(length) {
                let last = lowering.count(scan.extent);
                end = lowering.kernel.binary(kernel::Binary::Min, end, last);
            }
            let block = Index::of(block);
            lowering.fill_strips(&strips, &block);
            let taken = rooms.as_ref().map(|rooms| lowering.take(rooms));
            let carries = taken.as_deref().unwrap_or(carries);
            let next = lowering.block(scan, room, &strips, (&block, length), (start, end), carries);
            let Some(rooms) = &rooms else { return next };
            lowering.put(rooms, &next);
            Vec::new()
        });
        rooms.map_or(last, |rooms| self.take(&rooms))
    }

    /// Whether the noise of a block of steps is made by a routine. Registers do not survive a call.
    fn calls_for(&self, strips: &[Strip]) -> bool {
        strips.iter().any(|strip| self.calls_generator(strip.source))
    }

    /// Memory for carries, so that none of them is in a register during a call: allocators that split such
    /// a register's life in few places leave a loop over steps without it. None where truth is carried.
    fn rooms_for(&mut self, carries: &[kernel::Value]) -> Option<Vec<kernel::BufferId>> {
        let types: Vec<kernel::Type> = carries.iter().map(|&x| self.kernel.ty(x)).collect();
        if types.iter().any(|ty| ty.scalar == kernel::Scalar::Bool) {
            return None;
        }
        let room = |ty| self.kernel.buffer("carry", kernel::Space::Scratch, ty, 1);
        Some(types.into_iter().map(room).collect())
    }

    fn put(&mut self, rooms: &[kernel::BufferId], carries: &[kernel::Value]) {
        let zero = self.int(0);
        for (&room, &carry) in rooms.iter().zip(carries) {
            self.kernel.store(room, zero, carry);
        }
    }

    fn take(&mut self, rooms: &[kernel::BufferId]) -> Vec<kernel::Value> {
        let zero = self.int(0);
        rooms.iter().map(|&room| self.kernel.load(room, zero)).collect()
    }

    /// The first of some steps, counted in units of so many, and the one after the last.
    pub(super) fn bounds(
        &mut self,
        range: Range<'_>,
        unit: u64,
        extent: u64,
    ) -> (kernel::Value, kernel::Value) {
        match range {
            Range::All => (self.int(0), self.count(extent.div_ceil(unit))),
            Range::Segment(tape, segment) => tape.bounds(self, unit, extent, segment),
        }
    }

    fn fill_strips(&mut self, strips: &[Strip], block: &Index) {
        for strip in strips {
            self.fill_strip(strip, block);
        }
    }

    /// Does a block of so many steps whose noise is made, then what was put off.
    fn block(
        &mut self,
        scan: Scan<'a>,
        room: &Room,
        strips: &[Strip],
        (block, length): (&Index, u64),
        (start, end): (kernel::Value, kernel::Value),
        first: &[kernel::Value],
    ) -> Vec<kernel::Value> {
        let origin = Index::default().plus(block, i64::try_from(length).expect("strips are short"));
        let room = room.in_block(&origin);
        let last = self.loop_with(start, end, scan.reverse, first, |lowering, i, carries| {
            for strip in strips {
                let row = lowering.strip_row(strip, &Index::of(i).plus(&origin, -1));
                lowering.strips.insert(strip.draw, row);
            }
            let next = lowering.execution(scan, &room, i, carries, None);
            for strip in strips {
                lowering.strips.remove(&strip.draw);
            }
            next
        });
        for (sum, kept) in scan.sums.iter().zip(&room.kept) {
            let carry = room.carries[sum.carry].as_ref().expect("sums are of large carries");
            let at_once = usize::try_from(self.at_once_beside(scan.body.params[1 + sum.carry]));
            let together = links(scan.extent, at_once.expect("registers are few"));
            let mut steps = Steps { start, end, together };
            if together > 1 {
                steps = self.rounds(block, scan.extent, together);
            }
            let first = self.repeated_first(scan, sum.carry).map(|first| self.scalar(first));
            self.add_contractions((sum, kept), (carry, first), steps);
        }
        last
    }

    /// The steps of a block, `together` in a round.
    fn rounds(&mut self, block: &Index, extent: u64, together: u64) -> Steps {
        let all = extent / together;
        let length = all.min(STRIP / together);
        let first = Index::default().plus(block, i64::try_from(length).expect("strips are short"));
        let (start, mut end) =
            (self.index_value(&first), self.index_value(&first.plus_known(length)));
        if !all.is_multiple_of(length) {
            let last = self.count(all);
            end = self.kernel.binary(kernel::Binary::Min, end, last);
        }
        Steps { start, end, together }
    }
}
