//! That the tests of `numeric.rs` can fail: a fault put into a derivative is found by differences and
//! not by the adjoint, one put into a transpose by the adjoint.
//!
//! A fault turns the sign of one operation that depends on tangents (or cotangents).

mod common;

use std::collections::BTreeSet;

use common::{disagreement, dot, params, random, run, without_stop_gradient};
use sdec_ad::{jvp, linearise, transpose, vjp};
use sdec_ssa::arbitrary::{self, Rng};
use sdec_ssa::{Array, Func, Inst, Op, Region, Unary, Value, renumber};

const SEEDS: u64 = 60;
const WRT: [usize; 4] = [0, 1, 2, 3];

/// The floats that depend on parameters from number `first` on.
fn dependent(func: &Func, first: usize) -> BTreeSet<Value> {
    let mut found: BTreeSet<Value> = func.params[first..].iter().map(|p| p.value).collect();
    loop {
        let before = found.len();
        spread(&func.body, &mut found);
        if found.len() == before {
            found.retain(|&value| func.types[value].is_float());
            return found;
        }
    }
}

fn spread(region: &Region, found: &mut BTreeSet<Value>) {
    for inst in &region.insts {
        if inst.op.operands().iter().any(|x| found.contains(x)) {
            if let Op::Scan { init, body, .. } = &inst.op {
                mark_pairs(init, &body.params[1..], found);
            } else if !inst.op.is_control() {
                found.extend(&inst.results);
            }
        }
        for inner in inst.op.regions() {
            spread(inner, found);
            if let Op::Scan { init, .. } = &inst.op {
                mark_pairs(&inner.results[..init.len()], &inner.params[1..], found);
            }
            mark_pairs(&inner.results, &inst.results, found);
        }
    }
}

fn mark_pairs(from: &[Value], to: &[Value], found: &mut BTreeSet<Value>) {
    for (from, &to) in from.iter().zip(to) {
        if found.contains(from) {
            found.insert(to);
        }
    }
}

/// Negates the result of the `n`th operation without regions that is marked, if there are so many.
fn negated(func: &Func, marked: &BTreeSet<Value>, n: usize) -> Option<Func> {
    let mut func = func.clone();
    let mut left = n;
    let mut body = std::mem::take(&mut func.body);
    let done = negate(&mut func, &mut body, marked, &mut left);
    func.body = body;
    done.then(|| renumber(func))
}

fn negate(
    func: &mut Func,
    region: &mut Region,
    marked: &BTreeSet<Value>,
    left: &mut usize,
) -> bool {
    for k in 0..region.insts.len() {
        for inner in region.insts[k].op.regions_mut() {
            if negate(func, inner, marked, left) {
                return true;
            }
        }
        let inst = &mut region.insts[k];
        if inst.op.is_control() || !marked.contains(&inst.results[0]) {
            continue;
        }
        if *left > 0 {
            *left -= 1;
            continue;
        }
        let result = inst.results[0];
        let right = func.types.push(func.types[result].clone());
        inst.results[0] = right;
        let op = Op::Unary(Unary::Neg, right);
        region.insts.insert(k + 1, Inst { results: vec![result], op, origin: None });
        return true;
    }
    false
}

/// A fault of a derived function at random, and whether it changes what is computed.
fn fault(derived: &Func, first: usize, rng: &mut Rng, inputs: &[&[Array]]) -> Option<Func> {
    let marked = dependent(derived, first);
    let faulty = negated(derived, &marked, rng.below(marked.len().max(1)))?;
    (run(&faulty, inputs) != run(derived, inputs)).then_some(faulty)
}

fn gap(left: [&[Array]; 2], right: [&[Array]; 2]) -> f64 {
    let [(left, left_size), (right, right_size)] = [left, right].map(|[x, y]| dot(x, y));
    (left - right).abs() / (1.0 + left_size + right_size)
}

#[test]
fn faults_of_rules_are_found_by_differences_only() {
    let (mut faults, mut found) = (0, 0);
    for seed in 0..SEEDS {
        let mut func = arbitrary::func(seed);
        without_stop_gradient(&mut func.body);
        let mut rng = Rng::new(seed);
        let [x, v] = [(); 2].map(|()| random(&mut rng, &params(&func)));
        let forward = jvp::run(&func, &WRT).expect("parameters are floats");
        let Some(faulty) = fault(&forward, 4, &mut rng, &[&x, &v]) else { continue };
        faults += 1;
        let results = run(&faulty, &[&x, &v]);
        let (value, tangent) = results.split_at(func.body.results.len());
        found += usize::from(disagreement(&func, tangent, &x, &v).is_some());

        let w = random(&mut rng, value.iter().map(|result| &result.ty));
        let split = linearise::run(&faulty, 4);
        let backward = run(&transpose::run(&split, 4, value.len()), &[&x, &w]);
        let gap = gap([&w, tangent], [&backward[value.len()..], &v]);
        assert!(gap < 1e-12, "seed {seed}: the transpose of a faulty derivative is its adjoint");
    }
    assert!(faults >= 30 && found * 10 >= faults * 9, "{found} of {faults} faults are found");
}

#[test]
fn faults_of_transposes_are_found_by_the_adjoint() {
    let (mut faults, mut found) = (0, 0);
    for seed in 0..SEEDS {
        let func = arbitrary::func(seed);
        let mut rng = Rng::new(seed);
        let [x, v] = [(); 2].map(|()| random(&mut rng, &params(&func)));
        let results = run(&jvp::run(&func, &WRT).expect("parameters are floats"), &[&x, &v]);
        let (value, tangent) = results.split_at(func.body.results.len());
        let w = random(&mut rng, value.iter().map(|result| &result.ty));
        let backward = vjp::run(&func, &WRT).expect("parameters are floats");
        let Some(faulty) = fault(&backward, 4, &mut rng, &[&x, &w]) else { continue };
        faults += 1;
        let results = run(&faulty, &[&x, &w]);
        let gap = gap([&w, tangent], [&results[value.len()..], &v]);
        found += usize::from(gap > 1e-12);
    }
    assert!(faults >= 30 && found * 10 >= faults * 9, "{found} of {faults} faults are found");
}
