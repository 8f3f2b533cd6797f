//! What a panel shows, before it has a place: paths or a histogram, and the ranges of its axes.

use super::axis::Ticks;
use super::font::Font;
use super::panel::{GAP, LABEL_SIZE};
use super::scene::Point;
use super::spread::Spread;
use super::summary::{self, MIN_PATHS_FOR_BAND, Moment};
use crate::sample::{Field, SampleArrays};

/// Paths that are drawn one by one.
pub(crate) const MAX_PATHS: usize = 50;

/// The name of time, which no state can have.
pub(crate) const TIME: &str = "t";

/// Ticks that an axis has at least, room permitting.
const TICKS: usize = 4;

/// Width of the narrowest frame, which the labels of a horizontal axis must not exceed.
const NARROWEST: f64 = 240.0;

/// What a panel shows, in the quantities' own units.
pub(crate) struct Content {
    pub(crate) marks: Marks,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    /// Whether some of it lies beyond the axes.
    pub(crate) cut: bool,
}

/// One axis.
pub(crate) struct Axis {
    pub(crate) name: String,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) ticks: Ticks,
}

/// What stands between the axes.
pub(crate) enum Marks {
    /// Paths over time.
    Paths { paths: Vec<Vec<Point>>, moments: Vec<Moment>, count: usize },
    /// How many paths end in each of equal bins between the edges.
    Histogram { edges: (f64, f64), counts: Vec<usize>, mean: f64 },
    /// No finite value.
    Nothing,
}

impl Content {
    /// Reduces entry `entry` of field `f` to what is drawn.
    pub(crate) fn new(sample: &SampleArrays, f: usize, entry: usize) -> Self {
        let field = &sample.fields[f];
        if is_single_time(sample) {
            histogram(sample, field, entry)
        } else {
            paths(sample, field, entry)
        }
    }
}

fn paths(sample: &SampleArrays, field: &Field, entry: usize) -> Content {
    let moments = summary::moments(sample, field, entry);
    let drawn = sample.paths.min(MAX_PATHS);
    let paths: Vec<Vec<Point>> = (0..drawn)
        .map(|path| {
            let times = sample.times.iter().enumerate();
            times.map(|(k, &t)| (t, field.at(sample.times.len(), path, k, entry))).collect()
        })
        .collect();
    let spread = Spread::of(moments.iter().flat_map(|moment| [moment.low, moment.high]));
    let drawn_values = paths.iter().flatten().map(|point| point.1);
    let shown = Spread::of(drawn_values.chain(moments.iter().map(|moment| moment.mean)));
    let (Some(spread), Some(shown)) = (spread, shown) else {
        return nothing(time_axis(sample), field.entry_name(entry));
    };
    let (seen, cut) = if sample.paths >= MIN_PATHS_FOR_BAND {
        shown.union(spread).within_reach_of(spread)
    } else {
        (shown, false)
    };
    let y = Axis::vertical(field.entry_name(entry), seen.opened().padded());
    Content {
        marks: Marks::Paths { paths, moments, count: sample.paths },
        x: time_axis(sample),
        y,
        cut,
    }
}

fn histogram(sample: &SampleArrays, field: &Field, entry: usize) -> Content {
    let mut values = Vec::new();
    summary::finite_at(sample, field, entry, sample.times.len() - 1, &mut values);
    let Some(all) = Spread::of(values.iter().copied()) else {
        return nothing(Axis::bare(field.entry_name(entry)), "paths".to_owned());
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
    let x = Axis::horizontal(field.entry_name(entry), edges.padded());
    let heights = Spread { low: 0.0, high: most as f64 * 1.04 };
    let ticks = Ticks::whole(heights.low, heights.high, TICKS);
    let y = Axis { name: "paths".to_owned(), low: heights.low, high: heights.high, ticks };
    let marks = Marks::Histogram { edges: (edges.low, edges.high), counts, mean };
    Content { marks, x, y, cut }
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

fn nothing(x: Axis, y_name: String) -> Content {
    Content { marks: Marks::Nothing, x, y: Axis::bare(y_name), cut: false }
}

fn time_axis(sample: &SampleArrays) -> Axis {
    let spread = Spread::of(sample.times.iter().copied()).unwrap_or(Spread { low: 0.0, high: 1.0 });
    Axis::horizontal(TIME.to_owned(), spread.opened())
}

/// Whether a sample is of one time, and so shown by histograms.
pub(crate) fn is_single_time(sample: &SampleArrays) -> bool {
    let spread = Spread::of(sample.times.iter().copied());
    spread.is_some_and(|spread| spread.is_point())
}

impl Axis {
    /// An axis without numbers.
    fn bare(name: String) -> Self {
        let ticks = Ticks { values: Vec::new(), labels: Vec::new() };
        Axis { name, low: 0.0, high: 1.0, ticks }
    }

    fn vertical(name: String, range: Spread) -> Self {
        let Spread { low, high } = range;
        Axis { name, low, high, ticks: Ticks::new(low, high, TICKS) }
    }

    /// An axis along which labels need room.
    fn horizontal(name: String, range: Spread) -> Self {
        let Spread { low, high } = range;
        let font = Font::embedded();
        let ticks = (2..=TICKS)
            .rev()
            .map(|count| Ticks::new(low, high, count))
            .find(|ticks| {
                let taken =
                    ticks.labels.iter().map(|label| font.width(label, LABEL_SIZE) + 2.0 * GAP);
                taken.sum::<f64>() < NARROWEST
            })
            .unwrap_or_else(|| Ticks::new(low, high, 2));
        Axis { name, low, high, ticks }
    }
}
