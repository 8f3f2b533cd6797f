//! The SSA IR: pure array operations with constant shapes and structured control.
//!
//! A [`Func`] is what one path computes. There is no memory here; buffers appear one level down, in
//! `kernel`. Keeping this level pure is what lets `ad` transpose a function by walking it backwards.

pub mod arbitrary;
mod build;
mod control;
mod eval;
mod func;
mod graft;
mod linear;
mod names;
mod parse;
mod print;
mod renumber;
pub mod scalar;
mod slice;
mod special;
mod uniform;
mod verify;
mod visit;

pub use build::Builder;
pub use control::{Control, Scan};
pub use eval::{Array, Data, Draws, NoDraws, eval};
pub use func::{
    Binary, Compare, DrawLaw, Emit, Extremum, Func, Inst, Literal, Op, Param, Region, Scalar,
    Stream, Trips, Type, Unary, Value,
};
pub use graft::{inline, outline};
pub use parse::{ParseError, parse};
pub use renumber::renumber;
pub use slice::{dependents, slice};
pub use special::eval as eval_special;
pub use uniform::Uniform;
pub use verify::{Malformed, verify};
