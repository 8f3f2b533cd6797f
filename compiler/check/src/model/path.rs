//! Equations that an input drives: `dz = f(z) dX` of a path `X` is `f(z) X'(t) dt`.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_grammar::ast::{DiffTerm, Differential, Name};
use sdec_hir::{Derivative, Expr, ExprKind, Input, Intrinsic, LocalId, LocalKind, Pattern, Ty};

use super::equation::{Target, signed};
use crate::checker::{Checker, node};
use crate::scope::Meaning;

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

    /// `g dX`: the coefficient applied to the derivative of the path, as it would be to an increment.
    pub(super) fn path_term(
        &mut self,
        term: &'a DiffTerm,
        by: &'a Differential,
        target: &Target,
    ) -> Option<Expr> {
        let path = self.path_of(&by.name)?;
        self.used.insert(path);
        let driving = &mut self.scope_of_model().driving;
        if driving.iter().all(|(other, _)| *other != path) {
            driving.push((path, by.span));
        }
        let ty = self.unifier.ty(&self.hir.locals[path].ty);
        let Ty::Function(_, of) = &ty else { return None };
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
        Some(signed(applied.value, term))
    }

    /// A path that stays where it is between observations moves by jumps, which its derivative does not see.
    pub(super) fn refuse_jumping_paths(&mut self, inputs: &[Input]) {
        let driving = std::mem::take(&mut self.scope_of_model().driving);
        for (path, span) in driving {
            let input = inputs.iter().find(|input| input.local == path);
            let value = input.and_then(|input| input.default.as_ref());
            if value.is_some_and(|value| self.is_piecewise_constant(value)) {
                self.unbuilt("the differential of a path that jumps", span);
            }
        }
    }

    /// Whether a function reads its argument only to look up an observation.
    fn is_piecewise_constant(&self, function: &Expr) -> bool {
        let (def, lambda) = match &function.kind {
            ExprKind::Call(callee, _) => match &callee.kind {
                ExprKind::Def(def, _) => (Some(*def), None),
                _ => (None, None),
            },
            ExprKind::Lambda(..) => (None, Some(function)),
            _ => (None, None),
        };
        let lambda = def.map(|def| &self.hir.defs[def].body).or(lambda);
        let Some(Expr { kind: ExprKind::Lambda(params, body), .. }) = lambda else { return false };
        let [Pattern::Bind(time)] = params.as_slice() else { return false };
        !self.reads_otherwise(body, *time)
    }

    fn reads_otherwise(&self, expr: &Expr, time: LocalId) -> bool {
        if expr.kind == ExprKind::Local(time) {
            return true;
        }
        let looks_up = match &expr.kind {
            ExprKind::Intrinsic(Intrinsic::Around, _) => true,
            ExprKind::Call(callee, _) => match &callee.kind {
                ExprKind::Def(def, _) => matches!(
                    self.hir.defs[*def].body.kind,
                    ExprKind::Intrinsic(Intrinsic::Around, _)
                ),
                _ => false,
            },
            _ => false,
        };
        let mut reads = false;
        expr.for_each_child(&mut |child| {
            let is_time = child.kind == ExprKind::Local(time);
            reads |= !(looks_up && is_time) && self.reads_otherwise(child, time);
        });
        reads
    }
}
