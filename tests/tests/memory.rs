//! Memory of a gradient: what `--memory` bounds, and that it changes no bit.

use std::fs;

use sdec_driver::{BlockResult, EstimateResult, Options};
use sdec_tests::run;

/// The model of `docs/methods.md`, for so many Euler steps.
fn program(steps: u32) -> String {
    format!(
        "\
model Net
  param A : 32 => 10 => Real = for i j. 0.3 * sin(1.3 * float(ordinal(i)) + 2.7 * float(ordinal(j)))
  param a : 32 => Real = for i. 0.1 * sin(float(ordinal(i)))
  param B : 10 => 32 => Real = for i j. 0.1 * sin(0.7 * float(ordinal(i)) - 1.9 * float(ordinal(j)))
  state y : 10 => Real
  noise W : 10 => Brownian
  init  y = for i. 0.1 * float(ordinal(i))
  dy = B @ tanh(A @ y + a) dt + 0.1 dW

estimate end of Net
  value  = mean i. y(1)[i] ^ 2
  wrt    = [A, a, B]
  paths  = 4
  solver = euler(dt = 1 / {steps})
"
    )
}

/// The model without noise, whose start is drawn, by steps that are chosen; states are kept at ten times.
fn chosen(attempts: u32) -> String {
    let text = program(1)
        .replace("  noise W : 10 => Brownian\n", "")
        .replace("dt + 0.1 dW", "+ sin(3 * t) * y) dt");
    let text = text.replace("dy = B", "dy = (B");
    let text = text.replace("init  y = for i. 0.1", "init  y ~ Normal(0, 1)\n  #");
    let text = text.replace("y(1)[i] ^ 2", "(y(0)[i] + y(7)[i] + y(20)[i] + y(30)[i]) ^ 2");
    let method = format!("tsit5(rtol = 1e-9, atol = 1e-9, attempts = {attempts})");
    text.replace("euler(dt = 1 / 1)", &method)
}

fn gradient(steps: u32, memory: Option<u64>) -> EstimateResult {
    solved(steps, &Options { memory, ..Options::default() })
}

fn solved(steps: u32, options: &Options) -> EstimateResult {
    estimate(&program(steps), options)
}

fn estimate(text: &str, options: &Options) -> EstimateResult {
    let folder = tempfile::tempdir().expect("the folder can be made");
    let file = folder.path().join("net.sde");
    fs::write(&file, text).expect("the program can be written");
    let results = run(&file, &Options { threads: Some(1), ..options.clone() });
    match &results.expect("the program runs")[..] {
        [BlockResult::Estimate(result)] => result.clone(),
        others => panic!("{} blocks ran", others.len()),
    }
}

fn bits(result: &EstimateResult) -> Vec<u64> {
    let derivatives = result.gradient.iter().flat_map(|table| [&table.value, &table.stderr]);
    let numbers = derivatives.flatten().chain([&result.value, &result.stderr]);
    numbers.map(|number| number.to_bits()).collect()
}

/// Bytes of a number of each of the four paths that are held at once.
const NUMBER: u64 = 4 * 8;
/// The state is kept at the start of a segment,
const STATE: u64 = 10 * NUMBER;
/// and at each of its steps together with the outputs of `tanh`, whose rows have room for one more.
const RESIDUAL: u64 = (10 + 32 + 1) * NUMBER;
/// Steps that are done again have room of their own for the state, a block's noise and a layer's sums,
/// and the generator, which they share, is told which blocks in a cache line.
const AGAIN: u64 = STATE + (16 * 10 + 32) * NUMBER + 64;
/// What passes to other code that they share: a state and a count at most, from cache lines on.
const PASSED: u64 = STATE + 2 * 64;

#[test]
fn the_least_memory_grows_with_the_root_of_the_steps() {
    let few = gradient(16, None);
    let constant = few.solve.memory - 16 * RESIDUAL;
    let whole = gradient(10_000, None);
    assert_eq!(whole.solve.memory - constant, 10_000 * RESIDUAL);
    let least = gradient(10_000, Some(0));
    let kept = 105 * STATE + 96 * RESIDUAL + AGAIN;
    assert!((kept..=kept + PASSED).contains(&(least.solve.memory - constant)));
    assert!(least.solve.memory - constant <= 2 * 100 * STATE + 100 * RESIDUAL);
    // What is bounded is the tape of a group of 16 paths.
    let bound = 4 << 20;
    let some = gradient(10_000, Some(bound));
    let kept = 14 * STATE + 752 * RESIDUAL + AGAIN;
    assert!((kept..=kept + PASSED).contains(&(some.solve.memory - constant)));
    assert!(some.solve.memory - constant <= bound / 4);
    for other in [&least, &some] {
        assert_eq!(bits(other), bits(&whole));
    }
}

#[test]
fn attempts_of_chosen_steps_are_made_again_in_little_memory() {
    let gradient = |attempts: u32, memory: Option<u64>| {
        estimate(&chosen(attempts), &Options { memory, ..Options::default() })
    };
    let whole = gradient(1000, None);
    assert!(whole.solve.steps > 4 * 32, "several segments of 32 attempts are made");
    let least = gradient(1000, Some(0));
    let some = gradient(1000, Some(4 << 20));
    for part in [&least, &some] {
        assert_eq!(bits(part), bits(&whole));
    }
    assert!(least.solve.memory < whole.solve.memory / 10);
    assert!(some.solve.memory < whole.solve.memory / 2);
}

#[test]
fn solves_backwards_keep_nothing_of_their_steps() {
    for (gradient, method) in [("adjoint", "heun"), ("reversible", "reversible_heun")] {
        let memory = |steps: u32| {
            let options = Options {
                gradient: Some(gradient.to_owned()),
                solver: Some(format!("{method}(dt = 1 / {steps})")),
                ..Options::default()
            };
            solved(steps, &options).solve.memory
        };
        assert_eq!(memory(160), memory(10_000), "{gradient}");
    }
}
