//! What is said about a line that was written by habit, and the change that mends it.

use sdec_base::{Diagnostic, Span};

use crate::habit::Habit;
use crate::message::shortened;

impl Habit {
    /// What is said about it at its place. `text` is the whole source.
    pub(crate) fn diagnostic(&self, at: Span, text: &str) -> Diagnostic {
        let slice = |span: &Span| &text[span.start as usize..span.end as usize];
        let error =
            |code, title: &str, label: &str| Diagnostic::error(code, title, at).label(at, label);
        match self {
            Self::MissingType { clause, names, value } => {
                let (clause, named) = (slice(clause), shortened(slice(names)));
                let title = format!("`{clause} {named}` needs a type");
                let found = error("E0105", &title, "a `:` and the type come first");
                let value = value.map(|value| (value, slice(&value)));
                missing_type(found, clause, (*names, slice(names)), value)
            }
            Self::StateValue { names, equals, value } => error(
                "E0105",
                "a state is given its initial value by `init`",
                "not where it is declared",
            )
            .help("on a line of its own:")
            .edit(equals.to(*value), "")
            // Below the value, which may be written on several lines.
            .line_below(names.to(*value), format!("init  {} = {}", slice(names), slice(value))),
            Self::HeaderEnd { header, end, close } => {
                let found = error(
                    "E0105",
                    &format!("no `{}` after the name of a model", slice(end)),
                    "the lines of a model are told by their indentation",
                );
                let words = match close {
                    Some(_) => format!("write  {}  and remove the `}}` too", slice(header)),
                    None => format!("write  {}", slice(header)),
                };
                let after_header = Span { start: header.end, ..*end };
                let found = found.help(words).edit(after_header, "");
                match close {
                    Some(close) => found.edit(*close, ""),
                    None => found,
                }
            }
            Self::DefColon { colon, typed: true } => {
                error("E0105", "the type of a result follows `->`", "not `:`")
                    .help("write:")
                    .edit(*colon, " ->")
            }
            Self::DefColon { colon, typed: false } => {
                error("E0105", "the value of a function follows `=`", "not `:`")
                    .help("write:")
                    .edit(*colon, " =")
            }
            Self::EmptyHeader { header } => {
                let title = format!("`{}` has no lines", shortened(slice(header)));
                error("E0105", &title, "the lines of a model are below this one, and deeper")
                    .help("indent them by two spaces")
            }
            Self::DifferentialFactor { between } => {
                let label = "this is a differential, not a factor";
                error("E0115", "a differential stands right after its coefficient", label)
                    .help("leave out the `*`:")
                    .edit(*between, " ")
            }
            Self::AfterDifferential { differential, operator, operand, coefficient } => {
                let quoted = slice(differential);
                let found = error(
                    "E0115",
                    "only the next term comes after a differential",
                    &format!("`{quoted}` ends its term"),
                );
                let after = Span { start: differential.end, ..*operand };
                match (slice(operator), slice(operand)) {
                    ("^", "2") if quoted != "dt" => found
                        .help("the square of an increment is its variance, which is the time that passed:")
                        .edit(differential.to(*operand), "dt"),
                    ("^", _) => found.help("an equation is linear in its differentials"),
                    (symbol, factor) => {
                        let found = found.help("all factors stand before it:").edit(after, "");
                        match (coefficient, symbol) {
                            (Some(coefficient), _) => {
                                found.put_after(*coefficient, format!(" {symbol} {factor}"))
                            }
                            (None, "*") => found.put_before(*differential, format!("{factor} ")),
                            (None, _) => found.put_before(*differential, format!("1 / {factor} ")),
                        }
                    }
                }
            }
            Self::StepAsValue => {
                error("E0115", "a model does not see the size of a step", "`dt` is no number")
                    .help("noise of size σ is written with its differential, as in  σ dW")
                    .note("the solver scales dW by the root of its step")
            }
            Self::LetDifferential { last } => {
                let found =
                    error("E0115", "a differential outside an equation", "`let` names a value");
                match last {
                    Some(last) => found.help("name the coefficient:").edit(*last, ""),
                    None => found.help("name the coefficient alone"),
                }
            }
            Self::SettingColon { colon } => {
                error("E0105", "a setting is given with `=`", "not `:`")
                    .help("write:")
                    .edit(*colon, " =")
            }
            Self::ForgottenClause { line, has_value } => {
                let found =
                    error("E0105", "nothing says what this line declares", "a name and its type");
                match has_value {
                    true => found.help("for a parameter:").put_before(*line, "param "),
                    false => found
                        .help("for a state:")
                        .put_before(*line, "state ")
                        .help(format!("for a parameter, as in  param {}", slice(line))),
                }
            }
            Self::InitialCall { left, state } => {
                error("E0105", "an initial value is given by `init`", "not by its time")
                    .help("write:")
                    .edit(*left, format!("init  {}", slice(state)))
            }
            Self::SplitDifferential { left, state } => {
                let title = format!("the differential of `{}` is one word", slice(state));
                error("E0105", &title, "`d` and the name are written together")
                    .help("write:")
                    .edit(*left, format!("d{}", slice(state)))
            }
            Self::Arrow { left, name } => {
                error("E0105", "a function without a name begins with `\\`", "not like this")
                    .help("write:")
                    .edit(*left, format!("\\{}: Float.", slice(name)))
            }
            Self::LambdaArrow { arrow } => {
                error("E0105", "the names of a function end with `.`", "not with `->`")
                    .help("write:")
                    .edit(*arrow, ".")
            }
            Self::In { word, index, over, head, body, close } => {
                let (word, index, over) = (slice(word), slice(index), slice(over));
                let title = format!("`{word}` runs over an index, not over values");
                let found = error("E0105", &title, "there is no `in`");
                let range = over.strip_prefix("range(").and_then(|over| over.strip_suffix(')'));
                let indexes = slice(body).contains(&format!("{over}["));
                let found = match range {
                    Some(n) => found.help("write:").edit(*head, format!("{word} {index}: {n}. ")),
                    None if indexes => {
                        found.help("write:").edit(*head, format!("{word} {index}. "))
                    }
                    None => {
                        return found
                            .help(format!(
                                "write the entries, as in  {word} {index}. {over}[{index}]"
                            ))
                            .note(RANGE);
                    }
                };
                let found = match close {
                    Some(close) => found.edit(*close, ""),
                    None => found,
                };
                if range.is_some() { found } else { found.note(RANGE) }
            }
            Self::IndexedStep { index } => {
                error("E0105", "`dt` has no entries", "there is one time")
                    .help("leave out the index:")
                    .edit(*index, "")
            }
            Self::Bounds { ty, bounds } => {
                let found = error(
                    "E0105",
                    "what values are possible is said by a type of its own",
                    "bounds are no part of a type here",
                );
                match support(slice(bounds)) {
                    Some(support) => found.help("write:").edit(*ty, support),
                    None => found.help("as in  Positive, Unit or Interval(-1, 1)"),
                }
            }
            Self::Conditional { whole, value, condition, otherwise } => {
                let (value, otherwise) = (slice(value), slice(otherwise));
                let text = format!("if {} then {value} else {otherwise}", slice(condition));
                error("E0105", "`if` stands before its condition", "not behind a value")
                    .help("write:")
                    .edit(*whole, text)
            }
            Self::SeveralValues { whole, pairs } => {
                let line = |(name, value): &(Span, Span)| {
                    format!("init  {} = {}", slice(name), slice(value))
                };
                let found = error("E0105", "several states share one value", "a second value")
                    .help("each on a line of its own:")
                    .edit(*whole, pairs.first().map(line).unwrap_or_default());
                // Lines that are put below one place are put in order.
                pairs.iter().skip(1).fold(found, |found, pair| found.line_below(*whole, line(pair)))
            }
            Self::NothingSaid { clause, name } => {
                let title = format!("nothing is said about `{}`", shortened(slice(name)));
                nothing_said(error("E0105", &title, "the line ends here"), *clause, slice(clause))
            }
            Self::LetFunction { word } => {
                error("E0105", "a function is declared by `def`", "`let` names a value")
                    .help("write:")
                    .edit(*word, "def")
            }
            Self::ClauseIf => error("E0105", "a model has no branches", "no clause begins so")
                .help("choose a value, as in  dx = (if x > 0 then -x else 0) dt"),
            Self::QualifiedName { whole, name } => {
                error("E0105", "functions are in sight without a module", "no module is named")
                    .help("write:")
                    .edit(*whole, slice(name).to_lowercase())
            }
            Self::TypeLast { names, value, ty } => {
                let (value_text, ty_text) = (slice(value), slice(ty));
                error("E0105", "a type stands before the value", "the type comes first")
                    .help("write:")
                    .edit(
                        Span { start: names.end, ..names.to(*ty) },
                        format!(" : {ty_text} = {value_text}"),
                    )
            }
            Self::Range { whole, numbers } => {
                let value = |at: &Span| slice(at).replace('_', "").parse::<f64>().ok();
                let found = error("E0105", "there are no ranges of numbers", "not written so");
                let count = match numbers.as_slice() {
                    [from, to] => value(to).zip(value(from)).map(|(to, from)| to - from + 1.0),
                    [from, step, to] => value(to)
                        .zip(value(from))
                        .zip(value(step))
                        .map(|((to, from), step)| (to - from) / step + 1.0),
                    _ => None,
                };
                let count = count.map(f64::round).filter(|count| (2.0..1e9).contains(count));
                match (count, numbers.first(), numbers.last()) {
                    (Some(count), Some(from), Some(to)) => found
                        .help("write:")
                        .edit(*whole, format!("linspace({}, {}, {count})", slice(from), slice(to))),
                    _ => found.help("as in  linspace(0, 1, 11)"),
                }
            }
            Self::NoLabel { model } => error("E0105", "an estimate has a name", "which one?")
                .help("write:")
                .put_before(*model, "result of "),
            Self::SampleOf { both, name, model } => {
                let label = "a name of its own comes behind that";
                error("E0105", "a sample begins with its model", label)
                    .help("write:")
                    .edit(*both, format!("{} as {}", slice(model), slice(name).to_lowercase()))
            }
            Self::FitCall { brackets, data } => {
                error("E0105", "the data of a fit follow `to`", "not in brackets")
                    .help("write:")
                    .edit(*brackets, format!(" to {}", slice(data)))
            }
            Self::ObservedColumn { whole, column } => {
                let label = "which data it is of is said by the command, as in  fit OU to Rates";
                error("E0105", "an observation is named by its column", label)
                    .help("write:")
                    .edit(*whole, slice(column))
            }
            Self::CaseColon { colon } => {
                error("E0105", "`of` ends the head of a `case`", "not `:`")
                    .help("write:")
                    .edit(*colon, " of")
            }
            Self::Match { word, subject } => {
                error("E0105", "`case` looks at a value", "its arms follow `of`")
                    .help("write:")
                    .edit(word.to(*subject), format!("case {} of", slice(subject)))
                    .help("with arms below, as in  A -> 1.0")
            }
            Self::FieldColon { colon } => {
                error("E0105", "the value of a field follows `=`", "not `:`")
                    .help("write:")
                    .edit(*colon, " =")
            }
            Self::Return { word } => {
                error("E0105", "there is no `return`", "the last line of a block is its value")
                    .help("write:")
                    .edit(*word, "")
            }
        }
    }
}

const RANGE: &str = "how far it runs follows from what is indexed";

fn missing_type(
    found: Diagnostic,
    clause: &str,
    (names, named): (Span, &str),
    value: Option<(Span, &str)>,
) -> Diagnostic {
    match (clause, value) {
        ("noise", _) => found.help("write:").put_after(names, " : Brownian"),
        ("state", Some((span, value))) => found
            .help("write, with the initial value on a line of its own:")
            .edit(Span { start: names.end, ..span }, " : Real")
            .line_below(names.to(span), format!("init  {named} = {value}")),
        (_, Some((_, value))) => {
            let found = match list_length(value) {
                Some(n) => found.help("a table:").put_after(names, format!(" : {n} => Float")),
                None => found.help("any number:").put_after(names, " : Real"),
            };
            match value.starts_with(['-', '[']) || value == "0" {
                true => found,
                false => found.help("positive always:").put_after(names, " : Positive"),
            }
        }
        ("param", None) => found
            .help("any number:")
            .put_after(names, " : Real")
            .help("positive always:")
            .put_after(names, " : Positive"),
        (_, None) => found.help("any number:").put_after(names, " : Real"),
    }
}

/// How many numbers are in `[1, 2, 3]`.
fn list_length(value: &str) -> Option<usize> {
    let inner = value.strip_prefix('[')?.strip_suffix(']')?;
    (!inner.contains(['[', '(', '{'])).then(|| inner.split(',').count())
}

/// The type of the numbers within Stan's bounds, `lower=0, upper=1`.
fn support(bounds: &str) -> Option<String> {
    let (mut lower, mut upper) = (None, None);
    for bound in bounds.split(',') {
        let (key, value) = bound.split_once('=')?;
        let value = value.trim();
        value.parse::<f64>().ok()?;
        match key.trim() {
            "lower" => lower = Some(value),
            "upper" => upper = Some(value),
            _ => return None,
        }
    }
    Some(match (lower?, upper) {
        ("0", None) => "Positive".to_owned(),
        ("0", Some("1")) => "Unit".to_owned(),
        (lower, upper) => format!("Interval({lower}, {})", upper?),
    })
}

/// How a line with nothing but its word and its name may go on.
fn nothing_said(found: Diagnostic, clause: Span, written: &str) -> Diagnostic {
    let mut words = written.split_whitespace();
    match (words.next(), words.next()) {
        (Some("init"), _) => found
            .help("one value:")
            .put_after(clause, " = 0")
            .help("drawn from a law:")
            .put_after(clause, " ~ Normal(0, 1)"),
        (Some("observe"), Some(name)) => found
            .help("seen with an error:")
            .put_after(clause, format!(" ~ Normal({name}, 0.1)"))
            .help(format!(
                "seen as it is, where the model has noise, as in  observe {name} = {name}"
            )),
        (Some("let"), _) => found.help("a value:").put_after(clause, " = 0"),
        _ => found.help("no change:").put_after(clause, " = 0 dt"),
    }
}
