//! Lines as other languages or the blackboard would have them, and what they are here.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "there are a hundred tokens, and each place knows a few of them"
)]

use sdec_base::{Diagnostic, Span};

use crate::expect::Failure;
use crate::fault::shortened;
use crate::token::Token;

/// What was written by habit. Texts are quotations of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    /// `param σ = 0.5`, `state x`
    MissingType { clause: String, names: String, value: Option<String> },
    /// `state x : Real = 0`
    StateValue { names: String, value: String },
    /// `model M:`, `model M {`
    HeaderEnd { header: String, end: String },
    /// `def f(x: Float) -> Float:`
    DefColon { header: String },
    /// `model M` with nothing below it.
    EmptyHeader { header: String },
    /// `σ * dW`
    DifferentialFactor { coefficient: String, differential: String },
    /// `dW / 2`
    AfterDifferential { differential: String },
    /// `sqrt(dt)`
    StepAsValue,
    /// `let v = -x dt`
    LetDifferential { before: String },
    /// `times: [0, 1]`
    SettingColon { key: String, value: String },
    /// `σ : Positive = 0.5` in a model.
    ForgottenClause { line: String, has_value: bool },
    /// `x(0) = 1`
    InitialCall { state: String, value: String },
    /// `d(x) = -x dt`, `d x = -x dt`
    SplitDifferential { state: String, rest: String },
    /// `x -> x + 1`, `lambda x: x + 1`
    Arrow { name: String },
    /// `\x: Float -> x + 1`
    LambdaArrow,
    /// `for i in xs`
    In { word: String, index: String, over: String },
    /// `return x`
    Return { value: String },
}

/// The habit behind a failed parse, if it is one.
pub(crate) fn habit(failure: &Failure<'_>) -> Option<Habit> {
    None.or_else(|| declaration(failure))
        .or_else(|| header(failure))
        .or_else(|| differential(failure))
        .or_else(|| left_side(failure))
        .or_else(|| function(failure))
}

/// The text from token `first` to token `last`.
fn text(failure: &Failure<'_>, first: usize, last: usize) -> String {
    let Some((first, last)) = failure
        .input
        .tokens
        .get(first)
        .zip(failure.input.tokens.get(last))
        .filter(|(a, b)| a.start <= b.end)
    else {
        return String::new();
    };
    shortened(&failure.input.text[first.start..last.end]).into_owned()
}

/// The text after token `at` to the end of the line.
fn rest(failure: &Failure<'_>, at: usize) -> String {
    if at + 1 >= failure.line.end {
        String::new()
    } else {
        text(failure, at + 1, failure.line.end - 1)
    }
}

/// `param σ = 0.5`, `state x`, `state x : Real = 0`
fn declaration(failure: &Failure<'_>) -> Option<Habit> {
    let (start, at) = (failure.line.start, failure.at);
    let clause = failure.token(start)?;
    let declares = matches!(clause, Token::Param | Token::State | Token::Noise | Token::Input);
    let ends = matches!(failure.found(), Token::Equals | Token::Newline | Token::Dedent);
    if !declares || !ends || at < start + 2 {
        return None;
    }
    let value = (failure.found() == Token::Equals)
        .then(|| rest(failure, at))
        .filter(|value| !value.is_empty());
    let is_list = |token: Token| token.is_name() || matches!(token, Token::Comma | Token::Hole);
    let listed = |end: usize| (start + 1..end).all(|i| failure.token(i).is_some_and(is_list));
    if listed(at) {
        let names = text(failure, start + 1, at - 1);
        return Some(Habit::MissingType { clause: text(failure, start, start), names, value });
    }
    let colon = (start..at).find(|&i| failure.token(i) == Some(Token::Colon))?;
    (clause == Token::State && colon > start + 1 && listed(colon)).then_some(())?;
    Some(Habit::StateValue { names: text(failure, start + 1, colon - 1), value: value? })
}

/// `model M:`, `model M`, `times: [0, 1]`
fn header(failure: &Failure<'_>) -> Option<Habit> {
    let (start, at) = (failure.line.start, failure.at);
    let header = || text(failure, start, at - 1);
    let found = failure.found();
    match failure.token(start)? {
        Token::Def if found == Token::Colon && failure.expects("=") => {
            Some(Habit::DefColon { header: header() })
        }
        Token::Model if at > start + 1 && failure.expects("indent") => match found {
            Token::Colon | Token::OpenCurly => {
                Some(Habit::HeaderEnd { header: header(), end: text(failure, at, at) })
            }
            Token::Newline => Some(Habit::EmptyHeader { header: header() }),
            _ => None,
        },
        token if token.is_name() && found == Token::Colon && at == start + 1 => {
            let has_value = (at..failure.line.end).any(|i| failure.token(i) == Some(Token::Equals));
            if failure.expects("~") {
                let line = text(failure, start, failure.line.end - 1);
                return Some(Habit::ForgottenClause { line, has_value });
            }
            failure.expects("=").then(|| Habit::SettingColon {
                key: text(failure, start, start),
                value: rest(failure, at),
            })
        }
        _ => None,
    }
}

/// `σ * dW`, `dW / 2`, `sqrt(dt)`, `let v = -x dt`
fn differential(failure: &Failure<'_>) -> Option<Habit> {
    let at = failure.at;
    let is_differential = |token| matches!(token, Some(Token::Dt | Token::Differential));
    let found = Some(failure.found());
    let in_let = failure.token(failure.line.start) == Some(Token::Let)
        && (failure.line.start..at - 1).any(|i| failure.token(i) == Some(Token::Equals));
    if is_differential(found) && in_let {
        return Some(Habit::LetDifferential { before: text(failure, failure.line.start, at - 1) });
    }
    if failure.back(1) == Some(Token::Dt) && failure.back(2) == Some(Token::OpenRound) {
        return Some(Habit::StepAsValue);
    }
    if !failure.is_equation() {
        return None;
    }
    if is_differential(found)
        && failure.back(1) == Some(Token::Star)
        && failure.open_bracket().is_none()
    {
        let mut depth = 0_usize;
        let begins = (failure.line.start..at - 1).rev().find(|&i| match failure.token(i) {
            Some(token) if token.is_closer() => {
                depth += 1;
                false
            }
            Some(token) if token.closer().is_some() => {
                depth = depth.saturating_sub(1);
                false
            }
            Some(Token::Plus | Token::Minus | Token::Equals) => depth == 0,
            _ => false,
        })?;
        return Some(Habit::DifferentialFactor {
            coefficient: text(failure, begins + 1, at - 2),
            differential: text(failure, at, at),
        });
    }
    let operator = matches!(failure.found(), Token::Star | Token::Slash | Token::Caret);
    (operator && is_differential(failure.back(1)))
        .then(|| Habit::AfterDifferential { differential: text(failure, at - 1, at - 1) })
}

/// `x(0) = 1`, `d(x) = -x dt`, `return x`
fn left_side(failure: &Failure<'_>) -> Option<Habit> {
    let (start, at) = (failure.line.start, failure.at);
    if at != start + 1 || failure.token(start) != Some(Token::Lower) {
        return None;
    }
    let equals = (at..failure.line.end).find(|&i| failure.token(i) == Some(Token::Equals));
    let word = failure.input.slice(start);
    if word == "return" {
        return Some(Habit::Return { value: text(failure, at, failure.line.end - 1) });
    }
    let (bracketed, name) = match failure.found() {
        Token::OpenRound => (true, at + 1),
        token if token.is_name() => (false, at),
        _ => return None,
    };
    let equals = equals.filter(|&equals| equals == if bracketed { at + 3 } else { at + 1 })?;
    if word == "d" {
        return Some(Habit::SplitDifferential {
            state: text(failure, name, name),
            rest: rest(failure, equals),
        });
    }
    (bracketed && failure.token(name).is_some_and(Token::is_number))
        .then(|| Habit::InitialCall { state: word.to_owned(), value: rest(failure, equals) })
}

/// `x -> x + 1`, `lambda x: x + 1`, `for i in xs`
fn function(failure: &Failure<'_>) -> Option<Habit> {
    let at = failure.at;
    let in_lambda = (failure.line.start..at).any(|i| failure.token(i) == Some(Token::Lambda));
    match failure.found() {
        Token::Arrow if in_lambda => return Some(Habit::LambdaArrow),
        Token::Arrow if failure.back(1).is_some_and(Token::is_name) && failure.expects("*") => {
            return Some(Habit::Arrow { name: text(failure, at - 1, at - 1) });
        }
        token
            if token.is_name()
                && failure.back(1) == Some(Token::Lower)
                && failure.input.slice(at - 1) == "lambda" =>
        {
            return Some(Habit::Arrow { name: text(failure, at, at) });
        }
        _ => {}
    }
    let is_in = |i: usize| failure.token(i) == Some(Token::Lower) && failure.input.slice(i) == "in";
    let first = failure.line.start + 2;
    let at_in = (first..=at).rev().find(|&i| is_in(i))?;
    let before = failure.token(at_in - 2)?;
    let word = match before {
        Token::For | Token::Reducer => at_in - 2,
        Token::OpenRound if at_in > first => at_in - 3,
        _ => return None,
    };
    let opens = matches!(failure.token(word), Some(Token::For | Token::Reducer));
    opens.then(|| Habit::In {
        word: text(failure, word, word),
        index: text(failure, at_in - 1, at_in - 1),
        over: text(failure, at_in + 1, at_in + 1),
    })
}

impl Habit {
    /// What is said about it at its place.
    pub(crate) fn diagnostic(&self, at: Span) -> Diagnostic {
        let error =
            |code, title: &str, label: &str| Diagnostic::error(code, title, at).label(at, label);
        match self {
            Self::MissingType { clause, names, value } => {
                let title = format!("`{clause} {names}` needs a type");
                let found = error("E0105", &title, "a `:` and the type come first");
                missing_type(found, clause, names, value.as_deref())
            }
            Self::StateValue { names, value } => error(
                "E0105",
                "a state is given its initial value by `init`",
                "not where it is declared",
            )
            .help(format!("on a line of its own:  init  {names} = {value}")),
            Self::HeaderEnd { header, end } => {
                let title = format!("no `{end}` after the name of a model");
                let label = "the lines of a model are told by their indentation";
                let found = error("E0105", &title, label).help(format!("write  {header}"));
                if end == "{" { found.help("remove the `}` at its end too") } else { found }
            }
            Self::DefColon { header } => {
                error("E0105", "the value of a function follows `=`", "not `:`")
                    .help(format!("write  {header} ="))
            }
            Self::EmptyHeader { header } => {
                let title = format!("`{header}` has no lines");
                error("E0105", &title, "the lines of a model are below this one, and deeper")
                    .help("indent them by two spaces")
            }
            Self::DifferentialFactor { coefficient, differential } => {
                let label = "this is a differential, not a factor";
                error("E0115", "a differential stands right after its coefficient", label)
                    .help(format!("leave out the `*`:  {coefficient} {differential}"))
            }
            Self::AfterDifferential { differential } => {
                let label = format!("`{differential}` ends its term");
                error("E0115", "only the next term comes after a differential", &label)
                    .help(format!("all factors stand before it:  0.5 {differential}"))
            }
            Self::StepAsValue => {
                error("E0115", "a model does not see the size of a step", "`dt` is no number")
                    .help("noise of size σ is written with its differential:  σ dW")
                    .note("the solver scales dW by the root of its step")
            }
            Self::LetDifferential { before } => {
                error("E0115", "a differential outside an equation", "`let` names a value")
                    .help(format!("name the coefficient:  {before}"))
            }
            Self::SettingColon { key, value } => {
                error("E0105", "a setting is given with `=`", "not `:`")
                    .help(format!("write  {key} = {value}"))
            }
            Self::ForgottenClause { line, has_value } => {
                let found =
                    error("E0105", "nothing says what this line declares", "a name and its type");
                match has_value {
                    true => found.help(format!("for a parameter:  param {line}")),
                    false => found
                        .help(format!("for a state:      state {line}"))
                        .help(format!("for a parameter:  param {line}")),
                }
            }
            Self::InitialCall { state, value } => {
                error("E0105", "an initial value is given by `init`", "not by its time")
                    .help(format!("write  init  {state} = {value}"))
            }
            Self::SplitDifferential { state, rest } => {
                let title = format!("the differential of `{state}` is one word");
                error("E0105", &title, "`d` and the name are written together")
                    .help(format!("write  d{state} = {rest}"))
            }
            Self::Arrow { name } => {
                error("E0105", "a function without a name begins with `\\`", "not like this")
                    .help(format!("write  \\{name}. {name} + 1"))
            }
            Self::LambdaArrow => {
                error("E0105", "the names of a function end with `.`", "not with `->`")
                    .help("for example:  \\x: Float. x + 1")
            }
            Self::In { word, index, over } => {
                let title = format!("`{word}` runs over an index, not over values");
                let found = error("E0105", &title, "there is no `in`");
                match over.as_str() {
                    "range" => found
                        .help(format!("for example:  {word} {index}: 3. float(ordinal({index}))")),
                    over => found
                        .help(format!("write  {word} {index}. {over}[{index}]"))
                        .note("how far it runs follows from what is indexed"),
                }
            }
            Self::Return { value } => {
                error("E0105", "there is no `return`", "the last line of a block is its value")
                    .help(format!("write  {value}"))
            }
        }
    }
}

fn missing_type(found: Diagnostic, clause: &str, names: &str, value: Option<&str>) -> Diagnostic {
    match (clause, value) {
        ("noise", _) => found.help(format!("write  noise {names} : Brownian")),
        ("state", Some(value)) => found
            .help(format!("write  state {names} : Real"))
            .help(format!("and, for its initial value:  init  {names} = {value}")),
        (_, Some(value)) => {
            let found = match list_length(value) {
                Some(n) => {
                    found.help(format!("a table:  {clause} {names} : {n} => Float = {value}"))
                }
                None => found.help(format!("any number:       {clause} {names} : Real = {value}")),
            };
            match value.starts_with(['-', '[']) || value == "0" {
                true => found,
                false => {
                    found.help(format!("positive always:  {clause} {names} : Positive = {value}"))
                }
            }
        }
        (_, None) => found.help(format!("any number:  {clause} {names} : Real")),
    }
}

/// How many numbers are in `[1, 2, 3]`.
fn list_length(value: &str) -> Option<usize> {
    let inner = value.strip_prefix('[')?.strip_suffix(']')?;
    (!inner.contains(['[', '(', '{'])).then(|| inner.split(',').count())
}
