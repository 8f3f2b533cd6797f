//! Arranging panels on the page, with the title and the key above them.

use plotters::prelude::{IntoDrawingArea, SVGBackend, WHITE};
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::content::Content;
use super::key::{self, Mark};
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

/// What stands on a page.
pub(crate) struct Page<'a> {
    pub(crate) title: &'a str,
    /// What the marks mean.
    pub(crate) marks: Vec<Mark>,
    /// What the page does not show.
    pub(crate) notes: Vec<String>,
    /// Panels side by side.
    pub(crate) columns: usize,
    /// The panels, row by row.
    pub(crate) contents: Vec<Content>,
}

/// The SVG of a sample.
pub(crate) fn draw(sample: &SampleArrays, title: &str) -> String {
    let fields = sample.fields.iter().enumerate();
    let entries: Vec<(usize, usize)> =
        fields.flat_map(|(f, field)| (0..field.entries()).map(move |entry| (f, entry))).collect();
    let shown = entries.len().min(MAX_PANELS);
    let columns = match shown {
        0 | 1 => 1,
        2 | 4 => 2,
        _ => 3,
    };
    let content = |&(f, entry): &(usize, usize)| Content::new(sample, f, entry, room(shown));
    let contents = entries[..shown].iter().map(content).collect();
    let more = format!("{shown} of {} entries", entries.len());
    let notes = if entries.len() > shown { vec![more] } else { Vec::new() };
    Page { title, marks: key::marks(sample), notes, columns, contents }.svg()
}

/// What numbers along the horizontal axis of one of so many panels may take.
pub(crate) fn room(panels: usize) -> f64 {
    NUMBERS * panel(panels).0
}

/// Width and height of one of so many panels.
fn panel(panels: usize) -> (f64, f64) {
    if panels <= 1 { SINGLE } else { SMALL }
}

impl Page<'_> {
    /// The SVG of a page with title, key and panels.
    pub(crate) fn svg(&self) -> String {
        let (width, height) = self.size();
        let mut svg = String::new();
        let backend = SVGBackend::with_string(&mut svg, (width * PIXELS, height * PIXELS));
        self.fill(&backend.into_drawing_area()).expect("a string can always be drawn to");
        in_points(&svg, width, height)
    }

    fn rows(&self) -> usize {
        self.contents.len().div_ceil(self.columns).max(1)
    }

    /// Height of what stands above the panels.
    fn head(&self) -> f64 {
        if self.title.is_empty() { KEY_HEIGHT } else { TITLE_HEIGHT + KEY_HEIGHT }
    }

    /// Width and height of the page in points, which are whole.
    fn size(&self) -> (u32, u32) {
        let (width, height) = panel(self.contents.len());
        let width = 2.0 * PADDING + width * self.columns as f64;
        let height = 2.0 * PADDING + self.head() + height * self.rows() as f64;
        (width.ceil() as u32, height.ceil() as u32)
    }

    fn fill(&self, page: &Area) -> Drawn {
        let contents = &self.contents;
        // Equal margins in all panels put their axes in line.
        let margins =
            contents.iter().map(Content::margins).fold(Margins::default(), Margins::union);
        page.fill(&WHITE)?;
        let edge = pixels(PADDING);
        let page = page.margin(edge, edge, edge, edge);
        let (head, body) = page.split_vertically(pixels(self.head()));
        draw_title(self.title, margins.left, &head)?;
        let place = (margins.left, self.head() - 0.66 * KEY_HEIGHT);
        let is_cut = contents.iter().any(|content| content.cut);
        let mut notes = self.notes.clone();
        notes.extend(is_cut.then(|| "outliers cut off".to_owned()));
        key::draw(&self.marks, &notes, place, &head)?;
        let areas = body.split_evenly((self.rows(), self.columns));
        for (k, (content, area)) in contents.iter().zip(&areas).enumerate() {
            content.draw(area, margins, k + self.columns >= contents.len())?;
        }
        page.present()
    }
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

/// The same SVG with a size in points instead of pixels, and with round corners, without which the
/// sharp turns of a path would end in spikes.
fn in_points(svg: &str, width: u32, height: u32) -> String {
    let in_pixels = format!(r#"<svg width="{}" height="{}""#, width * PIXELS, height * PIXELS);
    let in_points = format!(r#"<svg width="{width}" height="{height}" stroke-linejoin="round""#);
    svg.replacen(&in_pixels, &in_points, 1)
}
