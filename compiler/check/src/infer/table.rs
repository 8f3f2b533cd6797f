//! Tables: loops, reductions, indexing and lists.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_base::Span;
use sdec_grammar::ast::{self, BinaryOp, Binder, ExprKind as Ast, PatternKind};
use sdec_hir::{Expr, ExprKind, IndexSet, LocalKind, Pattern, Reducer, Ty};

use super::{Expected, Why};
use crate::checker::{Checker, node, numbered, table, wrong};
use crate::error::{CallError, PartError, SeriesError};
use crate::text::{pattern as quote_pattern, quote};
use crate::unify::{Origin, Unknown};

impl<'a> Checker<'a> {
    /// Brings a loop's index into sight.
    pub(crate) fn bind_index(
        &mut self,
        binder: &'a Binder,
        set: Option<IndexSet>,
    ) -> (Pattern, IndexSet) {
        let declared = binder.ty.as_ref().map(|ty| (self.set(ty), ty.span));
        let set = match (declared, set) {
            (Some((declared, at)), Some(set)) => {
                let unified = self.unifier.unify_sets(&set, &declared, at);
                let expected = Expected::new(Ty::Ix(set.clone()), Why::Declared(at));
                self.agrees(unified, &Ty::Ix(declared), None, at, &expected);
                set
            }
            (Some((declared, _)), None) => declared,
            (None, Some(set)) => {
                // Parts say of what a set that is not known yet is the product; whether they fit one that
                // is known, the pattern is asked.
                if let PatternKind::Tuple(_) = &binder.pattern.kind {
                    let parts = self.index_set_of(&binder.pattern);
                    let _unified = self.unifier.unify_sets(&set, &parts, binder.pattern.span);
                }
                set
            }
            (None, None) => self.index_set_of(&binder.pattern),
        };
        let pattern = self.bind_pattern(&binder.pattern, &Ty::Ix(set.clone()), LocalKind::Bound);
        (pattern, set)
    }

    /// An unknown set for each name of a binder's pattern.
    fn index_set_of(&mut self, pattern: &ast::Pattern) -> IndexSet {
        if let PatternKind::Tuple(parts) = &pattern.kind {
            return IndexSet::Product(parts.iter().map(|part| self.index_set_of(part)).collect());
        }
        let what = Unknown::Range(quote_pattern(pattern));
        self.unifier.fresh_set(Origin { span: pattern.span, what })
    }

    pub(super) fn infer_for(
        &mut self,
        binders: &'a [Binder],
        body: &'a ast::Body,
        span: Span,
        hint: Option<&Ty>,
    ) -> Expr {
        let Some((binder, rest)) = binders.split_first() else {
            return self.infer_body(body, hint);
        };
        let depth = self.here.scope.depth();
        let (pattern, set) = self.bind_index(binder, None);
        let entry = match hint.map(|ty| self.unifier.shallow(ty)) {
            Some(Ty::Table(_, entry)) => Some(*entry),
            _ => None,
        };
        let body = self.infer_for(rest, body, span, entry.as_ref());
        self.here.scope.truncate(depth);
        self.loop_of(pattern, set, body, span)
    }

    pub(super) fn check_for(
        &mut self,
        binders: &'a [Binder],
        body: &'a ast::Body,
        span: Span,
        expected: &Expected,
    ) -> Expr {
        let Some((binder, rest)) = binders.split_first() else {
            return self.check_body(body, expected);
        };
        let Ty::Table(set, entry) = self.unifier.shallow(&expected.ty) else {
            let whole = self.infer_for(binders, body, span, None);
            if whole.ty != Ty::Error {
                let unified = self.unifier.unify(&expected.ty, &whole.ty, span);
                if !self.agrees(unified, &whole.ty, None, span, expected) {
                    return wrong(span);
                }
            }
            return whole;
        };
        let depth = self.here.scope.depth();
        let (pattern, set) = self.bind_index(binder, Some(set));
        if let Pattern::Bind(local) = pattern {
            let written = format!("the type {}", self.show(&expected.ty));
            self.ranges.insert(local, (span, written));
        }
        let expected = Expected::new(*entry, expected.why.clone());
        let body = self.check_for(rest, body, span, &expected);
        self.here.scope.truncate(depth);
        self.loop_of(pattern, set, body, span)
    }

    fn loop_of(&mut self, pattern: Pattern, set: IndexSet, body: Expr, span: Span) -> Expr {
        if body.ty == Ty::Error {
            return wrong(span);
        }
        if matches!(self.unifier.shallow(&body.ty), Ty::Function(..)) {
            self.report(CallError::TableOfFunctions { span });
            return wrong(span);
        }
        if !self.is_within_reach(&set, span) {
            return wrong(span);
        }
        let ty = self.hir.of_loop(&self.unifier.set(&set), &body.ty);
        node(ExprKind::For(pattern, set, Box::new(body)), ty, span)
    }

    pub(super) fn infer_reduce(
        &mut self,
        reducer: ast::Reducer,
        reducer_span: Span,
        binders: &'a [Binder],
        body: &'a ast::Body,
        span: Span,
    ) -> Expr {
        let depth = self.here.scope.depth();
        let bound: Vec<(Pattern, IndexSet)> =
            binders.iter().map(|binder| self.bind_index(binder, None)).collect();
        let hint = match reducer {
            ast::Reducer::All | ast::Reducer::Any => Ty::Bool,
            _ => Ty::Float,
        };
        let value = self.infer_body(body, Some(&hint));
        self.here.scope.truncate(depth);
        if value.ty == Ty::Error {
            return wrong(span);
        }
        let mut sets = bound.iter().map(|(_, set)| set);
        if !sets.all(|set| self.is_within_reach(set, span)) {
            return wrong(span);
        }
        if reducer == ast::Reducer::Sum {
            self.warn_of_addend(&value, &bound, body, span);
        }
        let Some(reduced) = self.reduced_ty(reducer, reducer_span, &value, &bound, span) else {
            return wrong(span);
        };
        let reducer = of_word(reducer);
        if let (Ty::Ix(set @ IndexSet::Product(_)), [_, _, ..]) = (&reduced, bound.as_slice()) {
            // One index of all the sets: where the largest of all entries is.
            let set = set.clone();
            let pattern = Pattern::Tuple(bound.into_iter().map(|(pattern, _)| pattern).collect());
            return node(ExprKind::Reduce(reducer, pattern, set, Box::new(value)), reduced, span);
        }
        bound.into_iter().rev().fold(value, |value, (pattern, set)| {
            let ty = reduced.clone();
            node(ExprKind::Reduce(reducer, pattern, set, Box::new(value)), ty, span)
        })
    }

    fn reduced_ty(
        &mut self,
        reducer: ast::Reducer,
        reducer_span: Span,
        value: &Expr,
        bound: &[(Pattern, IndexSet)],
        span: Span,
    ) -> Option<Ty> {
        use ast::Reducer as Word;
        let ty = self.unifier.shallow(&value.ty);
        let needs = match reducer {
            Word::Sum | Word::Mean => {
                let counts = reducer == Word::Sum && matches!(ty, Ty::Nat | Ty::Int);
                if counts || self.is_vector_space(&ty, span) {
                    return Some(ty);
                }
                "numbers, or tables of numbers"
            }
            Word::Prod | Word::Max | Word::Min => {
                if matches!(ty, Ty::Nat | Ty::Int) || self.unify_with(&ty, &Ty::Float, span) {
                    return Some(ty);
                }
                "numbers"
            }
            Word::LogSumExp => {
                if self.unify_with(&ty, &Ty::Float, span) {
                    return Some(ty);
                }
                "numbers"
            }
            Word::ArgMax | Word::ArgMin => {
                if self.unify_with(&ty, &Ty::Float, span) {
                    let set = match bound {
                        [(_, set)] => set.clone(),
                        several => {
                            IndexSet::Product(several.iter().map(|(_, set)| set.clone()).collect())
                        }
                    };
                    return self.is_within_reach(&set, span).then_some(Ty::Ix(set));
                }
                "numbers"
            }
            Word::All | Word::Any => {
                if self.unify_with(&ty, &Ty::Bool, span) {
                    return Some(ty);
                }
                "truth values"
            }
        };
        let error = PartError::Reduced {
            word: reducer.word(),
            word_span: reducer_span,
            needs,
            found: self.show(&ty),
            span: value.span,
        };
        self.report(error);
        None
    }

    fn unify_with(&mut self, ty: &Ty, wanted: &Ty, span: Span) -> bool {
        self.unifier.unify(ty, wanted, span).is_ok()
    }

    /// `sum i. w[i] * x[i] + b`: the sum extends to the end, so `b` is added once for each `i`.
    fn warn_of_addend(
        &mut self,
        value: &Expr,
        bound: &[(Pattern, IndexSet)],
        body: &ast::Body,
        whole: Span,
    ) {
        let Ast::Binary { op: BinaryOp::Add | BinaryOp::Sub, lhs, rhs, op_span } =
            &body.result.kind
        else {
            return;
        };
        let ExprKind::Arith(_, a, b) = &value.kind else { return };
        let mentions = |expr: &Expr| {
            let mut found = false;
            expr.walk(&mut |e| {
                if let ExprKind::Local(local) = e.kind {
                    found |= bound.iter().any(|(pattern, _)| pattern.binds(local));
                }
            });
            found
        };
        if mentions(a) && !mentions(b) && body.lets.is_empty() {
            let names = bound.iter().filter_map(|(pattern, _)| match pattern {
                Pattern::Bind(local) => Some(self.hir.locals[*local].name.clone()),
                _ => None,
            });
            let names: Vec<String> = names.collect();
            let error = PartError::Addend {
                addend: quote(rhs),
                names: names.join(" "),
                span: rhs.span,
                op: body_op(*op_span, &body.result),
                whole,
                summand: lhs.span,
            };
            self.report(error);
        }
    }

    pub(super) fn infer_index(
        &mut self,
        table: &'a ast::Expr,
        indices: &'a [ast::Expr],
        span: Span,
    ) -> Expr {
        let written = quote(table);
        let mut value = self.infer(table, None);
        for index in indices {
            if self.is_series(&value.ty) {
                match self.infer_observation(value, index, &written) {
                    Some(observation) => value = observation,
                    None => return wrong(span),
                }
                continue;
            }
            let Ty::Table(set, entry) = self.unifier.shallow(&value.ty) else {
                if value.ty != Ty::Error {
                    let found = self.show(&value.ty);
                    self.report(PartError::NotATable { what: written, found, span: value.span });
                }
                self.infer(index, None);
                return wrong(span);
            };
            let Some(index) = self.check_index(index, &set, &written, value.span) else {
                return wrong(span);
            };
            let to = value.span.to(index.span);
            let kind = ExprKind::Index(Box::new(value), Box::new(index));
            value = node(kind, *entry, to);
        }
        Expr { span, ..value }
    }

    /// An index of a table, with a message of its own where a loop's index has another range.
    pub(crate) fn check_index(
        &mut self,
        index: &'a ast::Expr,
        set: &IndexSet,
        table: &str,
        table_span: Span,
    ) -> Option<Expr> {
        let why = Why::Index { table: table.to_owned(), span: table_span };
        let expected = Expected::new(Ty::Ix(set.clone()), why);
        if !matches!(index.kind, Ast::Name(_)) {
            let checked = self.check(index, &expected);
            return (checked.ty != Ty::Error).then_some(checked);
        }
        let found = self.infer(index, None);
        let (ExprKind::Local(local), Ty::Ix(range)) =
            (&found.kind, self.unifier.shallow(&found.ty))
        else {
            let checked = self.expect(found, index, &expected);
            return (checked.ty != Ty::Error).then_some(checked);
        };
        let local = *local;
        let unknown = self.unifier.set(&range);
        match self.unifier.unify_sets(&range, set, index.span) {
            Ok(()) => {
                if unknown != self.unifier.set(&range) {
                    let written = format!("{table}[{}]", quote(index));
                    self.ranges.insert(local, (table_span.to(index.span), written));
                }
                Some(found)
            }
            Err(_) => {
                self.report_range(local, &range, set, table, table_span.to(index.span));
                None
            }
        }
    }

    fn report_range(
        &mut self,
        local: sdec_hir::LocalId,
        range: &IndexSet,
        set: &IndexSet,
        table: &str,
        span: Span,
    ) {
        let (range, set) = (self.unifier.set(range), self.unifier.set(set));
        let declared = &self.hir.locals[local];
        if self.counted(&range).or(self.counted(&set)).is_some() {
            let error = SeriesError::OtherSeries {
                binder: (declared.name.clone(), declared.span),
                range: self.show_set(&range),
                read: table.to_owned(),
                set: self.show_set(&set),
                span,
            };
            return self.report(error);
        }
        let free = [&range, &set].into_iter().rev().find_map(|set| match set {
            IndexSet::Size(size) => match size.as_atom() {
                Some(sdec_hir::SizeAtom::Var(var)) => Some(&self.hir.sizes[var]),
                _ => None,
            },
            _ => None,
        });
        let error = PartError::Range {
            binder: (declared.name.clone(), declared.span),
            range: self.show_set(&range),
            because: self.ranges.get(&local).map(|(_, text)| text.clone()),
            table: table.to_owned(),
            set: self.show_set(&set),
            span,
            free: free.map(|var| (var.name.clone(), var.span)),
        };
        self.report(error);
    }

    pub(super) fn infer_list(
        &mut self,
        entries: &'a [ast::Expr],
        span: Span,
        hint: Option<&Ty>,
    ) -> Expr {
        let wanted = match hint.map(|ty| self.unifier.shallow(ty)) {
            Some(Ty::Table(_, entry)) => Some(*entry),
            _ => None,
        };
        let mut values: Vec<Expr> = Vec::new();
        for entry in entries {
            let value = match values.first() {
                None => self.infer(entry, wanted.as_ref()),
                Some(first) => {
                    let why = Why::Entry(first.span);
                    let expected = Expected::new(first.ty.clone(), why);
                    self.check(entry, &expected)
                }
            };
            values.push(value);
        }
        let of = match values.first() {
            Some(first) => first.ty.clone(),
            None => wanted
                .unwrap_or_else(|| self.unifier.fresh_ty(Origin { span, what: Unknown::Entry })),
        };
        self.list_of(values, numbered(entries.len()), of, span)
    }

    fn list_of(&mut self, values: Vec<Expr>, set: IndexSet, of: Ty, span: Span) -> Expr {
        if values.iter().any(|value| value.ty == Ty::Error) {
            return wrong(span);
        }
        if matches!(self.unifier.shallow(&of), Ty::Function(..)) {
            self.report(CallError::TableOfFunctions { span });
            return wrong(span);
        }
        if matches!(self.unifier.shallow(&of), Ty::Dist(_)) {
            return self.list_of_laws(&values, set, span);
        }
        node(ExprKind::List(values), table(set, of), span)
    }

    /// A list of an expected table type: its index set may be any with the right number of elements.
    pub(super) fn check_list(
        &mut self,
        entries: &'a [ast::Expr],
        span: Span,
        expected: &Expected,
    ) -> Expr {
        let Ty::Table(set, entry) = self.unifier.shallow(&expected.ty) else {
            unreachable!("called for tables")
        };
        let set = self.unifier.set(&set);
        let n = numbered(entries.len());
        let unified = match &set {
            IndexSet::Size(_) => self.unifier.unify_sets(&set, &n, span),
            IndexSet::Named(_) | IndexSet::Product(_) => {
                let (wanted, found) = (self.unifier.count(&set), self.unifier.count(&n));
                self.unifier.unify_sizes(&wanted, &found, span)
            }
        };
        // What the entries are is only asked where the message says it.
        let of = match (&unified, entries.first()) {
            (Err(_), Some(first)) => self.infer(first, Some(&entry)).ty,
            _ => (*entry).clone(),
        };
        let found = table(n, of);
        if !self.agrees(unified, &found, None, span, expected) {
            return wrong(span);
        }
        let expected = Expected::new((*entry).clone(), expected.why.clone());
        let values = entries.iter().map(|entry| self.check(entry, &expected)).collect();
        self.list_of(values, set, *entry, span)
    }
}

/// From the operator to the end of the sum.
fn body_op(op_span: Span, body: &ast::Expr) -> Span {
    op_span.to(body.span)
}

fn of_word(reducer: ast::Reducer) -> Reducer {
    match reducer {
        ast::Reducer::Sum => Reducer::Sum,
        ast::Reducer::Prod => Reducer::Prod,
        ast::Reducer::Max => Reducer::Max,
        ast::Reducer::Min => Reducer::Min,
        ast::Reducer::Mean => Reducer::Mean,
        ast::Reducer::LogSumExp => Reducer::LogSumExp,
        ast::Reducer::ArgMax => Reducer::ArgMax,
        ast::Reducer::ArgMin => Reducer::ArgMin,
        ast::Reducer::All => Reducer::All,
        ast::Reducer::Any => Reducer::Any,
    }
}
