//! Results as tables that a person reads at a glance.

mod fit;

use sdec_driver::{
    BlockResult, Derivative, EstimateResult, ExpressionResult, FitResult, SampleResult,
    SecondDerivative, Solve, StateSummary, Value,
};

use crate::number::{counted, decimals, duration, fixed, grouped, significant};
use crate::table::{Align, aligned};

/// At most this many rows of a sample are shown.
const ROWS: usize = 12;
/// At most this many entries of a sample are shown side by side.
const COLUMNS: usize = 6;
/// At most this many entries of a table are shown.
const ENTRIES: usize = 12;
/// Significant digits of an expression's value.
const DIGITS: i32 = 8;
/// Numbers that need more decimals than this are shown with powers of ten.
const MOST_DECIMALS: usize = 9;

/// What stands for a deviation that one path cannot tell.
const NO_SPREAD: &str = "–";

/// All results in order; expressions that follow each other share one table.
pub(crate) fn report(results: &[BlockResult]) -> String {
    let mut parts = Vec::new();
    let mut expressions = Vec::new();
    for result in results {
        match result {
            BlockResult::Expression(result) => expressions.push(result),
            BlockResult::Sample(result) => {
                flush(&mut expressions, &mut parts);
                parts.push(sample(result));
            }
            BlockResult::Estimate(result) => {
                flush(&mut expressions, &mut parts);
                parts.push(estimate(result));
            }
            BlockResult::Fit(result) => {
                flush(&mut expressions, &mut parts);
                parts.push(fit::report(result));
            }
        }
    }
    flush(&mut expressions, &mut parts);
    parts.join("\n")
}

fn flush(expressions: &mut Vec<&ExpressionResult>, parts: &mut Vec<String>) {
    if !expressions.is_empty() {
        parts.push(table_of_expressions(expressions));
        expressions.clear();
    }
}

/// The value and its derivatives, each with its standard error.
fn estimate(result: &EstimateResult) -> String {
    let mut rows = vec![["", "value", "", "standard error"].map(str::to_owned).to_vec()];
    rows.push(uncertain(result.name.clone(), result.value, result.stderr));
    for entry in &result.gradient {
        rows.extend(derivative(&result.name, entry));
    }
    for entry in &result.second {
        rows.extend(second_derivative(&result.name, entry));
    }
    let title = if result.is_exact {
        rows.iter_mut().for_each(|row| row.truncate(2));
        format!("objective of fit {}", result.name)
    } else {
        format!("estimate {} of {}", result.name, result.solve.model)
    };
    pointed(&mut rows, 1);
    let aligns = [Align::Left, Align::Right, Align::Left, Align::Left];
    let large = result.gradient.iter().any(|entry| entry.value.len() > ENTRIES);
    let note = if large {
        "\n  ‖ ‖ is the norm over all entries; none has a larger error than is shown; --json prints each\n"
    } else {
        ""
    };
    let law = if result.estimator == "pathwise" {
        String::new()
    } else {
        format!("\n  derivatives by {}", result.estimator.replace('_', " "))
    };
    let saved = result.saved.as_ref();
    let saved = saved.map(|path| format!("  saved: {}\n", path.display())).unwrap_or_default();
    format!(
        "{title}\n{}{law}\n\n{}{note}\n{saved}{}",
        how(&result.solve),
        aligned(&rows, &aligns, 2, 2),
        took(&result.solve)
    )
}

/// One row per entry of a derivative; one in all for a large table.
fn derivative(of: &str, entry: &Derivative) -> Vec<Vec<String>> {
    if entry.value.len() > ENTRIES {
        let shape: Vec<String> = entry.shape.iter().map(usize::to_string).collect();
        let name = format!("‖∂{of}/∂{}‖  {}", entry.name, shape.join(" × "));
        let norm = entry.value.iter().map(|x| x * x).sum::<f64>().sqrt();
        let largest = entry.stderr.iter().copied().fold(0.0, |a: f64, b| if b > a { b } else { a });
        let spread =
            if entry.stderr.iter().all(|error| error.is_nan()) { f64::NAN } else { largest };
        return vec![uncertain(name, norm, spread)];
    }
    let entries = entry.value.iter().zip(&entry.stderr).enumerate();
    let rows = entries.map(|(position, (value, stderr))| {
        let by = format!("{}{}", entry.name, index(&entry.shape, position));
        uncertain(format!("∂{of}/∂{by}"), *value, *stderr)
    });
    rows.collect()
}

/// One row per entry of a second derivative: `∂²call/∂S0∂σ`.
fn second_derivative(of: &str, entry: &SecondDerivative) -> Vec<Vec<String>> {
    let [(a, s), (b, t)] = [0, 1].map(|k| (&entry.names[k], &entry.shapes[k]));
    let columns = t.iter().product::<usize>().max(1);
    let entries = entry.value.iter().zip(&entry.stderr).enumerate();
    let rows = entries.take(ENTRIES).map(|(position, (value, stderr))| {
        let (i, j) = (index(s, position / columns), index(t, position % columns));
        let by =
            if a == b && i == j { format!("∂{a}{i}²") } else { format!("∂{a}{i}∂{b}{j}") };
        uncertain(format!("∂²{of}/{by}"), *value, *stderr)
    });
    rows.collect()
}

/// Name, value, sign and standard error: both numbers to the digits that the error leaves, unless that
/// would be a row of zeros.
fn uncertain(name: String, value: f64, stderr: f64) -> Vec<String> {
    let decimals = decimals(stderr, 2);
    if stderr.is_finite() && stderr > 0.0 && decimals <= MOST_DECIMALS {
        let numbers = (fixed(value, decimals), fixed(stderr, decimals));
        return vec![name, numbers.0, "±".to_owned(), numbers.1];
    }
    vec![name, significant(value, DIGITS), "±".to_owned(), spread_of(stderr)]
}

/// A standard error, or the sign that there is none.
fn spread_of(stderr: f64) -> String {
    if stderr.is_nan() { NO_SPREAD.to_owned() } else { significant(stderr, 2) }
}

/// Puts the decimal points of a column under each other, below its heading.
fn pointed(rows: &mut [Vec<String>], column: usize) {
    let tail = |cell: &str| cell.find('.').map_or(0, |point| cell.len() - point);
    let longest = rows.iter().skip(1).map(|row| tail(&row[column])).max().unwrap_or(0);
    for row in rows.iter_mut().skip(1) {
        let fill = longest - tail(&row[column]);
        row[column].push_str(&" ".repeat(fill));
    }
}

/// Means and standard deviations of the states and of what is observed over time.
fn sample(result: &SampleResult) -> String {
    let columns: Vec<(&StateSummary, usize)> = result
        .states
        .iter()
        .chain(&result.observed)
        .flat_map(|state| (0..state.shape.iter().product()).map(move |entry| (state, entry)))
        .collect();
    let shown = &columns[..columns.len().min(COLUMNS)];
    let mut rows = vec![headings(shown)];
    let times = spread(result.times.len(), ROWS);
    rows.extend(times.iter().map(|time| row(result, shown, *time)));
    pointed(&mut rows, 0);
    let aligns = vec![Align::Right; 1 + 2 * shown.len()];
    let mut out = format!(
        "sample {} of {}\n{}\n\n{}",
        result.name,
        result.solve.model,
        how(&result.solve),
        aligned(&rows, &aligns, 2, 2)
    );
    out.push('\n');
    for note in notes(result, columns.len()) {
        out.push_str(&format!("  {note}\n"));
    }
    out + &took(&result.solve)
}

/// `time`, then the name of each entry over its mean and `sd` over its deviation.
fn headings(shown: &[(&StateSummary, usize)]) -> Vec<String> {
    let mut cells = vec!["time".to_owned()];
    for (state, entry) in shown {
        cells.push(format!("{}{}", state.name, index(&state.shape, *entry)));
        cells.push("sd".to_owned());
    }
    cells
}

fn row(result: &SampleResult, shown: &[(&StateSummary, usize)], time: usize) -> Vec<String> {
    let mut cells = vec![significant(result.times[time], 6)];
    for (state, entry) in shown {
        let size: usize = state.shape.iter().product();
        for moments in [&state.mean, &state.sd] {
            let column = moments.iter().skip(*entry).step_by(size);
            let largest = column.map(|value| value.abs()).filter(|value| value.is_finite());
            let decimals = decimals(largest.fold(0.0, f64::max), 5).min(8);
            cells.push(fixed(moments[time * size + entry], decimals));
        }
        if result.solve.paths == 1 && cells.last().is_some_and(|sd| sd == "NaN") {
            cells.pop();
            cells.push(NO_SPREAD.to_owned());
        }
    }
    cells
}

/// What the table does not show, and where everything is.
fn notes(result: &SampleResult, columns: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if result.times.len() > ROWS {
        notes.push(format!("{ROWS} of {} times are shown", grouped(result.times.len() as u64)));
    }
    if columns > COLUMNS {
        notes.push(format!("{COLUMNS} of {} entries are shown", grouped(columns as u64)));
    }
    for (verb, path) in [("saved", &result.saved), ("drawn", &result.plotted)] {
        if let Some(path) = path {
            notes.push(format!("{verb}: {}", path.display()));
        }
    }
    notes
}

/// At most `most` of `count` positions, evenly spread, the first and the last among them.
fn spread(count: usize, most: usize) -> Vec<usize> {
    if count <= most {
        return (0..count).collect();
    }
    (0..most).map(|k| k * (count - 1) / (most - 1)).collect()
}

/// Name and value of each expression.
fn table_of_expressions(expressions: &[&ExpressionResult]) -> String {
    let mut rows = Vec::new();
    for result in expressions {
        let lines = lines_of(&result.value);
        for (position, line) in lines.into_iter().enumerate() {
            let name = if position == 0 { shortened(&result.text) } else { String::new() };
            rows.push(vec![name, line]);
        }
    }
    aligned(&rows, &[Align::Left, Align::Left], 2, 3)
}

/// A text that may stand before its value.
fn shortened(text: &str) -> String {
    const WIDTH: usize = 48;
    if text.chars().count() <= WIDTH {
        return text.to_owned();
    }
    text.chars().take(WIDTH - 1).chain(['…']).collect()
}

/// A value on one line, or one line per row of a table of tables.
fn lines_of(value: &Value) -> Vec<String> {
    let Value::List(rows) = value else { return vec![text_of(value)] };
    if !rows.iter().any(|row| matches!(row, Value::List(_))) {
        return vec![text_of(value)];
    }
    let mut lines: Vec<String> = rows.iter().take(ENTRIES).map(text_of).collect();
    if rows.len() > ENTRIES {
        lines.push(format!("… {} more", grouped((rows.len() - ENTRIES) as u64)));
    }
    lines
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Float(number) => significant(*number, DIGITS),
        Value::Int(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::List(entries) => {
            let mut texts: Vec<String> = entries.iter().take(ENTRIES).map(text_of).collect();
            if entries.len() > ENTRIES {
                texts.push(format!("… {} more", grouped((entries.len() - ENTRIES) as u64)));
            }
            format!("[{}]", texts.join(", "))
        }
        Value::Tuple(parts) => {
            let parts: Vec<String> = parts.iter().map(text_of).collect();
            format!("({})", parts.join(", "))
        }
        Value::Record(fields) => {
            let fields = fields.iter().map(|(name, value)| format!("{name} = {}", text_of(value)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        Value::Constructor(name, args) if args.is_empty() => name.clone(),
        Value::Constructor(name, args) => {
            let args: Vec<String> = args.iter().map(text_of).collect();
            format!("{name}({})", args.join(", "))
        }
    }
}

/// `[1, 2]`: the index of an entry; nothing for a number.
fn index(shape: &[usize], position: usize) -> String {
    if shape.is_empty() {
        return String::new();
    }
    let mut rest = position;
    let mut indices: Vec<String> = shape
        .iter()
        .rev()
        .map(|extent| {
            let index = rest % extent;
            rest /= extent;
            index.to_string()
        })
        .collect();
    indices.reverse();
    format!("[{}]", indices.join(", "))
}

/// What the numbers rest on, and what the user did not say.
fn how(solve: &Solve) -> String {
    let mut line = format!(
        "  {} · {} · {} · seed {}",
        counted(solve.paths, "path"),
        solve.solver,
        counted(solve.steps, "step"),
        solve.seed
    );
    for remark in &solve.remarks {
        line.push_str(&format!("\n  {remark}"));
    }
    line
}

/// What a fit rests on, and what the user did not say.
fn how_fitted(result: &FitResult) -> String {
    let solve = &result.solve;
    let mut facts = vec![counted(solve.paths, "row")];
    // A transition density needs no solve.
    facts.extend((solve.solver != "none").then(|| solve.solver.clone()));
    facts.push(result.optimizer.clone());
    facts.push(format!("objective {}", significant(result.objective, DIGITS)));
    let mut line = format!("  {}", facts.join(" · "));
    if let Some(held_out) = result.held_out {
        line.push_str(&format!(", held out {}", significant(held_out, DIGITS)));
    }
    for remark in &solve.remarks {
        line.push_str(&format!("\n  {remark}"));
    }
    line
}

/// What ran it, and for how long.
fn took(solve: &Solve) -> String {
    let seconds = solve.seconds;
    format!(
        "  {} {}, {} · check {}, compile {}, run {}\n",
        solve.backend,
        if solve.single { "f32" } else { "f64" },
        counted(solve.threads as u64, "thread"),
        duration(seconds.check),
        duration(seconds.compile),
        duration(seconds.run)
    )
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use sdec_driver::Seconds;

    use super::*;

    fn solve(model: &str, solver: &str, paths: u64) -> Solve {
        Solve {
            model: model.to_owned(),
            noise: "diagonal".to_owned(),
            solver: solver.to_owned(),
            backend: "cranelift".to_owned(),
            single: false,
            paths,
            seed: 0,
            steps: 252,
            threads: 2,
            memory: 4096,
            seconds: Seconds { check: 0.0011, compile: 0.0062, codegen: 0.004, run: 0.84 },
            remarks: Vec::new(),
        }
    }

    fn derivative(name: &str, shape: &[usize], value: &[f64], stderr: &[f64]) -> Derivative {
        let (value, stderr) = (value.to_vec(), stderr.to_vec());
        let (name, shape) = (name.to_owned(), shape.to_vec());
        Derivative { name, is_input: true, shape, value, stderr }
    }

    fn second(
        a: &str,
        s: &[usize],
        b: &str,
        t: &[usize],
        value: &[f64],
        stderr: &[f64],
    ) -> SecondDerivative {
        let (names, shapes) = ([a.to_owned(), b.to_owned()], [s.to_vec(), t.to_vec()]);
        SecondDerivative { names, shapes, value: value.to_vec(), stderr: stderr.to_vec() }
    }

    fn expression(text: &str, value: Value) -> BlockResult {
        let ty = "Float".to_owned();
        BlockResult::Expression(ExpressionResult { text: text.to_owned(), value, ty })
    }

    #[test]
    fn an_error_of_rounding_has_a_power_of_ten() {
        let shown = |value, stderr| uncertain(String::new(), value, stderr)[1..].join(" ");
        assert_eq!(shown(3.2e-33, 1.1e-33), "3.2e-33 ± 1.1e-33");
        assert_eq!(shown(0.375, 5.551e-17), "0.375 ± 5.6e-17");
        assert_eq!(shown(0.375, 1.23e-8), "0.375000000 ± 0.000000012");
    }

    #[test]
    fn an_estimate_shows_the_digits_that_its_error_leaves() {
        let result = EstimateResult {
            name: "call".to_owned(),
            solve: solve("GBM", "euler(dt = 1 / 252)", 1_000_000),
            value: 452.7123456,
            stderr: 0.571_234,
            is_exact: false,
            gradient: vec![
                derivative("S0", &[], &[0.616_123_4], &[0.000_581]),
                derivative("w", &[2], &[2_091.234_5, -3.0], &[3.412, 0.25]),
            ],
            second: vec![
                second("S0", &[], "S0", &[], &[0.018_712], &[0.000_21]),
                second("S0", &[], "w", &[2], &[0.5, 0.25], &[0.01, 0.02]),
            ],
            estimator: "pathwise".to_owned(),
            method: "backprop".to_owned(),
            saved: None,
        };
        let closed = expression("black_scholes", Value::Float(452.662_190_824));
        let delta = expression("delta", Value::Float(0.616_308_787_156));
        expect![[r#"
            estimate call of GBM
              1,000,000 paths · euler(dt = 1 / 252) · 252 steps · seed 0

                                    value     standard error
              call              452.71     ±  0.57
              ∂call/∂S0           0.61612  ±  0.00058
              ∂call/∂w[0]      2091.2      ±  3.4
              ∂call/∂w[1]        -3.00     ±  0.25
              ∂²call/∂S0²         0.01871  ±  0.00021
              ∂²call/∂S0∂w[0]     0.500    ±  0.010
              ∂²call/∂S0∂w[1]     0.250    ±  0.020

              cranelift f64, 2 threads · check 1.1 ms, compile 6.2 ms, run 840 ms

              black_scholes   452.66219
              delta           0.61630879
        "#]]
        .assert_eq(&report(&[BlockResult::Estimate(result), closed, delta]));
    }

    #[test]
    fn a_large_derivative_is_shown_by_its_norm() {
        let value: Vec<f64> = (0..16).map(|k| 0.1 * f64::from(k)).collect();
        let result = EstimateResult {
            name: "loss".to_owned(),
            solve: solve("Ode", "euler(dt = 0.1)", 1000),
            value: 0.25,
            stderr: 0.01,
            is_exact: false,
            gradient: vec![
                derivative("f.A", &[8, 2], &value, &[0.002; 16]),
                derivative("f.b", &[1], &[0.5], &[0.125]),
            ],
            second: Vec::new(),
            estimator: "pathwise".to_owned(),
            method: "backprop".to_owned(),
            saved: None,
        };
        expect![[r#"
            estimate loss of Ode
              1,000 paths · euler(dt = 0.1) · 252 steps · seed 0

                                    value     standard error
              loss                 0.250   ±  0.010
              ‖∂loss/∂f.A‖  8 × 2  3.5214  ±  0.0020
              ∂loss/∂f.b[0]        0.50    ±  0.12

              ‖ ‖ is the norm over all entries; none has a larger error than is shown; --json prints each

              cranelift f64, 2 threads · check 1.1 ms, compile 6.2 ms, run 840 ms
        "#]].assert_eq(&report(&[BlockResult::Estimate(result)]));
    }

    #[test]
    fn a_long_sample_is_shown_in_part_and_says_so() {
        let times: Vec<f64> = (0..101).map(|k| f64::from(k) * 0.25).collect();
        let mean: Vec<f64> = times.iter().map(|t| (-t).exp() * 10.0).collect();
        let sd = times.iter().map(|t| 1.0 - (-2.0 * t).exp()).collect();
        let state = StateSummary { name: "x".to_owned(), shape: Vec::new(), mean, sd };
        let result = SampleResult {
            name: "cloud".to_owned(),
            solve: solve("OU", "euler(dt = 0.25)", 64),
            times,
            states: vec![state],
            observed: Vec::new(),
            saved: Some("cloud.npz".into()),
            plotted: None,
        };
        expect![[r#"
            sample cloud of OU
              64 paths · euler(dt = 0.25) · 252 steps · seed 0

               time       x      sd
               0     10.000  0.0000
               2.25   1.054  0.9889
               4.5    0.111  0.9999
               6.75   0.012  1.0000
               9      0.001  1.0000
              11.25   0.000  1.0000
              13.5    0.000  1.0000
              15.75   0.000  1.0000
              18      0.000  1.0000
              20.25   0.000  1.0000
              22.5    0.000  1.0000
              25      0.000  1.0000

              12 of 101 times are shown
              saved: cloud.npz
              cranelift f64, 2 threads · check 1.1 ms, compile 6.2 ms, run 840 ms
        "#]]
        .assert_eq(&report(&[BlockResult::Sample(result)]));
    }

    #[test]
    fn values_read_as_they_are_written() {
        let float = |value: f64| Value::Float(value);
        let row = |values: &[f64]| Value::List(values.iter().copied().map(Value::Float).collect());
        let long = Value::List((0..40).map(Value::Int).collect());
        let record = Value::Record(vec![
            ("mean".to_owned(), row(&[0.0, 0.5])),
            ("std".to_owned(), float(1.0 / 3.0)),
        ]);
        let results = [
            expression("gram(X)", Value::List(vec![row(&[5.0, 11.0]), row(&[11.0, 25.0])])),
            expression("long", long),
            expression("record", record),
            expression("m", Value::Constructor("Value".to_owned(), vec![float(2.5)])),
            expression("1 < 2", Value::Bool(true)),
            expression("(1, [2])", Value::Tuple(vec![float(1.0), row(&[2.0])])),
        ];
        expect![[r#"
            values
              gram(X)    [5, 11]
                         [11, 25]
              long       [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, … 28 more]
              record     { mean = [0, 0.5], std = 0.33333333 }
              m          Value(2.5)
              1 < 2      true
              (1, [2])   (1, [2])
        "#]]
        .assert_eq(&format!("values\n{}", report(&results)));
    }

    #[test]
    fn positions_are_spread_over_all() {
        assert_eq!(spread(3, 12), [0, 1, 2]);
        assert_eq!(spread(101, 5), [0, 25, 50, 75, 100]);
    }

    #[test]
    fn an_index_runs_last_axis_first() {
        assert_eq!(index(&[2, 3], 4), "[1, 1]");
        assert_eq!(index(&[], 0), "");
    }
}
