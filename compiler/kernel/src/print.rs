//! The text of a kernel, which [`parse`](crate::parse) reads back.
//!
//! ```text
//! kernel "mean" lanes 8
//! b0 = input "S" f64[3]
//! b1 = output "mean" <f64>[1]
//!
//! v0: i64 = const 0
//! v1: i64 = const 3
//! v2: f64 = const 0.0
//! for v3 in v0..v1 carry v4: f64 = v2 {
//!   v5: f64 = load b0[v3]
//!   v6: f64 = add v4, v5
//!   yield v6
//! } -> v7
//! v8: <f64> = splat v7
//! b1[v0] = v8
//! ```
//!
//! `<f64>` are lanes. A NaN is written by its bits. Routines stand before the body:
//!
//! ```text
//! routine r0 "normal" {
//!   b0 = input "key" word[2]
//!   b1 = lent "draws" <f64>[4]
//!
//!   …
//! }
//!
//! call r0(b0[v0]) -> b3[v1]
//! ```

use std::fmt::{self, Display, Formatter, Write};

use crate::{
    Binary, Block, Buffer, BufferId, Compare, Kernel, Law, Literal, Op, Order, Scalar, Space, Stmt,
    Ternary, Type, Unary, Value,
};

/// A name as `parse` reads it.
fn quoted(name: &str) -> String {
    let mut out = String::from("\"");
    for c in name.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out += "\\n",
            '\r' => out += "\\r",
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

impl Display for Kernel {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let how = if self.is_wide { "wide" } else { "lanes" };
        writeln!(f, "kernel {} {how} {}", quoted(&self.name), self.lanes)?;
        self.declarations(f, "")?;
        for (id, routine) in self.routines.iter() {
            write!(f, "\nroutine {id} {} ", quoted(&routine.name))?;
            if routine.is_wide {
                write!(f, "wide {} ", routine.lanes)?;
            }
            writeln!(f, "{{")?;
            routine.declarations(f, "  ")?;
            writeln!(f)?;
            Printer { kernel: routine, depth: 1 }.block(f, &routine.body)?;
            writeln!(f, "}}")?;
        }
        writeln!(f)?;
        Printer { kernel: self, depth: 0 }.block(f, &self.body)
    }
}

impl Kernel {
    fn declarations(&self, f: &mut Formatter<'_>, indent: &str) -> fmt::Result {
        self.buffers.iter().try_for_each(|(id, Buffer { space, name, ty, len })| {
            writeln!(f, "{indent}{id} = {space} {} {ty}[{len}]", quoted(name))
        })
    }

    /// The first line of a statement's text, for messages.
    pub(crate) fn headline(&self, stmt: &Stmt) -> String {
        let mut text = String::new();
        Printer { kernel: self, depth: 0 }.stmt(&mut text, stmt).expect("strings take any text");
        text.lines().next().unwrap_or_default().to_owned()
    }
}

struct Printer<'a> {
    kernel: &'a Kernel,
    depth: usize,
}

impl Printer<'_> {
    fn block(&self, f: &mut dyn Write, block: &Block) -> fmt::Result {
        block.stmts.iter().try_for_each(|stmt| self.stmt(f, stmt))
    }

    fn inner(&self, f: &mut dyn Write, block: &Block, yields: &[Value]) -> fmt::Result {
        let inner = Printer { kernel: self.kernel, depth: self.depth + 1 };
        inner.block(f, block)?;
        if !yields.is_empty() {
            inner.indent(f)?;
            writeln!(f, "yield {}", List(yields))?;
        }
        Ok(())
    }

    fn indent(&self, f: &mut dyn Write) -> fmt::Result {
        (0..self.depth).try_for_each(|_| f.write_str("  "))
    }

    /// `v1: f64, v2: <f64>`
    fn typed(&self, values: &[Value]) -> String {
        let typed = values.iter().map(|&value| format!("{value}: {}", self.kernel.types[value]));
        typed.collect::<Vec<_>>().join(", ")
    }

    fn stmt(&self, f: &mut dyn Write, stmt: &Stmt) -> fmt::Result {
        self.indent(f)?;
        match stmt {
            Stmt::Inst(inst) => writeln!(f, "{} = {}", self.typed(&[inst.result]), inst.op),
            Stmt::Store { buffer, index, value } => writeln!(f, "{buffer}[{index}] = {value}"),
            Stmt::For { var, start, end, order, carries, body, yields, more, results } => {
                let direction = match order {
                    Order::Up => "",
                    Order::Down => "reverse ",
                    Order::ByPart => "by part ",
                };
                write!(f, "for {var} in {direction}{start}..{end}")?;
                if let Some(more) = more {
                    write!(f, " while {more}")?;
                }
                for (k, &(carry, first)) in carries.iter().enumerate() {
                    let separator = if k == 0 { " carry" } else { "," };
                    write!(f, "{separator} {} = {first}", self.typed(&[carry]))?;
                }
                writeln!(f, " {{")?;
                self.inner(f, body, yields)?;
                self.indent(f)?;
                if results.is_empty() {
                    writeln!(f, "}}")
                } else {
                    writeln!(f, "}} -> {}", List(results))
                }
            }
            Stmt::If { condition, then, otherwise, results } => {
                let [mut defined, mut left, mut right] = [const { Vec::new() }; 3];
                for &(result, x, y) in results {
                    defined.push(result);
                    left.push(x);
                    right.push(y);
                }
                writeln!(f, "if {condition} {{")?;
                self.inner(f, then, &left)?;
                self.indent(f)?;
                writeln!(f, "}} else {{")?;
                self.inner(f, otherwise, &right)?;
                self.indent(f)?;
                if results.is_empty() {
                    writeln!(f, "}}")
                } else {
                    writeln!(f, "}} -> {}", self.typed(&defined))
                }
            }
            Stmt::Draw { results, key, block, purpose, law } => writeln!(
                f,
                "{} = draw {law} key {}, {} block {block} purpose {purpose}",
                self.typed(results),
                key.0,
                key.1
            ),
            Stmt::Call { routine, reads, writes } => {
                let places = |of: &[(BufferId, Value)]| {
                    let places = of.iter().map(|(buffer, first)| format!("{buffer}[{first}]"));
                    places.collect::<Vec<_>>().join(", ")
                };
                writeln!(f, "call {routine}({}) -> {}", places(reads), places(writes))
            }
        }
    }
}

struct List<'a>(&'a [Value]);

impl Display for List<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (k, value) in self.0.iter().enumerate() {
            write!(f, "{}{value}", if k == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl Display for Op {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Const(literal) => write!(f, "const {literal}"),
            Self::Splat(x) => write!(f, "splat {x}"),
            Self::Unary(op, x) => write!(f, "{op} {x}"),
            Self::Binary(op, x, y) => write!(f, "{op} {x}, {y}"),
            Self::Ternary(op, x, y, z) => write!(f, "{op} {x}, {y}, {z}"),
            Self::Compare(op, x, y) => write!(f, "{op} {x}, {y}"),
            Self::Select(c, x, y) => write!(f, "select {c}, {x}, {y}"),
            Self::Convert(x) => write!(f, "convert {x}"),
            Self::Bitcast(x) => write!(f, "bitcast {x}"),
            Self::Load { buffer, index } => write!(f, "load {buffer}[{index}]"),
            Self::PathLow => f.write_str("path_low"),
            Self::PathHigh => f.write_str("path_high"),
            Self::Lane => f.write_str("lane"),
            Self::Any(x) => write!(f, "any {x}"),
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match *self {
            Self::F64(bits) if f64::from_bits(bits).is_nan() => write!(f, "{bits:#x}"),
            Self::F64(bits) => write!(f, "{:?}", f64::from_bits(bits)),
            Self::F32(bits) if f32::from_bits(bits).is_nan() => write!(f, "{bits:#x}"),
            Self::F32(bits) => write!(f, "{:?}", f32::from_bits(bits)),
            Self::I64(n) => write!(f, "{n}"),
            Self::Word(n) => write!(f, "{n}"),
            Self::Bool(b) => write!(f, "{b}"),
        }
    }
}

impl Display for Type {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.lanes { write!(f, "<{}>", self.scalar) } else { write!(f, "{}", self.scalar) }
    }
}

/// The word of each variant, and the list of all for the parser.
macro_rules! words {
    ($($ty:ident $(and $nested:ident)? { $($variant:ident $word:literal),* $(,)? })*) => {$(
        impl $ty {
            /// All of its own.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),*];

            /// How it is spelled in the text of a kernel.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                    $(Self::$nested(function) => function.name(),)?
                }
            }
        }

        impl Display for $ty {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }
    )*};
}

words! {
    Scalar { F64 "f64", F32 "f32", I64 "i64", Word "word", Bool "bool" }
    Space { Input "input", Output "output", Scratch "scratch", Lent "lent" }
    Law { Normal "normal", Uniform "uniform" }
    Unary and Special {
        Neg "neg", Abs "abs", Sqrt "sqrt", Floor "floor", Nearest "nearest", Not "not", Exp "exp",
        Log "log", Sin "sin", Cos "cos", Tanh "tanh", Erf "erf", Erfc "erfc",
    }
    Binary {
        Add "add", Sub "sub", Mul "mul", Div "div", Max "max", Min "min", And "and", Or "or",
        Xor "xor", MulHigh "mul_high", Shl "shl", Shr "shr", Pow "pow", Atan2 "atan2",
    }
    Ternary { Fma "fma" }
    Compare { Eq "eq", Ne "ne", Lt "lt", Le "le", Gt "gt", Ge "ge" }
}
