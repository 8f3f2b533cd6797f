//! Expressions.
//!
//! Brackets around an operand stay where they were written, unless it is a name, a call or the like;
//! brackets around a whole value go.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most of what is asked about expressions concerns a few of their forms"
)]

use super::doc::{Doc, Way};
use super::list::{LIST, RECORD, TUPLE, filled, list};
use super::source::{Place, Source};
use super::ty;
use super::unit::{End, Unit, Units, units};
use crate::ast::{BinaryOp, Expr, ExprKind};

/// An `if` with more than two values is on one line only if it is no wider.
const ONE_LINE_CHOICE: usize = 60;

/// What holds together so tightly that brackets around it mean nothing anywhere.
fn is_atom(expr: &Expr) -> bool {
    match expr.kind {
        ExprKind::Name(_)
        | ExprKind::Nat(_)
        | ExprKind::Float(_)
        | ExprKind::Text(_)
        | ExprKind::Bool(_)
        | ExprKind::Call(..)
        | ExprKind::Reducer(_)
        | ExprKind::Index(..)
        | ExprKind::Field(..)
        | ExprKind::Annotated(..)
        | ExprKind::Tuple(_)
        | ExprKind::List(_)
        | ExprKind::Record(_)
        | ExprKind::Update(..) => true,
        ExprKind::Binary { .. }
        | ExprKind::Neg(_)
        | ExprKind::Not(_)
        | ExprKind::Pipe(..)
        | ExprKind::Lambda(..)
        | ExprKind::For(..)
        | ExprKind::Reduce { .. }
        | ExprKind::If(..)
        | ExprKind::Case(..)
        | ExprKind::Error => false,
    }
}

/// Whether it extends as far to the right as it can.
pub(super) fn is_open(expr: &Expr) -> bool {
    opens_block(expr) || matches!(expr.kind, ExprKind::If(..) | ExprKind::Case(..))
}

/// Whether it is a head and a body.
pub(super) fn opens_block(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Lambda(..) | ExprKind::For(..) | ExprKind::Reduce { .. })
}

/// A number or a name, or its negative.
pub(super) fn is_word(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Neg(operand) => is_word(operand),
        kind => matches!(
            kind,
            ExprKind::Name(_) | ExprKind::Nat(_) | ExprKind::Float(_) | ExprKind::Bool(_)
        ),
    }
}

/// Where a value goes that does not fit behind what binds it.
pub(super) fn way(expr: &Expr) -> Way {
    if opens_block(expr) || matches!(expr.kind, ExprKind::List(_) | ExprKind::Record(_)) {
        Way::Stay
    } else if is_open(expr) {
        Way::Below
    } else {
        Way::Either
    }
}

impl Source<'_> {
    /// The place of an expression with the brackets around it.
    pub(super) fn place(&self, expr: &Expr) -> Place {
        self.outer(expr.span, usize::MAX)
    }

    /// Whether its brackets stay where it is an operand.
    pub(super) fn keeps_brackets(&self, expr: &Expr) -> bool {
        !is_atom(expr) && self.place(expr).start < expr.span.start as usize
    }

    /// Whether what it ends with extends as far to the right as it can.
    fn is_open_ended(&self, expr: &Expr) -> bool {
        let last = match &expr.kind {
            ExprKind::Binary { rhs, .. } => rhs,
            ExprKind::Neg(operand) | ExprKind::Not(operand) => operand,
            ExprKind::Pipe(_, function) => function,
            _ if is_open(expr) => return true,
            _ => return false,
        };
        !self.keeps_brackets(last) && self.is_open_ended(last)
    }

    /// A whole value: nothing that follows could belong to it.
    pub(super) fn value(&mut self, expr: &Expr) -> Doc {
        self.expr(expr)
    }

    /// A value before a word or a mark that a block could not be followed by.
    pub(super) fn followed(&mut self, expr: &Expr) -> Doc {
        if self.is_open_ended(expr) { self.bracketed(expr) } else { self.value(expr) }
    }

    /// A part of a larger expression.
    pub(super) fn operand(&mut self, expr: &Expr) -> Doc {
        if self.keeps_brackets(expr) { self.bracketed(expr) } else { self.expr(expr) }
    }

    pub(super) fn bracketed(&mut self, expr: &Expr) -> Doc {
        let at = self.place(expr);
        let written = at.start < expr.span.start as usize;
        let mut units = if written {
            // The outermost of several.
            self.stash(at.start);
            let inner = expr.span.start as usize..expr.span.end as usize;
            let end = End::Token(at.end - 1);
            units(self, &[expr], end, |_, _| inner.clone(), |src, expr| src.expr(expr))
        } else {
            let it = self.expr(expr);
            let unit = Unit { leading: Vec::new(), blank: false, it, trailing: None };
            Units { opener: None, units: vec![unit], dangling: Vec::new() }
        };
        if units.has_comments() || is_open(expr) && !opens_block(expr) {
            return list(TUPLE, units);
        }
        let inner = units.units.pop().expect("there is one").it;
        if opens_block(expr) {
            // The lines of a block are one step deeper anyway.
            Doc::concat(vec![Doc::text("("), inner, Doc::text(")")])
        } else {
            inner.bracket()
        }
    }

    /// An expression without brackets.
    fn expr(&mut self, expr: &Expr) -> Doc {
        match &expr.kind {
            ExprKind::Name(name) => Doc::text(&name.text),
            ExprKind::Nat(literal) | ExprKind::Float(literal) => {
                Doc::text(ty::number(self, literal))
            }
            ExprKind::Text(text) => Doc::text(format!("\"{}\"", text.text)),
            ExprKind::Bool(value) => Doc::text(value.to_string()),
            ExprKind::Binary { op: BinaryOp::Pow, lhs, rhs, .. } => {
                let base = self.operand(lhs);
                Doc::concat(vec![base, Doc::text(" ^ "), self.operand(rhs)])
            }
            ExprKind::Binary { .. } | ExprKind::Pipe(..) => self.chain(expr),
            ExprKind::Neg(operand) => Doc::concat(vec![Doc::text("-"), self.operand(operand)]),
            ExprKind::Not(operand) => Doc::concat(vec![Doc::text("not "), self.operand(operand)]),
            ExprKind::Call(callee, arguments) => {
                let callee = self.operand(callee);
                let close = expr.span.end as usize - 1;
                self.stash(self.opener(expr.span));
                Doc::concat(vec![callee, self.arguments(arguments, close)])
            }
            ExprKind::Reducer(reducer) => Doc::text(reducer.word()),
            ExprKind::Index(table, indices) => {
                let table = self.operand(table);
                self.stash(self.opener(expr.span));
                Doc::concat(vec![table, self.indices(indices, expr.span.end as usize - 1)])
            }
            ExprKind::Field(record, field) => {
                // `(1).x` would be a number without its last digit.
                let is_number = matches!(record.kind, ExprKind::Nat(_) | ExprKind::Float(_));
                let record = if is_number { self.bracketed(record) } else { self.operand(record) };
                Doc::concat(vec![record, Doc::text(format!(".{}", field.text))])
            }
            ExprKind::Annotated(value, of) => {
                let value = self.followed(value);
                let of = format!(" : {})", ty::ty(self, of));
                Doc::concat(vec![Doc::text("("), value, Doc::text(of)])
            }
            ExprKind::Tuple(parts) => list(TUPLE, self.values(parts, expr.span.end as usize - 1)),
            ExprKind::List(parts) => {
                let values = self.values(parts, expr.span.end as usize - 1);
                let fills = parts.len() > 1 && parts.iter().all(is_word) && !values.has_comments();
                if fills { filled(values) } else { list(LIST, values) }
            }
            ExprKind::Record(fields) => {
                list(RECORD, self.fields(fields, expr.span.end as usize - 1))
            }
            ExprKind::Update(record, fields) => self.update(expr, record, fields),
            ExprKind::Lambda(binders, body) => {
                let binders = binders.iter().map(|binder| ty::binder(self, binder));
                let head = format!("\\{}.", binders.collect::<Vec<_>>().join(" "));
                self.headed(head, body)
            }
            ExprKind::For(binders, body) => {
                let binders = binders.iter().map(|binder| ty::binder(self, binder));
                let head = format!("for {}.", binders.collect::<Vec<_>>().join(" "));
                self.headed(head, body)
            }
            ExprKind::Reduce { reducer, binders, body, .. } => {
                let binders = binders.iter().map(|binder| ty::binder(self, binder));
                let head = format!("{} {}.", reducer.word(), binders.collect::<Vec<_>>().join(" "));
                self.headed(head, body)
            }
            ExprKind::If(condition, then, otherwise) => {
                let doc = self.conditional(condition, then, otherwise);
                let chained = matches!(otherwise.result.kind, ExprKind::If(..));
                let long = chained && doc.flat().is_some_and(|width| width > ONE_LINE_CHOICE);
                if long { doc.broken() } else { doc.group() }
            }
            ExprKind::Case(subject, arms) => self.case(subject, arms),
            ExprKind::Error => unreachable!("only what parses is formatted"),
        }
    }
}
