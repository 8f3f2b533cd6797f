//! A scene as PNG.

use tiny_skia::{Color, FillRule, LineJoin, Paint, PathBuilder, Pixmap, Stroke as Line, Transform};

use super::font::{Font, Stroke};
use super::scene::{Anchor, Ink, Point, Scene, Shape};

/// Pixels to a point: enough for print at column width.
const SCALE: f64 = 2.0;

/// The bytes of a PNG file.
pub(crate) fn render(scene: &Scene) -> Vec<u8> {
    let pixels = |points: f64| (points * SCALE).ceil() as u32;
    let mut page = Pixmap::new(pixels(scene.width), pixels(scene.height))
        .expect("a page of six panels or fewer has a size");
    page.fill(Color::WHITE);
    let font = Font::embedded();
    for shape in &scene.shapes {
        draw(shape, &font, &mut page);
    }
    page.encode_png().expect("a page in memory can be encoded")
}

fn draw(shape: &Shape, font: &Font, page: &mut Pixmap) {
    let scale = Transform::from_scale(SCALE as f32, SCALE as f32);
    match shape {
        Shape::Line { pieces, ink, width, .. } => {
            let line = Line { width: *width as f32, line_join: LineJoin::Round, ..Line::default() };
            if let Some(path) = trace(pieces, false) {
                page.stroke_path(&path, &paint(*ink), &line, scale, None);
            }
        }
        Shape::Area { outlines, ink, .. } => {
            if let Some(path) = trace(outlines, true) {
                page.fill_path(&path, &paint(*ink), FillRule::Winding, scale, None);
            }
        }
        Shape::Text { text, at, anchor, size, ink, upwards } => {
            let back = match anchor {
                Anchor::Start => 0.0,
                Anchor::Middle => 0.5,
                Anchor::End => 1.0,
            } * font.width(text, *size);
            let turn = if *upwards { -90.0 } else { 0.0 };
            let place = scale
                .pre_translate(at.0 as f32, at.1 as f32)
                .pre_rotate(turn)
                .pre_translate(-back as f32, 0.0);
            if let Some(path) = letters(font, text, *size) {
                page.fill_path(&path, &paint(*ink), FillRule::Winding, place, None);
            }
        }
    }
}

fn paint(ink: Ink) -> Paint<'static> {
    let [red, green, blue] = ink.rgb;
    let mut paint = Paint::default();
    paint.set_color_rgba8(red, green, blue, (255.0 * ink.opacity).round() as u8);
    paint
}

fn trace(pieces: &[Vec<Point>], closed: bool) -> Option<tiny_skia::Path> {
    let mut path = PathBuilder::new();
    for piece in pieces {
        for (k, &(x, y)) in piece.iter().enumerate() {
            if k == 0 {
                path.move_to(x as f32, y as f32);
            } else {
                path.line_to(x as f32, y as f32);
            }
        }
        if closed {
            path.close();
        }
    }
    path.finish()
}

fn letters(font: &Font, text: &str, size: f64) -> Option<tiny_skia::Path> {
    let mut path = PathBuilder::new();
    for stroke in font.outline(text, size) {
        let f = |(x, y): Point| (x as f32, y as f32);
        match stroke {
            Stroke::Move(p) => path.move_to(f(p).0, f(p).1),
            Stroke::Line(p) => path.line_to(f(p).0, f(p).1),
            Stroke::Quad(a, p) => path.quad_to(f(a).0, f(a).1, f(p).0, f(p).1),
            Stroke::Cubic(a, b, p) => {
                path.cubic_to(f(a).0, f(a).1, f(b).0, f(b).1, f(p).0, f(p).1);
            }
            Stroke::Close => path.close(),
        }
    }
    path.finish()
}
