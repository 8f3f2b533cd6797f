//! The tree of every construct, in small.

use expect_test::{Expect, expect};
use sdec_base::SourceMap;
use sdec_grammar::ast::{ClauseKind, ItemKind};
use sdec_grammar::{parse_expr, parse_program, parse_type, print};

/// The tree of a file without mistakes.
fn check(text: &str, expected: Expect) {
    let source = SourceMap::default().add("model.sde", text);
    let parsed = parse_program(source, text);
    assert_eq!(parsed.diagnostics, [], "{text}");
    expected.assert_eq(&print::tree(&parsed.tree));
}

/// The trees of expressions without mistakes.
fn exprs(texts: &[&str], expected: Expect) {
    let mut out = String::new();
    for text in texts {
        let source = SourceMap::default().add("expression", *text);
        let parsed = parse_expr(source, text);
        assert_eq!(parsed.diagnostics, [], "{text}");
        out += &format!("{text}\n    {}\n", print::expr_tree(&parsed.tree).replace('\n', "\n    "));
    }
    expected.assert_eq(&out);
}

/// The trees of types without mistakes.
fn types(texts: &[&str], expected: Expect) {
    let mut out = String::new();
    for text in texts {
        let source = SourceMap::default().add("type", *text);
        let parsed = parse_type(source, text);
        assert_eq!(parsed.diagnostics, [], "{text}");
        out += &format!("{text}\n    {}\n", print::type_tree(&parsed.tree));
    }
    expected.assert_eq(&out);
}

#[test]
fn items() {
    check(
        "import nets
import \"other.sde\"
precision f32
size k = 8
size m = 2 * k + 1
index Species = Hare | Lynx
type Gauss(n) = { mean : n => Float, std : n => Positive }
type Signal(a) = Value(a) | Missing
type Long =
  | One(Float)
  | Two
let growth : Species => Float = [0.5, -0.8]
let (a, b) ~ Normal(0, 1)
def dot(x: n => Float, y: n => Float) -> Float = sum i. x[i] * y[i]
def id(x) = x
param shared : Positive = 1 ~ Gamma(1, 2) per subject
1 + 2
",
        expect![[r#"
            (import nets)
            (import "other.sde")
            (precision f32)
            (size k 8)
            (size m (+ (* 2 k) 1))
            (index Species Hare Lynx)
            (type Gauss (sizes n) (record (: mean (=> n Float)) (: std (=> n Positive))))
            (type Signal (sizes a) (Value a) Missing)
            (type Long (One Float) Two)
            (let growth (: (=> Species Float)) (list 0.5 (neg 0.8)))
            (draw (tuple a b) (call Normal 0 1))
            (def dot ((: x (=> n Float)) (: y (=> n Float))) (-> Float) (sum (i) (* (index x i) (index y i))))
            (def id (x) x)
            (param shared (: Positive) (= 1) (~ (call Gamma 1 2)) (per subject))
            (show (+ 1 2))
        "#]],
    );
}

#[test]
fn net() {
    check(
        "net Residual(n, width = 64) : (n => Float) -> n => Float
  param A : width => n => Float = glorot
  let B = A
  def f(x: Float) -> Float = x
  \\x. x + A @ x
",
        expect![[r#"
            (net Residual
              (sizes n (= width 64))
              (-> (=> n Float) (=> n Float))
              (param A (: (=> width (=> n Float))) (= glorot))
              (let B A)
              (def f ((: x Float)) (-> Float) x)
              (body (lambda (x) (+ x (@ A x)))))
        "#]],
    );
}

#[test]
fn data() {
    check(
        "data Theoph(subject) = csv \"theoph.csv\" by \"Subject\"
  conc : subject => Series(Float?) from \"conc\" at \"Time\"
  when_ : subject => Time from days(\"date\")
  wt : subject => Float
",
        expect![[r#"
            (data Theoph
              (sizes subject)
              csv
              "theoph.csv"
              (by "Subject")
              (column conc (=> subject (Series (? Float))) (from "conc") (at "Time"))
              (column when_ (=> subject Time) (from (call days "date")))
              (column wt (=> subject Float)))
        "#]],
    );
}

#[test]
fn model() {
    check(
        "model M(n = 4, m) of Base
  param a, b : Positive = 1.0 ~ LogNormal(0, 1)
  param η : 3 => Float ~ Normal(0, ω) per subject
  input x : Float = 2
  input D : Events(Float)
  state s, r : n => Float during near(xs, 0.5)
  noise W : n => Brownian
  noise V, w like s
  mark J of N ~ Normal(0, 1)
  init s = 0
  init s, r ~ Normal(0, 1)
  next s ~ Categorical(log(P[s]))
  let k = a
  def f(x: Float) -> Float = x
  when h < 0
    v = -0.9 * v
    h = 0
  observe y ~ Normal(s, 1)
  observe y? : Float at 2 * t ~ Normal(s, 1)
  observe y = s
",
        expect![[r#"
            (model M
              (sizes (= n 4) m)
              (of Base)
              (param a b (: Positive) (= 1.0) (~ (call LogNormal 0 1)))
              (param η (: (=> 3 Float)) (~ (call Normal 0 ω)) (per subject))
              (input x (: Float) (= 2))
              (input D (: (Events Float)))
              (state s r (: (=> n Float)) (during (call near xs 0.5)))
              (noise W (: (=> n Brownian)))
              (noise V w (like s))
              (mark J (of N) (~ (call Normal 0 1)))
              (init s (= 0))
              (init s r (~ (call Normal 0 1)))
              (next s (~ (call Categorical (call log (index P s)))))
              (let k a)
              (def f ((: x Float)) (-> Float) x)
              (when
                (< h 0)
                (= v (* (neg 0.9) v))
                (= h 0))
              (observe y (~ (call Normal s 1)))
              (observe y ? (: Float) (at (* 2 t)) (~ (call Normal s 1)))
              (observe y (= s)))
        "#]],
    );
}

#[test]
fn equations() {
    check(
        "model M
  dx = -θ * x dt + σ dW
  dx[i] = a[i] dt - b dW[0] + dN
  dpop[Prey] = (a - b) dt
  dx = -dW
  dx = dw
  dx = - dw[i, 0] + 2 * a dv[1] + _ dw + _ dW
  dx = θ * μ - θ * x dt
  dx/dt = v
  dx[i]/dt =
    let a = 1
    a
  ds ~ Rates(for b. q[s, b])
  dx =
    a dt
    + b dW
  dA = -Ka * A dt + dDose
  dz = (for i. h[i]) dX
",
        expect![[r#"
            (model M
              (equation dx (+ (* (neg θ) x) dt) (+ σ dW))
              (equation dx (at i) (+ (index a i) dt) (- b (index dW 0)) (+ dN))
              (equation dpop (at Prey) (+ (- a b) dt))
              (equation dx (- dW))
              (equation dx (+ dw))
              (equation dx (- (index dw i 0)) (+ (* 2 a) (index dv 1)) (+ _ dw) (+ _ dW))
              (equation dx (+ (* θ μ)) (- (* θ x) dt))
              (rate dx v)
              (rate dx
                (at i)
                (block
                  (let a 1)
                  a))
              (transition ds (call Rates (for (b) (index q s b))))
              (equation dx (+ a dt) (+ b dW))
              (equation dA (+ (* (neg Ka) A) dt) (+ dDose))
              (equation dz (+ (for (i) (index h i)) dX)))
        "#]],
    );
}

#[test]
fn posterior_and_objective() {
    check(
        "posterior Q(ctx = 64) of M given xs, ys : Path(Float)
  param enc : GRU(3, ctx)
  let (m, s) = halves(q0(c(t0)))
  init z ~ Normal(m, exp(s))
  dz = post(cat(z, c(t))) dt + _ dW

objective loss of Gen given real : Path(1 => Float)
  let g ~ Gen
  let fake : 64 => Critic ~ Critic(y = g.z)
  fake.h(t1)[0]
",
        expect![[r#"
            (posterior Q
              (sizes (= ctx 64))
              (of M)
              (given xs (: ys (Path Float)))
              (param enc (: (GRU 3 ctx)))
              (let (tuple m s) (call halves (call q0 (call c t0))))
              (init z (~ (call Normal m (call exp s))))
              (equation dz (+ (call post (call cat z (call c t))) dt) (+ _ dW)))
            (objective loss
              (of Gen)
              (given (: real (Path (=> 1 Float))))
              (block
                (draw g Gen)
                (draw fake (: (=> 64 Critic)) (call Critic (= y (field g z))))
                (index (call (field fake h) t1) 0)))
        "#]],
    );
}

#[test]
fn commands() {
    check(
        "fit M(n = 4) to D, E as f
  objective = elbo(Q, kl = anneal(0, 1, steps = 500))
  ascend = [\"c.*\"]
  loss =
    let a = 1
    a
sample M
sample M(n = 2) given D as s
  paths = 100_000
estimate call of GBM
  wrt = [S0, σ]
repeat 3
  fit M to D
    steps = 1
  sample M
",
        expect![[r#"
            (fit M
              (sizes (= n 4))
              (data D E)
              (as f)
              (set objective (call elbo Q (= kl (call anneal 0 1 (= steps 500)))))
              (set ascend (list "c.*"))
              (set loss
                (block
                  (let a 1)
                  a)))
            (sample M)
            (sample M
              (sizes (= n 2))
              (data D)
              (as s)
              (set paths 100000))
            (estimate GBM
              (as call)
              (set wrt (list S0 σ)))
            (repeat 3
              (fit M
                (data D)
                (set steps 1))
              (sample M))
        "#]],
    );
}

#[test]
fn method() {
    check(
        "## Stochastic Heun.
##
## Source: Rümelin (1982).
method heun : Stratonovich
  strong = 1 / 2
  def start(f, g) = { z = y }
  def step(f, g, t, h, y, w) =
    let a = h * f(t, y)
    y + a
",
        expect![[r#"
            ## Stochastic Heun.
            ##
            ## Source: Rümelin (1982).
            (method heun Stratonovich
              (set strong (/ 1 2))
              (def start (f g) (record (= z y)))
              (def step
                (f g t h y w)
                (block
                  (let a (* h (call f t y)))
                  (+ y a))))
        "#]],
    );
}

#[test]
fn operators() {
    exprs(
        &[
            "a + b * c - d",
            "-x ^ 2",
            "2 ^ -1",
            "2 ^ 3 ^ 4",
            "a * sum i. b + c",
            "a .* b ./ c @ d",
            "not a and b or c == d",
            "x |> f |> g(1)",
            "(a + b) * c",
            "a < b",
        ],
        expect![[r#"
            a + b * c - d
                (- (+ a (* b c)) d)
            -x ^ 2
                (neg (^ x 2))
            2 ^ -1
                (^ 2 (neg 1))
            2 ^ 3 ^ 4
                (^ 2 (^ 3 4))
            a * sum i. b + c
                (* a (sum (i) (+ b c)))
            a .* b ./ c @ d
                (@ (./ (.* a b) c) d)
            not a and b or c == d
                (or (and (not a) b) (== c d))
            x |> f |> g(1)
                (|> (|> x f) (call g 1))
            (a + b) * c
                (* (+ a b) c)
            a < b
                (< a b)
        "#]],
    );
}

#[test]
fn expressions() {
    exprs(
        &[
            "x₁' + v̄ + S0 + _ρ",
            "1_000 + 0.5 + 1e-3 + 2.5E+10",
            "\"text # no comment\"",
            "f(x, dt = 1, y = 2,)",
            "max(a, b) + max i. x[i]",
            "x[i, j][k].mean.Hare",
            "(x : n => Float)",
            "()",
            "(a, b)",
            "[1, 2, 3,]",
            "[]",
            "{a = 1, mean = 2}",
            "{}",
            "{r with a = 1, b = 2}",
            "\\x (a, b) _ i: n k: (m + 1). x",
            "\\. 1",
            "for i j: Species. x[i]",
            "sum i: 10. sum _. i",
            "if a then b else if c then d else e",
            "data + size * index",
        ],
        expect![[r#"
            x₁' + v̄ + S0 + _ρ
                (+ (+ (+ x₁' v̄) S0) _ρ)
            1_000 + 0.5 + 1e-3 + 2.5E+10
                (+ (+ (+ 1000 0.5) 1e-3) 2.5E+10)
            "text # no comment"
                "text # no comment"
            f(x, dt = 1, y = 2,)
                (call f x (= dt 1) (= y 2))
            max(a, b) + max i. x[i]
                (+ (call max a b) (max (i) (index x i)))
            x[i, j][k].mean.Hare
                (field (field (index (index x i j) k) mean) Hare)
            (x : n => Float)
                (: x (=> n Float))
            ()
                (tuple)
            (a, b)
                (tuple a b)
            [1, 2, 3,]
                (list 1 2 3)
            []
                (list)
            {a = 1, mean = 2}
                (record (= a 1) (= mean 2))
            {}
                (record)
            {r with a = 1, b = 2}
                (with r (= a 1) (= b 2))
            \x (a, b) _ i: n k: (m + 1). x
                (lambda (x (tuple a b) _ (: i n) (: k (+ m 1))) x)
            \. 1
                (lambda () 1)
            for i j: Species. x[i]
                (for (i (: j Species)) (index x i))
            sum i: 10. sum _. i
                (sum ((: i 10)) (sum (_) i))
            if a then b else if c then d else e
                (if a b (if c d e))
            data + size * index
                (+ data (* size index))
        "#]],
    );
}

#[test]
fn blocks() {
    exprs(
        &[
            "case m of\n  Value(v) -> v\n  Missing -> d\n  (a, {b, c}) ->\n    let e = a\n    e",
            "fold(10, \\i s.\n    let a = s\n    a + 1,\n  x)",
            "if a then\n    let b = 1\n    b\n  else\n    c",
            "f(\n  1,\n  2\n)",
            "a\n  + b\n* c\n|> d",
            "{ a =\n    1 + 2,\n  b = 3 }",
        ],
        expect![[r#"
            case m of
              Value(v) -> v
              Missing -> d
              (a, {b, c}) ->
                let e = a
                e
                (case m
                  (-> (Value v) v)
                  (-> Missing d)
                  (->
                    (tuple a (record b c))
                    (block
                      (let e a)
                      e)))
            fold(10, \i s.
                let a = s
                a + 1,
              x)
                (call fold 10
                  (lambda
                    (i s)
                    (block
                      (let a s)
                      (+ a 1)))
                  x)
            if a then
                let b = 1
                b
              else
                c
                (if a
                  (block
                    (let b 1)
                    b)
                  c)
            f(
              1,
              2
            )
                (call f 1 2)
            a
              + b
            * c
            |> d
                (|> (+ a (* b c)) d)
            { a =
                1 + 2,
              b = 3 }
                (record (= a (+ 1 2)) (= b 3))
        "#]],
    );
}

#[test]
fn type_forms() {
    types(
        &[
            "n => m => Float",
            "(n => Float) -> n => Float",
            "(Time, s) -> s",
            "MLP(2, n + 1, width = 8, act = max)",
            "Interval(-1, 0.5)",
            "Series(Float?)",
            "2 * n + 1",
            "day - 1",
            "{ mean : Float, x : n => Float }",
            "()",
        ],
        expect![[r#"
            n => m => Float
                (=> n (=> m Float))
            (n => Float) -> n => Float
                (-> (=> n Float) (=> n Float))
            (Time, s) -> s
                (-> (tuple Time s) s)
            MLP(2, n + 1, width = 8, act = max)
                (MLP 2 (+ n 1) (= width 8) (= act max))
            Interval(-1, 0.5)
                (Interval -1 0.5)
            Series(Float?)
                (Series (? Float))
            2 * n + 1
                (+ (* 2 n) 1)
            day - 1
                (- day 1)
            { mean : Float, x : n => Float }
                (record (: mean Float) (: x (=> n Float)))
            ()
                (tuple)
        "#]],
    );
}

/// What is spelt differently and means one thing.
#[test]
fn characters_are_normalised() {
    exprs(
        &["\u{b5} + \u{3bc}", "\u{3f5} + \u{3b5}", "e\u{301} + \u{e9}"],
        expect![[r#"
            µ + μ
                (+ μ μ)
            ϵ + ε
                (+ ε ε)
            é + é
                (+ é é)
        "#]],
    );
}

#[test]
fn comments_and_docs() {
    let text = "# head

## About a,
## in two lines.
let a = 1 # trailing
## not of b

let b = 2\r
## of c\r
let c = 3
";
    let mut sources = SourceMap::default();
    let source = sources.add("model.sde", text);
    let program = parse_program(source, text).tree;
    let docs: Vec<Option<&str>> = program.items.iter().map(|item| item.doc.as_deref()).collect();
    assert_eq!(docs, [Some("About a,\nin two lines."), None, Some("of c")]);
    let trailing: Vec<&str> = program
        .comments
        .iter()
        .filter(|comment| comment.trailing)
        .map(|comment| comment.text.as_str())
        .collect();
    assert_eq!(trailing, ["# trailing"]);
    assert_eq!(program.comments.len(), 6);
}

#[test]
fn spans_are_tight() {
    let text = "model M\n  dx = σ * x dt # drift\n\n  init x =\n    1\n\nlet a = 1\n";
    let mut sources = SourceMap::default();
    let source = sources.add("model.sde", text);
    let program = parse_program(source, text).tree;
    assert_eq!(
        sources.slice(program.items[0].span),
        "model M\n  dx = σ * x dt # drift\n\n  init x =\n    1"
    );
    let ItemKind::Model(model) = &program.items[0].kind else { panic!("a model") };
    let clauses: Vec<&str> =
        model.clauses.iter().map(|clause| sources.slice(clause.span)).collect();
    assert_eq!(clauses, ["dx = σ * x dt", "init x =\n    1"]);
    let ClauseKind::Equation { terms, .. } = &model.clauses[0].kind else { panic!("an equation") };
    assert_eq!(sources.slice(terms[0].span), "σ * x dt");
}

/// What can be parsed around a mistake is.
#[test]
fn trees_of_what_is_left() {
    let text = "model M
  state x y
  dx = x dt
  def f(x: Float) -> Float =
    let y = )
    let z = 1
    z +
let a = *
let b = 2
";
    let source = SourceMap::default().add("model.sde", text);
    let parsed = parse_program(source, text);
    assert_eq!(parsed.diagnostics.len(), 4);
    expect![[r#"
        (model M
          (equation dx (+ x dt))
          (def f
            ((: x Float))
            (-> Float)
            (block
              (let z 1)
              <error>)))
        (let b 2)
    "#]]
    .assert_eq(&print::tree(&parsed.tree));
}

#[test]
fn tokens() {
    let text = "let θ =\n  f(1)  # comment\nsample M\n  a = (1\n";
    let source = SourceMap::default().add("model.sde", text);
    expect![[r#"
        1:1 let
        1:5 θ
        1:7 =
        2:3 <indent>
        2:3 f
        2:4 (
        2:5 1
        2:6 )
        2:7 <newline>
        2:7 <dedent>
        2:7 <newline>
        3:1 sample
        3:8 M
        4:3 <indent>
        4:3 a
        4:5 =
        4:7 (
        4:8 1
        4:9 <missing bracket>
        4:9 <newline>
        4:9 <dedent>
        4:9 <newline>
    "#]]
    .assert_eq(&sdec_grammar::token_listing(source, text));
}

/// The highest trees that the parser makes are low enough to recurse over.
#[test]
fn highest_trees() {
    let sum = format!("let a = 1{}\n", " + 1".repeat(390));
    let minus = format!("let a = {}1\n", "-".repeat(390));
    let lambdas = format!("let a = {}1\n", "\\x. ".repeat(190));
    let brackets = format!("let a = {}1{}\n", "f(".repeat(120), ")".repeat(120));
    let lists = format!("let a = {}1{}\n", "[0, ".repeat(120), "]".repeat(120));
    let arrows = format!("let a : {}n = 1\n", "n => ".repeat(190));
    let tables = format!("let a : {}n{} = 1\n", "T(".repeat(120), ")".repeat(120));
    for text in [sum, minus, lambdas, brackets, lists, arrows, tables] {
        let source = SourceMap::default().add("model.sde", text.as_str());
        let parsed = parse_program(source, &text);
        assert_eq!(parsed.diagnostics, [], "{text}");
        assert!(print::tree(&parsed.tree).len() > 200);
    }
}
