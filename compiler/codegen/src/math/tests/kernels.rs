//! What is written into kernels gives the bits of the formulas on the host.

use expect_test::expect;
use sdec_base::Special;
use sdec_kernel::{
    Binary, Buffers, Builder, Data, Kernel, Law, Scalar, Space, Type, Unary, Value, eval, parse,
    verify, verify_lowered,
};
use sdec_noise::{Key, normal_f32, normal_f64, stream_key, uniform_f32, uniform_f64};

use super::points::Points;
use super::special::SPECIAL;
use super::{NAMES, OF_TWO, f32_of, f64_of};
use crate::math::expand;

const WIDTHS: [u32; 5] = [1, 2, 4, 8, 16];

fn apply(b: &mut Builder, name: &str, x: Value, y: Value) -> Value {
    let op = match name {
        "exp" => Unary::Exp,
        "log" => Unary::Log,
        "sin" => Unary::Sin,
        "cos" => Unary::Cos,
        "tanh" => Unary::Tanh,
        "erf" => Unary::Erf,
        "erfc" => Unary::Erfc,
        "pow" => return b.binary(Binary::Pow, x, y),
        "atan2" => return b.binary(Binary::Atan2, x, y),
        _ => Unary::Special(Special::from_name(name).unwrap()),
    };
    b.unary(op, x)
}

/// Verified before and after.
fn expanded(kernel: &Kernel) -> Kernel {
    verify(kernel).unwrap();
    let expanded = expand(kernel);
    verify_lowered(&expanded).unwrap();
    expanded
}

/// `out[i] = f(x[i], y[i])` in a loop, for numbers that are the same on all paths.
fn function_kernel(name: &str, scalar: Scalar, len: u64, lanes: bool, width: u32) -> Kernel {
    let mut b = Builder::new(name);
    let x = b.buffer("x", Space::Input, Type::uniform(scalar), len);
    let y = b.buffer("y", Space::Input, Type::uniform(scalar), len);
    let out = b.buffer("out", Space::Output, Type { scalar, lanes }, len);
    let (start, end) = (b.int(0), b.int(len as i64));
    b.for_loop(start, end, false, &[], |b, i, _| {
        let (x, y) = (b.load(x, i), b.load(y, i));
        let (x, y) = if lanes { (b.splat(x), b.splat(y)) } else { (x, y) };
        let value = apply(b, name, x, y);
        b.store(out, i, value);
        Vec::new()
    });
    expanded(&b.finish(width))
}

/// Seeded arguments, and special ones: all pairs of them for powers.
fn arguments(name: &'static str, single: bool) -> Vec<(f64, f64)> {
    let points = Points::new(name, single);
    let seconds = if OF_TWO.contains(&name) { &SPECIAL[..] } else { &SPECIAL[..1] };
    let special = SPECIAL.iter().flat_map(|&x| seconds.iter().map(move |&y| (x, y)));
    (0..50).map(|n| points.get(n)).chain(special).collect()
}

#[test]
fn functions_have_the_bits_of_the_host() {
    for name in NAMES {
        let arguments = arguments(name, false);
        let (x, y): (Vec<f64>, Vec<f64>) = arguments.iter().copied().unzip();
        let expected = Data::F64(x.iter().zip(&y).map(|(&x, &y)| f64_of(name, x, y)).collect());
        check_function(name, Scalar::F64, vec![Data::F64(x), Data::F64(y)], &expected);

        let arguments = arguments.iter().map(|&(x, y)| (x as f32, y as f32));
        let (x, y): (Vec<f32>, Vec<f32>) = arguments.unzip();
        let expected = Data::F32(x.iter().zip(&y).map(|(&x, &y)| f32_of(name, x, y)).collect());
        check_function(name, Scalar::F32, vec![Data::F32(x), Data::F32(y)], &expected);
    }
}

fn check_function(name: &str, scalar: Scalar, inputs: Vec<Data>, expected: &Data) {
    let len = expected.len();
    for (lanes, width) in WIDTHS.map(|width| (true, width)).into_iter().chain([(false, 1)]) {
        let kernel = function_kernel(name, scalar, len as u64, lanes, width);
        let mut memory = Buffers::new(&kernel, inputs.clone(), 1);
        eval(&kernel, &mut memory, 0..1, 16, 0);
        let copies = if lanes { 16 } else { 1 };
        for i in 0..len {
            for lane in 0..copies {
                let (found, wanted) = (memory.outputs[0].bits(i * copies + lane), expected.bits(i));
                let (x, y) = (inputs[0].bits(i), inputs[1].bits(i));
                assert_eq!(found, wanted, "{name}({x:x}, {y:x}) {scalar:?} {width} lanes");
            }
        }
    }
}

/// Where an argument is known to be a normal number, or infinite, the logarithm is shorter.
#[test]
fn logarithms_above_a_bound_have_the_same_bits() {
    for least in [1e-10, f64::from(f32::MIN_POSITIVE), 1e-42, 2.0] {
        let kernel = |is_known: bool| {
            let mut b = Builder::new("log");
            let [x, bound] = [("x", SPECIAL.len() as u64), ("bound", 1)]
                .map(|(name, len)| b.buffer(name, Space::Input, Type::uniform(Scalar::F32), len));
            let out =
                b.buffer("out", Space::Output, Type::lanes(Scalar::F32), SPECIAL.len() as u64);
            let (start, end) = (b.int(0), b.int(SPECIAL.len() as i64));
            b.for_loop(start, end, false, &[], |b, i, _| {
                let zero = b.int(0);
                let bound =
                    if is_known { b.float(Scalar::F32, least) } else { b.load(bound, zero) };
                let x = b.load(x, i);
                let (x, bound) = (b.splat(x), b.splat(bound));
                let above = b.binary(Binary::Max, x, bound);
                let log = b.unary(Unary::Log, above);
                b.store(out, i, log);
                Vec::new()
            });
            expanded(&b.finish(4))
        };
        let inputs = [SPECIAL.iter().map(|&x| x as f32).collect(), vec![least as f32]];
        let outputs = [true, false].map(|is_known| {
            let mut memory =
                Buffers::new(&kernel(is_known), inputs.clone().map(Data::F32).to_vec(), 1);
            eval(&kernel(is_known), &mut memory, 0..1, 16, 0);
            let out = &memory.outputs[0];
            (0..out.len()).map(|k| out.bits(k)).collect::<Vec<u64>>()
        });
        assert_eq!(outputs[0], outputs[1], "{least}");
        let shorter = kernel(true).types.len() < kernel(false).types.len();
        assert_eq!(shorter, least >= f64::from(f32::MIN_POSITIVE), "{least}");
    }
}

const FIRST_BLOCK: u64 = 0xFFFF_FFF0;
const BLOCKS: u64 = 3;
const FIRST_PATH: u64 = 0x1_FFFF_FFF0;

/// `out[i] = draw i` of blocks from `FIRST_BLOCK` on.
fn draw_kernel(scalar: Scalar, law: Law, width: u32) -> Kernel {
    let per_block = if scalar == Scalar::F32 { 4 } else { 2 };
    let mut b = Builder::new("draws");
    let key = b.buffer("key", Space::Input, Type::uniform(Scalar::Word), 2);
    let out = b.buffer("out", Space::Output, Type::lanes(scalar), per_block * BLOCKS);
    let (start, end) = (b.int(0), b.int(BLOCKS as i64));
    let one = b.int(1);
    let key = (b.load(key, start), b.load(key, one));
    b.for_loop(start, end, false, &[], |b, i, _| {
        let first = b.int(FIRST_BLOCK as i64);
        let block = b.binary(Binary::Add, first, i);
        let block = b.convert(block, Scalar::Word);
        let per_block = b.int(per_block as i64);
        let base = b.binary(Binary::Mul, i, per_block);
        for (k, draw) in b.draw(scalar, law, key, block, 0).into_iter().enumerate() {
            let k = b.int(k as i64);
            let index = b.binary(Binary::Add, base, k);
            b.store(out, index, draw);
        }
        Vec::new()
    });
    expanded(&b.finish(width))
}

fn drawn(kernel: &Kernel, key: Key) -> Data {
    let mut memory = Buffers::new(kernel, vec![Data::Word(key.0.to_vec())], 2);
    eval(kernel, &mut memory, 0..2, 32, FIRST_PATH);
    memory.outputs.remove(0)
}

#[test]
fn draws_have_the_bits_of_the_host() {
    let key = stream_key(7, "GBM.W", 3);
    let places = |per_block: u64| {
        let draws = per_block * BLOCKS;
        let groups = (0..2).flat_map(move |group| {
            (0..draws).flat_map(move |draw| (0..16).map(move |lane| (group * 16 + lane, draw)))
        });
        groups.map(move |(path, draw)| (FIRST_PATH + path, per_block * FIRST_BLOCK + draw))
    };
    let doubles = |f: fn(Key, u64, u64) -> f64| {
        Data::F64(places(2).map(|(path, n)| f(key, path, n)).collect())
    };
    let singles = |f: fn(Key, u64, u64) -> f32| {
        Data::F32(places(4).map(|(path, n)| f(key, path, n)).collect())
    };
    for width in WIDTHS {
        let check = |scalar, law, expected: Data| {
            let kernel = draw_kernel(scalar, law, width);
            assert_eq!(drawn(&kernel, key), expected, "{law:?} {scalar:?}, {width} lanes");
        };
        check(Scalar::F64, Law::Normal, doubles(normal_f64));
        check(Scalar::F64, Law::Uniform, doubles(uniform_f64));
        check(Scalar::F32, Law::Normal, singles(normal_f32));
        check(Scalar::F32, Law::Uniform, singles(uniform_f32));
    }
}

/// Literals come first, once each; names that stay are kept, in inner blocks too; what is replaced
/// is replaced in yields.
#[test]
fn a_function_in_a_branch_of_a_loop() {
    let kernel = parse(
        "kernel \"branch\" lanes 4
        b0 = input \"x\" f32[8]
        b1 = output \"y\" <f32>[1]
        v0: i64 = const 0
        v1: i64 = const 8
        v2: f32 = const 0.0
        for v3 in v0..v1 carry v4: f32 = v2 {
          v5: f32 = load b0[v3]
          v6: bool = lt v5, v2
          if v6 {
            v7: f32 = exp v5
            yield v7
          } else {
            yield v5
          } -> v8: f32
          v9: f32 = add v4, v8
          yield v9
        } -> v10
        v11: <f32> = splat v10
        b1[v0] = v11",
    )
    .unwrap();
    expect![[r#"
        kernel "branch" lanes 4
        b0 = input "x" f32[8]
        b1 = output "y" <f32>[1]

        v12: f32 = const -112.0
        v13: f32 = const 89.0
        v16: f32 = const 1.442695
        v17: f32 = const 12582912.0
        v20: f32 = const -0.6931472
        v22: f32 = const 1.9046542e-9
        v26: f32 = const 0.0013923878
        v27: f32 = const 0.008366341
        v29: f32 = const 0.041666605
        v31: f32 = const 0.16666545
        v33: f32 = const 0.5
        v37: f32 = const 1.0
        v39: word = const 1262485250
        v41: word = const 1
        v44: word = const 23
        v0: i64 = const 0
        v1: i64 = const 8
        v2: f32 = const 0.0
        for v3 in v0..v1 carry v4: f32 = v2 {
          v5: f32 = load b0[v3]
          v6: bool = lt v5, v2
          if v6 {
            v14: f32 = max v5, v12
            v15: f32 = min v14, v13
            v18: f32 = fma v15, v16, v17
            v19: f32 = sub v18, v17
            v21: f32 = fma v19, v20, v15
            v23: f32 = mul v19, v22
            v24: f32 = add v21, v23
            v25: word = bitcast v18
            v28: f32 = fma v26, v24, v27
            v30: f32 = fma v28, v24, v29
            v32: f32 = fma v30, v24, v31
            v34: f32 = fma v32, v24, v33
            v35: f32 = mul v24, v24
            v36: f32 = fma v35, v34, v24
            v38: f32 = add v36, v37
            v40: word = sub v25, v39
            v42: word = shr v40, v41
            v43: word = sub v40, v42
            v45: word = shl v42, v44
            v46: f32 = bitcast v45
            v47: f32 = mul v38, v46
            v48: word = shl v43, v44
            v49: f32 = bitcast v48
            v50: f32 = mul v47, v49
            v51: bool = eq v5, v5
            v52: f32 = select v51, v50, v5
            yield v52
          } else {
            yield v5
          } -> v8: f32
          v9: f32 = add v4, v8
          yield v9
        } -> v10
        v11: <f32> = splat v10
        b1[v0] = v11
    "#]]
    .assert_eq(&expanded(&kernel).to_string());
}

/// Prints how many operations each formula takes, without its literals, for `docs/internals/math.md`.
#[test]
#[ignore = "prints figures for the documentation"]
fn print_operations() {
    for name in NAMES {
        let count = [Scalar::F32, Scalar::F64].map(|scalar| {
            let mut b = Builder::new(name);
            let x = b.buffer("x", Space::Input, Type::uniform(scalar), 1);
            let out = b.buffer("out", Space::Output, Type::uniform(scalar), 1);
            let zero = b.int(0);
            let (x, y) = (b.load(x, zero), b.load(x, zero));
            let value = apply(&mut b, name, x, y);
            b.store(out, zero, value);
            let kernel = expanded(&b.finish(1));
            let text = kernel.to_string();
            text.lines().filter(|line| line.contains(" = ") && !line.contains("const")).count() - 5
        });
        println!("{name}: {} / {}", count[0], count[1]);
    }
}
