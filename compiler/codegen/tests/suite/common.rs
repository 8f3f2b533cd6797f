//! Running one kernel on two backends and comparing bits.

#![allow(clippy::unwrap_used, reason = "tests")]

use sdec_abi::{Buffer, Call, Compiled, Input, Output, Scratch, groups};
use sdec_codegen::{Backend, Interpreter};
use sdec_kernel::{BufferId, Builder, Compare, Kernel, Scalar, Type, Value, verify};

use crate::backends;

/// The lanes that a backend may hold.
pub(crate) const LANES: [u32; 5] = [1, 2, 4, 8, 16];

/// An input's entries.
#[derive(Clone, Debug)]
pub(crate) enum Table {
    F64(Vec<f64>),
    F32(Vec<f32>),
    I64(Vec<i64>),
    Word(Vec<u32>),
}

impl Table {
    pub(crate) fn input(&self) -> Input<'_> {
        match self {
            Self::F64(x) => Input::F64(x),
            Self::F32(x) => Input::F32(x),
            Self::I64(x) => Input::I64(x),
            Self::Word(x) => Input::Word(x),
        }
    }
}

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub(crate) fn chance(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// What breaks arithmetic, as bits of a scalar.
pub(crate) fn specials(scalar: Scalar) -> Vec<u64> {
    let f64s = [
        0.0,
        -0.0,
        1.0,
        -1.5,
        2.5,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        5e-324,
        -f64::MIN_POSITIVE / 3.0,
        f64::MAX,
        -1e300,
        1.0 + f64::EPSILON,
        4_503_599_627_370_497.5,
        1e-40,
        3.402_823_5e38,
    ];
    let f32s = [
        0.0,
        -0.0,
        1.0,
        -1.5,
        2.5,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::NAN,
        1e-45,
        -f32::MIN_POSITIVE / 3.0,
        f32::MAX,
        -1e30,
        1.0 + f32::EPSILON,
        8_388_607.5,
    ];
    match scalar {
        Scalar::F64 => f64s.iter().map(|x| x.to_bits()).collect(),
        Scalar::F32 => f32s.iter().map(|x| x.to_bits().into()).collect(),
        Scalar::I64 => [0, 1, -1, 7, i64::MIN, i64::MAX, 1 << 32, (1 << 53) + 1, -(1 << 31)]
            .map(|n: i64| n as u64)
            .to_vec(),
        Scalar::Word => vec![0, 1, 2, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff_ff80, 12345],
        Scalar::Bool => vec![0, 1],
    }
}

/// The table of `len` entries: entry `k` is what `bits(k)` says.
pub(crate) fn table(scalar: Scalar, len: usize, bits: impl FnMut(usize) -> u64) -> Table {
    let bits = (0..len).map(bits);
    match scalar {
        Scalar::F64 => Table::F64(bits.map(f64::from_bits).collect()),
        Scalar::F32 => Table::F32(bits.map(|x| f32::from_bits(x as u32)).collect()),
        Scalar::I64 => Table::I64(bits.map(|x| x as i64).collect()),
        Scalar::Word => Table::Word(bits.map(|x| x as u32).collect()),
        Scalar::Bool => unreachable!("no buffer has truth values"),
    }
}

/// In the lane of path `p`, entry `p` of a table.
pub(crate) fn spread(b: &mut Builder, buffer: BufferId) -> Value {
    let len = b.buffer_of(buffer).len as i64;
    let scalar = b.buffer_of(buffer).ty.scalar;
    let path = b.emit(sdec_kernel::Op::PathLow, Type::lanes(Scalar::Word));
    let (zero, end) = (b.int(0), b.int(len));
    let first = b.load(buffer, zero);
    let first = b.splat(first);
    assert_eq!(b.ty(first), Type::lanes(scalar));
    let results = b.for_loop(zero, end, false, &[first], |b, j, carries| {
        let word = b.convert(j, Scalar::Word);
        let here = b.compare(Compare::Eq, path, word);
        let entry = b.load(buffer, j);
        vec![b.select(here, entry, carries[0])]
    });
    results[0]
}

/// Bits of a scalar, all NaNs being one.
fn bits(buffer: &mut Buffer) -> Vec<u64> {
    let len = buffer.len();
    match buffer.output(len) {
        Output::F64(x) => {
            x.iter().map(|x| if x.is_nan() { f64::NAN } else { *x }.to_bits()).collect()
        }
        Output::F32(x) => {
            x.iter().map(|x| if x.is_nan() { f32::NAN } else { *x }.to_bits().into()).collect()
        }
        Output::I64(x) => x.iter().map(|&x| x as u64).collect(),
        Output::Word(x) => x.iter().map(|&x| x.into()).collect(),
    }
}

/// All outputs of all groups, in one call or one call a group.
pub(crate) fn outputs(
    compiled: &dyn Compiled,
    tables: &[Table],
    paths: u64,
    first_path: u64,
    chunk: u64,
) -> Vec<Vec<u64>> {
    let inputs: Vec<Input<'_>> = tables.iter().map(Table::input).collect();
    let signature = compiled.signature();
    let mut all = vec![Vec::new(); signature.outputs.len()];
    let mut begin = 0;
    while begin < groups(paths) {
        let end = (begin + chunk).min(groups(paths));
        let lengths = signature.outputs.iter().map(|slot| slot.scalars(end - begin) as usize);
        let mut buffers: Vec<Buffer> = lengths
            .zip(&signature.outputs)
            .map(|(len, slot)| Buffer::zeros(slot.scalar, len).unwrap())
            .collect();
        let mut given: Vec<Output<'_>> = buffers
            .iter_mut()
            .map(|buffer| {
                let len = buffer.len();
                buffer.output(len)
            })
            .collect();
        let mut scratch = Scratch::new(signature).unwrap();
        let mut call = Call {
            inputs: &inputs,
            outputs: &mut given,
            groups: begin..end,
            paths,
            first_path,
            scratch: &mut scratch,
        };
        compiled.call(&mut call).unwrap();
        for ((all, buffer), slot) in all.iter_mut().zip(&mut buffers).zip(&signature.outputs) {
            if slot.lanes || begin == 0 {
                all.extend(bits(buffer));
            }
        }
        begin = end;
    }
    all
}

/// Compiles the kernel and compares every output of every path with the evaluator's, for each number of
/// paths with the first one's number.
#[track_caller]
fn check_on(backends: &[Box<dyn Backend>], kernel: &Kernel, tables: &[Table], runs: &[(u64, u64)]) {
    verify(kernel).unwrap();
    let oracle = Interpreter.compile(kernel).unwrap();
    let compiled: Vec<_> = backends.iter().map(|form| form.compile(kernel).unwrap()).collect();
    for &(paths, first_path) in runs {
        let expected = outputs(&*oracle, tables, paths, first_path, u64::MAX / 2);
        for (form, compiled) in compiled.iter().enumerate() {
            for chunk in [u64::MAX / 2, 1] {
                let found = outputs(&**compiled, tables, paths, first_path, chunk);
                for (slot, (found, expected)) in found.iter().zip(&expected).enumerate() {
                    let place = found.iter().zip(expected).position(|(a, b)| a != b);
                    assert!(
                        place.is_none() && found.len() == expected.len(),
                        "form {form}: output {slot} at {place:?}: {:x?} instead of {:x?}\n{kernel}",
                        place.map(|k| found[k]),
                        place.map(|k| expected[k]),
                    );
                }
            }
        }
    }
}

/// `check_on` with every form of the backend.
#[track_caller]
pub(crate) fn check_runs(kernel: &Kernel, tables: &[Table], runs: &[(u64, u64)]) {
    check_on(&backends(), kernel, tables, runs);
}

/// `check_on` with one form of the backend, another for each number: where kernels are many or large.
#[track_caller]
pub(crate) fn check_in_turn(turn: usize, kernel: &Kernel, tables: &[Table], paths: u64) {
    let mut forms = backends();
    let form = forms.swap_remove(turn % forms.len());
    check_on(&[form], kernel, tables, &[(paths, 0)]);
}

/// `check_runs` with so many paths from a number on.
#[track_caller]
pub(crate) fn check_for(kernel: &Kernel, tables: &[Table], paths: u64, first_path: u64) {
    check_runs(kernel, tables, &[(paths, first_path)]);
}

/// `check_for` with paths from 0.
#[track_caller]
pub(crate) fn check(kernel: &Kernel, tables: &[Table], paths: u64) {
    check_for(kernel, tables, paths, 0);
}
