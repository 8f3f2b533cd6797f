//! The project's own functions and draws, expanded and compiled, have the evaluator's bits.

use sdec_base::Special;
use sdec_codegen::prepare;
use sdec_kernel::{Binary, Builder, Law, Scalar, Space, Type, Unary, Value};

use super::common::{LANES, Random, Table, check_for, check_in_turn, specials, spread, table};

const CASES: usize = 256;

fn tables(scalar: Scalar) -> Vec<Table> {
    let mut random = Random(7);
    let special = specials(scalar);
    let n = special.len();
    let number = |k: usize, case: usize, random: &mut Random| {
        let x = (random.next() as i64) as f64 / f64::powi(2.0, 50 + random.below(20) as i32);
        match scalar {
            _ if case < n * n => special[if k == 0 { case % n } else { case / n }],
            Scalar::F32 => (x as f32).to_bits().into(),
            Scalar::F64 | Scalar::I64 | Scalar::Word | Scalar::Bool => x.to_bits(),
        }
    };
    (0..2).map(|k| table(scalar, CASES, |case| number(k, case, &mut random))).collect()
}

#[test]
fn functions_of_floats() {
    const ONE: [Unary; 7] =
        [Unary::Exp, Unary::Log, Unary::Sin, Unary::Cos, Unary::Tanh, Unary::Erf, Unary::Erfc];
    let functions: Vec<Unary> = ONE
        .into_iter()
        .chain(Special::ALL.iter().map(|&function| Unary::Special(function)))
        .collect();
    let count = functions.len() as u64 + 2;
    for (first, scalar) in [Scalar::F64, Scalar::F32].into_iter().enumerate() {
        for (turn, lanes) in LANES.into_iter().enumerate() {
            let mut b = Builder::new("functions");
            let inputs = [0, 1].map(|k| {
                b.buffer(format!("x{k}"), Space::Input, Type::uniform(scalar), CASES as u64)
            });
            let y = b.buffer("y", Space::Output, Type::lanes(scalar), count);
            let x = inputs.map(|x| spread(&mut b, x));
            let mut results: Vec<Value> = functions.iter().map(|&op| b.unary(op, x[0])).collect();
            results.push(b.binary(Binary::Pow, x[0], x[1]));
            results.push(b.binary(Binary::Atan2, x[0], x[1]));
            for (k, result) in results.into_iter().enumerate() {
                let index = b.int(k as i64);
                b.store(y, index, result);
            }
            let kernel = prepare(&b.finish(lanes)).unwrap();
            check_in_turn(first + turn, &kernel, &tables(scalar), CASES as u64);
        }
    }
}

#[test]
fn draws() {
    for scalar in [Scalar::F64, Scalar::F32] {
        for law in [Law::Normal, Law::Uniform] {
            for lanes in LANES {
                let mut b = Builder::new("draws");
                let key = b.buffer("key", Space::Input, Type::uniform(Scalar::Word), 2);
                let y = b.buffer("y", Space::Output, Type::lanes(scalar), 12);
                let (zero, one, end) = (b.int(0), b.int(1), b.int(3));
                let key = (b.load(key, zero), b.load(key, one));
                b.for_loop(zero, end, false, &[], |b, i, _| {
                    let block = b.convert(i, Scalar::Word);
                    let draws = b.draw(scalar, law, key, block, 5);
                    let width = b.int(draws.len() as i64);
                    for (k, draw) in draws.into_iter().enumerate() {
                        let first = b.binary(Binary::Mul, i, width);
                        let k = b.int(k as i64);
                        let index = b.binary(Binary::Add, first, k);
                        b.store(y, index, draw);
                    }
                    vec![]
                });
                let kernel = prepare(&b.finish(lanes)).unwrap();
                let key = Table::Word(vec![0x1234_5678, 0x9abc_def0]);
                check_for(&kernel, &[key], 40, 0xffff_fff8);
            }
        }
    }
}
