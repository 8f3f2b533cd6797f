//! Types and sizes: the facts. The texts are in `shape_text`.

use sdec_base::Span;

use crate::infer::Why;
use crate::unify::Origin;

/// A side of an operator: its place, its type, its text.
pub(crate) type Operand = (Span, String, String);

/// What can be wrong with a type or a size.
#[derive(Clone, Debug)]
pub(crate) enum ShapeError {
    /// Another type than expected.
    Expected {
        expected: String,
        found: String,
        why: Why,
        span: Span,
        written: Option<String>,
        hint: Option<String>,
        note: Option<String>,
    },
    /// A type that cannot be added and scaled.
    NoVectorSpace { found: String, span: Span },
    /// Two sizes that must be the same.
    Sizes { left: String, right: String, span: Span, note: Option<String> },
    /// A number outside its type.
    TooLarge { span: Span, what: String },
    /// A literal index outside its set.
    OutOfRange { index: u64, span: Span, set: String, number: Option<i64>, table: String },
    /// Something that nothing determines.
    Unknown(Origin),
    /// A size where a type is needed.
    SizeForType { written: String, span: Span },
    /// A type where a size is needed.
    TypeForSize { written: String, span: Span },
    /// `Interval` without two numbers.
    Interval { span: Span },
    /// Too few or too many arguments of a type.
    TypeArguments { name: String, wanted: usize, found: usize, span: Span },
    /// An expression that is no size.
    NotASize { what: String, span: Span },
    /// A size that is no number.
    NoNumber { name: String, span: Span },
    /// `-1` as a `Nat`.
    NegativeCount { written: String, span: Span },
    /// A size below zero.
    Negative { size: String, value: i64, span: Span },
    /// A table that is too large.
    TooManyEntries { ty: String, span: Span },
    /// A `def` parameter without a type.
    ParameterType { name: String, span: Span },
    /// A bare function.
    ShownFunction { ty: String, span: Span },

    /// `A @ x` with different sizes.
    Contract {
        op_span: Span,
        span: Span,
        lhs: Operand,
        rhs: Operand,
        offers: (String, String),
        other_way: Option<(String, String)>,
        note: Option<String>,
    },
    /// `a @ x` where one is no table.
    ContractNumber { op_span: Span, lhs: Operand, rhs: Operand },
    /// `A * B` of tables.
    Product {
        symbol: &'static str,
        op_span: Span,
        lhs: Operand,
        rhs: Operand,
        contracts: Option<String>,
        entrywise: bool,
    },
    /// `a + b` of different types.
    Operands {
        symbol: &'static str,
        op_span: Span,
        lhs: (Span, String),
        rhs: (Span, String),
        note: Option<String>,
    },
    /// Something that cannot be computed with.
    Operand { symbol: &'static str, found: String, span: Span },
    /// Arithmetic on an index.
    IndexArithmetic {
        index: String,
        set: String,
        other: String,
        negative: bool,
        span: Span,
        whole: Span,
    },
    /// A `Nat` with a `Float`.
    CountWithNumber {
        symbol: &'static str,
        count: (Span, String),
        number: (Span, String),
        written: String,
    },
    /// `k / n` of counts.
    CountQuotient { lhs: String, rhs: String, span: Span },
    /// `k ^ n` of counts.
    CountPower { lhs: String, rhs: String, span: Span },
    /// `a ^ b` where `b` is no number.
    Exponent { found: String, span: Span },
    /// `A ^ 2` of a square table.
    SquareTable { lhs: String, rhs: String, span: Span },
    /// `a < b` of tables.
    CompareTables { symbol: &'static str, lhs: (Span, String), rhs: (Span, String) },

    /// Something called that is no function.
    NotAFunction { what: String, found: String, span: Span },
    /// Too few or too many arguments.
    ArgumentCount {
        function: String,
        wanted: usize,
        found: usize,
        span: Span,
        declared: Option<Span>,
    },
    /// `f(x = 1)`
    NamedArgument { name: String, span: Span },
    /// A lambda whose binder has no type.
    LambdaBinder { name: String, span: Span, body: String },
    /// A lambda with too few or too many binders.
    LambdaArity { wanted: usize, found: usize, ty: String, span: Span },
    /// `if` between functions.
    ChosenFunction { condition: String, span: Span },
    /// A table of functions.
    TableOfFunctions { span: Span },
    /// `sum` alone.
    ReducerAsValue { word: String, span: Span },
    /// `sum(x)`
    ReducerCall { word: String, of: Option<String>, span: Span },
    /// A derivative of something else.
    Derivative { word: String, needs: &'static str, found: String, span: Span },
    /// `float(x)` of something else.
    Conversion { to: String, found: String, what: String, is_index: bool, span: Span },
    /// `cat` of a number.
    Cat { what: String, found: String, span: Span, other: Option<(Span, String)>, mended: String },
    /// `unflat` where no type is expected.
    UnflatHere { span: Span },

    /// An index on something else.
    NotATable { what: String, found: String, span: Span },
    /// A pattern of parts on something else.
    NotATuple { found: String, parts: usize, span: Span },
    /// `{r with …}` of something else.
    NotARecord { found: String, span: Span },
    /// A record without one of its fields.
    MissingField { field: String, ty: String, span: Span },
    /// An index that ranges over another set.
    Range {
        binder: (String, Span),
        range: String,
        because: Option<String>,
        table: String,
        set: String,
        span: Span,
        free: Option<(String, Span)>,
    },
    /// A reduction of something else.
    Reduced { word: &'static str, word_span: Span, needs: &'static str, found: String, span: Span },
    /// `sum i. x[i] + b`
    Addend { addend: String, summand: String, names: String, span: Span, op: Span },
    /// A `case` without some constructor.
    MissingArm {
        constructor: String,
        arguments: usize,
        declared: Option<Span>,
        scrutinee: (String, String),
        span: Span,
        of: Span,
    },
    /// An arm after one that takes everything.
    UnreachableArm { span: Span },
}
