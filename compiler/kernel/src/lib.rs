//! The kernel IR: buffers, index arithmetic, scalars and lanes. All that a backend has to know.
//!
//! A [`Kernel`] is run for a range of groups of 16 paths. Values are either *uniform* (one for all
//! paths) or *lanes* (one per path). Its evaluator ([`eval`]) is the oracle to the bit for every
//! backend.

mod arithmetic;
mod build;
mod eval;
mod func;
mod literal;
mod parse;
mod print;
mod verify;
mod visit;

pub use build::Builder;
pub use eval::{Buffers, Data, eval};
pub use func::{
    Binary, Block, Buffer, BufferId, BufferType, Compare, Inst, Kernel, Law, Literal, Op, Order,
    RoutineId, Scalar, Space, Stmt, Ternary, Type, Unary, Value,
};
pub use literal::fold;
pub use parse::{ParseError, parse};
pub use verify::{Fault, Malformed, verify, verify_lowered};

/// Paths in a group.
pub const GROUP: u64 = 16;
