//! Pictures of a sample, as SVG or PNG.
//!
//! `content` reduces a sample to what one panel shows, `panel` draws it, `key` explains the marks,
//! this file arranges panels on the page, and `svg` and `png` are two renderings of the same [`scene::Scene`]. Text is
//! measured and, in PNG, drawn with an embedded font, so that a machine without fonts makes the same
//! picture.

mod axis;
mod content;
mod font;
mod geometry;
mod key;
mod panel;
mod png;
mod scene;
mod spread;
mod summary;
mod svg;

use std::io::Write;
use std::path::Path;

use crate::atomic;
use crate::error::{OutputError, Refusal};
use crate::sample::{SampleArrays, suffix};
use content::Content;
use font::Font;
use panel::{Frame, Margins};
use scene::{Anchor, Ink, Scene, Shape};

/// Panels on one page; further entries are only counted.
const MAX_PANELS: usize = 6;

/// Width and height of a single panel with its labels, and of one among several.
const SINGLE: (f64, f64) = (560.0, 350.0);
const SMALL: (f64, f64) = (340.0, 230.0);

/// The page's edge.
const PADDING: f64 = 14.0;

const TITLE_SIZE: f64 = 15.0;

/// Height of the title and of the key below it.
const TITLE_HEIGHT: f64 = 26.0;
const KEY_HEIGHT: f64 = 24.0;

/// Draws a sample to an `.svg` or `.png` file, by the suffix of `path`.
///
/// Each scalar entry of the first six gets a panel: up to 50 paths, the mean over all paths, and the
/// band between their 5 % and 95 % quantiles. A sample at a single time becomes histograms. Values
/// that are not finite are left out; values far outside the band are cut off, and the page says so.
///
/// # Errors
/// When the suffix is not known or the file cannot be written.
///
/// # Panics
/// When a field lacks values for some path, time or entry.
pub fn plot_sample(
    sample: &SampleArrays,
    title: &str,
    path: impl AsRef<Path>,
) -> Result<(), OutputError> {
    let path = path.as_ref();
    sample.assert_complete();
    match suffix(path).as_deref() {
        Some("svg") => {
            let text = svg::render(&page(sample, title));
            atomic::write(path, |out| out.write_all(text.as_bytes()))
        }
        Some("png") => {
            let bytes = png::render(&page(sample, title));
            atomic::write(path, |out| out.write_all(&bytes))
        }
        _ => Err(OutputError::new(path, Refusal::UnknownSuffix { known: &["svg", "png"] })),
    }
}

/// All panels with title and key.
fn page(sample: &SampleArrays, title: &str) -> Scene {
    let font = Font::embedded();
    let entries: Vec<(usize, usize)> = (0..sample.fields.len())
        .flat_map(|f| (0..sample.fields[f].entries()).map(move |entry| (f, entry)))
        .collect();
    let shown = &entries[..entries.len().min(MAX_PANELS)];
    let columns = match shown.len() {
        0 | 1 => 1,
        2 | 4 => 2,
        3 | 5 | 6 => 3,
        _ => unreachable!("at most {MAX_PANELS} panels"),
    };
    let rows = shown.len().div_ceil(columns).max(1);
    let (width, height) = if shown.len() <= 1 { SINGLE } else { SMALL };
    let top = PADDING + if title.is_empty() { 0.0 } else { TITLE_HEIGHT } + KEY_HEIGHT;

    let contents: Vec<Content> =
        shown.iter().map(|&(f, entry)| Content::new(sample, f, entry)).collect();
    // Equal margins in all panels put their axes in line.
    let margins = contents
        .iter()
        .map(|content| content.margins(&font))
        .fold(Margins::default(), Margins::union);

    let mut scene = Scene {
        width: 2.0 * PADDING + width * columns as f64,
        height: top + height * rows as f64 + PADDING,
        shapes: Vec::new(),
    };
    let mut cut = false;
    for (k, content) in contents.iter().enumerate() {
        let left = PADDING + width * (k % columns) as f64;
        let above = top + height * (k / columns) as f64;
        let frame = Frame {
            left: left + margins.left,
            right: left + width - margins.right,
            top: above + margins.top,
            bottom: above + height - margins.bottom,
        };
        // The lowest panel of each column carries the name of the horizontal axis.
        let lowest = k + columns >= contents.len();
        cut |= content.draw(frame, margins, lowest, &mut scene.shapes);
    }
    let left = PADDING + margins.left;
    if !title.is_empty() {
        let room = scene.width - left - PADDING;
        scene.shapes.push(Shape::Text {
            text: title.to_owned(),
            at: (left, PADDING + TITLE_SIZE),
            anchor: Anchor::Start,
            size: TITLE_SIZE * (room / font.width(title, TITLE_SIZE)).min(1.0),
            ink: Ink::TEXT,
            upwards: false,
        });
    }
    let mut notes = Vec::new();
    if entries.len() > shown.len() {
        notes.push(format!("{} of {} entries", shown.len(), entries.len()));
    }
    if cut {
        notes.push("outliers cut off".to_owned());
    }
    key::draw(sample, &notes, (left, top - 0.56 * KEY_HEIGHT), &font, &mut scene.shapes);
    scene
}
