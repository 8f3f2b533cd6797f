//! `objective f of M given x : τ`: a loss that the program writes itself, averaged over its draws.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a meaning; all others are treated alike"
)]

use sdec_grammar::ast::{self, Objective};
use sdec_hir::{Expr, ExprKind, LocalKind, Loss, Ty};

use crate::checker::{Checker, node, wrong};
use crate::drawn::Draws;
use crate::error::PathError;
use crate::infer::{Expected, Why};
use crate::items::{Declared, pattern_names};
use crate::scope::Meaning;

impl<'a> Checker<'a> {
    /// Checks an objective, whose states are functions of time.
    pub(crate) fn check_loss(&mut self, objective: &'a Objective) -> Declared {
        let Some((id, _)) = self.model_named(&objective.model) else { return Declared::Failed };
        let model = self.hir.models[id].clone();
        self.bring_model_in(&model);
        let given = self.bring_given_in(&objective.given, &model);
        self.here.draws = Some(Draws::new(id, &objective.name.text, false));
        let what = format!("the objective `{}`", objective.name.text);
        let why = Why::Clause { what, declared: objective.name.span };
        let mut value = self.check_body(&objective.body, &Expected::new(Ty::Float, why));
        self.settle();
        self.finish(&mut value);
        if self.failing() || value.ty == Ty::Error {
            return Declared::Failed;
        }
        let draws = self.here.draws.take().map(|draws| draws.laws).unwrap_or_default();
        for (_, local, _) in &draws {
            let ty = self.unifier.ty(&self.hir.locals[*local].ty);
            self.hir.locals[*local].ty = ty;
        }
        let (name, span) = (objective.name.text.clone(), objective.name.span);
        self.hir.losses.push(Loss { name, span, model: id, given, draws, value });
        Declared::Loss(self.hir.losses.len() - 1)
    }

    /// `let u ~ D`, where something may be drawn; `None` where nothing may.
    pub(crate) fn drawn_let(&mut self, stmt: &'a ast::Let) -> Option<Expr> {
        self.here.draws.as_ref()?;
        let span = stmt.body.result.span;
        if let Some(path) = self.drawn_path(stmt) {
            return Some(path);
        }
        if self.report_unknown_model(&stmt.body.result) {
            return Some(wrong(span));
        }
        let ty = match &stmt.ty {
            Some(ty) => self.ty(ty),
            None => self.check_law(&stmt.body),
        };
        let ty = self.unifier.ty(&ty);
        if ty == Ty::Error || self.failing() {
            return Some(wrong(span));
        }
        let name = pattern_names(&stmt.pattern).first().map(|name| name.text.clone());
        if let Some(index) = self.index_of_loop() {
            let (name, ty) = (name.unwrap_or_else(|| "u".to_owned()), self.show(&ty));
            let law = crate::text::code(&stmt.body.result);
            self.report(PathError::LawInLoop { name, law, ty, index, span: stmt.span });
            return Some(wrong(span));
        }
        let name = name.unwrap_or_else(|| "_".to_owned());
        let base = self.new_local(&format!("{name}₀"), span, ty.clone(), LocalKind::Bound);
        let z = node(ExprKind::Local(base), ty.clone(), span);
        let drawn = self.draw(&stmt.body, &ty, [z.clone(), z]);
        let Some(drawn) = drawn else { return Some(wrong(span)) };
        if let Some(draws) = &mut self.here.draws {
            draws.laws.push((drawn.base, base, name));
        }
        Some(drawn.value)
    }

    /// The name of an index of a loop that is in sight.
    pub(crate) fn index_of_loop(&self) -> Option<String> {
        self.here.scope.iter().find_map(|binding| match binding.meaning {
            Meaning::Local(local) => {
                let local = &self.hir.locals[local];
                let is_index = matches!(self.unifier.shallow(&local.ty), Ty::Ix(_));
                (local.kind == LocalKind::Bound && is_index).then(|| binding.name.to_owned())
            }
            _ => None,
        })
    }
}
