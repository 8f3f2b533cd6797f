//! The value that a fit makes small, with its gradient: compiled code and what it reads.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use sdec_abi::Compiled;
use sdec_engine::{Collect, Collected, Engine, Job, NotFinite, RunError, Sample};
use sdec_fit::Batch;

use super::head::{Free, Head, Values};
use super::pack::ByPath;
use super::units::Units;
use crate::Failure;
use crate::common::Common;
use crate::inputs::{HostArray, Owned};

/// Where an input of the program comes from.
pub(crate) enum Source {
    /// The same in every evaluation.
    Constant(Owned),
    /// An array of a parameter that moves, by its place.
    Param(usize),
    /// An array of which each row has its own entries, by its place.
    RowParam(usize),
    /// What each path has for itself.
    Own(ByPath),
    /// The key of a stream.
    Key(String),
    /// What is computed once for all rows, by its number.
    Handed(usize),
    /// Normal draws of a stream, by the number of the row: the same in whichever batch it is.
    Direction(String),
}

impl Source {
    /// What each path has for itself, if this is that.
    pub(super) fn own(&self) -> Option<&ByPath> {
        match self {
            Self::Own(own) => Some(own),
            Self::Constant(_)
            | Self::Param(_)
            | Self::RowParam(_)
            | Self::Direction(_)
            | Self::Handed(_)
            | Self::Key(_) => None,
        }
    }
}

/// A likelihood that can be evaluated.
pub(super) struct Likelihood {
    pub(super) code: Arc<dyn Compiled>,
    pub(super) sources: Vec<Source>,
    /// The place of each array that moves among the derivatives, which come after the value; none where
    /// the program does not read it.
    pub(super) derivatives: Vec<Option<usize>>,
    /// What is computed once for all rows, and the places of the derivatives by it.
    pub(super) common: Option<(Common, Vec<usize>)>,
    /// The output that says how paths ended.
    pub(super) status: Option<usize>,
    pub(super) units: Units,
    pub(super) seed: u64,
    /// The inputs of the last rows.
    pub(super) packed: Option<(Vec<usize>, Vec<Option<Owned>>)>,
}

/// What a likelihood is evaluated with.
struct With<'a> {
    free: &'a [Free],
    /// How many rows the data have.
    rows: usize,
    engine: &'a Engine,
    cancel: &'a AtomicBool,
}

/// The objective of a fit.
pub(crate) struct Objective<'a> {
    pub(super) free: Vec<Free>,
    pub(super) head: Head,
    pub(super) likelihood: Likelihood,
    /// The same without derivatives, where rows are held out.
    pub(super) plain: Option<Likelihood>,
    pub(super) engine: Engine,
    pub(super) start: Vec<f64>,
    pub(super) rows: usize,
    pub(super) priors: bool,
    pub(super) cancel: &'a AtomicBool,
}

/// Why there is no value.
pub(crate) enum Missing {
    /// Not at this place: the path and the time, where they are known, and why.
    NotFinite { path: Option<u64>, time: Option<f64>, why: String },
    /// Not at all.
    Failure(Failure),
}

impl From<Failure> for Missing {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// A value with its gradient.
pub(crate) struct Evaluated {
    pub(crate) value: f64,
    /// By the unconstrained numbers.
    pub(crate) gradient: Vec<f64>,
}

impl Objective<'_> {
    /// `weight · Σ −log p(row)`, less the log density of the priors if they are counted.
    pub(crate) fn evaluate(&mut self, at: &[f64], batch: &Batch<'_>) -> Result<Evaluated, Missing> {
        let Batch { rows, weight, prior, step } = *batch;
        let Values { arrays, densities, .. } = self.head.values(at)?;
        let density: f64 = densities.iter().sum();
        let Self { free, rows: all, engine, cancel, likelihood, .. } = self;
        let with = With { free, rows: *all, engine, cancel };
        let (sample, value) = likelihood.run(&with, &arrays, rows, step)?;
        let paths = self.likelihood.units.of_rows(rows);
        let mut cotangents = Vec::new();
        for (free, derivative) in self.free.iter().zip(&self.likelihood.derivatives) {
            cotangents.push(match derivative {
                Some(k) if free.rows.is_some() => {
                    self.by_row(&sample.outputs[*k], &paths, weight, free.numbers())
                }
                Some(k) => {
                    let sums = sums(&sample.outputs[*k], paths.len());
                    sums.into_iter().map(|sum| -weight * sum).collect()
                }
                None => vec![0.0; free.numbers()],
            });
        }
        if let Some((common, outputs)) = &self.likelihood.common {
            let of_values = outputs.iter().map(|&k| {
                let sums = sums(&sample.outputs[k], paths.len());
                sums.into_iter().map(|sum| -weight * sum).collect()
            });
            common.pull(&arrays, &of_values.collect::<Vec<_>>(), &mut cotangents)?;
        }
        let counted = if prior && self.priors { -1.0 } else { 0.0 };
        let pulled = self.head.run(at, &cotangents, counted)?.pulled;
        let gradient = pulled.concat();
        let mut value = -weight * value;
        if counted != 0.0 {
            value -= density;
        }
        if !value.is_finite() || gradient.iter().any(|x| !x.is_finite()) {
            let why = "the prior or a parameter is not finite".to_owned();
            return Err(Missing::NotFinite { path: None, time: None, why });
        }
        Ok(Evaluated { value, gradient })
    }

    /// The same value, without the gradient.
    pub(crate) fn value(&mut self, at: &[f64], batch: &Batch<'_>) -> Result<f64, Missing> {
        let Self { free, rows: all, engine, cancel, plain: Some(plain), .. } = self else {
            return Ok(self.evaluate(at, batch)?.value);
        };
        let Batch { rows, weight, prior, step } = *batch;
        let Values { arrays, densities, .. } = self.head.values(at)?;
        let with = With { free, rows: *all, engine, cancel };
        let (_, value) = plain.run(&with, &arrays, rows, step)?;
        let counted = if prior && self.priors { densities.iter().sum() } else { 0.0 };
        Ok(-weight * value - counted)
    }

    /// What an output of each path is by the rows' own numbers.
    fn by_row(&self, output: &Collected, paths: &[usize], weight: f64, numbers: usize) -> Vec<f64> {
        let entries = numbers / self.rows.max(1);
        let mut sums = vec![0.0; numbers];
        let of_path = |place: usize| match output {
            Collected::Paths { rows, .. } => &rows[place * entries..][..entries],
            Collected::Uniform(all) => all.as_slice(),
            Collected::Moments(_) | Collected::Sums(_) | Collected::Status(_) => {
                unreachable!("every path is kept")
            }
        };
        for (place, &path) in paths.iter().enumerate() {
            let row = self.likelihood.units.row_of(path);
            for (sum, x) in sums[row * entries..][..entries].iter_mut().zip(of_path(place)) {
                *sum -= weight * x;
            }
        }
        sums
    }

    /// How many rows the data have, whatever is made of them.
    pub(crate) fn rows_of_data(&self) -> usize {
        self.rows - self.likelihood.units.held.len()
    }

    /// The row of a path, in words; nothing where there is one.
    pub(super) fn in_row(&self, path: usize) -> String {
        match self.rows_of_data() {
            1 => String::new(),
            _ => format!(" in row {}", self.likelihood.units.row_of(path) + 1),
        }
    }

    /// Every row of the data.
    pub(crate) fn all_rows(&self) -> Vec<usize> {
        (0..self.rows).collect()
    }

    /// The values of the parameters.
    pub(crate) fn constrained(&self, at: &[f64]) -> Result<Vec<f64>, Failure> {
        Ok(self.head.values(at)?.arrays.concat())
    }
}

impl Likelihood {
    /// Its program for some rows, and the sum of their log-likelihoods.
    fn run(
        &mut self,
        with: &With<'_>,
        arrays: &[Vec<f64>],
        rows: &[usize],
        step: u64,
    ) -> Result<(Sample, f64), Missing> {
        let paths = self.units.of_rows(rows);
        let code = Arc::clone(&self.code);
        let signature = code.signature();
        if self.packed.as_ref().is_none_or(|(known, _)| known != rows) {
            let packed = self
                .sources
                .iter()
                .zip(&signature.inputs)
                .map(|(source, slot)| source.own().map(|own| own.packed(slot, &paths)));
            self.packed = Some((rows.to_vec(), packed.collect()));
        }
        let likelihood = &*self;
        let packed = self.packed.as_ref().map_or(&[][..], |(_, packed)| packed);
        let handed = match &likelihood.common {
            Some((common, _)) => common.values(arrays)?,
            None => Vec::new(),
        };
        let mut fresh: BTreeMap<usize, Owned> = BTreeMap::new();
        for (k, (source, slot)) in likelihood.sources.iter().zip(&signature.inputs).enumerate() {
            match source {
                Source::Param(array) => {
                    fresh.insert(k, HostArray::Float(arrays[*array].clone()).into_slot(slot));
                }
                Source::Handed(number) => {
                    fresh.insert(k, handed[*number].clone().into_slot(slot));
                }
                Source::RowParam(array) => {
                    let entries = arrays[*array].len() / with.rows.max(1);
                    let own = arrays[*array].chunks(entries.max(1)).map(<[f64]>::to_vec).collect();
                    let rows: Vec<usize> =
                        paths.iter().map(|&path| likelihood.units.row_of(path)).collect();
                    fresh.insert(k, ByPath::Float(own).packed(slot, &rows));
                }
                Source::Key(name) => {
                    let key = sdec_noise::stream_key(likelihood.seed, name, step);
                    fresh.insert(k, Owned::Word(key.0.to_vec()));
                }
                Source::Direction(name) => {
                    let key = sdec_noise::stream_key(likelihood.seed, name, step);
                    let rows = paths.iter().map(|&path| likelihood.units.row_of(path));
                    let drawn = directions(key, rows, slot.len);
                    let all: Vec<usize> = (0..drawn.len()).collect();
                    fresh.insert(k, ByPath::Float(drawn).packed(slot, &all));
                }
                Source::Constant(_) | Source::Own(_) => {}
            }
        }
        let mut inputs = Vec::new();
        for (k, source) in likelihood.sources.iter().enumerate() {
            inputs.push(match source {
                Source::Constant(owned) => owned.as_input(),
                Source::Param(_)
                | Source::RowParam(_)
                | Source::Direction(_)
                | Source::Handed(_)
                | Source::Key(_) => fresh[&k].as_input(),
                Source::Own(_) => {
                    let own = packed[k].as_ref();
                    own.expect("what each path has is packed").as_input()
                }
            });
        }
        let mut collect = vec![Collect::Sums; signature.outputs.len()];
        if let Some(status) = likelihood.status {
            collect[status] = Collect::Status;
        }
        for (free, derivative) in with.free.iter().zip(&likelihood.derivatives) {
            if let Some(output) = derivative.filter(|_| free.rows.is_some()) {
                collect[output] = Collect::Keep;
            }
        }
        let job = Job {
            paths: paths.len() as u64,
            first_path: 0,
            collect: &collect,
            cancel: Some(with.cancel),
            progress: None,
        };
        let sample = with.engine.run(&*likelihood.code, &inputs, &job).map_err(|error| {
            Missing::Failure(if error == RunError::Cancelled {
                Failure::Interrupted
            } else {
                Failure::Environment(error.to_string())
            })
        })?;
        let number = |place: usize| Some(paths.get(place).copied().unwrap_or(place) as u64);
        let value = sums(&sample.outputs[0], paths.len())[0];
        let stopped = likelihood.status.and_then(|status| match &sample.outputs[status] {
            Collected::Status(statuses) => statuses.first,
            Collected::Moments(_)
            | Collected::Sums(_)
            | Collected::Paths { .. }
            | Collected::Uniform(_) => None,
        });
        if let Some(stopped) = stopped {
            let path = number(usize::try_from(stopped.path).unwrap_or(usize::MAX));
            let why = "the solve stopped there".to_owned();
            return Err(Missing::NotFinite { path, time: Some(stopped.time), why });
        }
        if !value.is_finite() || sample.not_finite.is_some() {
            let path = sample.not_finite.and_then(|NotFinite { first, .. }| {
                number(usize::try_from(first).unwrap_or(usize::MAX))
            });
            let why = "the likelihood or its gradient is not finite".to_owned();
            return Err(Missing::NotFinite { path, time: None, why });
        }
        Ok((sample, value))
    }
}

/// The sum of each entry of an output over the paths.
fn sums(output: &Collected, paths: usize) -> Vec<f64> {
    match output {
        Collected::Moments(moments) | Collected::Paths { moments, .. } => {
            moments.iter().map(|entry| entry.sum).collect()
        }
        Collected::Sums(sums) => sums.clone(),
        Collected::Uniform(entries) => entries.iter().map(|entry| entry * paths as f64).collect(),
        Collected::Status(_) => unreachable!("statuses are no numbers to sum"),
    }
}

/// A normal direction for each of these rows.
fn directions(key: sdec_noise::Key, rows: impl Iterator<Item = usize>, len: u64) -> Vec<Vec<f64>> {
    let row = |row| (0..len).map(|k| sdec_noise::normal_f64(key, row as u64, k)).collect();
    rows.map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::directions;

    #[test]
    fn a_row_has_its_direction_in_whichever_batch_it_is() {
        let key = sdec_noise::stream_key(7, "M.trace", 3);
        let all = directions(key, 0..5, 2);
        assert_eq!(directions(key, [3, 1].into_iter(), 2), [all[3].clone(), all[1].clone()]);
        assert_ne!(all[0], all[1]);
    }
}
