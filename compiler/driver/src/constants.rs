//! Values that do not depend on a path: top-level lets, inputs, settings, shown expressions. They are
//! evaluated by a kernel of their own, once.

use std::collections::BTreeMap;

use sdec_abi::Input;
use sdec_base::Diagnostic;
use sdec_codegen::Backend;
use sdec_hir as hir;
use sdec_lower::to_ssa::{self, Binding, Constant, Constants};

use crate::columns::Columns;
use crate::compile::{Took, compile_once};
use crate::inputs::{HostArray, Owned};
use crate::once::once;
use crate::params::Given;
use crate::{Failure, Sources};

/// What was evaluated.
pub(crate) struct Values {
    /// Arrays of each top-level let, input and parameter.
    pub(crate) named: BTreeMap<Constant, Vec<HostArray>>,
    /// Type (without generic names) and arrays of each expression, in order.
    pub(crate) exprs: Vec<(hir::Ty, Vec<HostArray>)>,
    pub(crate) took: Took,
}

/// What start values of parameters are made of, beside their expressions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Starts {
    /// The seed of what is drawn.
    pub(crate) seed: u64,
    /// Arrays that are given instead.
    pub(crate) given: Given,
}

/// What constants are evaluated with.
pub(crate) struct Evaluator<'a> {
    pub(crate) program: &'a hir::Program,
    pub(crate) columns: &'a Columns<'a>,
    pub(crate) backend: &'a dyn Backend,
    pub(crate) sources: &'a Sources,
    /// What fits before have found.
    pub(crate) fitted: &'a Given,
}

impl Evaluator<'_> {
    /// Evaluates what is wanted, in single or double precision.
    pub(crate) fn evaluate(
        &self,
        wanted: &Constants<'_>,
        starts: &Starts,
        single: bool,
    ) -> Result<Values, Failure> {
        let lowered = to_ssa::constants(self.program, single, wanted)
            .map_err(|diagnostic| self.sources.refuse(&diagnostic))?;
        let machine = compile_once(lowered.lowered.func, self.backend)?;
        let mut owned = Vec::new();
        for (binding, slot) in lowered.lowered.bindings.iter().zip(&machine.code.signature().inputs)
        {
            let array = match *binding {
                Binding::Column(data, column, leaf) => self.columns.array(data, column, leaf)?,
                Binding::Draws(k) => {
                    let len = usize::try_from(slot.len).unwrap_or(usize::MAX);
                    drawn(&lowered.lowered.draws[k], starts.seed, len)
                }
                Binding::Constant(Constant::Local(local), k) => match starts.given.get(&(local, k))
                {
                    Some(array) => array.clone(),
                    None => return Err(self.sources.refuse(&self.unknown(wanted, local))),
                },
                Binding::Constant(Constant::Global(_) | Constant::Density(_), _)
                | Binding::Times
                | Binding::Steps
                | Binding::Rows
                | Binding::Ends
                | Binding::Landmarks
                | Binding::Tolerances
                | Binding::Brownian
                | Binding::Impulses(_)
                | Binding::Free(..)
                | Binding::Row(_)
                | Binding::Handed(_) => unreachable!("constants depend on no path"),
            };
            owned.push(array.into_slot(slot));
        }
        let inputs: Vec<Input<'_>> = owned.iter().map(Owned::as_input).collect();
        let mut arrays = once(&*machine.code, &inputs)?.into_iter();
        let mut named = BTreeMap::new();
        for (constant, leaves) in lowered.named {
            named.insert(constant, arrays.by_ref().take(leaves).collect());
        }
        let mut exprs = Vec::new();
        for (ty, leaves) in lowered.types.into_iter().zip(lowered.leaves) {
            exprs.push((ty, arrays.by_ref().take(leaves).collect()));
        }
        Ok(Values { named, exprs, took: machine.took })
    }
}

impl Evaluator<'_> {
    /// That something is read whose value changes: a loop's variable in the time of a state.
    fn unknown(&self, wanted: &Constants<'_>, local: hir::LocalId) -> Diagnostic {
        let mut at = self.program.locals[local].span;
        for expr in &wanted.exprs {
            expr.walk(&mut |inner| {
                if inner.kind == hir::ExprKind::Local(local) {
                    at = inner.span;
                }
            });
        }
        let name = &self.program.locals[local].name;
        Diagnostic::error("E0901", "this time is not known before paths begin", at)
            .label(at, format!("`{name}` changes within the expression around it"))
            .help("write the time as a number, or as an expression of top-level lets and inputs")
    }
}

/// Draws 0, 1, … of path 0 of a stream: the start of a parameter. They are made in double precision,
/// so that single precision starts from the same numbers, rounded.
fn drawn(draws: &hir::Draws, seed: u64, len: usize) -> HostArray {
    let key = sdec_noise::stream_key(seed, &draws.stream, 0);
    let draw = match draws.law {
        hir::BaseLaw::Normal => sdec_noise::normal_f64,
        hir::BaseLaw::Uniform => sdec_noise::uniform_f64,
    };
    HostArray::Float((0..len as u64).map(|n| draw(key, 0, n)).collect())
}
