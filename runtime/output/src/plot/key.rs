//! The line under the title that says what the marks mean.

use plotters::prelude::{PathElement, RGBAColor, Rectangle, ShapeStyle};
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::content::{MAX_PATHS, is_single_time};
use super::style::{self, Area, Drawn, pixels};
use super::summary::MIN_PATHS_FOR_BAND;
use crate::sample::SampleArrays;

const KEY_SIZE: f64 = 10.5;

/// Width of a mark, and half the height of one that is a box.
const MARK_WIDTH: f64 = 18.0;
const HALF_BOX: f64 = 4.5;

/// Room between a mark and its meaning, and between one meaning and the next mark.
const NEAR: f64 = 5.0;
const FAR: f64 = 14.0;

/// Draws the marks of a sample with what they mean, then notes, from a place of the area on.
pub(crate) fn draw(
    sample: &SampleArrays,
    notes: Vec<String>,
    (mut x, middle): (f64, f64),
    area: &Area,
) -> Drawn {
    let marked = marks(sample).into_iter().map(|(style, text)| (Some(style), text));
    for (mark, text) in marked.chain(notes.into_iter().map(|note| (None, note))) {
        if let Some(style) = mark {
            draw_mark(style, (x, middle), area)?;
            x += MARK_WIDTH + NEAR;
        }
        let style =
            style::text(KEY_SIZE, style::FAINT_TEXT).pos(Pos::new(HPos::Left, VPos::Center));
        area.draw_text(&text, &style, (pixels(x), pixels(middle)))?;
        x += style::width(&text, &style) + FAR;
    }
    Ok(())
}

/// A piece of a line or a box, beginning at a place.
fn draw_mark(style: ShapeStyle, (x, middle): (f64, f64), area: &Area) -> Drawn {
    let (left, right, middle) = (pixels(x), pixels(x + MARK_WIDTH), pixels(middle));
    if style.filled {
        let half = pixels(HALF_BOX);
        area.draw(&Rectangle::new([(left, middle - half), (right, middle + half)], style))
    } else {
        area.draw(&PathElement::new([(left, middle), (right, middle)], style))
    }
}

/// The marks that the panels of a sample use, and what they mean.
fn marks(sample: &SampleArrays) -> Vec<(ShapeStyle, String)> {
    let count = sample.paths;
    let paths =
        |count: usize| if count == 1 { "1 path".to_owned() } else { format!("{count} paths") };
    let mean = (style::mean(), "mean".to_owned());
    if is_single_time(sample) {
        let at = sample.times.last().copied().unwrap_or_default();
        let bars = (style::filled(style::BARS), format!("{} at t = {at}", paths(count)));
        return vec![bars, mean];
    }
    let drawn =
        if count > MAX_PATHS { format!("{MAX_PATHS} of {}", paths(count)) } else { paths(count) };
    let mut key = vec![(visible(style::path(count)), drawn)];
    if count > 1 {
        key.push(mean);
    }
    if count >= MIN_PATHS_FOR_BAND {
        key.push((style::filled(style::BAND), "5–95 % of paths".to_owned()));
    }
    key
}

/// A line that can be seen alone.
fn visible(style: ShapeStyle) -> ShapeStyle {
    let RGBAColor(red, green, blue, opacity) = style.color;
    ShapeStyle { color: RGBAColor(red, green, blue, opacity.max(0.6)), ..style }
}
