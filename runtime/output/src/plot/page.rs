//! Arranging panels on the page, with the title and the key above them.

use plotters::prelude::{IntoDrawingArea, SVGBackend, WHITE};
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::content::Content;
use super::key;
use super::panel::Margins;
use super::style::{self, Area, Drawn, PIXELS, pixels, printable};
use crate::sample::SampleArrays;

/// Panels on one page; further entries are only counted.
const MAX_PANELS: usize = 6;

/// Width and height of a single panel with its labels, and of one among several.
const SINGLE: (f64, f64) = (560.0, 350.0);
const SMALL: (f64, f64) = (340.0, 230.0);

/// Share of a panel's width that numbers along its horizontal axis may take.
const NUMBERS: f64 = 0.72;

/// The page's edge.
const PADDING: f64 = 14.0;

const TITLE_SIZE: f64 = 15.0;

/// Height of the title and of the key below it.
const TITLE_HEIGHT: f64 = 26.0;
const KEY_HEIGHT: f64 = 24.0;

/// How many panels there are, and how large.
struct Layout {
    entries: usize,
    shown: usize,
    rows: usize,
    columns: usize,
    panel: (f64, f64),
    head: f64,
}

impl Layout {
    fn new(entries: usize, has_title: bool) -> Self {
        let shown = entries.min(MAX_PANELS);
        let columns = match shown {
            0 | 1 => 1,
            2 | 4 => 2,
            _ => 3,
        };
        Layout {
            entries,
            shown,
            rows: shown.div_ceil(columns).max(1),
            columns,
            panel: if shown <= 1 { SINGLE } else { SMALL },
            head: if has_title { TITLE_HEIGHT } else { 0.0 } + KEY_HEIGHT,
        }
    }

    /// Width and height of the page in points, which are whole.
    fn size(&self) -> (u32, u32) {
        let (width, height) = self.panel;
        let width = 2.0 * PADDING + width * self.columns as f64;
        let height = 2.0 * PADDING + self.head + height * self.rows as f64;
        (width.ceil() as u32, height.ceil() as u32)
    }
}

/// The SVG of a page with title, key and panels.
pub(crate) fn draw(sample: &SampleArrays, title: &str) -> String {
    let fields = sample.fields.iter().enumerate();
    let entries: Vec<(usize, usize)> =
        fields.flat_map(|(f, field)| (0..field.entries()).map(move |entry| (f, entry))).collect();
    let layout = Layout::new(entries.len(), !title.is_empty());
    let contents: Vec<Content> = entries[..layout.shown]
        .iter()
        .map(|&(f, entry)| Content::new(sample, f, entry, NUMBERS * layout.panel.0))
        .collect();

    let (width, height) = layout.size();
    let mut svg = String::new();
    let backend = SVGBackend::with_string(&mut svg, (width * PIXELS, height * PIXELS));
    fill(&backend.into_drawing_area(), sample, title, &layout, &contents)
        .expect("a string can always be drawn to");
    in_points(&svg, width, height)
}

fn fill(
    page: &Area,
    sample: &SampleArrays,
    title: &str,
    layout: &Layout,
    contents: &[Content],
) -> Drawn {
    // Equal margins in all panels put their axes in line.
    let margins = contents.iter().map(Content::margins).fold(Margins::default(), Margins::union);
    page.fill(&WHITE)?;
    let edge = pixels(PADDING);
    let page = page.margin(edge, edge, edge, edge);
    let (head, body) = page.split_vertically(pixels(layout.head));
    draw_title(title, margins.left, &head)?;
    let place = (margins.left, layout.head - 0.66 * KEY_HEIGHT);
    key::draw(sample, notes(layout, contents), place, &head)?;
    let areas = body.split_evenly((layout.rows, layout.columns));
    for (k, (content, area)) in contents.iter().zip(&areas).enumerate() {
        content.draw(area, margins, k + layout.columns >= contents.len())?;
    }
    page.present()
}

/// Draws the title, smaller if it is long.
fn draw_title(title: &str, left: f64, head: &Area) -> Drawn {
    let title = printable(title);
    let room = f64::from(head.dim_in_pixel().0) / f64::from(PIXELS) - left;
    let width = style::width(&title, &style::text(TITLE_SIZE, style::TEXT));
    let size = if width > room { TITLE_SIZE * room / width } else { TITLE_SIZE };
    let style = style::text(size, style::TEXT).pos(Pos::new(HPos::Left, VPos::Top));
    if title.is_empty() { Ok(()) } else { head.draw_text(&title, &style, (pixels(left), 0)) }
}

/// What the page does not show.
fn notes(layout: &Layout, contents: &[Content]) -> Vec<String> {
    let mut notes = Vec::new();
    if layout.entries > layout.shown {
        notes.push(format!("{} of {} entries", layout.shown, layout.entries));
    }
    if contents.iter().any(|content| content.cut) {
        notes.push("outliers cut off".to_owned());
    }
    notes
}

/// The same SVG with a size in points instead of pixels, and with round corners, without which the
/// sharp turns of a path would end in spikes.
fn in_points(svg: &str, width: u32, height: u32) -> String {
    let in_pixels = format!(r#"<svg width="{}" height="{}""#, width * PIXELS, height * PIXELS);
    let in_points = format!(r#"<svg width="{width}" height="{height}" stroke-linejoin="round""#);
    svg.replacen(&in_pixels, &in_points, 1)
}
