//! The text of a kernel, back to data: what [`print`](crate::print) writes, in any layout, with
//! comments from `;` to the end of a line.
//!
//! Values keep their numbers, so that text that is parsed and printed is the same text.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use sdec_base::{IdVec, Special};

use crate::{
    Binary, Block, Buffer, BufferId, Compare, Inst, Kernel, Law, Literal, Op, Order, RoutineId,
    Scalar, Space, Stmt, Ternary, Type, Unary, Value,
};

/// Where the text is no kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// From 1.
    pub line: usize,
    /// What may stand there.
    pub expected: &'static str,
    /// What stands there; empty at the end of the text.
    pub found: String,
}

impl Display for ParseError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: expected {}, found `{}`", self.line, self.expected, self.found)
    }
}

impl std::error::Error for ParseError {}

/// Reads a kernel; whether it is well formed is for [`verify`](crate::verify) to say.
///
/// # Errors
///
/// The first place where the text does not go on like a kernel.
pub fn parse(text: &str) -> Result<Kernel, ParseError> {
    let mut parser = Parser { tokens: tokens(text), next: 0, types: BTreeMap::new() };
    let kernel = parser.kernel()?;
    if parser.peek().is_empty() { Ok(kernel) } else { Err(parser.error("the end")) }
}

/// Words, numbers, strings and punctuation with their lines.
fn tokens(text: &str) -> Vec<(usize, &str)> {
    let mut tokens = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let mut rest = line.trim_start();
        while !rest.is_empty() && !rest.starts_with(';') {
            let (token, after) = rest.split_at(token_len(rest));
            tokens.push((number + 1, token));
            rest = after.trim_start();
        }
    }
    tokens
}

/// Bytes of the first token of a text that does not start with a space.
fn token_len(text: &str) -> usize {
    let first = text.chars().next().expect("the text is not empty");
    let number = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let run = |of: &dyn Fn(char) -> bool| text.find(|c| !of(c)).unwrap_or(text.len());
    match first {
        '"' => string_len(text),
        '-' if text.starts_with("->") => 2,
        '-' | '0'..='9' => run(&number),
        _ if word(first) => run(&word),
        _ if text.starts_with("..") => 2,
        _ => first.len_utf8(),
    }
}

fn string_len(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    text.len()
}

struct Parser<'a> {
    tokens: Vec<(usize, &'a str)>,
    next: usize,
    types: BTreeMap<usize, Type>,
}

type Parsed<T> = Result<T, ParseError>;

impl<'a> Parser<'a> {
    fn peek(&self) -> &'a str {
        self.tokens.get(self.next).map_or("", |&(_, token)| token)
    }

    fn error(&self, expected: &'static str) -> ParseError {
        let last = self.tokens.last().map_or(1, |&(line, _)| line);
        let line = self.tokens.get(self.next).map_or(last, |&(line, _)| line);
        ParseError { line, expected, found: self.peek().to_owned() }
    }

    /// The next token, if `f` makes something of it.
    fn accept<T>(&mut self, expected: &'static str, f: impl Fn(&str) -> Option<T>) -> Parsed<T> {
        let accepted = f(self.peek()).ok_or_else(|| self.error(expected))?;
        self.next += 1;
        Ok(accepted)
    }

    fn expect(&mut self, token: &'static str) -> Parsed<()> {
        self.accept(token, |found| (found == token).then_some(()))
    }

    fn eat(&mut self, token: &'static str) -> bool {
        let found = self.peek() == token;
        self.next += usize::from(found);
        found
    }

    fn number<T: std::str::FromStr>(&mut self) -> Parsed<T> {
        self.accept("a number", |token| token.parse().ok())
    }

    fn string(&mut self) -> Parsed<String> {
        self.accept("a string", unescape)
    }

    fn value(&mut self) -> Parsed<Value> {
        self.accept("a value", |token| id(token, 'v').map(Value::new))
    }

    fn buffer(&mut self) -> Parsed<BufferId> {
        self.accept("a buffer", |token| id(token, 'b').map(BufferId::new))
    }

    fn routine(&mut self) -> Parsed<RoutineId> {
        self.accept("a routine", |token| id(token, 'r').map(RoutineId::new))
    }

    fn values(&mut self) -> Parsed<Vec<Value>> {
        let mut values = vec![self.value()?];
        while self.eat(",") {
            values.push(self.value()?);
        }
        Ok(values)
    }

    fn ty(&mut self) -> Parsed<Type> {
        let lanes = self.eat("<");
        let scalar = self.accept("a type", |token| variant(Scalar::ALL, token))?;
        if lanes {
            self.expect(">")?;
        }
        Ok(Type { scalar, lanes })
    }

    /// `v1: f64`
    fn typed(&mut self) -> Parsed<Value> {
        let value = self.value()?;
        self.expect(":")?;
        let ty = self.ty()?;
        self.types.insert(value.index(), ty);
        Ok(value)
    }

    fn kernel(&mut self) -> Parsed<Kernel> {
        self.expect("kernel")?;
        let name = self.string()?;
        let is_wide = self.eat("wide");
        if !is_wide {
            self.expect("lanes")?;
        }
        let lanes = self.number()?;
        let buffers = self.buffers()?;
        let mut routines = IdVec::new();
        while self.eat("routine") {
            if self.routine()? != routines.next_id() {
                self.next -= 1;
                return Err(self.error("routines in order"));
            }
            let name = self.string()?;
            let is_wide = self.eat("wide");
            let lanes = if is_wide { self.number()? } else { lanes };
            self.expect("{")?;
            let outer = std::mem::take(&mut self.types);
            let buffers = self.buffers()?;
            let routine = self.body(name, lanes, buffers, IdVec::new())?;
            routines.push(Kernel { is_wide, ..routine });
            self.types = outer;
            self.expect("}")?;
        }
        let kernel = self.body(name, lanes, buffers, routines)?;
        Ok(Kernel { is_wide, ..kernel })
    }

    fn buffers(&mut self) -> Parsed<IdVec<BufferId, Buffer>> {
        let mut buffers = IdVec::new();
        while self.tokens.get(self.next + 1).is_some_and(|&(_, token)| token == "=") {
            let id = self.buffer()?;
            if id != buffers.next_id() {
                self.next -= 1;
                return Err(self.error("buffers in order"));
            }
            buffers.push(self.declaration()?);
        }
        Ok(buffers)
    }

    fn body(
        &mut self,
        name: String,
        lanes: u32,
        buffers: IdVec<BufferId, Buffer>,
        routines: IdVec<RoutineId, Kernel>,
    ) -> Parsed<Kernel> {
        let body = self.block()?;
        let mut types = IdVec::new();
        let len = self.types.last_key_value().map_or(0, |(&last, _)| last + 1);
        for index in 0..len {
            let unused = Type::uniform(Scalar::Bool);
            types.push(self.types.get(&index).copied().unwrap_or(unused));
        }
        Ok(Kernel { name, lanes, is_wide: false, types, buffers, routines, body })
    }

    /// `= input "S0" f64[1]`
    fn declaration(&mut self) -> Parsed<Buffer> {
        self.expect("=")?;
        let space = self.accept("a space", |token| variant(Space::ALL, token))?;
        let name = self.string()?;
        let ty = self.ty()?;
        self.expect("[")?;
        let len = self.number()?;
        self.expect("]")?;
        Ok(Buffer { name, space, ty, len })
    }

    /// Statements up to what cannot start one.
    fn block(&mut self) -> Parsed<Block> {
        let mut stmts = Vec::new();
        loop {
            match self.peek() {
                "" | "}" | "yield" => return Ok(Block { stmts }),
                "for" => stmts.push(self.for_loop()?),
                "if" => stmts.push(self.branch()?),
                "call" => stmts.push(self.call()?),
                token if id(token, 'b').is_some() => stmts.push(self.store()?),
                _ => stmts.push(self.definition()?),
            }
        }
    }

    /// `{ … yield v1, v2 }`
    fn inner(&mut self) -> Parsed<(Block, Vec<Value>)> {
        self.expect("{")?;
        let block = self.block()?;
        let yields = if self.eat("yield") { self.values()? } else { Vec::new() };
        self.expect("}")?;
        Ok((block, yields))
    }

    fn for_loop(&mut self) -> Parsed<Stmt> {
        self.expect("for")?;
        let var = self.value()?;
        self.types.insert(var.index(), Type::uniform(Scalar::I64));
        self.expect("in")?;
        let order = if self.eat("reverse") {
            Order::Down
        } else if self.eat("by") {
            self.expect("part")?;
            Order::ByPart
        } else {
            Order::Up
        };
        let start = self.value()?;
        self.expect("..")?;
        let end = self.value()?;
        let go_on = if self.eat("while") { Some(self.value()?) } else { None };
        let mut carries = Vec::new();
        let mut more = self.eat("carry");
        while more {
            let carry = self.typed()?;
            self.expect("=")?;
            carries.push((carry, self.value()?));
            more = self.eat(",");
        }
        let (body, yields) = self.inner()?;
        let results = if self.eat("->") { self.values()? } else { Vec::new() };
        for (result, (carry, _)) in results.iter().zip(&carries) {
            let ty = self.types[&carry.index()];
            self.types.insert(result.index(), ty);
        }
        Ok(Stmt::For { var, start, end, order, carries, body, yields, more: go_on, results })
    }

    fn branch(&mut self) -> Parsed<Stmt> {
        self.expect("if")?;
        let condition = self.value()?;
        let (then, left) = self.inner()?;
        self.expect("else")?;
        let (otherwise, right) = self.inner()?;
        let mut results = Vec::new();
        if self.eat("->") {
            loop {
                let k = results.len();
                let result = self.typed()?;
                let (Some(&x), Some(&y)) = (left.get(k), right.get(k)) else {
                    return Err(self.error("as many results as yields"));
                };
                results.push((result, x, y));
                if !self.eat(",") {
                    break;
                }
            }
        }
        Ok(Stmt::If { condition, then, otherwise, results })
    }

    /// `call r0(b0[v0], b1[v0]) -> b2[v1]`
    fn call(&mut self) -> Parsed<Stmt> {
        self.expect("call")?;
        let routine = self.routine()?;
        self.expect("(")?;
        let reads = if self.peek() == ")" { Vec::new() } else { self.places()? };
        self.expect(")")?;
        self.expect("->")?;
        Ok(Stmt::Call { routine, reads, writes: self.places()? })
    }

    fn places(&mut self) -> Parsed<Vec<(BufferId, Value)>> {
        let mut places = vec![self.place()?];
        while self.eat(",") {
            places.push(self.place()?);
        }
        Ok(places)
    }

    /// `b1[v0] = v8`
    fn store(&mut self) -> Parsed<Stmt> {
        let (buffer, index) = self.place()?;
        self.expect("=")?;
        Ok(Stmt::Store { buffer, index, value: self.value()? })
    }

    fn place(&mut self) -> Parsed<(BufferId, Value)> {
        let buffer = self.buffer()?;
        self.expect("[")?;
        let index = self.value()?;
        self.expect("]")?;
        Ok((buffer, index))
    }

    /// `v1: f64 = add v2, v3`, or a draw with several results
    fn definition(&mut self) -> Parsed<Stmt> {
        let mut results = vec![self.typed()?];
        while self.eat(",") {
            results.push(self.typed()?);
        }
        self.expect("=")?;
        if self.eat("draw") {
            return self.draw(results);
        }
        let result = results[0];
        let op = self.op(self.types[&result.index()].scalar)?;
        Ok(Stmt::Inst(Inst { result, op }))
    }

    fn draw(&mut self, results: Vec<Value>) -> Parsed<Stmt> {
        let law = self.accept("a law", |token| variant(Law::ALL, token))?;
        self.expect("key")?;
        let low = self.value()?;
        self.expect(",")?;
        let high = self.value()?;
        self.expect("block")?;
        let block = self.value()?;
        self.expect("purpose")?;
        let purpose = self.number()?;
        Ok(Stmt::Draw { results, key: (low, high), block, purpose, law })
    }

    fn op(&mut self, scalar: Scalar) -> Parsed<Op> {
        let word = self.peek();
        let special = || Special::from_name(word).map(Unary::Special);
        if let Some(op) = variant(Unary::ALL, word).or_else(special) {
            self.next += 1;
            return Ok(Op::Unary(op, self.value()?));
        }
        if let Some(op) = variant(Binary::ALL, word) {
            self.next += 1;
            let [x, y] = self.operands()?;
            return Ok(Op::Binary(op, x, y));
        }
        if let Some(op) = variant(Compare::ALL, word) {
            self.next += 1;
            let [x, y] = self.operands()?;
            return Ok(Op::Compare(op, x, y));
        }
        if let Some(op) = variant(Ternary::ALL, word) {
            self.next += 1;
            let [x, y, z] = self.operands()?;
            return Ok(Op::Ternary(op, x, y, z));
        }
        self.other_op(scalar)
    }

    fn other_op(&mut self, scalar: Scalar) -> Parsed<Op> {
        let word = self.accept("an operation", |token| {
            let known = ["const", "splat", "select", "convert", "bitcast", "load", "path_low"];
            known.into_iter().chain(["path_high", "lane", "any"]).find(|&known| known == token)
        })?;
        Ok(match word {
            "const" => Op::Const(self.accept("a literal", |token| literal(scalar, token))?),
            "splat" => Op::Splat(self.value()?),
            "select" => {
                let [c, x, y] = self.operands()?;
                Op::Select(c, x, y)
            }
            "convert" => Op::Convert(self.value()?),
            "bitcast" => Op::Bitcast(self.value()?),
            "load" => {
                let (buffer, index) = self.place()?;
                Op::Load { buffer, index }
            }
            "path_low" => Op::PathLow,
            "lane" => Op::Lane,
            "any" => Op::Any(self.value()?),
            _ => Op::PathHigh,
        })
    }

    fn operands<const N: usize>(&mut self) -> Parsed<[Value; N]> {
        self.values()?.try_into().map_err(|_| self.error("as many operands as the operation has"))
    }
}

/// The number of `v12`.
fn id(token: &str, prefix: char) -> Option<usize> {
    token.strip_prefix(prefix)?.parse::<u32>().ok().map(|n| n as usize)
}

fn variant<T: Copy + Display>(all: &[T], word: &str) -> Option<T> {
    all.iter().copied().find(|variant| variant.to_string() == word)
}

fn literal(scalar: Scalar, token: &str) -> Option<Literal> {
    let bits = token.strip_prefix("0x");
    Some(match scalar {
        Scalar::F64 => Literal::F64(match bits {
            Some(bits) => u64::from_str_radix(bits, 16).ok()?,
            None => token.parse::<f64>().ok()?.to_bits(),
        }),
        Scalar::F32 => Literal::F32(match bits {
            Some(bits) => u32::from_str_radix(bits, 16).ok()?,
            None => token.parse::<f32>().ok()?.to_bits(),
        }),
        Scalar::I64 => Literal::I64(token.parse().ok()?),
        Scalar::Word => Literal::Word(token.parse().ok()?),
        Scalar::Bool => Literal::Bool(token.parse().ok()?),
    })
}

/// What `{:?}` made of a name, undone for the escapes that names have.
fn unescape(token: &str) -> Option<String> {
    let inner = token.strip_prefix('"')?.strip_suffix('"')?;
    let mut name = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        name.push(match c {
            '\\' => match chars.next()? {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                '0' => '\0',
                quoted @ ('"' | '\'' | '\\') => quoted,
                _ => return None,
            },
            plain => plain,
        });
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify;

    const EVERYTHING: &str = r#"kernel "every \"thing\"" lanes 8
b0 = input "S" f64[3]
b1 = input "key.W" word[2]
b2 = output "y" <f64>[1]
b3 = scratch "noise" <f32>[4]

routine r0 "twice" {
  b0 = input "key" word[2]
  b1 = lent "draws" <f32>[2]

  v0: i64 = const 0
  v1: word = load b0[v0]
  v2: f32 = convert v1
  b1[v0] = v2
}

v0: i64 = const 0
v1: i64 = const 3
v2: f64 = const -1e-7
v3: bool = const true
v4: f64 = const inf
v5: f32 = const 0x7fc00001
for v6 in reverse v0..v1 carry v7: f64 = v2, v8: f64 = v4 {
  v9: f64 = load b0[v6]
  v10: f64 = fma v7, v8, v9
  if v3 {
    v11: f64 = sqrt v10
    yield v11
  } else {
    yield v9
  } -> v12: f64
  yield v12, v10
} -> v13, v14
v15: <f64> = splat v13
b2[v0] = v15
v16: word = load b1[v0]
v17: <f32>, v18: <f32>, v19: <f32>, v20: <f32> = draw normal key v16, v16 block v16 purpose 0
for v21 in by part v0..v1 {
  b3[v21] = v17
}
v22: <word> = path_high
v23: <bool> = lt v15, v15
v24: <f64> = select v23, v15, v15
v25: i64 = bitcast v2
v26: f32 = convert v2
call r0(b1[v0]) -> b3[v1]
"#;

    #[test]
    fn wide_routines_are_read_back() {
        let text = "kernel \"k\" lanes 1
b0 = input \"key\" word[1]
b1 = scratch \"draws\" <f32>[16]

routine r0 \"normal\" wide 4 {
  b0 = input \"key\" word[1]
  b1 = lent \"draws\" f32[16]

  v0: i64 = const 0
  v1: word = load b0[v0]
  v2: <word> = lane
  v3: <f32>, v4: <f32>, v5: <f32>, v6: <f32> = draw normal key v1, v1 block v2 purpose 0
  b1[v0] = v3
}

v0: i64 = const 0
call r0(b0[v0]) -> b1[v0]
";
        let kernel = parse(text).unwrap();
        assert_eq!((kernel.to_string().as_str(), verify(&kernel)), (text, Ok(())));
        assert_eq!(kernel.clone().with_lanes(1), kernel);
        let several = verify(&kernel.with_lanes(4)).map_err(|malformed| malformed.fault);
        assert_eq!(several, Err(crate::Fault::Routine));
    }

    #[test]
    fn wide_kernels_are_read_back() {
        let text = "kernel \"k\" wide 8
b0 = input \"x\" f32[9]
b1 = output \"y\" <f32>[1]

v0: i64 = const 1
v1: <f32> = load b0[v0]
v2: f32 = load b0[v0]
b1[v0] = v2
";
        let kernel = parse(text).unwrap();
        assert_eq!((kernel.to_string().as_str(), verify(&kernel)), (text, Ok(())));
        assert_eq!((kernel.held(), kernel.is_uniform()), (1, false));
        assert_eq!(kernel.clone().with_lanes(4), kernel);
    }

    #[test]
    fn text_is_read_back() {
        let kernel = parse(EVERYTHING).unwrap();
        assert_eq!(kernel.to_string(), EVERYTHING);
        assert_eq!(parse(&kernel.to_string()).unwrap(), kernel);
        assert_eq!(verify(&kernel), Ok(()));
    }

    #[test]
    fn errors_say_where_and_what() {
        let text = "kernel \"k\" lanes 1\nv0: f64 = const 1.0\nv1: f64 = madd v0, v0\n";
        let error = parse(text).unwrap_err();
        assert_eq!(error.to_string(), "line 3: expected an operation, found `madd`");
        let error = parse("kernel \"k\" lanes 1\nv0: f64 = add v1").unwrap_err();
        assert_eq!(error.expected, "as many operands as the operation has");
    }
}
