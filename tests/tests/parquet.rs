//! Data in Parquet files, and samples saved as such.

#![cfg(feature = "parquet")]
#![allow(clippy::unwrap_used, reason = "tests")]

use sdec_driver::{BlockResult, Options, Part, Session};

const SAMPLE: &str = "
model Walk
  state x : Real
  state y : 2 => Float
  noise W : Brownian
  init x = 0
  init y = [1, 2]
  dx = 0.5 dt + 0.3 dW
  dy = -y dt

sample Walk
  times = [0, 0.5, 1]
  paths = 5
  solver = euler(dt = 0.25)
  save = \"walk.SUFFIX\"
";

const SUMS: &str = "
data D(row) = FORMAT \"walk.SUFFIX\"
  t : row => Float
  path : row => Float
  x : row => Float
  y : row => 2 => Float from [\"y[0]\", \"y[1]\"]

model M
  state z : Float
  init z = (sum k. D.x[k] * (1 + D.t[k]) * (2 + D.path[k])) + (sum k. D.y[k][0] - 3 * D.y[k][1])
  dz = 0 dt

estimate total of M
  value  = z(1)
  solver = euler(dt = 1)
";

fn session(text: &str, folder: &std::path::Path, single: bool) -> Session {
    let part = Part { name: "program.sde".to_owned(), text: text.to_owned() };
    let save = folder.join(if text.contains(".parquet") { "walk.parquet" } else { "walk.csv" });
    let is_sample = text.contains("sample Walk");
    let options = Options { single, save: is_sample.then_some(save), ..Options::default() };
    let session = Session::of_parts(&[part], folder, &options).unwrap();
    assert!(!session.has_errors(), "{}", session.render(false));
    session
}

/// The paths that a program saves, added up by another one that reads them.
fn sum(suffix: &str, single: bool) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let sample = SAMPLE.replace("SUFFIX", suffix);
    session(&sample, folder.path(), single).run(&mut ()).unwrap();
    let sums = SUMS.replace("SUFFIX", suffix).replace("FORMAT", suffix);
    match session(&sums, folder.path(), single).run(&mut ()).unwrap().remove(0) {
        BlockResult::Estimate(found) => found.value,
        BlockResult::Fit(_) | BlockResult::Sample(_) | BlockResult::Expression(_) => {
            panic!("an estimate")
        }
    }
}

#[test]
fn parquet_says_what_csv_says() {
    for single in [false, true] {
        assert_eq!(sum("parquet", single).to_bits(), sum("csv", single).to_bits());
    }
}
