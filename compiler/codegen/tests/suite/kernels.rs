//! Whole kernels have the evaluator's bits: loops, branches, buffers, path numbers, and a few
//! hundred random ones.

use sdec_kernel::{Binary, Builder, Compare, Op, Order, Scalar, Space, Stmt, Type, Value};

use super::common::{LANES, Table, check, check_for, check_in_turn, check_runs};
use super::random;

#[test]
fn random_kernels() {
    random_kernels_of(0..300);
}

#[test]
#[ignore = "takes minutes"]
fn ten_thousand_random_kernels() {
    random_kernels_of(300..10_000);
}

fn random_kernels_of(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let turn = seed as usize;
        let lanes = LANES[turn % LANES.len()];
        // What has no lanes may differ from path to path in a wide kernel, so that there is to be one.
        let is_wide = turn % 3 == 2;
        let make = if is_wide { random::wide_kernel } else { random::kernel };
        let paths = if is_wide { 1 } else { 33 };
        check_in_turn(turn, &make(seed, lanes), &random::tables(seed), paths);
    }
}

#[test]
fn path_numbers_are_clamped_and_carry_into_the_high_word() {
    for lanes in LANES {
        let mut b = Builder::new("paths");
        let out = b.buffer("number", Space::Output, Type::lanes(Scalar::Word), 2);
        for (k, op) in [Op::PathLow, Op::PathHigh].into_iter().enumerate() {
            let word = b.emit(op, Type::lanes(Scalar::Word));
            let index = b.int(k as i64);
            b.store(out, index, word);
        }
        let kernel = b.finish(lanes);
        let firsts = [0, 5, 0xffff_fff0, 0xffff_fff9, 0x12_ffff_ffff, 1 << 32, u64::MAX - 200];
        let paths = [1, 2, 15, 16, 17, 31, 100];
        let runs = firsts.into_iter().flat_map(|first| paths.map(|paths| (paths, first)));
        check_runs(&kernel, &[], &runs.collect::<Vec<_>>());
    }
}

/// A routine is given pieces of memory, the same twice too, and knows the paths at hand.
#[test]
fn routines_work_on_pieces_of_memory() {
    let text = "kernel \"calls\" lanes 1
        b0 = input \"x\" f64[3]
        b1 = scratch \"y\" <f64>[6]
        b2 = output \"z\" <f64>[6]
        routine r0 \"sums\" {
          b0 = input \"by\" f64[1]
          b1 = lent \"from\" <f64>[2]
          b2 = lent \"to\" <f64>[2]
          v0: i64 = const 0
          v1: i64 = const 2
          v2: f64 = load b0[v0]
          v3: <word> = path_low
          v4: <f64> = convert v3
          for v5 in v0..v1 {
            v6: <f64> = load b1[v5]
            v7: <f64> = splat v2
            v8: <f64> = fma v4, v7, v6
            b2[v5] = v8
          }
        }
        v0: i64 = const 0
        v1: i64 = const 6
        v2: i64 = const 2
        v3: i64 = const 3
        for v4 in v0..v1 {
          v5: f64 = convert v4
          b1[v4] = v5
        }
        for v6 in v0..v3 {
          v7: i64 = mul v6, v2
          call r0(b0[v6]) -> b1[v0], b1[v7]
        }
        for v8 in v0..v1 {
          v9: <f64> = load b1[v8]
          b2[v8] = v9
        }";
    let kernel = sdec_kernel::parse(text).unwrap();
    for lanes in LANES {
        let table = Table::F64(vec![0.5, -3.0, 7.25]);
        check(&kernel.clone().with_lanes(lanes), &[table], 40);
    }
}

/// A wide routine has lanes of its own in a kernel that holds one path, whose number is in all of them.
#[test]
fn wide_routines_work_on_parts_of_one_path() {
    for (wide, scalar) in LANES.into_iter().flat_map(|wide| [(wide, "f32"), (wide, "f64")]) {
        let (len, last) = (2 * wide, 2 * wide - 1);
        let text = format!(
            "kernel \"calls\" lanes 1
            b0 = input \"x\" {scalar}[1]
            b1 = scratch \"y\" <{scalar}>[{len}]
            b2 = output \"z\" <{scalar}>[{len}]
            b3 = output \"path\" <word>[2]
            b4 = scratch \"numbers\" <word>[{len}]
            routine r0 \"parts\" wide {wide} {{
              b0 = input \"by\" {scalar}[1]
              b1 = lent \"to\" {scalar}[{len}]
              b2 = lent \"numbers\" word[{len}]
              v0: i64 = const 0
              v1: i64 = const {wide}
              v2: {scalar} = load b0[v0]
              v3: <{scalar}> = splat v2
              v4: <word> = path_low
              v5: <word> = path_high
              v6: <word> = lane
              v7: <{scalar}> = convert v4
              v8: <{scalar}> = convert v6
              v9: <{scalar}> = fma v8, v3, v7
              b1[v0] = v9
              v10: <{scalar}> = mul v9, v9
              b1[v1] = v10
              b2[v0] = v4
              b2[v1] = v5
            }}
            v0: i64 = const 0
            v1: i64 = const {len}
            v2: i64 = const {last}
            v3: i64 = const 1
            call r0(b0[v0]) -> b1[v0], b4[v0]
            for v4 in v0..v1 {{
              v5: <{scalar}> = load b1[v4]
              b2[v4] = v5
            }}
            v6: <word> = load b4[v0]
            b3[v0] = v6
            v7: <word> = load b4[v2]
            b3[v3] = v7"
        );
        let kernel = sdec_kernel::parse(&text).unwrap();
        let table = if scalar == "f32" { Table::F32(vec![0.3]) } else { Table::F64(vec![0.3]) };
        let firsts = [0, 7, 0xffff_fff9, u64::MAX - 40];
        check_runs(&kernel, &[table], &firsts.map(|first| (20, first)));
    }
}

/// A wide kernel holds one path at a time, of which inputs and outputs have an entry each, and calls a wide
/// routine of other lanes.
#[test]
fn wide_kernels_load_neighbours_and_what_a_path_has() {
    for (wide, scalar) in LANES.into_iter().flat_map(|wide| [(wide, "f32"), (wide, "f64")]) {
        let (len, other) = (wide + 3, 16 / wide);
        let room = 2 + other.max(wide);
        let text = format!(
            "kernel \"neighbours\" wide {wide}
            b0 = input \"x\" {scalar}[{len}]
            b1 = input \"p\" <{scalar}>[2]
            b2 = output \"y\" <{scalar}>[2]
            b3 = scratch \"s\" {scalar}[{room}]
            routine r0 \"lanes\" wide {other} {{
              b0 = lent \"to\" {scalar}[{other}]
              v0: i64 = const 0
              v1: <word> = lane
              v2: <word> = path_low
              v3: <word> = add v1, v2
              v4: <{scalar}> = convert v3
              b0[v0] = v4
            }}
            v0: i64 = const 0
            v1: i64 = const 1
            v2: i64 = const {wide}
            v3: i64 = const {other}
            call r0() -> b3[v1]
            v4: {scalar} = load b3[v3]
            v5: <{scalar}> = load b0[v1]
            v6: {scalar} = load b1[v1]
            v7: <{scalar}> = splat v6
            v8: <{scalar}> = mul v5, v7
            b3[v1] = v8
            v9: {scalar} = load b3[v2]
            v10: {scalar} = add v9, v4
            b2[v0] = v10
            b2[v1] = v6"
        );
        let kernel = sdec_kernel::parse(&text).unwrap();
        let numbers = |count: u32| (0..count).map(|k| f64::from(k * k % 31) * 0.375 - 1.0);
        let tables = [len, 3 * 2 * 16].map(|count| match scalar {
            "f32" => Table::F32(numbers(count).map(|x| x as f32).collect()),
            _ => Table::F64(numbers(count).collect()),
        });
        check(&kernel, &tables, 33);
    }
}

/// `y[i] = Σ x[..=i]` upwards in scratch, then differences downwards.
#[test]
fn loops_in_both_directions_through_scratch_memory() {
    for scalar in [Scalar::F64, Scalar::F32, Scalar::Word] {
        for lanes in LANES {
            let mut b = Builder::new("sums");
            let x = b.buffer("x", Space::Input, Type::uniform(scalar), 7);
            let sums = b.buffer("sums", Space::Scratch, Type::lanes(scalar), 7);
            let y = b.buffer("y", Space::Output, Type::lanes(scalar), 7);
            let total = b.buffer("total", Space::Output, Type::lanes(scalar), 1);
            let path = b.emit(Op::PathLow, Type::lanes(Scalar::Word));
            let first = b.convert(path, scalar);
            let (zero, end) = (b.int(0), b.int(7));
            b.for_loop(zero, end, false, &[first], |b, i, carry| {
                let entry = b.load(x, i);
                let sum = b.binary(Binary::Add, carry[0], entry);
                b.store(sums, i, sum);
                vec![sum]
            });
            let last = b.for_loop(zero, end, true, &[first, first], |b, i, carry| {
                let sum = b.load(sums, i);
                let difference = b.binary(Binary::Sub, sum, carry[0]);
                b.store(y, i, difference);
                vec![sum, carry[0]]
            });
            b.store(total, zero, last[1]);
            let kernel = b.finish(lanes);
            let entries = [1, 20, 300, 4, 5, 6, 7];
            let table = match scalar {
                Scalar::F64 => Table::F64(entries.map(f64::from).to_vec()),
                Scalar::F32 => Table::F32(entries.map(|n| n as f32).to_vec()),
                Scalar::I64 | Scalar::Word | Scalar::Bool => {
                    Table::Word(entries.map(|n| n as u32).to_vec())
                }
            };
            check(&kernel, &[table], 40);
        }
    }
}

/// Bounds known only when the kernel runs, among them loops that are never entered.
#[test]
fn loops_with_bounds_from_memory() {
    for reverse in [false, true] {
        let mut b = Builder::new("bounds");
        let bounds = b.buffer("bounds", Space::Input, Type::uniform(Scalar::I64), 2);
        let out = b.buffer("y", Space::Output, Type::uniform(Scalar::I64), 1);
        let (zero, one) = (b.int(0), b.int(1));
        let (start, end) = (b.load(bounds, zero), b.load(bounds, one));
        let three = b.int(3);
        let hash = b.for_loop(start, end, reverse, &[one], |b, i, hash| {
            let product = b.binary(Binary::Mul, hash[0], three);
            vec![b.binary(Binary::Add, product, i)]
        });
        b.store(out, zero, hash[0]);
        let kernel = b.finish(1);
        for bounds in [[0, 5], [-3, 2], [2, 2], [5, 1], [i64::MIN, i64::MIN + 2]] {
            check(&kernel, &[Table::I64(bounds.to_vec())], 1);
        }
    }
}

/// An input without entries is not read in front of the loop that would read it.
#[test]
fn loads_stay_behind_their_conditions() {
    let mut b = Builder::new("empty");
    let count = b.buffer("count", Space::Input, Type::uniform(Scalar::I64), 1);
    let x = b.buffer("x", Space::Input, Type::uniform(Scalar::F64), 0);
    let y = b.buffer("y", Space::Output, Type::lanes(Scalar::F64), 1);
    let zero = b.int(0);
    let end = b.load(count, zero);
    let nothing = b.float(Scalar::F64, 0.0);
    let nothing = b.splat(nothing);
    let sum = b.for_loop(zero, end, false, &[nothing], |b, _, sum| {
        let entry = b.load(x, zero);
        vec![b.binary(Binary::Add, sum[0], entry)]
    });
    b.store(y, zero, sum[0]);
    check(&b.finish(4), &[Table::I64(vec![0]), Table::F64(vec![])], 16);
}

/// Truth values of different widths are carried around a loop and come out of a branch.
#[test]
fn masks_keep_their_width_across_blocks() {
    for lanes in LANES {
        let mut b = Builder::new("masks");
        let y = b.buffer("y", Space::Output, Type::lanes(Scalar::F64), 1);
        let path = b.emit(Op::PathLow, Type::lanes(Scalar::Word));
        let double = b.convert(path, Scalar::F64);
        let (zero, end) = (b.int(0), b.int(5));
        let seven = b.word(7);
        let narrow = b.compare(Compare::Lt, path, seven);
        let carried = b.for_loop(zero, end, false, &[narrow], |b, i, mask| {
            let limit = b.convert(i, Scalar::F64);
            let wide = b.compare(Compare::Gt, double, limit);
            vec![b.binary(Binary::Xor, wide, mask[0])]
        })[0];
        let wide = b.compare(Compare::Gt, double, double);
        let taken = b.compare(Compare::Lt, zero, end);
        let result = b.fresh(Type::lanes(Scalar::Bool));
        b.stmt(Stmt::If {
            condition: taken,
            then: Default::default(),
            otherwise: Default::default(),
            results: vec![(result, carried, wide)],
        });
        let (one, nothing) = (b.float(Scalar::F64, 1.0), b.float(Scalar::F64, 0.0));
        let number: Value = b.select(result, one, nothing);
        b.store(y, zero, number);
        check(&b.finish(lanes), &[], 32);
    }
}

/// Halves what is above 1 until nothing is, each path as often as it needs, and counts.
#[test]
fn loops_end_when_no_lane_goes_on() {
    for scalar in [Scalar::F64, Scalar::F32, Scalar::Word] {
        for lanes in LANES {
            let mut b = Builder::new("halves");
            let out = b.buffer("count", Space::Output, Type::lanes(Scalar::F64), 1);
            let number = b.emit(Op::PathLow, Type::lanes(Scalar::Word));
            let path = b.convert(number, Scalar::F64);
            let (start, end) = (b.int(0), b.int(100));
            let var = b.fresh(Type::uniform(Scalar::I64));
            let zero = b.float(Scalar::F64, 0.0);
            let zero = b.splat(zero);
            let (x, n) = (b.fresh(b.ty(path)), b.fresh(b.ty(path)));
            b.open_block();
            let (one, half) = (b.float(Scalar::F64, 1.0), b.float(Scalar::F64, 0.5));
            let above = b.compare(Compare::Gt, x, one);
            let halved = b.binary(Binary::Mul, x, half);
            let next = b.select(above, halved, x);
            let counted = b.binary(Binary::Add, n, one);
            let count = b.select(above, counted, n);
            // Masks are as wide as what was compared.
            let (wide, unit) = if scalar == Scalar::Word {
                let (k, few) = (b.convert(var, Scalar::Word), b.word(5));
                let k = b.splat(k);
                let left = b.binary(Binary::Sub, number, k);
                (b.binary(Binary::And, left, few), b.word(0))
            } else {
                (b.convert(next, scalar), b.float(scalar, 1.0))
            };
            let goes_on = b.compare(Compare::Gt, wide, unit);
            let more = Some(b.any(goes_on));
            let body = b.close_block();
            let results = vec![b.fresh(b.ty(path)), b.fresh(b.ty(path))];
            let counts = results[1];
            let carries = vec![(x, path), (n, zero)];
            let (order, yields) = (Order::Up, vec![next, count]);
            b.stmt(Stmt::For { var, start, end, order, carries, body, yields, more, results });
            b.store(out, start, counts);
            check_for(&b.finish(lanes), &[], 33, 0);
        }
    }
}
