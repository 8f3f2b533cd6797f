//! Series: an observation of one, `xs[k]`, and loops over all of them, `obs(xs)`.
//!
//! How many observations a series has is known when data are read, and may differ from row to row. So
//! `obs(xs)` is an index set of its own: an index of it fits `xs`, and nothing else but series that were
//! made of `xs` by a loop over it. Two series have the same set where they are named alike; so a series
//! has a name before its observations are counted.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_base::Span;
use sdec_grammar::ast;
use sdec_hir::{Expr, ExprKind, IndexSet, Intrinsic, LocalId, Pattern, Size, SizeVarId, Ty};

use crate::checker::{Checker, node};
use crate::error::SeriesError;
use crate::scope::Meaning;

/// A series whose observations are an index set.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    /// How the series is named, without places and types.
    name: Expr,
    /// The set.
    set: SizeVarId,
}

impl<'a> Checker<'a> {
    /// Whether a type is one of series or of events.
    pub(super) fn is_series(&self, ty: &Ty) -> bool {
        matches!(self.unifier.shallow(ty), Ty::Series(_) | Ty::Events(_))
    }

    /// The observations of a series; `written` is the series as written.
    pub(super) fn observations(&mut self, series: &Expr, written: &str) -> Option<IndexSet> {
        let named = self.source_of(series);
        let set_of_loop = match &named.kind {
            ExprKind::For(_, set, _) | ExprKind::Scan(set, ..) => Some(self.unifier.set(set)),
            _ => None,
        };
        if let Some(set) = set_of_loop {
            return Some(set);
        }
        if !is_name(&named) {
            let (written, span) = (written.to_owned(), series.span);
            self.report(SeriesError::Unnamed { written, span });
            return None;
        }
        let name = self.rows_of(&named);
        let known = self.counted_series.iter().find(|counted| counted.name == name);
        if let Some(known) = known {
            return Some(IndexSet::Size(Size::var(known.set)));
        }
        let set = self.hir.sizes.push(sdec_hir::SizeVar {
            name: format!("obs({written})"),
            span: series.span,
            value: None,
            observations: Some(Box::new(named)),
            dimension_of: None,
        });
        self.counted_series.push(Counted { name, set });
        Some(IndexSet::Size(Size::var(set)))
    }

    /// The expression without places and types, to be compared with others: of all series of the same rows
    /// the first, since they have the same observations. Of events those without a mark are left out.
    fn rows_of(&self, series: &Expr) -> Expr {
        let nowhere = Span { start: 0, end: 0, ..series.span };
        let mut bare = series.clone();
        bare.walk_mut(&mut |inner| {
            inner.ty = Ty::Error;
            inner.span = nowhere;
            if let ExprKind::Column(data, column) = &mut inner.kind {
                let columns = &self.hir.data[*data].columns;
                let times = &columns[*column].at;
                let alike = |other: &sdec_hir::Column| {
                    other.at == *times && matches!(other.entry(), Ty::Series(_))
                };
                let first = columns.iter().position(alike);
                let first = first.filter(|_| times.is_some() && alike(&columns[*column]));
                *column = first.unwrap_or(*column);
            }
        });
        bare
    }

    /// The series that a name stands for, as far as it is a name again, or a loop over observations.
    fn source_of(&self, series: &Expr) -> Expr {
        let value = match &series.kind {
            ExprKind::Local(local) => self.named_series.get(local),
            ExprKind::Global(global) => Some(&self.hir.globals[*global].value),
            _ => None,
        };
        match value {
            Some(value) => {
                let source = self.source_of(value);
                if is_name(&source) || self.is_loop(&source) { source } else { series.clone() }
            }
            None => series.clone(),
        }
    }

    /// Whether a value is made by a loop over the observations of a series.
    fn is_loop(&self, value: &Expr) -> bool {
        match &value.kind {
            ExprKind::For(_, set, _) | ExprKind::Scan(set, ..) => self.counted(set).is_some(),
            _ => false,
        }
    }

    /// Remembers what a name stands for, if that is a series.
    pub(crate) fn note_series(&mut self, pattern: &Pattern, value: &Expr) {
        if let Pattern::Bind(local) = pattern
            && self.is_series(&value.ty)
        {
            self.named_series.insert(*local, value.clone());
        }
    }

    /// The series whose observations an index set counts.
    pub(crate) fn counted(&self, set: &IndexSet) -> Option<&Expr> {
        self.hir.counted_by(&self.unifier.set(set))
    }

    /// `xs[k]`: the time and the value of an observation.
    pub(super) fn infer_observation(
        &mut self,
        series: Expr,
        index: &'a ast::Expr,
        written: &str,
    ) -> Option<Expr> {
        let Some(set) = self.observations(&series, written) else {
            self.infer(index, None);
            return None;
        };
        if let ast::ExprKind::Nat(_) = index.kind {
            let (set, written, span) = (self.show_set(&set), written.to_owned(), index.span);
            self.report(SeriesError::Numbered { set, written, span });
            return None;
        }
        let index = self.check_index(index, &set, written, series.span)?;
        let fields = self.observed(&series.ty);
        let span = series.span.to(index.span);
        let kind = ExprKind::Index(Box::new(series), Box::new(index));
        Some(node(kind, Ty::Record(fields), span))
    }

    /// What an observation of a series, or an event, is a record of.
    pub(super) fn observed(&self, series: &Ty) -> Vec<(String, Ty)> {
        let mut fields = vec![("t".to_owned(), Ty::Float)];
        let of = self.unifier.ty(series);
        match (of.mark(), &of) {
            (Some(mark), _) => fields.push(("mark".to_owned(), mark.clone())),
            (None, Ty::Series(of)) => fields.push(("x".to_owned(), (**of).clone())),
            (None, _) => {}
        }
        fields
    }

    /// `obs(xs)` as the range of a binder.
    pub(crate) fn observations_of_name(&mut self, series: &'a ast::Name) -> Option<IndexSet> {
        let value = self.infer_name(series, None);
        self.set_of_series(&value, series.text.clone())
    }

    /// `obs(xs)` where an index set is expected.
    pub(super) fn set_of_observations(&mut self, series: &'a ast::Expr) -> Option<IndexSet> {
        let value = self.infer(series, None);
        self.set_of_series(&value, crate::text::quote(series))
    }

    fn set_of_series(&mut self, value: &Expr, written: String) -> Option<IndexSet> {
        if value.ty == Ty::Error {
            return None;
        }
        if !self.is_series(&value.ty) {
            let found = self.show(&value.ty);
            self.report(SeriesError::NoSeries { written, found, span: value.span });
            return None;
        }
        self.observations(value, &written)
    }

    /// Whether the series that a loop runs over is in sight where the loop is.
    pub(crate) fn is_within_reach(&mut self, set: &IndexSet, span: Span) -> bool {
        let Some(series) = self.counted(set) else {
            let pairs = self.counts_within(set);
            if pairs {
                self.unbuilt("a loop over pairs of observations", span);
            }
            return !pairs;
        };
        let mut locals: Vec<LocalId> = Vec::new();
        series.walk(&mut |inner| {
            if let ExprKind::Local(local) = inner.kind {
                locals.push(local);
            }
        });
        let sees = |local: &LocalId| {
            let mut bindings = self.here.scope.iter();
            bindings.any(|binding| matches!(binding.meaning, Meaning::Local(l) if l == *local))
        };
        let Some(local) = locals.iter().find(|local| !sees(local)) else { return true };
        let local = &self.hir.locals[*local];
        let (set, inner, made) = (self.show_set(set), local.name.clone(), local.span);
        self.report(SeriesError::OutOfReach { set, inner, made, span });
        false
    }

    /// The observations whose index goes to a function of other indices.
    pub(crate) fn stray_index(
        &self,
        def: sdec_hir::DefId,
        sizes: &[(SizeVarId, IndexSet)],
    ) -> Option<String> {
        let body = &self.hir.defs[def].body.kind;
        if matches!(body, ExprKind::Intrinsic(Intrinsic::Ordinal, _)) {
            return None;
        }
        let stray = sizes.iter().find(|(_, set)| self.counts_within(set));
        stray.map(|(_, set)| self.show_set(set))
    }

    fn counts_within(&self, set: &IndexSet) -> bool {
        match self.unifier.set(set) {
            IndexSet::Size(size) => size.terms.keys().flatten().any(|atom| match atom {
                sdec_hir::SizeAtom::Var(var) => self.hir.sizes[*var].observations.is_some(),
                _ => false,
            }),
            IndexSet::Named(_) => false,
            IndexSet::Product(sets) => sets.iter().any(|set| self.counts_within(set)),
        }
    }
}

/// Whether an expression is a way to a series that was made elsewhere.
fn is_name(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Local(_) | ExprKind::Global(_) | ExprKind::Column(..) => true,
        ExprKind::Field(of, _) => is_name(of),
        ExprKind::Index(of, index) => {
            let known = matches!(index.kind, ExprKind::Local(_) | ExprKind::IndexElement(_));
            known && is_name(of)
        }
        _ => false,
    }
}
