//! Text to tokens.
//!
//! Every text has tokens: what is not of the language is reported as a [`Fault`] and then dropped,
//! or read as what was meant (`·` as `*`), so that the rest of its line can still be parsed.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "there are a hundred tokens, and each place knows a few of them"
)]

use logos::Logos;
use sdec_base::{SourceId, Span};

use crate::ast::Comment;
use crate::fault::{Fault, Remedy};

/// The kind of a token. What it says is the text at its place.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq)]
#[logos(skip r"[ \r]+")]
pub(crate) enum Token {
    // Layout: made by `layout`, never by the lexer.
    Indent,
    Dedent,
    Newline,
    /// A line that has been reported and taken out.
    Broken,
    // What is to be parsed: the first token that the parser sees.
    StartItem,
    StartExpr,
    StartType,

    // Trivia and what the lexer itself deals with.
    #[token("\n")]
    LineBreak,
    #[regex(r"#[^\n]*", allow_greedy = true)]
    Comment,
    #[regex(r"\t+")]
    Tab,
    #[regex(r#""[^"\n]*"#)]
    UnclosedText,
    #[regex("[⁰¹²³⁴-⁹ⁿⁱ⁺⁻ᴬ-ᵡ]+", priority = 9)]
    Superscript,
    #[token("**")]
    #[token("&&")]
    #[token("||")]
    #[token(":=")]
    #[regex(r"//[^\n]*", allow_greedy = true)]
    Foreign,
    #[regex(r".", priority = 0)]
    Unknown,

    // Words.
    #[token("type")]
    Type,
    #[token("let")]
    Let,
    #[token("def")]
    Def,
    #[token("posterior")]
    Posterior,
    #[token("import")]
    Import,
    #[token("param")]
    Param,
    #[token("observe")]
    Observe,
    #[token("when")]
    When,
    #[token("of")]
    Of,
    #[token("with")]
    With,
    #[token("for")]
    For,
    #[token("if")]
    If,
    #[token("then")]
    Then,
    #[token("else")]
    Else,
    #[token("case")]
    Case,
    #[token("and")]
    And,
    #[token("or")]
    Or,
    #[token("not")]
    Not,
    #[token("true")]
    True,
    #[token("false")]
    False,
    #[token("sum")]
    #[token("prod")]
    #[token("max")]
    #[token("min")]
    #[token("mean")]
    #[token("logsumexp")]
    #[token("argmax")]
    #[token("argmin")]
    #[token("all")]
    #[token("any")]
    Reducer,

    // Words that are ordinary names wherever a name is legal.
    #[token("size")]
    Size,
    #[token("index")]
    Index,
    #[token("data")]
    Data,
    #[token("model")]
    Model,
    #[token("net")]
    Net,
    #[token("objective")]
    Objective,
    #[token("estimate")]
    Estimate,
    #[token("fit")]
    Fit,
    #[token("sample")]
    Sample,
    #[token("precision")]
    Precision,
    #[token("method")]
    Method,
    #[token("repeat")]
    Repeat,
    #[token("input")]
    Input,
    #[token("state")]
    State,
    #[token("noise")]
    Noise,
    #[token("mark")]
    Mark,
    #[token("init")]
    Init,
    #[token("next")]
    Next,
    #[token("like")]
    Like,
    #[token("given")]
    Given,
    #[token("to")]
    To,
    #[token("as")]
    As,
    #[token("at")]
    At,
    #[token("from")]
    From,
    #[token("by")]
    By,
    #[token("per")]
    Per,
    #[token("during")]
    During,

    // Names, numbers, texts.
    #[token("dt")]
    Dt,
    #[regex(r"d\p{Lu}[\p{L}\p{M}\p{N}_--⁰¹²³⁴-⁹ⁿⁱᴬ-ᵡ]*'*", priority = 5)]
    Differential,
    #[regex(r"_?\p{Ll}[\p{L}\p{M}\p{N}_--⁰¹²³⁴-⁹ⁿⁱᴬ-ᵡ]*'*", priority = 3)]
    Lower,
    #[regex(r"_?\p{Lu}[\p{L}\p{M}\p{N}_--⁰¹²³⁴-⁹ⁿⁱᴬ-ᵡ]*'*", priority = 3)]
    Upper,
    #[regex(r"[0-9][0-9_]*", priority = 6)]
    Nat,
    #[regex(r"[0-9][0-9_]*\.[0-9][0-9_]*([eE][+-]?[0-9]+)?", priority = 8)]
    #[regex(r"[0-9][0-9_]*[eE][+-]?[0-9]+", priority = 8)]
    Float,
    #[regex(r#""[^"\n]*""#)]
    Text,

    // Symbols.
    #[token("(")]
    OpenRound,
    #[token(")")]
    CloseRound,
    #[token("[")]
    OpenSquare,
    #[token("]")]
    CloseSquare,
    #[token("{")]
    OpenCurly,
    #[token("}")]
    CloseCurly,
    #[token(",")]
    Comma,
    #[token(":")]
    Colon,
    #[token(".")]
    Dot,
    #[token("=")]
    Equals,
    #[token("~")]
    Tilde,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("^")]
    Caret,
    #[token(".*")]
    DotStar,
    #[token("./")]
    DotSlash,
    #[token("@")]
    Contract,
    #[token("|>")]
    Pipe,
    #[token("|")]
    Bar,
    #[token("==")]
    Eq,
    #[token("!=")]
    Ne,
    #[token("<")]
    Lt,
    #[token("<=")]
    Le,
    #[token(">")]
    Gt,
    #[token(">=")]
    Ge,
    #[token("->")]
    Arrow,
    #[token("=>")]
    FatArrow,
    #[token("\\")]
    Lambda,
    #[token("_")]
    Hole,
    #[token("?")]
    Question,
}

impl Token {
    /// Whether it was put in by `layout`.
    pub(crate) fn is_layout(self) -> bool {
        matches!(self, Self::Indent | Self::Dedent | Self::Newline)
    }

    /// The bracket that closes this one.
    pub(crate) fn closer(self) -> Option<Self> {
        Some(match self {
            Self::OpenRound => Self::CloseRound,
            Self::OpenSquare => Self::CloseSquare,
            Self::OpenCurly => Self::CloseCurly,
            _ => return None,
        })
    }

    /// Whether it closes a bracket.
    pub(crate) fn is_closer(self) -> bool {
        matches!(self, Self::CloseRound | Self::CloseSquare | Self::CloseCurly)
    }

    /// Whether it is a word of the language that is an ordinary name wherever a name is legal.
    pub(crate) fn is_soft(self) -> bool {
        matches!(
            self,
            Self::Size
                | Self::Index
                | Self::Data
                | Self::Model
                | Self::Net
                | Self::Objective
                | Self::Estimate
                | Self::Fit
                | Self::Sample
                | Self::Precision
                | Self::Method
                | Self::Repeat
                | Self::Input
                | Self::State
                | Self::Noise
                | Self::Mark
                | Self::Init
                | Self::Next
                | Self::Like
                | Self::Given
                | Self::To
                | Self::As
                | Self::At
                | Self::From
                | Self::By
                | Self::Per
                | Self::During
        )
    }

    /// Whether it is a word that no name can be.
    pub(crate) fn is_reserved(self) -> bool {
        matches!(
            self,
            Self::Type
                | Self::Let
                | Self::Def
                | Self::Posterior
                | Self::Import
                | Self::Param
                | Self::Observe
                | Self::When
                | Self::Of
                | Self::With
                | Self::For
                | Self::If
                | Self::Then
                | Self::Else
                | Self::Case
                | Self::And
                | Self::Or
                | Self::Not
                | Self::True
                | Self::False
                | Self::Reducer
        )
    }

    /// Whether it is a name, or a word that may be one.
    pub(crate) fn is_name(self) -> bool {
        matches!(self, Self::Lower | Self::Upper) || self.is_soft()
    }

    /// Whether it is a number.
    pub(crate) fn is_number(self) -> bool {
        matches!(self, Self::Nat | Self::Float)
    }

    /// Whether it is one of `== != < <= > >=`.
    pub(crate) fn is_comparison(self) -> bool {
        matches!(self, Self::Eq | Self::Ne | Self::Lt | Self::Le | Self::Gt | Self::Ge)
    }
}

/// A token and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lexeme {
    /// Its kind.
    pub(crate) token: Token,
    /// First byte.
    pub(crate) start: usize,
    /// One past the last byte.
    pub(crate) end: usize,
    /// Its column, from 0 and in characters, where it is the first of its line.
    pub(crate) column: Option<usize>,
}

/// What a text consists of.
pub(crate) struct Lexed {
    /// What is to be parsed, in order.
    pub(crate) tokens: Vec<Lexeme>,
    /// Comments in order.
    pub(crate) comments: Vec<Comment>,
    /// What is not of the language.
    pub(crate) faults: Vec<Fault>,
}

/// What a tab counts for. Any width would do for a text that is indented by tabs alone.
const TAB: usize = 4;

/// The tokens of `text` from the line on that begins at `start`.
pub(crate) fn lex(source: SourceId, text: &str, start: usize) -> Lexed {
    let mut out = Lexed { tokens: Vec::new(), comments: Vec::new(), faults: Vec::new() };
    let mut line_start = start;
    // Whether nothing but space has been met since `line_start`.
    let mut fresh = true;
    let mut tabs: Vec<Span> = Vec::new();
    // Whether the rest of the line is a comment of another language.
    let mut in_comment = false;
    let mut lexer = Token::lexer(text);
    lexer.bump(start);
    for (token, range) in lexer.spanned() {
        let span = Span::new(source, range.start, range.end);
        let slice = &text[range.clone()];
        let token = match token.unwrap_or(Token::Unknown) {
            Token::LineBreak => {
                line_start = range.end;
                fresh = true;
                in_comment = false;
                continue;
            }
            _ if in_comment => continue,
            Token::Unknown if fresh && slice == "%" => {
                let remedy = COMMENT;
                out.faults.push(Fault::Foreign { at: span, text: slice.to_owned(), remedy });
                in_comment = true;
                continue;
            }
            Token::Comment => {
                let text = slice.trim_end().to_owned();
                let span = Span::new(source, range.start, range.start + text.len());
                out.comments.push(Comment { text, span, trailing: !fresh });
                continue;
            }
            Token::Tab => {
                tabs.push(span);
                continue;
            }
            Token::UnclosedText => {
                out.faults.push(Fault::UnclosedText { at: span });
                Token::Text
            }
            Token::Superscript => {
                out.faults.push(Fault::Superscript { at: span, text: slice.to_owned() });
                continue;
            }
            Token::Foreign => {
                let (meant, remedy) = foreign(slice);
                let at = Span::new(source, range.start, range.start + 2);
                out.faults.push(Fault::Foreign { at, text: slice[..2].to_owned(), remedy });
                match meant {
                    Some(meant) => meant,
                    None => continue,
                }
            }
            Token::Unknown => {
                let character = slice.chars().next().expect("a token is not empty");
                let (meant, fault) = unknown(character, span);
                out.faults.push(fault);
                match meant {
                    Some(meant) => meant,
                    None => continue,
                }
            }
            other => other,
        };
        let column = fresh.then(|| column(&text[line_start..range.start]));
        fresh = false;
        out.tokens.push(Lexeme { token, start: range.start, end: range.end, column });
    }
    if let Some(&at) = tabs.first() {
        out.faults.push(Fault::Tab { at, more: tabs.len() - 1 });
    }
    out
}

/// The column after `before`, from 0.
fn column(before: &str) -> usize {
    before.chars().fold(0, |column, c| match c {
        '\t' => (column / TAB + 1) * TAB,
        '\u{feff}' => column,
        _ => column + 1,
    })
}

/// What a spelling of other languages was meant as, and what to do about it.
fn foreign(slice: &str) -> (Option<Token>, Remedy) {
    match &slice[..2] {
        "**" => (Some(Token::Caret), instead("powers are written with `^`:", "^")),
        "&&" => (Some(Token::And), instead("write `and`:", "and")),
        "||" => (Some(Token::Or), instead("write `or`:", "or")),
        ":=" => (Some(Token::Equals), instead("a name is bound with `=`:", "=")),
        _ => (None, COMMENT),
    }
}

const COMMENT: Remedy = instead("comments begin with `#`:", "#");

const fn instead(says: &'static str, text: &'static str) -> Remedy {
    Remedy { says, instead: Some(text) }
}

const fn words(says: &'static str) -> Remedy {
    Remedy { says, instead: None }
}

/// What an unknown character was meant as, and what is to be said about it.
fn unknown(character: char, at: Span) -> (Option<Token>, Fault) {
    if character == '\u{feff}' {
        return (None, Fault::ByteOrderMark { at });
    }
    if character.is_whitespace() {
        return (None, Fault::Space { at, character });
    }
    let (meant, remedy) = match character {
        '·' | '×' | '⋅' | '∗' | '∙' | '•' => {
            (Some(Token::Star), instead("multiplication is written with `*`:", "*"))
        }
        '−' | '‐' | '‑' | '–' | '—' => {
            (Some(Token::Minus), instead("write the minus of the keyboard, `-`:", "-"))
        }
        '÷' | '∕' | '⁄' => (Some(Token::Slash), instead("division is written with `/`:", "/")),
        '≤' => (Some(Token::Le), instead("write `<=`:", "<=")),
        '≥' => (Some(Token::Ge), instead("write `>=`:", ">=")),
        '≠' => (Some(Token::Ne), instead("write `!=`:", "!=")),
        '→' => (Some(Token::Arrow), instead("write `->`:", "->")),
        '⇒' => (Some(Token::FatArrow), instead("write `=>`:", "=>")),
        '∼' | '∽' | '˜' => {
            (Some(Token::Tilde), instead("write the tilde of the keyboard, `~`:", "~"))
        }
        '!' => (Some(Token::Not), instead("write `not`:", "not ")),
        '∞' => (None, instead("infinity is called `inf`:", "inf")),
        '√' => (None, words("the square root is a function:  sqrt(x)")),
        '∑' => (None, words("sums are written  sum i. x[i]")),
        '∏' => (None, words("products are written  prod i. x[i]")),
        '∂' | '∇' => (None, words("derivatives are functions:  grad(f)")),
        '“' | '”' | '„' | '‘' | '’' | '\'' | '`' => {
            (None, words("a text stands in straight double quotes:  \"file.csv\""))
        }
        ';' => (None, instead("leave it out: the end of a line ends what it says", "")),
        _ => return (None, Fault::Character { at, character, remedy: None }),
    };
    (meant, Fault::Character { at, character, remedy: Some(remedy) })
}
