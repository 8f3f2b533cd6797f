//! Patterns and lets.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_base::Span;
use sdec_grammar::ast::{self, PatternKind};
use sdec_hir::{IndexSet, LetStmt, LocalKind, Pattern, Ty};

use super::{Expected, Why};
use crate::checker::{Checker, wrong};
use crate::error::{CallError, ModelError, NameError, PartError};
use crate::items::{Declared, pattern_names};
use crate::suggest::nearest;
use crate::text::pattern as quote_pattern;

/// Where a pattern stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Behind `let`, `for`, `\\`: it takes every value, and an upper-case name is one like others.
    Only(LocalKind),
    /// In an arm of a `case`: an upper-case name is a constructor.
    Arm,
}

impl Place {
    /// What the names are that a pattern binds there.
    fn kind(self) -> LocalKind {
        match self {
            Self::Only(kind) => kind,
            Self::Arm => LocalKind::Bound,
        }
    }
}

impl<'a> Checker<'a> {
    /// A `let` of a block; its names stay in sight.
    pub(crate) fn let_stmt(&mut self, stmt: &'a ast::Let) -> LetStmt {
        let value = self.let_value(stmt);
        let pattern = self.bind_pattern(&stmt.pattern, &value.ty, LocalKind::Bound);
        self.note_series(&pattern, &value);
        if let Pattern::Bind(local) = pattern {
            self.note_path(stmt, local, &value);
        }
        LetStmt { pattern, value }
    }

    /// The value of a `let`, of its declared type.
    pub(crate) fn let_value(&mut self, stmt: &'a ast::Let) -> sdec_hir::Expr {
        if stmt.draw {
            if let Some(value) = self.drawn_let(stmt) {
                return value;
            }
            return self.random_let(stmt);
        }
        match &stmt.ty {
            None => self.infer_body(&stmt.body, None),
            Some(ty) => {
                let declared = ty.span;
                let ty = self.ty(ty);
                self.check_body(&stmt.body, &Expected::new(ty, Why::Declared(declared)))
            }
        }
    }

    fn random_let(&mut self, stmt: &'a ast::Let) -> sdec_hir::Expr {
        if self.report_path_outside(stmt) {
            return wrong(stmt.pattern.span);
        }
        let name = pattern_names(&stmt.pattern).first().map(|name| name.text.clone());
        let name = name.unwrap_or_else(|| "e".to_owned());
        let function = self.here.function.map(|def| {
            let end =
                |param: &ast::DefParam| param.ty.as_ref().map_or(param.name.span, |ty| ty.span);
            crate::error::Signature {
                name: def.name.text.clone(),
                span: def.name.span,
                last: def.params.last().map(end),
            }
        });
        let span = stmt.pattern.span;
        self.report(ModelError::Draw { name, span, whole: stmt.span, function });
        wrong(span)
    }

    /// Takes a value of type `ty` apart, whatever it is, and brings the names into sight.
    pub(crate) fn bind_pattern(
        &mut self,
        pattern: &'a ast::Pattern,
        ty: &Ty,
        kind: LocalKind,
    ) -> Pattern {
        let bound = self.take_apart(pattern, ty, Place::Only(kind));
        if let Some(mut missed) = self.uncovered(&[&bound]) {
            missed.alternative = missed.alternative.filter(|at| self.is_users(*at));
            let (written, span) = (quote_pattern(pattern), pattern.span);
            self.report(PartError::MayNotMatch { written, missed, span });
        }
        bound
    }

    /// The pattern of an arm of a `case`, which other arms may stand beside.
    pub(super) fn arm_pattern(&mut self, pattern: &'a ast::Pattern, ty: &Ty) -> Pattern {
        self.take_apart(pattern, ty, Place::Arm)
    }

    fn take_apart(&mut self, pattern: &'a ast::Pattern, ty: &Ty, place: Place) -> Pattern {
        match &pattern.kind {
            PatternKind::Name(name)
                if place == Place::Arm && name.text.starts_with(char::is_uppercase) =>
            {
                self.bind_constructor(name, &[], ty, pattern.span, place)
            }
            PatternKind::Name(name) => {
                Pattern::Bind(self.bind_local(name, ty.clone(), place.kind()))
            }
            PatternKind::Wild => Pattern::Wild,
            PatternKind::Tuple(parts) => {
                let tys = self.parts_of(ty, parts.len(), pattern.span);
                let bound =
                    parts.iter().zip(&tys).map(|(part, ty)| self.take_apart(part, ty, place));
                Pattern::Tuple(bound.collect())
            }
            PatternKind::Record(names) => Pattern::Record(
                names.iter().filter_map(|name| self.bind_field(name, ty, place.kind())).collect(),
            ),
            PatternKind::Constructor(name, args) => {
                self.bind_constructor(name, args, ty, pattern.span, place)
            }
        }
    }

    /// Types of the parts of a tuple, or of an index of a product set.
    fn parts_of(&mut self, ty: &Ty, n: usize, span: Span) -> Vec<Ty> {
        match self.unifier.shallow(ty) {
            Ty::Tuple(parts) if parts.len() == n => return parts,
            Ty::Ix(set) => match self.unifier.set(&set) {
                IndexSet::Product(sets) if sets.len() == n => {
                    return sets.into_iter().map(Ty::Ix).collect();
                }
                _ => {}
            },
            Ty::Error => return vec![Ty::Error; n],
            _ => {}
        }
        let found = self.show(ty);
        self.report(PartError::NotATuple { found, parts: n, span });
        vec![Ty::Error; n]
    }

    fn bind_field(
        &mut self,
        name: &'a ast::Name,
        ty: &Ty,
        kind: LocalKind,
    ) -> Option<(usize, sdec_hir::LocalId)> {
        let (k, field) = self.field(ty, name, None)?;
        Some((k, self.bind_local(name, field, kind)))
    }

    /// The number and type of a field; `of` is where the value with it stands.
    pub(crate) fn field(
        &mut self,
        ty: &Ty,
        name: &ast::Name,
        of: Option<Span>,
    ) -> Option<(usize, Ty)> {
        match self.unifier.shallow(ty) {
            Ty::Record(fields) => {
                if let Some(k) = fields.iter().position(|(field, _)| *field == name.text) {
                    return Some((k, fields[k].1.clone()));
                }
                let names = fields.iter().map(|(field, _)| field.as_str());
                let similar = nearest(&name.text, names).map(str::to_owned);
                let ty = self.show(ty);
                let field = name.text.clone();
                self.report(NameError::NoField { field, ty, span: name.span, of, similar });
            }
            Ty::Error => {}
            _ => {
                let (ty, field) = (self.show(ty), name.text.clone());
                self.report(NameError::NoField { field, ty, span: name.span, of, similar: None });
            }
        }
        None
    }

    fn bind_constructor(
        &mut self,
        name: &'a ast::Name,
        args: &'a [ast::Pattern],
        ty: &Ty,
        span: Span,
        place: Place,
    ) -> Pattern {
        let found = self.constructor_for(name, ty);
        let wanted = found.as_ref().map(|(_, _, tys)| tys.len());
        let Some((adt, k, tys)) = found.filter(|(_, _, tys)| tys.len() == args.len()) else {
            if let Some(wanted) = wanted {
                let (function, found) = (name.text.clone(), args.len());
                let declared = None;
                self.report(CallError::ArgumentCount { function, wanted, found, span, declared });
            }
            // What it would name is not unknown.
            for arg in args {
                self.take_apart(arg, &Ty::Error, place);
            }
            return Pattern::Wild;
        };
        let bound = args.iter().zip(&tys).map(|(arg, ty)| self.take_apart(arg, ty, place));
        Pattern::Constructor(adt, k, bound.collect())
    }

    /// The constructor of a name for a value of type `ty`: its number and its arguments' types.
    pub(super) fn constructor_for(
        &mut self,
        name: &ast::Name,
        ty: &Ty,
    ) -> Option<(sdec_hir::AdtId, usize, Vec<Ty>)> {
        let found = self.find_member(&name.text).map(|at| self.demand(at, Some(name)));
        let Some(Declared::Adt(adt)) = found else {
            if !matches!(found, Some(Declared::Failed)) {
                self.report_no_constructor(name, ty);
            }
            return None;
        };
        let constructors = &self.hir.adts[adt].constructors;
        let k = constructors.iter().position(|constructor| constructor.name == name.text)?;
        let (whole, args) = self.instantiate_adt(adt, k, name);
        if self.unifier.unify(ty, &whole, name.span).is_err() {
            self.report_no_constructor(name, ty);
            return None;
        }
        Some((adt, k, args))
    }

    fn report_no_constructor(&mut self, name: &ast::Name, ty: &Ty) {
        let similar = match self.unifier.shallow(ty) {
            Ty::Adt(adt, _) => {
                let constructors = self.hir.adts[adt].constructors.iter();
                let names = constructors.map(|constructor| constructor.name.as_str());
                nearest(&name.text, names).map(str::to_owned)
            }
            Ty::Error => return,
            _ => None,
        };
        let (written, ty) = (name.text.clone(), self.show(ty));
        self.report(NameError::NoConstructor { written, ty, span: name.span, similar });
    }
}
