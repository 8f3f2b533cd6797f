//! Looking at and renaming the operands of operations, for all passes alike.

use std::collections::BTreeSet;

use crate::{Emit, Inst, Op, Region, Trips, Value};

impl Op {
    /// The values that the operation itself reads, in order, with repetitions. What its regions
    /// read is not among them.
    pub fn operands(&self) -> Vec<Value> {
        match self {
            Op::Const(_) | Op::Map { .. } => Vec::new(),
            Op::Unary(_, x)
            | Op::Convert(x)
            | Op::Broadcast(x)
            | Op::Slice { array: x, .. }
            | Op::Reshape(x)
            | Op::Transpose(x, _)
            | Op::Sum(x)
            | Op::Product(x)
            | Op::Extremum(_, x)
            | Op::ArgExtremum(_, x)
            | Op::Draw { index: x, .. }
            | Op::Implicit { root: x, .. }
            | Op::If { condition: x, .. } => vec![*x],
            Op::Binary(_, x, y)
            | Op::Compare(_, x, y)
            | Op::Index(x, y)
            | Op::Contract(x, y)
            | Op::Solve(x, y) => vec![*x, *y],
            Op::Select(c, x, y) => vec![*c, *x, *y],
            Op::Stack(xs) | Op::Concat(xs) => xs.clone(),
            Op::AddAt { array, index, row } => vec![*array, *index, *row],
            Op::Scan { trips, init, emits, .. } => {
                let slots = emits.iter().filter_map(Emit::slots);
                init.iter().copied().chain(slots).chain(trips.count()).collect()
            }
        }
    }

    /// Renames the values that the operation itself reads, not those that its regions read.
    pub fn map_operands(&mut self, mut rename: impl FnMut(Value) -> Value) {
        match self {
            Op::Const(_) | Op::Map { .. } => {}
            Op::Unary(_, x)
            | Op::Convert(x)
            | Op::Broadcast(x)
            | Op::Slice { array: x, .. }
            | Op::Reshape(x)
            | Op::Transpose(x, _)
            | Op::Sum(x)
            | Op::Product(x)
            | Op::Extremum(_, x)
            | Op::ArgExtremum(_, x)
            | Op::Draw { index: x, .. }
            | Op::Implicit { root: x, .. }
            | Op::If { condition: x, .. } => *x = rename(*x),
            Op::Binary(_, x, y)
            | Op::Compare(_, x, y)
            | Op::Index(x, y)
            | Op::Contract(x, y)
            | Op::Solve(x, y) => {
                *x = rename(*x);
                *y = rename(*y);
            }
            Op::Select(x, y, z) | Op::AddAt { array: x, index: y, row: z } => {
                *x = rename(*x);
                *y = rename(*y);
                *z = rename(*z);
            }
            Op::Stack(xs) | Op::Concat(xs) => xs.iter_mut().for_each(|x| *x = rename(*x)),
            Op::Scan { trips, init, emits, .. } => {
                init.iter_mut().for_each(|x| *x = rename(*x));
                for emit in emits {
                    if let Emit::Slots { slots, .. } = emit {
                        *slots = rename(*slots);
                    }
                }
                if let Trips::Below(count) = trips {
                    *count = rename(*count);
                }
            }
        }
    }
}

impl Trips {
    /// The count that decides, if one does.
    pub fn count(self) -> Option<Value> {
        match self {
            Trips::All | Trips::While => None,
            Trips::Below(count) => Some(count),
        }
    }
}

impl Emit {
    /// The slots that decide where a value goes, if it is not every row.
    pub fn slots(&self) -> Option<Value> {
        match *self {
            Emit::Every => None,
            Emit::Slots { slots, .. } => Some(slots),
        }
    }
}

impl Inst {
    /// Every value that is read by the operation or from outside by its regions.
    pub fn reads(&self) -> BTreeSet<Value> {
        let mut reads: BTreeSet<Value> = self.op.operands().into_iter().collect();
        for region in self.op.regions() {
            reads.extend(region.captures());
        }
        reads
    }
}

impl Inst {
    /// Whether it draws, or a region of it does.
    pub fn draws(&self) -> bool {
        matches!(self.op, Op::Draw { .. })
            || self.op.regions().iter().any(|region| region.insts.iter().any(Inst::draws))
    }
}

impl Region {
    /// The values of enclosing regions that are read here, at any depth.
    pub fn captures(&self) -> BTreeSet<Value> {
        let mut reads: BTreeSet<Value> = self.results.iter().copied().collect();
        let mut defined: BTreeSet<Value> = self.params.iter().copied().collect();
        for inst in &self.insts {
            reads.extend(inst.reads());
            defined.extend(&inst.results);
        }
        &reads - &defined
    }

    /// Renames every value that is read here, at any depth. Definitions keep their names.
    pub fn rename_reads(&mut self, rename: &mut dyn FnMut(Value) -> Value) {
        for inst in &mut self.insts {
            inst.rename_reads(rename);
        }
        self.results.iter_mut().for_each(|value| *value = rename(*value));
    }
}

impl Inst {
    /// Renames every value that is read by the operation or its regions. Definitions keep their
    /// names.
    pub fn rename_reads(&mut self, rename: &mut dyn FnMut(Value) -> Value) {
        self.op.map_operands(&mut *rename);
        for region in self.op.regions_mut() {
            region.rename_reads(rename);
        }
    }
}
