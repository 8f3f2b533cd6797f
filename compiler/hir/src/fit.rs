//! What is observed of a model, and `fit M to D`.

use sdec_base::Span;

use crate::{BaseLaw, DataId, DefId, Expr, Instance, LocalId, Model, ModelId, Settings, Ty};

/// `observe y ~ D` or `observe y = e`.
#[derive(Clone, Debug)]
pub struct Observation {
    /// The observed name.
    pub name: String,
    /// The type of one observation, as far as its law says it.
    pub ty: Ty,
    /// The clause.
    pub span: Span,
    /// Whether missing values say nothing: `observe y? ~ D`.
    pub maybe: bool,
    /// The time at which it is made, `at T`; else it is made at the times of the data.
    pub at: Option<Expr>,
    /// What is said of it.
    pub observed: Observed,
}

/// What is said of an observation.
#[derive(Clone, Debug)]
pub enum Observed {
    /// `~ D`
    Law {
        /// What is observed.
        datum: LocalId,
        /// The logarithm of its density, a `Float`; `None` for a law that is not built.
        log_prob: Option<Expr>,
        /// How it spreads, of a law of numbers.
        spread: Option<Box<Spread>>,
        /// How it is drawn; `None` for a law that is not built.
        draw: Option<Box<DrawOf>>,
    },
    /// `= e`: seen without error.
    Exactly(Expr),
}

/// A draw of what is observed, made of independent standard draws.
#[derive(Clone, Debug)]
pub struct DrawOf {
    /// What those are draws of.
    pub base: BaseLaw,
    /// Their name in the value.
    pub draws: LocalId,
    /// What is observed.
    pub value: Expr,
}

/// How a law of a number, or of a table of independent ones, spreads.
#[derive(Clone, Debug)]
pub struct Spread {
    /// Probabilities, of the type of what is observed.
    pub level: LocalId,
    /// What is not exceeded with these probabilities.
    pub quantile: Expr,
    /// The probabilities of at most what is observed.
    pub below: Expr,
    /// Whether its values are whole numbers.
    pub is_whole: bool,
}

/// `fit M to D`
#[derive(Clone, Debug)]
pub struct Fit {
    /// As labelled, or the model's name.
    pub name: String,
    /// `M`
    pub model: ModelId,
    /// Its sizes.
    pub instance: Instance,
    /// `D`
    pub data: DataId,
    /// Settings that solves have in common.
    pub settings: Settings,
    /// What is improved.
    pub objective: Objective,
    /// The column of the data of each observation of the model.
    pub observed: Vec<usize>,
    /// Inputs whose values are in the data, with their columns.
    pub inputs: Vec<(LocalId, usize)>,
    /// The column of times, of data that have one.
    pub times: Option<usize>,
    /// How parameters are improved.
    pub optimizer: Option<Optimizer>,
    /// Rows an iteration, a `Nat`.
    pub batch: Option<Expr>,
    /// The part of the rows kept for validation.
    pub holdout: Option<Expr>,
    /// Runs from different starts, a `Nat`.
    pub starts: Option<Expr>,
    /// How the rate changes from step to step.
    pub schedule: Option<Optimizer>,
    /// Steps over which the rate rises, a `Nat`.
    pub warmup: Option<Expr>,
    /// The norm to which longer gradients are shortened.
    pub clip: Option<Expr>,
    /// Steps without a better fit of the rows held out, a `Nat`.
    pub patience: Option<Expr>,
    /// The factor of the rate from step to step.
    pub lr_decay: Option<Expr>,
    /// Parameters that stay as they are.
    pub fix: Vec<LocalId>,
}

impl Fit {
    /// The numbers that are set, by key.
    pub fn numbers(&self) -> impl Iterator<Item = (&'static str, &Expr)> {
        let numbers = [
            ("batch", &self.batch),
            ("holdout", &self.holdout),
            ("starts", &self.starts),
            ("warmup", &self.warmup),
            ("clip", &self.clip),
            ("patience", &self.patience),
            ("lr_decay", &self.lr_decay),
        ];
        numbers.into_iter().filter_map(|(key, expr)| Some((key, expr.as_ref()?)))
    }

    /// The choices that are made, by key: of an optimiser and of a schedule.
    pub fn choices(&self) -> impl Iterator<Item = (&'static str, &Optimizer)> {
        let choices = [("optimizer", &self.optimizer), ("schedule", &self.schedule)];
        choices.into_iter().filter_map(|(key, choice)| Some((key, choice.as_ref()?)))
    }
}

/// What a fit improves.
#[derive(Clone, Debug)]
pub struct Objective {
    /// Whether the priors count: `map`.
    pub priors: bool,
    /// Whether the mode is that of the density in unconstrained space: `map(space = unconstrained)`.
    pub jacobian: bool,
    /// An integral over what each row has for itself: `laplace`.
    pub integral: Option<Integral>,
    /// What the data say of the parameters.
    pub evidence: Evidence,
    /// Where it is written, or the block.
    pub span: Span,
}

/// An integral over what each row has for itself: functions of the library, of the log density of the row and of a
/// start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Integral {
    /// Its logarithm, a `Float`.
    pub value: DefId,
    /// Where the density is largest, a vector.
    pub mode: DefId,
}

/// How the likelihood of a row is computed.
#[derive(Clone, Debug)]
pub enum Evidence {
    /// An equation without noise is solved, and what is observed has laws.
    Solved,
    /// All states are seen without error, and the equation has noise: the density of each from the one
    /// before it.
    Transition {
        /// Which density.
        kind: Transition,
        /// The library's function `(f, g, t, h, x, y) -> Float`.
        density: DefId,
        /// For each state, the observation that shows it.
        states: Vec<usize>,
        /// Whether the law of the start counts: some state is drawn there.
        start: bool,
        /// What becomes of times at which some states were seen and others not; none where that cannot be, and no
        /// state is drawn.
        partial: Option<Partial>,
    },
    /// The state is seen without error at one time, and has a law at the start: the density that the
    /// equation carries along.
    Flow {
        /// How the trace of the drift's derivative is computed.
        trace: Trace,
    },
}

/// What becomes of states of which some were seen at a time and others not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partial {
    /// The law of a state given what was seen is normal, and is carried from time to time.
    Filter(Filter),
    /// It is not: where the equation makes it something else, and how.
    Bent(sdec_base::Span, Bend),
}

/// The library's functions of a filter, over all states one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filter {
    /// `(f, g, t, h, m, P, y, seen)`: the law at a later time, and given what was seen then.
    pub step: DefId,
    /// `(s, y, seen)`: the law of the start given what was seen of it, where it is normal or there is none.
    pub start: Option<DefId>,
}

/// What keeps the law of a state that was not seen from being a normal one that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bend {
    /// A drift that is not affine in the states.
    Drift,
    /// A diffusion that reads them.
    Diffusion,
    /// A drift that reads the time, where it is to be linearised.
    Time,
}

/// Densities of a state given the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transition {
    /// Of a drift affine in the states and a diffusion free of them.
    Exact,
    /// Gaussian, with drift and diffusion of the state before.
    Euler,
    /// Exact for the drift linearised at the state before (Shoji and Ozaki).
    Linearised,
}

impl Transition {
    /// As written, with the library's function.
    pub const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Exact, "exact", "transition_exact"),
        (Self::Euler, "euler", "transition_euler"),
        (Self::Linearised, "linearised", "transition_linearised"),
    ];

    /// As written.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, ..)| *kind == self).map_or("?", |&(_, name, _)| name)
    }
}

/// How the trace of a derivative is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trace {
    /// All of its entries.
    Exact,
    /// Estimated along random directions, one for each row and iteration.
    Hutchinson,
}

/// `adam(lr = 0.01, steps = 500)`, `cosine(end = 0.1)`
#[derive(Clone, Debug)]
pub struct Optimizer {
    /// As written.
    pub name: String,
    /// Its settings, constant `Float`s.
    pub settings: Vec<(String, Expr)>,
    /// Where it is written.
    pub span: Span,
}

impl Model {
    /// What its likelihood reads of observations and initial laws.
    pub fn likelihood_exprs(&self) -> impl Iterator<Item = &Expr> {
        let observed = self.observations.iter().flat_map(|observation| {
            let what = match &observation.observed {
                Observed::Law { log_prob, .. } => log_prob.as_ref(),
                Observed::Exactly(expr) => Some(expr),
            };
            observation.at.iter().chain(what)
        });
        observed.chain(self.inits.iter().filter_map(|init| init.log_density.as_ref()))
    }

    /// How the laws of its observations spread.
    pub fn spread_exprs(&self) -> impl Iterator<Item = &Expr> {
        self.observations.iter().flat_map(|observation| {
            let spread = match &observation.observed {
                Observed::Law { spread, .. } => spread.as_ref(),
                Observed::Exactly(_) => None,
            };
            spread.into_iter().flat_map(|spread| [&spread.quantile, &spread.below])
        })
    }

    /// The first state whose law at the start is made of how another is drawn there, so that it has no density alone.
    pub fn joint_start(&self) -> Option<&crate::Init> {
        let is_drawn = |local: LocalId| {
            self.inits.iter().any(|other| other.draw.is_some_and(|(_, draws)| draws == local))
        };
        self.inits.iter().find(|init| {
            let mut reads = false;
            init.log_density.iter().for_each(|density| {
                density.walk(&mut |e| {
                    reads |= matches!(e.kind, crate::ExprKind::Local(local) if is_drawn(local));
                });
            });
            reads
        })
    }

    /// The observations that a sample draws: those whose laws can be drawn.
    pub fn drawn(&self) -> impl Iterator<Item = (&Observation, &DrawOf)> {
        self.observations.iter().filter_map(|observation| match &observation.observed {
            Observed::Law { draw: Some(draw), .. } => Some((observation, &**draw)),
            Observed::Law { .. } | Observed::Exactly(_) => None,
        })
    }
}
