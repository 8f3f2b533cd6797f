//! Operands with operators between them, and the terms of equations.

#![expect(clippy::wildcard_enum_match_arm, reason = "most expressions are no chain")]

use super::doc::Doc;
use super::source::Source;
use super::unit::Own;
use crate::ast::{BinaryOp, Coefficient, DiffTerm, Differential, Expr, ExprKind};

/// An operand behind its operator, with the comments before it.
pub(super) struct Link {
    symbol: &'static str,
    /// Behind what is before it.
    trailing: Option<String>,
    leading: Vec<Own>,
    operand: Doc,
}

/// Operands with operators between them.
pub(super) fn chained(first: Doc, links: Vec<Link>) -> Doc {
    let commented = |link: &Link| link.trailing.is_some() || !link.leading.is_empty();
    let forced = links.iter().any(commented);
    let docs = links.into_iter().map(|Link { symbol, trailing, leading, operand }| {
        let link = Doc::concat(vec![Doc::text(format!("{symbol} ")), operand]);
        let trailing = trailing.map(Doc::trailing);
        let leading =
            leading.into_iter().flat_map(|own| [Doc::hard(false), Doc::comment(own.text)]);
        let end = forced.then(|| Doc::hard(false));
        Doc::concat(trailing.into_iter().chain(leading).chain(end).chain([link]).collect())
    });
    if forced {
        let links = Doc::concat(docs.collect()).nest();
        Doc::concat(vec![first, links])
    } else {
        Doc::chain(first, docs.collect()).group()
    }
}

/// Operators that may follow each other in a chain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Pipe,
    Or,
    And,
    Comparison,
    Sum,
    Product,
    /// No chain.
    Other,
}

fn level(expr: &Expr) -> Level {
    match &expr.kind {
        ExprKind::Pipe(..) => Level::Pipe,
        ExprKind::Binary { op, .. } => match op {
            BinaryOp::Add | BinaryOp::Sub => Level::Sum,
            BinaryOp::Mul
            | BinaryOp::Div
            | BinaryOp::ElementMul
            | BinaryOp::ElementDiv
            | BinaryOp::Contract => Level::Product,
            BinaryOp::Pow => Level::Other,
            BinaryOp::Eq
            | BinaryOp::Ne
            | BinaryOp::Lt
            | BinaryOp::Le
            | BinaryOp::Gt
            | BinaryOp::Ge => Level::Comparison,
            BinaryOp::And => Level::And,
            BinaryOp::Or => Level::Or,
        },
        _ => Level::Other,
    }
}

/// The operator of a chain's last link and what stands on both sides.
fn split(expr: &Expr) -> Option<(&'static str, &Expr, &Expr)> {
    match &expr.kind {
        ExprKind::Pipe(value, function) => Some(("|>", value, function)),
        ExprKind::Binary { op, lhs, rhs, .. } => Some((op.symbol(), lhs, rhs)),
        _ => None,
    }
}

impl Source<'_> {
    /// Operators that bind alike: all on one line, or each at the beginning of its own.
    pub(super) fn chain(&mut self, expr: &Expr) -> Doc {
        let level = level(expr);
        let (mut first, mut rest) = (expr, Vec::new());
        while let Some((symbol, lhs, rhs)) = split(first) {
            rest.push((symbol, rhs));
            first = lhs;
            if self::level(lhs) != level || self.keeps_brackets(lhs) {
                break;
            }
        }
        rest.reverse();
        let mut end = self.place(first).end;
        let first = self.operand(first);
        self.stash(end);
        let mut links = Vec::new();
        for (symbol, rhs) in rest {
            let at = self.place(rhs);
            let trailing = self.take_trailing(at.start);
            let leading = self.take(at.start);
            let operand = self.operand(rhs);
            end = at.end;
            self.stash(end);
            links.push(Link { symbol, trailing, leading, operand });
        }
        chained(first, links)
    }

    /// The terms of an equation from the first on; that one also alone, for alignment.
    pub(super) fn terms(&mut self, terms: &[DiffTerm]) -> (Doc, Vec<Link>) {
        let (first, rest) = terms.split_first().expect("an equation has a term");
        let sign = if first.negative { "-" } else { "" };
        let head = Doc::concat(vec![Doc::text(sign), self.term(first)]);
        let mut links = Vec::new();
        for term in rest {
            let trailing = self.take_trailing(term.span.start as usize);
            let leading = self.take(term.span.start as usize);
            let symbol = if term.negative { "-" } else { "+" };
            links.push(Link { symbol, trailing, leading, operand: self.term(term) });
        }
        (head, links)
    }

    fn term(&mut self, term: &DiffTerm) -> Doc {
        let coefficient = term.coefficient.as_ref().map(|coefficient| match coefficient {
            Coefficient::Expr(coefficient) => self.operand(coefficient),
            Coefficient::Hole(_) => Doc::text("_"),
        });
        let differential = term.differential.as_ref().map(|it| self.differential(it));
        self.stash(term.span.end as usize);
        let gap = (coefficient.is_some() && differential.is_some()).then(|| Doc::text(" "));
        Doc::concat(coefficient.into_iter().chain(gap).chain(differential).collect())
    }

    fn differential(&mut self, differential: &Differential) -> Doc {
        let name = Doc::text(format!("d{}", differential.name.text));
        if differential.indices.is_empty() {
            return name;
        }
        let close = differential.span.end as usize - 1;
        self.stash(self.opener(differential.span));
        Doc::concat(vec![name, self.indices(&differential.indices, close)])
    }
}
