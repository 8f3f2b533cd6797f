//! Models: their names, their clauses in any order, and rules M1, M4 and M5.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use std::collections::BTreeMap;

use sdec_base::Span;
use sdec_grammar::ast::{self, Clause, ClauseKind, Name};
use sdec_hir::{
    Constraint, Convention, DefId, Expr, IndexSet, Init, Input, LocalId, LocalKind, Model,
    ModelLet, Noise, Observation, Param, Size, SizeVarId, Stage, State, Ty,
};

use crate::checker::{Checker, node, wrong};
use crate::error::{MismatchError, ModelError, NameError};
use crate::infer::{Expected, Why, constant_number};
use crate::items::{Declared, Status, pattern_names};
use crate::scope::Meaning;

/// The model whose clauses are being checked.
#[derive(Clone, Debug, Default)]
pub(crate) struct ModelScope<'a> {
    /// Names of the model itself: those beyond are local to a clause.
    depth: usize,
    /// Its clauses, and how far the lets and functions among them are.
    clauses: Vec<(&'a Clause, Option<Status>)>,
    /// Checked lets, each after those that it reads.
    lets: Vec<ModelLet>,
    /// Noises by name.
    pub(crate) noises: BTreeMap<&'a str, LocalId>,
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
    /// States by name.
    pub(crate) states: BTreeMap<&'a str, LocalId>,
}

/// Names that mean times and cannot be declared.
const TIMES: [&str; 3] = ["t", "t0", "t1"];

impl<'a> Checker<'a> {
    /// Checks a model.
    pub(crate) fn check_model(&mut self, model: &'a ast::Model, span: Span) -> Declared {
        if let Some(base) = &model.base {
            self.unbuilt("`model … of`", base.span);
            return Declared::Failed;
        }
        let sizes = self.model_sizes(&model.params);
        self.report_repeated_names(model);
        let time = self.new_local("t", model.name.span, Ty::Float, LocalKind::Time);
        self.here.scope.bind("t", Meaning::Local(time), model.name.span);
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
            params: Vec::new(),
            inputs: Vec::new(),
            states: Vec::new(),
            noises: Vec::new(),
            lets: Vec::new(),
            inits: Vec::new(),
            equations: Vec::new(),
            observations: Vec::new(),
            class: sdec_hir::NoiseClass::None,
            class_reason: None,
            convention: None,
        };
        let _ = span;
        self.declare_clauses(&model.clauses, &mut built);
        let depth = self.here.scope.depth();
        self.scope_of_model().depth = depth;
        self.check_values(&model.clauses, &mut built);
        self.check_lets(&model.clauses);
        self.check_inits(&model.clauses, &mut built);
        let terms = self.check_equations(&model.clauses, &mut built);
        self.check_observations(&model.clauses, &mut built);
        self.settle();
        self.finish_model(&mut built);
        self.check_parameter_stages(&built);
        self.check_conventions(&mut built);
        self.classify(&mut built, &terms);
        self.warn_of_unused(&built);
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

    fn model_sizes(&mut self, params: &'a [ast::SizeParam]) -> Vec<(SizeVarId, Option<Size>)> {
        let mut sizes = Vec::new();
        for param in params {
            let default = param.default.as_ref().map(|ty| self.size(ty));
            sizes.push((self.bind_size(&param.name, None), default));
        }
        sizes
    }

    /// One name space for everything that a model declares.
    fn report_repeated_names(&mut self, model: &'a ast::Model) {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        let sizes = model.params.iter().map(|param| &param.name);
        let clauses = model.clauses.iter().flat_map(clause_names);
        let mut states: Vec<&Name> = Vec::new();
        for clause in &model.clauses {
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

    /// Types of everything, so that clauses may stand in any order.
    fn declare_clauses(&mut self, clauses: &'a [Clause], built: &mut Model) {
        for clause in clauses {
            match &clause.kind {
                ClauseKind::State { names, ty, during } => {
                    if let Some(during) = during {
                        self.unbuilt("`during`", during.span);
                    }
                    for (local, constraint) in self.declare(names, ty, LocalKind::State) {
                        built.states.push(State { local, constraint });
                    }
                }
                ClauseKind::Param(param) => {
                    if let Some(per) = &param.per {
                        self.unbuilt("a parameter `per` row", per.span);
                    }
                    for (local, constraint) in
                        self.declare(&param.names, &param.ty, LocalKind::Param)
                    {
                        built.params.push(Param { local, constraint, init: None, prior: None });
                    }
                }
                ClauseKind::Input { names, ty, .. } => {
                    for (local, constraint) in self.declare(names, ty, LocalKind::Input) {
                        built.inputs.push(Input { local, constraint, default: None });
                    }
                }
                _ => {}
            }
        }
        let states: Vec<LocalId> = built.states.iter().map(|state| state.local).collect();
        for clause in clauses {
            if let ClauseKind::State { names, .. } = &clause.kind {
                for name in names {
                    let found =
                        states.iter().find(|&&local| self.hir.locals[local].span == name.span);
                    let local = *found.expect("declared above");
                    self.scope_of_model().states.insert(&name.text, local);
                }
            }
        }
        for (k, clause) in clauses.iter().enumerate() {
            self.scope_of_model().clauses.push((clause, None));
            self.declare_rest(k, clause, built);
        }
    }

    /// Noises, and names of lets and functions.
    fn declare_rest(&mut self, k: usize, clause: &'a Clause, built: &mut Model) {
        match &clause.kind {
            ClauseKind::Let(stmt) => {
                for name in pattern_names(&stmt.pattern) {
                    self.here.scope.bind(&name.text, Meaning::Later(k), name.span);
                }
                self.scope_of_model().clauses[k].1 = Some(Status::Waiting);
            }
            ClauseKind::Def(def) => {
                self.here.scope.bind(&def.name.text, Meaning::Later(k), def.name.span);
                self.scope_of_model().clauses[k].1 = Some(Status::Waiting);
            }
            ClauseKind::Noise { names, ty } => self.declare_noises(names, ty, built),
            ClauseKind::NoiseLike { names, state } => self.declare_like(names, state, built),
            ClauseKind::Mark { name, .. } => {
                self.unbuilt("`mark`", clause.span);
                self.here.scope.bind(&name.text, Meaning::Failed, name.span);
            }
            ClauseKind::Next { .. } => self.unbuilt("`next`", clause.span),
            ClauseKind::When { .. } => self.unbuilt("`when`", clause.span),
            ClauseKind::Transition { .. } => self.unbuilt("an equation `~ Rates(…)`", clause.span),
            ClauseKind::Param(_)
            | ClauseKind::Input { .. }
            | ClauseKind::State { .. }
            | ClauseKind::Init { .. }
            | ClauseKind::Observe { .. }
            | ClauseKind::Equation { .. }
            | ClauseKind::Rate { .. } => {}
        }
    }

    /// Declares names of a type of numbers with a constraint.
    fn declare(
        &mut self,
        names: &'a [Name],
        written: &'a ast::Type,
        kind: LocalKind,
    ) -> Vec<(LocalId, Constraint)> {
        self.mixed_constraints = None;
        let (mut ty, constraint) = self.constrained(written);
        if let Some(span) = self.mixed_constraints.take() {
            self.unbuilt("a record whose fields have different constraints", span);
        }
        if !self.is_vector_space(&ty, written.span) {
            let found = self.show(&ty);
            if matches!(
                ty,
                Ty::Events | Ty::Series(_) | Ty::Function(..) | Ty::Class(_) | Ty::Ix(_)
            ) {
                self.unbuilt(format!("a declaration of type `{found}`"), written.span);
            } else {
                self.report(MismatchError::NoVectorSpace { found, span: written.span });
            }
            ty = Ty::Error;
        }
        let bind = |name: &'a Name| (self.bind_local(name, ty.clone(), kind), constraint.clone());
        names.iter().map(bind).collect()
    }

    fn declare_noises(&mut self, names: &'a [Name], ty: &'a ast::Type, built: &mut Model) {
        let Some((ty, convention)) = self.noise_type(ty) else {
            for name in names {
                self.scope_of_model().refused.push(&name.text);
                self.here.scope.bind(&name.text, Meaning::Failed, name.span);
            }
            return;
        };
        for name in names {
            self.declare_noise(name, ty.clone(), convention, built);
        }
    }

    fn declare_noise(&mut self, name: &'a Name, ty: Ty, convention: Convention, built: &mut Model) {
        let increment = self.new_local(&name.text, name.span, ty, LocalKind::Increment);
        self.here.scope.bind(&name.text, Meaning::Other("a noise"), name.span);
        self.scope_of_model().noises.insert(&name.text, increment);
        built.noises.push(Noise {
            increment,
            name: name.text.clone(),
            span: name.span,
            convention,
        });
    }

    fn declare_like(&mut self, names: &'a [Name], state: &'a Name, built: &mut Model) {
        let Some(&local) = self.scope_of_model().states.get(state.text.as_str()) else {
            let states: Vec<String> =
                self.scope_of_model().states.keys().map(|&name| name.to_owned()).collect();
            let (written, span) = (state.text.clone(), state.span);
            self.report(ModelError::NoState { written, span, states });
            for name in names {
                self.scope_of_model().refused.push(&name.text);
            }
            return;
        };
        let ty = self.hir.locals[local].ty.clone();
        for name in names {
            self.declare_noise(name, ty.clone(), Convention::Ito, built);
        }
    }

    /// The shape of a noise: `n => Brownian` is `n => Float`.
    fn noise_type(&mut self, ty: &'a ast::Type) -> Option<(Ty, Convention)> {
        use ast::TypeKind;
        match &ty.kind {
            TypeKind::Name(name) => match name.text.as_str() {
                "Brownian" => Some((Ty::Float, Convention::Ito)),
                "Stratonovich" => Some((Ty::Float, Convention::Stratonovich)),
                _ => {
                    self.report(ModelError::NoiseType {
                        written: name.text.clone(),
                        span: ty.span,
                    });
                    None
                }
            },
            TypeKind::Apply(name, _) if name.text == "Poisson" => {
                self.unbuilt("`Poisson` noise", ty.span);
                None
            }
            TypeKind::Table(set, of) => {
                let set = self.set(set);
                let (of, convention) = self.noise_type(of)?;
                Some((crate::checker::table(set, of), convention))
            }
            TypeKind::Tuple(parts) if parts.len() == 1 => self.noise_type(&parts[0]),
            TypeKind::Record(fields) => {
                let mut typed = Vec::new();
                let mut convention = None;
                for (name, ty) in fields {
                    let (ty, found) = self.noise_type(ty)?;
                    if convention.is_some_and(|convention| convention != found) {
                        self.unbuilt("a noise of two conventions", name.span);
                        return None;
                    }
                    convention = Some(found);
                    typed.push((name.text.clone(), ty));
                }
                Some((Ty::Record(typed), convention?))
            }
            TypeKind::Error => None,
            _ => {
                let written = crate::text::quote_type(ty);
                self.report(ModelError::NoiseType { written, span: ty.span });
                None
            }
        }
    }

    /// Start values of parameters and defaults of inputs.
    fn check_values(&mut self, clauses: &'a [Clause], built: &mut Model) {
        for clause in clauses {
            match &clause.kind {
                ClauseKind::Param(param) => {
                    let value = param
                        .init
                        .as_ref()
                        .and_then(|init| self.start_value(init, &param.names, &param.ty));
                    if let Some(prior) = &param.prior {
                        self.check_law_expr(prior);
                    }
                    for param in self.named(&param.names, built.params.iter_mut(), |p| p.local) {
                        param.init = value.clone();
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
        if self.is_random_initialiser(value) {
            self.unbuilt("a random initial value", value.span);
            return Some(wrong(value.span));
        }
        let what = format!("the value of `{}`", name.text);
        let why = Why::Clause { what, declared: written.span };
        let checked = self.check(value, &Expected::new(ty, why));
        let (_, constraint) = self.constrained_again(written);
        if let Some(number) = constant_number(value)
            && !allows(&constraint, number)
        {
            let error = ModelError::OutsideConstraint {
                name: name.text.clone(),
                constraint: crate::text::quote_type(written),
                declared: written.span,
                span: value.span,
            };
            self.report(error);
        }
        Some(checked)
    }

    /// The constraint of a type that has been checked; nothing is reported twice.
    fn constrained_again(&mut self, written: &'a ast::Type) -> (Ty, Constraint) {
        let before = self.diagnostics.len();
        let found = self.constrained(written);
        self.diagnostics.truncate(before);
        found
    }

    fn check_lets(&mut self, clauses: &'a [Clause]) {
        for (k, clause) in clauses.iter().enumerate() {
            match &clause.kind {
                ClauseKind::Let(stmt) => {
                    let name = pattern_names(&stmt.pattern).into_iter().next();
                    self.check_clause_of(k, name);
                }
                ClauseKind::Def(def) => self.check_clause_of(k, Some(&def.name)),
                _ => {}
            }
        }
    }

    /// Checks a let or function of the model where it is first named.
    pub(crate) fn check_clause(&mut self, k: usize, user: &'a Name) {
        self.check_clause_of(k, Some(user));
    }

    fn check_clause_of(&mut self, k: usize, user: Option<&'a Name>) {
        let (clause, status) = self.scope_of_model().clauses[k].clone();
        match status {
            Some(Status::Busy) => {
                if let Some(user) = user {
                    let declared = clause_names(clause)
                        .into_iter()
                        .find(|name| name.text == user.text)
                        .map_or(clause.span, |name| name.span);
                    let function = matches!(clause.kind, ClauseKind::Def(_));
                    let name = user.text.clone();
                    self.report(NameError::Cycle { name, declared, used: user.span, function });
                    self.here.scope.set(&user.text, Meaning::Failed);
                }
                return;
            }
            Some(Status::Waiting) => {}
            Some(Status::Done(_)) | None => return,
        }
        self.scope_of_model().clauses[k].1 = Some(Status::Busy);
        let depth = self.scope_of_model().depth;
        let inner = self.here.scope.split_off(depth);
        match &clause.kind {
            ClauseKind::Let(stmt) => self.check_model_let(stmt),
            ClauseKind::Def(def) => {
                let id: DefId = self.check_def(def);
                self.here.scope.set(&def.name.text, Meaning::Def(id));
            }
            _ => unreachable!("only lets and functions wait"),
        }
        self.here.scope.extend(inner);
        self.scope_of_model().clauses[k].1 = Some(Status::Done(Declared::Failed));
    }

    fn check_model_let(&mut self, stmt: &'a ast::Let) {
        let depth = self.here.scope.depth();
        let value = self.let_value(stmt);
        let pattern = self.bind_pattern(&stmt.pattern, &value.ty, LocalKind::ModelLet);
        let names = pattern_names(&stmt.pattern);
        let meanings: Vec<Meaning> = names
            .iter()
            .filter_map(|name| self.here.scope.get(&name.text).map(|b| b.meaning.clone()))
            .collect();
        self.here.scope.truncate(depth);
        for (name, meaning) in names.iter().zip(meanings) {
            let failed = value.ty == Ty::Error;
            self.here.scope.set(&name.text, if failed { Meaning::Failed } else { meaning });
        }
        let stage = Stage::Constant;
        self.scope_of_model().lets.push(ModelLet { pattern, value, stage });
    }

    fn check_inits(&mut self, clauses: &'a [Clause], built: &mut Model) {
        let mut inits: BTreeMap<LocalId, Init> = BTreeMap::new();
        for clause in clauses {
            let ClauseKind::Init { names, draw, body } = &clause.kind else { continue };
            for name in names {
                let Some(&state) = self.scope_of_model().states.get(name.text.as_str()) else {
                    let states: Vec<String> =
                        self.scope_of_model().states.keys().map(|&name| name.to_owned()).collect();
                    let (written, span) = (name.text.clone(), name.span);
                    self.report(ModelError::NoState { written, span, states });
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
        for state in &built.states {
            if !inits.contains_key(&state.local) {
                let local = &self.hir.locals[state.local];
                let name = local.name.clone();
                let values: Vec<String> = built
                    .params
                    .iter()
                    .filter(|param| self.hir.locals[param.local].ty == local.ty)
                    .map(|param| self.hir.locals[param.local].name.clone())
                    .collect();
                let positive = state.constraint == Constraint::Positive;
                let span = local.span;
                self.report(ModelError::NoInit { name, span, values, positive });
            }
        }
        built.inits = built.states.iter().filter_map(|s| inits.remove(&s.local)).collect();
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
            return Init { state, draw: None, value, span };
        }
        let label = format!("{}₀", name.text);
        let base = self.new_local(&label, name.span, ty.clone(), LocalKind::Bound);
        let z = node(sdec_hir::ExprKind::Local(base), ty.clone(), body.result.span);
        if ty == Ty::Error {
            self.check_law(body);
            return Init { state, draw: None, value: wrong(span), span };
        }
        match self.draw(body, &ty, z) {
            Some((law, value)) => Init { state, draw: Some((law, base)), value, span },
            None => Init { state, draw: None, value: wrong(span), span },
        }
    }

    fn check_observations(&mut self, clauses: &'a [Clause], built: &mut Model) {
        for clause in clauses {
            let ClauseKind::Observe { name, at, draw, body, ty, .. } = &clause.kind else {
                continue;
            };
            if let Some(at) = at {
                let why = Why::Clause {
                    what: "the time of an observation".to_owned(),
                    declared: at.span,
                };
                self.check(at, &Expected::new(Ty::Float, why));
            }
            if let Some(ty) = ty {
                self.ty(ty);
            }
            if *draw {
                self.check_law(body);
            } else {
                self.infer_body(body, None);
            }
            built.observations.push(Observation { name: name.text.clone(), span: clause.span });
        }
    }

    /// Final types everywhere, and stages of the lets.
    fn finish_model(&mut self, built: &mut Model) {
        built.lets = std::mem::take(&mut self.scope_of_model().lets);
        let mut stages = crate::stage::Stages::default();
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
        for init in &mut built.inits {
            self.finish(&mut init.value);
        }
        for equation in &mut built.equations {
            self.finish(&mut equation.drift);
            equation.diffusion.iter_mut().for_each(|value| self.finish(value));
        }
    }

    /// M5: what is known before the path starts reads no state.
    fn check_parameter_stages(&mut self, built: &Model) {
        let mut found = Vec::new();
        let inits =
            built.inits.iter().map(|init| (&init.value, "an initial condition", Some(init)));
        let params = built.params.iter().filter_map(|param| param.init.as_ref());
        let inputs = built.inputs.iter().filter_map(|input| input.default.as_ref());
        let values = params.chain(inputs).map(|value| (value, "a start value", None));
        for (value, what, init) in inits.chain(values) {
            if let Some((state, span)) = self.state_read(value, built) {
                let state_init = built.inits.iter().find(|init| init.state == state);
                found.push(ModelError::ReadsState {
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
    }

    /// The first state that an expression reads, itself or through lets.
    fn state_read(&self, value: &Expr, built: &Model) -> Option<(LocalId, Span)> {
        let mut found = None;
        value.walk(&mut |e| {
            let sdec_hir::ExprKind::Local(local) = e.kind else { return };
            if found.is_some() {
                return;
            }
            match self.hir.locals[local].kind {
                LocalKind::State => found = Some((local, e.span)),
                LocalKind::ModelLet => {
                    let stmt =
                        built.lets.iter().find(|stmt| crate::stage::binds(&stmt.pattern, local));
                    let read = stmt.and_then(|stmt| self.state_read(&stmt.value, built));
                    found = read.map(|(state, _)| (state, e.span));
                }
                LocalKind::Bound
                | LocalKind::Param
                | LocalKind::Input
                | LocalKind::Increment
                | LocalKind::Time => {}
            }
        });
        found
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

    fn warn_of_unused(&mut self, built: &Model) {
        if self.failing() {
            return;
        }
        for param in &built.params {
            let local = &self.hir.locals[param.local];
            if !self.used.contains(&param.local) && !local.name.starts_with('_') {
                let (name, span) = (local.name.clone(), local.span);
                self.report(ModelError::UnusedParameter { name, span });
            }
        }
    }
}

/// Whether a number satisfies a constraint; zero is on the border of `Positive` and refused.
fn allows(constraint: &Constraint, value: f64) -> bool {
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
