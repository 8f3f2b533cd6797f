//! Whether an estimate can be differentiated as it asks.
//!
//! Every value has a class with respect to a parameter: smooth, continuous with kinks, discontinuous,
//! or flat. Along a path, a first derivative needs a value without jumps, a second one a value without
//! kinks. A likelihood ratio keeps the path fixed, so that only what the parameter moves beside the
//! path must be continuous; it needs the density of a step instead. A score does the same with the
//! states that are drawn at the start.

mod affine;
mod boundary;
mod class;
mod reader;
mod written;

use std::collections::BTreeSet;

use sdec_base::Span;
use sdec_grammar::ast;
use sdec_hir::{
    Estimate, Estimator, Expr, ExprKind, Gradient, LocalId, Method, MethodId, Model, Program, Wrt,
};

use crate::checker::Checker;
use crate::error::{Law, SmoothError};
use crate::law_table::{Form, LAWS};
use crate::settings::usual_method;
pub(crate) use class::{Class, Flaw, What};
use reader::Reader;
pub(crate) use written::step_at;
use written::{kink_smoothed, step_smoothed};

/// Where a function of the time jumps, if it does.
pub(crate) fn jump_in_time(program: &Program, model: &Model, path: &Expr) -> Option<Flaw> {
    let none = Wrt { local: model.time, fields: Vec::new(), span: path.span };
    let mut reader = Reader::new(program, model, &none, model.span.source);
    reader.class_of_value(path).jump
}

/// What of an estimate depends on a parameter.
struct Found {
    /// The value, along a path.
    value: Class,
    /// The value, the path fixed.
    fixed: Class,
    /// The density of the path, or of what is drawn at the start.
    law: Class,
    /// A jump in an equation or an initial value.
    dynamics: Option<Flaw>,
}

impl<'a> Checker<'a> {
    /// Refuses derivatives that would be wrong, and decides which of them a likelihood ratio takes
    /// along the path. `written` is the setting `value`; `all` says that the user named no parameter.
    pub(crate) fn check_smooth(
        &mut self,
        estimate: &mut Estimate,
        written: Option<&'a ast::Body>,
        estimator: Option<Span>,
        all: bool,
    ) {
        let model = self.hir.models[estimate.model].clone();
        let mut said = BTreeSet::new();
        if let (Estimator::LikelihoodRatio { .. }, Some(at)) = (estimate.estimator, estimator)
            && !self.has_density(&model, estimate, at)
        {
            return;
        }
        if estimate.estimator == Estimator::Score
            && let Some(span) = estimator
            && model.inits.iter().all(|init| init.log_density.is_none())
        {
            let (model, declared) = (model.name.clone(), model.span);
            self.report(SmoothError::NothingDrawn { model, declared, span });
            return;
        }
        if let Some((gradient @ (Gradient::Adjoint | Gradient::Reversible), at)) =
            estimate.settings.gradient
        {
            let by = format!("by `gradient = {}`", gradient.name());
            if !estimate.second.is_empty() {
                self.unbuilt(format!("a second derivative {by}"), at);
                return;
            }
            if matches!(estimate.estimator, Estimator::LikelihoodRatio { .. }) {
                self.unbuilt(format!("a likelihood ratio {by}"), at);
                return;
            }
        }
        let wrt = estimate.wrt.clone();
        for entry in &wrt {
            let found = self.classes(&model, estimate, entry);
            self.check_first(estimate, entry, &found, written, all, &mut said);
        }
        let mut continuous = true;
        for k in 0..estimate.second.len() {
            let by = estimate.second[k].by.clone();
            let found = by.each_ref().map(|entry| self.classes(&model, estimate, entry));
            continuous &= found.iter().all(|found| found.value.jump.is_none());
            self.check_second(estimate, &by, &found, written, &mut said);
            // The derivative of the law comes second, and must not move a kink.
            estimate.second[k].inner = usize::from(found[1].fixed.kink.is_some());
        }
        if let Estimator::LikelihoodRatio { continuous: known } = &mut estimate.estimator {
            *known = continuous;
        }
    }

    fn check_first(
        &mut self,
        estimate: &Estimate,
        entry: &Wrt,
        found: &Found,
        written: Option<&'a ast::Body>,
        all: bool,
        said: &mut BTreeSet<Span>,
    ) {
        let name = self.name_of(entry);
        let estimator = estimate.estimator;
        let value = match estimator {
            Estimator::Pathwise | Estimator::Score => &found.value,
            Estimator::LikelihoodRatio { .. } => &found.fixed,
        };
        if estimator == Estimator::Score
            && let Some(flaw) = &found.law.jump
        {
            if said.insert(flaw.span) {
                self.report(SmoothError::MovingSupport { at: flaw.span, name, by: entry.span });
            }
        } else if !(value.depends() || estimator != Estimator::Pathwise && found.law.depends()) {
            if !all {
                let (estimate, span) = (estimate.name.clone(), entry.span);
                self.report(SmoothError::NoEffect { name, estimate, span });
            }
        } else if let Some(flaw) = &value.jump {
            if said.insert(flaw.span) {
                let smoothed = written.and_then(|body| step_smoothed(body, flaw.span));
                let (flaw, by) = (flaw.clone(), entry.span);
                let flat = value.is_flat() && matches!(flaw.what, What::Flat | What::Lookup);
                let law = self.other_law(estimate);
                self.report(SmoothError::Jump { flaw, name, by, flat, estimator, law, smoothed });
            }
        } else if let Some(flaw) = &found.dynamics
            && said.insert(flaw.span)
        {
            let (flaw, by) = (flaw.clone(), entry.span);
            match drawn_count(&flaw) {
                Some(law) => self.report(SmoothError::Discrete { law, name, by, span: flaw.span }),
                None => self.report(SmoothError::MovingSwitch { flaw, name }),
            }
        }
    }

    fn check_second(
        &mut self,
        estimate: &Estimate,
        pair: &[Wrt; 2],
        found: &[Found; 2],
        written: Option<&'a ast::Body>,
        said: &mut BTreeSet<Span>,
    ) {
        let [a, b] = found;
        let estimator = estimate.estimator;
        let likelihood = matches!(estimator, Estimator::LikelihoodRatio { .. });
        let law = self.other_law(estimate);
        let class = |found: &Found| match likelihood {
            true => found.fixed.clone(),
            false => found.value.clone(),
        };
        let kinks = |found: &Found| match estimator {
            Estimator::Pathwise => found.value.kink.clone(),
            // With a likelihood ratio one of the two derivatives is always one of the law.
            Estimator::LikelihoodRatio { .. } | Estimator::Score => {
                class(found).kink.or(found.law.kink.clone())
            }
        };
        let flaw = kinks(a).and(kinks(b));
        let support = |found: &Found| {
            let of_start = (estimator == Estimator::Score).then(|| found.law.jump.clone());
            of_start.flatten()
        };
        let jumps = |found: &Found| class(found).jump;
        let by = pair[0].span.to(pair[1].span);
        let names = pair.each_ref().map(|entry| self.name_of(entry));
        for (found, name) in found.iter().zip(&names) {
            if let Some(flaw) = support(found) {
                if said.insert(flaw.span) {
                    let name = name.clone();
                    self.report(SmoothError::MovingSupport { at: flaw.span, name, by });
                }
                return;
            }
        }
        let jump = jumps(a).map(|flaw| (flaw, 0)).or(jumps(b).map(|flaw| (flaw, 1)));
        if let Some((flaw, k)) = jump {
            if said.insert(flaw.span) {
                let smoothed = written.and_then(|body| step_smoothed(body, flaw.span));
                let [x, y] = names;
                let name = if k == 0 { x } else { y };
                self.report(SmoothError::Jump {
                    flaw,
                    name,
                    by,
                    flat: false,
                    estimator,
                    law,
                    smoothed,
                });
            }
        } else if let Some(flaw) = flaw
            && said.insert(flaw.span)
        {
            let smoothed = written.and_then(|body| kink_smoothed(body, flaw.span));
            self.report(SmoothError::SecondOfKink { flaw, names, by, estimator, law, smoothed });
        }
    }

    /// The classes of an estimate with respect to a parameter.
    fn classes<'p>(&'p self, model: &'p Model, estimate: &'p Estimate, wrt: &'p Wrt) -> Found {
        let source = model.span.source;
        let program = &self.hir;
        let mut path = Reader::new(program, model, wrt, source);
        let is_score = estimate.estimator == Estimator::Score;
        let method = estimate.settings.solver.as_ref().map(|solver| solver.method);
        path.method = method;
        let sloped = takes_slope(program, model, method);
        let dynamics = follow(&mut path, [is_score, sloped], |_| true);
        let value = path.class(&estimate.value);
        let dynamics = dynamics.or(path.switch.take());
        let noisy = |state: LocalId| {
            model.equations.iter().any(|eq| eq.state == state && eq.diffusion.is_some())
        };
        let mut fixed = Reader::new(program, model, wrt, source);
        fixed.method = method;
        let switch = follow(&mut fixed, [false, sloped], |state| !noisy(state));
        let terms: Vec<&'p Expr> = model
            .equations
            .iter()
            .filter(|equation| noisy(equation.state))
            .flat_map(|equation| [Some(&equation.drift), equation.diffusion.as_ref()])
            .flatten()
            .collect();
        let read = |reader: &mut Reader<'p>| {
            terms.iter().fold(Class::default(), |all, term| all.with(reader.class(term)))
        };
        let moves = read(&mut fixed).depends();
        // After the first step a state with noise is what the noise made it.
        for state in model.states.iter().map(|state| state.local).filter(|&state| noisy(state)) {
            fixed.set_state(state, Class::default());
        }
        let law = Class { moves, ..read(&mut fixed) };
        let fixed = fixed.class(&estimate.value);
        let law = if is_score { law_of_start(program, model, wrt) } else { law };
        let dynamics = match estimate.estimator {
            Estimator::Pathwise | Estimator::Score => dynamics,
            Estimator::LikelihoodRatio { .. } => switch.or(law.jump.clone()),
        };
        Found { value, fixed, law, dynamics }
    }

    /// The law of the paths, that of their start if nothing else is drawn; none where other paths are drawn beside
    /// them.
    fn other_law(&self, estimate: &Estimate) -> Option<Law> {
        let model = &self.hir.models[estimate.model];
        let draws_start = model.inits.iter().any(|init| init.log_density.is_some());
        match estimate.value.drawn_paths().as_slice() {
            [] if model.noises.is_empty() && draws_start => Some(Law::OfStart),
            [] => Some(Law::OfPaths),
            [_, ..] => None,
        }
    }

    /// Whether a step has a density that a likelihood ratio can use; says why not.
    fn has_density(&mut self, model: &Model, estimate: &Estimate, span: Span) -> bool {
        let name = model.name.clone();
        if model.noises.is_empty() {
            self.report(SmoothError::NoNoise { model: name, declared: model.span, span });
            return false;
        }
        if let Some((why, at)) = model.unpaired.clone() {
            self.report(SmoothError::Unpaired { why, at, span });
            return false;
        }
        let method = match &estimate.settings.solver {
            Some(solver) => Some((solver.method, solver.span)),
            None => {
                let name = usual_method(model);
                let mut methods = self.hir.methods.iter();
                methods.find(|(_, method)| method.name == name).map(|(id, _)| (id, span))
            }
        };
        let has_density = |method: &Method| {
            let step = method.step(model.class).filter(|_| method.start.is_none());
            step.is_some_and(|step| affine::is_affine(&self.hir, step))
        };
        if let Some((method, at)) = method
            && !has_density(&self.hir.methods[method])
        {
            let method = self.hir.methods[method].name.clone();
            self.report(SmoothError::NoDensity { method, at, span });
            return false;
        }
        true
    }
}

/// Whether a step takes the derivative of the diffusion: because the method is of the other convention,
/// or by itself.
fn takes_slope(program: &Program, model: &Model, method: Option<MethodId>) -> bool {
    let method = match method {
        Some(method) => Some(&program.methods[method]),
        None => {
            let name = usual_method(model);
            program.methods.values().find(|method| method.name == name)
        }
    };
    method.is_some_and(|method| {
        let mut derived = false;
        if let Some(step) = method.step(model.class) {
            program.defs[step].body.walk(&mut |expr| {
                derived |= matches!(expr.kind, ExprKind::Derivative(..));
            });
        }
        derived || method.converts(model.convention, model.class)
    })
}

/// The class of the density of what is drawn at the start, which is fixed.
fn law_of_start(program: &Program, model: &Model, wrt: &Wrt) -> Class {
    let mut reader = Reader::new(program, model, wrt, model.span.source);
    let mut law = Class::default();
    for init in &model.inits {
        match &init.log_density {
            None => {
                let class = reader.class(&init.value).joined_up();
                reader.set_state(init.state, class);
            }
            Some(density) => {
                reader.set_state(init.state, Class::default());
                law = law.with(reader.class(density));
            }
        }
    }
    law
}

/// The law of whole numbers whose draw makes a jump.
fn drawn_count(flaw: &Flaw) -> Option<&'static str> {
    let prefix = flaw.name.strip_suffix("_draw")?;
    let counts = LAWS.iter().filter(|law| law.form == Form::Count);
    counts.filter(|law| law.prefix == prefix).map(|law| law.name).next()
}

/// Finds the classes of the states for which `moves` holds from initial values and equations; the others
/// have those of their initial values. Where the start is fixed, what is drawn there has none; where steps take the
/// slope of the diffusion, its kinks are jumps. Gives the first jump in what moves them, which is not counted
/// as a jump of theirs.
fn follow(
    reader: &mut Reader<'_>,
    [start_fixed, sloped]: [bool; 2],
    moves: impl Fn(LocalId) -> bool,
) -> Option<Flaw> {
    let mut switch = None;
    let model = reader.model;
    for init in &model.inits {
        if start_fixed && init.log_density.is_some() {
            reader.set_state(init.state, Class::default());
            continue;
        }
        let class = reader.class(&init.value);
        switch = switch.or(class.jump.clone().filter(|_| class.moves));
        reader.set_state(init.state, class.joined_up());
    }
    loop {
        let mut changed = false;
        for equation in model.equations.iter().filter(|equation| moves(equation.state)) {
            let mut class = reader.class(&equation.drift);
            if let Some(diffusion) = &equation.diffusion {
                let own = reader.class(diffusion);
                class = if sloped { class.with(own.clone().differentiated()) } else { class };
                class = class.with(own);
            }
            if let Some(jumps) = &equation.jumps {
                class = class.with(reader.class(jumps));
            }
            // What decides in an equation moves the path, whatever the branches.
            switch = switch.or(class.jump.clone());
            class.moves |= class.jump.is_some();
            let known = reader.states.get(&equation.state).cloned().unwrap_or_default();
            let next = known.clone().with(class.joined_up());
            if next != known {
                reader.set_state(equation.state, next);
                changed = true;
            }
        }
        if !changed {
            return switch;
        }
    }
}
