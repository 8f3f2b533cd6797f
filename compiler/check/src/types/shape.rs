//! A type as declared: what it says beyond the type of the values, which is the constraint of each
//! of its numbers, and the nets in it.
//!
//! The value of a net is its parameters: `Linear(2, 3)` is the record `{A : 3 => 2 => Float,
//! b : 3 => Float}`, and a table of nets is a table of such records. An expression that names a net
//! means the function that it makes of them (`crate::net`).

use sdec_hir::{BaseLaw, Constraint, IndexSet, Leaf, Ty};

use crate::checker::table;
use crate::net::NetUse;

/// A type as declared.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    /// A type whose numbers have this constraint.
    Plain(Ty, Constraint),
    /// `ι => S`
    Table(IndexSet, Box<Shape>),
    /// `{l : S, …}`
    Record(Vec<(String, Shape)>),
    /// `(S, …)`
    Tuple(Vec<Shape>),
    /// `MLP(2, 2)`
    Net(Box<NetUse>),
}

impl Shape {
    /// A type without a constraint.
    pub(crate) fn plain(ty: Ty) -> Self {
        Self::Plain(ty, Constraint::Real)
    }

    /// `set => of`
    pub(crate) fn table(set: IndexSet, of: Self) -> Self {
        match of {
            Self::Plain(ty, constraint) => Self::Plain(table(set, ty), constraint),
            Self::Table(..) | Self::Record(_) | Self::Tuple(_) | Self::Net(_) => {
                Self::Table(set, Box::new(of))
            }
        }
    }

    /// The type of the values; that of a net is the record of its parameters.
    pub(crate) fn storage(&self) -> Ty {
        match self {
            Self::Plain(ty, _) => ty.clone(),
            Self::Table(set, of) => table(set.clone(), of.storage()),
            Self::Record(fields) => Ty::Record(
                fields.iter().map(|(name, field)| (name.clone(), field.storage())).collect(),
            ),
            Self::Tuple(parts) => Ty::Tuple(parts.iter().map(Self::storage).collect()),
            Self::Net(net) => net.storage.clone(),
        }
    }

    /// The type of an expression that names such a value; that of a net is a function.
    pub(crate) fn value(&self) -> Ty {
        match self {
            Self::Plain(ty, _) => ty.clone(),
            Self::Table(set, of) => table(set.clone(), of.value()),
            Self::Record(fields) => Ty::Record(
                fields.iter().map(|(name, field)| (name.clone(), field.value())).collect(),
            ),
            Self::Tuple(parts) => Ty::Tuple(parts.iter().map(Self::value).collect()),
            Self::Net(net) => net.function.clone(),
        }
    }

    /// The first net in it.
    pub(crate) fn net(&self) -> Option<&NetUse> {
        match self {
            Self::Plain(..) => None,
            Self::Table(_, of) => of.net(),
            Self::Record(fields) => fields.iter().find_map(|(_, field)| field.net()),
            Self::Tuple(parts) => parts.iter().find_map(Self::net),
            Self::Net(net) => Some(net),
        }
    }

    /// The constraint of all numbers; `Real` where they differ.
    pub(crate) fn constraint(&self) -> Constraint {
        let leaves = self.leaves();
        let mut constraints = leaves.iter().map(|leaf| &leaf.constraint);
        let first = constraints.next().cloned().unwrap_or(Constraint::Real);
        if constraints.all(|other| *other == first) { first } else { Constraint::Real }
    }

    /// The arrays that hold a value, in order.
    pub(crate) fn leaves(&self) -> Vec<Leaf> {
        match self {
            Self::Plain(ty, constraint) => plain_leaves(ty, constraint),
            Self::Table(set, of) => within(set, of.leaves()),
            Self::Record(fields) => {
                fields.iter().flat_map(|(name, field)| named(name, field.leaves())).collect()
            }
            Self::Tuple(parts) => {
                let parts = parts.iter().enumerate();
                parts.flat_map(|(k, part)| named(&k.to_string(), part.leaves())).collect()
            }
            Self::Net(net) => net.leaves.clone(),
        }
    }

    /// What the start value of each array is made of, where the nets say it; in order.
    pub(crate) fn laws(&self) -> Vec<Option<BaseLaw>> {
        match self {
            Self::Plain(..) => self.leaves().iter().map(|_| None).collect(),
            Self::Table(_, of) => of.laws(),
            Self::Record(fields) => fields.iter().flat_map(|(_, field)| field.laws()).collect(),
            Self::Tuple(parts) => parts.iter().flat_map(Self::laws).collect(),
            Self::Net(net) => net.laws.clone(),
        }
    }
}

fn plain_leaves(ty: &Ty, constraint: &Constraint) -> Vec<Leaf> {
    let leaves = |ty: &Ty| plain_leaves(ty, constraint);
    if let Ty::Record(fields) = ty {
        fields.iter().flat_map(|(name, ty)| named(name, leaves(ty))).collect()
    } else if let Ty::Tuple(parts) = ty {
        let parts = parts.iter().enumerate();
        parts.flat_map(|(k, ty)| named(&k.to_string(), leaves(ty))).collect()
    } else if let Ty::Table(set, of) = ty {
        within(set, leaves(of))
    } else {
        vec![Leaf { name: String::new(), ty: ty.clone(), constraint: constraint.clone() }]
    }
}

fn within(set: &IndexSet, leaves: Vec<Leaf>) -> Vec<Leaf> {
    let wrapped = |leaf: Leaf| Leaf { ty: table(set.clone(), leaf.ty), ..leaf };
    leaves.into_iter().map(wrapped).collect()
}

fn named(name: &str, leaves: Vec<Leaf>) -> Vec<Leaf> {
    let prefixed = |leaf: Leaf| Leaf { name: format!(".{name}{}", leaf.name), ..leaf };
    leaves.into_iter().map(prefixed).collect()
}
