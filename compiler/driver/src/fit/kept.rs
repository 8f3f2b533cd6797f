//! A program of a fit evaluated once, with the results of every path.

use sdec_abi::{Compiled, Input};
use sdec_engine::{Collect, Collected, Engine, Job};

use super::objective::Source;
use crate::Failure;
use crate::inputs::Owned;

/// The outputs of a program in which nothing moves and nothing is drawn, for some paths.
///
/// # Errors
///
/// What keeps the engine from running it.
pub(super) fn outputs(
    code: &dyn Compiled,
    sources: &[Source],
    paths: &[usize],
    status: Option<usize>,
    engine: &Engine,
) -> Result<Vec<Collected>, Failure> {
    let signature = code.signature();
    let packed: Vec<Option<Owned>> = sources
        .iter()
        .zip(&signature.inputs)
        .map(|(source, slot)| source.own().map(|own| own.packed(slot, paths)))
        .collect();
    let inputs: Vec<Input<'_>> = sources
        .iter()
        .zip(&packed)
        .filter_map(|(source, packed)| match source {
            Source::Constant(owned) => Some(owned.as_input()),
            Source::Own(_) => packed.as_ref().map(Owned::as_input),
            Source::Param(_)
            | Source::RowParam(_)
            | Source::Direction(_)
            | Source::Handed(_)
            | Source::Key(_) => None,
        })
        .collect();
    let mut collect = vec![Collect::Keep; signature.outputs.len()];
    if let Some(status) = status {
        collect[status] = Collect::Status;
    }
    let count = paths.len() as u64;
    let job = Job { paths: count, first_path: 0, collect: &collect, cancel: None, progress: None };
    let sample = engine.run(code, &inputs, &job);
    Ok(sample.map_err(|error| Failure::Environment(error.to_string()))?.outputs)
}
