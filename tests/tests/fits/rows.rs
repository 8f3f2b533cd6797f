//! What rows of data have for themselves, and what models take from data.

use super::{agrees_with_differences, close, grad, normal};

const GROUPS: [(&str, &[(f64, f64)]); 3] = [
    ("a", &[(0.0, 1.4), (1.0, 1.1), (2.5, 1.7)]),
    ("b", &[(0.5, -0.2), (1.0, 0.3)]),
    ("c", &[(0.0, 2.2), (0.3, 2.9), (0.4, 2.4), (4.0, 2.0)]),
];

/// The groups as a file.
pub(super) fn groups() -> String {
    let mut text = "id,t,y\n".to_owned();
    for (id, points) in GROUPS {
        points.iter().for_each(|(t, y)| text += &format!("{id},{t},{y}\n"));
    }
    text
}

/// The observations of each group.
pub(super) fn observed() -> Vec<Vec<f64>> {
    GROUPS.iter().map(|(_, points)| points.iter().map(|&(_, y)| y).collect()).collect()
}

const OWN_LEVELS: &str = "
data D(id) = csv \"d.csv\" by \"id\"
  y : id => Series(Float) at \"t\"

model Level
  param σ : Positive = 0.6
  param η : 2 => Real = [0.3, 0.4] per id
  state x : Real
  init x = η[0] + η[1]
  dx = 0 dt
  observe y ~ Normal(x, σ)

fit Level to D
  objective = mle
  solver = rk4(dt = 1)
";

#[test]
fn a_parameter_per_row_has_a_derivative_for_each_row() {
    let data = groups();
    let found = grad(OWN_LEVELS, &[("d.csv", &data)]);
    let terms = |f: &dyn Fn(f64) -> f64| -> Vec<f64> {
        observed().iter().map(|own| own.iter().map(|&y| f(y)).sum()).collect()
    };
    close(found.value, terms(&|y| -normal(0.7, 0.6, y)).iter().sum(), 1e-11);
    let of = |name: &str| found.gradient.iter().find(|d| d.name == name).unwrap();
    let slopes = terms(&|y| -(y - 0.7) / 0.36);
    assert_eq!(of("η").shape, [3, 2]);
    for (row, slope) in slopes.iter().enumerate() {
        close(of("η").value[2 * row], *slope, 1e-10);
        close(of("η").value[2 * row + 1], *slope, 1e-10);
    }
    let by_sd: f64 = terms(&|y| 1.0 / 0.6 - (y - 0.7) * (y - 0.7) / 0.216).iter().sum();
    close(of("σ").value[0], by_sd, 1e-10);
}

/// A law that does not move may be counted with what each row has.
#[test]
fn laws_of_what_rows_have_count_for_each_row() {
    let program = OWN_LEVELS.replace("] per id", "] ~ Normal(0, 2) per id").replace("mle", "map");
    let data = groups();
    let plain = grad(OWN_LEVELS, &[("d.csv", &data)]);
    let found = grad(&program, &[("d.csv", &data)]);
    let laws = -3.0 * (normal(0.0, 2.0, 0.3) + normal(0.0, 2.0, 0.4));
    close(found.value, plain.value + laws, 1e-11);
    let [a, b] =
        [&plain, &found].map(|r| &r.gradient.iter().find(|d| d.name == "η").unwrap().value);
    for (k, (a, b)) in a.iter().zip(b).enumerate() {
        close(*b, a + [0.3, 0.4][k % 2] / 4.0, 1e-10);
    }
}

/// Each transition of a series reads what its row has.
#[test]
fn transitions_read_what_their_row_has() {
    let program = "
data D(id) = csv \"d.csv\" by \"id\"
  y : id => Series(Float) at \"t\"

model Drift
  param σ : Positive = 0.6
  param m : Real = 0.2 per id
  state x : Real
  noise W : Brownian
  init x = 0
  dx = m dt + σ dW
  observe y = x

fit Drift to D
  objective = mle
";
    let found = grad(program, &[("d.csv", &groups())]);
    let of = |name: &str| found.gradient.iter().find(|d| d.name == name).unwrap();
    let (mut value, mut slopes) = (0.0, Vec::new());
    for (_, points) in super::rows::GROUPS {
        let mut slope = 0.0;
        for pair in points.windows(2) {
            let h = pair[1].0 - pair[0].0;
            let rest = pair[1].1 - pair[0].1 - 0.2 * h;
            value -= normal(0.0, 0.6 * h.sqrt(), rest);
            slope -= rest / 0.36;
        }
        slopes.push(slope);
    }
    close(found.value, value, 1e-11);
    for (found, slope) in of("m").value.iter().zip(slopes) {
        close(*found, slope, 1e-10);
    }
}

#[test]
fn sizes_of_a_model_are_those_of_its_data() {
    let program = "
data D(k) = csv \"d.csv\"
  t : k => Time
  y : k => 3 => Float from [\"a\", \"b\", \"c\"]

model M(n)
  param r : Positive = 0.5
  state x : n => Float
  init x = ones
  dx = -r * x dt
  observe y ~ Normal(x, 1)

fit M to D
  objective = mle
  solver = rk4(dt = 0.01)
  start = 0
";
    let data = [("d.csv", "t,a,b,c\n1,0.3,0.5,0.7\n2,0.1,0.2,0.3\n")];
    let term = |t: f64, y: f64| -normal((-0.5 * t).exp(), 1.0, y);
    let rows = [(1.0, [0.3, 0.5, 0.7]), (2.0, [0.1, 0.2, 0.3])];
    let expected: f64 = rows.iter().flat_map(|(t, ys)| ys.map(|y| term(*t, y))).sum();
    close(grad(program, &data).value, expected, 1e-9);
}

/// A start that is an input made of a parameter moves with it.
#[test]
fn inputs_follow_the_parameters_that_they_are_made_of() {
    let program = "
data D(k) = csv \"d.csv\"
  t : k => Time
  y : k => Float

model M
  param r : Positive = 0.5
  param a : Real = 1.2
  input first : Real = 2 * a
  input second : Real = first + r
  state x : Real
  init x = second
  dx = -r * x dt
  observe y ~ Normal(x, 1)

fit M to D
  objective = mle
  solver = rk4(dt = 0.01)
  start = 0
";
    let data = [("d.csv", "t,y\n1,1.5\n2,1.1\n")];
    let term = |t: f64, y: f64| -normal(2.9 * (-0.5 * t).exp(), 1.0, y);
    close(grad(program, &data).value, term(1.0, 1.5) + term(2.0, 1.1), 1e-9);
    agrees_with_differences(program, &data, &[("r", 0.5), ("a", 1.2)]);
}

/// The law of an end state may be one of classes, and data of classes are indices.
#[test]
fn classes_are_observed_at_the_end_of_a_solve() {
    let program = "
data D(k) = csv \"d.csv\"
  a : k => Float
  c : k => Class(3)

model M
  param w : 3 => Float = [0.4, -0.2, 0.1]
  input a : Real
  state z : Real
  init z = a
  dz = -z dt
  observe c at 1.0 ~ Categorical(z * w)

fit M to D
  objective = mle
  solver = rk4(dt = 0.01)
";
    let data = [("d.csv", "a,c\n1,0\n-2,2\n0.5,1\n3,2\n")];
    let rows = [(1.0, 0), (-2.0, 2), (0.5, 1), (3.0, 2)];
    let term = |(a, c): (f64, usize)| {
        let z = a * (-1.0_f64).exp();
        let logits = [0.4, -0.2, 0.1].map(|w| w * z);
        logits.iter().map(|l| l.exp()).sum::<f64>().ln() - logits[c]
    };
    close(grad(program, &data).value, rows.map(term).iter().sum(), 1e-9);
}
