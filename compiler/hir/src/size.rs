//! Sizes as polynomials, and index sets.

use std::collections::BTreeMap;

use crate::{IndexId, SizeVarId};

/// A polynomial over size variables with integer coefficients; the zero polynomial has no terms.
///
/// Coefficients are natural in what users write, except for solved sizes of data (`day - 1`).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size {
    /// Coefficient of each monomial; a monomial is its sorted atoms, the empty one is 1.
    pub terms: BTreeMap<Vec<SizeAtom>, i64>,
}

/// A factor of a monomial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SizeAtom {
    /// A size name.
    Var(SizeVarId),
    /// The number of elements of an `index` type.
    Count(IndexId),
    /// An unknown of the checker; never in a finished program.
    Meta(u32),
}

impl Size {
    /// The constant `n`.
    pub fn number(n: i64) -> Self {
        let mut terms = BTreeMap::new();
        if n != 0 {
            terms.insert(Vec::new(), n);
        }
        Self { terms }
    }

    /// A single atom.
    pub fn atom(atom: SizeAtom) -> Self {
        Self { terms: BTreeMap::from([(vec![atom], 1)]) }
    }

    /// A size name.
    pub fn var(var: SizeVarId) -> Self {
        Self::atom(SizeAtom::Var(var))
    }

    /// The number, if no atom is left.
    pub fn as_number(&self) -> Option<i64> {
        match self.terms.len() {
            0 => Some(0),
            1 => self.terms.get(&Vec::new()).copied(),
            _ => None,
        }
    }

    /// The atom, if the size is exactly one.
    pub fn as_atom(&self) -> Option<SizeAtom> {
        let (monomial, &coefficient) = self.terms.first_key_value()?;
        (self.terms.len() == 1 && coefficient == 1 && monomial.len() == 1).then(|| monomial[0])
    }

    /// `self + factor * other`, or `None` on overflow.
    pub fn checked_add_scaled(&self, other: &Self, factor: i64) -> Option<Self> {
        let mut terms = self.terms.clone();
        for (monomial, &coefficient) in &other.terms {
            let added = coefficient.checked_mul(factor)?;
            let entry = terms.entry(monomial.clone()).or_insert(0);
            *entry = entry.checked_add(added)?;
            if *entry == 0 {
                terms.remove(monomial);
            }
        }
        Some(Self { terms })
    }

    /// `self * other`, or `None` on overflow.
    pub fn checked_mul(&self, other: &Self) -> Option<Self> {
        let mut product = Self::default();
        for (left, &a) in &self.terms {
            for (right, &b) in &other.terms {
                let mut monomial = [left.as_slice(), right.as_slice()].concat();
                monomial.sort_unstable();
                let term = Self { terms: BTreeMap::from([(monomial, a.checked_mul(b)?)]) };
                product = product.checked_add_scaled(&term, 1)?;
            }
        }
        Some(product)
    }

    /// The value where `value` gives each atom's; `None` if an atom has none or on overflow.
    pub fn evaluate(&self, value: &mut dyn FnMut(SizeAtom) -> Option<i64>) -> Option<i64> {
        let mut total = 0_i64;
        for (monomial, &coefficient) in &self.terms {
            let mut term = coefficient;
            for &atom in monomial {
                term = term.checked_mul(value(atom)?)?;
            }
            total = total.checked_add(term)?;
        }
        Some(total)
    }
}

/// What a table is indexed by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IndexSet {
    /// `0 … n − 1`. In a generic function a bare variable stands for any index set.
    Size(Size),
    /// An `index` type with named elements.
    Named(IndexId),
    /// Pairs and longer tuples, row-major.
    Product(Vec<IndexSet>),
}
