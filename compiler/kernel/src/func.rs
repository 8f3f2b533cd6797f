//! The data of the IR.
//!
//! How a kernel is run: for each group `g` of 16 paths, and within it for each block of
//! [`Kernel::lanes`] paths side by side, the body is executed once. How many paths are held at once
//! never changes a bit, since lanes never meet. A kernel without lane values is executed once.
//!
//! A *wide* kernel holds one path at a time. Its lanes are parts of the work of that path: what is one
//! per path is uniform, and what has lanes is, say, neighbouring entries of a table.

use sdec_base::{IdVec, Special, id_type};

id_type! {
    /// The result of one operation, or a loop's variable or carry; named once.
    Value, "v"
}

id_type! {
    /// A piece of memory.
    BufferId, "b"
}

id_type! {
    /// A piece of a kernel that is called.
    RoutineId, "r"
}

/// The type of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scalar {
    /// IEEE double.
    F64,
    /// IEEE single.
    F32,
    /// Counts and indices, wrapping. Lanes of them (truth values kept in buffers, places of extrema,
    /// bits of doubles) are neither multiplied nor converted nor ordered by `Max` and `Min`.
    I64,
    /// 32-bit words of the generator, wrapping, unsigned.
    Word,
    /// Truth values; never in buffers.
    Bool,
}

/// A value's type, or that of a buffer's entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Type {
    /// The type of an entry.
    pub scalar: Scalar,
    /// One per path rather than one for all; of values of a wide kernel, one per part.
    pub lanes: bool,
}

/// Whose memory a buffer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Space {
    /// Read only, given by the caller. With lanes: `[group][entry][16]` for all groups of a run.
    Input,
    /// Written by the kernel. With lanes: `[group][entry][16]`, for the groups of a call.
    Output,
    /// Written before it is read within one execution of the body. Lanes: `[entry][lanes]`; none in a
    /// wide kernel.
    Scratch,
    /// Of a routine, which writes it: scratch of whoever calls.
    Lent,
}

/// A buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buffer {
    /// What it is, for people and for binding: `S0`, `grid.t`, `key.GBM.W`, `tape0`.
    pub name: String,
    /// Whose memory.
    pub space: Space,
    /// Of an entry.
    pub ty: BufferType,
    /// Entries (each of 16 lanes where `ty.lanes`).
    pub len: u64,
}

/// The type of a buffer's entries: not `Bool`.
pub type BufferType = Type;

/// A program for groups of paths.
#[derive(Clone, Debug, PartialEq)]
pub struct Kernel {
    /// Prints first.
    pub name: String,
    /// Paths held side by side, or of a wide kernel parts: 1, 2, 4, 8 or 16.
    pub lanes: u32,
    /// Its lanes are not paths but parts of the work of one. Of inputs and outputs with one entry per path
    /// it loads and stores that of the path at hand, which is uniform. From other buffers, none of which has
    /// lanes, it loads one entry or as many neighbours as there are lanes, and stores likewise.
    pub is_wide: bool,
    /// Types of all values.
    pub types: IdVec<Value, Type>,
    /// Memory, inputs and outputs in the order in which the caller gives them.
    pub buffers: IdVec<BufferId, Buffer>,
    /// What is called in several places, for the paths at hand: kernels of as many lanes, or wide ones of
    /// any number where one path is held. They have no routines, no outputs and no scratch memory of their own.
    pub routines: IdVec<RoutineId, Kernel>,
    /// What is done.
    pub body: Block,
}

/// Statements in order. Values of enclosing blocks are visible.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// In execution order; operands precede uses.
    pub stmts: Vec<Stmt>,
}

/// How a loop goes through its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// From `start` on.
    Up,
    /// From `end - 1` down to `start`.
    Down,
    /// Upwards. Where a value takes several registers, the whole loop may be executed for the paths of
    /// one register after the other, which leaves room for more sums. It has no carries, and all that
    /// it does with lanes is arithmetic on numbers of one type, and loads and stores of them.
    ByPart,
}

impl Order {
    /// Downwards or not.
    pub fn downwards(is_down: bool) -> Self {
        if is_down { Self::Down } else { Self::Up }
    }
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Stmt {
    /// `result = op`
    Inst(Inst),
    /// `buffer[index] = value`; uniform values are repeated when the buffer has lanes. In wide kernels one
    /// entry is stored, or of a value with lanes those from `index` on.
    Store {
        /// Not an input.
        buffer: BufferId,
        /// Uniform `I64`, in range.
        index: Value,
        /// Of the buffer's scalar type.
        value: Value,
    },
    /// `for var in start..end`
    For {
        /// Uniform `I64`, bound at each execution.
        var: Value,
        /// Uniform `I64`.
        start: Value,
        /// Uniform `I64`; nothing is executed if it is not above `start`.
        end: Value,
        /// In which order.
        order: Order,
        /// Each carry with its first value.
        carries: Vec<(Value, Value)>,
        /// One execution.
        body: Block,
        /// Next values of the carries, visible in `body`.
        yields: Vec<Value>,
        /// Uniform `Bool`, visible in `body`: an execution in which it is false is the last.
        more: Option<Value>,
        /// The carries after the loop.
        results: Vec<Value>,
    },
    /// A branch that all paths take together.
    If {
        /// Uniform `Bool`.
        condition: Value,
        /// Executed if true.
        then: Block,
        /// Executed if false.
        otherwise: Block,
        /// Each result with its values from `then` and `otherwise`.
        results: Vec<(Value, Value, Value)>,
    },
    /// The draws that one block of a stream's words gives to each path; expanded by `codegen` before
    /// a backend sees it.
    Draw {
        /// Lanes: two of `F64` or four of `F32`, the draws `n` of the block, in order.
        results: Vec<Value>,
        /// The stream's key, uniform `Word`s: low, high.
        key: (Value, Value),
        /// Number of the block, a `Word`: word 0 of the counter. In a wide kernel it may have lanes.
        block: Value,
        /// Word 1 of the counter.
        purpose: u32,
        /// Normal or uniform.
        law: Law,
    },
    /// `routine(b1[v2], …)`: the body of a routine, on pieces of this kernel's memory, each from an
    /// entry on. As many entries as the routine reaches are there.
    Call {
        /// What is executed.
        routine: RoutineId,
        /// The routine's inputs, in order; entries are uniform `I64`s.
        reads: Vec<(BufferId, Value)>,
        /// Scratch memory for what is lent to the routine, in order.
        writes: Vec<(BufferId, Value)>,
    },
}

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Law {
    /// Standard normal.
    Normal,
    /// Uniform on (0, 1).
    Uniform,
}

/// `result = op`
#[derive(Clone, Debug, PartialEq)]
pub struct Inst {
    /// The value that is defined.
    pub result: Value,
    /// The operation.
    pub op: Op,
}

/// A number or truth value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Literal {
    /// Bits of an `F64`.
    F64(u64),
    /// Bits of an `F32`.
    F32(u32),
    /// A count.
    I64(i64),
    /// A word.
    Word(u32),
    /// A truth value.
    Bool(bool),
}

/// An operation. Operands and result are all uniform or all lanes, unless a comment says otherwise;
/// `Splat` goes from one to the other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// A literal, uniform.
    Const(Literal),
    /// A uniform value in every lane.
    Splat(Value),
    /// `f(x)`
    Unary(Unary, Value),
    /// `f(x, y)` on equal types
    Binary(Binary, Value, Value),
    /// `f(x, y, z)` on equal types
    Ternary(Ternary, Value, Value, Value),
    /// `x < y` on equal types, to `Bool`
    Compare(Compare, Value, Value),
    /// `c ? x : y` on equal types
    Select(Value, Value, Value),
    /// To the result's scalar type, exact or rounded to nearest even: `F64` ↔ `F32`, `I64` → float
    /// (uniform only), `Word` → float, uniform `I64` → `Word` (low bits) and back (zero-extended).
    Convert(Value),
    /// Same bits as another type of the same width: `F32` ↔ `Word`, `F64` ↔ `I64`. No bits of a NaN
    /// are ever looked at.
    Bitcast(Value),
    /// `buffer[index]`; lanes exactly where the buffer has lanes, but in wide kernels, where lanes are the
    /// entries from `index` on.
    Load {
        /// Any buffer.
        buffer: BufferId,
        /// Uniform `I64`, in range.
        index: Value,
    },
    /// Low word of the path number, lanes. Past the last path, the last path's; that of the path at hand in
    /// all lanes of a wide kernel.
    PathLow,
    /// High word of the path number, lanes.
    PathHigh,
    /// The number of the lane, a `Word`; in wide kernels only.
    Lane,
    /// Whether a lane of a `Bool` is true, uniform. It may not decide what any path computes, only
    /// whether work that all lanes ignore is left out.
    Any(Value),
}

/// Operations of one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unary {
    /// `-x`: flips the sign bit; on `I64` wrapping
    Neg,
    /// `|x|`: clears the sign bit
    Abs,
    /// `√x`, correctly rounded
    Sqrt,
    /// Largest whole number not above `x`
    Floor,
    /// To the nearest whole number, ties to even
    Nearest,
    /// `not x` on `Bool`
    Not,
    /// `exp x`; this and the following are expanded by `codegen` before a backend sees them
    Exp,
    /// `log x`
    Log,
    /// `sin x`
    Sin,
    /// `cos x`
    Cos,
    /// `tanh x`
    Tanh,
    /// `erf x`
    Erf,
    /// `erfc x`
    Erfc,
    /// Another function of a number
    Special(Special),
}

/// Operations of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Binary {
    /// `x + y`; on `I64` and `Word` wrapping
    Add,
    /// `x - y`; on `I64` and `Word` wrapping
    Sub,
    /// `x · y`; on `I64` and `Word` wrapping (low half)
    Mul,
    /// `x / y` on floats
    Div,
    /// `x > y ? x : y`
    Max,
    /// `x < y ? x : y`
    Min,
    /// `x and y` on `Bool`; bitwise on `Word` and `I64`
    And,
    /// `x or y` on `Bool`; bitwise on `Word` and `I64`
    Or,
    /// Exclusive or on `Word` and `I64`, `Bool` too
    Xor,
    /// High half of the product of `Word`s
    MulHigh,
    /// Left shift of `Word` or `I64` by a uniform constant of the same scalar type, below the width
    Shl,
    /// Logical right shift of `Word` or `I64` by a uniform constant, below the width
    Shr,
    /// `x ^ y`, general; expanded by `codegen` before a backend sees it
    Pow,
    /// The angle of the point (y, x), in [-π, π]: `atan2(x, y)`; expanded likewise
    Atan2,
}

/// Operations of three operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ternary {
    /// `x · y + z`, rounded once
    Fma,
}

/// Comparisons; false where a NaN takes part, except `Ne`. On `I64` signed, on `Word` unsigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Compare {
    /// `x == y`
    Eq,
    /// `x != y`
    Ne,
    /// `x < y`
    Lt,
    /// `x <= y`
    Le,
    /// `x > y`
    Gt,
    /// `x >= y`
    Ge,
}

impl Type {
    /// One for all paths.
    pub fn uniform(scalar: Scalar) -> Self {
        Self { scalar, lanes: false }
    }

    /// One per path.
    pub fn lanes(scalar: Scalar) -> Self {
        Self { scalar, lanes: true }
    }
}

impl Scalar {
    /// Bytes of an entry in a buffer.
    pub fn bytes(self) -> u64 {
        match self {
            Self::F64 | Self::I64 => 8,
            Self::F32 | Self::Word => 4,
            Self::Bool => 1,
        }
    }
}
