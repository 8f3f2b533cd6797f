//! A library with a C interface gives a C program, which knows nothing of Rust, the numbers of a run.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::process::Command;

use sdec_driver::{BackendChoice, BlockResult, Options, Session};
use sdec_tests::{explain, root};

/// Builds a program's library, compiles a C program against it and returns the words that it prints.
fn words(program: &Path, host: &str, options: &Options) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let session = Session::open(program, options).unwrap();
    session.build(&at("libmodel.so"), Some(&at("model.h"))).map_err(explain).unwrap();
    std::fs::write(at("host.c"), host).unwrap();
    let mut command = Command::new("cc");
    command.args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-pthread"]).arg(at("host.c"));
    command.arg("-I").arg(folder.path()).arg("-L").arg(folder.path()).args(["-lmodel", "-o"]);
    let compiled = command.arg(at("host")).output().unwrap();
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let mut command = Command::new(at("host"));
    let run = command.env("LD_LIBRARY_PATH", folder.path()).output().unwrap();
    assert!(run.status.success(), "{run:?}");
    let left: Vec<_> =
        folder.path().read_dir().unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(left.len(), 4, "nothing else is left: {left:?}");
    let out = String::from_utf8(run.stdout).unwrap();
    out.split_whitespace().map(str::to_owned).collect()
}

fn bits(x: f64) -> String {
    format!("{:016x}", x.to_bits())
}

const PRINT: &str = r#"
#include "model.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, 8);
    printf("%016llx\n", (unsigned long long)bits);
}
"#;

#[test]
fn a_c_program_gets_value_and_derivatives_of_an_estimate() {
    let program = root().join("examples/dax_option/dax_option.sde");
    let host = format!(
        "{PRINT}
int main(void)
{{
    dax_option_call_gradient_inputs in;
    dax_option_call_gradient_result out;
    dax_option_call_inputs plain;
    dax_option_call_result value;
    dax_option_call_gradient_defaults(&in);
    dax_option_call_defaults(&plain);
    for (int k = 0; k < 2; k++) {{
        in.sigma = plain.sigma = k == 0 ? in.sigma : 0.25;
        if (dax_option_call_gradient_mean(&in, 7, 1000, &out) != 0)
            return 1;
        if (dax_option_call_mean(&plain, 7, 1000, &value) != 0)
            return 2;
        print(out.value), print(out.value_stderr);
        print(out.dS0), print(out.dS0_stderr), print(out.dsigma), print(out.dsigma_stderr);
        print(value.value);
    }}
    if (dax_option_call_mean(&plain, 7, 0, &value) != 3)
        return 3;
    return 0;
}}
"
    );
    for single in [false, true] {
        let options = Options { single, paths: Some(1000), seed: Some(7), ..Options::default() };
        let options = Options { blocks: vec!["call".to_owned()], ..options };
        let found = words(&program, &host, &options);
        let mut expected = Vec::new();
        for set in [vec![], vec![("σ".to_owned(), "0.25".to_owned())]] {
            let backend = BackendChoice::Cranelift;
            let options = Options { set, backend, ..options.clone() };
            let results = sdec_tests::run(&program, &options).unwrap();
            let [BlockResult::Estimate(result)] = &results[..] else {
                panic!("one estimate is run");
            };
            expected.extend([result.value, result.stderr].map(bits));
            for derivative in &result.gradient {
                expected.extend([derivative.value[0], derivative.stderr[0]].map(bits));
            }
            expected.push(bits(result.value));
        }
        assert_eq!(found, expected, "single precision: {single}");
    }
}

/// Four threads of the host share out the groups of a sample.
#[test]
fn threads_of_the_host_run_groups_of_a_sample() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("walk.sde");
    let text = "model Walk
  param θ : 3 => Float = [1.0, 2.0, 3.0]
  state x : 3 => Float
  noise W : 3 => Brownian
  init  x = [0.0, 0.5, 1.0]

  dx = (for i. θ[i] * x[i]) dt + dW

sample Walk as cloud
  paths  = 100
  times  = [0.0, 0.5, 1.0]
  solver = euler(dt = 0.125)
";
    std::fs::write(&program, text).unwrap();
    let host = format!(
        "{PRINT}
#include <pthread.h>

#define GROUPS 7
static walk_cloud_inputs in;
static double *x;

static void *work(void *start)
{{
    uint64_t first = *(uint64_t *)start;
    void *scratch = aligned_alloc(64, walk_cloud_SCRATCH);
    for (uint64_t g = first; g < GROUPS; g += 4)
        if (walk_cloud_run(&in, 3, 100, g, g + 1, x + g * 9 * 16, scratch) != 0)
            exit(1);
    free(scratch);
    return 0;
}}

int main(void)
{{
    pthread_t threads[4];
    uint64_t starts[4] = {{ 0, 1, 2, 3 }};
    walk_cloud_defaults(&in);
    in.theta[1] = -1.0;
    x = aligned_alloc(64, GROUPS * 9 * 16 * sizeof *x);
    for (int k = 0; k < 4; k++)
        pthread_create(&threads[k], 0, work, &starts[k]);
    for (int k = 0; k < 4; k++)
        pthread_join(threads[k], 0);
    for (int path = 0; path < 100; path++)
        for (int entry = 0; entry < 9; entry++)
            print(x[(path / 16 * 9 + entry) * 16 + path % 16]);
    return 0;
}}
"
    );
    let found = words(&program, &host, &Options::default());
    let saved = folder.path().join("cloud.csv");
    let options = Options {
        set: vec![("θ".to_owned(), "[1.0, -1.0, 3.0]".to_owned())],
        seed: Some(3),
        save: Some(saved.clone()),
        backend: BackendChoice::Interp,
        ..Options::default()
    };
    sdec_tests::run(&program, &options).unwrap();
    let csv = std::fs::read_to_string(saved).unwrap();
    let numbers = csv.lines().skip(1).flat_map(|row| row.split(',').skip(2));
    let expected: Vec<String> = numbers.map(|x| bits(x.parse().unwrap())).collect();
    assert_eq!(found.len(), 900);
    assert_eq!(found, expected);
}

/// Paths that share everything, and paths that choose their own steps and may stop.
#[test]
fn adaptive_and_deterministic_solves_have_their_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("ode.sde");
    let text = "model Fixed
  param seed : Real = 0.5
  state x : Real
  init  x = 1.0
  dx = -seed * x dt

model Drawn
  state x : Real
  init  x ~ Normal(1, 0.1)
  dx = -x ^ 3 dt

model Explodes
  state x : Real
  init  x ~ Normal(2, 0.1)
  dx = x ^ 2 dt

estimate fixed of Fixed
  value  = x(1)
  solver = rk4(dt = 0.1)

estimate drawn of Drawn
  value  = x(2)
  paths  = 37
  solver = tsit5(rtol = 0.00001, atol = 0.00001)

estimate stops of Explodes
  value  = x(2)
  paths  = 4
  solver = tsit5(rtol = 0.00001, atol = 0.00001)
";
    std::fs::write(&program, text).unwrap();
    let host = format!(
        "{PRINT}
int main(void)
{{
    ode_fixed_inputs fixed;
    ode_fixed_result a;
    ode_drawn_inputs drawn;
    ode_drawn_result b;
    ode_stops_inputs stops;
    ode_stops_result c;
    ode_fixed_defaults(&fixed);
    ode_drawn_defaults(&drawn);
    ode_stops_defaults(&stops);
    if (fixed.seed_2 != 0.5 || ode_fixed_mean(&fixed, 0, ode_fixed_PATHS, &a) != 0)
        return 1;
    if (ode_drawn_mean(&drawn, 0, ode_drawn_PATHS, &b) != 0)
        return 2;
    if (ode_stops_mean(&stops, 0, ode_stops_PATHS, &c) != 1)
        return 3;
    print(a.value), print(a.value_stderr), print(b.value), print(b.value_stderr);
    return 0;
}}
"
    );
    let found = words(&program, &host, &Options::default());
    let blocks = ["fixed", "drawn"].map(str::to_owned).to_vec();
    let mut expected = Vec::new();
    for result in sdec_tests::run(&program, &Options { blocks, ..Options::default() }).unwrap() {
        let BlockResult::Estimate(result) = result else { panic!("estimates are run") };
        expected.extend([result.value, result.stderr].map(bits));
    }
    assert_eq!(found, expected);
}

const DECAY: &str = "data D(subject) = csv \"decay.csv\" by \"id\"
  y : subject => Series(Float) from \"y\" at \"t\"

model Decay
  param a : Real = 0.7
  param b : 2 => Real = [1.0, 0.3]
  param s : Real = 0.4
  state x : Real
  init  x = b[0]
  dx = (b[1] - a * x) dt
  observe y ~ Normal(x, s)

fit Decay to D as decay
  objective = mle
  start  = 0
  solver = rk4(dt = 0.03125)
";

/// Twenty subjects, of which each is seen at times of its own.
fn observations() -> Vec<(usize, f64, f64)> {
    let of = |id: usize| {
        (1..=2 + id % 3).map(move |k| {
            let t = 0.5 * k as f64 + 0.25 * (id % 2) as f64;
            (id, t, (1.3 * (id * 7 + k * 5) as f64).sin())
        })
    };
    (0..20).flat_map(of).collect()
}

/// A host has the objective of a fit with its derivatives by the parameters as they are written: those of `grad`,
/// and those of a closed form.
#[test]
fn a_c_program_gets_the_objective_of_a_fit() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("decay.sde");
    std::fs::write(&program, DECAY).unwrap();
    let rows = observations();
    let lines = rows.iter().map(|(id, t, y)| format!("{id},{t:?},{y:?}\n"));
    let text = format!("id,t,y\n{}", lines.collect::<String>());
    std::fs::write(folder.path().join("decay.csv"), text).unwrap();
    let host = format!(
        "{PRINT}
int main(void)
{{
    decay_decay_inputs in;
    decay_decay_result out;
    decay_decay_defaults(&in);
    for (int k = 0; k < 2; k++) {{
        in.a = k == 0 ? in.a : 1.25;
        if (decay_decay_objective(&in, &out) != 0)
            return 1;
        print(out.objective), print(out.da), print(out.db[0]), print(out.db[1]), print(out.ds);
    }}
    in.s = -1.0;
    if (decay_decay_objective(&in, &out) != 1)
        return 2;
    static _Alignas(64) double value[64], da[64], db[128], ds[64];
    void *scratch = aligned_alloc(64, (decay_decay_SCRATCH + 63) / 64 * 64);
    if (decay_decay_run(&in, 0, 21, 0, 2, value, da, db, ds, scratch) != 3)
        return 3;
    free(scratch);
    return 0;
}}
"
    );
    let closed = |a: f64| -> f64 {
        let (b, s) = ([1.0, 0.3], 0.4_f64);
        let term = |&(_, t, y): &(usize, f64, f64)| {
            let x = b[1] / a + (b[0] - b[1] / a) * (-a * t).exp();
            0.5 * ((y - x) / s).powi(2) + s.ln() + 0.5 * (2.0 * std::f64::consts::PI).ln()
        };
        rows.iter().map(term).sum()
    };
    let options = Options { blocks: vec!["decay".to_owned()], ..Options::default() };
    let found: Vec<f64> = words(&program, &host, &options)
        .iter()
        .map(|word| f64::from_bits(u64::from_str_radix(word, 16).unwrap()))
        .collect();
    for (found, a) in found.chunks(5).zip([0.7, 1.25]) {
        let set = vec![("a".to_owned(), format!("{a:?}"))];
        let options = Options { set, backend: BackendChoice::Cranelift, ..options.clone() };
        let session = Session::open(&program, &options).unwrap();
        let expected = session.grad(&mut ()).map_err(explain).unwrap();
        assert_eq!(bits(found[0]), bits(expected.value));
        let derivatives = expected.gradient.iter().flat_map(|derivative| &derivative.value);
        for (found, expected) in found[1..].iter().zip(derivatives) {
            let scale = expected.abs().max(1.0);
            assert!((found - expected).abs() < 1e-12 * scale, "{found} is not {expected}");
        }
        assert!((found[0] - closed(a)).abs() < 1e-6, "{} is not {}", found[0], closed(a));
        let slope = (closed(a + 1e-5) - closed(a - 1e-5)) / 2e-5;
        assert!((found[1] - slope).abs() < 1e-5, "{} is not {slope}", found[1]);
    }
}

#[test]
fn what_a_library_cannot_have_of_a_fit_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("decay.sde");
    let text = DECAY.replace("a : Real = 0.7", "a : Real = 0.7 ~ Normal(0, 1)");
    std::fs::write(&program, text.replace("= mle", "= map")).unwrap();
    std::fs::write(folder.path().join("decay.csv"), "id,t,y\n1,1,1\n1,2,1\n2,1,1\n").unwrap();
    let session = Session::open(&program, &Options::default()).unwrap();
    let failure = session.build(&folder.path().join("l.so"), None).unwrap_err();
    assert!(explain(failure).contains("the density of priors cannot be in a library yet"));
}
