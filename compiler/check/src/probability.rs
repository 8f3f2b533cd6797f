//! Probabilities of laws: from 0 to 1.

use sdec_grammar::ast;
use sdec_hir::{Constraint, Expr, ExprKind, LocalKind};

use crate::checker::Checker;
use crate::error::LawError;
use crate::infer::constant_number;
use crate::law_table::Law;

impl Checker<'_> {
    /// A probability that is written out.
    pub(crate) fn check_written_probability(&mut self, law: &'static Law, written: &ast::Expr) {
        let outside = constant_number(written).filter(|value| !(0.0..=1.0).contains(value));
        if let Some(value) = outside {
            let (law, span) = (law.name, written.span);
            self.report(LawError::Probability { law, value: value.to_string(), span });
        }
    }

    /// A parameter that a fit may take beyond 0 or 1.
    pub(crate) fn check_probability(&mut self, value: &Expr) {
        let ExprKind::Local(local) = value.kind else { return };
        let kept = self.here.model.as_ref().is_none_or(|model| match model.constraints.of(local) {
            None | Some(Constraint::Unit) => true,
            Some(Constraint::Interval(a, b)) => 0.0 <= *a && *b <= 1.0,
            Some(
                Constraint::Real
                | Constraint::Positive
                | Constraint::NonNeg
                | Constraint::Simplex
                | Constraint::Ordered
                | Constraint::Chol
                | Constraint::Corr,
            ) => false,
        });
        if kept || self.hir.locals[local].kind != LocalKind::Param {
            return;
        }
        let (name, span) = (self.hir.locals[local].name.clone(), value.span);
        if let Some(declared) = self.written_type(&name, LocalKind::Param) {
            self.report(LawError::LooseProbability { declared, span });
        }
    }
}
