//! Forward mode: next to each value, its tangent.
//!
//! ```text
//! func f(v0: f64 "x") {             func f(v0: f64 "x", v1: f64 "d.x") {
//!   v1: f64 = sin v0                  v2: f64 = sin v0
//!   return v1                  =>     v3: f64 = cos v0
//! }                                   v4: f64 = mul v3, v1
//!                                     return v2, v4
//!                                   }
//! ```
//!
//! Tangents that are zero whatever the inputs are not computed; they become arrays of zeros only
//! where a loop, a branch or the caller must be handed one. Loops carry a tangent for each carry
//! that depends on the parameters asked for. Each new operation is linear in the tangents, and none
//! of the old ones reads any. Costs a small multiple of the function.

use std::collections::BTreeMap;

use sdec_ssa::{
    Builder, Control, Func, Inst, Op, Region, Scan, Unary, Value, inline, outline, renumber,
};

use crate::directions::along_entries;
use crate::flow::{self, Flow};
use crate::{NotDifferentiable, rules};

/// The function that also gives the derivative along a direction.
///
/// Its parameters are those of `func`, then a tangent for each parameter in `wrt`. Its results are
/// those of `func`, then a tangent for each of them that is a float.
///
/// # Errors
///
/// If a parameter in `wrt` is no float.
///
/// # Panics
///
/// If `wrt` names a parameter that does not exist.
pub fn run(func: &Func, wrt: &[usize]) -> Result<Func, NotDifferentiable> {
    for &k in wrt {
        let param = &func.params[k];
        if !func.types[param.value].is_float() {
            let what = format!("parameter {}, which is no float", param.name);
            return Err(NotDifferentiable { what, origin: None });
        }
    }
    let active = flow::run(func, wrt.iter().map(|&k| func.params[k].value));
    let mut jvp = Jvp { b: Builder::rewriting(func), active, tangents: BTreeMap::new() };
    for &k in wrt {
        let param = &func.params[k];
        let tangent = jvp.b.param(format!("d.{}", param.name), func.types[param.value].clone());
        jvp.add_tangent(param.value, tangent);
    }
    jvp.insts(&func.body.insts);
    let mut results = func.body.results.clone();
    for &result in &func.body.results {
        if func.types[result].is_float() {
            results.push(jvp.tangent_or_zeros(result));
        }
    }
    Ok(renumber(jvp.b.finish(results)))
}

struct Jvp<'a> {
    b: Builder,
    active: Flow<'a>,
    tangents: BTreeMap<Value, Value>,
}

impl Jvp<'_> {
    /// A parameter asked for twice has the sum of both tangents.
    fn add_tangent(&mut self, value: Value, tangent: Value) {
        let known = self.tangents.get(&value).copied();
        let sum = rules::sum(&mut self.b, known, Some(tangent)).expect("one is there");
        self.tangents.insert(value, sum);
    }

    fn tangent_or_zeros(&mut self, value: Value) -> Value {
        self.tangents.get(&value).copied().unwrap_or_else(|| {
            let ty = self.b.ty(value).clone();
            self.b.filled(&ty, 0.0)
        })
    }

    fn insts(&mut self, insts: &[Inst]) {
        for inst in insts {
            self.b.set_origin(inst.origin);
            match inst.op.control() {
                None => self.plain(inst),
                Some(Control::Map { extent, body }) => self.map(inst, extent, body),
                Some(Control::Scan(scan)) => self.scan(inst, &scan),
                Some(Control::Implicit { zero, .. }) => self.implicit(inst, zero),
                Some(Control::If { condition, branches }) => {
                    self.branch(inst, condition, branches);
                }
            }
        }
    }

    fn plain(&mut self, inst: &Inst) {
        self.b.push(inst.clone());
        let out = inst.results[0];
        if self.active.has(out) {
            let tangents = &self.tangents;
            let d = |value: Value| tangents.get(&value).copied();
            if let Some(tangent) = rules::tangent(&mut self.b, &inst.op, out, &d) {
                self.tangents.insert(out, tangent);
            }
        }
    }

    /// A region with tangents. Each part of the results is followed by the tangents of those of its
    /// values that are `wanted`.
    fn region(&mut self, region: &Region, params: Vec<Value>, parts: &[Part<'_>]) -> Region {
        self.b.open_region_of(params);
        self.insts(&region.insts);
        let mut results = Vec::new();
        for part in parts {
            results.extend(part.values);
            for (&value, _) in part.values.iter().zip(part.wanted).filter(|(_, wanted)| **wanted) {
                results.push(self.tangent_or_zeros(value));
            }
        }
        self.b.close_region(results)
    }

    fn map(&mut self, inst: &Inst, extent: u64, body: &Region) {
        let wanted = self.active(&inst.results);
        let part = Part { values: &body.results, wanted: &wanted };
        let body = self.region(body, body.params.clone(), &[part]);
        let results = self.with_tangents(&inst.results, &wanted);
        self.b.push(Inst { results, op: Op::Map { extent, body }, origin: inst.origin });
    }

    fn scan(&mut self, inst: &Inst, scan: &Scan<'_>) {
        let n = scan.init.len();
        let (carries, emitted) = inst.results.split_at(n);
        let (next, emits) = scan.body.results.split_at(n);
        let (carried, wanted) = (self.active(&scan.body.params[1..]), self.active(emitted));
        let mut init = scan.init.to_vec();
        for (&first, _) in scan.init.iter().zip(&carried).filter(|(_, carried)| **carried) {
            init.push(self.tangent_or_zeros(first));
        }
        let mut params = vec![scan.body.params[0]];
        params.extend(self.with_tangents(&scan.body.params[1..], &carried));
        let parts =
            [Part { values: next, wanted: &carried }, Part { values: emits, wanted: &wanted }];
        let body = self.region(scan.body, params, &parts);
        let mut emits = scan.emits.to_vec();
        let kept = scan.emits.iter().zip(&wanted).filter(|(_, wanted)| **wanted);
        emits.extend(kept.map(|(&emit, _)| emit));
        let mut results = self.with_tangents(carries, &carried);
        results.extend(self.with_tangents(emitted, &wanted));
        let (extent, trips, reverse) = (scan.extent, scan.trips, scan.reverse);
        let op = Op::Scan { extent, trips, reverse, init, emits, body };
        self.b.push(Inst { results, op, origin: inst.origin });
    }

    fn branch(&mut self, inst: &Inst, condition: Value, branches: [&Region; 2]) {
        let wanted = self.active(&inst.results);
        let [then, otherwise] = branches.map(|region| {
            self.region(region, Vec::new(), &[Part { values: &region.results, wanted: &wanted }])
        });
        let results = self.with_tangents(&inst.results, &wanted);
        let op = Op::If { condition, then, otherwise };
        self.b.push(Inst { results, op, origin: inst.origin });
    }

    /// By the theorem of the implicit function: where `F(x, θ) = 0`, `dx = -(∂F/∂x)⁻¹ ∂F/∂θ dθ`. Both
    /// parts are derivatives of the region, so that what comes out can be differentiated again.
    fn implicit(&mut self, inst: &Inst, zero: &Region) {
        self.b.push(inst.clone());
        let root = inst.results[0];
        let (func, captured) = outline(&self.b, "zero", zero.clone());
        let moving: Vec<usize> =
            (0..captured.len()).filter(|&k| self.tangents.contains_key(&captured[k])).collect();
        if moving.is_empty() {
            return;
        }
        let args = [&[root], captured.as_slice()].concat();
        let wrt: Vec<usize> = moving.iter().map(|k| 1 + k).collect();
        let push = run(&func, &wrt).expect("values with tangents are floats");
        let directions: Vec<Value> = moving.iter().map(|&k| self.tangents[&captured[k]]).collect();
        let moved = inline(&mut self.b, &push, &[args.as_slice(), &directions].concat())[1];

        let (_, columns) =
            along_entries(&mut self.b, &func, &args, &[0], 0).expect("roots are floats");
        let jacobian = self.b.transpose(columns, vec![1, 0]);
        let minus = self.b.solve(jacobian, moved);
        let tangent = self.b.unary(Unary::Neg, minus);
        self.tangents.insert(root, tangent);
    }

    fn active(&self, values: &[Value]) -> Vec<bool> {
        values.iter().map(|&value| self.active.has(value)).collect()
    }

    /// The values, then new ones for the tangents of those that are `wanted`.
    fn with_tangents(&mut self, values: &[Value], wanted: &[bool]) -> Vec<Value> {
        let mut all = values.to_vec();
        for (&value, _) in values.iter().zip(wanted).filter(|(_, wanted)| **wanted) {
            let ty = self.b.ty(value).clone();
            let tangent = self.b.declare(ty);
            self.tangents.insert(value, tangent);
            all.push(tangent);
        }
        all
    }
}

/// Values that a region yields and which of them have tangents.
struct Part<'a> {
    values: &'a [Value],
    wanted: &'a [bool],
}
