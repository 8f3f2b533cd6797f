//! Types and constraints.

use crate::{AdtId, IndexSet, TyVarId};

/// A type. `Time` is `Float`; a constraint is not a type but a fact about a declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ty {
    /// A number in working precision.
    Float,
    /// A count.
    Nat,
    /// A signed count.
    Int,
    /// A truth value.
    Bool,
    /// A string, in settings only.
    Text,
    /// The type of an index variable.
    Ix(IndexSet),
    /// `ι => τ`
    Table(IndexSet, Box<Ty>),
    /// `(τ, …)`
    Tuple(Vec<Ty>),
    /// `{l: τ, …}` in declaration order.
    Record(Vec<(String, Ty)>),
    /// A type with constructors, applied to its parameters in order.
    Adt(AdtId, Vec<TyArg>),
    /// `(τ, …) -> τ`; values of it exist at compile time only.
    Function(Vec<Ty>, Box<Ty>),
    /// The type of a law over `τ`.
    Dist(Box<Ty>),
    /// An irregular series.
    Series(Box<Ty>),
    /// Event times.
    Events,
    /// A type name of a generic signature.
    Var(TyVarId),
    /// An unknown of the checker; never in a finished program.
    Meta(u32),
    /// The type of something already reported; never in a finished program.
    Error,
}

/// An argument of a type with constructors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TyArg {
    /// A type parameter.
    Ty(Ty),
    /// An index set or size parameter.
    Index(IndexSet),
}

/// A refinement of `Float`, or of tables of it: support, bijector, facts for the sign analysis.
#[derive(Clone, Debug, PartialEq)]
pub enum Constraint {
    /// All numbers.
    Real,
    /// `x > 0`
    Positive,
    /// `x ≥ 0`
    NonNeg,
    /// `0 < x < 1`
    Unit,
    /// `a < x < b`
    Interval(f64, f64),
    /// Non-negative entries with sum 1.
    Simplex,
    /// Increasing entries.
    Ordered,
    /// Lower triangle with positive diagonal.
    Chol,
    /// Cholesky factor of a correlation matrix.
    Corr,
}
