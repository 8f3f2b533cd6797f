//! Types of expressions, with the standard library in sight.

mod support;

use sdec_hir::BlockKind;
use support::check;

/// What the expressions below can name.
const CONTEXT: &str = "\
index Species = Hare | Lynx
size k = 8
type Gauss(n) = { mean : n => Float, std : n => Positive }

data Rates(day) = csv \"rates.csv\"
  t     : day => Time
  close : day => Float

let v : 3 => Float = [1.0, 2.0, 3.0]
let A : 2 => 3 => Float = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
let pop : Species => Float = [1.0, 2.0]
let q : Gauss(3) = { mean = v, std = ones }
let grid : (2, 3) => Float = for (i, j). A[i, j]
def same(x: a) -> a = x
";

#[track_caller]
fn check_expr_type(expr: &str, expected: &str) {
    let checked = check("types.sde", &format!("{CONTEXT}\n{expr}\n"));
    let Some(program) = &checked.program else { panic!("{expr}\n{}", checked.messages()) };
    let shown = program.blocks.iter().find_map(|block| match &block.kind {
        BlockKind::Show(value) => Some(program.show_ty(&value.ty)),
        BlockKind::Sample(_)
        | BlockKind::Estimate(_)
        | BlockKind::Fit(_)
        | BlockKind::Planned(_) => None,
    });
    assert_eq!(shown.as_deref(), Some(expected), "{expr}");
}

#[test]
fn numbers() {
    check_expr_type("1", "Float");
    check_expr_type("(1 : Nat)", "Nat");
    check_expr_type("(-1 : Int)", "Int");
    check_expr_type("dim(v) + 1", "Nat");
    check_expr_type("1 + dim(v)", "Nat");
    check_expr_type("float(day) - 2", "Float");
    check_expr_type("dim(v) - 1", "Int");
    check_expr_type("(5 : Nat) - 2", "Nat");
    check_expr_type("(2 : Nat) - 5", "Int");
    check_expr_type("grad(\\x. x ^ 2)(2.0)", "Float");
    check_expr_type("grad(\\x. sumsq(x))(v)", "3 => Float");
    check_expr_type("(\\x y. x * y)(2.0, v)", "3 => Float");
    check_expr_type("1 < 2 and not (dim(v) == 3)", "Bool");
    check_expr_type("π * e ^ 2", "Float");
}

#[test]
fn tables() {
    check_expr_type("v + 1", "3 => Float");
    check_expr_type("1 / v", "3 => Float");
    check_expr_type("v .* v", "3 => Float");
    check_expr_type("v ^ 2", "3 => Float");
    check_expr_type("-v", "3 => Float");
    check_expr_type("v > 1", "3 => Bool");
    check_expr_type("max(v, 0)", "3 => Float");
    check_expr_type("tanh(A)", "2 => 3 => Float");
    check_expr_type("for i j. A[j, i]", "3 => 2 => Float");
    check_expr_type("for i: k. float(ordinal(i))", "k => Float");
    check_expr_type("for s. pop[s]", "Species => Float");
    check_expr_type("pop[Lynx]", "Float");
    check_expr_type("[[1, 2], [3, 4]]", "2 => 2 => Float");
    check_expr_type("[v, 2 * v]", "2 => 3 => Float");
    check_expr_type("grid[(1, 2)]", "Float");
    check_expr_type("for i. grid[(1, i)]", "3 => Float");
}

#[test]
fn contractions() {
    check_expr_type("A @ v", "2 => Float");
    check_expr_type("v @ v", "Float");
    check_expr_type("transpose(A) @ A", "3 => 3 => Float");
    check_expr_type("v @ eye(3)", "3 => Float");
}

#[test]
fn reductions() {
    check_expr_type("sum i. v[i]", "Float");
    check_expr_type("sum i. A[i]", "3 => Float");
    check_expr_type("mean i j. A[i, j]", "Float");
    check_expr_type("sum i: k. ordinal(i)", "Nat");
    check_expr_type("argmax i. v[i]", "ix(3)");
    check_expr_type("all i. v[i] > 0", "Bool");
    check_expr_type("v[argmin i. v[i]]", "Float");
}

#[test]
fn solved_sizes() {
    check_expr_type("diff(v)", "2 => Float");
    check_expr_type("diff(log(Rates.close))", "day - 1 => Float");
    check_expr_type("last(Rates.close)", "Float");
    check_expr_type("cat(v, [0.0], v)", "7 => Float");
    check_expr_type("halves([1, 2, 3, 4])", "(2 => Float, 2 => Float)");
    check_expr_type("pad(v, 2, 0)", "5 => Float");
    check_expr_type("flat(q)", "6 => Float");
    check_expr_type("(unflat(flat(q)) : Gauss(3))", "{mean: 3 => Float, std: 3 => Float}");
    check_expr_type("linspace(0, 1, 11)", "11 => Float");
    check_expr_type("linspace(0, 1, 2 * k + 1)", "2 * k + 1 => Float");
}

#[test]
fn records_tuples_and_cases() {
    check_expr_type("q.std[0]", "Float");
    check_expr_type("{ q with mean = 2 * v }.mean", "3 => Float");
    check_expr_type("q + 2 * q", "{mean: 3 => Float, std: 3 => Float}");
    check_expr_type("(1, v)", "(Float, 3 => Float)");
    check_expr_type("or_else(Value(2), 0)", "Float");
    check_expr_type("if v[0] > 0 then v else zeros", "3 => Float");
}

#[test]
fn functions() {
    check_expr_type("v |> same", "3 => Float");
    check_expr_type("fold(10, 0, \\i acc. acc + float(ordinal(i)))", "Float");
    check_expr_type("scan(Species, v, \\i x. 2 * x)", "Species => 3 => Float");
    check_expr_type("(\\x: Float. x ^ 2)(3)", "Float");
    check_expr_type("grad(\\x: (3 => Float). sum i. x[i] ^ 2)(v)", "3 => Float");
    check_expr_type("jacobian(\\x: (3 => Float). A @ x)(v)", "2 => 3 => Float");
    check_expr_type("div(\\x: (3 => Float). tanh(x))(v)", "Float");
    check_expr_type("jvp(sin)(1, 2)", "Float");
}

#[test]
fn laws() {
    check_expr_type("cdf(Normal(0, 1), 0.5)", "Float");
    check_expr_type("cdf(Normal(0, 1), v)", "3 => Float");
    check_expr_type("log_prob(Laplace(0, 2), 1)", "Float");
    check_expr_type("quantile(Logistic(0, 1), 0.5)", "Float");
}

#[test]
fn a_data_axis_is_a_size_and_a_number() {
    check_expr_type("for i: day. Rates.close[i]", "day => Float");
    check_expr_type("Rates.close[249]", "Float");
    check_expr_type("fold(day, 0.0, \\k _. Rates.close[k])", "Float");
}

#[test]
fn operands_say_their_sizes() {
    let checked = check("types.sde", "let a = for i: 1001. 1.0\na[1000]\na[1001]\n");
    assert!(checked.messages().contains("E0311"), "{}", checked.messages());
    assert_eq!(checked.diagnostics.len(), 1);
}
