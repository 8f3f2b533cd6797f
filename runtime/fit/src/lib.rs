//! Fitting: the loop that improves parameters, whatever is fitted.
//!
//! What is minimised is an [`Objective`], a function of one flat vector of unconstrained numbers with
//! its gradient; this crate knows no model. [`fit`] takes steps as [`Settings`] say and gives an
//! [`Outcome`]. Every number here is made of IEEE operations in a fixed order, so that a fit has the
//! same bits on every machine, and of nothing but its state, so that it can be stopped and gone on with.
//! A [`Folder`] keeps that state.

mod batches;
mod checkpoint;
mod fit;
mod folder;
mod information;
mod jacobian;
mod objective;
mod optimiser;
mod outcome;
mod settings;
mod start;
mod state;
mod value;
mod vector;
mod watch;

pub use checkpoint::Mismatch;
pub use fit::fit;
pub use folder::{Folder, FolderError, Opening};
pub use information::{Information, Tie, Unknown};
pub use jacobian::{Jacobian, shortest};
pub use objective::{Batch, Fault, Objective, Parameter, Trouble};
pub use outcome::{Ending, Outcome, Report, Run, TraceRow};
pub use settings::{Lbfgs, Optimiser, Schedule, Settings};
pub use start::scatter;
pub use watch::{Stepped, Watch};
