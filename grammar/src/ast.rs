//! The tree of what was written, with a span on every node.
//!
//! Nothing is resolved: names are texts, types and sizes share one grammar, and whether a clause
//! makes sense where it stands is for `check` to say. Comments live beside the tree (`Program`).

use sdec_base::Span;

/// A name with its place. Identifiers are NFC-normalised; `µ` is `μ` and `ϵ` is `ε`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The normalised text.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// A whole file.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Declarations and commands in file order.
    pub items: Vec<Item>,
    /// All comments in file order, for the formatter.
    pub comments: Vec<Comment>,
}

/// A comment line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The text with its `#` or `##`.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// Whether something stands before it on its line.
    pub trailing: bool,
}

/// A top-level declaration or command.
#[derive(Clone, Debug)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// All of it.
    pub span: Span,
    /// Text of the `##` lines directly above, without the marks, joined by newlines.
    pub doc: Option<String>,
}

/// The forms of a top-level item.
#[derive(Clone, Debug)]
pub enum ItemKind {
    /// `import name` or `import "file.sde"`
    Import(Import),
    /// `precision f32`
    Precision(Name),
    /// `size k = 8`
    Size {
        /// `k`
        name: Name,
        /// `8`
        value: Type,
    },
    /// `index Species = Hare | Lynx`
    Index {
        /// `Species`
        name: Name,
        /// `Hare`, `Lynx`
        elements: Vec<Name>,
    },
    /// `type Gauss(n) = { … }` or `type Signal(a) = Value(a) | Missing`
    Type {
        /// `Gauss`
        name: Name,
        /// `n`
        params: Vec<SizeParam>,
        /// One: an alias, unless it is a bare constructor. Several: constructors.
        alternatives: Vec<Type>,
    },
    /// A top-level `let`.
    Let(Let),
    /// A function.
    Def(Def),
    /// A parameter shared by the models of the file.
    Param(Param),
    /// A net: parameters and a function.
    Net(Net),
    /// A file bound to names.
    Data(Data),
    /// `model M(n = 4) …` or `model Aug of P …`
    Model(Model),
    /// `posterior Q of M given xs …`
    Posterior(Posterior),
    /// `objective f of M given x : τ …`
    Objective(Objective),
    /// A solver's step.
    Method(Method),
    /// `fit M to D …`, `sample M as s …`, `estimate v of M …`
    Command(Command),
    /// `repeat k` around items.
    Repeat {
        /// How often.
        count: Literal,
        /// What is repeated.
        items: Vec<Item>,
    },
    /// A bare expression, evaluated and shown.
    Show(Expr),
}

/// What an `import` names.
#[derive(Clone, Debug)]
pub enum Import {
    /// `import nets`
    Module(Name),
    /// `import "file.sde"`
    File(Text),
}

/// A string literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Without its quotes.
    pub text: String,
    /// With its quotes.
    pub span: Span,
}

/// A number as written, with `_` removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// Its digits.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// `n = 4` in `model M(n = 4)`, or `n` alone.
#[derive(Clone, Debug)]
pub struct SizeParam {
    /// `n`
    pub name: Name,
    /// `4`
    pub default: Option<Type>,
}

/// `def f(x: τ, …) -> τ = body`
#[derive(Clone, Debug)]
pub struct Def {
    /// `f`
    pub name: Name,
    /// Parameters in order. Only a method's step leaves types out.
    pub params: Vec<DefParam>,
    /// `-> τ`
    pub result: Option<Type>,
    /// After `=`.
    pub body: Body,
    /// All of it.
    pub span: Span,
}

/// One parameter of a `def`.
#[derive(Clone, Debug)]
pub struct DefParam {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: Option<Type>,
}

/// `let pattern : τ = body` or `let pattern : τ ~ body`
#[derive(Clone, Debug)]
pub struct Let {
    /// Left of `:`.
    pub pattern: Pattern,
    /// Right of `:`.
    pub ty: Option<Type>,
    /// Whether it is bound by `=` or drawn by `~`.
    pub draw: bool,
    /// The value, or the law.
    pub body: Body,
    /// All of it.
    pub span: Span,
}

/// `lets…` then an expression; a one-line body has no lets.
#[derive(Clone, Debug)]
pub struct Body {
    /// In order.
    pub lets: Vec<Let>,
    /// The value.
    pub result: Expr,
}

/// `param a, b : C = init ~ prior per subject`
#[derive(Clone, Debug)]
pub struct Param {
    /// `a`, `b`
    pub names: Vec<Name>,
    /// `C`: a constraint, a type of values or a net.
    pub ty: Type,
    /// `= init`
    pub init: Option<Expr>,
    /// `~ prior`
    pub prior: Option<Expr>,
    /// `per subject`
    pub per: Option<Name>,
    /// All of it.
    pub span: Span,
}

/// `net N(…) : τ` with its block.
#[derive(Clone, Debug)]
pub struct Net {
    /// `N`
    pub name: Name,
    /// Sizes and settings.
    pub params: Vec<SizeParam>,
    /// The type of the function.
    pub ty: Type,
    /// Params, lets and defs in order.
    pub items: Vec<NetItem>,
    /// The function.
    pub body: Expr,
}

/// A clause of a net.
#[derive(Clone, Debug)]
pub enum NetItem {
    /// Its parameters.
    Param(Param),
    /// Abbreviations.
    Let(Let),
    /// Local functions.
    Def(Def),
}

/// `data D(n) = csv "file" by "key"` with its columns.
#[derive(Clone, Debug)]
pub struct Data {
    /// `D`
    pub name: Name,
    /// Axes.
    pub params: Vec<SizeParam>,
    /// `csv`, `npz`
    pub format: Name,
    /// The file, relative to the source.
    pub file: Text,
    /// `by "Subject"`
    pub by: Option<Text>,
    /// In order.
    pub columns: Vec<Column>,
}

/// `conc : subject => Series(Float?) from "conc" at "Time"`
#[derive(Clone, Debug)]
pub struct Column {
    /// `conc`
    pub name: Name,
    /// Its type.
    pub ty: Type,
    /// `from …`
    pub from: Option<Expr>,
    /// `at …`
    pub at: Option<Expr>,
    /// All of it.
    pub span: Span,
}

/// `model M(…) of B` with its clauses.
#[derive(Clone, Debug)]
pub struct Model {
    /// `M`
    pub name: Name,
    /// Sizes.
    pub params: Vec<SizeParam>,
    /// `of B`
    pub base: Option<Name>,
    /// In order.
    pub clauses: Vec<Clause>,
}

/// `posterior Q(…) of M given xs` with its clauses.
#[derive(Clone, Debug)]
pub struct Posterior {
    /// `Q`
    pub name: Name,
    /// Sizes.
    pub params: Vec<SizeParam>,
    /// `M`
    pub model: Name,
    /// `xs`
    pub given: Vec<Given>,
    /// In order.
    pub clauses: Vec<Clause>,
}

/// `xs` or `x : τ` after `given`.
#[derive(Clone, Debug)]
pub struct Given {
    /// `x`
    pub name: Name,
    /// `τ`
    pub ty: Option<Type>,
}

/// `objective f of M given x : τ` with its block.
#[derive(Clone, Debug)]
pub struct Objective {
    /// `f`
    pub name: Name,
    /// `M`
    pub model: Name,
    /// `x : τ`
    pub given: Vec<Given>,
    /// Draws, lets, and the loss.
    pub body: Body,
}

/// `method heun : Stratonovich` with its facts and functions.
#[derive(Clone, Debug)]
pub struct Method {
    /// `heun`
    pub name: Name,
    /// `Ito` or `Stratonovich`
    pub convention: Name,
    /// `strong = 1 / 2`
    pub facts: Vec<Setting>,
    /// `step`, `start`, `back`
    pub defs: Vec<Def>,
}

/// Which command a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CommandKind {
    /// `fit M to D`
    Fit,
    /// `sample M`
    Sample,
    /// `estimate v of M`
    Estimate,
}

/// `fit M(…) to D as f`, `sample M(…) given D as s`, `estimate v of M(…)`, and settings.
#[derive(Clone, Debug)]
pub struct Command {
    /// Which.
    pub kind: CommandKind,
    /// `M`
    pub model: Name,
    /// Sizes given to the model.
    pub sizes: Vec<SizeParam>,
    /// `to D` or `given D`
    pub data: Vec<Name>,
    /// `as s`, or the `v` of an estimate.
    pub label: Option<Name>,
    /// `key = value` in order.
    pub settings: Vec<Setting>,
}

/// `key = value`
#[derive(Clone, Debug)]
pub struct Setting {
    /// `key`
    pub key: Name,
    /// `value`
    pub value: Body,
    /// All of it.
    pub span: Span,
}

/// A clause of a model or posterior.
#[derive(Clone, Debug)]
pub struct Clause {
    /// What it is.
    pub kind: ClauseKind,
    /// All of it.
    pub span: Span,
}

/// The forms of a clause.
#[derive(Clone, Debug)]
pub enum ClauseKind {
    /// `param …`
    Param(Param),
    /// `let …`
    Let(Let),
    /// `def …`
    Def(Def),
    /// `input x : τ = default`
    Input {
        /// Names.
        names: Vec<Name>,
        /// Type or constraint.
        ty: Type,
        /// `= default`
        default: Option<Expr>,
    },
    /// `state x, y : C during e`
    State {
        /// Names.
        names: Vec<Name>,
        /// Type or constraint.
        ty: Type,
        /// `during e`
        during: Option<Expr>,
    },
    /// `noise W : ν`
    Noise {
        /// Names.
        names: Vec<Name>,
        /// `Brownian`, `n => Brownian`, `Poisson(λ)`
        ty: Type,
    },
    /// `noise W like x`
    NoiseLike {
        /// Names.
        names: Vec<Name>,
        /// The state whose shape it has.
        state: Name,
    },
    /// `mark J of N ~ D`
    Mark {
        /// `J`
        name: Name,
        /// `N`
        noise: Name,
        /// `D`
        law: Expr,
    },
    /// `init x = e` or `init x ~ D`
    Init {
        /// States.
        names: Vec<Name>,
        /// Whether drawn (`~`) or set (`=`).
        draw: bool,
        /// The value or law.
        body: Body,
    },
    /// `next s = e` or `next s ~ D`
    Next {
        /// States.
        names: Vec<Name>,
        /// Whether drawn (`~`) or set (`=`).
        draw: bool,
        /// The value or law.
        body: Body,
    },
    /// `when e` with its resets.
    When {
        /// The event function.
        event: Expr,
        /// `x = e`
        resets: Vec<(Name, Expr)>,
    },
    /// `observe y? : τ at e ~ D` or `… = e`
    Observe {
        /// `y`
        name: Name,
        /// `?`
        maybe: bool,
        /// `: τ`
        ty: Option<Type>,
        /// `at e`
        at: Option<Expr>,
        /// Whether a law (`~`) or exact (`=`).
        draw: bool,
        /// The law or value.
        body: Body,
    },
    /// `dx[i] = a dt + b dW`
    Equation {
        /// `dx` as written, with the `d`.
        head: Name,
        /// `[i]`
        indices: Vec<Name>,
        /// The addends in order.
        terms: Vec<DiffTerm>,
    },
    /// `dx/dt = e`
    Rate {
        /// `dx` as written, with the `d`.
        head: Name,
        /// `[i]`
        indices: Vec<Name>,
        /// The right side.
        body: Body,
    },
    /// `ds ~ Rates(…)`
    Transition {
        /// `ds` as written, with the `d`.
        head: Name,
        /// `[i]`
        indices: Vec<Name>,
        /// The law.
        law: Body,
    },
}

/// An addend of an equation: `- a dW[0]`.
#[derive(Clone, Debug)]
pub struct DiffTerm {
    /// Whether `-` stands before it.
    pub negative: bool,
    /// `a`; `None` for a bare differential (coefficient 1).
    pub coefficient: Option<Coefficient>,
    /// `dW[0]`; `None` when it was forgotten (E0103).
    pub differential: Option<Differential>,
    /// From coefficient to differential.
    pub span: Span,
}

/// What stands before a differential.
#[derive(Clone, Debug)]
pub enum Coefficient {
    /// An expression.
    Expr(Expr),
    /// `_`, the prior's coefficient.
    Hole(Span),
}

/// `dt`, `dW`, `dW[0]`
#[derive(Clone, Debug)]
pub struct Differential {
    /// `dt` is `t`, `dW` is `W`.
    pub name: Name,
    /// `[0]`
    pub indices: Vec<Expr>,
    /// All of it.
    pub span: Span,
}

/// A pattern.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// What it is.
    pub kind: PatternKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a pattern.
#[derive(Clone, Debug)]
pub enum PatternKind {
    /// `x`; an upper-case name in a `case` arm is a constructor, which `check` decides.
    Name(Name),
    /// `_`
    Wild,
    /// `Value(x)`
    Constructor(Name, Vec<Pattern>),
    /// `(a, b)`
    Tuple(Vec<Pattern>),
    /// `{a, b}`
    Record(Vec<Name>),
}

/// `i`, `i: n`, `(a, b)` or `_` after `for`, `\` or a reducer.
#[derive(Clone, Debug)]
pub struct Binder {
    /// What is bound.
    pub pattern: Pattern,
    /// Its index set or type.
    pub ty: Option<Type>,
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of an expression.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `x`, `S0`, `Hare`
    Name(Name),
    /// `8`
    Nat(Literal),
    /// `0.5`, `1e-3`
    Float(Literal),
    /// `"text"`
    Text(Text),
    /// `true`, `false`
    Bool(bool),
    /// `a + b`
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Where the operator stands.
        op_span: Span,
        /// Left operand.
        lhs: Box<Expr>,
        /// Right operand.
        rhs: Box<Expr>,
    },
    /// `-a`
    Neg(Box<Expr>),
    /// `not a`
    Not(Box<Expr>),
    /// `x |> f(y)`
    Pipe(Box<Expr>, Box<Expr>),
    /// `f(x, name = y)`; also `max(a, b)`, whose callee is [`ExprKind::Reducer`].
    Call(Box<Expr>, Vec<Argument>),
    /// `max` in `max(a, b)`.
    Reducer(Reducer),
    /// `x[i, j]`
    Index(Box<Expr>, Vec<Expr>),
    /// `r.mean`
    Field(Box<Expr>, Name),
    /// `(e : τ)`
    Annotated(Box<Expr>, Box<Type>),
    /// `(a, b)`, `()`
    Tuple(Vec<Expr>),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `{a = e}`
    Record(Vec<(Name, Expr)>),
    /// `{r with a = e}`
    Update(Box<Expr>, Vec<(Name, Expr)>),
    /// `\x y. e`
    Lambda(Vec<Binder>, Box<Body>),
    /// `for i j. e`
    For(Vec<Binder>, Box<Body>),
    /// `sum i. e`
    Reduce {
        /// `sum`
        reducer: Reducer,
        /// Where `sum` stands.
        reducer_span: Span,
        /// `i`
        binders: Vec<Binder>,
        /// `e`
        body: Box<Body>,
    },
    /// `if c then a else b`
    If(Box<Expr>, Box<Body>, Box<Body>),
    /// `case e of …`
    Case(Box<Expr>, Vec<Arm>),
    /// What could not be parsed; already reported.
    Error,
}

/// `f(x)` or `f(dt = x)`
#[derive(Clone, Debug)]
pub struct Argument {
    /// `dt =`
    pub name: Option<Name>,
    /// `x`
    pub value: Expr,
}

/// `pattern -> body`
#[derive(Clone, Debug)]
pub struct Arm {
    /// Left of the arrow.
    pub pattern: Pattern,
    /// Right of the arrow.
    pub body: Body,
}

/// Infix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `.*`
    ElementMul,
    /// `./`
    ElementDiv,
    /// `@`
    Contract,
    /// `^`
    Pow,
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
    /// `and`
    And,
    /// `or`
    Or,
}

impl BinaryOp {
    /// As written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::ElementMul => ".*",
            Self::ElementDiv => "./",
            Self::Contract => "@",
            Self::Pow => "^",
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::And => "and",
            Self::Or => "or",
        }
    }
}

/// Words that reduce over a binder, or take their operands as arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reducer {
    /// `sum`
    Sum,
    /// `prod`
    Prod,
    /// `max`
    Max,
    /// `min`
    Min,
    /// `mean`
    Mean,
    /// `logsumexp`
    LogSumExp,
    /// `argmax`
    ArgMax,
    /// `argmin`
    ArgMin,
    /// `all`
    All,
    /// `any`
    Any,
}

impl Reducer {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Sum,
        Self::Prod,
        Self::Max,
        Self::Min,
        Self::Mean,
        Self::LogSumExp,
        Self::ArgMax,
        Self::ArgMin,
        Self::All,
        Self::Any,
    ];

    /// As written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Prod => "prod",
            Self::Max => "max",
            Self::Min => "min",
            Self::Mean => "mean",
            Self::LogSumExp => "logsumexp",
            Self::ArgMax => "argmax",
            Self::ArgMin => "argmin",
            Self::All => "all",
            Self::Any => "any",
        }
    }
}

/// A type or a size.
#[derive(Clone, Debug)]
pub struct Type {
    /// What it is.
    pub kind: TypeKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a type or size.
#[derive(Clone, Debug)]
pub enum TypeKind {
    /// `8`
    Nat(Literal),
    /// `0.5`, `-1`: only as an argument of a constraint or net; keeps its sign.
    Number(Literal),
    /// `Float`, `n`
    Name(Name),
    /// `MLP(2, 2, width = 8)`
    Apply(Name, Vec<TypeArgument>),
    /// `ι => τ`
    Table(Box<Type>, Box<Type>),
    /// `σ -> τ`; the left side may be a tuple of parameters
    Function(Box<Type>, Box<Type>),
    /// `m + n`
    Add(Box<Type>, Box<Type>),
    /// `m * n`
    Mul(Box<Type>, Box<Type>),
    /// `m - n`: parsed for sizes of data (`day - 1`), judged by `check`
    Sub(Box<Type>, Box<Type>),
    /// `(τ, …)`; one in brackets is itself
    Tuple(Vec<Type>),
    /// `{l: τ, …}`
    Record(Vec<(Name, Type)>),
    /// `τ?`
    Maybe(Box<Type>),
    /// What could not be parsed; already reported.
    Error,
}

/// An argument of a type: `2`, `width = 8`, `max`.
#[derive(Clone, Debug)]
pub struct TypeArgument {
    /// `width =`
    pub name: Option<Name>,
    /// `8`
    pub value: Type,
}
