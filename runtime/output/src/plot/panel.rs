//! One pair of axes: what is drawn between them, and the axes themselves.

use super::axis::Ticks;
use super::font::Font;
use super::geometry::{pieces, thin};
use super::scene::{Anchor, Ink, Point, Role, Shape};
use super::summary::{self, MIN_PATHS_FOR_BAND, Moment};
use crate::sample::{Field, SampleArrays};

/// Paths that are drawn one by one.
const MAX_PATHS: usize = 50;

/// Width of a mark in the key.
pub(crate) const MARK_WIDTH: f64 = 18.0;

const LABEL_SIZE: f64 = 10.0;
const NAME_SIZE: f64 = 11.5;
const TICK: f64 = 4.0;
const GAP: f64 = 4.0;
const GAP_BETWEEN_PANELS: f64 = 14.0;

/// The name of time, which no state can have.
const TIME: &str = "t";

/// Ticks that an axis has at least, room permitting.
const TICKS: usize = 4;

/// Width of the narrowest frame, which the labels of a horizontal axis must not exceed.
const NARROWEST: f64 = 240.0;

/// How far beyond the band, in widths of the band, a panel reaches.
const REACH: f64 = 1.0;

/// The rectangle between the axes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) top: f64,
    pub(crate) bottom: f64,
}

/// Room around a frame for labels.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Margins {
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) top: f64,
    pub(crate) bottom: f64,
}

impl Margins {
    /// Room enough for either.
    pub(crate) fn union(self, other: Margins) -> Margins {
        Margins {
            left: self.left.max(other.left),
            right: self.right.max(other.right),
            top: self.top.max(other.top),
            bottom: self.bottom.max(other.bottom),
        }
    }
}

/// What a panel shows, in the quantities' own units.
pub(crate) struct Content {
    marks: Marks,
    x: Axis,
    y: Axis,
    /// Whether some of it lies beyond the axes.
    cut: bool,
}

/// One axis.
struct Axis {
    name: String,
    low: f64,
    high: f64,
    ticks: Ticks,
}

enum Marks {
    /// Paths over time.
    Paths { paths: Vec<Vec<Point>>, moments: Vec<Moment>, count: usize },
    /// How many paths end in each of equal bins from `x.low` to `x.high`.
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

    /// Room that labels take.
    pub(crate) fn margins(&self, font: &Font) -> Margins {
        let widest = |ticks: &Ticks| {
            ticks.labels.iter().map(|label| font.width(label, LABEL_SIZE)).fold(0.0, f64::max)
        };
        Margins {
            left: 1.2 * NAME_SIZE + GAP + widest(&self.y.ticks) + GAP + TICK,
            right: (widest(&self.x.ticks) / 2.0).max(GAP_BETWEEN_PANELS),
            top: LABEL_SIZE / 2.0,
            bottom: TICK + GAP + LABEL_SIZE + GAP + NAME_SIZE + GAP,
        }
    }

    /// Draws all of it; says whether something was cut off.
    pub(crate) fn draw(
        &self,
        frame: Frame,
        margins: Margins,
        lowest: bool,
        out: &mut Vec<Shape>,
    ) -> bool {
        let view = View { frame, x: &self.x, y: &self.y };
        self.draw_grid(&view, out);
        match &self.marks {
            Marks::Paths { paths, moments, count } => {
                draw_paths(&view, paths, moments, *count, out)
            }
            Marks::Histogram { edges, counts, mean } => {
                draw_histogram(&view, *edges, counts, *mean, out);
            }
            Marks::Nothing => out.push(Shape::Text {
                text: "no finite values".to_owned(),
                at: ((frame.left + frame.right) / 2.0, (frame.top + frame.bottom) / 2.0),
                anchor: Anchor::Middle,
                size: NAME_SIZE,
                ink: Ink::FAINT_TEXT,
                upwards: false,
            }),
        }
        self.draw_axes(&view, lowest, frame.left - margins.left + 0.8 * NAME_SIZE, out);
        self.cut
    }

    fn draw_grid(&self, view: &View, out: &mut Vec<Shape>) {
        let Frame { left, right, .. } = view.frame;
        let lines: Vec<Vec<Point>> = self
            .y
            .ticks
            .values
            .iter()
            .map(|&value| vec![(left, view.vertical(value)), (right, view.vertical(value))])
            .collect();
        if !lines.is_empty() {
            out.push(Shape::Line { role: Role::Grid, pieces: lines, ink: Ink::GRID, width: 0.8 });
        }
    }

    fn draw_axes(&self, view: &View, lowest: bool, name_at: f64, out: &mut Vec<Shape>) {
        let Frame { left, right, top, bottom } = view.frame;
        let mut lines = vec![vec![(left, top), (left, bottom), (right, bottom)]];
        let mut text = |text: &str, at, anchor, size, ink, upwards| {
            out.push(Shape::Text { text: text.to_owned(), at, anchor, size, ink, upwards });
        };
        for (&value, label) in self.x.ticks.values.iter().zip(&self.x.ticks.labels) {
            let x = view.horizontal(value);
            lines.push(vec![(x, bottom), (x, bottom + TICK)]);
            let at = (x, bottom + TICK + GAP + 0.75 * LABEL_SIZE);
            text(label, at, Anchor::Middle, LABEL_SIZE, Ink::FAINT_TEXT, false);
        }
        for (&value, label) in self.y.ticks.values.iter().zip(&self.y.ticks.labels) {
            let y = view.vertical(value);
            lines.push(vec![(left - TICK, y), (left, y)]);
            let at = (left - TICK - GAP, y + 0.36 * LABEL_SIZE);
            text(label, at, Anchor::End, LABEL_SIZE, Ink::FAINT_TEXT, false);
        }
        let middle = (top + bottom) / 2.0;
        text(&self.y.name, (name_at, middle), Anchor::Middle, NAME_SIZE, Ink::TEXT, true);
        if lowest || self.x.name != TIME {
            let below = bottom + TICK + GAP + LABEL_SIZE + GAP + 0.75 * NAME_SIZE;
            let centre = (left + right) / 2.0;
            text(&self.x.name, (centre, below), Anchor::Middle, NAME_SIZE, Ink::TEXT, false);
        }
        out.push(Shape::Line { role: Role::Axis, pieces: lines, ink: Ink::AXIS, width: 0.8 });
    }
}

/// From a panel's quantities to places on the page.
struct View<'a> {
    frame: Frame,
    x: &'a Axis,
    y: &'a Axis,
}

impl View<'_> {
    fn horizontal(&self, x: f64) -> f64 {
        let share = (x - self.x.low) / (self.x.high - self.x.low);
        self.frame.left + share * (self.frame.right - self.frame.left)
    }

    fn vertical(&self, y: f64) -> f64 {
        let share = (y - self.y.low) / (self.y.high - self.y.low);
        self.frame.bottom - share * (self.frame.bottom - self.frame.top)
    }

    fn line(&self, role: Role, points: &[Point], ink: Ink, width: f64, out: &mut Vec<Shape>) {
        let places = points.iter().map(|&(x, y)| (self.horizontal(x), self.vertical(y))).collect();
        let thinned = thin(places, self.frame.right - self.frame.left);
        let pieces = pieces(&thinned, self.frame.top, self.frame.bottom);
        if !pieces.is_empty() {
            out.push(Shape::Line { role, pieces, ink, width });
        }
    }
}

fn draw_paths(
    view: &View,
    paths: &[Vec<Point>],
    moments: &[Moment],
    count: usize,
    out: &mut Vec<Shape>,
) {
    if count >= MIN_PATHS_FOR_BAND {
        let outlines = band(view, moments);
        out.push(Shape::Area { role: Role::Band, outlines, ink: Ink::BAND });
    }
    let (ink, width) = path_style(count);
    for path in paths {
        view.line(Role::Path, path, ink, width, out);
    }
    if count > 1 {
        let mean: Vec<Point> = moments.iter().map(|moment| (moment.time, moment.mean)).collect();
        view.line(Role::Mean, &mean, Ink::MEAN, 2.0, out);
    }
}

/// Few paths are drawn firmly, many faintly.
fn path_style(count: usize) -> (Ink, f64) {
    match count {
        0 | 1 => (Ink { opacity: 1.0, ..Ink::PATH }, 1.2),
        2..=8 => (Ink { opacity: 0.6, ..Ink::PATH }, 0.9),
        _ => (Ink::PATH, 0.7),
    }
}

/// The band between quantiles, one outline for each run of times that have them.
fn band(view: &View, moments: &[Moment]) -> Vec<Vec<Point>> {
    let Frame { top, bottom, .. } = view.frame;
    let place =
        |time: f64, value: f64| (view.horizontal(time), view.vertical(value).clamp(top, bottom));
    moments
        .split(|moment| moment.low.is_nan())
        .filter(|run| run.len() > 1)
        .map(|run| {
            let upper = run.iter().map(|moment| place(moment.time, moment.high));
            let lower = run.iter().rev().map(|moment| place(moment.time, moment.low));
            upper.chain(lower).collect()
        })
        .collect()
}

fn draw_histogram(
    view: &View,
    (low, high): (f64, f64),
    counts: &[usize],
    mean: f64,
    out: &mut Vec<Shape>,
) {
    let bar = (high - low) / counts.len() as f64;
    let floor = view.frame.bottom;
    let outlines = counts
        .iter()
        .enumerate()
        .filter(|&(_, &count)| count > 0)
        .map(|(k, &count)| {
            let left = view.horizontal(low + bar * k as f64);
            let right = view.horizontal(low + bar * (k + 1) as f64);
            // A hair's breadth between bars tells them apart.
            let right = right - (0.1 * (right - left)).min(0.8);
            let top = view.vertical(count as f64);
            vec![(left, floor), (left, top), (right, top), (right, floor)]
        })
        .collect();
    out.push(Shape::Area { role: Role::Bars, outlines, ink: Ink::BARS });
    let x = view.horizontal(mean);
    if (view.frame.left..=view.frame.right).contains(&x) {
        let pieces = vec![vec![(x, view.frame.top), (x, floor)]];
        out.push(Shape::Line { role: Role::Mean, pieces, ink: Ink::MEAN, width: 2.0 });
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

fn is_single_time(sample: &SampleArrays) -> bool {
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

/// A range of values.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Spread {
    low: f64,
    high: f64,
}

impl Spread {
    /// Values beyond this could not be subtracted from each other.
    const LIMIT: f64 = 1e300;

    /// The least and the greatest of the values that can be drawn.
    fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        values.filter(|value| value.abs() < Self::LIMIT).fold(None, |spread, value| {
            let Spread { low, high } = spread.unwrap_or(Spread { low: value, high: value });
            Some(Spread { low: low.min(value), high: high.max(value) })
        })
    }

    fn union(self, other: Spread) -> Spread {
        Spread { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    /// The part that is not far from a core, and whether there is more.
    fn within_reach_of(self, core: Spread) -> (Spread, bool) {
        let reach = REACH * (core.high - core.low);
        if reach == 0.0 {
            return (self, false);
        }
        let near =
            Spread { low: self.low.max(core.low - reach), high: self.high.min(core.high + reach) };
        (near, near != self)
    }

    /// Whether its ends differ by rounding at most.
    fn is_point(self) -> bool {
        let size = self.low.abs().max(self.high.abs());
        self.high - self.low <= (1e-12 * size).max(1e-290)
    }

    /// Itself, or a range around it if it is a point.
    fn opened(self) -> Spread {
        let half = if self.low == 0.0 { 1.0 } else { 0.5 * self.low.abs().max(1e-280) };
        if self.is_point() { Spread { low: self.low - half, high: self.high + half } } else { self }
    }

    fn padded(self) -> Spread {
        let pad = 0.04 * (self.high - self.low);
        Spread { low: self.low - pad, high: self.high + pad }
    }
}

/// A mark of the key.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mark {
    Line(Role, Ink, f64),
    Box(Role, Ink),
}

impl Mark {
    /// The mark at a place of the key, which is its left end and middle height.
    pub(crate) fn shape(self, (x, y): Point) -> Shape {
        match self {
            Mark::Line(role, ink, width) => {
                Shape::Line { role, pieces: vec![vec![(x, y), (x + MARK_WIDTH, y)]], ink, width }
            }
            Mark::Box(role, ink) => {
                let (right, top, bottom) = (x + MARK_WIDTH, y - 4.5, y + 4.5);
                let outline = vec![(x, bottom), (x, top), (right, top), (right, bottom)];
                Shape::Area { role, outlines: vec![outline], ink }
            }
        }
    }
}

/// The marks that the panels of a sample use, and what they mean.
pub(crate) fn key(sample: &SampleArrays) -> Vec<(Mark, String)> {
    let count = sample.paths;
    let paths =
        |count: usize| if count == 1 { "1 path".to_owned() } else { format!("{count} paths") };
    let mean = (Mark::Line(Role::Mean, Ink::MEAN, 2.0), "mean".to_owned());
    if is_single_time(sample) {
        let at = sample.times.last().copied().unwrap_or_default();
        return vec![
            (Mark::Box(Role::Bars, Ink::BARS), format!("{} at t = {at}", paths(count))),
            mean,
        ];
    }
    let (ink, width) = path_style(count);
    let drawn =
        if count > MAX_PATHS { format!("{MAX_PATHS} of {}", paths(count)) } else { paths(count) };
    let mut key =
        vec![(Mark::Line(Role::Path, Ink { opacity: ink.opacity.max(0.6), ..ink }, width), drawn)];
    if count > 1 {
        key.push(mean);
    }
    if count >= MIN_PATHS_FOR_BAND {
        key.push((Mark::Box(Role::Band, Ink::BAND), "5–95 % of paths".to_owned()));
    }
    key
}
