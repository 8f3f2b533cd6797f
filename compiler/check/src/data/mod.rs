//! `data` declarations: columns bound to a file's by name, axes that get their numbers from it.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

mod axes;
mod contents;

use sdec_base::Span;
use sdec_grammar::ast::{self, ExprKind as Ast, TypeKind};
use sdec_hir::{Column, ColumnFormat, Data, DataFormat, IndexSet, SizeVarId, Ty, TyArg};

use crate::Header;
use crate::checker::Checker;
use crate::error::DataError;
use crate::items::{Declared, ItemRef, Side};
use crate::suggest::nearest;

/// Where a file's numbers are, to check columns against.
struct File<'a> {
    header: Header,
    format: DataFormat,
    /// The declaration's name.
    data: &'a str,
    name: &'a ast::Text,
    /// What groups its rows.
    by: Option<&'a ast::Text>,
}

impl<'a> Checker<'a> {
    /// Checks a data declaration against its file's header.
    pub(crate) fn check_data(&mut self, data: &'a ast::Data) -> Declared {
        let format = match data.format.text.as_str() {
            "csv" => DataFormat::Csv,
            "npz" => DataFormat::Npz,
            "parquet" => DataFormat::Parquet,
            _ => {
                let (written, span) = (data.format.text.clone(), data.format.span);
                self.report(DataError::Format { written, span });
                return Declared::Failed;
            }
        };
        let mut axes = Vec::new();
        let Some(types) = self.column_types(data, &mut axes) else { return Declared::Failed };
        let by = data.by.as_ref().map(|by| by.text.as_str());
        let header = match self.headers.header(format, &data.file.text, by) {
            Ok(header) => header,
            Err(error) => {
                let (message, help) = (error.message, error.help);
                self.report(DataError::Header { message, help, span: data.file.span });
                return Declared::Failed;
            }
        };
        let file =
            File { header, format, data: &data.name.text, name: &data.file, by: data.by.as_ref() };
        if let Some(by) = &data.by
            && !self.has_column(&by.text, None, by.span, &file)
        {
            return Declared::Failed;
        }
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
            by: data.by.as_ref().map(|by| by.text.clone()),
            axes: axes.clone(),
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
            self.check_entries(column, &ty);
            types.push(ty);
        }
        (self.errors() == errors).then_some(types)
    }

    /// What an entry of a column may be.
    fn check_entries(&mut self, column: &ast::Column, ty: &Ty) {
        let entry = entry_of(ty).clone();
        let (of, series) = match &entry {
            Ty::Series(of) => ((**of).clone(), true),
            Ty::Events(_) => match entry.mark() {
                Some(mark) => (mark.clone(), true),
                None => (Ty::Float, false),
            },
            _ => (ty.clone(), false),
        };
        if entry == Ty::Error {
            return;
        }
        if !self.is_readable(&of) {
            let (ty, span) = (self.show(ty), column.ty.span);
            self.unbuilt(format!("a column of type `{ty}`"), span);
        }
        match &column.at {
            Some(at) if !series => {
                let events = entry == Ty::events();
                let (ty, span) = (column.ty.span, at.span);
                self.report(DataError::NoSeries { events, ty, span });
            }
            _ => {}
        }
    }

    /// Whether files hold values of a type: numbers, indices, and tables of them, some missing.
    fn is_readable(&self, ty: &Ty) -> bool {
        match self.unifier.shallow(ty) {
            Ty::Table(_, of) => self.is_readable(&of),
            Ty::Adt(adt, args) => match args.as_slice() {
                [TyArg::Ty(of)] => {
                    self.is_signal(adt) && !matches!(of, Ty::Adt(..)) && self.is_readable(of)
                }
                _ => false,
            },
            Ty::Float | Ty::Nat | Ty::Int => true,
            Ty::Ix(set) => !matches!(set, IndexSet::Product(_)),
            _ => false,
        }
    }

    fn check_column(&mut self, column: &'a ast::Column, ty: Ty, file: &File<'a>) -> Option<Column> {
        let format = self.column_format(column, column.from.as_ref())?;
        let at = match &column.at {
            Some(at) => {
                let format = self.column_format(column, Some(at))?;
                let name = single(&format).map(str::to_owned);
                let Some(name) = name else {
                    self.report(DataError::From { span: at.span });
                    return None;
                };
                if !self.has_column(&name, Some(Ok(at.span)), at.span, file) {
                    return None;
                }
                Some(format)
            }
            None if matches!(entry_of(&ty), Ty::Series(_)) || entry_of(&ty).mark().is_some() => {
                let name = column_of_times(&file.header);
                let events = matches!(entry_of(&ty), Ty::Events(_));
                self.report(DataError::NoTimes { name, events, span: column.span });
                return None;
            }
            None => None,
        };
        for name in names_of(&format) {
            let span = column.from.as_ref().map_or(column.name.span, |from| from.span);
            let named = match &column.from {
                Some(from) => Ok(from_text(from, name).unwrap_or(from.span)),
                None => Err(column.ty.span),
            };
            if !self.has_column(name, Some(named), span, file) {
                return None;
            }
        }
        self.unify_extents(column, &ty, &format, file);
        let ty = self.unifier.ty(&ty);
        if !self.failing() {
            self.require_classes(column, &ty);
        }
        let name = column.name.text.clone();
        let time = declares_time(&column.ty);
        let mut column = Column { name, span: column.name.span, ty, format, time, at, longest: 0 };
        if !self.failing() {
            self.check_contents(&mut column, file);
        }
        Some(column)
    }

    /// Whether the file has a column or array; `named` is what names it in the declaration, or the end
    /// of the type where a name could follow.
    fn has_column(
        &mut self,
        name: &str,
        named: Option<Result<Span, Span>>,
        span: Span,
        file: &File<'_>,
    ) -> bool {
        let known: Vec<&str> = match &file.header {
            Header::Csv { columns, .. } => columns.iter().map(String::as_str).collect(),
            Header::Npz { arrays } => arrays.iter().map(|(name, _)| name.as_str()).collect(),
        };
        if known.contains(&name) {
            return true;
        }
        let error = DataError::Absent {
            column: name.to_owned(),
            file: file.name.text.clone(),
            similar: nearest(name, known.iter().copied()).map(str::to_owned),
            known: known.join(", "),
            declared: file.name.span,
            span,
            named: named.unwrap_or(Ok(span)),
        };
        self.report(error);
        false
    }

    /// Classes are read only where their number is known.
    fn require_classes(&mut self, column: &ast::Column, ty: &Ty) {
        let unknown = match entry_of(ty) {
            Ty::Ix(set) => self.unifier.number(&self.unifier.count(set)).is_none(),
            _ => false,
        };
        if unknown {
            let (name, span) = (crate::text::quote_type(&column.ty), column.ty.span);
            self.report(crate::error::SizeError::NoNumber { name, span });
        }
    }

    /// How a column is read: what `from` or `at` says, or its name.
    fn column_format(
        &mut self,
        column: &'a ast::Column,
        from: Option<&'a ast::Expr>,
    ) -> Option<ColumnFormat> {
        let Some(from) = from else {
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
fn from_text(from: &ast::Expr, name: &str) -> Option<Span> {
    match &from.kind {
        Ast::Text(text) => (text.text == name).then_some(from.span),
        Ast::List(entries) => entries.iter().find_map(|entry| from_text(entry, name)),
        Ast::Call(_, args) => args.iter().find_map(|arg| from_text(&arg.value, name)),
        _ => None,
    }
}

/// The names of a file's columns that a column is made of.
fn names_of(format: &ColumnFormat) -> Vec<&str> {
    match format {
        ColumnFormat::Columns(names) => names.iter().map(String::as_str).collect(),
        ColumnFormat::Days(name) | ColumnFormat::Years(name) => vec![name],
    }
}

/// The name of the one column of a format.
fn single(format: &ColumnFormat) -> Option<&str> {
    match names_of(format).as_slice() {
        &[name] => Some(name),
        _ => None,
    }
}

/// The column that is most likely one of times.
fn column_of_times(header: &Header) -> String {
    let names: Vec<&String> = match header {
        Header::Csv { columns, .. } => columns.iter().collect(),
        Header::Npz { arrays } => arrays.iter().map(|(name, _)| name).collect(),
    };
    let timely = |name: &&&String| {
        let name = name.to_lowercase();
        name == "t" || ["time", "date", "day", "year"].iter().any(|word| name.contains(word))
    };
    names.iter().find(timely).or(names.first()).map_or_else(String::new, |name| (*name).clone())
}

/// What stands beyond the axes of a type.
fn entry_of(ty: &Ty) -> &Ty {
    match ty {
        Ty::Table(_, of) => entry_of(of),
        _ => ty,
    }
}

/// Whether a written type is `axes => Time`.
fn declares_time(ty: &ast::Type) -> bool {
    match &ty.kind {
        TypeKind::Table(_, of) => declares_time(of),
        TypeKind::Name(name) => name.text == "Time",
        _ => false,
    }
}
