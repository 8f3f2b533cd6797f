//! Types, sizes and constraints as a user writes them.

use std::fmt::Write as _;

use crate::{Constraint, IndexSet, Program, Size, SizeAtom, Ty, TyArg};

/// An unknown of the checker in a type that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// A type.
    Ty(u32),
    /// A size or index set.
    Size(u32),
}

impl Program {
    /// A type as written: `n => 3 => Float`. What is not known yet is `_`.
    pub fn show_ty(&self, ty: &Ty) -> String {
        Shower { program: self, unknown: &|_| "_".to_owned() }.ty(ty)
    }

    /// A type as written, where `unknown` names what is not known yet.
    pub fn show_ty_with(&self, ty: &Ty, unknown: &dyn Fn(Unknown) -> String) -> String {
        Shower { program: self, unknown }.ty(ty)
    }

    /// An index set as written: `n`, `Species`, `(n, 3)`.
    pub fn show_index_set(&self, set: &IndexSet) -> String {
        Shower { program: self, unknown: &|_| "_".to_owned() }.set(set)
    }

    /// An index set as written, where `unknown` names what is not known yet.
    pub fn show_index_set_with(
        &self,
        set: &IndexSet,
        unknown: &dyn Fn(Unknown) -> String,
    ) -> String {
        Shower { program: self, unknown }.set(set)
    }

    /// A size as written: `2 * n + 1`.
    pub fn show_size(&self, size: &Size) -> String {
        Shower { program: self, unknown: &|_| "_".to_owned() }.size(size)
    }

    /// The type of a declaration with its constraint where a number stands: `n => Positive`.
    pub fn show_constrained(&self, ty: &Ty, constraint: &Constraint) -> String {
        match (constraint, ty) {
            (Constraint::Real, _) => self.show_ty(ty),
            (Constraint::Simplex, Ty::Table(n, _)) => {
                format!("Simplex({})", self.show_index_set(n))
            }
            (Constraint::Ordered, Ty::Table(n, _)) => {
                format!("Ordered({})", self.show_index_set(n))
            }
            (Constraint::Chol, Ty::Table(n, _)) => format!("Chol({})", self.show_index_set(n)),
            (Constraint::Corr, Ty::Table(n, _)) => format!("Corr({})", self.show_index_set(n)),
            (_, Ty::Table(set, of)) => {
                format!("{} => {}", self.show_index_set(set), self.show_constrained(of, constraint))
            }
            (Constraint::Positive, _) => "Positive".to_owned(),
            (Constraint::NonNeg, _) => "NonNeg".to_owned(),
            (Constraint::Unit, _) => "Unit".to_owned(),
            (Constraint::Interval(a, b), _) => format!("Interval({a}, {b})"),
            (
                Constraint::Simplex | Constraint::Ordered | Constraint::Chol | Constraint::Corr,
                _,
            ) => self.show_ty(ty),
        }
    }
}

/// How to show a type.
struct Shower<'a> {
    program: &'a Program,
    unknown: &'a dyn Fn(Unknown) -> String,
}

impl Shower<'_> {
    fn ty(&self, ty: &Ty) -> String {
        match ty {
            Ty::Float => "Float".to_owned(),
            Ty::Nat => "Nat".to_owned(),
            Ty::Int => "Int".to_owned(),
            Ty::Bool => "Bool".to_owned(),
            Ty::Text => "Text".to_owned(),
            Ty::Meta(unknown) => (self.unknown)(Unknown::Ty(*unknown)),
            Ty::Error => "_".to_owned(),
            Ty::Ix(set) => format!("ix({})", self.set(set)),
            Ty::Table(set, of) => {
                format!("{} => {}", self.set(set), self.ty(of))
            }
            Ty::Tuple(parts) => format!("({})", self.tys(parts)),
            Ty::Record(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|(name, ty)| format!("{name}: {}", self.ty(ty))).collect();
                format!("{{{}}}", fields.join(", "))
            }
            Ty::Adt(adt, args) => {
                let args: Vec<String> = args
                    .iter()
                    .map(|arg| match arg {
                        TyArg::Ty(ty) => self.ty(ty),
                        TyArg::Index(set) => self.set(set),
                    })
                    .collect();
                let name = self.program.adts.get(*adt).map_or("_", |adt| adt.name.as_str());
                if args.is_empty() {
                    name.to_owned()
                } else {
                    format!("{name}({})", args.join(", "))
                }
            }
            Ty::Function(params, result) => {
                format!("({}) -> {}", self.tys(params), self.ty(result))
            }
            Ty::Dist(of) => format!("Dist({})", self.ty(of)),
            Ty::Series(of) => format!("Series({})", self.ty(of)),
            Ty::Events(_) => match ty.mark() {
                Some(mark) => format!("Events({})", self.ty(mark)),
                None => "Events".to_owned(),
            },
            Ty::Var(var) => {
                self.program.ty_vars.get(*var).map_or("_", |var| var.name.as_str()).to_owned()
            }
        }
    }

    fn tys(&self, tys: &[Ty]) -> String {
        tys.iter().map(|ty| self.ty(ty)).collect::<Vec<_>>().join(", ")
    }

    fn set(&self, set: &IndexSet) -> String {
        match set {
            IndexSet::Size(size) => self.size(size),
            IndexSet::Named(index) => {
                self.program.indices.get(*index).map_or("_", |index| index.name.as_str()).to_owned()
            }
            IndexSet::Product(sets) => {
                let sets: Vec<String> = sets.iter().map(|set| self.set(set)).collect();
                format!("({})", sets.join(", "))
            }
        }
    }

    fn size(&self, size: &Size) -> String {
        // Products before numbers, as people write: `n + 1`, not `1 + n`.
        let mut terms: Vec<(&Vec<SizeAtom>, i64)> =
            size.terms.iter().map(|(monomial, &coefficient)| (monomial, coefficient)).collect();
        terms.sort_by_key(|(monomial, coefficient)| (monomial.is_empty(), *coefficient < 0));
        let mut out = String::new();
        for (monomial, coefficient) in terms {
            let sign = match (out.is_empty(), coefficient < 0) {
                (true, true) => "-",
                (true, false) => "",
                (false, true) => " - ",
                (false, false) => " + ",
            };
            out.push_str(sign);
            let magnitude = coefficient.unsigned_abs();
            let atoms: Vec<String> = monomial.iter().map(|&atom| self.atom(atom)).collect();
            match (magnitude, atoms.is_empty()) {
                (_, true) => write!(out, "{magnitude}"),
                (1, false) => write!(out, "{}", atoms.join(" * ")),
                (_, false) => write!(out, "{magnitude} * {}", atoms.join(" * ")),
            }
            .expect("writing to a string does not fail");
        }
        if out.is_empty() { "0".to_owned() } else { out }
    }

    fn atom(&self, atom: SizeAtom) -> String {
        let known = match atom {
            SizeAtom::Var(var) => self.program.sizes.get(var).map(|var| &var.name),
            SizeAtom::Count(index) => self.program.indices.get(index).map(|index| &index.name),
            SizeAtom::Meta(unknown) => return (self.unknown)(Unknown::Size(unknown)),
        };
        known.map_or("_", String::as_str).to_owned()
    }
}
