//! Values with lanes as vectors of 128 bits.
//!
//! With `n` paths side by side a value of `w`-byte entries is `max(1, n w / 16)` vectors; two paths
//! of 4 bytes use the lower half of one. One path is a plain scalar, like a uniform value.
//!
//! Truth values are masks: each entry all ones or all zeros, as wide as what was compared.
//! [`Lanes::mask`] changes the width where another one is needed.

use cranelift_codegen::ir::{
    ConstantData, Endianness, InstBuilder, MemFlagsData, Type, Value, types,
};
use cranelift_frontend::FunctionBuilder;
use sdec_kernel::{Literal, Scalar};

/// A kernel's value: one scalar, or its vectors in the order of paths.
pub(crate) type Parts = Vec<Value>;

/// How many paths are held side by side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lanes(u32);

/// The type of a scalar; of truth values, 0 or 1.
pub(crate) fn scalar_type(scalar: Scalar) -> Type {
    match scalar {
        Scalar::F64 => types::F64,
        Scalar::F32 => types::F32,
        Scalar::I64 => types::I64,
        Scalar::Word => types::I32,
        Scalar::Bool => types::I8,
    }
}

/// The type of one vector. Truth values in vectors have the width of what was compared.
pub(crate) fn vector_type(scalar: Scalar) -> Type {
    match scalar {
        Scalar::F64 => types::F64X2,
        Scalar::F32 => types::F32X4,
        Scalar::I64 => types::I64X2,
        Scalar::Word | Scalar::Bool => types::I32X4,
    }
}

/// The same bits as another vector type.
pub(crate) fn bitcast(b: &mut FunctionBuilder<'_>, to: Type, x: Value) -> Value {
    if b.func.dfg.value_type(x) == to {
        return x;
    }
    b.ins().bitcast(to, MemFlagsData::new().with_endianness(Endianness::Little), x)
}

/// The words (32 bits each) of `x` and `y` at these four places; `y`'s are 4 to 7.
pub(crate) fn pick(b: &mut FunctionBuilder<'_>, x: Value, y: Value, places: [u8; 4]) -> Value {
    let bytes: Vec<u8> = places.iter().flat_map(|&p| (0..4).map(move |k| 4 * p + k)).collect();
    let mask = b.func.dfg.immediates.push(ConstantData::from(bytes));
    let (x, y) = (bitcast(b, types::I8X16, x), bitcast(b, types::I8X16, y));
    let picked = b.ins().shuffle(x, y, mask);
    bitcast(b, types::I32X4, picked)
}

/// A vector constant of four words.
pub(crate) fn words(b: &mut FunctionBuilder<'_>, words: [u32; 4]) -> Value {
    let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
    let constant = b.func.dfg.constants.insert(ConstantData::from(bytes));
    b.ins().vconst(types::I32X4, constant)
}

/// A literal in every lane of a vector, with the vector's type.
pub(crate) fn literal_vector(literal: Literal) -> (Type, u128) {
    let twice = |x: u64| u128::from(x) << 64 | u128::from(x);
    let word = |x: u32| twice(u64::from(x) << 32 | u64::from(x));
    match literal {
        Literal::F64(bits) => (types::F64X2, twice(bits)),
        Literal::F32(bits) => (types::F32X4, word(bits)),
        Literal::I64(n) => (types::I64X2, twice(n.cast_unsigned())),
        Literal::Word(n) => (types::I32X4, word(n)),
        Literal::Bool(c) => (types::I32X4, if c { u128::MAX } else { 0 }),
    }
}

impl Lanes {
    /// So many paths.
    pub(crate) fn new(paths: u32) -> Self {
        Self(paths)
    }

    /// Those of one register.
    pub(crate) fn of_register(scalar: Scalar) -> Self {
        Self((16 / scalar.bytes()) as u32)
    }

    /// Whether a value with lanes is a plain scalar.
    pub(crate) fn is_scalar(self) -> bool {
        self.0 == 1
    }

    /// How many vectors hold entries of so many bytes.
    pub(crate) fn parts(self, bytes: u64) -> usize {
        (u64::from(self.0) * bytes / 16).max(1) as usize
    }

    /// Bytes that a value occupies in scratch memory.
    pub(crate) fn bytes(self, scalar: Scalar) -> u64 {
        u64::from(self.0) * scalar.bytes()
    }

    /// Whether only the lower half of the one vector is used.
    pub(crate) fn is_half(self, scalar: Scalar) -> bool {
        self.bytes(scalar) == 8
    }

    /// A scalar in every lane.
    pub(crate) fn splat(self, b: &mut FunctionBuilder<'_>, scalar: Scalar, x: Value) -> Parts {
        if self.is_scalar() {
            return vec![x];
        }
        let (x, bytes) = match scalar {
            Scalar::Bool => (b.ins().bmask(types::I32, x), 4),
            Scalar::F64 | Scalar::F32 | Scalar::I64 | Scalar::Word => (x, scalar.bytes()),
        };
        vec![b.ins().splat(vector_type(scalar), x); self.parts(bytes)]
    }

    /// The number of each lane, in words.
    pub(crate) fn numbers(self, b: &mut FunctionBuilder<'_>) -> Parts {
        if self.is_scalar() {
            return vec![b.ins().iconst(types::I32, 0)];
        }
        let parts = 0..self.parts(4) as u32;
        parts.map(|part| words(b, [0, 1, 2, 3].map(|l| 4 * part + l))).collect()
    }

    /// A mask as wide as the entries of `like`, an integer vector type.
    pub(crate) fn mask(self, b: &mut FunctionBuilder<'_>, mask: &[Value], like: Type) -> Parts {
        let (from, to) = (b.func.dfg.value_type(mask[0]), like.as_truthy());
        if self.is_scalar() || from == to {
            return mask.to_vec();
        }
        if to == types::I64X2 {
            let widened =
                mask.iter().flat_map(|&m| [b.ins().swiden_low(m), b.ins().swiden_high(m)]);
            return widened.collect::<Parts>()[..self.parts(8)].to_vec();
        }
        self.narrow(b, mask)
    }

    /// Whether an entry of a mask is true.
    pub(crate) fn any(self, b: &mut FunctionBuilder<'_>, mask: &[Value]) -> Value {
        if self.is_scalar() {
            return mask[0];
        }
        // Two paths fill the lower half of a vector of words only.
        let half = self.0 == 2 && b.func.dfg.value_type(mask[0]) != types::I64X2;
        let mask = if half { self.mask(b, mask, types::I64X2) } else { mask.to_vec() };
        let mut all = mask[0];
        for &part in &mask[1..] {
            all = b.ins().bor(all, part);
        }
        b.ins().vany_true(all)
    }

    /// The low words of vectors of 64-bit entries.
    pub(crate) fn narrow(self, b: &mut FunctionBuilder<'_>, wide: &[Value]) -> Parts {
        let pairs = wide.chunks(2);
        pairs.map(|pair| pick(b, pair[0], pair[pair.len() - 1], [0, 2, 4, 6])).collect()
    }
}
