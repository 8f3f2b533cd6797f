//! Typed expressions.

use sdec_base::{Span, Special};

use crate::{
    AdtId, DataId, DefId, GlobalId, IndexSet, LocalId, ModelId, Size, SizeVarId, Ty, TyVarId,
};

/// An expression with its type.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its type; generic names of the enclosing `def` may occur in it.
    pub ty: Ty,
    /// Where it was written.
    pub span: Span,
}

/// The forms of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A number of type `Float`.
    Float(f64),
    /// A number of type `Nat` or `Int`.
    Int(i64),
    /// A truth value.
    Bool(bool),
    /// A string.
    Text(String),
    /// A size as a `Nat`.
    Size(Size),
    /// An element of an index set by its number: a literal index, or a named element.
    IndexElement(u64),
    /// A binder, let, state, param, input, noise increment or the time.
    Local(LocalId),
    /// A top-level `let`.
    Global(GlobalId),
    /// A top-level function as a value.
    Def(DefId, Substitution),
    /// A column of a data declaration.
    Column(DataId, usize),
    /// A state as a function of time, applied: `S(T)` in an estimate.
    StateAt(LocalId, Box<Expr>),
    /// A path of a model that a value draws, or a table of them: a record of its states, of which only
    /// [`ExprKind::PathAt`] reads any.
    Path(Box<Drawn>),
    /// A state of the path that a local is, by its number in the model, at a time: `p.S(T)`; of a table of paths
    /// the table of it.
    PathAt(LocalId, usize, Box<Expr>),

    /// Arithmetic on vector spaces. Operands have the same type, or one is a `Float` scalar which
    /// goes to every entry; `Nat` and `Int` as well.
    Arith(Arith, Box<Expr>, Box<Expr>),
    /// `-a` on a vector space, `Int` too.
    Neg(Box<Expr>),
    /// A comparison of numbers, or entrywise of a table with a scalar.
    Compare(Compare, Box<Expr>, Box<Expr>),
    /// `a and b`
    And(Box<Expr>, Box<Expr>),
    /// `a or b`
    Or(Box<Expr>, Box<Expr>),
    /// `not a`
    Not(Box<Expr>),
    /// `a @ b`: the last axis of the left with the first of the right.
    Contract(Box<Expr>, Box<Expr>),

    /// An operation that the compiler implements.
    Intrinsic(Intrinsic, Vec<Expr>),
    /// A function applied: a `Def`, a lambda, or something of function type.
    Call(Box<Expr>, Vec<Expr>),
    /// A `Float -> Float` function over every entry of a vector-space value.
    Lift(Box<Expr>, Box<Expr>),
    /// `\x y. body`
    Lambda(Vec<Pattern>, Box<Expr>),
    /// Lets, then a value.
    Block(Vec<LetStmt>, Box<Expr>),

    /// `for i: ι. body`
    For(Pattern, IndexSet, Box<Expr>),
    /// `sum i: ι. body`
    Reduce(Reducer, Pattern, IndexSet, Box<Expr>),
    /// `fold(ι, init, f)`: `f : (ix(ι), σ) -> σ`
    Fold(IndexSet, Box<Expr>, Box<Expr>),
    /// `scan(ι, init, f)`: as `fold`, keeping every state after its step: `ι => σ`
    Scan(IndexSet, Box<Expr>, Box<Expr>),
    /// `if c then a else b`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `case e of …`, exhaustive.
    Case(Box<Expr>, Vec<Arm>),

    /// `t[i]`, one index.
    Index(Box<Expr>, Box<Expr>),
    /// `[a, b, …]` of a table type.
    List(Vec<Expr>),
    /// `(a, b)`
    Tuple(Vec<Expr>),
    /// Fields in the type's order.
    Record(Vec<Expr>),
    /// The field with this number in the record type's order.
    Field(Box<Expr>, usize),
    /// The constructor with this number applied.
    Construct(AdtId, usize, Vec<Expr>),

    /// `zeros` of the expression's type.
    Zeros,
    /// `ones` of the expression's type.
    Ones,
    /// `eye` of the expression's type.
    Eye,
    /// `cat(a, b, …)`
    Cat(Vec<Expr>),
    /// `flat(x)`
    Flat(Box<Expr>),
    /// `unflat(x)` to the expression's type.
    Unflat(Box<Expr>),
    /// `linspace(a, b, n)`: `n` numbers from `a` to `b`, both included; `n` is in the type.
    Linspace(Box<Expr>, Box<Expr>),

    /// `grad(f)` and its kin: a function.
    Derivative(Derivative, Box<Expr>),

    /// Independent standard draws for each array that holds the expression's type, in order; zeros
    /// where there is none. Only in the start value of a parameter.
    Draws(Vec<Option<Draws>>),
}

/// `p ~ M(S0 = 90)`
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// `M`, whose sizes are those of the command.
    pub model: ModelId,
    /// What stands before the names of its noises and states in those of their streams: `v.p ~ M`.
    pub stream: String,
    /// Where there is a path for each element of a set: its name in what is given, and the set.
    pub entries: Option<(Pattern, IndexSet)>,
    /// Values of inputs and parameters in place of their own.
    pub given: Vec<(LocalId, Expr)>,
}

/// Where the standard draws of a parameter's array come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draws {
    /// What is drawn.
    pub law: BaseLaw,
    /// The qualified name that keys the stream: `CNF.v.first.A`.
    pub stream: String,
}

/// What the implicit names of a generic function stand for at one use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Substitution {
    /// Index sets for size names.
    pub sizes: Vec<(SizeVarId, IndexSet)>,
    /// Types for type names.
    pub types: Vec<(TyVarId, Ty)>,
}

/// Arithmetic. `Mul`, `Div` between tables are entrywise (`.*`, `./`); `check` has refused `*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arith {
    /// `a + b`
    Add,
    /// `a - b`
    Sub,
    /// `a * b`, `a .* b`
    Mul,
    /// `a / b`, `a ./ b`
    Div,
    /// `a ^ b`
    Pow,
}

/// Comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compare {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

/// Reductions over a binder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reducer {
    /// `sum`, on vector spaces
    Sum,
    /// `prod`
    Prod,
    /// `max`
    Max,
    /// `min`
    Min,
    /// `mean`, on vector spaces
    Mean,
    /// `logsumexp`
    LogSumExp,
    /// `argmax`, an index
    ArgMax,
    /// `argmin`, an index
    ArgMin,
    /// `all`
    All,
    /// `any`
    Any,
}

/// Operations that `stdlib` declares as `intrinsic("name")`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Intrinsic {
    /// `exp x`
    Exp,
    /// `log x`
    Log,
    /// `√x`
    Sqrt,
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
    /// Another function of a number.
    Special(Special),
    /// `atan2(y, x)`: the angle of the point (x, y)
    Atan2,
    /// `|x|`
    Abs,
    /// Largest whole number not above `x`.
    Floor,
    /// `max(a, b)` of two numbers
    Max,
    /// `min(a, b)` of two numbers
    Min,
    /// A `Nat` or `Int` as a `Float`.
    ToFloat,
    /// A `Nat` as an `Int`.
    ToInt,
    /// The number of an index.
    Ordinal,
    /// `wrap(i, k)`: the index `k` further, cyclically.
    Wrap,
    /// `clamp(i, k)`: the index `k` further, at most to the ends.
    Clamp,
    /// `here(i) : ix(n + 1)`, the same number.
    Here,
    /// `next(i) : ix(n + 1)`, one more.
    Next,
    /// `left(i) : ix(n + m)` of `i : ix(n)`, the same number: the first `n` of `n + m`.
    Left,
    /// `right(j) : ix(n + m)` of `j : ix(m)`, the number plus `n`: the last `m` of `n + m`.
    Right,
    /// `plus(i, j) : ix(n + m + 1)` of `i : ix(n + 1)` and `j : ix(m + 1)`, the sum of the numbers.
    Plus,
    /// `solve(A, b)`: the `x` with `A x = b`.
    Solve,
    /// `root(F, guess)`: where `F` is zero.
    Root,
    /// `mode(height, guess)`: where `height` is largest.
    Mode,
    /// The identity with derivative zero.
    StopGradient,
    /// The identity: a formula of several cases that are one smooth function.
    Smooth,
    /// `around(xs, t)`: the observations on both sides of a time.
    Around,
    /// `mirrored(xs)`: the last observation first, at times that are negated.
    Mirrored,
    /// `present(xs)`: a series without its missing values.
    Present,
    /// `zip(xs, ys)`: the observations of two series in order of time.
    Zip,
    /// `times(events)`: the times of events as a series.
    Times,
}

impl Intrinsic {
    /// The name in `intrinsic("…")` of all but the special functions, which have their own.
    pub const NAMES: &'static [(&'static str, Self)] = &[
        ("exp", Self::Exp),
        ("log", Self::Log),
        ("sqrt", Self::Sqrt),
        ("sin", Self::Sin),
        ("cos", Self::Cos),
        ("tanh", Self::Tanh),
        ("erf", Self::Erf),
        ("erfc", Self::Erfc),
        ("atan2", Self::Atan2),
        ("abs", Self::Abs),
        ("floor", Self::Floor),
        ("max", Self::Max),
        ("min", Self::Min),
        ("to_float", Self::ToFloat),
        ("to_int", Self::ToInt),
        ("ordinal", Self::Ordinal),
        ("wrap", Self::Wrap),
        ("clamp", Self::Clamp),
        ("here", Self::Here),
        ("next", Self::Next),
        ("left", Self::Left),
        ("right", Self::Right),
        ("plus", Self::Plus),
        ("solve", Self::Solve),
        ("root", Self::Root),
        ("mode", Self::Mode),
        ("stop_gradient", Self::StopGradient),
        ("smooth", Self::Smooth),
        ("around", Self::Around),
        ("mirrored", Self::Mirrored),
        ("present", Self::Present),
        ("zip", Self::Zip),
        ("times", Self::Times),
    ];

    /// The intrinsic of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        let known = Self::NAMES.iter().find(|(known, _)| *known == name);
        let special = || Special::from_name(name).map(Self::Special);
        known.map(|&(_, intrinsic)| intrinsic).or_else(special)
    }

    /// The name of the intrinsic.
    pub fn name(self) -> &'static str {
        if let Self::Special(function) = self {
            return function.name();
        }
        Self::NAMES.iter().find(|&&(_, intrinsic)| intrinsic == self).map_or("?", |&(name, _)| name)
    }
}

/// Derivatives of functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Derivative {
    /// `grad(f)`: `(τ) -> τ` of `f : (τ) -> Float`
    Grad,
    /// `jvp(f)`: `(τ, τ) -> σ` of `f : (τ) -> σ`, the second argument the tangent
    Jvp,
    /// `vjp(f)`: `(τ, σ) -> τ` of `f : (τ) -> σ`, the second argument the cotangent
    Vjp,
    /// `jacobian(f)`: `(n => Float) -> m => n => Float`
    Jacobian,
    /// `div(f)`: `(n => Float) -> Float`
    Div,
}

/// What an initial law is made of: independent standard draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BaseLaw {
    /// Standard normal.
    Normal,
    /// Uniform on (0, 1).
    Uniform,
}

impl BaseLaw {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Uniform => "uniform",
        }
    }
}

/// `let pattern = value`
#[derive(Clone, Debug, PartialEq)]
pub struct LetStmt {
    /// What is bound.
    pub pattern: Pattern,
    /// To what.
    pub value: Expr,
}

/// What a value is taken apart into.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    /// A name.
    Bind(LocalId),
    /// Nothing.
    Wild,
    /// Parts of a tuple, or of an index of a product set.
    Tuple(Vec<Pattern>),
    /// Fields by number.
    Record(Vec<(usize, LocalId)>),
    /// The constructor with this number and its arguments.
    Constructor(AdtId, usize, Vec<Pattern>),
}

impl Pattern {
    /// Whether it binds a name.
    pub fn binds(&self, local: LocalId) -> bool {
        match self {
            Self::Bind(bound) => *bound == local,
            Self::Tuple(parts) | Self::Constructor(_, _, parts) => {
                parts.iter().any(|part| part.binds(local))
            }
            Self::Record(fields) => fields.iter().any(|&(_, bound)| bound == local),
            Self::Wild => false,
        }
    }

    /// The names that it binds, in order.
    pub fn locals(&self) -> Vec<LocalId> {
        match self {
            Self::Bind(bound) => vec![*bound],
            Self::Tuple(parts) | Self::Constructor(_, _, parts) => {
                parts.iter().flat_map(Self::locals).collect()
            }
            Self::Record(fields) => fields.iter().map(|&(_, bound)| bound).collect(),
            Self::Wild => Vec::new(),
        }
    }
}

/// `pattern -> body`
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// Left of the arrow.
    pub pattern: Pattern,
    /// Right of the arrow.
    pub body: Expr,
}

impl Expr {
    /// Calls `visit` on this expression and all within it, inner ones first.
    pub fn walk_mut(&mut self, visit: &mut dyn FnMut(&mut Expr)) {
        self.for_each_child_mut(&mut |child| child.walk_mut(visit));
        visit(self);
    }

    /// Calls `visit` on the expressions directly within this one, in order.
    pub fn for_each_child_mut(&mut self, visit: &mut dyn FnMut(&mut Expr)) {
        match &mut self.kind {
            ExprKind::Float(_)
            | ExprKind::Int(_)
            | ExprKind::Bool(_)
            | ExprKind::Text(_)
            | ExprKind::Size(_)
            | ExprKind::IndexElement(_)
            | ExprKind::Local(_)
            | ExprKind::Global(_)
            | ExprKind::Def(..)
            | ExprKind::Column(..)
            | ExprKind::Zeros
            | ExprKind::Ones
            | ExprKind::Eye
            | ExprKind::Draws(_) => {}
            ExprKind::StateAt(_, e)
            | ExprKind::PathAt(_, _, e)
            | ExprKind::Neg(e)
            | ExprKind::Not(e)
            | ExprKind::Lambda(_, e)
            | ExprKind::For(_, _, e)
            | ExprKind::Reduce(_, _, _, e)
            | ExprKind::Field(e, _)
            | ExprKind::Flat(e)
            | ExprKind::Unflat(e)
            | ExprKind::Derivative(_, e) => visit(e),
            ExprKind::Arith(_, a, b)
            | ExprKind::Compare(_, a, b)
            | ExprKind::And(a, b)
            | ExprKind::Or(a, b)
            | ExprKind::Contract(a, b)
            | ExprKind::Lift(a, b)
            | ExprKind::Fold(_, a, b)
            | ExprKind::Scan(_, a, b)
            | ExprKind::Index(a, b)
            | ExprKind::Linspace(a, b) => {
                visit(a);
                visit(b);
            }
            ExprKind::If(a, b, c) => {
                visit(a);
                visit(b);
                visit(c);
            }
            ExprKind::Path(drawn) => drawn.given.iter_mut().for_each(|(_, e)| visit(e)),
            ExprKind::Intrinsic(_, parts)
            | ExprKind::List(parts)
            | ExprKind::Tuple(parts)
            | ExprKind::Record(parts)
            | ExprKind::Construct(_, _, parts)
            | ExprKind::Cat(parts) => parts.iter_mut().for_each(visit),
            ExprKind::Call(callee, args) => {
                visit(callee);
                args.iter_mut().for_each(visit);
            }
            ExprKind::Block(lets, result) => {
                lets.iter_mut().for_each(|stmt| visit(&mut stmt.value));
                visit(result);
            }
            ExprKind::Case(scrutinee, arms) => {
                visit(scrutinee);
                arms.iter_mut().for_each(|arm| visit(&mut arm.body));
            }
        }
    }

    /// Calls `visit` on this expression and all within it, outer ones first.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        visit(self);
        self.for_each_child(&mut |child| child.walk(visit));
    }

    /// Calls `visit` on the expressions directly within this one, in order.
    pub fn for_each_child<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        match &self.kind {
            ExprKind::Float(_)
            | ExprKind::Int(_)
            | ExprKind::Bool(_)
            | ExprKind::Text(_)
            | ExprKind::Size(_)
            | ExprKind::IndexElement(_)
            | ExprKind::Local(_)
            | ExprKind::Global(_)
            | ExprKind::Def(..)
            | ExprKind::Column(..)
            | ExprKind::Zeros
            | ExprKind::Ones
            | ExprKind::Eye
            | ExprKind::Draws(_) => {}
            ExprKind::StateAt(_, e)
            | ExprKind::PathAt(_, _, e)
            | ExprKind::Neg(e)
            | ExprKind::Not(e)
            | ExprKind::Lambda(_, e)
            | ExprKind::For(_, _, e)
            | ExprKind::Reduce(_, _, _, e)
            | ExprKind::Field(e, _)
            | ExprKind::Flat(e)
            | ExprKind::Unflat(e)
            | ExprKind::Derivative(_, e) => visit(e),
            ExprKind::Arith(_, a, b)
            | ExprKind::Compare(_, a, b)
            | ExprKind::And(a, b)
            | ExprKind::Or(a, b)
            | ExprKind::Contract(a, b)
            | ExprKind::Lift(a, b)
            | ExprKind::Fold(_, a, b)
            | ExprKind::Scan(_, a, b)
            | ExprKind::Index(a, b)
            | ExprKind::Linspace(a, b) => {
                visit(a);
                visit(b);
            }
            ExprKind::If(a, b, c) => {
                visit(a);
                visit(b);
                visit(c);
            }
            ExprKind::Path(drawn) => drawn.given.iter().for_each(|(_, e)| visit(e)),
            ExprKind::Intrinsic(_, parts)
            | ExprKind::List(parts)
            | ExprKind::Tuple(parts)
            | ExprKind::Record(parts)
            | ExprKind::Construct(_, _, parts)
            | ExprKind::Cat(parts) => parts.iter().for_each(visit),
            ExprKind::Call(callee, args) => {
                visit(callee);
                args.iter().for_each(visit);
            }
            ExprKind::Block(lets, result) => {
                lets.iter().for_each(|stmt| visit(&stmt.value));
                visit(result);
            }
            ExprKind::Case(scrutinee, arms) => {
                visit(scrutinee);
                arms.iter().for_each(|arm| visit(&arm.body));
            }
        }
    }
    /// The paths that are drawn in this expression, in order.
    pub fn drawn_paths(&self) -> Vec<&Drawn> {
        let mut found = Vec::new();
        self.walk(&mut |expr| {
            if let ExprKind::Path(drawn) = &expr.kind {
                found.push(&**drawn);
            }
        });
        found
    }
}
