//! Drawing one panel: the marks, and the axes around them.

use super::axis::Ticks;
use super::content::{Axis, Content, Marks, TIME};
use super::font::Font;
use super::geometry::{pieces, thin};
use super::key::path_style;
use super::scene::{Anchor, Ink, Point, Role, Shape};
use super::summary::{MIN_PATHS_FOR_BAND, Moment};

/// Height of the numbers at ticks.
pub(crate) const LABEL_SIZE: f64 = 10.0;

/// Height of the axes' names.
const NAME_SIZE: f64 = 11.5;

/// Length of a tick.
const TICK: f64 = 4.0;

/// Room between a tick, its number and the axis's name.
pub(crate) const GAP: f64 = 4.0;

const GAP_BETWEEN_PANELS: f64 = 14.0;

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

impl Content {
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
