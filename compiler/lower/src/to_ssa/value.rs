//! What an expression evaluates to while a program is specialised.
//!
//! Only numbers and arrays of them exist at run time. Records, tuples and functions exist while
//! lowering: a table of records is a record of arrays, a function is inlined where it is called.

use std::rc::Rc;

use sdec_hir as hir;
use sdec_ssa::Value;

use super::adjoint::Field;
use super::advance::System;
use super::env::Env;
use super::filter::Shown;
use super::flow::Backwards;
use super::transition::Spaces;

/// A value while lowering.
#[derive(Clone, Debug)]
pub(super) enum Val {
    /// A scalar or an array.
    Array(Value),
    /// Parts of a tuple or fields of a record, in order.
    Parts(Vec<Val>),
    /// The zero of a vector space that need not be computed.
    Zero,
    /// A value of a type with constructors: its number, and the arguments of every constructor,
    /// zeros for those that it is not.
    Tagged {
        /// `I64`
        tag: Value,
        /// By constructor.
        payloads: Vec<Vec<Val>>,
    },
    /// A function.
    Function(Rc<Function>),
}

/// A function while lowering.
#[derive(Debug)]
pub(super) enum Function {
    /// A top-level function.
    Def(hir::DefId, hir::Substitution, Env),
    /// A lambda with what it closes over.
    Lambda(Vec<hir::Pattern>, hir::Expr, Env),
    /// A table of functions: `for i. f`, whose entries are made where they are taken.
    Family(hir::Pattern, hir::Expr, Env),
    /// `grad(f)` and its kin.
    Derivative(hir::Derivative, Val, hir::Ty),
    /// The drift of the model that is solved: `f(t, y)`.
    Drift,
    /// Its diffusion applied to increments: `g(t, y, w)`.
    Diffusion,
    /// The drift of the same process in the form that a method of this convention solves.
    Corrected(hir::Convention),
    /// A diffusion at a time, applied to an increment: a function of the state.
    At {
        /// `(Time, s, m) -> s`
        g: Val,
        /// The time.
        t: Val,
        /// The increment.
        w: Val,
    },
    /// A field of the adjoint equation.
    Adjoint(Field),
    /// The drift over vectors: all states one after another.
    FlatDrift(Spaces),
    /// The diffusion over vectors, applied to an increment.
    FlatDiffusion(Spaces),
    /// The states at the start as a function of standard normal numbers, where some of them may have been seen.
    FlatStart(Vec<Shown>),
    /// The equation of a flow backwards in time, with the integral of its trace.
    Flow(Backwards),
    /// The drift of a model's only state, of this type, at a time: a function of the state.
    AtTime(Box<Val>, hir::Ty),
    /// The logarithm of the density of a row's data and of what the row has for itself, as unconstrained
    /// numbers: a function of these.
    Row,
    /// A diffusion without noise.
    Still,
    /// The drift of the Itô form of a Stratonovich system.
    ItoDrift {
        /// Its fields.
        system: System,
        /// Of its noise.
        class: hir::NoiseClass,
    },
}

impl Val {
    /// The run-time values in it, in order.
    pub(super) fn leaves(&self) -> Vec<Value> {
        let mut leaves = Vec::new();
        self.collect(&mut leaves);
        leaves
    }

    fn collect(&self, leaves: &mut Vec<Value>) {
        match self {
            Self::Array(value) => leaves.push(*value),
            Self::Parts(parts) => parts.iter().for_each(|part| part.collect(leaves)),
            Self::Tagged { tag, payloads } => {
                leaves.push(*tag);
                payloads.iter().flatten().for_each(|part| part.collect(leaves));
            }
            Self::Zero | Self::Function(_) => {}
        }
    }

    /// The same structure around other run-time values, in the order of [`Val::leaves`].
    pub(super) fn with_leaves(&self, leaves: &mut impl Iterator<Item = Value>) -> Self {
        match self {
            Self::Array(_) => Self::Array(leaves.next().expect("as many leaves as before")),
            Self::Parts(parts) => {
                Self::Parts(parts.iter().map(|part| part.with_leaves(leaves)).collect())
            }
            Self::Tagged { payloads, .. } => Self::Tagged {
                tag: leaves.next().expect("as many leaves as before"),
                payloads: payloads
                    .iter()
                    .map(|args| args.iter().map(|arg| arg.with_leaves(leaves)).collect())
                    .collect(),
            },
            Self::Zero | Self::Function(_) => self.clone(),
        }
    }

    /// Every run-time value through `f`.
    pub(super) fn map(&self, mut f: impl FnMut(Value) -> Value) -> Self {
        let mut mapped = self.leaves().into_iter().map(&mut f).collect::<Vec<_>>().into_iter();
        self.with_leaves(&mut mapped)
    }

    /// The run-time value of a scalar or array.
    pub(super) fn array(&self) -> Value {
        match self {
            Self::Array(value) => *value,
            Self::Parts(_) | Self::Zero | Self::Tagged { .. } | Self::Function(_) => {
                unreachable!("the checker gives numbers and arrays one run-time value: {self:?}")
            }
        }
    }

    /// The parts of a tuple or record.
    pub(super) fn parts(&self) -> &[Val] {
        match self {
            Self::Parts(parts) => parts,
            Self::Array(_) | Self::Zero | Self::Tagged { .. } | Self::Function(_) => {
                unreachable!("the checker gives tuples and records parts: {self:?}")
            }
        }
    }
}
