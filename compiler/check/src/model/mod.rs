//! Models: their names, their clauses in any order, and rules M1, M4 and M5.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

mod clauses;
mod declare;
mod diffusion;
mod entries;
mod equation;
mod impulse;
mod jump;
mod path;
mod state;
mod values;

pub(crate) use declare::NOISES;
pub(crate) use values::allows;

use std::collections::BTreeMap;

use sdec_base::Span;
use sdec_grammar::ast::{self, Clause, ClauseKind, Name};
use sdec_hir::{
    BlockKind, Equation, Expr, ExprKind, Impulse, IndexSet, LocalId, LocalKind, Model, ModelLet,
    Observed, Size, SizeVarId, Ty,
};

use crate::checker::Checker;
use crate::error::{ModelError, NameError};
use crate::items::{Declared, Status, pattern_names};
use crate::scope::Meaning;

/// The model whose clauses are being checked.
#[derive(Clone, Debug, Default)]
pub(crate) struct ModelScope<'a> {
    /// Names of the model itself: those beyond are local to a clause.
    pub(crate) depth: usize,
    /// Its clauses, and how far the lets and functions among them are.
    pub(crate) clauses: Vec<(&'a Clause, Option<Status>)>,
    /// Checked lets, each after those that it reads.
    pub(crate) lets: Vec<ModelLet>,
    /// Noises by name.
    pub(crate) noises: BTreeMap<&'a str, LocalId>,
    /// Noises that jump, by name.
    pub(crate) jumps: BTreeMap<&'a str, LocalId>,
    /// What is drawn at jumps of the noise with this name: the mark's name, its place and its local.
    pub(crate) marks: Vec<(&'a str, &'a Name, LocalId)>,
    /// Where a posterior's header ends, and whether it is given something.
    pub(crate) header: Option<(Span, bool)>,
    /// What a posterior is given, which changes with the row of data.
    pub(crate) given: Vec<LocalId>,
    /// Whether these are the clauses of a posterior, whose noise terms are its prior's.
    pub(crate) prior: bool,
    /// The clauses of the model that a posterior is of.
    pub(crate) prior_clauses: Vec<&'a Clause>,
    /// Paths that stay where they are but at the times of these series.
    pub(crate) jumping: BTreeMap<LocalId, Vec<Expr>>,
    /// Other paths that jump, and where.
    pub(crate) torn: BTreeMap<LocalId, crate::smooth::Flaw>,
    /// Inputs whose differentials move states at times of their own.
    pub(crate) impulses: Vec<Impulse>,
    /// The input of events whose mark can be read.
    pub(crate) at_event: Option<LocalId>,
    /// Equations that have been checked, by state.
    pub(crate) equations: BTreeMap<LocalId, Equation>,
    /// How many operations differentials of states have stood for.
    pub(crate) expanded: usize,
    /// Names of noises that were refused.
    pub(crate) refused: Vec<&'a str>,
    /// Its name.
    pub(crate) name: &'a str,
    /// What it observes.
    pub(crate) observed: Vec<&'a Name>,
    /// Initial values that have been checked.
    pub(crate) initial: BTreeMap<LocalId, Expr>,
    /// The state whose initial value is being checked.
    pub(crate) starting: Option<LocalId>,
    /// Constraints of parameters, inputs and states.
    pub(crate) constraints: crate::sign::Constraints,
    /// States by name.
    pub(crate) states: BTreeMap<&'a str, LocalId>,
}

/// Names that mean times and cannot be declared.
const TIMES: [&str; 3] = ["t", "t0", "t1"];

impl<'a> ModelScope<'a> {
    /// Its clauses as written.
    pub(crate) fn clauses(&self) -> impl Iterator<Item = &'a Clause> + use<'a, '_> {
        self.clauses.iter().map(|(clause, _)| *clause)
    }
}

impl<'a> Checker<'a> {
    /// Checks a model.
    pub(crate) fn check_model(&mut self, model: &'a ast::Model) -> Declared {
        if let Some(base) = &model.base {
            self.unbuilt("`model … of`", base.span);
            return Declared::Failed;
        }
        let sizes = self.model_sizes(&model.params);
        let clauses: Vec<&'a Clause> = model.clauses.iter().collect();
        self.report_repeated_names(&model.params, &clauses);
        let time = self.new_local("t", model.name.span, Ty::Float, LocalKind::Time);
        self.here.scope.bind("t", Meaning::Local(time), model.name.span);
        let ends = ["t0", "t1"].map(|name| {
            let end = self.new_local(name, model.name.span, Ty::Float, LocalKind::End);
            self.here.scope.bind(name, Meaning::Local(end), model.name.span);
            end
        });
        let observed = model.clauses.iter().filter_map(|clause| match &clause.kind {
            ClauseKind::Observe { name, .. } => Some(name),
            _ => None,
        });
        let observed = observed.collect();
        self.here.model =
            Some(ModelScope { name: &model.name.text, observed, ..ModelScope::default() });
        let mut built = Model {
            name: model.name.text.clone(),
            span: model.name.span,
            sizes,
            time,
            ends,
            params: Vec::new(),
            inputs: Vec::new(),
            states: Vec::new(),
            noises: Vec::new(),
            lets: Vec::new(),
            inits: Vec::new(),
            equations: Vec::new(),
            observations: Vec::new(),
            jumps: Vec::new(),
            impulses: Vec::new(),
            unbuilt: None,
            class: sdec_hir::NoiseClass::None,
            class_reason: Vec::new(),
            unpaired: None,
            convention: None,
        };
        self.declare_clauses(&model.clauses, &mut built);
        let depth = self.here.scope.depth();
        self.scope_of_model().depth = depth;
        self.check_values(&model.clauses, &mut built);
        self.check_lets(&model.clauses);
        self.check_jumps(&model.clauses, &mut built);
        self.check_inits(&model.clauses, &mut built);
        self.find_jumping_paths(&built);
        let terms = self.check_equations(&model.clauses, &mut built);
        built.impulses = std::mem::take(&mut self.scope_of_model().impulses);
        self.check_observations(&model.clauses, &mut built);
        self.warn_of_idle_events(&built);
        self.settle();
        self.finish_model(&mut built);
        self.check_parameter_stages(&built);
        self.check_conventions(&mut built);
        self.classify(&mut built, &terms);
        if self.failing() {
            return Declared::Failed;
        }
        let id = self.hir.models.push(built);
        self.models.insert(id, terms);
        Declared::Model(id)
    }

    pub(crate) fn scope_of_model(&mut self) -> &mut ModelScope<'a> {
        self.here.model.as_mut().expect("a model is being checked")
    }

    pub(crate) fn model_sizes(
        &mut self,
        params: &'a [ast::SizeParam],
    ) -> Vec<(SizeVarId, Option<Size>)> {
        let mut sizes = Vec::new();
        for param in params {
            let default = param.default.as_ref().map(|ty| self.size(ty));
            sizes.push((self.bind_size(&param.name, None), default));
        }
        sizes
    }

    /// One name space for everything that a model declares.
    pub(crate) fn report_repeated_names(
        &mut self,
        params: &'a [ast::SizeParam],
        all: &[&'a Clause],
    ) {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        let sizes = params.iter().map(|param| &param.name);
        let clauses = all.iter().flat_map(|clause| clause_names(clause));
        let mut states: Vec<&Name> = Vec::new();
        for clause in all {
            if let ClauseKind::State { names, .. } = &clause.kind {
                states.extend(names);
            }
        }
        for name in sizes.chain(clauses) {
            if TIMES.contains(&name.text.as_str()) {
                self.report(ModelError::TimeName { name: name.text.clone(), span: name.span });
            }
            if let Some(first) = seen.insert(&name.text, name.span) {
                let second = name.span;
                self.report(NameError::Duplicate { name: name.text.clone(), first, second });
            }
            let equation = name.text.strip_prefix('d');
            if let Some(state) = states.iter().find(|state| Some(state.text.as_str()) == equation) {
                let (state, declared) = (state.text.clone(), state.span);
                self.report(NameError::EquationName { state, declared, span: name.span });
            }
        }
    }

    /// Final types everywhere, and stages of the lets.
    pub(crate) fn finish_model(&mut self, built: &mut Model) {
        let lets = std::mem::take(&mut self.scope_of_model().lets);
        built.lets.extend(lets);
        let mut stages = crate::stage::Stages::default();
        for &given in &self.scope_of_model().given {
            stages.bind(&sdec_hir::Pattern::Bind(given), sdec_hir::Stage::Row);
        }
        for stmt in &mut built.lets {
            self.finish(&mut stmt.value);
            stmt.stage = stages.of(&stmt.value, &self.hir);
            stages.bind(&stmt.pattern, stmt.stage);
        }
        for param in &mut built.params {
            param.init.iter_mut().for_each(|value| self.finish(value));
        }
        for input in &mut built.inputs {
            input.default.iter_mut().for_each(|value| self.finish(value));
        }
        for param in &mut built.params {
            param.prior.iter_mut().for_each(|prior| self.finish(prior));
        }
        for init in &mut built.inits {
            self.finish(&mut init.value);
            init.log_density.iter_mut().for_each(|value| self.finish(value));
        }
        for seen in &mut built.observations {
            seen.at.iter_mut().for_each(|at| self.finish(at));
            seen.ty = self.unifier.ty(&seen.ty);
            match &mut seen.observed {
                Observed::Law { log_prob, spread, draw, .. } => {
                    draw.iter_mut().for_each(|draw| self.finish(&mut draw.value));
                    log_prob.iter_mut().for_each(|density| self.finish(density));
                    if let Some(spread) = spread {
                        self.finish(&mut spread.quantile);
                        self.finish(&mut spread.below);
                    }
                }
                Observed::Exactly(value) => self.finish(value),
            }
        }
        for impulse in &mut built.impulses {
            impulse.times.iter_mut().for_each(|times| self.finish(times));
        }
        for jump in &mut built.jumps {
            self.finish(&mut jump.rate);
            jump.bound.iter_mut().for_each(|bound| self.finish(bound));
        }
        for equation in &mut built.equations {
            self.finish(&mut equation.drift);
            let sides = equation.diffusion.iter_mut().chain(&mut equation.jumps);
            sides.for_each(|value| self.finish(value));
        }
    }

    /// All noises of a model follow one convention.
    fn check_conventions(&mut self, built: &mut Model) {
        built.convention = built.noises.first().map(|noise| noise.convention);
        let other = built.noises.iter().find(|noise| Some(noise.convention) != built.convention);
        if let (Some(first), Some(other)) = (built.noises.first(), other) {
            let (first, second) = (first.span, other.span);
            self.report(ModelError::TwoConventions { first, second });
        }
    }

    /// Parameters that neither their model nor an estimate reads. Called when all commands are known.
    pub(crate) fn warn_of_unused(&mut self) {
        let mut read = self.used.clone();
        for block in &self.hir.blocks {
            if let BlockKind::Estimate(estimate) = &block.kind {
                let second = estimate.second.iter().flat_map(|pair| &pair.by);
                read.extend(estimate.wrt.iter().chain(second).map(|wrt| wrt.local));
                estimate.value.walk(&mut |expr| {
                    if let ExprKind::Local(local) = expr.kind {
                        read.insert(local);
                    }
                });
            }
        }
        let own = self.hir.posteriors.iter().flat_map(|q| &q.law.params[q.own[1]..]);
        let params = self.hir.models.values().flat_map(|model| &model.params).chain(own);
        let params: Vec<_> = params.chain(&self.hir.shared).map(|param| param.local).collect();
        for param in params {
            let local = &self.hir.locals[param];
            if !read.contains(&param) && !local.name.starts_with('_') {
                let (name, span) = (local.name.clone(), local.span);
                self.report(ModelError::UnusedParameter { name, span });
            }
        }
    }
}

/// The names that a clause declares.
pub(crate) fn clause_names(clause: &Clause) -> Vec<&Name> {
    match &clause.kind {
        ClauseKind::Param(param) => param.names.iter().collect(),
        ClauseKind::Let(stmt) => pattern_names(&stmt.pattern),
        ClauseKind::Def(def) => vec![&def.name],
        ClauseKind::Input { names, .. }
        | ClauseKind::State { names, .. }
        | ClauseKind::Noise { names, .. }
        | ClauseKind::NoiseLike { names, .. } => names.iter().collect(),
        ClauseKind::Mark { name, .. } => vec![name],
        ClauseKind::Init { .. }
        | ClauseKind::Next { .. }
        | ClauseKind::When { .. }
        | ClauseKind::Observe { .. }
        | ClauseKind::Equation { .. }
        | ClauseKind::Rate { .. }
        | ClauseKind::Transition { .. } => Vec::new(),
    }
}

/// The index set of a table, if it is one.
pub(crate) fn axis(ty: &Ty) -> Option<(&IndexSet, &Ty)> {
    match ty {
        Ty::Table(set, of) => Some((set, of)),
        _ => None,
    }
}
