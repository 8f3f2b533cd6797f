//! Columns read from a file of rows.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::cell::{Parsed, parse_number, parse_with};
use crate::date::{days_from_iso, iso_from_days, years_from_iso};
use crate::error::{Cell, DataError, Fault, Unit};

/// Characters of a cell that a message shows.
const TEXT_SHOWN: usize = 40;

/// How the cells of a column are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// As finite decimal numbers.
    Numbers,
    /// As ISO dates, in days since 1970-01-01: `from days("date")`.
    Days,
    /// As ISO dates, in decimal years: `from years("date")`.
    Years,
    /// As labels: keys of groups, names of classes.
    Labels,
}

/// A column to be read, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSpec {
    /// Its name in the header.
    pub name: String,
    /// How its cells are read.
    pub reading: Reading,
    /// Whether cells may be missing; if not, reading stops at the first one.
    pub optional: bool,
}

impl ColumnSpec {
    /// A column without missing cells.
    pub fn new(name: impl Into<String>, reading: Reading) -> Self {
        ColumnSpec { name: name.into(), reading, optional: false }
    }

    /// The same column, with missing cells allowed.
    pub fn optional(self) -> Self {
        ColumnSpec { optional: true, ..self }
    }
}

/// Numbers, some of which may be missing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Numbers {
    /// The values; NaN where one is missing, and nowhere else.
    pub values: Vec<f64>,
    /// Positions of the missing values, ascending.
    pub missing: Vec<usize>,
}

/// Labels, coded by number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels {
    /// One code a row; `None` where the cell is empty.
    pub codes: Vec<Option<u32>>,
    /// The label of each code, in order of first appearance.
    pub labels: Vec<String>,
}

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Read as [`Reading::Numbers`], [`Reading::Days`] or [`Reading::Years`].
    Numbers(Numbers),
    /// Read as [`Reading::Labels`].
    Labels(Labels),
}

/// The columns that were asked for, in the order in which they were asked for.
#[derive(Debug)]
pub struct Table {
    /// The file, for messages.
    pub path: PathBuf,
    /// What was asked for.
    pub specs: Vec<ColumnSpec>,
    /// What was read: `columns[k]` answers `specs[k]`.
    pub columns: Vec<Column>,
    /// The line of the file on which each row begins, from 1.
    pub lines: Vec<u64>,
    /// What is counted there: the lines of a text, or the rows.
    pub unit: Unit,
}

impl Table {
    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.lines.len()
    }

    /// The numbers of column `k`.
    ///
    /// # Panics
    /// When column `k` was not asked for as numbers or dates.
    pub fn numbers(&self, k: usize) -> &Numbers {
        match &self.columns[k] {
            Column::Numbers(numbers) => numbers,
            Column::Labels(_) => panic!("column {k} was asked for as labels"),
        }
    }

    /// The labels of column `k`.
    ///
    /// # Panics
    /// When column `k` was not asked for as labels.
    pub fn labels(&self, k: usize) -> &Labels {
        match &self.columns[k] {
            Column::Labels(labels) => labels,
            Column::Numbers(_) => panic!("column {k} was asked for as numbers"),
        }
    }

    /// Several columns side by side, row-major: shape `[rows, ks.len()]`.
    ///
    /// # Panics
    /// When one of them was not asked for as numbers or dates.
    pub fn row_major(&self, ks: &[usize]) -> Numbers {
        let columns: Vec<&Numbers> = ks.iter().map(|&k| self.numbers(k)).collect();
        let mut table = Numbers::default();
        table.values.reserve(self.rows() * columns.len());
        for row in 0..self.rows() {
            table.values.extend(columns.iter().map(|column| column.values[row]));
        }
        table.missing = (0..table.values.len()).filter(|&k| table.values[k].is_nan()).collect();
        table
    }

    pub(crate) fn error(&self, fault: Fault) -> DataError {
        DataError::new(&self.path, fault)
    }

    /// The cell at `row` of column `k` as a message shows it.
    pub(crate) fn shown(&self, k: usize, row: usize) -> String {
        match &self.columns[k] {
            Column::Numbers(numbers) => {
                let value = numbers.values[row];
                let date = match self.specs[k].reading {
                    Reading::Days => iso_from_days(value),
                    Reading::Numbers | Reading::Years | Reading::Labels => None,
                };
                match date {
                    Some(date) => date,
                    None if value.is_nan() => "missing".to_owned(),
                    None => format!("{value}"),
                }
            }
            Column::Labels(labels) => match labels.codes[row] {
                Some(code) => format!("`{}`", labels.labels[code as usize]),
                None => "missing".to_owned(),
            },
        }
    }
}

/// A column that is being read, cell by cell.
pub(crate) struct ColumnReader<'a> {
    spec: &'a ColumnSpec,
    /// Position of its cell in a row.
    pub(crate) position: usize,
    unit: Unit,
    column: Column,
    /// For labels: the code of each label seen.
    codes: HashMap<String, u32>,
}

impl<'a> ColumnReader<'a> {
    pub(crate) fn new(spec: &'a ColumnSpec, position: usize, unit: Unit) -> Self {
        let column = match spec.reading {
            Reading::Labels => Column::Labels(Labels::default()),
            Reading::Numbers | Reading::Days | Reading::Years => {
                Column::Numbers(Numbers::default())
            }
        };
        ColumnReader { spec, position, unit, column, codes: HashMap::new() }
    }

    /// Takes the next cell; the fault of one that does not fit.
    pub(crate) fn push(&mut self, text: &str, line: u64) -> Result<(), Fault> {
        let text = text.trim();
        let is_missing = match &mut self.column {
            Column::Numbers(numbers) => {
                let parsed = match self.spec.reading {
                    Reading::Numbers | Reading::Labels => parse_with(text, parse_number),
                    Reading::Days => parse_with(text, days_from_iso),
                    Reading::Years => parse_with(text, years_from_iso),
                };
                match parsed {
                    Parsed::Value(value) => numbers.values.push(value),
                    Parsed::Missing => {
                        numbers.missing.push(numbers.values.len());
                        numbers.values.push(f64::NAN);
                    }
                    Parsed::Bad if self.spec.reading == Reading::Numbers => {
                        return Err(Fault::BadNumber(self.cell(text, line)));
                    }
                    Parsed::Bad => return Err(Fault::BadDate(self.cell(text, line))),
                }
                parsed == Parsed::Missing
            }
            Column::Labels(labels) => {
                // `NA` is a label here: it is, for one, the code of Namibia.
                let code = (!text.is_empty()).then(|| match self.codes.get(text) {
                    Some(&code) => code,
                    None => {
                        let code =
                            u32::try_from(labels.labels.len()).expect("fewer than 2³² labels");
                        labels.labels.push(text.to_owned());
                        self.codes.insert(text.to_owned(), code);
                        code
                    }
                });
                labels.codes.push(code);
                code.is_none()
            }
        };
        if is_missing && !self.spec.optional {
            return Err(Fault::MissingCell(self.cell(text, line)));
        }
        Ok(())
    }

    /// How its cells are read.
    #[cfg(feature = "parquet")]
    pub(crate) fn reading(&self) -> Reading {
        self.spec.reading
    }

    /// Takes a cell that is a number; NaN is a missing one.
    #[cfg(feature = "parquet")]
    pub(crate) fn push_number(&mut self, x: f64, line: u64) -> Result<(), Fault> {
        match &mut self.column {
            Column::Numbers(numbers) if x.is_finite() => {
                numbers.values.push(x);
                Ok(())
            }
            Column::Numbers(_) | Column::Labels(_) => self.push(&x.to_string(), line),
        }
    }

    pub(crate) fn finish(self) -> Column {
        self.column
    }

    fn cell(&self, text: &str, line: u64) -> Cell {
        let mut shown: String =
            text.chars().take_while(|c| !c.is_control()).take(TEXT_SHOWN).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        Cell { line, unit: self.unit, column: self.spec.name.clone(), text: shown }
    }
}
