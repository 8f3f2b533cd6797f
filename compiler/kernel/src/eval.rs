//! The reference interpreter: what every operation means, to the bit.
//!
//! A value is 16 words of 64 bits, one per lane, of which uniform values use the first. So there is
//! one table of values, indexed by id, and no decision at run time but on the operation.

use std::ops::Range;

use crate::{
    Binary, Block, Buffer, BufferId, Compare, GROUP, Kernel, Literal, Op, Scalar, Space, Stmt,
    Ternary, Type, Unary, Value,
};

/// The entries of a buffer.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// Doubles.
    F64(Vec<f64>),
    /// Singles.
    F32(Vec<f32>),
    /// Counts; truth values as 0 and 1.
    I64(Vec<i64>),
    /// Words.
    Word(Vec<u32>),
}

/// The memory that a caller gives to a kernel.
#[derive(Clone, Debug, PartialEq)]
pub struct Buffers {
    /// In the order of the kernel's inputs, `len` entries each.
    pub inputs: Vec<Data>,
    /// In the order of the kernel's outputs: `len` entries each, or with lanes
    /// `[group - groups.start][entry][16]`.
    pub outputs: Vec<Data>,
}

impl Data {
    /// `len` zeros.
    ///
    /// # Panics
    ///
    /// If `scalar` is `Bool`, which no buffer has.
    pub fn zeros(scalar: Scalar, len: usize) -> Self {
        match scalar {
            Scalar::F64 => Self::F64(vec![0.0; len]),
            Scalar::F32 => Self::F32(vec![0.0; len]),
            Scalar::I64 => Self::I64(vec![0; len]),
            Scalar::Word => Self::Word(vec![0; len]),
            Scalar::Bool => unreachable!("no buffer has truth values"),
        }
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        match self {
            Self::F64(x) => x.len(),
            Self::F32(x) => x.len(),
            Self::I64(x) => x.len(),
            Self::Word(x) => x.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bits of an entry; those of a NaN are always the same, since all NaNs are one value.
    pub fn bits(&self, index: usize) -> u64 {
        match self {
            Self::F64(x) if x[index].is_nan() => f64::NAN.to_bits(),
            Self::F32(x) if x[index].is_nan() => f32::NAN.to_bits().into(),
            Self::F64(x) => x[index].to_bits(),
            Self::F32(x) => x[index].to_bits().into(),
            Self::I64(x) => x[index] as u64,
            Self::Word(x) => x[index].into(),
        }
    }

    fn read(&self, at: usize, into: &mut [u64]) {
        let end = at + into.len();
        match self {
            Self::F64(x) => copy(&x[at..end], into, |x| x.to_bits()),
            Self::F32(x) => copy(&x[at..end], into, |x| x.to_bits().into()),
            Self::I64(x) => copy(&x[at..end], into, |x| x as u64),
            Self::Word(x) => copy(&x[at..end], into, u64::from),
        }
    }

    fn write(&mut self, at: usize, from: &[u64]) {
        let end = at + from.len();
        match self {
            Self::F64(x) => copy(from, &mut x[at..end], f64::from_bits),
            Self::F32(x) => copy(from, &mut x[at..end], |bits| f32::from_bits(bits as u32)),
            Self::I64(x) => copy(from, &mut x[at..end], |bits| bits as i64),
            Self::Word(x) => copy(from, &mut x[at..end], |bits| bits as u32),
        }
    }
}

fn copy<A: Copy, B>(from: &[A], to: &mut [B], f: impl Fn(A) -> B) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = f(from);
    }
}

impl Buffers {
    /// Inputs, and outputs of zeros for a number of groups.
    pub fn new(kernel: &Kernel, inputs: Vec<Data>, groups: u64) -> Self {
        let outputs = kernel.buffers.values().filter(|buffer| buffer.space == Space::Output);
        let outputs = outputs.map(|buffer| {
            let copies = if buffer.ty.lanes { groups * GROUP } else { 1 };
            Data::zeros(buffer.ty.scalar, entries(buffer.len * copies))
        });
        Self { inputs, outputs: outputs.collect() }
    }
}

fn entries(count: u64) -> usize {
    usize::try_from(count).expect("buffers fit memory")
}

/// Runs a verified and expanded kernel for a range of groups. Lane `l` of group `g` is path
/// `first_path + min(16 g + l, paths - 1)`. A kernel without lanes is executed once.
///
/// # Panics
///
/// If an operation is not expanded, an index is out of range, a buffer too short, or `paths` is 0.
pub fn eval(
    kernel: &Kernel,
    buffers: &mut Buffers,
    groups: Range<u64>,
    paths: u64,
    first_path: u64,
) {
    assert!(paths > 0, "there are paths");
    let mut machine = Machine::new(kernel, buffers);
    if kernel.is_uniform() {
        machine.block(&kernel.body);
        return;
    }
    for group in groups.clone() {
        machine.group = entries(group - groups.start);
        for offset in (0..GROUP as usize).step_by(machine.lanes) {
            machine.offset = offset;
            for lane in 0..machine.lanes {
                let place = group * GROUP + (offset + lane) as u64;
                machine.paths[lane] = first_path + place.min(paths - 1);
            }
            machine.block(&kernel.body);
        }
    }
}

/// One per lane; uniform values use the first.
type Bits = [u64; GROUP as usize];

struct Machine<'a> {
    kernel: &'a Kernel,
    memory: &'a mut Buffers,
    scratch: Vec<Data>,
    /// Where each buffer is in the list of its space.
    places: Vec<usize>,
    values: Vec<Bits>,
    lanes: usize,
    paths: Bits,
    group: usize,
    offset: usize,
}

impl<'a> Machine<'a> {
    fn new(kernel: &'a Kernel, memory: &'a mut Buffers) -> Self {
        let lanes = kernel.lanes as usize;
        let mut scratch = Vec::new();
        let (mut inputs, mut outputs) = (0, 0);
        let mut places = Vec::new();
        for buffer in kernel.buffers.values() {
            let count = match buffer.space {
                Space::Input => &mut inputs,
                Space::Output => &mut outputs,
                Space::Scratch => {
                    places.push(scratch.len());
                    let copies = if buffer.ty.lanes { lanes } else { 1 };
                    scratch.push(Data::zeros(buffer.ty.scalar, entries(buffer.len) * copies));
                    continue;
                }
            };
            places.push(*count);
            *count += 1;
        }
        Self {
            kernel,
            memory,
            scratch,
            places,
            values: vec![[0; 16]; kernel.types.len()],
            lanes,
            paths: [0; 16],
            group: 0,
            offset: 0,
        }
    }

    fn block(&mut self, block: &Block) {
        for stmt in &block.stmts {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Inst(inst) => {
                let ty = self.kernel.types[inst.result];
                let width = if ty.lanes { self.lanes } else { 1 };
                self.values[inst.result.index()] = self.op(&inst.op, ty, width);
            }
            Stmt::Store { buffer, index, value } => self.store(*buffer, *index, *value),
            Stmt::For { var, start, end, reverse, carries, body, yields, results } => {
                let (start, end) = (self.int(*start), self.int(*end));
                let mut next: Vec<Bits> =
                    carries.iter().map(|&(_, first)| self.at(first)).collect();
                for step in 0..(end - start).max(0) {
                    let i = if *reverse { end - 1 - step } else { start + step };
                    self.values[var.index()][0] = i as u64;
                    for (&(carry, _), &bits) in carries.iter().zip(&next) {
                        self.values[carry.index()] = bits;
                    }
                    self.block(body);
                    for (next, &value) in next.iter_mut().zip(yields) {
                        *next = self.at(value);
                    }
                }
                for (&result, &bits) in results.iter().zip(&next) {
                    self.values[result.index()] = bits;
                }
            }
            Stmt::If { condition, then, otherwise, results } => {
                let taken = self.at(*condition)[0] != 0;
                self.block(if taken { then } else { otherwise });
                for &(result, x, y) in results {
                    self.values[result.index()] = self.at(if taken { x } else { y });
                }
            }
            Stmt::Draw { .. } => unreachable!("draws are expanded"),
        }
    }

    fn at(&self, value: Value) -> Bits {
        self.values[value.index()]
    }

    fn int(&self, value: Value) -> i64 {
        self.values[value.index()][0] as i64
    }

    /// Where entry `index` starts, and how many words it has for the lanes at hand.
    fn address(&self, buffer: &Buffer, index: Value) -> (usize, usize) {
        let index = usize::try_from(self.int(index)).expect("indices are not negative");
        assert!((index as u64) < buffer.len, "index {index} of {:?} in range", buffer.name);
        if !buffer.ty.lanes {
            return (index, 1);
        }
        let at = match buffer.space {
            Space::Scratch => index * self.lanes,
            Space::Input | Space::Output => {
                (self.group * entries(buffer.len) + index) * GROUP as usize + self.offset
            }
        };
        (at, self.lanes)
    }

    fn store(&mut self, id: BufferId, index: Value, value: Value) {
        let buffer = &self.kernel.buffers[id];
        let (at, width) = self.address(buffer, index);
        let mut bits = self.at(value);
        if !self.kernel.types[value].lanes {
            bits = [bits[0]; 16];
        }
        let place = self.places[id.index()];
        match buffer.space {
            Space::Input => unreachable!("inputs are not written"),
            Space::Output => self.memory.outputs[place].write(at, &bits[..width]),
            Space::Scratch => self.scratch[place].write(at, &bits[..width]),
        }
    }

    fn load(&self, id: BufferId, index: Value) -> Bits {
        let buffer = &self.kernel.buffers[id];
        let (at, width) = self.address(buffer, index);
        let place = self.places[id.index()];
        let mut bits = [0; 16];
        match buffer.space {
            Space::Input => self.memory.inputs[place].read(at, &mut bits[..width]),
            Space::Output => self.memory.outputs[place].read(at, &mut bits[..width]),
            Space::Scratch => self.scratch[place].read(at, &mut bits[..width]),
        }
        bits
    }

    fn op(&self, op: &Op, ty: Type, width: usize) -> Bits {
        match *op {
            Op::Const(literal) => [literal.bits(); 16],
            Op::Splat(x) => [self.at(x)[0]; 16],
            Op::Unary(op, x) => unary(op, ty.scalar, width, &self.at(x)),
            Op::Binary(op, x, y) => {
                let mut y_bits = self.at(y);
                if !self.kernel.types[y].lanes {
                    y_bits = [y_bits[0]; 16];
                }
                binary(op, ty.scalar, width, &self.at(x), &y_bits)
            }
            Op::Ternary(Ternary::Fma, x, y, z) => {
                fma(ty.scalar, width, &self.at(x), &self.at(y), &self.at(z))
            }
            Op::Compare(op, x, y) => {
                compare(op, self.kernel.types[x].scalar, width, &self.at(x), &self.at(y))
            }
            Op::Select(c, x, y) => {
                let (c, x, y) = (self.at(c), self.at(x), self.at(y));
                std::array::from_fn(|lane| if c[lane] != 0 { x[lane] } else { y[lane] })
            }
            Op::Convert(x) => convert(self.kernel.types[x].scalar, ty.scalar, width, &self.at(x)),
            Op::Bitcast(x) => self.at(x),
            Op::Load { buffer, index } => self.load(buffer, index),
            Op::PathLow => map(width, &self.paths, |path| path & 0xffff_ffff),
            Op::PathHigh => map(width, &self.paths, |path| path >> 32),
        }
    }
}

impl Literal {
    /// The scalar type that it has.
    pub fn scalar(self) -> Scalar {
        match self {
            Self::F64(_) => Scalar::F64,
            Self::F32(_) => Scalar::F32,
            Self::I64(_) => Scalar::I64,
            Self::Word(_) => Scalar::Word,
            Self::Bool(_) => Scalar::Bool,
        }
    }

    fn bits(self) -> u64 {
        match self {
            Self::F64(bits) => bits,
            Self::F32(bits) => bits.into(),
            Self::I64(n) => n as u64,
            Self::Word(n) => n.into(),
            Self::Bool(b) => b.into(),
        }
    }
}

fn map(width: usize, x: &Bits, f: impl Fn(u64) -> u64) -> Bits {
    let mut out = [0; 16];
    for lane in 0..width {
        out[lane] = f(x[lane]);
    }
    out
}

fn zip(width: usize, x: &Bits, y: &Bits, f: impl Fn(u64, u64) -> u64) -> Bits {
    let mut out = [0; 16];
    for lane in 0..width {
        out[lane] = f(x[lane], y[lane]);
    }
    out
}

fn f64s(width: usize, x: &Bits, f: impl Fn(f64) -> f64) -> Bits {
    map(width, x, |x| f(f64::from_bits(x)).to_bits())
}

fn f32s(width: usize, x: &Bits, f: impl Fn(f32) -> f32) -> Bits {
    map(width, x, |x| f(single(x)).to_bits().into())
}

fn zip_f64s(width: usize, x: &Bits, y: &Bits, f: impl Fn(f64, f64) -> f64) -> Bits {
    zip(width, x, y, |x, y| f(f64::from_bits(x), f64::from_bits(y)).to_bits())
}

fn zip_f32s(width: usize, x: &Bits, y: &Bits, f: impl Fn(f32, f32) -> f32) -> Bits {
    zip(width, x, y, |x, y| f(single(x), single(y)).to_bits().into())
}

fn zip_ints(width: usize, x: &Bits, y: &Bits, f: impl Fn(i64, i64) -> i64) -> Bits {
    zip(width, x, y, |x, y| f(x as i64, y as i64) as u64)
}

fn zip_words(width: usize, x: &Bits, y: &Bits, f: impl Fn(u32, u32) -> u32) -> Bits {
    zip(width, x, y, |x, y| f(x as u32, y as u32).into())
}

fn single(bits: u64) -> f32 {
    f32::from_bits(bits as u32)
}

fn unary(op: Unary, scalar: Scalar, width: usize, x: &Bits) -> Bits {
    match (op, scalar) {
        (Unary::Neg, Scalar::F64) => map(width, x, |x| x ^ (1 << 63)),
        (Unary::Neg, Scalar::F32) => map(width, x, |x| x ^ (1 << 31)),
        (Unary::Neg, Scalar::I64) => map(width, x, u64::wrapping_neg),
        (Unary::Abs, Scalar::F64) => map(width, x, |x| x & !(1 << 63)),
        (Unary::Abs, Scalar::F32) => map(width, x, |x| x & !(1 << 31)),
        (Unary::Sqrt, Scalar::F64) => f64s(width, x, f64::sqrt),
        (Unary::Sqrt, Scalar::F32) => f32s(width, x, f32::sqrt),
        (Unary::Floor, Scalar::F64) => f64s(width, x, f64::floor),
        (Unary::Floor, Scalar::F32) => f32s(width, x, f32::floor),
        (Unary::Nearest, Scalar::F64) => f64s(width, x, f64::round_ties_even),
        (Unary::Nearest, Scalar::F32) => f32s(width, x, f32::round_ties_even),
        (Unary::Not, Scalar::Bool) => map(width, x, |x| x ^ 1),
        _ => unreachable!("{op} on {scalar} is expanded or refused by the verifier"),
    }
}

fn binary(op: Binary, scalar: Scalar, width: usize, x: &Bits, y: &Bits) -> Bits {
    match scalar {
        Scalar::F64 => binary_f64(op, width, x, y),
        Scalar::F32 => binary_f32(op, width, x, y),
        Scalar::I64 => binary_int(op, width, x, y),
        Scalar::Word => binary_word(op, width, x, y),
        Scalar::Bool => match op {
            Binary::And => zip(width, x, y, |x, y| x & y),
            Binary::Or => zip(width, x, y, |x, y| x | y),
            Binary::Xor => zip(width, x, y, |x, y| x ^ y),
            _ => unreachable!("{op} on truth values is refused by the verifier"),
        },
    }
}

fn binary_f64(op: Binary, width: usize, x: &Bits, y: &Bits) -> Bits {
    match op {
        Binary::Add => zip_f64s(width, x, y, |x, y| x + y),
        Binary::Sub => zip_f64s(width, x, y, |x, y| x - y),
        Binary::Mul => zip_f64s(width, x, y, |x, y| x * y),
        Binary::Div => zip_f64s(width, x, y, |x, y| x / y),
        Binary::Max => zip_f64s(width, x, y, |x, y| if x > y { x } else { y }),
        Binary::Min => zip_f64s(width, x, y, |x, y| if x < y { x } else { y }),
        _ => unreachable!("{op} on f64 is expanded or refused by the verifier"),
    }
}

fn binary_f32(op: Binary, width: usize, x: &Bits, y: &Bits) -> Bits {
    match op {
        Binary::Add => zip_f32s(width, x, y, |x, y| x + y),
        Binary::Sub => zip_f32s(width, x, y, |x, y| x - y),
        Binary::Mul => zip_f32s(width, x, y, |x, y| x * y),
        Binary::Div => zip_f32s(width, x, y, |x, y| x / y),
        Binary::Max => zip_f32s(width, x, y, |x, y| if x > y { x } else { y }),
        Binary::Min => zip_f32s(width, x, y, |x, y| if x < y { x } else { y }),
        _ => unreachable!("{op} on f32 is expanded or refused by the verifier"),
    }
}

fn binary_int(op: Binary, width: usize, x: &Bits, y: &Bits) -> Bits {
    match op {
        Binary::Add => zip_ints(width, x, y, i64::wrapping_add),
        Binary::Sub => zip_ints(width, x, y, i64::wrapping_sub),
        Binary::Mul => zip_ints(width, x, y, i64::wrapping_mul),
        Binary::Max => zip_ints(width, x, y, i64::max),
        Binary::Min => zip_ints(width, x, y, i64::min),
        Binary::And => zip(width, x, y, |x, y| x & y),
        Binary::Or => zip(width, x, y, |x, y| x | y),
        Binary::Xor => zip(width, x, y, |x, y| x ^ y),
        Binary::Shl => zip(width, x, y, |x, by| x << by),
        Binary::Shr => zip(width, x, y, |x, by| x >> by),
        Binary::Div | Binary::MulHigh | Binary::Pow => {
            unreachable!("{op} on i64 is refused by the verifier")
        }
    }
}

fn binary_word(op: Binary, width: usize, x: &Bits, y: &Bits) -> Bits {
    match op {
        Binary::Add => zip_words(width, x, y, u32::wrapping_add),
        Binary::Sub => zip_words(width, x, y, u32::wrapping_sub),
        Binary::Mul => zip_words(width, x, y, u32::wrapping_mul),
        Binary::MulHigh => zip(width, x, y, |x, y| (x * y) >> 32),
        Binary::And => zip(width, x, y, |x, y| x & y),
        Binary::Or => zip(width, x, y, |x, y| x | y),
        Binary::Xor => zip(width, x, y, |x, y| x ^ y),
        Binary::Shl => zip_words(width, x, y, |x, by| x << by),
        Binary::Shr => zip_words(width, x, y, |x, by| x >> by),
        Binary::Div | Binary::Max | Binary::Min | Binary::Pow => {
            unreachable!("{op} on words is refused by the verifier")
        }
    }
}

fn fma(scalar: Scalar, width: usize, x: &Bits, y: &Bits, z: &Bits) -> Bits {
    let mut out = [0; 16];
    for lane in 0..width {
        let (x, y, z) = (x[lane], y[lane], z[lane]);
        out[lane] = match scalar {
            Scalar::F64 => {
                f64::from_bits(x).mul_add(f64::from_bits(y), f64::from_bits(z)).to_bits()
            }
            Scalar::F32 => single(x).mul_add(single(y), single(z)).to_bits().into(),
            Scalar::I64 | Scalar::Word | Scalar::Bool => unreachable!("fma is on floats"),
        };
    }
    out
}

fn compare(op: Compare, scalar: Scalar, width: usize, x: &Bits, y: &Bits) -> Bits {
    match scalar {
        Scalar::F64 => zip(width, x, y, |x, y| holds(op, &f64::from_bits(x), &f64::from_bits(y))),
        Scalar::F32 => zip(width, x, y, |x, y| holds(op, &single(x), &single(y))),
        Scalar::I64 => zip(width, x, y, |x, y| holds(op, &(x as i64), &(y as i64))),
        Scalar::Word => zip(width, x, y, |x, y| holds(op, &x, &y)),
        Scalar::Bool => unreachable!("truth values are not compared"),
    }
}

fn holds<T: PartialOrd>(op: Compare, x: &T, y: &T) -> u64 {
    let holds = match op {
        Compare::Eq => x == y,
        Compare::Ne => x != y,
        Compare::Lt => x < y,
        Compare::Le => x <= y,
        Compare::Gt => x > y,
        Compare::Ge => x >= y,
    };
    holds.into()
}

fn convert(from: Scalar, to: Scalar, width: usize, x: &Bits) -> Bits {
    match (from, to) {
        (Scalar::F64, Scalar::F32) => {
            map(width, x, |x| (f64::from_bits(x) as f32).to_bits().into())
        }
        (Scalar::F32, Scalar::F64) => map(width, x, |x| f64::from(single(x)).to_bits()),
        (Scalar::I64, Scalar::F64) => map(width, x, |x| (x as i64 as f64).to_bits()),
        (Scalar::I64, Scalar::F32) => map(width, x, |x| (x as i64 as f32).to_bits().into()),
        (Scalar::Word, Scalar::F64) => map(width, x, |x| f64::from(x as u32).to_bits()),
        (Scalar::Word, Scalar::F32) => map(width, x, |x| (x as u32 as f32).to_bits().into()),
        (Scalar::I64, Scalar::Word) => map(width, x, |x| x & 0xffff_ffff),
        (Scalar::Word, Scalar::I64) => *x,
        _ => unreachable!("no conversion from {from} to {to}"),
    }
}
