//! Carries of sequential loops: small ones are carries of the kernel's loop, if they are few, and the
//! others stay in a buffer each, which the end of an execution updates.

use sdec_kernel::{self as kernel, BufferId};
use sdec_ssa::{Op, Value};

use super::Lowering;
use super::array::Array;
use super::index;
use super::index::Index;
use super::kind::Kind;
use super::view::View;

impl Lowering<'_> {
    /// Lets a large carry of a loop be where a result of the function is wanted, if that is the carry or is
    /// computed from it entry by entry, and nothing else reads the carry.
    pub(super) fn aim_carry(&mut self, result: Value, output: &View) {
        if let Some(carry) = self.carry_under(result, result)
            && !self.is_small(carry)
            && !self.is_strewn(output)
            && self.levels.is_path(carry) == self.levels.is_path(result)
            && self.ty(carry).scalar == self.ty(result).scalar
        {
            let place = output.as_whole(&self.ty(carry).shape);
            self.targets.entry(carry).or_insert(place);
        }
    }

    /// The carry that each entry of a value, one of as many, is computed from.
    fn carry_under(&self, value: Value, result: Value) -> Option<Value> {
        let (inst, k) = self.definitions[value.index()]?;
        if !self.plan.is_read_once(value)
            || !self.plan.in_one_region(value, result)
            || self.ty(value).entries() != self.ty(result).entries()
        {
            return None;
        }
        if let Op::Scan { init, .. } = &inst.op {
            return (k < init.len()).then_some(value);
        }
        let by_entry = matches!(inst.op, Op::Reshape(_)) || Kind::of(&inst.op) == Kind::Elementwise;
        let mut operands = inst.op.operands().into_iter().filter(|_| by_entry);
        operands.find_map(|operand| self.carry_under(operand, result))
    }

    /// Carries of a loop at the start of an execution: large ones in memory, the entries of small
    /// ones one after the other.
    pub(super) fn bind_carries(
        &mut self,
        values: &[Value],
        views: &[Option<View>],
        mut entries: &[kernel::Value],
    ) {
        for (&value, view) in values.iter().zip(views) {
            if let Some(view) = view {
                self.bind_memory(value, view.clone());
            } else {
                let count = usize::try_from(self.ty(value).entries()).expect("it is small");
                let (own, rest) = entries.split_at(count);
                self.bind_entries(value, own.to_vec());
                entries = rest;
            }
        }
    }

    /// Moves the results of an execution into the large carries and returns the entries of the small
    /// ones. No carry changes before all that read it have: a result is computed in place if each of its
    /// entries reads no carry but the same entry of its own, which no other result reads; else what is,
    /// or is computed from, the memory of a carry is first copied.
    ///
    /// Where there is a mask, only the paths for which it is true change.
    pub(super) fn next_carries(
        &mut self,
        params: &[Value],
        views: &[Option<View>],
        next: &[Value],
        mask: Option<kernel::Value>,
    ) -> Vec<kernel::Value> {
        let carries: Vec<BufferId> = views.iter().flatten().map(|view| view.buffer).collect();
        let mut entries = Vec::new();
        let (mut copies, mut registers) = (Vec::new(), Vec::new());
        for (k, &value) in next.iter().enumerate() {
            let Some(view) = &views[k] else {
                entries.extend(self.entries_like(value, params[k]));
                continue;
            };
            match self.array(value) {
                Array::Registers { entries, .. } if self.is_small(value) => {
                    registers.push((view, entries.clone(), value));
                }
                Array::Memory(source) if source == view => {}
                Array::Memory(source) if !carries.contains(&source.buffer) => {
                    copies.push((view, source.clone(), value));
                }
                Array::Recipe if self.is_in_place(k, view, &carries, next) => {
                    self.update(view, value, mask, |lowering, at| lowering.entry(value, at));
                }
                Array::Memory(_) | Array::Registers { .. } | Array::Recipe => {
                    let lanes = self.levels.is_path(value);
                    let copy = self.scratch_of(&format!("{value}.next"), self.ty(value), lanes);
                    self.store(&copy, value);
                    copies.push((view, copy, value));
                }
            }
        }
        for (view, source, value) in copies {
            self.update(view, value, mask, |lowering, at| lowering.load_entry(&source, at));
        }
        for (view, found, value) in registers {
            for (at, next) in index::all(&self.ty(value).shape).iter().zip(found) {
                let next = match mask {
                    None => next,
                    Some(mask) => {
                        let old = self.load_entry(view, at);
                        self.kernel.select(mask, next, old)
                    }
                };
                self.store_entry(view, at, next);
            }
        }
        entries
    }

    /// Stores entries of a value, or keeps what is there where a mask is false.
    fn update(
        &mut self,
        view: &View,
        value: Value,
        mask: Option<kernel::Value>,
        entry: impl Fn(&mut Self, &[Index]) -> kernel::Value,
    ) {
        self.fill(view, &self.ty(value).shape, &mut |lowering, places| {
            let next = |at: &Vec<Index>| {
                let next = entry(lowering, at);
                match mask {
                    None => next,
                    Some(mask) => {
                        let old = lowering.load_entry(view, at);
                        lowering.kernel.select(mask, next, old)
                    }
                }
            };
            places.iter().map(next).collect()
        });
    }

    /// Whether result `k` can be computed in its carry's memory.
    fn is_in_place(&self, k: usize, view: &View, carries: &[BufferId], next: &[Value]) -> bool {
        let mut apart = true;
        self.visit_memory(next[k], true, &mut |source, is_same_entry| {
            apart &= !carries.contains(&source.buffer) || (is_same_entry && source == view);
        });
        for (_, &other) in next.iter().enumerate().filter(|&(j, _)| j != k) {
            self.visit_memory(other, false, &mut |source, _| apart &= source.buffer != view.buffer);
        }
        apart
    }

    /// The memory that entries of a value are computed from, and whether only the same entry of it is.
    fn visit_memory(&self, value: Value, is_same_entry: bool, visit: &mut dyn FnMut(&View, bool)) {
        match self.array(value) {
            Array::Registers { memory: None, .. } => {}
            Array::Registers { memory: Some(view), .. } => visit(view, false),
            Array::Memory(view) => visit(view, is_same_entry),
            Array::Recipe => {
                let (inst, _) = self.definitions[value.index()].expect("recipes are operations");
                let elementwise = Kind::of(&inst.op) == Kind::Elementwise;
                for read in inst.reads() {
                    self.visit_memory(read, is_same_entry && elementwise, visit);
                }
            }
        }
    }
}
