//! A scene as SVG.

use std::fmt::Write;

use super::font::FAMILY;
use super::scene::{Anchor, Ink, Point, Scene, Shape};

/// The text of an SVG file.
pub(crate) fn render(scene: &Scene) -> String {
    let mut out = String::new();
    let written = write_scene(scene, &mut out);
    written.expect("a string can always be written to");
    out
}

fn write_scene(scene: &Scene, out: &mut String) -> std::fmt::Result {
    let (width, height) = (Number(scene.width), Number(scene.height));
    writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="{FAMILY}">"#
    )?;
    writeln!(out, r##"<rect width="100%" height="100%" fill="#ffffff"/>"##)?;
    for shape in &scene.shapes {
        write_shape(shape, out)?;
    }
    writeln!(out, "</svg>")
}

fn write_shape(shape: &Shape, out: &mut String) -> std::fmt::Result {
    match shape {
        Shape::Line { role, pieces, ink, width } => {
            write!(out, r#"<path class="{}" d=""#, role.class())?;
            for piece in pieces {
                write_points(piece, out)?;
            }
            write!(
                out,
                r#"" fill="none" stroke-linejoin="round" stroke-width="{}""#,
                Number(*width)
            )?;
            write_ink("stroke", *ink, out)?;
            writeln!(out, "/>")
        }
        Shape::Area { role, outlines, ink } => {
            write!(out, r#"<path class="{}" d=""#, role.class())?;
            for outline in outlines {
                write_points(outline, out)?;
                out.push('Z');
            }
            out.push('"');
            write_ink("fill", *ink, out)?;
            writeln!(out, "/>")
        }
        Shape::Text { text, at: (x, y), anchor, size, ink, upwards } => {
            let (x, y) = (Number(*x), Number(*y));
            write!(out, r#"<text x="{x}" y="{y}" font-size="{}""#, Number(*size))?;
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            write!(out, r#" text-anchor="{anchor}""#)?;
            if *upwards {
                write!(out, r#" transform="rotate(-90 {x} {y})""#)?;
            }
            write_ink("fill", *ink, out)?;
            writeln!(out, ">{}</text>", escape(text))
        }
    }
}

fn write_points(points: &[Point], out: &mut String) -> std::fmt::Result {
    for (k, &(x, y)) in points.iter().enumerate() {
        let command = match k {
            0 => "M",
            1 => "L",
            _ => " ",
        };
        write!(out, "{command}{} {}", Number(x), Number(y))?;
    }
    Ok(())
}

fn write_ink(attribute: &str, ink: Ink, out: &mut String) -> std::fmt::Result {
    let [red, green, blue] = ink.rgb;
    write!(out, r##" {attribute}="#{red:02x}{green:02x}{blue:02x}""##)?;
    if ink.opacity < 1.0 {
        write!(out, r#" {attribute}-opacity="{}""#, Number(ink.opacity))?;
    }
    Ok(())
}

/// A number with at most two decimals.
struct Number(f64);

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rounded = (self.0 * 100.0).round() / 100.0;
        // Not -0.
        write!(f, "{}", if rounded == 0.0 { 0.0 } else { rounded })
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            // XML has no way to write these.
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
