//! The embedded font: widths and outlines of texts.
//!
//! A subset of DejaVu Sans with Latin, Greek and Cyrillic letters and mathematical signs; see
//! `fonts/README.md`. Other characters appear as an empty box.

use ttf_parser::{Face, GlyphId, OutlineBuilder};

static DEJAVU_SANS: &[u8] = include_bytes!("../../fonts/DejaVuSans-subset.ttf");

/// What SVG asks for: the same letters where they are installed, similar ones elsewhere.
pub(crate) const FAMILY: &str = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif";

/// A font that can be measured and drawn.
pub(crate) struct Font {
    face: Face<'static>,
}

impl Font {
    /// The embedded font.
    pub(crate) fn embedded() -> Self {
        Font { face: Face::parse(DEJAVU_SANS, 0).expect("the embedded font is sound") }
    }

    /// Width of a text whose em is `size`.
    pub(crate) fn width(&self, text: &str, size: f64) -> f64 {
        text.chars().map(|c| self.advance(self.glyph(c))).sum::<f64>() * self.scale(size)
    }

    /// The outlines of a text that begins at the origin, x to the right and y downwards.
    pub(crate) fn outline(&self, text: &str, size: f64) -> Vec<Stroke> {
        let mut pen = Pen { x: 0.0, scale: self.scale(size), strokes: Vec::new() };
        for c in text.chars() {
            let glyph = self.glyph(c);
            self.face.outline_glyph(glyph, &mut pen);
            pen.x += self.advance(glyph) * pen.scale;
        }
        pen.strokes
    }

    fn glyph(&self, c: char) -> GlyphId {
        self.face.glyph_index(c).unwrap_or_default()
    }

    fn advance(&self, glyph: GlyphId) -> f64 {
        f64::from(self.face.glyph_hor_advance(glyph).unwrap_or_default())
    }

    fn scale(&self, size: f64) -> f64 {
        size / f64::from(self.face.units_per_em())
    }
}

/// A piece of an outline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Stroke {
    /// Begin at a point.
    Move((f64, f64)),
    /// A line to a point.
    Line((f64, f64)),
    /// A quadratic curve: control point, end.
    Quad((f64, f64), (f64, f64)),
    /// A cubic curve: control points, end.
    Cubic((f64, f64), (f64, f64), (f64, f64)),
    /// Back to the beginning.
    Close,
}

/// Turns font units, y upwards, into the scene's.
struct Pen {
    x: f64,
    scale: f64,
    strokes: Vec<Stroke>,
}

impl Pen {
    fn place(&self, x: f32, y: f32) -> (f64, f64) {
        (self.x + f64::from(x) * self.scale, -f64::from(y) * self.scale)
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.strokes.push(Stroke::Move(self.place(x, y)));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.strokes.push(Stroke::Line(self.place(x, y)));
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.strokes.push(Stroke::Quad(self.place(x1, y1), self.place(x, y)));
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.strokes.push(Stroke::Cubic(self.place(x1, y1), self.place(x2, y2), self.place(x, y)));
    }

    fn close(&mut self) {
        self.strokes.push(Stroke::Close);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_models_are_there() {
        let font = Font::embedded();
        for c in "θσμλΔκρ∂∇∫×·−⁻⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂éßЖℓ–…".chars()
        {
            assert!(font.face.glyph_index(c).is_some(), "{c}");
        }
    }

    #[test]
    fn widths_add_up_and_scale() {
        let font = Font::embedded();
        let width = font.width("σ = 0.2", 10.0);
        assert!((30.0..45.0).contains(&width), "{width}");
        assert!((font.width("σ = 0.2", 20.0) - 2.0 * width).abs() < 1e-9);
    }
}
