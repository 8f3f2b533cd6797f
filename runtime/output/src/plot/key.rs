//! The line under the title that says what the marks mean.

use super::content::{MAX_PATHS, is_single_time};
use super::font::Font;
use super::scene::{Anchor, Ink, Point, Role, Shape};
use super::summary::MIN_PATHS_FOR_BAND;
use crate::sample::SampleArrays;

const KEY_SIZE: f64 = 10.5;

/// Width of a mark in the key.
const MARK_WIDTH: f64 = 18.0;

/// One line that says what the marks mean, then notes.
pub(crate) fn draw(
    sample: &SampleArrays,
    notes: &[String],
    (mut x, baseline): (f64, f64),
    font: &Font,
    out: &mut Vec<Shape>,
) {
    let middle = baseline - 0.35 * KEY_SIZE;
    for (mark, text) in marks(sample) {
        out.push(mark.shape((x, middle)));
        x = write(text, (x + MARK_WIDTH + 5.0, baseline), font, out);
    }
    for note in notes {
        x = write(note.clone(), (x, baseline), font, out);
    }
}

/// Writes a piece of the key and returns where the next one begins.
fn write(text: String, at: (f64, f64), font: &Font, out: &mut Vec<Shape>) -> f64 {
    let next = at.0 + font.width(&text, KEY_SIZE) + 16.0;
    let (anchor, ink) = (Anchor::Start, Ink::FAINT_TEXT);
    out.push(Shape::Text { text, at, anchor, size: KEY_SIZE, ink, upwards: false });
    next
}

/// Few paths are drawn firmly, many faintly.
pub(crate) fn path_style(count: usize) -> (Ink, f64) {
    match count {
        0 | 1 => (Ink { opacity: 1.0, ..Ink::PATH }, 1.2),
        2..=8 => (Ink { opacity: 0.6, ..Ink::PATH }, 0.9),
        _ => (Ink::PATH, 0.7),
    }
}

/// A mark of the key.
#[derive(Debug, Clone, Copy)]
enum Mark {
    /// A line of some thickness.
    Line(Role, Ink, f64),
    /// A filled box.
    Box(Role, Ink),
}

impl Mark {
    /// The mark at a place of the key, which is its left end and middle height.
    fn shape(self, (x, y): Point) -> Shape {
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
fn marks(sample: &SampleArrays) -> Vec<(Mark, String)> {
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
