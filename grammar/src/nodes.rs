//! What the grammar's productions build nodes with.
//!
//! The parser's locations are indices into the tokens, so that a place says which token stands
//! there also where tokens have no text.

use sdec_base::{SourceId, Span};
use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::ast::{
    BinaryOp, Body, Coefficient, DiffTerm, Differential, Expr, ExprKind, Item, Literal, Name,
    Reducer, Text, Type,
};
use crate::fault::Fault;
use crate::token::{Lexeme, Token};

/// What one parse gives.
pub(crate) enum Tree {
    /// A top-level item.
    Item(Box<Item>),
    /// An expression on its own.
    Expr(Expr),
    /// A type on its own.
    Type(Type),
}

/// The tokens that are parsed and the text that they stand in.
pub(crate) struct Input<'a> {
    /// The text's id.
    pub(crate) source: SourceId,
    /// The text.
    pub(crate) text: &'a str,
    /// What is parsed.
    pub(crate) tokens: &'a [Lexeme],
}

impl Input<'_> {
    /// From the first byte of token `first` to the last of token `last`.
    pub(crate) fn span(&self, first: usize, last: usize) -> Span {
        let start = self.tokens[first].start;
        Span::new(self.source, start, self.tokens[last].end.max(start))
    }

    /// What stands between the end of token `before` and the beginning of token `after`; to the end
    /// of the token between them if `after` is the end of a line.
    pub(crate) fn between(&self, before: usize, after: usize) -> Span {
        Span::new(self.source, self.tokens[before].end, self.tokens[after].start)
    }

    /// From the first byte of token `first` to the beginning of token `next`.
    pub(crate) fn up_to(&self, first: usize, next: usize) -> Span {
        Span::new(self.source, self.tokens[first].start, self.tokens[next].start)
    }

    /// The text of token `i`.
    pub(crate) fn slice(&self, i: usize) -> &str {
        &self.text[self.tokens[i].start..self.tokens[i].end]
    }

    /// Token `i` as a name.
    pub(crate) fn name(&self, i: usize) -> Name {
        Name { text: normalise(self.slice(i)), span: self.span(i, i) }
    }

    /// Token `i` as a number.
    pub(crate) fn literal(&self, i: usize) -> Literal {
        Literal { text: self.slice(i).replace('_', ""), span: self.span(i, i) }
    }

    /// The number of token `last` with the `-` of token `first`.
    pub(crate) fn negative(&self, first: usize, last: usize) -> Literal {
        let digits = self.literal(last);
        Literal { text: format!("-{}", digits.text), span: self.span(first, last) }
    }

    /// Token `i` as a text.
    pub(crate) fn string(&self, i: usize) -> Text {
        let slice = self.slice(i);
        let inner = slice.strip_prefix('"').unwrap_or(slice);
        let inner = inner.strip_suffix('"').unwrap_or(inner);
        Text { text: inner.to_owned(), span: self.span(i, i) }
    }

    /// Token `i` as a reducer.
    pub(crate) fn reducer(&self, i: usize) -> Reducer {
        let word = self.slice(i);
        Reducer::ALL
            .into_iter()
            .find(|reducer| reducer.word() == word)
            .expect("the lexer knows the same words")
    }

    /// Token `i`, a differential without its `d`.
    fn differential_name(&self, i: usize) -> Name {
        let name = self.name(i);
        Name { text: name.text[1..].to_owned(), ..name }
    }

    /// `dW[0]` from token `i` to token `last`.
    pub(crate) fn differential(&self, i: usize, indices: Vec<Expr>, last: usize) -> Differential {
        Differential { name: self.differential_name(i), indices, span: self.span(i, last) }
    }

    /// The place of a line that was taken out, as an expression.
    pub(crate) fn broken(&self, i: usize) -> Expr {
        Expr { kind: ExprKind::Error, span: self.span(i, i) }
    }
}

/// NFC, with the micro sign as mu and the lunate epsilon as epsilon.
pub(crate) fn normalise(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let composed = if is_nfc(text) { text.to_owned() } else { text.nfc().collect() };
    composed.replace('µ', "μ").replace('ϵ', "ε")
}

/// `lhs op rhs`
pub(crate) fn binary(lhs: Expr, (op, op_span): (BinaryOp, Span), rhs: Expr) -> ExprKind {
    ExprKind::Binary { op, op_span, lhs: Box::new(lhs), rhs: Box::new(rhs) }
}

/// One line is a block without lets.
pub(crate) fn one_line(result: Expr) -> Body {
    Body { lets: Vec::new(), result }
}

/// What a coefficient with nothing behind it is: `dw` alone is a differential, anything else
/// lacks one.
pub(crate) fn bare_term(coefficient: Expr, span: Span, faults: &mut Vec<Fault>) -> DiffTerm {
    if let ExprKind::Name(name) = &coefficient.kind
        && name.text.starts_with("_d")
    {
        faults.push(Fault::JoinedHole { at: name.span });
    }
    match lower_differential(&coefficient) {
        Some((negative, differential)) => {
            DiffTerm { negative, coefficient: None, differential: Some(differential), span }
        }
        None => DiffTerm {
            negative: false,
            coefficient: Some(Coefficient::Expr(coefficient)),
            differential: None,
            span,
        },
    }
}

/// `dw`, `dw[0]` or `-dw` as a differential. The lexer knows only those of capital noises.
fn lower_differential(expr: &Expr) -> Option<(bool, Differential)> {
    if let ExprKind::Neg(inner) = &expr.kind {
        return lower_differential(inner).map(|(negative, differential)| (!negative, differential));
    }
    let (table, indices) = if let ExprKind::Index(table, indices) = &expr.kind {
        (table.as_ref(), indices.as_slice())
    } else {
        (expr, [].as_slice())
    };
    let ExprKind::Name(name) = &table.kind else { return None };
    differential_of(name, indices.to_vec(), expr.span)
}

fn differential_of(name: &Name, indices: Vec<Expr>, span: Span) -> Option<(bool, Differential)> {
    let rest = differentiated(&name.text)?;
    let name = Name { text: rest.to_owned(), span: name.span };
    Some((false, Differential { name, indices, span }))
}

/// `x` of `dx`.
fn differentiated(text: &str) -> Option<&str> {
    text.strip_prefix('d').filter(|rest| !rest.is_empty())
}

/// `coefficient name[indices]`: a differential if the name begins with `d`, else a forgotten
/// operator.
pub(crate) fn term_with_name(
    coefficient: Expr,
    name: Name,
    indices: Vec<Expr>,
    span: Span,
    faults: &mut Vec<Fault>,
) -> DiffTerm {
    let differential_span = Span { end: span.end, ..name.span };
    let differential = differential_of(&name, indices, differential_span);
    if differential.is_none() {
        faults.push(Fault::MissingOperator {
            left: coefficient.span,
            right: name.span,
            in_list: false,
        });
    }
    DiffTerm {
        negative: false,
        coefficient: Some(Coefficient::Expr(coefficient)),
        differential: differential.map(|(_, differential)| differential),
        span,
    }
}

/// `_ name[indices]`, likewise.
pub(crate) fn hole_with_name(
    hole: Span,
    name: Name,
    indices: Vec<Expr>,
    span: Span,
    faults: &mut Vec<Fault>,
) -> DiffTerm {
    let placeholder = Expr { kind: ExprKind::Error, span: hole };
    let term = term_with_name(placeholder, name, indices, span, faults);
    DiffTerm { coefficient: Some(Coefficient::Hole(hole)), ..term }
}

/// The left side of an equation, which must be `d` and a state.
pub(crate) fn head(name: Name, faults: &mut Vec<Fault>) -> Name {
    if differentiated(&name.text).is_none() {
        faults.push(Fault::NotAnEquation { name: name.clone() });
    }
    name
}

/// A lexeme as LALRPOP takes it.
pub(crate) fn located((i, lexeme): (usize, &Lexeme)) -> Result<(usize, Token, usize), String> {
    Ok((i, lexeme.token, i))
}
