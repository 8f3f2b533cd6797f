//! Data: headers for the checker, columns for programs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sdec_base::{Diagnostic, Span};
use sdec_check::{Header, HeaderError, Headers};
use sdec_data::{Column, ColumnSpec, DataError, Reading, open_csv, open_npz};
use sdec_hir::{self as hir, ColumnFormat, DataFormat};

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

impl Headers for Folder {
    fn header(
        &self,
        format: DataFormat,
        file: &str,
        by: Option<&str>,
    ) -> Result<Header, HeaderError> {
        let path = self.resolve(file);
        match format {
            DataFormat::Csv => csv_header(&path, by),
            DataFormat::Npz => npz_header(&path),
        }
        .map_err(|error| HeaderError { message: error.to_string(), help: error.help() })
    }
}

fn csv_header(path: &Path, by: Option<&str>) -> Result<Header, DataError> {
    let file = open_csv(path)?;
    let columns = file.headers().to_vec();
    let keys: Vec<ColumnSpec> =
        by.map(|key| ColumnSpec::new(key, Reading::Labels)).into_iter().collect();
    let table = file.read(&keys)?;
    let groups = by.map(|_| table.group_by(0).len() as u64);
    Ok(Header::Csv { columns, rows: table.rows() as u64, groups })
}

fn npz_header(path: &Path) -> Result<Header, DataError> {
    let mut file = open_npz(path)?;
    let mut arrays = Vec::new();
    for name in file.names().to_vec() {
        let shape = file.shape(&name)?;
        arrays.push((name, shape.into_iter().map(|n| n as u64).collect()));
    }
    Ok(Header::Npz { arrays })
}

/// The columns of a program, read when first used.
pub(crate) struct Columns<'a> {
    pub(crate) program: &'a hir::Program,
    pub(crate) folder: &'a Folder,
    pub(crate) sources: &'a Sources,
    read: std::cell::RefCell<BTreeMap<(hir::DataId, usize), HostArray>>,
}

impl<'a> Columns<'a> {
    pub(crate) fn new(program: &'a hir::Program, folder: &'a Folder, sources: &'a Sources) -> Self {
        Self { program, folder, sources, read: std::cell::RefCell::default() }
    }

    /// All entries of a column, row-major.
    ///
    /// # Errors
    ///
    /// A diagnostic at the column's declaration that names file, line and column of the cell.
    pub(crate) fn array(&self, data: hir::DataId, column: usize) -> Result<HostArray, Failure> {
        if let Some(known) = self.read.borrow().get(&(data, column)) {
            return Ok(known.clone());
        }
        let declaration = &self.program.data[data];
        let read = self.read_column(declaration, &declaration.columns[column]);
        let span = declaration.columns[column].span;
        let array =
            read.map_err(|error| self.sources.refuse(&faulty(&declaration.name, &error, span)))?;
        let array = if counts(&declaration.columns[column].ty) {
            whole(&array)
                .map_err(|bad| self.sources.refuse(&not_whole(&declaration.name, bad, span)))?
        } else {
            array
        };
        self.read.borrow_mut().insert((data, column), array.clone());
        Ok(array)
    }

    fn read_column(
        &self,
        declaration: &hir::Data,
        column: &hir::Column,
    ) -> Result<HostArray, DataError> {
        let path = self.folder.resolve(&declaration.file);
        let (names, reading) = match &column.format {
            ColumnFormat::Columns(names) => (names.clone(), Reading::Numbers),
            ColumnFormat::Days(name) => (vec![name.clone()], Reading::Days),
            ColumnFormat::Years(name) => (vec![name.clone()], Reading::Years),
        };
        if declaration.format == DataFormat::Npz {
            return Ok(HostArray::Float(open_npz(path)?.array(&names[0])?.values));
        }
        let mut specs: Vec<ColumnSpec> =
            names.into_iter().map(|name| ColumnSpec::new(name, reading)).collect();
        let wanted = specs.len();
        if let Some(key) = &declaration.by {
            specs.push(ColumnSpec::new(key, Reading::Labels));
        }
        let table = open_csv(path)?.read(&specs)?;
        if declaration.by.is_some() {
            let groups = table.group_by(wanted);
            return match table.constant(&groups, 0)? {
                Column::Numbers(numbers) => Ok(HostArray::Float(numbers.values)),
                Column::Labels(_) => unreachable!("numbers were asked for"),
            };
        }
        let all: Vec<usize> = (0..wanted).collect();
        Ok(HostArray::Float(table.row_major(&all).values))
    }
}

fn faulty(data: &str, error: &DataError, at: Span) -> Diagnostic {
    let diagnostic = Diagnostic::error("E0606", format!("`{data}` cannot be read"), at)
        .label(at, error.to_string());
    match error.help() {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// Whether a column's entries are counts.
fn counts(ty: &hir::Ty) -> bool {
    if let hir::Ty::Table(_, entry) = ty {
        return counts(entry);
    }
    matches!(ty, hir::Ty::Nat | hir::Ty::Int | hir::Ty::Class(_))
}

/// Whole numbers as counts, or the first that is none.
fn whole(array: &HostArray) -> Result<HostArray, f64> {
    let is_count = |x: f64| x.fract() == 0.0 && x.abs() < 9e15;
    let counts =
        array.to_floats().into_iter().map(|x| if is_count(x) { Ok(x as i64) } else { Err(x) });
    Ok(HostArray::Int(counts.collect::<Result<_, f64>>()?))
}

fn not_whole(data: &str, found: f64, at: Span) -> Diagnostic {
    Diagnostic::error("E0606", format!("`{data}` holds a number that is no count"), at)
        .label(at, format!("expected whole numbers, found {found}"))
        .help("declare the column as Float")
}
