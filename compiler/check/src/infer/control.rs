//! `if`, `case`, tuples and records.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_base::Span;
use sdec_grammar::ast::{self, Name, PatternKind};
use sdec_hir::{Arm, Expr, ExprKind, IndexSet, LocalKind, Pattern, Ty};

use super::{Expected, Why};
use crate::checker::{Checker, node, wrong};
use crate::error::{CallError, NameError, PartError};
use crate::text::{code, quote};

impl<'a> Checker<'a> {
    pub(super) fn infer_if(
        &mut self,
        condition: &'a ast::Expr,
        then: &'a ast::Body,
        otherwise: &'a ast::Body,
        span: Span,
        hint: Option<&Ty>,
    ) -> Expr {
        let test = self.condition(condition);
        let then = self.infer_body(then, hint);
        let expected = Expected::new(then.ty.clone(), Why::Branch(then.span));
        let otherwise = self.check_body(otherwise, &expected);
        self.branches(condition, test, then, otherwise, span)
    }

    pub(super) fn check_if(
        &mut self,
        condition: &'a ast::Expr,
        then: &'a ast::Body,
        otherwise: &'a ast::Body,
        span: Span,
        expected: &Expected,
    ) -> Expr {
        let test = self.condition(condition);
        let then = self.check_body(then, expected);
        let otherwise = self.check_body(otherwise, expected);
        self.branches(condition, test, then, otherwise, span)
    }

    fn condition(&mut self, condition: &'a ast::Expr) -> Expr {
        self.check(condition, &Expected::new(Ty::Bool, Why::Condition))
    }

    fn branches(
        &mut self,
        condition: &ast::Expr,
        test: Expr,
        then: Expr,
        otherwise: Expr,
        span: Span,
    ) -> Expr {
        let ty = self.unifier.shallow(&then.ty);
        if matches!(ty, Ty::Function(..) | Ty::Dist(_)) {
            let one = matches!(&ty, Ty::Function(params, _) if params == &[Ty::Float]);
            let named = |expr: &Expr| matches!(expr.kind, ExprKind::Def(..) | ExprKind::Local(_));
            let choices =
                (one && named(&then) && named(&otherwise)).then_some((then.span, otherwise.span));
            let condition = quote(condition);
            self.report(CallError::ChosenFunction { condition, span, choices });
            return wrong(span);
        }
        let ty = if ty == Ty::Error { otherwise.ty.clone() } else { ty };
        let kind = ExprKind::If(Box::new(test), Box::new(then), Box::new(otherwise));
        node(kind, ty, span)
    }

    /// `case e of …`; the arms' type is expected, or the first arm's.
    pub(super) fn infer_case(
        &mut self,
        scrutinee: &'a ast::Expr,
        arms: &'a [ast::Arm],
        span: Span,
        expected: Option<&Expected>,
    ) -> Expr {
        let written = scrutinee;
        let scrutinee = self.infer(scrutinee, None);
        if self.no_alternatives(written, &scrutinee, arms, span) {
            return wrong(span);
        }
        let mut expected = expected.cloned();
        let mut checked: Vec<Arm> = Vec::new();
        let mut sound = true;
        for arm in arms {
            let depth = self.here.scope.depth();
            let errors = self.errors();
            let pattern = self.arm_pattern(&arm.pattern, &scrutinee.ty);
            sound &= self.errors() == errors;
            let body = match &expected {
                Some(expected) => self.check_body(&arm.body, expected),
                None => self.infer_body(&arm.body, None),
            };
            self.here.scope.truncate(depth);
            let why = Why::Branch(body.span);
            expected.get_or_insert_with(|| Expected::new(body.ty.clone(), why));
            checked.push(Arm { pattern, body });
        }
        let Some(Expected { ty, .. }) = expected else { return wrong(span) };
        if scrutinee.ty == Ty::Error {
            return Expr { ty, ..wrong(span) };
        }
        if sound {
            self.check_exhaustive(&scrutinee, written, &checked, span);
        }
        node(ExprKind::Case(Box::new(scrutinee), checked), ty, span)
    }

    /// Refuses arms with constructors for a value that no constructor makes.
    fn no_alternatives(
        &mut self,
        written: &ast::Expr,
        scrutinee: &Expr,
        arms: &[ast::Arm],
        whole: Span,
    ) -> bool {
        let ty = self.unifier.shallow(&scrutinee.ty);
        let names = arms.iter().filter_map(|arm| constructor_of(&arm.pattern));
        let made = !matches!(
            ty,
            Ty::Ix(_) | Ty::Float | Ty::Nat | Ty::Int | Ty::Bool | Ty::Table(..) | Ty::Record(_)
        );
        if made || names.count() == 0 {
            return false;
        }
        let subject = code(written);
        let instead = match ty {
            Ty::Ix(_) => choices(arms, |name| Some(format!("{subject} == {name}"))),
            Ty::Bool => choices(arms, |name| (name == "True").then(|| subject.clone())),
            _ => None,
        };
        let (found, written, span) = (self.show(&ty), quote(written), scrutinee.span);
        let index = matches!(ty, Ty::Ix(_));
        self.report(PartError::NoAlternatives { written, found, index, instead, span, whole });
        true
    }

    /// Every arm must be reached by some value, and every value by some arm.
    fn check_exhaustive(
        &mut self,
        scrutinee: &Expr,
        written: &ast::Expr,
        arms: &[Arm],
        span: Span,
    ) {
        let patterns: Vec<&Pattern> = arms.iter().map(|arm| &arm.pattern).collect();
        if let Some(k) = self.unreachable(&patterns) {
            self.report(PartError::UnreachableArm { span: arms[k].body.span });
        }
        let Some(missed) = self.uncovered(&patterns) else { return };
        let declared = missed.alternative.filter(|at| self.is_users(*at));
        let error = PartError::MissingArm {
            pattern: missed.pattern,
            declared,
            scrutinee: (quote(written), self.show(&scrutinee.ty)),
            last: arms.last().map(|arm| arm.body.span),
            number: arms.iter().all(|arm| self.unifier.shallow(&arm.body.ty) == Ty::Float),
            span,
            of: scrutinee.span,
        };
        self.report(error);
    }

    pub(super) fn infer_tuple(
        &mut self,
        parts: &'a [ast::Expr],
        span: Span,
        hint: Option<&Ty>,
    ) -> Expr {
        if let [part] = parts {
            return self.infer(part, hint);
        }
        let parts: Vec<Expr> = parts.iter().map(|part| self.infer(part, None)).collect();
        let ty = Ty::Tuple(parts.iter().map(|part| part.ty.clone()).collect());
        node(ExprKind::Tuple(parts), ty, span)
    }

    pub(super) fn check_tuple(
        &mut self,
        parts: &'a [ast::Expr],
        tys: &[Ty],
        span: Span,
        expected: &Expected,
    ) -> Expr {
        let parts: Vec<Expr> = parts
            .iter()
            .zip(tys)
            .map(|(part, ty)| self.check(part, &Expected::new(ty.clone(), expected.why.clone())))
            .collect();
        let ty = Ty::Tuple(parts.iter().map(|part| part.ty.clone()).collect());
        node(ExprKind::Tuple(parts), ty, span)
    }

    /// A tuple as an index of a product set.
    pub(super) fn check_index_tuple(
        &mut self,
        parts: &'a [ast::Expr],
        sets: &[IndexSet],
        span: Span,
        ty: &Ty,
        expected: &Expected,
    ) -> Expr {
        let parts = parts.iter().zip(sets).map(|(part, set)| {
            self.check(part, &Expected::new(Ty::Ix(set.clone()), expected.why.clone()))
        });
        node(ExprKind::Tuple(parts.collect()), ty.clone(), span)
    }

    pub(super) fn infer_record(
        &mut self,
        fields: &'a [(Name, ast::Expr)],
        span: Span,
        hint: Option<&Ty>,
    ) -> Expr {
        if let Some(Ty::Record(wanted)) = hint.map(|ty| self.unifier.shallow(ty))
            && wanted.len() == fields.len()
            && fields.iter().all(|(name, _)| wanted.iter().any(|(field, _)| *field == name.text))
        {
            let why = Why::Declared(span);
            let expected = Expected::new(Ty::Record(wanted.clone()), why);
            return self.check_record(fields, &wanted, span, &expected);
        }
        self.report_repeated_field(fields);
        let values: Vec<Expr> = fields.iter().map(|(_, value)| self.infer(value, None)).collect();
        let named = fields.iter().zip(&values);
        let ty =
            Ty::Record(named.map(|((name, _), v)| (name.text.clone(), v.ty.clone())).collect());
        node(ExprKind::Record(values), ty, span)
    }

    fn report_repeated_field(&mut self, fields: &[(Name, ast::Expr)]) {
        for (k, (name, _)) in fields.iter().enumerate() {
            if let Some((first, _)) = fields[..k].iter().find(|(other, _)| other.text == name.text)
            {
                let (first, second) = (first.span, name.span);
                self.report(NameError::Duplicate { name: name.text.clone(), first, second });
            }
        }
    }

    /// A record whose fields may stand in any order.
    pub(super) fn check_record(
        &mut self,
        fields: &'a [(Name, ast::Expr)],
        wanted: &[(String, Ty)],
        span: Span,
        expected: &Expected,
    ) -> Expr {
        self.report_repeated_field(fields);
        let mut values: Vec<Option<Expr>> = wanted.iter().map(|_| None).collect();
        for (name, value) in fields {
            match self.field(&expected.ty, name, None) {
                Some((k, ty)) => {
                    let expected = Expected::new(ty, expected.why.clone());
                    values[k] = Some(self.check(value, &expected));
                }
                None => drop(self.infer(value, None)),
            }
        }
        if let Some(k) = values.iter().position(Option::is_none) {
            if fields.len() < wanted.len() {
                let (field, ty) = (wanted[k].0.clone(), self.show(&expected.ty));
                self.report(PartError::MissingField { field, ty, span });
            }
            return wrong(span);
        }
        let values = values.into_iter().flatten().collect();
        node(ExprKind::Record(values), expected.ty.clone(), span)
    }

    /// `{r with a = e}`: the other fields are those of `r`, which is evaluated once.
    pub(super) fn infer_update(
        &mut self,
        record: &'a ast::Expr,
        fields: &'a [(Name, ast::Expr)],
        span: Span,
    ) -> Expr {
        let record = self.infer(record, None);
        let Ty::Record(tys) = self.unifier.shallow(&record.ty) else {
            if record.ty != Ty::Error {
                let found = self.show(&record.ty);
                self.report(PartError::NotARecord { found, span: record.span });
            }
            return wrong(span);
        };
        self.report_repeated_field(fields);
        let ty = record.ty.clone();
        let old = self.new_local("old", record.span, ty.clone(), LocalKind::Bound);
        let mut values: Vec<Expr> = Vec::new();
        for (k, (_, field)) in tys.iter().enumerate() {
            let of = node(ExprKind::Local(old), ty.clone(), record.span);
            values.push(node(ExprKind::Field(Box::new(of), k), field.clone(), span));
        }
        for (name, value) in fields {
            if let Some((k, field)) = self.field(&ty, name, None) {
                values[k] = self.check(value, &Expected::new(field, Why::Declared(record.span)));
            }
        }
        let stmt = sdec_hir::LetStmt { pattern: Pattern::Bind(old), value: record };
        let whole = node(ExprKind::Record(values), ty.clone(), span);
        node(ExprKind::Block(vec![stmt], Box::new(whole)), ty, span)
    }
}

/// The constructor that a pattern names.
fn constructor_of(pattern: &ast::Pattern) -> Option<&ast::Name> {
    match &pattern.kind {
        PatternKind::Constructor(name, _) => Some(name),
        PatternKind::Name(name) if name.text.starts_with(char::is_uppercase) => Some(name),
        _ => None,
    }
}

/// `if i == A then 1 else 2` of the arms `A -> 1` and `B -> 2`, given the condition for a name.
fn choices(arms: &[ast::Arm], condition: impl Fn(&str) -> Option<String>) -> Option<String> {
    let (last, others) = arms.split_last()?;
    let mut text = String::new();
    for arm in others {
        let PatternKind::Name(name) = &arm.pattern.kind else { return None };
        arm.body.lets.is_empty().then_some(())?;
        text += &format!("if {} then {} else ", condition(&name.text)?, code(&arm.body.result));
    }
    (last.body.lets.is_empty() && !others.is_empty()).then(|| text + &code(&last.body.result))
}
