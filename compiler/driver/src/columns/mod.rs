//! Data: headers for the checker, columns for programs.

mod cells;
mod header;
mod read;
mod table;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use sdec_base::{Diagnostic, Span};
use sdec_data::DataError;
use sdec_hir as hir;
use table::{names, rows};

use crate::inputs::HostArray;
use crate::{Failure, Sources};

/// Files beside a source.
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
}

impl Folder {
    pub(crate) fn resolve(&self, file: &str) -> PathBuf {
        self.path.join(file)
    }
}

/// A column as it was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contents {
    /// The arrays that hold its values, row-major. Values that may be missing are two: 0 where there is
    /// one and 1 where it is missing, and the numbers, 0 where they are missing. Events have none.
    pub(crate) leaves: Vec<HostArray>,
    /// Of a series: where its values lie.
    pub(crate) series: Option<Rows>,
}

/// Where the values of several series lie in arrays that hold one after another.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rows {
    /// Series `k` has the rows `offsets[k] .. offsets[k + 1]`.
    pub(crate) offsets: Vec<usize>,
    /// The time of each row.
    pub(crate) times: Vec<f64>,
}

impl Rows {
    /// How many observations each series has.
    fn counts(&self) -> HostArray {
        let count = |pair: &[usize]| i64::try_from(pair[1] - pair[0]).unwrap_or(i64::MAX);
        HostArray::Int(self.offsets.windows(2).map(count).collect())
    }

    /// The entries of each series in as many rows, beyond its last one that one again.
    fn padded<T: Copy + Default>(&self, entries: &[T], rows: usize) -> Vec<T> {
        let width = entries.len().checked_div(self.times.len()).unwrap_or(0).max(1);
        let mut padded = Vec::new();
        for pair in self.offsets.windows(2) {
            for k in 0..rows {
                let row = (pair[0] + k).min(pair[1].saturating_sub(1));
                let entry = entries.get(row * width..(row + 1) * width);
                match entry.filter(|_| pair[0] < pair[1]) {
                    Some(entry) => padded.extend_from_slice(entry),
                    None => padded.extend(vec![T::default(); width]),
                }
            }
        }
        padded
    }
}

/// Why a column cannot be read.
enum Unread {
    /// The file is not what its format says, or a cell is not what the declaration says.
    File(DataError),
    /// What was found, and what to do.
    Value(String, &'static str),
}

impl From<DataError> for Unread {
    fn from(error: DataError) -> Self {
        Self::File(error)
    }
}

/// The columns of a program, read when first used.
pub(crate) struct Columns<'a> {
    pub(crate) program: &'a hir::Program,
    pub(crate) folder: &'a Folder,
    pub(crate) sources: &'a Sources,
    read: RefCell<BTreeMap<(hir::DataId, usize), Rc<Contents>>>,
}

impl<'a> Columns<'a> {
    pub(crate) fn new(program: &'a hir::Program, folder: &'a Folder, sources: &'a Sources) -> Self {
        Self { program, folder, sources, read: RefCell::default() }
    }

    /// All entries of one of the arrays that hold a column, row-major.
    ///
    /// # Errors
    ///
    /// As [`Columns::contents`].
    pub(crate) fn array(
        &self,
        data: hir::DataId,
        column: usize,
        leaf: usize,
    ) -> Result<HostArray, Failure> {
        let contents = self.contents(data, column)?;
        let Some(series) = &contents.series else { return Ok(contents.leaves[leaf].clone()) };
        let longest = self.program.data[data].columns[column].longest.max(1);
        let rows = usize::try_from(longest).unwrap_or(usize::MAX);
        Ok(match leaf {
            0 => series.counts(),
            1 => HostArray::Float(series.padded(&series.times, rows)),
            _ => match &contents.leaves[leaf - 2] {
                HostArray::Float(values) => HostArray::Float(series.padded(values, rows)),
                HostArray::Int(values) => HostArray::Int(series.padded(values, rows)),
            },
        })
    }

    /// A column.
    ///
    /// # Errors
    ///
    /// A diagnostic at the column's declaration that names file, line and column of the cell.
    pub(crate) fn contents(
        &self,
        data: hir::DataId,
        column: usize,
    ) -> Result<Rc<Contents>, Failure> {
        if let Some(known) = self.read.borrow().get(&(data, column)) {
            return Ok(Rc::clone(known));
        }
        let declaration = &self.program.data[data];
        let declared = &declaration.columns[column];
        let read = read::read(self.program, self.folder, declaration, declared);
        let refuse =
            |found| self.sources.refuse(&unreadable(&declaration.name, found, declared.span));
        let contents = Rc::new(read.map_err(refuse)?);
        self.read.borrow_mut().insert((data, column), Rc::clone(&contents));
        Ok(contents)
    }
}

fn unreadable(data: &str, found: Unread, at: Span) -> Diagnostic {
    let title = format!("`{data}` cannot be read");
    match found {
        Unread::File(error) => {
            let said = Diagnostic::error("E0606", title, at).label(at, error.to_string());
            match error.help() {
                Some(help) => said.help(help),
                None => said,
            }
        }
        Unread::Value(found, help) => {
            Diagnostic::error("E0606", title, at).label(at, found).help(help)
        }
    }
}

#[cfg(test)]
mod tests;
