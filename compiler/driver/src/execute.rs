//! Running a program over all paths, watched by an observer.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use sdec_engine::{
    Collect, Collected, Engine, Job, NotFinite, RunError, Sample, Statuses, Stopped,
};
use sdec_lower::to_ssa::Stop;

use crate::inputs::Owned;
use crate::run::Observer;
use crate::solve::{Plan, Ready};
use crate::{Failure, Options, memory};

/// How often the observer is asked and told.
const WATCH: Duration = Duration::from_millis(50);

/// What came of a program.
pub(crate) struct Execution {
    sample: Sample,
    /// How paths ended, of a solve that can stop early.
    ended: Option<Statuses>,
    pub(crate) paths: u64,
    pub(crate) threads: usize,
    /// Bytes of working memory of each thread.
    pub(crate) memory: u64,
    /// Of one run over all paths.
    pub(crate) seconds: f64,
}

/// Runs all paths, as often as the options say. `keep` keeps every path's results; else only moments are.
pub(crate) fn execute(
    ready: &Ready,
    plan: &Plan<'_>,
    keep: bool,
    options: &Options,
    observer: &mut dyn Observer,
) -> Result<Execution, Failure> {
    let signature = ready.machine.code.signature();
    if keep {
        let entries: u64 = signature.outputs.iter().map(|slot| slot.len).sum();
        memory::allow(plan.paths.saturating_mul(entries).saturating_mul(8))?;
    }
    let engine =
        Engine::new(options.threads()).map_err(|error| Failure::Environment(error.to_string()))?;
    let collect = if keep { Collect::Keep } else { Collect::Moments };
    let mut collect = vec![collect; signature.outputs.len()];
    if let Some(status) = ready.status {
        collect[status] = Collect::Status;
    }
    let mut times = Vec::new();
    let mut sample = loop {
        let begin = Instant::now();
        let sample = watched(&engine, ready, plan.paths, &collect, observer)?;
        times.push(begin.elapsed().as_secs_f64());
        if times.len() as u64 >= options.repeat.unwrap_or(1) {
            break sample;
        }
    };
    times.sort_unstable_by(f64::total_cmp);
    let seconds = times[times.len() / 2];
    let ended = ready.status.map(|status| ended(sample.outputs.remove(status), plan.paths));
    let ended = ended.map(|ended| plan.timed(ended));
    let (threads, memory) = (engine.threads(), signature.scratch_bytes);
    Ok(Execution { sample, ended, paths: plan.paths, threads, memory, seconds })
}

/// How paths ended; what all paths share belongs to each of them.
fn ended(output: Collected, paths: u64) -> Statuses {
    match output {
        Collected::Status(statuses) => statuses,
        Collected::Uniform(entries) => {
            let one = Statuses::of_path(0, [entries[0], entries[1], entries[2]]);
            Statuses { stopped: one.stopped * paths, ..one }
        }
        Collected::Moments(_) | Collected::Sums(_) | Collected::Paths { .. } => {
            unreachable!("statuses are collected as such")
        }
    }
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

    /// The most attempts at a step that a path made, of a solve that chooses its steps.
    pub(crate) fn attempts(&self) -> Option<u64> {
        self.ended.map(|ended| ended.attempts as u64)
    }

    /// Which paths stopped early, when and why, in words.
    pub(crate) fn stopped(&self) -> Option<String> {
        let Statuses { stopped, first, .. } = self.ended?;
        let Stopped { path, code, time } = first?;
        let why = match Stop::from_code(code) {
            Some(Stop::Attempts) => {
                "all attempts were made: allow more (attempts = …), or loosen rtol and atol"
            }
            Some(Stop::Underflow) => {
                "the step became too short for the time to move: the equation is singular there, or stiff"
            }
            Some(Stop::NotFinite) => "the state is infinite or not a number there",
            Some(Stop::Left) => {
                "a state leaves its support there: take a shorter dt, say what happens at its end \
                 (boundary = truncate, reflect or absorb), integrate the logarithm of what is Positive \
                 (coords = log), or declare it Real"
            }
            None => "it says no reason",
        };
        let have = if stopped == 1 { "path" } else { "paths" };
        let all = self.paths;
        Some(format!(
            "{stopped} of {all} {have} stopped early, the first is path {path} at t = {time}: {why}"
        ))
    }

    fn moments(&self, result: usize, f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
        match &self.sample.outputs[result] {
            Collected::Moments(moments) | Collected::Paths { moments, .. } => {
                moments.iter().map(|entry| f(entry.mean(), entry.variance())).collect()
            }
            Collected::Status(_) | Collected::Sums(_) => unreachable!("moments were asked for"),
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
            Collected::Moments(_) | Collected::Sums(_) | Collected::Status(_) => {
                unreachable!("paths were not kept")
            }
        }
    }

    /// How many paths gave no number, if any, in words.
    pub(crate) fn not_finite(&self) -> Option<String> {
        // The engine counts paths; a result that all paths share belongs to each of them.
        let is_shared = self.sample.outputs.iter().any(|output| match output {
            Collected::Uniform(entries) => entries.iter().any(|entry| !entry.is_finite()),
            Collected::Moments(_)
            | Collected::Sums(_)
            | Collected::Status(_)
            | Collected::Paths { .. } => false,
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
