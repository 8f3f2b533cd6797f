//! The whole compiler as a library: open a file, check it, run its blocks, show any stage.
//!
//! This crate owns the order of things ([`pipeline`]), files, and the time grid. It knows every other
//! crate and none knows it but the command line and the tests.

mod brownian;
mod build;
mod cache;
mod columns;
mod common;
mod compile;
mod constants;
mod drawn;
mod emit;
mod ends;
mod execute;
mod explain;
mod explain_name;
mod failure;
mod fit;
mod format;
mod gradient;
mod greek;
mod grid;
mod imports;
mod impulses;
mod inputs;
mod library;
#[cfg(feature = "llvm")]
mod llvm;
#[cfg(not(feature = "llvm"))]
#[path = "no_llvm.rs"]
mod llvm;
mod memory;
mod methods;
mod once;
mod options;
mod overrides;
mod params;
mod parts;
pub mod pipeline;
mod prompt;
mod reference;
mod result;
mod run;
mod sampled;
mod schedule;
mod session;
mod show;
mod solve;
mod states_at;
mod tiers;
mod undone;
mod work;

pub use cache::{Cache, CacheSize};
pub use emit::Stage;
pub use explain::{Explanation, explanations};
pub use explain_name::explain_name;
pub use failure::Failure;
pub use format::{format, read_source};
pub use grid::{GridError, MOST_STEPS, TimeGrid, time_grid};
pub use llvm::widths;
pub use methods::{MethodInfo, methods};
pub use options::{BackendChoice, Options};
pub use prompt::{Command, letters};
pub use result::{
    BlockResult, Derivative, Effect, EstimateResult, ExpressionResult, FitResult, FittedParameter,
    SampleResult, SecondDerivative, Seconds, Solve, StartSummary, StateSummary, Value,
};
pub use run::{FitProgress, Observer};
pub use schedule::Schedule;
pub use sdec_check::explain_setting;
pub use sdec_grammar::{OpenEnd, open_end};
pub use session::{Part, Session};

pub(crate) use session::Sources;
