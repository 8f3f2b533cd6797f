//! Declarations and commands.

use sdec_base::{IdVec, Span};

use crate::{
    AdtId, Constraint, DataId, DefId, Expr, Fit, GlobalId, IndexId, IndexSet, Jump, LocalId, Loss,
    Method, MethodId, ModelId, Observation, Planned, Posterior, Size, SizeAtom, SizeVarId, Ty,
    TyVarId, Unbuilt,
};

/// A checked program: the user's file and what it uses of the standard library.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Size names.
    pub sizes: IdVec<SizeVarId, SizeVar>,
    /// Type names of signatures.
    pub ty_vars: IdVec<TyVarId, TyVar>,
    /// Everything a [`crate::ExprKind::Local`] can name.
    pub locals: IdVec<LocalId, Local>,
    /// Index types.
    pub indices: IdVec<IndexId, IndexType>,
    /// Types with constructors.
    pub adts: IdVec<AdtId, Adt>,
    /// Top-level lets. A global only refers to globals with smaller ids.
    pub globals: IdVec<GlobalId, Global>,
    /// Functions, also those of models and of methods.
    pub defs: IdVec<DefId, Def>,
    /// Parameters that all models share, each after those that its start value reads.
    pub shared: Vec<Param>,
    /// Data declarations.
    pub data: IdVec<DataId, Data>,
    /// Models.
    pub models: IdVec<ModelId, Model>,
    /// Posteriors of models.
    pub posteriors: Vec<Posterior>,
    /// Losses that a program writes itself.
    pub losses: Vec<Loss>,
    /// Methods.
    pub methods: IdVec<MethodId, Method>,
    /// Commands in file order.
    pub blocks: Vec<Block>,
    /// Whether the file says `precision f32`.
    pub single: bool,
}

impl Program {
    /// The series whose observations an index set counts, if it counts any.
    pub fn counted_by(&self, set: &IndexSet) -> Option<&Expr> {
        let IndexSet::Size(size) = set else { return None };
        let Some(SizeAtom::Var(var)) = size.as_atom() else { return None };
        self.sizes[var].observations.as_deref()
    }

    /// What a loop over an index set makes of the values of its body.
    pub fn of_loop(&self, set: &IndexSet, body: &Ty) -> Ty {
        let of = Box::new(body.clone());
        match self.counted_by(set) {
            Some(_) => Ty::Series(of),
            None => Ty::Table(set.clone(), of),
        }
    }
}

/// A size name.
#[derive(Clone, Debug)]
pub struct SizeVar {
    /// As written.
    pub name: String,
    /// Its declaration.
    pub span: Span,
    /// Its number where it is the same for every command: `size k = 8`, axes of data.
    pub value: Option<(u64, SizeOrigin)>,
    /// The series whose observations it counts, which is known where a loop over them runs.
    pub observations: Option<Box<Expr>>,
    /// The generic type of which it is how many numbers a value has: `dim(x)` of `x : a`.
    pub dimension_of: Option<TyVarId>,
}

/// Where the number of a size came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SizeOrigin {
    /// `size k = 8`
    Constant,
    /// `sample M(n = 5)` or `--size n=5`
    Explicit,
    /// The header of this file.
    Data(String),
    /// `model M(n = 4)`
    Default,
}

/// A type name of a signature.
#[derive(Clone, Debug)]
pub struct TyVar {
    /// As written.
    pub name: String,
    /// Where it first stands.
    pub span: Span,
}

/// Something that an expression can name.
#[derive(Clone, Debug)]
pub struct Local {
    /// As written.
    pub name: String,
    /// Its declaration.
    pub span: Span,
    /// Its type.
    pub ty: Ty,
    /// What it is.
    pub kind: LocalKind,
}

/// What a local is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LocalKind {
    /// Bound by a lambda, `for`, a `def`'s parameter list, a pattern or a `let` in a block.
    Bound,
    /// A `let` of a model.
    ModelLet,
    /// A parameter.
    Param,
    /// An input.
    Input,
    /// A state.
    State,
    /// The increment of a noise over the step, in an equation.
    Increment,
    /// `t`
    Time,
    /// `t0` or `t1`, where a path starts and ends.
    End,
}

/// An `index` type.
#[derive(Clone, Debug)]
pub struct IndexType {
    /// As written.
    pub name: String,
    /// Its declaration.
    pub span: Span,
    /// Its elements in order.
    pub elements: Vec<String>,
}

/// A type with constructors.
#[derive(Clone, Debug)]
pub struct Adt {
    /// As written.
    pub name: String,
    /// Its declaration.
    pub span: Span,
    /// Size names among its parameters, in order of the parameter list.
    pub sizes: Vec<SizeVarId>,
    /// Type names among its parameters, in order of the parameter list.
    pub types: Vec<TyVarId>,
    /// In order.
    pub constructors: Vec<Constructor>,
}

/// A constructor.
#[derive(Clone, Debug)]
pub struct Constructor {
    /// As written.
    pub name: String,
    /// Where.
    pub span: Span,
    /// Types of its arguments.
    pub args: Vec<Ty>,
}

/// A top-level `let`; a pattern is split into one global per name.
#[derive(Clone, Debug)]
pub struct Global {
    /// As written.
    pub name: String,
    /// Its declaration.
    pub span: Span,
    /// Its value.
    pub value: Expr,
}

/// A function.
#[derive(Clone, Debug)]
pub struct Def {
    /// As written.
    pub name: String,
    /// Its declaration.
    pub span: Span,
    /// Implicit size names.
    pub sizes: Vec<SizeVarId>,
    /// Implicit type names.
    pub types: Vec<TyVarId>,
    /// Parameters in order.
    pub params: Vec<LocalId>,
    /// The body; `lower` inlines it at each call.
    pub body: Expr,
}

/// How a file is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataFormat {
    /// Comma-separated values with a header line.
    Csv,
    /// A NumPy archive.
    Npz,
    /// Parquet: a table as in CSV.
    Parquet,
}

/// A `data` declaration.
#[derive(Clone, Debug)]
pub struct Data {
    /// As written.
    pub name: String,
    /// Its declaration.
    pub span: Span,
    /// How it is stored.
    pub format: DataFormat,
    /// The file as written, relative to the source.
    pub file: String,
    /// `by "Subject"`: the column whose equal entries make a group of rows, or the array of offsets at
    /// which groups begin in an archive. The first axis then counts the groups.
    pub by: Option<String>,
    /// In order.
    pub axes: Vec<SizeVarId>,
    /// In order.
    pub columns: Vec<Column>,
}

/// A column of a data declaration.
#[derive(Clone, Debug)]
pub struct Column {
    /// As written.
    pub name: String,
    /// Its declaration.
    pub span: Span,
    /// Its whole type, axes included.
    pub ty: Ty,
    /// How it is read.
    pub format: ColumnFormat,
    /// Whether it is declared as `Time`: the times of the rows.
    pub time: bool,
    /// Where the times of a series are read from: `at "Time"`.
    pub at: Option<ColumnFormat>,
    /// Of a series: how many observations the longest has.
    pub longest: u64,
}

impl Column {
    /// The type of an entry of the axes: a value, a `Series` or `Events`.
    pub fn entry(&self) -> &Ty {
        let mut ty = &self.ty;
        while let Ty::Table(_, of) = ty {
            ty = of;
        }
        ty
    }

    /// Whether each entry is a series of values, or of times of events.
    pub fn is_series(&self) -> bool {
        matches!(self.entry(), Ty::Series(_) | Ty::Events(_))
    }
}

/// How a column is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnFormat {
    /// These columns of the file, one entry each; usually one.
    Columns(Vec<String>),
    /// ISO dates as days since 1970-01-01.
    Days(String),
    /// ISO dates as decimal years.
    Years(String),
}

/// The Itô or the Stratonovich integral.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Convention {
    /// Left-point sums; `Brownian`.
    Ito,
    /// Mid-point sums; `Stratonovich`.
    Stratonovich,
}

/// Structure of the noise, found by the checker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NoiseClass {
    /// An ODE.
    None,
    /// No coefficient reads a state.
    Additive,
    /// Each channel drives one state entry and reads only that entry or states without noise.
    Diagonal,
    /// No channel's coefficient reads a state driven by another channel (one channel: always).
    Commutative,
    /// Anything else.
    General,
}

/// A model.
#[derive(Clone, Debug)]
pub struct Model {
    /// As written.
    pub name: String,
    /// Its declaration.
    pub span: Span,
    /// Size parameters, with their defaults.
    pub sizes: Vec<(SizeVarId, Option<Size>)>,
    /// `t`
    pub time: LocalId,
    /// `t0` and `t1`.
    pub ends: [LocalId; 2],
    /// Parameters in order.
    pub params: Vec<Param>,
    /// Inputs in order.
    pub inputs: Vec<Input>,
    /// States in order.
    pub states: Vec<State>,
    /// Noises in order.
    pub noises: Vec<Noise>,
    /// Lets, each after those that it reads.
    pub lets: Vec<ModelLet>,
    /// One per state, in the order of `states`.
    pub inits: Vec<Init>,
    /// One per state, in the order of `states`.
    pub equations: Vec<Equation>,
    /// In order.
    pub observations: Vec<Observation>,
    /// Noises that jump, in order.
    pub jumps: Vec<Jump>,
    /// Inputs that move states at times of their own, each once.
    pub impulses: Vec<Impulse>,
    /// What keeps the model from being run.
    pub unbuilt: Option<Unbuilt>,
    /// Structure of the noise.
    pub class: NoiseClass,
    /// Why the class is not a better one: a sentence, with the place that decided, and what another place has to do
    /// with it.
    pub class_reason: Vec<(String, Span)>,
    /// Why channels and the entries that they drive are not one to one, where they are not.
    pub unpaired: Option<(String, Span)>,
    /// Of its noises; `None` without noise.
    pub convention: Option<Convention>,
}

/// An array of numbers that holds a value, or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    /// What follows the value's name: nothing, `.A` for a field, `.first.A` for a net within a net.
    pub name: String,
    /// A number, or a table of numbers.
    pub ty: Ty,
    /// The support of its numbers.
    pub constraint: Constraint,
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its name and type. The value of a net is the record of the net's own parameters.
    pub local: LocalId,
    /// The support of all its numbers; `Real` where they differ.
    pub constraint: Constraint,
    /// The arrays that hold it, in order, each with its support.
    pub leaves: Vec<Leaf>,
    /// Its type as written, where nets occur in it.
    pub net: Option<String>,
    /// Its start value, or the value it has in `sample` and `estimate`.
    pub init: Option<Expr>,
    /// The logarithm of the density of its prior law, a `Float` that reads it.
    pub prior: Option<Expr>,
    /// The rows of data of which each has a value of its own: `per subject`.
    pub per: Option<Per>,
}

/// `per subject`
#[derive(Clone, Debug)]
pub struct Per {
    /// The axis of data.
    pub axis: String,
    /// Where it is written.
    pub span: Span,
}

/// An input.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name and type.
    pub local: LocalId,
    /// Its support.
    pub constraint: Constraint,
    /// Its value unless given.
    pub default: Option<Expr>,
}

/// A state.
#[derive(Clone, Debug)]
pub struct State {
    /// Its name and type.
    pub local: LocalId,
    /// The support of all its numbers; `Real` where they differ.
    pub constraint: Constraint,
    /// The arrays that hold it, in order, each with its support.
    pub leaves: Vec<Leaf>,
}

/// A Brownian noise.
#[derive(Clone, Debug)]
pub struct Noise {
    /// The increment over a step, whose type is the noise's shape (`Float`, tables, records).
    pub increment: LocalId,
    /// As written: `W`. The random stream is keyed by `Model.W`.
    pub name: String,
    /// Its declaration.
    pub span: Span,
    /// Itô or Stratonovich.
    pub convention: Convention,
}

/// An input that moves states at times that are known before a path starts: events, or a path that jumps.
#[derive(Clone, Debug)]
pub struct Impulse {
    /// Events, or a function of time.
    pub input: LocalId,
    /// What comes at one of the times: how many events, or how far the path jumps.
    pub increment: LocalId,
    /// What is known of an event: `D.mark`.
    pub mark: Option<LocalId>,
    /// The events, or series at whose times the path may jump.
    pub times: Vec<Expr>,
    /// The first differential of it.
    pub span: Span,
}

/// When a value changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Never.
    Constant,
    /// With the parameters and inputs.
    Parameter,
    /// With the data row.
    Row,
    /// With the time.
    Time,
    /// With the state.
    State,
}

/// A `let` of a model.
#[derive(Clone, Debug)]
pub struct ModelLet {
    /// What is bound.
    pub pattern: crate::Pattern,
    /// To what.
    pub value: Expr,
    /// What it reads.
    pub stage: Stage,
}

/// An initial value or law.
#[derive(Clone, Debug)]
pub struct Init {
    /// The state.
    pub state: LocalId,
    /// Where it is drawn: independent standard draws, one per entry of the state, and the local that
    /// holds them in `value`. The random stream is keyed by `Model.x`.
    pub draw: Option<(crate::BaseLaw, LocalId)>,
    /// Of the state's type.
    pub value: Expr,
    /// Where it is drawn: the logarithms of the densities of its entries at the state, which it reads.
    pub log_density: Option<Expr>,
    /// The clause.
    pub span: Span,
}

/// The equation of one state: `dx = drift dt + diffusion`.
#[derive(Clone, Debug)]
pub struct Equation {
    /// The state.
    pub state: LocalId,
    /// Of the state's type; `Zeros` where no `dt` term was written.
    pub drift: Expr,
    /// Linear in the increments' locals, of the state's type: `α * x * dW[0]`.
    pub diffusion: Option<Expr>,
    /// Linear in the increments of jumps and impulses, of the state's type.
    pub jumps: Option<Expr>,
    /// The clause.
    pub span: Span,
}

/// A command.
#[derive(Clone, Debug)]
pub struct Block {
    /// What it does.
    pub kind: BlockKind,
    /// All of it.
    pub span: Span,
}

/// The commands that run.
#[derive(Clone, Debug)]
pub enum BlockKind {
    /// `sample M as s`
    Sample(Box<Sample>),
    /// `estimate v of M`
    Estimate(Box<Estimate>),
    /// `fit M to D`
    Fit(Box<Fit>),
    /// Any of these that is not run yet.
    Planned(Box<Planned>),
    /// A bare expression.
    Show(Expr),
}

/// Numbers of the sizes of a command's model.
#[derive(Clone, Debug, Default)]
pub struct Instance {
    /// In the order of the model's size parameters.
    pub sizes: Vec<InstanceSize>,
}

/// A size with its number.
#[derive(Clone, Debug)]
pub struct InstanceSize {
    /// The size parameter.
    pub var: SizeVarId,
    /// Its number.
    pub value: u64,
    /// Where the number came from.
    pub origin: SizeOrigin,
}

/// `sample M as s`
#[derive(Clone, Debug)]
pub struct Sample {
    /// `s`, or the model's name.
    pub name: String,
    /// `M`
    pub model: ModelId,
    /// Its sizes.
    pub instance: Instance,
    /// Settings.
    pub settings: Settings,
}

/// `estimate v of M`
#[derive(Clone, Debug)]
pub struct Estimate {
    /// `v`
    pub name: String,
    /// `M`
    pub model: ModelId,
    /// Its sizes.
    pub instance: Instance,
    /// Settings.
    pub settings: Settings,
    /// What is averaged, a `Float`; states occur as [`crate::ExprKind::StateAt`].
    pub value: Expr,
    /// What is drawn in it, `let u ~ D`: the standard draws, their name in it and that of the stream.
    pub draws: Vec<(crate::BaseLaw, LocalId, String)>,
    /// With respect to what it is differentiated.
    pub wrt: Vec<Wrt>,
    /// With respect to what it is differentiated twice: `[S0, σ]`.
    pub second: Vec<WrtPair>,
    /// How the expectation is differentiated.
    pub estimator: Estimator,
}

/// How an expectation over paths is differentiated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Estimator {
    /// Each path is a function of the parameters, its noise fixed.
    #[default]
    Pathwise,
    /// The law of the paths is, the paths themselves fixed.
    LikelihoodRatio {
        /// Whether the value is continuous along the paths: then one of two derivatives is taken along
        /// the path and the other of the law, which scatters less than both of the law.
        continuous: bool,
    },
    /// The law of the states that are drawn at the start is, those states fixed; what follows from them
    /// is as along a path.
    Score,
}

/// An entry of `wrt`: a name, or a part of what has it.
#[derive(Clone, Debug)]
pub struct Wrt {
    /// An input or parameter.
    pub local: LocalId,
    /// The way to the part through fields of records and of nets: `first`, `A` for `f.first.A`. Empty for
    /// the whole.
    pub fields: Vec<String>,
    /// Where it is named.
    pub span: Span,
}

impl Wrt {
    /// The whole of an input or parameter.
    pub fn whole(local: LocalId, span: Span) -> Self {
        Self { local, fields: Vec::new(), span }
    }

    /// What follows the name: `.first.A`, or nothing.
    pub fn suffix(&self) -> String {
        self.fields.iter().map(|field| format!(".{field}")).collect()
    }

    /// Whether the array whose name goes on like this after the input's or parameter's is part of it.
    pub fn holds(&self, suffix: &str) -> bool {
        let rest = suffix.strip_prefix(&self.suffix());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// Whether one is part of the other.
    pub fn meets(&self, other: &Self) -> bool {
        let both = self.fields.iter().zip(&other.fields);
        self.local == other.local && both.into_iter().all(|(a, b)| a == b)
    }
}

/// A pair in `wrt`: `[S0, σ]`.
#[derive(Clone, Debug)]
pub struct WrtPair {
    /// As written.
    pub by: [Wrt; 2],
    /// The place of the one by which is differentiated first: where one derivative is taken along the path
    /// and the other of its law, this one is along the path.
    pub inner: usize,
}

/// Settings of a command. `None` where neither the block nor the command line says.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Save times, `k => Float`.
    pub times: Option<Expr>,
    /// How many paths; a constant expression of type `Nat`.
    pub paths: Option<Expr>,
    /// The seed; a constant expression of type `Nat`.
    pub seed: Option<Expr>,
    /// Start time.
    pub start: Option<Expr>,
    /// The method and its settings.
    pub solver: Option<Solver>,
    /// How the solve is differentiated.
    pub gradient: Option<(Gradient, Span)>,
    /// What becomes of a path whose state leaves its support.
    pub boundary: Option<(crate::Boundary, Span)>,
    /// Output file.
    pub save: Option<(String, Span)>,
}

/// How a solve is differentiated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gradient {
    /// Backwards through the steps, whose states are kept.
    Backprop,
    /// Forwards along with the steps.
    Forward,
    /// By the adjoint equation, solved backwards.
    Adjoint,
    /// Backwards through the steps, each of which is undone.
    Reversible,
}

impl Gradient {
    /// All of them; the first is the default.
    pub const ALL: [Self; 4] = [Self::Backprop, Self::Forward, Self::Adjoint, Self::Reversible];

    /// As written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Backprop => "backprop",
            Self::Forward => "forward",
            Self::Adjoint => "adjoint",
            Self::Reversible => "reversible",
        }
    }
}

/// `euler(dt = 0.01)`
#[derive(Clone, Debug)]
pub struct Solver {
    /// The method.
    pub method: MethodId,
    /// The step size; of a method that chooses its steps, the first one.
    pub dt: Option<Expr>,
    /// Where `coords = log` is written: the logarithms of positive states are integrated.
    pub logs: Option<Span>,
    /// How steps are chosen; `None` where all have length `dt`.
    pub adaptive: Option<Adaptive>,
    /// Where it is written.
    pub span: Span,
}

/// `tsit5(rtol = 1e-6, atol = 1e-8)`: steps are chosen so that the error of each is within
/// `atol + rtol · |y|`.
#[derive(Clone, Debug, Default)]
pub struct Adaptive {
    /// Relative tolerance.
    pub rtol: Option<Expr>,
    /// Absolute tolerance.
    pub atol: Option<Expr>,
    /// Bound on the attempts at a step that a path makes, a `Nat`.
    pub attempts: Option<Expr>,
}

impl Model {
    /// The class of its noise, or of that of the logarithms of its positive states, whose coefficients read the state
    /// that they drive.
    pub fn class_in(&self, program: &Program, logs: bool) -> NoiseClass {
        let one = |noise: &Noise| program.locals[noise.increment].ty == Ty::Float;
        match self.class {
            class if !logs => class,
            NoiseClass::None => NoiseClass::None,
            NoiseClass::Additive | NoiseClass::Diagonal if self.unpaired.is_none() => {
                NoiseClass::Diagonal
            }
            _ if self.noises.len() == 1 && self.noises.iter().all(one) => NoiseClass::Commutative,
            NoiseClass::Additive
            | NoiseClass::Diagonal
            | NoiseClass::Commutative
            | NoiseClass::General => NoiseClass::General,
        }
    }

    /// The events and series that say when inputs move states.
    pub fn impulse_times(&self) -> impl Iterator<Item = &Expr> {
        self.impulses.iter().flat_map(|impulse| &impulse.times)
    }

    /// Every expression of the model that is evaluated along a path.
    pub fn path_exprs(&self) -> impl Iterator<Item = &Expr> {
        let lets = self.lets.iter().map(|binding| &binding.value);
        let inits = self.inits.iter().map(|init| &init.value);
        let drifts = self.equations.iter().map(|equation| &equation.drift);
        let diffusions = self.equations.iter().filter_map(|equation| equation.diffusion.as_ref());
        let jumps = self.equations.iter().filter_map(|equation| equation.jumps.as_ref());
        lets.chain(inits).chain(drifts).chain(diffusions).chain(jumps).chain(self.impulse_times())
    }
}

impl Estimate {
    /// Whether any derivative is asked for.
    pub fn is_differentiated(&self) -> bool {
        !self.wrt.is_empty() || !self.second.is_empty()
    }
}
