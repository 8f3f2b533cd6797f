//! Why a likelihood is not finite where a fit starts: the first observation that has no density there.

use sdec_base::Diagnostic;
use sdec_codegen::Backend;
use sdec_engine::{Collected, Engine};
use sdec_hir as hir;

use super::pack::ByPath;
use super::units::Units;
use super::{kept, program, sources};
use crate::columns::Columns;
use crate::compile::{MEMORY, compile};
use crate::constants::Evaluator;
use crate::{Failure, Session};
use sdec_lower::to_ssa::{Aspect, Binding};

/// A term of a likelihood.
struct Term {
    observation: usize,
    row: usize,
    time: f64,
    datum: f64,
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
    if !matches!(fit.objective.evidence, hir::Evidence::Solved) {
        return Ok(None);
    }
    let (plan, lowered, mut units) =
        program(session, evaluator, columns, fit, block, (Aspect::Terms, None))?;
    let terms = units.seen.len();
    let code = compile(lowered.func, backend, MEMORY, units.paths())?.code;
    let own = std::mem::take(&mut units.own);
    let data = entries(&own, terms);
    let sources = sources(&*code, &lowered.bindings, &[], own, &units.landmarks, &plan, columns)?;
    let paths: Vec<usize> = (0..units.first.len() - 1).collect();
    let outputs = kept::outputs(&*code, &sources, &paths, lowered.status, engine)?;
    let found = (0..terms).find_map(|k| first(&outputs[k], k, &units, &data[k]));
    Ok(found.map(|term| {
        let seen = &plan.model.observations[term.observation];
        session.sources.refuse(&diagnostic(seen, &term, units.first.len() > 2))
    }))
}

/// What was observed, by observation and row.
fn entries(
    own: &std::collections::BTreeMap<Binding, ByPath>,
    observations: usize,
) -> Vec<Vec<Vec<f64>>> {
    let of = |k| match own.get(&Binding::Datum(k, 0)) {
        Some(ByPath::Float(rows)) => rows.clone(),
        Some(ByPath::Int(_)) | None => Vec::new(),
    };
    (0..observations).map(of).collect()
}

/// The first term of an observation that is not finite.
fn first(output: &Collected, observation: usize, units: &Units, data: &[Vec<f64>]) -> Option<Term> {
    let terms = match output {
        Collected::Paths { rows, .. } | Collected::Uniform(rows) => rows,
        Collected::Moments(_) | Collected::Status(_) => return None,
    };
    let landmarks = terms.len() / (units.first.len() - 1).max(1);
    let place = terms.iter().position(|term| !term.is_finite())?;
    let (row, landmark) = (place / landmarks, place % landmarks);
    let width = data.get(row).map_or(1, Vec::len) / landmarks.max(1);
    let datum = data.get(row).and_then(|row| row.get(landmark * width)).copied();
    Some(Term {
        observation,
        row,
        time: units.time(row, landmark),
        datum: datum.unwrap_or(f64::NAN),
        density: terms[place],
    })
}

fn diagnostic(seen: &hir::Observation, term: &Term, several: bool) -> Diagnostic {
    let Term { row, time, datum, density, .. } = *term;
    let name = &seen.name;
    let of_row = if several { format!(" in row {}", row + 1) } else { String::new() };
    if density == f64::NEG_INFINITY {
        let title = format!("`{name}` cannot be {datum}");
        return Diagnostic::error("E0615", title, seen.span)
            .label(seen.span, format!("at t = {time}{of_row} this law gives no such number"))
            .help("take a law whose numbers are those of the data, or leave the number out");
    }
    let title = format!("`{name}` has no density where the fit starts");
    Diagnostic::error("E0615", title, seen.span)
        .label(seen.span, format!("it is {density} at t = {time}{of_row}, where {name} = {datum}"))
        .help("see whether the law can give this number, start the parameters elsewhere, or take a shorter dt")
}
