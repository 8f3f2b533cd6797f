//! The line under the title that says what the marks mean.

use plotters::prelude::{Circle, PathElement, RGBAColor, Rectangle, ShapeStyle};
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::content::{MAX_PATHS, is_single_time};
use super::style::{self, Area, Drawn, pixels};
use super::summary::MIN_PATHS_FOR_BAND;
use crate::sample::SampleArrays;

const KEY_SIZE: f64 = 10.5;

/// Width of a mark, and half the height of one that is a box.
const MARK_WIDTH: f64 = 18.0;
const HALF_BOX: f64 = 4.5;

/// Radius of a point.
const RADIUS: f64 = 2.0;

/// Room between a mark and its meaning, and between one meaning and the next mark.
const NEAR: f64 = 5.0;
const FAR: f64 = 14.0;

/// A mark, what it means, and whether it is a point: a filled mark that is none is a box.
pub(crate) struct Mark {
    style: ShapeStyle,
    is_point: bool,
    text: String,
}

impl Mark {
    /// A line or a box.
    pub(crate) fn new(style: ShapeStyle, text: impl Into<String>) -> Self {
        Self { style, is_point: false, text: text.into() }
    }

    /// A point.
    pub(crate) fn point(style: ShapeStyle, text: impl Into<String>) -> Self {
        Self { is_point: true, ..Self::new(style, text) }
    }
}

/// Draws marks with what they mean, then notes, from a place of the area on.
pub(crate) fn draw(
    marks: &[Mark],
    notes: &[String],
    (mut x, middle): (f64, f64),
    area: &Area,
) -> Drawn {
    let marked = marks.iter().map(|mark| (Some(mark), &mark.text));
    for (mark, text) in marked.chain(notes.iter().map(|note| (None, note))) {
        if let Some(mark) = mark {
            draw_mark(mark, (x, middle), area)?;
            x += MARK_WIDTH + NEAR;
        }
        let style =
            style::text(KEY_SIZE, style::FAINT_TEXT).pos(Pos::new(HPos::Left, VPos::Center));
        area.draw_text(text, &style, (pixels(x), pixels(middle)))?;
        x += style::width(text, &style) + FAR;
    }
    Ok(())
}

/// A point, a piece of a line or a box, beginning at a place.
fn draw_mark(mark: &Mark, (x, middle): (f64, f64), area: &Area) -> Drawn {
    let style = mark.style;
    if mark.is_point {
        let centre = (pixels(x + 0.5 * MARK_WIDTH), pixels(middle));
        return area.draw(&Circle::new(centre, pixels(RADIUS), style));
    }
    let (left, right, middle) = (pixels(x), pixels(x + MARK_WIDTH), pixels(middle));
    if style.filled {
        let half = pixels(HALF_BOX);
        area.draw(&Rectangle::new([(left, middle - half), (right, middle + half)], style))
    } else {
        area.draw(&PathElement::new([(left, middle), (right, middle)], style))
    }
}

/// The marks that the panels of a sample use, and what they mean.
pub(crate) fn marks(sample: &SampleArrays) -> Vec<Mark> {
    let count = sample.paths;
    let paths =
        |count: usize| if count == 1 { "1 path".to_owned() } else { format!("{count} paths") };
    let mean = Mark::new(style::mean(), "mean");
    if is_single_time(sample) {
        let at = sample.times.last().copied().unwrap_or_default();
        let bars = Mark::new(style::filled(style::BARS), format!("{} at t = {at}", paths(count)));
        return vec![bars, mean];
    }
    let drawn =
        if count > MAX_PATHS { format!("{MAX_PATHS} of {}", paths(count)) } else { paths(count) };
    let mut key = vec![Mark::new(visible(style::path(count)), drawn)];
    if count > 1 {
        key.push(mean);
    }
    if count >= MIN_PATHS_FOR_BAND {
        key.push(Mark::new(style::filled(style::BAND), "5–95 % of paths"));
    }
    key
}

/// A line that can be seen alone.
fn visible(style: ShapeStyle) -> ShapeStyle {
    let RGBAColor(red, green, blue, opacity) = style.color;
    ShapeStyle { color: RGBAColor(red, green, blue, opacity.max(0.6)), ..style }
}
