//! What a panel shows, before it has a place: paths or a histogram, and its axes.

use super::axis::Axis;
use super::geometry::Point;
use super::spread::Spread;
use super::style::printable;
use super::summary::{self, MIN_PATHS_FOR_BAND, Moment};
use crate::sample::{Field, SampleArrays};

/// Paths that are drawn one by one.
pub(crate) const MAX_PATHS: usize = 50;

/// The name of time, which no state can have.
pub(crate) const TIME: &str = "t";

/// What a panel shows, in the quantities' own units.
pub(crate) struct Content {
    pub(crate) marks: Marks,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    /// Whether some of it lies beyond the axes.
    pub(crate) cut: bool,
}

/// What stands between the axes.
pub(crate) enum Marks {
    /// Paths over time.
    Paths(Paths),
    /// How many paths end where.
    Histogram(Histogram),
    /// Data against what a fit says of them.
    Fitted(Fitted),
    /// No finite value.
    Nothing,
}

/// Points against lines.
#[derive(Default)]
pub(crate) struct Fitted {
    /// What was seen.
    pub(crate) points: Vec<Point>,
    /// What is fitted, and beside it other lines.
    pub(crate) lines: [Vec<Point>; 2],
    /// When, from where, to where.
    pub(crate) band: Vec<(f64, f64, f64)>,
}

/// Paths over time.
pub(crate) struct Paths {
    /// How many there are.
    pub(crate) count: usize,
    /// Those that are drawn.
    pub(crate) drawn: Vec<Vec<Point>>,
    /// The law of all of them.
    pub(crate) moments: Vec<Moment>,
}

/// How many paths end in each of equal bins.
pub(crate) struct Histogram {
    /// Where the first bin begins and the last one ends.
    pub(crate) edges: Spread,
    /// Paths in each.
    pub(crate) counts: Vec<usize>,
    /// The mean over paths.
    pub(crate) mean: f64,
}

impl Content {
    /// Reduces entry `entry` of field `f` to what is drawn. Numbers along the horizontal axis have
    /// `room` points for themselves.
    pub(crate) fn new(sample: &SampleArrays, f: usize, entry: usize, room: f64) -> Self {
        let field = &sample.fields[f];
        if is_single_time(sample) {
            histogram(sample, field, entry, room)
        } else {
            paths(sample, field, entry, room)
        }
    }
}

fn paths(sample: &SampleArrays, field: &Field, entry: usize, room: f64) -> Content {
    let name = printable(&field.entry_name(entry));
    let moments = summary::moments(sample, field, entry);
    let drawn: Vec<Vec<Point>> = (0..sample.paths.min(MAX_PATHS))
        .map(|path| {
            let times = sample.times.iter().enumerate();
            times.map(|(k, &t)| (t, field.at(sample.times.len(), path, k, entry))).collect()
        })
        .collect();
    let spread = Spread::of(moments.iter().flat_map(|moment| [moment.low, moment.high]));
    let drawn_values = drawn.iter().flatten().map(|point| point.1);
    let shown = Spread::of(drawn_values.chain(moments.iter().map(|moment| moment.mean)));
    let x = time_axis(sample, room);
    let (Some(spread), Some(shown)) = (spread, shown) else {
        return nothing(x, name);
    };
    let (seen, cut) = if sample.paths >= MIN_PATHS_FOR_BAND {
        shown.union(spread).within_reach_of(spread)
    } else {
        (shown, false)
    };
    let y = Axis::vertical(name, seen.opened().padded());
    let marks = Marks::Paths(Paths { count: sample.paths, drawn, moments });
    Content { marks, x, y, cut }
}

fn histogram(sample: &SampleArrays, field: &Field, entry: usize, room: f64) -> Content {
    let name = printable(&field.entry_name(entry));
    let mut values = Vec::new();
    summary::finite_at(sample, field, entry, sample.times.len() - 1, &mut values);
    let Some(all) = Spread::of(values.iter().copied()) else {
        return nothing(Axis::bare(name), "paths".to_owned());
    };
    let mean = summary::mean(&values);
    let low = summary::quantile(&mut values, 0.05);
    let high = summary::quantile(&mut values, 0.95);
    let (seen, cut) = all.within_reach_of(Spread { low, high });
    let (edges, bins) = bins(&mut values, seen);
    let mut counts = vec![0; bins];
    for value in values.iter().filter(|&&value| seen.low <= value && value <= seen.high) {
        let bin = (value - edges.low) / (edges.high - edges.low) * bins as f64;
        counts[(bin as usize).min(bins - 1)] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or_default();
    let x = Axis::horizontal(name, edges.padded(), room);
    let y = Axis::of_counts("paths".to_owned(), most);
    Content { marks: Marks::Histogram(Histogram { edges, counts, mean }), x, y, cut }
}

/// Equal bins: one for each whole number if the values are whole, else by the rule of Freedman and
/// Diaconis (1981).
fn bins(values: &mut [f64], seen: Spread) -> (Spread, usize) {
    const MOST: f64 = 60.0;
    let width = seen.high - seen.low;
    if width < MOST && values.iter().all(|value| value.fract() == 0.0 && value.abs() < 1e15) {
        let edges = Spread { low: seen.low.ceil() - 0.5, high: seen.high.floor() + 0.5 };
        // A single number stands in the middle of three bins.
        let edges = if width == 0.0 {
            Spread { low: edges.low - 1.0, high: edges.high + 1.0 }
        } else {
            edges
        };
        return (edges, (edges.high - edges.low).round() as usize);
    }
    if seen.is_point() {
        return (seen.opened(), 21);
    }
    let between = summary::quantile(values, 0.75) - summary::quantile(values, 0.25);
    let root = (values.len() as f64).cbrt();
    let wanted = width / (2.0 * between / root);
    // With several modes the quartiles lie far apart, and Rice's rule asks for more.
    let count = wanted.max(2.0 * root).ceil().clamp(5.0, MOST);
    (seen, count as usize)
}

pub(crate) fn nothing(x: Axis, y_name: String) -> Content {
    Content { marks: Marks::Nothing, x, y: Axis::bare(y_name), cut: false }
}

fn time_axis(sample: &SampleArrays, room: f64) -> Axis {
    let spread = Spread::of(sample.times.iter().copied()).unwrap_or(Spread { low: 0.0, high: 1.0 });
    Axis::horizontal(TIME.to_owned(), spread.opened(), room)
}

/// Whether a sample is of one time, and so shown by histograms.
pub(crate) fn is_single_time(sample: &SampleArrays) -> bool {
    let spread = Spread::of(sample.times.iter().copied());
    spread.is_some_and(|spread| spread.is_point())
}
