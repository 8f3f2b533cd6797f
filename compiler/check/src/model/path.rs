//! Equations that an input drives: `dz = f(z) dX` of a path `X` is `f(z) X'(t) dt`.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_grammar::ast::{ClauseKind, DiffTerm, Differential, Name};
use sdec_hir::{Derivative, Expr, ExprKind, Intrinsic, LocalId, LocalKind, Model, Pattern, Ty};

use super::equation::{Side, Target, signed};
use crate::checker::{Checker, node};
use crate::error::ModelError;
use crate::scope::Meaning;
use crate::smooth::{jump_in_time, step_at};

impl<'a> Checker<'a> {
    /// The input of type `Path` that a differential names.
    pub(super) fn path_of(&self, name: &Name) -> Option<LocalId> {
        let Some(Meaning::Local(local)) = self.here.scope.get(&name.text).map(|b| &b.meaning)
        else {
            return None;
        };
        let declared = &self.hir.locals[*local];
        let is_path = matches!(declared.ty, Ty::Function(..));
        (declared.kind == LocalKind::Input && is_path).then_some(*local)
    }

    /// `g dX`: the coefficient applied to the derivative of the path, as it would be to an increment. Where the
    /// path jumps, at what it jumps by.
    pub(super) fn path_term(
        &mut self,
        term: &'a DiffTerm,
        by: &'a Differential,
        target: &Target,
        side: &mut Side,
    ) -> Option<()> {
        let path = self.path_of(&by.name)?;
        self.used.insert(path);
        let ty = self.unifier.ty(&self.hir.locals[path].ty);
        let Ty::Function(_, of) = &ty else { return None };
        if let Some(series) = self.scope_of_model().jumping.get(&path).cloned() {
            let jumps = self.jumping_path_term((path, (**of).clone()), series, term, by, target)?;
            side.jumps.push(jumps);
            return Some(());
        }
        if let Some(flaw) = self.scope_of_model().torn.get(&path).cloned() {
            let name = by.name.text.clone();
            let mut clauses = self.scope_of_model().clauses();
            let smoothed = clauses.find_map(|clause| match &clause.kind {
                ClauseKind::Input { default: Some(value), .. } => step_at(value, flaw.span),
                _ => None,
            });
            drop(clauses);
            self.report(ModelError::TornPath { name, flaw, smoothed, span: by.span });
            return None;
        }
        let function = node(ExprKind::Local(path), ty.clone(), by.span);
        let tangent = Ty::Function(vec![Ty::Float, Ty::Float], Box::new((**of).clone()));
        let slope = ExprKind::Derivative(Derivative::Jvp, Box::new(function));
        let slope = node(slope, tangent, by.span);
        let Some(Meaning::Local(time)) = self.here.scope.get("t").map(|b| b.meaning.clone()) else {
            return None;
        };
        let now = node(ExprKind::Local(time), Ty::Float, by.span);
        let one = node(ExprKind::Float(1.0), Ty::Float, by.span);
        let rate = ExprKind::Call(Box::new(slope), vec![now, one]);
        let rate = node(rate, (**of).clone(), by.span);
        let (rate, channel) = self.part_of_differential(rate, by, target)?;
        let coefficient = self.coefficient(term, target)?;
        let applied = self.apply_noise(coefficient, rate, channel, target, term, by)?;
        side.drift.push(signed(applied.value, term));
        Some(())
    }

    /// Finds paths that jump, which their derivatives do not see: those that stay where they are between
    /// observations, which move by jumps only, and others.
    pub(super) fn find_jumping_paths(&mut self, built: &Model) {
        for input in &built.inputs {
            if !matches!(self.hir.locals[input.local].ty, Ty::Function(..)) {
                continue;
            }
            let Some(value) = &input.default else { continue };
            if let Some(series) = self.looked_up(value) {
                self.scope_of_model().jumping.insert(input.local, series);
            } else if let Some(flaw) = jump_in_time(&self.hir, built, value) {
                self.scope_of_model().torn.insert(input.local, flaw);
            }
        }
    }

    /// The series in which a function looks up an observation, where it reads its argument for that only.
    fn looked_up(&self, function: &Expr) -> Option<Vec<Expr>> {
        let of_arguments = |callee: &Expr, args: &[Expr]| {
            let ExprKind::Def(def, _) = &callee.kind else { return None };
            self.steps(&self.hir.defs[*def].body)?;
            let series =
                args.iter().filter(|arg| matches!(self.unifier.shallow(&arg.ty), Ty::Series(_)));
            Some(series.cloned().collect())
        };
        match &function.kind {
            ExprKind::Call(callee, args) => of_arguments(callee, args),
            ExprKind::Lambda(..) => self.steps(function),
            ExprKind::Block(_, value) => self.looked_up(value),
            ExprKind::Global(global) => self.looked_up(&self.hir.globals[*global].value),
            _ => None,
        }
    }

    /// The series that a function looks an observation up in, where it reads its argument for that only.
    fn steps(&self, function: &Expr) -> Option<Vec<Expr>> {
        let ExprKind::Lambda(params, body) = &function.kind else { return None };
        let [Pattern::Bind(time)] = params.as_slice() else { return None };
        let mut series = Vec::new();
        let reads = self.reads_otherwise(body, *time, &mut series);
        (!reads && !series.is_empty()).then_some(series)
    }

    /// Whether an expression reads the time for more than to look up observations, of which series it notes.
    fn reads_otherwise(&self, expr: &Expr, time: LocalId, series: &mut Vec<Expr>) -> bool {
        if expr.kind == ExprKind::Local(time) {
            return true;
        }
        let found = match &expr.kind {
            ExprKind::Call(callee, args) => match &callee.kind {
                ExprKind::Def(def, _) => {
                    let body = &self.hir.defs[*def].body.kind;
                    let looks_up = matches!(body, ExprKind::Intrinsic(Intrinsic::Around, _));
                    looks_up.then(|| args[..1].to_vec())
                }
                ExprKind::Call(..) => self.looked_up(callee),
                _ => None,
            },
            ExprKind::Intrinsic(Intrinsic::Around, args) => Some(args[..1].to_vec()),
            _ => None,
        };
        let looks_up = found.is_some();
        series.extend(found.into_iter().flatten());
        let mut reads = false;
        expr.for_each_child(&mut |child| {
            let is_time = child.kind == ExprKind::Local(time);
            reads |= !(looks_up && is_time) && self.reads_otherwise(child, time, series);
        });
        reads
    }
}
