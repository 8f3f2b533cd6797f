//! What a failed parse means: from a token and what could have stood there to a [`Fault`].

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "there are a hundred tokens, and each place knows a few of them"
)]

use std::ops::Range;

use sdec_base::Span;

use crate::fault::{Fault, Found};
use crate::habit;
use crate::nodes::Input;
use crate::phrases::{expects, phrases};
use crate::recover::line_of;
use crate::token::{Lexeme, Token};

/// Why the parse of `line` fails at token `at`, where the terminals `expected` could have stood.
pub(crate) fn explain(
    input: &Input<'_>,
    line: Range<usize>,
    at: usize,
    expected: &[String],
) -> Fault {
    let failure = Failure { input, line, at, expected };
    let habit = || habit::habit(&failure).map(|habit| Fault::Habit { at: failure.span(), habit });
    None.or_else(|| failure.leading_minus())
        .or_else(|| failure.number())
        .or_else(habit)
        .or_else(|| failure.slice())
        .or_else(|| failure.open_coefficient())
        .or_else(|| failure.differential())
        .or_else(|| failure.indentation())
        .or_else(|| failure.misspelt())
        .or_else(|| failure.missing_operator())
        .or_else(|| failure.comparison())
        .or_else(|| failure.forgotten_let())
        .or_else(|| failure.name())
        .or_else(|| failure.value())
        .unwrap_or_else(|| failure.unexpected())
}

/// A place where a parse fails.
pub(crate) struct Failure<'a> {
    /// All tokens.
    pub(crate) input: &'a Input<'a>,
    /// The line that fails.
    pub(crate) line: Range<usize>,
    /// The token at which it fails.
    pub(crate) at: usize,
    /// LALRPOP's names of terminals: in double quotes.
    expected: &'a [String],
}

impl Failure<'_> {
    /// ```text
    /// dx = a dt
    /// - b dW
    /// ```
    fn leading_minus(&self) -> Option<Fault> {
        let above = line_of(self.input.tokens, self.at.checked_sub(1)?);
        let is_first = self.found() == Token::Minus && self.back(1) == Some(Token::Newline);
        is_first.then(|| Fault::LeadingMinus {
            above: self.input.span(above.end - 1, above.end - 1),
            at: self.span(),
            value: None,
        })
    }

    /// `1.`, `.5`, `1.2.3`, `0x1f`, `1e`
    fn number(&self) -> Option<Fault> {
        let tokens = self.input.tokens;
        let is = |i: Option<usize>, test: fn(Token) -> bool| {
            i.and_then(|i| tokens.get(i)).is_some_and(|lexeme| test(lexeme.token))
        };
        let adjacent = |i: usize| tokens[i].end == tokens[i + 1].start;
        let dot = |token| token == Token::Dot;
        let malformed = |first: usize, last: usize, says: &'static str| {
            let at = self.input.span(first, last);
            Some(Fault::MalformedNumber { at, says, instead: None })
        };
        let mended = |first: usize, last: usize, instead: String| {
            let at = self.input.span(first, last);
            Some(Fault::MalformedNumber { at, says: "write:", instead: Some(instead) })
        };
        let (at, before) = (self.at, self.at.checked_sub(1));
        let two_before = self.at.checked_sub(2);
        // `.5`
        if is(Some(at), dot) && is(Some(at + 1), Token::is_number) && adjacent(at) {
            let first = before.filter(|&i| is(Some(i), Token::is_number) && adjacent(i));
            return match first {
                Some(first) => malformed(first, at + 1, "a number has one point"),
                None => mended(at, at + 1, format!("0.{}", self.input.slice(at + 1))),
            };
        }
        // `1.2.3`
        if is(Some(at), Token::is_number) && is(before, dot) && is(two_before, Token::is_number) {
            return malformed(at - 2, at, "a number has one point");
        }
        // `1.`, unless it is the end of `for i: 1.`
        let annotated = at.checked_sub(3).is_some_and(|i| tokens[i].token == Token::Colon);
        if is(before, dot) && is(two_before, Token::is_number) && adjacent(at - 2) && !annotated {
            return mended(at - 2, at - 1, format!("{}.0", self.input.slice(at - 2)));
        }
        // `0x1f`, `1e`
        if is(Some(at), |token| token == Token::Lower)
            && is(before, Token::is_number)
            && adjacent(at - 1)
        {
            let (digits, rest) = (self.input.slice(at - 1), self.input.slice(at));
            if rest == "e" {
                return malformed(at - 1, at, "an exponent follows the `e`, as in  1e3");
            }
            if digits == "0" && rest.starts_with(['x', 'b', 'o']) && rest.len() > 1 {
                return malformed(at - 1, at, "numbers are written in base ten");
            }
        }
        None
    }

    /// `x[0:2]`
    fn slice(&self) -> Option<Fault> {
        let open = self.open_bracket()?;
        let is_slice =
            self.found() == Token::Colon && self.input.tokens[open].token == Token::OpenSquare;
        is_slice.then(|| Fault::Slice { at: self.span(), entries: self.entries_of_slice(open) })
    }

    /// The entries of `x[0:2]` between numbers, `x` a name.
    fn entries_of_slice(&self, open: usize) -> Option<(Span, Vec<String>)> {
        let number = |i: usize| match self.token(i) {
            Some(Token::Nat) => self.input.slice(i).parse::<usize>().ok(),
            _ => None,
        };
        let named = self.token(open.checked_sub(1)?).is_some_and(Token::is_name);
        let closed = self.token(self.at + 2) == Some(Token::CloseSquare);
        let (low, high) = (number(self.at - 1)?, number(self.at + 1)?);
        let few = low < high && high - low <= 8;
        (named && closed && few && self.at == open + 2).then(|| {
            let table = self.input.slice(open - 1);
            let entries = (low..high).map(|k| format!("{table}[{k}]"));
            (self.input.span(open - 1, self.at + 2), entries.collect())
        })
    }

    /// `dx = for i. a[i] dW`
    fn open_coefficient(&self) -> Option<Fault> {
        // `sum i. …` fails after `sum`, since `sum(x)` could begin a coefficient.
        let after_reducer =
            self.back(1) == Some(Token::Reducer) && self.found() != Token::OpenRound;
        let open = if after_reducer { self.at - 1 } else { self.at };
        let opens = match self.found() {
            Token::For | Token::If | Token::Case | Token::Lambda => true,
            Token::Reducer => self.token(self.at + 1) != Some(Token::OpenRound),
            _ => after_reducer,
        };
        if !opens || !self.is_equation() || self.open_bracket().is_some() {
            return None;
        }
        let differential = (open..self.line.end)
            .find(|&i| matches!(self.token(i), Some(Token::Dt | Token::Differential)))
            .map(|i| (self.input.span(open, i - 1), self.input.span(i, i)));
        let rest = self.input.span(open, self.line.end - 1);
        Some(Fault::OpenCoefficient { open: self.input.span(open, open), rest, differential })
    }

    /// `dx = (a dt + b dW)`, `dx/dt = a dt`
    fn differential(&self) -> Option<Fault> {
        if !matches!(self.found(), Token::Dt | Token::Differential) {
            return None;
        }
        let rate = (self.line.start..self.at)
            .any(|i| self.token(i) == Some(Token::Slash) && self.token(i + 1) == Some(Token::Dt));
        if rate && self.at > self.line.start + 3 {
            return Some(Fault::RateDifferential { at: self.span() });
        }
        let bracket = self.open_bracket().filter(|_| self.is_equation())?;
        let last = self.line.end - 1;
        let whole = self.token(bracket - 1) == Some(Token::Equals)
            && self.token(last) == Some(Token::CloseRound)
            && (self.at..last).all(|i| !self.token(i).is_some_and(Token::is_closer));
        Some(Fault::BracketedDifferential {
            bracket: self.input.span(bracket, bracket),
            at: self.span(),
            close: whole.then(|| self.input.span(last, last)),
        })
    }

    /// Whether the line looks like an equation.
    pub(crate) fn is_equation(&self) -> bool {
        let head = self.input.slice(self.line.start);
        let differentiates = head.starts_with('d')
            && matches!(self.token(self.line.start), Some(Token::Lower | Token::Differential));
        differentiates
            && matches!(self.token(self.line.start + 1), Some(Token::Equals | Token::OpenSquare))
    }

    /// `sate x : Real`
    fn misspelt(&self) -> Option<Fault> {
        let start = self.line.start;
        if self.at != start + 1 || self.token(start) != Some(Token::Lower) {
            return None;
        }
        let foreign = FOREIGN.iter().find(|(foreign, _)| *foreign == self.input.slice(start));
        if let Some(&(_, suggestion)) = foreign {
            return Some(Fault::Misspelt { word: self.input.span(start, start), suggestion });
        }
        if !self.found().is_name() && !matches!(self.found(), Token::Text | Token::Nat) {
            return None;
        }
        let words = if start == 1 { ITEMS } else { CLAUSES };
        let word = self.input.slice(start);
        let distance = |candidate: &&&str| strsim::osa_distance(word, candidate);
        let suggestion = words.iter().min_by_key(distance).filter(|c| distance(c) <= 2)?;
        Some(Fault::Misspelt { word: self.input.span(start, start), suggestion })
    }

    /// A line that is deeper than its block, but cannot continue the line above.
    fn indentation(&self) -> Option<Fault> {
        let is_first = self.lexeme().column.is_some() && self.at > self.line.start;
        let continues = self.back(1).is_some_and(|token| !token.is_layout());
        if !is_first || !continues || self.open_bracket().is_some() {
            return None;
        }
        // From the last `=` or the start of the line above to its end.
        let mut first = self.at - 1;
        while first > self.line.start
            && self.input.tokens[first].column.is_none()
            && !matches!(self.input.tokens[first - 1].token, Token::Equals | Token::Tilde)
            && !self.input.tokens[first - 1].token.is_layout()
        {
            first -= 1;
        }
        Some(Fault::UnexpectedIndentation {
            above: self.input.span(first, self.at - 1),
            at: self.span(),
        })
    }

    /// `2 θ`
    fn missing_operator(&self) -> Option<Fault> {
        let starts = |token: Token| {
            ends_operand(token) && !token.is_closer()
                || matches!(token, Token::OpenRound | Token::True | Token::False | Token::Reducer)
        };
        if !self.expects("*") && !self.expects("+") {
            return None;
        }
        // `a b c dt`: the name before was taken for a differential.
        let in_terms = self.back(1) == Some(Token::Lower)
            && self.back(2).is_some_and(ends_operand)
            && !self.expects("*");
        let right = if in_terms { self.at - 1 } else { self.at };
        if right <= self.line.start + 1 && !in_terms || right == self.line.start {
            return None;
        }
        let tokens = self.input.tokens;
        if !ends_operand(tokens[right - 1].token) || !starts(tokens[right].token) {
            return None;
        }
        let left = self.operand_start(right - 1);
        Some(Fault::MissingOperator {
            left: self.input.span(left, right - 1),
            right: self.input.span(right, self.operand_end(right)),
            in_list: self.is_in_list(),
        })
    }

    /// The first token of the operand that ends with token `last`: `(` of `(a + b)`, else itself.
    pub(crate) fn operand_start(&self, last: usize) -> usize {
        if !self.input.tokens[last].token.is_closer() {
            return last;
        }
        let mut depth = 0_usize;
        for i in (self.line.start..=last).rev() {
            let token = self.input.tokens[i].token;
            if token.is_closer() {
                depth += 1;
            } else if token.closer().is_some() {
                depth -= 1;
                if depth == 0 {
                    let callee = i > self.line.start && self.input.tokens[i - 1].token.is_name();
                    return if callee { i - 1 } else { i };
                }
            }
        }
        last
    }

    /// Whether the place is between brackets that hold several things.
    fn is_in_list(&self) -> bool {
        let Some(open) = self.open_bracket() else { return false };
        let calls = self
            .token(open - 1)
            .is_some_and(|token| ends_operand(token) || token == Token::Reducer);
        self.token(open) == Some(Token::OpenSquare) || calls
    }

    /// The last token of the operand that begins with token `first`: `)` of `f(x)`, else itself.
    pub(crate) fn operand_end(&self, first: usize) -> usize {
        let opens = |i| self.token(i).is_some_and(|token| token.closer().is_some());
        let mut last = first;
        let mut depth = 0_usize;
        for i in first..self.line.end {
            if opens(i) {
                depth += 1;
            } else if self.token(i).is_some_and(Token::is_closer) {
                if depth == 0 {
                    break;
                }
                depth -= 1;
            }
            if depth == 0 {
                last = i;
                if !opens(i + 1) {
                    break;
                }
            }
        }
        last
    }

    /// `a < b < c`, and `=` for `==`
    fn comparison(&self) -> Option<Fault> {
        if self.found().is_comparison() && self.expects("and") {
            let first = (self.line.start..self.at)
                .rev()
                .find(|&i| self.input.tokens[i].token.is_comparison())?;
            return Some(Fault::Chain {
                first: self.input.span(first, first),
                second: self.span(),
            });
        }
        let earlier = (self.line.start..self.at)
            .any(|i| matches!(self.token(i), Some(Token::Equals | Token::Tilde | Token::If)));
        let after_operand = self.back(1).is_some_and(ends_operand);
        (self.found() == Token::Equals && earlier && after_operand)
            .then(|| Fault::Assignment { at: self.span() })
    }

    /// `k = 1`
    fn forgotten_let(&self) -> Option<Fault> {
        let tokens = self.input.tokens;
        let start = self.line.start;
        let binds = tokens[start].token.is_name()
            && tokens.get(start + 1).is_some_and(|next| next.token == Token::Equals)
            && (self.at == start || self.at == start + 1);
        binds.then(|| Fault::ForgottenLet { name: self.input.span(start, start) })
    }

    /// Something like a name where a name is expected.
    fn name(&self) -> Option<Fault> {
        let (lower, upper) = (self.expects("name"), self.expects("Name"));
        let found = self.found();
        // Where an expression could stand, the word is no failed attempt at a name.
        if !lower && !upper || self.expects("true") {
            return None;
        }
        if found.is_reserved() && self.at > self.line.start {
            return Some(Fault::ReservedName { at: self.span() });
        }
        if matches!(found, Token::Dt | Token::Differential) {
            return Some(Fault::DifferentialName { at: self.span() });
        }
        let capital = upper && !lower && (found == Token::Lower || found.is_soft());
        let small =
            lower && !upper && found == Token::Upper && !self.expects("*") && !self.expects("+");
        (capital || small).then(|| Fault::FirstLetter { at: self.span(), capital })
    }

    /// A value too few or too many.
    fn value(&self) -> Option<Fault> {
        if self.expects("else") {
            let branch = (self.line.start..self.at)
                .rev()
                .find(|&i| self.input.tokens[i].token == Token::Then)?;
            let place = self.input.span(self.at - 1, self.at - 1);
            let at = Span { start: place.end, ..place };
            return Some(Fault::MissingElse { branch: self.input.span(branch, branch), at });
        }
        if self.back(1) != Some(Token::Newline) {
            return None;
        }
        let above = line_of(self.input.tokens, self.at - 1);
        let above = self.input.span(above.start, above.end - 1);
        if self.found() == Token::Dedent && self.expects("let") && self.expects("true") {
            return Some(Fault::NoValue { at: above });
        }
        (self.expects("dedent") && self.expected.len() == 1)
            .then(|| Fault::SecondValue { value: above, at: self.span() })
    }

    fn unexpected(&self) -> Fault {
        let found = match self.found() {
            Token::Newline => Found::EndOfLine,
            Token::Dedent => Found::EndOfBlock,
            Token::Indent => Found::Block,
            _ => Found::Token,
        };
        Fault::Unexpected { at: self.span(), found, expected: phrases(self.expected) }
    }

    fn lexeme(&self) -> Lexeme {
        self.input.tokens[self.at]
    }

    pub(crate) fn found(&self) -> Token {
        self.lexeme().token
    }

    pub(crate) fn span(&self) -> Span {
        self.input.span(self.at, self.at)
    }

    pub(crate) fn token(&self, i: usize) -> Option<Token> {
        self.input.tokens.get(i).map(|lexeme| lexeme.token)
    }

    /// The token `n` before the one found.
    pub(crate) fn back(&self, n: usize) -> Option<Token> {
        self.token(self.at.checked_sub(n)?)
    }

    pub(crate) fn expects(&self, terminal: &str) -> bool {
        expects(self.expected, terminal)
    }

    /// The innermost bracket that is open in the line.
    pub(crate) fn open_bracket(&self) -> Option<usize> {
        let mut open = Vec::new();
        for i in self.line.start..self.at {
            let token = self.input.tokens[i].token;
            if token.closer().is_some() {
                open.push(i);
            } else if token.is_closer() {
                open.pop();
            }
        }
        open.pop()
    }
}

/// Whether an operand can end with `token`.
fn ends_operand(token: Token) -> bool {
    token.is_name() || token.is_number() || token.is_closer() || token == Token::Text
}

/// Words that lines of other languages begin with, and what they are called here.
const FOREIGN: &[(&str, &str)] = &[
    ("function", "def"),
    ("func", "def"),
    ("fun", "def"),
    ("fn", "def"),
    ("var", "let"),
    ("const", "let"),
    ("val", "let"),
    ("parameter", "param"),
    ("parameters", "param"),
    ("initial", "init"),
    ("include", "import"),
    ("simulate", "sample"),
    ("class", "model"),
    ("struct", "type"),
];

/// The words that items begin with.
const ITEMS: &[&str] = &[
    "import",
    "precision",
    "size",
    "index",
    "type",
    "let",
    "def",
    "param",
    "net",
    "data",
    "model",
    "posterior",
    "objective",
    "estimate",
    "fit",
    "sample",
    "repeat",
    "method",
];

/// The words that clauses of models and nets begin with.
const CLAUSES: &[&str] =
    &["param", "let", "def", "input", "state", "noise", "mark", "init", "next", "when", "observe"];
