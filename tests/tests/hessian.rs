//! The Hessian of the loss of a small neural ODE against differences of its gradients.

use std::collections::BTreeMap;
use std::fs;

use sdec_driver::{BackendChoice, BlockResult, EstimateResult, Options};
use sdec_tests::run;

/// Parameters, with the extents of each.
const PARAMS: [(&str, &[usize]); 3] = [("A", &[3, 2]), ("a", &[3]), ("B", &[2, 3])];

/// All numbers of all parameters.
const NUMBERS: usize = 15;

/// The loss of the net with these numbers, and what is wanted of it.
fn estimate(numbers: &[f64], wrt: &str) -> EstimateResult {
    let mut rest = numbers;
    let mut declared = String::new();
    for (name, extents) in PARAMS {
        let (own, others) = rest.split_at(extents.iter().product());
        rest = others;
        let row = |row: &[f64]| format!("{row:?}");
        let (ty, table) = match *extents {
            [rows, columns] => {
                let rows_text: Vec<String> = own.chunks(columns).map(row).collect();
                (format!("{rows} => {columns}"), format!("[{}]", rows_text.join(", ")))
            }
            [count] => (count.to_string(), row(own)),
            _ => unreachable!("tables of one or two axes"),
        };
        declared += &format!("  param {name} : {ty} => Real = {table}\n");
    }
    let text = format!(
        "\
model Net
{declared}  state y : 2 => Real
  init  y = [1.0, -0.5]
  dy = B @ tanh(A @ y + a) dt

estimate loss of Net
  value  = mean i. (y(1)[i] - 0.2) ^ 2
  wrt    = {wrt}
  paths  = 1
  solver = rk4(dt = 0.25)
"
    );
    let folder = tempfile::tempdir().expect("the folder can be made");
    let file = folder.path().join("net.sde");
    fs::write(&file, text).expect("the program can be written");
    let options =
        Options { backend: BackendChoice::Interp, threads: Some(1), ..Options::default() };
    match &run(&file, &options).expect("the program runs")[..] {
        [BlockResult::Estimate(result)] => result.clone(),
        others => panic!("{} blocks ran", others.len()),
    }
}

fn gradient(numbers: &[f64]) -> Vec<f64> {
    let result = estimate(numbers, "[A, a, B]");
    result.gradient.into_iter().flat_map(|derivative| derivative.value).collect()
}

/// Rows and columns in the order of the parameters.
fn hessian(numbers: &[f64]) -> Vec<Vec<f64>> {
    let wrt = "[[A, A], [A, a], [A, B], [a, a], [a, B], [B, B]]";
    let mut hessian = vec![vec![f64::NAN; NUMBERS]; NUMBERS];
    let mut starts = BTreeMap::new();
    let mut next = 0;
    for (name, extents) in PARAMS {
        starts.insert(name, next);
        next += extents.iter().product::<usize>();
    }
    for block in estimate(numbers, wrt).second {
        let [top, left] = [0, 1].map(|k| starts[&*block.names[k]]);
        let width: usize = block.shapes[1].iter().product();
        for (place, &entry) in block.value.iter().enumerate() {
            let (row, column) = (top + place / width, left + place % width);
            hessian[row][column] = entry;
            hessian[column][row] = entry;
        }
    }
    hessian
}

#[test]
fn the_hessian_is_the_derivative_of_the_gradient() {
    let numbers: Vec<f64> = (0..NUMBERS).map(|k| 0.7 * (1.3 * k as f64 + 0.4).sin()).collect();
    let hessian = hessian(&numbers);
    let largest = hessian.iter().flatten().fold(0.0, |most: f64, entry| most.max(entry.abs()));
    let step = 1e-4;
    for k in 0..NUMBERS {
        let moved = |by: f64| {
            let mut numbers = numbers.clone();
            numbers[k] += by;
            gradient(&numbers)
        };
        // Of fourth order.
        let [far_up, up, down, far_down] = [2.0, 1.0, -1.0, -2.0].map(|by| moved(by * step));
        for i in 0..NUMBERS {
            let slope = (8.0 * (up[i] - down[i]) - (far_up[i] - far_down[i])) / (12.0 * step);
            let error = (hessian[k][i] - slope).abs() / largest;
            assert!(error < 1e-9, "entry {k}, {i}: {} is not {slope}", hessian[k][i]);
        }
    }
}
