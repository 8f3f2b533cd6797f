//! Start values, initial conditions and observations; what is known before a path starts reads no
//! state (rules M1 and M5).

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use std::collections::BTreeMap;

use sdec_base::Span;
use sdec_grammar::ast::{self, Clause, ClauseKind, Name};
use sdec_hir::{
    Constraint, DrawOf, Expr, Init, LocalId, LocalKind, Model, Observation, Observed, Ty,
};

use crate::checker::{Checker, node, wrong};
use crate::error::{ModelError, NameError};
use crate::infer::{Expected, Why, constant_number};
use crate::laws::Drawn;
use crate::scope::Meaning;
use crate::suggest::nearest;

impl<'a> Checker<'a> {
    /// Start values of parameters and defaults of inputs.
    pub(crate) fn check_values(&mut self, clauses: &'a [Clause], built: &mut Model) {
        for clause in clauses {
            match &clause.kind {
                ClauseKind::Param(param) => {
                    if let Some(prior) = &param.prior {
                        self.check_law_expr(prior);
                    }
                    self.check_bounds_of(param.init.as_ref(), &param.names, &param.ty);
                    for name in &param.names {
                        let prefix = format!("{}.{}", built.name, name.text);
                        let value = self.parameter_start(name, param, &prefix);
                        let prior = self.prior_of(name, param);
                        let names = std::slice::from_ref(name);
                        for param in self.named(names, built.params.iter_mut(), |p| p.local) {
                            (param.init, param.prior) = (value.clone(), prior.clone());
                        }
                    }
                }
                ClauseKind::Input { names, ty, default: Some(default) } => {
                    let value = self.start_value(default, names, ty);
                    for input in self.named(names, built.inputs.iter_mut(), |input| input.local) {
                        input.default = value.clone();
                    }
                }
                _ => {}
            }
        }
    }

    /// The declarations of these names.
    fn named<'b, T: 'b>(
        &self,
        names: &[Name],
        among: impl Iterator<Item = &'b mut T>,
        local: impl Fn(&T) -> LocalId,
    ) -> Vec<&'b mut T> {
        among
            .filter(|item| {
                let span = self.hir.locals[local(item)].span;
                names.iter().any(|name| name.span == span)
            })
            .collect()
    }

    fn start_value(
        &mut self,
        value: &'a ast::Expr,
        names: &'a [Name],
        written: &'a ast::Type,
    ) -> Option<Expr> {
        let name = names.first()?;
        let Some(Meaning::Local(local)) =
            self.here.scope.get(&name.text).map(|binding| binding.meaning.clone())
        else {
            return None;
        };
        let ty = self.hir.locals[local].ty.clone();
        if ty == Ty::Error {
            return Some(wrong(value.span));
        }
        let what = format!("the value of `{}`", name.text);
        let why = Why::Clause { what, declared: written.span };
        let checked = self.check(value, &Expected::new(ty, why));
        self.check_bounds_of(Some(value), names, written);
        Some(checked)
    }

    /// The logarithm of the density of a parameter's prior.
    pub(crate) fn prior_of(&mut self, name: &'a Name, param: &'a ast::Param) -> Option<Expr> {
        let prior = param.prior.as_ref()?;
        let Some(Meaning::Local(local)) =
            self.here.scope.get(&name.text).map(|binding| binding.meaning.clone())
        else {
            return None;
        };
        let ty = self.hir.locals[local].ty.clone();
        if ty == Ty::Error || self.failing() || !self.is_built(prior) {
            return None;
        }
        let x = node(sdec_hir::ExprKind::Local(local), ty.clone(), prior.span);
        self.law_density_of(prior, &ty, x)
    }

    /// The start value of a parameter, whose streams begin with `prefix`.
    pub(crate) fn parameter_start(
        &mut self,
        name: &'a Name,
        param: &'a ast::Param,
        prefix: &str,
    ) -> Option<Expr> {
        let Some(Meaning::Local(local)) =
            self.here.scope.get(&name.text).map(|binding| binding.meaning.clone())
        else {
            return None;
        };
        let shape = self.shapes.get(&local).cloned()?;
        self.drawn_start(name, param, &shape, prefix)
    }

    /// A start value that is a number satisfies the constraint.
    pub(crate) fn check_bounds_of(
        &mut self,
        value: Option<&ast::Expr>,
        names: &'a [Name],
        written: &'a ast::Type,
    ) {
        let (Some(value), Some(name)) = (value, names.first()) else { return };
        let Some(number) = constant_number(value) else { return };
        let (_, constraint) = self.constrained_again(written);
        if !allows(&constraint, number) {
            let error = ModelError::OutsideConstraint {
                name: name.text.clone(),
                constraint: crate::text::quote_type(written),
                declared: written.span,
                span: value.span,
            };
            self.report(error);
        }
    }

    /// The constraint of a type that has been checked; nothing is reported twice.
    fn constrained_again(&mut self, written: &'a ast::Type) -> (Ty, Constraint) {
        let before = self.diagnostics.len();
        let found = self.constrained(written);
        self.diagnostics.truncate(before);
        found
    }

    pub(crate) fn check_inits(&mut self, clauses: &'a [Clause], built: &mut Model) {
        let mut inits: BTreeMap<LocalId, Init> = BTreeMap::new();
        let inherited = std::mem::take(&mut built.inits);
        let mut stray = false;
        for clause in clauses {
            let ClauseKind::Init { names, draw, body } = &clause.kind else { continue };
            if !draw && self.report_law(names, &body.result) {
                stray = true;
                continue;
            }
            for name in names {
                let Some(&state) = self.scope_of_model().states.get(name.text.as_str()) else {
                    let states: Vec<String> =
                        self.scope_of_model().states.keys().map(|&name| name.to_owned()).collect();
                    self.report_no_such_state(name, states);
                    stray = true;
                    continue;
                };
                if let Some(first) = inits.get(&state) {
                    let (first, name) = (first.span, name.text.clone());
                    self.report(ModelError::TwoInits { name, first, second: clause.span });
                    continue;
                }
                self.scope_of_model().starting = Some(state);
                let init = self.check_init(state, name, *draw, body, clause.span);
                let scope = self.scope_of_model();
                scope.starting = None;
                scope.initial.insert(state, init.value.clone());
                inits.insert(state, init);
            }
        }
        for init in inherited {
            inits.entry(init.state).or_insert(init);
        }
        for state in &built.states {
            // A misspelt name is probably the one that is missing.
            if !stray && !inits.contains_key(&state.local) {
                let local = &self.hir.locals[state.local];
                let name = local.name.clone();
                let fitting =
                    built.params.iter().find(|param| self.hir.locals[param.local].ty == local.ty);
                let value = match fitting {
                    Some(param) => self.hir.locals[param.local].name.clone(),
                    None if local.ty == Ty::Float => "1".to_owned(),
                    None => "ones".to_owned(),
                };
                let positive = state.constraint == Constraint::Positive;
                let span = local.span;
                self.report(ModelError::NoInit { name, span, value, positive });
            }
        }
        built.inits = built.states.iter().filter_map(|s| inits.remove(&s.local)).collect();
    }

    /// A name that is none of the states.
    pub(super) fn report_no_such_state(&mut self, name: &Name, states: Vec<String>) {
        let names = states.iter().map(String::as_str);
        let similar = match states.as_slice() {
            [only] => Some(only.clone()),
            _ => nearest(&name.text, names).map(str::to_owned),
        };
        let (written, span) = (name.text.clone(), name.span);
        self.report(ModelError::NoState { written, span, states, similar });
    }

    fn check_init(
        &mut self,
        state: LocalId,
        name: &Name,
        draw: bool,
        body: &'a ast::Body,
        span: Span,
    ) -> Init {
        let ty = self.hir.locals[state].ty.clone();
        if !draw {
            let what = format!("the initial value of `{}`", name.text);
            let declared = self.hir.locals[state].span;
            let value = self.check_body(body, &Expected::new(ty, Why::Clause { what, declared }));
            return Init { state, draw: None, value, log_density: None, span };
        }
        let label = format!("{}₀", name.text);
        let base = self.new_local(&label, name.span, ty.clone(), LocalKind::Bound);
        let z = node(sdec_hir::ExprKind::Local(base), ty.clone(), body.result.span);
        if ty == Ty::Error {
            self.check_law(body);
            return Init { state, draw: None, value: wrong(span), log_density: None, span };
        }
        let x = node(sdec_hir::ExprKind::Local(state), ty.clone(), body.result.span);
        match self.draw(body, &ty, [z, x]) {
            Some(Drawn { base: law, value, log_density }) => {
                let log_density = Some(log_density);
                Init { state, draw: Some((law, base)), value, log_density, span }
            }
            None => Init { state, draw: None, value: wrong(span), log_density: None, span },
        }
    }

    /// Whether a law was written for a value: `init x = Normal(0, 1)`.
    fn report_law(&mut self, names: &[Name], value: &ast::Expr) -> bool {
        let Some((law, _)) = crate::law_value::applied(value) else { return false };
        let (true, Some(last)) = (self.is_law(&law.text), names.last()) else { return false };
        let sign = Span { start: last.span.end, end: value.span.start, ..last.span };
        let name = last.text.clone();
        self.report(crate::error::LawError::Equal { name, sign, span: value.span });
        true
    }

    pub(super) fn check_observations(&mut self, clauses: &'a [Clause], built: &mut Model) {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for clause in clauses {
            let ClauseKind::Observe { name, maybe, at, draw, body, ty, .. } = &clause.kind else {
                continue;
            };
            if let Some(&first) = seen.get(name.text.as_str()) {
                let (name, second) = (name.text.clone(), name.span);
                self.report(NameError::Duplicate { name, first, second });
                continue;
            }
            seen.insert(&name.text, name.span);
            let at = at.as_ref().map(|at| {
                let what = "the time of an observation".to_owned();
                let why = Why::Clause { what, declared: at.span };
                self.check(at, &Expected::new(Ty::Float, why))
            });
            let declared = ty.as_ref().map(|ty| self.ty(ty));
            if let (false, ast::ExprKind::Name(noise)) = (*draw, &body.result.kind)
                && let Some(jumps) = self.observed_jump(&noise.text)
            {
                let increment = self.hir.locals[jumps].ty.clone();
                let value = node(sdec_hir::ExprKind::Local(jumps), increment, body.result.span);
                let (name, maybe, span) = (name.text.clone(), *maybe, clause.span);
                let observed = Observed::Exactly(value);
                built.observations.push(Observation {
                    name,
                    ty: Ty::events(),
                    span,
                    maybe,
                    at,
                    observed,
                });
                continue;
            }
            let (ty, observed) = if *draw {
                let ty = self.check_law(body);
                let ty = declared.unwrap_or(ty);
                (ty.clone(), self.observed_law(name, body, &ty))
            } else {
                let value = self.infer_body(body, None);
                (value.ty.clone(), Observed::Exactly(value))
            };
            let (name, maybe, span) = (name.text.clone(), *maybe, clause.span);
            built.observations.push(Observation { name, ty, span, maybe, at, observed });
        }
    }

    /// The density of what is observed, if its law has one that is built.
    fn observed_law(&mut self, name: &Name, body: &'a ast::Body, ty: &Ty) -> Observed {
        let ty = self.unifier.ty(ty);
        let datum = self.new_local(&name.text, name.span, ty.clone(), LocalKind::Bound);
        let log_prob = self.density_of(body, &ty, datum);
        let spread = log_prob.is_some().then(|| self.law_spread(body, &ty, datum)).flatten();
        let draw = log_prob.is_some().then(|| self.draw_of(body, &ty, datum)).flatten();
        Observed::Law { datum, log_prob, spread, draw }
    }

    /// How what is observed is drawn.
    fn draw_of(&mut self, body: &'a ast::Body, ty: &Ty, datum: LocalId) -> Option<Box<DrawOf>> {
        let (span, of) = (body.result.span, numbers(ty));
        let name = format!("{}₀", self.hir.locals[datum].name);
        let draws = self.new_local(&name, span, of.clone(), LocalKind::Bound);
        let z = node(sdec_hir::ExprKind::Local(draws), of, span);
        let x = node(sdec_hir::ExprKind::Local(datum), ty.clone(), span);
        let Drawn { base, value, .. } = self.draw(body, ty, [z, x])?;
        Some(Box::new(DrawOf { base, draws, value }))
    }

    /// The logarithm of the density of a law at a local; `None` where something is wrong or not built.
    pub(crate) fn density_of(&mut self, body: &'a ast::Body, ty: &Ty, at: LocalId) -> Option<Expr> {
        if *ty == Ty::Error || self.failing() || !self.is_built(&body.result) {
            return None;
        }
        let x = node(sdec_hir::ExprKind::Local(at), ty.clone(), body.result.span);
        self.law_density(body, ty, x)
    }

    /// M5: what is known before the path starts reads no state.
    pub(crate) fn check_parameter_stages(&mut self, built: &Model) {
        let mut found = Vec::new();
        let inits =
            built.inits.iter().map(|init| (&init.value, "an initial condition", Some(init)));
        let params = built.params.iter().filter_map(|param| param.init.as_ref());
        let inputs = built.inputs.iter().filter_map(|input| input.default.as_ref());
        let values = params.chain(inputs).map(|value| (value, "a start value", None));
        for (value, what, init) in inits.chain(values) {
            if init.is_none()
                && let Some((name, span)) = self.time_read(value, built)
            {
                found.push(ModelError::ReadsTime { name, span });
                continue;
            }
            if let Some((state, span, direct)) = self.state_read(value, built) {
                let state_init = built.inits.iter().find(|init| init.state == state);
                let early = direct && init.is_some_and(|init| state < init.state);
                found.push(ModelError::ReadsState {
                    early,
                    what,
                    init: init.map(|init| self.hir.locals[init.state].name.clone()),
                    state: self.hir.locals[state].name.clone(),
                    given: state_init.filter(|_| init.is_some()).map(|init| init.span),
                    span,
                });
            }
        }
        for error in found {
            self.report(error);
        }
        if let Some(start) = built.circular(&self.hir) {
            let local = &self.hir.locals[start];
            let (name, declared) = (local.name.clone(), local.span);
            let value = built.start(start, &self.hir).map_or(declared, |value| value.span);
            self.report(NameError::Cycle { name, declared, used: value, function: false });
        }
    }

    /// The first of `t`, `t0` and `t1` that an expression reads, itself or through lets, with its place.
    fn time_read(&self, value: &Expr, built: &Model) -> Option<(String, Span)> {
        let mut found = None;
        value.walk(&mut |e| {
            let sdec_hir::ExprKind::Local(local) = e.kind else { return };
            let declared = &self.hir.locals[local];
            let read = match declared.kind {
                LocalKind::Time | LocalKind::End => Some(declared.name.clone()),
                LocalKind::ModelLet => {
                    let stmt = built.lets.iter().find(|stmt| stmt.pattern.binds(local));
                    stmt.and_then(|stmt| self.time_read(&stmt.value, built)).map(|(name, _)| name)
                }
                LocalKind::Bound
                | LocalKind::Param
                | LocalKind::Input
                | LocalKind::State
                | LocalKind::Increment => None,
            };
            found = found.take().or(read.map(|name| (name, e.span)));
        });
        found
    }

    /// The first state that an expression reads, itself or through lets: where, and whether itself.
    fn state_read(&self, value: &Expr, built: &Model) -> Option<(LocalId, Span, bool)> {
        let mut found = None;
        value.walk(&mut |e| {
            let sdec_hir::ExprKind::Local(local) = e.kind else { return };
            if found.is_some() {
                return;
            }
            match self.hir.locals[local].kind {
                LocalKind::State => found = Some((local, e.span, true)),
                LocalKind::ModelLet => {
                    let stmt = built.lets.iter().find(|stmt| stmt.pattern.binds(local));
                    let read = stmt.and_then(|stmt| self.state_read(&stmt.value, built));
                    found = read.map(|(state, ..)| (state, e.span, false));
                }
                LocalKind::Bound
                | LocalKind::Param
                | LocalKind::Input
                | LocalKind::Increment
                | LocalKind::Time
                | LocalKind::End => {}
            }
        });
        found
    }
}

/// The type with a number for each index: what draws of a law of it are made of.
fn numbers(ty: &Ty) -> Ty {
    match ty {
        Ty::Table(set, of) => Ty::Table(set.clone(), Box::new(numbers(of))),
        Ty::Ix(_) => Ty::Float,
        _ => ty.clone(),
    }
}

/// Whether a number satisfies a constraint; zero is on the border of `Positive` and refused.
pub(crate) fn allows(constraint: &Constraint, value: f64) -> bool {
    match constraint {
        Constraint::Positive => value > 0.0,
        Constraint::NonNeg => value >= 0.0,
        Constraint::Unit => value > 0.0 && value < 1.0,
        Constraint::Interval(low, high) => value > *low && value < *high,
        Constraint::Real
        | Constraint::Simplex
        | Constraint::Ordered
        | Constraint::Chol
        | Constraint::Corr => true,
    }
}
