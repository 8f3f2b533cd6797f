//! What was observed, row by row of a data set.

use sdec_base::{Diagnostic, Span};
use sdec_hir::{self as hir, Observed, Ty};
use sdec_lower::to_ssa;

use crate::Failure;
use crate::columns::Columns;
use crate::inputs::HostArray;

/// What was observed of one name in one row, in the order of the data.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Series {
    /// When.
    pub(super) times: Vec<f64>,
    /// What: the entries of one observation after those of the one before.
    pub(super) entries: Vec<f64>,
    /// Whether it was observed at all.
    pub(super) present: Vec<bool>,
}

/// The events of a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Events {
    /// When.
    pub(super) times: Vec<f64>,
    /// For each array that holds marks, the entries of one mark after those of the one before.
    pub(super) marks: Vec<Vec<f64>>,
}

/// The rows of a data set as a model sees them.
pub(super) struct Rows {
    /// For each observation of the model, each row.
    pub(super) observed: Vec<Vec<Series>>,
    /// How many numbers one observation has.
    pub(super) widths: Vec<usize>,
    /// For each input that the data give, the entries of each row.
    pub(super) inputs: Vec<(hir::LocalId, Vec<Vec<f64>>)>,
    /// For each input of events that moves states and that the data give, the events of each row; in the order in
    /// which the model has them.
    pub(super) events: Vec<(hir::LocalId, Vec<Events>)>,
    /// How many rows there are.
    pub(super) count: usize,
    /// Whether all rows share one column of times.
    pub(super) shared: bool,
    /// Rows that are held out, where the data say which.
    pub(super) held: Vec<usize>,
    /// From when on they count, where what was seen before says where they go on from.
    pub(super) held_from: Option<f64>,
}

/// Landmarks of a row from its first to its last time in a picture.
const FINE: f64 = 200.0;

impl Rows {
    /// Leaves out all rows but the first few.
    pub(super) fn keep(&mut self, most: usize) {
        self.count = self.count.min(most);
        self.observed.iter_mut().for_each(|rows| rows.truncate(most));
        self.inputs.iter_mut().for_each(|(_, rows)| rows.truncate(most));
        self.events.iter_mut().for_each(|(_, rows)| rows.truncate(most));
    }

    /// Divides a single series in two rows: what was observed before some time, and what was observed from then
    /// on, a part of all, which is held out. The later row also has what was seen before, from the last time of
    /// all at which everything was seen, if that is what its densities are from. Nothing changes where there are
    /// several rows, or one time.
    pub(super) fn divide(&mut self, part: f64, from_before: bool) {
        let seen = |series: &Series| {
            let marked = series.times.iter().zip(&series.present);
            marked.filter(|(_, present)| **present).map(|(&time, _)| time).collect::<Vec<f64>>()
        };
        let mut times: Vec<f64> = self.observed.iter().flatten().flat_map(seen).collect();
        times.sort_by(f64::total_cmp);
        let held = (part * times.len() as f64).round().max(1.0) as usize;
        let from = times.len().checked_sub(held).and_then(|first| times.get(first)).copied();
        let before = |from: f64| times.iter().copied().rfind(|&time| time < from);
        let (1, Some(from)) = (self.count, from) else { return };
        let Some(last) = before(from) else { return };
        if from_before && before(last).is_none() {
            return;
        }
        let below = |is_below: &dyn Fn(f64) -> bool| times.partition_point(|&time| is_below(time));
        let whole = |&time: &f64| {
            let seen = below(&|other| other <= time) - below(&|other| other < time);
            time < from && seen >= self.observed.len()
        };
        let anchor = times.iter().copied().rfind(whole).unwrap_or(f64::NEG_INFINITY);
        for rows in &mut self.observed {
            let mut later = rows[0].clone();
            for (k, &time) in later.times.iter().enumerate() {
                let counts = time >= from || from_before && time >= anchor;
                later.present[k] &= counts;
                rows[0].present[k] &= time < from;
            }
            rows.push(later);
        }
        for (_, rows) in &mut self.inputs {
            rows.extend_from_within(..);
        }
        for (_, rows) in &mut self.events {
            rows.extend_from_within(..);
        }
        self.count = 2;
        self.held = vec![1];
        self.held_from = Some(from);
    }

    /// Adds times at which nothing was observed.
    pub(super) fn refine(&mut self) {
        for (rows, &width) in self.observed.iter_mut().zip(&self.widths) {
            for series in rows {
                *series = series.refined(width);
            }
        }
    }
}

impl Series {
    fn refined(&self, width: usize) -> Self {
        let mut fine = Self::default();
        let (Some(&first), Some(&last)) = (self.times.first(), self.times.last()) else {
            return fine;
        };
        for (k, &time) in self.times.iter().enumerate() {
            let entry = &self.entries[k * width..][..width];
            if let Some(&before) = fine.times.last().filter(|_| last > first) {
                let gap: f64 = time - before;
                let parts = (gap / (last - first) * FINE).ceil();
                for part in 1..parts.max(1.0) as usize {
                    fine.push(before + gap * part as f64 / parts, entry, false);
                }
            }
            fine.push(time, entry, self.present[k]);
        }
        fine
    }

    fn push(&mut self, time: f64, entry: &[f64], present: bool) {
        self.times.push(time);
        self.entries.extend(entry);
        self.present.push(present);
    }
}

/// A column with the extents of its axes.
struct Column {
    entries: Vec<f64>,
    /// Marks of what is there, one for each value; none where all is.
    present: Option<Vec<bool>>,
    /// Of all entries; of a series without the axis that its values lie along.
    shape: Vec<usize>,
    /// Where each row's values lie, of a series.
    series: Option<crate::columns::Rows>,
    span: Span,
    name: String,
}

fn column(
    columns: &Columns<'_>,
    program: &hir::Program,
    fit: &hir::Fit,
    place: usize,
) -> Result<Column, Failure> {
    let declared = &program.data[fit.data].columns[place];
    let contents = columns.contents(fit.data, place)?;
    let shapes = to_ssa::shapes(program, &fit.instance, &declared.ty);
    let numbers = contents.leaves.last();
    let entries = numbers.map_or_else(Vec::new, HostArray::to_floats);
    let present = (contents.leaves.len() > 1)
        .then(|| contents.leaves[0].to_floats().into_iter().map(|tag| tag == 0.0).collect());
    let shape = shapes.last().map(|(_, shape)| shape.clone()).unwrap_or_default();
    let (span, name) = (declared.span, declared.name.clone());
    Ok(Column { entries, present, shape, series: contents.series.clone(), span, name })
}

/// Reads what a fit needs of its data.
///
/// # Errors
///
/// The file cannot be read, columns do not fit together, or nothing was observed.
pub(super) fn read(
    columns: &Columns<'_>,
    program: &hir::Program,
    fit: &hir::Fit,
    at: &[Option<f64>],
) -> Result<Rows, Failure> {
    let model = &program.models[fit.model];
    let refuse = |diagnostic: &Diagnostic| columns.sources.refuse(diagnostic);
    let column = |place: usize| column(columns, program, fit, place);
    let times = fit.times.map(column).transpose()?;
    let mut rows = Rows {
        observed: Vec::new(),
        widths: Vec::new(),
        inputs: Vec::new(),
        events: Vec::new(),
        count: 1,
        held: Vec::new(),
        held_from: None,
        shared: times.as_ref().is_none_or(|times| times.shape.len() == 1),
    };
    let mut first: Option<(String, Span)> = None;
    let mut count = |found: usize, column: &Column, count: &mut usize| match &first {
        Some((name, span)) if *count != found => {
            Err(refuse(&rows_differ(column, found, (name, *span), *count)))
        }
        _ => {
            *count = found;
            first = Some((column.name.clone(), column.span));
            Ok(())
        }
    };
    for ((observation, &place), &at) in model.observations.iter().zip(&fit.observed).zip(at) {
        let column = column(place)?;
        let shape = entry_shape(program, fit, observation);
        let width: usize = shape.iter().product();
        let series = match (&column.series, at) {
            (Some(own), _) => own_series(&column, own, width),
            (None, Some(at)) => {
                let outer = column.shape.len().saturating_sub(shape.len());
                let count = column.shape[..outer].iter().product();
                (0..count).map(|row| part(&column, row, &[at], width)).collect()
            }
            (None, None) => {
                let times = times.as_ref().expect("the checker wants times");
                let outer = column.shape.len().saturating_sub(shape.len() + 1);
                let length = column.shape.get(outer).copied().unwrap_or(1);
                let count = column.shape[..outer].iter().product();
                let own = |row| part(&column, row, own_times(times, row, length), width);
                (0..count).map(own).collect::<Vec<Series>>()
            }
        };
        rows.shared &= column.series.is_none();
        count(series.len(), &column, &mut rows.count)?;
        if !series.iter().flat_map(|row| &row.present).any(|&present| present) {
            return Err(refuse(&nothing_there(&column.name, column.span)));
        }
        for (row, series) in series.iter().enumerate() {
            if let Some(number) = series.entries.iter().find(|entry| !entry.is_finite()) {
                return Err(refuse(&not_a_number(&column.name, row, *number, column.span)));
            }
        }
        rows.observed.push(series);
        rows.widths.push(width);
    }
    for &(local, place) in &fit.inputs {
        let column = column(place)?;
        if let Some(own) = &column.series {
            if !model.impulses.iter().any(|impulse| impulse.input == local) {
                return Err(refuse(&idle(program, local)));
            }
            let contents = columns.contents(fit.data, place)?;
            let leaves: Vec<Vec<f64>> = contents.leaves.iter().map(HostArray::to_floats).collect();
            let pairs = own.offsets.windows(2);
            let events: Vec<Events> = pairs.map(|pair| events(own, &leaves, pair)).collect();
            count(events.len(), &column, &mut rows.count)?;
            rows.events.push((local, events));
            rows.shared = false;
            continue;
        }
        let ty = &program.locals[local].ty;
        let shapes = to_ssa::shapes(program, &fit.instance, ty);
        let width: usize = shapes.iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
        let entries = column.entries.chunks(width.max(1)).map(<[f64]>::to_vec);
        let entries: Vec<Vec<f64>> = entries.collect();
        count(entries.len(), &column, &mut rows.count)?;
        rows.inputs.push((local, entries));
    }
    rows.events.sort_by_key(|(local, _)| {
        model.impulses.iter().position(|impulse| impulse.input == *local)
    });
    Ok(rows)
}

/// A row of a column with an axis of times, or without.
fn part(column: &Column, row: usize, times: &[f64], width: usize) -> Series {
    let length = times.len();
    let entries = column.entries[row * length * width..][..length * width].to_vec();
    let present = match &column.present {
        Some(present) => present[row * length..][..length].to_vec(),
        None => vec![true; length],
    };
    Series { times: times.to_vec(), entries, present }
}

/// The rows of a column of series.
fn own_series(column: &Column, own: &crate::columns::Rows, width: usize) -> Vec<Series> {
    let row = |pair: &[usize]| {
        let range = pair[0]..pair[1];
        let present = match &column.present {
            Some(present) => present[range.clone()].to_vec(),
            None => vec![true; range.len()],
        };
        Series {
            times: own.times[range.clone()].to_vec(),
            entries: column.entries[range.start * width..range.end * width].to_vec(),
            present,
        }
    };
    own.offsets.windows(2).map(row).collect()
}

/// The events between two places of a column.
fn events(own: &crate::columns::Rows, leaves: &[Vec<f64>], pair: &[usize]) -> Events {
    let marks = leaves.iter().map(|leaf| {
        let width = leaf.len().checked_div(own.times.len()).unwrap_or(0);
        leaf[pair[0] * width..pair[1] * width].to_vec()
    });
    Events { times: own.times[pair[0]..pair[1]].to_vec(), marks: marks.collect() }
}

/// Events of rows that no equation reads.
fn idle(program: &hir::Program, local: hir::LocalId) -> Diagnostic {
    let declared = &program.locals[local];
    let title = "events that each row has for itself and that move no state cannot be read yet";
    Diagnostic::error("E0901", title, declared.span)
        .label(declared.span, format!("no equation has `d{}`", declared.name))
}

/// Extents of one observation.
fn entry_shape(
    program: &hir::Program,
    fit: &hir::Fit,
    observation: &hir::Observation,
) -> Vec<usize> {
    let ty: &Ty = match &observation.observed {
        Observed::Law { datum, .. } => &program.locals[*datum].ty,
        Observed::Exactly(value) => &value.ty,
    };
    let shapes = to_ssa::shapes(program, &fit.instance, ty);
    shapes.into_iter().next().map(|(_, shape)| shape).unwrap_or_default()
}

/// The times of a row.
fn own_times(times: &Column, row: usize, length: usize) -> &[f64] {
    match times.shape.len() {
        1 => &times.entries,
        _ => &times.entries[row * length..][..length],
    }
}

fn rows_differ(column: &Column, found: usize, first: (&str, Span), count: usize) -> Diagnostic {
    let title = format!("`{}` and `{}` have different numbers of rows", first.0, column.name);
    Diagnostic::error("E0616", title, column.span)
        .label(first.1, format!("{count} rows"))
        .label(column.span, format!("{found} rows"))
}

fn nothing_there(name: &str, at: Span) -> Diagnostic {
    Diagnostic::error("E0616", format!("`{name}` was never observed"), at)
        .label(at, "all of its cells are missing")
}

fn not_a_number(name: &str, row: usize, number: f64, at: Span) -> Diagnostic {
    Diagnostic::error("E0616", format!("`{name}` holds {number}"), at)
        .label(at, format!("in row {}; what is observed is a finite number", row + 1))
}
