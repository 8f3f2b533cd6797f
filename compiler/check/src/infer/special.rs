//! Forms that the checker knows, because their types depend on their arguments' types.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_base::Span;
use sdec_grammar::ast::{self, BinaryOp, ExprKind as Ast, Name};
use sdec_hir::{
    Arith, Derivative, Expr, ExprKind, IndexSet, Intrinsic, LocalKind, Pattern, Reducer, Size, Ty,
};

use super::{Expected, Why};
use crate::checker::{Checker, node, table, wrong};
use crate::error::{CallError, MismatchError, PartError, SizeError};
use crate::items::Declared;
use crate::scope::Meaning;
use crate::text::quote;
use crate::unify::{Origin, Unknown};

/// An end of a table or of a series.
#[derive(Clone, Copy, PartialEq)]
enum End {
    First,
    Last,
}

impl End {
    fn word(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Last => "last",
        }
    }
}

impl<'a> Checker<'a> {
    /// A built-in form applied.
    pub(super) fn special(
        &mut self,
        name: &'a Name,
        args: &[&'a ast::Expr],
        span: Span,
        hint: Option<&Ty>,
    ) -> Expr {
        match (name.text.as_str(), args) {
            ("eye", [n]) => self.eye(n, span),
            ("cat", [_, ..]) => self.cat(args, span),
            ("flat", [x]) => self.flat(x, span),
            ("unflat", [x]) => self.unflat(x, span, hint),
            ("dim", [x]) => {
                let value = self.infer(x, None);
                let size = self.dimension(&value.ty, span);
                node(ExprKind::Size(size), Ty::Nat, span)
            }
            ("fold", [set, init, step]) => self.fold(set, init, step, span, hint, false),
            ("scan", [set, init, step]) => self.fold(set, init, step, span, hint, true),
            ("sumsq", [x]) => self.sumsq(x, span),
            ("first", [x]) => self.end(End::First, x, span),
            ("last", [x]) => self.end(End::Last, x, span),
            ("linspace", [from, to, n]) => self.linspace(from, to, n, span),
            ("pad", [x, k, value]) => self.pad(x, k, value, span),
            (word, [f]) if let Some(derivative) = derivative_named(word) => {
                self.derivative(derivative, name, f, span)
            }
            ("float", [x]) => self.convert(x, Intrinsic::ToFloat, Ty::Float, span),
            ("int", [x]) => self.convert(x, Intrinsic::ToInt, Ty::Int, span),
            ("cdf" | "quantile" | "log_prob" | "survival", [law, x]) => {
                self.law_function(name, law, x, span)
            }
            ("obs", [series]) => {
                let observed = self.set_of_observations(series).is_some();
                if observed {
                    self.report(crate::error::SeriesError::SetAsValue { span });
                }
                wrong(span)
            }
            ("intrinsic", _) => {
                self.report(crate::error::NameError::Intrinsic { span });
                wrong(span)
            }
            (word, _) => {
                let wanted = match word {
                    "eye" | "flat" | "unflat" | "dim" | "grad" | "jvp" | "vjp" | "jacobian"
                    | "div" | "float" | "int" | "cat" | "sumsq" | "obs" | "first" | "last" => 1,
                    "cdf" | "quantile" | "log_prob" | "survival" => 2,
                    "zeros" | "ones" => 0,
                    _ => 3,
                };
                let error = CallError::ArgumentCount {
                    function: word.to_owned(),
                    wanted,
                    found: args.len(),
                    span,
                    declared: None,
                };
                self.report(error);
                wrong(span)
            }
        }
    }

    fn eye(&mut self, n: &'a ast::Expr, span: Span) -> Expr {
        let Some(set) = self.set_of(n) else { return wrong(span) };
        node(ExprKind::Eye, table(set.clone(), table(set, Ty::Float)), span)
    }

    fn cat(&mut self, args: &[&'a ast::Expr], span: Span) -> Expr {
        let values: Vec<Expr> = args.iter().map(|arg| self.infer(arg, None)).collect();
        let mut total = Size::default();
        let mut entry: Option<(Ty, usize)> = None;
        for (k, value) in values.iter().enumerate() {
            let (set, of) = match self.unifier.shallow(&value.ty) {
                Ty::Table(set, of) => (set, of),
                Ty::Error => return wrong(span),
                _ => {
                    self.report_cat(args, &values, k);
                    return wrong(span);
                }
            };
            let count = self.unifier.count(&set);
            let sum = total.checked_add_scaled(&count, 1);
            total = sum.unwrap_or_else(|| Size::number(i64::MAX));
            match &entry {
                None => entry = Some((*of, k)),
                Some((first, _)) => {
                    let first = first.clone();
                    let why = Why::Entry(values[0].span);
                    let unified = self.unifier.unify(&first, &of, value.span);
                    let expected = Expected::new(first, why);
                    if !self.agrees(unified, &of, None, value.span, &expected) {
                        return wrong(span);
                    }
                }
            }
        }
        let of = entry.map_or(Ty::Error, |(of, _)| of);
        node(ExprKind::Cat(values), table(IndexSet::Size(total), of), span)
    }

    fn report_cat(&mut self, args: &[&'a ast::Expr], values: &[Expr], k: usize) {
        let other = if k == 0 { values.get(1) } else { values.first() };
        let error = CallError::Cat {
            what: quote(args[k]),
            found: self.show(&values[k].ty),
            span: values[k].span,
            other: other.map(|other| (other.span, self.show(&other.ty))),
        };
        self.report(error);
    }

    fn flat(&mut self, x: &'a ast::Expr, span: Span) -> Expr {
        let value = self.infer(x, None);
        if value.ty == Ty::Error {
            return wrong(span);
        }
        let size = self.dimension(&value.ty, span);
        let ty = table(IndexSet::Size(size), Ty::Float);
        node(ExprKind::Flat(Box::new(value)), ty, span)
    }

    /// `first(x)`, `last(x)`: an entry of a table, or an observation of a series.
    fn end(&mut self, end: End, x: &'a ast::Expr, span: Span) -> Expr {
        let value = self.infer(x, None);
        let set = match self.unifier.shallow(&value.ty) {
            Ty::Error => return wrong(span),
            Ty::Series(_) | Ty::Events(_) => return self.observation_at(end, value, span),
            Ty::Table(set, _) => Some(set),
            _ => None,
        };
        if let (Some(IndexSet::Named(index)), Ty::Table(set, of)) = (&set, &value.ty) {
            let elements = self.hir.indices[*index].elements.len() as u64;
            let number = if end == End::First { 0 } else { elements - 1 };
            let element = node(ExprKind::IndexElement(number), Ty::Ix(set.clone()), span);
            let of = (**of).clone();
            return node(ExprKind::Index(Box::new(value), Box::new(element)), of, span);
        }
        let origin = |what| Origin { span: x.span, what };
        let before = self.unifier.fresh_set(origin(Unknown::Generic {
            function: end.word().to_owned(),
            name: "n".to_owned(),
        }));
        let of = self.unifier.fresh_ty(origin(Unknown::Entry));
        let before = self.unifier.count(&before);
        let set =
            IndexSet::Size(before.checked_add_scaled(&Size::number(1), 1).unwrap_or_default());
        let why = Why::Argument { function: end.word().to_owned(), declared: None };
        let expected = Expected::new(table(set.clone(), of.clone()), why);
        let value = self.expect(value, x, &expected);
        if value.ty == Ty::Error {
            return wrong(span);
        }
        let one = Ty::Ix(IndexSet::Size(Size::number(1)));
        let only = node(ExprKind::IndexElement(0), one, span);
        let intrinsic = if end == End::First { Intrinsic::Left } else { Intrinsic::Right };
        let index = node(ExprKind::Intrinsic(intrinsic, vec![only]), Ty::Ix(set), span);
        node(ExprKind::Index(Box::new(value), Box::new(index)), of, span)
    }

    /// An end of a series: the observation at hand before, or after, all times.
    fn observation_at(&self, end: End, series: Expr, span: Span) -> Expr {
        let observed = Ty::Record(self.observed(&series.ty));
        let fields = ["before", "at", "after"].map(|name| (name.to_owned(), observed.clone()));
        let time = if end == End::First { f64::NEG_INFINITY } else { f64::INFINITY };
        let time = node(ExprKind::Float(time), Ty::Float, span);
        let around = ExprKind::Intrinsic(Intrinsic::Around, vec![series, time]);
        let around = node(around, Ty::Record(fields.into()), span);
        node(ExprKind::Field(Box::new(around), 1), observed, span)
    }

    /// `sumsq(x)`: `sum i. v[i] * v[i]` of `v = flat(x)`.
    fn sumsq(&mut self, x: &'a ast::Expr, span: Span) -> Expr {
        let flat = self.flat(x, span);
        let Ty::Table(set, _) = flat.ty.clone() else { return wrong(span) };
        let v = self.new_local("v", span, flat.ty.clone(), LocalKind::Bound);
        let i = self.new_local("i", span, Ty::Ix(set.clone()), LocalKind::Bound);
        let entry = || {
            let v = node(ExprKind::Local(v), flat.ty.clone(), span);
            let i = node(ExprKind::Local(i), Ty::Ix(set.clone()), span);
            Box::new(node(ExprKind::Index(Box::new(v), Box::new(i)), Ty::Float, span))
        };
        let square = node(ExprKind::Arith(Arith::Mul, entry(), entry()), Ty::Float, span);
        let kind = ExprKind::Reduce(Reducer::Sum, Pattern::Bind(i), set.clone(), Box::new(square));
        let total = node(kind, Ty::Float, span);
        let stmt = sdec_hir::LetStmt { pattern: Pattern::Bind(v), value: flat };
        node(ExprKind::Block(vec![stmt], Box::new(total)), Ty::Float, span)
    }

    fn unflat(&mut self, x: &'a ast::Expr, span: Span, hint: Option<&Ty>) -> Expr {
        let value = self.infer(x, None);
        let ty = hint.map(|ty| self.unifier.ty(ty));
        let Some(ty) = ty.filter(|ty| !matches!(ty, Ty::Meta(_) | Ty::Error)) else {
            if value.ty != Ty::Error {
                self.report(MismatchError::UnflatHere { span });
            }
            return wrong(span);
        };
        let size = self.dimension(&ty, span);
        let expected = table(IndexSet::Size(size), Ty::Float);
        let why = Why::Argument { function: "unflat".to_owned(), declared: None };
        let value = self.expect(value, x, &Expected::new(expected, why));
        if value.ty == Ty::Error {
            return wrong(span);
        }
        node(ExprKind::Unflat(Box::new(value)), ty, span)
    }

    /// `fold(ι, s, f)` and `scan(ι, s, f)`.
    fn fold(
        &mut self,
        set: &'a ast::Expr,
        init: &'a ast::Expr,
        step: &'a ast::Expr,
        span: Span,
        hint: Option<&Ty>,
        keep: bool,
    ) -> Expr {
        let Some(set) = self.set_of(set) else { return wrong(span) };
        let hint = match hint.map(|ty| self.unifier.shallow(ty)) {
            Some(Ty::Table(_, of) | Ty::Series(of)) if keep => Some(*of),
            Some(ty) if !keep => Some(ty),
            _ => None,
        };
        let init = self.infer(init, hint.as_ref());
        let state = init.ty.clone();
        let function = if keep { "scan" } else { "fold" }.to_owned();
        let step_ty =
            Ty::Function(vec![Ty::Ix(set.clone()), state.clone()], Box::new(state.clone()));
        let why = Why::Argument { function, declared: None };
        let step = self.check(step, &Expected::new(step_ty, why));
        if init.ty == Ty::Error || step.ty == Ty::Error {
            return wrong(span);
        }
        let (init, step) = (Box::new(init), Box::new(step));
        if !self.is_within_reach(&set, span) {
            return wrong(span);
        }
        if keep {
            let ty = self.hir.of_loop(&self.unifier.set(&set), &state);
            node(ExprKind::Scan(set, init, step), ty, span)
        } else {
            node(ExprKind::Fold(set, init, step), state, span)
        }
    }

    fn linspace(
        &mut self,
        from: &'a ast::Expr,
        to: &'a ast::Expr,
        n: &'a ast::Expr,
        span: Span,
    ) -> Expr {
        if let Ast::Float(_) = n.kind {
            let ends = constant_number(to).zip(constant_number(from)).zip(constant_number(n));
            let count = ends.map(|((to, from), step)| ((to - from) / step).round() + 1.0);
            let count = count.filter(|count| (2.0..1e9).contains(count));
            let count = count.map(|count| count.to_string());
            self.report(SizeError::Step { count, span: n.span });
            return wrong(span);
        }
        let why = Why::Argument { function: "linspace".to_owned(), declared: None };
        let number = Expected::new(Ty::Float, why);
        let from = self.check(from, &number);
        let to = self.check(to, &number);
        let Some(set) = self.set_of(n) else { return wrong(span) };
        let ty = table(set, Ty::Float);
        node(ExprKind::Linspace(Box::new(from), Box::new(to)), ty, span)
    }

    /// `pad(x, k, v)`: `x` and then `k` entries `v`.
    fn pad(
        &mut self,
        x: &'a ast::Expr,
        k: &'a ast::Expr,
        value: &'a ast::Expr,
        span: Span,
    ) -> Expr {
        let x_value = self.infer(x, None);
        let Ty::Table(set, entry) = self.unifier.shallow(&x_value.ty) else {
            if x_value.ty != Ty::Error {
                let found = self.show(&x_value.ty);
                self.report(PartError::NotATable { what: quote(x), found, span: x_value.span });
            }
            return wrong(span);
        };
        let why = Why::Entry(x_value.span);
        let value = self.check(value, &Expected::new((*entry).clone(), why));
        let Some(more) = self.set_of(k) else { return wrong(span) };
        let ty = table(more.clone(), (*entry).clone());
        let tail = node(ExprKind::For(Pattern::Wild, more.clone(), Box::new(value)), ty, span);
        let total = self.unifier.count(&set).checked_add_scaled(&self.unifier.count(&more), 1);
        let total = IndexSet::Size(total.unwrap_or_else(|| Size::number(i64::MAX)));
        node(ExprKind::Cat(vec![x_value, tail]), table(total, *entry), span)
    }

    /// `grad(f)` and its kin.
    fn derivative(
        &mut self,
        derivative: Derivative,
        name: &Name,
        f: &'a ast::Expr,
        span: Span,
    ) -> Expr {
        let function = self.infer(f, None);
        self.derivative_of(derivative, name, function, span)
    }

    /// `grad(f)` and its kin of a function that is known.
    pub(super) fn derivative_of(
        &mut self,
        derivative: Derivative,
        name: &Name,
        function: Expr,
        span: Span,
    ) -> Expr {
        if function.ty == Ty::Error {
            return wrong(span);
        }
        let bad = |this: &mut Self, needs: &'static str| {
            let found = this.show(&function.ty);
            let (word, span) = (name.text.clone(), function.span);
            this.report(CallError::Derivative { word, needs, found, span });
            wrong(span)
        };
        let Ty::Function(params, result) = self.unifier.shallow(&function.ty) else {
            return bad(self, "a function of one argument");
        };
        let ([from], to) = (params.as_slice(), *result) else {
            return bad(self, "a function of one argument");
        };
        let (from, to) = (from.clone(), self.unifier.ty(&to));
        if !self.is_vector_space(&from, span) || !self.is_vector_space(&to, span) {
            return bad(self, "a function from numbers to numbers");
        }
        let ty = match derivative {
            Derivative::Grad if to == Ty::Float => Ty::Function(vec![from.clone()], Box::new(from)),
            Derivative::Grad => return bad(self, "a function whose result is one Float"),
            Derivative::Jvp => Ty::Function(vec![from.clone(), from], Box::new(to)),
            Derivative::Vjp => Ty::Function(vec![from.clone(), to], Box::new(from)),
            Derivative::Jacobian | Derivative::Div => {
                let (Ty::Table(n, x), Ty::Table(m, y)) = (self.unifier.shallow(&from), to) else {
                    return bad(self, "a function from n => Float to m => Float");
                };
                if *y != Ty::Float || self.unifier.shallow(&x) != Ty::Float {
                    return bad(self, "a function from n => Float to m => Float");
                }
                let result = match derivative {
                    Derivative::Div if self.unifier.unify_sets(&n, &m, span).is_err() => {
                        return bad(self, "a function from n => Float to n => Float");
                    }
                    Derivative::Div => Ty::Float,
                    _ => table(m, table(n, Ty::Float)),
                };
                Ty::Function(vec![from], Box::new(result))
            }
        };
        node(ExprKind::Derivative(derivative, Box::new(function)), ty, span)
    }

    fn convert(&mut self, x: &'a ast::Expr, to: Intrinsic, ty: Ty, span: Span) -> Expr {
        let value = self.infer(x, Some(&Ty::Nat));
        match (self.unifier.shallow(&value.ty), to) {
            (Ty::Nat, _) | (Ty::Int, Intrinsic::ToFloat) => {
                node(ExprKind::Intrinsic(to, vec![value]), ty, span)
            }
            (Ty::Error, _) => wrong(span),
            (found, _) => {
                let found_text = self.show(&found);
                let is_index = matches!(found, Ty::Ix(_));
                let error = CallError::Conversion {
                    to: self.show(&ty),
                    found: found_text,
                    is_index,
                    span: value.span,
                    call: span,
                };
                self.report(error);
                wrong(span)
            }
        }
    }

    /// `sum(x)`, `mean(x)`.
    fn report_reducer_call(
        &mut self,
        reducer: ast::Reducer,
        args: &[&'a ast::Expr],
        span: Span,
        call: Span,
    ) {
        let word = reducer.word().to_owned();
        let of = match args {
            [of] => {
                let value = self.infer(of, None);
                match self.unifier.shallow(&value.ty) {
                    Ty::Error => return,
                    Ty::Float => {
                        let averaged =
                            self.here.scope.iter().any(|b| matches!(b.meaning, Meaning::Path(_)));
                        let of = of.span;
                        let error = CallError::ReducerOfNumber { word, of, span, call, averaged };
                        return self.report(error);
                    }
                    _ => Some(of.span),
                }
            }
            _ => None,
        };
        self.report(CallError::ReducerCall { word, of, span, call });
    }

    /// `max(a, b)` and `min(a, b)` of numbers, or of a table with a number.
    pub(super) fn reducer_call(
        &mut self,
        reducer: ast::Reducer,
        args: &[&'a ast::Expr],
        word_span: Span,
        span: Span,
    ) -> Expr {
        let intrinsic = match reducer {
            ast::Reducer::Max => Intrinsic::Max,
            ast::Reducer::Min => Intrinsic::Min,
            _ => {
                self.report_reducer_call(reducer, args, word_span, span);
                return wrong(span);
            }
        };
        let &[a, b] = args else {
            self.report_reducer_call(reducer, args, word_span, span);
            return wrong(span);
        };
        let (a_value, b_value) = self.number_pair(a, b);
        let (x, y) = (self.unifier.shallow(&a_value.ty), self.unifier.shallow(&b_value.ty));
        match (&x, &y) {
            (Ty::Error, _) | (_, Ty::Error) => wrong(span),
            (Ty::Nat, Ty::Nat) | (Ty::Int, Ty::Int) => {
                node(ExprKind::Intrinsic(intrinsic, vec![a_value, b_value]), x, span)
            }
            (Ty::Table(..), Ty::Float) => self.lift_pair(intrinsic, a_value, b_value, true, span),
            (Ty::Float, Ty::Table(..)) => self.lift_pair(intrinsic, b_value, a_value, false, span),
            _ => {
                let why = || Why::Argument { function: reducer.word().to_owned(), declared: None };
                let a_value = self.expect(a_value, a, &Expected::new(Ty::Float, why()));
                let b_value = self.expect(b_value, b, &Expected::new(Ty::Float, why()));
                node(ExprKind::Intrinsic(intrinsic, vec![a_value, b_value]), Ty::Float, span)
            }
        }
    }

    /// Two numbers; a whole one as written takes the other's type.
    fn number_pair(&mut self, a: &'a ast::Expr, b: &'a ast::Expr) -> (Expr, Expr) {
        if matches!(a.kind, Ast::Nat(_)) {
            let b = self.infer(b, None);
            let hint = self.unifier.shallow(&b.ty);
            return (self.infer(a, Some(&hint)), b);
        }
        let a = self.infer(a, None);
        let hint = self.unifier.shallow(&a.ty);
        let b = self.infer(b, Some(&hint));
        (a, b)
    }

    /// `max(x, c)` on every entry of `x`; `c` is evaluated once.
    fn lift_pair(
        &mut self,
        intrinsic: Intrinsic,
        table: Expr,
        number: Expr,
        table_first: bool,
        span: Span,
    ) -> Expr {
        let entry = self.new_local("x", table.span, Ty::Float, LocalKind::Bound);
        let bound = self.new_local("c", number.span, Ty::Float, LocalKind::Bound);
        let x = node(ExprKind::Local(entry), Ty::Float, table.span);
        let c = node(ExprKind::Local(bound), Ty::Float, number.span);
        let pair = if table_first { vec![x, c] } else { vec![c, x] };
        let body = node(ExprKind::Intrinsic(intrinsic, pair), Ty::Float, span);
        let function = Ty::Function(vec![Ty::Float], Box::new(Ty::Float));
        let lambda = ExprKind::Lambda(vec![Pattern::Bind(entry)], Box::new(body));
        let ty = table.ty.clone();
        let kind = ExprKind::Lift(Box::new(node(lambda, function, span)), Box::new(table));
        let stmt = sdec_hir::LetStmt { pattern: Pattern::Bind(bound), value: number };
        let lifted = node(kind, ty.clone(), span);
        node(ExprKind::Block(vec![stmt], Box::new(lifted)), ty, span)
    }

    /// An index set written as an expression: a number, a size, sums and products of them, or an
    /// index type.
    pub(super) fn set_of(&mut self, expr: &'a ast::Expr) -> Option<IndexSet> {
        if let Ast::Name(name) = &expr.kind {
            let local = self.here.scope.get(&name.text).map(|binding| binding.meaning.clone());
            match local {
                Some(Meaning::Size(var)) => return Some(IndexSet::Size(Size::var(var))),
                Some(Meaning::Set(set)) => return Some(set),
                Some(_) => {}
                None => {
                    if let Some(at) = self.find_item(&name.text) {
                        match self.demand(at, Some(name)) {
                            Declared::Index(index) => return Some(IndexSet::Named(index)),
                            Declared::Size(var) => return Some(IndexSet::Size(Size::var(var))),
                            Declared::Failed => return None,
                            _ => {}
                        }
                    }
                }
            }
        }
        if let Ast::Call(callee, args) = &expr.kind
            && let (Ast::Name(name), [series]) = (&callee.kind, args.as_slice())
            && name.text == "obs"
            && self.is_special("obs")
        {
            return self.set_of_observations(&series.value);
        }
        if let Ast::Tuple(parts) = &expr.kind
            && parts.len() > 1
        {
            let sets: Option<Vec<IndexSet>> = parts.iter().map(|part| self.set_of(part)).collect();
            return sets.map(IndexSet::Product);
        }
        self.size_of(expr).map(IndexSet::Size)
    }

    fn size_of(&mut self, expr: &'a ast::Expr) -> Option<Size> {
        let size = match &expr.kind {
            Ast::Nat(literal) => literal.text.parse::<i64>().ok().map(Size::number),
            Ast::Tuple(parts) if parts.len() == 1 => self.size_of(&parts[0]),
            Ast::Binary { op: BinaryOp::Add, lhs, rhs, .. } => {
                let (a, b) = (self.size_of(lhs)?, self.size_of(rhs)?);
                a.checked_add_scaled(&b, 1)
            }
            Ast::Binary { op: BinaryOp::Sub, lhs, rhs, .. } => {
                let (a, b) = (self.size_of(lhs)?, self.size_of(rhs)?);
                a.checked_add_scaled(&b, -1)
            }
            Ast::Binary { op: BinaryOp::Mul, lhs, rhs, .. } => {
                let (a, b) = (self.size_of(lhs)?, self.size_of(rhs)?);
                a.checked_mul(&b)
            }
            _ => {
                let value = self.infer(expr, Some(&Ty::Nat));
                match value.kind {
                    ExprKind::Size(size) => Some(size),
                    _ if value.ty == Ty::Error => return None,
                    _ => {
                        self.report(SizeError::NotASize { what: quote(expr), span: expr.span });
                        return None;
                    }
                }
            }
        };
        if size.is_none() {
            self.report(SizeError::TooLarge { span: expr.span, what: "size".to_owned() });
        }
        size
    }
}

/// The derivative of a word.
pub(super) fn derivative_named(word: &str) -> Option<Derivative> {
    Some(match word {
        "grad" => Derivative::Grad,
        "jvp" => Derivative::Jvp,
        "vjp" => Derivative::Vjp,
        "jacobian" => Derivative::Jacobian,
        "div" => Derivative::Div,
        _ => return None,
    })
}

/// The number of an expression of literals: `1 / 2`, `-0.5`.
pub(crate) fn constant_number(expr: &ast::Expr) -> Option<f64> {
    match &expr.kind {
        Ast::Nat(literal) | Ast::Float(literal) => literal.text.parse().ok(),
        Ast::Neg(of) => Some(-constant_number(of)?),
        Ast::Tuple(parts) if parts.len() == 1 => constant_number(&parts[0]),
        Ast::Binary { op, lhs, rhs, .. } => {
            let (a, b) = (constant_number(lhs)?, constant_number(rhs)?);
            match op {
                BinaryOp::Add => Some(a + b),
                BinaryOp::Sub => Some(a - b),
                BinaryOp::Mul => Some(a * b),
                BinaryOp::Div => Some(a / b),
                _ => None,
            }
        }
        _ => None,
    }
}
