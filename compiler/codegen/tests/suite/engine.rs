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
        Collected::Paths { rows: numbers, .. } | Collected::Uniform(numbers) => numbers.clone(),
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
            for collect in [Collect::Moments, Collect::Keep] {
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
