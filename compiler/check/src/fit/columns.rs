//! The columns of a data set that a model observes and reads: found by name, compared by shape.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_base::Span;
use sdec_grammar::ast::{self, ClauseKind, Column, Data, ItemKind, TypeKind};
use sdec_hir::{DataId, IndexSet, LocalId, Model, SizeAtom, SizeVarId, Ty, TyArg};

use crate::Order;
use crate::checker::Checker;
use crate::error::{EmptyCells, InferenceError};
use crate::instance::DataSize;
use crate::items::Declared;
use crate::law_value::applied;
use crate::suggest::nearest;
use crate::text::quote_type;

/// Where a model's names are in the data.
pub(super) struct Bound {
    pub(super) data: DataId,
    /// The column of each observation.
    pub(super) observed: Vec<usize>,
    /// Inputs with their columns.
    pub(super) inputs: Vec<(LocalId, usize)>,
    /// The column of times.
    pub(super) times: Option<usize>,
}

impl<'a> Checker<'a> {
    /// Finds the columns; each observation has one of its shape.
    pub(super) fn bind_columns(&mut self, model: &Model, name: &'a ast::Name) -> Option<Bound> {
        let Some(at) = self.find_item(&name.text) else {
            self.report_no_data(name);
            return None;
        };
        let id = match self.demand(at, Some(name)) {
            Declared::Data(id) => id,
            Declared::Failed => return None,
            _ => {
                self.report_no_data(name);
                return None;
            }
        };
        let before = self.errors();
        self.check_observed(model, name);
        if self.errors() > before {
            return None;
        }
        let data = &self.hir.data[id];
        let column = |name: &str| data.columns.iter().position(|column| column.name == name);
        let observed = model.observations.iter().map(|seen| column(&seen.name));
        let observed = observed.collect::<Option<Vec<usize>>>()?;
        let input = |local: LocalId| Some((local, column(&self.hir.locals[local].name)?));
        let inputs: Vec<(LocalId, usize)> =
            model.inputs.iter().filter_map(|i| input(i.local)).collect();
        for (local, place) in &inputs {
            let declared = &self.hir.locals[*local];
            let are_events = matches!(declared.ty, Ty::Events(_))
                && *self.hir.data[id].columns[*place].entry() == declared.ty;
            if crate::command::follows_time(&declared.ty) && !are_events {
                let what = "an input that follows the time and is given by each row of data";
                self.unbuilt(what, declared.span);
                return None;
            }
        }
        let data = &self.hir.data[id];
        let times = data.columns.iter().position(|column| column.time);
        Some(Bound { data: id, observed, inputs, times })
    }

    /// The sizes of the model that are axes of what the data hold for it.
    pub(super) fn sizes_of_data(&self, model: &Model, bound: &Bound) -> Vec<DataSize> {
        let data = &self.hir.data[bound.data];
        let observed = model.observations.iter().map(|seen| &seen.ty).zip(&bound.observed);
        let inputs = bound.inputs.iter().map(|(local, k)| (&self.hir.locals[*local].ty, k));
        let mut sizes = Vec::new();
        for (ty, &place) in observed.chain(inputs) {
            let column = &data.columns[place];
            let row = rows_of(&entry_of(&column.ty), rank(ty));
            for (var, number) in self.named_axes(ty, &row) {
                let known = |size: &DataSize| size.var == var;
                if model.sizes.iter().any(|&(own, _)| own == var) && !sizes.iter().any(known) {
                    let (file, column) = (data.file.clone(), column.span);
                    sizes.push(DataSize { var, number, file, column });
                }
            }
        }
        sizes
    }

    /// The axes of a table that are size names, with the numbers of those of a row of data.
    fn named_axes(&self, ty: &Ty, row: &Ty) -> Vec<(SizeVarId, i64)> {
        let (Ty::Table(m, ty), Ty::Table(n, row)) = (ty, row) else { return Vec::new() };
        let mut axes = self.named_axes(ty, row);
        if let IndexSet::Size(size) = m
            && let Some(SizeAtom::Var(var)) = size.as_atom()
            && let Some(number) = self.unifier.number(&self.unifier.count(n))
        {
            axes.insert(0, (var, number));
        }
        axes
    }

    fn report_no_data(&mut self, name: &ast::Name) {
        let known = self.user.entries.iter().filter_map(|entry| match &entry.item().kind {
            ItemKind::Data(data) => Some(data.name.text.as_str()),
            _ => None,
        });
        let similar = nearest(&name.text, known).map(str::to_owned);
        let (written, span) = (name.text.clone(), name.span);
        self.report(InferenceError::NoData { written, span, similar });
    }

    /// Each observation has a column of its shape.
    fn check_observed(&mut self, model: &Model, name: &'a ast::Name) {
        let data = self.written(|item| match item {
            ItemKind::Data(data) if data.name.text == name.text => Some(data),
            _ => None,
        });
        let written = self.written(|item| match item {
            ItemKind::Model(written) if written.name.span == model.span => Some(written),
            _ => None,
        });
        let (Some(data), Some(written)) = (data, written) else { return };
        for clause in &written.clauses {
            let ClauseKind::Observe { name, maybe, body, .. } = &clause.kind else { continue };
            match data.columns.iter().find(|column| column.name.text == name.text) {
                Some(column) => {
                    if let Some(maybe_at) = missing(&column.ty).filter(|_| !maybe) {
                        let (at, span) = (column.ty.span, name.span);
                        let cells = self.empty_cells(data, &column.name.text);
                        let (name, maybe) = (name.text.clone(), maybe_at);
                        self.report(InferenceError::Missing { name, at, maybe, span, cells });
                    } else if *maybe && self.is_table(model, &name.text) {
                        let what = "an observation of several numbers of which some may be missing";
                        self.unbuilt(what, column.ty.span);
                    } else {
                        self.check_dimension(model, data, column, name, body.result.span);
                    }
                }
                None => self.report_no_column(data, name),
            }
        }
    }

    /// Whether one observation of a name is a table.
    fn is_table(&self, model: &Model, name: &str) -> bool {
        let mut seen = model.observations.iter().filter(|seen| seen.name == name);
        seen.any(|seen| matches!(seen.ty, Ty::Table(..)))
    }

    /// How many cells of a column are empty, if its file can be read.
    fn empty_cells(&mut self, data: &Data, column: &str) -> Option<EmptyCells> {
        let at = self.find_item(&data.name.text)?;
        let Declared::Data(id) = self.demand(at, None) else { return None };
        let data = &self.hir.data[id];
        let column = data.columns.iter().find(|other| other.name == column)?;
        if data.by.is_some() && !column.is_series() {
            return None;
        }
        let (by, order) = (data.by.as_deref(), Order::Repeating);
        let cells = self.headers.cells(data.format, &data.file, by, &column.format, order);
        let (count, first) = cells.ok()?.missing?;
        Some(EmptyCells { file: data.file.clone(), count, first })
    }

    /// Each name that an objective is given is a column.
    pub(super) fn check_given(&mut self, given: &[(String, Ty, Span)], name: &ast::Name) {
        let data = self.written(|item| match item {
            ItemKind::Data(data) if data.name.text == name.text => Some(data),
            _ => None,
        });
        let Some(data) = data else { return };
        for (name, _, span) in given {
            if !data.columns.iter().any(|column| column.name.text == *name) {
                let name = ast::Name { text: name.clone(), span: *span };
                self.report_no_column(data, &name);
            }
        }
    }

    fn report_no_column(&mut self, data: &Data, name: &ast::Name) {
        let names = data.columns.iter().map(|column| column.name.text.as_str());
        let similar = nearest(&name.text, names)
            .and_then(|near| data.columns.iter().find(|column| column.name.text == near));
        let like = similar.or(data.columns.last());
        let columns: Vec<&str> =
            data.columns.iter().map(|column| column.name.text.as_str()).collect();
        let columns = columns.join(", ");
        self.report(InferenceError::NoColumn {
            name: name.text.clone(),
            data: data.name.text.clone(),
            columns,
            span: name.span,
            similar: similar.map(|column| (column.name.text.clone(), column.name.span)),
            shape: like.map_or_else(|| "Float".to_owned(), |column| quote_type(&column.ty)),
        });
    }

    /// The last axes of a column are those of one observation.
    fn check_dimension(
        &mut self,
        model: &Model,
        data: &'a Data,
        column: &Column,
        name: &'a ast::Name,
        of: Span,
    ) {
        let observed = model.observations.iter().find(|observed| observed.name == name.text);
        let Some(observed) = observed.map(|observed| observed.ty.clone()) else { return };
        let declared = self.find_item(&data.name.text).map(|at| self.demand(at, None));
        let Some(Declared::Data(id)) = declared else { return };
        let columns = &self.hir.data[id].columns;
        let Some(known) = columns.iter().find(|other| other.name == name.text) else { return };
        let row = rows_of(&entry_of(&known.ty), rank(&observed));
        if rank(&row) != rank(&observed) || self.differ(&row, &observed) {
            let (at, span) = (column.ty.span, name.span);
            let width = self.width_of_net(model, name, [&observed, &row]);
            let stored = quote_type(&column.ty);
            let (observed, column) = (self.show(&observed), self.show(&row));
            let (name, file) = (name.text.clone(), data.file.text.clone());
            self.report(InferenceError::Dimension {
                name,
                observed,
                column,
                stored,
                file,
                at,
                span,
                of,
                width,
            });
        }
    }

    /// Where the net that makes an observation says how wide it is, and how wide the data are.
    fn width_of_net(
        &self,
        model: &Model,
        name: &ast::Name,
        [observed, row]: [&Ty; 2],
    ) -> Option<(Span, String)> {
        let (Ty::Table(found, a), Ty::Table(wanted, b)) = (observed, row) else { return None };
        if (&**a, &**b) != (&Ty::Float, &Ty::Float) {
            return None;
        }
        let (found, wanted) = (self.show_set(found), self.show_set(wanted));
        let written = self.written_model(model)?;
        let law = written.clauses.iter().find_map(|clause| match &clause.kind {
            ClauseKind::Observe { name: other, body, .. } if other.span == name.span => {
                applied(&body.result)
            }
            _ => None,
        });
        let called = law?.1.iter().find_map(|arg| applied(&arg.value))?.0;
        let net = written.clauses.iter().find_map(|clause| match &clause.kind {
            ClauseKind::Param(param) if param.names.iter().any(|n| n.text == called.text) => {
                Some(&param.ty)
            }
            _ => None,
        });
        let TypeKind::Apply(_, args) = &net?.kind else { return None };
        let width = args.iter().rfind(|arg| quote_type(&arg.value) == found)?;
        Some((width.value.span, wanted))
    }

    /// Whether two tables have an axis whose numbers are known and differ.
    fn differ(&self, a: &Ty, b: &Ty) -> bool {
        match (a, b) {
            (Ty::Table(m, a), Ty::Table(n, b)) => {
                let number = |set| self.unifier.number(&self.unifier.count(set));
                let known = number(m).zip(number(n));
                known.is_some_and(|(m, n)| m != n) || self.differ(a, b)
            }
            _ => false,
        }
    }
}

/// The `?` of a type whose entries may be missing.
fn missing(ty: &ast::Type) -> Option<Span> {
    match &ty.kind {
        TypeKind::Maybe(of) => Some(Span { start: of.span.end, ..ty.span }),
        TypeKind::Table(_, of) => missing(of),
        TypeKind::Apply(_, args) => args.iter().find_map(|arg| missing(&arg.value)),
        _ => None,
    }
}

fn rank(ty: &Ty) -> usize {
    match ty {
        Ty::Table(_, of) => 1 + rank(of),
        _ => 0,
    }
}

/// The type with only its last `axes` axes.
fn rows_of(ty: &Ty, axes: usize) -> Ty {
    match ty {
        Ty::Table(_, of) if rank(ty) > axes => rows_of(of, axes),
        _ => ty.clone(),
    }
}

/// The type without what says that values may be missing, or that there are several with times: then
/// without the axes before that, too.
fn entry_of(ty: &Ty) -> Ty {
    fn inner(ty: &Ty) -> Option<&Ty> {
        match ty {
            Ty::Table(_, of) => inner(of),
            Ty::Series(of) => Some(inner(of).unwrap_or(of)),
            Ty::Adt(_, args) => args.iter().find_map(|arg| match arg {
                TyArg::Ty(ty) => Some(ty),
                TyArg::Index(_) => None,
            }),
            _ => None,
        }
    }
    inner(ty).unwrap_or(ty).clone()
}
