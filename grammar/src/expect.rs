//! What a failed parse means: from a token and what could have stood there to a [`Fault`].

use std::ops::Range;

use sdec_base::Span;

use crate::fault::{Fault, Found};
use crate::nodes::Input;
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
    None.or_else(|| failure.leading_minus())
        .or_else(|| failure.number())
        .or_else(|| failure.slice())
        .or_else(|| failure.open_coefficient())
        .or_else(|| failure.indentation())
        .or_else(|| failure.missing_operator())
        .or_else(|| failure.comparison())
        .or_else(|| failure.forgotten_let())
        .or_else(|| failure.name())
        .or_else(|| failure.value())
        .unwrap_or_else(|| failure.unexpected())
}

struct Failure<'a> {
    input: &'a Input<'a>,
    line: Range<usize>,
    at: usize,
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
        let malformed = |first: usize, last: usize, remedy: String| {
            Some(Fault::MalformedNumber { at: self.input.span(first, last), remedy })
        };
        let (at, before) = (self.at, self.at.checked_sub(1));
        let two_before = self.at.checked_sub(2);
        // `.5`
        if is(Some(at), dot) && is(Some(at + 1), Token::is_number) && adjacent(at) {
            let first = before.filter(|&i| is(Some(i), Token::is_number) && adjacent(i));
            return match first {
                Some(first) => malformed(first, at + 1, "a number has one point".to_owned()),
                None => malformed(at, at + 1, format!("write  0.{}", self.input.slice(at + 1))),
            };
        }
        // `1.2.3`
        if is(Some(at), Token::is_number) && is(before, dot) && is(two_before, Token::is_number) {
            return malformed(at - 2, at, "a number has one point".to_owned());
        }
        // `1.`, unless it is the end of `for i: 1.`
        let annotated = at.checked_sub(3).is_some_and(|i| tokens[i].token == Token::Colon);
        if is(before, dot) && is(two_before, Token::is_number) && adjacent(at - 2) && !annotated {
            return malformed(at - 2, at - 1, format!("write  {}.0", self.input.slice(at - 2)));
        }
        // `0x1f`, `1e`
        if is(Some(at), |token| token == Token::Lower)
            && is(before, Token::is_number)
            && adjacent(at - 1)
        {
            let (digits, rest) = (self.input.slice(at - 1), self.input.slice(at));
            if rest == "e" {
                return malformed(at - 1, at, format!("write the exponent:  {digits}e3"));
            }
            if digits == "0" && rest.starts_with(['x', 'b', 'o']) && rest.len() > 1 {
                return malformed(at - 1, at, "numbers are written in base ten".to_owned());
            }
        }
        None
    }

    /// `x[0:2]`
    fn slice(&self) -> Option<Fault> {
        let open = self.open_bracket()?;
        let is_slice =
            self.found() == Token::Colon && self.input.tokens[open].token == Token::OpenSquare;
        is_slice.then(|| Fault::Slice { at: self.span() })
    }

    /// `for i. a[i] dW`
    fn open_coefficient(&self) -> Option<Fault> {
        if !matches!(self.found(), Token::Dt | Token::Differential) || self.open_bracket().is_some()
        {
            return None;
        }
        let mut depth = 0_usize;
        let open = (self.line.start..self.at).find(|&i| {
            let token = self.input.tokens[i].token;
            if token.closer().is_some() {
                depth += 1;
            } else if token.is_closer() {
                depth = depth.saturating_sub(1);
            }
            let opens = match token {
                Token::For | Token::If | Token::Case | Token::Lambda => true,
                Token::Reducer => self.input.tokens[i + 1].token != Token::OpenRound,
                _ => false,
            };
            opens && depth == 0
        })?;
        Some(Fault::OpenCoefficient {
            open: self.input.span(open, open),
            differential: self.span(),
        })
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
        let ends = |token: Token| {
            token.is_name() || token.is_number() || token.is_closer() || token == Token::Text
        };
        let starts = |token: Token| {
            ends(token) && !token.is_closer()
                || matches!(token, Token::OpenRound | Token::True | Token::False | Token::Reducer)
        };
        if !self.expects("*") && !self.expects("+") {
            return None;
        }
        // `a b c dt`: the name before was taken for a differential.
        let in_terms = self.back(1) == Some(Token::Lower)
            && self.back(2).is_some_and(ends)
            && !self.expects("*");
        let right = if in_terms { self.at - 1 } else { self.at };
        if right <= self.line.start + 1 && !in_terms || right == self.line.start {
            return None;
        }
        let tokens = self.input.tokens;
        if !ends(tokens[right - 1].token) || !starts(tokens[right].token) {
            return None;
        }
        let left = self.operand_start(right - 1);
        Some(Fault::MissingOperator {
            left: self.input.span(left, right - 1),
            right: self.input.span(right, right),
        })
    }

    /// The first token of the operand that ends with token `last`: `(` of `(a + b)`, else itself.
    fn operand_start(&self, last: usize) -> usize {
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
        let assigns = self.found() == Token::Equals && self.expects("==");
        (assigns && self.at > self.line.start + 1).then(|| Fault::Assignment { at: self.span() })
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

    fn found(&self) -> Token {
        self.lexeme().token
    }

    fn span(&self) -> Span {
        self.input.span(self.at, self.at)
    }

    /// The token `n` before the one found.
    fn back(&self, n: usize) -> Option<Token> {
        Some(self.input.tokens[self.at.checked_sub(n)?].token)
    }

    fn expects(&self, terminal: &str) -> bool {
        expects(self.expected, terminal)
    }

    /// The innermost bracket that is open in the line.
    fn open_bracket(&self) -> Option<usize> {
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

fn expects(expected: &[String], terminal: &str) -> bool {
    expected
        .iter()
        .any(|quoted| quoted.strip_prefix('"').and_then(|t| t.strip_suffix('"')) == Some(terminal))
}

/// Groups of terminals in words: if all of the second are expected, all of the third are covered.
const GROUPS: &[(&str, &[&str], &[&str])] = &[
    (
        "a declaration or a command",
        &["import", "type", "true"],
        &["import", "type", "let", "def", "param", "posterior"],
    ),
    (
        "a clause such as `state`, `init`, `dx = …` or `observe`",
        &["observe", "when"],
        &["observe", "when", "let", "def", "param", "differential"],
    ),
    ("`let`", &["let"], &["let"]),
    (
        "an expression",
        &["true", "(", "\\"],
        &[
            "true", "false", "(", "[", "{", "-", "\\", "_", "for", "if", "case", "not", "reducer",
            "nat", "float", "text",
        ],
    ),
    (
        "an expression",
        &["true", "("],
        &["true", "false", "(", "[", "{", "-", "_", "not", "reducer", "nat", "float", "text"],
    ),
    ("a type", &["nat", "(", "{"], &["nat", "float", "(", "{", "-", "reducer"]),
    ("a pattern", &["_", "(", "{"], &["_", "(", "{"]),
    ("a name or `_`", &["_", "name"], &["_", "("]),
    ("a name or a number", &["nat", "name"], &["nat"]),
    ("a name", &["name"], &["reducer"]),
    ("a name that begins with a capital letter", &["Name"], &[]),
    (
        "a differential such as `dt`",
        &["dt", "differential"],
        &["dt", "differential", "name", "Name"],
    ),
    ("the end of the line", &["newline"], &["newline"]),
    ("an indented block", &["indent"], &["indent"]),
    ("the end of the block", &["dedent"], &["dedent"]),
    ("a number", &["nat"], &["nat", "float"]),
    ("a text in quotes", &["text"], &["text"]),
];

/// The words that may be names, and the operators: what else is expected says more.
const NAMES: &[&str] = &[
    "name",
    "Name",
    "size",
    "index",
    "data",
    "model",
    "net",
    "objective",
    "estimate",
    "fit",
    "sample",
    "precision",
    "method",
    "repeat",
    "input",
    "state",
    "noise",
    "mark",
    "init",
    "next",
    "like",
    "given",
    "to",
    "as",
    "at",
    "from",
    "by",
    "per",
    "during",
];

const OPERATORS: &[&str] = &[
    "+", "-", "*", "/", "^", ".*", "./", "@", "|>", "==", "!=", "<", "<=", ">", ">=", "and", "or",
    "=>", "->", "?",
];

/// What is expected, in words: at most a handful.
fn phrases(expected: &[String]) -> Vec<String> {
    let mut left: Vec<&str> =
        expected.iter().filter_map(|t| t.strip_prefix('"')?.strip_suffix('"')).collect();
    left.retain(|terminal| *terminal != "broken");
    // LALRPOP prints `\` as it is written in the grammar.
    for terminal in &mut left {
        if *terminal == "\\\\" {
            *terminal = "\\";
        }
    }
    let mut out: Vec<String> = Vec::new();
    let add = |phrase: String, out: &mut Vec<String>| {
        if !out.contains(&phrase) {
            out.push(phrase);
        }
    };
    for (phrase, needed, covered) in GROUPS {
        if needed.iter().all(|terminal| left.contains(terminal)) {
            add((*phrase).to_owned(), &mut out);
            let names =
                needed.iter().any(|terminal| ["name", "Name", "true", "nat"].contains(terminal));
            left.retain(|terminal| {
                !covered.contains(terminal) && !(names && NAMES.contains(terminal))
            });
        }
    }
    let operators = left.iter().filter(|terminal| OPERATORS.contains(terminal)).count();
    if operators > 2 {
        left.retain(|terminal| !OPERATORS.contains(terminal));
        // After an operand, `(`, `[` and `.` go on with it, as operators do.
        left.retain(|terminal| !["(", "[", "."].contains(terminal));
        add("an operator".to_owned(), &mut out);
    }
    for terminal in left {
        add(format!("`{terminal}`"), &mut out);
    }
    out.truncate(5);
    out
}
