//! Every operation on every scalar type it takes, uniform and with every number of lanes, on random
//! and special values, has the evaluator's bits.

use sdec_kernel::{Binary, Builder, Compare, Kernel, Literal, Scalar, Space, Type, Unary, Value};

use super::common::{self, LANES, Random, Table, check, specials, spread, table};
use crate::backends;

/// Paths of a kernel with lanes, and entries of each table.
const CASES: usize = 300;

/// Tables in which all pairs of special values meet, then random ones.
fn tables(scalars: &[Scalar], seed: u64) -> Vec<Table> {
    let mut random = Random(seed);
    let tables = scalars.iter().enumerate().map(|(k, &scalar)| {
        let special = specials(scalar);
        let n = special.len();
        table(scalar, CASES, |case| {
            if case < n * n && k < 2 {
                special[if k == 0 { case % n } else { case / n }]
            } else if random.chance(4) {
                *random.pick(&special)
            } else {
                arbitrary(scalar, &mut random)
            }
        })
    });
    tables.collect()
}

/// Mostly of moderate size, so that sums and products mean something.
fn arbitrary(scalar: Scalar, random: &mut Random) -> u64 {
    let bits = random.next();
    let moderate = !random.chance(3);
    match scalar {
        Scalar::F64 if moderate => ((bits as i64) as f64 / 1e17).to_bits(),
        Scalar::F32 if moderate => ((bits as i32) as f32 / 1e7).to_bits().into(),
        Scalar::I64 if moderate => (bits as i32) as u64,
        Scalar::F64 | Scalar::I64 => bits,
        Scalar::F32 | Scalar::Word => bits & 0xffff_ffff,
        Scalar::Bool => bits & 1,
    }
}

/// What is tested: results of operands.
type Results<'a> = &'a dyn Fn(&mut Builder, &[Value]) -> Vec<Value>;

/// A kernel that applies `f` to entries of the tables: entry by entry in a loop, or with lanes.
/// Each result is an output.
fn kernel(lanes: Option<u32>, operands: &[Scalar], f: Results<'_>) -> Kernel {
    let mut b = Builder::new("operation");
    let len = CASES as u64;
    let inputs: Vec<_> = operands
        .iter()
        .enumerate()
        .map(|(k, &s)| b.buffer(format!("x{k}"), Space::Input, Type::uniform(s), len))
        .collect();
    if lanes.is_some() {
        let operands: Vec<Value> = inputs.iter().map(|&x| spread(&mut b, x)).collect();
        let zero = b.int(0);
        store(&mut b, zero, 1, &operands, f);
    } else {
        let (zero, end) = (b.int(0), b.int(CASES as i64));
        b.for_loop(zero, end, false, &[], |b, i, _| {
            let operands: Vec<Value> = inputs.iter().map(|&x| b.load(x, i)).collect();
            store(b, i, len, &operands, f);
            vec![]
        });
    }
    b.finish(lanes.unwrap_or(1))
}

/// Stores each result at `index` of an output of its own, truth values as 0 and 1.
fn store(b: &mut Builder, index: Value, len: u64, operands: &[Value], f: Results<'_>) {
    for (k, result) in f(b, operands).into_iter().enumerate() {
        let result = if b.ty(result).scalar == Scalar::Bool {
            let (one, zero) = (b.int(1), b.int(0));
            b.select(result, one, zero)
        } else {
            result
        };
        let out = b.buffer(format!("y{k}"), Space::Output, b.ty(result), len);
        b.store(out, index, result);
    }
}

fn everywhere(operands: &[Scalar], f: Results<'_>) {
    uniform(operands, f);
    with_lanes(operands, f);
}

fn with_lanes(operands: &[Scalar], f: Results<'_>) {
    let tables = tables(operands, 1);
    for lanes in LANES {
        check(&kernel(Some(lanes), operands, f), &tables, CASES as u64);
    }
}

fn uniform(operands: &[Scalar], f: Results<'_>) {
    check(&kernel(None, operands, f), &tables(operands, 1), 1);
}

const FLOATS: [Scalar; 2] = [Scalar::F64, Scalar::F32];
const NUMBERS: [Scalar; 4] = [Scalar::F64, Scalar::F32, Scalar::I64, Scalar::Word];
const COMPARES: [Compare; 6] =
    [Compare::Eq, Compare::Ne, Compare::Lt, Compare::Le, Compare::Gt, Compare::Ge];

#[test]
fn functions_of_floats() {
    const ONE: [Unary; 5] = [Unary::Neg, Unary::Abs, Unary::Sqrt, Unary::Floor, Unary::Nearest];
    const TWO: [Binary; 6] =
        [Binary::Add, Binary::Sub, Binary::Mul, Binary::Div, Binary::Max, Binary::Min];
    for s in FLOATS {
        everywhere(&[s, s, s], &|b, x| {
            let mut results: Vec<Value> = ONE.iter().map(|&op| b.unary(op, x[0])).collect();
            results.extend(TWO.iter().map(|&op| b.binary(op, x[0], x[1])));
            results.push(b.fma(x[0], x[1], x[2]));
            results
        });
    }
}

#[test]
fn functions_of_words() {
    const OPS: [Binary; 7] = [
        Binary::Add,
        Binary::Sub,
        Binary::Mul,
        Binary::MulHigh,
        Binary::And,
        Binary::Or,
        Binary::Xor,
    ];
    everywhere(&[Scalar::Word; 2], &|b, x| {
        let mut results: Vec<Value> = OPS.iter().map(|&op| b.binary(op, x[0], x[1])).collect();
        let constant = b.word(0xd251_1f53);
        results.extend(OPS.iter().map(|&op| b.binary(op, x[0], constant)));
        for by in [0, 1, 13, 31] {
            let by = b.word(by);
            results.push(b.binary(Binary::Shl, x[0], by));
            results.push(b.binary(Binary::Shr, x[0], by));
        }
        results
    });
}

#[test]
fn functions_of_counts() {
    uniform(&[Scalar::I64; 2], &|b, x| {
        let mut results = vec![b.unary(Unary::Neg, x[0])];
        let ops = [Binary::Mul, Binary::Max, Binary::Min];
        results.extend(ops.map(|op| b.binary(op, x[0], x[1])));
        results
    });
    everywhere(&[Scalar::I64; 2], &|b, x| {
        let ops = [Binary::Add, Binary::Sub, Binary::And, Binary::Or, Binary::Xor];
        let mut results = ops.map(|op| b.binary(op, x[0], x[1])).to_vec();
        for by in [0, 1, 32, 52, 63] {
            let by = b.int(by);
            results.push(b.binary(Binary::Shl, x[0], by));
            results.push(b.binary(Binary::Shr, x[0], by));
        }
        results
    });
}

/// What is compared may be wider or narrower than what is chosen.
#[test]
fn comparisons_and_selects() {
    for s in NUMBERS {
        everywhere(&[s, s, Scalar::F64, Scalar::F32, Scalar::I64, Scalar::Word], &|b, x| {
            let mut results = Vec::new();
            for op in COMPARES {
                let c = b.compare(op, x[0], x[1]);
                results.push(c);
                for &chosen in &x[2..] {
                    let one = b.literal(specials_literal(b.ty(chosen).scalar));
                    results.push(b.select(c, chosen, one));
                }
            }
            results
        });
    }
}

/// Masks of different widths meet.
#[test]
fn truth_values() {
    everywhere(&NUMBERS, &|b, x| {
        let constants = x.iter().map(|&v| specials_literal(b.ty(v).scalar));
        let constants: Vec<_> = constants.collect();
        let tests: Vec<Value> = x
            .iter()
            .zip(constants)
            .map(|(&v, literal)| {
                let constant = b.literal(literal);
                b.compare(Compare::Lt, v, constant)
            })
            .collect();
        let mut results = Vec::new();
        for &p in &tests {
            results.push(b.unary(Unary::Not, p));
            for &q in &tests {
                for op in [Binary::And, Binary::Or, Binary::Xor] {
                    results.push(b.binary(op, p, q));
                }
                results.push(b.select(tests[0], p, q));
                results.push(b.select(tests[1], p, q));
            }
        }
        results
    });
}

/// The third special value: 1 for numbers.
fn specials_literal(scalar: Scalar) -> Literal {
    literal(scalar, specials(scalar)[2])
}

fn literal(scalar: Scalar, bits: u64) -> Literal {
    match scalar {
        Scalar::F64 => Literal::F64(bits),
        Scalar::F32 => Literal::F32(bits as u32),
        Scalar::I64 => Literal::I64(bits as i64),
        Scalar::Word => Literal::Word(bits as u32),
        Scalar::Bool => Literal::Bool(bits != 0),
    }
}

#[test]
fn uniform_truth_values_in_lanes() {
    with_lanes(&[Scalar::F64], &|b, x| {
        let (one, two) = (b.int(1), b.int(2));
        let known = [
            b.compare(Compare::Lt, one, two),
            b.compare(Compare::Gt, one, two),
            b.literal(Literal::Bool(true)),
            b.literal(Literal::Bool(false)),
        ];
        let zero = b.float(Scalar::F64, 0.0);
        let varying = b.compare(Compare::Lt, x[0], zero);
        let mut results = Vec::new();
        for c in known {
            results.push(b.splat(c));
            results.push(b.select(c, x[0], zero));
            results.push(b.binary(Binary::Xor, c, varying));
            results.push(b.binary(Binary::Xor, varying, c));
        }
        results
    });
}

#[test]
fn conversions() {
    use Scalar::{F32, F64, I64, Word};
    everywhere(&[F64, F32, Word], &|b, x| {
        vec![b.convert(x[0], F32), b.convert(x[1], F64), b.convert(x[2], F32), b.convert(x[2], F64)]
    });
    uniform(&[I64, Word], &|b, x| {
        vec![
            b.convert(x[0], F64),
            b.convert(x[0], F32),
            b.convert(x[0], Word),
            b.convert(x[1], I64),
        ]
    });
}

#[test]
fn same_bits_as_another_type() {
    use Scalar::{F32, F64, I64, Word};
    // The bits of a NaN are never looked at.
    for (from, to) in [(F64, I64), (F32, Word)] {
        everywhere(&[from, to], &|b, x| {
            let number = b.compare(Compare::Eq, x[0], x[0]);
            let one = b.float(from, 1.0);
            let number = b.select(number, x[0], one);
            vec![b.bitcast(number, to), b.bitcast(x[1], from)]
        });
    }
}

#[test]
fn literals_in_lanes() {
    for s in NUMBERS {
        with_lanes(&[s], &|b, x| {
            let literals = specials(s).into_iter().map(|bits| literal(s, bits));
            let mut results = Vec::new();
            for literal in literals.collect::<Vec<_>>() {
                let constant = b.literal(literal);
                let lanes = b.splat(constant);
                results.push(lanes);
                results.push(b.binary(Binary::Add, x[0], lanes));
            }
            results
        });
    }
}

/// `x · y + z` with one rounding and with two give different bits here, so that code which rounds
/// twice is noticed.
#[test]
fn a_fused_multiply_add_is_not_two_operations() {
    let (x, z) = (1.0 + f64::EPSILON, -1.0 - 2.0 * f64::EPSILON);
    assert_ne!(x.mul_add(x, z), x * x + z);
    for lanes in LANES {
        let mut b = Builder::new("fma");
        let input = b.buffer("x", Space::Input, Type::uniform(Scalar::F64), 1);
        let out = b.buffer("y", Space::Output, Type::lanes(Scalar::F64), 1);
        let zero = b.int(0);
        let value = b.load(input, zero);
        let value = b.splat(value);
        let constant = b.float(Scalar::F64, z);
        let fused = b.fma(value, value, constant);
        b.store(out, zero, fused);
        let kernel = b.finish(lanes);
        for backend in backends() {
            let compiled = backend.compile(&kernel).unwrap();
            let found = common::outputs(&*compiled, &[Table::F64(vec![x])], 1, 0, 1);
            assert_eq!(found[0][0], x.mul_add(x, z).to_bits(), "{lanes} lanes");
        }
    }
}
