//! Parameters of which each row of the data has its own: `param η : 3 => Float ~ Normal(0, ω) per subject`.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type; all others are treated alike"
)]

use sdec_hir::{Evidence, Expr, ExprKind, Fit, IndexSet, LocalKind, Model, Param, SizeAtom, Ty};

use crate::checker::Checker;
use crate::error::InferenceError;

impl<'a> Checker<'a> {
    /// Their axis is that of the rows, and the objective knows what to do with them.
    pub(super) fn check_per(&mut self, model: &Model, fit: &Fit) -> Option<()> {
        let own: Vec<&Param> = model.params.iter().filter(|param| param.per.is_some()).collect();
        let axis = self.row_axis(model, fit);
        for param in &own {
            let per = param.per.as_ref()?;
            if axis.as_ref() != Some(&per.axis) {
                let (data, span) = (self.hir.data[fit.data].name.clone(), per.span);
                let per = per.axis.clone();
                self.report(InferenceError::PerOther { per, data, axis, span });
                return None;
            }
        }
        let moves = |param: &&&Param| !fit.fix.contains(&param.local);
        let moving: Vec<&Param> = own.iter().filter(moves).copied().collect();
        let setting = fit.objective.span;
        if fit.objective.integral.is_some() {
            if moving.is_empty() {
                let model = model.name.clone();
                self.report(InferenceError::NothingPerRow { model, setting });
                return None;
            }
            if !matches!(fit.objective.evidence, Evidence::Solved) {
                self.unbuilt("`objective = laplace` of what is seen without error", setting);
                return None;
            }
        }
        for param in moving {
            let local = &self.hir.locals[param.local];
            let (name, declared) = (local.name.clone(), local.span);
            let error = match (&param.prior, fit.objective.integral, fit.objective.priors) {
                (None, Some(_), _) => InferenceError::LawlessRows { name, declared, setting },
                (Some(_), None, false) => {
                    InferenceError::LawOfRows { name, declared, setting, joint: false }
                }
                (Some(prior), None, true) if self.moves_with(prior, param, model, fit) => {
                    InferenceError::LawOfRows { name, declared, setting, joint: true }
                }
                _ => continue,
            };
            self.report(error);
            return None;
        }
        Some(())
    }

    /// Whether a law reads other parameters that move.
    fn moves_with(&self, law: &Expr, param: &Param, model: &Model, fit: &Fit) -> bool {
        let mut moves = false;
        let lets = model.lets_read(law, &self.hir);
        for expr in lets.into_iter().map(|stmt| &stmt.value).chain([law]) {
            expr.walk(&mut |e| {
                if let ExprKind::Local(local) = e.kind {
                    moves |= self.hir.locals[local].kind == LocalKind::Param
                        && local != param.local
                        && !fit.fix.contains(&local);
                }
            });
        }
        moves
    }

    /// The name of the axis along which the rows of the data lie; none of a single series.
    fn row_axis(&self, model: &Model, fit: &Fit) -> Option<String> {
        let columns = &self.hir.data[fit.data].columns;
        let (seen, &place) = model.observations.iter().zip(&fit.observed).next()?;
        let column = &columns[place];
        let mut inner = axes(&seen.ty).len();
        if !column.is_series() && seen.at.is_none() {
            inner += 1;
        }
        let outer = axes(&column.ty);
        let set = outer.len().checked_sub(inner + 1).and_then(|last| outer.get(last))?;
        match set {
            IndexSet::Size(size) => match size.as_atom()? {
                SizeAtom::Var(var) => Some(self.hir.sizes[var].name.clone()),
                _ => None,
            },
            _ => None,
        }
    }
}

/// The axes of a table, outermost first; those of a series' entries count, its times do not.
fn axes(ty: &Ty) -> Vec<&IndexSet> {
    match ty {
        Ty::Table(set, of) => std::iter::once(set).chain(axes(of)).collect(),
        Ty::Series(of) => axes(of),
        _ => Vec::new(),
    }
}
