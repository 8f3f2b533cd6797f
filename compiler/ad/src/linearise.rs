//! Splits every loop and branch that mixes values with tangents into two: the known half, which
//! computes values, and the linear half, which is linear in the tangents.
//!
//! ```text
//! v7, v8 = scan 9 from v0, v1 (i, x, dx) {         v7, v20 = scan 9 from v0 emit every (i, x) {
//!   v4 = sin x                                       v4 = sin x
//!   v5 = cos x                                       v5 = cos x
//!   v6 = mul v5, dx                         =>       yield v4, v5
//!   yield v4, v6                                   }
//! }                                                v8 = scan 9 from v1 (j, dx) {
//!                                                    v21 = index v20, j
//!                                                    v6 = mul v21, dx
//!                                                    yield v6
//!                                                  }
//! ```
//!
//! What the linear half reads of the known one is its residuals. A residual that is cheap to make
//! again from the loop's index, from values outside, or from other residuals is made again in the
//! linear half; the rest is stored, row by row: the tape. Draws are cheap, since noise is a function
//! of the step, and so is arithmetic that is the same for all paths. Truth values are stored as ones and zeros, because memory holds none.
//!
//! Sound because no value reads a tangent; tangents that nothing needs are dropped.

use std::collections::{BTreeMap, BTreeSet};

use sdec_base::IdVec;
use sdec_ssa::{
    Binary, Compare, Control, Emit, Func, Inst, Literal, Op, Region, Scalar, Scan, Trips, Type,
    Uniform, Value, renumber,
};

use crate::flow::{self, Flow};
use crate::residual::{self, Choice, Residuals, drop_unread};

/// The same function, in which each operation, at any depth, either reads nothing that depends on
/// the parameters after the first `n_known`, or is linear in what does. On each level the linear
/// operations come last.
pub fn run(func: &Func, n_known: usize) -> Func {
    let linear = flow::run(func, func.params[n_known..].iter().map(|param| param.value));
    let mask = func.params[n_known..].first();
    let mask = mask.map_or(Scalar::F64, |param| func.types[param.value].scalar);
    let uniform = Uniform::of(func);
    let mut splitter = Splitter { linear, uniform, types: func.types.clone(), mask };
    let split = splitter.region(&func.body);
    let insts = [split.known, split.linear].concat();
    let body = Region { insts, ..func.body.clone() };
    renumber(Func { types: splitter.types, body, ..func.clone() })
}

struct Splitter<'a> {
    linear: Flow<'a>,
    uniform: Uniform,
    types: IdVec<Value, Type>,
    /// What truth values are stored as.
    mask: Scalar,
}

#[derive(Default)]
struct Split {
    known: Vec<Inst>,
    linear: Vec<Inst>,
}

impl Splitter<'_> {
    fn region(&mut self, region: &Region) -> Split {
        let mut split = Split::default();
        for inst in &region.insts {
            if inst.op.is_control() {
                self.control(inst, &mut split);
            } else if self.linear.has(inst.results[0]) {
                split.linear.push(inst.clone());
            } else {
                split.known.push(inst.clone());
            }
        }
        let results = region.results.iter().copied().filter(|&value| self.linear.has(value));
        drop_unread(&mut split.linear, results.collect());
        split
    }

    fn control(&mut self, inst: &Inst, split: &mut Split) {
        match inst.op.control() {
            None => unreachable!("only control operations come here"),
            Some(Control::Map { extent, body }) => {
                let (trips, reverse) = (Trips::All, false);
                let whole = Loop { extent, trips, reverse, init: &[], emits: None, body };
                self.split_loop(inst, &whole, split);
            }
            Some(Control::Scan(Scan { extent, trips, reverse, init, emits, body })) => {
                let emits = Some(emits);
                self.split_loop(inst, &Loop { extent, trips, reverse, init, emits, body }, split);
            }
            Some(Control::If { condition, branches }) => {
                self.split_branch(inst, condition, branches, split);
            }
            Some(Control::Implicit { .. }) => split.known.push(inst.clone()),
        }
    }

    fn split_loop(&mut self, inst: &Inst, whole: &Loop<'_>, split: &mut Split) {
        let inner = self.region(whole.body);
        let marks: Vec<bool> = inst.results.iter().map(|&value| self.linear.has(value)).collect();
        let index = whole.body.params[0];
        let mut half = whole.half(inst, &marks, false);
        let kept = half.rows().map(|(row, _)| row).collect();
        let residuals = self.residuals(whole.body, &inner, &marks, Some(index), kept);

        // The known half also emits what is stored.
        let mut known = inner.known;
        let stored: Vec<Stored> =
            residuals.stored.iter().map(|&value| self.store(value, &mut known)).collect();
        half.body.insts = known;
        let tapes: Vec<Value> =
            stored.iter().map(|stored| self.tape(&mut half, whole.extent, stored.kept)).collect();
        let has_linear = marks.contains(&true);
        let trips = if has_linear && whole.trips == Trips::While {
            Trips::Below(self.counted(&mut half, &mut split.known))
        } else {
            whole.trips
        };
        if !half.results.is_empty() {
            split.known.push(half.inst(whole, whole.trips, inst));
        }

        // The linear half reads it.
        if !has_linear {
            return;
        }
        let mut names = BTreeMap::new();
        let own_index = self.types.push(Type::scalar(Scalar::I64));
        names.insert(index, own_index);
        let mut insts = Vec::new();
        for (stored, &tape) in stored.iter().zip(&tapes) {
            let value = self.load(stored, tape, own_index, &mut insts);
            names.insert(stored.value, value);
        }
        self.make_again(residuals.again, &mut names, &mut insts);
        let mut half = whole.half(inst, &marks, true);
        half.body.params[0] = own_index;
        half.body.insts = inner.linear;
        half.body.rename_reads(&mut |value| names.get(&value).copied().unwrap_or(value));
        insts.append(&mut half.body.insts);
        half.body.insts = insts;
        split.linear.push(half.inst(whole, trips, inst));
    }

    fn split_branch(
        &mut self,
        inst: &Inst,
        condition: Value,
        branches: [&Region; 2],
        split: &mut Split,
    ) {
        let marks: Vec<bool> = inst.results.iter().map(|&value| self.linear.has(value)).collect();
        let parts = branches.map(|branch| {
            let inner = self.region(branch);
            let residuals = self.residuals(branch, &inner, &marks, None, BTreeSet::new());
            (inner, residuals)
        });

        // Residuals of equal type of the two branches share a result of the known half.
        let slots = self.slots(parts.each_ref().map(|(_, residuals)| &residuals.stored));
        let mut results = pick(&inst.results, &marks, false);
        let mut shared = Vec::new();
        for (ty, _) in &slots {
            shared.push(self.types.push(ty.clone()));
        }
        results.extend(&shared);
        let mut known = Vec::new();
        let mut linear = Vec::new();
        for (side, (branch, (inner, residuals))) in branches.into_iter().zip(parts).enumerate() {
            let mut names = BTreeMap::new();
            let mut region = Region {
                insts: inner.known,
                results: pick(&branch.results, &marks, false),
                params: Vec::new(),
            };
            for ((ty, pair), &result) in slots.iter().zip(&shared) {
                let value = match pair[side] {
                    Some(value) => {
                        names.insert(value, result);
                        value
                    }
                    None => self.filler(ty, &mut region.insts),
                };
                region.results.push(value);
            }
            known.push(region);
            let mut insts = Vec::new();
            self.make_again(residuals.again, &mut names, &mut insts);
            let mut region = Region {
                insts: inner.linear,
                results: pick(&branch.results, &marks, true),
                params: Vec::new(),
            };
            region.rename_reads(&mut |value| names.get(&value).copied().unwrap_or(value));
            insts.append(&mut region.insts);
            linear.push(Region { insts, ..region });
        }
        let [then, otherwise] = <[Region; 2]>::try_from(known).expect("two branches");
        if !results.is_empty() {
            let op = Op::If { condition, then, otherwise };
            split.known.push(Inst { results, op, origin: inst.origin });
        }
        let results = pick(&inst.results, &marks, true);
        let [then, otherwise] = <[Region; 2]>::try_from(linear).expect("two branches");
        if !results.is_empty() {
            let op = Op::If { condition, then, otherwise };
            split.linear.push(Inst { results, op, origin: inst.origin });
        }
    }

    /// Chooses the residuals of a region whose results are marked as linear or not.
    fn residuals(
        &self,
        region: &Region,
        split: &Split,
        marks: &[bool],
        index: Option<Value>,
        kept: BTreeSet<Value>,
    ) -> Residuals {
        let mut needed: BTreeSet<Value> = split.linear.iter().flat_map(Inst::reads).collect();
        needed.extend(pick(&region.results, marks, true));
        let params = region.params.iter().copied().filter(|&param| !self.linear.has(param));
        residual::choose(
            &self.uniform,
            &Choice { known: &split.known, params: params.collect(), index, needed, kept },
        )
    }

    /// Adds what is needed to keep `value` in memory.
    fn store(&mut self, value: Value, insts: &mut Vec<Inst>) -> Stored {
        let ty = self.types[value].clone();
        if ty.scalar != Scalar::Bool {
            return Stored { value, kept: value };
        }
        let ty = Type { scalar: self.mask, ..ty };
        let one = self.filled(&ty, Literal::float(1.0), insts);
        let zero = self.filled(&ty, Literal::float(0.0), insts);
        Stored { value, kept: self.emit(Op::Select(value, one, zero), ty, insts) }
    }

    /// Lets the known half of a `while` count its executions: one more carry.
    fn counted(&mut self, half: &mut Half, before: &mut Vec<Inst>) -> Value {
        let count = Type::scalar(Scalar::I64);
        let zero = self.emit(Op::Const(Literal::Int(0)), count.clone(), before);
        let one = self.emit(Op::Const(Literal::Int(1)), count.clone(), &mut half.body.insts);
        let next = Op::Binary(Binary::Add, half.body.params[0], one);
        let next = self.emit(next, count.clone(), &mut half.body.insts);
        let n = half.init.len();
        half.init.push(zero);
        half.body.params.push(self.types.push(count.clone()));
        half.body.results.insert(n, next);
        let result = self.types.push(count);
        half.results.insert(n, result);
        result
    }

    /// The array in which the half keeps `value` row by row, be it for this purpose or its own.
    fn tape(&mut self, half: &mut Half, extent: u64, value: Value) -> Value {
        let known = half.rows().find(|(row, _)| *row == value);
        if let Some((_, tape)) = known {
            return tape;
        }
        let ty = self.stacked(extent, value);
        let tape = self.types.push(ty);
        half.results.push(tape);
        half.body.results.push(value);
        half.emits.push(Emit::Every);
        tape
    }

    /// Reads row `index` of what is stored.
    fn load(&mut self, stored: &Stored, tape: Value, index: Value, insts: &mut Vec<Inst>) -> Value {
        let ty = self.types[stored.kept].clone();
        let row = self.emit(Op::Index(tape, index), ty.clone(), insts);
        if stored.kept == stored.value {
            return row;
        }
        let half = self.filled(&ty, Literal::float(0.5), insts);
        let ty = Type { scalar: Scalar::Bool, ..ty };
        self.emit(Op::Compare(Compare::Gt, row, half), ty, insts)
    }

    /// Adds copies under new names.
    fn make_again(
        &mut self,
        again: Vec<Inst>,
        names: &mut BTreeMap<Value, Value>,
        insts: &mut Vec<Inst>,
    ) {
        for mut inst in again {
            inst.rename_reads(&mut |value| names.get(&value).copied().unwrap_or(value));
            for result in &mut inst.results {
                let copy = self.types.push(self.types[*result].clone());
                names.insert(*result, copy);
                *result = copy;
            }
            insts.push(inst);
        }
    }

    /// The types of what either branch stores, each with the value of each branch, if it has one.
    fn slots(&self, stored: [&Vec<Value>; 2]) -> Vec<(Type, [Option<Value>; 2])> {
        let mut slots: Vec<(Type, [Option<Value>; 2])> = Vec::new();
        for (side, values) in stored.into_iter().enumerate() {
            for &value in values {
                let ty = &self.types[value];
                let open = slots.iter_mut().find(|(slot, pair)| slot == ty && pair[side].is_none());
                match open {
                    Some((_, pair)) => pair[side] = Some(value),
                    None => {
                        let mut pair = [None; 2];
                        pair[side] = Some(value);
                        slots.push((ty.clone(), pair));
                    }
                }
            }
        }
        slots
    }

    /// Anything of this type.
    fn filler(&mut self, ty: &Type, insts: &mut Vec<Inst>) -> Value {
        let literal = match ty.scalar {
            Scalar::F64 | Scalar::F32 => Literal::float(0.0),
            Scalar::I64 => Literal::Int(0),
            Scalar::Bool => Literal::Bool(false),
        };
        self.filled(ty, literal, insts)
    }

    fn filled(&mut self, ty: &Type, literal: Literal, insts: &mut Vec<Inst>) -> Value {
        let entry = self.emit(Op::Const(literal), Type::scalar(ty.scalar), insts);
        if ty.shape.is_empty() {
            return entry;
        }
        self.emit(Op::Broadcast(entry), ty.clone(), insts)
    }

    fn emit(&mut self, op: Op, ty: Type, insts: &mut Vec<Inst>) -> Value {
        let result = self.types.push(ty);
        insts.push(Inst { results: vec![result], op, origin: None });
        result
    }

    fn stacked(&self, extent: u64, value: Value) -> Type {
        let ty = &self.types[value];
        Type { scalar: ty.scalar, shape: [&[extent], ty.shape.as_slice()].concat() }
    }
}

/// A residual and the value that is kept for it.
struct Stored {
    value: Value,
    kept: Value,
}

/// A `map` or, where there are `emits`, a `scan`.
struct Loop<'a> {
    extent: u64,
    trips: Trips,
    reverse: bool,
    init: &'a [Value],
    emits: Option<&'a [Emit]>,
    body: &'a Region,
}

/// The parts of a loop whose results are marked alike; its body has no operations yet.
struct Half {
    results: Vec<Value>,
    init: Vec<Value>,
    emits: Vec<Emit>,
    body: Region,
}

impl Loop<'_> {
    fn half(&self, inst: &Inst, marks: &[bool], wanted: bool) -> Half {
        let (carried, emitted) = marks.split_at(self.init.len());
        let mut params = vec![self.body.params[0]];
        params.extend(pick(&self.body.params[1..], carried, wanted));
        let results = pick(&self.body.results, marks, wanted);
        let every = vec![Emit::Every; emitted.len()];
        Half {
            results: pick(&inst.results, marks, wanted),
            init: pick(self.init, carried, wanted),
            emits: pick(self.emits.unwrap_or(&every), emitted, wanted),
            body: Region { params, insts: Vec::new(), results },
        }
    }
}

impl Half {
    /// Values of which every row is kept, with the arrays that keep them.
    fn rows(&self) -> impl Iterator<Item = (Value, Value)> {
        let n = self.init.len();
        let rows = self.body.results[n..].iter().copied().zip(self.results[n..].iter().copied());
        rows.zip(&self.emits).filter(|(_, emit)| **emit == Emit::Every).map(|(row, _)| row)
    }

    fn inst(self, whole: &Loop<'_>, trips: Trips, inst: &Inst) -> Inst {
        let Half { results, init, emits, body } = self;
        let (extent, reverse) = (whole.extent, whole.reverse);
        let op = match whole.emits {
            None => Op::Map { extent, body },
            Some(_) => Op::Scan { extent, trips, reverse, init, emits, body },
        };
        Inst { results, op, origin: inst.origin }
    }
}

/// Those of `items` whose mark is `wanted`.
fn pick<T: Copy>(items: &[T], marks: &[bool], wanted: bool) -> Vec<T> {
    let picked = items.iter().zip(marks).filter(|(_, mark)| **mark == wanted);
    picked.map(|(&item, _)| item).collect()
}
