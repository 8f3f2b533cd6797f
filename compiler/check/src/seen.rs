//! What an estimate and an objective see of their model: inputs, parameters, lets and functions of them
//! as values; states, and lets that follow them or the time, as functions of time.
//!
//! ```text
//! let R = x / (x + y)                 R(1.0)  ⇒  let t = 1.0, let x = x(1.0), let y = y(1.0),
//!                                                let R = x / (x + y), R
//! ```
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use std::collections::BTreeMap;

use sdec_base::Span;
use sdec_grammar::ast;
use sdec_hir::{Expr, ExprKind, LetStmt, LocalId, LocalKind, Model, ModelLet, Pattern, Stage, Ty};

use crate::checker::{Checker, node, wrong};
use crate::error::{CallError, NameError};
use crate::infer::{Expected, Why};
use crate::scope::Meaning;
use crate::stage::Stages;

impl<'a> Checker<'a> {
    /// A model as it is written.
    pub(crate) fn written_model(&self, model: &Model) -> Option<&'a ast::Model> {
        self.user.entries.iter().find_map(|entry| match &entry.item().kind {
            ast::ItemKind::Model(written) if written.name.span == model.span => Some(written),
            _ => None,
        })
    }

    /// Brings the names of a model into sight.
    pub(crate) fn bring_model_in(&mut self, model: &Model) {
        let Some(written) = self.written_model(model) else { return };
        let sizes = written.params.iter().zip(&model.sizes);
        for (param, (var, _)) in sizes {
            self.here.scope.bind(&param.name.text, Meaning::Size(*var), param.name.span);
        }
        self.bring_ends_in(model, written.name.span);
        let meanings = self.meanings(model);
        for clause in &written.clauses {
            for name in crate::model::clause_names(clause) {
                let known = meanings.get(&name.span).cloned();
                let meaning = known.unwrap_or(Meaning::Other("local to the model"));
                self.here.scope.bind(&name.text, meaning, name.span);
            }
        }
    }

    /// Brings `t0` and `t1` into sight, where paths start and end.
    pub(crate) fn bring_ends_in(&mut self, model: &Model, span: Span) {
        for (name, end) in ["t0", "t1"].into_iter().zip(model.ends) {
            // A program may have a value of this name.
            if self.find_item(name).is_none() {
                self.here.scope.bind(name, Meaning::Local(end), span);
            }
        }
    }

    /// What the names of a model mean, by their declarations.
    fn meanings(&self, model: &Model) -> BTreeMap<Span, Meaning> {
        let mut meanings = BTreeMap::new();
        let mut mean = |local: LocalId, of_path: bool| {
            let meaning = if of_path { Meaning::Path(local) } else { Meaning::Local(local) };
            meanings.insert(self.hir.locals[local].span, meaning);
        };
        model.params.iter().for_each(|param| mean(param.local, false));
        model.inputs.iter().for_each(|input| mean(input.local, false));
        model.states.iter().for_each(|state| mean(state.local, true));
        let mut stages = Stages::default();
        for stmt in &model.lets {
            stages.bind(&stmt.pattern, stmt.stage);
            for local in stmt.pattern.locals() {
                mean(local, follows_path(stmt.stage));
            }
        }
        for (id, def) in self.hir.defs.iter() {
            let of_path = follows_path(stages.of(&def.body, &self.hir));
            let meaning = if of_path { Meaning::Other(READS_STATES) } else { Meaning::Def(id) };
            meanings.insert(def.span, meaning);
        }
        meanings
    }

    /// `S(T)`, where `S` follows the path.
    pub(crate) fn at_time(
        &mut self,
        local: LocalId,
        name: &ast::Name,
        args: &[&'a ast::Expr],
        span: Span,
    ) -> Expr {
        self.used.insert(local);
        let [time] = args else {
            let error = CallError::ArgumentCount {
                function: name.text.clone(),
                wanted: 1,
                found: args.len(),
                span,
                declared: None,
            };
            self.report(error);
            return wrong(span);
        };
        let model = self.model_with(local).cloned();
        let Some(time) = self.time_at(model.as_ref(), name, time) else { return wrong(span) };
        let ty = self.hir.locals[local].ty.clone();
        match model {
            Some(model) if self.hir.locals[local].kind == LocalKind::ModelLet => {
                self.let_at(&model, local, &time, span)
            }
            _ => node(ExprKind::StateAt(local, Box::new(time)), ty, span),
        }
    }

    /// The time at which a state is read, which is the same for all paths: it may read constants of the model that
    /// is seen.
    pub(crate) fn time_at(
        &mut self,
        model: Option<&Model>,
        state: &ast::Name,
        time: &'a ast::Expr,
    ) -> Option<Expr> {
        let why = Why::Argument { function: state.text.clone(), declared: None };
        let time = self.check(time, &Expected::new(Ty::Float, why));
        let known = model.map(|model| constant_lets(model, &time, &self.hir)).unwrap_or_default();
        if let Some((moving, at)) = self.first_moving(&time, &known) {
            self.report(NameError::MovingTime { state: state.text.clone(), moving, span: at });
            return None;
        }
        Some(within(known.into_iter().map(statement).collect(), time))
    }

    /// A let of the model with its states as they are at a time.
    fn let_at(&self, model: &Model, local: LocalId, time: &Expr, span: Span) -> Expr {
        let value = node(ExprKind::Local(local), self.hir.locals[local].ty.clone(), span);
        let lets = model.lets_read(&value, &self.hir);
        let lets: Vec<_> = lets.into_iter().filter(|stmt| follows_path(stmt.stage)).collect();
        let mut stmts = vec![LetStmt { pattern: Pattern::Bind(model.time), value: time.clone() }];
        for state in &model.states {
            let ty = self.hir.locals[state.local].ty.clone();
            let at = node(ExprKind::StateAt(state.local, Box::new(time.clone())), ty, span);
            stmts.push(LetStmt { pattern: Pattern::Bind(state.local), value: at });
        }
        stmts.extend(lets.into_iter().map(statement));
        within(stmts, value)
    }

    /// The model that declares a name.
    fn model_with(&self, local: LocalId) -> Option<&Model> {
        let declares = |model: &&Model| {
            model.states.iter().any(|state| state.local == local)
                || model.lets.iter().any(|stmt| stmt.pattern.binds(local))
        };
        self.hir.models.values().find(declares)
    }

    /// A name in an expression whose value is not the same for every path and every run.
    fn first_moving(&self, expr: &Expr, known: &[&ModelLet]) -> Option<(String, Span)> {
        let mut found = None;
        expr.walk(&mut |e| {
            let local = match &e.kind {
                ExprKind::Local(local) | ExprKind::StateAt(local, _) => *local,
                _ => return,
            };
            let declared = &self.hir.locals[local];
            let is_known = known.iter().any(|stmt| stmt.pattern.binds(local))
                || matches!(declared.kind, LocalKind::Bound | LocalKind::End);
            if !is_known && found.is_none() {
                found = Some((declared.name.clone(), e.span));
            }
        });
        found
    }
}

/// What a function is that cannot be called where states are functions of time.
pub(crate) const READS_STATES: &str = "a function that reads states or the time";

/// Whether a value changes along a path.
fn follows_path(stage: Stage) -> bool {
    stage >= Stage::Time
}

/// The lets that an expression reads, if all of them are constants.
fn constant_lets<'m>(
    model: &'m Model,
    expr: &Expr,
    program: &sdec_hir::Program,
) -> Vec<&'m ModelLet> {
    let lets = model.lets_read(expr, program);
    if lets.iter().all(|stmt| stmt.stage == Stage::Constant) { lets } else { Vec::new() }
}

fn statement(stmt: &ModelLet) -> LetStmt {
    LetStmt { pattern: stmt.pattern.clone(), value: stmt.value.clone() }
}

/// A value behind the lets that it reads.
fn within(stmts: Vec<LetStmt>, value: Expr) -> Expr {
    if stmts.is_empty() {
        return value;
    }
    let (ty, span) = (value.ty.clone(), value.span);
    node(ExprKind::Block(stmts, Box::new(value)), ty, span)
}
