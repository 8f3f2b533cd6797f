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

use sdec_kernel::{self as kernel, Binary, Compare};
use sdec_ssa::Value;

use super::Lowering;
use super::scan::{Room, Scan};

impl<'a> Lowering<'a> {
    /// As long as the first carry is true.
    pub(super) fn while_steps(
        &mut self,
        scan: Scan<'a>,
        room: &Room,
        first: &[kernel::Value],
    ) -> Vec<kernel::Value> {
        let end = self.count(scan.extent);
        let end = self.if_any(first[0], end);
        let start = self.int(0);
        self.loop_while(start, end, false, first, |lowering, i, carries| {
            let go = carries[0];
            let mask = lowering.kernel.ty(go).lanes.then_some(go);
            let next = lowering.execution(scan, room, i, carries, mask);
            let more = lowering.kernel.any(next[0]);
            (next, Some(more))
        })
    }

    /// Those whose index is below a count.
    pub(super) fn steps_below(
        &mut self,
        scan: Scan<'a>,
        room: &Room,
        count: Value,
        first: &[kernel::Value],
    ) -> Vec<kernel::Value> {
        let count = self.scalar(count);
        let lanes = self.kernel.ty(count).lanes;
        let start = self.int(0);
        let end =
            if lanes { self.largest_count(count, scan.extent) } else { self.end(scan, count) };
        self.loop_with(start, end, scan.reverse, first, |lowering, i, carries| {
            let mask = lanes.then(|| lowering.kernel.compare(Compare::Lt, i, count));
            lowering.execution(scan, room, i, carries, mask)
        })
    }

    fn end(&mut self, scan: Scan<'a>, count: kernel::Value) -> kernel::Value {
        let extent = self.count(scan.extent);
        self.kernel.binary(Binary::Min, count, extent)
    }

    /// The largest of the paths' counts, at least 0 and at most `extent`: found by counting, since
    /// lanes meet nowhere but in the decision to go on.
    fn largest_count(&mut self, count: kernel::Value, extent: u64) -> kernel::Value {
        let (zero, one) = (self.int(0), self.int(1));
        let some = self.kernel.compare(Compare::Gt, count, zero);
        let end = self.count(extent);
        let end = self.if_any(some, end);
        let counted = self.loop_while(zero, end, false, &[zero], |lowering, i, _| {
            let next = lowering.kernel.binary(Binary::Add, i, one);
            let more = lowering.kernel.compare(Compare::Gt, count, next);
            (vec![next], Some(lowering.kernel.any(more)))
        });
        counted[0]
    }

    /// `end` if it is true on any path, else 0.
    fn if_any(&mut self, condition: kernel::Value, end: kernel::Value) -> kernel::Value {
        let any = self.kernel.any(condition);
        let zero = self.int(0);
        self.kernel.select(any, end, zero)
    }
}
