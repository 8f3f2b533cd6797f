//! Running a job.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rayon::{ThreadPool, ThreadPoolBuilder};
use sdec_abi::{CallError, Compiled, FloatMode, Input, Signature};

use crate::chunks::{Kept, Known, Rest, Size};
use crate::part::{Collecting, Memory, Part, Worker};
use crate::sink::Sink;
use crate::split::{self, Split};
use crate::{Moments, NoThreads, NotFinite, RunError, Statuses, keep};

/// Threads that run kernels.
#[derive(Debug)]
pub struct Engine {
    /// None if the caller's thread does all.
    pool: Option<ThreadPool>,
    /// What is left of the last run: jobs that follow each other are often of one kernel.
    last: Mutex<Last>,
}

/// What a run leaves for the next.
#[derive(Debug, Default)]
struct Last {
    /// What its threads worked in.
    memory: Vec<Memory>,
    /// The place of its kernel, and what was found out about that.
    known: Option<(usize, Known)>,
}

/// What to run a kernel for, and what to make of its outputs.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// How many paths, at least 1. A kernel without lanes is run once whatever it says.
    pub paths: u64,
    /// Number of the first path.
    pub first_path: u64,
    /// One per output. An output without lanes is returned as it is whatever it says.
    pub collect: &'a [Collect],
    /// Stops the run within about 10 ms, or one group of paths if that takes longer.
    pub cancel: Option<&'a AtomicBool>,
    /// Called with the groups that are done and their total, now and then, from any thread.
    pub progress: Option<&'a (dyn Fn(u64, u64) + Sync)>,
}

/// What to make of an output with lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collect {
    /// Mean and variance of each entry over paths, in memory that does not grow with them.
    Moments,
    /// The sum of each entry over paths, with the bits of that of the moments.
    Sums,
    /// Every path, and moments too.
    Keep,
    /// How each path ended, from its three entries: a code that is 0 for a path which got to its end,
    /// a time, a number of attempts.
    Status,
}

/// What came of a job. Depends on nothing but kernel, inputs, paths and first path.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// One per output.
    pub outputs: Vec<Collected>,
    /// Paths with a result in an output with lanes that is infinite or NaN; never hide it.
    pub not_finite: Option<NotFinite>,
}

/// What came of an output.
#[derive(Clone, Debug, PartialEq)]
pub enum Collected {
    /// Of each entry.
    Moments(Vec<Moments>),
    /// Of each entry.
    Sums(Vec<f64>),
    /// Every path, and the same moments as without them.
    Paths {
        /// `[path][entry]`
        rows: Vec<f64>,
        /// Of each entry.
        moments: Vec<Moments>,
    },
    /// How paths ended.
    Status(Statuses),
    /// Each entry of an output without lanes.
    Uniform(Vec<f64>),
}

impl Engine {
    /// So many threads of its own; with one, the caller's does the work.
    ///
    /// # Errors
    ///
    /// [`NoThreads`] if the operating system refuses.
    pub fn new(threads: NonZeroUsize) -> Result<Self, NoThreads> {
        if threads.get() == 1 {
            return Ok(Self { pool: None, last: Mutex::default() });
        }
        let pool = ThreadPoolBuilder::new().num_threads(threads.get()).build();
        pool.map(|pool| Self { pool: Some(pool), last: Mutex::default() })
            .map_err(|e| NoThreads(e.to_string()))
    }

    /// How many threads it has.
    pub fn threads(&self) -> usize {
        self.pool.as_ref().map_or(1, ThreadPool::current_num_threads)
    }

    /// Runs a kernel for all paths of a job.
    ///
    /// # Errors
    ///
    /// When cancelled, when memory is short, when the kernel refuses a call.
    pub fn run(
        &self,
        kernel: &dyn Compiled,
        inputs: &[Input<'_>],
        job: &Job<'_>,
    ) -> Result<Sample, RunError> {
        let signature = kernel.signature();
        let (expected, given) = (signature.outputs.len(), job.collect.len());
        if expected != given {
            return Err(RunError::Collects { expected, given });
        }
        // One execution of a kernel without lanes is a group of one path.
        let job = &Job { paths: if signature.lanes { job.paths } else { 1 }, ..*job };
        if job.paths == 0 {
            return Err(CallError::Groups { groups: 0..0, paths: 0 }.into());
        }
        let mut rows = kept_rows(signature, job)?;
        let kept = rows
            .iter_mut()
            .zip(&signature.outputs)
            .map(|(rows, slot)| Kept { entries: slot.len as usize, rows: rows.as_mut_slice() });
        let (threads, rest) = (self.threads() as u64, Rest::new(job.paths, kept.collect()));
        let place = std::ptr::from_ref(kernel).addr();
        let mut size = Size::new(signature);
        if let Some((_, known)) = lock(&self.last).known.filter(|&(last, _)| last == place) {
            size = size.from(known);
        }
        let shared = Shared {
            kernel,
            inputs,
            job,
            threads,
            size,
            left: match split::piece(signature, job.paths, threads) {
                None => Left::Groups(Mutex::new(rest)),
                Some(piece) => Left::Pieces(Split::new(signature, rest, piece)?),
            },
            sink: Mutex::new(Sink::default()),
            stop: AtomicBool::new(false),
            last: &self.last,
        };
        match &self.pool {
            None => shared.work(),
            Some(pool) => {
                pool.broadcast(|_| shared.work());
            }
        }
        lock(&self.last).known = Some((place, shared.size.known()));
        let part = shared.sink.into_inner().unwrap_or_else(PoisonError::into_inner).finish()?;
        Ok(sample(part.expect("there is a group"), rows))
    }
}

/// Room for the paths of the outputs that are kept.
fn kept_rows(signature: &Signature, job: &Job<'_>) -> Result<Vec<Vec<f64>>, RunError> {
    let rows = signature.outputs.iter().zip(job.collect).map(|(slot, collect)| match collect {
        Collect::Keep if slot.lanes => keep::room(job.paths, slot.len),
        Collect::Keep | Collect::Moments | Collect::Sums | Collect::Status => Ok(Vec::new()),
    });
    Ok(rows.collect::<Result<_, _>>()?)
}

fn sample(part: Part, rows: Vec<Vec<f64>>) -> Sample {
    let outputs = part.outputs.into_iter().zip(rows).map(|(output, rows)| match output {
        Collecting::Sums(tree) => Collected::Sums(tree.finish_sums()),
        Collecting::Moments(tree) if rows.is_empty() => Collected::Moments(tree.finish()),
        Collecting::Moments(tree) => Collected::Paths { rows, moments: tree.finish() },
        Collecting::Status(statuses) => Collected::Status(statuses),
        Collecting::Uniform(entries) => Collected::Uniform(entries),
    });
    Sample { outputs: outputs.collect(), not_finite: part.not_finite }
}

/// What the threads of a run share.
struct Shared<'a> {
    kernel: &'a dyn Compiled,
    inputs: &'a [Input<'a>],
    job: &'a Job<'a>,
    threads: u64,
    size: Size,
    left: Left<'a>,
    sink: Mutex<Sink>,
    stop: AtomicBool,
    last: &'a Mutex<Last>,
}

/// What is handed out.
enum Left<'a> {
    /// Some groups at once.
    Groups(Mutex<Rest<'a>>),
    /// Parts of a group.
    Pieces(Split<'a>),
}

impl Shared<'_> {
    /// One thread's work.
    fn work(&self) {
        let _mode = FloatMode::ieee();
        let spare = lock(self.last).memory.pop();
        let mut worker = match Worker::new(self.kernel, self.inputs, self.job, spare) {
            Ok(worker) => worker,
            Err(error) => return self.fail(0, error.into()),
        };
        self.parts(&mut worker);
        lock(self.last).memory.push(worker.into_memory());
    }

    /// Part after part.
    fn parts(&self, worker: &mut Worker<'_>) {
        let more = |worker: &mut Worker<'_>| match &self.left {
            Left::Groups(rest) => self.chunk(rest, worker),
            Left::Pieces(split) => self.piece(split, worker),
        };
        while !self.stop.load(Ordering::Relaxed) {
            match more(worker) {
                Ok(true) => {}
                Ok(false) => return,
                Err((group, error)) => return self.fail(group, error),
            }
        }
    }

    /// Runs the next groups, if there are any. An error comes with the first of them.
    fn chunk(
        &self,
        rest: &Mutex<Rest<'_>>,
        worker: &mut Worker<'_>,
    ) -> Result<bool, (u64, RunError)> {
        let Some(mut chunk) = lock(rest).take(&self.size, self.threads) else { return Ok(false) };
        let groups = chunk.groups.clone();
        self.go_on().map_err(|error| (groups.start, error))?;
        let started = Instant::now();
        let part = worker.run(&mut chunk).map_err(|error| (groups.start, error))?;
        self.size.learn(groups.end - groups.start, started.elapsed());
        self.add(groups, part);
        Ok(true)
    }

    /// Runs the next piece of a group, if there is any. An error comes with the group.
    fn piece(&self, split: &Split<'_>, worker: &mut Worker<'_>) -> Result<bool, (u64, RunError)> {
        let Some((group, lanes)) = split.take() else { return Ok(false) };
        self.go_on().map_err(|error| (group, error))?;
        let outputs = worker.piece(group, &lanes).map_err(|error| (group, error))?;
        let slots = &self.kernel.signature().outputs;
        if let Some(part) = split.put(slots, self.job, (group, lanes), &outputs) {
            self.add(group..group + 1, part);
        }
        Ok(true)
    }

    /// Unless the run was cancelled.
    fn go_on(&self) -> Result<(), RunError> {
        let is_cancelled = self.job.cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed));
        if is_cancelled { Err(RunError::Cancelled) } else { Ok(()) }
    }

    fn add(&self, groups: std::ops::Range<u64>, part: Part) {
        let mut sink = lock(&self.sink);
        let done = sink.add(groups, part);
        if let Some(progress) = self.job.progress {
            // Under the lock, so that the numbers never go down.
            progress(done, sdec_abi::groups(self.job.paths));
        }
    }

    fn fail(&self, group: u64, error: RunError) {
        self.stop.store(true, Ordering::Relaxed);
        lock(&self.sink).fail(group, error);
    }
}

/// A thread that panicked takes the whole run with it, so what it left behind is never read.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
