//! Code that is run and timed while it could still be replaced by faster code.
//!
//! How long a run takes is not to be seen from its text: steps that are chosen, solves that end when they are
//! done, data. So the first backend's code begins, each call is timed, and the next backend compiles once
//! what is left takes longer than twice the time that its compiler is thought to need at most. As both give
//! the same bits, what takes over in the middle of a run changes nothing but the time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use sdec_abi::{Call, CallError, Compiled, GROUP, Scratch, Signature};
use sdec_codegen::{Backend, CodegenError, Next};
use sdec_kernel::Kernel;

use crate::Failure;

/// Makes a program's kernel for a backend.
pub(crate) type Lower = Box<dyn Fn(&dyn Backend) -> Result<Kernel, Failure> + Send + Sync>;

/// What is left is to take so many times as long as compiling.
const MARGIN: f64 = 2.0;

/// Where nobody knows how often a program is run, this part of what was done is taken for what is left: if
/// it was to end just then, it took a fifth longer than without the next backend, at the worst.
const AGAIN: f64 = 0.6;

/// What finding and loading code that was kept takes, beside making the kernel.
const LOAD: Duration = Duration::from_millis(3);

/// LLVM recurses.
const STACK: usize = 64 << 20;

/// The code of a program: a backend's, and from some moment on that of the next.
pub(crate) struct Tiers {
    first: Arc<dyn Compiled>,
    next: Next,
    lower: Lower,
    /// What the first backend took to compile.
    compiled: Duration,
    /// None if the next backend refused.
    second: OnceLock<Option<Arc<dyn Compiled>>>,
    progress: Progress,
    stage: Mutex<Stage>,
}

/// How far the program is.
#[derive(Debug, Default)]
struct Progress {
    /// Paths to be run in all; 0 if nobody knows.
    total: AtomicU64,
    done: AtomicU64,
    /// That the first code took for them, of all threads together.
    nanos: AtomicU64,
}

impl Progress {
    /// What the first code would take for what is left, of all threads together.
    fn left(&self) -> Duration {
        let [total, done, nanos] =
            [&self.total, &self.done, &self.nanos].map(|count| count.load(Ordering::Relaxed));
        let taken = Duration::from_nanos(nanos);
        if total == 0 {
            return taken.mul_f64(AGAIN);
        }
        taken.mul_f64(total.saturating_sub(done) as f64 / done.max(1) as f64)
    }
}

/// What was done about the next backend.
enum Stage {
    Nothing,
    /// Its kernel was made, and no code was kept for it.
    Lowered(Kernel),
    Done(Taken),
}

/// How the next backend took over.
#[derive(Clone, Copy)]
struct Taken {
    is_kept: bool,
    after: u64,
    compiling: Duration,
}

impl Tiers {
    /// The code of a backend that took so long to compile, for so many paths in all, if that is known.
    pub(crate) fn new(
        first: Arc<dyn Compiled>,
        next: Next,
        lower: Lower,
        compiled: Duration,
        paths: Option<u64>,
    ) -> Self {
        let (second, stage) = (OnceLock::new(), Mutex::new(Stage::Nothing));
        let progress = Progress::default();
        progress.total.store(paths.unwrap_or(0), Ordering::Relaxed);
        Self { first, next, lower, compiled, second, progress, stage }
    }

    /// The program is run for so many paths in all.
    pub(crate) fn expect(&self, paths: u64) {
        self.progress.total.store(paths, Ordering::Relaxed);
    }

    /// The name of the next backend, if it took over.
    pub(crate) fn second(&self) -> Option<&'static str> {
        self.second.get()?.as_ref().map(|_| self.next.backend.name())
    }

    /// Why that one's code runs.
    pub(crate) fn why(&self) -> String {
        let name = self.next.backend.name();
        match &*self.stage.lock().unwrap_or_else(PoisonError::into_inner) {
            &Stage::Done(Taken { is_kept, after, compiling }) => {
                let compiling = if is_kept {
                    "its code was kept".to_owned()
                } else {
                    format!("it compiled for {:.0} ms", 1e3 * compiling.as_secs_f64())
                };
                format!("took over after {after} paths; {compiling}")
            }
            Stage::Nothing | Stage::Lowered(_) => {
                let compiling = 1e3 * self.compiling().as_secs_f64();
                format!(
                    "{name} may take {compiling:.0} ms to compile, and never twice as much was left to run"
                )
            }
        }
    }

    /// What the next backend is thought to need at most.
    fn compiling(&self) -> Duration {
        self.compiled.mul_f64(self.next.slower)
    }

    /// Lets the next backend compile if that pays.
    fn look(&self) {
        // Of several threads one looks; the others go on.
        let Ok(mut stage) = self.stage.try_lock() else { return };
        let is_worth = |cost: Duration| {
            let left = self.progress.left().mul_f64(1.0 - 1.0 / self.next.faster);
            left > cost.mul_f64(self.next.threads as f64)
        };
        if matches!(*stage, Stage::Nothing) && is_worth((self.compiled + LOAD).mul_f64(MARGIN)) {
            match (self.lower)(&*self.next.backend) {
                Ok(kernel) if self.next.backend.is_kept(&kernel) => {
                    *stage = self.take(&kernel, true)
                }
                Ok(kernel) => *stage = Stage::Lowered(kernel),
                Err(_) => self.refuse(),
            }
        }
        if let Stage::Lowered(kernel) = &*stage
            && is_worth(self.compiling().mul_f64(MARGIN))
        {
            *stage = self.take(kernel, false);
        }
    }

    fn take(&self, kernel: &Kernel, is_kept: bool) -> Stage {
        let begin = Instant::now();
        match self.compile(kernel) {
            Ok(code) if is_same(self.first.signature(), code.signature()) => {
                let _ = self.second.set(Some(code));
            }
            Ok(_) | Err(_) => self.refuse(),
        }
        let after = self.progress.done.load(Ordering::Relaxed);
        Stage::Done(Taken { is_kept, after, compiling: begin.elapsed() })
    }

    /// The first code goes on to the end.
    fn refuse(&self) {
        let _ = self.second.set(None);
    }

    fn compile(&self, kernel: &Kernel) -> Result<Arc<dyn Compiled>, CodegenError> {
        let compile = || self.next.backend.compile(kernel);
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, compile);
            match thread.map(std::thread::ScopedJoinHandle::join) {
                Ok(Ok(code)) => code,
                Ok(Err(panic)) => std::panic::resume_unwind(panic),
                Err(_) => compile(),
            }
        })
    }
}

/// Whether both are called alike. They may need different working memory.
fn is_same(first: &Signature, second: &Signature) -> bool {
    (&first.inputs, &first.outputs, first.lanes) == (&second.inputs, &second.outputs, second.lanes)
}

impl Compiled for Tiers {
    fn signature(&self) -> &Signature {
        self.second.get().and_then(Option::as_ref).unwrap_or(&self.first).signature()
    }

    fn call(&self, call: &mut Call<'_, '_>) -> Result<(), CallError> {
        match self.second.get() {
            Some(Some(code)) => {
                // A thread that began with the first code has memory for that.
                let signature = code.signature();
                if call.scratch.bytes() < signature.scratch_bytes {
                    match Scratch::new(signature) {
                        Ok(scratch) => *call.scratch = scratch,
                        Err(_) => return self.first.call(call),
                    }
                }
                code.call(call)
            }
            Some(None) => self.first.call(call),
            None => {
                let begin = Instant::now();
                let end = call.paths.min(call.groups.end.saturating_mul(GROUP));
                let paths = end.saturating_sub(call.groups.start * GROUP);
                self.first.call(call)?;
                let nanos = u64::try_from(begin.elapsed().as_nanos()).unwrap_or(u64::MAX);
                self.progress.nanos.fetch_add(nanos, Ordering::Relaxed);
                self.progress.done.fetch_add(paths, Ordering::Relaxed);
                self.look();
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use sdec_codegen::CodegenError;
    use sdec_kernel::Scalar;

    use super::*;

    /// Code that needs so much working memory and takes some time for a call.
    struct Sleeps(Signature, Duration);

    impl Compiled for Sleeps {
        fn signature(&self) -> &Signature {
            &self.0
        }

        fn call(&self, call: &mut Call<'_, '_>) -> Result<(), CallError> {
            sdec_abi::check(&self.0, call)?;
            std::thread::sleep(self.1);
            Ok(())
        }
    }

    fn sleeps(scratch_bytes: u64, millis: u64) -> Arc<dyn Compiled> {
        let signature = Signature { scratch_bytes, lanes: true, ..Signature::default() };
        Arc::new(Sleeps(signature, Duration::from_millis(millis)))
    }

    struct Later {
        is_kept: bool,
        refuses: bool,
    }

    impl Backend for Later {
        fn name(&self) -> &'static str {
            "later"
        }

        fn lanes(&self, _widest: Scalar) -> u32 {
            16
        }

        fn is_kept(&self, _kernel: &Kernel) -> bool {
            self.is_kept
        }

        fn compile(&self, _kernel: &Kernel) -> Result<Arc<dyn Compiled>, CodegenError> {
            let reason = "it does not like it".to_owned();
            let refused = || CodegenError::Refused { kernel: "k".to_owned(), reason };
            if self.refuses { Err(refused()) } else { Ok(sleeps(1 << 16, 0)) }
        }
    }

    /// Code whose compilation took a millisecond, for so many paths, of which sixteen take 5 ms.
    fn tiers(later: Later, slower: f64, paths: Option<u64>) -> Tiers {
        let next = Next { backend: Arc::new(later), slower, faster: 2.0, threads: 1 };
        let lower =
            |_: &dyn Backend| Ok(sdec_kernel::parse("kernel \"k\" lanes 16").expect("it is one"));
        Tiers::new(sleeps(0, 5), next, Box::new(lower), Duration::from_millis(1), paths)
    }

    /// After how many calls of one group the next backend has taken over, of 40 at most.
    fn taken_over(tiers: &Tiers) -> Option<u64> {
        let mut scratch = Scratch::new(&Signature::default()).expect("there is memory");
        (1..=40).find(|_| {
            let (inputs, outputs, scratch) = (&[], &mut [], &mut scratch);
            let mut call =
                Call { inputs, outputs, groups: 0..1, paths: 16, first_path: 0, scratch };
            tiers.call(&mut call).expect("it runs");
            tiers.second().is_some()
        })
    }

    const NEW: Later = Later { is_kept: false, refuses: false };

    #[test]
    fn what_takes_long_is_compiled_by_the_next_backend_once_that_is_known() {
        let tiers = tiers(NEW, 10.0, Some(16_000));
        assert_eq!(taken_over(&tiers), Some(1));
        assert!(
            tiers.why().starts_with("took over after 16 paths; it compiled"),
            "{}",
            tiers.why()
        );
        // The next call gets the memory that the new code needs.
        assert_eq!(taken_over(&tiers), Some(1));
    }

    #[test]
    fn what_ends_soon_is_not() {
        let tiers = tiers(NEW, 1e6, Some(640));
        assert_eq!(taken_over(&tiers), None);
        assert!(tiers.why().starts_with("later may take 1000000 ms to compile"), "{}", tiers.why());
    }

    #[test]
    fn what_is_kept_is_taken_for_less() {
        let tiers = tiers(Later { is_kept: true, ..NEW }, 1e6, Some(640));
        assert_eq!(taken_over(&tiers), Some(1));
        assert!(tiers.why().ends_with("its code was kept"), "{}", tiers.why());
    }

    #[test]
    fn nobody_knows_when_it_ends_so_that_it_has_to_have_taken_long() {
        // 0.6 of what was done, of which half would be saved, is 2 × 10 ms after 67 ms.
        let begin = Instant::now();
        assert!(taken_over(&tiers(NEW, 10.0, None)).is_some());
        assert!(begin.elapsed() > Duration::from_millis(66), "{:?}", begin.elapsed());
    }

    #[test]
    fn code_that_is_refused_leaves_the_first() {
        let tiers = tiers(Later { refuses: true, ..NEW }, 10.0, Some(16_000));
        assert_eq!(taken_over(&tiers), None);
        assert_eq!(tiers.signature().scratch_bytes, 0);
    }

    #[test]
    fn nothing_is_gained_where_both_are_as_fast() {
        let mut tiers = tiers(NEW, 10.0, Some(1_000_000));
        tiers.next.faster = 1.0;
        assert_eq!(taken_over(&tiers), None);
    }
}
