//! Whole runs of kernels written in Rust.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sdec_abi::{Call, CallError, Compiled, GROUP, Input, Output, Scalar, Signature, Slot, check};
use sdec_engine::{Collect, Collected, Engine, Job, Moments, NotFinite, RunError, Sample};

/// `y = [f(p), 2 f(p)]` and `z = p as f32` for path number `p`, and the first input as it is.
struct Kernel {
    signature: Signature,
    f: fn(u64) -> f64,
}

fn kernel(f: fn(u64) -> f64) -> Kernel {
    let slot = |name: &str, scalar, lanes, len| Slot { name: name.into(), scalar, lanes, len };
    Kernel {
        signature: Signature {
            name: "test".into(),
            inputs: vec![slot("x", Scalar::F64, false, 1)],
            outputs: vec![
                slot("y", Scalar::F64, true, 2),
                slot("z", Scalar::F32, true, 1),
                slot("x", Scalar::F64, false, 1),
            ],
            scratch_bytes: 0,
            lanes: true,
            held: 4,
        },
        f,
    }
}

impl Compiled for Kernel {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn call(&self, call: &mut Call<'_, '_>) -> Result<(), CallError> {
        check(&self.signature, call)?;
        let lanes = (call.groups.start * GROUP..call.groups.end * GROUP).enumerate();
        let [Output::F64(y), Output::F32(z), Output::F64(x)] = call.outputs else {
            unreachable!("checked")
        };
        let Input::F64(input) = call.inputs[0] else { unreachable!("checked") };
        x[0] = input[0];
        for (k, place) in lanes {
            let path = call.first_path + place.min(call.paths - 1);
            let (group, lane) = (k / 16, k % 16);
            y[group * 32 + lane] = (self.f)(path);
            y[group * 32 + 16 + lane] = 2.0 * (self.f)(path);
            z[k] = path as f32;
        }
        Ok(())
    }
}

fn engine(threads: usize) -> Engine {
    Engine::new(NonZeroUsize::new(threads).unwrap()).unwrap()
}

const JOB: Job<'_> = Job {
    paths: 1000,
    first_path: 7,
    collect: &[Collect::Moments, Collect::Keep, Collect::Moments],
    cancel: None,
    progress: None,
};

fn run(threads: usize, f: fn(u64) -> f64, job: &Job<'_>) -> Result<Sample, RunError> {
    engine(threads).run(&kernel(f), &[Input::F64(&[42.0])], job)
}

fn wave(path: u64) -> f64 {
    (path as f64 * 0.37).sin()
}

#[test]
fn outputs_are_collected_as_asked() {
    for paths in [1, 15, 16, 17, 1000] {
        let sample = run(2, wave, &Job { paths, ..JOB }).unwrap();
        let [Collected::Moments(y), Collected::Paths { rows: z, .. }, Collected::Uniform(x)] =
            &sample.outputs[..]
        else {
            panic!("{sample:?}")
        };
        let values: Vec<f64> = (7..7 + paths).map(wave).collect();
        let mean = values.iter().sum::<f64>() / paths as f64;
        let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
        assert_eq!(y[0].count, paths);
        assert!((y[0].mean() - mean).abs() < 1e-14);
        assert!((y[0].squares - squares).abs() < 1e-12);
        assert!((y[1].mean() - 2.0 * mean).abs() < 1e-14);
        assert_eq!(*z, (7..7 + paths).map(|p| p as f64).collect::<Vec<_>>());
        assert_eq!(*x, [42.0]);
        assert_eq!(sample.not_finite, None);
    }
}

#[test]
fn threads_change_no_bit() {
    for paths in [1, 15, 16, 17, 1000, 100_001] {
        let one = run(1, wave, &Job { paths, ..JOB }).unwrap();
        for threads in [2, 3, 9] {
            assert_eq!(run(threads, wave, &Job { paths, ..JOB }).unwrap(), one, "{paths} paths");
        }
    }
}

/// Groups are merged pairwise: worked out here by hand for 3 groups of 16.
#[test]
fn sums_follow_the_tree() {
    let group = |g: u64| {
        let mut x: Vec<f64> = (16 * g..16 * g + 16).map(wave).collect();
        for half in [8, 4, 2, 1] {
            x = (0..half).map(|i| x[i] + x[i + half]).collect();
        }
        x[0]
    };
    let expected = (group(0) + group(1)) + group(2);
    let job = Job { paths: 48, first_path: 0, ..JOB };
    let Collected::Moments(y) = &run(3, wave, &job).unwrap().outputs[0] else { panic!() };
    assert_eq!(y[0].sum.to_bits(), expected.to_bits());
}

#[test]
fn paths_that_are_not_finite_are_counted_once_and_named() {
    fn sometimes(path: u64) -> f64 {
        if path % 100 == 30 {
            f64::NAN
        } else if path == 1006 {
            f64::INFINITY
        } else {
            1.0
        }
    }
    for threads in [1, 3] {
        // The last path, 1006, is repeated by 8 lanes that do not count.
        let sample = run(threads, sometimes, &JOB).unwrap();
        assert_eq!(sample.not_finite, Some(NotFinite { paths: 11, first: 30 }));
    }
}

#[test]
fn a_run_can_be_cancelled() {
    let cancel = AtomicBool::new(false);
    let stop = |_: u64, _: u64| cancel.store(true, Ordering::Relaxed);
    for threads in [1, 2] {
        cancel.store(false, Ordering::Relaxed);
        let job = Job { paths: 1 << 40, cancel: Some(&cancel), progress: Some(&stop), ..JOB };
        let job = Job { collect: &[Collect::Moments; 3], ..job };
        assert_eq!(run(threads, wave, &job), Err(RunError::Cancelled));
    }
}

#[test]
fn progress_goes_up_to_the_number_of_groups() {
    let last = AtomicU64::new(0);
    let progress = |done: u64, total: u64| {
        assert_eq!(total, 63);
        assert!(last.swap(done, Ordering::Relaxed) < done);
    };
    run(2, wave, &Job { progress: Some(&progress), ..JOB }).unwrap();
    assert_eq!(last.into_inner(), 63);
}

#[test]
fn more_paths_than_memory_can_keep_are_refused() {
    let job = Job { paths: u64::MAX / 64, ..JOB };
    assert!(matches!(run(2, wave, &job), Err(RunError::Memory(_))));
}

#[test]
fn jobs_that_do_not_fit_the_kernel_are_refused() {
    let job = Job { collect: &[], ..JOB };
    assert_eq!(run(1, wave, &job), Err(RunError::Collects { expected: 3, given: 0 }));
    assert!(matches!(run(1, wave, &Job { paths: 0, ..JOB }), Err(RunError::Call(_))));
    let none = engine(2).run(&kernel(wave), &[], &JOB);
    assert_eq!(none, Err(RunError::Call(CallError::Count { expected: 1, given: 0 })));
}

#[test]
fn one_path_has_a_mean_and_no_error() {
    let Collected::Moments(y) = &run(1, wave, &Job { paths: 1, ..JOB }).unwrap().outputs[0] else {
        panic!()
    };
    assert_eq!(y[0], Moments { count: 1, sum: wave(7), squares: 0.0 });
    assert!(y[0].standard_error().is_nan());
}
