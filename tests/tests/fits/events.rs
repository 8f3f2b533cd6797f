//! Rows of data that have events of their own.

use super::{agrees_with_differences, close, grad, normal};

/// Doses with a number of tablets, marks of two numbers, and what was observed between.
const ROWS: &str = "id,t,dose,a,b,y
a,0,100,NA,NA,75.5
a,1,NA,2,0.5,81
a,2.5,NA,NA,NA,NA
a,6,50,NA,NA,70
a,6,25,1,1,NA
a,9,NA,NA,NA,40
a,12,10,NA,NA,NA
b,0.5,NA,NA,NA,0.2
b,1,40,NA,NA,NA
b,2,NA,3,-1,30
c,1,NA,NA,NA,-0.1
c,3,NA,NA,NA,0.4
";

const PROGRAM: &str = "
data D(id) = csv \"d.csv\" by \"id\"
  y : id => Series(Float?) at \"t\"
  P : id => Events(2 => Float) from [\"a\", \"b\"] at \"t\"
  D : id => Events(Float) from \"dose\" at \"t\"

model Dosing
  param k : Positive = 0.3
  param F : Positive = 0.8
  input D : Events(Float)
  input P : Events(2 => Float)
  state A : Real
  init  A = 0
  dA = -k * A dt + (P.mark[0] * F + P.mark[1]) dP + F * D.mark dD
  observe y? ~ Normal(A, 2)

fit Dosing to D
  solver = rk4(dt = 0.01)
";

/// Time and dose of each row, with parameters for `k` and `F`.
fn amount(row: usize, t: f64, k: f64, f: f64) -> f64 {
    let doses: &[(f64, f64)] = match row {
        0 => &[(0.0, 100.0 * f), (1.0, 2.0 * f + 0.5), (6.0, 75.0 * f), (6.0, f + 1.0)],
        1 => &[(1.0, 40.0 * f), (2.0, 3.0 * f - 1.0)],
        _ => &[],
    };
    doses.iter().filter(|dose| dose.0 <= t).map(|dose| dose.1 * (-k * (t - dose.0)).exp()).sum()
}

const SEEN: [&[(f64, f64)]; 3] = [
    &[(0.0, 75.5), (1.0, 81.0), (6.0, 70.0), (9.0, 40.0)],
    &[(0.5, 0.2), (2.0, 30.0)],
    &[(1.0, -0.1), (3.0, 0.4)],
];

#[test]
fn each_row_meets_its_own_events() {
    let files = [("d.csv", ROWS)];
    let found = grad(PROGRAM, &files);
    let rows = SEEN.iter().enumerate();
    let terms = rows.flat_map(|(row, seen)| {
        seen.iter().map(move |&(t, y)| -normal(amount(row, t, 0.3, 0.8), 2.0, y))
    });
    close(found.value, terms.sum(), 1e-9);
    agrees_with_differences(PROGRAM, &files, &[("k", 0.3), ("F", 0.8)]);
}

/// A dose at the start is a start.
#[test]
fn an_integral_is_over_what_rows_have_beside_their_events() {
    let data = "id,t,dose,w,y
a,0,3,3,NA
a,1,NA,3,2.1
a,1.5,NA,3,1.4
b,0,1,1,NA
b,0.5,NA,1,0.9
b,2,NA,1,0.1
c,0,2,2,NA
c,4,NA,2,0.2
";
    let model = |input: &str, column: &str, init: &str, term: &str| {
        format!(
            "
data D(id) = csv \"d.csv\" by \"id\"
  y : id => Series(Float?) at \"t\"
  {column}

model Dosing
  param k : Positive = 0.5
  param ω : Positive = 0.4
  param η : Real ~ Normal(0, ω) per id
  input {input}
  state A : Real
  init  A = {init}
  dA = -k * exp(η) * A dt{term}
  observe y? ~ Normal(A, 0.3)

fit Dosing to D
  objective = laplace
  solver    = rk4(dt = 0.1)
"
        )
    };
    let dosed = model(
        "D : Events(Float)",
        "D : id => Events(Float) from \"dose\" at \"t\"",
        "0",
        " + D.mark dD",
    );
    let started = model("w : Float", "w : id => Float", "w", "");
    let files = [("d.csv", data)];
    let [dosed_value, started_value] = [&dosed, &started].map(|program| grad(program, &files));
    close(dosed_value.value, started_value.value, 1e-10);
    for (a, b) in dosed_value.gradient.iter().zip(&started_value.gradient) {
        a.value.iter().zip(&b.value).for_each(|(a, b)| close(*a, *b, 1e-8));
    }
    agrees_with_differences(&dosed, &files, &[("k", 0.5), ("ω", 0.4)]);
}

/// All rows meet the same events, where they share their times.
#[test]
fn events_of_all_rows_are_met_by_all() {
    let program = "
data Given = csv \"given.csv\"
  dose : Events(Float) from \"dose\" at \"t\"

data D(time) = csv \"d.csv\"
  t : time => Time
  y : time => Float

model Dosing
  param k : Positive = 0.3
  param F : Positive = 0.8
  input E : Events(Float) = Given.dose
  state A : Real
  init  A = 0
  dA = -k * A dt + F * E.mark dE
  observe y ~ Normal(A, 2)

fit Dosing to D
  solver = METHOD
";
    let files =
        [("given.csv", "t,dose\n0,100\n2,50\n2,25\n"), ("d.csv", "t,y\n0,80\n1,60\n3,83\n")];
    let at = |t: f64| {
        let doses = [(0.0, 100.0), (2.0, 75.0)];
        let given = doses.iter().filter(|dose| dose.0 <= t);
        given.map(|dose| 0.8 * dose.1 * (-0.3 * (t - dose.0)).exp()).sum::<f64>()
    };
    let seen = [(0.0, 80.0), (1.0, 60.0), (3.0, 83.0)];
    let expected: f64 = seen.iter().map(|&(t, y)| -normal(at(t), 2.0, y)).sum();
    for method in ["rk4(dt = 0.01)", "tsit5(rtol = 1e-10, atol = 1e-10)"] {
        let program = program.replace("METHOD", method);
        close(grad(&program, &files).value, expected, 1e-8);
        agrees_with_differences(&program, &files, &[("k", 0.3), ("F", 0.8)]);
    }
}
