//! Text in, text out; and no pass but `contract` changes a bit.

use expect_test::Expect;
use sdec_kernel::{
    Binary, Block, BufferId, Buffers, Builder, Compare, Data, Kernel, Op, Order, Scalar, Space,
    Stmt, Type, Unary, Value, eval, parse, verify, verify_lowered,
};

const HEADER: &str = "kernel \"k\" lanes 4
b0 = input \"x\" f64[4]
b1 = output \"y\" f64[4]
b2 = scratch \"s\" f64[4]
";

/// Runs a pass on a body over one input, one output and one scratch buffer of four doubles.
#[track_caller]
pub(super) fn check(pass: fn(&Kernel) -> Kernel, before: &str, after: Expect) {
    let kernel = parse(&format!("{HEADER}{before}")).unwrap();
    assert_eq!(verify(&kernel), Ok(()));
    let kernel = pass(&kernel);
    let text = kernel.to_string();
    if let Err(malformed) = verify(&kernel) {
        panic!("{malformed}\n{text}");
    }
    let (_, body) = text.split_once("\n\n").expect("a kernel has a header");
    after.assert_eq(body);
}

/// The passes that keep every bit, in an order in which each finds something to do.
const EXACT: &[fn(&Kernel) -> Kernel] = &[
    super::simplify::run,
    super::cse::run,
    super::licm::run,
    super::cse::run,
    super::simplify::run,
    super::dce::run,
];

#[test]
fn no_pass_but_contract_changes_a_bit() {
    for seed in 0..300 {
        let mut kernel = arbitrary(seed);
        verify_lowered(&kernel).unwrap();
        let expected = outputs(&kernel);
        for pass in EXACT {
            let before = kernel;
            kernel = pass(&before);
            if let Err(malformed) = verify_lowered(&kernel) {
                panic!("seed {seed}: {malformed}\n{before}\n{kernel}");
            }
            assert_eq!(outputs(&kernel), expected, "seed {seed}\n{before}\n{kernel}");
        }
        let contracted = super::contract::run(&kernel);
        assert_eq!(verify_lowered(&contracted), Ok(()), "seed {seed}\n{kernel}\n{contracted}");
    }
}

pub(super) fn outputs(kernel: &Kernel) -> Vec<u64> {
    let inputs = vec![Data::F64(vec![0.5, -1.25, 0.0, 3.0]), Data::I64(vec![0, 1, 2, 3])];
    let mut buffers = Buffers::new(kernel, inputs, 1);
    eval(kernel, &mut buffers, 0..1, 16, 0);
    let bits = |data: &Data| (0..data.len()).map(|k| data.bits(k)).collect::<Vec<u64>>();
    buffers.outputs.iter().flat_map(bits).collect()
}

/// SplitMix64 (Steele, Lea & Flood 2014).
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}

/// Kernels of counts below 4, floats and lanes of floats, with loops, branches, loads and stores.
struct Generator {
    b: Builder,
    random: Random,
    counts: Vec<Value>,
    floats: Vec<Value>,
    buffers: Vec<BufferId>,
}

pub(super) fn arbitrary(seed: u64) -> Kernel {
    let mut b = Builder::new("arbitrary");
    let f64 = Type::uniform(Scalar::F64);
    let x = b.buffer("x", Space::Input, f64, 4);
    let n = b.buffer("n", Space::Input, Type::uniform(Scalar::I64), 4);
    let y = b.buffer("y", Space::Output, f64, 4);
    let z = b.buffer("z", Space::Output, Type::lanes(Scalar::F64), 4);
    let s = b.buffer("s", Space::Scratch, f64, 4);
    let t = b.buffer("t", Space::Scratch, Type::lanes(Scalar::F64), 4);
    let mut g = Generator {
        b,
        random: Random(seed),
        counts: vec![],
        floats: vec![],
        buffers: vec![s, t, x],
    };
    let zero = g.b.float(Scalar::F64, 0.0);
    g.floats.push(zero);
    for k in 0..4 {
        let k = g.b.int(k);
        let count = g.b.load(n, k);
        g.counts.extend([k, count]);
        for buffer in [s, t, y, z] {
            g.b.store(buffer, k, zero);
        }
    }
    let path = g.b.emit(Op::PathLow, Type::lanes(Scalar::Word));
    let path = g.b.convert(path, Scalar::F64);
    g.floats.push(path);
    g.grow(12, 2);
    for k in 0..4 {
        let (index, uniform) = (g.counts[2 * k], g.uniform());
        g.b.store(y, index, uniform);
        let lanes = g.float();
        g.b.store(z, index, lanes);
    }
    g.b.finish(4)
}

impl Generator {
    fn below(&mut self, n: usize) -> usize {
        self.random.below(n)
    }

    fn count(&mut self) -> Value {
        let k = self.below(self.counts.len());
        self.counts[k]
    }

    fn float(&mut self) -> Value {
        let k = self.below(self.floats.len());
        self.floats[k]
    }

    fn uniform(&mut self) -> Value {
        let uniform = |value: &Value| !self.b.ty(*value).lanes;
        let all: Vec<Value> = self.floats.iter().copied().filter(uniform).collect();
        all[self.below(all.len())]
    }

    fn grow(&mut self, size: usize, depth: usize) {
        for _ in 0..size {
            match self.below(if depth > 0 { 13 } else { 11 }) {
                0 => {
                    let x = [0.0, 1.0, 2.0, -0.0][self.below(4)];
                    let x = self.b.float(Scalar::F64, x);
                    self.floats.push(x);
                }
                1..=4 => {
                    let ops = [Binary::Add, Binary::Sub, Binary::Mul, Binary::Div, Binary::Max];
                    let op = ops[self.below(5)];
                    let (x, y) = (self.float(), self.float());
                    let value = self.b.binary(op, x, y);
                    self.floats.push(value);
                }
                5 => {
                    let op = [Unary::Neg, Unary::Abs, Unary::Floor][self.below(3)];
                    let x = self.float();
                    let value = self.b.unary(op, x);
                    self.floats.push(value);
                }
                6 => {
                    let (x, y) = (self.float(), self.float());
                    let c = self.b.compare(Compare::Lt, x, y);
                    let value = self.b.select(c, y, x);
                    self.floats.push(value);
                }
                7 => {
                    let ops = [Binary::Add, Binary::Sub, Binary::Mul];
                    let op = ops[self.below(3)];
                    let (x, y) = (self.count(), self.count());
                    let sum = self.b.binary(op, x, y);
                    let three = self.b.int(3);
                    let value = self.b.binary(Binary::And, sum, three);
                    self.counts.push(value);
                    let value = self.b.convert(sum, Scalar::F64);
                    self.floats.push(value);
                }
                8 | 9 => {
                    let (k, index) = (self.below(3), self.count());
                    let value = self.b.load(self.buffers[k], index);
                    self.floats.push(value);
                }
                10 => {
                    let (k, index) = (self.below(2), self.count());
                    let value = if k == 0 { self.uniform() } else { self.float() };
                    self.b.store(self.buffers[k], index, value);
                }
                11 => self.loop_over(depth),
                _ => self.branch(depth),
            }
        }
    }

    fn scoped(&mut self, f: impl FnOnce(&mut Self) -> Vec<Value>) -> (Block, Vec<Value>) {
        let (counts, floats) = (self.counts.len(), self.floats.len());
        self.b.open_block();
        let yields = f(self);
        self.counts.truncate(counts);
        self.floats.truncate(floats);
        (self.b.close_block(), yields)
    }

    fn loop_over(&mut self, depth: usize) {
        let (start, end, first) = (self.count(), self.count(), self.float());
        let first = self.b.splat(first);
        let ty = self.b.ty(first);
        let [carry, result] = [(); 2].map(|()| self.b.fresh(ty));
        let var = self.b.fresh(Type::uniform(Scalar::I64));
        let (body, yields) = self.scoped(|g| {
            g.counts.push(var);
            g.floats.push(carry);
            g.grow(5, depth - 1);
            let next = g.float();
            vec![g.b.splat(next)]
        });
        let (order, carries) = (Order::downwards(self.below(2) == 0), vec![(carry, first)]);
        let results = vec![result];
        let more = None;
        self.b.stmt(Stmt::For { var, start, end, order, carries, body, yields, more, results });
        self.floats.push(result);
    }

    fn branch(&mut self, depth: usize) {
        let (x, y) = (self.uniform(), self.count());
        let y = self.b.convert(y, Scalar::F64);
        let condition = self.b.compare(Compare::Lt, x, y);
        let side = |g: &mut Self| {
            g.grow(3, depth - 1);
            vec![g.uniform()]
        };
        let (then, left) = self.scoped(side);
        let (otherwise, right) = self.scoped(side);
        let result = self.b.fresh(Type::uniform(Scalar::F64));
        let results = vec![(result, left[0], right[0])];
        self.b.stmt(Stmt::If { condition, then, otherwise, results });
        self.floats.push(result);
    }
}
