//! What the page of a fit shows: data against what is fitted, residuals, and the way there.

use super::axis::Axis;
use super::content::{Content, Fitted, Marks, TIME, nothing};
use super::geometry::Point;
use super::key::Mark;
use super::page::{Page, room};
use super::spread::Spread;
use super::style::{self, printable};
use super::summary::quantile;

/// Series on one page; further ones are only counted.
const MAX_SERIES: usize = 3;

/// The 95 % quantile of the standard normal law.
const WIDE: f64 = 1.644_853_626_951_472_2;

/// What a fit came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FitPicture {
    /// The first series; those after the third are not drawn.
    pub series: Vec<Fitting>,
    /// How many series there are.
    pub count: usize,
    /// The way there.
    pub trace: Vec<Traced>,
}

/// A series with what a fit says of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fitting {
    /// What was observed.
    pub name: String,
    /// When and what.
    pub seen: Vec<(f64, f64)>,
    /// When, with the 5 %, 50 % and 95 % quantiles of its law.
    pub law: Vec<(f64, [f64; 3])>,
    /// When, and where in its law what was seen lies: standard normal numbers if the model is right.
    pub residuals: Vec<(f64, f64)>,
}

/// A step of a fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Traced {
    /// Its number.
    pub step: f64,
    /// What is made small.
    pub objective: f64,
    /// The same for the rows that are held out; NaN where it was not computed.
    pub held_out: f64,
}

/// The SVG of a fit.
pub(crate) fn draw(picture: &FitPicture, title: &str) -> String {
    let series = &picture.series[..picture.series.len().min(MAX_SERIES)];
    let room = room(2 * series.len() + 1);
    let mut contents: Vec<Content> = series.iter().map(|series| against(series, room)).collect();
    contents.push(trace(&picture.trace, room));
    contents.extend(series.iter().map(|series| residuals(series, room)));
    let more = format!("{} of {} series", series.len(), picture.count);
    let notes = if picture.count > series.len() { vec![more] } else { Vec::new() };
    Page { title, marks: marks(picture), notes, columns: series.len() + 1, contents }.svg()
}

fn marks(picture: &FitPicture) -> Vec<Mark> {
    let mut marks = Vec::new();
    if !picture.series.is_empty() {
        marks.push(Mark::point(style::point(), "data"));
        marks.push(Mark::new(style::mean(), "fit"));
        marks.push(Mark::new(style::filled(style::BAND), "5–95 % of its law"));
    }
    if picture.trace.iter().any(|traced| traced.held_out.is_finite()) {
        marks.push(Mark::new(style::path(1), "rows held out"));
    }
    marks
}

/// What was seen against its law.
fn against(series: &Fitting, room: f64) -> Content {
    let band = series.law.iter().map(|&(time, [low, _, high])| (time, low, high));
    let middle = series.law.iter().map(|&(time, [_, middle, _])| (time, middle));
    let fitted = Fitted {
        points: series.seen.clone(),
        lines: [middle.collect(), Vec::new()],
        band: band.collect(),
    };
    content(fitted, TIME, &series.name, room)
}

fn residuals(series: &Fitting, room: f64) -> Content {
    let times = || series.law.iter().map(|&(time, _)| time);
    let fitted = Fitted {
        points: series.residuals.clone(),
        lines: [times().map(|time| (time, 0.0)).collect(), Vec::new()],
        band: times().map(|time| (time, -WIDE, WIDE)).collect(),
    };
    content(fitted, TIME, &format!("residual of {}", series.name), room)
}

/// The objective step by step. Its first values are cut off where they would leave no room for the others.
fn trace(trace: &[Traced], room: f64) -> Content {
    let line = |of: fn(&Traced) -> f64| -> Vec<Point> {
        let points = trace.iter().map(|traced| (traced.step, of(traced)));
        points.filter(|(_, value)| value.is_finite()).collect()
    };
    let lines = [line(|traced| traced.objective), line(|traced| traced.held_out)];
    let mut values: Vec<f64> = lines.iter().flatten().map(|&(_, value)| value).collect();
    let all = Spread::of(values.iter().copied());
    let mut content = content(Fitted { lines, ..Fitted::default() }, "step", "objective", room);
    if let Some(all) = all {
        let most = Spread { low: all.low, high: quantile(&mut values, 0.9) };
        let (seen, _) = all.within_reach_of(most);
        content.y = Axis::vertical(content.y.name, seen.opened().padded());
    }
    content
}

/// A panel that holds all of it.
fn content(fitted: Fitted, x: &str, y: &str, room: f64) -> Content {
    let points = || fitted.points.iter().chain(fitted.lines.iter().flatten());
    let ends = fitted.band.iter().flat_map(|&(_, low, high)| [low, high]);
    let across = Spread::of(points().map(|point| point.0));
    let up = Spread::of(points().map(|point| point.1).chain(ends));
    let name = printable(y);
    match (across, up) {
        (Some(across), Some(up)) => Content {
            x: Axis::horizontal(x.to_owned(), across.opened().padded(), room),
            y: Axis::vertical(name, up.opened().padded()),
            marks: Marks::Fitted(fitted),
            cut: false,
        },
        _ => nothing(Axis::bare(x.to_owned()), name),
    }
}
