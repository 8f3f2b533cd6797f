//! What a program computes once for all paths: see [`sdec_opt::ssa::levels`].

use std::sync::Arc;

use sdec_abi::{Compiled, Signature};
use sdec_codegen::Backend;
use sdec_lower::to_ssa::{Binding, Lowered};
use sdec_opt::ssa::levels::{self, Levels, Worth};
use sdec_ssa::Func;

use crate::Failure;
use crate::columns::Columns;
use crate::compile::{GROUP_WIDE, MEMORY, Runs, Took, compile};
use crate::inputs::{HostArray, Owned};
use crate::once::once;
use crate::solve::Plan;

/// A program that is run once for all paths, and whose results are handed to that of a path.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) func: Func,
    /// One for each parameter.
    pub(crate) bindings: Vec<Binding>,
}

impl Shared {
    /// The program that also pulls cotangents of its results back to some parameters.
    pub(crate) fn pulled(&self, places: &[usize]) -> Func {
        sdec_ad::vjp::run(&self.func, places)
            .expect("parameters are made of floats, as the checker demands")
    }
}

/// What it takes for a second program to be worth it where paths are run again and again; none where they are one
/// group, which computes it once anyway.
///
/// A cotangent that is summed over the paths costs about as much as a few operations that are done for all of them. With
/// 16 paths side by side, half a million doubles take 64 MiB.
pub(crate) fn of_many_runs(paths: u64) -> Option<Worth> {
    let several = paths > GROUP_WIDE.into();
    several.then_some(Worth { each: 4, whole: 4096, most: 1 << 19 })
}

/// The same where they are run once: then it has to make up for the time that compiling takes, and what is read instead
/// of computed saves a little beside what is done for each path.
pub(crate) fn of_one_run(paths: u64) -> Option<Worth> {
    let of_group = COMPILING / sdec_abi::groups(paths).max(1);
    of_many_runs(paths).map(|worth| Worth { each: 32, whole: worth.whole.max(of_group), ..worth })
}

/// Operations in the time in which a small program is compiled.
const COMPILING: u64 = 8 << 20;

/// Takes out of an optimised program what all paths have in common, if that is worth it. The program gets a parameter for
/// each of its results.
pub(crate) fn take(lowered: &mut Lowered, worth: Option<Worth>) -> Option<Shared> {
    let Levels { common, reads, own } = levels::run(&lowered.func, worth?)?;
    let bindings = reads.iter().map(|&k| lowered.bindings[k]).collect();
    lowered.bindings.extend((0..common.body.results.len()).map(Binding::Handed));
    lowered.func = own;
    Some(Shared { func: common, bindings })
}

/// What is handed to the paths of a program in which nothing moves.
pub(crate) fn values(
    plan: &Plan<'_>,
    shared: &Shared,
    columns: &Columns<'_>,
    backend: &dyn Backend,
) -> Result<Vec<HostArray>, Failure> {
    let sources = |signature: &Signature| {
        let slots = shared.bindings.iter().zip(&signature.inputs);
        let fixed = slots.map(|(&binding, slot)| {
            Ok(Source::Fixed(plan.array(binding, columns)?.into_slot(slot)))
        });
        fixed.collect()
    };
    let (common, _) = Common::new(shared, sources, backend, false)?;
    common.values(&[])
}

/// Where a parameter of what is run once comes from.
pub(crate) enum Source {
    /// The same in every run.
    Fixed(Owned),
    /// An array that moves, by its place.
    Moving(usize),
}

/// What is run once, compiled.
pub(crate) struct Common {
    forward: Arc<dyn Compiled>,
    /// The same with a cotangent of each parameter that moves, where derivatives are wanted.
    backward: Option<Arc<dyn Compiled>>,
    /// One for each parameter.
    sources: Vec<Source>,
}

impl Common {
    /// Compiles it, and says how long that took.
    pub(crate) fn new(
        shared: &Shared,
        sources: impl FnOnce(&Signature) -> Result<Vec<Source>, Failure>,
        backend: &dyn Backend,
        derives: bool,
    ) -> Result<(Self, Took), Failure> {
        let runs = Runs::new(1, None);
        let forward = compile(shared.func.clone(), backend, MEMORY, runs)?;
        let sources = sources(forward.code.signature())?;
        let mut common = Self { forward: forward.code, backward: None, sources };
        if !derives {
            return Ok((common, forward.took));
        }
        let places: Vec<usize> = common.moving().map(|(place, _)| place).collect();
        let backward = compile(shared.pulled(&places), backend, MEMORY, runs)?;
        common.backward = Some(backward.code);
        Ok((common, forward.took + backward.took))
    }

    /// The parameters that move: their places, and those of their arrays.
    fn moving(&self) -> impl Iterator<Item = (usize, usize)> {
        self.sources.iter().enumerate().filter_map(|(place, source)| match source {
            Source::Moving(array) => Some((place, *array)),
            Source::Fixed(_) => None,
        })
    }

    fn run(
        &self,
        code: &dyn Compiled,
        arrays: &[Vec<f64>],
        cotangents: &[Vec<f64>],
    ) -> Result<Vec<HostArray>, Failure> {
        let (params, others) = code.signature().inputs.split_at(self.sources.len());
        let moving = self.moving().map(|(place, array)| (&arrays[array], &params[place]));
        let fresh = moving.chain(cotangents.iter().zip(others));
        let fresh = fresh.map(|(array, slot)| HostArray::Float(array.clone()).into_slot(slot));
        let fresh: Vec<Owned> = fresh.collect();
        let mut rest = fresh.iter();
        let mut inputs = Vec::new();
        for source in &self.sources {
            let owned = match source {
                Source::Fixed(owned) => Some(owned),
                Source::Moving(_) => rest.next(),
            };
            inputs.push(owned.expect("each that moves is given").as_input());
        }
        inputs.extend(rest.map(Owned::as_input));
        once(code, &inputs)
    }

    /// What is handed over.
    pub(crate) fn values(&self, arrays: &[Vec<f64>]) -> Result<Vec<HostArray>, Failure> {
        self.run(&*self.forward, arrays, &[])
    }

    /// Adds to the cotangents of the arrays what those of the values come to.
    pub(crate) fn pull(
        &self,
        arrays: &[Vec<f64>],
        of_values: &[Vec<f64>],
        of_arrays: &mut [Vec<f64>],
    ) -> Result<(), Failure> {
        let backward = self.backward.as_ref().expect("derivatives were asked for");
        let results = self.run(&**backward, arrays, of_values)?;
        let pulled = results.into_iter().skip(of_values.len()).map(HostArray::into_floats);
        for ((_, array), pulled) in self.moving().zip(pulled) {
            for (sum, pulled) in of_arrays[array].iter_mut().zip(pulled) {
                *sum += pulled;
            }
        }
        Ok(())
    }
}
