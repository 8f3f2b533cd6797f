//! What a fit found, as a table.

use sdec_driver::{FitResult, FittedParameter};

use super::{DIGITS, ENTRIES, how_fitted, index, pointed, took, uncertain};
use crate::number::{counted, significant};
use crate::table::{Align, aligned};

/// Estimates with standard errors and constraints, then what a person should know of them.
pub(super) fn report(result: &FitResult) -> String {
    let heading = ["", "estimate", "", "standard error", "constraint"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for entry in &result.params {
        rows.extend(parameter(entry));
    }
    pointed(&mut rows, 1);
    let aligns = [Align::Left, Align::Right, Align::Left, Align::Left, Align::Left];
    let fit = format!("{} to {}", result.solve.model, result.data);
    let title = if result.name == result.solve.model {
        format!("fit {fit}")
    } else {
        format!("fit {}: {fit}", result.name)
    };
    let mut out = format!("{title}\n{}\n\n{}\n", how_fitted(result), aligned(&rows, &aligns, 2, 2));
    for note in notes(result) {
        out.push_str(&format!("  {note}\n"));
    }
    out + &took(&result.solve)
}

/// One row per entry of a parameter; one in all for a large table.
fn parameter(entry: &FittedParameter) -> Vec<Vec<String>> {
    if entry.value.len() > ENTRIES {
        let shape: Vec<String> = entry.shape.iter().map(usize::to_string).collect();
        let name = format!("‖{}‖  {}", entry.name, shape.join(" × "));
        let norm = entry.value.iter().map(|x| x * x).sum::<f64>().sqrt();
        let cells = [name, significant(norm, DIGITS), String::new(), String::new()];
        return vec![cells.into_iter().chain([entry.constraint.clone()]).collect()];
    }
    let entries = entry.value.iter().zip(&entry.stderr).enumerate();
    let rows = entries.map(|(position, (value, stderr))| {
        let name = format!("{}{}", entry.name, index(&entry.shape, position));
        let mut row = uncertain(name, *value, *stderr);
        row.push(entry.constraint.clone());
        row
    });
    rows.collect()
}

/// Ties that are told, and numbers of each that are named.
const TIES: usize = 3;
const PARTS: usize = 6;

/// A combination of numbers that the data say nothing about; where there are many, those with the largest parts.
fn tied(tie: &[(String, f64)]) -> String {
    if let [(name, _)] = tie {
        return format!("the data say nothing about {name}");
    }
    let shown = &tie[..tie.len().min(PARTS)];
    let rest = tie.len() - shown.len();
    let names: Vec<&str> = shown.iter().map(|(name, _)| name.as_str()).collect();
    let parts = shown.iter().map(|(name, part)| format!("{} {name}", significant(*part, 2)));
    let parts: Vec<String> = parts.collect();
    let (names, parts) = (names.join(", "), parts.join(", "));
    let (and, so_on) = match rest {
        0 => (String::new(), ""),
        rest => (format!(" and {}", counted(rest as u64, "other number")), ", …"),
    };
    format!(
        "the data cannot tell {names}{and} apart: they can change together, unconstrained as {parts}{so_on}"
    )
}

/// How it ended, what cannot be told apart, what went wrong on the way, and where everything is.
fn notes(result: &FitResult) -> Vec<String> {
    let mut notes = Vec::new();
    notes.push(match result.status.as_str() {
        "converged" => format!("converged after {}", counted(result.steps, "step")),
        "patience" => format!(
            "stopped after {}: the rows held out were fitted no better",
            counted(result.steps, "step")
        ),
        "stuck" => format!(
            "stuck after {}: no step along the gradient makes the objective smaller",
            counted(result.steps, "step")
        ),
        "failed" => format!(
            "stopped after {}: the objective had no value several times in a row; these are its last good parameters",
            counted(result.steps, "step")
        ),
        _ => format!("{} made", counted(result.steps, "step")),
    });
    if result.starts.len() > 1 {
        let values = result.starts.iter().map(|start| start.objective);
        let finite: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        let least = finite.iter().copied().fold(f64::INFINITY, f64::min);
        let most = finite.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        notes.push(format!(
            "the best of {}; their objectives lie between {} and {}",
            counted(result.starts.len() as u64, "start"),
            significant(least, DIGITS),
            significant(most, DIGITS)
        ));
    }
    notes.extend(result.ties.iter().take(TIES).map(|tie| tied(tie)));
    if result.ties.len() > TIES {
        let more = counted((result.ties.len() - TIES) as u64, "further combination");
        notes.push(format!("and {more} of numbers, which --json lists"));
    }
    if result.is_saddle {
        notes.push(
            "the objective falls along some line through this point: it is no minimum".to_owned(),
        );
    }
    if let Some(why) = &result.unknown {
        notes.push(format!("no standard errors: {why}"));
    }
    if result.troubles > 0 {
        let first = result.reports.first().map(String::as_str).unwrap_or_default();
        notes.push(format!(
            "{} without a value, which were shortened; the first: {first}",
            counted(result.troubles, "step")
        ));
    }
    if !result.effects.is_empty() {
        let names: Vec<&str> = result.effects.iter().map(|effect| effect.name.as_str()).collect();
        notes.push(format!(
            "what each row has of {} is in summary.json, under effects",
            names.join(", ")
        ));
    }
    if let Some(path) = &result.plotted {
        notes.push(format!("drawn: {}", path.display()));
    }
    notes.push(format!("kept in {}", result.out.display()));
    notes
}
