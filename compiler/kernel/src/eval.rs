//! The reference interpreter: what every operation means, to the bit.
//!
//! A value is 16 words of 64 bits, one per lane, of which uniform values use the first. So there is
//! one table of values, indexed by id, and no decision at run time but on the operation.

use std::ops::Range;

use crate::arithmetic::{Bits, binary, compare, convert, fma, map, unary};
use crate::{Block, BufferId, GROUP, Kernel, Op, Order, Scalar, Space, Stmt, Ternary, Type, Value};

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
    /// In the order of the kernel's inputs: `len` entries each, or with lanes `[group][entry][16]`.
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
/// `first_path + min(16 g + l, paths - 1)`; blocks of lanes past the last path are left out. A kernel
/// without lanes, and a wide one that nothing in is per path, is executed once.
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
    machine.first_group = entries(groups.start);
    for group in groups.clone() {
        machine.group = entries(group - groups.start);
        let lanes = entries(GROUP.min(paths - group * GROUP));
        for offset in (0..lanes).step_by(kernel.held() as usize) {
            machine.offset = offset;
            for lane in 0..machine.lanes {
                let ahead = if kernel.is_wide { 0 } else { lane };
                let place = group * GROUP + (offset + ahead) as u64;
                machine.paths[lane] = first_path + place.min(paths - 1);
            }
            machine.block(&kernel.body);
        }
    }
}

/// The number of the next one.
fn count(known: &mut usize) -> usize {
    *known += 1;
    *known - 1
}

struct Machine<'a> {
    /// The kernel, or the routine that is executed.
    kernel: &'a Kernel,
    memory: &'a mut Buffers,
    scratch: Vec<Data>,
    /// Where each of its buffers is.
    places: Vec<Place>,
    values: Vec<Bits>,
    lanes: usize,
    paths: Bits,
    first_group: usize,
    /// Counted from the first one.
    group: usize,
    offset: usize,
}

/// Where a buffer is.
#[derive(Clone, Copy)]
struct Place {
    space: Space,
    /// In the list of that space.
    number: usize,
    /// The entry at which it begins, since a routine is given pieces.
    first: usize,
    /// Of scratch memory: from one entry to the next.
    stride: usize,
    /// Of the whole.
    len: usize,
}

impl<'a> Machine<'a> {
    fn new(kernel: &'a Kernel, memory: &'a mut Buffers) -> Self {
        let lanes = kernel.lanes as usize;
        let mut scratch = Vec::new();
        let (mut inputs, mut outputs) = (0, 0);
        let mut places = Vec::new();
        for buffer in kernel.buffers.values() {
            let len = entries(buffer.len);
            let stride = if buffer.ty.lanes { lanes } else { 1 };
            let number = match buffer.space {
                Space::Input => count(&mut inputs),
                Space::Output => count(&mut outputs),
                Space::Scratch | Space::Lent => {
                    scratch.push(Data::zeros(buffer.ty.scalar, len * stride));
                    scratch.len() - 1
                }
            };
            places.push(Place { space: buffer.space, number, first: 0, stride, len });
        }
        Self {
            kernel,
            memory,
            scratch,
            places,
            values: vec![[0; 16]; kernel.types.len()],
            lanes,
            paths: [0; 16],
            first_group: 0,
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
            Stmt::For { var, start, end, order, carries, body, yields, more, results } => {
                let (start, end) = (self.int(*start), self.int(*end));
                let mut next: Vec<Bits> =
                    carries.iter().map(|&(_, first)| *self.at(first)).collect();
                for step in 0..(end - start).max(0) {
                    let i = if *order == Order::Down { end - 1 - step } else { start + step };
                    self.values[var.index()][0] = i as u64;
                    for (&(carry, _), &bits) in carries.iter().zip(&next) {
                        self.values[carry.index()] = bits;
                    }
                    self.block(body);
                    for (next, &value) in next.iter_mut().zip(yields) {
                        *next = *self.at(value);
                    }
                    if more.is_some_and(|more| self.at(more)[0] == 0) {
                        break;
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
                    self.values[result.index()] = *self.at(if taken { x } else { y });
                }
            }
            Stmt::Draw { .. } => unreachable!("draws are expanded"),
            Stmt::Call { routine, reads, writes } => {
                let kernel = self.kernel;
                self.call(&kernel.routines[*routine], reads, writes);
            }
        }
    }

    /// Executes a routine on the memory that it is given.
    fn call(
        &mut self,
        routine: &'a Kernel,
        reads: &[(BufferId, Value)],
        writes: &[(BufferId, Value)],
    ) {
        let places = routine.given(reads, writes).into_iter().map(|(id, first)| {
            let place = self.places[id.index()];
            let first = usize::try_from(self.int(first)).expect("indices are not negative");
            Place { first: place.first + first, ..place }
        });
        let places = places.collect();
        let kernel = std::mem::replace(&mut self.kernel, routine);
        let places = std::mem::replace(&mut self.places, places);
        let values = vec![[0; 16]; routine.types.len()];
        let values = std::mem::replace(&mut self.values, values);
        let (lanes, paths) = (self.lanes, self.paths);
        if routine.is_wide {
            (self.lanes, self.paths) = (routine.lanes as usize, [paths[0]; 16]);
        }
        self.block(&routine.body);
        (self.lanes, self.paths) = (lanes, paths);
        (self.kernel, self.places, self.values) = (kernel, places, values);
    }

    fn at(&self, value: Value) -> &Bits {
        &self.values[value.index()]
    }

    fn int(&self, value: Value) -> i64 {
        self.values[value.index()][0] as i64
    }

    /// Where an entry of a buffer starts, and how many words are there for a value of this type.
    fn address(&self, id: BufferId, index: Value, ty: Type) -> (usize, usize) {
        let (buffer, place) = (&self.kernel.buffers[id], self.places[id.index()]);
        let index = usize::try_from(self.int(index)).expect("indices are not negative");
        let has_lanes = if self.kernel.is_wide { ty.lanes } else { buffer.ty.lanes };
        let width = if has_lanes { self.lanes } else { 1 };
        let reached = index + if self.kernel.is_wide { width } else { 1 };
        let in_range = place.first + reached <= place.len && reached as u64 <= buffer.len;
        assert!(in_range, "index {index} of {:?} in range", buffer.name);
        let index = place.first + index;
        let at = match place.space {
            Space::Scratch | Space::Lent => index * place.stride,
            Space::Input | Space::Output if buffer.ty.lanes => {
                let first = if place.space == Space::Input { self.first_group } else { 0 };
                let group = first + self.group;
                (group * place.len + index) * GROUP as usize + self.offset
            }
            Space::Input | Space::Output => index,
        };
        (at, width)
    }

    fn store(&mut self, id: BufferId, index: Value, value: Value) {
        let (at, width) = self.address(id, index, self.kernel.types[value]);
        let mut bits = *self.at(value);
        if !self.kernel.types[value].lanes {
            bits = [bits[0]; 16];
        }
        let Place { space, number, .. } = self.places[id.index()];
        match space {
            Space::Input => unreachable!("inputs are not written"),
            Space::Output => self.memory.outputs[number].write(at, &bits[..width]),
            Space::Scratch | Space::Lent => self.scratch[number].write(at, &bits[..width]),
        }
    }

    fn load(&self, id: BufferId, index: Value, ty: Type) -> Bits {
        let (at, width) = self.address(id, index, ty);
        let Place { space, number, .. } = self.places[id.index()];
        let mut bits = [0; 16];
        match space {
            Space::Input => self.memory.inputs[number].read(at, &mut bits[..width]),
            Space::Output => self.memory.outputs[number].read(at, &mut bits[..width]),
            Space::Scratch | Space::Lent => self.scratch[number].read(at, &mut bits[..width]),
        }
        bits
    }

    fn op(&self, op: &Op, ty: Type, width: usize) -> Bits {
        match *op {
            Op::Const(literal) => [literal.bits(); 16],
            Op::Splat(x) => [self.at(x)[0]; 16],
            Op::Unary(op, x) => unary(op, ty.scalar, width, self.at(x)),
            Op::Binary(op, x, y) => {
                let splat;
                let mut y_bits = self.at(y);
                if width > 1 && !self.kernel.types[y].lanes {
                    splat = [y_bits[0]; 16];
                    y_bits = &splat;
                }
                binary(op, ty.scalar, width, self.at(x), y_bits)
            }
            Op::Ternary(Ternary::Fma, x, y, z) => {
                fma(ty.scalar, width, self.at(x), self.at(y), self.at(z))
            }
            Op::Compare(op, x, y) => {
                compare(op, self.kernel.types[x].scalar, width, self.at(x), self.at(y))
            }
            Op::Select(c, x, y) => {
                let (c, x, y) = (self.at(c), self.at(x), self.at(y));
                std::array::from_fn(|lane| if c[lane] != 0 { x[lane] } else { y[lane] })
            }
            Op::Convert(x) => convert(self.kernel.types[x].scalar, ty.scalar, width, self.at(x)),
            Op::Bitcast(x) => *self.at(x),
            Op::Load { buffer, index } => self.load(buffer, index, ty),
            Op::PathLow => map(width, &self.paths, |path| path & 0xffff_ffff),
            Op::PathHigh => map(width, &self.paths, |path| path >> 32),
            Op::Lane => std::array::from_fn(|lane| lane as u64),
            Op::Any(x) => {
                let any = self.at(x)[..self.lanes].iter().any(|&lane| lane != 0);
                [u64::from(any); 16]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{parse, verify_lowered};

    fn run(text: &str, inputs: Vec<Data>, groups: Range<u64>, paths: u64) -> Vec<Data> {
        let kernel = parse(text).unwrap();
        assert_eq!(verify_lowered(&kernel), Ok(()));
        let mut buffers = Buffers::new(&kernel, inputs, groups.end - groups.start);
        eval(&kernel, &mut buffers, groups, paths, 100);
        buffers.outputs
    }

    #[test]
    fn the_last_block_repeats_the_last_path_and_blocks_without_paths_are_left_out() {
        for lanes in [1, 2, 4, 8, 16] {
            let text = format!(
                "kernel \"paths\" lanes {lanes}
                b0 = output \"path\" <word>[2]
                v0: i64 = const 1
                v1: <word> = path_low
                b0[v0] = v1"
            );
            let out = run(&text, vec![], 1..2, 20);
            let mut expected = vec![0; 16];
            expected.extend([116, 117, 118, 119]);
            expected.resize(16 + lanes.max(4), 119);
            expected.resize(32, 0);
            assert_eq!(out, [Data::Word(expected)], "{lanes} lanes");
        }
    }

    #[test]
    fn loops_carry_all_values_at_once() {
        let text = "kernel \"fibonacci\" lanes 1
            b0 = input \"n\" i64[1]
            b1 = output \"f\" i64[1]
            v0: i64 = const 0
            v1: i64 = const 1
            v2: i64 = load b0[v0]
            for v3 in reverse v0..v2 carry v4: i64 = v0, v5: i64 = v1 {
              v6: i64 = add v4, v5
              yield v5, v6
            } -> v7, v8
            b1[v0] = v7";
        assert_eq!(run(text, vec![Data::I64(vec![10])], 0..1, 1), [Data::I64(vec![55])]);
        assert_eq!(run(text, vec![Data::I64(vec![-3])], 0..1, 1), [Data::I64(vec![0])]);
    }

    #[test]
    fn routines_work_on_pieces_of_memory() {
        let text = "kernel \"pieces\" lanes 2
            b0 = input \"x\" word[3]
            b1 = output \"y\" <word>[2]
            b2 = scratch \"z\" <word>[3]
            routine r0 \"add\" {
              b0 = lent \"to\" <word>[2]
              b1 = input \"from\" word[2]
              v0: i64 = const 0
              v1: i64 = const 1
              v2: word = load b1[v1]
              v3: <word> = splat v2
              v4: <word> = path_low
              v5: <word> = add v3, v4
              b0[v0] = v5
            }
            v0: i64 = const 0
            v1: i64 = const 1
            v2: i64 = const 2
            call r0(b0[v1]) -> b2[v2]
            call r0(b0[v0]) -> b2[v1]
            v3: <word> = load b2[v2]
            b1[v0] = v3
            v4: <word> = load b2[v1]
            b1[v1] = v4";
        let expected: Vec<u32> =
            (100..116).map(|path| path + 7).chain((100..116).map(|path| path + 5)).collect();
        assert_eq!(run(text, vec![Data::Word(vec![3, 5, 7])], 0..1, 16), [Data::Word(expected)]);
    }

    #[test]
    fn lanes_of_wide_routines_are_parts_of_one_path() {
        let text = "kernel \"parts\" lanes 1
            b0 = output \"y\" <word>[4]
            b1 = scratch \"z\" <word>[5]
            routine r0 \"add\" wide 2 {
              b0 = lent \"to\" word[4]
              v0: i64 = const 0
              v1: i64 = const 2
              v2: <word> = path_low
              v3: <word> = lane
              b0[v1] = v2
              v4: <word> = add v2, v3
              b0[v0] = v4
            }
            v0: i64 = const 0
            v1: i64 = const 1
            v2: i64 = const 4
            call r0() -> b1[v1]
            for v3 in v0..v2 {
              v4: i64 = add v3, v1
              v5: <word> = load b1[v4]
              b0[v3] = v5
            }";
        let out = run(text, vec![], 0..1, 3);
        let of_path = |path: u32| [path, path + 1, path, path];
        let Data::Word(y) = &out[0] else { unreachable!("the output is of words") };
        for path in 0..3 {
            let found: Vec<u32> = (0..4).map(|entry| y[16 * entry + path]).collect();
            assert_eq!(found, of_path(100 + path as u32));
        }
    }

    #[test]
    fn lanes_of_wide_kernels_are_neighbours_and_what_paths_have_is_uniform() {
        let text = "kernel \"neighbours\" wide 4
            b0 = input \"x\" word[6]
            b1 = input \"p\" <word>[2]
            b2 = output \"y\" <word>[2]
            b3 = scratch \"s\" word[7]
            v0: i64 = const 0
            v1: i64 = const 1
            v2: i64 = const 2
            v3: i64 = const 5
            v4: <word> = load b0[v2]
            v5: word = load b1[v1]
            v6: <word> = splat v5
            v7: <word> = add v4, v6
            b3[v1] = v7
            b3[v3] = v5
            v8: word = load b3[v2]
            b2[v0] = v8
            v9: word = load b3[v3]
            b2[v1] = v9";
        let of_paths: Vec<u32> = (0..32).collect();
        let x = Data::Word(vec![1, 2, 3, 40, 5, 6]);
        let out = run(text, vec![x, Data::Word(of_paths)], 0..1, 3);
        let Data::Word(y) = &out[0] else { unreachable!("the output is of words") };
        for path in 0..3 {
            assert_eq!((y[path], y[16 + path]), (40 + 16 + path as u32, 16 + path as u32));
        }
        assert_eq!(y[3], 0);
    }

    #[test]
    fn special_cases_are_those_of_the_comments() {
        let text = "kernel \"cases\" lanes 1
            b0 = input \"x\" f64[2]
            b1 = output \"y\" f64[5]
            v0: i64 = const 0
            v1: i64 = const 1
            v2: i64 = const 2
            v3: i64 = const 3
            v4: i64 = const 4
            v5: f64 = load b0[v0]
            v6: f64 = load b0[v1]
            v7: f64 = max v5, v6
            b1[v0] = v7
            v8: f64 = min v5, v6
            b1[v1] = v8
            v9: f64 = neg v6
            b1[v2] = v9
            v10: word = const 4294967295
            v11: word = mul_high v10, v10
            v12: f64 = convert v11
            b1[v3] = v12
            v13: f64 = const 2.5
            v14: f64 = nearest v13
            b1[v4] = v14";
        let Data::F64(y) = &run(text, vec![Data::F64(vec![f64::NAN, 0.0])], 0..1, 1)[0] else {
            unreachable!("the output is of doubles")
        };
        assert_eq!(y[..2], [0.0, 0.0], "a comparison with NaN takes the second operand");
        assert!(y[2] == 0.0 && y[2].is_sign_negative());
        assert_eq!(y[3..], [4294967294.0, 2.0]);
    }
}
