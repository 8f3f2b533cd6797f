//! States at times that loops give, against the same sums written out.

use sdec_driver::EstimateResult;
use sdec_tests::estimate;

const STOCK: &str = "let months : 4 => Float = [0.25, 0.5, 0.75, 1.0]
let mixed : 2 => 3 => Float = [[1.0, 0.25, 0.5], [0.25, 0.0, 0.75]]

model Stock
  param σ : Positive = 0.2
  state S : 2 => Real
  noise W : 2 => Brownian
  init  S = [100.0, 90.0]
  dS = 0.03 * S dt + σ * S dW

estimate v of Stock
  value =
    VALUE
  wrt    = [σ]
  paths  = 200
  solver = euler(dt = 0.05)
";

fn value(text: &str) -> EstimateResult {
    estimate(&STOCK.replace("VALUE", text))
}

/// Values, errors and derivatives are the same but for rounding.
#[track_caller]
fn same(loops: &str, written_out: &str) {
    let [one, other] = [loops, written_out].map(value);
    let close = |a: f64, b: f64| {
        assert!((a - b).abs() <= 1e-12 * b.abs().max(1.0), "{a} is not {b}");
    };
    assert!(other.stderr > 0.0, "paths differ");
    close(one.value, other.value);
    close(one.stderr, other.stderr);
    close(one.gradient[0].value[0], other.gradient[0].value[0]);
}

#[test]
fn an_average_over_times_of_a_table() {
    same(
        "max((mean k. S(months[k])[0]) - 101, 0)",
        "max((S(0.25)[0] + S(0.5)[0] + S(0.75)[0] + S(1)[0]) / 4 - 101, 0)",
    );
}

#[test]
fn the_largest_over_computed_times() {
    same("max k : 3. S(0.5 * float(ordinal(k)))[1]", "max(S(0)[1], max(S(0.5)[1], S(1)[1]))");
}

/// In no order, twice, and at the start; an index beside it that the time does not read.
#[test]
fn times_of_two_loops() {
    same(
        "sum i j. S(mixed[i, j])[i] * (1 + float(ordinal(j)))",
        "S(1)[0] + 2 * S(0.25)[0] + 3 * S(0.5)[0] + S(0.25)[1] + 2 * S(0)[1] + 3 * S(0.75)[1]",
    );
    same(
        "sum k. sum i. S(months[k])[i] ^ 2",
        "sum i. S(0.25)[i] ^ 2 + S(0.5)[i] ^ 2 + S(0.75)[i] ^ 2 + S(1)[i] ^ 2",
    );
}

/// A time has a name, and the table of states is a value.
#[test]
fn times_with_names() {
    same(
        "let at = for k.
      let T = 1.25 - months[k]
      exp(-0.1 * T) * S(T)[0]
    sum k. at[k]",
        "exp(-0.1) * S(1)[0] + exp(-0.075) * S(0.75)[0] + exp(-0.05) * S(0.5)[0] + exp(-0.025) * S(0.25)[0]",
    );
}

#[test]
fn times_count_from_the_ends() {
    same(
        "sum k : 2. S(t1 - 0.5 * float(ordinal(k)))[0] * S(1)[1]",
        "(S(1)[0] + S(0.5)[0]) * S(1)[1]",
    );
}

/// Of a path that is drawn, and of a table of them.
#[test]
fn times_of_drawn_paths() {
    same(
        "let p ~ Stock(σ = 0.1)
    sum k. S(months[k])[0] * p.S(months[k])[1]",
        "let p ~ Stock(σ = 0.1)
    S(0.25)[0] * p.S(0.25)[1] + S(0.5)[0] * p.S(0.5)[1] + S(0.75)[0] * p.S(0.75)[1] + S(1)[0] * p.S(1)[1]",
    );
    same(
        "let ps : 3 => Stock ~ Stock
    sum i k. ps[i].S(months[k])[0]",
        "let ps : 3 => Stock ~ Stock
    sum i. ps[i].S(0.25)[0] + ps[i].S(0.5)[0] + ps[i].S(0.75)[0] + ps[i].S(1)[0]",
    );
}
