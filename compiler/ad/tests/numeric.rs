//! Derivatives of random functions, forwards against differences and backwards against forwards.
//!
//! Both are needed: a wrong derivative passes the second test, a wrong transpose the first.

use std::collections::BTreeMap;

use sdec_ad::{jvp, linearise, vjp};
use sdec_ssa::arbitrary::{self, Rng};
use sdec_ssa::{Array, DrawLaw, Draws, Func, Op, Region, Type, Unary, eval, verify};

const N_SEEDS: u64 = 600;

/// Draws that depend only on their number.
struct Hashed;

impl Draws for Hashed {
    fn draw(&mut self, _stream: &str, law: DrawLaw, number: u64) -> f64 {
        let mut rng = Rng::new(number + 1);
        match law {
            DrawLaw::Uniform => rng.unit(),
            DrawLaw::Normal => 3.0 * rng.unit() - 1.5,
        }
    }
}

fn random(rng: &mut Rng, ty: &Type) -> Array {
    Array::floats(ty.clone(), (0..ty.entries()).map(|_| 0.2 + rng.unit()).collect())
}

fn param_types(func: &Func) -> Vec<Type> {
    func.params.iter().map(|param| func.types[param.value].clone()).collect()
}

fn shifted(x: &[Array], s: f64, v: &[Array]) -> Vec<Array> {
    let shift = |(x, v): (&Array, &Array)| {
        let entries = x.as_floats().iter().zip(v.as_floats()).map(|(x, v)| x + s * v);
        Array::floats(x.ty.clone(), entries.collect())
    };
    x.iter().zip(v).map(shift).collect()
}

fn run(func: &Func, inputs: &[&[Array]]) -> Vec<Array> {
    verify(func).unwrap_or_else(|malformed| panic!("{malformed}\n{func}"));
    eval(func, &inputs.concat(), &mut Hashed)
}

fn entries(arrays: &[Array]) -> Vec<f64> {
    arrays.iter().flat_map(|array| array.as_floats().to_vec()).collect()
}

/// The product of two lists of arrays, and the sum of the terms' sizes.
fn dot(x: &[Array], y: &[Array]) -> (f64, f64) {
    let terms: Vec<f64> = entries(x).iter().zip(entries(y)).map(|(x, y)| x * y).collect();
    (terms.iter().sum(), terms.iter().map(|term| term.abs()).sum())
}

/// Differences cannot know of `stop_gradient`; `sign` stands in for it.
fn without_stop_gradient(region: &mut Region) {
    for inst in &mut region.insts {
        if let Op::Unary(op @ Unary::StopGradient, _) = &mut inst.op {
            *op = Unary::Sign;
        }
        for inner in inst.op.regions_mut() {
            without_stop_gradient(inner);
        }
    }
}

#[test]
fn jvp_agrees_with_central_differences() {
    let h = f64::EPSILON.cbrt();
    for seed in 0..N_SEEDS {
        let mut func = arbitrary::func(seed);
        without_stop_gradient(&mut func.body);
        let mut rng = Rng::new(seed);
        let types = param_types(&func);
        let x: Vec<Array> = types.iter().map(|ty| random(&mut rng, ty)).collect();
        let v: Vec<Array> = types.iter().map(|ty| random(&mut rng, ty)).collect();
        let forward = jvp::run(&func, &[0, 1, 2, 3]).unwrap();
        let results = run(&forward, &[&x, &v]);
        let (value, tangent) = results.split_at(func.body.results.len());
        assert_eq!(value, run(&func, &[&x]), "seed {seed}: values\n{func}");
        let differences = |h: f64| {
            let [above, below] = [h, -h].map(|s| entries(&run(&func, &[&shifted(&x, s, &v)])));
            above.iter().zip(below).map(|(a, b)| (a - b) / (2.0 * h)).collect::<Vec<f64>>()
        };
        let (near, far) = (differences(h), differences(2.0 * h));
        let values = entries(value);
        for (k, tangent) in entries(tangent).into_iter().enumerate() {
            let scale = 1.0 + near[k].abs() + values[k].abs();
            // Where the function is steep, the differences differ by three times their error.
            let allowed = 2e-7 * scale + (near[k] - far[k]).abs();
            assert!(
                (tangent - near[k]).abs() < allowed,
                "seed {seed}, entry {k}: {tangent} is not {}\n{func}\n{forward}",
                near[k]
            );
        }
    }
}

#[test]
fn vjp_is_the_adjoint_of_jvp() {
    for seed in 0..N_SEEDS {
        let func = arbitrary::func(seed);
        let mut rng = Rng::new(seed);
        let types = param_types(&func);
        let x: Vec<Array> = types.iter().map(|ty| random(&mut rng, ty)).collect();
        let v: Vec<Array> = types.iter().map(|ty| random(&mut rng, ty)).collect();
        let forward = jvp::run(&func, &[0, 1, 2, 3]).unwrap();
        let results = run(&forward, &[&x, &v]);
        let (value, tangent) = results.split_at(func.body.results.len());
        let w: Vec<Array> = value.iter().map(|result| random(&mut rng, &result.ty)).collect();

        let split = linearise::run(&forward, 4);
        assert_eq!(run(&split, &[&x, &v]), results, "seed {seed}: split\n{forward}\n{split}");

        let backward = vjp::run(&func, &[0, 1, 2, 3]).unwrap();
        let results = run(&backward, &[&x, &w]);
        let (same_value, cotangent) = results.split_at(value.len());
        assert_eq!(value, same_value, "seed {seed}: values\n{func}");
        let (left, left_size) = dot(&w, tangent);
        let (right, right_size) = dot(cotangent, &v);
        let scale = 1.0 + left_size + right_size;
        assert!(
            (left - right).abs() < 1e-12 * scale,
            "seed {seed}: {left} is not {right}\n{func}\n{split}\n{backward}"
        );
    }
}

#[test]
fn derivatives_are_taken_of_derivatives() {
    for seed in 0..N_SEEDS / 6 {
        let func = arbitrary::func(seed);
        let mut rng = Rng::new(seed);
        let gradient = vjp::run(&func, &[0, 2]).unwrap();
        let types = param_types(&gradient);
        let x: Vec<Array> = types.iter().map(|ty| random(&mut rng, ty)).collect();
        let all: Vec<usize> = (0..types.len()).collect();
        let v: Vec<Array> = types.iter().map(|ty| random(&mut rng, ty)).collect();
        let forward = run(&jvp::run(&gradient, &all).unwrap(), &[&x, &v]);
        let (value, tangent) = forward.split_at(gradient.body.results.len());
        let w: Vec<Array> = value.iter().map(|result| random(&mut rng, &result.ty)).collect();
        let backward = run(&vjp::run(&gradient, &all).unwrap(), &[&x, &w]);
        let (left, left_size) = dot(&w, tangent);
        let (right, right_size) = dot(&backward[value.len()..], &v);
        let scale = 1.0 + left_size + right_size;
        assert!((left - right).abs() < 1e-11 * scale, "seed {seed}: {left} is not {right}\n{func}");
    }
}

/// The two tests above mean little for an operation that hardly occurs.
#[test]
fn every_operation_occurs_in_every_control_form() {
    let mut counts: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for seed in 0..N_SEEDS {
        count(&arbitrary::func(seed).body, "straight", &mut counts);
    }
    let names: Vec<String> = counts.keys().map(|(_, name)| name.clone()).collect();
    for form in ["straight", "map", "scan", "if"] {
        for name in &names {
            let n = counts.get(&(form, name.clone())).copied().unwrap_or(0);
            assert!(n >= 10, "{name} in {form}: {n} times");
        }
    }
}

fn count(region: &Region, form: &'static str, counts: &mut BTreeMap<(&str, String), usize>) {
    for inst in &region.insts {
        let inner = if matches!(inst.op, Op::Map { .. }) {
            "map"
        } else if matches!(inst.op, Op::Scan { .. }) {
            "scan"
        } else {
            "if"
        };
        *counts.entry((form, name(&inst.op))).or_default() += 1;
        for region in inst.op.regions() {
            count(region, inner, counts);
        }
    }
}

fn name(op: &Op) -> String {
    if let Op::Unary(op, _) = op {
        return op.name().to_owned();
    }
    if let Op::Binary(op, ..) = op {
        return op.name().to_owned();
    }
    let text = format!("{op:?}");
    text[..text.find(['(', ' ']).expect("operations have operands")].to_owned()
}
