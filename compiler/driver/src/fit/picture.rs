//! What the picture of a fit shows of its first rows: laws of what was observed, and where in them it lies.

use std::collections::BTreeMap;

use sdec_base::Special;
use sdec_codegen::Backend;
use sdec_engine::{Collected, Engine};
use sdec_hir::{self as hir, Evidence, Observed};
use sdec_lower::to_ssa::{self, Aspect, Binding, LEVELS, OfRow};
use sdec_output::{FitPicture, Fitting};

use super::objective::Source;
use super::pack::ByPath;
use super::units::Units;
use super::{Form, kept, own_params, program, sources};
use crate::columns::Columns;
use crate::compile::{MEMORY, Runs, compile};
use crate::constants::Evaluator;
use crate::{Failure, Session};

/// Rows that are looked at.
const ROWS: usize = 3;

/// The series of a fit at the parameters that the evaluator gives, and how many there are.
///
/// # Errors
///
/// What keeps their laws from being computed.
pub(crate) fn picture(
    session: &Session,
    evaluator: &Evaluator<'_>,
    columns: &Columns<'_>,
    backend: &dyn Backend,
    (fit, block): (&hir::Fit, &hir::Block),
) -> Result<FitPicture, Failure> {
    let mut picture = FitPicture::default();
    let model = &session.checked()?.models[fit.model];
    match &fit.objective.evidence {
        Evidence::Solved if model.observations.iter().any(spreads) => {}
        Evidence::Transition { .. } => {}
        Evidence::Solved | Evidence::Flow { .. } => return Ok(picture),
    }
    let shown = Form { rows: Some(ROWS), ..Form::of(Aspect::Spread) };
    let (plan, lowered, mut units) = program(session, evaluator, columns, fit, block, shown)?;
    let code = compile(lowered.func, backend, MEMORY, Runs::new(units.paths(), Some(1)))?.code;
    let mut own = std::mem::take(&mut units.own);
    fitted_rows(session, evaluator, fit, &units, &mut own)?;
    let sources =
        sources(code.signature(), &lowered.bindings, &[], own, &units.landmarks, &plan, columns)?;
    let mut drawn = Drawn {
        code: &*code,
        bindings: &lowered.bindings,
        sources,
        status: lowered.status,
        units: &units,
        engine: Engine::new(std::num::NonZeroUsize::MIN)
            .map_err(|error| Failure::Environment(error.to_string()))?,
    };
    picture.series = match &fit.objective.evidence {
        Evidence::Solved => drawn.solved(model)?,
        Evidence::Transition { states, .. } if units.most.is_some() => {
            drawn.filtered(model, states)?
        }
        Evidence::Transition { states, .. } => drawn.transitions(model, states)?,
        Evidence::Flow { .. } => Vec::new(),
    };
    picture.count = picture.series.len();
    Ok(picture)
}

/// What the rows were found to have for themselves.
fn fitted_rows(
    session: &Session,
    evaluator: &Evaluator<'_>,
    fit: &hir::Fit,
    units: &Units,
    own: &mut BTreeMap<OfRow, ByPath>,
) -> Result<(), Failure> {
    let program = session.checked()?;
    for param in own_params(program, fit) {
        let shapes = to_ssa::shapes(program, &fit.instance, &program.locals[param.local].ty);
        for (k, (_, shape)) in shapes.iter().enumerate() {
            let Some(array) = evaluator.fitted.get(&(param.local, k)) else { continue };
            let (numbers, entries) = (array.to_floats(), shape.iter().product::<usize>());
            let of_path = |path| numbers[units.row_of(path) * entries..][..entries].to_vec();
            let paths = units.first.last().copied().unwrap_or(0);
            let rows = ByPath::Float((0..paths).map(of_path).collect());
            own.insert(OfRow::Param(param.local, k), rows);
        }
    }
    Ok(())
}

/// Whether the law of an observation has quantiles.
fn spreads(observation: &hir::Observation) -> bool {
    matches!(observation.observed, Observed::Law { spread: Some(_), .. })
}

/// The program of some rows, and what it reads.
struct Drawn<'a> {
    code: &'a dyn sdec_abi::Compiled,
    bindings: &'a [Binding],
    sources: Vec<Source>,
    status: Option<usize>,
    units: &'a Units,
    engine: Engine,
}

impl Drawn<'_> {
    /// What each path gives, output by output.
    fn outputs(&self) -> Result<Vec<Vec<Vec<f64>>>, Failure> {
        let paths: Vec<usize> = (0..self.paths()).collect();
        let outputs = kept::outputs(self.code, &self.sources, &paths, self.status, &self.engine)?;
        let by_path = |output: &Collected| match output {
            Collected::Paths { rows, .. } => {
                rows.chunks((rows.len() / paths.len()).max(1)).map(<[f64]>::to_vec).collect()
            }
            Collected::Uniform(entries) => vec![entries.clone(); paths.len()],
            Collected::Moments(_) | Collected::Sums(_) | Collected::Status(_) => Vec::new(),
        };
        Ok(outputs.iter().map(by_path).collect())
    }

    fn paths(&self) -> usize {
        self.units.first.last().copied().unwrap_or(0)
    }

    fn source(&self, binding: OfRow) -> Option<&ByPath> {
        let place = self.bindings.iter().position(|&known| known == Binding::Row(binding))?;
        self.sources.get(place)?.own()
    }

    fn floats(&self, binding: OfRow, path: usize) -> &[f64] {
        match self.source(binding) {
            Some(ByPath::Float(rows)) => &rows[path],
            Some(ByPath::Int(_)) | None => &[],
        }
    }

    fn is_present(&self, observation: usize, path: usize, landmark: usize) -> bool {
        match self.source(OfRow::Present(observation)) {
            Some(ByPath::Int(rows)) => rows[path][landmark] != 0,
            Some(ByPath::Float(_)) | None => true,
        }
    }

    /// Along the solution: quantiles of each law.
    fn solved(&self, model: &hir::Model) -> Result<Vec<Fitting>, Failure> {
        let outputs = self.outputs()?;
        let mut all = Vec::new();
        for row in 0..self.paths() {
            let mut outputs = outputs.iter().filter(|output| !output.is_empty());
            for seen in &self.units.seen {
                let observation = &model.observations[seen.observation];
                let Observed::Law { spread: Some(spread), .. } = &observation.observed else {
                    continue;
                };
                let found: Vec<&[f64]> =
                    outputs.by_ref().take(LEVELS.len() + 2).map(|output| &*output[row]).collect();
                let data = self.floats(OfRow::Datum(seen.observation, 0), row);
                let landmarks = self.units.landmarks_of(row);
                let width = (data.len() / landmarks.max(1)).max(1);
                if landmarks < 2 {
                    continue;
                }
                for entry in 0..width {
                    let mut fitting = Fitting {
                        name: name(&observation.name, width, entry),
                        ..Fitting::default()
                    };
                    if self.paths() > 1 {
                        fitting.name = format!("{}, row {}", fitting.name, row + 1);
                    }
                    for landmark in 0..landmarks {
                        let time = self.units.time(row, landmark);
                        let at = landmark * width + entry;
                        let [low, middle, high, below, under] =
                            [0, 1, 2, 3, 4].map(|k: usize| found[k][at]);
                        fitting.law.push((time, [low, middle, high]));
                        if self.is_present(seen.observation, row, landmark) {
                            // The middle of a jump stands for where in it a whole number lies.
                            let part = if spread.is_whole { 0.5 * (below + under) } else { below };
                            fitting.seen.push((time, data[at]));
                            fitting.residuals.push((time, normal_quantile(part)));
                        }
                    }
                    all.push(fitting);
                }
            }
        }
        Ok(all)
    }

    /// From each observation to the next: the density of a transition is Gaussian, so that three of its
    /// values give its mean and its deviation; of several states, given the others.
    fn transitions(
        &mut self,
        model: &hir::Model,
        states: &[usize],
    ) -> Result<Vec<Fitting>, Failure> {
        let centre = self.outputs()?;
        let mut all: Vec<Vec<Fitting>> = vec![Vec::new(); self.units.first.len() - 1];
        for &observation in states {
            let binding = OfRow::Datum(observation, 0);
            let width = self.floats(binding, 0).len();
            for entry in 0..width {
                let step = self.spacing(observation, entry);
                self.shift(binding, entry, step);
                let above = self.outputs()?;
                self.shift(binding, entry, -2.0 * step);
                let below = self.outputs()?;
                self.shift(binding, entry, step);
                for (row, all) in all.iter_mut().enumerate() {
                    let name = name(&model.observations[observation].name, width, entry);
                    let mut fitting = Fitting { name, ..Fitting::default() };
                    for path in self.units.first[row]..self.units.first[row + 1] {
                        let [up, here, down] =
                            [&above, &centre, &below].map(|outputs| outputs[0][path][0]);
                        let slope = (up - down) / (2.0 * step);
                        let curvature = (up - 2.0 * here + down) / (step * step);
                        let (variance, value) =
                            (-1.0 / curvature, self.floats(binding, path)[entry]);
                        let (mean, sd) = (value + slope * variance, variance.sqrt());
                        let time = self.floats(OfRow::LegTimes, path)[0]
                            + self.floats(OfRow::LegSteps, path)[0];
                        add_normal(&mut fitting, time, (mean, sd), Some(value));
                    }
                    all.push(fitting);
                }
            }
        }
        Ok(all.concat())
    }

    /// Of states that were seen in part: the law of each given all that was seen before.
    fn filtered(&self, model: &hir::Model, states: &[usize]) -> Result<Vec<Fitting>, Failure> {
        let outputs = self.outputs()?;
        let mut all: Vec<Vec<Fitting>> = vec![Vec::new(); self.units.first.len() - 1];
        let widths = states.iter().map(|&k| self.floats(OfRow::Before(k, 0), 0).len());
        let widths: Vec<usize> = widths.collect();
        let n: usize = widths.iter().sum();
        let mut state = 0;
        for (&observation, &width) in states.iter().zip(&widths) {
            for entry in 0..width {
                for (row, all) in all.iter_mut().enumerate() {
                    let name = name(&model.observations[observation].name, width, entry);
                    let mut fitting = Fitting { name, ..Fitting::default() };
                    let paths = self.units.first[row]..self.units.first[row + 1];
                    for path in paths {
                        let [froms, lengths, data] =
                            [OfRow::LegTimes, OfRow::LegSteps, OfRow::Datum(observation, 0)]
                                .map(|binding| self.floats(binding, path));
                        for (k, (from, length)) in froms.iter().zip(lengths).enumerate() {
                            let [means, covariances] = [0, 1].map(|k: usize| &outputs[k][path]);
                            let mean = means[k * n + state];
                            let sd = covariances[k * n * n + state * (n + 1)].sqrt();
                            let is_present = self.is_present(observation, path, k);
                            let value = is_present.then(|| data[k * width + entry]);
                            add_normal(&mut fitting, from + length, (mean, sd), value);
                        }
                    }
                    all.push(fitting);
                }
                state += 1;
            }
        }
        Ok(all.concat())
    }

    /// A length over which the density changes: what the observations differ by from time to time.
    fn spacing(&self, observation: usize, entry: usize) -> f64 {
        let moves = (0..self.paths()).map(|path| {
            let [before, after] = [OfRow::Before(observation, 0), OfRow::Datum(observation, 0)]
                .map(|binding| self.floats(binding, path).get(entry).copied().unwrap_or(0.0));
            (after - before).powi(2)
        });
        let mean = (moves.sum::<f64>() / self.paths().max(1) as f64).sqrt();
        if mean > 0.0 && mean.is_finite() { mean } else { 1.0 }
    }

    /// Moves an entry of what was observed on every path.
    fn shift(&mut self, binding: OfRow, entry: usize, by: f64) {
        let place = self.bindings.iter().position(|&known| known == Binding::Row(binding));
        if let Some(Source::Own(ByPath::Float(rows))) = place.map(|place| &mut self.sources[place])
        {
            rows.iter_mut().for_each(|row| row[entry] += by);
        }
    }
}

/// Adds a time at which the law is normal with this mean and deviation, and what was seen then.
fn add_normal(fitting: &mut Fitting, time: f64, (mean, sd): (f64, f64), seen: Option<f64>) {
    fitting.law.push((time, LEVELS.map(|p| mean + sd * normal_quantile(p))));
    if let Some(value) = seen {
        fitting.seen.push((time, value));
        fitting.residuals.push((time, (value - mean) / sd));
    }
}

/// Φ⁻¹(p)
fn normal_quantile(p: f64) -> f64 {
    sdec_ssa::eval_special(Special::NormalQuantile, p)
}

/// The name of an entry.
fn name(name: &str, width: usize, entry: usize) -> String {
    if width == 1 { name.to_owned() } else { format!("{name}[{entry}]") }
}
