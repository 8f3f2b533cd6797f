//! What a run found out: the facts that the command line prints and `--json` holds.

use std::path::PathBuf;

use crate::compile::Took;

/// What a block gave.
#[derive(Clone, Debug)]
pub enum BlockResult {
    /// `sample`
    Sample(SampleResult),
    /// `estimate`
    Estimate(EstimateResult),
    /// `fit`
    Fit(Box<FitResult>),
    /// A bare expression.
    Expression(ExpressionResult),
}

/// How a block was solved.
#[derive(Clone, Debug)]
pub struct Solve {
    /// The model's name.
    pub model: String,
    /// Structure of its noise: `none additive diagonal commutative general`.
    pub noise: String,
    /// As written, or the default: `euler(dt = 1 / 252)`.
    pub solver: String,
    /// What ran it: `interp`, `cranelift`.
    pub backend: String,
    /// Whether in single precision.
    pub single: bool,
    /// Number of paths.
    pub paths: u64,
    /// The seed.
    pub seed: u64,
    /// Steps of the grid, or the most attempts of a path where steps are chosen.
    pub steps: u64,
    /// Threads that ran it.
    pub threads: usize,
    /// Bytes of working memory of each thread: tapes, checkpoints, tables on the way.
    pub memory: u64,
    /// Time taken.
    pub seconds: Seconds,
    /// What the user is told beside the result: defaults that were taken, save times off the grid.
    pub remarks: Vec<String>,
}

/// Seconds per stage.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seconds {
    /// Reading and checking the file.
    pub check: f64,
    /// From the checked program to machine code.
    pub compile: f64,
    /// Of which the backend.
    pub codegen: f64,
    /// Running it.
    pub run: f64,
}

impl Seconds {
    pub(crate) fn new(check: f64, took: Took, run: f64) -> Self {
        let [compile, codegen] = [took.whole, took.codegen].map(|time| time.as_secs_f64());
        Self { check, compile, codegen, run }
    }
}

/// A sample.
#[derive(Clone, Debug)]
pub struct SampleResult {
    /// The block's name.
    pub name: String,
    /// How it was solved.
    pub solve: Solve,
    /// Save times.
    pub times: Vec<f64>,
    /// States in order of declaration.
    pub states: Vec<StateSummary>,
    /// What is drawn of observations, in order of declaration.
    pub observed: Vec<StateSummary>,
    /// The file that holds all paths.
    pub saved: Option<PathBuf>,
    /// The file that holds the picture.
    pub plotted: Option<PathBuf>,
}

/// A state or an observation over time: moments over paths.
#[derive(Clone, Debug)]
pub struct StateSummary {
    /// As written; a field of a record is `w.A`.
    pub name: String,
    /// Extents of one value: empty for a number.
    pub shape: Vec<usize>,
    /// Means, `[time, entry]` row by row.
    pub mean: Vec<f64>,
    /// Standard deviations, likewise.
    pub sd: Vec<f64>,
}

/// An estimate.
#[derive(Clone, Debug)]
pub struct EstimateResult {
    /// The block's name.
    pub name: String,
    /// How it was solved.
    pub solve: Solve,
    /// The mean over paths.
    pub value: f64,
    /// Its standard error.
    pub stderr: f64,
    /// Whether nothing was drawn, as of the objective of a fit: there are no standard errors.
    pub is_exact: bool,
    /// In the order of `wrt`.
    pub gradient: Vec<Derivative>,
    /// In the order of the pairs in `wrt`.
    pub second: Vec<SecondDerivative>,
    /// How the derivatives were made: `pathwise`, `score`, `likelihood_ratio`.
    pub estimator: String,
    /// How the solve was differentiated: `backprop`, `forward`.
    pub method: String,
    /// The file that holds value and derivatives.
    pub saved: Option<PathBuf>,
}

/// The derivative of an estimate with respect to one input or parameter.
#[derive(Clone, Debug)]
pub struct Derivative {
    /// As written.
    pub name: String,
    /// Whether it is an input, not a parameter.
    pub is_input: bool,
    /// Extents: empty for a number.
    pub shape: Vec<usize>,
    /// One per entry, outermost index first.
    pub value: Vec<f64>,
    /// Standard errors, likewise.
    pub stderr: Vec<f64>,
}

/// A second derivative of an estimate.
#[derive(Clone, Debug)]
pub struct SecondDerivative {
    /// As written.
    pub names: [String; 2],
    /// Extents of both: empty for a number.
    pub shapes: [Vec<usize>; 2],
    /// One per entry, the axes of the first before those of the second.
    pub value: Vec<f64>,
    /// Standard errors, likewise.
    pub stderr: Vec<f64>,
}

/// A fit.
#[derive(Clone, Debug)]
pub struct FitResult {
    /// The block's name.
    pub name: String,
    /// The data that it was fitted to.
    pub data: String,
    /// How its objective was computed.
    pub solve: Solve,
    /// How parameters were improved: `adam`, `lbfgs`.
    pub optimizer: String,
    /// How it ended: `converged`, `steps`, `patience`, `stuck`, `failed`.
    pub status: String,
    /// Steps of the start that is kept.
    pub steps: u64,
    /// What was made small, over all rows that were learnt from.
    pub objective: f64,
    /// The norm of its gradient.
    pub gradient_norm: f64,
    /// The same for the rows that were held out.
    pub held_out: Option<f64>,
    /// Arrays of parameters, in order.
    pub params: Vec<FittedParameter>,
    /// What each row has of the parameters that were integrated over.
    pub effects: Vec<Effect>,
    /// Why no standard errors are known, as a clause; none where they are.
    pub unknown: Option<String>,
    /// Whether the objective falls along some line through the estimate.
    pub is_saddle: bool,
    /// Combinations of unconstrained numbers that the data say nothing about: names with their parts.
    pub ties: Vec<Vec<(String, f64)>>,
    /// All starts.
    pub starts: Vec<StartSummary>,
    /// How many steps were shortened or left out.
    pub troubles: u64,
    /// The first few of them: where and why.
    pub reports: Vec<String>,
    /// A hash of the text of the program.
    pub source: String,
    /// The folder that holds it.
    pub out: PathBuf,
    /// The file that holds the picture.
    pub plotted: Option<PathBuf>,
}

/// What each row of the data was found to have of a parameter that a fit integrated over: where its density is
/// largest, given the other parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// As written.
    pub name: String,
    /// The number of rows, then the extents of what one has.
    pub shape: Vec<usize>,
    /// Row after row.
    pub value: Vec<f64>,
}

/// An array of a parameter after a fit.
#[derive(Clone, Debug)]
pub struct FittedParameter {
    /// As written; a field of a net is `f.first.A`.
    pub name: String,
    /// Extents: empty for a number.
    pub shape: Vec<usize>,
    /// The support of its numbers, as written.
    pub constraint: String,
    /// One per entry, outermost index first.
    pub value: Vec<f64>,
    /// The unconstrained numbers, likewise.
    pub unconstrained: Vec<f64>,
    /// Standard errors of the values, likewise; NaN where there are none.
    pub stderr: Vec<f64>,
}

/// One start of a fit.
#[derive(Clone, Debug)]
pub struct StartSummary {
    /// How it ended.
    pub status: String,
    /// Steps made.
    pub steps: u64,
    /// What was made small.
    pub objective: f64,
    /// The same for the rows that were held out.
    pub held_out: Option<f64>,
}

/// A bare expression.
#[derive(Clone, Debug)]
pub struct ExpressionResult {
    /// Its text in the file, on one line.
    pub text: String,
    /// Its value.
    pub value: Value,
    /// Its type, as a user writes it.
    pub ty: String,
}

/// A value as data.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `Float`
    Float(f64),
    /// `Nat`, `Int`
    Int(i64),
    /// `Bool`
    Bool(bool),
    /// A table, in order.
    List(Vec<Value>),
    /// A tuple, or an index of several axes.
    Tuple(Vec<Value>),
    /// A record, fields in order.
    Record(Vec<(String, Value)>),
    /// A constructor with its arguments, or an element of an index type.
    Constructor(String, Vec<Value>),
}
