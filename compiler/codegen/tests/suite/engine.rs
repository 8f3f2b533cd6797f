//! Compiled kernels on the engine: any number of threads and paths gives the evaluator's bits.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::num::NonZeroUsize;

use sdec_abi::Input;
use sdec_codegen::{Backend, Interpreter};
use sdec_engine::{Collect, Collected, Engine, Job, Sample};
use sdec_kernel::Kernel;

use super::{common, random};
use crate::backends;

fn run(
    backend: &dyn Backend,
    kernel: &Kernel,
    threads: usize,
    paths: u64,
    collect: Collect,
) -> Sample {
    let compiled = backend.compile(kernel).unwrap();
    let tables = random::tables(4);
    let inputs: Vec<Input<'_>> = tables.iter().map(common::Table::input).collect();
    let collect = vec![collect; compiled.signature().outputs.len()];
    let job = Job { paths, first_path: 3, collect: &collect, cancel: None, progress: None };
    let engine = Engine::new(NonZeroUsize::new(threads).unwrap()).unwrap();
    engine.run(&*compiled, &inputs, &job).unwrap()
}

/// All numbers as bits, all NaNs being one.
fn bits(sample: &Sample) -> Vec<u64> {
    let numbers = sample.outputs.iter().flat_map(|output| match output {
        Collected::Moments(moments) => {
            moments.iter().flat_map(|m| [m.count as f64, m.sum, m.squares]).collect()
        }
        Collected::Paths { rows: numbers, .. }
        | Collected::Sums(numbers)
        | Collected::Uniform(numbers) => numbers.clone(),
        Collected::Status(_) => unreachable!("these jobs ask for numbers"),
    });
    numbers.map(|x: f64| if x.is_nan() { f64::NAN } else { x }.to_bits()).collect()
}

#[test]
fn samples_depend_on_paths_alone() {
    for (seed, lanes) in [(11, 4), (12, 16), (13, 1)] {
        let backend = backends().swap_remove(0);
        let kernel = random::kernel(seed, lanes);
        for paths in [1, 15, 16, 17, 1000] {
            for collect in [Collect::Moments, Collect::Sums, Collect::Keep] {
                let expected = run(&Interpreter, &kernel, 1, paths, collect);
                for threads in [1, 2, 3] {
                    let found = run(&*backend, &kernel, threads, paths, collect);
                    assert_eq!(bits(&found), bits(&expected), "{paths} paths, {threads} threads");
                    assert_eq!(found.not_finite, expected.not_finite);
                }
            }
        }
    }
}

/// Path `p` reads entry `p` of an input of which each path has its own, however groups are shared out.
#[test]
fn each_path_reads_its_own_input() {
    let paths = 37_u64;
    let text = |lanes: u32| {
        format!(
            "kernel \"own\" lanes {lanes}
b0 = input \"x\" <f64>[2]
b1 = output \"y\" <f64>[1]
v0: i64 = const 0
v1: i64 = const 1
v2: <f64> = load b0[v0]
v3: <f64> = load b0[v1]
v4: <f64> = sub v3, v2
b1[v0] = v4
"
        )
    };
    let groups = usize::try_from(paths.div_ceil(16)).unwrap();
    let mut own = vec![0.0; groups * 2 * 16];
    for place in 0..groups * 16 {
        let path = (place as f64).min(36.0);
        let at = place / 16 * 32 + place % 16;
        (own[at], own[at + 16]) = (path, path * path);
    }
    let expected: Vec<f64> = (0..paths).map(|p| (p * p) as f64 - p as f64).collect();
    for lanes in [1, 4, 16] {
        let kernel = sdec_kernel::parse(&text(lanes)).unwrap();
        let compiled = backends().swap_remove(0);
        for (backend, threads) in
            [(&Interpreter as &dyn Backend, 1), (&*compiled, 1), (&*compiled, 3)]
        {
            let compiled = backend.compile(&kernel).unwrap();
            let job = Job {
                paths,
                first_path: 5,
                collect: &[Collect::Keep],
                cancel: None,
                progress: None,
            };
            let engine = Engine::new(NonZeroUsize::new(threads).unwrap()).unwrap();
            let sample = engine.run(&*compiled, &[Input::F64(&own)], &job).unwrap();
            let Collected::Paths { rows, .. } = &sample.outputs[0] else {
                panic!("paths are kept")
            };
            assert_eq!(rows, &expected, "{lanes} lanes");
        }
    }
}
