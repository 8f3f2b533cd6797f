//! The unconstrained numbers that a fit moves: from the values of parameters and back, with the priors.

use std::sync::Arc;

use sdec_abi::Compiled;
use sdec_codegen::Backend;
use sdec_fit::Jacobian;
use sdec_hir::{self as hir, Constraint};
use sdec_lower::to_ssa::{self, Binding, Constant, OfRow, Unconstrained};

use crate::Failure;
use crate::compile::{MEMORY, Runs, compile};
use crate::inputs::{HostArray, Owned};
use crate::once::once;
use crate::solve::Plan;

/// An array of a parameter that moves.
#[derive(Clone, Debug)]
pub(crate) struct Free {
    pub(super) local: hir::LocalId,
    pub(super) leaf: usize,
    pub(crate) name: String,
    pub(super) shape: Vec<usize>,
    pub(super) constraint: Constraint,
    /// How many rows have one each; none where all share it.
    pub(crate) rows: Option<usize>,
    /// Its declaration.
    pub(super) span: sdec_base::Span,
}

impl Free {
    pub(super) fn numbers(&self) -> usize {
        self.whole_shape().iter().product()
    }

    /// The extents of all its numbers: those of the rows come first.
    pub(super) fn whole_shape(&self) -> Vec<usize> {
        self.rows.into_iter().chain(self.shape.iter().copied()).collect()
    }

    /// How many unconstrained numbers it is made of.
    pub(super) fn free_numbers(&self) -> usize {
        let shape: Vec<u64> = self.whole_shape().iter().map(|&extent| extent as u64).collect();
        self.constraint.free_shape(&shape).iter().product::<u64>() as usize
    }

    /// What it is to the program of a row.
    pub(crate) fn binding(&self) -> Binding {
        match self.rows {
            Some(_) => Binding::Row(OfRow::Param(self.local, self.leaf)),
            None => Binding::Constant(Constant::Local(self.local), self.leaf),
        }
    }
}

/// The program from unconstrained numbers to parameters and the densities of their priors, which also pulls
/// cotangents back.
pub(super) struct Head {
    code: Arc<dyn Compiled>,
    /// One for each input: an array of unconstrained numbers by its place, a cotangent, or a constant.
    inputs: Vec<Source>,
    /// How many unconstrained numbers each array is made of, and how many it has.
    sizes: Vec<[usize; 2]>,
    /// Whether numbers of an array are made of several.
    tied: Vec<bool>,
    /// How many densities it gives.
    densities: usize,
}

enum Source {
    Free(usize),
    /// Of an array, or, past them, of a density.
    Cotangent(usize),
    Constant(Owned),
}

/// What the head gives.
pub(super) struct Values {
    /// The arrays of the parameters.
    pub(super) arrays: Vec<Vec<f64>>,
    /// The logarithms of the density of the constraints, and of that of each prior.
    pub(super) densities: Vec<f64>,
    /// What the cotangents are by the unconstrained numbers.
    pub(super) pulled: Vec<Vec<f64>>,
}

impl Head {
    /// Compiles it.
    pub(super) fn new(
        plan: &Plan<'_>,
        fit: &hir::Fit,
        free: &[Free],
        params: &[&hir::Param],
        (columns, rows): (&crate::columns::Columns<'_>, usize),
        backend: &dyn Backend,
    ) -> Result<Self, Failure> {
        let wanted = Unconstrained {
            model: plan.model,
            instance: &fit.instance,
            inputs: &plan.row_inputs,
            params,
            rows: rows as u64,
            priors: fit.objective.priors,
            jacobian: fit.objective.priors && fit.objective.jacobian,
        };
        let lowered = to_ssa::unconstrained(plan.program, &wanted)
            .map_err(|diagnostic| plan.session.sources.refuse(&diagnostic))?;
        let place = |binding: Binding| {
            let wanted = |free: &Free| binding == Binding::Free(free.local, free.leaf);
            free.iter().position(wanted)
        };
        let bindings = lowered.bindings;
        let places: Vec<usize> = free
            .iter()
            .map(|free| {
                let wanted = Binding::Free(free.local, free.leaf);
                let found = bindings.iter().position(|&binding| binding == wanted);
                found.expect("the head reads every array")
            })
            .collect();
        let pulled = sdec_ad::vjp::run(&lowered.func, &places)
            .expect("parameters are made of floats, as the checker demands");
        let densities = lowered.func.body.results.len() - free.len();
        let code = compile(pulled, backend, MEMORY, Runs::new(1, None))?.code;
        let mut inputs = Vec::new();
        for (k, slot) in code.signature().inputs.iter().enumerate() {
            inputs.push(match bindings.get(k) {
                Some(&binding) => match place(binding) {
                    Some(place) => Source::Free(place),
                    None => Source::Constant(plan.array(binding, columns)?.into_slot(slot)),
                },
                None => Source::Cotangent(k - bindings.len()),
            });
        }
        let sizes = free.iter().map(|free| [free.free_numbers(), free.numbers()]).collect();
        let tied = free.iter().map(|free| free.constraint.axes() > 0).collect();
        Ok(Self { code, inputs, sizes, tied, densities })
    }

    /// Its values at `at`, and what these cotangents of the arrays and of each density are by `at`.
    pub(super) fn run(
        &self,
        at: &[f64],
        cotangents: &[Vec<f64>],
        density: f64,
    ) -> Result<Values, Failure> {
        let mut arrays = Vec::new();
        let mut rest = at;
        for &[size, _] in &self.sizes {
            let (own, others) = rest.split_at(size);
            arrays.push(own);
            rest = others;
        }
        let last = [density];
        let inputs: Vec<sdec_abi::Input<'_>> = self
            .inputs
            .iter()
            .map(|source| match source {
                Source::Free(k) => sdec_abi::Input::F64(arrays[*k]),
                Source::Cotangent(k) => {
                    sdec_abi::Input::F64(cotangents.get(*k).map_or(&last, |own| own.as_slice()))
                }
                Source::Constant(owned) => owned.as_input(),
            })
            .collect();
        let results = once(&*self.code, &inputs)?;
        let mut results = results.into_iter().map(HostArray::into_floats);
        let arrays = results.by_ref().take(self.sizes.len()).collect();
        let densities = results.by_ref().take(self.densities).flatten().collect();
        Ok(Values { arrays, densities, pulled: results.collect() })
    }

    /// The values alone.
    pub(super) fn values(&self, at: &[f64]) -> Result<Values, Failure> {
        self.run(at, &self.filled(0.0), 0.0)
    }

    /// The derivatives of each number by those that it is made of.
    pub(super) fn slopes(&self, at: &[f64]) -> Result<Jacobian, Failure> {
        let mut cotangents = self.filled(1.0);
        let own = self.run(at, &cotangents, 0.0)?.pulled;
        let (mut slopes, mut first) = (Jacobian::new(), 0);
        for (k, &[free, numbers]) in self.sizes.iter().enumerate() {
            if !self.tied[k] {
                slopes
                    .extend(own[k].iter().enumerate().map(|(i, &slope)| vec![(first + i, slope)]));
            }
            for entry in (0..numbers).filter(|_| self.tied[k]) {
                cotangents[k].fill(0.0);
                cotangents[k][entry] = 1.0;
                let pulled = self.run(at, &cotangents, 0.0)?.pulled;
                let by = pulled[k].iter().enumerate().filter(|(_, slope)| **slope != 0.0);
                slopes.push(by.map(|(i, &slope)| (first + i, slope)).collect());
            }
            first += free;
        }
        Ok(slopes)
    }

    /// A cotangent for each array.
    fn filled(&self, x: f64) -> Vec<Vec<f64>> {
        self.sizes.iter().map(|&[_, numbers]| vec![x; numbers]).collect()
    }
}
