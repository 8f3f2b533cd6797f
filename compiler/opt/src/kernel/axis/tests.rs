//! Text in, text out; and no bit changes, whatever loops there are.

use expect_test::{Expect, expect};
use sdec_kernel::{
    Binary, BufferId, Buffers, Builder, Compare, Data, Kernel, Scalar, Space, Stmt, Type, Unary,
    Value, eval, parse, verify, verify_lowered,
};

use super::super::tests::Random;

const HEADER: &str = "kernel \"k\" lanes 1
b0 = input \"x\" f64[4]
b1 = output \"y\" f64[16]
b2 = scratch \"s\" <f64>[16]
b3 = scratch \"n\" i64[16]
";

/// The body of a kernel of one path, in four lanes.
#[track_caller]
fn check(before: &str, after: Expect) {
    let kernel = parse(&format!("{HEADER}{before}")).unwrap();
    assert_eq!(verify(&kernel), Ok(()));
    let kernel = super::run(&kernel, 4);
    let text = kernel.to_string();
    if let Err(malformed) = verify(&kernel) {
        panic!("{malformed}\n{text}");
    }
    let (_, body) = text.split_once("\n\n").expect("a kernel has a header");
    after.assert_eq(body);
}

#[test]
fn neighbouring_entries_are_in_lanes_and_the_rest_alone() {
    check(
        r#"
        v0: i64 = const 1
        v1: i64 = const 10
        v2: f64 = load b0[v0]
        v3: <f64> = splat v2
        for v4 in v0..v1 {
          v5: <f64> = load b2[v4]
          v6: <f64> = mul v5, v3
          b2[v4] = v6
        }
        "#,
        expect![[r#"
            v0: i64 = const 1
            v1: i64 = const 10
            v2: f64 = load b0[v0]
            v3: i64 = const 1
            v4: i64 = const 0
            v5: i64 = const 2
            for v6 in v4..v5 {
              v7: i64 = const 4
              v8: i64 = mul v6, v7
              v9: i64 = add v8, v3
              v10: <f64> = load b2[v9]
              v11: <f64> = splat v2
              v12: <f64> = mul v10, v11
              b2[v9] = v12
            }
            v13: i64 = const 9
            for v14 in v13..v1 {
              v15: f64 = load b2[v14]
              v16: f64 = mul v15, v2
              b2[v14] = v16
            }
        "#]],
    );
}

#[test]
fn sums_of_rows_are_in_lanes_and_keep_their_order() {
    check(
        r#"
        v0: i64 = const 0
        v1: i64 = const 4
        v2: f64 = const 0.0
        for v3 in v0..v1 {
          for v4 in v0..v1 carry v5: f64 = v2 {
            v6: i64 = mul v4, v1
            v7: i64 = add v6, v3
            v8: f64 = load b1[v7]
            v9: f64 = load b0[v4]
            v10: f64 = fma v8, v9, v5
            yield v10
          } -> v11
          v12: <f64> = splat v11
          b2[v3] = v12
        }
        "#,
        expect![[r#"
            v0: i64 = const 0
            v1: i64 = const 4
            v2: f64 = const 0.0
            v3: i64 = const 0
            v4: <f64> = splat v2
            for v6 in v0..v1 carry v5: <f64> = v4 {
              v7: i64 = mul v6, v1
              v8: i64 = add v7, v3
              v9: <f64> = load b1[v8]
              v10: f64 = load b0[v6]
              v11: <f64> = splat v10
              v12: <f64> = fma v9, v11, v5
              yield v12
            } -> v13
            b2[v3] = v13
        "#]],
    );
}

/// Why each of these loops is done round by round.
#[test]
fn loops_whose_rounds_meet_stay() {
    let stays = |why: &str, body: &str| {
        let text = format!(
            "{HEADER}
            v0: i64 = const 0
            v1: i64 = const 8
            v2: i64 = const 2
            v3: i64 = const 1
            v4: f64 = const 0.5
            v5: bool = lt v0, v1
            for v10 in v0..v1 {{
              {body}
            }}"
        );
        let kernel = parse(&text).unwrap();
        assert_eq!(verify(&kernel), Ok(()), "{why}");
        let wide = super::run(&kernel, 4);
        assert_eq!(verify(&wide), Ok(()), "{why}");
        assert!(!wide.types.values().any(|ty| ty.lanes), "{why}: {wide}");
    };
    stays("an entry apart", "v11: i64 = mul v10, v2\nb1[v11] = v4");
    stays("one entry for all", "b1[v0] = v4");
    stays(
        "the entry of the round before",
        "v11: i64 = add v10, v3\nv12: f64 = load b1[v10]\nb1[v11] = v12",
    );
    stays("an entry that all read", "v11: f64 = load b1[v0]\nb1[v10] = v11");
    stays(
        "entries of a loop within",
        "for v11 in v0..v3 { v12: i64 = add v10, v11\nb1[v12] = v4 }",
    );
    stays(
        "an entry that is known only then",
        "v11: f64 = load b1[v10]\nv12: i64 = bitcast v11\nb2[v12] = v11",
    );
    stays("the number of the round as a number", "v11: f64 = convert v10\nb1[v10] = v11");
    stays("the number of the round in memory", "b3[v10] = v10");
    stays(
        "the number of the round in a branch",
        "if v5 { yield v10 } else { yield v0 } -> v11: i64\nb3[v10] = v11",
    );
    stays(
        "a loop within that is longer each round",
        "for v11 in v0..v10 carry v12: f64 = v4 { yield v12 } -> v13\nb1[v10] = v13",
    );
    stays(
        "a loop within that starts later each round",
        "for v11 in v10..v1 carry v12: f64 = v4 { yield v12 } -> v13\nb1[v10] = v13",
    );
    stays(
        "a loop within that carries the number of the round",
        "for v11 in v0..v2 carry v12: i64 = v10 { yield v12 } -> v13\nb3[v10] = v13",
    );
    stays(
        "a loop within that ends as the round says",
        "v11: f64 = load b0[v10]\nv12: bool = lt v11, v4
        for v13 in v0..v1 while v12 carry v14: f64 = v4 { yield v14 } -> v15\nb1[v10] = v15",
    );
    stays(
        "a branch of each round that loads",
        "v11: f64 = load b0[v10]\nv12: bool = lt v11, v4
        if v12 { v13: f64 = load b0[v10]\nyield v13 } else { yield v4 } -> v14: f64
        b1[v10] = v14",
    );
    stays(
        "a branch of each round that stores",
        "v11: f64 = load b0[v10]\nv12: bool = lt v11, v4\nif v12 { b1[v10] = v4 } else { }",
    );
}

/// A routine that copies what it is given, one entry further on or to another place.
#[test]
fn a_routine_that_is_given_one_memory_twice_goes_round_by_round() {
    let is_taken = |from: &str| {
        let text = format!(
            "{HEADER}
            b4 = scratch \"t\" <f64>[16]
            routine r0 \"copy\" {{
              b0 = lent \"from\" <f64>[8]
              b1 = lent \"to\" <f64>[8]
              v0: i64 = const 0
              v1: i64 = const 8
              for v2 in v0..v1 {{
                v3: <f64> = load b0[v2]
                b1[v2] = v3
              }}
            }}
            v0: i64 = const 0
            v1: i64 = const 1
            call r0() -> {from}[v0], b2[v1]"
        );
        let kernel = parse(&text).unwrap();
        assert_eq!(verify(&kernel), Ok(()));
        let wide = super::run(&kernel, 4);
        assert_eq!(verify(&wide), Ok(()));
        wide.routines.values().any(|routine| routine.types.values().any(|ty| ty.lanes))
    };
    assert_eq!([is_taken("b2"), is_taken("b4")], [false, true]);
}

#[test]
fn lanes_suit_the_lengths_of_loops() {
    let lanes = |length: u32| {
        let text = format!(
            "{HEADER}
            v0: i64 = const 0
            v1: i64 = const {length}
            v2: f64 = const 0.5
            for v3 in v0..v1 {{ b1[v3] = v2 }}"
        );
        super::run(&parse(&text).unwrap(), 16).lanes
    };
    assert_eq!([64, 24, 20, 12, 10, 5].map(lanes), [16, 8, 16, 4, 8, 4]);
}

#[test]
fn no_bit_changes() {
    let mut taken = 0;
    for seed in 0..200 {
        let kernel = arbitrary(seed);
        verify_lowered(&kernel).unwrap_or_else(|malformed| panic!("{malformed}\n{kernel}"));
        let expected = outputs(&kernel);
        for lanes in [2, 4, 8] {
            let wide = super::run(&kernel, lanes);
            if let Err(malformed) = verify_lowered(&wide) {
                panic!("seed {seed}: {malformed}\n{kernel}\n{wide}");
            }
            assert_eq!(outputs(&wide), expected, "seed {seed}\n{kernel}\n{wide}");
            taken += u32::from(wide.types.values().any(|ty| ty.lanes));
            let mut passed = wide;
            for pass in [super::super::cse::run, super::super::licm::run, super::super::dce::run] {
                passed = pass(&passed);
                if let Err(malformed) = verify_lowered(&passed) {
                    panic!("seed {seed}: {malformed}\n{passed}");
                }
                assert_eq!(outputs(&passed), expected, "seed {seed}\n{kernel}\n{passed}");
            }
        }
    }
    assert!(taken > 200, "{taken} of 600 kernels have a loop in lanes");
}

/// Of three paths.
fn outputs(kernel: &Kernel) -> Vec<u64> {
    let of = |len: i32| (0..len).map(|k| f64::from(k * k % 17) * 0.375 - 1.0).collect();
    let inputs = vec![Data::F64(of(80)), Data::F64(of(16 * 40))];
    let mut buffers = Buffers::new(kernel, inputs, 1);
    eval(kernel, &mut buffers, 0..1, 3, 0);
    let bits = |data: &Data| (0..data.len()).map(|k| data.bits(k)).collect::<Vec<u64>>();
    buffers.outputs.iter().flat_map(bits).collect()
}

/// Kernels of one path: loops over tables in memory.
struct Generator {
    b: Builder,
    random: Random,
    /// Loop variables, and the most that each can be.
    indices: Vec<(Value, u64)>,
    numbers: Vec<Value>,
    buffers: Vec<BufferId>,
}

/// Entries of each buffer but the second input, whose entries are one for each path.
const ENTRIES: u64 = 80;

fn arbitrary(seed: u64) -> Kernel {
    let mut b = Builder::new("arbitrary");
    let (one, path) = (Type::uniform(Scalar::F64), Type::lanes(Scalar::F64));
    let x = b.buffer("x", Space::Input, one, ENTRIES);
    let of_path = b.buffer("p", Space::Input, path, 40);
    let y = b.buffer("y", Space::Output, one, ENTRIES);
    let z = b.buffer("z", Space::Output, path, 40);
    let s = b.buffer("s", Space::Scratch, one, ENTRIES);
    let t = b.buffer("t", Space::Scratch, path, ENTRIES);
    let buffers = vec![x, of_path, y, z, s, t];
    let (zero, all, few) = (b.int(0), b.int(80), b.int(40));
    let first = b.float(Scalar::F64, 0.5);
    for (end, of) in [(all, [y, s, t]), (few, [z; 3])] {
        b.for_loop(zero, end, false, &[], |b, i, _| {
            of.iter().for_each(|&buffer| b.store(buffer, i, first));
            Vec::new()
        });
    }
    let mut g =
        Generator { b, random: Random(seed), indices: vec![], numbers: vec![first], buffers };
    for _ in 0..3 {
        g.nest(2);
    }
    let zero = g.b.int(0);
    g.b.for_loop(zero, few, false, &[], |b, i, _| {
        let kept = b.load(t, i);
        let kept = b.splat(kept);
        b.store(z, i, kept);
        Vec::new()
    });
    g.b.finish(1)
}

impl Generator {
    fn below(&mut self, n: usize) -> usize {
        self.random.below(n)
    }

    fn number(&mut self) -> Value {
        let k = self.below(self.numbers.len());
        self.numbers[k]
    }

    /// Now and then one that is the same for all rounds, so that there are uniform conditions.
    fn uniform(&mut self) -> Value {
        let uniform: Vec<Value> =
            self.numbers.iter().copied().filter(|&x| !self.b.ty(x).lanes).collect();
        uniform[self.below(uniform.len())]
    }

    /// An entry of a buffer: most often next to those of the rounds before and after.
    fn place(&mut self, buffer: BufferId) -> Value {
        let mut most = 0;
        let mut sum = self.b.int(0);
        for (k, (index, last)) in self.indices.clone().into_iter().rev().enumerate() {
            let factor =
                if k == 0 { [1, 1, 1, 1, 0, 2][self.below(6)] } else { self.below(2) as u64 * 9 };
            if factor == 0 || most + factor * last >= 36 {
                continue;
            }
            most += factor * last;
            let factor = self.b.int(factor as i64);
            let term = self.b.binary(Binary::Mul, index, factor);
            sum = self.b.binary(Binary::Add, sum, term);
        }
        let room =
            if buffer == self.buffers[1] || buffer == self.buffers[3] { 40 } else { ENTRIES };
        let more = [0, 0, 0, 1, 3][self.below(5)].min(room - 1 - most);
        let more = self.b.int(more as i64);
        self.b.binary(Binary::Add, sum, more)
    }

    fn load(&mut self) {
        let k = self.below(6);
        let buffer = self.buffers[k];
        let place = self.place(buffer);
        let number = self.b.load(buffer, place);
        self.numbers.push(number);
    }

    fn store(&mut self) {
        let k = 2 + self.below(4);
        let buffer = self.buffers[k];
        let place = self.place(buffer);
        let of_lanes = self.b.buffer_of(buffer).ty.lanes;
        let number = if of_lanes { self.number() } else { self.uniform() };
        self.b.store(buffer, place, number);
    }

    fn arithmetic(&mut self) {
        let (x, y) = (self.number(), self.number());
        let number = match self.below(7) {
            0 => self.b.unary(Unary::Neg, x),
            1 => self.b.fma(x, y, x),
            2 => {
                let less = self.b.compare(Compare::Lt, x, y);
                self.b.select(less, y, x)
            }
            3 => {
                let z = self.number();
                let less = self.b.compare(Compare::Lt, x, y);
                let any = self.b.any(less);
                self.b.select(any, z, z)
            }
            4 => self.branch(x, y),
            k => self.b.binary([Binary::Add, Binary::Mul][k - 5], x, y),
        };
        self.numbers.push(number);
    }

    /// `x < y ? x · y : x`, by a branch where both are one.
    fn branch(&mut self, x: Value, y: Value) -> Value {
        let condition = self.b.compare(Compare::Lt, x, y);
        if self.b.ty(condition).lanes {
            let product = self.b.binary(Binary::Mul, x, y);
            let x = self.b.splat(x);
            return self.b.select(condition, product, x);
        }
        self.b.open_block();
        let product = self.b.binary(Binary::Mul, x, y);
        let then = self.b.close_block();
        self.b.open_block();
        let otherwise = self.b.close_block();
        let result = self.b.fresh(self.b.ty(x));
        let results = vec![(result, product, x)];
        self.b.stmt(Stmt::If { condition, then, otherwise, results });
        result
    }

    fn nest(&mut self, depth: usize) {
        let length = [3, 8, 9, 14, 30][self.below(5)];
        let start = self.below(2) as i64;
        let (first, end) = (self.b.int(start), self.b.int(start + length));
        let (numbers, reverse) = (self.numbers.len(), self.below(4) == 0);
        let carried = depth < 2 && self.below(2) == 0;
        let mut init = Vec::new();
        if carried {
            let x = self.number();
            init.push(self.b.splat(x));
        }
        let mut g = std::mem::replace(self, Self::empty());
        let builder = std::mem::replace(&mut g.b, Builder::new(""));
        let mut outer = builder;
        let results = outer.for_loop(first, end, reverse, &init, |b, i, carries| {
            std::mem::swap(&mut g.b, b);
            g.indices.push((i, (start + length) as u64));
            g.numbers.extend(carries);
            let size = 3 + g.below(6);
            for _ in 0..size {
                match g.below(10) {
                    0..=2 => g.load(),
                    3..=6 => g.arithmetic(),
                    7 if depth > 0 => g.nest(depth - 1),
                    _ => g.store(),
                }
            }
            let next: Vec<Value> = carries
                .iter()
                .map(|_| {
                    let x = g.number();
                    g.b.splat(x)
                })
                .collect();
            g.indices.pop();
            g.numbers.truncate(numbers);
            std::mem::swap(&mut g.b, b);
            next
        });
        g.b = outer;
        g.numbers.extend(results);
        *self = g;
    }

    fn empty() -> Self {
        Self {
            b: Builder::new(""),
            random: Random(0),
            indices: vec![],
            numbers: vec![],
            buffers: vec![],
        }
    }
}
