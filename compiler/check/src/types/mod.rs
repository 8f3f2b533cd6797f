//! Types as written, resolved: kinds told apart, aliases expanded, implicit names introduced.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

mod kinds;
mod shape;
mod sizes;

pub(crate) use kinds::Kind;
pub(crate) use shape::Shape;

use sdec_base::Span;
use sdec_grammar::ast::{ItemKind, Name, Type, TypeArgument, TypeKind};
use sdec_hir::{Constraint, IndexSet, Ty, TyArg, TyVar};

use crate::checker::{Checker, table};
use crate::error::{NameError, NetError, SizeError};
use crate::items::{Declared, ItemRef, Side, Status};
use crate::scope::Meaning;
use crate::suggest::{elsewhere, nearest};
use crate::text::quote_type;

/// More types than any program needs; aliases that double each other get there.
const MOST_EXPANSIONS: usize = 100_000;

/// Names of types that are built in.
pub(crate) const BUILT_IN: &[&str] = &[
    "Float", "Nat", "Int", "Bool", "Time", "Text", "Real", "Positive", "NonNeg", "Unit",
    "Interval", "Simplex", "Ordered", "Chol", "Corr", "Series", "Events", "Path", "Class", "Dist",
    "ix",
];

/// Types of inputs that drive equations, also designed but not built.
const DRIVERS: &[&str] = &["Path"];

impl<'a> Checker<'a> {
    /// A type; constraints in it are numbers.
    pub(crate) fn ty(&mut self, ty: &'a Type) -> Ty {
        self.constrained(ty).0
    }

    /// A type with the constraint of its numbers.
    pub(crate) fn constrained(&mut self, ty: &'a Type) -> (Ty, Constraint) {
        let shape = self.shape_of_numbers(ty);
        (shape.storage(), shape.constraint())
    }

    /// A type as a state or an input declares it, which has no nets in it.
    pub(crate) fn shape_of_numbers(&mut self, ty: &'a Type) -> Shape {
        let shape = self.shape(ty);
        let Some(net) = shape.net() else { return shape };
        let (net, function) = (net.name.clone(), self.show(&net.function));
        self.report(NetError::AsType { net, function, span: ty.span });
        Shape::plain(Ty::Error)
    }

    /// A type as a parameter declares it, which may have nets in it.
    pub(crate) fn shape(&mut self, ty: &'a Type) -> Shape {
        self.expansions += 1;
        if self.expansions > MOST_EXPANSIONS {
            if self.expansions == MOST_EXPANSIONS + 1 {
                self.report(SizeError::TooLarge { span: ty.span, what: "type".to_owned() });
            }
            return Shape::plain(Ty::Error);
        }
        match &ty.kind {
            TypeKind::Name(name) => self.named_type(name),
            TypeKind::Apply(name, args) => self.applied_type(name, args, ty.span),
            TypeKind::Table(set, of) => {
                let set = self.set(set);
                Shape::table(set, self.shape(of))
            }
            TypeKind::Function(size, of) if matches!(size.kind, TypeKind::Nat(_)) => {
                let (size, of) = (size.span, of.span);
                self.report(SizeError::ArrowForTable { size, of });
                Shape::plain(Ty::Error)
            }
            TypeKind::Function(params, result) => {
                let params = match &params.kind {
                    TypeKind::Tuple(params) => params.iter().map(|param| self.ty(param)).collect(),
                    _ => vec![self.ty(params)],
                };
                Shape::plain(Ty::Function(params, Box::new(self.ty(result))))
            }
            TypeKind::Tuple(parts) if parts.len() == 1 => self.shape(&parts[0]),
            TypeKind::Tuple(parts) => {
                Shape::Tuple(parts.iter().map(|part| self.shape(part)).collect())
            }
            TypeKind::Record(fields) => self.record_type(fields),
            TypeKind::Maybe(of) => {
                let of = self.ty(of);
                Shape::plain(self.maybe(of, ty.span))
            }
            TypeKind::Nat(_)
            | TypeKind::Number(_)
            | TypeKind::Add(..)
            | TypeKind::Mul(..)
            | TypeKind::Sub(..) => {
                let written = quote_type(ty);
                self.report(SizeError::SizeForType { written, span: ty.span });
                Shape::plain(Ty::Error)
            }
            TypeKind::Error => Shape::plain(Ty::Error),
        }
    }

    fn record_type(&mut self, fields: &'a [(Name, Type)]) -> Shape {
        let mut typed: Vec<(String, Shape)> = Vec::new();
        for (name, ty) in fields {
            if let Some(k) = typed.iter().position(|(other, _)| *other == name.text) {
                let first = fields[k].0.span;
                let name_text = name.text.clone();
                self.report(NameError::Duplicate { name: name_text, first, second: name.span });
            }
            let shape = self.shape(ty);
            typed.push((name.text.clone(), shape));
        }
        Shape::Record(typed)
    }

    /// Whether a type is that of values that may be missing.
    pub(crate) fn is_signal(&self, adt: sdec_hir::AdtId) -> bool {
        let span = self.hir.adts[adt].span;
        self.hir.adts[adt].name == "Signal" && !self.is_users(span)
    }

    /// `τ?` is the library's `Signal(τ)`.
    fn maybe(&mut self, of: Ty, span: Span) -> Ty {
        let signal = self.library.get("Signal").map(|(index, _)| index);
        let Some(index) = signal else {
            self.unbuilt("a value that may be missing", span);
            return Ty::Error;
        };
        let at = ItemRef { side: Side::Library, index };
        match self.demand(at, None) {
            Declared::Adt(adt) => Ty::Adt(adt, vec![TyArg::Ty(of)]),
            _ => Ty::Error,
        }
    }

    fn named_type(&mut self, name: &'a Name) -> Shape {
        match self.here.scope.get(&name.text).map(|binding| binding.meaning.clone()) {
            Some(Meaning::Ty(ty)) => return Shape::plain(ty),
            Some(Meaning::Size(_) | Meaning::Set(_)) => {
                let written = name.text.clone();
                self.report(SizeError::SizeForType { written, span: name.span });
                return Shape::plain(Ty::Error);
            }
            _ => {}
        }
        if let Some((ty, constraint)) = built_in(&name.text) {
            return Shape::Plain(ty, constraint);
        }
        if let Some(at) = self.find_item(&name.text) {
            return self.item_type(at, name, &[], name.span);
        }
        if let Some(var) = self.implicit_type(name) {
            return Shape::plain(var);
        }
        Shape::plain(self.unknown_type(name))
    }

    /// Introduces a lower-case name of a signature as a generic type.
    fn implicit_type(&mut self, name: &'a Name) -> Option<Ty> {
        let lower = name.text.starts_with(|c: char| c.is_lowercase());
        // `float` was meant as the type of numbers, not as the name of any type.
        let lower = lower && elsewhere(&name.text).is_none();
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
        let similar =
            elsewhere(&name.text).or_else(|| nearest(&name.text, names)).map(str::to_owned);
        if DRIVERS.contains(&name.text.as_str()) {
            self.unbuilt(format!("the type `{}`", name.text), name.span);
        } else {
            let written = name.text.clone();
            self.report(NameError::UnknownType { written, span: name.span, similar });
        }
        Ty::Error
    }

    fn applied_type(&mut self, name: &'a Name, args: &'a [TypeArgument], span: Span) -> Shape {
        let one = args.first().map(|arg| &arg.value).filter(|_| args.len() == 1);
        match (name.text.as_str(), one) {
            ("Interval", _) => Shape::Plain(Ty::Float, self.interval(args, span)),
            ("Simplex", Some(n)) => {
                Shape::Plain(table(self.set(n), Ty::Float), Constraint::Simplex)
            }
            ("Ordered", Some(n)) => {
                Shape::Plain(table(self.set(n), Ty::Float), Constraint::Ordered)
            }
            ("Chol", Some(n)) => Shape::Plain(self.square(n), Constraint::Chol),
            ("Corr", Some(n)) => Shape::Plain(self.square(n), Constraint::Corr),
            ("ix", Some(set)) => Shape::plain(Ty::Ix(self.set(set))),
            // A class is the index of one.
            ("Class", Some(n)) => Shape::plain(Ty::Ix(self.set(n))),
            ("Series", Some(of)) => Shape::plain(Ty::Series(Box::new(self.ty(of)))),
            ("Path", Some(of)) => {
                Shape::plain(Ty::Function(vec![Ty::Float], Box::new(self.ty(of))))
            }
            ("Dist", Some(of)) => Shape::plain(Ty::Dist(Box::new(self.ty(of)))),
            ("Events", Some(mark)) => Shape::plain(Ty::Events(Box::new(self.ty(mark)))),
            _ => match self.find_item(&name.text) {
                Some(at) => self.item_type(at, name, args, span),
                None => Shape::plain(self.unknown_type(name)),
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
    ) -> Shape {
        match self.demand(at, Some(name)) {
            Declared::Index(index) if args.is_empty() => {
                Shape::plain(Ty::Ix(IndexSet::Named(index)))
            }
            Declared::Alias => self.expand(at, name, args, span),
            Declared::Adt(adt) => {
                let args = self.type_args(at, name, args, span);
                let arg = |(_, meaning): (_, Meaning)| match meaning {
                    Meaning::Set(set) => TyArg::Index(set),
                    Meaning::Ty(ty) => TyArg::Ty(ty),
                    _ => TyArg::Ty(Ty::Error),
                };
                Shape::plain(
                    args.map_or(Ty::Error, |args| {
                        Ty::Adt(adt, args.into_iter().map(arg).collect())
                    }),
                )
            }
            Declared::Net(net) => match self.use_net(net, args, span) {
                Some(net) => Shape::Net(Box::new(net)),
                None => Shape::plain(Ty::Error),
            },
            Declared::Failed => Shape::plain(Ty::Error),
            Declared::Size(_) => {
                self.report(SizeError::SizeForType { written: name.text.clone(), span });
                Shape::plain(Ty::Error)
            }
            _ => {
                let written = name.text.clone();
                self.report(NameError::UnknownType { written, span, similar: None });
                Shape::plain(Ty::Error)
            }
        }
    }

    fn expand(
        &mut self,
        at: ItemRef,
        name: &'a Name,
        args: &'a [TypeArgument],
        span: Span,
    ) -> Shape {
        let Some(args) = self.type_args(at, name, args, span) else {
            return Shape::plain(Ty::Error);
        };
        let ItemKind::Type { alternatives, .. } = &self.item(at).kind else {
            unreachable!("aliases are types")
        };
        let library = at.side == Side::Library;
        self.declaration(library, |this| {
            for (param, meaning) in args {
                this.here.scope.bind(&param.text, meaning, param.span);
            }
            this.shape(&alternatives[0])
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
        let left = params.get(args.len()..);
        if left.is_none_or(|left| left.iter().any(|param| param.default.is_none())) {
            let (name, found) = (name.text.clone(), args.len());
            let needed = params.iter().filter(|param| param.default.is_none()).count();
            let wanted = if left.is_some() { needed } else { params.len() };
            let defaults = needed < params.len();
            self.report(SizeError::TypeArguments { name, wanted, found, defaults, span });
            return None;
        }
        let kinds = self.param_kinds(at);
        let mut bound: Vec<(&'a Name, Meaning)> = Vec::new();
        for (k, (param, kind)) in params.iter().zip(kinds).enumerate() {
            let meaning = match (args.get(k), &param.default) {
                (Some(arg), _) => self.type_arg(kind, &arg.value),
                (None, Some(default)) => self.where_not_given(at, kind, default, &bound)?,
                (None, None) => unreachable!("what has no default is given"),
            };
            bound.push((&param.name, meaning));
        }
        Some(bound)
    }

    /// What a parameter of a `type` is that is not given, after those before it. A default that needs the type
    /// itself is reported once; nothing else is said of such a type.
    fn where_not_given(
        &mut self,
        at: ItemRef,
        kind: Kind,
        default: &'a Type,
        before: &[(&'a Name, Meaning)],
    ) -> Option<Meaning> {
        let declared = self.items(at.side).entries[at.index].status.clone();
        let errors = self.errors();
        self.set_status(at, Status::Busy);
        let meaning = self.declaration(at.side == Side::Library, |this| {
            for (name, meaning) in before {
                this.here.scope.bind(&name.text, meaning.clone(), name.span);
            }
            this.type_arg(kind, default)
        });
        let is_known = self.errors() == errors;
        let after = if is_known { declared } else { Status::Done(Declared::Failed) };
        self.set_status(at, after);
        is_known.then_some(meaning)
    }

    /// What an argument of a `type` is.
    pub(crate) fn type_arg(&mut self, kind: Kind, arg: &'a Type) -> Meaning {
        match kind {
            Kind::Size => Meaning::Set(self.set(arg)),
            Kind::Type => Meaning::Ty(self.ty(arg)),
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
        "Events" => plain(Ty::events()),
        _ => None,
    }
}
