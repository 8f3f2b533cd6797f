//! Lines as other languages or the blackboard would have them, and where their parts stand.
//! What they are here is said in `remedy.rs`.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "there are a hundred tokens, and each place knows a few of them"
)]

use sdec_base::Span;

use crate::expect::Failure;
use crate::token::Token;

/// What was written by habit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    /// `param σ = 0.5`, `state x`: the clause's word, its names, and its value.
    MissingType { clause: Span, names: Span, value: Option<Span> },
    /// `state x : Real = 0`: the names, and what follows the type.
    StateValue { names: Span, equals: Span, value: Span },
    /// `model M:`, `model M {`: what ends the header, and the bracket that closes it.
    HeaderEnd { header: Span, end: Span, close: Option<Span> },
    /// `def f(x: Float) -> Float:`
    DefColon { colon: Span, typed: bool },
    /// `model M` with nothing below it.
    EmptyHeader { header: Span },
    /// `σ * dW`: from the end of the coefficient to the differential.
    DifferentialFactor { between: Span },
    /// `dW / 2`: the differential, and what follows it, with its operator and its operand.
    AfterDifferential {
        differential: Span,
        operator: Span,
        operand: Span,
        coefficient: Option<Span>,
    },
    /// `sqrt(dt)`
    StepAsValue,
    /// `let v = -x dt`: the differential, if nothing follows it.
    LetDifferential { last: Option<Span> },
    /// `times: [0, 1]`
    SettingColon { colon: Span },
    /// `σ : Positive = 0.5` in a model.
    ForgottenClause { line: Span, has_value: bool },
    /// `x(0) = 1`: what stands before the value.
    InitialCall { left: Span, state: Span },
    /// `d(x) = -x dt`, `d x = -x dt`
    SplitDifferential { left: Span, state: Span },
    /// `x -> x + 1`, `lambda x: x + 1`: what stands before the value.
    Arrow { left: Span, name: Span },
    /// `\x: Float -> x + 1`: from the type to the arrow.
    LambdaArrow { arrow: Span },
    /// `for i in xs: xs[i]`: the word, the index, from there to the value; and the value with the
    /// bracket that closes it, if there is one.
    In { word: Span, index: Span, over: Span, head: Span, body: Span, close: Option<Span> },
    /// `return x`
    Return { word: Span },
    /// `dt[i]`: the index.
    IndexedStep { index: Span },
    /// `real<lower=0>`: all of it, and what stands between the angles.
    Bounds { ty: Span, bounds: Span },
    /// `a if c else b`: all of it, and its parts.
    Conditional { whole: Span, value: Span, condition: Span, otherwise: Span },
    /// `init u, v = 10, 5`: all of it, names and values.
    SeveralValues { whole: Span, pairs: Vec<(Span, Span)> },
    /// `let f(x: Float) = 2 * x`: the word.
    LetFunction { word: Span },
    /// `if a > 0:` among the clauses of a model.
    ClauseIf,
    /// `act = nn.Tanh`: all of it, and the name.
    QualifiedName { whole: Span, name: Span },
    /// `param σ = 0.5 : Positive`: the names, what follows them, and its parts.
    TypeLast { names: Span, value: Span, ty: Span },
    /// `times = 0:0.1:10`: all of it, and its numbers.
    Range { whole: Span, numbers: Vec<Span> },
    /// `estimate M`: the name of the model.
    NoLabel { model: Span },
    /// `sample paths of M`: from the name to the model, and both.
    SampleOf { both: Span, name: Span, model: Span },
    /// `fit M(D)`: from one bracket to the other, and what is between them.
    FitCall { brackets: Span, data: Span },
    /// `observe Rates.r = x`: the data with the column, and the column.
    ObservedColumn { whole: Span, column: Span },
    /// `case s:`
    CaseColon { colon: Span },
    /// `match s`: the word, and what it looks at.
    Match { word: Span, subject: Span },
    /// `{ a: 1.0 }`: after the name of a field.
    FieldColon { colon: Span },
    /// `init x`, `observe y`, `let a`, `dx`: all of it, and the name.
    NothingSaid { clause: Span, name: Span },
}

/// The habit behind a failed parse, if it is one.
pub(crate) fn habit(failure: &Failure<'_>) -> Option<Habit> {
    None.or_else(|| declaration(failure))
        .or_else(|| nothing_said(failure))
        .or_else(|| header(failure))
        .or_else(|| differential(failure))
        .or_else(|| left_side(failure))
        .or_else(|| function(failure))
        .or_else(|| bounds(failure))
        .or_else(|| conditional(failure))
        .or_else(|| several_values(failure))
        .or_else(|| range(failure))
        .or_else(|| forms_of_others(failure))
}

/// From the first byte of token `first` to the last of token `last`.
fn span(failure: &Failure<'_>, first: usize, last: usize) -> Span {
    failure.input.span(first, last.max(first))
}

/// What follows token `at` on its line.
fn rest(failure: &Failure<'_>, at: usize) -> Option<Span> {
    (at + 1 < failure.line.end).then(|| span(failure, at + 1, failure.line.end - 1))
}

/// `param σ = 0.5`, `state x`, `state x : Real = 0`
fn declaration(failure: &Failure<'_>) -> Option<Habit> {
    let (start, at) = (failure.line.start, failure.at);
    let clause = failure.token(start)?;
    let declares = matches!(clause, Token::Param | Token::State | Token::Noise | Token::Input);
    let ends =
        matches!(failure.found(), Token::Equals | Token::Tilde | Token::Newline | Token::Dedent);
    if !declares || !ends || at < start + 2 {
        return None;
    }
    let value = (failure.found() == Token::Equals).then(|| rest(failure, at)).flatten();
    let is_list = |token: Token| token.is_name() || matches!(token, Token::Comma | Token::Hole);
    let listed = |end: usize| (start + 1..end).all(|i| failure.token(i).is_some_and(is_list));
    if listed(at) {
        let names = span(failure, start + 1, at - 1);
        let last = failure.line.end - 1;
        let colon = (at..last).rev().find(|&i| failure.token(i) == Some(Token::Colon));
        if let Some(colon) = colon.filter(|&colon| {
            failure.found() == Token::Equals
                && colon > at + 1
                && failure.token(last) != Some(Token::CloseRound)
        }) {
            let (value, ty) = (span(failure, at + 1, colon - 1), span(failure, colon + 1, last));
            return Some(Habit::TypeLast { names, value, ty });
        }
        return Some(Habit::MissingType { clause: span(failure, start, start), names, value });
    }
    let colon = (start..at).find(|&i| failure.token(i) == Some(Token::Colon))?;
    (clause == Token::State && colon > start + 1 && listed(colon)).then_some(())?;
    let names = span(failure, start + 1, colon - 1);
    let equals = failure.input.between(at - 1, at + 1);
    Some(Habit::StateValue { names, equals, value: value? })
}

/// `init x`, `observe y`, `let a`, `dx`
fn nothing_said(failure: &Failure<'_>) -> Option<Habit> {
    let (start, at) = (failure.line.start, failure.at);
    let ends = matches!(failure.found(), Token::Newline | Token::Dedent);
    let (clause, name) = (failure.token(start)?, failure.token(at.checked_sub(1)?)?);
    let said = match clause {
        Token::Init | Token::Observe | Token::Let => at == start + 2 && name.is_name(),
        Token::Differential => at == start + 1,
        _ => false,
    };
    (ends && said).then(|| Habit::NothingSaid {
        clause: span(failure, start, at - 1),
        name: span(failure, at - 1, at - 1),
    })
}

/// `model M:`, `model M`, `times: [0, 1]`
fn header(failure: &Failure<'_>) -> Option<Habit> {
    let (start, at) = (failure.line.start, failure.at);
    let header = || span(failure, start, at - 1);
    let found = failure.found();
    match failure.token(start)? {
        Token::Def if found == Token::Colon && failure.expects("=") => {
            let rest = at + 1..failure.line.end;
            let typed = rest.into_iter().any(|i| failure.token(i) == Some(Token::Equals));
            Some(Habit::DefColon { colon: failure.span(), typed })
        }
        Token::Estimate if found == Token::Upper && at == start + 1 => {
            Some(Habit::NoLabel { model: failure.span() })
        }
        Token::Sample
            if (start + 1..=start + 2).contains(&at)
                && failure.token(start + 1).is_some_and(Token::is_name)
                && failure.token(start + 2) == Some(Token::Of)
                && failure.token(start + 3) == Some(Token::Upper) =>
        {
            Some(Habit::SampleOf {
                both: span(failure, start + 1, start + 3),
                name: span(failure, start + 1, start + 1),
                model: span(failure, start + 3, start + 3),
            })
        }
        Token::Fit
            if found == Token::Upper
                && at == start + 3
                && failure.token(start + 1) == Some(Token::Upper)
                && failure.back(1) == Some(Token::OpenRound)
                && failure.token(at + 1) == Some(Token::CloseRound) =>
        {
            Some(Habit::FitCall { brackets: span(failure, at - 1, at + 1), data: failure.span() })
        }
        Token::Model if at > start + 1 && failure.expects("indent") => match found {
            Token::Colon => {
                Some(Habit::HeaderEnd { header: header(), end: failure.span(), close: None })
            }
            Token::OpenCurly => {
                let close = (at..failure.input.tokens.len())
                    .rev()
                    .find(|&i| failure.token(i) == Some(Token::CloseCurly))
                    .map(|i| span(failure, i, i));
                Some(Habit::HeaderEnd { header: header(), end: failure.span(), close })
            }
            Token::Newline => Some(Habit::EmptyHeader { header: header() }),
            _ => None,
        },
        token if token.is_name() && found == Token::Colon && at == start + 1 => {
            let has_value = (at..failure.line.end).any(|i| failure.token(i) == Some(Token::Equals));
            if failure.expects("~") {
                let line = span(failure, start, failure.line.end - 1);
                return Some(Habit::ForgottenClause { line, has_value });
            }
            failure.expects("=").then(|| Habit::SettingColon { colon: failure.span() })
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
        let is_last = at + 1 == failure.line.end;
        let last = is_last.then(|| failure.input.between(at - 1, at + 1));
        return Some(Habit::LetDifferential { last });
    }
    if failure.back(1) == Some(Token::Dt) && failure.back(2) == Some(Token::OpenRound) {
        return Some(Habit::StepAsValue);
    }
    if !failure.is_equation() {
        return None;
    }
    if failure.found() == Token::OpenSquare && failure.back(1) == Some(Token::Dt) {
        let index = span(failure, at, failure.operand_end(at));
        return Some(Habit::IndexedStep { index });
    }
    if is_differential(found)
        && failure.back(1) == Some(Token::Star)
        && failure.open_bracket().is_none()
    {
        return Some(Habit::DifferentialFactor { between: failure.input.between(at - 2, at) });
    }
    let operator = matches!(failure.found(), Token::Star | Token::Slash | Token::Caret);
    (operator && is_differential(failure.back(1)) && at + 1 < failure.line.end).then(|| {
        let begins = |token| matches!(token, Token::Equals | Token::Plus | Token::Minus);
        let alone = failure.back(2).is_some_and(begins);
        Habit::AfterDifferential {
            differential: span(failure, at - 1, at - 1),
            operator: failure.span(),
            operand: span(failure, at + 1, failure.operand_end(at + 1)),
            coefficient: (!alone).then(|| span(failure, at - 2, at - 2)),
        }
    })
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
        return Some(Habit::Return { word: failure.input.up_to(start, at) });
    }
    let (bracketed, name) = match failure.found() {
        Token::OpenRound => (true, at + 1),
        token if token.is_name() => (false, at),
        _ => return None,
    };
    let equals = equals.filter(|&equals| equals == if bracketed { at + 3 } else { at + 1 })?;
    let left = span(failure, start, equals - 1);
    if word == "d" {
        return Some(Habit::SplitDifferential { left, state: span(failure, name, name) });
    }
    (bracketed && failure.token(name).is_some_and(Token::is_number))
        .then(|| Habit::InitialCall { left, state: span(failure, start, start) })
}

/// `x -> x + 1`, `lambda x: x + 1`, `for i in xs`
fn function(failure: &Failure<'_>) -> Option<Habit> {
    let at = failure.at;
    let in_lambda = (failure.line.start..at).any(|i| failure.token(i) == Some(Token::Lambda));
    let name = |i: usize| span(failure, i, i);
    match failure.found() {
        Token::Arrow if in_lambda => {
            let before = name(at - 1);
            let arrow = Span { start: before.end, ..failure.span() };
            return Some(Habit::LambdaArrow { arrow });
        }
        Token::Arrow if failure.back(1).is_some_and(Token::is_name) && failure.expects("*") => {
            return Some(Habit::Arrow { left: span(failure, at - 1, at), name: name(at - 1) });
        }
        token
            if token.is_name()
                && failure.back(1) == Some(Token::Lower)
                && failure.input.slice(at - 1) == "lambda" =>
        {
            let colon = failure.token(at + 1) == Some(Token::Colon);
            let left = span(failure, at - 1, if colon { at + 1 } else { at });
            return Some(Habit::Arrow { left, name: name(at) });
        }
        _ => {}
    }
    in_values(failure)
}

/// `for i in xs: xs[i]`, `sum(x[i] for i in xs)`
fn in_values(failure: &Failure<'_>) -> Option<Habit> {
    let is_in = |i: usize| failure.token(i) == Some(Token::Lower) && failure.input.slice(i) == "in";
    let first = failure.line.start + 2;
    let at_in = (first..=failure.at).rev().find(|&i| is_in(i))?;
    let before = failure.token(at_in - 2)?;
    let word = match before {
        Token::For | Token::Reducer => at_in - 2,
        Token::OpenRound if at_in > first => at_in - 3,
        _ => return None,
    };
    if !matches!(failure.token(word), Some(Token::For | Token::Reducer)) {
        return None;
    }
    let last = failure.line.end - 1;
    let over = failure.operand_end(at_in + 1);
    let separated =
        matches!(failure.token(over + 1), Some(Token::Colon | Token::Dot | Token::Comma));
    let value = if separated { over + 2 } else { over + 1 };
    if value > last {
        return None;
    }
    let bracketed = before == Token::OpenRound && failure.token(last) == Some(Token::CloseRound);
    let body = if bracketed { last - 1 } else { last };
    Some(Habit::In {
        word: span(failure, word, word),
        index: span(failure, at_in - 1, at_in - 1),
        over: span(failure, at_in + 1, over),
        head: failure.input.up_to(word, value),
        body: span(failure, value, body),
        close: bracketed.then(|| span(failure, last, last)),
    })
}

/// `param α : real<lower=0> = 1`
fn bounds(failure: &Failure<'_>) -> Option<Habit> {
    let (start, at) = (failure.line.start, failure.at);
    let declares = matches!(failure.token(start)?, Token::Param | Token::State | Token::Input);
    let typed =
        failure.back(1).is_some_and(Token::is_name) && failure.back(2) == Some(Token::Colon);
    if !declares || !typed || failure.found() != Token::Lt {
        return None;
    }
    let close = (at..failure.line.end).find(|&i| failure.token(i) == Some(Token::Gt))?;
    (close > at + 1).then(|| Habit::Bounds {
        ty: span(failure, at - 1, close),
        bounds: span(failure, at + 1, close - 1),
    })
}

/// `let w = x if x > 0 else 0`, of a value that is the whole right side.
fn conditional(failure: &Failure<'_>) -> Option<Habit> {
    let (at, last) = (failure.at, failure.line.end.checked_sub(1)?);
    let equals =
        (failure.line.start..at).rev().find(|&i| failure.token(i) == Some(Token::Equals))?;
    let otherwise = (at..last).find(|&i| failure.token(i) == Some(Token::Else))?;
    let then = (at..otherwise).any(|i| failure.token(i) == Some(Token::Then));
    if failure.found() != Token::If || then || failure.open_bracket().is_some() {
        return None;
    }
    (equals + 1 < at && at + 1 < otherwise).then(|| Habit::Conditional {
        whole: span(failure, equals + 1, last),
        value: span(failure, equals + 1, at - 1),
        condition: span(failure, at + 1, otherwise - 1),
        otherwise: span(failure, otherwise + 1, last),
    })
}

/// `init u, v = 10, 5`, `init u = 10, v = 5`
fn several_values(failure: &Failure<'_>) -> Option<Habit> {
    let (start, last) = (failure.line.start, failure.line.end.checked_sub(1)?);
    let equals = (start..failure.at).find(|&i| failure.token(i) == Some(Token::Equals))?;
    if failure.token(start) != Some(Token::Init) || failure.found() != Token::Comma {
        return None;
    }
    let names = listed(failure, start + 1, equals - 1)?;
    let values = listed(failure, equals + 1, last)?;
    let of = |(first, last): (usize, usize)| span(failure, first, last);
    let pairs: Vec<(Span, Span)> = if names.len() == 1 {
        let named = |&(first, last): &(usize, usize)| {
            let is_named = failure.token(first + 1) == Some(Token::Equals) && first + 2 <= last;
            is_named.then(|| (of((first, first)), of((first + 2, last))))
        };
        let first = (of(names[0]), of(values[0]));
        let rest: Option<Vec<(Span, Span)>> = values[1..].iter().map(named).collect();
        std::iter::once(first).chain(rest?).collect()
    } else {
        (names.len() == values.len()).then_some(())?;
        names.into_iter().map(of).zip(values.into_iter().map(of)).collect()
    };
    Some(Habit::SeveralValues { whole: span(failure, start, last), pairs })
}

/// The first and last tokens of what commas separate.
fn listed(failure: &Failure<'_>, first: usize, last: usize) -> Option<Vec<(usize, usize)>> {
    let (mut parts, mut begin, mut depth) = (Vec::new(), first, 0_i32);
    for i in first..=last {
        match failure.token(i)? {
            Token::OpenRound | Token::OpenSquare | Token::OpenCurly => depth += 1,
            Token::CloseRound | Token::CloseSquare | Token::CloseCurly => depth -= 1,
            Token::Comma if depth == 0 => {
                (begin < i).then_some(())?;
                parts.push((begin, i - 1));
                begin = i + 1;
            }
            _ => {}
        }
    }
    (begin <= last).then_some(())?;
    parts.push((begin, last));
    Some(parts)
}

/// `let f(x: Float) = …`, `if` as a clause, `act = nn.Tanh`
fn forms_of_others(failure: &Failure<'_>) -> Option<Habit> {
    let (start, at) = (failure.line.start, failure.at);
    match failure.found() {
        Token::OpenRound if at == start + 2 && failure.token(start) == Some(Token::Let) => {
            Some(Habit::LetFunction { word: span(failure, start, start) })
        }
        Token::If if at == start && failure.expects("state") => Some(Habit::ClauseIf),
        Token::Colon if failure.expects("of") => Some(Habit::CaseColon { colon: failure.span() }),
        Token::Colon
            if failure.expects("=")
                && failure.back(1).is_some_and(Token::is_name)
                && matches!(failure.back(2), Some(Token::OpenCurly | Token::Comma)) =>
        {
            Some(Habit::FieldColon { colon: failure.span() })
        }
        _ if failure.back(1) == Some(Token::Lower)
            && failure.found().is_name()
            && failure.input.slice(at - 1) == "match" =>
        {
            Some(Habit::Match { word: span(failure, at - 1, at - 1), subject: failure.span() })
        }
        Token::Dot
            if failure.token(start) == Some(Token::Observe)
                && at == start + 2
                && failure.token(at + 1).is_some_and(Token::is_name) =>
        {
            Some(Habit::ObservedColumn {
                whole: span(failure, at - 1, at + 1),
                column: span(failure, at + 1, at + 1),
            })
        }
        Token::Dot
            if failure.token(start) == Some(Token::Param)
                && failure.back(1).is_some_and(Token::is_name)
                && failure.token(at + 1).is_some_and(Token::is_name) =>
        {
            Some(Habit::QualifiedName {
                whole: span(failure, at - 1, at + 1),
                name: span(failure, at + 1, at + 1),
            })
        }
        _ => None,
    }
}

/// `times = 0:0.1:10`
fn range(failure: &Failure<'_>) -> Option<Habit> {
    let (start, at) = (failure.line.start, failure.at);
    let is_number = |i: usize| failure.token(i).is_some_and(Token::is_number);
    let is_colon = |i: usize| failure.token(i) == Some(Token::Colon);
    let sets = failure.token(start)?.is_name() && failure.token(start + 1) == Some(Token::Equals);
    if !sets
        || at != start + 3
        || failure.found() != Token::Colon
        || !is_number(at - 1)
        || !is_number(at + 1)
    {
        return None;
    }
    let longer = is_colon(at + 2) && is_number(at + 3);
    let places = if longer { vec![at - 1, at + 1, at + 3] } else { vec![at - 1, at + 1] };
    let last = places.last().copied()?;
    (last + 1 == failure.line.end).then(|| Habit::Range {
        whole: span(failure, at - 1, last),
        numbers: places.iter().map(|&i| span(failure, i, i)).collect(),
    })
}
