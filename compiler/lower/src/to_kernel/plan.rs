//! How often values are read, and which loops are unrolled: what is decided about a function before
//! its kernel is written.

use std::collections::{BTreeMap, BTreeSet};

use sdec_ssa::{Binary, Func, Inst, Op, Region, Trips, Value};

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

/// Products of tables of so many entries are made again by each contraction that reads each entry once,
/// if two do: to write such a table and to read it twice takes longer.
const MADE_AGAIN: u64 = 1024;

/// Rows, or columns, that a contraction has in one tile on all targets.
const THIN: u64 = 2;

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
    /// Products that are cheaper made twice than kept.
    made_again: BTreeSet<Value>,
}

impl Plan {
    /// Counts the reads of all values.
    pub(super) fn of(func: &Func) -> Self {
        let mut plan = Self {
            homes: vec![0; func.types.len()],
            demands: vec![0; func.types.len()],
            tapes: tape::find(&func.body),
            made_again: Products::of(func).made_again(),
        };
        plan.find_homes(&func.body, &mut 0);
        plan.count(func, &func.body, 0);
        plan
    }

    /// Whether no entry is wanted twice, so that nothing is lost if it is computed where it is read.
    pub(super) fn is_read_once(&self, value: Value) -> bool {
        self.demands[value.index()] < MANY
    }

    /// Whether a product is computed where it is read, though that is in two places.
    pub(super) fn is_made_again(&self, value: Value) -> bool {
        self.made_again.contains(&value)
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

/// What is done once for a path.
struct Products<'a> {
    func: &'a Func,
    definitions: BTreeMap<Value, &'a Inst>,
}

impl<'a> Products<'a> {
    fn of(func: &'a Func) -> Self {
        let pairs = |inst: &'a Inst| inst.results.iter().map(move |&result| (result, inst));
        Self { func, definitions: func.body.insts.iter().flat_map(pairs).collect() }
    }

    fn made_again(&self) -> BTreeSet<Value> {
        let wanted = |inst: &&Inst| {
            if let Op::Binary(Binary::Mul, x, y) = inst.op {
                self.func.types[inst.results[0]].entries() >= MADE_AGAIN
                    && self.is_in_memory(x)
                    && self.is_in_memory(y)
                    && self.thin_contractions(inst.results[0]).is_some_and(|count| count <= 2)
            } else {
                false
            }
        };
        self.func.body.insts.iter().filter(wanted).map(|inst| inst.results[0]).collect()
    }

    /// Whether a value is a parameter, what a loop left, or another view of such.
    fn is_in_memory(&self, value: Value) -> bool {
        let Some(inst) = self.definitions.get(&value) else { return true };
        if let Op::Reshape(x) | Op::Slice { array: x, .. } | Op::Index(x, _) = inst.op {
            self.is_in_memory(x)
        } else {
            matches!(inst.op, Op::Scan { .. })
        }
    }

    /// How many contractions read a value, if nothing else does and each reads each entry once.
    fn thin_contractions(&self, value: Value) -> Option<usize> {
        if self.func.body.results.contains(&value) {
            return None;
        }
        let readers = self.func.body.insts.iter().filter(|inst| inst.reads().contains(&value));
        let of_reader = |inst: &Inst| {
            if let Op::Transpose(..) = inst.op {
                return self.thin_contractions(inst.results[0]);
            }
            let Op::Contract(a, b) = inst.op else { return None };
            let [left, right] = [a, b].map(|x| &self.func.types[x].shape);
            let other = if a == value { &right[1..] } else { &left[..left.len() - 1] };
            (a != b && other.iter().product::<u64>() <= THIN).then_some(1)
        };
        readers.map(of_reader).sum()
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
