//! The schema of all settings, and reading them.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_base::Span;
use sdec_grammar::ast::{self, CommandKind, ExprKind as Ast, Setting};
use sdec_hir::{
    Boundary, Constraint, Estimator, Expr, ExprKind, Gradient, Method, MethodId, Model, NoiseClass,
    Settings, Solver, Ty, Unbuilt,
};

use crate::checker::Checker;
use crate::error::{NameError, SettingError};
use crate::fit::FitSettings;
use crate::infer::{Expected, Why};
use crate::items::Declared;
use crate::suggest::{Foreign, elsewhere, foreign_setting, nearest};

/// A setting of a command.
pub struct Schema {
    /// As written.
    pub key: &'static str,
    /// Its type, in words.
    pub ty: &'static str,
    /// What holds where it is missing.
    pub default: &'static str,
    /// In which commands it is legal.
    pub legal: &'static [&'static str],
    /// What it says.
    pub meaning: &'static str,
    /// Whether it can be used yet.
    pub built: bool,
}

const ALL: &[&str] = &["sample", "estimate", "fit"];
const PATHS: &[&str] = &["sample", "estimate"];
const FIT: &[&str] = &["fit"];

/// All settings.
pub const SETTINGS: &[Schema] = &[
    Schema {
        key: "value",
        ty: "Float",
        default: "",
        legal: &["estimate"],
        meaning: "what is averaged; a state is a function of time there, and a `let` that follows one",
        built: true,
    },
    Schema {
        key: "wrt",
        ty: "list of names and of pairs, or `everything`",
        default: "none",
        legal: &["estimate"],
        meaning: "the inputs and parameters by which the average is differentiated; by a pair, `[S0, S0]`, twice; by a part, `f.first.A`",
        built: true,
    },
    Schema {
        key: "times",
        ty: "table of times",
        default: "",
        legal: &["sample"],
        meaning: "the times that are kept, `[0.5, 1.0]` or `linspace(0, 1, 11)`; they may count from `t0` and `t1`, the last of the others",
        built: true,
    },
    Schema {
        key: "paths",
        ty: "Nat",
        default: "1,000; 100,000 for an estimate",
        legal: PATHS,
        meaning: "how many paths",
        built: true,
    },
    Schema {
        key: "seed",
        ty: "Nat",
        default: "0",
        legal: ALL,
        meaning: "the seed of the random numbers",
        built: true,
    },
    Schema {
        key: "start",
        ty: "Time",
        default: "0",
        legal: ALL,
        meaning: "the first time",
        built: true,
    },
    Schema {
        key: "solver",
        ty: "a method",
        default: "by the noise",
        legal: ALL,
        meaning: "the method and its step, `euler(dt = 1 / 252)`",
        built: true,
    },
    Schema {
        key: "gradient",
        ty: "`backprop`, `forward`, `adjoint` or `reversible`",
        default: "`backprop`",
        legal: &["estimate", "fit"],
        meaning: "how a solve is differentiated",
        built: true,
    },
    Schema {
        key: "boundary",
        ty: "`error`, `truncate`, `reflect` or `absorb`",
        default: "`error`",
        legal: &["sample", "estimate"],
        meaning: "what becomes of a path whose state leaves its support after a step",
        built: true,
    },
    Schema {
        key: "save",
        ty: "text",
        default: "",
        legal: &["sample"],
        meaning: "a file for all paths, `.csv`, `.npz` or `.parquet`, relative to the working directory",
        built: true,
    },
    Schema {
        key: "batch",
        ty: "Nat",
        default: "all rows",
        legal: FIT,
        meaning: "rows an iteration",
        built: true,
    },
    Schema {
        key: "holdout",
        ty: "Float",
        default: "0",
        legal: FIT,
        meaning: "the part of the rows kept for validation",
        built: true,
    },
    Schema {
        key: "starts",
        ty: "Nat",
        default: "1",
        legal: FIT,
        meaning: "fits from so many starts, of which the best is kept",
        built: true,
    },
    Schema {
        key: "optimizer",
        ty: "an optimiser",
        default: "adam",
        legal: FIT,
        meaning: "how parameters are improved",
        built: true,
    },
    Schema {
        key: "objective",
        ty: "an objective",
        default: "mle",
        legal: FIT,
        meaning: "what is improved",
        built: true,
    },
    Schema {
        key: "estimator",
        ty: "`pathwise`, `score` or `likelihood_ratio`",
        default: "`pathwise`",
        legal: &["estimate", "fit"],
        meaning: "what is differentiated: the paths, the law of their start, or their law",
        built: true,
    },
    Schema {
        key: "noise",
        ty: "`stream` or `tree`",
        default: "`stream`",
        legal: ALL,
        meaning: "whether steps of each length see a Brownian path of their own, or all one; `tree` is checked, not run",
        built: true,
    },
    Schema {
        key: "fix",
        ty: "names in quotes",
        default: "[]",
        legal: FIT,
        meaning: "parameters that stay as they are",
        built: true,
    },
    Schema {
        key: "ascend",
        ty: "names",
        default: "[]",
        legal: FIT,
        meaning: "parameters of the other player",
        built: false,
    },
    Schema {
        key: "lr_decay",
        ty: "Float",
        default: "1",
        legal: FIT,
        meaning: "factor of the learning rate for each step; the same as `schedule = exponential(factor = …)`",
        built: true,
    },
    Schema {
        key: "schedule",
        ty: "a schedule",
        default: "`constant`",
        legal: FIT,
        meaning: "how the rate changes: `constant`, `cosine(end = 0)`, `exponential(factor = 0.999)`, `step(every = 100, factor = 0.5)`",
        built: true,
    },
    Schema {
        key: "warmup",
        ty: "Nat",
        default: "0",
        legal: FIT,
        meaning: "steps over which the rate rises to its first value",
        built: true,
    },
    Schema {
        key: "clip",
        ty: "Float",
        default: "none",
        legal: FIT,
        meaning: "a longer gradient is shortened to this norm",
        built: true,
    },
    Schema {
        key: "patience",
        ty: "Nat",
        default: "a tenth of the steps, with `holdout`",
        legal: FIT,
        meaning: "steps without a better fit of the rows held out after which a fit stops",
        built: true,
    },
];

/// Methods that are designed but not built.
const UNBUILT_METHODS: &[&str] =
    &["auto", "sri", "sra", "srk", "euler_heun", "implicit", "implicit_euler", "log_ode"];

/// Settings of a method in `solver = euler(dt = 0.01)` that are designed but not built.
const UNBUILT_ARGUMENTS: &[&str] = &["gradient", "substeps", "noise"];

/// Settings of a method that are built.
const METHOD_SETTINGS: &[&str] = &["dt", "rtol", "atol", "attempts", "coords"];

/// Settings with what an estimate has beside them.
pub(crate) struct Read<'a> {
    pub(crate) settings: Settings,
    pub(crate) value: Option<&'a ast::Body>,
    pub(crate) wrt: Option<&'a ast::Body>,
    pub(crate) estimator: Option<(Estimator, Option<Span>)>,
    pub(crate) fit: FitSettings<'a>,
    /// What keeps the command from being run.
    pub(crate) unbuilt: Option<Unbuilt>,
}

/// A command's word.
pub(crate) fn word(kind: CommandKind) -> &'static str {
    match kind {
        CommandKind::Fit => "fit",
        CommandKind::Sample => "sample",
        CommandKind::Estimate => "estimate",
    }
}

impl<'a> Checker<'a> {
    /// Reads the settings of a command of `model`.
    pub(crate) fn read_settings(
        &mut self,
        kind: CommandKind,
        written: &'a [Setting],
        model: &Model,
    ) -> Read<'a> {
        let mut read = Read {
            settings: Settings::default(),
            value: None,
            wrt: None,
            estimator: None,
            fit: FitSettings::default(),
            unbuilt: None,
        };
        for (k, setting) in written.iter().enumerate() {
            if let Some(first) = written[..k].iter().find(|s| s.key.text == setting.key.text) {
                let (first, second) = (first.key.span, setting.key.span);
                self.report(NameError::Duplicate { name: setting.key.text.clone(), first, second });
            } else if self.legal(kind, setting) {
                self.read_setting(setting, model, &mut read);
            }
        }
        self.check_gradient_fits(&read.settings, model);
        self.check_boundary(&read);
        self.check_ways(kind, &read, model);
        read
    }

    /// Whether a setting exists, is legal here and is built.
    fn legal(&mut self, kind: CommandKind, setting: &Setting) -> bool {
        let (key, span, block) = (setting.key.text.clone(), setting.key.span, word(kind));
        let Some(schema) = SETTINGS.iter().find(|schema| schema.key == key) else {
            if key == "decay" {
                self.report(SettingError::Decay { span });
                return false;
            }
            self.report(unknown(key, span, block));
            return false;
        };
        if !schema.legal.contains(&block) {
            let legal = schema.legal.join(", ");
            self.report(SettingError::Elsewhere { key, span, block, legal });
            return false;
        }
        if !schema.built {
            self.unbuilt(format!("the setting `{key}`"), span);
        }
        schema.built
    }

    fn read_setting(&mut self, setting: &'a Setting, model: &Model, read: &mut Read<'a>) {
        let key = setting.key.text.as_str();
        let body = &setting.value;
        let settings = &mut read.settings;
        match key {
            "value" => read.value = Some(body),
            "wrt" => read.wrt = Some(body),
            "times" => settings.times = self.times(body, model),
            "paths" => settings.paths = self.constant(key, body, &Ty::Nat),
            "seed" => settings.seed = self.constant(key, body, &Ty::Nat),
            "start" => settings.start = self.constant(key, body, &Ty::Float),
            "solver" => settings.solver = self.solver(body, model),
            "gradient" => settings.gradient = self.gradient(key, body),
            "boundary" => settings.boundary = self.boundary(key, body),
            "noise" => read.unbuilt = self.noise_of_steps(key, body),
            "estimator" => read.estimator = self.estimator(key, body),
            "save" => settings.save = self.file(key, body),
            "objective" => read.fit.objective = Some(body),
            "optimizer" => read.fit.optimizer = self.optimizer(key, body),
            "schedule" => read.fit.schedule = self.schedule(key, body),
            "warmup" => read.fit.warmup = self.constant(key, body, &Ty::Nat),
            "clip" => read.fit.clip = self.constant(key, body, &Ty::Float),
            "patience" => read.fit.patience = self.constant(key, body, &Ty::Nat),
            "lr_decay" => read.fit.lr_decay = self.constant(key, body, &Ty::Float),
            "batch" => read.fit.batch = self.constant(key, body, &Ty::Nat),
            "holdout" => read.fit.holdout = self.constant(key, body, &Ty::Float),
            "starts" => read.fit.starts = self.constant(key, body, &Ty::Nat),
            "fix" => read.fit.fix = Some(body),
            _ => {}
        }
    }

    /// A value that is the same for all paths: what a command's settings are made of.
    fn constant(&mut self, key: &str, body: &'a ast::Body, ty: &Ty) -> Option<Expr> {
        if *ty == Ty::Nat
            && let Ast::Float(literal) = &body.result.kind
        {
            let number = literal.text.parse::<f64>().unwrap_or(f64::NAN).round();
            let whole = (1.0..1e15).contains(&number).then(|| format!("{number}"));
            let (key, span) = (key.to_owned(), literal.span);
            self.report(SettingError::NotWhole { key, span, whole });
            return None;
        }
        let why = Why::Setting { key: key.to_owned() };
        let mut value = self.check_body(body, &Expected::new(ty.clone(), why));
        self.settle();
        self.finish(&mut value);
        self.refuse_parameters(&value, "a setting");
        if let ExprKind::Int(n) = value.kind
            && (n < 0 || matches!(key, "paths" | "batch" | "starts" | "patience") && n == 0)
        {
            self.report(SettingError::TooFew { key: key.to_owned(), span: value.span });
            return None;
        }
        (value.ty != Ty::Error).then_some(value)
    }

    /// Times, which may count from where paths start and end.
    fn times(&mut self, body: &'a ast::Body, model: &Model) -> Option<Expr> {
        let depth = self.here.scope.depth();
        self.bring_ends_in(model, body.result.span);
        let mut value = self.infer_body(body, None);
        self.here.scope.truncate(depth);
        self.settle();
        self.finish(&mut value);
        self.refuse_parameters(&value, "a setting");
        match &value.ty {
            Ty::Table(_, of) if **of == Ty::Float => Some(value),
            Ty::Error => None,
            _ => {
                let found = self.show(&value.ty);
                self.report(SettingError::Times { found, span: value.span });
                None
            }
        }
    }

    /// How a solve is differentiated.
    fn gradient(&mut self, key: &str, body: &ast::Body) -> Option<(Gradient, Span)> {
        let span = body.result.span;
        if let Ast::Name(name) = &body.result.kind {
            let found = Gradient::ALL.into_iter().find(|mode| mode.name() == name.text);
            if let Some(mode) = found {
                return Some((mode, span));
            }
        }
        let words = Gradient::ALL.map(Gradient::name).join(", ");
        self.report(SettingError::Word { key: key.to_owned(), words, span, similar: None });
        None
    }

    /// Whether all step lengths see one Brownian path, which nothing is built from yet.
    fn noise_of_steps(&mut self, key: &str, body: &ast::Body) -> Option<Unbuilt> {
        let span = body.result.span;
        match &body.result.kind {
            Ast::Name(name) if name.text == "stream" => None,
            Ast::Name(name) if name.text == "tree" => Some(Unbuilt {
                construct: "`noise = tree`".to_owned(),
                span,
                instead: Some(
                    "leave it out: steps of another length then see another path; or give the increments \
                     of one by --brownian FILE"
                        .to_owned(),
                ),
            }),
            _ => {
                let (key, words) = (key.to_owned(), "stream, tree".to_owned());
                self.report(SettingError::Word { key, words, span, similar: None });
                None
            }
        }
    }

    /// What becomes of a path whose state leaves its support.
    fn boundary(&mut self, key: &str, body: &ast::Body) -> Option<(Boundary, Span)> {
        let span = body.result.span;
        if let Ast::Name(name) = &body.result.kind {
            let found = Boundary::ALL.into_iter().find(|boundary| boundary.name() == name.text);
            if let Some(boundary) = found {
                return Some((boundary, span));
            }
        }
        let words = Boundary::ALL.map(Boundary::name).join(", ");
        self.report(SettingError::Word { key: key.to_owned(), words, span, similar: None });
        None
    }

    /// A state that is put elsewhere after a step is no state of the method.
    fn check_boundary(&mut self, read: &Read<'a>) {
        let Some((boundary, span)) = read.settings.boundary else { return };
        if boundary == Boundary::Error {
            return;
        }
        let of = |why: &str| format!("`boundary = {}` with {why}", boundary.name());
        let gradient = read.settings.gradient.map(|(gradient, _)| gradient);
        if matches!(gradient, Some(Gradient::Adjoint | Gradient::Reversible)) {
            self.unbuilt(of("a solve backwards"), span);
        } else if read.settings.solver.as_ref().is_some_and(|solver| {
            let method = &self.hir.methods[solver.method];
            method.start.is_some()
        }) {
            self.unbuilt(of("a method that keeps something from step to step"), span);
        } else if read.wrt.is_some() && boundary == Boundary::Absorb {
            self.unbuilt(of("derivatives, which do not see when paths are absorbed"), span);
        } else if let Some((Estimator::LikelihoodRatio { .. }, _)) = read.estimator {
            self.unbuilt(of("`estimator = likelihood_ratio`"), span);
        }
    }

    /// A solve backwards and the density of a path know neither other coordinates nor the times at which inputs
    /// move states.
    fn check_ways(&mut self, kind: CommandKind, read: &Read<'a>, model: &Model) {
        if let (CommandKind::Fit, Some(unbuilt)) = (kind, &read.unbuilt) {
            self.unbuilt(unbuilt.construct.clone(), unbuilt.span);
        }
        let gradient = read.settings.gradient;
        if let Some(span) = read.settings.solver.as_ref().and_then(|solver| solver.logs) {
            let backwards = matches!(gradient, Some((Gradient::Adjoint | Gradient::Reversible, _)));
            if kind == CommandKind::Fit {
                self.unbuilt("`coords = log` of a fit", span);
            } else if backwards {
                self.unbuilt("`coords = log` with a solve backwards", span);
            } else if let Some((Estimator::LikelihoodRatio { .. }, _)) = read.estimator {
                self.unbuilt("`coords = log` with `estimator = likelihood_ratio`", span);
            }
        }
        let Some(impulse) = model.impulses.first() else { return };
        let name = self.hir.locals[impulse.input].name.clone();
        if kind == CommandKind::Fit {
            let is_path = |impulse: &sdec_hir::Impulse| {
                matches!(self.hir.locals[impulse.input].ty, Ty::Function(..))
            };
            let exactly = |seen: &sdec_hir::Observation| {
                matches!(seen.observed, sdec_hir::Observed::Exactly(_))
            };
            let stochastic = !model.noises.is_empty() || model.observations.iter().any(exactly);
            let impulses = model.impulses.iter();
            let refused = impulses.clone().find(|impulse| stochastic || is_path(impulse));
            if let Some(refused) = refused {
                let name = &self.hir.locals[refused.input].name;
                let what = match stochastic {
                    true => format!("a likelihood of this kind of a model that `d{name}` moves"),
                    false => format!("a fit of a model that `d{name}` moves"),
                };
                return self.unbuilt(what, refused.span);
            }
        }
        if let Some((gradient @ (Gradient::Adjoint | Gradient::Reversible), span)) = gradient {
            let what = format!("`gradient = {}` of a model that `d{name}` moves", gradient.name());
            self.unbuilt(what, span);
        }
        if let Some((Estimator::LikelihoodRatio { .. }, span)) = read.estimator {
            let what = format!("`estimator = likelihood_ratio` of a model that `d{name}` moves");
            self.unbuilt(what, span.unwrap_or(impulse.span));
        }
    }

    /// What of an expectation is differentiated.
    fn estimator(&mut self, key: &str, body: &ast::Body) -> Option<(Estimator, Option<Span>)> {
        let span = body.result.span;
        match &body.result.kind {
            Ast::Name(name) if name.text == "pathwise" => Some((Estimator::Pathwise, Some(span))),
            Ast::Name(name) if name.text == "likelihood_ratio" => {
                Some((Estimator::LikelihoodRatio { continuous: false }, Some(span)))
            }
            Ast::Name(name) if name.text == "score" => Some((Estimator::Score, Some(span))),
            _ => {
                let words = "pathwise, score, likelihood_ratio".to_owned();
                self.report(SettingError::Word { key: key.to_owned(), words, span, similar: None });
                None
            }
        }
    }

    fn file(&mut self, key: &str, body: &ast::Body) -> Option<(String, Span)> {
        let span = body.result.span;
        match &body.result.kind {
            Ast::Text(text) if !text.text.is_empty() => Some((text.text.clone(), span)),
            _ => {
                self.report(SettingError::File { key: key.to_owned(), span });
                None
            }
        }
    }

    /// `euler(dt = 0.01)` or `euler`.
    fn solver(&mut self, body: &'a ast::Body, model: &Model) -> Option<Solver> {
        let expr = &body.result;
        let (name, args): (&ast::Name, &[ast::Argument]) = match &expr.kind {
            Ast::Name(name) => (name, &[]),
            Ast::Call(callee, args) => match &callee.kind {
                Ast::Name(name) => (name, args),
                _ => {
                    self.report(SettingError::NoMethod { span: expr.span });
                    return None;
                }
            },
            _ => {
                self.report(SettingError::NoMethod { span: expr.span });
                return None;
            }
        };
        let method = self.method_for(name, model)?;
        // Messages name the methods that fit.
        self.demand_methods();
        let solver = self.method_settings(method, name.span, expr.span, args);
        let class = self.check_coordinates(&solver, model);
        self.check_method_fits(method, name.span, (model, class), solver.logs);
        if solver.adaptive.is_some() && model.class != NoiseClass::None {
            self.unbuilt("a choice of steps for a model with noise", expr.span);
            return None;
        }
        Some(solver)
    }

    /// `(dt = 0.01)`, `(rtol = 1e-6, atol = 1e-8)`
    fn method_settings(
        &mut self,
        method: MethodId,
        name: Span,
        span: Span,
        args: &'a [ast::Argument],
    ) -> Solver {
        let mut solver = Solver { method, dt: None, logs: None, adaptive: None, span };
        let mut tolerances = sdec_hir::Adaptive::default();
        let mut chooses = None;
        for arg in args {
            let key = arg.name.as_ref().map_or("", |name| name.text.as_str());
            let at = arg.name.as_ref().map_or(arg.value.span, |name| name.span);
            let place = match key {
                "dt" => &mut solver.dt,
                "rtol" => &mut tolerances.rtol,
                "atol" => &mut tolerances.atol,
                "attempts" => &mut tolerances.attempts,
                "coords" => {
                    solver.logs = self.coordinates(arg);
                    continue;
                }
                "" => {
                    let method = self.hir.methods[method].name.clone();
                    self.report(SettingError::Unnamed { value: arg.value.span, method, key: "dt" });
                    continue;
                }
                _ if UNBUILT_ARGUMENTS.contains(&key) => {
                    self.unbuilt(format!("the setting `{key}` of a method"), at);
                    continue;
                }
                _ => {
                    let similar = nearest(key, METHOD_SETTINGS.iter().copied()).unwrap_or("dt");
                    let (block, similar) = ("method".to_owned(), Some(similar.to_owned()));
                    self.report(SettingError::Unknown {
                        key: key.into(),
                        span: at,
                        block,
                        similar,
                    });
                    continue;
                }
            };
            *place = self.positive(key, &arg.value);
            if key != "dt" {
                chooses.get_or_insert((key, at));
            }
        }
        let adapts = self.hir.methods[method].facts.embedded.is_some();
        if let Some((key, span)) = chooses.filter(|_| !adapts) {
            let (key, method) = (key.to_owned(), self.hir.methods[method].name.clone());
            let others = self.hir.methods.values().filter(|other| other.facts.embedded.is_some());
            let others = others.map(|other| other.name.clone()).collect();
            self.report(SettingError::FixedSteps { key, method, name, others, span });
        } else if adapts && (chooses.is_some() || solver.dt.is_none()) {
            solver.adaptive = Some(tolerances);
        }
        solver
    }

    /// `coords = log`
    fn coordinates(&mut self, arg: &ast::Argument) -> Option<Span> {
        let span = arg.value.span;
        if matches!(&arg.value.kind, Ast::Name(name) if name.text == "log") {
            return Some(span);
        }
        let (key, words, similar) = ("coords".to_owned(), "log".to_owned(), Some("log".to_owned()));
        self.report(SettingError::Word { key, words, span, similar });
        None
    }

    /// The class of the noise in the coordinates of a solver, which must be of some state.
    fn check_coordinates(&mut self, solver: &Solver, model: &Model) -> NoiseClass {
        let leaves = || model.states.iter().flat_map(|state| &state.leaves);
        if let Some(span) = solver.logs
            && leaves().all(|leaf| leaf.constraint != Constraint::Positive)
            && let Some(state) = model.states.first()
        {
            let declared = self.hir.locals[state.local].span;
            let name = self.hir.locals[state.local].name.clone();
            self.report(SettingError::NothingPositive { name, declared, span });
        }
        model.class_in(&self.hir, solver.logs.is_some())
    }

    /// A setting of a method: a positive number, or a positive count of attempts.
    fn positive(&mut self, key: &str, written: &'a ast::Expr) -> Option<Expr> {
        let ty = if key == "attempts" { Ty::Nat } else { Ty::Float };
        let why = Why::Setting { key: key.to_owned() };
        let mut value = self.check(written, &Expected::new(ty, why));
        self.settle();
        self.finish(&mut value);
        self.refuse_parameters(&value, "a setting");
        let number = crate::infer::constant_number(written);
        if number.is_some_and(|number| number <= 0.0) {
            self.report(SettingError::NotPositive { key: key.to_owned(), span: written.span });
            return None;
        }
        (value.ty != Ty::Error).then_some(value)
    }

    /// The method of a name.
    pub(crate) fn method(&mut self, name: &ast::Name) -> Option<MethodId> {
        self.find_method_named(name, None)
    }

    /// The method of a name for a model, to which a suggestion fits.
    fn method_for(&mut self, name: &ast::Name, model: &Model) -> Option<MethodId> {
        self.find_method_named(name, Some(model))
    }

    fn find_method_named(&mut self, name: &ast::Name, model: Option<&Model>) -> Option<MethodId> {
        if let Some(at) = self.find_method(&name.text) {
            return match self.demand(at, Some(name)) {
                Declared::Method(method) => Some(method),
                _ => None,
            };
        }
        let known: Vec<&str> =
            self.user.method_names().chain(self.library.method_names()).collect();
        if UNBUILT_METHODS.contains(&name.text.as_str()) {
            self.unbuilt(format!("the method `{}`", name.text), name.span);
            return None;
        }
        let usual = model.map(usual_method);
        let similar = elsewhere(&name.text)
            .filter(|near| known.contains(near))
            .map(|near| if usual == Some("rk4") { near } else { usual.unwrap_or(near) })
            .or_else(|| nearest(&name.text, known.iter().copied()))
            .map(str::to_owned);
        let (written, span, known) = (name.text.clone(), name.span, known.join(", "));
        self.report(SettingError::UnknownMethod { written, span, known, similar });
        None
    }

    /// The method must allow the gradient; the one that is taken where none is named does.
    fn check_gradient_fits(&mut self, settings: &Settings, model: &Model) {
        let (Some((gradient, span)), Some(solver)) = (settings.gradient, &settings.solver) else {
            return;
        };
        let method = &self.hir.methods[solver.method];
        if method.allows(gradient) {
            return;
        }
        let others = Gradient::ALL.into_iter().filter(|&other| method.allows(other));
        let others = others.map(|other| other.name().to_owned()).collect();
        let fits = |other: &&Method| other.allows(gradient) && other.fits(model.class);
        let mut fitting: Vec<String> =
            self.hir.methods.values().filter(fits).map(|other| other.name.clone()).collect();
        fitting.sort();
        let (method, solver) = (method.name.clone(), solver.span);
        self.report(SettingError::Gradient { gradient, method, others, fitting, solver, span });
    }

    /// A method must be for the model's class of noise.
    pub(crate) fn check_method_fits(
        &mut self,
        method: MethodId,
        span: Span,
        (model, class): (&Model, NoiseClass),
        logs: Option<Span>,
    ) {
        let method = &self.hir.methods[method];
        let noisy = class != NoiseClass::None;
        let name = method.name.clone();
        let noise = model.noises.first().map(|noise| noise.span);
        if noisy && !method.facts.is_stochastic() {
            let (convention, model) = (model.convention, model.name.clone());
            self.report(SettingError::OdeMethod { method: name, model, noise, convention, span });
        } else if noisy && !method.fits(class) {
            let mut fitting: Vec<String> = self
                .hir
                .methods
                .values()
                .filter(|other| other.fits(class) && !other.converts(model.convention, class))
                .map(|other| other.name.clone())
                .collect();
            fitting.sort();
            let reason = match logs.filter(|_| class != model.class) {
                Some(at) => {
                    vec![(
                        "the coefficient of a logarithm reads the state that it drives".to_owned(),
                        at,
                    )]
                }
                None => model.class_reason.clone(),
            };
            let (method, model) = (name, model.name.clone());
            let error = SettingError::Class { method, class, model, reason, noise, fitting, span };
            self.report(error);
        } else if !noisy && !method.fits(NoiseClass::None) {
            self.report(SettingError::SdeMethod { method: name, model: model.name.clone(), span });
        }
    }
}

/// The method that fits a model and asks for nothing.
pub(crate) fn usual_method(model: &Model) -> &'static str {
    match (model.class, model.convention) {
        (NoiseClass::None, _) => "rk4",
        (_, Some(sdec_hir::Convention::Stratonovich)) => "heun",
        _ => "euler",
    }
}

/// What is said about a key that is no setting of a command.
fn unknown(key: String, span: Span, block: &'static str) -> SettingError {
    let legal: Vec<&str> = SETTINGS
        .iter()
        .filter(|schema| schema.legal.contains(&block) && schema.built)
        .map(|schema| schema.key)
        .collect();
    let similar = match foreign_setting(&key, block) {
        Some(Foreign::Within(words)) => return SettingError::Within { key, span, block, words },
        Some(Foreign::Called(name)) => Some(name),
        None => nearest(&key, legal.iter().copied()),
    };
    match similar.map(str::to_owned) {
        Some(name) => {
            SettingError::Unknown { key, span, block: block.to_owned(), similar: Some(name) }
        }
        None => SettingError::Unheard { key, span, block, known: legal.join(", ") },
    }
}
