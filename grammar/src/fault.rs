//! What can be wrong with a text, with the facts. What is said about it is in `message.rs`.
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

use sdec_base::Span;

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
    Character { at: Span, character: char, remedy: Option<Remedy> },
    /// `**` and other spellings of other languages.
    Foreign { at: Span, text: String, remedy: Remedy },
    /// A text without its second quote.
    UnclosedText { at: Span },

    /// A line between the columns of two blocks, or before all of them.
    Misplaced { at: Span, column: usize, columns: Vec<usize> },
    /// A deeper line that does not continue the line above.
    UnexpectedIndentation { above: Span, at: Span },
    /// A line that begins with `-`, and all of it where it could be a value of its own.
    LeadingMinus { above: Span, at: Span, value: Option<Span> },

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
    MalformedNumber { at: Span, says: &'static str, instead: Option<String> },
    /// `x[0:2]`: all of it, and the entries that are meant if they are few.
    Slice { at: Span, entries: Option<(Span, Vec<String>)> },
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
    /// `dx = for i. a[i] dW`: the first word and all from there, and if there is a differential, the
    /// coefficient and it.
    OpenCoefficient { open: Span, rest: Span, differential: Option<(Span, Span)> },
    /// `dx = (a dt + b dW)`, and the other bracket where the two hold the whole right side.
    BracketedDifferential { bracket: Span, at: Span, close: Option<Span> },
    /// `dx/dt = a dt`
    RateDifferential { at: Span },
    /// `_dW`
    JoinedHole { at: Span },
    /// `sate x : Real`
    Misspelt { word: Span, suggestion: &'static str },
    /// `[mg/l]` after a type.
    Units { of: Span, at: Span },
    /// A line as other languages or the blackboard would have it.
    Habit { at: Span, habit: Habit },
    /// Anything else.
    Unexpected { at: Span, found: Found, expected: Vec<String> },
}

/// What to do about a spelling, and what stands for it here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Remedy {
    /// In words.
    pub(crate) says: &'static str,
    /// The text that replaces it, if nothing else changes.
    pub(crate) instead: Option<&'static str>,
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
            | Self::Slice { at, .. }
            | Self::Assignment { at }
            | Self::ReservedName { at }
            | Self::DifferentialName { at }
            | Self::FirstLetter { at, .. }
            | Self::MissingElse { at, .. }
            | Self::SecondValue { at, .. }
            | Self::NoValue { at }
            | Self::Units { at, .. }
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
}
