//! `data` declarations: columns bound to a file's by name, axes that get their numbers from it.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use sdec_grammar::ast::{self, ExprKind as Ast};
use sdec_hir::{Column, ColumnFormat, Data, DataFormat, IndexSet, SizeOrigin, SizeVarId, Ty};

use crate::Header;
use crate::checker::Checker;
use crate::error::DataError;
use crate::items::{Declared, ItemRef, Side};
use crate::suggest::nearest;

/// Where a file's numbers are, to check columns against.
struct File<'a> {
    header: Header,
    name: &'a ast::Text,
}

impl<'a> Checker<'a> {
    /// Checks a data declaration against its file's header.
    pub(crate) fn check_data(&mut self, data: &'a ast::Data) -> Declared {
        let format = match data.format.text.as_str() {
            "csv" => DataFormat::Csv,
            "npz" => DataFormat::Npz,
            _ => {
                let (written, span) = (data.format.text.clone(), data.format.span);
                self.report(DataError::Format { written, span });
                return Declared::Failed;
            }
        };
        if let Some(by) = &data.by {
            self.unbuilt("data grouped `by` a column", by.span);
            return Declared::Failed;
        }
        let mut axes = Vec::new();
        let Some(types) = self.column_types(data, &mut axes) else { return Declared::Failed };
        let header = match self.headers.header(format, &data.file.text, None) {
            Ok(header) => header,
            Err(error) => {
                let (message, help) = (error.message, error.help);
                self.report(DataError::Header { message, help, span: data.file.span });
                return Declared::Failed;
            }
        };
        let file = File { header, name: &data.file };
        let columns: Vec<Column> = data
            .columns
            .iter()
            .zip(types)
            .filter_map(|(column, ty)| self.check_column(column, ty, &file))
            .collect();
        self.require_axes(data);
        if self.failing() {
            return Declared::Failed;
        }
        let id = self.hir.data.push(Data {
            name: data.name.text.clone(),
            span: data.name.span,
            format,
            file: data.file.text.clone(),
            by: None,
            columns,
        });
        self.axes.insert(id, axes);
        Declared::Data(id)
    }

    /// The size of an axis of data that is named outside its declaration; `Some(None)` where the
    /// declaration is wrong or the name could be of several.
    pub(crate) fn axis_size(&mut self, name: &'a ast::Name) -> Option<Option<SizeVarId>> {
        if self.here.library {
            return None;
        }
        let owners = self.user.axis(&name.text).to_vec();
        let (&index, others) = owners.split_first()?;
        if !others.is_empty() {
            let (written, span) = (name.text.clone(), name.span);
            self.report(DataError::SeveralAxes { name: written, span });
            return Some(None);
        }
        let at = ItemRef { side: Side::User, index };
        let Declared::Data(data) = self.demand(at, Some(name)) else { return Some(None) };
        let axes = self.axes.get(&data)?;
        let found = axes.iter().find(|&&var| self.hir.sizes[var].name == name.text);
        Some(found.copied())
    }

    /// Axes come into sight, and types of the columns.
    fn column_types(&mut self, data: &'a ast::Data, axes: &mut Vec<SizeVarId>) -> Option<Vec<Ty>> {
        let errors = self.errors();
        for param in &data.params {
            if let Some(default) = &param.default {
                let (name, at, span) = (param.name.text.clone(), param.name.span, default.span);
                self.report(DataError::AxisNumber { name, at, span });
            }
            axes.push(self.bind_size(&param.name, None));
        }
        let mut types = Vec::new();
        for (k, column) in data.columns.iter().enumerate() {
            let earlier = data.columns[..k].iter();
            if let Some(first) = earlier.map(|c| &c.name).find(|n| n.text == column.name.text) {
                let (first, second) = (first.span, column.name.span);
                let name = column.name.text.clone();
                self.report(crate::error::NameError::Duplicate { name, first, second });
            }
            let ty = self.ty(&column.ty);
            if let Some(at) = &column.at {
                self.unbuilt("a series `at` times", at.span);
            } else if !is_numeric(&ty) && ty != Ty::Error {
                let ty = self.show(&ty);
                self.unbuilt(format!("a column of type `{ty}`"), column.ty.span);
            }
            types.push(ty);
        }
        (self.errors() == errors).then_some(types)
    }

    fn check_column(&mut self, column: &'a ast::Column, ty: Ty, file: &File<'a>) -> Option<Column> {
        let format = self.column_format(column)?;
        let names = match &format {
            ColumnFormat::Columns(names) => names.clone(),
            ColumnFormat::Days(name) | ColumnFormat::Years(name) => vec![name.clone()],
        };
        let known: Vec<&str> = match &file.header {
            Header::Csv { columns, .. } => columns.iter().map(String::as_str).collect(),
            Header::Npz { arrays } => arrays.iter().map(|(name, _)| name.as_str()).collect(),
        };
        for name in &names {
            if !known.contains(&name.as_str()) {
                let error = DataError::Absent {
                    column: name.clone(),
                    file: file.name.text.clone(),
                    similar: nearest(name, known.iter().copied()).map(str::to_owned),
                    known: known.join(", "),
                    declared: file.name.span,
                    span: column.from.as_ref().map_or(column.name.span, |from| from.span),
                    named: match &column.from {
                        Some(from) => Ok(from_text(from, name).unwrap_or(from.span)),
                        None => Err(column.ty.span),
                    },
                };
                self.report(error);
                return None;
            }
        }
        let extents: Vec<(u64, String)> = match &file.header {
            Header::Csv { rows, .. } => {
                let mut extents = vec![(*rows, format!("{rows} rows"))];
                if names.len() > 1
                    || matches!(column.from.as_ref().map(|f| &f.kind), Some(Ast::List(_)))
                {
                    extents.push((names.len() as u64, format!("{} columns", names.len())));
                }
                extents
            }
            Header::Npz { arrays } => {
                let shape = arrays.iter().find(|(name, _)| *name == names[0]);
                let shape = shape.map(|(_, shape)| shape.clone()).unwrap_or_default();
                shape.iter().map(|&n| (n, format!("an axis of {n}"))).collect()
            }
        };
        self.unify_extents(column, &ty, &extents, file);
        let ty = self.unifier.ty(&ty);
        Some(Column { name: column.name.text.clone(), span: column.name.span, ty, format })
    }

    /// Axes of the type against those of the file, outermost first.
    fn unify_extents(
        &mut self,
        column: &ast::Column,
        ty: &Ty,
        extents: &[(u64, String)],
        file: &File<'_>,
    ) {
        let mut ty = self.unifier.ty(ty);
        for (extent, what) in extents {
            let Ty::Table(set, of) = ty else {
                return self.report_shape(column, extents, file);
            };
            let number = i64::try_from(*extent).unwrap_or(i64::MAX);
            if let IndexSet::Size(size) = &set
                && let Some(sdec_hir::SizeAtom::Var(var)) = size.as_atom()
                && self.hir.sizes[var].value.is_none()
            {
                let origin = SizeOrigin::Data(file.name.text.clone());
                self.hir.sizes[var].value = Some((*extent, origin));
                self.unifier.known.insert(var, number);
            }
            let count = self.unifier.count(&set);
            if self.unifier.number(&count) != Some(number) {
                let declared = self.show_set(&set);
                let error = DataError::Extent {
                    column: column.name.text.clone(),
                    axis: declared,
                    number: self.unifier.number(&count),
                    found: what.clone(),
                    file: (file.name.text.clone(), file.name.span),
                    span: column.ty.span,
                };
                self.report(error);
                return;
            }
            ty = *of;
        }
        if matches!(ty, Ty::Table(..)) {
            self.report_shape(column, extents, file);
        }
    }

    fn report_shape(&mut self, column: &ast::Column, extents: &[(u64, String)], file: &File<'_>) {
        let found: Vec<String> = extents.iter().map(|(n, _)| n.to_string()).collect();
        let error = DataError::Shape {
            column: column.name.text.clone(),
            ty: crate::text::quote_type(&column.ty),
            found: found.join(" => "),
            file: (file.name.text.clone(), file.name.span),
            csv: matches!(file.header, Header::Csv { .. }),
            span: column.ty.span,
        };
        self.report(error);
    }

    fn column_format(&mut self, column: &'a ast::Column) -> Option<ColumnFormat> {
        let Some(from) = &column.from else {
            return Some(ColumnFormat::Columns(vec![column.name.text.clone()]));
        };
        let text = |expr: &ast::Expr| match &expr.kind {
            Ast::Text(text) => Some(text.text.clone()),
            _ => None,
        };
        let format = match &from.kind {
            Ast::Text(text) => Some(ColumnFormat::Columns(vec![text.text.clone()])),
            Ast::List(entries) if !entries.is_empty() => {
                let names: Option<Vec<String>> = entries.iter().map(text).collect();
                names.map(ColumnFormat::Columns)
            }
            Ast::Call(callee, args) => match (&callee.kind, args.as_slice()) {
                (Ast::Name(word), [arg]) if word.text == "days" => {
                    text(&arg.value).map(ColumnFormat::Days)
                }
                (Ast::Name(word), [arg]) if word.text == "years" => {
                    text(&arg.value).map(ColumnFormat::Years)
                }
                _ => None,
            },
            _ => None,
        };
        if format.is_none() {
            self.report(DataError::From { span: from.span });
        }
        format
    }

    /// An axis that no column has gets no number.
    fn require_axes(&mut self, data: &ast::Data) {
        for param in &data.params {
            let unknown = self
                .hir
                .sizes
                .values()
                .any(|size| size.span == param.name.span && size.value.is_none());
            if unknown && !self.failing() {
                let (name, span) = (param.name.text.clone(), param.name.span);
                let data = data.name.text.clone();
                self.report(DataError::UnusedAxis { name, data, span });
            }
        }
    }
}

/// The text that names a column after `from`.
fn from_text(from: &ast::Expr, name: &str) -> Option<sdec_base::Span> {
    match &from.kind {
        Ast::Text(text) => (text.text == name).then_some(from.span),
        Ast::List(entries) => entries.iter().find_map(|entry| from_text(entry, name)),
        Ast::Call(_, args) => args.iter().find_map(|arg| from_text(&arg.value, name)),
        _ => None,
    }
}

/// Tables of numbers can be read so far.
fn is_numeric(ty: &Ty) -> bool {
    match ty {
        Ty::Float | Ty::Nat | Ty::Int => true,
        Ty::Table(_, of) => is_numeric(of),
        _ => false,
    }
}
