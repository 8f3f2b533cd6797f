//! What is said about each [`Fault`]: the problem, its places, and the change that mends it.

use std::borrow::Cow;
use std::ops::Range;

use sdec_base::{Diagnostic, Span};

use crate::fault::{Fault, Found, Remedy};

impl Fault {
    /// The message for the user. `text` is the whole source.
    pub(crate) fn diagnostic(&self, text: &str) -> Diagnostic {
        let slice = |span: &Span| shortened(&text[span.start as usize..span.end as usize]);
        let error = |code, title: &str| Diagnostic::error(code, title, self.at());
        match self {
            Self::Tab { at, more } => {
                let others = match more {
                    0 => String::new(),
                    1 => " (and one more in this file)".to_owned(),
                    n => format!(" (and {n} more in this file)"),
                };
                error("E0104", "a tab")
                    .label(*at, format!("here{others}"))
                    .help("indent with spaces")
                    .note("blocks are told apart by their columns, and a tab has no fixed width")
            }
            Self::ByteOrderMark { at } => error("E0104", "a byte order mark")
                .label(*at, "U+FEFF, which is invisible, stands here")
                .help("save the file as UTF-8 without a byte order mark")
                .edit(*at, ""),
            Self::Space { at, character } => {
                error("E0104", "a space that is not the one of the keyboard")
                    .label(*at, code_point(*character))
                    .help("replace it with an ordinary space")
                    .edit(*at, " ")
            }
            Self::Superscript { at, text } => {
                let found = error("E0104", "superscripts are not letters")
                    .label(*at, "a power cannot be written like this");
                let found = match plain_digits(text).as_str() {
                    "" => found.help("a power is written with `^`:  x ^ 2"),
                    power => found.help("write:").edit(*at, format!(" ^ {power}")),
                };
                found.note("subscripts are: x₁ is a name")
            }
            Self::Character { at, character, remedy } => {
                let shown = if character.is_control() || is_invisible(*character) {
                    code_point(*character)
                } else {
                    format!("`{character}`")
                };
                let message = error("E0104", &format!("{shown} has no meaning here"))
                    .label(*at, "not a character of the language");
                match remedy {
                    Some(remedy) => remedied(message, *at, *remedy),
                    None if character.is_alphabetic() => message
                        .help("names begin with a letter that is either small or capital, or with `_` and one"),
                    None => message,
                }
            }
            Self::Foreign { at, text, remedy } => {
                let found = error("E0104", &format!("`{text}` has no meaning here"))
                    .label(*at, "a spelling of other languages");
                remedied(found, *at, *remedy)
            }
            Self::UnclosedText { at } => error("E0108", "a text is not closed")
                .label(*at, "its line ends before a second `\"`")
                .help("close it with `\"` on the same line:")
                .put_after(*at, "\""),

            Self::Misplaced { at, column, columns } => {
                let found = error("E0101", "this line belongs to no block")
                    .label(*at, format!("it begins in column {}", column + 1));
                let shown: Vec<String> = columns.iter().map(|c| (c + 1).to_string()).collect();
                let nearest = columns.iter().rev().min_by_key(|block| block.abs_diff(*column));
                let found = found.help(format!("begin it in column {}", words(&shown, "or")));
                let found = match nearest {
                    Some(column) => found.edit(indentation(text, *at), " ".repeat(*column)),
                    None => found,
                };
                found.note("the lines of a block begin in one column")
            }
            Self::UnexpectedIndentation { above, at } => error("E0101", "unexpected indentation")
                .label(*above, "… but nothing at the end of this line opens a block")
                .label(*at, "this line is deeper than its block …")
                .help(
                    "a block opens after  =  ~  ->  .  then  else  of , or below a header such as `model`",
                )
                .help("if it is a line of its own, begin it where the one above begins")
                .edit(indentation(text, *at), &text[range(indentation(text, *above))])
                .note("any other deeper line continues the expression above it"),
            Self::LeadingMinus { above, at, value } => {
                let found = error("E0109", "a line that begins with `-` does not go on with the line above")
                    .label(*above, "this line ends here")
                    .label(*at, "this begins a line of its own")
                    .help("to go on with the line above, indent this line more")
                    .put_before(*at, "  ");
                let found = match value {
                    Some(value) => found
                        .help("for a value of its own, write brackets:")
                        .put_before(*value, "(")
                        .put_after(*value, ")"),
                    None => found,
                };
                found.note("`-` may also begin a value, so it alone does not join two lines as `+` does")
            }

            Self::UnclosedBracket { open, before } => {
                let message = error("E0106", &format!("`{}` is not closed", slice(open)))
                    .label(*open, "opened here");
                let message = match before {
                    Some(before) => message
                        .label(*before, "this line is no deeper than the one with the bracket, so it is a new one"),
                    None => message,
                };
                let message = message.help(format!("add `{}`", closing(&slice(open))));
                match before.and_then(|before| end_of_line_above(text, before)) {
                    Some(end) => message.edit(end, closing(&slice(open))),
                    None => message,
                }
            }
            Self::StrayBracket { at } => {
                error("E0106", &format!("`{}` closes nothing", slice(at)))
                    .label(*at, "no bracket is open here")
                    .help("remove it, or open a bracket before it")
                    .edit(*at, "")
            }
            Self::MismatchedBracket { open, close } => error(
                "E0106",
                &format!("`{}` is closed by `{}`", slice(open), slice(close)),
            )
            .label(*open, "opened here")
            .label(*close, format!("expected `{}`", closing(&slice(open))))
            .help(format!("close `{}` with `{}`:", slice(open), closing(&slice(open))))
            .edit(*close, closing(&slice(open))),

            Self::TooDeep { at, limit } => error("E0111", "nested too deeply")
                .label(*at, format!("this would be inside {limit} other brackets and blocks"))
                .help("name the inner parts with `let`"),
            Self::TooLong { at, limit } => error("E0111", "this expression is too long")
                .label(*at, format!("more than {limit} operators come before this"))
                .help("name parts of it with `let`, or put its terms into a table and sum over it"),
            Self::TooLarge { at } => error("E0111", "this text is too large")
                .label(*at, "a source may have at most 4 GiB"),

            Self::MissingOperator { left, right, in_list } => {
                missing_operator(&slice(left), &slice(right), (*left, *right), *in_list)
            }
            Self::MalformedNumber { at, says, instead } => {
                let found = error("E0107", &format!("`{}` is not a number", slice(at)))
                    .label(*at, "digits stand on both sides of the point")
                    .help(*says);
                let found = match instead {
                    Some(instead) => found.edit(*at, instead),
                    None => found,
                };
                found.note("`.` alone ends the names of  for i. x[i]")
            }
            Self::Slice { at, entries } => {
                let found =
                    error("E0110", "there are no slices").label(*at, "an index is one number or name");
                match entries {
                    Some((whole, entries)) => found
                        .help("a part is made of its entries:")
                        .edit(*whole, format!("[{}]", entries.join(", "))),
                    None => found.help("a part is made of its entries, as in  [x[0], x[1]]"),
                }
            }
            Self::Chain { first, second } => {
                let middle = text[first.end as usize..second.start as usize].trim();
                error("E0114", "comparisons cannot be chained")
                    .label(*first, "one comparison …")
                    .label(*second, "… and another")
                    .help("compare twice:")
                    .put_before(*second, format!("and {middle} "))
            }
            Self::Assignment { at } => error("E0114", "`=` does not compare")
                .label(*at, "this binds a name")
                .help("equality is written `==`:")
                .edit(*at, "=="),
            Self::ForgottenLet { name } => {
                let name_text = slice(name);
                error("E0116", &format!("`{name_text}` is bound without `let`"))
                    .label(*name, "nothing says what this is")
                    .help("name a value with `let`:")
                    .put_before(*name, "let ")
            }
            Self::NotAnEquation { name } => {
                let name_text = shortened(&name.text);
                let state = name_text.trim_end_matches('\'');
                if state != name_text {
                    let title = "a derivative is not written with `'`";
                    return error("E0116", title)
                        .label(name.span, "an equation begins with `d` and the name of a state")
                        .help("without noise:")
                        .edit(name.span, format!("d{state}/dt"))
                        .help(format!("with noise, as in  d{state} = … dt + … dW"));
                }
                let behind = text[name.span.end as usize..].trim_start();
                if behind.starts_with('~') {
                    return error("E0116", &format!("nothing says what `{name_text}` is here"))
                        .label(name.span, "a law stands behind a clause")
                        .help(format!("the prior of a parameter stands where that is declared, as in  param {name_text} : Positive = 1 ~ LogNormal(0, 1)"))
                        .help("what is seen is an observation:")
                        .put_before(name.span, "observe ")
                        .help("the law of a start, as in  init x ~ Normal(0, 1)");
                }
                error("E0116", &format!("`{name_text}` is not the left side of an equation"))
                    .label(name.span, "an equation begins with `d` and the name of a state")
                    .help("for an abbreviation:")
                    .put_before(name.span, "let ")
                    .help(format!("for the state `{name_text}`, as in  d{name_text} = … dt"))
            }
            Self::ReservedName { at } => {
                let word = slice(at);
                error("E0112", &format!("`{word}` cannot be a name"))
                    .label(*at, "a word of the language")
                    .help(format!("choose another name, for example `{word}_`"))
            }
            Self::DifferentialName { at } => {
                let word = slice(at);
                let rest = &word[1..];
                error("E0112", &format!("`{word}` cannot be a name here"))
                    .label(*at, format!("reads as the differential of `{rest}`"))
                    .help("choose a name that is not `d` followed by a capital letter, or `dt`")
            }
            Self::FirstLetter { at, capital } => {
                let word = slice(at);
                let (kind, other, example) = match capital {
                    true => ("a capital", "a small", capitalised(&word)),
                    false => ("a small", "a capital", word.to_lowercase()),
                };
                let message = error("E0112", &format!("this name must begin with {kind} letter"))
                    .label(*at, format!("`{word}` begins with {other} one"));
                match example == word {
                    true => message,
                    false => rest_of_line(text, *at, &word)
                        .into_iter()
                        .fold(message.help(format!("write `{example}`")), |message, place| {
                            message.edit(place, &example)
                        }),
                }
            }
            Self::MissingElse { branch, at } => error("E0113", "an `if` without `else`")
                .label(*branch, "this has a value when the condition holds …")
                .label(*at, "… and nothing says which one otherwise")
                .help("say which, for example 0:")
                .put_after(*at, " else 0"),
            Self::SecondValue { value, at } => error("E0113", "a block has one value, its last line")
                .label(*value, "this is the value of the block")
                .label(*at, "nothing may come after it")
                .help("name what comes before the value:")
                .put_before(*value, "let first = "),
            Self::NoValue { at } => error("E0113", "this block has no value")
                .label(*at, "its last line only names something")
                .help("end the block with an expression"),
            Self::OpenCoefficient { open, rest, differential } => {
                let word = slice(open);
                let title = format!("a coefficient that begins with `{word}` must be bracketed");
                let message = error("E0115", &title)
                    .label(*open, "this goes on as far to the right as it can");
                match differential {
                    Some((coefficient, differential)) => message
                        .label(*differential, "so this would stand inside it")
                        .help("write brackets:")
                        .put_before(*coefficient, "(")
                        .put_after(*coefficient, ")"),
                    None => message
                        .help("write brackets, and the differential:")
                        .put_before(*rest, "(")
                        .put_after(*rest, ") dt"),
                }
            }
            Self::BracketedDifferential { bracket, at, close } => {
                let message = error("E0115", "a differential inside brackets")
                    .label(*bracket, "this bracket …")
                    .label(*at, "… holds a differential");
                match close {
                    Some(close) => message
                        .help("write the terms of an equation without brackets:")
                        .edit(*bracket, "")
                        .edit(*close, ""),
                    None => {
                        message.help("write each term with its own factors, as in  a * b dW + a * c dB")
                    }
                }
            }
            Self::RateDifferential { at } => {
                let message = error("E0115", "`dt` stands on the left already")
                    .label(*at, "the right side of `dx/dt` has no differential");
                match &*slice(at) {
                    "dt" => message.help("leave it out:").edit(with_space(text, *at), ""),
                    noise => message
                        .help(format!("with noise, write  dx = … dt + … {noise}"))
                        .note(format!("{noise} has no derivative in time, so only `dx` can be written")),
                }
            }
            Self::JoinedHole { at } => error("E0115", &format!("`{}` is one name", slice(at)))
                .label(*at, "a name may begin with `_`")
                .help("for the prior's coefficient:")
                .edit(*at, format!("_ {}", &slice(at)[1..])),
            Self::Misspelt { word, suggestion } => {
                error("E0105", &format!("nothing begins with `{}`", slice(word)))
                    .label(*word, "not a word of the language")
                    .help(format!("did you mean `{suggestion}`?"))
                    .edit(*word, *suggestion)
            }
            Self::Habit { at, habit } => habit.diagnostic(*at, text),
            Self::Units { of, at } if is_count(&slice(at)) => {
                let bracketed = slice(at);
                let count = bracketed.trim_matches(['[', ']']);
                error("E0117", "a size stands before the type of the entries")
                    .label(*at, "after a type, brackets are reserved for its unit")
                    .help(format!("a table of {count}:"))
                    .edit(of.to(*at), format!("{count} => {}", slice(of)))
            }
            Self::Units { at, .. } => error("E0117", "units are not built yet")
                .label(*at, "reserved for the unit of what stands before it")
                .help("leave it out, and say it in a comment")
                .edit(*at, ""),
            Self::Unexpected { at, found, expected } => {
                let title = match found {
                    Found::Token => format!("unexpected `{}`", slice(at)),
                    Found::EndOfLine => "the line ends too early".to_owned(),
                    Found::EndOfBlock => "the block ends too early".to_owned(),
                    Found::Block => "unexpected block".to_owned(),
                };
                let label = match expected.is_empty() {
                    true => "nothing can stand here".to_owned(),
                    false => format!("expected {}", words(expected, "or")),
                };
                error("E0105", &title).label(*at, label)
            }
        }
    }
}

/// How much of the text a title or a label quotes at once.
const MAX_QUOTE: usize = 40;

/// The text, or its beginning with `…` where it is too long or goes on in the next line.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(MAX_QUOTE) {
        Some((end, _)) => format!("{}…", &line[..end]).into(),
        None if line.len() < text.len() => format!("{line}…").into(),
        None => line.into(),
    }
}

/// What to do about a spelling.
fn remedied(found: Diagnostic, at: Span, remedy: Remedy) -> Diagnostic {
    match remedy.instead {
        Some(instead) => found.help(remedy.says).edit(at, instead),
        None => found.help(remedy.says),
    }
}

fn missing_operator(a: &str, b: &str, (left, right): (Span, Span), in_list: bool) -> Diagnostic {
    let brief = !a.ends_with('…') && !b.ends_with('…');
    let title = match brief {
        true => format!("missing operator between `{a}` and `{b}`"),
        false => "missing operator".to_owned(),
    };
    let between = Span { start: left.end, end: right.start, ..left };
    let message = Diagnostic::error("E0102", title, left)
        .label(left.to(right), "juxtaposition is not multiplication here");
    let message = match FUNCTIONS.contains(&a) {
        true => message.help("to apply a function:").edit(between, "(").put_after(right, ")"),
        false => message.help("to multiply:").edit(between, " * "),
    };
    let message = match brief && is_name(a) && !FUNCTIONS.contains(&a) {
        true => message.help(format!("to apply a function, write  {a}({b})")),
        false => message,
    };
    let message = match in_list {
        true => message.help("to separate two values, write `,` between them"),
        false => message,
    };
    message.note("only differentials are written by juxtaposition: `σ dW`")
}

/// Functions that the blackboard has without brackets.
const FUNCTIONS: &[&str] =
    &["sin", "cos", "tan", "exp", "log", "sqrt", "abs", "tanh", "sinh", "cosh"];

/// The spaces that the line of `at` begins with.
fn indentation(text: &str, at: Span) -> Span {
    let before = &text[..at.start as usize];
    let line = before.rfind('\n').map_or(0, |newline| newline + 1);
    let spaces = text[line..].bytes().take_while(|&byte| byte == b' ').count();
    Span::new(at.source, line, line + spaces)
}

fn range(span: Span) -> Range<usize> {
    span.start as usize..span.end as usize
}

/// The place with the spaces before it.
fn with_space(text: &str, at: Span) -> Span {
    let start = text[..at.start as usize].trim_end_matches(' ').len();
    Span::new(at.source, start, at.end as usize)
}

/// The places of `word` from `at` to the end of its line, where it is no part of another name.
fn rest_of_line(text: &str, at: Span, word: &str) -> Vec<Span> {
    let start = at.start as usize;
    let end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
    let in_name = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '\'');
    let alone = |from: usize| {
        let (before, after) = (&text[..from], &text[from + word.len()..]);
        !in_name(before.chars().next_back()) && !in_name(after.chars().next())
    };
    text[start..end]
        .match_indices(word)
        .map(|(from, _)| start + from)
        .filter(|&from| alone(from))
        .map(|from| Span::new(at.source, from, from + word.len()))
        .collect()
}

/// The end of the last line above `below` with something on it, if it holds no comment.
fn end_of_line_above(text: &str, below: Span) -> Option<Span> {
    let line = text[..below.start as usize].rfind('\n')?;
    let above = text[..line].trim_end();
    let last = above.rsplit('\n').next().unwrap_or_default();
    (!last.contains('#')).then(|| Span::new(below.source, above.len(), above.len()))
}

/// `a, b or c`
fn words(items: &[String], last: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [init @ .., end] => format!("{} {last} {end}", init.join(", ")),
    }
}

fn code_point(character: char) -> String {
    format!("U+{:04X}", character as u32)
}

/// Format characters that are drawn as nothing.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
}

/// The digits of a superscript, if it is a number.
fn plain_digits(text: &str) -> String {
    let digit = |c: char| "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().position(|d| d == c).map(|d| d.to_string());
    let plain = |c: char| match c {
        '⁻' => Some("-".to_owned()),
        '⁺' => Some(String::new()),
        'ⁿ' => Some("n".to_owned()),
        'ⁱ' => Some("i".to_owned()),
        c => digit(c),
    };
    text.chars().map(plain).collect::<Option<String>>().unwrap_or_default()
}

fn closing(open: &str) -> &'static str {
    match open {
        "(" => ")",
        "[" => "]",
        _ => "}",
    }
}

/// Whether `text` is a number in square brackets.
fn is_count(text: &str) -> bool {
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.is_some_and(|inner| !inner.is_empty() && inner.bytes().all(|c| c.is_ascii_digit()))
}

fn is_name(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '\'')
        && text.starts_with(char::is_alphabetic)
}

/// With a capital first letter, `_` as capitals inside: `my_model` is `MyModel`.
fn capitalised(word: &str) -> String {
    word.split('_')
        .map(|part| {
            let mut characters = part.chars();
            characters
                .next()
                .map(|first| first.to_uppercase().chain(characters).collect::<String>())
                .unwrap_or_default()
        })
        .collect()
}
