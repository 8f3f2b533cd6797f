//! Evaluates a function and its kernel on the same arguments and draws.

use sdec_kernel::{self as kernel, Block, Builder, Compare, Data, Kernel, Op, Stmt, Value};
use sdec_ssa::{Array, DrawLaw, Draws, Func, Type};

use crate::to_kernel::{AtOnce, Beside, Target, run};

const PATHS: u64 = 20;
const FIRST_PATH: u64 = 3;

/// A stand-in for the generator, exact in singles: the draws differ by stream, number, law and path.
fn stand_in(key: u32, law: DrawLaw, number: u64, path: u64) -> f64 {
    let law = if law == DrawLaw::Uniform { 0.5 } else { 0.0 };
    f64::from(key) / 8.0 + law + (number % 64) as f64 / 64.0 + path as f64 / 4096.0 - 1.0
}

struct OfPath(u64);

impl Draws for OfPath {
    fn draw(&mut self, stream: &str, law: DrawLaw, number: u64) -> f64 {
        stand_in(key(stream), law, number, self.0)
    }
}

fn key(stream: &str) -> u32 {
    stream.bytes().map(u32::from).sum::<u32>() % 7
}

/// Replaces draws by the stand-in.
fn expand(kernel: &Kernel) -> Kernel {
    let mut b = Builder::rewriting(kernel);
    expand_block(&mut b, &kernel.body);
    b.finish(kernel.lanes)
}

fn expand_block(b: &mut Builder, block: &Block) {
    for stmt in &block.stmts {
        match stmt {
            Stmt::Draw { results, key, block, purpose, law } => {
                assert_eq!(*purpose, 0);
                expand_draw(b, results, key.0, *block, *law);
            }
            Stmt::For { var, start, end, order, carries, body, yields, more, results } => {
                b.open_block();
                expand_block(b, body);
                let body = b.close_block();
                b.stmt(Stmt::For {
                    var: *var,
                    start: *start,
                    end: *end,
                    order: *order,
                    carries: carries.clone(),
                    body,
                    yields: yields.clone(),
                    more: *more,
                    results: results.clone(),
                });
            }
            Stmt::If { condition, then, otherwise, results } => {
                b.open_block();
                expand_block(b, then);
                let then = b.close_block();
                b.open_block();
                expand_block(b, otherwise);
                let otherwise = b.close_block();
                let (condition, results) = (*condition, results.clone());
                b.stmt(Stmt::If { condition, then, otherwise, results });
            }
            Stmt::Inst(_) | Stmt::Store { .. } | Stmt::Call { .. } => b.stmt(stmt.clone()),
        }
    }
}

fn expand_draw(b: &mut Builder, results: &[Value], key: Value, block: Value, law: kernel::Law) {
    let scalar = b.ty(results[0]).scalar;
    let width = results.len() as u32;
    for (k, &result) in (0..).zip(results) {
        let width = b.word(width);
        let number = b.binary(kernel::Binary::Mul, block, width);
        let k = b.word(k);
        let number = b.binary(kernel::Binary::Add, number, k);
        let mask = b.word(63);
        let number = b.binary(kernel::Binary::And, number, mask);
        let path = b.emit(Op::PathLow, kernel::Type::lanes(kernel::Scalar::Word));
        let mut sum = b.float(scalar, if law == kernel::Law::Uniform { -0.5 } else { -1.0 });
        for (part, scale) in [(key, 0.125), (number, 1.0 / 64.0), (path, 1.0 / 4096.0)] {
            let part = b.convert(part, scalar);
            let scale = b.float(scalar, scale);
            sum = b.fma(part, scale, sum);
        }
        let op = Op::Select(b_true(b), sum, sum);
        b.stmt(Stmt::Inst(kernel::Inst { result, op }));
    }
}

fn b_true(b: &mut Builder) -> Value {
    let zero = b.word(0);
    let holds = b.compare(Compare::Eq, zero, zero);
    b.splat(holds)
}

/// Some argument of a type, the same for the same `seed`: multiples of 1/16 between -2 and 2, counts
/// below 3.
pub(super) fn argument(ty: &Type, seed: u64) -> Array {
    let mut array = Array::zeros(ty.clone());
    let at = |k: usize| (k as u64 + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    match &mut array.data {
        sdec_ssa::Data::Float(x) => {
            x.iter_mut().enumerate().for_each(|(k, x)| *x = (at(k) % 65) as f64 / 16.0 - 2.0);
        }
        sdec_ssa::Data::Int(x) => {
            x.iter_mut().enumerate().for_each(|(k, x)| *x = (at(k) % 3) as i64);
        }
        sdec_ssa::Data::Bool(x) => {
            x.iter_mut().enumerate().for_each(|(k, x)| *x = at(k) % 2 == 0);
        }
    }
    array
}

fn data(array: &Array) -> Data {
    match (&array.data, array.ty.scalar) {
        (sdec_ssa::Data::Float(x), sdec_ssa::Scalar::F32) => {
            Data::F32(x.iter().map(|&x| x as f32).collect())
        }
        (sdec_ssa::Data::Float(x), _) => Data::F64(x.clone()),
        (sdec_ssa::Data::Int(x), _) => Data::I64(x.clone()),
        (sdec_ssa::Data::Bool(x), _) => Data::I64(x.iter().map(|&x| x.into()).collect()),
    }
}

/// Bits as the kernel has them, of an array's entries.
fn bits(array: &Array) -> Vec<u64> {
    let data = data(array);
    (0..data.len()).map(|k| data.bits(k)).collect()
}

/// What the kernel's outputs are for 20 paths in two groups, and which have lanes.
fn outputs(kernel: &Kernel, func: &Func, arguments: &[Array]) -> Vec<(bool, Data)> {
    let mut inputs: Vec<Data> = arguments.iter().map(data).collect();
    inputs.extend(func.streams.values().map(|name| Data::Word(vec![key(name), 0])));
    let mut buffers = kernel::Buffers::new(kernel, inputs, 2);
    kernel::eval(kernel, &mut buffers, 0..2, PATHS, FIRST_PATH);
    let outputs = kernel.buffers.values().filter(|b| b.space == kernel::Space::Output);
    outputs.map(|buffer| buffer.ty.lanes).zip(buffers.outputs).collect()
}

/// Asserts that a function and its kernel agree bit for bit (singles to rounding, since the
/// evaluator of functions rounds fused operations twice), at every number of lanes and of entries at
/// once, with memory for whole tapes and without.
#[track_caller]
pub(super) fn agree(func: &Func, arguments: &[Array]) {
    sdec_ssa::verify(func).unwrap();
    let mut first: Option<Vec<(bool, Data)>> = None;
    let whole = |lanes, at_once| {
        let at_once = AtOnce { single: at_once, double: at_once };
        Target { lanes, memory: u64::MAX, at_once, by_part: None, beside: None }
    };
    let targets = [(1, 4), (2, 1), (4, 8), (8, 16), (16, 6)].map(|(n, some)| whole(n, some));
    let beside = |single, double| Some(Beside { single, double });
    let by_part = |some| Some(AtOnce { single: some, double: some });
    let others = [
        Target { memory: 0, ..whole(8, 4) },
        Target { by_part: by_part(8), ..whole(8, 4) },
        Target { by_part: by_part(2), memory: 0, ..whole(4, 4) },
        Target { beside: beside(8, 4), ..whole(1, 4) },
        Target { beside: beside(16, 2), memory: 0, ..whole(1, 4) },
    ];
    for target in targets.into_iter().chain(others) {
        let kernel = run(func, target);
        if let Err(malformed) = kernel::verify(&kernel) {
            panic!("{malformed}\n{func}\n{kernel}");
        }
        let mut kernel = kernel.rewrite(expand);
        if let Some(Beside { single, .. }) = target.beside {
            kernel = sdec_opt::kernel::axis::run(&kernel, single);
        }
        kernel::verify_lowered(&kernel).unwrap();
        let found = outputs(&kernel, func, arguments);
        if let Some(first) = &first {
            let same = first.iter().zip(&found).all(|((lanes, x), (_, y))| {
                // Of lanes past the last path nothing is promised.
                let path = |k: usize| (k / (x.len() / 2) * 16 + k % 16) as u64;
                let counts = |k: usize| !lanes || path(k) < PATHS;
                x.len() == y.len() && (0..x.len()).all(|k| !counts(k) || x.bits(k) == y.bits(k))
            });
            assert!(same, "{target:?}\n{func}\n{kernel}");
        } else {
            compare(func, arguments, &found, &kernel);
            first = Some(found);
        }
    }
}

#[track_caller]
fn compare(func: &Func, arguments: &[Array], found: &[(bool, Data)], kernel: &Kernel) {
    for path in 0..PATHS {
        let number = FIRST_PATH + path;
        let expected = sdec_ssa::eval(func, arguments, &mut OfPath(number));
        for (k, ((lanes, found), expected)) in found.iter().zip(&expected).enumerate() {
            let len = bits(expected).len();
            let place = |entry: usize| match lanes {
                true => ((path / 16) as usize * len + entry) * 16 + (path % 16) as usize,
                false => entry,
            };
            for (entry, &expected) in bits(expected).iter().enumerate() {
                let found_bits = found.bits(place(entry));
                assert!(
                    close(found, found_bits, expected),
                    "result {k}, entry {entry}, path {number}: \
                     {found_bits:#x} instead of {expected:#x}\n{func}\n{kernel}"
                );
            }
        }
    }
}

fn close(data: &Data, x: u64, y: u64) -> bool {
    if x == y {
        return true;
    }
    let Data::F32(_) = data else { return false };
    let (x, y) = (f32::from_bits(x as u32), f32::from_bits(y as u32));
    (x - y).abs() <= 1e-4 * (1.0 + x.abs())
}

/// [`agree`] for text, with arguments of its types.
#[track_caller]
pub(super) fn check(text: &str) {
    let func = sdec_ssa::parse(text).unwrap();
    let types = func.params.iter().map(|param| &func.types[param.value]);
    let arguments: Vec<Array> =
        types.enumerate().map(|(k, ty)| argument(ty, 100 * k as u64)).collect();
    agree(&func, &arguments);
}
