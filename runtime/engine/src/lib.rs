//! Running compiled kernels over all paths, on any number of threads.
//!
//! ```text
//! Engine::run(kernel, inputs, job) ─▶ Sample { outputs: moments or all paths, not_finite }
//! ```
//!
//! Groups of 16 paths are handed out in chunks; how large a chunk is and who runs it never enters a
//! result. Where there are fewer groups than threads, several
//! threads share a group. Sums over paths follow one tree, fixed by the numbers of the groups ([`Moments`]).

mod chunks;
mod error;
mod finite;
mod keep;
mod lane;
mod moments;
mod part;
mod run;
mod sink;
mod split;
mod status;
mod tree;

pub use error::{NoThreads, RunError};
pub use finite::NotFinite;
pub use moments::Moments;
pub use run::{Collect, Collected, Engine, Job, Sample};
pub use status::{Statuses, Stopped};
