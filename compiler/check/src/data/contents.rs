//! What the cells of a column must be, beyond numbers: times increase.

use sdec_hir::{Column, ColumnFormat};

use super::{File, names_of};
use crate::checker::Checker;
use crate::error::DataError;
use crate::{Cells, Order};

impl<'a> Checker<'a> {
    /// Times of rows increase; those of a series may repeat. A cell that cannot be read is said where
    /// the column is read.
    pub(super) fn check_contents(&mut self, column: &mut Column, file: &File<'a>) {
        let (format, order) = match &column.at {
            Some(at) => (at, Order::Repeating),
            None if column.is_series() => (&column.format, Order::Repeating),
            None if column.time => (&column.format, Order::Increasing),
            None => return,
        };
        let Ok(Cells { disorder, longest, .. }) = self.cells(format, order, column, file) else {
            return;
        };
        column.longest = longest;
        let Some(disorder) = disorder else { return };
        let column_of_times = match (&column.at, &column.format) {
            (None, ColumnFormat::Columns(_)) => column.name.clone(),
            (Some(format), _) | (None, format) => names_of(format).join(", "),
        };
        let error = DataError::Times {
            data: file.data.to_owned(),
            file: (file.name.text.clone(), file.name.span),
            column: column_of_times,
            disorder,
            series: column.is_series(),
            span: column.span,
        };
        self.report(error);
    }

    fn cells(
        &self,
        format: &ColumnFormat,
        order: Order,
        column: &Column,
        file: &File<'a>,
    ) -> Result<Cells, crate::HeaderError> {
        let by = file.by.map(|by| by.text.as_str());
        // Plain columns of grouped rows hold one value a group: no times of rows.
        if by.is_some() && !column.is_series() {
            return Ok(Cells::default());
        }
        self.headers.cells(file.format, &file.name.text, by, format, order)
    }
}
