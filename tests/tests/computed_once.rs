//! What all paths have in common is computed before them, and no path has other bits for it.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use sdec_driver::{BlockResult, Options, Part, Session};
use sdec_tests::backends;

/// A net of the time pulls each path, 2 · 64 · (1 + 64 + 4) operations a step and two times 64 tangents.
const PULLED: &str = "
param f : MLP(1, 4, width = 64, depth = 2, act = tanh)

model Pulled
  param θ : Positive = 0.7
  state x : 2 => Real
  noise W : 2 => Brownian
  init x = [0.3, -0.2]
  let w = f([t])
  dx = (for i. (sum k. w[k]) * cos(x[i]) - θ * x[i]) dt + 0.1 dW
";

fn session(block: &str, options: &Options) -> Session {
    let part = Part { name: "once.sde".to_owned(), text: format!("{PULLED}{block}") };
    let session = Session::of_parts(&[part], Path::new("."), options).unwrap();
    assert!(!session.has_errors(), "{}", session.render(false));
    session
}

fn kernels(session: &Session) -> usize {
    let text = session.emit("kernel", None, None).unwrap();
    text.lines().filter(|line| line.starts_with("kernel ")).count()
}

/// The lines of the first 16 paths.
fn first_paths(block: &str, options: &Options, paths: u64, expected: usize) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("paths.csv");
    let options = Options { paths: Some(paths), save: Some(file.clone()), ..options.clone() };
    let session = session(block, &options);
    assert_eq!(kernels(&session), expected);
    session.run(&mut ()).unwrap();
    let text = std::fs::read_to_string(file).unwrap();
    let path = |line: &str| line.split(',').next().unwrap().parse::<u32>().unwrap();
    text.lines().skip(1).filter(|line| path(line) < 16).map(str::to_owned).collect()
}

/// Sixteen paths are one group, whose program computes everything.
#[test]
fn a_path_has_the_bits_that_it_has_among_few() {
    for solver in ["euler(dt = 0.0025)", "reversible_heun(dt = 0.0025)"] {
        let block = format!("\nsample Pulled\n  times = [0.2, 0.5, 1]\n  solver = {solver}\n");
        for single in [false, true] {
            let options = Options { single, ..Options::default() };
            let few = first_paths(&block, &options, 16, 1);
            assert_eq!(few.len(), 16 * 3);
            for (backend, width) in backends() {
                let options = Options { backend, width, ..options.clone() };
                assert_eq!(first_paths(&block, &options, 64, 2), few, "{solver}, {backend:?}");
            }
        }
    }
}

/// Derivatives have standard errors, so that each path has its own; what they read is computed once.
#[test]
fn derivatives_of_an_estimate() {
    let block = "
estimate e of Pulled
  value  = x(1)[0] ^ 2
  wrt    = [θ]
  solver = euler(dt = 0.0025)
";
    let options = Options { paths: Some(64), ..Options::default() };
    let session = session(block, &options);
    assert_eq!(kernels(&session), 2);
    let BlockResult::Estimate(found) = session.run(&mut ()).unwrap().remove(0) else {
        panic!("an estimate was run")
    };
    let mut means: Vec<f64> = Vec::new();
    for path in 0..64 {
        let own = session.reference("e", path).unwrap().concat();
        means.resize(own.len(), 0.0);
        means.iter_mut().zip(own).for_each(|(mean, x)| *mean += x / 64.0);
    }
    let gradient = found.gradient.iter().flat_map(|by| by.value.clone());
    let found: Vec<f64> = [found.value].into_iter().chain(gradient).collect();
    assert_eq!(found.len(), means.len());
    assert!(means.iter().all(|mean| mean.abs() > 1e-3));
    for (found, expected) in found.iter().zip(means) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }
}
