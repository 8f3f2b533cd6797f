//! Functions as text: one operation a line, each result with its type.
//!
//! ```text
//! func decay(v0: f64 "x0", v1: f64[3] "rate") {
//!   v6: f64 = scan 3 from v0 (v2: i64, v3: f64) {
//!     v4: f64 = index v1, v2
//!     v5: f64 = mul v3, v4
//!     yield v5
//!   }
//!   return v6
//! }
//! ```

use std::fmt::{self, Display, Formatter, Write};

use crate::{Emit, Func, Inst, Literal, Op, Region, Trips, Type, Value};

impl Display for Func {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let params: Vec<String> = self
            .params
            .iter()
            .map(|param| {
                let each = if param.each { " each" } else { "" };
                format!("{}{each} {}", self.typed(param.value), quoted(&param.name))
            })
            .collect();
        writeln!(f, "func {}({}) {{", word_or_quoted(&self.name), params.join(", "))?;
        for (stream, name) in self.streams.iter() {
            writeln!(f, "  stream {stream} {}", quoted(name))?;
        }
        self.write_insts(f, &self.body, 1)?;
        writeln!(f, "  {}", with_list("return", &self.body.results))?;
        writeln!(f, "}}")
    }
}

impl Display for Type {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.scalar.name())?;
        if !self.shape.is_empty() {
            write!(f, "[{}]", list(&self.shape))?;
        }
        Ok(())
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match *self {
            Literal::Float(bits) => {
                let x = f64::from_bits(bits);
                if x.is_nan() { f.write_str("nan") } else { write!(f, "{x:?}") }
            }
            Literal::Int(n) => write!(f, "{n}"),
            Literal::Bool(b) => write!(f, "{b}"),
        }
    }
}

impl Func {
    /// One operation as text, without its regions: for messages.
    pub(crate) fn headline(&self, inst: &Inst) -> String {
        let results: Vec<String> = inst.results.iter().map(|&v| self.typed(v)).collect();
        let left = if results.is_empty() { String::new() } else { results.join(", ") + " = " };
        left + &self.op_text(&inst.op)
    }

    fn typed(&self, value: Value) -> String {
        match self.types.get(value) {
            Some(ty) => format!("{value}: {ty}"),
            None => format!("{value}: ?"),
        }
    }

    fn write_insts(&self, f: &mut Formatter<'_>, region: &Region, depth: usize) -> fmt::Result {
        let indent = "  ".repeat(depth);
        for inst in &region.insts {
            write!(f, "{indent}{}", self.headline(inst))?;
            for (k, inner) in inst.op.regions().into_iter().enumerate() {
                f.write_str(if k == 0 { " {\n" } else { " else {\n" })?;
                self.write_insts(f, inner, depth + 1)?;
                write!(f, "{indent}  {}\n{indent}}}", with_list("yield", &inner.results))?;
            }
            f.write_char('\n')?;
        }
        Ok(())
    }

    fn op_text(&self, op: &Op) -> String {
        match op {
            Op::Const(literal) => format!("const {literal}"),
            Op::Unary(op, x) => format!("{} {x}", op.name()),
            Op::Binary(op, x, y) => format!("{} {x}, {y}", op.name()),
            Op::Compare(op, x, y) => format!("{} {x}, {y}", op.name()),
            Op::Select(c, x, y) => format!("select {c}, {x}, {y}"),
            Op::Convert(x) => format!("convert {x}"),
            Op::Broadcast(x) => format!("broadcast {x}"),
            Op::Stack(rows) => with_list("stack", rows),
            Op::Concat(parts) => with_list("concat", parts),
            Op::Slice { array, start } => format!("slice {array} from {start}"),
            Op::Reshape(x) => format!("reshape {x}"),
            Op::Transpose(x, permutation) => format!("transpose {x} [{}]", list(permutation)),
            Op::Index(array, index) => format!("index {array}, {index}"),
            Op::AddAt { array, index, row } => format!("add_at {array}, {index}, {row}"),
            Op::Contract(a, b) => format!("contract {a}, {b}"),
            Op::Solve(a, b) => format!("solve {a}, {b}"),
            Op::Sum(x) => format!("sum {x}"),
            Op::Product(x) => format!("product {x}"),
            Op::Extremum(which, x) => format!("{} {x}", which.name()),
            Op::ArgExtremum(which, x) => format!("arg_{} {x}", which.name()),
            Op::Draw { stream, law, index } => format!("draw {} {stream}, {index}", law.name()),
            Op::Map { extent, body } => format!("map {extent} {}", self.params_text(body)),
            Op::Scan { extent, trips, reverse, init, emits, body } => {
                let mut text = String::from("scan");
                if *reverse {
                    text += " reverse";
                }
                match trips {
                    Trips::All => text += &format!(" {extent}"),
                    Trips::While => text += &format!(" while {extent}"),
                    Trips::Below(count) => text += &format!(" {extent} below {count}"),
                }
                if !init.is_empty() {
                    text += &format!(" from {}", list(init));
                }
                if !emits.is_empty() {
                    let emits: Vec<String> = emits.iter().map(emit_text).collect();
                    text += &format!(" emit {}", emits.join(", "));
                }
                text + " " + &self.params_text(body)
            }
            Op::Implicit { root, zero } => format!("implicit {root} {}", self.params_text(zero)),
            Op::If { condition, .. } => format!("if {condition}"),
        }
    }

    fn params_text(&self, region: &Region) -> String {
        let params: Vec<String> = region.params.iter().map(|&v| self.typed(v)).collect();
        format!("({})", params.join(", "))
    }
}

fn emit_text(emit: &Emit) -> String {
    match emit {
        Emit::Every => "every".to_owned(),
        Emit::Slots { slots, rows } => format!("slots {slots} of {rows}"),
    }
}

fn list<T: Display>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(T::to_string).collect();
    items.join(", ")
}

fn with_list(word: &str, values: &[Value]) -> String {
    if values.is_empty() { word.to_owned() } else { format!("{word} {}", list(values)) }
}

fn word_or_quoted(name: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    if !name.is_empty() && name.chars().all(is_word) { name.to_owned() } else { quoted(name) }
}

fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            '\n' => out += "\\n",
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
