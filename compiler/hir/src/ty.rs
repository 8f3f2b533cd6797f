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
    /// Times of events with what is known of each, its mark: `()` where only times are.
    Events(Box<Ty>),
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

impl Ty {
    /// Events of which only the times are known.
    pub fn events() -> Self {
        Self::Events(Box::new(Self::Tuple(Vec::new())))
    }

    /// What is known of each event beside its time, if the type is one of events with marks.
    pub fn mark(&self) -> Option<&Self> {
        let Self::Events(mark) = self else { return None };
        Some(&**mark).filter(|_| *self != Self::events())
    }

    /// Whether it is such a type, or entries, parts or fields of its values are.
    pub fn holds(&self, such: &dyn Fn(&Self) -> bool) -> bool {
        such(self)
            || if let Self::Table(_, of) = self {
                of.holds(such)
            } else if let Self::Tuple(parts) = self {
                parts.iter().any(|part| part.holds(such))
            } else if let Self::Record(fields) = self {
                fields.iter().any(|(_, field)| field.holds(such))
            } else {
                false
            }
    }
}

impl Constraint {
    /// How many axes it ties together, the last ones; none where each number is for itself.
    pub fn axes(&self) -> usize {
        match self {
            Self::Real | Self::Positive | Self::NonNeg | Self::Unit | Self::Interval(..) => 0,
            Self::Simplex | Self::Ordered => 1,
            Self::Chol | Self::Corr => 2,
        }
    }

    /// How many numbers are free in what it ties together along axes of length `n`.
    pub fn free(&self, n: u64) -> u64 {
        match self {
            Self::Real | Self::Positive | Self::NonNeg | Self::Unit | Self::Interval(..) => 1,
            Self::Simplex => n.saturating_sub(1),
            Self::Ordered => n,
            Self::Chol => n * (n + 1) / 2,
            Self::Corr => n * n.saturating_sub(1) / 2,
        }
    }

    /// The extents of the free numbers of an array of these extents: what is tied has one axis of them.
    pub fn free_shape(&self, shape: &[u64]) -> Vec<u64> {
        let (outer, tied) = shape.split_at(shape.len().saturating_sub(self.axes()));
        outer.iter().copied().chain(tied.first().map(|&n| self.free(n))).collect()
    }
}
