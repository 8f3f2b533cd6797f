//! What a block computes on one path by the interpreter of `ssa`: a second opinion on everything
//! below it. It agrees with kernels to rounding only, since fma is chosen on the way down.

use sdec_hir as hir;
use sdec_hir::BlockKind;
use sdec_lower::to_ssa::{Aspect, Objective};
use sdec_noise::Key;
use sdec_ssa::{Array, DrawLaw, Draws, Scalar, Type};

use crate::columns::Columns;
use crate::compile::backend;
use crate::constants::Evaluator;
use crate::inputs::HostArray;
use crate::options::BackendChoice;
use crate::run::{estimate_program, name, sample_request};
use crate::solve::Plan;
use crate::{Failure, Session};

impl Session {
    /// The results of the program of a named block on one path: for a sample its states at all kept
    /// times, for an estimate its value and the derivatives that it asks for.
    ///
    /// # Errors
    ///
    /// What keeps the block from being compiled, or that no block solves a model under this name.
    pub fn reference(&self, block: &str, path: u64) -> Result<Vec<Vec<f64>>, Failure> {
        let program = self.checked()?;
        let backend = backend(BackendChoice::Interp, &self.options)?;
        let columns = Columns::new(program, &self.folder, &self.sources);
        let fitted = crate::params::Given::new();
        let evaluator = Evaluator {
            program,
            columns: &columns,
            backend: &*backend,
            sources: &self.sources,
            fitted: &fitted,
        };
        let found = program.blocks.iter().find(|found| name(&found.kind) == Some(block));
        let Some(found) = found else {
            return Err(Failure::Usage(format!("no block is named `{block}`")));
        };
        let (plan, lowered) = self.path_program(&evaluator, found, true)?;
        let mut inputs = Vec::new();
        for (param, &binding) in lowered.func.params.iter().zip(&lowered.bindings) {
            let ty = lowered.func.types[param.value].clone();
            inputs.push(array(ty, plan.array(binding, &columns)?));
        }
        let mut draws = PathDraws { seed: plan.seed, single: plan.single, path };
        let mut results = sdec_ssa::eval(&lowered.func, &inputs, &mut draws);
        if let Some(status) = lowered.status {
            results.remove(status);
        }
        Ok(results.iter().map(|array| array.as_floats().to_vec()).collect())
    }

    /// The program of a path for a block that solves a model, with derivatives if it asks for any and
    /// they are wanted.
    pub(crate) fn path_program<'a>(
        &'a self,
        evaluator: &Evaluator<'_>,
        block: &'a hir::Block,
        gradient: bool,
    ) -> Result<(Plan<'a>, sdec_lower::to_ssa::Lowered), Failure> {
        match &block.kind {
            BlockKind::Sample(sample) => {
                let (plan, _) =
                    Plan::new(self, evaluator, &sample_request(self.checked()?, sample, block))?;
                let lowered = plan.lower(Objective::Sample(plan.at.clone()), None)?;
                Ok((plan, lowered))
            }
            BlockKind::Estimate(estimate) => {
                estimate_program(self, evaluator, estimate, block, gradient)
            }
            BlockKind::Fit(fit) => {
                let columns = evaluator.columns;
                let (mut plan, lowered, units) = {
                    let all = crate::fit::Form::of(Aspect::Sum);
                    crate::fit::program(self, evaluator, columns, fit, block, all)?
                };
                plan.paths = units.paths();
                let lowered = match gradient {
                    true => crate::fit::with_gradient(self, fit, lowered)?,
                    false => lowered,
                };
                Ok((plan, lowered))
            }
            BlockKind::Planned(planned) => Err(self.sources.refuse(&(&planned.unbuilt).into())),
            BlockKind::Show(_) => unreachable!("expressions have no name"),
        }
    }
}

fn array(ty: Type, entries: HostArray) -> Array {
    match entries {
        HostArray::Float(entries) => {
            let round = |x: f64| if ty.scalar == Scalar::F32 { f64::from(x as f32) } else { x };
            Array::floats(ty.clone(), entries.into_iter().map(round).collect())
        }
        HostArray::Int(entries) => Array::ints(ty, entries),
    }
}

/// The draws of one path.
struct PathDraws {
    seed: u64,
    single: bool,
    path: u64,
}

impl Draws for PathDraws {
    fn draw(&mut self, stream: &str, law: DrawLaw, number: u64) -> f64 {
        let key: Key = sdec_noise::stream_key(self.seed, stream, 0);
        match (law, self.single) {
            (DrawLaw::Normal, false) => sdec_noise::normal_f64(key, self.path, number),
            (DrawLaw::Normal, true) => f64::from(sdec_noise::normal_f32(key, self.path, number)),
            (DrawLaw::Uniform, false) => sdec_noise::uniform_f64(key, self.path, number),
            (DrawLaw::Uniform, true) => f64::from(sdec_noise::uniform_f32(key, self.path, number)),
        }
    }
}
