//! Axes of a column against those of its file, outermost first.

use sdec_grammar::ast::{self, ExprKind as Ast};
use sdec_hir::{ColumnFormat, IndexSet, SizeOrigin, Ty};

use super::{File, entry_of, names_of};
use crate::Header;
use crate::checker::Checker;
use crate::error::DataError;

/// A length, and what has it.
type Extent = (u64, String);

/// What a file says of the shape of a column.
struct Extents {
    /// Of the axes of the declaration.
    outer: Vec<Extent>,
    /// Of an entry of a series.
    inner: Vec<Extent>,
    /// The same as one shape, for messages.
    shape: String,
}

impl<'a> Checker<'a> {
    /// Gives axes without a number theirs, and compares the others.
    pub(super) fn unify_extents(
        &mut self,
        column: &ast::Column,
        ty: &Ty,
        format: &ColumnFormat,
        file: &File<'a>,
    ) {
        let ty = self.unifier.ty(ty);
        let Some(extents) = extents(column, &ty, format, file) else { return };
        let rest = self.unify_axes(column, &ty, &extents.outer, &extents, file);
        let inner = match &rest {
            Some(Ty::Series(of)) => Some(&**of),
            Some(ty) => ty.mark(),
            None => None,
        };
        let rest = match inner {
            Some(of) => self.unify_axes(column, of, &extents.inner, &extents, file),
            None => rest,
        };
        if matches!(rest, Some(Ty::Table(..))) {
            self.report_shape(column, &extents, file);
        }
    }

    /// What is left of the type behind these axes; `None` where they do not fit.
    fn unify_axes(
        &mut self,
        column: &ast::Column,
        ty: &Ty,
        axes: &[Extent],
        whole: &Extents,
        file: &File<'_>,
    ) -> Option<Ty> {
        let mut ty = self.unifier.ty(ty);
        for (extent, what) in axes {
            let Ty::Table(set, of) = ty else {
                self.report_shape(column, whole, file);
                return None;
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
                return None;
            }
            ty = *of;
        }
        Some(ty)
    }

    fn report_shape(&mut self, column: &ast::Column, extents: &Extents, file: &File<'_>) {
        let error = DataError::Shape {
            column: column.name.text.clone(),
            ty: crate::text::quote_type(&column.ty),
            found: extents.shape.clone(),
            file: (file.name.text.clone(), file.name.span),
            csv: matches!(file.header, Header::Csv { .. }),
            span: column.ty.span,
        };
        self.report(error);
    }
}

/// The shape that the file has for a column of a type.
fn extents(
    column: &ast::Column,
    ty: &Ty,
    format: &ColumnFormat,
    file: &File<'_>,
) -> Option<Extents> {
    let names = names_of(format);
    let entry = entry_of(ty);
    let series = matches!(entry, Ty::Series(_) | Ty::Events(_));
    match &file.header {
        Header::Csv { rows, groups, .. } => {
            let mut outer = match (file.by, series) {
                (Some(by), _) => {
                    let groups = groups.unwrap_or(0);
                    vec![(groups, format!("{groups} groups of rows by {}", by.text))]
                }
                (None, true) => Vec::new(),
                (None, false) => vec![(*rows, format!("{rows} rows"))],
            };
            let mut inner = Vec::new();
            if matches!(column.from.as_ref().map(|from| &from.kind), Some(Ast::List(_))) {
                let columns = (names.len() as u64, format!("{} columns", names.len()));
                if series { &mut inner } else { &mut outer }.push(columns);
            }
            let shape = shape_of(&outer, series, &inner);
            Some(Extents { outer, inner, shape })
        }
        Header::Npz { arrays } => {
            let shape_of_array = |name: &str| {
                let found = arrays.iter().find(|(array, _)| array == name);
                found.map(|(_, shape)| shape.clone()).unwrap_or_default()
            };
            let whole = shape_of_array(names.first()?);
            let axis = |n: u64| (n, format!("an axis of {n}"));
            let axes: Vec<Extent> = whole.iter().map(|&n| axis(n)).collect();
            let shape = shape_of(&axes, false, &[]);
            let (outer, inner) = match (file.by, series) {
                (Some(by), true) => {
                    let offsets = shape_of_array(&by.text).first().copied().unwrap_or(0);
                    let groups = offsets.saturating_sub(1);
                    let outer = vec![(groups, format!("{groups} groups in {}", by.text))];
                    (outer, axes.get(1..).unwrap_or_default().to_vec())
                }
                // A row of times is as long as the longest; NaN follows the last time.
                (None, true) if *entry == Ty::events() => {
                    (axes[..axes.len().saturating_sub(1)].to_vec(), Vec::new())
                }
                (None, true) => (Vec::new(), axes.get(1..).unwrap_or_default().to_vec()),
                (_, false) => (axes, Vec::new()),
            };
            Some(Extents { outer, inner, shape })
        }
    }
}

fn shape_of(outer: &[Extent], series: bool, inner: &[Extent]) -> String {
    let numbers = |extents: &[Extent]| -> Vec<String> {
        extents.iter().map(|(n, _)| n.to_string()).collect()
    };
    let mut parts = numbers(outer);
    if series {
        parts.push("a series".to_owned());
    }
    parts.extend(numbers(inner));
    parts.join(" => ")
}
