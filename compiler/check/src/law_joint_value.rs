//! Laws of several numbers, and of an index, as values: `let p = MultiNormal(m, L)`.
//!
//! A value of type `Dist(n => Float)` is the record of the law's log density and of the draw that is made of
//! uniform numbers; one of type `Dist(ix(n))` is that of the functions which an index has.

use sdec_base::Span;
use sdec_grammar::ast::{Argument, Name};
use sdec_hir::{BaseLaw, Expr, ExprKind, LetStmt, LocalKind, Pattern, Ty};

use crate::checker::{Checker, node};
use crate::error::LawError;
use crate::infer::{Expected, Why};
use crate::law_joint::{behind, rank};
use crate::law_table::Law;

/// The functions of a law of several numbers, in the order of its record.
const OF_NUMBERS: &[&str] = &["log_prob", "draw"];

/// Those of a law of an index.
const OF_INDEX: &[&str] = &["log_prob", "cdf", "survival", "quantile"];

impl<'a> Checker<'a> {
    /// The record of the functions of a joint law, whose parameters are evaluated once.
    pub(crate) fn joint_law(
        &mut self,
        law: &'static Law,
        name: &'a Name,
        args: &'a [Argument],
        span: Span,
    ) -> Option<Expr> {
        let applied = self.joint_args("log_prob", law, name, args, span)?;
        if applied.args.iter().any(|(arg, own)| self.rank_of(arg) > *own) {
            self.report(LawError::TableOfJoint { law: law.name, span });
            return None;
        }
        let mut lets = Vec::new();
        let mut names = Vec::new();
        for (value, _) in applied.args {
            let local = self.new_local("p", value.span, value.ty.clone(), LocalKind::Bound);
            names.push(node(ExprKind::Local(local), value.ty.clone(), value.span));
            lets.push(LetStmt { pattern: Pattern::Bind(local), value });
        }
        let unit = applied.unit;
        let mut parts = Vec::new();
        for function in functions(&unit) {
            parts.push(self.joint_part(law, function, &names, &unit, span)?);
        }
        let ty = Ty::Dist(Box::new(unit));
        let record = node(ExprKind::Record(parts), ty.clone(), span);
        Some(node(ExprKind::Block(lets, Box::new(record)), ty, span))
    }

    /// A function of the law of these parameters: `\x. f(params…, x)`.
    fn joint_part(
        &mut self,
        law: &'static Law,
        function: &str,
        names: &[Expr],
        unit: &Ty,
        span: Span,
    ) -> Option<Expr> {
        let f = self.law_def(law, function, span)?;
        let Ty::Function(params, result) = self.unifier.shallow(&f.ty) else { return None };
        let (last, params) = params.split_last()?;
        for (param, name) in params.iter().zip(names) {
            // The density has been found to take them.
            let _ = self.unifier.unify(param, &name.ty, span);
        }
        let is_number = |ty: &Ty| matches!(ty, Ty::Float);
        if !is_number(last) {
            let _ = self.unifier.unify(last, unit, span);
        }
        let local = self.new_local("x", span, last.clone(), LocalKind::Bound);
        let mut x = node(ExprKind::Local(local), last.clone(), span);
        if function == "draw" && law.base == BaseLaw::Normal {
            let normal = self.library_def("normal_of", span)?;
            let of = self.unifier.ty(last);
            x = self.by_entry(&normal, Vec::new(), x, &of, span);
        }
        let args = names.iter().cloned().chain([x]).collect();
        let body = node(ExprKind::Call(Box::new(f), args), (*result).clone(), span);
        let ty = Ty::Function(vec![last.clone()], result);
        Some(node(ExprKind::Lambda(vec![Pattern::Bind(local)], Box::new(body)), ty, span))
    }

    /// A function of a joint law that is a value, for each index of the axes that `x` has in front.
    pub(crate) fn joint_value_function(
        &mut self,
        function: &str,
        (law, unit): (Expr, &Ty),
        x: Expr,
        span: Span,
    ) -> Option<Expr> {
        let unit = self.unifier.ty(unit);
        let Some(k) = functions(&unit).iter().position(|name| *name == function) else {
            let (law, function) = ("this law", function.to_owned());
            self.report(LawError::NoFunction { law, function, span });
            return None;
        };
        let of_number = function == "quantile";
        let param = if of_number { Ty::Float } else { unit.clone() };
        let result = match function {
            "draw" | "quantile" => unit.clone(),
            _ => Ty::Float,
        };
        let found = self.unifier.ty(&x.ty);
        let outer = rank(&found).saturating_sub(rank(&param));
        let inner = behind(&found, outer);
        let what = "a value of this law".to_owned();
        let expected = Expected::new(param.clone(), Why::Clause { what, declared: law.span });
        let unified = self.unifier.unify(&expected.ty, &inner, x.span);
        if !self.agrees(unified, &inner, None, x.span, &expected) {
            return None;
        }
        let local = self.new_local("law", law.span, law.ty.clone(), LocalKind::Bound);
        let bound = node(ExprKind::Local(local), law.ty.clone(), law.span);
        let ty = Ty::Function(vec![param.clone()], Box::new(result.clone()));
        let part = node(ExprKind::Field(Box::new(bound), k), ty, span);
        let own = rank(&param);
        let value = self.batched(&part, vec![(x, own)], outer, &result, span);
        let stmt = LetStmt { pattern: Pattern::Bind(local), value: law };
        let ty = value.ty.clone();
        Some(node(ExprKind::Block(vec![stmt], Box::new(value)), ty, span))
    }
}

/// What a law of this has.
fn functions(unit: &Ty) -> &'static [&'static str] {
    if matches!(unit, Ty::Ix(_)) { OF_INDEX } else { OF_NUMBERS }
}
