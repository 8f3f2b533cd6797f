//! Equations that move at given times: `g dD` of an input of events, `g dX` of a path that jumps.
//!
//! The increment of events counts them, that of a path is how far it jumps; so a coefficient takes them to a
//! state as it would an increment of a noise. Where an event has a mark, `D.mark` is a value in its terms.

use sdec_base::Span;
use sdec_grammar::ast::{DiffTerm, Differential, Name};
use sdec_hir::{Expr, ExprKind, Impulse, LocalId, LocalKind, Model, Ty};

use super::equation::{Target, signed};
use crate::checker::{Checker, node, wrong};
use crate::error::ModelError;
use crate::scope::Meaning;

impl<'a> Checker<'a> {
    /// The input of events that a name is.
    pub(crate) fn events_of(&self, name: &Name) -> Option<LocalId> {
        self.here.model.as_ref()?;
        let Meaning::Local(local) = self.here.scope.get(&name.text)?.meaning else { return None };
        let declared = &self.hir.locals[local];
        let is_events = matches!(declared.ty, Ty::Events(_));
        (declared.kind == LocalKind::Input && is_events).then_some(local)
    }

    /// `g dD`: what the coefficient says at each event.
    pub(super) fn event_term(
        &mut self,
        term: &'a DiffTerm,
        by: &'a Differential,
        target: &Target,
    ) -> Option<Expr> {
        let input = self.events_of(&by.name)?;
        self.used.insert(input);
        let events = node(ExprKind::Local(input), self.hir.locals[input].ty.clone(), by.span);
        let mark = events.ty.mark().cloned();
        let impulse = self.impulse(input, Ty::Float, mark, vec![events], by.span);
        self.impulse_term(impulse, term, by, target)
    }

    /// `g dX` of a path that stays where it is but at the times of these series.
    pub(super) fn jumping_path_term(
        &mut self,
        path: (LocalId, Ty),
        series: Vec<Expr>,
        term: &'a DiffTerm,
        by: &'a Differential,
        target: &Target,
    ) -> Option<Expr> {
        let (input, of) = path;
        let impulse = self.impulse(input, of, None, series, by.span);
        self.impulse_term(impulse, term, by, target)
    }

    /// The number of the impulse of an input in the model.
    fn impulse(
        &mut self,
        input: LocalId,
        of: Ty,
        mark: Option<Ty>,
        times: Vec<Expr>,
        span: Span,
    ) -> usize {
        let known = self.scope_of_model().impulses.iter().position(|known| known.input == input);
        if let Some(known) = known {
            return known;
        }
        let name = self.hir.locals[input].name.clone();
        let increment = self.new_local(&name, span, of, LocalKind::Increment);
        let mark_of = format!("{name}.mark");
        let mark = mark.map(|mark| self.new_local(&mark_of, span, mark, LocalKind::Increment));
        let impulses = &mut self.scope_of_model().impulses;
        impulses.push(Impulse { input, increment, mark, times, span });
        impulses.len() - 1
    }

    fn impulse_term(
        &mut self,
        number: usize,
        term: &'a DiffTerm,
        by: &'a Differential,
        target: &Target,
    ) -> Option<Expr> {
        let Impulse { input, increment, .. } = self.scope_of_model().impulses[number];
        let around = self.scope_of_model().at_event.replace(input);
        let applied = if self.scope_of_model().prior {
            self.check_prior_coefficient(term);
            None
        } else {
            self.increment(increment, by, target).and_then(|(increment, channel)| {
                let coefficient = self.coefficient(term, target)?;
                self.apply_noise(coefficient, increment, channel, target, term, by)
            })
        };
        self.scope_of_model().at_event = around;
        Some(signed(applied?.value, term))
    }

    /// `D.mark`, which is a value in the terms with `dD`.
    pub(crate) fn mark_of_event(&mut self, input: LocalId, name: &Name, span: Span) -> Expr {
        let declared = self.hir.locals[input].span;
        self.used.insert(input);
        let Some(of) = self.hir.locals[input].ty.mark().cloned() else {
            self.report(ModelError::NoMarks { name: name.text.clone(), declared, span });
            return wrong(span);
        };
        let model = self.scope_of_model();
        if model.at_event != Some(input) {
            self.report(ModelError::MarkOfEvent { name: name.text.clone(), span });
            return wrong(span);
        }
        let mark = model.impulses.iter().find(|impulse| impulse.input == input);
        match mark.and_then(|impulse| impulse.mark) {
            Some(mark) => {
                self.used.insert(mark);
                node(ExprKind::Local(mark), of, span)
            }
            None => wrong(span),
        }
    }

    /// Events that nothing reads, and marks of those that move states.
    pub(super) fn warn_of_idle_events(&mut self, built: &Model) {
        for input in &built.inputs {
            let local = &self.hir.locals[input.local];
            let idle = matches!(local.ty, Ty::Events(_)) && !self.used.contains(&input.local);
            if idle && !local.name.starts_with('_') {
                let (name, marked) = (local.name.clone(), local.ty.mark().is_some());
                let span = local.span;
                self.report(ModelError::IdleEvents { name, marked, span });
            }
        }
        for impulse in &built.impulses {
            let name = self.hir.locals[impulse.input].name.clone();
            let unread = impulse.mark.is_some_and(|mark| !self.used.contains(&mark));
            if unread && !self.failing() && !name.starts_with('_') {
                self.report(ModelError::UnreadMarks { name, span: impulse.span });
            }
        }
    }
}
