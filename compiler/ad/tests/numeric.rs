//! Derivatives of random functions, forwards against differences and backwards against forwards.
//!
//! Both are needed: a wrong derivative passes the second test, a wrong transpose the first
//! (`faults.rs` shows that each catches what is its own).

mod common;

use common::{disagreement, dot, params, random, run, without_stop_gradient};
use sdec_ad::{batch, jvp, linearise, vjp};
use sdec_ssa::arbitrary::{self, Rng};
use sdec_ssa::{Array, Func};

/// Seeds of a normal run, and of a long one.
const SAMPLE: u64 = 200;
const ALL: u64 = 10_000;

const WRT: [usize; 4] = [0, 1, 2, 3];

/// The sum of what `check` finds for each seed below `seeds`, on all cores.
fn over_seeds(seeds: u64, check: impl Fn(u64) -> usize + Sync) -> usize {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    std::thread::scope(|scope| {
        let part = |first: u64| {
            let check = &check;
            scope.spawn(move || (first..seeds).step_by(threads as usize).map(check).sum::<usize>())
        };
        let parts: Vec<_> = (0..threads).map(part).collect();
        let found = parts
            .into_iter()
            .map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        found.sum()
    })
}

/// Points at which the derivative is not that of differences, of three: one may be a kink.
fn disagreements(seed: u64, func: &Func, forward: &Func) -> Vec<String> {
    let mut rng = Rng::new(seed);
    let mut found = Vec::new();
    for _ in 0..3 {
        let [x, v] = [(); 2].map(|()| random(&mut rng, &params(func)));
        let results = run(forward, &[&x, &v]);
        let (value, tangents) = results.split_at(func.body.results.len());
        assert_eq!(value, run(func, &[&x]), "seed {seed}: values\n{func}");
        match disagreement(func, tangents, &x, &v) {
            Some(what) => found.push(what),
            None => break,
        }
    }
    found
}

/// How many functions have a kink within a step of the differences, all others agreeing.
fn check_forward(seeds: u64) -> usize {
    over_seeds(seeds, |seed| {
        let mut func = arbitrary::func(seed);
        without_stop_gradient(&mut func.body);
        let forward = jvp::run(&func, &WRT).expect("parameters are floats");
        let found = disagreements(seed, &func, &forward);
        assert!(found.len() < 2, "seed {seed}: {found:?}\n{func}\n{forward}");
        found.len()
    })
}

fn check_backward(seeds: u64) {
    over_seeds(seeds, |seed| {
        let func = arbitrary::func(seed);
        let mut rng = Rng::new(seed);
        let [x, v] = [(); 2].map(|()| random(&mut rng, &params(&func)));
        let forward = jvp::run(&func, &WRT).expect("parameters are floats");
        let results = run(&forward, &[&x, &v]);
        let (value, tangent) = results.split_at(func.body.results.len());
        let w = random(&mut rng, value.iter().map(|result| &result.ty));

        let split = linearise::run(&forward, 4);
        assert_eq!(run(&split, &[&x, &v]), results, "seed {seed}: split\n{forward}\n{split}");

        let backward = vjp::run(&func, &WRT).expect("parameters are floats");
        let results = run(&backward, &[&x, &w]);
        let (same_value, cotangent) = results.split_at(value.len());
        assert_eq!(value, same_value, "seed {seed}: values\n{func}");
        check_adjoint(seed, &func, [&w, tangent], [cotangent, &v], 1e-12);
        0
    });
}

/// `⟨w, Jv⟩ = ⟨Jᵀw, v⟩` to rounding.
#[track_caller]
fn check_adjoint(seed: u64, func: &Func, left: [&[Array]; 2], right: [&[Array]; 2], eps: f64) {
    let [(left, left_size), (right, right_size)] = [left, right].map(|[x, y]| dot(x, y));
    let scale = 1.0 + left_size + right_size;
    assert!((left - right).abs() < eps * scale, "seed {seed}: {left} is not {right}\n{func}");
}

#[test]
fn jvp_agrees_with_central_differences() {
    assert!(check_forward(SAMPLE) <= 2);
}

#[test]
#[ignore = "takes minutes: 10,000 functions"]
fn jvp_agrees_with_central_differences_on_all_functions() {
    assert!(check_forward(ALL) <= 20);
}

#[test]
fn vjp_is_the_adjoint_of_jvp() {
    check_backward(SAMPLE);
}

#[test]
#[ignore = "takes minutes: 10,000 functions"]
fn vjp_is_the_adjoint_of_jvp_on_all_functions() {
    check_backward(ALL);
}

#[test]
fn derivatives_are_taken_of_derivatives() {
    for seed in 0..SAMPLE / 4 {
        let func = arbitrary::func(seed);
        let mut rng = Rng::new(seed);
        let gradient = vjp::run(&func, &[0, 2]).unwrap();
        let types = params(&gradient);
        let all: Vec<usize> = (0..types.len()).collect();
        let [x, v] = [(); 2].map(|()| random(&mut rng, &types));
        let forward = run(&jvp::run(&gradient, &all).unwrap(), &[&x, &v]);
        let (value, tangent) = forward.split_at(gradient.body.results.len());
        let w = random(&mut rng, value.iter().map(|result| &result.ty));
        let backward = run(&vjp::run(&gradient, &all).unwrap(), &[&x, &w]);
        check_adjoint(seed, &func, [&w, tangent], [&backward[value.len()..], &v], 1e-11);
    }
}

/// Three directions at once give what each gives alone.
#[test]
fn batches_of_tangents_are_the_tangents() {
    for seed in 0..SAMPLE {
        let func = arbitrary::func(seed);
        let mut rng = Rng::new(seed);
        let forward = jvp::run(&func, &WRT).expect("parameters are floats");
        let many = batch::run(&forward, 4, func.body.results.len(), 3);
        let x = random(&mut rng, &params(&func));
        let v = random(&mut rng, &params(&many)[4..]);
        let results = run(&many, &[&x, &v]);
        for k in 0..3 {
            let alone = run(&forward, &[&x, &direction(&v, k)]);
            let (value, tangents) = alone.split_at(func.body.results.len());
            let (same_value, all) = results.split_at(value.len());
            assert_eq!(value, same_value, "seed {seed}: values\n{func}");
            assert_eq!(tangents, direction(all, k), "seed {seed}, direction {k}\n{func}\n{many}");
        }
    }
}

/// Number `k` of three along the last axis.
fn direction(arrays: &[Array], k: usize) -> Vec<Array> {
    let pick = |array: &Array| {
        let mut ty = array.ty.clone();
        ty.shape.pop();
        Array::floats(ty, array.as_floats().iter().copied().skip(k).step_by(3).collect())
    };
    arrays.iter().map(pick).collect()
}
