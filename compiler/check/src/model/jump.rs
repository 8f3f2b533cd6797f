//! Noises that jump: `noise N : Poisson(λ)`, what is drawn at their jumps, and `g dN` in equations.
//!
//! The increment of such a noise counts its jumps, so that a coefficient takes it to a state as it
//! would an increment of a Brownian motion.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_base::Span;
use sdec_grammar::ast::{
    Clause, ClauseKind, DiffTerm, Differential, Name, Type, TypeArgument, TypeKind,
};
use sdec_hir::{Arith, Expr, ExprKind, Jump, LocalId, LocalKind, Model, Ty, Unbuilt};

use super::equation::{Target, signed};
use crate::checker::{Checker, node, table, wrong};
use crate::error::{CallError, ModelError};
use crate::scope::Meaning;
use crate::text::quote_type;

impl<'a> Checker<'a> {
    /// Whether a differential is that of a noise that jumps.
    pub(super) fn is_jump(&self, name: &Name) -> bool {
        let model = self.here.model.as_ref().expect("a model is being checked");
        model.jumps.contains_key(name.text.as_str())
    }

    /// `noise N, K : Poisson(λ)`, whose rate is checked when everything is declared.
    pub(super) fn declare_jumps(&mut self, names: &'a [Name], ty: &'a Type) {
        let shape = self.jump_shape(ty);
        for name in names {
            let local = self.new_local(&name.text, name.span, shape.clone(), LocalKind::Increment);
            self.here.scope.bind(&name.text, Meaning::Other("a noise"), name.span);
            self.scope_of_model().jumps.insert(&name.text, local);
        }
    }

    /// `3 => Poisson(λ)` counts the jumps of three processes.
    fn jump_shape(&mut self, ty: &'a Type) -> Ty {
        match &ty.kind {
            TypeKind::Table(set, of) => {
                let set = self.set(set);
                table(set, self.jump_shape(of))
            }
            TypeKind::Tuple(parts) if parts.len() == 1 => self.jump_shape(&parts[0]),
            _ => Ty::Float,
        }
    }

    /// `mark J of N ~ D`
    pub(super) fn declare_mark(
        &mut self,
        name: &'a Name,
        noise: &'a Name,
        law: &'a sdec_grammar::ast::Expr,
    ) {
        let depth = self.here.scope.depth();
        let ty = self.check_law_expr(law);
        self.here.scope.truncate(depth);
        let local = self.new_local(&name.text, name.span, ty, LocalKind::Increment);
        self.here.scope.bind(&name.text, Meaning::Mark, name.span);
        let model = self.scope_of_model();
        let noises = model.clauses().filter_map(|clause| match &clause.kind {
            ClauseKind::Noise { names, ty } if rate_of(ty).is_some() => Some(names),
            _ => None,
        });
        let jumping: Vec<&Name> = noises.flatten().collect();
        if jumping.iter().any(|other| other.text == noise.text) {
            model.marks.push((&noise.text, name, local));
            return;
        }
        let refused = model.refused.contains(&noise.text.as_str());
        self.here.scope.set(&name.text, Meaning::Failed);
        if refused {
            return;
        }
        let noises = jumping.iter().map(|name| (name.text.clone(), name.span)).collect();
        let (written, span) = (noise.text.clone(), noise.span);
        self.report(ModelError::NoJumps { written, span, noises });
    }

    /// Rates and their bounds, which may read everything.
    pub(super) fn check_jumps(&mut self, clauses: &'a [Clause], built: &mut Model) {
        for clause in clauses {
            let ClauseKind::Noise { names, ty } = &clause.kind else { continue };
            let Some(args) = rate_of(ty) else { continue };
            let (rate, bound) = self.rate(args, ty.span);
            for name in names {
                let model = self.scope_of_model();
                let marks = model.marks.iter().filter(|(of, ..)| *of == name.text);
                let marks = marks.map(|&(.., local)| local).collect();
                let Some(&increment) = model.jumps.get(name.text.as_str()) else { continue };
                built.jumps.push(Jump {
                    increment,
                    name: name.text.clone(),
                    span: name.span,
                    rate: rate.clone(),
                    written: args.first().map_or_else(String::new, |rate| quote_type(&rate.value)),
                    bound: bound.clone(),
                    marks,
                });
            }
            let construct = "a model with jumps".to_owned();
            built.unbuilt.get_or_insert(Unbuilt { construct, span: clause.span, instead: None });
        }
    }

    /// `λ` and `b` of `Poisson(λ, bound = b)`.
    fn rate(&mut self, args: &'a [TypeArgument], span: Span) -> (Expr, Option<Expr>) {
        let rates: Vec<&TypeArgument> = args.iter().filter(|arg| arg.name.is_none()).collect();
        let bounds: Vec<&TypeArgument> = args
            .iter()
            .filter(|arg| arg.name.as_ref().is_some_and(|name| name.text == "bound"))
            .collect();
        let ([rate], [] | [_]) = (rates.as_slice(), bounds.as_slice()) else {
            self.report(ModelError::JumpRate { span });
            return (wrong(span), None);
        };
        if rates.len() + bounds.len() != args.len() {
            self.report(ModelError::JumpRate { span });
            return (wrong(span), None);
        }
        let value = self.value_of(&rate.value);
        if value.ty != Ty::Error {
            self.check_sign("Poisson", "rate", &value);
        }
        (value, bounds.first().map(|bound| self.value_of(&bound.value)))
    }

    /// What stands between the brackets of `Poisson` is parsed as a size, and means a number.
    fn value_of(&mut self, ty: &'a Type) -> Expr {
        let span = ty.span;
        let value = match &ty.kind {
            TypeKind::Nat(literal) | TypeKind::Number(literal) => match literal.text.parse() {
                Ok(number) => node(ExprKind::Float(number), Ty::Float, span),
                Err(_) => wrong(span),
            },
            TypeKind::Name(name) => self.infer_name(name, Some(&Ty::Float)),
            TypeKind::Add(a, b) => self.value_of_both(Arith::Add, a, b, span),
            TypeKind::Sub(a, b) => self.value_of_both(Arith::Sub, a, b, span),
            TypeKind::Mul(a, b) => self.value_of_both(Arith::Mul, a, b, span),
            TypeKind::Tuple(parts) if parts.len() == 1 => self.value_of(&parts[0]),
            TypeKind::Apply(name, args) if args.iter().all(|arg| arg.name.is_none()) => {
                self.value_of_call(name, args, span)
            }
            _ => {
                self.report(ModelError::JumpRate { span });
                return wrong(span);
            }
        };
        if !matches!(self.unifier.shallow(&value.ty), Ty::Float | Ty::Error) {
            self.report(ModelError::JumpRate { span });
            return wrong(span);
        }
        value
    }

    fn value_of_both(&mut self, op: Arith, a: &'a Type, b: &'a Type, span: Span) -> Expr {
        let (a, b) = (self.value_of(a), self.value_of(b));
        if a.ty == Ty::Error || b.ty == Ty::Error {
            return wrong(span);
        }
        node(ExprKind::Arith(op, Box::new(a), Box::new(b)), Ty::Float, span)
    }

    fn value_of_call(&mut self, name: &'a Name, args: &'a [TypeArgument], span: Span) -> Expr {
        let function = self.infer_name(name, None);
        let (params, result) = match self.unifier.shallow(&function.ty) {
            Ty::Function(params, result) => (params, *result),
            Ty::Error => return wrong(span),
            other => {
                let (what, found) = (name.text.clone(), self.show(&other));
                let (span, call, args) = (name.span, span, None);
                self.report(CallError::NotAFunction { what, found, span, call, args });
                return wrong(span);
            }
        };
        let args: Vec<Expr> = args.iter().map(|arg| self.value_of(&arg.value)).collect();
        let floats = params.iter().all(|param| self.unifier.shallow(param) == Ty::Float);
        if params.len() != args.len() || !floats {
            self.report(ModelError::JumpRate { span });
            return wrong(span);
        }
        if args.iter().any(|arg| arg.ty == Ty::Error) {
            return wrong(span);
        }
        node(ExprKind::Call(Box::new(function), args), result, span)
    }

    /// `g dN`, where `g` may read the marks of `N`.
    pub(super) fn jump_term(
        &mut self,
        term: &'a DiffTerm,
        by: &'a Differential,
        target: &Target,
    ) -> Option<Expr> {
        let noise = *self.scope_of_model().jumps.get(by.name.text.as_str())?;
        let (increment, channel) = self.increment(noise, by, target)?;
        self.show_marks(by, true);
        let coefficient = self.coefficient(term, target);
        self.show_marks(by, false);
        let coefficient = coefficient?;
        let applied = self.apply_noise(coefficient, increment, channel, target, term, by)?;
        Some(signed(applied.value, term))
    }

    /// Marks of a noise are values in the terms with its differential, and nowhere else.
    fn show_marks(&mut self, by: &Differential, shown: bool) {
        let marks: Vec<(&'a str, LocalId)> = self
            .scope_of_model()
            .marks
            .iter()
            .filter(|(of, ..)| *of == by.name.text)
            .map(|&(_, name, local)| (name.text.as_str(), local))
            .collect();
        for (name, local) in marks {
            let meaning = if shown { Meaning::Local(local) } else { Meaning::Mark };
            self.here.scope.set(name, meaning);
        }
    }

    /// The noise whose jumps are what is observed: `observe spikes = N`.
    pub(super) fn observed_jump(&self, name: &str) -> Option<LocalId> {
        self.here.model.as_ref()?.jumps.get(name).copied()
    }
}

/// The arguments of `Poisson(…)`, alone or of each entry of a table.
pub(super) fn rate_of(ty: &Type) -> Option<&[TypeArgument]> {
    match &ty.kind {
        TypeKind::Apply(name, args) if name.text == "Poisson" => Some(args),
        TypeKind::Table(_, of) => rate_of(of),
        TypeKind::Tuple(parts) if parts.len() == 1 => rate_of(&parts[0]),
        _ => None,
    }
}
