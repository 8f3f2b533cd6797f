//! Loops of which not all executions take place.
//!
//! ```text
//! scan while 9 from v0, v1 (i, go, x) { … }   =>   for i in 0..(any go ? 9 : 0) while any go' carry go, x {
//!                                                    …
//!                                                    x' = go ? x1 : x,  go' = go and go1
//!                                                  }
//! ```
//!
//! Paths that have done all their executions wait for the others: a mask keeps their carries, and
//! what they emit is zero. A loop that all paths go through alike has no mask.

use sdec_kernel::{self as kernel, Binary, Compare, Order};
use sdec_ssa::Value;

use super::Lowering;
use super::scan::{Room, Scan};
use super::steps::Range;

/// The executions of a loop whose index is below a count.
#[derive(Clone, Copy)]
pub(super) struct Executed {
    count: kernel::Value,
    /// The largest count of a path, at most the loop's extent.
    pub(super) end: kernel::Value,
}

impl<'a> Lowering<'a> {
    /// As long as the first carry is true; in a segment, at whose start it is on some path.
    pub(super) fn while_steps(
        &mut self,
        scan: Scan<'a>,
        room: &Room,
        range: Range<'_>,
        first: &[kernel::Value],
    ) -> Vec<kernel::Value> {
        let (start, mut end) = self.bounds(range, 1, scan.extent);
        if matches!(range, Range::All) {
            end = self.if_any(first[0], end);
        }
        self.loop_while(start, end, Order::Up, first, |lowering, i, carries| {
            let go = carries[0];
            let mask = lowering.kernel.ty(go).lanes.then_some(go);
            let next = lowering.execution(scan, room, i, carries, mask);
            let more = lowering.kernel.any(next[0]);
            (next, Some(more))
        })
    }

    /// Which executions take place below a count.
    pub(super) fn executed(&mut self, count: Value, extent: u64) -> Executed {
        let count = self.scalar(count);
        let end = if self.kernel.ty(count).lanes {
            self.largest_count(count, extent)
        } else {
            let extent = self.count(extent);
            self.kernel.binary(Binary::Min, count, extent)
        };
        Executed { count, end }
    }

    /// Those whose index is below a count.
    pub(super) fn steps_below(
        &mut self,
        scan: Scan<'a>,
        room: &Room,
        (range, executed): (Range<'_>, Executed),
        first: &[kernel::Value],
    ) -> Vec<kernel::Value> {
        let Executed { count, mut end } = executed;
        let mut start = self.int(0);
        if let Range::Segment(..) = range {
            let (first, last) = self.bounds(range, 1, scan.extent);
            start = first;
            end = self.kernel.binary(Binary::Min, last, end);
        }
        let lanes = self.kernel.ty(count).lanes;
        self.loop_with(start, end, scan.reverse, first, |lowering, i, carries| {
            let mask = lanes.then(|| lowering.kernel.compare(Compare::Lt, i, count));
            lowering.execution(scan, room, i, carries, mask)
        })
    }

    /// The largest of the paths' counts, at least 0 and at most `extent`: found by counting, since
    /// lanes meet nowhere but in the decision to go on.
    fn largest_count(&mut self, count: kernel::Value, extent: u64) -> kernel::Value {
        let (zero, one) = (self.int(0), self.int(1));
        let some = self.kernel.compare(Compare::Gt, count, zero);
        let end = self.count(extent);
        let end = self.if_any(some, end);
        let counted = self.loop_while(zero, end, Order::Up, &[zero], |lowering, i, _| {
            let next = lowering.kernel.binary(Binary::Add, i, one);
            let more = lowering.kernel.compare(Compare::Gt, count, next);
            (vec![next], Some(lowering.kernel.any(more)))
        });
        counted[0]
    }

    /// `end` if it is true on any path, else 0.
    pub(super) fn if_any(&mut self, condition: kernel::Value, end: kernel::Value) -> kernel::Value {
        let any = self.kernel.any(condition);
        let zero = self.int(0);
        self.kernel.select(any, end, zero)
    }
}
