//! Sizes and kinds.

use sdec_base::{Diagnostic, Span};

use super::{counted, labelled};

/// What can be wrong with a size or a kind.
#[derive(Clone, Debug)]
pub(crate) enum SizeError {
    /// A number outside its type.
    TooLarge { span: Span, what: String },
    /// A literal index outside its set.
    OutOfRange {
        index: u64,
        span: Span,
        set: String,
        number: Option<i64>,
        table: String,
        declared: Option<Span>,
    },
    /// `x[-1]`
    NegativeIndex { span: Span, number: Option<i64>, back: Option<i64> },
    /// A size where a type is needed.
    SizeForType { written: String, span: Span },
    /// `3 -> Float`
    ArrowForTable { size: Span, of: Span },
    /// A type where a size is needed.
    TypeForSize { written: String, span: Span },
    /// `Interval` without two numbers.
    Interval { span: Span },
    /// Too few or too many arguments of a type.
    TypeArguments { name: String, wanted: usize, found: usize, defaults: bool, span: Span },
    /// An expression that is no size.
    NotASize { what: String, span: Span },
    /// `linspace(0, 1, 0.1)`: how many numbers were meant, if that is known.
    Step { count: Option<String>, span: Span },
    /// A size that is no number.
    NoNumber { name: String, span: Span },
    /// A size below zero.
    Negative { size: String, value: i64, span: Span },
    /// `-1` as a `Nat`.
    NegativeCount { written: String, span: Span },
    /// A table that is too large.
    TooManyEntries { ty: String, span: Span },
}

impl From<SizeError> for Diagnostic {
    fn from(error: SizeError) -> Self {
        match error {
            SizeError::TooLarge { span, what } => {
                let title = match what.as_str() {
                    "type" => "this type is too large".to_owned(),
                    "size" => "this size is outside 64 bits".to_owned(),
                    "index" => "this index is outside 64 bits".to_owned(),
                    "Float" => "this number is larger than any Float".to_owned(),
                    other => format!("this number is larger than any {other}"),
                };
                Diagnostic::error("E0318", title, span).label(span, "too large")
            }
            SizeError::OutOfRange { index, span, set, number, table, declared } => {
                let title = format!("index {index} is out of range");
                let said = Diagnostic::error("E0311", title, span);
                let said = labelled(said, declared, "declared here");
                let said = match number {
                    Some(0) => said.label(span, format!("{set} is empty")),
                    Some(n) if n <= 4 => {
                        let indices: Vec<String> = (0..n).map(|k| k.to_string()).collect();
                        let over = if table.is_empty() { &set } else { &table };
                        said.label(
                            span,
                            format!("the indices of {over} are {}", indices.join(", ")),
                        )
                    }
                    Some(n) => {
                        said.label(span, format!("the indices of {set} are 0, …, {}", n - 1))
                    }
                    None => said
                        .label(span, format!("{set} may be any number, also a smaller one"))
                        .help("an index that is a number needs a size that is a number"),
                };
                match number {
                    Some(n) if n > 0 && u64::try_from(n) == Ok(index) => {
                        let said = said.help("the last one:").edit(span, (n - 1).to_string());
                        let all = format!("over all of them, as in  sum i. {table}[i]");
                        let said = if table.is_empty() { said } else { said.help(all) };
                        said.note("indices begin at 0")
                    }
                    Some(n) if n > 0 => said.help("the last one:").edit(span, (n - 1).to_string()),
                    _ => said,
                }
            }
            SizeError::NegativeIndex { span, number, back } => {
                let said = Diagnostic::error("E0311", "an index is not negative", span)
                    .label(span, "indices are counted from 0 at the front");
                match (number, back) {
                    (Some(n), Some(back)) if back <= n => said
                        .help("counted from the end, that is:")
                        .edit(span, (n - back).to_string()),
                    _ => said.help("a neighbour is  x[wrap(i, -1)]  or  x[clamp(i, -1)]"),
                }
            }
            SizeError::SizeForType { written, span } => Diagnostic::error(
                "E0317",
                format!("`{written}` is a size, and a type is needed"),
                span,
            )
            .label(span, "a type is needed here")
            .help("a table of that size:")
            .put_after(span, " => Float"),
            SizeError::ArrowForTable { size, of } => {
                Diagnostic::error("E0317", "the entries of a table stand behind `=>`", size.to(of))
                    .label(size.to(of), "`->` is for functions")
                    .help("a table:")
                    .edit(Span { start: size.end, end: of.start, ..size }, " => ")
            }
            SizeError::TypeForSize { written, span } => Diagnostic::error(
                "E0317",
                format!("`{written}` is a type, and a size is needed"),
                span,
            )
            .label(span, "a number, a size name or an index type is needed here"),
            SizeError::Interval { span } => {
                Diagnostic::error("E0317", "an interval has two ends in order", span)
                    .label(span, "not two numbers, the smaller one first")
                    .help("two numbers, as in  Interval(-1, 1)")
            }
            SizeError::TypeArguments { name, wanted, found, defaults, span } => {
                let least = if found < wanted && defaults { "at least " } else { "" };
                let title = format!("`{name}` takes {least}{}", counted(wanted, "argument"));
                Diagnostic::error("E0314", title, span).label(span, format!("{found} here"))
            }
            SizeError::NotASize { what, span } => {
                Diagnostic::error("E0317", format!("`{what}` is not a size"), span)
                    .label(span, "a number, or a sum or product of size names, is needed here")
                    .note("sizes are known before anything runs")
            }
            SizeError::Step { count, span } => {
                let said = Diagnostic::error(
                    "E0317",
                    "`linspace` takes how many numbers, not their distance",
                    span,
                )
                .label(span, "no whole number");
                match count {
                    Some(count) => said.help("that many:").edit(span, count),
                    None => said.help("a number of numbers, as in  linspace(0, 1, 11)"),
                }
            }
            SizeError::NoNumber { name, span } => {
                Diagnostic::error("E0317", format!("the size `{name}` must be a number"), span)
                    .label(span, "not known here")
            }
            SizeError::NegativeCount { written, span } => {
                Diagnostic::error("E0318", format!("a count is not negative: {written}"), span)
                    .label(span, "a Nat is needed here")
            }
            SizeError::Negative { size, value, span } => {
                Diagnostic::error("E0318", format!("a size below zero: {size}"), span)
                    .label(span, format!("{value} entries with the sizes of this command"))
            }
            SizeError::TooManyEntries { ty, span } => {
                Diagnostic::error("E0318", format!("the table {ty} is too large"), span)
                    .label(span, "more than 2³¹ entries with the sizes of this command")
            }
        }
    }
}
