//! `hir` to `ssa`: specialise, inline, flatten, solve.
//!
//! An evaluator over `hir` whose numbers are `ssa` values: sizes are numbers, functions are inlined
//! where they are called, records become their parts, tables become arrays, and a solve becomes a
//! `scan` over steps whose body is the method's step.
//!
//! Two kinds of programs are made. [`constants`] evaluates what does not depend on a path: top-level
//! lets, inputs, settings, shown expressions. [`solve`] is what one path computes; it takes those
//! constants and the time grid as parameters ([`Binding`]).

mod adaptive;
mod adjoint;
mod advance;
mod arith;
mod backward;
mod boundary;
mod call;
mod control;
mod coordinates;
mod correction;
mod density;
mod derivative;
mod drawn;
mod env;
mod evidence;
mod expr;
mod filter;
mod flow;
mod impulses;
mod landmarks;
mod laplace;
mod linear;
mod mode;
mod observed;
mod retrace;
mod reversible;
mod series;
mod solve;
mod states_at;
mod step_size;
mod steps;
mod tied;
mod transition;
mod types;
mod unconstrained;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use sdec_base::Diagnostic;
use sdec_hir as hir;
use sdec_ssa::{self as ssa, Builder, Scalar, Value};

pub use adaptive::{Adaptive, Stop};
pub use backward::{Backward, Mode};
pub use density::Estimator;
pub use drawn::Paths;
use env::{Env, Generics};
pub use evidence::{Aspect, Evidence, LEVELS, Seen};
pub use filter::{FilterOf, filter};
pub use flow::flow;
pub use impulses::{Impulses, ImpulsesOf, OfImpulses};
pub use solve::{Grid, Objective, Solve, channels, extent, shapes, solve};
pub use states_at::StateAt;
pub use transition::{TransitionOf, transition};
use types::Sizes;
pub use unconstrained::{Unconstrained, unconstrained};
use value::Val;

/// A program with what its parameters are.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// The program.
    pub func: ssa::Func,
    /// One per parameter, in order.
    pub bindings: Vec<Binding>,
    /// Streams that start values are drawn from.
    pub draws: Vec<hir::Draws>,
    /// The result that says how the path ended, `F64 [3]`: a [`Stop`] or 0, a time, attempts made. Where steps
    /// are those of the grid, the time is the number of the step after which it was, −1 for the start.
    pub status: Option<usize>,
}

/// What the caller gives for a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Binding {
    /// All entries of an array that holds a column, row-major, by its place among these arrays.
    Column(hir::DataId, usize, usize),
    /// Standard draws 0, 1, … of path 0 of the stream with this number in [`Lowered::draws`].
    Draws(usize),
    /// An array of a constant that was evaluated before, by its place among the constant's arrays.
    Constant(Constant, usize),
    /// Start times of the steps, `f64[steps]`.
    Times,
    /// Where paths start and end.
    Ends,
    /// Lengths of the steps, `f64[steps]`.
    Steps,
    /// The row in which the state after each step is kept, or −1: `i64[steps]`.
    Rows,
    /// The start and the landmarks after it, of a solve whose steps are chosen: `f64[1 + rows]`.
    Landmarks,
    /// Relative and absolute tolerance and the first step, or 0: `f64[3]`.
    Tolerances,
    /// Given Brownian increments, `[steps, channels]`.
    Brownian,
    /// When states are moved by impulses.
    Impulses(OfImpulses),
    /// The unconstrained numbers of an array of a parameter.
    Free(hir::LocalId, usize),
    /// What each row of data has for itself.
    Row(OfRow),
    /// What is computed once for all paths, by its number.
    Handed(usize),
}

/// What a row of data has for itself, in a fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OfRow {
    /// An array of an input; of events their number, their times, and then arrays of their marks.
    Input(hir::LocalId, usize),
    /// An array of a parameter.
    Param(hir::LocalId, usize),
    /// An array of an observation of each row, by its number in the model: what was observed, at every
    /// landmark where there are several.
    Datum(usize, usize),
    /// What was observed at the time before, of a transition.
    Before(usize, usize),
    /// Whether an observation counts at each landmark: `i64[landmarks]`.
    Present(usize),
    /// Whether it was seen where a path of a filter begins.
    Known(usize),
    /// The times of the landmarks.
    ObservedTimes,
    /// Where the steps to each landmark of a row start, and the time of a transition.
    LegTimes,
    /// How long they are, and how long a transition takes.
    LegSteps,
    /// How many they are.
    LegCounts,
    /// What was observed first in the row of a transition.
    Start(usize, usize),
    /// Whether the law of the start counts in a path, and whether each transition does: `i64[1 + transitions]`.
    Counts,
    /// The number of the first impulse of an input at the start and at each landmark: `i64[1 + landmarks]`.
    ImpulseFirst(usize),
    /// How many there are: `i64[1 + landmarks]`.
    ImpulseCount(usize),
    /// A direction along which a trace is estimated: standard normal draws of each row.
    Direction,
}

/// Something with a value before paths begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Constant {
    /// A top-level `let`.
    Global(hir::GlobalId),
    /// An input or parameter of the model.
    Local(hir::LocalId),
    /// The same, as the density of a path reads it beside the path.
    Density(hir::LocalId),
}

/// What [`constants`] evaluates, in this order.
#[derive(Clone, Debug, Default)]
pub struct Constants<'a> {
    /// The models that they belong to.
    pub models: Vec<&'a hir::Model>,
    /// Inputs and parameters with the expressions of their values; later ones may read earlier ones.
    pub locals: Vec<(hir::LocalId, &'a hir::Expr)>,
    /// Arrays of them that are given: their expressions do not count.
    pub given: BTreeSet<(hir::LocalId, usize)>,
    /// Expressions that may read them.
    pub exprs: Vec<&'a hir::Expr>,
    /// Expressions whose top-level lets are evaluated, though they themselves are not.
    pub readers: Vec<&'a hir::Expr>,
    /// Numbers of the model's sizes.
    pub instance: Option<&'a hir::Instance>,
}

impl Constants<'_> {
    /// What its expressions take: inputs and parameters only where they read any.
    pub fn of_exprs(&self) -> Self {
        let mut reads = false;
        for expr in &self.exprs {
            expr.walk(&mut |inner| {
                reads |= matches!(inner.kind, hir::ExprKind::Local(local)
                    if self.locals.iter().any(|&(known, _)| known == local));
            });
        }
        let locals = if reads { self.locals.clone() } else { Vec::new() };
        Self { locals, readers: Vec::new(), ..self.clone() }
    }
}

/// A program of constants and the arrays that it returns.
#[derive(Clone, Debug)]
pub struct LoweredConstants {
    /// The program.
    pub lowered: Lowered,
    /// Each global and local with the number of arrays that hold it, in the order of the results.
    pub named: Vec<(Constant, usize)>,
    /// The types of the expressions, without generic names; their arrays come last.
    pub types: Vec<hir::Ty>,
    /// How many arrays hold each expression.
    pub leaves: Vec<usize>,
}

/// A program that evaluates the top-level lets that are used, then `locals`, then `exprs`.
///
/// # Errors
///
/// A located refusal of what cannot be run yet.
pub fn constants(
    program: &hir::Program,
    single: bool,
    wanted: &Constants<'_>,
) -> std::result::Result<LoweredConstants, Box<Diagnostic>> {
    let mut lowerer = Lowerer::new(program, "constants", single);
    let mut env = lowerer.top(wanted.instance);
    let mut named = Vec::new();
    let mut results = Vec::new();
    let roots = wanted.locals.iter().map(|&(_, expr)| expr).chain(wanted.exprs.iter().copied());
    let roots = roots.chain(wanted.readers.iter().copied());
    for global in globals_of(program, roots) {
        let value = lowerer.eval(&program.globals[global].value, &lowerer.top(None))?;
        let value = lowerer.materialise(&value, &program.globals[global].value.ty, &env);
        named.push((Constant::Global(global), value.leaves().len()));
        results.extend(value.leaves());
        lowerer.globals.insert(global, value);
    }
    for &(local, expr) in &wanted.locals {
        for stmt in wanted.models.iter().flat_map(|model| model.lets_read(expr, program)) {
            let value = lowerer.eval(&stmt.value, &env)?;
            lowerer.bind(&stmt.pattern, &value, &stmt.value.ty, &mut env);
        }
        let value = lowerer.eval(expr, &env)?;
        let value = lowerer.materialise(&value, &program.locals[local].ty, &env);
        let value = lowerer.given(local, &value, &wanted.given);
        named.push((Constant::Local(local), value.leaves().len()));
        results.extend(value.leaves());
        env.bind(local, value);
    }
    let mut types = Vec::new();
    let mut leaves = Vec::new();
    for expr in &wanted.exprs {
        for stmt in wanted.models.iter().flat_map(|model| model.lets_read(expr, program)) {
            let value = lowerer.eval(&stmt.value, &env)?;
            lowerer.bind(&stmt.pattern, &value, &stmt.value.ty, &mut env);
        }
        let value = lowerer.eval(expr, &env)?;
        let value = lowerer.materialise(&value, &expr.ty, &env);
        leaves.push(value.leaves().len());
        results.extend(value.leaves());
        types.push(lowerer.sizes.concrete(&expr.ty, &env.generics));
    }
    Ok(LoweredConstants { lowered: lowerer.finish(results), named, types, leaves })
}

/// The top-level lets that `roots` read, directly or through others, in an order in which each comes
/// after those that it reads.
pub fn globals_of<'a>(
    program: &'a hir::Program,
    roots: impl Iterator<Item = &'a hir::Expr>,
) -> Vec<hir::GlobalId> {
    let mut found = std::collections::BTreeSet::new();
    let mut defs = std::collections::BTreeSet::new();
    let mut open: Vec<&hir::Expr> = roots.collect();
    while let Some(expr) = open.pop() {
        expr.walk(&mut |inner| {
            if let hir::ExprKind::Global(global) = inner.kind
                && found.insert(global)
            {
                open.push(&program.globals[global].value);
            }
            if let hir::ExprKind::Def(def, _) = inner.kind
                && defs.insert(def)
            {
                open.push(&program.defs[def].body);
            }
        });
    }
    found.into_iter().collect()
}

/// A program in the making.
struct Lowerer<'a> {
    program: &'a hir::Program,
    sizes: Sizes<'a>,
    b: Builder,
    bindings: Vec<Binding>,
    /// Inputs of events of which each row has its own, and the most that any has.
    events_of_rows: BTreeMap<hir::LocalId, u64>,
    /// The arrays of the state of which the solve carries logarithms.
    logs: Vec<usize>,
    /// Streams of start values.
    draws: Vec<hir::Draws>,
    /// Parameters that exist already.
    bound: BTreeMap<Binding, Value>,
    /// Top-level lets that were evaluated in this program.
    globals: BTreeMap<hir::GlobalId, Val>,
    /// What is solved for its own sake.
    solved: Option<&'a solve::Solve<'a>>,
    /// How paths that were drawn beside it ended.
    statuses: Vec<Value>,
    /// The model that is solved.
    scope: Option<solve::Scope<'a>>,
    /// Where each row of data has landmarks of its own: how many.
    legs: Option<u64>,
    /// What is integrated over what a row has for itself.
    row: Option<laplace::Row<'a>>,
    /// Whether inputs and parameters are those of the density of a path.
    reads_density: bool,
}

impl<'a> Lowerer<'a> {
    fn new(program: &'a hir::Program, name: &str, single: bool) -> Self {
        let float = if single { Scalar::F32 } else { Scalar::F64 };
        Self {
            program,
            sizes: Sizes { program, float },
            b: Builder::new(name),
            bindings: Vec::new(),
            events_of_rows: BTreeMap::new(),
            logs: Vec::new(),
            draws: Vec::new(),
            bound: BTreeMap::new(),
            globals: BTreeMap::new(),
            solved: None,
            statuses: Vec::new(),
            scope: None,
            legs: None,
            row: None,
            reads_density: false,
        }
    }

    /// An environment with the sizes of a command and no locals.
    fn top(&self, instance: Option<&hir::Instance>) -> Env {
        let mut generics = Generics::default();
        for size in instance.map_or(&[][..], |instance| &instance.sizes) {
            let n = i64::try_from(size.value).expect("the checker bounds sizes");
            generics.sizes.insert(size.var, hir::IndexSet::Size(hir::Size::number(n)));
        }
        Env::default().with_generics(generics)
    }

    fn finish(self, results: Vec<Value>) -> Lowered {
        let Self { b, bindings, draws, .. } = self;
        Lowered { func: b.finish(results), bindings, draws, status: None }
    }

    /// The parameter of a binding.
    fn parameter(&mut self, binding: Binding, name: &str, ty: ssa::Type) -> Value {
        if let Some(&known) = self.bound.get(&binding) {
            return known;
        }
        let value = self.b.param(name, ty);
        self.bindings.push(binding);
        self.bound.insert(binding, value);
        value
    }

    /// The value of an input or parameter with those of its arrays that are given in place of their
    /// own.
    fn given(
        &mut self,
        local: hir::LocalId,
        value: &Val,
        given: &BTreeSet<(hir::LocalId, usize)>,
    ) -> Val {
        let mut leaf = 0;
        value.map(|own| {
            leaf += 1;
            if !given.contains(&(local, leaf - 1)) {
                return own;
            }
            let name = format!("{}.{}", self.program.locals[local].name, leaf - 1);
            let ty = self.b.ty(own).clone();
            self.parameter(Binding::Constant(Constant::Local(local), leaf - 1), &name, ty)
        })
    }

    /// A constant that was evaluated before, as parameters.
    fn constant(&mut self, constant: Constant, name: &str, ty: &hir::Ty) -> Val {
        let leaves = self.sizes.leaves(ty);
        let single = leaves.len() == 1;
        let mut values = Vec::new();
        for (k, leaf) in leaves.into_iter().enumerate() {
            let name = if single { name.to_owned() } else { format!("{name}.{k}") };
            values.push(self.parameter(Binding::Constant(constant, k), &name, leaf));
        }
        self.assemble(ty, &mut values.into_iter())
    }

    /// The value of a type without generic names from its arrays.
    fn assemble(&self, ty: &hir::Ty, leaves: &mut dyn Iterator<Item = Value>) -> Val {
        let mut next = || leaves.next().expect("as many arrays as the type has");
        match ty {
            hir::Ty::Ix(set) => self.sizes.index_of(set, &Generics::default(), leaves),
            hir::Ty::Table(_, entry) => self.assemble(entry, leaves),
            hir::Ty::Tuple(parts) => {
                Val::Parts(parts.iter().map(|part| self.assemble(part, leaves)).collect())
            }
            hir::Ty::Record(fields) => {
                Val::Parts(fields.iter().map(|(_, ty)| self.assemble(ty, leaves)).collect())
            }
            hir::Ty::Adt(adt, args) => {
                let tag = next();
                let payloads = self.sizes.payloads(*adt, args);
                let mut assemble_all =
                    |tys: Vec<hir::Ty>| tys.iter().map(|ty| self.assemble(ty, leaves)).collect();
                let payloads = payloads.into_iter().map(&mut assemble_all).collect();
                Val::Tagged { tag, payloads }
            }
            hir::Ty::Float | hir::Ty::Nat | hir::Ty::Int | hir::Ty::Bool => Val::Array(next()),
            hir::Ty::Text
            | hir::Ty::Function(..)
            | hir::Ty::Dist(_)
            | hir::Ty::Series(_)
            | hir::Ty::Events(_)
            | hir::Ty::Var(_)
            | hir::Ty::Meta(_)
            | hir::Ty::Error => Val::Zero,
        }
    }

    /// The value with arrays for zeros that were not computed.
    fn materialise(&mut self, value: &Val, ty: &hir::Ty, env: &Env) -> Val {
        let ty = self.sizes.concrete(ty, &env.generics);
        self.materialise_concrete(value, &ty)
    }

    fn materialise_concrete(&mut self, value: &Val, ty: &hir::Ty) -> Val {
        match (value, ty) {
            (Val::Zero, _) => self.filled(ty, 0.0),
            (Val::Parts(parts), hir::Ty::Tuple(tys)) => Val::Parts(
                parts
                    .iter()
                    .zip(tys)
                    .map(|(part, ty)| self.materialise_concrete(part, ty))
                    .collect(),
            ),
            (Val::Parts(parts), hir::Ty::Record(fields)) => Val::Parts(
                parts
                    .iter()
                    .zip(fields)
                    .map(|(part, (_, ty))| self.materialise_concrete(part, ty))
                    .collect(),
            ),
            _ => value.clone(),
        }
    }

    /// Every entry of a type without generic names is `x`; counts and tags are 0.
    fn filled(&mut self, ty: &hir::Ty, x: f64) -> Val {
        let mut values = Vec::new();
        for leaf in self.sizes.leaves(ty) {
            let scalar = match leaf.scalar {
                Scalar::F64 | Scalar::F32 => self.b.float(leaf.scalar, x),
                Scalar::I64 => self.b.int(0),
                Scalar::Bool => self.b.bool(false),
            };
            values.push(self.b.broadcast(scalar, &leaf.shape));
        }
        self.assemble(ty, &mut values.into_iter())
    }
}
