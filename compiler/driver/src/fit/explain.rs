//! Why an objective is not finite where a fit starts: the first observation that has no density there, or the
//! first prior.

use std::collections::BTreeMap;

use sdec_base::Diagnostic;
use sdec_codegen::Backend;
use sdec_engine::{Collected, Engine};
use sdec_hir as hir;

use super::pack::ByPath;
use super::units::Units;
use super::{Form, Ready, kept, program, sources};
use crate::columns::Columns;
use crate::compile::{MEMORY, Runs, compile};
use crate::constants::Evaluator;
use crate::solve::Plan;
use crate::{Failure, Session};
use sdec_lower::to_ssa::{Aspect, OfRow};

/// A term of a likelihood.
struct Term {
    observation: usize,
    row: usize,
    /// Of a transition also that of the state before.
    times: Vec<f64>,
    /// What was observed at each of these times.
    data: Vec<Vec<f64>>,
    density: f64,
}

/// The first term that is not finite at the start values, as a diagnostic; none where all are.
///
/// # Errors
///
/// What keeps the terms from being computed.
pub(super) fn explain(
    session: &Session,
    evaluator: &Evaluator<'_>,
    columns: &Columns<'_>,
    backend: &dyn Backend,
    engine: &Engine,
    (fit, block): (&hir::Fit, &hir::Block),
) -> Result<Option<Failure>, Failure> {
    let (plan, lowered, mut units) =
        program(session, evaluator, columns, fit, block, Form::of(Aspect::Terms))?;
    let code = compile(lowered.func, backend, MEMORY, Runs::new(units.paths(), Some(1)))?.code;
    let own = std::mem::take(&mut units.own);
    let data = |binding: fn(usize, usize) -> OfRow| entries(&own, &plan, binding);
    let (before, data) = (data(OfRow::Before), data(OfRow::Datum));
    let legs = [OfRow::LegTimes, OfRow::LegSteps].map(|binding| floats(&own, binding));
    let of_marks = |binding: fn(usize) -> OfRow| {
        (0..plan.model.observations.len()).map(|k| marks(&own, binding(k))).collect::<Vec<_>>()
    };
    let (known, present) = (of_marks(OfRow::Known), of_marks(OfRow::Present));
    let sources =
        sources(code.signature(), &lowered.bindings, &[], own, &units.landmarks, &plan, columns)?;
    let paths: Vec<usize> = (0..units.first.last().copied().unwrap_or(0)).collect();
    let outputs = kept::outputs(&*code, &sources, &paths, lowered.status, engine)?;
    let term = match &fit.objective.evidence {
        hir::Evidence::Solved => {
            (0..units.seen.len()).find_map(|k| first(&outputs[k], k, &units, &data[k]))
        }
        hir::Evidence::Transition { states, .. } if units.most.is_some() => {
            let is_seen = |k, path, nth: usize| match nth.checked_sub(1) {
                None => marked(&known, k, path, 0),
                Some(nth) => marked(&present, k, path, nth),
            };
            filtered(numbers(&outputs[0]), states, &units, (&before, &data), &legs, &is_seen)
        }
        hir::Evidence::Transition { states, .. } => {
            first_path(&outputs[0]).map(|(path, density)| {
                let observation = states.first().copied().unwrap_or(0);
                let ends = [&before, &data];
                let data = ends.map(|all| all[observation].get(path).cloned().unwrap_or_default());
                let of = |leg: &Vec<Vec<f64>>| leg.get(path).map_or(f64::NAN, |leg| leg[0]);
                let (from, length) = (of(&legs[0]), of(&legs[1]));
                let times = vec![from, from + length];
                let row = units.row_of(path);
                Term { observation, row, times, data: data.to_vec(), density }
            })
        }
        hir::Evidence::Flow { .. } => first_path(&outputs[0]).map(|(row, density)| {
            let data = vec![data[0].get(row).cloned().unwrap_or_default()];
            Term { observation: 0, row, times: Vec::new(), data, density }
        }),
    };
    Ok(term.map(|term| {
        let seen = &plan.model.observations[term.observation];
        session.sources.refuse(&diagnostic(seen, &term, units.first.len() > 2))
    }))
}

/// The first term of a filter that is not finite: that of the start, or of a later time of a path.
fn filtered(
    terms: &[f64],
    states: &[usize],
    units: &Units,
    (before, later): (&Entries, &Entries),
    [froms, lengths]: &[Vec<Vec<f64>>; 2],
    own_marks: &dyn Fn(usize, usize, usize) -> bool,
) -> Option<Term> {
    let place = terms.iter().position(|term| !term.is_finite())?;
    let length = 1 + usize::try_from(units.most?).ok()?;
    let (path, nth) = (place / length, place % length);
    let observation = states.iter().copied().find(|&k| own_marks(k, path, nth))?;
    let (time, data) = match nth.checked_sub(1) {
        None => (froms[path].first().copied(), before[observation][path].clone()),
        Some(nth) => {
            let time = froms[path].get(nth).zip(lengths[path].get(nth)).map(|(from, h)| from + h);
            let all = &later[observation][path];
            let width = all.len() / lengths[path].len().max(1);
            (time, all.get(nth * width..(nth + 1) * width)?.to_vec())
        }
    };
    let (row, times) = (units.row_of(path), time.into_iter().collect());
    Some(Term { observation, row, times, data: vec![data], density: terms[place] })
}

impl Ready<'_> {
    /// The first prior that has no density at the start values, as a diagnostic; none where all have.
    pub(super) fn explain_priors(&self, fit: &hir::Fit) -> Result<Option<Failure>, Failure> {
        let found = self.objective.head.values(&self.objective.start)?.densities;
        let params = super::moving_params(self.plan.program, fit);
        let laws = params.into_iter().filter_map(|param| Some((param, param.prior.as_ref()?)));
        // The first density is that of the constraints.
        let lost = laws.zip(found.iter().skip(1)).find(|(_, density)| !density.is_finite());
        Ok(lost.map(|((param, law), density)| {
            let local = &self.plan.program.locals[param.local];
            let title = format!("the law of `{}` has no density where the fit starts", local.name);
            let found = Diagnostic::error("E0615", title, law.span)
                .label(law.span, format!("the logarithm of its density is {density} there"))
                .help("start the parameter where its law has a density, or take another law");
            self.plan.session.sources.refuse(&found)
        }))
    }
}

/// What was observed, by observation and path.
type Entries = [Vec<Vec<f64>>];

/// The same, read from what paths have.
fn entries(
    own: &BTreeMap<OfRow, ByPath>,
    plan: &Plan<'_>,
    binding: fn(usize, usize) -> OfRow,
) -> Vec<Vec<Vec<f64>>> {
    (0..plan.model.observations.len()).map(|k| floats(own, binding(k, 0))).collect()
}

/// What each path has; nothing where that is none of its own.
fn floats(own: &BTreeMap<OfRow, ByPath>, binding: OfRow) -> Vec<Vec<f64>> {
    match own.get(&binding) {
        Some(ByPath::Float(rows)) => rows.clone(),
        Some(ByPath::Int(_)) | None => Vec::new(),
    }
}

/// What each path has marked; nothing where that is none of its own.
fn marks(own: &BTreeMap<OfRow, ByPath>, binding: OfRow) -> Vec<Vec<i64>> {
    match own.get(&binding) {
        Some(ByPath::Int(rows)) => rows.clone(),
        Some(ByPath::Float(_)) | None => Vec::new(),
    }
}

fn marked(marks: &[Vec<Vec<i64>>], observation: usize, path: usize, nth: usize) -> bool {
    marks[observation].get(path).and_then(|path| path.get(nth)).is_some_and(|&mark| mark != 0)
}

/// The entries of an output, path by path.
fn numbers(output: &Collected) -> &[f64] {
    match output {
        Collected::Paths { rows, .. } | Collected::Uniform(rows) => rows,
        Collected::Moments(_) | Collected::Sums(_) | Collected::Status(_) => &[],
    }
}

/// The first term of an observation that is not finite.
fn first(output: &Collected, observation: usize, units: &Units, data: &[Vec<f64>]) -> Option<Term> {
    let terms = numbers(output);
    let landmarks = terms.len() / (units.first.len() - 1).max(1);
    let place = terms.iter().position(|term| !term.is_finite())?;
    let (row, landmark) = (place / landmarks, place % landmarks);
    let own = data.get(row).map_or(&[][..], Vec::as_slice);
    let width = own.len() / landmarks.max(1);
    let datum = own.get(landmark * width..(landmark + 1) * width).unwrap_or(&[]);
    Some(Term {
        observation,
        row,
        times: vec![units.time(row, landmark)],
        data: vec![datum.to_vec()],
        density: terms[place],
    })
}

/// The first path whose density is not finite.
fn first_path(output: &Collected) -> Option<(usize, f64)> {
    let densities = numbers(output).iter().copied();
    densities.enumerate().find(|(_, density)| !density.is_finite())
}

/// As written: `0.5`, `[0.5, 1.25]`.
fn shown(entries: &[f64]) -> String {
    match entries {
        [one] => format!("{one}"),
        several => format!("{several:?}"),
    }
}

fn diagnostic(seen: &hir::Observation, term: &Term, several: bool) -> Diagnostic {
    let Term { row, times, data, density, .. } = term;
    let name = &seen.name;
    let of_row = if several { format!(" in row {}", row + 1) } else { String::new() };
    let data: Vec<String> = data.iter().map(|entries| shown(entries)).collect();
    let is_law = matches!(seen.observed, hir::Observed::Law { .. });
    if let ([time], [datum], true) =
        (&times[..], &data[..], is_law && *density == f64::NEG_INFINITY)
    {
        let title = format!("`{name}` cannot be {datum}");
        return Diagnostic::error("E0615", title, seen.span)
            .label(seen.span, format!("at t = {time}{of_row} this law gives no such number"))
            .help("take a law whose numbers are those of the data, or leave the number out");
    }
    let place = match (&times[..], &data[..]) {
        ([from, to], [before, after]) => {
            format!("from {before} at t = {from} to {after} at t = {to}{of_row} it is {density}")
        }
        ([time], [datum]) => {
            format!("it is {density} at t = {time}{of_row}, where {name} = {datum}")
        }
        (_, data) => format!("it is {density}{of_row}, where {name} = {}", data.concat()),
    };
    let title = format!("`{name}` has no density where the fit starts");
    let found = Diagnostic::error("E0615", title, seen.span).label(seen.span, place);
    found.help(match times.len() {
        1 if is_law => "see whether the law can give this number, start the parameters elsewhere, or take a shorter dt",
        1 | 2 => "see whether the equation can go there, start the parameters elsewhere, or leave the line out",
        _ => "see whether the law of the start can give where the equation comes from, or take a shorter dt",
    })
}
