//! Operators.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_base::Span;
use sdec_grammar::ast::{self, BinaryOp, ExprKind as Ast};
use sdec_hir::{Arith, Compare, Expr, ExprKind, IndexSet, Intrinsic, Ty};

use super::{Expected, Why};
use crate::checker::{Checker, node, table, wrong};
use crate::error::{NameError, OperatorError, OtherWay, SizeError};
use crate::text::code;

impl<'a> Checker<'a> {
    pub(super) fn infer_neg(&mut self, of: &'a ast::Expr, span: Span, hint: Option<&Ty>) -> Expr {
        if let Ast::Nat(literal) = &of.kind {
            let int = hint.is_some_and(|ty| self.unifier.shallow(ty) == Ty::Int);
            let number = self.number(literal, int.then_some(&Ty::Int), true);
            return Expr { span, ..number };
        }
        let of = self.infer(of, hint);
        let ty = self.unifier.shallow(&of.ty);
        if ty != Ty::Int && !self.is_vector_space(&ty, span) {
            let error = self.bad_operand("-", &of);
            self.report(error);
            return wrong(span);
        }
        node(ExprKind::Neg(Box::new(of)), ty, span)
    }

    pub(super) fn infer_binary(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        lhs: &'a ast::Expr,
        rhs: &'a ast::Expr,
        span: Span,
        hint: Option<&Ty>,
    ) -> Expr {
        let logical = |this: &mut Self, make: fn(Box<Expr>, Box<Expr>) -> ExprKind| {
            let expected = Expected::new(Ty::Bool, Why::Condition);
            let (a, b) = (this.check(lhs, &expected), this.check(rhs, &expected));
            node(make(Box::new(a), Box::new(b)), Ty::Bool, span)
        };
        match op {
            BinaryOp::And => return logical(self, ExprKind::And),
            BinaryOp::Or => return logical(self, ExprKind::Or),
            _ => {}
        }
        if op == BinaryOp::Pow && self.is_transposed(rhs) {
            self.report(NameError::Superscript { table: lhs.span, whole: span });
            return wrong(span);
        }
        let (a, b) = self.operands(op, lhs, rhs, hint);
        if a.ty == Ty::Error || b.ty == Ty::Error {
            return wrong(span);
        }
        let hint = hint.map(|ty| self.unifier.shallow(ty));
        let written = Written { op, op_span, lhs, rhs, hint };
        match op {
            BinaryOp::Add => self.sum(Arith::Add, a, b, &written, span),
            BinaryOp::Sub => self.sum(Arith::Sub, a, b, &written, span),
            BinaryOp::Mul => self.scaled(Arith::Mul, a, b, &written, span),
            BinaryOp::Div => self.scaled(Arith::Div, a, b, &written, span),
            BinaryOp::Pow => self.power(a, b, &written, span),
            BinaryOp::ElementMul => self.entrywise(Arith::Mul, a, b, &written, span),
            BinaryOp::ElementDiv => self.entrywise(Arith::Div, a, b, &written, span),
            BinaryOp::Contract => self.contract(a, b, &written, span),
            BinaryOp::Eq => self.compare(Compare::Eq, a, b, &written, span),
            BinaryOp::Ne => self.compare(Compare::Ne, a, b, &written, span),
            BinaryOp::Lt => self.compare(Compare::Lt, a, b, &written, span),
            BinaryOp::Le => self.compare(Compare::Le, a, b, &written, span),
            BinaryOp::Gt => self.compare(Compare::Gt, a, b, &written, span),
            BinaryOp::Ge => self.compare(Compare::Ge, a, b, &written, span),
            BinaryOp::And | BinaryOp::Or => unreachable!("done above"),
        }
    }

    /// Whether an exponent is the `T` of other notations.
    fn is_transposed(&self, exponent: &ast::Expr) -> bool {
        matches!(&exponent.kind, Ast::Name(name) if name.text == "T"
            && self.here.scope.get("T").is_none()
            && self.find_item("T").is_none())
    }

    /// Both operands; whole numbers take the other side's kind of number.
    fn operands(
        &mut self,
        op: BinaryOp,
        lhs: &'a ast::Expr,
        rhs: &'a ast::Expr,
        hint: Option<&Ty>,
    ) -> (Expr, Expr) {
        let comparison = matches!(
            op,
            BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge
        );
        let hint = hint.map(|ty| self.unifier.shallow(ty)).filter(|ty| {
            !comparison && (matches!(ty, Ty::Nat | Ty::Int) || !is_number(lhs) && !is_number(rhs))
        });
        let hint = hint.filter(|_| !matches!(op, BinaryOp::Contract | BinaryOp::Pow));
        if is_number(lhs) && !is_number(rhs) {
            let b = self.infer(rhs, hint.as_ref());
            let a = self.number_beside(lhs, &b, comparison);
            return (a, b);
        }
        let a = self.infer(lhs, hint.as_ref());
        let b = match is_number(rhs) {
            true if !is_number(lhs) => self.number_beside(rhs, &a, comparison),
            _ => {
                let like = hint.or_else(|| self.shape_hint(op, &a));
                self.infer(rhs, like.as_ref())
            }
        };
        (a, b)
    }

    /// What the left operand says about a right one that says little about itself.
    fn shape_hint(&self, op: BinaryOp, a: &Expr) -> Option<Ty> {
        let same = matches!(
            op,
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::ElementMul | BinaryOp::ElementDiv
        );
        same.then(|| self.unifier.shallow(&a.ty))
    }

    /// A whole number beside another operand.
    fn number_beside(&mut self, number: &'a ast::Expr, other: &Expr, comparison: bool) -> Expr {
        let ty = self.unifier.shallow(&other.ty);
        match ty {
            Ty::Nat | Ty::Int => self.check(number, &Expected::new(ty, Why::Condition)),
            Ty::Ix(_) if comparison && matches!(number.kind, Ast::Nat(_)) => {
                let why = Why::Index { table: String::new(), span: other.span };
                self.check(number, &Expected::new(ty, why))
            }
            _ => self.infer(number, None),
        }
    }

    /// An operand that arithmetic cannot use.
    fn bad_operand(&self, symbol: &'static str, operand: &Expr) -> OperatorError {
        let found = self.show(&operand.ty);
        OperatorError::Operand { symbol, found, span: operand.span }
    }

    /// Checks that both operands can be computed with; the classes of their types.
    fn arithmetic(&mut self, a: &Expr, b: &Expr, written: &Written<'_>) -> Option<(Class, Class)> {
        for (side, operand) in [(written.lhs, a), (written.rhs, b)] {
            if let Ty::Ix(set) = self.unifier.shallow(&operand.ty) {
                let error = OperatorError::IndexArithmetic {
                    index: code(side),
                    set: self.show_set(&set),
                    other: code(if std::ptr::eq(side, written.lhs) {
                        written.rhs
                    } else {
                        written.lhs
                    }),
                    negative: written.op == BinaryOp::Sub,
                    indexes: matches!(written.hint, Some(Ty::Ix(_))),
                    span: operand.span,
                    whole: written.lhs.span.to(written.rhs.span),
                };
                self.report(error);
                return None;
            }
        }
        let classes = (self.class(a, written), self.class(b, written));
        for (class, operand) in [(classes.0, a), (classes.1, b)] {
            if class == Class::Other {
                let error = self.bad_operand(written.op.symbol(), operand);
                self.report(error);
                return None;
            }
        }
        if (classes.0 == Class::Count) != (classes.1 == Class::Count) {
            let (count, number) = if classes.0 == Class::Count { (a, b) } else { (b, a) };
            let error = OperatorError::CountWithNumber {
                symbol: written.op.symbol(),
                count: (count.span, self.show(&count.ty)),
                number: (number.span, self.show(&number.ty)),
            };
            self.report(error);
            return None;
        }
        Some(classes)
    }

    fn class(&mut self, operand: &Expr, written: &Written<'_>) -> Class {
        match self.unifier.shallow(&operand.ty) {
            Ty::Float => Class::Number,
            Ty::Nat | Ty::Int => Class::Count,
            ty @ (Ty::Meta(_) | Ty::Table(..) | Ty::Tuple(_) | Ty::Record(_) | Ty::Var(_))
                if self.is_vector_space(&ty, written.op_span) =>
            {
                if matches!(ty, Ty::Meta(_)) {
                    Class::Unknown
                } else {
                    Class::Vector
                }
            }
            _ => Class::Other,
        }
    }

    fn sum(&mut self, op: Arith, a: Expr, b: Expr, written: &Written<'_>, span: Span) -> Expr {
        let Some((x, y)) = self.arithmetic(&a, &b, written) else { return wrong(span) };
        let ty = match (x, y) {
            (Class::Number, Class::Vector) => b.ty.clone(),
            (Class::Vector, Class::Number) => a.ty.clone(),
            _ if self.same(&a, &b, written) => a.ty.clone(),
            _ => return wrong(span),
        };
        match (x, op) {
            (Class::Count, _) => self.counts(op, a, b, span),
            _ => node(ExprKind::Arith(op, Box::new(a), Box::new(b)), ty, span),
        }
    }

    /// `+`, `-` and `*` of two counts of one type. The difference of two Nats is an Int, unless both
    /// are numbers and it is none below zero; numbers are computed here, so that one outside 64 bits
    /// is found.
    fn counts(&mut self, op: Arith, a: Expr, b: Expr, span: Span) -> Expr {
        let ty = self.unifier.shallow(&a.ty);
        if let (ExprKind::Int(x), ExprKind::Int(y)) = (&a.kind, &b.kind) {
            let value = match op {
                Arith::Add => x.checked_add(*y),
                Arith::Sub => x.checked_sub(*y),
                _ => x.checked_mul(*y),
            };
            let Some(value) = value else {
                self.report(SizeError::TooLarge { span, what: self.show(&ty) });
                return wrong(span);
            };
            let ty = if value < 0 { Ty::Int } else { ty };
            return node(ExprKind::Int(value), ty, span);
        }
        if op == Arith::Sub && ty == Ty::Nat {
            let to_int = |of: Expr| {
                let span = of.span;
                Box::new(node(ExprKind::Intrinsic(Intrinsic::ToInt, vec![of]), Ty::Int, span))
            };
            return node(ExprKind::Arith(op, to_int(a), to_int(b)), Ty::Int, span);
        }
        node(ExprKind::Arith(op, Box::new(a), Box::new(b)), ty, span)
    }

    /// Makes both operands' types the same, or says that they are not.
    fn same(&mut self, a: &Expr, b: &Expr, written: &Written<'_>) -> bool {
        let unified = self.unifier.unify(&a.ty, &b.ty, written.op_span);
        if unified.is_ok() {
            return true;
        }
        let note = match &unified {
            Err(crate::unify::Mismatch::Sizes(x, y)) => self.free_size_note(x, y),
            _ => None,
        };
        let error = OperatorError::Operands {
            symbol: written.op.symbol(),
            op_span: written.op_span,
            lhs: (a.span, self.show(&a.ty)),
            rhs: (b.span, self.show(&b.ty)),
            note,
        };
        self.report(error);
        false
    }

    /// `*` and `/`, one side of which is a scalar.
    fn scaled(&mut self, op: Arith, a: Expr, b: Expr, written: &Written<'_>, span: Span) -> Expr {
        let Some((x, y)) = self.arithmetic(&a, &b, written) else { return wrong(span) };
        let ty = match (x, y) {
            (Class::Count, Class::Count) => {
                if op == Arith::Div {
                    let (lhs, rhs) = (written.lhs.span, written.rhs.span);
                    self.report(OperatorError::CountQuotient { lhs, rhs, span });
                    return wrong(span);
                }
                if !self.same(&a, &b, written) {
                    return wrong(span);
                }
                return self.counts(op, a, b, span);
            }
            (Class::Vector, Class::Vector) => {
                self.report_product(&a, &b, written);
                return wrong(span);
            }
            (Class::Vector, Class::Unknown) => self.as_number(&b, a.ty.clone(), written),
            (Class::Unknown, Class::Vector) => self.as_number(&a, b.ty.clone(), written),
            (Class::Unknown, Class::Unknown) => {
                let ty = self.as_number(&a, Ty::Float, written);
                self.as_number(&b, ty, written)
            }
            (Class::Number, _) => b.ty.clone(),
            _ => a.ty.clone(),
        };
        node(ExprKind::Arith(op, Box::new(a), Box::new(b)), ty, span)
    }

    /// An operand of unknown type beside a table can only be a number.
    fn as_number(&mut self, operand: &Expr, ty: Ty, written: &Written<'_>) -> Ty {
        let unified = self.unifier.unify(&operand.ty, &Ty::Float, written.op_span);
        debug_assert!(unified.is_ok(), "an unknown type can be a number");
        ty
    }

    fn report_product(&mut self, a: &Expr, b: &Expr, written: &Written<'_>) {
        let (lhs, rhs) = (self.unifier.ty(&a.ty), self.unifier.ty(&b.ty));
        let contracts = match (last_axis(&lhs), &rhs) {
            (Some(last), Ty::Table(first, _)) if *last == *first => Some(self.show_set(first)),
            _ => None,
        };
        let error = OperatorError::Product {
            symbol: written.op.symbol(),
            op_span: written.op_span,
            lhs: (a.span, self.show(&lhs), code(written.lhs)),
            rhs: (b.span, self.show(&rhs), code(written.rhs)),
            contracts,
            entrywise: lhs == rhs,
        };
        self.report(error);
    }

    fn power(&mut self, a: Expr, b: Expr, written: &Written<'_>, span: Span) -> Expr {
        let Some((x, y)) = self.arithmetic(&a, &b, written) else { return wrong(span) };
        match (x, y) {
            (Class::Count, _) => {
                let lhs = written.lhs.span;
                self.report(OperatorError::CountPower { lhs, span });
                return wrong(span);
            }
            (_, Class::Vector) => {
                let error = OperatorError::Exponent { found: self.show(&b.ty), span: b.span };
                self.report(error);
                return wrong(span);
            }
            (Class::Unknown, _) => drop(self.as_number(&a, Ty::Float, written)),
            (_, Class::Unknown) => drop(self.as_number(&b, Ty::Float, written)),
            (Class::Vector, _) => self.warn_of_square(&a, written, span),
            _ => {}
        }
        let ty = a.ty.clone();
        node(ExprKind::Arith(Arith::Pow, Box::new(a), Box::new(b)), ty, span)
    }

    /// `A ^ 2` of a square table is entrywise, which many would not expect.
    fn warn_of_square(&mut self, a: &Expr, written: &Written<'_>, span: Span) {
        if let Ty::Table(rows, row) = self.unifier.ty(&a.ty)
            && let Ty::Table(columns, _) = *row
            && rows == columns
        {
            let (lhs, rhs) = (code(written.lhs), code(written.rhs));
            self.report(OperatorError::SquareTable { lhs, rhs, span });
        }
    }

    /// `.*` and `./`.
    fn entrywise(
        &mut self,
        op: Arith,
        a: Expr,
        b: Expr,
        written: &Written<'_>,
        span: Span,
    ) -> Expr {
        let Some((x, y)) = self.arithmetic(&a, &b, written) else { return wrong(span) };
        let ty = match (x, y) {
            (Class::Number, _) => b.ty.clone(),
            (_, Class::Number) => a.ty.clone(),
            _ if self.same(&a, &b, written) => a.ty.clone(),
            _ => return wrong(span),
        };
        node(ExprKind::Arith(op, Box::new(a), Box::new(b)), ty, span)
    }

    fn contract(&mut self, a: Expr, b: Expr, written: &Written<'_>, span: Span) -> Expr {
        let (lhs, rhs) = (self.unifier.ty(&a.ty), self.unifier.ty(&b.ty));
        let (Some(last), Ty::Table(first, entry)) = (last_axis(&lhs).cloned(), &rhs) else {
            let error = OperatorError::ContractNumber {
                op_span: written.op_span,
                lhs: (a.span, self.show(&lhs), code(written.lhs)),
                rhs: (b.span, self.show(&rhs), code(written.rhs)),
            };
            self.report(error);
            return wrong(span);
        };
        if self.unifier.unify_sets(&last, first, written.op_span).is_err() {
            self.report_contraction(&a, &b, &last, first, written, span);
            return wrong(span);
        }
        if !self.is_vector_space(&rhs, written.op_span) {
            let error = self.bad_operand("@", &b);
            self.report(error);
            return wrong(span);
        }
        let ty = without_last_axis(&lhs, (**entry).clone());
        node(ExprKind::Contract(Box::new(a), Box::new(b)), ty, span)
    }

    fn report_contraction(
        &mut self,
        a: &Expr,
        b: &Expr,
        last: &IndexSet,
        first: &IndexSet,
        written: &Written<'_>,
        span: Span,
    ) {
        let (lhs, rhs) = (self.unifier.ty(&a.ty), self.unifier.ty(&b.ty));
        let other_way = match (last_axis(&rhs), &lhs) {
            (Some(last), Ty::Table(first, entry)) if last == first => {
                let gives = without_last_axis(&rhs, (**entry).clone());
                let fits = written.hint.as_ref().is_none_or(|wanted| {
                    let wanted = self.unifier.ty(wanted);
                    matches!(wanted, Ty::Meta(_)) || wanted == gives
                });
                let (over, gives) = (self.show_set(first), self.show(&gives));
                Some(OtherWay { over, gives, fits })
            }
            _ => None,
        };
        let error = OperatorError::Contract {
            op_span: written.op_span,
            span,
            lhs: (a.span, self.show(&lhs), code(written.lhs)),
            rhs: (b.span, self.show(&rhs), code(written.rhs)),
            offers: (self.show_set(last), self.show_set(first)),
            other_way,
            note: self.free_size_note(last, first),
        };
        self.report(error);
    }

    fn compare(
        &mut self,
        op: Compare,
        a: Expr,
        b: Expr,
        written: &Written<'_>,
        span: Span,
    ) -> Expr {
        let (x, y) = (self.unifier.shallow(&a.ty), self.unifier.shallow(&b.ty));
        if let (Ty::Ix(_), Ty::Ix(_)) = (&x, &y) {
            if !self.same(&a, &b, written) {
                return wrong(span);
            }
            let (a, b) = (ordinal(a), ordinal(b));
            return node(ExprKind::Compare(op, Box::new(a), Box::new(b)), Ty::Bool, span);
        }
        if (&x, &y) == (&Ty::Bool, &Ty::Bool) && matches!(op, Compare::Eq | Compare::Ne) {
            return same_truth(op, a, b, span);
        }
        let Some(classes) = self.arithmetic(&a, &b, written) else { return wrong(span) };
        let ty = match classes {
            (Class::Vector, Class::Number) => truths(&self.unifier.ty(&x)),
            (Class::Number, Class::Vector) => truths(&self.unifier.ty(&y)),
            (Class::Vector, Class::Vector) => {
                let error = OperatorError::CompareTables {
                    symbol: written.op.symbol(),
                    lhs: (a.span, self.show(&x)),
                    rhs: (b.span, self.show(&y)),
                };
                self.report(error);
                return wrong(span);
            }
            _ if self.same(&a, &b, written) => Some(Ty::Bool),
            _ => return wrong(span),
        };
        let Some(ty) = ty else {
            let error = self.bad_operand(written.op.symbol(), &a);
            self.report(error);
            return wrong(span);
        };
        node(ExprKind::Compare(op, Box::new(a), Box::new(b)), ty, span)
    }
}

/// A binary expression as written.
struct Written<'a> {
    op: BinaryOp,
    op_span: Span,
    lhs: &'a ast::Expr,
    rhs: &'a ast::Expr,
    /// What is expected of it, if that is known.
    hint: Option<Ty>,
}

/// What arithmetic sees of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// `Float`
    Number,
    /// `Nat`, `Int`
    Count,
    /// A table or record of numbers.
    Vector,
    /// A vector space that is not known yet.
    Unknown,
    /// Nothing to compute with.
    Other,
}

/// Whether an expression is a whole number as written.
fn is_number(expr: &ast::Expr) -> bool {
    match &expr.kind {
        Ast::Nat(_) => true,
        Ast::Neg(of) => matches!(of.kind, Ast::Nat(_)),
        _ => false,
    }
}

/// The last axis of a table of numbers.
fn last_axis(ty: &Ty) -> Option<&IndexSet> {
    match ty {
        Ty::Table(set, of) => match &**of {
            Ty::Float => Some(set),
            other => last_axis(other),
        },
        _ => None,
    }
}

/// The axes of a table of numbers but the last, over `entry`.
fn without_last_axis(ty: &Ty, entry: Ty) -> Ty {
    match ty {
        Ty::Table(_, of) if **of == Ty::Float => entry,
        Ty::Table(set, of) => table(set.clone(), without_last_axis(of, entry)),
        _ => entry,
    }
}

/// The type of an entrywise comparison.
fn truths(ty: &Ty) -> Option<Ty> {
    match ty {
        Ty::Float => Some(Ty::Bool),
        Ty::Table(set, of) => Some(table(set.clone(), truths(of)?)),
        _ => None,
    }
}

fn ordinal(index: Expr) -> Expr {
    let span = index.span;
    node(ExprKind::Intrinsic(Intrinsic::Ordinal, vec![index]), Ty::Nat, span)
}

/// `a == b` of truth values: `if a then b else not b`.
fn same_truth(op: Compare, a: Expr, b: Expr, span: Span) -> Expr {
    let not_b = node(ExprKind::Not(Box::new(b.clone())), Ty::Bool, b.span);
    let (then, otherwise) = if op == Compare::Eq { (b, not_b) } else { (not_b, b) };
    let kind = ExprKind::If(Box::new(a), Box::new(then), Box::new(otherwise));
    node(kind, Ty::Bool, span)
}
