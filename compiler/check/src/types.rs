//! Types as written, resolved: kinds told apart, aliases expanded, implicit names introduced.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_base::Span;
use sdec_grammar::ast::{self, ItemKind, Name, Type, TypeArgument, TypeKind};
use sdec_hir::{Constraint, IndexSet, Size, Ty, TyArg, TyVar};

use crate::checker::{Checker, table};
use crate::error::{MismatchError, NameError, SizeError};
use crate::items::{Declared, ItemRef};
use crate::scope::Meaning;
use crate::suggest::nearest;
use crate::text::quote_type;
use crate::unify::{Origin, Unknown};

/// More types than any program needs; aliases that double each other get there.
const MOST_EXPANSIONS: usize = 100_000;

/// Names of types that are built in.
const BUILT_IN: &[&str] = &[
    "Float", "Nat", "Int", "Bool", "Time", "Text", "Real", "Positive", "NonNeg", "Unit",
    "Interval", "Simplex", "Ordered", "Chol", "Corr", "Series", "Events", "Class", "Dist", "ix",
];

/// Nets that are designed but not built.
const NETS: &[&str] = &["MLP", "Linear", "Scalar", "GRU", "Step"];

/// Types of inputs that drive equations, also designed but not built.
const DRIVERS: &[&str] = &["Path"];

/// What a parameter of a `type` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A size or index set.
    Size,
    /// A type.
    Type,
}

impl<'a> Checker<'a> {
    /// A type; constraints in it are numbers.
    pub(crate) fn ty(&mut self, ty: &'a Type) -> Ty {
        self.constrained(ty).0
    }

    /// A type with the constraint of its numbers.
    pub(crate) fn constrained(&mut self, ty: &'a Type) -> (Ty, Constraint) {
        self.expansions += 1;
        if self.expansions > MOST_EXPANSIONS {
            if self.expansions == MOST_EXPANSIONS + 1 {
                self.report(SizeError::TooLarge { span: ty.span, what: "type".to_owned() });
            }
            return (Ty::Error, Constraint::Real);
        }
        let plain = |ty: Ty| (ty, Constraint::Real);
        match &ty.kind {
            TypeKind::Name(name) => self.named_type(name),
            TypeKind::Apply(name, args) => self.applied_type(name, args, ty.span),
            TypeKind::Table(set, of) => {
                let set = self.set(set);
                let (of, constraint) = self.constrained(of);
                (table(set, of), constraint)
            }
            TypeKind::Function(params, result) => {
                let params = match &params.kind {
                    TypeKind::Tuple(params) => params.iter().map(|param| self.ty(param)).collect(),
                    _ => vec![self.ty(params)],
                };
                plain(Ty::Function(params, Box::new(self.ty(result))))
            }
            TypeKind::Tuple(parts) if parts.len() == 1 => self.constrained(&parts[0]),
            TypeKind::Tuple(parts) => {
                plain(Ty::Tuple(parts.iter().map(|part| self.ty(part)).collect()))
            }
            TypeKind::Record(fields) => self.record_type(fields),
            TypeKind::Maybe(of) => {
                let of = self.ty(of);
                plain(self.maybe(of, ty.span))
            }
            TypeKind::Nat(_)
            | TypeKind::Number(_)
            | TypeKind::Add(..)
            | TypeKind::Mul(..)
            | TypeKind::Sub(..) => {
                let written = quote_type(ty);
                self.report(SizeError::SizeForType { written, span: ty.span });
                plain(Ty::Error)
            }
            TypeKind::Error => plain(Ty::Error),
        }
    }

    fn record_type(&mut self, fields: &'a [(Name, Type)]) -> (Ty, Constraint) {
        let mut typed: Vec<(String, Ty)> = Vec::new();
        let mut constraints = Vec::new();
        for (name, ty) in fields {
            if let Some(k) = typed.iter().position(|(other, _)| *other == name.text) {
                let first = fields[k].0.span;
                let name_text = name.text.clone();
                self.report(NameError::Duplicate { name: name_text, first, second: name.span });
            }
            let (ty, constraint) = self.constrained(ty);
            typed.push((name.text.clone(), ty));
            constraints.push(constraint);
        }
        let mixed = constraints.iter().zip(fields).find(|(c, _)| **c != constraints[0]);
        if let Some((_, (name, _))) = mixed {
            self.mixed_constraints.get_or_insert(name.span);
        }
        let same = constraints.windows(2).all(|pair| pair[0] == pair[1]);
        let constraint = constraints.into_iter().next().filter(|_| same);
        (Ty::Record(typed), constraint.unwrap_or(Constraint::Real))
    }

    /// `τ?` is the library's `Signal(τ)`.
    fn maybe(&mut self, of: Ty, span: Span) -> Ty {
        let signal = self.library.get("Signal").map(|(index, _)| index);
        let Some(index) = signal else {
            self.unbuilt("a value that may be missing", span);
            return Ty::Error;
        };
        let at = ItemRef { side: crate::items::Side::Library, index };
        match self.demand(at, None) {
            Declared::Adt(adt) => Ty::Adt(adt, vec![TyArg::Ty(of)]),
            _ => Ty::Error,
        }
    }

    fn named_type(&mut self, name: &'a Name) -> (Ty, Constraint) {
        let plain = |ty: Ty| (ty, Constraint::Real);
        match self.here.scope.get(&name.text).map(|binding| binding.meaning.clone()) {
            Some(Meaning::Ty(ty)) => return plain(ty),
            Some(Meaning::Size(_) | Meaning::Set(_)) => {
                let written = name.text.clone();
                self.report(SizeError::SizeForType { written, span: name.span });
                return plain(Ty::Error);
            }
            _ => {}
        }
        if let Some(found) = built_in(&name.text) {
            return found;
        }
        if let Some(at) = self.find_item(&name.text) {
            return self.item_type(at, name, &[], name.span);
        }
        if let Some(var) = self.implicit_type(name) {
            return plain(var);
        }
        plain(self.unknown_type(name))
    }

    /// Introduces a lower-case name of a signature as a generic type.
    fn implicit_type(&mut self, name: &'a Name) -> Option<Ty> {
        let lower = name.text.starts_with(|c: char| c.is_lowercase());
        self.here.generics.as_ref().filter(|_| lower)?;
        let var = self.hir.ty_vars.push(TyVar { name: name.text.clone(), span: name.span });
        self.here.scope.bind(&name.text, Meaning::Ty(Ty::Var(var)), name.span);
        self.here.generics.as_mut().expect("just seen").types.push(var);
        Some(Ty::Var(var))
    }

    fn unknown_type(&mut self, name: &Name) -> Ty {
        let declared = self.user.all().chain(self.library.all());
        let types = declared.filter(|&(name, _, _)| name.starts_with(char::is_uppercase));
        let names = types.map(|(name, ..)| name).chain(BUILT_IN.iter().copied());
        let similar = nearest(&name.text, names).map(str::to_owned);
        if NETS.contains(&name.text.as_str()) {
            self.unbuilt(format!("the net `{}`", name.text), name.span);
        } else if DRIVERS.contains(&name.text.as_str()) {
            self.unbuilt(format!("the type `{}`", name.text), name.span);
        } else {
            let written = name.text.clone();
            self.report(NameError::UnknownType { written, span: name.span, similar });
        }
        Ty::Error
    }

    fn applied_type(
        &mut self,
        name: &'a Name,
        args: &'a [TypeArgument],
        span: Span,
    ) -> (Ty, Constraint) {
        let one = args.first().map(|arg| &arg.value).filter(|_| args.len() == 1);
        let plain = |ty: Ty| (ty, Constraint::Real);
        match (name.text.as_str(), one) {
            ("Interval", _) => (Ty::Float, self.interval(args, span)),
            ("Simplex", Some(n)) => (table(self.set(n), Ty::Float), Constraint::Simplex),
            ("Ordered", Some(n)) => (table(self.set(n), Ty::Float), Constraint::Ordered),
            ("Chol", Some(n)) => (self.square(n), Constraint::Chol),
            ("Corr", Some(n)) => (self.square(n), Constraint::Corr),
            ("ix", Some(set)) => plain(Ty::Ix(self.set(set))),
            ("Class", Some(n)) => plain(Ty::Class(self.size(n))),
            ("Series", Some(of)) => plain(Ty::Series(Box::new(self.ty(of)))),
            ("Dist", Some(of)) => plain(Ty::Dist(Box::new(self.ty(of)))),
            ("Events", Some(_)) => {
                self.unbuilt("a type of events with marks", span);
                plain(Ty::Error)
            }
            _ => match self.find_item(&name.text) {
                Some(at) => self.item_type(at, name, args, span),
                None => plain(self.unknown_type(name)),
            },
        }
    }

    fn square(&mut self, n: &'a Type) -> Ty {
        let set = self.set(n);
        table(set.clone(), table(set, Ty::Float))
    }

    fn interval(&mut self, args: &[TypeArgument], span: Span) -> Constraint {
        let number = |arg: &TypeArgument| match &arg.value.kind {
            TypeKind::Nat(literal) | TypeKind::Number(literal) => literal.text.parse::<f64>().ok(),
            _ => None,
        };
        let ends: Vec<f64> = args.iter().filter_map(number).collect();
        match ends.as_slice() {
            &[a, b] if args.len() == 2 && a < b && a.is_finite() && b.is_finite() => {
                Constraint::Interval(a, b)
            }
            _ => {
                self.report(SizeError::Interval { span });
                Constraint::Real
            }
        }
    }

    /// The type that a top-level name stands for.
    fn item_type(
        &mut self,
        at: ItemRef,
        name: &'a Name,
        args: &'a [TypeArgument],
        span: Span,
    ) -> (Ty, Constraint) {
        let plain = |ty: Ty| (ty, Constraint::Real);
        match self.demand(at, Some(name)) {
            Declared::Index(index) if args.is_empty() => plain(Ty::Ix(IndexSet::Named(index))),
            Declared::Alias => self.expand(at, name, args, span),
            Declared::Adt(adt) => {
                let args = self.type_args(at, name, args, span);
                let arg = |(_, meaning): (_, Meaning)| match meaning {
                    Meaning::Set(set) => TyArg::Index(set),
                    Meaning::Ty(ty) => TyArg::Ty(ty),
                    _ => TyArg::Ty(Ty::Error),
                };
                plain(
                    args.map_or(Ty::Error, |args| {
                        Ty::Adt(adt, args.into_iter().map(arg).collect())
                    }),
                )
            }
            Declared::Net => {
                self.unbuilt(format!("a value whose type is the net `{}`", name.text), span);
                plain(Ty::Error)
            }
            Declared::Failed => plain(Ty::Error),
            Declared::Size(_) => {
                self.report(SizeError::SizeForType { written: name.text.clone(), span });
                plain(Ty::Error)
            }
            _ => {
                let written = name.text.clone();
                self.report(NameError::UnknownType { written, span, similar: None });
                plain(Ty::Error)
            }
        }
    }

    fn expand(
        &mut self,
        at: ItemRef,
        name: &'a Name,
        args: &'a [TypeArgument],
        span: Span,
    ) -> (Ty, Constraint) {
        let Some(args) = self.type_args(at, name, args, span) else {
            return (Ty::Error, Constraint::Real);
        };
        let ItemKind::Type { alternatives, .. } = &self.item(at).kind else {
            unreachable!("aliases are types")
        };
        let library = at.side == crate::items::Side::Library;
        self.declaration(library, |this| {
            for (param, meaning) in args {
                this.here.scope.bind(&param.text, meaning, param.span);
            }
            this.constrained(&alternatives[0])
        })
    }

    /// Arguments of a `type` with the names that they are for.
    fn type_args(
        &mut self,
        at: ItemRef,
        name: &Name,
        args: &'a [TypeArgument],
        span: Span,
    ) -> Option<Vec<(&'a Name, Meaning)>> {
        let ItemKind::Type { params, .. } = &self.item(at).kind else {
            unreachable!("only types take arguments")
        };
        if args.len() != params.len() {
            let (name, wanted, found) = (name.text.clone(), params.len(), args.len());
            self.report(SizeError::TypeArguments { name, wanted, found, span });
            return None;
        }
        let kinds = self.param_kinds(at);
        let mut bound = Vec::new();
        for ((param, kind), arg) in params.iter().zip(kinds).zip(args) {
            let meaning = match kind {
                Kind::Size => Meaning::Set(self.set(&arg.value)),
                Kind::Type => Meaning::Ty(self.ty(&arg.value)),
            };
            bound.push((&param.name, meaning));
        }
        Some(bound)
    }

    /// Whether each parameter of a `type` is a size or a type, from where it stands.
    pub(crate) fn param_kinds(&self, at: ItemRef) -> Vec<Kind> {
        let ItemKind::Type { params, alternatives, .. } = &self.item(at).kind else {
            unreachable!("only types have kinds")
        };
        let kind = |param: &ast::SizeParam| {
            let found = alternatives.iter().find_map(|alternative| {
                let within_constructor = alternatives.len() > 1;
                match &alternative.kind {
                    TypeKind::Apply(_, args) if within_constructor => {
                        args.iter().find_map(|arg| self.kind_in(&param.name.text, &arg.value, 0))
                    }
                    _ => self.kind_in(&param.name.text, alternative, 0),
                }
            });
            found.unwrap_or(Kind::Type)
        };
        params.iter().map(kind).collect()
    }

    fn kind_in(&self, name: &str, ty: &Type, depth: usize) -> Option<Kind> {
        let of_type = |ty: &Type| self.kind_in(name, ty, depth);
        match &ty.kind {
            TypeKind::Name(found) => (found.text == name).then_some(Kind::Type),
            TypeKind::Table(set, of) => mentions(name, set).or_else(|| of_type(of)),
            TypeKind::Function(a, b) => of_type(a).or_else(|| of_type(b)),
            TypeKind::Tuple(parts) => parts.iter().find_map(of_type),
            TypeKind::Record(fields) => fields.iter().find_map(|(_, ty)| of_type(ty)),
            TypeKind::Maybe(of) => of_type(of),
            TypeKind::Add(..) | TypeKind::Mul(..) | TypeKind::Sub(..) => mentions(name, ty),
            TypeKind::Apply(applied, args) => args.iter().enumerate().find_map(|(k, arg)| {
                match (&arg.value.kind, self.kind_of_argument(&applied.text, k, depth)) {
                    (TypeKind::Name(found), Some(kind)) => (found.text == name).then_some(kind),
                    (_, Some(Kind::Size)) => mentions(name, &arg.value),
                    _ => of_type(&arg.value),
                }
            }),
            TypeKind::Nat(_) | TypeKind::Number(_) | TypeKind::Error => None,
        }
    }

    /// The kind of the `k`th argument of a named type.
    fn kind_of_argument(&self, name: &str, k: usize, depth: usize) -> Option<Kind> {
        if matches!(name, "ix" | "Class" | "Simplex" | "Ordered" | "Chol" | "Corr")
            || NETS.contains(&name)
        {
            return Some(Kind::Size);
        }
        if matches!(name, "Series" | "Events" | "Dist") || depth > 16 {
            return Some(Kind::Type);
        }
        let at = self.find_item(name)?;
        let ItemKind::Type { params, alternatives, .. } = &self.item(at).kind else { return None };
        let param = &params.get(k)?.name.text;
        alternatives.iter().find_map(|ty| self.kind_in(param, ty, depth + 1))
    }

    /// An index set.
    pub(crate) fn set(&mut self, ty: &'a Type) -> IndexSet {
        match &ty.kind {
            TypeKind::Tuple(parts) if parts.len() > 1 => {
                IndexSet::Product(parts.iter().map(|part| self.set(part)).collect())
            }
            TypeKind::Tuple(parts) if parts.len() == 1 => self.set(&parts[0]),
            TypeKind::Name(name) => self.named_set(name),
            _ => IndexSet::Size(self.size(ty)),
        }
    }

    fn named_set(&mut self, name: &'a Name) -> IndexSet {
        match self.here.scope.get(&name.text).map(|binding| binding.meaning.clone()) {
            Some(Meaning::Size(var)) => return IndexSet::Size(Size::var(var)),
            Some(Meaning::Set(set)) => return set,
            Some(Meaning::Ty(Ty::Ix(set))) => return set,
            Some(Meaning::Ty(_)) => {
                let name_text = name.text.clone();
                self.report(SizeError::TypeForSize { written: name_text, span: name.span });
                return self.no_set(name.span);
            }
            _ => {}
        }
        if let Some(at) = self.find_item(&name.text) {
            match self.demand(at, Some(name)) {
                Declared::Index(index) => return IndexSet::Named(index),
                Declared::Size(var) => return IndexSet::Size(Size::var(var)),
                Declared::Failed => return self.no_set(name.span),
                _ => {}
            }
        }
        match self.axis_size(name) {
            Some(Some(var)) => return IndexSet::Size(Size::var(var)),
            Some(None) => return self.no_set(name.span),
            None => {}
        }
        let lower = name.text.starts_with(|c: char| c.is_lowercase());
        if self.here.generics.is_some() && lower {
            let var = self.bind_size(name, None);
            self.here.generics.as_mut().expect("just seen").sizes.push(var);
            return IndexSet::Size(Size::var(var));
        }
        self.unknown_size(name)
    }

    fn unknown_size(&mut self, name: &Name) -> IndexSet {
        let written = name.text.clone();
        if built_in(&name.text).is_some() {
            self.report(SizeError::TypeForSize { written, span: name.span });
            return self.no_set(name.span);
        }
        let local = self.here.scope.iter().filter(|b| matches!(b.meaning, Meaning::Size(_)));
        let declared = self.user.all().filter(|&(_, index, _)| {
            let item = &self.user.entries[index].item.kind;
            matches!(item, ItemKind::Size { .. } | ItemKind::Index { .. })
        });
        let names = local.map(|binding| binding.name).chain(declared.map(|(name, ..)| name));
        let similar = nearest(&name.text, names).map(str::to_owned);
        self.report(NameError::UnknownSize { written, span: name.span, similar });
        self.no_set(name.span)
    }

    /// In place of an index set that was reported.
    fn no_set(&mut self, span: Span) -> IndexSet {
        self.unifier.fresh_set(Origin { span, what: Unknown::Entry })
    }

    /// A size.
    pub(crate) fn size(&mut self, ty: &'a Type) -> Size {
        let combined = match &ty.kind {
            TypeKind::Nat(literal) => literal.text.parse::<i64>().ok().map(Size::number),
            TypeKind::Add(a, b) => self.size(a).checked_add_scaled(&self.size(b), 1),
            TypeKind::Sub(a, b) => self.size(a).checked_add_scaled(&self.size(b), -1),
            TypeKind::Mul(a, b) => self.size(a).checked_mul(&self.size(b)),
            TypeKind::Apply(name, args) if name.text == "dim" && args.len() == 1 => {
                Some(self.dimension_of_name(&args[0].value))
            }
            TypeKind::Name(_) | TypeKind::Tuple(_) => {
                let set = self.set(ty);
                Some(self.unifier.count(&set))
            }
            TypeKind::Error => {
                let set = self.no_set(ty.span);
                Some(self.unifier.count(&set))
            }
            TypeKind::Number(_)
            | TypeKind::Apply(..)
            | TypeKind::Table(..)
            | TypeKind::Function(..)
            | TypeKind::Record(_)
            | TypeKind::Maybe(_) => {
                let written = quote_type(ty);
                self.report(SizeError::TypeForSize { written, span: ty.span });
                let set = self.no_set(ty.span);
                Some(self.unifier.count(&set))
            }
        };
        combined.unwrap_or_else(|| {
            self.report(SizeError::TooLarge { span: ty.span, what: "size".to_owned() });
            Size::number(1)
        })
    }

    fn dimension_of_name(&mut self, ty: &'a Type) -> Size {
        let TypeKind::Name(name) = &ty.kind else {
            self.report(SizeError::TypeForSize { written: quote_type(ty), span: ty.span });
            return Size::number(1);
        };
        let local = self.here.scope.get(&name.text).and_then(|binding| match binding.meaning {
            Meaning::Local(local) => Some(local),
            _ => None,
        });
        let Some(local) = local else {
            self.unknown_size(name);
            return Size::number(1);
        };
        let ty = self.hir.locals[local].ty.clone();
        self.dimension(&ty, name.span)
    }

    /// How many numbers a value of a vector space has.
    pub(crate) fn dimension(&mut self, ty: &Ty, span: Span) -> Size {
        let sum = |this: &mut Self, parts: Vec<Ty>| {
            parts.iter().try_fold(Size::default(), |sum, part| {
                sum.checked_add_scaled(&this.dimension(part, span), 1)
            })
        };
        let dimension = match self.unifier.ty(ty) {
            Ty::Float => Some(Size::number(1)),
            Ty::Table(set, of) => self.unifier.count(&set).checked_mul(&self.dimension(&of, span)),
            Ty::Tuple(parts) => sum(self, parts),
            Ty::Record(fields) => sum(self, fields.into_iter().map(|(_, ty)| ty).collect()),
            Ty::Error => Some(Size::number(1)),
            Ty::Meta(unknown) => {
                let origin = self.unifier.ty_origin(unknown).clone();
                self.report(MismatchError::Unknown(origin));
                Some(Size::number(1))
            }
            Ty::Var(_) => {
                self.unbuilt("the number of entries of a generic type", span);
                Some(Size::number(1))
            }
            other => {
                let found = self.show(&other);
                self.report(MismatchError::NoVectorSpace { found, span });
                Some(Size::number(1))
            }
        };
        dimension.unwrap_or_else(|| {
            self.report(SizeError::TooLarge { span, what: "size".to_owned() });
            Size::number(1)
        })
    }

    /// Whether values of the type can be added and scaled. `span` is the arithmetic that asks: an
    /// unknown type, or a generic one, must then turn out to be a vector space.
    pub(crate) fn is_vector_space(&mut self, ty: &Ty, span: Span) -> bool {
        match self.unifier.shallow(ty) {
            Ty::Float | Ty::Error => true,
            Ty::Table(_, of) => self.is_vector_space(&of, span),
            Ty::Tuple(parts) => parts.iter().all(|part| self.is_vector_space(part, span)),
            Ty::Record(fields) => fields.iter().all(|(_, ty)| self.is_vector_space(ty, span)),
            Ty::Var(var) => {
                self.vector_names.entry(var).or_insert(span);
                true
            }
            Ty::Meta(unknown) => {
                self.unifier.require_vector_space(unknown, span);
                true
            }
            Ty::Nat
            | Ty::Int
            | Ty::Bool
            | Ty::Text
            | Ty::Ix(_)
            | Ty::Adt(..)
            | Ty::Function(..)
            | Ty::Dist(_)
            | Ty::Series(_)
            | Ty::Events
            | Ty::Class(_) => false,
        }
    }
}

fn built_in(name: &str) -> Option<(Ty, Constraint)> {
    let plain = |ty| Some((ty, Constraint::Real));
    match name {
        "Float" | "Time" | "Real" => plain(Ty::Float),
        "Positive" => Some((Ty::Float, Constraint::Positive)),
        "NonNeg" => Some((Ty::Float, Constraint::NonNeg)),
        "Unit" => Some((Ty::Float, Constraint::Unit)),
        "Nat" => plain(Ty::Nat),
        "Int" => plain(Ty::Int),
        "Bool" => plain(Ty::Bool),
        "Text" => plain(Ty::Text),
        "Events" => plain(Ty::Events),
        _ => None,
    }
}

/// Whether a size expression mentions a name, which then is a size.
fn mentions(name: &str, ty: &Type) -> Option<Kind> {
    let found = match &ty.kind {
        TypeKind::Name(found) => found.text == name,
        TypeKind::Add(a, b) | TypeKind::Mul(a, b) | TypeKind::Sub(a, b) => {
            mentions(name, a).or_else(|| mentions(name, b)).is_some()
        }
        TypeKind::Tuple(parts) => parts.iter().any(|part| mentions(name, part).is_some()),
        _ => false,
    };
    found.then_some(Kind::Size)
}
