//! Types of expressions, in two directions: [`Checker::infer`] finds a type, [`Checker::check`]
//! pushes an expected one inwards, together with the reason why it is expected.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

mod arith;
mod call;
mod control;
mod cover;
mod input;
mod literal;
mod name;
mod pattern;
mod series;
mod special;
mod table;

pub(crate) use cover::Missed;
pub(crate) use name::{CONSTANTS, SPECIAL};
pub(crate) use series::Counted;
pub(crate) use special::constant_number;

use sdec_base::{Help, Span};
use sdec_grammar::ast::{self, ExprKind as Ast};
use sdec_hir::{Expr, ExprKind, Ty};

use crate::checker::{Checker, node, wrong};
use crate::error::{CallError, MismatchError, SizeError};
use crate::text::quote;
use crate::unify::{Mismatch, Unified};

/// A type and the reason why it is expected.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    /// The type.
    pub(crate) ty: Ty,
    /// The reason.
    pub(crate) why: Why,
}

impl Expected {
    /// An expected type with its reason.
    pub(crate) fn new(ty: Ty, why: Why) -> Self {
        Self { ty, why }
    }
}

/// Why a type is expected.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Why {
    /// Something was declared to have it.
    Declared(Span),
    /// It is an argument of this function, whose parameter is declared there.
    Argument { function: String, declared: Option<Span> },
    /// A clause of a model needs it: "the drift of `z`".
    Clause { what: String, declared: Span },
    /// A setting needs it.
    Setting { key: String },
    /// It is the other branch's.
    Branch(Span),
    /// It is that of the first entry.
    Entry(Span),
    /// Conditions are truth values.
    Condition,
    /// It indexes this table, as written.
    Index { table: String, span: Span },
    /// It is the result of this function.
    Result { function: String, declared: Span },
}

impl<'a> Checker<'a> {
    /// An expression and its type; `hint` helps where an expression says little about itself, and
    /// is not checked.
    pub(crate) fn infer(&mut self, expr: &'a ast::Expr, hint: Option<&Ty>) -> Expr {
        let inferred = self.infer_kind(expr, hint);
        if inferred.ty == Ty::Error {
            self.taint();
        }
        inferred
    }

    fn infer_kind(&mut self, expr: &'a ast::Expr, hint: Option<&Ty>) -> Expr {
        let span = expr.span;
        match &expr.kind {
            Ast::Name(name) => self.infer_name(name, hint),
            Ast::Nat(literal) => self.number(literal, hint, false),
            Ast::Float(literal) => self.float(literal, false),
            Ast::Text(text) => node(ExprKind::Text(text.text.clone()), Ty::Text, span),
            Ast::Bool(value) => node(ExprKind::Bool(*value), Ty::Bool, span),
            Ast::Binary { op, op_span, lhs, rhs } => {
                self.infer_binary(*op, *op_span, lhs, rhs, span, hint)
            }
            Ast::Neg(of) => self.infer_neg(of, span, hint),
            Ast::Not(of) => {
                let of = self.check(of, &Expected::new(Ty::Bool, Why::Condition));
                node(ExprKind::Not(Box::new(of)), Ty::Bool, span)
            }
            Ast::Pipe(value, function) => self.infer_pipe(value, function, span, hint),
            Ast::Call(callee, args) => self.infer_call(callee, args, span, hint),
            Ast::Reducer(reducer) => {
                let word = reducer.word().to_owned();
                self.report(CallError::ReducerAsValue { word, span });
                wrong(span)
            }
            Ast::Index(table, indices) => self.infer_index(table, indices, span),
            Ast::Field(record, field) => self.infer_field(record, field, span),
            Ast::Annotated(of, ty) => {
                let declared = ty.span;
                let ty = self.ty(ty);
                self.check(of, &Expected::new(ty, Why::Declared(declared)))
            }
            Ast::Tuple(parts) => self.infer_tuple(parts, span, hint),
            Ast::List(entries) => self.infer_list(entries, span, hint),
            Ast::Record(fields) => self.infer_record(fields, span, hint),
            Ast::Update(record, fields) => self.infer_update(record, fields, span),
            Ast::Lambda(binders, body) => self.infer_lambda(binders, body, span),
            Ast::For(binders, body) => self.infer_for(binders, body, span, hint),
            Ast::Reduce { reducer, reducer_span, binders, body } => {
                self.infer_reduce(*reducer, *reducer_span, binders, body, span)
            }
            Ast::If(condition, then, otherwise) => {
                self.infer_if(condition, then, otherwise, span, hint)
            }
            Ast::Case(scrutinee, arms) => self.infer_case(scrutinee, arms, span, None),
            Ast::Error => wrong(span),
        }
    }

    /// An expression of an expected type.
    pub(crate) fn check(&mut self, expr: &'a ast::Expr, expected: &Expected) -> Expr {
        let span = expr.span;
        let ty = self.unifier.shallow(&expected.ty);
        match (&expr.kind, &ty) {
            (Ast::Nat(literal), Ty::Nat | Ty::Int) => self.number(literal, Some(&ty), false),
            (Ast::Nat(literal), Ty::Ix(set)) => {
                let table = match &expected.why {
                    Why::Index { table, .. } => table.clone(),
                    _ => String::new(),
                };
                self.literal_index(literal, set.clone(), table, span)
            }
            (Ast::Neg(of), Ty::Ix(set)) if matches!(of.kind, Ast::Nat(_)) => {
                let count = self.unifier.count(set);
                let number = self.unifier.number(&count);
                let back = match &of.kind {
                    Ast::Nat(literal) => literal.text.parse().ok(),
                    _ => None,
                };
                self.report(SizeError::NegativeIndex { span, number, back });
                wrong(span)
            }
            (Ast::Neg(of), Ty::Int) if matches!(of.kind, Ast::Nat(_)) => {
                self.infer_neg(of, span, Some(&ty))
            }
            (Ast::Neg(of), Ty::Nat) if matches!(of.kind, Ast::Nat(_)) => {
                self.report(SizeError::NegativeCount { written: quote(expr), span });
                wrong(span)
            }
            (Ast::Lambda(binders, body), Ty::Function(params, result)) => {
                self.check_lambda(binders, body, span, params, result, expected)
            }
            (Ast::For(binders, body), Ty::Table(..)) => {
                self.check_for(binders, body, span, expected)
            }
            (Ast::List(entries), Ty::Table(..)) => self.check_list(entries, span, expected),
            (Ast::Tuple(parts), Ty::Tuple(tys)) if parts.len() == tys.len() && parts.len() > 1 => {
                self.check_tuple(parts, tys, span, expected)
            }
            (Ast::Tuple(parts), Ty::Ix(sdec_hir::IndexSet::Product(sets)))
                if parts.len() == sets.len() =>
            {
                self.check_index_tuple(parts, &sets.clone(), span, &ty, expected)
            }
            (Ast::Record(fields), Ty::Record(tys)) => {
                self.check_record(fields, &tys.clone(), span, expected)
            }
            (Ast::If(condition, then, otherwise), _) => {
                self.check_if(condition, then, otherwise, span, expected)
            }
            (Ast::Case(scrutinee, arms), _) => {
                self.infer_case(scrutinee, arms, span, Some(expected))
            }
            _ => {
                let found = self.infer(expr, Some(&expected.ty));
                self.expect(found, expr, expected)
            }
        }
    }

    /// Checks that an expression has the expected type.
    pub(crate) fn expect(
        &mut self,
        found: Expr,
        written: &'a ast::Expr,
        expected: &Expected,
    ) -> Expr {
        let unified = self.unifier.unify(&expected.ty, &found.ty, found.span);
        if self.agrees(unified, &found.ty, Some(written), found.span, expected) {
            return found;
        }
        wrong(found.span)
    }

    /// Reports a failed unification of an expected type; whether it did not fail.
    pub(crate) fn agrees(
        &mut self,
        unified: Unified,
        found: &Ty,
        written: Option<&ast::Expr>,
        span: Span,
        expected: &Expected,
    ) -> bool {
        let Err(mismatch) = unified else { return true };
        if is_wrong(&expected.ty) || is_wrong(found) {
            self.taint();
            return false;
        }
        if let Mismatch::TooLarge = mismatch {
            self.report(SizeError::TooLarge { span, what: "size".to_owned() });
            return false;
        }
        let input = self.input_hint(expected, found);
        let square = must_be_square(&self.unifier.ty(&expected.ty), &self.unifier.ty(found));
        let (note, inputs) = match &mismatch {
            _ if square => {
                (Some("a square table is needed: as many rows as columns".to_owned()), None)
            }
            Mismatch::Sizes(a, b) => {
                let known = input.as_ref().and_then(|_| self.by_default([a, b]));
                match known {
                    Some((note, counts)) => (Some(note), counts),
                    None => (self.free_size_note(a, b), None),
                }
            }
            Mismatch::Types | Mismatch::TooLarge => (None, None),
        };
        let error = MismatchError::Expected {
            expected: self.show(&expected.ty),
            found: self.show(found),
            why: expected.why.clone(),
            span,
            open: written.map(crate::text::is_sum),
            hint: input.or_else(|| self.mismatch_hint(&expected.ty, found, written)),
            note,
            inputs,
        };
        self.report(error);
        false
    }

    /// What probably mends an expression of type `found` where `expected` is needed.
    fn mismatch_hint(
        &self,
        expected: &Ty,
        found: &Ty,
        written: Option<&ast::Expr>,
    ) -> Option<Help> {
        let (expected, found) = (self.unifier.shallow(expected), self.unifier.shallow(found));
        let written = written?;
        let wrapped = |words: &str, before: &str, after: &str| {
            Some(Help::new(words).wrap(written.span, before, after))
        };
        match (expected, found) {
            (Ty::Float, Ty::Nat | Ty::Int) => wrapped("convert it:", "float(", ")"),
            (Ty::Float, Ty::Ix(_)) => wrapped("its number:", "float(ordinal(", "))"),
            (Ty::Nat, Ty::Ix(_)) => wrapped("its number:", "ordinal(", ")"),
            (Ty::Function(..), Ty::Series(_)) => {
                wrapped("lines through its observations:", "linear(", ")")
            }
            (Ty::Int, Ty::Nat) => wrapped("convert it:", "int(", ")"),
            (Ty::Float, Ty::Table(..)) => square_within(written).map(|(square, table)| {
                let sum = format!("sumsq({})", crate::text::code(table));
                Help::new("the sum of the squares:").edit(square, sum)
            }),
            _ => None,
        }
    }

    /// Why two sizes cannot be made the same: one is free.
    fn free_size_note(&self, a: &sdec_hir::IndexSet, b: &sdec_hir::IndexSet) -> Option<String> {
        let (a, b) = (self.unifier.set(a), self.unifier.set(b));
        if self.has_unknown(&a) || self.has_unknown(&b) {
            return None;
        }
        let name = |set: &sdec_hir::IndexSet| match set {
            sdec_hir::IndexSet::Size(size) => {
                self.unifier.number(size).is_none().then(|| self.hir.show_size(size))
            }
            sdec_hir::IndexSet::Named(_) | sdec_hir::IndexSet::Product(_) => None,
        };
        match (name(&a), name(&b)) {
            (Some(a), None) => {
                let b = self.show_set(&b);
                Some(self.free_size(&a, &b))
            }
            (None, Some(b)) => {
                let a = self.show_set(&a);
                Some(self.free_size(&b, &a))
            }
            (Some(a), Some(b)) => Some(format!("{a} and {b} may be different numbers")),
            (None, None) => None,
        }
    }

    /// That a size may be any number, and whose it is.
    fn free_size(&self, free: &str, required: &str) -> String {
        let model = self.here.model.as_ref().filter(|_| !free.contains(' '));
        let of = model.map(|model| format!(" a size of `{}`,", model.name)).unwrap_or_default();
        format!("{free} is{of} free to be any number; it cannot be required to be {required}")
    }

    /// The body of a lambda, branch or `def`, in a scope of its own.
    pub(crate) fn infer_body(&mut self, body: &'a ast::Body, hint: Option<&Ty>) -> Expr {
        self.in_block(body, |this, result| this.infer(result, hint))
    }

    /// A body of an expected type.
    pub(crate) fn check_body(&mut self, body: &'a ast::Body, expected: &Expected) -> Expr {
        self.in_block(body, |this, result| this.check(result, expected))
    }

    fn in_block(
        &mut self,
        body: &'a ast::Body,
        result: impl FnOnce(&mut Self, &'a ast::Expr) -> Expr,
    ) -> Expr {
        if body.lets.is_empty() {
            return result(self, &body.result);
        }
        let depth = self.here.scope.depth();
        let lets: Vec<_> = body.lets.iter().map(|stmt| self.let_stmt(stmt)).collect();
        let value = result(self, &body.result);
        self.here.scope.truncate(depth);
        let (ty, span) = (value.ty.clone(), value.span);
        node(ExprKind::Block(lets, Box::new(value)), ty, span)
    }
}

/// Whether a type has a part that was refused.
fn is_wrong(ty: &Ty) -> bool {
    match ty {
        Ty::Error => true,
        Ty::Table(_, of) => is_wrong(of),
        Ty::Tuple(parts) => parts.iter().any(is_wrong),
        Ty::Record(fields) => fields.iter().any(|(_, ty)| is_wrong(ty)),
        Ty::Function(params, result) => params.iter().any(is_wrong) || is_wrong(result),
        _ => false,
    }
}

/// The place of `x ^ 2` in it, or in it as a factor, and `x`.
fn square_within(expr: &ast::Expr) -> Option<(Span, &ast::Expr)> {
    match &expr.kind {
        Ast::Binary { op: ast::BinaryOp::Pow, lhs, rhs, .. } => {
            let is_square = matches!(&rhs.kind, Ast::Nat(two) if two.text == "2");
            is_square.then_some((expr.span, lhs))
        }
        Ast::Binary { op: ast::BinaryOp::Mul, lhs, rhs, .. } => {
            let (left, right) = (square_within(lhs), square_within(rhs));
            if left.is_some() && right.is_some() { None } else { left.or(right) }
        }
        Ast::Neg(of) => square_within(of),
        _ => None,
    }
}

/// Whether two axes of a table must be the same, where those of what is given differ.
fn must_be_square(expected: &Ty, found: &Ty) -> bool {
    match (expected, found) {
        (Ty::Table(a, expected), Ty::Table(c, found)) => match (&**expected, &**found) {
            (Ty::Table(b, _), Ty::Table(d, _)) => a == b && c != d,
            _ => false,
        },
        _ => false,
    }
}
