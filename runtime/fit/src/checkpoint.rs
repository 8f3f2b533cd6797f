//! The state of a fit as tables of numbers.
//!
//! Every number is saved in double precision as it is, so that what is read is what was written, to the bit.

use std::fmt;
use std::path::Path;

use sdec_data::{Array, Safetensors};
use sdec_output::{OutputError, Tensor, save_safetensors};

use crate::optimiser;
use crate::state::{Best, Current, State};
use crate::{Ending, Report, Run, Settings, TraceRow};

/// Changes when a checkpoint is made of other tables.
const FORMAT: &str = "1";

/// What the parts of an identity say, which stand in this order with points between them.
const PARTS: [&str; 3] = [
    "the settings of the fit have",
    "the parameters that move, their shapes or their constraints have",
    "the model, the data, a start value or the precision has",
];

/// Why a checkpoint cannot be gone on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// It was written by another version of sdec, or is none.
    Format,
    /// What is fitted is not what it was written for; what of that is in words.
    Identity(&'static str),
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format => f.write_str("it is no checkpoint of this version of sdec"),
            Self::Identity(what) => write!(f, "{what} changed since"),
        }
    }
}

/// Whether a file is a checkpoint of the fit with this identity.
pub(crate) fn check(file: &Safetensors, identity: &str) -> Result<(), Mismatch> {
    if note(file, "format") != Some(FORMAT) {
        return Err(Mismatch::Format);
    }
    let known = note(file, "identity").unwrap_or_default();
    if known == identity {
        return Ok(());
    }
    let mut parts = PARTS.iter().zip(known.split('.').zip(identity.split('.')));
    let other = parts.find(|(_, (known, own))| known != own);
    Err(Mismatch::Identity(other.map_or("what is fitted has", |(what, _)| what)))
}

/// Whether a file is a checkpoint of a fit that was not finished.
pub(crate) fn is_unfinished(file: &Safetensors) -> bool {
    note(file, "format").is_some() && table(file, "current").is_some()
}

/// Writes a checkpoint in place of the one before.
pub(crate) fn write(
    path: &Path,
    state: &State,
    current: Option<&mut Current>,
    identity: &str,
) -> Result<(), OutputError> {
    let mut tables: Vec<(String, Vec<f64>)> = Vec::new();
    let runs = state.runs.iter();
    let facts = |run: &Run| {
        let (start, ending, steps) =
            (run.start as f64, run.ending.number() as f64, run.steps as f64);
        [start, ending, steps, run.objective, run.gradient_norm, run.held_out]
    };
    tables.push(("runs".to_owned(), runs.clone().flat_map(facts).collect()));
    tables.push(("runs.at".to_owned(), runs.flat_map(|run| run.at.iter().copied()).collect()));
    let row = |row: &TraceRow| {
        let (start, step) = (row.start as f64, row.step as f64);
        [start, step, row.objective, row.gradient_norm, row.rate, row.held_out]
    };
    tables.push(("trace".to_owned(), state.trace.iter().flat_map(row).collect()));
    tables.push(("troubles".to_owned(), vec![state.troubles as f64]));
    if let Some(current) = current {
        let ending = current.ending.map_or(-1.0, |ending| ending.number() as f64);
        let facts = vec![current.start as f64, current.step as f64, ending];
        tables.push(("current".to_owned(), facts));
        tables.push(("current.at".to_owned(), current.at.clone()));
        tables.push(("current.held_out".to_owned(), current.held_out.into_iter().collect()));
        if let Some(best) = &current.best {
            tables.push(("best".to_owned(), vec![best.value, best.step as f64]));
            tables.push(("best.at".to_owned(), best.at.clone()));
        }
        for (name, memory) in current.method.memory() {
            tables.push((format!("method.{name}"), memory.clone()));
        }
    }
    let mut notes = vec![
        ("format".to_owned(), FORMAT.to_owned()),
        ("identity".to_owned(), identity.to_owned()),
    ];
    for report in &state.reports {
        let name = format!("report {} {}", report.start, report.step);
        notes.push((name, report.what.clone()));
    }
    let shapes: Vec<[usize; 1]> = tables.iter().map(|(_, values)| [values.len()]).collect();
    let tensors = tables.iter().zip(&shapes);
    let tensors = tensors.map(|((name, values), shape)| Tensor { name, shape, values });
    let notes: Vec<(&str, &str)> = notes.iter().map(|(name, text)| (&**name, &**text)).collect();
    save_safetensors(path, &tensors.collect::<Vec<_>>(), &notes)
}

/// The state that a checkpoint holds, for a vector of `length` entries; none where tables are missing or
/// do not fit.
pub(crate) fn read(file: &Safetensors, settings: &Settings, length: usize) -> Option<State> {
    let mut state = State::new();
    let vectors = table(file, "runs.at")?.chunks_exact(length);
    for (facts, at) in table(file, "runs")?.as_chunks().0.iter().zip(vectors) {
        let &[start, ending, steps, objective, gradient_norm, held_out] = facts;
        let (start, steps, at) = (start as u64, steps as u64, at.to_vec());
        let ending = *Ending::ALL.get(ending as usize)?;
        state.runs.push(Run { start, ending, steps, objective, gradient_norm, held_out, at });
    }
    for &[start, step, objective, gradient_norm, rate, held_out] in
        table(file, "trace")?.as_chunks().0
    {
        let (start, step) = (start as u64, step as u64);
        state.trace.push(TraceRow { start, step, objective, gradient_norm, rate, held_out });
    }
    state.troubles = *table(file, "troubles")?.first()? as u64;
    for (name, what) in &file.notes {
        let Some(place) = name.strip_prefix("report ") else { continue };
        let (start, step) = place.split_once(' ')?;
        let (start, step, what) = (start.parse().ok()?, step.parse().ok()?, what.clone());
        state.reports.push(Report { start, step, what });
    }
    if let Some(facts) = table(file, "current") {
        let &[start, step, ending] = facts.first_chunk()?;
        let at = table(file, "current.at").filter(|at| at.len() == length)?.to_vec();
        let mut method = optimiser::method(settings, length);
        for (name, memory) in method.memory() {
            *memory = table(file, &format!("method.{name}"))?.to_vec();
        }
        let best = table(file, "best").zip(table(file, "best.at"));
        let best = best.map(|(facts, at)| {
            let (value, step) = (facts.first().copied()?, facts.get(1).copied()? as u64);
            Some(Best { value, step, at: at.to_vec() })
        });
        state.current = Some(Current {
            start: start as u64,
            step: step as u64,
            at,
            method,
            held_out: table(file, "current.held_out")?.first().copied(),
            best: best.flatten(),
            ending: if ending < 0.0 { None } else { Some(*Ending::ALL.get(ending as usize)?) },
        });
    }
    Some(state)
}

fn table<'a>(file: &'a Safetensors, name: &str) -> Option<&'a [f64]> {
    let (_, Array { values, .. }) = file.tables.iter().find(|(found, _)| found == name)?;
    Some(values)
}

fn note<'a>(file: &'a Safetensors, name: &str) -> Option<&'a str> {
    let (_, text) = file.notes.iter().find(|(found, _)| found == name)?;
    Some(text)
}
