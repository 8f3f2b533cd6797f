//! Types with numbers for sizes, and the arrays that hold their values.

use sdec_base::{Diagnostic, Span};
use sdec_hir::{self as hir, IndexSet, Size, SizeAtom, Ty, TyArg};
use sdec_ssa::{Scalar, Type, Value};

use super::env::Generics;
use super::value::Val;

/// Numbers of sizes, and precision: what a program is specialised to.
pub(super) struct Sizes<'a> {
    pub(super) program: &'a hir::Program,
    /// The working precision.
    pub(super) float: Scalar,
}

/// A failure that the user can mend.
pub(super) type Result<T> = std::result::Result<T, Box<Diagnostic>>;

impl Sizes<'_> {
    /// The number of a size.
    pub(super) fn number(&self, size: &Size, generics: &Generics) -> i64 {
        size.evaluate(&mut |atom| match atom {
            SizeAtom::Count(index) => {
                i64::try_from(self.program.indices[index].elements.len()).ok()
            }
            SizeAtom::Var(var) => match generics.sizes.get(&var) {
                Some(set) => Some(self.count(set, generics)),
                None => {
                    let value = self.program.sizes[var].value.as_ref();
                    value.and_then(|(n, _)| i64::try_from(*n).ok())
                }
            },
            SizeAtom::Meta(_) => None,
        })
        .expect("the checker gives every size of a command a number that fits")
    }

    /// How many elements an index set has.
    pub(super) fn count(&self, set: &IndexSet, generics: &Generics) -> i64 {
        self.extents(set, generics).iter().map(|&n| i64::try_from(n).expect("sizes fit")).product()
    }

    /// Extents of the axes that an index set takes: one, or one per factor of a product.
    pub(super) fn extents(&self, set: &IndexSet, generics: &Generics) -> Vec<u64> {
        match set {
            IndexSet::Size(size) => match size.as_atom() {
                Some(SizeAtom::Var(var)) if generics.sizes.contains_key(&var) => {
                    self.extents(&generics.sizes[&var], &Generics::default())
                }
                Some(_) | None => {
                    let n = self.number(size, generics);
                    vec![u64::try_from(n).expect("the checker refuses negative sizes")]
                }
            },
            IndexSet::Named(index) => vec![self.program.indices[*index].elements.len() as u64],
            IndexSet::Product(sets) => {
                sets.iter().flat_map(|set| self.extents(set, generics)).collect()
            }
        }
    }

    /// An index from its number on each axis: a tuple where its set is a product, also within others.
    pub(super) fn index_of(
        &self,
        set: &IndexSet,
        generics: &Generics,
        numbers: &mut dyn Iterator<Item = Value>,
    ) -> Val {
        match set {
            IndexSet::Size(size) => match size.as_atom() {
                Some(SizeAtom::Var(var)) if generics.sizes.contains_key(&var) => {
                    self.index_of(&generics.sizes[&var], &Generics::default(), numbers)
                }
                Some(_) | None => Val::Array(numbers.next().expect("a number for each axis")),
            },
            IndexSet::Named(_) => Val::Array(numbers.next().expect("a number for each axis")),
            IndexSet::Product(sets) => {
                let parts = sets.iter().map(|set| self.index_of(set, generics, numbers));
                Val::Parts(parts.collect())
            }
        }
    }

    /// How many axes an index set takes.
    pub(super) fn axes(&self, set: &IndexSet, generics: &Generics) -> usize {
        match self.program.counted_by(set) {
            Some(_) => 1,
            None => self.extents(set, generics).len(),
        }
    }

    /// The index set without generic names.
    pub(super) fn concrete_set(&self, set: &IndexSet, generics: &Generics) -> IndexSet {
        // How many observations a series has is known where a loop over them runs.
        if self.program.counted_by(set).is_some() {
            return set.clone();
        }
        match set {
            IndexSet::Size(size) => match size.as_atom() {
                Some(SizeAtom::Var(var)) if generics.sizes.contains_key(&var) => {
                    generics.sizes[&var].clone()
                }
                Some(_) | None => IndexSet::Size(Size::number(self.number(size, generics))),
            },
            IndexSet::Named(_) => set.clone(),
            IndexSet::Product(sets) => {
                IndexSet::Product(sets.iter().map(|s| self.concrete_set(s, generics)).collect())
            }
        }
    }

    /// The type without generic names.
    pub(super) fn concrete(&self, ty: &Ty, generics: &Generics) -> Ty {
        let concrete = |ty: &Ty| self.concrete(ty, generics);
        match ty {
            Ty::Var(var) => generics.types.get(var).expect("type names are bound").clone(),
            Ty::Ix(set) => Ty::Ix(self.concrete_set(set, generics)),
            Ty::Table(set, entry) => {
                Ty::Table(self.concrete_set(set, generics), Box::new(concrete(entry)))
            }
            Ty::Tuple(parts) => Ty::Tuple(parts.iter().map(concrete).collect()),
            Ty::Record(fields) => {
                Ty::Record(fields.iter().map(|(name, ty)| (name.clone(), concrete(ty))).collect())
            }
            Ty::Adt(adt, args) => Ty::Adt(
                *adt,
                args.iter()
                    .map(|arg| match arg {
                        TyArg::Ty(ty) => TyArg::Ty(concrete(ty)),
                        TyArg::Index(set) => TyArg::Index(self.concrete_set(set, generics)),
                    })
                    .collect(),
            ),
            Ty::Function(params, result) => {
                Ty::Function(params.iter().map(concrete).collect(), Box::new(concrete(result)))
            }
            Ty::Dist(of) => Ty::Dist(Box::new(concrete(of))),
            Ty::Series(of) => Ty::Series(Box::new(concrete(of))),
            Ty::Events(mark) => Ty::Events(Box::new(concrete(mark))),
            Ty::Float | Ty::Nat | Ty::Int | Ty::Bool | Ty::Text | Ty::Meta(_) | Ty::Error => {
                ty.clone()
            }
        }
    }

    /// Types of the arrays that hold a value of a type without generic names, in order.
    pub(super) fn leaves(&self, ty: &Ty) -> Vec<Type> {
        let none = Generics::default();
        match ty {
            Ty::Float => vec![Type::scalar(self.float)],
            Ty::Nat | Ty::Int => vec![Type::scalar(Scalar::I64)],
            Ty::Bool => vec![Type::scalar(Scalar::Bool)],
            Ty::Ix(set) => (0..self.axes(set, &none)).map(|_| Type::scalar(Scalar::I64)).collect(),
            Ty::Table(set, entry) => {
                let extents = self.extents(set, &none);
                let mut leaves = self.leaves(entry);
                for leaf in &mut leaves {
                    leaf.shape.splice(0..0, extents.iter().copied());
                }
                leaves
            }
            Ty::Tuple(parts) => parts.iter().flat_map(|part| self.leaves(part)).collect(),
            Ty::Record(fields) => fields.iter().flat_map(|(_, ty)| self.leaves(ty)).collect(),
            Ty::Adt(adt, args) => {
                let payloads = self.payloads(*adt, args);
                let tag = Type::scalar(Scalar::I64);
                let rest = payloads.iter().flatten().flat_map(|ty| self.leaves(ty));
                std::iter::once(tag).chain(rest).collect()
            }
            Ty::Text
            | Ty::Function(..)
            | Ty::Dist(_)
            | Ty::Series(_)
            | Ty::Events(_)
            | Ty::Var(_)
            | Ty::Meta(_)
            | Ty::Error => Vec::new(),
        }
    }

    /// Types of the arguments of each constructor of a type without generic names.
    pub(super) fn payloads(&self, adt: hir::AdtId, args: &[TyArg]) -> Vec<Vec<Ty>> {
        let declaration = &self.program.adts[adt];
        let mut generics = Generics::default();
        let (mut sizes, mut types) = (declaration.sizes.iter(), declaration.types.iter());
        for arg in args {
            match arg {
                TyArg::Ty(ty) => {
                    let var = types.next().expect("as many type arguments as parameters");
                    generics.types.insert(*var, ty.clone());
                }
                TyArg::Index(set) => {
                    let var = sizes.next().expect("as many size arguments as parameters");
                    generics.sizes.insert(*var, set.clone());
                }
            }
        }
        let concrete = |ty: &Ty| self.concrete(ty, &generics);
        let constructors = declaration.constructors.iter();
        constructors.map(|constructor| constructor.args.iter().map(concrete).collect()).collect()
    }
}

/// What a later step builds: a located refusal.
pub(super) fn not_built<T>(what: &str, at: Span) -> Result<T> {
    Err(Box::new(
        Diagnostic::error("E0901", format!("{what} cannot be run yet"), at)
            .label(at, "checked, but there is no code for it yet"),
    ))
}

/// A program that is too large once the bodies of its functions are written out.
pub(super) fn too_many_operations<T>(most: usize, at: Span) -> Result<T> {
    let title = "this program is too large once its functions are written out";
    Err(Box::new(
        Diagnostic::error("E0318", title, at)
            .label(at, format!("before this call, there are more than {most} operations already"))
            .help("give a value that is used several times a name, by `let`")
            .note("a function has no code of its own: its body is written out in each place that calls it"),
    ))
}
