//! Colours, line widths and text, in the terms of plotters.

use std::io;
use std::sync::Once;

use plotters::coord::Shift;
use plotters::prelude::{
    DrawingArea, DrawingAreaErrorKind, FontFamily, FontStyle, IntoFont, RGBAColor, RGBColor,
    SVGBackend, ShapeStyle, TextStyle,
};
use plotters::style::register_font;

/// Plotters works in whole pixels. With ten of them to a point, lines may be fine and places exact.
pub(crate) const PIXELS: u32 = 10;

/// A subset of DejaVu Sans with Latin, Greek and Cyrillic letters and mathematical signs; see
/// `fonts/README.md`. Other characters appear as an empty box.
pub(crate) static DEJAVU_SANS: &[u8] = include_bytes!("../../fonts/DejaVuSans-subset.ttf");

/// What SVG asks for: the same letters where they are installed, similar ones elsewhere.
pub(crate) const FAMILY: &str = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif";

/// How much larger than an em plotters takes the size of a font to be.
const SIZE_TO_EM: f64 = 1.24;

/// Blue of the colour-blind-safe palette. *Source:* Okabe and Ito (2008), “Color Universal Design”.
const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xb2);

/// Vermilion of the same palette.
const VERMILION: RGBColor = RGBColor(0xd5, 0x5e, 0x00);

pub(crate) const TEXT: RGBColor = RGBColor(0x1a, 0x1a, 0x1a);
pub(crate) const FAINT_TEXT: RGBColor = RGBColor(0x55, 0x55, 0x55);
pub(crate) const AXIS: RGBAColor = ink(RGBColor(0x44, 0x44, 0x44), 1.0);
pub(crate) const GRID: RGBAColor = ink(RGBColor(0xe9, 0xe9, 0xe9), 1.0);
pub(crate) const BAND: RGBAColor = ink(BLUE, 0.16);
pub(crate) const BARS: RGBAColor = ink(BLUE, 0.45);
const PATH: RGBAColor = ink(BLUE, 0.28);
const MEAN: RGBAColor = ink(VERMILION, 1.0);

/// A part of the page.
pub(crate) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Whether drawing went well.
pub(crate) type Drawn = Result<(), DrawingAreaErrorKind<io::Error>>;

const fn ink(RGBColor(red, green, blue): RGBColor, opacity: f64) -> RGBAColor {
    RGBAColor(red, green, blue, opacity)
}

/// A length on the page, from points to pixels.
pub(crate) fn pixels(points: f64) -> i32 {
    (points * f64::from(PIXELS)).round() as i32
}

/// A line of a thickness in points.
pub(crate) fn line(color: RGBAColor, width: f64) -> ShapeStyle {
    ShapeStyle { color, filled: false, stroke_width: pixels(width).unsigned_abs() }
}

/// A filled shape.
pub(crate) fn filled(color: RGBAColor) -> ShapeStyle {
    ShapeStyle { color, filled: true, stroke_width: 0 }
}

/// The line of one path: few paths are drawn firmly, many faintly.
pub(crate) fn path(count: usize) -> ShapeStyle {
    match count {
        0 | 1 => line(ink(BLUE, 1.0), 1.2),
        2..=8 => line(ink(BLUE, 0.6), 0.9),
        _ => line(PATH, 0.7),
    }
}

/// The line of the mean.
pub(crate) fn mean() -> ShapeStyle {
    line(MEAN, 2.0)
}

/// What was seen.
pub(crate) fn point() -> ShapeStyle {
    filled(ink(TEXT, 0.75))
}

/// Text with an em of `size` points.
pub(crate) fn text(size: f64, color: RGBColor) -> TextStyle<'static> {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        let registered = register_font(FAMILY, FontStyle::Normal, DEJAVU_SANS);
        registered.ok().expect("the embedded font is sound");
    });
    let size = size * f64::from(PIXELS) * SIZE_TO_EM;
    (FontFamily::Name(FAMILY), size).into_font().color(&color)
}

/// Width of a text in points; a little more than it takes.
pub(crate) fn width(text: &str, style: &TextStyle) -> f64 {
    let (_, (right, _)) = style.font.layout_box(text).expect("the embedded font is registered");
    f64::from(right) / f64::from(PIXELS)
}

/// A text without the characters that XML has no way to write.
pub(crate) fn printable(text: &str) -> String {
    let is_odd = |c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars().map(|c| if is_odd(c) { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_models_are_there() {
        let box_width = width("\u{10ffff}", &text(100.0, TEXT));
        for c in "θσμλΔκρ∂∇∫×·−⁻⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂éßЖℓ–…".chars()
        {
            assert_ne!(width(&c.to_string(), &text(100.0, TEXT)), box_width, "{c}");
        }
    }

    #[test]
    fn widths_add_up_and_scale() {
        let small = width("σ = 0.2", &text(10.0, TEXT));
        assert!((30.0..45.0).contains(&small), "{small}");
        assert!((width("σ = 0.2", &text(20.0, TEXT)) - 2.0 * small).abs() < 0.2);
    }
}
