//! The data of the IR.

use sdec_base::{IdVec, Span, Special, id_type};

id_type! {
    /// The result of one operation or the parameter of a region, named once and never reassigned.
    Value, "v"
}

id_type! {
    /// An independent source of draws: a noise or an initial law. Its name is in [`Func::streams`].
    Stream, "stream"
}

/// The type of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scalar {
    /// IEEE double.
    F64,
    /// IEEE single.
    F32,
    /// Counts and indices.
    I64,
    /// Truth values.
    Bool,
}

/// A scalar (empty shape) or an array in row-major order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Type {
    /// The type of an entry.
    pub scalar: Scalar,
    /// Extents, outermost first.
    pub shape: Vec<u64>,
}

/// `params → results`: what one path computes. Two paths differ in their draws, and in the parameters of
/// which each has its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Func {
    /// Prints first.
    pub name: String,
    /// Types of all values.
    pub types: IdVec<Value, Type>,
    /// Qualified names of the streams, which key them (`GBM.W`).
    pub streams: IdVec<Stream, String>,
    /// In the order of the arguments.
    pub params: Vec<Param>,
    /// Operations; its `params` are empty and its `results` those of the function.
    pub body: Region,
}

/// A parameter of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// The value.
    pub value: Value,
    /// What it is, for people: `S0`, `grid.t`, `ct.value`.
    pub name: String,
    /// Whether each path has its own, such as a row of data; else it is the same for all.
    pub each: bool,
}

/// Operations in order, with values that come in and go out. Values of enclosing regions are
/// visible.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Region {
    /// Bound at each execution.
    pub params: Vec<Value>,
    /// In execution order; operands precede uses.
    pub insts: Vec<Inst>,
    /// What an execution yields.
    pub results: Vec<Value>,
}

/// An operation with the values that it defines.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Inst {
    /// One, except for control operations.
    pub results: Vec<Value>,
    /// The operation.
    pub op: Op,
    /// The source that it came from; not part of the text.
    pub origin: Option<Span>,
}

/// A number or truth value; floats compare by bits, so that `-0.0` and `0.0` are different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Literal {
    /// Bits of an `f64`, rounded to single where the type is `F32`.
    Float(u64),
    /// A count.
    Int(i64),
    /// A truth value.
    Bool(bool),
}

/// One operation. Elementwise unless its comment says otherwise; operands of elementwise operations
/// have one shape (scalars are broadcast explicitly).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// A scalar literal.
    Const(Literal),
    /// `f(x)`
    Unary(Unary, Value),
    /// `f(x, y)`
    Binary(Binary, Value, Value),
    /// `x < y`, to `Bool`
    Compare(Compare, Value, Value),
    /// `c ? x : y`; `c` has the operands' shape
    Select(Value, Value, Value),
    /// To the result's scalar type: between floats (rounding to nearest), from `I64` to floats.
    Convert(Value),
    /// Repeats along new leading axes: `s → [n…, s]`; the result's shape says how often.
    Broadcast(Value),
    /// Equal shapes `s` to `[k, s]`.
    Stack(Vec<Value>),
    /// Along axis 0.
    Concat(Vec<Value>),
    /// Rows `start .. start + len` of axis 0; `len` is in the result's type.
    Slice {
        /// The array.
        array: Value,
        /// First row.
        start: u64,
    },
    /// Same entries in row-major order, to the result's shape.
    Reshape(Value),
    /// Axis `k` of the result is axis `permutation[k]` of the operand.
    Transpose(Value, Vec<usize>),
    /// Row `index` of axis 0; `index` is an `I64` scalar in range.
    Index(Value, Value),
    /// The array with `row` added to its row `index`.
    AddAt {
        /// The array.
        array: Value,
        /// An `I64` scalar in range.
        index: Value,
        /// What is added.
        row: Value,
    },
    /// Last axis of the left with first axis of the right: `Σₖ a[…, k] b[k, …]`, one fma chain, k
    /// ascending.
    Contract(Value, Value),
    /// `A⁻¹ b` of `A: [n, n]` and `b: [n, …]`; not finite where `A` is singular.
    Solve(Value, Value),
    /// Sum over axis 0, in order.
    Sum(Value),
    /// Product over axis 0, in order.
    Product(Value),
    /// Largest or smallest over axis 0, in order.
    Extremum(Extremum, Value),
    /// Index of the first largest or smallest entry of a vector.
    ArgExtremum(Extremum, Value),
    /// Independent standard draws of the path: entry `e` is draw number `index · entries + e` of the
    /// stream.
    Draw {
        /// The stream.
        stream: Stream,
        /// Normal or uniform.
        law: DrawLaw,
        /// An `I64` scalar ≥ 0, the step.
        index: Value,
    },
    /// `for i: body(i)`, independent executions; each result is stacked to `[extent, …]`. The region
    /// has one parameter, the `I64` index.
    Map {
        /// How many.
        extent: u64,
        /// One execution.
        body: Region,
    },
    /// Sequential executions. The region's parameters are the `I64` index and the carries; its
    /// results the next carries, then one value per entry of `emits`. The operation's results are
    /// the last carries, then the emitted arrays. An execution that does not take place changes no
    /// carry and emits nothing.
    Scan {
        /// How many, at most.
        extent: u64,
        /// Which of them take place.
        trips: Trips,
        /// From the last index to the first.
        reverse: bool,
        /// First carries.
        init: Vec<Value>,
        /// How emitted values are kept.
        emits: Vec<Emit>,
        /// One execution.
        body: Region,
    },
    /// `root`, a vector at which a function is zero: the region, of one parameter and one result of
    /// its type. The derivative is that of the implicit function.
    Implicit {
        /// Where the function is zero.
        root: Value,
        /// The function.
        zero: Region,
    },
    /// `condition ? then : otherwise` with regions; the condition is a scalar.
    If {
        /// A scalar.
        condition: Value,
        /// Executed if true.
        then: Region,
        /// Executed if false.
        otherwise: Region,
    },
}

/// Which executions of a `scan` take place. Paths may differ in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trips {
    /// All.
    All,
    /// Those before the first carry, a truth value, is false. Upwards only.
    While,
    /// Those whose index is below an `I64` scalar.
    Below(Value),
}

/// Where a value emitted by an execution of `scan` goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Emit {
    /// Row `i` of `[extent, …]`; rows of executions that do not take place are zero.
    Every,
    /// Row `slots[i]` of `[rows, …]`, nowhere if negative; rows that nothing is emitted to are zero.
    /// No row is emitted to twice.
    Slots {
        /// `I64 [extent]`
        slots: Value,
        /// How many rows.
        rows: u64,
    },
}

/// Operations of one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unary {
    /// `-x`
    Neg,
    /// `|x|`
    Abs,
    /// `√x`
    Sqrt,
    /// `exp x`
    Exp,
    /// `log x`, natural
    Log,
    /// `sin x`, radians
    Sin,
    /// `cos x`, radians
    Cos,
    /// `tanh x`
    Tanh,
    /// `erf x`
    Erf,
    /// `erfc x`
    Erfc,
    /// Another function of a number.
    Special(Special),
    /// Largest whole number not above `x`
    Floor,
    /// `1` where `x > 0`, `-1` where `x < 0`, else `0`
    Sign,
    /// The identity with derivative zero
    StopGradient,
    /// `not x` on `Bool`
    Not,
}

/// Operations of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Binary {
    /// `x + y`, on `I64` too
    Add,
    /// `x - y`, on `I64` too
    Sub,
    /// `x · y`, on `I64` too
    Mul,
    /// `x / y`
    Div,
    /// `x ^ y`, general; whole constants become products before
    Pow,
    /// The angle of the point (y, x), in [-π, π]: `atan2(x, y)`
    Atan2,
    /// `x > y ? x : y`, on `I64` too
    Max,
    /// `x < y ? x : y`, on `I64` too
    Min,
    /// `x and y` on `Bool`
    And,
    /// `x or y` on `Bool`
    Or,
}

/// Comparisons of equal types; false where a NaN takes part, except `Ne`.
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

/// Which end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Extremum {
    /// Largest.
    Max,
    /// Smallest.
    Min,
}

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DrawLaw {
    /// Standard normal.
    Normal,
    /// Uniform on (0, 1).
    Uniform,
}

impl Type {
    /// A scalar type.
    pub fn scalar(scalar: Scalar) -> Self {
        Self { scalar, shape: Vec::new() }
    }

    /// An array type.
    pub fn array(scalar: Scalar, shape: &[u64]) -> Self {
        Self { scalar, shape: shape.to_vec() }
    }

    /// Number of entries.
    pub fn entries(&self) -> u64 {
        self.shape.iter().product()
    }

    /// Whether entries are `F64` or `F32`.
    pub fn is_float(&self) -> bool {
        matches!(self.scalar, Scalar::F64 | Scalar::F32)
    }
}

impl Literal {
    /// A float literal.
    pub fn float(x: f64) -> Self {
        Self::Float(x.to_bits())
    }
}
