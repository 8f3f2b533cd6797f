//! Laws: `log_prob`, `cdf`, `quantile` and `survival` against 40 digits (`laws/expected.csv`, by `laws/reference.py`), their
//! derivatives against differences, draws against the distribution function.

use std::collections::BTreeMap;
use std::fs;

use libtest_mimic::{Arguments, Failed, Trial};
use sdec_driver::{BlockResult, Options, Value};
use sdec_tests::{root, run};

/// Relative error of a value; of one below 1 in `log_prob`, absolute.
const TOLERANCE: f64 = 1e-12;

/// Kolmogorov and Smirnov's statistic times √n above which draws are refused: 2 exp(-2 x²) = 10⁻⁶, the probability of
/// refusing right ones.
const CRITICAL: f64 = 2.694;

/// What is drawn otherwise than by a law of numbers in `laws/expected.csv`: the law, the type of its draws, and a number
/// made of a draw `x` and a uniform number `u`, which is uniform. Of laws of several numbers these are marginals and
/// conditional laws, which together determine them; a jump of a distribution function is filled by `u`.
const OTHERS: [(&str, &str, &str); 9] = [
    (MULTINORMAL, "2 => Real", "cdf(Normal(-2, 1), x[1])"),
    (MULTINORMAL, "2 => Real", "cdf(Normal(-2 + 0.3 * (x[0] - 1), 0.8), x[1])"),
    (DIRICHLET, "3 => Real", "cdf(Beta(0.5, 5.5), x[0])"),
    (DIRICHLET, "3 => Real", "cdf(Beta(2, 3.5), x[1] / (x[1] + x[2]))"),
    (LKJ, "3 => 3 => Real", "cdf(Beta(2, 2), 0.5 + 0.5 * (x[2] @ x[1]))"),
    (LKJ, "3 => 3 => Real", "cdf(Beta(2, 2), 0.5 + 0.5 * (x[1] @ x[0]))"),
    (
        "Censored(Normal(1, 2), -1, 3)",
        "Real",
        "(if x <= -1 then u * cdf(Normal(1, 2), -1) else if x < 3 then cdf(Normal(1, 2), x) else \
         cdf(Normal(1, 2), 3) + u * survival(Normal(1, 2), 3))",
    ),
    ("Uniform(0, 1)", "Real", CATEGORICAL),
    ("for i: 2. Gamma([1.0, 2.5][i], 1)", "2 => Real", "cdf(Gamma(2.5, 1), x[1])"),
];

const MULTINORMAL: &str = "MultiNormal([1.0, -2.0], [[2.0, 0.0], [0.6, 0.8]])";
const DIRICHLET: &str = "Dirichlet([0.5, 2.0, 3.5])";
const LKJ: &str = "LKJ(1.5)";

/// No state is an index, so the law's quantile is applied to a uniform number.
const CATEGORICAL: &str = "(cdf(Categorical(logits), quantile(Categorical(logits), x)) \
    - u * exp(log_prob(Categorical(logits), quantile(Categorical(logits), x))))";

/// Function, arguments and values of a law.
type Rows = Vec<(String, f64, f64)>;

fn main() {
    let args = Arguments::from_args();
    let table =
        fs::read_to_string(root().join("tests/laws/expected.csv")).expect("the table is there");
    let mut laws: BTreeMap<String, Rows> = BTreeMap::new();
    for line in table.lines() {
        let cells: Vec<&str> = line.split(';').collect();
        let [law, function, x, value] = cells[..] else { panic!("{line} has four cells") };
        let number = |text: &str| text.parse().expect("the table holds numbers");
        let row = (function.to_owned(), number(x), number(value));
        laws.entry(law.to_owned()).or_default().push(row);
    }
    let mut trials = Vec::new();
    for (law, rows) in laws {
        let discrete = law.contains("Poisson")
            || ["Bernoulli", "Binomial", "NegBinomial"].iter().any(|name| law.starts_with(name));
        let x = rows[if rows.len() > 4 { 3 } else { 0 }].1;
        let jumps = law.starts_with("Censored");
        if !discrete && !jumps {
            let (law, rows) = (law.clone(), rows.clone());
            let name = format!("derivatives::{law}");
            trials.push(Trial::test(name, move || derivatives(&law, x, &rows)));
        }
        for (name, draws, long) in [("draws", 10_000, false), ("many_draws", 1_000_000, true)] {
            let law = law.clone();
            let name = format!("{name}::{law}");
            let test = move || drawn(&law, draws, discrete);
            if !jumps {
                trials.push(Trial::test(name, test).with_ignored_flag(long));
            }
        }
        trials.push(Trial::test(format!("values::{law}"), move || values(&law, &rows)));
    }
    trials.push(Trial::test("joint::values", joint_values));
    for (law, ty, level) in OTHERS {
        for (name, draws, long) in [("draws", 10_000, false), ("many_draws", 1_000_000, true)] {
            let test = move || uniform("", law, ty, level, draws);
            let title = format!("{name}::{law}: {level}");
            trials.push(Trial::test(title, test).with_ignored_flag(long));
            // A table of laws is no single law that could have a name.
            if law.starts_with("for ") {
                continue;
            }
            let named = move || uniform(&format!("let named = {law}"), "named", ty, level, draws);
            let title = format!("{name}_of_a_value::{law}: {level}");
            trials.push(Trial::test(title, named).with_ignored_flag(long));
        }
    }
    libtest_mimic::run(&args, trials).exit();
}

/// The tables that the bare expressions of a program give.
fn tables(text: &str) -> Result<Vec<Vec<f64>>, Failed> {
    let folder = tempfile::tempdir()?;
    let program = folder.path().join("law.sde");
    fs::write(&program, text)?;
    let results = run(&program, &Options::default())?;
    let entry = |value: Value| {
        let Value::Float(x) = value else { panic!("{value:?} is no number") };
        x
    };
    let table = |result| {
        let BlockResult::Expression(found) = result else {
            panic!("only expressions were asked for")
        };
        if let Value::List(values) = found.value {
            values.into_iter().map(entry).collect()
        } else {
            vec![entry(found.value)]
        }
    };
    Ok(results.into_iter().map(table).collect())
}

/// In the notation of the language, which has no exponents without a fraction or sign of their own.
fn written(numbers: &[f64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(|x| format!("{x:?}")).collect();
    format!("[{}]", numbers.join(", "))
}

fn values(law: &str, rows: &Rows) -> Result<(), Failed> {
    let functions = ["log_prob", "cdf", "quantile", "survival"];
    let of = |function: &str| -> (Vec<f64>, Vec<f64>) {
        rows.iter().filter(|row| row.0 == function).map(|row| (row.1, row.2)).unzip()
    };
    let lines = functions.map(|function| {
        let (arguments, _) = of(function);
        format!("{function}({law}, {})\n", written(&arguments))
    });
    for (function, found) in functions.into_iter().zip(tables(&lines.concat())?) {
        let (arguments, expected) = of(function);
        for ((x, found), expected) in arguments.into_iter().zip(found).zip(expected) {
            let scale =
                if function == "log_prob" { expected.abs().max(1.0) } else { expected.abs() };
            if (found - expected).abs() > TOLERANCE * scale {
                let wrong = format!("{function}({law}, {x}) is {found}, not {expected}");
                return Err(wrong.into());
            }
        }
    }
    Ok(())
}

/// The pieces of a law's text: numbers, and what is between them.
fn pieces(law: &str) -> Vec<&str> {
    let is_number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    law.split_inclusive(['(', '[', ' '])
        .flat_map(|piece| {
            let end = piece.find([',', ')', ']']).filter(|_| is_number(piece));
            let (number, rest) = piece.split_at(end.unwrap_or(0));
            [number, rest]
        })
        .collect()
}

fn numbers_in(law: &str) -> Vec<f64> {
    pieces(law).iter().filter_map(|piece| piece.parse().ok()).collect()
}

/// The law with entries of a table `v` for its numbers.
fn with_names(law: &str) -> String {
    let mut names = (0..).map(|k| format!("v[{k}]"));
    let named = |piece: &str| match piece.parse::<f64>() {
        Ok(_) => names.next().unwrap_or_default(),
        Err(_) => piece.to_owned(),
    };
    pieces(law).into_iter().map(named).collect()
}

/// Derivatives of all three functions in the argument and in each parameter.
fn derivatives(law: &str, x: f64, rows: &Rows) -> Result<(), Failed> {
    let params = numbers_in(law);
    let central = |row: &&(String, f64, f64)| row.0 == "quantile" && (0.01..0.99).contains(&row.1);
    let p = rows.iter().find(central).map_or(0.3, |row| row.1);
    let n = params.len();
    let named = with_names(law);
    let mut text = String::new();
    for (function, x) in [("log_prob", x), ("cdf", x), ("quantile", p)] {
        let mut place = params.clone();
        place.push(x);
        let f = format!("at_{function}");
        text += &format!("def {f}(v: {} => Float) -> Float = {function}({named}, v[{n}])\n", n + 1);
        text += &format!("grad({f})({})\n", written(&place));
        let differences: Vec<String> = (0..=n)
            .map(|k| {
                let h = 1e-4 * place[k].abs().max(1e-3);
                let at = |by: f64| {
                    let mut moved = place.clone();
                    moved[k] += by * h;
                    format!("{f}({})", written(&moved))
                };
                let (near, far) = ((at(1.0), at(-1.0)), (at(2.0), at(-2.0)));
                format!(
                    "(8 * ({} - {}) - ({} - {})) / {:?}",
                    near.0,
                    near.1,
                    far.0,
                    far.1,
                    12.0 * h
                )
            })
            .collect();
        text += &format!("[{}]\n", differences.join(", "));
    }
    let found = tables(&text)?;
    for (pair, function) in found.chunks(2).zip(["log_prob", "cdf", "quantile"]) {
        for (found, expected) in pair[0].iter().zip(&pair[1]) {
            if (found - expected).abs() > 1e-7 * (1.0 + expected.abs()) {
                return Err(format!("{function} of {law}: {:?}, not {:?}", pair[0], pair[1]).into());
            }
        }
    }
    Ok(())
}

/// The distribution function of draws is uniform; where it jumps, uniform numbers fill the gap.
fn drawn(law: &str, draws: usize, discrete: bool) -> Result<(), Failed> {
    let level = if discrete {
        format!("(cdf({law}, x - 1) + u * (cdf({law}, x) - cdf({law}, x - 1)))")
    } else {
        format!("cdf({law}, x)")
    };
    uniform("", law, "Real", &level, draws)
}

/// Each expression of `laws/joint.csv` has its value.
fn joint_values() -> Result<(), Failed> {
    let table = fs::read_to_string(root().join("tests/laws/joint.csv"))?;
    let rows: Vec<(&str, &str)> = table.lines().filter_map(|line| line.rsplit_once(';')).collect();
    let text: Vec<&str> = rows.iter().map(|(text, _)| *text).collect();
    let found = tables(&(text.join("\n") + "\n"))?;
    let named = text.iter().enumerate().map(|(k, text)| named(k, text));
    let of_values = tables(&named.collect::<Option<String>>().ok_or("laws in brackets")?)?;
    if found.len() != rows.len() || of_values.len() != rows.len() || rows.is_empty() {
        return Err("not one value for each expression".into());
    }
    for (((text, expected), found), of_value) in rows.into_iter().zip(found).zip(of_values) {
        let expected: f64 = expected.parse()?;
        for found in [found[0], of_value[0]] {
            if (found - expected).abs() > TOLERANCE * expected.abs().max(1.0) {
                return Err(format!("{text} is {found}, not {expected}").into());
            }
        }
    }
    Ok(())
}

/// An expression with its law as a value, within a function.
fn named(k: usize, text: &str) -> Option<String> {
    let start = ["MultiNormal(", "Dirichlet(", "LKJ(", "Categorical("];
    let start = start.iter().find_map(|law| text.find(law))?;
    let mut depth = 0;
    let end = text[start..].find(|c: char| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ')' && depth == 0
    })?;
    let (law, rest) = text[start..].split_at(end + 1);
    let before = &text[..start];
    Some(format!("def f{k}() -> Float =\n  let law = {law}\n  {before}law{rest}\n\nf{k}()\n\n"))
}

/// `level` is uniform, for draws `x` of a law and uniform numbers `u`. It is the slope of a state for one step of length 1.
fn uniform(clause: &str, law: &str, ty: &str, level: &str, draws: usize) -> Result<(), Failed> {
    let text = format!(
        "let logits : 4 => Float = [0.5, -1.0, 2.0, 0.0]

model Draws
  {clause}
  state u, level : Real
  state x : {ty}
  init x ~ {law}
  init u ~ Uniform(0, 1)
  init level = 0
  dx = zeros dt
  du = 0 dt
  dlevel = {level} dt

sample Draws as drawn
  times  = [1.0]
  paths  = {draws}
  solver = euler(dt = 1)
"
    );
    let folder = tempfile::tempdir()?;
    let program = folder.path().join("law.sde");
    fs::write(&program, text)?;
    let saved = folder.path().join("drawn.csv");
    run(&program, &Options { save: Some(saved.clone()), seed: Some(1), ..Options::default() })?;
    let table = fs::read_to_string(&saved)?;
    let mut lines = table.lines();
    let column = lines.next().and_then(|head| head.split(',').position(|name| name == "level"));
    let column = column.ok_or("the file has the state")?;
    let mut levels: Vec<f64> = Vec::new();
    for line in lines {
        levels.push(line.split(',').nth(column).ok_or("a cell")?.parse()?);
    }
    levels.sort_by(f64::total_cmp);
    let n = draws as f64;
    let distance = |(k, level): (usize, &f64)| {
        let k = k as f64;
        (level - k / n).abs().max((level - (k + 1.0) / n).abs())
    };
    let statistic = levels.iter().enumerate().map(distance).fold(0.0, f64::max) * n.sqrt();
    if levels.len() == draws && statistic < CRITICAL {
        Ok(())
    } else {
        Err(format!("{} draws of {law}: √n D = {statistic}", levels.len()).into())
    }
}
