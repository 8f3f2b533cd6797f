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
