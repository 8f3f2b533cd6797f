//! How often values are read, and which loops are unrolled: what is decided about a function before
//! its kernel is written.

use std::collections::BTreeSet;

use sdec_ssa::{Func, Inst, Op, Region, Trips, Value};

use super::kind::Kind;
use super::tape;

/// Arrays of at most this many entries are kept in registers. Of longer ones a few are more than there
/// are registers for: written out, a step of `tsit5` of eight states was mostly loads and stores of
/// what did not fit, and took twice as long to compile as loops over memory.
pub(super) const SMALL: u64 = 7;

/// Loops of at most this many executions may be unrolled,
const UNROLLED: u64 = 8;

/// if that makes at most about this many operations.
const WEIGHT: u64 = 256;

/// Stands for any number of evaluations above one.
const MANY: u32 = 2;

/// What is known about each value before the kernel is written.
pub(super) struct Plan {
    /// The region in which a value is defined, by number.
    homes: Vec<u32>,
    /// How often each entry would be evaluated if the value were a recipe.
    demands: Vec<u32>,
    /// Arrays with one row per execution of a loop, of which only those rows are read.
    tapes: BTreeSet<Value>,
}

impl Plan {
    /// Counts the reads of all values.
    pub(super) fn of(func: &Func) -> Self {
        let mut plan = Self {
            homes: vec![0; func.types.len()],
            demands: vec![0; func.types.len()],
            tapes: tape::find(&func.body),
        };
        plan.find_homes(&func.body, &mut 0);
        plan.count(func, &func.body, 0);
        plan
    }

    /// Whether no entry is wanted twice, so that nothing is lost if it is computed where it is read.
    pub(super) fn is_read_once(&self, value: Value) -> bool {
        self.demands[value.index()] < MANY
    }

    /// Whether rows of executions that did not take place are never read.
    pub(super) fn is_tape(&self, value: Value) -> bool {
        self.tapes.contains(&value)
    }

    /// Whether both are defined in one region.
    pub(super) fn in_one_region(&self, x: Value, y: Value) -> bool {
        self.homes[x.index()] == self.homes[y.index()]
    }

    fn find_homes(&mut self, region: &Region, next: &mut u32) {
        let home = *next;
        *next += 1;
        let results = region.insts.iter().flat_map(|inst| &inst.results);
        for value in region.params.iter().chain(results) {
            self.homes[value.index()] = home;
        }
        for inner in region.insts.iter().flat_map(|inst| inst.op.regions()) {
            self.find_homes(inner, next);
        }
    }

    /// Goes through a region backwards, so that a value's reads are all known when its operation is
    /// met.
    fn count(&mut self, func: &Func, region: &Region, home: u32) {
        for &result in &region.results {
            self.read(result, 1, home);
        }
        for inst in region.insts.iter().rev() {
            for inner in inst.op.regions() {
                // Parameters and results of a region share its number; an empty region reads only
                // values of others.
                let values = inner.params.iter().chain(inner.insts.iter().flat_map(|i| &i.results));
                let number = values.map(|value| self.homes[value.index()]).next();
                self.count(func, inner, number.unwrap_or(u32::MAX));
            }
            let operands: BTreeSet<Value> = inst.op.operands().into_iter().collect();
            for operand in operands {
                let times = self.evaluations(func, inst, operand);
                self.read(operand, times, home);
            }
        }
    }

    fn read(&mut self, value: Value, times: u32, reader: u32) {
        let times = if self.homes[value.index()] == reader { times } else { MANY };
        let demand = &mut self.demands[value.index()];
        *demand = (*demand + times).min(MANY);
    }

    /// How often an operation evaluates each entry of an operand.
    fn evaluations(&self, func: &Func, inst: &Inst, operand: Value) -> u32 {
        let entries = |value: Value| func.types[value].entries();
        let result = inst.results[0];
        if let Op::Contract(a, b) = inst.op {
            let other = if operand == a { b } else { a };
            let rank = func.types[other].shape.len();
            return if a == b || rank > 1 { MANY } else { 1 };
        }
        if Kind::of(&inst.op) != Kind::Movement {
            return 1;
        }
        if matches!(inst.op, Op::Broadcast(_)) && entries(result) != entries(operand) {
            return MANY;
        }
        // A small result is computed at once, a large one where it is read.
        if entries(result) > SMALL { self.demands[result.index()] } else { 1 }
    }
}

/// Whether a loop is written out.
pub(super) fn is_unrolled(func: &Func, extent: u64, body: &Region) -> bool {
    fits(extent, weight(func, body))
}

fn fits(extent: u64, weight: u64) -> bool {
    extent <= 1 || (extent <= UNROLLED && extent * weight <= WEIGHT)
}

/// About how many operations one execution of a region makes in the kernel's text.
fn weight(func: &Func, region: &Region) -> u64 {
    let weight = |inst: &Inst| -> u64 {
        let Some(&result) = inst.results.first() else { return 0 };
        let inner: u64 = inst.op.regions().iter().map(|region| weight(func, region)).sum();
        let entries = func.types[result].entries();
        let own = if entries > SMALL { 4 } else { entries };
        if let Op::Map { extent, .. } | Op::Scan { extent, trips: Trips::All, .. } = inst.op
            && fits(extent, inner)
        {
            inner * extent + own
        } else if let Op::Contract(_, b) = inst.op {
            own * func.types[b].shape[0].min(SMALL)
        } else {
            inner + own
        }
    };
    region.insts.iter().map(weight).sum()
}
