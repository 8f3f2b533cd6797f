//! A page as PNG: its SVG, drawn by resvg with the embedded font and no other.

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use super::style::DEJAVU_SANS;

/// Pixels to a point: enough for print at column width.
const SCALE: f32 = 2.0;

/// The bytes of a PNG file.
pub(crate) fn render(svg: &str) -> Vec<u8> {
    let mut options = Options::default();
    options.fontdb_mut().load_font_data(DEJAVU_SANS.to_vec());
    let tree = Tree::from_str(svg, &options).expect("a page is sound SVG");
    let pixels = |points: f32| (points * SCALE).ceil() as u32;
    let mut page = Pixmap::new(pixels(tree.size().width()), pixels(tree.size().height()))
        .expect("a page of six panels or fewer has a size");
    page.fill(Color::WHITE);
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut page.as_mut());
    page.encode_png().expect("a page in memory can be encoded")
}
