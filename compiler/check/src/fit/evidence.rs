//! `objective = mle(…)`: which likelihood a fit has.
//!
//! | noise | observed | likelihood |
//! |---|---|---|
//! | none | `y ~ D` | the laws along the solution |
//! | none | `y at T = z`, `z` drawn at the start | the density that the equation carries along |
//! | some | `y = x` | the density of each state given the one before |
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a tree; all others are treated alike"
)]

use sdec_base::Span;
use sdec_grammar::ast::{self, ExprKind as Ast};
use sdec_hir::{
    Bend, DefId, Evidence, ExprKind, Filter, Integral, Model, NoiseClass, Objective, Observed,
    Partial, Trace, Transition, Ty,
};

use super::affine::{degree, is_normal, reads_time};
use crate::checker::Checker;
use crate::error::{InferenceError, SettingError};
use crate::items::{Declared, ItemRef, Side};
use crate::suggest::nearest;

/// What `objective = …` says.
#[derive(Default)]
struct Asked {
    priors: bool,
    jacobian: bool,
    /// An integral over what each row has for itself.
    laplace: bool,
    transition: Option<(Transition, Span)>,
    trace: Option<(Trace, Span)>,
}

impl<'a> Checker<'a> {
    /// The objective of a fit; `mle` where nothing is said.
    pub(super) fn objective(
        &mut self,
        model: &Model,
        body: Option<&'a ast::Body>,
        block: Span,
    ) -> Option<Objective> {
        let span = body.map_or(block, |body| body.result.span);
        let asked = match body {
            Some(body) => self.asked(body)?,
            None => Asked::default(),
        };
        let exact = |observed: &Observed| matches!(observed, Observed::Exactly(_));
        let exactly = model.observations.iter().filter(|seen| exact(&seen.observed)).count();
        self.require_observations(model, span)?;
        let noisy = model.class != NoiseClass::None;
        if let Some((_, setting)) = asked.trace.filter(|_| noisy) {
            let noise = model.noises.first().map_or(model.span, |noise| noise.span);
            self.report(InferenceError::TraceOfNoise { noise, setting });
            return None;
        }
        if exactly != 0 && exactly != model.observations.len() {
            self.unbuilt("a likelihood of both `~` and `=` observations", span);
            return None;
        }
        let evidence = match (noisy, exactly > 0) {
            (false, false) => self.solved(model, &asked)?,
            (false, true) => self.flow(model, &asked)?,
            (true, true) => self.transition(model, &asked)?,
            (true, false) => {
                let observed = model.observations[0].span;
                let noise = model.noises.first().map_or(model.span, |noise| noise.span);
                let setting = body.map(|body| body.result.span);
                self.report(InferenceError::Integral { noise, observed, setting });
                return None;
            }
        };
        let Asked { priors, jacobian, laplace, .. } = asked;
        let integral = if laplace {
            let [value, mode] = ["laplace", "mode"].map(|name| self.library_function(name));
            Some(Integral { value: value?, mode: mode? })
        } else {
            None
        };
        Some(Objective { priors, jacobian, integral, evidence, span })
    }

    /// Data say nothing of a model that observes nothing.
    pub(super) fn require_observations(&mut self, model: &Model, span: Span) -> Option<()> {
        if model.observations.is_empty() {
            let (name, declared) = (model.name.clone(), model.span);
            self.report(InferenceError::NothingObserved { name, declared, span });
            return None;
        }
        Some(())
    }

    fn asked(&mut self, body: &'a ast::Body) -> Option<Asked> {
        let expr = &body.result;
        let (name, args): (&ast::Name, &[ast::Argument]) = match &expr.kind {
            Ast::Name(name) => (name, &[]),
            Ast::Call(callee, args) if let Ast::Name(name) = &callee.kind => (name, args),
            _ => {
                let quoted = crate::optimizer::quoted(expr, ["mle", "map", "laplace"].into_iter());
                self.report_objective(expr.span, quoted);
                return None;
            }
        };
        let mut asked = Asked::default();
        match name.text.as_str() {
            "mle" => {}
            "map" => asked.priors = true,
            "laplace" => asked.laplace = true,
            _ => {
                let known = ["mle", "map", "laplace", "elbo", "particle"];
                let similar = nearest(&name.text, known).map(str::to_owned);
                self.report_objective(name.span, similar);
                return None;
            }
        }
        for arg in args {
            self.argument(arg, &mut asked)?;
        }
        Some(asked)
    }

    fn argument(&mut self, arg: &'a ast::Argument, asked: &mut Asked) -> Option<()> {
        let span = arg.value.span;
        let word = match &arg.value.kind {
            Ast::Name(word) => word.text.as_str(),
            _ => "",
        };
        match arg.name.as_ref().map(|name| name.text.as_str()) {
            Some("transition") => {
                let known = Transition::ALL.iter().find(|(_, name, _)| *name == word);
                match known {
                    Some(&(kind, ..)) => asked.transition = Some((kind, span)),
                    None => return self.one_of("transition", "exact, euler, linearised", span),
                }
            }
            Some("trace") => match word {
                "exact" => asked.trace = Some((Trace::Exact, span)),
                "hutchinson" => asked.trace = Some((Trace::Hutchinson, span)),
                _ => return self.one_of("trace", "exact, hutchinson", span),
            },
            Some("space") if asked.priors => match word {
                "constrained" => asked.jacobian = false,
                "unconstrained" => asked.jacobian = true,
                _ => return self.one_of("space", "constrained, unconstrained", span),
            },
            _ => {
                let words = "transition = …, trace = …; of `map` also space = …".to_owned();
                let key = "objective".to_owned();
                self.report(SettingError::Word { key, words, span, similar: None });
                return None;
            }
        }
        Some(())
    }

    fn one_of(&mut self, key: &str, words: &str, span: Span) -> Option<()> {
        let (key, words) = (key.to_owned(), words.to_owned());
        self.report(SettingError::Word { key, words, span, similar: None });
        None
    }

    fn report_objective(&mut self, span: Span, similar: Option<String>) {
        let words =
            "mle, map, laplace, elbo, particle, or an `objective` of the program".to_owned();
        let key = "objective".to_owned();
        self.report(SettingError::Word { key, words, span, similar });
    }

    /// Laws along the solution of an equation without noise.
    fn solved(&mut self, model: &Model, asked: &Asked) -> Option<Evidence> {
        if let Some(init) = model.inits.iter().find(|init| init.draw.is_some()) {
            self.unbuilt("the likelihood of a model whose start is drawn", init.span);
            return None;
        }
        self.refuse_options(asked.transition.map(|(_, span)| span), "has no noise")?;
        self.refuse_options(asked.trace.map(|(_, span)| span), "observes nothing without error")?;
        for seen in &model.observations {
            if matches!(seen.observed, Observed::Law { log_prob: None, .. }) {
                self.unbuilt("the density of this law", seen.span);
                return None;
            }
        }
        Some(Evidence::Solved)
    }

    /// An argument of the objective that says nothing of this model.
    fn refuse_options(&mut self, setting: Option<Span>, why: &'static str) -> Option<()> {
        let Some(setting) = setting else { return Some(()) };
        self.report(InferenceError::NoUse { setting, why });
        None
    }

    fn flow(&mut self, model: &Model, asked: &Asked) -> Option<Evidence> {
        self.refuse_options(asked.transition.map(|(_, span)| span), "has no noise")?;
        let seen = &model.observations[0];
        let span = seen.span;
        let Observed::Exactly(value) = &seen.observed else { return None };
        if seen.at.is_none() {
            self.report(InferenceError::NoRandomness { span });
            return None;
        }
        if seen.maybe {
            self.unbuilt("a flow of values that may be missing", span);
            return None;
        }
        let undrawn = model.inits.iter().find(|init| init.draw.is_none());
        if let Some(init) = undrawn {
            self.report(InferenceError::FixedStart { start: init.span, span });
            return None;
        }
        if let Some(init) = model.inits.iter().find(|init| init.log_density.is_none()) {
            self.unbuilt("the density of this law", init.span);
            return None;
        }
        let is_state = matches!(value.kind, ExprKind::Local(l) if l == model.states[0].local);
        if model.states.len() != 1 || model.observations.len() != 1 || !is_state {
            self.unbuilt("a flow that is not observed as the model's only state", span);
            return None;
        }
        Some(Evidence::Flow { trace: asked.trace.map_or(Trace::Exact, |(trace, _)| trace) })
    }

    fn transition(&mut self, model: &Model, asked: &Asked) -> Option<Evidence> {
        let states = self.states_shown(model)?;
        let lawless = |init: &&sdec_hir::Init| init.draw.is_some() && init.log_density.is_none();
        if let Some(init) = model.inits.iter().find(lawless) {
            self.unbuilt("the density of this law", init.span);
            return None;
        }
        let bent = model.equations.iter().find(|equation| {
            let drift = &equation.drift;
            degree(&self.hir, model, drift) > 1 || reads_time(&self.hir, model, drift)
        });
        let timed = model.equations.iter().filter_map(|equation| equation.diffusion.as_ref());
        let timed = timed.into_iter().find(|expr| reads_time(&self.hir, model, expr));
        let free = model.class == NoiseClass::Additive && timed.is_none();
        let kind = match asked.transition {
            Some((Transition::Exact, setting)) => {
                let name = model.name.clone();
                if let Some(equation) = bent {
                    // Which of several states bends it is not known.
                    let state = match model.equations.len() {
                        1 => self.hir.locals[equation.state].name.clone(),
                        _ => "the states".to_owned(),
                    };
                    let drift = equation.drift.span;
                    let error = InferenceError::NotLinear { model: name, drift, state, setting };
                    self.report(error);
                    return None;
                }
                if !free {
                    let span = timed.map(|expr| expr.span);
                    let reason = model.class_reason.first().map(|(_, span)| *span);
                    let diffusion = span.or(reason).unwrap_or(model.span);
                    self.report(InferenceError::NotFree { model: name, diffusion, setting });
                    return None;
                }
                Transition::Exact
            }
            Some((kind, _)) => kind,
            None if bent.is_none() && free => Transition::Exact,
            None => Transition::Euler,
        };
        if let (Transition::Linearised, false, Some((_, setting))) = (kind, free, asked.transition)
        {
            let diffusion = model.class_reason.first().map_or(model.span, |(_, span)| *span);
            let name = model.name.clone();
            self.report(InferenceError::NotFree { model: name, diffusion, setting });
            return None;
        }
        let density = self.density(kind, model)?;
        let start = model.inits.iter().any(|init| init.draw.is_some());
        let is_asked = start || states.len() > 1;
        let partial = if is_asked { Some(self.partial(kind, model)?) } else { None };
        let is_normal = matches!(partial, Some(Partial::Filter(Filter { start: Some(_), .. })));
        if let Some(init) = model.joint_start().filter(|_| !is_normal) {
            self.unbuilt("the density of a start that another drawn start is part of", init.span);
            return None;
        }
        Some(Evidence::Transition { kind, density, states, start, partial })
    }

    /// What becomes of states that are seen in part: laws stay normal where the equation is affine in the
    /// states and its noise free of them.
    fn partial(&mut self, kind: Transition, model: &Model) -> Option<Partial> {
        let bent = |expr: &sdec_hir::Expr| degree(&self.hir, model, expr) > 1;
        let drift = model.equations.iter().map(|equation| &equation.drift).find(|expr| bent(expr));
        if let Some(drift) = drift {
            return Some(Partial::Bent(drift.span, Bend::Drift));
        }
        if model.class != NoiseClass::Additive {
            let span = model.class_reason.first().map_or(model.span, |(_, span)| *span);
            return Some(Partial::Bent(span, Bend::Diffusion));
        }
        let timed = model.equations.iter().map(|equation| &equation.drift);
        let timed = timed.into_iter().find(|drift| reads_time(&self.hir, model, drift));
        let step = match (kind, timed) {
            (Transition::Euler, _) => "filter_euler",
            (Transition::Exact | Transition::Linearised, None) => "filter_exact",
            (Transition::Exact | Transition::Linearised, Some(drift)) => {
                return Some(Partial::Bent(drift.span, Bend::Time));
            }
        };
        let is_normal = model.inits.iter().all(|init| is_normal(&self.hir, model, init));
        let step = self.library_function(step)?;
        let start = if is_normal { Some(self.library_function("filter_start")?) } else { None };
        Some(Partial::Filter(Filter { step, start }))
    }

    /// The library's function of a density.
    fn density(&mut self, kind: Transition, model: &Model) -> Option<DefId> {
        let name = Transition::ALL.iter().find(|(known, ..)| *known == kind)?.2;
        let number = |state: &sdec_hir::State| self.hir.locals[state.local].ty == Ty::Float;
        let one = kind == Transition::Exact && matches!(model.states.as_slice(), [s] if number(s));
        let name = if one { format!("{name}_one") } else { name.to_owned() };
        self.library_function(&name)
    }

    fn library_function(&mut self, name: &str) -> Option<DefId> {
        let (index, _) = self.library.get(name)?;
        match self.demand(ItemRef { side: Side::Library, index }, None) {
            Declared::Def(def) => Some(def),
            _ => None,
        }
    }

    /// For each state the observation that shows it: all of them are needed.
    fn states_shown(&mut self, model: &Model) -> Option<Vec<usize>> {
        for seen in &model.observations {
            if let Some(at) = &seen.at {
                self.unbuilt("the density of a stochastic equation at one time", at.span);
                return None;
            }
            let state = |value: &sdec_hir::Expr| match value.kind {
                ExprKind::Local(local) => model.states.iter().any(|state| state.local == local),
                _ => false,
            };
            if !matches!(&seen.observed, Observed::Exactly(value) if state(value)) {
                self.unbuilt("an observation of more or less than a state", seen.span);
                return None;
            }
        }
        let mut shown = Vec::new();
        for state in &model.states {
            let shows = |seen: &sdec_hir::Observation| {
                matches!(&seen.observed, Observed::Exactly(value)
                    if matches!(value.kind, ExprKind::Local(local) if local == state.local))
            };
            match model.observations.iter().position(shows) {
                Some(place) => shown.push(place),
                None => {
                    let local = &self.hir.locals[state.local];
                    let (name, declared) = (local.name.clone(), local.span);
                    let span = model.observations[0].span;
                    self.report(InferenceError::Hidden { name, declared, span });
                    return None;
                }
            }
        }
        Some(shown)
    }
}
