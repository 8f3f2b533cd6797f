//! `fit M to D`: columns for what is observed, a likelihood, an optimiser.

mod affine;
mod columns;
mod evidence;
mod per;
mod planned;

use sdec_base::Span;
use sdec_grammar::ast::{self, Command, ExprKind as Ast};
use sdec_hir::{BlockKind, Expr, Fit, LocalId, Model, Optimizer};

use crate::checker::Checker;
use crate::error::InferenceError;
use crate::suggest::nearest;
use columns::Bound;

/// What the settings of a fit say beside those that solves have in common.
#[derive(Default)]
pub(crate) struct FitSettings<'a> {
    pub(crate) objective: Option<&'a ast::Body>,
    pub(crate) optimizer: Option<Optimizer>,
    pub(crate) batch: Option<Expr>,
    pub(crate) holdout: Option<Expr>,
    pub(crate) starts: Option<Expr>,
    pub(crate) schedule: Option<Optimizer>,
    pub(crate) warmup: Option<Expr>,
    pub(crate) clip: Option<Expr>,
    pub(crate) patience: Option<Expr>,
    pub(crate) lr_decay: Option<Expr>,
    pub(crate) fix: Option<&'a ast::Body>,
}

impl<'a> Checker<'a> {
    /// Checks a fit of a known model.
    pub(crate) fn check_fit(
        &mut self,
        id: sdec_hir::ModelId,
        command: &'a Command,
        span: Span,
    ) -> Option<BlockKind> {
        let model = self.hir.models[id].clone();
        let bound = match command.data.as_slice() {
            [data] => self.bind_columns(&model, data),
            [] => {
                let span = command.model.span;
                let name = |item: &'a ast::ItemKind| {
                    if let ast::ItemKind::Data(data) = item { Some(&data.name.text) } else { None }
                };
                let data = self.written(name);
                let data = data.map_or("Rates", String::as_str).to_owned();
                let model = model.name.clone();
                self.report(InferenceError::WithoutData { model, data, span });
                None
            }
            [_, second, ..] => {
                self.unbuilt("a fit to several data sets", second.span);
                None
            }
        };
        let sizes = bound.as_ref().map(|bound| self.sizes_of_data(&model, bound));
        let instance = self.instance(&model, command, &sizes.unwrap_or_default());
        let read = self.read_settings(command.kind, &command.settings, &model);
        let given: Vec<LocalId> =
            bound.iter().flat_map(|bound| &bound.inputs).map(|&(local, _)| local).collect();
        // Where columns were refused, which inputs they would have given is not known.
        if bound.is_some() {
            self.require_start_values(&model, command, &given);
        }
        if read.settings.solver.is_none() {
            self.demand_default_method(&model, command.model.span);
        }
        let fix = read.fit.fix.map(|body| self.fixed(&model, body)).unwrap_or_default();
        let name = command.label.as_ref().map_or(&command.model, |label| label).text.clone();
        if let Some(plan) = self.plan(&model, read.fit.objective) {
            let plan = plan?;
            if let Some(data) = command.data.first() {
                self.check_given(&plan.given, data);
            }
            if plan.observes {
                self.require_observations(&model, span)?;
                self.require_times(&model, bound.as_ref()?, command)?;
            }
            bound?;
            return Some(BlockKind::Planned(Box::new(plan.command(name, id, instance?))));
        }
        let bound = bound?;
        let objective = self.objective(&model, read.fit.objective, span)?;
        self.require_times(&model, &bound, command)?;
        let fit = Fit {
            name,
            model: id,
            instance: instance?,
            data: bound.data,
            settings: read.settings,
            objective,
            observed: bound.observed,
            inputs: bound.inputs,
            times: bound.times,
            optimizer: read.fit.optimizer,
            batch: read.fit.batch,
            holdout: read.fit.holdout,
            starts: read.fit.starts,
            schedule: read.fit.schedule,
            warmup: read.fit.warmup,
            clip: read.fit.clip,
            patience: read.fit.patience,
            lr_decay: read.fit.lr_decay,
            fix,
        };
        self.check_per(&model, &fit)?;
        Some(BlockKind::Fit(Box::new(fit)))
    }

    /// What is observed at the times of the data needs a column of them.
    fn require_times(&mut self, model: &Model, bound: &Bound, command: &'a Command) -> Option<()> {
        let columns = &self.hir.data[bound.data].columns;
        let mut seen = model.observations.iter().zip(&bound.observed);
        let seen = seen.find(|(seen, place)| seen.at.is_none() && !columns[**place].is_series());
        let seen = seen.map(|(seen, _)| seen);
        if let (Some(seen), None) = (seen, bound.times) {
            let (name, data) = (seen.name.clone(), &self.hir.data[bound.data]);
            let (data, declared) = (data.name.clone(), data.span);
            let span = command.data.first().map_or(command.model.span, |data| data.span);
            self.report(InferenceError::NoTimes { name, data, declared, span });
            return None;
        }
        Some(())
    }

    /// `fix = ["θ"]`
    fn fixed(&mut self, model: &Model, body: &'a ast::Body) -> Vec<LocalId> {
        let params = model.params.iter().chain(&self.hir.shared).map(|param| param.local);
        let params: Vec<LocalId> = params.collect();
        let entries: &[ast::Expr] = if let Ast::List(entries) = &body.result.kind {
            entries
        } else {
            std::slice::from_ref(&body.result)
        };
        let mut fixed = Vec::new();
        for entry in entries {
            let Ast::Text(text) = &entry.kind else {
                self.report(InferenceError::FixedNames { span: entry.span });
                continue;
            };
            let found = params.iter().find(|&&local| self.hir.locals[local].name == text.text);
            match found {
                Some(&local) => fixed.push(local),
                None => {
                    let names = params.iter().map(|&local| self.hir.locals[local].name.as_str());
                    let similar = nearest(&text.text, names).map(|near| format!("{near:?}"));
                    let (written, span) = (text.text.clone(), text.span);
                    let model = model.name.clone();
                    self.report(InferenceError::NoParameter { written, model, span, similar });
                }
            }
        }
        fixed
    }
}
