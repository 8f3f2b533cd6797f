//! Many tangents at once: what depends on no tangent is computed once for all of them.
//!
//! ```text
//! func f(v0: f64[2] "x", v1: f64[2] "d.x") {      func f(v0: f64[2] "x", v1: f64[2, 9] "d.x") {
//!   v2: f64[2] = cos v0                             v2: f64[2] = cos v0
//!   v3: f64[2] = mul v2, v1                  =>     v4: f64[2, 9] = v2 for each of 9
//!   return v3                                       v3: f64[2, 9] = mul v4, v1
//! }                                                 return v3
//!                                                 }
//! ```
//!
//! Values that are linear in the tangents get one more axis, the last one, so that operations along
//! the first axis, loops and branches stay as they are.

use std::collections::BTreeMap;

use sdec_ssa::{Binary, Builder, Func, Inst, Op, Region, Type, Unary, Value, renumber};

use crate::flow::{self, Flow};

/// The same function for `size` values of each parameter after the first `n_known`, which it is
/// linear in: these, and the results that depend on them, have one more axis of this extent, the last.
/// So have the results after the first `n_known_results`.
///
/// Needs what [`jvp`](crate::jvp) gives.
pub fn run(func: &Func, n_known: usize, n_known_results: usize, size: u64) -> Func {
    let tangents = func.params[n_known..].iter().map(|param| param.value);
    let linear = flow::run(func, tangents);
    let mut batch = Batch { b: Builder::rewriting(func), linear, size, names: BTreeMap::new() };
    batch.b.truncate_params(n_known);
    for param in &func.params[n_known..] {
        let ty = batch.extended(param.value);
        let value = batch.b.param(param.name.clone(), ty);
        batch.names.insert(param.value, value);
    }
    batch.insts(&func.body.insts);
    let (known, wanted) = func.body.results.split_at(n_known_results);
    let mut results = known.to_vec();
    results.extend(wanted.iter().map(|&value| batch.many(value)));
    renumber(batch.b.finish(results))
}

struct Batch<'a> {
    b: Builder,
    linear: Flow<'a>,
    size: u64,
    names: BTreeMap<Value, Value>,
}

impl Batch<'_> {
    fn extended(&self, value: Value) -> Type {
        let ty = self.b.ty(value);
        Type { scalar: ty.scalar, shape: [ty.shape.as_slice(), &[self.size]].concat() }
    }

    /// A value for each tangent: its own, or the same for all.
    fn many(&mut self, value: Value) -> Value {
        if let Some(&many) = self.names.get(&value) {
            return many;
        }
        let rank = self.b.ty(value).shape.len();
        let same = self.b.broadcast(value, &[self.size]);
        if rank == 0 { same } else { self.b.transpose(same, (1..=rank).chain([0]).collect()) }
    }

    fn declare(&mut self, value: Value) -> Value {
        if !self.linear.has(value) {
            return value;
        }
        let ty = self.extended(value);
        let many = self.b.declare(ty);
        self.names.insert(value, many);
        many
    }

    fn insts(&mut self, insts: &[Inst]) {
        for inst in insts {
            self.b.set_origin(inst.origin);
            if inst.op.is_control() {
                self.control(inst);
            } else if self.linear.has(inst.results[0]) {
                let many = self.plain(&inst.op, inst.results[0]);
                self.names.insert(inst.results[0], many);
            } else {
                self.b.push(inst.clone());
            }
        }
    }

    fn control(&mut self, inst: &Inst) {
        let mut op = inst.op.clone();
        if let Op::Scan { init, body, .. } = &mut op {
            for (first, carry) in init.iter_mut().zip(&body.params[1..]) {
                if self.linear.has(*carry) {
                    *first = self.many(*first);
                }
            }
        }
        let wanted: Vec<bool> = inst.results.iter().map(|&value| self.linear.has(value)).collect();
        for region in op.regions_mut() {
            *region = self.region(region, &wanted);
        }
        let results = inst.results.iter().map(|&result| self.declare(result)).collect();
        self.b.push(Inst { results, op, origin: inst.origin });
    }

    fn region(&mut self, region: &Region, wanted: &[bool]) -> Region {
        let params = region.params.iter().map(|&param| self.declare(param)).collect();
        self.b.open_region_of(params);
        self.insts(&region.insts);
        let mut results = Vec::new();
        for (&result, &wanted) in region.results.iter().zip(wanted) {
            results.push(if wanted { self.many(result) } else { result });
        }
        self.b.close_region(results)
    }

    /// An operation without regions that is linear in some operands.
    fn plain(&mut self, op: &Op, result: Value) -> Value {
        let mut op = op.clone();
        if let Op::Contract(a, b) = op {
            return self.contract(a, b);
        }
        if let Op::Transpose(_, permutation) = &mut op {
            permutation.push(permutation.len());
        }
        match &mut op {
            Op::Index(array, _) => *array = self.many(*array),
            Op::AddAt { array, row, .. } => {
                *array = self.many(*array);
                *row = self.many(*row);
            }
            Op::Solve(_, b) => {
                *b = self.many(*b);
            }
            Op::Unary(Unary::Neg, _)
            | Op::Binary(Binary::Add | Binary::Sub | Binary::Mul | Binary::Div, ..)
            | Op::Select(..)
            | Op::Convert(_)
            | Op::Broadcast(_)
            | Op::Stack(_)
            | Op::Concat(_)
            | Op::Slice { .. }
            | Op::Reshape(_)
            | Op::Transpose(..)
            | Op::Sum(_) => op.map_operands(|value| self.many(value)),
            Op::Unary(..)
            | Op::Binary(..)
            | Op::Const(_)
            | Op::Compare(..)
            | Op::Contract(..)
            | Op::Product(_)
            | Op::Extremum(..)
            | Op::ArgExtremum(..)
            | Op::Draw { .. }
            | Op::Map { .. }
            | Op::Scan { .. }
            | Op::Implicit { .. }
            | Op::If { .. } => unreachable!("tangents are linear: no {op:?} of them"),
        }
        let ty = self.extended(result);
        self.b.emit(op, ty)
    }

    /// The last axis of the left operand meets the first of the right: the tangents' axis of the left
    /// one is moved out of the way.
    fn contract(&mut self, a: Value, b: Value) -> Value {
        if !self.linear.has(a) {
            let b = self.many(b);
            return self.b.contract(a, b);
        }
        let rank = self.b.ty(a).shape.len();
        let a = self.many(a);
        let first = self.b.transpose(a, [rank].into_iter().chain(0..rank).collect());
        let product = self.b.contract(first, b);
        let rank = self.b.ty(product).shape.len();
        self.b.transpose(product, (1..rank).chain([0]).collect())
    }
}
