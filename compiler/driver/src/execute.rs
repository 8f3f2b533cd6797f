//! Running a program over all paths, watched by an observer.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use sdec_engine::{Collect, Collected, Engine, Job, NotFinite, RunError, Sample};

use crate::inputs::Owned;
use crate::run::Observer;
use crate::solve::{Plan, Ready};
use crate::{Failure, memory};

/// How often the observer is asked and told.
const WATCH: Duration = Duration::from_millis(50);

/// What came of a program.
pub(crate) struct Execution {
    sample: Sample,
    pub(crate) paths: u64,
    pub(crate) threads: usize,
    /// Bytes of working memory of each thread.
    pub(crate) memory: u64,
    pub(crate) seconds: f64,
}

/// Runs all paths. `keep` keeps every path's results; else only moments are.
pub(crate) fn execute(
    ready: &Ready,
    plan: &Plan<'_>,
    keep: bool,
    threads: Option<usize>,
    observer: &mut dyn Observer,
) -> Result<Execution, Failure> {
    let signature = ready.machine.code.signature();
    if keep {
        let entries: u64 = signature.outputs.iter().map(|slot| slot.len).sum();
        memory::allow(plan.paths.saturating_mul(entries).saturating_mul(8))?;
    }
    let all = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let threads = threads.and_then(NonZeroUsize::new).unwrap_or(all);
    let engine = Engine::new(threads).map_err(|error| Failure::Environment(error.to_string()))?;
    let collect = if keep { Collect::Keep } else { Collect::Moments };
    let collect = vec![collect; signature.outputs.len()];
    let begin = Instant::now();
    let sample = watched(&engine, ready, plan.paths, &collect, observer)?;
    let seconds = begin.elapsed().as_secs_f64();
    let (threads, memory) = (engine.threads(), signature.scratch_bytes);
    Ok(Execution { sample, paths: plan.paths, threads, memory, seconds })
}

/// The engine works in a thread of its own, so that the observer, which stays in this one, sees
/// progress and can stop it.
fn watched(
    engine: &Engine,
    ready: &Ready,
    paths: u64,
    collect: &[Collect],
    observer: &mut dyn Observer,
) -> Result<Sample, Failure> {
    let (cancel, done, total) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(1));
    let progress = |now: u64, of: u64| {
        done.store(now, Ordering::Relaxed);
        total.store(of, Ordering::Relaxed);
    };
    let inputs: Vec<_> = ready.inputs.iter().map(Owned::as_input).collect();
    let job =
        Job { paths, first_path: 0, collect, cancel: Some(&cancel), progress: Some(&progress) };
    let (sender, receiver) = channel();
    let result = std::thread::scope(|scope| {
        scope.spawn(|| {
            // The receiver is there until the result has come.
            let _ = sender.send(engine.run(&*ready.machine.code, &inputs, &job));
        });
        loop {
            match receiver.recv_timeout(WATCH) {
                Ok(result) => return result,
                Err(RecvTimeoutError::Timeout) => {
                    observer.progress(done.load(Ordering::Relaxed), total.load(Ordering::Relaxed));
                    cancel.fetch_or(observer.is_cancelled(), Ordering::Relaxed);
                }
                Err(RecvTimeoutError::Disconnected) => {
                    unreachable!("the engine's thread sends its result before it ends")
                }
            }
        }
    });
    result.map_err(|error| {
        if error == RunError::Cancelled {
            Failure::Interrupted
        } else {
            Failure::Environment(error.to_string())
        }
    })
}

impl Execution {
    /// How many results the program has.
    pub(crate) fn results(&self) -> usize {
        self.sample.outputs.len()
    }

    /// Mean of each entry of a result over the paths.
    pub(crate) fn mean(&self, result: usize) -> Vec<f64> {
        self.moments(result, |mean, _| mean)
    }

    /// Standard deviation of each entry over the paths.
    pub(crate) fn sd(&self, result: usize) -> Vec<f64> {
        self.moments(result, |_, variance| variance.sqrt())
    }

    /// Standard error of each mean.
    pub(crate) fn stderr(&self, result: usize) -> Vec<f64> {
        let paths = self.paths as f64;
        self.moments(result, |_, variance| (variance / paths).sqrt())
    }

    fn moments(&self, result: usize, f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
        match &self.sample.outputs[result] {
            Collected::Moments(moments) | Collected::Paths { moments, .. } => {
                moments.iter().map(|entry| f(entry.mean(), entry.variance())).collect()
            }
            Collected::Uniform(entries) => entries.iter().map(|&entry| f(entry, 0.0)).collect(),
        }
    }

    /// Every path's results, `[path, entry]`.
    pub(crate) fn all(&self, result: usize) -> Vec<f64> {
        match &self.sample.outputs[result] {
            Collected::Paths { rows, .. } => rows.clone(),
            Collected::Uniform(entries) => {
                let paths = usize::try_from(self.paths).unwrap_or(usize::MAX);
                entries.repeat(paths)
            }
            Collected::Moments(_) => unreachable!("paths were not kept"),
        }
    }

    /// How many paths gave no number, if any, in words.
    pub(crate) fn not_finite(&self) -> Option<String> {
        // The engine counts paths; a result that all paths share belongs to each of them.
        let is_shared = self.sample.outputs.iter().any(|output| match output {
            Collected::Uniform(entries) => entries.iter().any(|entry| !entry.is_finite()),
            Collected::Moments(_) | Collected::Paths { .. } => false,
        });
        let shared = (is_shared && self.paths > 0).then_some((self.paths, 0));
        let counted = self.sample.not_finite.map(|NotFinite { paths, first }| (paths, first));
        let (paths, first) = shared.or(counted)?;
        let (have, all) = (if paths == 1 { "path has" } else { "paths have" }, self.paths);
        Some(format!(
            "{paths} of {all} {have} a result that is infinite or not a number, \
             the first is path {first}; take a shorter dt, or see whether the model leaves its domain"
        ))
    }
}
