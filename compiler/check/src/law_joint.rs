//! Laws of several numbers at once, and of an index: `MultiNormal(m, L)`, `Categorical(logits)`.
//!
//! What such a law is of is said by the last parameter of its functions in the library. Parameters and
//! values may have further axes in front, the same ones: independent laws, one for each index.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_base::Span;
use sdec_grammar::ast::{Argument, Name};
use sdec_hir::{Expr, ExprKind, LocalKind, Pattern, Ty};

use crate::checker::{Checker, node, table};
use crate::infer::{Expected, Why};
use crate::law_table::{Law, called};
use crate::laws::entry_of;

/// A function of a joint law with its arguments.
pub(crate) struct Applied {
    pub(crate) function: Expr,
    /// Each with the rank that the function takes.
    pub(crate) args: Vec<(Expr, usize)>,
    /// What the law is of.
    pub(crate) unit: Ty,
    pub(crate) result: Ty,
}

impl<'a> Checker<'a> {
    /// A function of a joint law at `x`.
    pub(crate) fn joint_function(
        &mut self,
        function: &str,
        (law, name, args): (&'static Law, &'a Name, &'a [Argument]),
        x: Expr,
        span: Span,
    ) -> Option<Expr> {
        let mut applied = self.joint_args(function, law, name, args, span)?;
        let found = self.unifier.ty(&x.ty);
        let outer = rank(&found).saturating_sub(rank(&applied.unit));
        let extra = applied.args.iter().map(|(arg, own)| self.axes_before(arg, *own)).max();
        let inner = behind(&found, outer);
        let what = format!("a value of {}", law.name);
        let expected =
            Expected::new(applied.unit.clone(), Why::Clause { what, declared: name.span });
        let unified = self.unifier.unify(&expected.ty, &inner, x.span);
        if !self.agrees(unified, &inner, None, x.span, &expected) {
            return None;
        }
        if extra.unwrap_or(0) > outer {
            let expected = Expected::new(inner, expected.why);
            let found = applied.args.iter().max_by_key(|(arg, own)| self.axes_before(arg, *own));
            let (found, at) = found.map(|(arg, _)| (arg.ty.clone(), arg.span))?;
            self.agrees(Err(crate::unify::Mismatch::Types), &found, None, at, &expected);
            return None;
        }
        let own = rank(&applied.unit);
        applied.args.push((x, own));
        Some(self.batched(&applied.function, applied.args, outer, &applied.result, span))
    }

    /// How many axes an argument has before its own. One of a wrong type may have fewer than its own.
    fn axes_before(&self, arg: &Expr, own: usize) -> usize {
        self.rank_of(arg).saturating_sub(own)
    }

    /// The type of what a joint law is of, with the axes of its parameters in front.
    pub(crate) fn joint_type(
        &mut self,
        law: &'static Law,
        name: &'a Name,
        args: &'a [Argument],
        span: Span,
    ) -> Option<Ty> {
        let applied = self.joint_args("log_prob", law, name, args, span)?;
        let mut ty = applied.unit;
        let deepest = applied.args.iter().max_by_key(|(arg, own)| self.axes_before(arg, *own));
        let (arg, own) = deepest?;
        let whole = self.unifier.ty(&arg.ty);
        let mut axes = Vec::new();
        let mut at = &whole;
        while let (Ty::Table(set, of), true) = (at, rank(at) > *own) {
            axes.push(set.clone());
            at = of;
        }
        for set in axes.into_iter().rev() {
            ty = table(set, ty);
        }
        Some(ty)
    }

    /// The arguments of a law, each with the axes that its function takes at least.
    pub(crate) fn joint_args(
        &mut self,
        function: &str,
        law: &'static Law,
        name: &'a Name,
        args: &'a [Argument],
        span: Span,
    ) -> Option<Applied> {
        let args = self.in_order(law, args)?;
        if !self.has_all_args(law, name, args.len(), span) {
            return None;
        }
        let function = self.law_def(law, function, span)?;
        let Ty::Function(mut params, result) = self.unifier.shallow(&function.ty) else {
            return None;
        };
        let unit = params.pop()?;
        let mut values = Vec::new();
        for ((arg, param), (word, positive)) in args.iter().zip(&params).zip(law.params) {
            let value = self.infer(arg, Some(param));
            if *positive {
                self.check_sign(law.name, called(word), &value);
            }
            let own = rank(param);
            let found = self.unifier.ty(&value.ty);
            let inner = behind(&found, rank(&found).saturating_sub(own));
            let what = format!("the parameter `{word}` of {}", law.name);
            let expected = Expected::new(param.clone(), Why::Clause { what, declared: name.span });
            let unified = self.unifier.unify(param, &inner, value.span);
            if !self.agrees(unified, &inner, Some(arg), value.span, &expected) {
                return None;
            }
            values.push((value, own));
        }
        let known = values.iter().all(|(value, _)| value.ty != Ty::Error);
        known.then_some(Applied { function, args: values, unit, result: *result })
    }

    pub(crate) fn rank_of(&self, expr: &Expr) -> usize {
        rank(&self.unifier.ty(&expr.ty))
    }

    /// The function for each index of the first `outer` axes of the last argument.
    pub(crate) fn batched(
        &mut self,
        function: &Expr,
        args: Vec<(Expr, usize)>,
        outer: usize,
        result: &Ty,
        span: Span,
    ) -> Expr {
        let last = args.last().map(|(x, _)| self.unifier.ty(&x.ty));
        let (Some(Ty::Table(set, _)), true) = (last, outer > 0) else {
            let args = args.into_iter().map(|(arg, _)| arg).collect();
            return node(ExprKind::Call(Box::new(function.clone()), args), result.clone(), span);
        };
        let index = self.new_local("i", span, Ty::Ix(set.clone()), LocalKind::Bound);
        let mut entries = Vec::new();
        for (mut arg, own) in args {
            arg.ty = self.unifier.ty(&arg.ty);
            if rank(&arg.ty) == own + outer {
                arg = entry_of(arg, index, &set, span);
            }
            entries.push((arg, own));
        }
        let body = self.batched(function, entries, outer - 1, result, span);
        let ty = table(set.clone(), body.ty.clone());
        node(ExprKind::For(Pattern::Bind(index), set, Box::new(body)), ty, span)
    }
}

pub(crate) fn rank(ty: &Ty) -> usize {
    match ty {
        Ty::Table(_, of) => 1 + rank(of),
        _ => 0,
    }
}

/// The type behind the first axes.
pub(crate) fn behind(ty: &Ty, axes: usize) -> Ty {
    match ty {
        Ty::Table(_, of) if axes > 0 => behind(of, axes - 1),
        _ => ty.clone(),
    }
}
