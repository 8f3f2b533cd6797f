//! Reads the text format that `print` writes: for tests that start from text.
//!
//! White space does not matter and `;` begins a comment. Values keep their numbers; numbers that
//! are skipped get a type all the same, which nothing refers to. The text is not verified.

use std::fmt::{self, Display, Formatter};

use sdec_base::IdVec;

use crate::{
    Binary, Compare, DrawLaw, Emit, Extremum, Func, Inst, Literal, Op, Param, Region, Scalar,
    Stream, Trips, Type, Unary, Value,
};

/// Text that is no function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// From 1.
    pub line: usize,
    /// What was expected there.
    pub expected: String,
    /// What was found.
    pub found: String,
}

impl Display for ParseError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: expected {}, found `{}`", self.line, self.expected, self.found)
    }
}

impl std::error::Error for ParseError {}

/// Reads one function.
///
/// # Errors
///
/// The first place where the text is not in the format.
pub fn parse(text: &str) -> Result<Func, ParseError> {
    let mut parser = Parser { tokens: tokens(text), at: 0, types: Vec::new() };
    let mut func = parser.func()?;
    parser.end()?;
    for ty in parser.types {
        func.types.push(ty.unwrap_or_else(|| Type::scalar(Scalar::Bool)));
    }
    Ok(func)
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    Mark(char),
    End,
}

impl Display for Token {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Token::Word(text) | Token::Quoted(text) => f.write_str(text),
            Token::Mark(c) => write!(f, "{c}"),
            Token::End => f.write_str("the end"),
        }
    }
}

fn tokens(text: &str) -> Vec<(usize, Token)> {
    let is_word = |c: char| c.is_alphanumeric() || "_.+-".contains(c);
    let mut out = Vec::new();
    let mut line = 1;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\n' => line += 1,
            ';' => while rest.next_if(|&c| c != '\n').is_some() {},
            '"' => {
                let mut quoted = String::new();
                while let Some(c) = rest.next_if(|&c| c != '"') {
                    quoted.push(match c {
                        '\\' => match rest.next() {
                            Some('n') => '\n',
                            Some(escaped) => escaped,
                            None => break,
                        },
                        c => c,
                    });
                }
                rest.next();
                out.push((line, Token::Quoted(quoted)));
            }
            c if is_word(c) => {
                let mut word = String::from(c);
                while let Some(c) = rest.next_if(|&c| is_word(c)) {
                    word.push(c);
                }
                out.push((line, Token::Word(word)));
            }
            c if c.is_whitespace() => {}
            c => out.push((line, Token::Mark(c))),
        }
    }
    out.push((line, Token::End));
    out
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    at: usize,
    types: Vec<Option<Type>>,
}

type Parsed<T> = Result<T, ParseError>;

impl Parser {
    fn func(&mut self) -> Parsed<Func> {
        self.word("func")?;
        let name = match self.next() {
            Token::Word(name) | Token::Quoted(name) => name,
            Token::Mark(_) | Token::End => return self.fail_before("a name"),
        };
        let mut func = Func { name, ..Func::default() };
        self.mark('(')?;
        while !self.take(')') {
            let value = self.definition()?;
            let each = self.take_word("each");
            let Token::Quoted(name) = self.next() else {
                return self.fail_before("the parameter's name in quotes");
            };
            func.params.push(Param { value, name, each });
            self.take(',');
        }
        self.mark('{')?;
        func.streams = self.streams()?;
        func.body = self.insts("return")?;
        Ok(func)
    }

    fn streams(&mut self) -> Parsed<IdVec<Stream, String>> {
        let mut streams = IdVec::new();
        while self.take_word("stream") {
            let stream: Stream = self.id("stream")?;
            if stream != streams.next_id() {
                return self.fail_before("streams in order");
            }
            let Token::Quoted(name) = self.next() else {
                return self.fail_before("the stream's name in quotes");
            };
            streams.push(name);
        }
        Ok(streams)
    }

    /// Operations up to the list of results that `last` introduces, and the closing brace.
    fn insts(&mut self, last: &str) -> Parsed<Region> {
        let mut region = Region::default();
        while !self.take_word(last) {
            region.insts.push(self.inst()?);
        }
        if !self.take('}') {
            region.results = self.values()?;
            self.mark('}')?;
        }
        Ok(region)
    }

    fn inst(&mut self) -> Parsed<Inst> {
        let mut results = Vec::new();
        if self.tokens.get(self.at + 1).is_some_and(|(_, token)| *token == Token::Mark(':')) {
            results.push(self.definition()?);
            while self.take(',') {
                results.push(self.definition()?);
            }
            self.mark('=')?;
        }
        let op = self.op(&results)?;
        Ok(Inst { results, op, origin: None })
    }

    fn op(&mut self, results: &[Value]) -> Parsed<Op> {
        let Token::Word(word) = self.next() else {
            return self.fail_before("an operation");
        };
        if let Some(op) = Unary::from_name(&word) {
            return Ok(Op::Unary(op, self.value()?));
        }
        if let Some(op) = Binary::from_name(&word) {
            let (x, y) = self.pair()?;
            return Ok(Op::Binary(op, x, y));
        }
        if let Some(op) = Compare::from_name(&word) {
            let (x, y) = self.pair()?;
            return Ok(Op::Compare(op, x, y));
        }
        if let Some(which) = Extremum::from_name(&word) {
            return Ok(Op::Extremum(which, self.value()?));
        }
        if let Some(which) = word.strip_prefix("arg_").and_then(Extremum::from_name) {
            return Ok(Op::ArgExtremum(which, self.value()?));
        }
        Ok(match word.as_str() {
            "const" => Op::Const(self.literal(results)?),
            "select" => {
                let (c, x) = self.pair()?;
                self.mark(',')?;
                Op::Select(c, x, self.value()?)
            }
            "convert" => Op::Convert(self.value()?),
            "broadcast" => Op::Broadcast(self.value()?),
            "stack" => Op::Stack(self.values()?),
            "concat" => Op::Concat(self.values()?),
            "slice" => {
                let array = self.value()?;
                self.word("from")?;
                Op::Slice { array, start: self.number()? }
            }
            "reshape" => Op::Reshape(self.value()?),
            "transpose" => {
                let x = self.value()?;
                self.mark('[')?;
                Op::Transpose(x, self.numbers()?)
            }
            "index" => {
                let (array, index) = self.pair()?;
                Op::Index(array, index)
            }
            "add_at" => {
                let (array, index) = self.pair()?;
                self.mark(',')?;
                Op::AddAt { array, index, row: self.value()? }
            }
            "contract" => {
                let (a, b) = self.pair()?;
                Op::Contract(a, b)
            }
            "solve" => {
                let (a, b) = self.pair()?;
                Op::Solve(a, b)
            }
            "sum" => Op::Sum(self.value()?),
            "product" => Op::Product(self.value()?),
            "draw" => {
                let Token::Word(law) = self.next() else { return self.fail_before("a law") };
                let Some(law) = DrawLaw::from_name(&law) else {
                    return self.fail_before("a law");
                };
                let stream = self.id("stream")?;
                self.mark(',')?;
                Op::Draw { stream, law, index: self.value()? }
            }
            "map" => {
                let extent = self.number()?;
                Op::Map { extent, body: self.body()? }
            }
            "scan" => self.scan()?,
            "implicit" => {
                let root = self.value()?;
                Op::Implicit { root, zero: self.body()? }
            }
            "if" => {
                let condition = self.value()?;
                self.mark('{')?;
                let then = self.insts("yield")?;
                self.word("else")?;
                self.mark('{')?;
                let otherwise = self.insts("yield")?;
                Op::If { condition, then, otherwise }
            }
            _ => return self.fail_before("an operation"),
        })
    }

    fn scan(&mut self) -> Parsed<Op> {
        let reverse = self.take_word("reverse");
        let mut trips = if self.take_word("while") { Trips::While } else { Trips::All };
        let extent = self.number()?;
        if trips == Trips::All && self.take_word("below") {
            trips = Trips::Below(self.value()?);
        }
        let init = if self.take_word("from") { self.values()? } else { Vec::new() };
        let mut emits = Vec::new();
        if self.take_word("emit") {
            emits.push(self.emit()?);
            while self.take(',') {
                emits.push(self.emit()?);
            }
        }
        Ok(Op::Scan { extent, trips, reverse, init, emits, body: self.body()? })
    }

    fn emit(&mut self) -> Parsed<Emit> {
        if self.take_word("every") {
            return Ok(Emit::Every);
        }
        self.word("slots")?;
        let slots = self.value()?;
        self.word("of")?;
        Ok(Emit::Slots { slots, rows: self.number()? })
    }

    fn body(&mut self) -> Parsed<Region> {
        self.mark('(')?;
        let mut params = Vec::new();
        while !self.take(')') {
            params.push(self.definition()?);
            self.take(',');
        }
        self.mark('{')?;
        Ok(Region { params, ..self.insts("yield")? })
    }

    fn literal(&mut self, results: &[Value]) -> Parsed<Literal> {
        let scalar = results
            .first()
            .and_then(|result| self.types[result.index()].as_ref())
            .map_or(Scalar::F64, |ty| ty.scalar);
        let Token::Word(word) = self.next() else { return self.fail_before("a literal") };
        let literal = match scalar {
            Scalar::F64 | Scalar::F32 => word.parse().ok().map(Literal::float),
            Scalar::I64 => word.parse().ok().map(Literal::Int),
            Scalar::Bool => word.parse().ok().map(Literal::Bool),
        };
        literal.map_or_else(|| self.fail_before("a literal of the result's type"), Ok)
    }

    fn definition(&mut self) -> Parsed<Value> {
        let value = self.value()?;
        self.mark(':')?;
        let Token::Word(scalar) = self.next() else { return self.fail_before("a type") };
        let Some(scalar) = Scalar::from_name(&scalar) else {
            return self.fail_before("a type");
        };
        let shape = if self.take('[') { self.numbers()? } else { Vec::new() };
        if self.types.len() <= value.index() {
            self.types.resize(value.index() + 1, None);
        }
        self.types[value.index()] = Some(Type { scalar, shape });
        Ok(value)
    }

    fn pair(&mut self) -> Parsed<(Value, Value)> {
        let first = self.value()?;
        self.mark(',')?;
        Ok((first, self.value()?))
    }

    fn values(&mut self) -> Parsed<Vec<Value>> {
        let mut values = vec![self.value()?];
        while self.take(',') {
            values.push(self.value()?);
        }
        Ok(values)
    }

    fn value(&mut self) -> Parsed<Value> {
        self.id("v")
    }

    fn id<I: From<usize>>(&mut self, prefix: &str) -> Parsed<I> {
        let number = match self.next() {
            Token::Word(word) => word.strip_prefix(prefix).and_then(|n| n.parse::<u32>().ok()),
            Token::Quoted(_) | Token::Mark(_) | Token::End => None,
        };
        match number {
            Some(number) => Ok(I::from(number as usize)),
            None => self.fail_before(&format!("`{prefix}` and a number")),
        }
    }

    fn number<T: std::str::FromStr>(&mut self) -> Parsed<T> {
        let number = match self.next() {
            Token::Word(word) => word.parse().ok(),
            Token::Quoted(_) | Token::Mark(_) | Token::End => None,
        };
        number.map_or_else(|| self.fail_before("a number"), Ok)
    }

    /// Numbers up to the closing bracket, which is taken.
    fn numbers<T: std::str::FromStr>(&mut self) -> Parsed<Vec<T>> {
        let mut numbers = Vec::new();
        while !self.take(']') {
            numbers.push(self.number()?);
            self.take(',');
        }
        Ok(numbers)
    }

    fn next(&mut self) -> Token {
        let token = self.tokens[self.at].1.clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    fn take_if(&mut self, wanted: &Token) -> bool {
        let found = self.tokens[self.at].1 == *wanted;
        if found {
            self.next();
        }
        found
    }

    fn take(&mut self, mark: char) -> bool {
        self.take_if(&Token::Mark(mark))
    }

    fn take_word(&mut self, word: &str) -> bool {
        self.take_if(&Token::Word(word.to_owned()))
    }

    fn mark(&mut self, mark: char) -> Parsed<()> {
        if self.take(mark) { Ok(()) } else { self.fail(self.at, &format!("`{mark}`")) }
    }

    fn word(&mut self, word: &str) -> Parsed<()> {
        if self.take_word(word) { Ok(()) } else { self.fail(self.at, &format!("`{word}`")) }
    }

    fn end(&mut self) -> Parsed<()> {
        if self.take_if(&Token::End) { Ok(()) } else { self.fail(self.at, "the end") }
    }

    fn fail_before<T>(&self, expected: &str) -> Parsed<T> {
        self.fail(self.at - 1, expected)
    }

    fn fail<T>(&self, at: usize, expected: &str) -> Parsed<T> {
        let (line, found) = &self.tokens[at];
        Err(ParseError { line: *line, expected: expected.to_owned(), found: found.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::verify;

    /// Each operation of the text format at least once.
    const EVERYTHING: &str = r#"func everything.of_it(v0: f64 "x \"0\"", v1: f32[2, 3] "a", v2: i64 each "n") {
  stream stream0 "GBM.W"
  v3: f64 = const -0.0
  v4: f64 = const inf
  v5: f64 = const nan
  v6: f64 = const 1e-300
  v7: i64 = const -3
  v8: bool = const true
  v9: f64 = stop_gradient v0
  v10: f64 = pow v9, v3
  v11: bool = ge v10, v4
  v12: f64 = select v11, v5, v6
  v13: f32[2] = index v1, v2
  v14: f32[3, 2] = transpose v1 [1, 0]
  v15: f32[2, 2] = contract v1, v14
  v16: f32[5] = largest v1
  v17: i64 = arg_smallest v16
  v18: f32[3] = slice v16 from 2
  v19: f64[3] = convert v18
  v20: f64[4, 3] = broadcast v19
  v21: f64[3, 4] = reshape v20
  v22: f64[2] = stack v0, v3
  v23: f64[5] = concat v22, v19
  v24: f64[5] = add_at v23, v7, v0
  v25: f64[3] = draw normal stream0, v7
  v26: i64[2] = stack v7, v7
  v31: f64, v32: f64[2], v33: f64[1] = scan reverse 2 from v0 emit every, slots v26 of 1 (v27: i64, v28: f64) {
    v30: f64[2] = map 2 (v29: i64) {
      yield v28
    }
    yield v28, v28, v28
  }
  scan 2 (v34: i64) {
    yield
  }
  v36: f64, v37: f64 = if v8 {
    v35: f64 = neg v0
    yield v35, v0
  } else {
    yield v0, v0
  }
  return v31, v36
}
"#;

    #[test]
    fn print_gives_back_what_was_parsed() {
        let func = parse(EVERYTHING).unwrap();
        assert_eq!(func.to_string(), EVERYTHING);
        assert_eq!(parse(&func.to_string()).unwrap().to_string(), EVERYTHING);
    }

    #[track_caller]
    fn refuses(body: &str, message: &str) {
        let text = format!("func f(v0: f64 \"x\") {{\n{body}\n}}\n");
        assert_eq!(parse(&text).unwrap_err().to_string(), message);
    }

    #[test]
    fn errors_name_line_and_expectation() {
        refuses(
            "v1: f64 = frobnicate v0\nreturn v1",
            "line 2: expected an operation, found `frobnicate`",
        );
        refuses("v1: f64 = add v0\nreturn v1", "line 3: expected `,`, found `return`");
        refuses("v1: f46 = neg v0", "line 2: expected a type, found `f46`");
        refuses(
            "v1: i64 = const 0.5",
            "line 2: expected a literal of the result's type, found `0.5`",
        );
        refuses("v1: f64 = neg 3", "line 2: expected `v` and a number, found `3`");
        refuses("", "line 3: expected an operation, found `}`");
    }

    #[track_caller]
    fn malformed(body: &str, message: &str) {
        let text = format!("func f(v0: f64 \"x\", v1: f64[3] \"a\") {{\n{body}\n}}\n");
        let func = parse(&text).unwrap();
        assert_eq!(verify(&func).map_err(|m| m.to_string()), Err(message.to_owned()));
    }

    #[test]
    fn the_verifier_names_what_is_wrong() {
        malformed(
            "v2: f64 = neg v3 v3: f64 = neg v0 return v2",
            "v3 is not visible in `v2: f64 = neg v3`",
        );
        malformed("v2: f64 = neg v9 return v2", "v9 does not exist in `v2: f64 = neg v9`");
        malformed("v0: f64 = neg v0 return v0", "v0 is defined twice in `v0: f64 = neg v0`");
        malformed(
            "v2: f64 = add v0, v1 return v2",
            "v0: f64 and v1: f64[3] differ in `v2: f64 = add v0, v1`",
        );
        malformed("v2: f64[2] = neg v1 return v2", "v2 should be f64[3] in `v2: f64[2] = neg v1`");
        malformed(
            "v2: f64[4] = reshape v1 return v2",
            "f64[3] has other entries in `v2: f64[4] = reshape v1`",
        );
        malformed(
            "v2: f64 = index v1, v0 return v2",
            "v0 is not a count in `v2: f64 = index v1, v0`",
        );
        malformed("v2: bool = and v0, v0 return v2", "and of f64 in `v2: bool = and v0, v0`");
        malformed(
            "v2: f64[2] = map 2 (v3: i64) { v4: f64 = neg v0 yield v4 } return v4",
            "v4 is not visible in `results of f`",
        );
        malformed(
            "v2: f64 = scan 2 from v0 (v3: i64) { yield v0 } return v2",
            "2 parameters are expected in `v2: f64 = scan 2 from v0 (v3: i64)`",
        );
        malformed(
            "v3: bool = const true v2: f64 = if v3 { yield v0 } else { yield v1 } return v2",
            "v0: f64 and v1: f64[3] differ in `v2: f64 = if v3`",
        );
    }
}
