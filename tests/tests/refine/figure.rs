//! Errors over step sizes as a picture: both axes logarithmic, one line for each method.

use std::fmt::Write as _;

/// Errors by number of steps.
pub(crate) struct Line {
    pub(crate) label: String,
    pub(crate) points: Vec<(u32, f64)>,
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 150.0;
const TOP: f64 = 20.0;
const BOTTOM: f64 = 50.0;
const COLOURS: [&str; 3] = ["#1b6ca8", "#b8561b", "#3b7d3b"];

/// The picture as SVG.
pub(crate) fn svg(lines: &[Line]) -> String {
    let all = || lines.iter().flat_map(|line| &line.points);
    let exponents = all().map(|(_, error)| error.log10());
    let (low, high) = exponents.fold((f64::MAX, f64::MIN), |(a, b), e| (a.min(e), b.max(e)));
    let (low, high) = (low.floor(), high.ceil());
    let halvings = all().map(|&(steps, _)| f64::from(steps).log2());
    let (few, many) = halvings.fold((f64::MAX, f64::MIN), |(a, b), n| (a.min(n), b.max(n)));
    let x = |steps: f64| LEFT + (steps.log2() - few) / (many - few) * (WIDTH - LEFT - RIGHT);
    let y = |error: f64| TOP + (high - error.log10()) / (high - low) * (HEIGHT - TOP - BOTTOM);

    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n"
    );
    let text = |x: f64, y: f64, anchor: &str, words: &str| {
        format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>\n")
    };
    let rule = |x1: f64, y1: f64, x2: f64, y2: f64| {
        format!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"#ddd\"/>\n"
        )
    };
    let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    let mut exponent = low;
    while exponent <= high {
        let at = y(10.0_f64.powf(exponent));
        out += &rule(LEFT, at, right, at);
        out += &text(LEFT - 8.0, at + 4.0, "end", &format!("1e{exponent}"));
        exponent += 1.0;
    }
    let mut halving = few;
    while halving <= many {
        let at = x(halving.exp2());
        out += &rule(at, TOP, at, bottom);
        out += &text(at, bottom + 18.0, "middle", &format!("{}", halving.exp2()));
        halving += 1.0;
    }
    out += &text((LEFT + right) / 2.0, HEIGHT - 10.0, "middle", "steps to time 1");
    for (line, colour) in lines.iter().zip(COLOURS) {
        let mut places = String::new();
        for &(steps, error) in &line.points {
            let (x, y) = (x(f64::from(steps)), y(error));
            let _ = write!(places, "{x:.1},{y:.1} ");
            let _ =
                writeln!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>");
        }
        let _ = writeln!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>",
            places.trim_end()
        );
        if let Some(&(steps, error)) = line.points.last() {
            let (x, y) = (x(f64::from(steps)) + 10.0, y(error) + 4.0);
            out += &text(x, y, "start", &line.label);
        }
    }
    out + "</svg>\n"
}
