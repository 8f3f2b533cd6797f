//! What can be wrong with a text, with the facts, and what is said about it.
//!
//! | code | says |
//! |---|---|
//! | E0101 | a line is indented as no block is |
//! | E0102 | an operator is missing between two operands |
//! | E0103 | (`check`) a term of an equation lacks its differential |
//! | E0104 | a character or spelling that the language does not have |
//! | E0105 | something stands where something else is expected |
//! | E0106 | a bracket is not closed, not opened, or closed by another |
//! | E0107 | a number is malformed |
//! | E0108 | a text is not closed |
//! | E0109 | a line that begins with `-` does not go on with the line above |
//! | E0110 | a slice |
//! | E0111 | something is nested too deeply or too long |
//! | E0112 | a name that cannot be one here |
//! | E0113 | a block or an `if` without a value, or with two |
//! | E0114 | a chain of comparisons, or `=` where `==` is meant |
//! | E0115 | a differential where none can be, or a coefficient that must be bracketed |
//! | E0116 | a binding without `let` |
//! | E0117 | units |

use std::borrow::Cow;

use sdec_base::{Diagnostic, Span};

use crate::ast::Name;
use crate::habit::Habit;

/// Something wrong, with its places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The first tab of a text.
    Tab {
        /// Where it stands.
        at: Span,
        /// How many others there are.
        more: usize,
    },
    /// U+FEFF.
    ByteOrderMark { at: Span },
    /// A space other than that of the keyboard.
    Space { at: Span, character: char },
    /// `²`
    Superscript { at: Span, text: String },
    /// Any other character without a meaning.
    Character { at: Span, character: char, remedy: Option<&'static str> },
    /// `**` and other spellings of other languages.
    Foreign { at: Span, text: String, remedy: &'static str },
    /// A text without its second quote.
    UnclosedText { at: Span },

    /// A line between the columns of two blocks, or before all of them.
    Misplaced { at: Span, column: usize, columns: Vec<usize> },
    /// A deeper line that does not continue the line above.
    UnexpectedIndentation { above: Span, at: Span },
    /// A line that begins with `-`.
    LeadingMinus { above: Span, at: Span },

    /// An opening bracket, and the line before which it should have been closed.
    UnclosedBracket { open: Span, before: Option<Span> },
    /// A closing bracket that closes nothing.
    StrayBracket { at: Span },
    /// `(a]`
    MismatchedBracket { open: Span, close: Span },

    /// More brackets and blocks inside each other than can be read.
    TooDeep { at: Span, limit: usize },
    /// More operators in one expression than can be read.
    TooLong { at: Span, limit: usize },
    /// A text of 4 GiB or more.
    TooLarge { at: Span },

    /// `2 θ`
    MissingOperator { left: Span, right: Span, in_list: bool },
    /// `1.`, `.5`
    MalformedNumber { at: Span, remedy: String },
    /// `x[0:2]`
    Slice { at: Span },
    /// `a < b < c`
    Chain { first: Span, second: Span },
    /// `if x = 1 then …`
    Assignment { at: Span },
    /// `k = 1` without `let`.
    ForgottenLet { name: Span },
    /// `k = 1` in a model, where it looks like an equation.
    NotAnEquation { name: Name },
    /// A word of the language where a name is expected.
    ReservedName { at: Span },
    /// `dW` where a name is expected.
    DifferentialName { at: Span },
    /// A small first letter where a capital is expected, or the other way round.
    FirstLetter { at: Span, capital: bool },
    /// `if` without `else`.
    MissingElse { branch: Span, at: Span },
    /// A line after the value of a block.
    SecondValue { value: Span, at: Span },
    /// A block that ends in a `let`.
    NoValue { at: Span },
    /// `dx = for i. a[i] dW`: the first word, and if there is a differential, the coefficient and it.
    OpenCoefficient { open: Span, differential: Option<(Span, Span)> },
    /// `dx = (a dt + b dW)`
    BracketedDifferential { bracket: Span, at: Span },
    /// `dx/dt = a dt`
    RateDifferential { at: Span },
    /// `_dW`
    JoinedHole { at: Span },
    /// `sate x : Real`
    Misspelt { word: Span, suggestion: &'static str },
    /// `[mg/l]` after a type.
    Units { at: Span },
    /// A line as other languages or the blackboard would have it.
    Habit { at: Span, habit: Habit },
    /// Anything else.
    Unexpected { at: Span, found: Found, expected: Vec<String> },
}

/// What stands where something else is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The token at the place.
    Token,
    /// The end of a line.
    EndOfLine,
    /// The end of a block.
    EndOfBlock,
    /// The beginning of a block.
    Block,
}

impl Fault {
    /// The place that its message's header names.
    pub(crate) fn at(&self) -> Span {
        match self {
            Self::Tab { at, .. }
            | Self::ByteOrderMark { at }
            | Self::Space { at, .. }
            | Self::Superscript { at, .. }
            | Self::Character { at, .. }
            | Self::Foreign { at, .. }
            | Self::UnclosedText { at }
            | Self::Misplaced { at, .. }
            | Self::UnexpectedIndentation { at, .. }
            | Self::LeadingMinus { at, .. }
            | Self::StrayBracket { at }
            | Self::TooDeep { at, .. }
            | Self::TooLong { at, .. }
            | Self::TooLarge { at }
            | Self::MalformedNumber { at, .. }
            | Self::Slice { at }
            | Self::Assignment { at }
            | Self::ReservedName { at }
            | Self::DifferentialName { at }
            | Self::FirstLetter { at, .. }
            | Self::MissingElse { at, .. }
            | Self::SecondValue { at, .. }
            | Self::NoValue { at }
            | Self::Units { at }
            | Self::BracketedDifferential { at, .. }
            | Self::RateDifferential { at }
            | Self::JoinedHole { at }
            | Self::Habit { at, .. }
            | Self::Unexpected { at, .. } => *at,
            Self::UnclosedBracket { open, .. } => *open,
            Self::MismatchedBracket { close, .. } => *close,
            Self::MissingOperator { left, .. } => *left,
            Self::Chain { second, .. } => *second,
            Self::ForgottenLet { name } => *name,
            Self::NotAnEquation { name } => name.span,
            Self::OpenCoefficient { open, .. } => *open,
            Self::Misspelt { word, .. } => *word,
        }
    }

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
                .help("save the file as UTF-8 without a byte order mark"),
            Self::Space { at, character } => {
                error("E0104", "a space that is not the one of the keyboard")
                    .label(*at, code_point(*character))
                    .help("replace it with an ordinary space")
            }
            Self::Superscript { at, text } => {
                let power = plain_digits(text);
                let remedy = match power.as_str() {
                    "" => "a power is written with `^`:  x ^ 2".to_owned(),
                    power => format!("write  ^ {power}"),
                };
                error("E0104", "superscripts are not letters")
                    .label(*at, "a power cannot be written like this")
                    .help(remedy)
                    .note("subscripts are: x₁ is a name")
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
                    Some(remedy) => message.help(*remedy),
                    None if character.is_alphabetic() => message
                        .help("names begin with a letter that is either small or capital, or with `_` and one"),
                    None => message,
                }
            }
            Self::Foreign { at, text, remedy } => {
                error("E0104", &format!("`{text}` has no meaning here"))
                    .label(*at, "a spelling of other languages")
                    .help(*remedy)
            }
            Self::UnclosedText { at } => error("E0108", "a text is not closed")
                .label(*at, "its line ends before a second `\"`")
                .help("close it with `\"` on the same line"),

            Self::Misplaced { at, column, columns } => {
                let columns: Vec<String> = columns.iter().map(|c| (c + 1).to_string()).collect();
                error("E0101", "this line belongs to no block")
                    .label(*at, format!("it begins in column {}", column + 1))
                    .help(format!("begin it in column {}", words(&columns, "or")))
                    .note("the lines of a block begin in one column")
            }
            Self::UnexpectedIndentation { above, at } => error("E0101", "unexpected indentation")
                .label(*above, "… but nothing at the end of this line opens a block")
                .label(*at, "this line is deeper than its block …")
                .help(
                    "a block opens after  =  ~  ->  .  then  else  of , or below a header such as `model`",
                )
                .note("any other deeper line continues the expression above it"),
            Self::LeadingMinus { above, at } => {
                error("E0109", "a line that begins with `-` does not go on with the line above")
                    .label(*above, "this line ends here")
                    .label(*at, "this begins a line of its own")
                    .help("put the `-` at the end of the line above, or indent this line more")
                    .note("`-` may also begin a value, so it alone does not join two lines as `+` does")
            }

            Self::UnclosedBracket { open, before } => {
                let message = error("E0106", &format!("`{}` is not closed", slice(open)))
                    .label(*open, "opened here");
                let message = match before {
                    Some(before) => message
                        .label(*before, "this line is no deeper than the one with the bracket, so it is a new one"),
                    None => message,
                };
                message.help(format!("add `{}`", closing(&slice(open))))
            }
            Self::StrayBracket { at } => {
                error("E0106", &format!("`{}` closes nothing", slice(at)))
                    .label(*at, "no bracket is open here")
                    .help("remove it, or open a bracket before it")
            }
            Self::MismatchedBracket { open, close } => error(
                "E0106",
                &format!("`{}` is closed by `{}`", slice(open), slice(close)),
            )
            .label(*open, "opened here")
            .label(*close, format!("expected `{}`", closing(&slice(open))))
            .help(format!("close `{}` with `{}`", slice(open), closing(&slice(open)))),

            Self::TooDeep { at, limit } => error("E0111", "nested too deeply")
                .label(*at, format!("this would be inside {limit} other brackets and blocks"))
                .help("name the inner parts with `let`"),
            Self::TooLong { at, limit } => error("E0111", "this expression is too long")
                .label(*at, format!("more than {limit} operators come before this"))
                .help("name parts of it with `let`, or put its terms into a table and sum over it"),
            Self::TooLarge { at } => error("E0111", "this text is too large")
                .label(*at, "a source may have at most 4 GiB"),

            Self::MissingOperator { left, right, in_list } => {
                let (a, b) = (slice(left), slice(right));
                let brief = !a.ends_with('…') && !b.ends_with('…');
                let (title, remedy) = match brief {
                    true => (format!("missing operator between `{a}` and `{b}`"), format!("write  {a} * {b}")),
                    false => ("missing operator".to_owned(), "write  *  between them".to_owned()),
                };
                let message = error("E0102", &title)
                    .label(left.to(*right), "juxtaposition is not multiplication here")
                    .help(remedy);
                let message = match brief && is_name(&a) {
                    true => message.help(format!("to apply a function, write  {a}({b})")),
                    false => message,
                };
                let message = match in_list {
                    true => message.help("to separate two values, write `,` between them"),
                    false => message,
                };
                message.note("only differentials are written by juxtaposition: `σ dW`")
            }
            Self::MalformedNumber { at, remedy } => {
                error("E0107", &format!("`{}` is not a number", slice(at)))
                    .label(*at, "digits stand on both sides of the point")
                    .help(remedy.as_str())
                    .note("`.` alone ends the names of  for i. x[i]")
            }
            Self::Slice { at } => error("E0110", "there are no slices")
                .label(*at, "an index is one number or name")
                .help("to take a part, build it:  for i: 2. x[i]"),
            Self::Chain { first, second } => error("E0114", "comparisons cannot be chained")
                .label(*first, "one comparison …")
                .label(*second, "… and another")
                .help("write  a < b and b < c"),
            Self::Assignment { at } => error("E0114", "`=` does not compare")
                .label(*at, "this binds a name")
                .help("equality is written `==`"),
            Self::ForgottenLet { name } => {
                let name_text = slice(name);
                error("E0116", &format!("`{name_text}` is bound without `let`"))
                    .label(*name, "nothing says what this is")
                    .help(format!("write  let {name_text} = …"))
            }
            Self::NotAnEquation { name } => {
                let name_text = shortened(&name.text);
                let state = name_text.trim_end_matches('\'');
                if state != name_text {
                    let title = "a derivative is not written with `'`";
                    return error("E0116", title)
                        .label(name.span, "an equation begins with `d` and the name of a state")
                        .help(format!("write  d{state} = … dt"))
                        .help(format!("without noise also:  d{state}/dt = …"));
                }
                error("E0116", &format!("`{name_text}` is not the left side of an equation"))
                    .label(name.span, "an equation begins with `d` and the name of a state")
                    .help(format!("for an abbreviation:       let {name_text} = …"))
                    .help(format!("for the state `{name_text}`:  d{name_text} = … dt"))
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
                let message = error("E0112", &format!("this name begins with {kind} letter"))
                    .label(*at, format!("`{word}` begins with {other} one"));
                match example == word {
                    true => message,
                    false => message.help(format!("write `{example}`")),
                }
            }
            Self::MissingElse { branch, at } => error("E0113", "an `if` without `else`")
                .label(*branch, "this has a value when the condition holds …")
                .label(*at, "… and nothing says which one otherwise")
                .help("add  else  and the other value"),
            Self::SecondValue { value, at } => error("E0113", "a block has one value, its last line")
                .label(*value, "this is the value of the block")
                .label(*at, "nothing may come after it")
                .help("name what comes before the value:  let x = …"),
            Self::NoValue { at } => error("E0113", "this block has no value")
                .label(*at, "its last line only names something")
                .help("end the block with an expression"),
            Self::OpenCoefficient { open, differential } => {
                let word = slice(open);
                let message = error("E0115", &format!("a coefficient that begins with `{word}` must be bracketed"))
                    .label(*open, "this goes on as far to the right as it can");
                match differential {
                    Some((coefficient, differential)) => {
                        let (inner, after) = (slice(coefficient), slice(differential));
                        let message = message.label(*differential, "so this would stand inside it");
                        match !inner.ends_with('…') {
                            true => message.help(format!("write  ({inner}) {after}")),
                            false => message.help(format!("write  ({word} …) {after}")),
                        }
                    }
                    None => message.help(format!("write  ({word} …) dt")),
                }
            }
            Self::BracketedDifferential { bracket, at } => {
                error("E0115", "a differential inside brackets")
                    .label(*bracket, "this bracket …")
                    .label(*at, "… holds a differential")
                    .help("write the terms of an equation without brackets:  a dt + b dW")
            }
            Self::RateDifferential { at } => {
                let message = error("E0115", "`dt` stands on the left already")
                    .label(*at, "the right side of `dx/dt` has no differential");
                match &*slice(at) {
                    "dt" => message.help("leave out `dt`, or write the left side without `/dt`"),
                    noise => message
                        .help(format!("with noise, write  dx = … dt + … {noise}"))
                        .note(format!("{noise} has no derivative in time, so only `dx` can be written")),
                }
            }
            Self::JoinedHole { at } => error("E0115", &format!("`{}` is one name", slice(at)))
                .label(*at, "a name may begin with `_`")
                .help(format!("for the prior's coefficient, write  _ {}", &slice(at)[1..])),
            Self::Misspelt { word, suggestion } => {
                error("E0105", &format!("nothing begins with `{}`", slice(word)))
                    .label(*word, "not a word of the language")
                    .help(format!("did you mean `{suggestion}`?"))
            }
            Self::Habit { at, habit } => habit.diagnostic(*at),
            Self::Units { at } if is_count(&slice(at)) => {
                let bracketed = slice(at);
                let count = bracketed.trim_matches(['[', ']']);
                error("E0117", "a size stands before the type of the entries")
                    .label(*at, "after a type, brackets are reserved for its unit")
                    .help(format!("a table of {count} numbers:  {count} => Float"))
            }
            Self::Units { at } => error("E0117", "units are not built yet")
                .label(*at, "reserved for the unit of what stands before it")
                .help("leave it out, and say it in a comment"),
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

/// How much of the text a message quotes at once.
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
