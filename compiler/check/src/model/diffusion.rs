//! Noise terms: how a coefficient carries an increment to a state (rule M2).

use sdec_base::Span;
use sdec_grammar::ast::{
    self, ClauseKind, Coefficient, DiffTerm, Differential, ExprKind as ExprAst,
};
use sdec_hir::{Arith, Expr, ExprKind, LetStmt, LocalId, LocalKind, Pattern, Ty};

use super::equation::{Target, signed};
use crate::checker::{Checker, node, table};
use crate::error::ModelError;
use crate::infer::{Expected, Why};
use crate::model::axis;
use crate::noise::{Channel, Entry, Numbers, Term, Terms};

/// A noise term with its coefficient applied.
pub(super) struct Applied {
    pub(super) value: Expr,
    pub(super) channel: Channel,
}

impl<'a> Checker<'a> {
    pub(super) fn noise_term(
        &mut self,
        term: &'a DiffTerm,
        by: &'a Differential,
        target: &Target,
        terms: &mut Terms,
    ) -> Option<Expr> {
        let noise = self.noise_of(by, term)?;
        if self.scope_of_model().prior {
            self.check_prior_coefficient(term);
            return None;
        }
        let (increment, channel) = self.increment(noise, by, target)?;
        let coefficient = self.coefficient(term, target)?;
        let applied =
            self.apply_noise(coefficient.clone(), increment, channel, target, term, by)?;
        terms.push(Term {
            state: target.state,
            entry: target.entry.clone(),
            binders: target.binders.clone(),
            noise,
            channel: applied.channel,
            coefficient,
            span: term.span,
        });
        Some(signed(applied.value, term))
    }

    /// The coefficient of a differential, if it has one; nothing where it is wrong.
    pub(super) fn coefficient(
        &mut self,
        term: &'a DiffTerm,
        target: &Target,
    ) -> Option<Option<Expr>> {
        match &term.coefficient {
            Some(Coefficient::Expr(expr)) => {
                let value = self.infer(expr, Some(&target.ty));
                (value.ty != Ty::Error).then_some(Some(value))
            }
            Some(Coefficient::Hole(span)) => {
                self.report(ModelError::Hole { span: *span });
                None
            }
            None => Some(None),
        }
    }

    /// The noise that a differential names.
    fn noise_of(&mut self, by: &Differential, term: &DiffTerm) -> Option<LocalId> {
        let name = by.name.text.as_str();
        let model = self.here.model.as_ref().expect("a model is being checked");
        if let Some(&noise) = model.noises.get(name) {
            return Some(noise);
        }
        if model.refused.contains(&name) {
            return None;
        }
        let driver = self.here.scope.get(name).map(|binding| binding.meaning.clone());
        if let Some(crate::scope::Meaning::Local(local)) = driver {
            match self.hir.locals[local].kind {
                LocalKind::Input => self.unbuilt("an equation that an input drives", by.span),
                LocalKind::Bound
                | LocalKind::State
                | LocalKind::ModelLet
                | LocalKind::Param
                | LocalKind::Increment
                | LocalKind::Time
                | LocalKind::End => self.report_no_noise(by, term),
            }
            return None;
        }
        self.report_no_noise(by, term);
        None
    }

    fn report_no_noise(&mut self, by: &Differential, term: &DiffTerm) {
        let model = self.here.model.as_ref().expect("a model is being checked");
        let noises: Vec<(String, Span)> = model
            .noises
            .values()
            .map(|&local| (self.hir.locals[local].name.clone(), self.hir.locals[local].span))
            .collect();
        let (written, span, equation) = (by.name.text.clone(), by.span, term.span);
        self.report(ModelError::NoNoise { written, span, noises, equation });
    }

    /// `dW[k]` as an expression, and which channels of the noise it is.
    pub(super) fn increment(
        &mut self,
        noise: LocalId,
        by: &'a Differential,
        target: &Target,
    ) -> Option<(Expr, Channel)> {
        let ty = self.unifier.ty(&self.hir.locals[noise].ty);
        let value = node(ExprKind::Local(noise), ty, by.span);
        self.part_of_differential(value, by, target)
    }

    /// The part of a differential that its indices name.
    pub(super) fn part_of_differential(
        &mut self,
        mut value: Expr,
        by: &'a Differential,
        target: &Target,
    ) -> Option<(Expr, Channel)> {
        let ty = value.ty.clone();
        let mut channel = if ty == Ty::Float { Channel::Only } else { Channel::All };
        let table_name = format!("d{}", by.name.text);
        for (k, index) in by.indices.iter().enumerate() {
            let Some((set, of)) = axis(&value.ty).map(|(set, of)| (set.clone(), of.clone())) else {
                let (name, ty) = (by.name.text.clone(), self.show(&value.ty));
                self.report(ModelError::EntryOfNumber { name, ty, span: index.span });
                return None;
            };
            let why = Why::Index { table: table_name.clone(), span: by.span };
            let index_value = self.check(index, &Expected::new(Ty::Ix(set), why));
            let begin = match channel {
                _ if k == 0 => Some(Numbers::default()),
                Channel::Block(begin) => Some(begin),
                _ => None,
            };
            channel = match (&index_value.kind, begin) {
                (ExprKind::IndexElement(n), Some(begin)) => {
                    begin.then(*n).map_or(Channel::All, Channel::Block)
                }
                (ExprKind::Local(local), _)
                    if target.entry == Entry::Own
                        && target.binders.get(k) == Some(local)
                        && (k == 0 || channel == Channel::Own) =>
                {
                    Channel::Own
                }
                _ => Channel::All,
            };
            if index_value.ty == Ty::Error {
                return None;
            }
            let kind = ExprKind::Index(Box::new(value), Box::new(index_value));
            value = node(kind, of, by.span);
        }
        if let (Channel::Block(at), Ty::Float) = (channel, &value.ty) {
            channel = Channel::Number(at);
        }
        if channel == Channel::Own && by.indices.len() != target.binders.len() {
            channel = Channel::All;
        }
        Some((value, channel))
    }

    /// M2: how a coefficient carries an increment to the target.
    pub(super) fn apply_noise(
        &mut self,
        coefficient: Option<Expr>,
        dw: Expr,
        channel: Channel,
        target: &Target,
        term: &'a DiffTerm,
        by: &Differential,
    ) -> Option<Applied> {
        let (span, state_ty) = (term.span, target.ty.clone());
        let noise_ty = self.unifier.ty(&dw.ty);
        let like = self.unifier.unify(&state_ty, &noise_ty, span).is_ok();
        let own = if channel == Channel::All { Channel::Own } else { channel };
        let Some(g) = coefficient else {
            if like {
                return Some(Applied { value: dw, channel: own });
            }
            self.report_fit(None, &dw, target, term, by);
            return None;
        };
        let g_ty = self.unifier.shallow(&g.ty);
        let times = |a: Expr, b: Expr, ty: &Ty| {
            node(ExprKind::Arith(Arith::Mul, Box::new(a), Box::new(b)), ty.clone(), span)
        };
        if noise_ty == Ty::Float {
            if g_ty != Ty::Float || state_ty == Ty::Float {
                if self.unifier.unify(&state_ty, &g.ty, span).is_ok() {
                    return Some(Applied { value: times(g, dw, &state_ty), channel });
                }
            } else {
                let ones = node(ExprKind::Ones, state_ty.clone(), span);
                let scalar = times(g, dw, &Ty::Float);
                return Some(Applied { value: times(ones, scalar, &state_ty), channel });
            }
        } else if like && matches!(g_ty, Ty::Float) {
            return Some(Applied { value: times(g, dw, &state_ty), channel: own });
        } else if like && self.unifier.unify(&state_ty, &g.ty, span).is_ok() {
            let value = self.entrywise_product(g, dw, &state_ty, span);
            return Some(Applied { value, channel: own });
        } else if let Ty::Table(..) = &noise_ty
            && axis(&noise_ty).is_some_and(|(_, of)| *of == Ty::Float)
            && let Some(matrix) = over_noise(&state_ty, &noise_ty)
            && self.unifier.unify(&matrix, &g.ty, span).is_ok()
        {
            let kind = ExprKind::Contract(Box::new(g), Box::new(dw));
            return Some(Applied { value: node(kind, state_ty, span), channel: Channel::All });
        }
        self.report_fit(Some(&g), &dw, target, term, by);
        None
    }

    /// `g .* dW`, field by field in records.
    fn entrywise_product(&mut self, g: Expr, dw: Expr, ty: &Ty, span: Span) -> Expr {
        let Ty::Record(fields) = ty else {
            return node(ExprKind::Arith(Arith::Mul, Box::new(g), Box::new(dw)), ty.clone(), span);
        };
        let local = self.new_local("g", g.span, ty.clone(), LocalKind::Bound);
        let g_name = node(ExprKind::Local(local), ty.clone(), g.span);
        let part = |of: &Expr, k: usize, field: &Ty| {
            node(ExprKind::Field(Box::new(of.clone()), k), field.clone(), span)
        };
        let products = fields.iter().enumerate().map(|(k, (_, field))| {
            self.entrywise_product(part(&g_name, k, field), part(&dw, k, field), field, span)
        });
        let record = ExprKind::Record(products.collect());
        let stmt = LetStmt { pattern: Pattern::Bind(local), value: g };
        let whole = node(record, ty.clone(), span);
        node(ExprKind::Block(vec![stmt], Box::new(whole)), ty.clone(), span)
    }

    /// Where the type of a parameter stands that is declared alone, or what follows the name of an
    /// Itô noise.
    pub(crate) fn written_type(&self, name: &str, kind: LocalKind) -> Option<Span> {
        let mut clauses = self.here.model.as_ref()?.clauses();
        clauses.find_map(|clause| match (&clause.kind, kind) {
            (ClauseKind::Param(param), LocalKind::Param) => match param.names.as_slice() {
                [only] if only.text == name => Some(param.ty.span),
                _ => None,
            },
            (ClauseKind::Noise { names, ty }, LocalKind::Increment) => match names.as_slice() {
                [only] if only.text == name && self.is_ito(only) => {
                    Some(Span { start: only.span.end, ..ty.span })
                }
                _ => None,
            },
            _ => None,
        })
    }

    fn is_ito(&self, noise: &ast::Name) -> bool {
        let clauses = self.here.model.as_ref().map(|model| model.clauses());
        !clauses.into_iter().flatten().any(|clause| match &clause.kind {
            ClauseKind::Noise { names, ty } => {
                names.iter().any(|name| name.text == noise.text)
                    && crate::text::quote_type(ty).contains("Stratonovich")
            }
            _ => false,
        })
    }

    fn report_fit(
        &mut self,
        g: Option<&Expr>,
        dw: &Expr,
        target: &Target,
        term: &DiffTerm,
        by: &Differential,
    ) {
        let state = &self.hir.locals[target.state];
        let coordinates = axis(&target.ty).map(|(set, _)| self.show_set(set));
        let noises = axis(&dw.ty).map(|(set, _)| self.show_set(set));
        let diagonal = g.is_some_and(|g| self.unifier.ty(&g.ty) == target.ty)
            && matches!(target.ty, Ty::Table(..));
        let like = g.is_none_or(|g| diagonal || self.unifier.ty(&g.ty) == Ty::Float);
        let matrix = over_noise(&target.ty, &dw.ty).map(|ty| self.show(&ty));
        let coefficient = match &term.coefficient {
            Some(Coefficient::Expr(expr)) => Some(expr),
            _ => None,
        };
        let param = coefficient.and_then(|expr| match &expr.kind {
            ExprAst::Name(name) => self.written_type(&name.text, LocalKind::Param),
            _ => None,
        });
        let is_noise = self
            .here
            .model
            .as_ref()
            .is_some_and(|model| model.noises.contains_key(by.name.text.as_str()));
        if !is_noise && !self.is_jump(&by.name) {
            let error = ModelError::DifferentialFit {
                state: (state.name.clone(), self.show(&target.ty)),
                by: (by.name.text.clone(), self.show(&dw.ty)),
                coefficient: coefficient.map(|expr| expr.span).zip(g.map(|g| self.show(&g.ty))),
                param,
                span: by.span,
                matrix,
            };
            return self.report(error);
        }
        let error = ModelError::NoiseFit {
            state: (state.name.clone(), self.show(&target.ty)),
            noise: (by.name.text.clone(), self.show(&dw.ty)),
            coefficient: coefficient.map(|expr| expr.span).zip(g.map(|g| self.show(&g.ty))),
            param,
            declared: self.written_type(&by.name.text, LocalKind::Increment),
            by: by.span,
            coordinates,
            noises,
            diagonal,
            like,
            matrix,
        };
        self.report(error);
    }
}

/// The type of a full coefficient: axes of the state, then those of the noise.
fn over_noise(state: &Ty, noise: &Ty) -> Option<Ty> {
    match (state, noise) {
        (Ty::Float, Ty::Table(..)) => Some(noise.clone()),
        (Ty::Table(set, of), Ty::Table(..)) => Some(table(set.clone(), over_noise(of, noise)?)),
        _ => None,
    }
}
