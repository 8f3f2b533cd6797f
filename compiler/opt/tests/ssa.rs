//! Passes on random functions: what is optimised gives the same bits.

use sdec_opt::ssa::levels::{self, Worth};
use sdec_opt::ssa::{cse, dce, fold, licm, simplify};
use sdec_ssa::arbitrary::{self, Rng};
use sdec_ssa::{Array, Data, DrawLaw, Draws, Func, eval, verify};

struct Hashed;

impl Draws for Hashed {
    fn draw(&mut self, _stream: &str, _law: DrawLaw, number: u64) -> f64 {
        Rng::new(number + 1).unit()
    }
}

type Pass = fn(&Func) -> Func;

/// Entries by bits, all NaNs as one.
fn bits(func: &Func, inputs: &[Array]) -> Vec<u64> {
    let canonical = |x: &f64| if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() };
    let mut bits = Vec::new();
    for result in eval(func, inputs, &mut Hashed) {
        match result.data {
            Data::Float(entries) => bits.extend(entries.iter().map(canonical)),
            Data::Int(entries) => bits.extend(entries.iter().map(|n| *n as u64)),
            Data::Bool(entries) => bits.extend(entries.iter().map(|b| u64::from(*b))),
        }
    }
    bits
}

fn inputs(func: &Func, seed: u64) -> Vec<Array> {
    let mut rng = Rng::new(seed);
    let params = func.params.iter().map(|param| func.types[param.value].clone());
    params
        .map(|ty| {
            let entries = (0..ty.entries()).map(|_| 2.0 * rng.unit() - 1.0).collect();
            Array::floats(ty, entries)
        })
        .collect()
}

fn n_insts(func: &Func) -> usize {
    func.to_string().lines().count()
}

#[test]
fn every_pass_keeps_the_bits() {
    let passes: [(&str, Pass); 5] = [
        ("simplify", simplify::run),
        ("fold", fold::run),
        ("cse", cse::run),
        ("licm", licm::run),
        ("dce", dce::run),
    ];
    let (mut before, mut after) = (0, 0);
    for seed in 0..400 {
        let mut func = arbitrary::func(seed);
        before += n_insts(&func);
        let inputs = inputs(&func, seed);
        let expected = bits(&func, &inputs);
        for (name, pass) in passes {
            let next = pass(&func);
            verify(&next).unwrap_or_else(|malformed| panic!("{name}: {malformed}\n{func}\n{next}"));
            assert_eq!(bits(&next, &inputs), expected, "seed {seed}, {name}\n{func}\n{next}");
            func = next;
        }
        after += n_insts(&func);
    }
    // Nearly all of a random function is read by its results, so little of it is dead.
    assert!(after * 8 < before * 7, "{before} lines became {after}");
}

#[test]
fn what_is_computed_once_gives_the_same_bits() {
    let (mut parts, mut out_of_loops) = (0, 0);
    for seed in 0..400 {
        let mut func = arbitrary::func(seed);
        // Paths differ in some parameters; the first is read by nearly everything.
        for (k, param) in func.params.iter_mut().enumerate() {
            param.each = k == 1 + seed as usize % 3;
        }
        let worth = Worth { each: seed % 3, whole: 0, most: u64::MAX };
        let Some(split) = levels::run(&func, worth) else { continue };
        parts += 1;
        for part in [&split.common, &split.own] {
            verify(part).unwrap_or_else(|malformed| panic!("{seed}: {malformed}\n{func}\n{part}"));
        }
        let inputs = inputs(&func, seed);
        let expected = bits(&func, &inputs);
        let read: Vec<Array> = split.reads.iter().map(|&k| inputs[k].clone()).collect();
        let handed = eval(&split.common, &read, &mut Hashed);
        out_of_loops += usize::from(split.common.to_string().contains(" below "));
        assert!(split.reads.iter().all(|&k| !func.params[k].each), "seed {seed}");
        let all = [inputs, handed].concat();
        assert_eq!(bits(&split.own, &all), expected, "seed {seed}\n{func}\n{}", split.own);
    }
    assert!(parts > 200 && out_of_loops > 20, "{parts} were split, {out_of_loops} with such loops");
}
