//! Unknowns and the equations that solve them: first-order unification of types, and linear
//! unification of sizes.
//!
//! Sizes are polynomials. `s ≐ t` subtracts; the difference must vanish. If exactly one monomial
//! `c · ?m` has an unknown and `c` divides the rest, `?m` is solved; if unknowns remain otherwise,
//! the equation waits until more is known; if only names remain, it fails. An unknown size stands
//! for any index set while it stands alone, and for a number of elements within a polynomial.

use std::collections::BTreeMap;

use sdec_base::Span;
use sdec_hir::{IndexSet, Size, SizeAtom, SizeVarId, Ty, TyArg};

/// Why an unknown exists.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Origin {
    /// Where.
    pub(crate) span: Span,
    /// What is unknown.
    pub(crate) what: Unknown,
}

/// What is unknown, in words of the source.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Unknown {
    /// The range of a loop's index.
    Range(String),
    /// What a generic name of a function stands for at a call.
    Generic { function: String, name: String },
    /// The type of `zeros` and the like.
    Shape(String),
    /// The type of the entries of `[]`.
    Entry,
}

#[derive(Clone, Debug)]
struct TyUnknown {
    solution: Option<Ty>,
    origin: Origin,
    /// Set where arithmetic needs a vector space: the place of the arithmetic.
    vector_space: Option<Span>,
}

#[derive(Clone, Debug)]
struct SizeUnknown {
    solution: Option<IndexSet>,
    origin: Origin,
}

/// `left ≐ right`, waiting.
#[derive(Clone, Debug)]
struct Equation {
    left: Size,
    right: Size,
    span: Span,
}

/// Why two types or sizes cannot be the same.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mismatch {
    /// Types of different make.
    Types,
    /// Sizes that differ: these, as far as they are known.
    Sizes(IndexSet, IndexSet),
    /// A number outside 64 bits.
    TooLarge,
}

pub(crate) type Unified = Result<(), Mismatch>;

/// All unknowns of a program.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unifier {
    tys: Vec<TyUnknown>,
    sizes: Vec<SizeUnknown>,
    waiting: Vec<Equation>,
    /// Numbers of named sizes that are the same for every command.
    pub(crate) known: BTreeMap<SizeVarId, i64>,
    /// Numbers of elements of index types.
    pub(crate) counts: BTreeMap<sdec_hir::IndexId, i64>,
}

impl Unifier {
    /// A new unknown type.
    pub(crate) fn fresh_ty(&mut self, origin: Origin) -> Ty {
        self.tys.push(TyUnknown { solution: None, origin, vector_space: None });
        Ty::Meta(number_of(self.tys.len() - 1))
    }

    /// A new unknown index set.
    pub(crate) fn fresh_set(&mut self, origin: Origin) -> IndexSet {
        self.sizes.push(SizeUnknown { solution: None, origin });
        IndexSet::Size(Size::atom(SizeAtom::Meta(number_of(self.sizes.len() - 1))))
    }

    /// Where an unknown type came from.
    pub(crate) fn ty_origin(&self, unknown: u32) -> &Origin {
        &self.tys[unknown as usize].origin
    }

    /// Where an unknown size came from.
    pub(crate) fn size_origin(&self, unknown: u32) -> &Origin {
        &self.sizes[unknown as usize].origin
    }

    /// How an unknown is called in messages: by the generic name that it stands for.
    pub(crate) fn name_of(&self, unknown: sdec_hir::Unknown) -> String {
        let origin = match unknown {
            sdec_hir::Unknown::Ty(k) => self.ty_origin(k),
            sdec_hir::Unknown::Size(k) => self.size_origin(k),
        };
        match &origin.what {
            Unknown::Generic { name, .. } => name.clone(),
            Unknown::Range(_) | Unknown::Shape(_) | Unknown::Entry => "_".to_owned(),
        }
    }

    /// Requires that an unknown type will be a vector space, because of arithmetic at `span`.
    pub(crate) fn require_vector_space(&mut self, unknown: u32, span: Span) {
        self.tys[unknown as usize].vector_space.get_or_insert(span);
    }

    /// Unknown types from number `first` on that must be vector spaces: their types, and why.
    pub(crate) fn vector_spaces(&self, first: usize) -> Vec<(Ty, Span)> {
        let required = |(k, unknown): (usize, &TyUnknown)| {
            unknown.vector_space.map(|span| (Ty::Meta(number_of(k)), span))
        };
        self.tys.iter().enumerate().skip(first).filter_map(required).collect()
    }

    /// How many unknown types there are.
    pub(crate) fn ty_count(&self) -> usize {
        self.tys.len()
    }

    /// The type with its outermost unknown replaced.
    pub(crate) fn shallow(&self, ty: &Ty) -> Ty {
        let mut ty = ty;
        while let Ty::Meta(k) = ty {
            match &self.tys[*k as usize].solution {
                Some(solution) => ty = solution,
                None => break,
            }
        }
        ty.clone()
    }

    /// The type with all solved unknowns replaced.
    pub(crate) fn ty(&self, ty: &Ty) -> Ty {
        match self.shallow(ty) {
            Ty::Ix(set) => Ty::Ix(self.set(&set)),
            Ty::Table(set, of) => Ty::Table(self.set(&set), Box::new(self.ty(&of))),
            Ty::Tuple(parts) => Ty::Tuple(self.tys(&parts)),
            Ty::Record(fields) => Ty::Record(
                fields.into_iter().map(|(name, field)| (name, self.ty(&field))).collect(),
            ),
            Ty::Adt(adt, args) => Ty::Adt(adt, args.iter().map(|arg| self.arg(arg)).collect()),
            Ty::Function(params, result) => {
                Ty::Function(self.tys(&params), Box::new(self.ty(&result)))
            }
            Ty::Dist(of) => Ty::Dist(Box::new(self.ty(&of))),
            Ty::Series(of) => Ty::Series(Box::new(self.ty(&of))),
            Ty::Events(mark) => Ty::Events(Box::new(self.ty(&mark))),
            done @ (Ty::Float
            | Ty::Nat
            | Ty::Int
            | Ty::Bool
            | Ty::Text
            | Ty::Var(_)
            | Ty::Meta(_)
            | Ty::Error) => done,
        }
    }

    fn tys(&self, tys: &[Ty]) -> Vec<Ty> {
        tys.iter().map(|ty| self.ty(ty)).collect()
    }

    fn arg(&self, arg: &TyArg) -> TyArg {
        match arg {
            TyArg::Ty(ty) => TyArg::Ty(self.ty(ty)),
            TyArg::Index(set) => TyArg::Index(self.set(set)),
        }
    }

    /// The index set with all solved unknowns replaced.
    pub(crate) fn set(&self, set: &IndexSet) -> IndexSet {
        match set {
            IndexSet::Size(size) => match size.as_atom() {
                Some(SizeAtom::Meta(k)) => match &self.sizes[k as usize].solution {
                    Some(solution) => self.set(solution),
                    None => set.clone(),
                },
                _ => IndexSet::Size(self.size(size)),
            },
            IndexSet::Named(_) => set.clone(),
            IndexSet::Product(sets) => {
                IndexSet::Product(sets.iter().map(|set| self.set(set)).collect())
            }
        }
    }

    /// The size with all solved unknowns replaced.
    pub(crate) fn size(&self, size: &Size) -> Size {
        let has_unknown = size.terms.keys().flatten().any(|atom| matches!(atom, SizeAtom::Meta(_)));
        if !has_unknown {
            return size.clone();
        }
        let mut sum = Size::default();
        for (monomial, &coefficient) in &size.terms {
            let mut product = Size::number(coefficient);
            for &atom in monomial {
                let factor = match atom {
                    SizeAtom::Meta(k) => match &self.sizes[k as usize].solution {
                        Some(solution) => self.count(&self.set(solution)),
                        None => Size::atom(atom),
                    },
                    SizeAtom::Var(_) | SizeAtom::Count(_) => Size::atom(atom),
                };
                product = product.checked_mul(&factor).unwrap_or_else(too_many);
            }
            sum = sum.checked_add_scaled(&product, 1).unwrap_or_else(too_many);
        }
        sum
    }

    /// How many elements an index set has.
    pub(crate) fn count(&self, set: &IndexSet) -> Size {
        match set {
            IndexSet::Size(size) => self.size(size),
            IndexSet::Named(index) => Size::atom(SizeAtom::Count(*index)),
            IndexSet::Product(sets) => sets.iter().fold(Size::number(1), |product, set| {
                product.checked_mul(&self.count(set)).unwrap_or_else(too_many)
            }),
        }
    }

    /// The number of a size whose names are all known.
    pub(crate) fn number(&self, size: &Size) -> Option<i64> {
        self.size(size).evaluate(&mut |atom| match atom {
            SizeAtom::Var(var) => self.known.get(&var).copied(),
            SizeAtom::Count(index) => self.counts.get(&index).copied(),
            SizeAtom::Meta(_) => None,
        })
    }

    /// Makes two types the same.
    pub(crate) fn unify(&mut self, a: &Ty, b: &Ty, span: Span) -> Unified {
        let (a, b) = (self.shallow(a), self.shallow(b));
        match (a, b) {
            (Ty::Error, _) | (_, Ty::Error) => Ok(()),
            (Ty::Meta(x), Ty::Meta(y)) if x == y => Ok(()),
            (Ty::Meta(x), other) | (other, Ty::Meta(x)) => self.solve_ty(x, &other),
            (Ty::Ix(x), Ty::Ix(y)) => self.unify_sets(&x, &y, span),
            (Ty::Table(x, of_x), Ty::Table(y, of_y)) => {
                self.unify_sets(&x, &y, span)?;
                self.unify(&of_x, &of_y, span)
            }
            (Ty::Tuple(x), Ty::Tuple(y)) if x.len() == y.len() => self.unify_all(&x, &y, span),
            (Ty::Record(x), Ty::Record(y)) => {
                let names = |fields: &[(String, Ty)]| -> Vec<String> {
                    fields.iter().map(|(name, _)| name.clone()).collect()
                };
                if names(&x) != names(&y) {
                    return Err(Mismatch::Types);
                }
                x.iter().zip(&y).try_for_each(|((_, x), (_, y))| self.unify(x, y, span))
            }
            (Ty::Adt(x, args_x), Ty::Adt(y, args_y)) if x == y => {
                args_x.iter().zip(&args_y).try_for_each(|pair| match pair {
                    (TyArg::Ty(x), TyArg::Ty(y)) => self.unify(x, y, span),
                    (TyArg::Index(x), TyArg::Index(y)) => self.unify_sets(x, y, span),
                    (TyArg::Ty(_), TyArg::Index(_)) | (TyArg::Index(_), TyArg::Ty(_)) => {
                        Err(Mismatch::Types)
                    }
                })
            }
            (Ty::Function(x, rx), Ty::Function(y, ry)) if x.len() == y.len() => {
                self.unify_all(&x, &y, span)?;
                self.unify(&rx, &ry, span)
            }
            (Ty::Dist(x), Ty::Dist(y))
            | (Ty::Series(x), Ty::Series(y))
            | (Ty::Events(x), Ty::Events(y)) => self.unify(&x, &y, span),
            (a, b) if a == b => Ok(()),
            _ => Err(Mismatch::Types),
        }
    }

    fn unify_all(&mut self, a: &[Ty], b: &[Ty], span: Span) -> Unified {
        a.iter().zip(b).try_for_each(|(a, b)| self.unify(a, b, span))
    }

    fn solve_ty(&mut self, unknown: u32, ty: &Ty) -> Unified {
        let ty = self.ty(ty);
        if mentions_ty(&ty, unknown) {
            return Err(Mismatch::Types);
        }
        if let (Ty::Meta(other), Some(span)) = (&ty, self.tys[unknown as usize].vector_space) {
            self.require_vector_space(*other, span);
        }
        self.tys[unknown as usize].solution = Some(ty);
        Ok(())
    }

    /// Makes two index sets the same.
    pub(crate) fn unify_sets(&mut self, a: &IndexSet, b: &IndexSet, span: Span) -> Unified {
        let (a, b) = (self.set(a), self.set(b));
        match (&a, &b) {
            _ if a == b => Ok(()),
            (IndexSet::Size(x), other) | (other, IndexSet::Size(x)) if lone(x).is_some() => {
                let unknown = lone(x).expect("just seen");
                if mentions_size(other, unknown) {
                    return Err(Mismatch::Sizes(a.clone(), b.clone()));
                }
                self.sizes[unknown as usize].solution = Some(other.clone());
                Ok(())
            }
            (IndexSet::Size(x), IndexSet::Size(y)) => self.unify_sizes(x, y, span),
            (IndexSet::Product(x), IndexSet::Product(y)) if x.len() == y.len() => {
                x.iter().zip(y).try_for_each(|(x, y)| self.unify_sets(x, y, span))
            }
            _ => Err(Mismatch::Sizes(a.clone(), b.clone())),
        }
    }

    /// Makes two sizes the same.
    pub(crate) fn unify_sizes(&mut self, a: &Size, b: &Size, span: Span) -> Unified {
        let (a, b) = (self.size(a), self.size(b));
        let different = || Mismatch::Sizes(IndexSet::Size(a.clone()), IndexSet::Size(b.clone()));
        let difference = a.checked_add_scaled(&b, -1).ok_or(Mismatch::TooLarge)?;
        let unknown: Vec<(&Vec<SizeAtom>, i64)> = difference
            .terms
            .iter()
            .filter(|(monomial, _)| monomial.iter().any(|atom| matches!(atom, SizeAtom::Meta(_))))
            .map(|(monomial, &coefficient)| (monomial, coefficient))
            .collect();
        match unknown.as_slice() {
            [] if difference.terms.is_empty() || self.number(&difference) == Some(0) => Ok(()),
            [] => Err(different()),
            [(monomial, coefficient)] if monomial.len() == 1 => {
                let SizeAtom::Meta(k) = monomial[0] else { unreachable!("filtered to unknowns") };
                let solution = solve(&difference, monomial, *coefficient)
                    .or_else(|| self.solve_by_numbers(&difference, monomial, *coefficient))
                    .ok_or_else(different)?;
                if solution.as_number().is_some_and(|n| n < 0) {
                    return Err(different());
                }
                self.sizes[k as usize].solution = Some(IndexSet::Size(solution));
                Ok(())
            }
            _ => {
                self.waiting.push(Equation { left: a.clone(), right: b.clone(), span });
                Ok(())
            }
        }
    }

    /// As [`solve`], where the numbers of all names are known.
    fn solve_by_numbers(
        &self,
        difference: &Size,
        monomial: &[SizeAtom],
        coefficient: i64,
    ) -> Option<Size> {
        let mut rest = difference.clone();
        rest.terms.remove(monomial);
        let rest = self.number(&rest)?;
        (rest.checked_rem(coefficient)? == 0).then_some(())?;
        Some(Size::number(rest.checked_div(coefficient)?.checked_neg()?))
    }

    /// Takes the equations that wait, so that a declaration has its own.
    pub(crate) fn begin(&mut self) -> Waiting {
        Waiting(std::mem::take(&mut self.waiting))
    }

    /// Tries the waiting equations again until none gets solved; those that fail are returned.
    pub(crate) fn settle(&mut self) -> Vec<(Span, Mismatch)> {
        let mut failed = Vec::new();
        loop {
            let waiting = std::mem::take(&mut self.waiting);
            let before = waiting.len();
            for Equation { left, right, span } in waiting {
                if let Err(mismatch) = self.unify_sizes(&left, &right, span) {
                    failed.push((span, mismatch));
                }
            }
            if self.waiting.len() == before || self.waiting.is_empty() {
                return failed;
            }
        }
    }

    /// Puts the equations of the enclosing declaration back.
    pub(crate) fn end(&mut self, outer: Waiting) {
        self.waiting = outer.0;
    }
}

/// In place of a number outside 64 bits: larger than any table may be, so it is refused later.
fn too_many() -> Size {
    Size::number(i64::MAX)
}

/// Equations of an enclosing declaration.
pub(crate) struct Waiting(Vec<Equation>);

fn number_of(index: usize) -> u32 {
    u32::try_from(index).expect("fewer than 2^32 unknowns")
}

/// The unknown that a size consists of.
fn lone(size: &Size) -> Option<u32> {
    match size.as_atom() {
        Some(SizeAtom::Meta(k)) => Some(k),
        Some(SizeAtom::Var(_) | SizeAtom::Count(_)) | None => None,
    }
}

/// `?m` from `difference = coefficient · ?m + rest ≐ 0`.
fn solve(difference: &Size, monomial: &[SizeAtom], coefficient: i64) -> Option<Size> {
    let mut solution = Size::default();
    for (other, &c) in &difference.terms {
        if other.as_slice() == monomial {
            continue;
        }
        if c % coefficient != 0 {
            return None;
        }
        solution.terms.insert(other.clone(), c.checked_div(coefficient)?.checked_neg()?);
    }
    Some(solution)
}

fn mentions_size(set: &IndexSet, unknown: u32) -> bool {
    match set {
        IndexSet::Size(size) => size.terms.keys().flatten().any(|&a| a == SizeAtom::Meta(unknown)),
        IndexSet::Named(_) => false,
        IndexSet::Product(sets) => sets.iter().any(|set| mentions_size(set, unknown)),
    }
}

fn mentions_ty(ty: &Ty, unknown: u32) -> bool {
    let mentions = |ty: &Ty| mentions_ty(ty, unknown);
    match ty {
        Ty::Meta(k) => *k == unknown,
        Ty::Table(_, of) | Ty::Dist(of) | Ty::Series(of) | Ty::Events(of) => mentions(of),
        Ty::Tuple(parts) => parts.iter().any(mentions),
        Ty::Record(fields) => fields.iter().any(|(_, ty)| mentions(ty)),
        Ty::Adt(_, args) => args.iter().any(|arg| matches!(arg, TyArg::Ty(ty) if mentions(ty))),
        Ty::Function(params, result) => params.iter().any(mentions) || mentions(result),
        Ty::Float
        | Ty::Nat
        | Ty::Int
        | Ty::Bool
        | Ty::Text
        | Ty::Ix(_)
        | Ty::Var(_)
        | Ty::Error => false,
    }
}

#[cfg(test)]
mod tests {
    use sdec_base::SourceId;

    use super::*;

    fn span() -> Span {
        Span::new(SourceId::new(0), 0, 0)
    }

    fn unknown(unifier: &mut Unifier) -> Size {
        let what = Unknown::Range("i".to_owned());
        let set = unifier.fresh_set(Origin { span: span(), what });
        let IndexSet::Size(size) = set else { panic!("an unknown is a size: {set:?}") };
        size
    }

    fn times(factor: i64, size: &Size) -> Size {
        Size::default().checked_add_scaled(size, factor).unwrap()
    }

    fn plus(size: &Size, n: i64) -> Size {
        size.checked_add_scaled(&Size::number(n), 1).unwrap()
    }

    fn name(k: usize) -> Size {
        Size::var(SizeVarId::new(k))
    }

    #[test]
    fn twice_an_unknown_is_twice_a_name() {
        let mut u = Unifier::default();
        let m = unknown(&mut u);
        u.unify_sizes(&times(2, &name(0)), &times(2, &m), span()).unwrap();
        assert_eq!(u.size(&m), name(0));
    }

    #[test]
    fn solved_sizes_may_be_one_less() {
        let mut u = Unifier::default();
        let m = unknown(&mut u);
        u.unify_sizes(&plus(&m, 1), &name(0), span()).unwrap();
        assert_eq!(u.size(&m), plus(&name(0), -1));
    }

    #[test]
    fn odd_is_not_twice_anything() {
        let mut u = Unifier::default();
        let m = unknown(&mut u);
        let result = u.unify_sizes(&times(2, &m), &Size::number(3), span());
        assert!(matches!(result, Err(Mismatch::Sizes(..))));
    }

    #[test]
    fn no_size_is_negative() {
        let mut u = Unifier::default();
        let m = unknown(&mut u);
        assert!(u.unify_sizes(&plus(&m, 3), &Size::number(2), span()).is_err());
    }

    #[test]
    fn names_are_different_until_their_numbers_are_known() {
        let mut u = Unifier::default();
        assert!(u.unify_sizes(&name(0), &Size::number(8), span()).is_err());
        u.known.insert(SizeVarId::new(0), 8);
        u.unify_sizes(&name(0), &Size::number(8), span()).unwrap();
    }

    #[test]
    fn two_unknowns_wait_until_one_is_solved() {
        let mut u = Unifier::default();
        let (m, n) = (unknown(&mut u), unknown(&mut u));
        let sum = m.checked_add_scaled(&n, 1).unwrap();
        u.unify_sizes(&sum, &Size::number(7), span()).unwrap();
        u.unify_sizes(&m, &Size::number(3), span()).unwrap();
        assert!(u.settle().is_empty());
        assert_eq!(u.size(&n), Size::number(4));
    }

    #[test]
    fn a_waiting_equation_can_fail() {
        let mut u = Unifier::default();
        let (m, n) = (unknown(&mut u), unknown(&mut u));
        let sum = m.checked_add_scaled(&n, 1).unwrap();
        u.unify_sizes(&sum, &Size::number(7), span()).unwrap();
        u.unify_sizes(&m, &Size::number(9), span()).unwrap();
        assert_eq!(u.settle().len(), 1);
    }

    #[test]
    fn an_unknown_stands_for_a_named_set_and_its_number() {
        let mut u = Unifier::default();
        let m = unknown(&mut u);
        let named = IndexSet::Named(sdec_hir::IndexId::new(0));
        u.unify_sets(&IndexSet::Size(m.clone()), &named, span()).unwrap();
        assert_eq!(u.set(&IndexSet::Size(m.clone())), named);
        let count = Size::atom(SizeAtom::Count(sdec_hir::IndexId::new(0)));
        assert_eq!(u.size(&plus(&m, 1)), plus(&count, 1));
    }

    #[test]
    fn no_type_contains_itself() {
        let mut u = Unifier::default();
        let what = Unknown::Entry;
        let ty = u.fresh_ty(Origin { span: span(), what });
        let table = Ty::Table(IndexSet::Size(Size::number(2)), Box::new(ty.clone()));
        assert_eq!(u.unify(&ty, &table, span()), Err(Mismatch::Types));
    }

    #[test]
    fn products_compare_monomial_by_monomial() {
        let mut u = Unifier::default();
        let nm = name(0).checked_mul(&name(1)).unwrap();
        let mn = name(1).checked_mul(&name(0)).unwrap();
        u.unify_sizes(&nm, &mn, span()).unwrap();
    }
}
