//! Models: noise classes, stages and what equations become.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

mod support;

use sdec_hir::{NoiseClass, Pattern, Stage};
use support::check;

#[track_caller]
fn model(text: &str) -> (sdec_hir::Program, sdec_hir::Model) {
    let checked = check("model.sde", text);
    let Some(program) = checked.program else { panic!("{text}\n{}", checked.messages()) };
    let model = program.models.values().next().expect("a model").clone();
    (program, model)
}

/// The class of a model with these noises and equations; `x`, `y` are numbers, `z`, `u` tables of
/// four and `w` one of two, `m` one of two by two.
#[track_caller]
fn check_class(noises: &str, equations: &[&str], class: NoiseClass) {
    let mut text =
        String::from("model M\n  param s : Positive = 0.5\n  param g : 4 => Float = ones\n");
    text += "  param G : 4 => 2 => Float = zeros\n";
    for line in noises.lines() {
        text += &format!("  {}\n", line.trim());
    }
    let states = [
        ("x", "Real", "0"),
        ("y", "Real", "0"),
        ("z", "4 => Real", "zeros"),
        ("w", "2 => Real", "zeros"),
        ("m", "2 => 2 => Real", "zeros"),
    ];
    for (name, ty, start) in states {
        if equations.iter().any(|line| line.starts_with(&format!("d{name}"))) {
            text += &format!("  state {name} : {ty}\n  init {name} = {start}\n");
        }
    }
    for line in equations {
        text += &format!("  {line}\n");
    }
    text += "  observe o ~ Normal(s + g @ g + sumsq(G), 1)\n";
    let (_, model) = model(&text);
    assert_eq!(model.class, class, "{text}{:?}", model.class_reason);
}

#[test]
fn no_noise() {
    check_class("", &["dx = -x dt"], NoiseClass::None);
}

#[test]
fn additive() {
    check_class("noise W : Brownian", &["dx = -x dt + s dW"], NoiseClass::Additive);
    check_class("noise W : Brownian", &["dx = -x dt + sqrt(1 + t) dW"], NoiseClass::Additive);
    check_class("noise W : 2 => Brownian", &["dz = -z dt + G dW"], NoiseClass::Additive);
    check_class("noise W like z", &["dz = s dW"], NoiseClass::Additive);
    check_class("noise W : Brownian", &["dz = g dW"], NoiseClass::Additive);
}

#[test]
fn diagonal() {
    check_class("noise W : Brownian", &["dx = s * x dW"], NoiseClass::Diagonal);
    check_class("noise W, B : Brownian", &["dx = x dW", "dy = y dB"], NoiseClass::Diagonal);
    check_class("noise W : 2 => Brownian", &["dx = x dW[0]", "dy = y dW[1]"], NoiseClass::Diagonal);
    check_class("noise W like z", &["dz = s * z dW"], NoiseClass::Diagonal);
    check_class("noise W like z", &["dz[i] = tanh(z[i]) dW[i]"], NoiseClass::Diagonal);
    check_class(
        "noise W like z\nlet c = for i. sigmoid(z[i])",
        &["dz = c dW"],
        NoiseClass::Diagonal,
    );
    check_class("noise W : Brownian", &["dx = y dt", "dy = x dW"], NoiseClass::Diagonal);
    check_class(
        "noise W : 2 => Brownian",
        &["dw[0] = w[0] dW[0]", "dw[1] = w[1] dW[1]"],
        NoiseClass::Diagonal,
    );
}

/// Entries by several numbers, of which each has its channel, or not.
#[test]
fn entries_by_several_numbers() {
    let noise = "noise W : 2 => 2 => Brownian";
    let rest = ["dm[1, 0] = 0.3 * m[1, 0] dW[1, 0]", "dm[1, 1] = dW[1, 1]"];
    let entries = |first: &'static str, second: &'static str| [first, second, rest[0], rest[1]];
    let own = entries("dm[0, 0] = m[0, 0] dW[0, 0]", "dm[0, 1] = m[0, 1] dW[0, 1]");
    check_class(noise, &own, NoiseClass::Diagonal);
    let swapped = entries("dm[0, 0] = s dW[0, 1]", "dm[0, 1] = m[0, 1] dW[0, 0]");
    check_class(noise, &swapped, NoiseClass::Diagonal);
    let crossed = entries("dm[0, 0] = m[0, 1] dW[0, 0]", "dm[0, 1] = m[0, 1] dW[0, 1]");
    check_class(noise, &crossed, NoiseClass::General);
    let rows = entries("dm[0, 0] = m[0][1] dW[0, 0]", "dm[0, 1] = dW[0, 1]");
    check_class(noise, &rows, NoiseClass::General);
    let shared = entries("dm[0, 0] = m[0, 0] dW[0, 0]", "dm[0, 1] = m[0, 1] dW[0, 0]");
    check_class(noise, &shared, NoiseClass::Commutative);
    check_class(noise, &["dm[0] = s dW[0]", "dm[1] = s dW[1]"], NoiseClass::Additive);
    check_class(noise, &["dm[0] = m[0] dW[0]", "dm[1] = s dW[1]"], NoiseClass::General);
    check_class(noise, &["dm[0] = m[0] dW[0, 1]", "dm[1] = s dW[1]"], NoiseClass::Commutative);
    check_class(noise, &["dm[0] = m[1] dW[0, 1]", "dm[1] = s dW[1]"], NoiseClass::General);
}

#[test]
fn commutative() {
    check_class("noise W : Brownian", &["dx = x dW", "dy = x dW"], NoiseClass::Commutative);
    check_class("noise W : Brownian", &["dz = z dW"], NoiseClass::Commutative);
    check_class("noise W : Brownian", &["dz = (z[0] + z[1]) dW"], NoiseClass::Commutative);
}

#[test]
fn general() {
    check_class("noise W, B : Brownian", &["dx = y dW", "dy = x dB"], NoiseClass::General);
    check_class("noise W, B : Brownian", &["dx = x dW + dB"], NoiseClass::General);
    check_class("noise W like z", &["dz[i] = z[wrap(i, 1)] dW[i]"], NoiseClass::General);
    check_class("noise W like z", &["dz = (sum i. z[i]) dW"], NoiseClass::General);
    check_class(
        "noise W like z\ndef f(v: 4 => Float) -> 4 => Float = for i. v[0] + v[i]",
        &["dz = f(z) dW"],
        NoiseClass::General,
    );
    check_class(
        "noise W : 2 => Brownian",
        &["dw[0] = w[1] dW[0]", "dw[1] = dW[1]"],
        NoiseClass::General,
    );
}

#[test]
fn lets_have_the_stage_of_what_they_read() {
    let (program, model) = model(
        "model M
  param a : Real = 1
  input b : Real = 2
  state x : Real
  init  x = e
  let late = x * d
  let d = a + t
  let c = a * b
  let e = 2.0
  dx = late + c dt
"
        .replace("late + c dt", "(late + c) dt")
        .as_str(),
    );
    let stages: Vec<(String, Stage)> = model
        .lets
        .iter()
        .filter_map(|stmt| match &stmt.pattern {
            Pattern::Bind(local) => Some((program.locals[*local].name.clone(), stmt.stage)),
            _ => None,
        })
        .collect();
    let expected = [
        ("d", Stage::Time),
        ("late", Stage::State),
        ("c", Stage::Parameter),
        ("e", Stage::Constant),
    ];
    let expected: Vec<_> = expected.map(|(name, stage)| (name.to_owned(), stage)).to_vec();
    assert_eq!(stages, expected);
}

#[test]
fn equations_become_drift_and_diffusion() {
    let (program, _) = model(
        "model M(n = 3)
  param A : n => 2 => Float = zeros
  state x : n => Real
  state y : Real
  noise W : 2 => Brownian
  noise B like x
  init  x ~ Normal(0, 1)
  init  y = 2 * x(t0)[0]
  dx = -x dt + A dW - 0.1 dB
  dy = [1.0, 2.0] dW
"
        .replace("x(t0)[0]", "1.0")
        .as_str(),
    );
    let text = sdec_hir::print(&program);
    let lines: Vec<&str> =
        text.lines().filter(|line| line.starts_with("  d") || line.starts_with("    +")).collect();
    assert_eq!(
        lines,
        [
            "  dx = -x dt",
            "    + ((A @ dW) + -(0.1 * dB))",
            "  dy = (zeros : Float) dt",
            "    + ([1.0, 2.0] @ dW)",
        ]
    );
}

#[test]
fn an_earlier_initial_value_can_be_read() {
    let (program, model) = model(
        "model M
  state x, y : Real
  init  x ~ Normal(0, 1)
  init  y = 2 * x(t0)
  dx = -x dt
  dy = -y dt
",
    );
    let value = program.show_expr(&model.inits[1].value);
    assert!(value.contains("normal_draw(0.0, 1.0, x₀"), "{value}");
}

#[test]
fn command_sizes_come_from_the_command_then_the_default() {
    let checked = check(
        "model.sde",
        "model M(n = 4, m = n + 1)
  state x : n => m => Real
  init  x = zeros
  dx = -x dt

sample M(n = 2) as a
sample M(m = 7) as b
",
    );
    let program = checked.program.expect("it is right");
    let summary = sdec_check::summary(&program);
    let commands: Vec<&str> = summary.lines().filter(|line| line.starts_with("sample")).collect();
    assert_eq!(
        commands,
        [
            "sample   a of M with n = 2 (given), m = 3 (default)",
            "sample   b of M with n = 4 (default), m = 7 (given)",
        ]
    );
}

/// A parameter that only an estimate reads has an effect, so nothing is said of it; one that is only named in
/// `wrt` has none on the value, which is said there.
#[test]
fn an_estimate_uses_what_its_value_and_wrt_name() {
    let text = "model M\n  param a, b : Real = 1.0\n  state x : Real\n  init x = 0\n  dx = 1 dt\n\n\
                estimate e of M\n  value = a * x(1)\n  wrt = [a, b]\n";
    let messages = check("model.sde", text).messages();
    assert!(!messages.contains("W0207") && messages.contains("W0706"), "{messages}");
    assert_eq!(check("model.sde", &text.replace("a * x", "a * b * x")).messages(), "");
    let text = text.replace("wrt = [a, b]", "wrt = [a]");
    assert!(check("model.sde", &text).messages().contains("W0207"));
}

/// `dy = x dx` holds along every path, so that what a posterior says of `x` moves `y` too, and `z` through both.
#[test]
fn a_posterior_keeps_what_differentials_of_states_say() {
    let (program, _) = model(
        "model M
  param s : Positive = 0.3
  state x, y, z : Real
  noise W, B : Brownian
  init  x, y, z ~ Normal(0, 1)
  dx = -x dt + s dW
  dy = 3 dt + x dx
  dz = 2 * y dx + dB - dy
  observe seen ~ Normal(y, 0.1)

posterior Inherits of M given seen
  param a : Real = 0.5
  dx = a * x dt + _ dW

posterior Restates of M given seen
  param b : Real = 0.5
  dz = b dt + _ dx + _ dB - _ dy
  dx = b * x dt + _ dW
",
    );
    let drifts = |k: usize| -> Vec<String> {
        let law: &sdec_hir::Model = &program.posteriors[k].law;
        law.equations.iter().map(|equation| program.show_expr(&equation.drift)).collect()
    };
    let inherited = ["(a * x)", "(3.0 + (x * (a * x)))"];
    assert_eq!(drifts(0)[..2], inherited);
    assert_eq!(drifts(0)[2], "(((2.0 * y) * (a * x)) + -(3.0 + (x * (a * x))))");
    assert_eq!(drifts(1)[2], "((b + ((2.0 * y) * (b * x))) + -(3.0 + (x * (b * x))))");
    let [prior, law] =
        [&program.models.values().next().unwrap().equations, &program.posteriors[0].law.equations];
    let diffusion = |equations: &[sdec_hir::Equation]| -> Vec<String> {
        let shown = |e: &sdec_hir::Equation| e.diffusion.as_ref().map(|d| program.show_expr(d));
        equations.iter().filter_map(shown).collect()
    };
    assert_eq!(diffusion(prior), diffusion(law));
    assert!(program.posteriors[0].equations.len() == 1, "what is inherited is not restated");
}
