//! The paths of a fit's program and what each of them reads: rows of data, or transitions within rows.

use std::collections::BTreeMap;

use sdec_lower::to_ssa::{self, OfRow, Seen};

use super::pack::ByPath;
use super::series::{Rows, Series};

/// What the paths of a program read, and to which row each belongs.
#[derive(Default)]
pub(crate) struct Units {
    /// What each path has for each parameter of which it has its own.
    pub(super) own: BTreeMap<OfRow, ByPath>,
    /// The first path of each row, and the number of all.
    pub(super) first: Vec<usize>,
    /// Where landmarks are shared: all of them, ascending.
    pub(super) landmarks: Vec<f64>,
    /// Where each row has its own: those of each.
    pub(super) times: Vec<Vec<f64>>,
    /// Where each row has its own: how many, and the most steps from one to the next.
    pub(super) legs: Option<[u64; 2]>,
    /// Observations with whether any is missing at a landmark.
    pub(super) seen: Vec<Seen>,
    /// Where each row has events of its own: their shape.
    pub(super) impulses: Option<to_ssa::Impulses>,
    /// Rows that are held out, where the data say which.
    pub(super) held: Vec<usize>,
    /// Whether the law of some row's start is left out, since what is observed first is later.
    pub(super) starts_before: bool,
    /// Of a filter: the most times of a path after its first.
    pub(super) most: Option<u64>,
}

impl Units {
    /// The paths of rows.
    pub(super) fn of_rows(&self, rows: &[usize]) -> Vec<usize> {
        rows.iter().flat_map(|&row| self.first[row]..self.first[row + 1]).collect()
    }

    /// The time of a landmark of a row.
    pub(super) fn time(&self, row: usize, landmark: usize) -> f64 {
        let own = self.times.get(row).unwrap_or(&self.landmarks);
        own.get(landmark).copied().unwrap_or(f64::NAN)
    }

    /// How many landmarks a row has.
    pub(super) fn landmarks_of(&self, row: usize) -> usize {
        self.times.get(row).unwrap_or(&self.landmarks).len()
    }

    /// How many paths there are.
    pub(crate) fn paths(&self) -> u64 {
        self.first.last().copied().unwrap_or(0) as u64
    }

    /// The row of a path.
    pub(super) fn row_of(&self, path: usize) -> usize {
        self.first.partition_point(|&first| first <= path) - 1
    }
}

/// One path a row, with an entry of each observation at each landmark.
pub(super) fn rows(data: &Rows, start: Option<f64>, dt: Option<f64>) -> Units {
    let shared = data.shared;
    let landmarks: Vec<Vec<f64>> =
        (0..data.count).map(|row| with_events(union(data, row), data, row, start)).collect();
    let most = landmarks.iter().map(Vec::len).max().unwrap_or(0);
    let mut own = BTreeMap::new();
    let mut seen = Vec::new();
    for (k, (series, &width)) in data.observed.iter().zip(&data.widths).enumerate() {
        let filler = filler(series, width);
        let aligned: Vec<(Vec<f64>, Vec<i64>)> = series
            .iter()
            .zip(&landmarks)
            .map(|(series, landmarks)| align(series, width, landmarks, most, &filler))
            .collect();
        let missing = aligned.iter().any(|(_, present)| present.contains(&0));
        let (entries, present) = aligned.into_iter().unzip();
        own.insert(OfRow::Datum(k, 0), ByPath::Float(entries));
        if missing {
            own.insert(OfRow::Present(k), ByPath::Int(present));
        }
        seen.push(Seen { observation: k, missing });
    }
    inputs(data, |rows| rows.to_vec(), &mut own);
    let mut units = Units {
        own,
        first: (0..=data.count).collect(),
        landmarks: landmarks.first().cloned().unwrap_or_default(),
        seen,
        ..Units::default()
    };
    if !shared {
        let padded: Vec<Vec<f64>> = landmarks
            .iter()
            .map(|own| {
                let last = own.last().copied().unwrap_or(0.0);
                own.iter().copied().chain(std::iter::repeat(last)).take(most).collect()
            })
            .collect();
        legs(&padded, start, dt, &mut units);
        impulses(data, &padded, start, &mut units);
        units.own.insert(OfRow::ObservedTimes, ByPath::Float(padded.clone()));
        units.times = padded;
        units.landmarks = landmarks.concat();
        units.landmarks.sort_by(f64::total_cmp);
        units.landmarks.dedup();
    }
    units
}

/// Steps from landmark to landmark of each row: `⌈(b − a) / dt · (1 − 2⁻⁴⁰)⌉` of equal length.
fn legs(landmarks: &[Vec<f64>], start: Option<f64>, dt: Option<f64>, units: &mut Units) {
    const DEFAULT_STEPS: f64 = 100.0;
    let mut froms = Vec::new();
    let mut lengths = Vec::new();
    let mut counts: Vec<Vec<i64>> = Vec::new();
    for own in landmarks {
        let first = start.or(own.first().copied()).unwrap_or(0.0);
        let last = own.last().copied().unwrap_or(first);
        let dt = dt.unwrap_or((last - first) / DEFAULT_STEPS);
        let from: Vec<f64> =
            std::iter::once(first).chain(own.iter().copied()).take(own.len()).collect();
        let steps = from.iter().zip(own).map(|(a, b)| {
            let slack = 1.0 - (-40.0_f64).exp2();
            if b > a { ((b - a) / dt * slack).ceil().max(1.0) } else { 0.0 }
        });
        let steps: Vec<f64> = steps.collect();
        let length = from.iter().zip(own).zip(&steps).map(|((a, b), n)| (b - a) / n.max(1.0));
        lengths.push(length.collect());
        counts.push(steps.iter().map(|&n| n as i64).collect());
        froms.push(from);
    }
    let most = counts.iter().flatten().copied().max().unwrap_or(0).max(1);
    units.legs = Some([landmarks.first().map_or(0, Vec::len) as u64, most.cast_unsigned()]);
    units.own.insert(OfRow::LegTimes, ByPath::Float(froms));
    units.own.insert(OfRow::LegSteps, ByPath::Float(lengths));
    units.own.insert(OfRow::LegCounts, ByPath::Int(counts));
}

/// A row's landmarks with the times of its events up to the last.
fn with_events(mut times: Vec<f64>, data: &Rows, row: usize, start: Option<f64>) -> Vec<f64> {
    let Some(&last) = times.last() else { return times };
    let from = start.unwrap_or(f64::NEG_INFINITY);
    for (_, rows) in &data.events {
        for &time in &rows[row].times {
            if from < time && time <= last && !times.contains(&time) {
                times.push(time);
            }
        }
    }
    times.sort_by(f64::total_cmp);
    times
}

/// The events of each row, and which of them are at its start and at each landmark.
fn impulses(data: &Rows, landmarks: &[Vec<f64>], start: Option<f64>, units: &mut Units) {
    if data.events.is_empty() {
        return;
    }
    let points = 1 + landmarks.first().map_or(0, Vec::len) as u64;
    let mut shape = to_ssa::Impulses { points, of: Vec::new() };
    for (k, (local, rows)) in data.events.iter().enumerate() {
        let most = rows.iter().map(|row| row.times.len()).max().unwrap_or(0).max(1);
        let met = rows.iter().zip(landmarks).map(|(row, own)| {
            let begin = start.or(own.first().copied()).unwrap_or(0.0);
            met_by(&row.times, begin, own)
        });
        let (firsts, counts): (Vec<Vec<i64>>, Vec<Vec<i64>>) = met.unzip();
        let at_once = counts.iter().flatten().copied().max().unwrap_or(0);
        shape.of.push(to_ssa::ImpulsesOf { most: at_once.unsigned_abs(), times: most as u64 });
        let own = &mut units.own;
        own.insert(OfRow::ImpulseFirst(k), ByPath::Int(firsts));
        own.insert(OfRow::ImpulseCount(k), ByPath::Int(counts));
        let numbers = rows.iter().map(|row| vec![whole(row.times.len())]).collect();
        own.insert(OfRow::Input(*local, 0), ByPath::Int(numbers));
        let times = rows.iter().map(|row| filled_up(&row.times, most)).collect();
        own.insert(OfRow::Input(*local, 1), ByPath::Float(times));
        for leaf in 0..rows.first().map_or(0, |row| row.marks.len()) {
            let entries: usize = rows.iter().map(|row| row.marks[leaf].len()).sum();
            let events: usize = rows.iter().map(|row| row.times.len()).sum();
            let length = most * entries.checked_div(events).unwrap_or(0);
            let marks = rows.iter().map(|row| filled_up(&row.marks[leaf], length)).collect();
            own.insert(OfRow::Input(*local, 2 + leaf), ByPath::Float(marks));
        }
    }
    units.impulses = Some(shape);
}

/// The number of the first event at the start and at each landmark of a row, and how many there are. A landmark that
/// is repeated has met its events.
fn met_by(times: &[f64], start: f64, landmarks: &[f64]) -> (Vec<i64>, Vec<i64>) {
    let points: Vec<f64> = std::iter::once(start).chain(landmarks.iter().copied()).collect();
    let below = |point: f64| times.partition_point(|&time| time < point);
    let until = |point: f64| times.partition_point(|&time| time <= point);
    let new = |k: usize| k == 0 || points[k] > points[k - 1];
    let count = |k: usize| if new(k) { until(points[k]) - below(points[k]) } else { 0 };
    let firsts = points.iter().map(|&point| whole(below(point))).collect();
    (firsts, (0..points.len()).map(|k| whole(count(k))).collect())
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Entries, then zeros.
fn filled_up(entries: &[f64], length: usize) -> Vec<f64> {
    entries.iter().copied().chain(std::iter::repeat(0.0)).take(length).collect()
}

/// Inputs that the data give.
pub(super) fn inputs(
    data: &Rows,
    of_paths: impl Fn(&[Vec<f64>]) -> Vec<Vec<f64>>,
    own: &mut BTreeMap<OfRow, ByPath>,
) {
    for (local, rows) in &data.inputs {
        own.insert(OfRow::Input(*local, 0), ByPath::Float(of_paths(rows)));
    }
}

/// The times of a row's observations, ascending: a time that a series repeats as often as it does.
fn union(data: &Rows, row: usize) -> Vec<f64> {
    let mut runs: Vec<(f64, usize)> = Vec::new();
    for series in &data.observed {
        let own = runs.len();
        let mut times = series[row].times.clone();
        times.sort_by(f64::total_cmp);
        for time in times {
            match runs[own..].last_mut() {
                Some((last, count)) if *last == time => *count += 1,
                _ => runs.push((time, 1)),
            }
        }
    }
    runs.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    runs.dedup_by(|later, first| later.0 == first.0);
    runs.into_iter().flat_map(|(time, count)| std::iter::repeat_n(time, count)).collect()
}

/// Some observation that was made, to stand where none was.
fn filler(series: &[Series], width: usize) -> Vec<f64> {
    let found = series.iter().find_map(|series| {
        let place = series.present.iter().position(|&present| present)?;
        Some(series.entries[place * width..][..width].to_vec())
    });
    found.unwrap_or_else(|| vec![0.0; width])
}

/// The entries of a row at `most` landmarks, and marks for those that count.
fn align(
    series: &Series,
    width: usize,
    landmarks: &[f64],
    most: usize,
    filler: &[f64],
) -> (Vec<f64>, Vec<i64>) {
    let mut entries: Vec<f64> = filler.iter().copied().cycle().take(most * width).collect();
    let mut present = vec![0; most];
    let mut repeated = 0;
    for (k, time) in series.times.iter().enumerate() {
        let again = k > 0 && series.times[k - 1] == *time;
        repeated = if again { repeated + 1 } else { 0 };
        if !series.present[k] {
            continue;
        }
        let place = landmarks.partition_point(|landmark| landmark < time) + repeated;
        entries[place * width..][..width].copy_from_slice(&series.entries[k * width..][..width]);
        present[place] = 1;
    }
    (entries, present)
}
