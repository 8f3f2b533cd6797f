//! Curves in the terminal, of dots of which a sign holds eight.

use std::cmp::Ordering;

use drawille::Canvas;
use sdec_driver::{BlockResult, SampleResult, Value};

use crate::exit::Exit;
use crate::number::significant;
use crate::repl::prompt::Prompt;

/// Dots of a chart, across and down.
const DOTS: (u32, u32) = (140, 60);
/// Values of a function.
const POINTS: usize = 141;
/// At most this many of them are drawn.
const STATES: usize = 4;

/// A curve.
type Points = Vec<(f64, f64)>;

/// The means of a sample's states and observations, between one standard deviation below and above.
pub(crate) fn sample(sample: &SampleResult) -> Result<String, Exit> {
    let mut entries = Vec::new();
    for state in sample.states.iter().chain(&sample.observed) {
        let width: usize = state.shape.iter().product();
        for entry in 0..width {
            let name = if state.shape.is_empty() { String::new() } else { format!("[{entry}]") };
            let curve = |factor: f64| -> Points {
                let value = |k: usize| {
                    let at = k * width + entry;
                    // One path has no deviation.
                    let sd = if state.sd[at].is_finite() { state.sd[at] } else { 0.0 };
                    state.mean[at] + factor * sd
                };
                sample.times.iter().enumerate().map(|(k, &t)| (t, value(k))).collect()
            };
            entries.push((format!("{}{name}", state.name), [curve(0.0), curve(-1.0), curve(1.0)]));
        }
    }
    let mut out = String::new();
    for (name, curves) in entries.iter().take(STATES) {
        out.push_str(&format!("{name}: mean, and one standard deviation around it\n"));
        out.push_str(&draw(curves)?);
    }
    if entries.len() > STATES {
        let more = entries.len() - STATES;
        out.push_str(&format!("{more} more; `:plot {} FILE.svg` draws them\n", sample.name));
    }
    Ok(out)
}

/// A function of one number between two.
pub(crate) fn function(
    prompt: &mut Prompt,
    function: &str,
    from: &str,
    to: &str,
) -> Result<String, Exit> {
    let xs = format!("linspace({from}, {to}, {POINTS})");
    let text = format!("for i: {POINTS}. ({xs}[i], ({function})({xs}[i]))");
    let results = prompt.run(&prompt.check(&text)?)?;
    let [BlockResult::Expression(result)] = results.as_slice() else {
        return Err(Exit::Usage(format!(":plot {function}: this is no function")));
    };
    let points = points(&result.value).ok_or_else(|| {
        Exit::Usage(format!(":plot {function}: expected a function from a number to a number"))
    })?;
    draw(&[points])
}

fn points(value: &Value) -> Option<Points> {
    let Value::List(pairs) = value else { return None };
    let point = |pair: &Value| match pair {
        Value::Tuple(parts) => match parts.as_slice() {
            [Value::Float(x), Value::Float(y)] => Some((*x, *y)),
            _ => None,
        },
        Value::Float(_)
        | Value::Int(_)
        | Value::Bool(_)
        | Value::List(_)
        | Value::Record(_)
        | Value::Constructor(..) => None,
    };
    pairs.iter().map(point).collect()
}

fn draw(curves: &[Points]) -> Result<String, Exit> {
    let finite = || curves.iter().flatten().copied().filter(|(_, y)| y.is_finite());
    let (left, right) = ends(finite().map(|(x, _)| x));
    let (mut low, mut high) = ends(finite().map(|(_, y)| y));
    if left.partial_cmp(&right) != Some(Ordering::Less) {
        return Err(Exit::Failed("there are not two points to draw a line between".to_owned()));
    }
    if low == high {
        (low, high) = (low - 1.0, high + 1.0);
    }
    let (width, height) = (DOTS.0 - 1, DOTS.1 - 1);
    let place = |(x, y): (f64, f64)| {
        let across = (x - left) / (right - left) * f64::from(width);
        let down = (high - y) / (high - low) * f64::from(height);
        (across.round() as u32, down.round() as u32)
    };
    let mut canvas = Canvas::new(width, height);
    // The corners, so that every chart is as wide and high as the next.
    canvas.set(0, 0);
    canvas.set(width, height);
    for curve in curves {
        for ends in curve.windows(2).filter(|ends| ends.iter().all(|(_, y)| y.is_finite())) {
            let ((x1, y1), (x2, y2)) = (place(ends[0]), place(ends[1]));
            canvas.line(x1, y1, x2, y2);
        }
    }
    let rows = canvas.rows();
    let last = rows.len().saturating_sub(1);
    let mut out = String::new();
    for (k, row) in rows.iter().enumerate() {
        let label = match k {
            0 => significant(high, 4),
            k if k == last => significant(low, 4),
            _ => String::new(),
        };
        out.push_str(format!("  {row}  {label}").trim_end());
        out.push('\n');
    }
    let (left, right) = (significant(left, 4), significant(right, 4));
    let gap = (DOTS.0 as usize / 2).saturating_sub(left.len() + right.len());
    out.push_str(&format!("  {left}{}{right}\n", " ".repeat(gap)));
    Ok(out)
}

/// The smallest and the largest.
fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rising_line_goes_from_the_lower_left_to_the_upper_right() {
        let drawn = draw(&[vec![(0.0, -1.0), (2.0, 3.0)]]).unwrap();
        let rows: Vec<&str> = drawn.lines().collect();
        assert_eq!(rows.len(), 16);
        assert!(rows[0].ends_with("3") && rows[14].ends_with("-1"), "{drawn}");
        let dot = |row: &str| row.chars().skip(2).position(|c| !matches!(c, ' ' | '\u{2800}'));
        assert!(dot(rows[13]) < dot(rows[7]) && dot(rows[7]) < dot(rows[1]), "{drawn}");
    }

    #[test]
    fn one_point_is_no_line() {
        assert!(draw(&[vec![(0.0, 1.0)]]).is_err());
        assert!(draw(&[vec![(0.0, f64::NAN), (1.0, f64::NAN)]]).is_err());
    }
}
