//! The typed tree: resolved names, types, symbolic sizes, noise structure, stages, spans.
//!
//! `check` makes it and `lower` consumes it. There is no sugar, no unresolved name and no error in
//! it. Sizes are polynomials over size variables, which become numbers per command
//! ([`Instance`]). Functions are still generic; `lower` evaluates calls away.

mod boundary;
mod expr;
mod fit;
mod inference;
mod method;
mod print;
mod program;
mod size;
mod start;
mod ty;
mod verify;

pub use boundary::Boundary;
pub use expr::{
    Arith, Arm, BaseLaw, Compare, Derivative, Drawn, Draws, Expr, ExprKind, Intrinsic, LetStmt,
    Pattern, Reducer, Substitution,
};
pub use fit::{
    Bend, DrawOf, Evidence, Filter, Fit, Integral, Objective, Observation, Observed, Optimizer,
    Partial, Spread, Trace, Transition,
};
pub use inference::{Jump, Loss, Planned, Posterior, Unbuilt};
pub use method::{Method, MethodFacts};
pub use print::{Unknown, print};
pub use program::{
    Adaptive, Adt, Block, BlockKind, Column, ColumnFormat, Constructor, Convention, Data,
    DataFormat, Def, Equation, Estimate, Estimator, Global, Gradient, Impulse, IndexType, Init,
    Input, Instance, InstanceSize, Leaf, Local, LocalKind, Model, ModelLet, Noise, NoiseClass,
    Param, Per, Program, Sample, Settings, SizeOrigin, SizeVar, Solver, Stage, State, TyVar, Wrt,
    WrtPair,
};
pub use size::{IndexSet, Size, SizeAtom};
pub use ty::{Constraint, Ty, TyArg};
pub use verify::{Malformed, verify};

use sdec_base::id_type;

id_type! {
    /// A size name: a constant, a size parameter, an implicit name of a signature, an axis of data.
    SizeVarId, "s"
}
id_type! {
    /// An implicit type name of a signature.
    TyVarId, "a"
}
id_type! {
    /// Something that an expression can name and that is not a top-level `let` or `def`: binders,
    /// lets, states, params, inputs, noise increments, the time. Unique in a program.
    LocalId, "l"
}
id_type! {
    /// A top-level `let`.
    GlobalId, "g"
}
id_type! {
    /// A function.
    DefId, "f"
}
id_type! {
    /// An `index` type.
    IndexId, "i"
}
id_type! {
    /// A `type` with constructors.
    AdtId, "t"
}
id_type! {
    /// A `data` declaration.
    DataId, "d"
}
id_type! {
    /// A model.
    ModelId, "m"
}
id_type! {
    /// A solver method.
    MethodId, "method"
}
